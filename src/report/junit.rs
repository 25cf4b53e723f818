use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::clause::{ClauseResult, SUPPORTED};
use super::exit::ExitCode;
use super::finding::Finding;
use super::summary::Summary;
use super::words::{meaning, spoken};
use crate::oracle::Verdict;

/// Returns JUnit's XML: a suite an area, a test a clause, and one test about the run itself.
#[must_use]
pub fn junit(summary: &Summary) -> String {
    let mut report = Report::new(format!("copysnap {}", summary.target.named()).trim());
    report.set_time(Duration::try_from_secs_f64(summary.elapsed_s).unwrap_or_default());
    let mut suites: Vec<TestSuite> = vec![run(summary)];
    for clause in &summary.by_clause {
        add(&mut suites, &clause.area, test(summary, clause));
    }
    // What the probe found counts, whichever clauses were selected.
    let mut extra: Vec<&str> = Vec::new();
    for finding in &summary.findings {
        let known = summary.by_clause.iter().any(|clause| clause.id == finding.clause);
        if !known && !extra.contains(&&*finding.clause) {
            extra.push(&finding.clause);
            let status = contradicted(NonSuccessKind::Failure, finding.verdict, &summary.findings_of(&finding.clause));
            add(&mut suites, area(&finding.clause), TestCase::new(&*finding.clause, status));
        }
    }
    for drift in &summary.drift {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type(drift.drift.word()).set_message("it is not as recorded").set_description(drift.diff.join("\n"));
        add(&mut suites, "drift", TestCase::new(&*drift.case, status));
    }
    report.add_test_suites(suites);
    // Two characters that XML forbids, and that are written all the same.
    report.to_string().unwrap_or_default().replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

fn area(clause: &str) -> &str {
    clause.split('.').next().unwrap_or_default()
}

fn add(suites: &mut Vec<TestSuite>, area: &str, mut test: TestCase) {
    test.set_classname(area);
    if !suites.iter().any(|suite| suite.name.as_str() == area) {
        suites.push(TestSuite::new(area));
    }
    if let Some(suite) = suites.iter_mut().find(|suite| suite.name.as_str() == area) {
        suite.add_test_case(test);
    }
}

/// Returns the suite about the run: its one test fails where the run was cut short, could not be, or left something.
fn run(summary: &Summary) -> TestSuite {
    let mut status = TestCaseStatus::success();
    let broken = (summary.exit_code == ExitCode::Broken).then_some(&summary.reason);
    if let Some(why) = broken.or(summary.incomplete.as_ref()) {
        status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(why);
    }
    let mut test = TestCase::new("complete", status);
    test.set_classname("run");
    let mut suite = TestSuite::new("run");
    for (name, value) in [
        ("target", summary.target.named()),
        ("endpoint", summary.target.endpoint.clone()),
        ("catalogue", summary.catalogue.clone()),
        ("seed", summary.seed.clone()),
        ("started", summary.started.clone()),
        ("verdict", summary.verdict.word().to_owned()),
        ("reason", summary.reason.clone()),
    ] {
        suite.add_property(Property::new(name, value));
    }
    suite.add_test_case(test);
    suite
}

fn test(summary: &Summary, clause: &ClauseResult) -> TestCase {
    let findings = summary.findings_of(&clause.id);
    let verdict = clause.verdict;
    let mut said = None;
    let status = match verdict {
        Verdict::Pass => TestCaseStatus::success(),
        Verdict::Warn if !summary.strict => {
            said = Some(findings.iter().map(|finding| finding.text()).collect::<Vec<_>>().join("\n\n"));
            TestCaseStatus::success()
        }
        Verdict::NonStrict => {
            said = Some(meaning(verdict).to_owned());
            TestCaseStatus::success()
        }
        Verdict::Fail | Verdict::Misrouted | Verdict::StaleWaiver | Verdict::Warn => {
            contradicted(NonSuccessKind::Failure, verdict, &findings)
        }
        Verdict::Unsupported if clause.id == SUPPORTED => contradicted(NonSuccessKind::Failure, verdict, &findings),
        Verdict::Inconclusive | Verdict::Error | Verdict::ModelStale | Verdict::Flaky => {
            let mut status = contradicted(NonSuccessKind::Error, verdict, &findings);
            if findings.is_empty() {
                status.set_message(why(clause));
            }
            status
        }
        Verdict::NotApplicable
        | Verdict::NotRun
        | Verdict::Unsupported
        | Verdict::KnownFail
        | Verdict::PreconditionFailed => {
            let mut status = TestCaseStatus::skipped();
            status.set_type(verdict.word()).set_message(why(clause));
            status
        }
    };
    let mut test = TestCase::new(&*clause.id, status);
    for (name, value) in [("level", &*clause.level), ("grade", &*clause.grade), ("verdict", verdict.word())] {
        test.add_property(Property::new(name, value));
    }
    if let Some(said) = said {
        test.set_system_out(said);
    }
    test
}

/// Returns verdict and reason: `not run: no case that probes it was to run`.
fn why(clause: &ClauseResult) -> String {
    let reason = if clause.why.is_empty() { meaning(clause.verdict) } else { &clause.why };
    format!("{}: {reason}", spoken(clause.verdict))
}

fn contradicted(kind: NonSuccessKind, verdict: Verdict, findings: &[&Finding]) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(verdict.word());
    if let Some(first) = findings.first() {
        status.set_message(format!("expected {}, observed {}", first.expected, first.observed));
        status.set_description(findings.iter().map(|finding| finding.text()).collect::<Vec<_>>().join("\n\n"));
    }
    status
}
