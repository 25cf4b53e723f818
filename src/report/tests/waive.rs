use super::log::{self, case, clause, steps, verdict, waiver};
use super::*;
use crate::oracle::Verdict;
use crate::record::{CaseState, JudgementRecord, Record, RulingRecord, Waiver};
use crate::trace::Role;

const FAILS: (&str, &str, &str) = ("wrong", "400 SnapshotAlreadyExistsFault", "200 cs1k2-7-b creating");

/// The passing log with a clause that fails in a case, and these records.
fn with(more: &[Record]) -> Vec<Record> {
    let mut log = log::passing();
    let footer = log.pop();
    log.push(clause("copy.x", "MUST", "documented", "X."));
    log.extend(case(7, "copy/x", &["copy.x"], CaseState::Runs));
    log.extend(steps(7, &[(Role::Given, "CopySnapshot cs1k2-9-base -> cs1k2-7-b", "200 cs1k2-7-b creating")]));
    log.push(verdict(7, true, &[("copy.x", Verdict::Fail, Some((0, FAILS)))]));
    log.extend_from_slice(more);
    log.extend(footer);
    log
}

fn summary(log: &[Record]) -> Summary {
    Summary::of(log, ReportOptions::default())
}

fn of(summary: &Summary, clause: &str) -> Verdict {
    summary.by_clause.iter().find(|result| result.id == clause).map_or(Verdict::Error, |result| result.verdict)
}

fn changed(change: impl FnOnce(&mut Waiver)) -> Record {
    let Record::Waiver(mut waiver) = waiver("copy.x", "200 … creating", "known", "2026-12-31") else {
        return waiver("copy.x", "", "", "");
    };
    change(&mut waiver);
    Record::Waiver(waiver)
}

#[test]
fn a_waived_failure_is_known_and_changes_the_exit_code() {
    let plain = summary(&with(&[]));
    assert_eq!((of(&plain, "copy.x"), plain.exit_code), (Verdict::Fail, ExitCode::Fails));
    let waived = summary(&with(&[changed(|waiver| waiver.link = Some("https://example.org/7".to_owned()))]));
    assert_eq!((of(&waived, "copy.x"), waived.exit_code), (Verdict::KnownFail, ExitCode::Conforms));
    assert!(waived.score < 1.0, "what is waived is not kept");
    let said: Vec<_> = waived.findings.iter().filter_map(|finding| finding.waived.as_deref()).collect();
    assert_eq!(said, ["until 2026-12-31: known (https://example.org/7)"]);
}

#[test]
fn a_waiver_that_is_not_in_order_is_red() {
    for (record, code, verdict, why) in [
        (
            changed(|waiver| waiver.expires = "2026-11-21".to_owned()),
            5,
            Verdict::StaleWaiver,
            "it expired on 2026-11-21",
        ),
        (changed(|waiver| waiver.reason.clear()), 5, Verdict::StaleWaiver, "it gives no reason"),
        (
            changed(|waiver| waiver.expires = "2027-05-22".to_owned()),
            5,
            Verdict::StaleWaiver,
            "it expires on 2027-05-22, more than 180 days after the run",
        ),
        // What is accepted is another failure: the clause fails, and the waiver is not needed.
        (
            changed(|waiver| waiver.outcome = "500 …".to_owned()),
            1,
            Verdict::Fail,
            "it is not needed any more: nothing of the kind is seen",
        ),
        (
            changed(|waiver| (waiver.clause, waiver.known) = ("copy.y".to_owned(), false)),
            1,
            Verdict::Fail,
            "there is no such clause",
        ),
    ] {
        let summary = summary(&with(&[record]));
        let stale: Vec<_> = summary.waivers.iter().filter_map(|waiver| waiver.stale.as_deref()).collect();
        assert_eq!((summary.exit_code.code(), of(&summary, "copy.x"), stale), (code, verdict, vec![why]));
        assert!(summary.findings.iter().any(|finding| finding.verdict == Verdict::StaleWaiver));
    }
    let holds = summary(&with(&[changed(|waiver| waiver.expires = "2026-11-22".to_owned())]));
    assert_eq!(holds.exit_code, ExitCode::Conforms, "it holds on its last day");
    let unknown = changed(|waiver| (waiver.clause, waiver.known) = ("copy.y".to_owned(), false));
    let red = summary(&with(&[changed(|_| {}), unknown]));
    assert_eq!(red.exit_code, ExitCode::Stale, "a waiver of no clause is red by itself");
}

