use super::log::{self, case, clause, support, verdict};
use super::*;
use crate::oracle::Verdict;
use crate::record::{CaseState, Footer, Record};

fn summary(log: &[Record], strict: bool) -> Summary {
    Summary::of(log, ReportOptions { strict, ..ReportOptions::default() })
}

/// The passing log, with its footer changed and more records before it.
fn with(records: &[Record], change: impl Fn(&mut Footer)) -> Vec<Record> {
    let mut log = log::passing();
    let Some(Record::Footer(mut footer)) = log.pop() else { return log };
    change(&mut footer);
    log.extend_from_slice(records);
    log.push(Record::Footer(footer));
    log
}

/// A clause of that level, of which a case says that.
fn said(level: &str, word: Verdict) -> Vec<Record> {
    let mut records = vec![clause("copy.x", level, "documented", "X.")];
    records.extend(case(7, "copy/x", &["copy.x"], CaseState::Runs));
    records.push(verdict(7, true, &[("copy.x", word, None)]));
    records
}

/// A clause that is kept, though a waiver says that it is not.
fn stale() -> Vec<Record> {
    let mut records = said("MUST", Verdict::Pass);
    records.push(log::waiver("copy.x", "200", "known", "2026-12-31"));
    records
}

#[test]
fn exit_codes() {
    let none = |_: &mut Footer| {};
    let kept = "every clause that could be judged is kept";
    let mut cut = log::passing();
    cut.pop();
    let check = |log: &[Record], strict: bool, code: u8, word: &str, reason: &str| {
        let summary = summary(log, strict);
        let seen = (summary.exit_code.code(), summary.verdict.word(), summary.reason.as_str());
        assert_eq!(seen, (code, word, reason));
    };
    check(&log::passing(), false, 0, "pass", kept);
    check(&log::passing(), true, 0, "pass", kept);
    let warned = with(&said("SHOULD", Verdict::Warn), none);
    check(&warned, false, 0, "warn", "every clause that could be judged is kept, but for 1 warning");
    check(&warned, true, 1, "fail", "copy.x warns, under --strict");
    check(&with(&said("MUST", Verdict::Fail), none), false, 1, "fail", "copy.x fails");
    check(&with(&said("MUST", Verdict::Misrouted), none), false, 1, "fail", "copy.x is misrouted");
    check(&with(&said("MUST", Verdict::KnownFail), none), false, 0, "pass", &format!("{kept}, but for 1 known fail"));
    check(&with(&support(&["CopySnapshot"]), none), false, 1, "fail", "CopySnapshot is not supported");
    check(&with(&support(&["ListTagsForResource"]), none), false, 0, "pass", kept);
    let unreached = |footer: &mut Footer| (footer.reached, footer.complete) = (false, false);
    check(&with(&[], unreached), false, 3, "error", "the target was not reached");
    let broken = |footer: &mut Footer| footer.failure = "the disk is full".to_owned();
    check(&with(&[], broken), false, 3, "error", "the harness failed: the disk is full");
    check(&with(&[log::leak()], none), false, 3, "error", "1 resource left behind");
    let costs = |footer: &mut Footer| (footer.leaked, footer.leak_usd_a_day) = (2, Some(0.384));
    check(&with(&[], costs), false, 3, "error", "2 resources left behind, which costs 0.38 USD a day");
    check(&with(&[], |footer| footer.leaked = 2), false, 3, "error", "2 resources left behind");
    check(&cut, false, 4, "inconclusive", "incomplete: the log has no footer");
    let interrupted =
        |footer: &mut Footer| (footer.complete, footer.why) = (false, "the run was interrupted".to_owned());
    check(&with(&[], interrupted), false, 4, "inconclusive", "incomplete: the run was interrupted");
    check(&with(&said("MUST", Verdict::Inconclusive), none), false, 4, "inconclusive", "copy.x is inconclusive");
    check(&with(&said("SHOULD", Verdict::Inconclusive), none), false, 0, "pass", kept);
    let unmet = with(&said("MUST", Verdict::PreconditionFailed), none);
    check(&unmet, false, 4, "inconclusive", "copy.x lacks its precondition");
    check(&with(&said("MUST", Verdict::ModelStale), none), false, 4, "inconclusive", "copy.x is wrong in the model");
    let idle = "the waiver of copy.x (w.toml:1): it is not needed any more: nothing of the kind is seen";
    check(&with(&stale(), none), false, 5, "fail", idle);
    check(&[], false, 4, "inconclusive", "incomplete: the log has no footer; no clause was seen kept");
}

