#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::log::{self, case, clause, steps, verdict};
use super::*;
use crate::oracle::Verdict;
use crate::record::{CaseState, Record, Sightings};
use crate::spec::Catalogue;
use crate::trace::Role;

/// A log of the authority in which one clause is kept and one is not.
fn authority() -> Vec<Record> {
    let said = |id: &str| Catalogue::embedded().unwrap().named(id).unwrap().says.clone();
    let mut records = log::failing();
    for record in &mut records {
        match record {
            Record::Header(header) => header.target.authority = true,
            Record::Clause(clause) if clause.id != "delete.gone" => clause.says = said(&clause.id),
            _ => {}
        }
    }
    records
}

#[test]
fn what_the_authority_contradicts_is_stale_and_no_fail() {
    let summary = Summary::of(&authority(), ReportOptions::default());
    let verdicts = |id: &str| summary.by_clause.iter().find(|result| result.id == id).map(|result| result.verdict);
    assert_eq!(verdicts("copy.target.taken"), Some(Verdict::ModelStale));
    assert_eq!(verdicts("front.unknown-action"), Some(Verdict::ModelStale));
    assert_eq!(verdicts("copy.succeeds"), Some(Verdict::Pass));
    assert_eq!((summary.exit_code.code(), summary.verdict), (4, Verdict::Inconclusive));
    assert!(summary.findings.iter().all(|finding| finding.verdict != Verdict::Fail));
}

#[test]
fn a_run_of_the_authority_alone_is_evidence() {
    let catalogue = Catalogue::embedded().unwrap();
    assert_eq!(sightings(&log::failing(), catalogue), Sightings::default());
    let seen = sightings(&authority(), catalogue);
    assert!(seen.of("copy.succeeds").unwrap().agreed.is_some());
    let taken = seen.of("copy.target.taken").unwrap();
    let against = taken.disagreed.as_ref().unwrap();
    assert!(taken.is_against() && taken.agreed.is_none());
    assert_eq!((&*against.case, &*against.region), ("copy/target-taken", "us-east-1"));
    assert_eq!(against.expected, "400 SnapshotAlreadyExistsFault");
    // What was open says nothing, and a clause that reads otherwise now is another one.
    assert!(seen.of("copy.settles").is_none());
    assert!(seen.of("delete.gone").is_none());

    let evidence = Evidence::of("aws", catalogue, &seen);
    let against: Vec<&str> = evidence.standing(Stands::Disagrees).map(|standing| &*standing.clause).collect();
    assert!(against.contains(&"copy.target.taken"), "{against:?}");
    let then = "2026-11-22T10:00:00Z".parse().unwrap();
    assert!(evidence.not_since(then).all(|standing| standing.clause != "copy.succeeds"));
    assert!(evidence.not_since(then).any(|standing| standing.clause == "copy.target.taken"));
    assert_eq!(evidence.amendments().count(), against.len());
}

#[test]
fn a_list_that_others_fill_shows_a_finding_only_where_nothing_else_does() {
    let mut records = vec![log::header("endpoint", "http://localhost:4566", None)];
    records.push(clause("describe.page.default", "MUST", "documented", "A page has at most 50 snapshots."));
    let page = ("wrong", "at most 50 snapshots", "62 snapshots");
    let said = |number, step| verdict(number, true, &[("describe.page.default", Verdict::Fail, Some((step, page)))]);
    let list = (Role::Given, "DescribeSnapshots", "200 [cs1k2-0-a available]");
    records.extend(case(0, "describe/race", &["describe.lists"], CaseState::Runs));
    records.extend(steps(0, &[list]));
    records.push(said(0, 0));
    let shown_by = |records: &[Record]| {
        let summary = Summary::of(records, ReportOptions::default());
        summary.findings.first().map(|finding| finding.case.clone())
    };
    assert_eq!(shown_by(&records).as_deref(), Some("describe/race"));
    records.extend(case(1, "describe/pages", &["describe.page.default"], CaseState::Runs));
    records.extend(steps(1, &[list, list]));
    records.push(said(1, 1));
    assert_eq!(shown_by(&records).as_deref(), Some("describe/pages"));
}