#[test]
fn another_failure_of_the_same_clause_is_not_waived() {
    let ruling = RulingRecord {
        clause: "copy.x".to_owned(),
        reason: "wrong".to_owned(),
        expected: "400".to_owned(),
        observed: "500 ServerError".to_owned(),
    };
    let later = JudgementRecord { case: 7, step: 0, rulings: vec![ruling], passing: false };
    let summary = summary(&with(&[changed(|_| {}), Record::Judgement(later)]));
    assert_eq!((of(&summary, "copy.x"), summary.exit_code), (Verdict::Fail, ExitCode::Fails));
    let shown: Vec<_> = summary.findings_of("copy.x").iter().map(|finding| finding.observed.as_str()).collect();
    assert_eq!(shown, ["500 ServerError"]);
    let failing: Vec<_> = failing(&with(&[])).into_iter().map(|failing| (failing.clause, failing.observed)).collect();
    assert_eq!(failing, [("copy.x".to_owned(), "200 b creating".to_owned())]);
}

#[test]
fn a_run_of_some_cases_calls_no_waiver_stale() {
    let kept = changed(|waiver| waiver.clause = "copy.succeeds".to_owned());
    let stale = |log: &[Record]| summary(log).waivers.iter().any(|waiver| waiver.stale.is_some());
    let whole = with(std::slice::from_ref(&kept));
    assert!(stale(&whole));
    let mut some = whole.clone();
    if let Some(Record::Header(header)) = some.first_mut() {
        header.options.cases = vec!["copy/*".to_owned()];
    }
    assert!(!stale(&some));
    let absent =
        changed(|waiver| (waiver.clause, waiver.case) = ("copy.succeeds".to_owned(), Some("copy/z".to_owned())));
    assert!(!stale(&with(&[absent])));
    let mut cut = whole;
    cut.pop();
    assert!(!stale(&cut));
}

#[test]
fn an_operation_that_is_not_there_is_waived_by_its_name() {
    let log = |field: &str| {
        let mut log = log::passing();
        let footer = log.pop();
        log.retain(|record| !matches!(record, Record::Support(_)));
        log.extend(log::support(&["CopySnapshot"]));
        log.push(changed(|waiver| {
            waiver.clause = "front.supported".to_owned();
            waiver.field = Some(field.to_owned());
            waiver.outcome = "501 InvalidAction, as an invented action is".to_owned();
        }));
        log.extend(footer);
        log
    };
    let waived = summary(&log("CopySnapshot"));
    assert_eq!((of(&waived, "front.supported"), waived.exit_code), (Verdict::KnownFail, ExitCode::Conforms));
    assert_eq!(summary(&log("DeleteSnapshot")).exit_code, ExitCode::Fails);
}

#[test]
fn an_open_clause_is_waived_by_why_it_is_open() {
    let log = |outcome: &str| {
        let mut log = log::passing();
        let footer = log.pop();
        log.push(clause("copy.x", "MUST", "documented", "X."));
        log.extend(case(7, "copy/x", &["copy.x"], CaseState::Runs));
        log.push(verdict(7, true, &[("copy.x", Verdict::PreconditionFailed, None)]));
        log.push(changed(|waiver| waiver.outcome = outcome.to_owned()));
        log.extend(footer);
        summary(&log).exit_code
    };
    assert_eq!(log("precondition failed: the same request …"), ExitCode::Conforms);
    assert_eq!(log("inconclusive: the same request …"), ExitCode::Inconclusive);
}