#[test]
fn of_several_exit_codes_the_gravest_counts() {
    let failed = said("MUST", Verdict::Fail);
    let all = |footer: &mut Footer| (footer.failure, footer.complete, footer.leaked) = ("it fell".to_owned(), false, 1);
    assert_eq!(summary(&with(&failed, all), false).exit_code, ExitCode::Fails);
    let expired = [stale(), vec![log::waiver("copy.x", "x", "r", "2020-01-01")]].concat();
    assert_eq!(summary(&with(&expired, all), false).exit_code, ExitCode::Broken);
    let mut cut = with(&expired, |_| {});
    cut.pop();
    assert_eq!(summary(&cut, false).exit_code, ExitCode::Stale);
    assert_eq!(ExitCode::Usage.join(ExitCode::Fails), ExitCode::Usage);
}

#[test]
fn scores() {
    let check = |said: &[(&str, Verdict)], wanted: f64| {
        let mut log = vec![log::header("x", "http://x", None)];
        for (index, (level, word)) in said.iter().enumerate() {
            let id = format!("a.c{index}");
            log.push(clause(&id, level, "documented", "X."));
            log.extend(case(index, &id, &[&id], CaseState::Runs));
            log.push(verdict(index, true, &[(&id, *word, None)]));
        }
        assert!((summary(&log, false).score - wanted).abs() < 1e-9, "{said:?}: {}", summary(&log, false).score);
    };
    use Verdict::{
        Fail, Inconclusive, KnownFail, NonStrict, NotApplicable, NotRun, Pass, PreconditionFailed, Unsupported, Warn,
    };
    check(&[], 0.0);
    check(&[("MUST", NotApplicable)], 0.0);
    check(&[("SHOULD", Pass)], 0.0);
    check(&[("MUST", Pass)], 1.0);
    check(&[("MUST", NonStrict), ("MUST", NotApplicable), ("SHOULD", Fail)], 1.0);
    check(&[("MUST", Pass), ("MUST", Fail), ("MUST", Warn)], 0.3333);
    for open in [Unsupported, PreconditionFailed, Inconclusive, NotRun, KnownFail] {
        check(&[("MUST", Pass), ("MUST", open)], 0.5);
    }
}

#[test]
fn a_clause_that_no_case_ruled_on() {
    let footer = Record::Footer(Footer { complete: true, reached: true, ..Footer::default() });
    let state = |word: &str| match word {
        "runs" => CaseState::Runs,
        "unsupported" => CaseState::Unsupported { operation: "CopySnapshot".to_owned() },
        "not_applicable" => CaseState::NotApplicable { reason: "no key".to_owned() },
        "error" => CaseState::Error { reason: "it fell".to_owned() },
        _ => CaseState::NotRun { reason: "too many copies".to_owned() },
    };
    // The states of the cases that list it, whether the target lives in those that ran; the verdict, and why.
    for (states, lives, wanted, why) in [
        (vec![], true, Verdict::NotRun, "no case that probes it was to run"),
        (vec!["runs"], true, Verdict::NotApplicable, "what it speaks of was never shown"),
        (vec!["runs", "unsupported"], true, Verdict::NotApplicable, "what it speaks of was never shown"),
        (vec!["runs"], false, Verdict::PreconditionFailed, "the target did not show that it lives"),
        (vec!["unsupported", "unsupported"], true, Verdict::Unsupported, "CopySnapshot is not there"),
        (vec!["not_applicable", "unsupported"], true, Verdict::Unsupported, "CopySnapshot is not there"),
        (vec!["not_applicable"], true, Verdict::NotApplicable, "no key"),
        (vec!["unsupported", "not_run"], true, Verdict::NotRun, "too many copies"),
        (vec!["not_run", "error"], true, Verdict::Error, "it fell"),
    ] {
        let mut log = vec![log::header("x", "http://x", None), clause("a.b", "MUST", "documented", "X.")];
        for (index, word) in states.iter().enumerate() {
            log.extend(case(index, &format!("a/{index}"), &["a.b"], state(word)));
            if *word == "runs" {
                log.push(verdict(index, lives, &[]));
            }
        }
        log.push(footer.clone());
        let summary = summary(&log, false);
        let seen: Vec<_> = summary.by_clause.iter().map(|result| (result.verdict, result.why.as_str())).collect();
        assert_eq!(seen, [(wanted, why)], "{states:?}");
    }
}

#[test]
fn a_clause_of_a_run_that_was_cut_short() {
    let mut log = vec![log::header("x", "http://x", None)];
    log.extend(["a.begun", "a.waits"].map(|id| clause(id, "MUST", "documented", "X.")));
    log.extend(case(0, "a/begun", &["a.begun"], CaseState::Runs));
    let summary = summary(&log, false);
    let seen: Vec<_> = summary.by_clause.iter().map(|result| (result.verdict, result.why.as_str())).collect();
    assert_eq!(seen, [(Verdict::NotRun, "the run ended before a case could tell"); 2]);
    assert_eq!(summary.cases.cut_short, 1);
}

#[test]
fn a_finding_of_the_fixture_is_shown_by_running_again() {
    let mut log = vec![log::header("x", "http://x", None), clause("a.b", "MUST", "documented", "X.")];
    let evidence = |step| Some((step, ("wrong", "1", "2")));
    log.extend(case(0, "fixture", &[], CaseState::Runs));
    log.push(verdict(0, false, &[("a.b", Verdict::Fail, evidence(0))]));
    let replay = |log: &[Record]| summary(log, false).findings.first().map(|finding| finding.replay.clone());
    assert_eq!(replay(&log).as_deref(), Some("copysnap run --target x --seed 0x000000000000002a"));
    log.extend(case(1, "a/b", &["a.b"], CaseState::Runs));
    log.push(verdict(1, true, &[("a.b", Verdict::Fail, evidence(3))]));
    assert_eq!(replay(&log).as_deref(), Some("copysnap replay a/b --target x"));
}

#[test]
fn a_stranger_that_answers_everything_is_one_finding() {
    let mut log = vec![log::header("x", "http://x", None)];
    for mut record in support(&[]) {
        if let Record::Support(support) = &mut record {
            (support.state, support.seen) = ("misrouted".to_owned(), "404 text/html: HTML, not XML".to_owned());
        }
        log.push(record);
    }
    let summary = summary(&log, false);
    let found: Vec<_> = summary.findings.iter().map(|finding| (&*finding.clause, finding.verdict)).collect();
    assert_eq!(found, [("front.routed", Verdict::Misrouted)]);
    assert_eq!(summary.exit_code, ExitCode::Fails);
}

#[test]
fn an_attempt_that_was_given_up_is_no_case_of_its_own() {
    let mut log = vec![log::header("x", "http://x", None), clause("a.b", "MUST", "documented", "X.")];
    log.extend(case(0, "a/b", &["a.b"], CaseState::Runs));
    log.extend(case(1, "a/b", &["a.b"], CaseState::Runs));
    log.push(verdict(1, true, &[("a.b", Verdict::Pass, None)]));
    let summary = summary(&log, false);
    assert_eq!((summary.cases.ran, summary.cases.cut_short), (1, 0));
    assert_eq!(summary.clauses.get(&Verdict::Pass), Some(&1));
}

#[test]
fn a_clause_kept_in_one_case_and_contradicted_in_another_fails() {
    let mut log = vec![log::header("x", "http://x", None), clause("a.b", "MUST", "documented", "X.")];
    for (index, word) in [Verdict::Pass, Verdict::Fail, Verdict::Inconclusive].into_iter().enumerate() {
        log.extend(case(index, &format!("a/{index}"), &["a.b"], CaseState::Runs));
        log.push(verdict(index, true, &[("a.b", word, None)]));
    }
    assert_eq!(summary(&log, false).clauses.get(&Verdict::Fail), Some(&1));
}

#[test]
fn an_absent_operation_is_a_finding_whatever_was_selected() {
    let mut log = vec![log::header("x", "http://x", None)];
    log.extend(support(&["CopySnapshot"]));
    let summary = summary(&log, false);
    let found: Vec<_> = summary.findings.iter().map(|finding| (&*finding.clause, finding.verdict)).collect();
    assert_eq!(found, [("front.supported", Verdict::Unsupported)]);
    assert_eq!(summary.exit_code, ExitCode::Fails);
}

#[test]
fn a_reference_with_a_defect_is_replayed_with_it() {
    let mut log = log::failing();
    if let Some(first) = log.first_mut() {
        *first = log::header("reference", "http://127.0.0.1:1", Some("copies-overwrite"));
    }
    let summary = summary(&log, false);
    let replay =
        summary.findings.iter().find(|finding| finding.clause == "copy.target.taken").map(|finding| &*finding.replay);
    assert_eq!(replay, Some("copysnap replay copy/target-taken --target reference --defect copies-overwrite"));
}
