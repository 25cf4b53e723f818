use std::collections::BTreeMap;

use super::clause::ClauseResult;
use super::summary::{ReportOptions, Summary};
use super::words::spoken;
use crate::case::Case;
use crate::record::{ClauseRecord, DriftRecord, Record, Recorded, drifts, steady};

/// In what a verdict of one run is not that of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The clause.
    pub clause: String,
    /// `added`, `deleted` or `changed`.
    pub kind: &'static str,
    /// What the run before says, with what was observed; empty where it does not have the clause.
    pub before: String,
    /// What the run after says.
    pub after: String,
    /// Why it may be the rules that changed and not the target; absent where they are the same.
    pub rules: Option<String>,
}

/// What differs between two runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Differences {
    /// What was judged before.
    pub before: Summary,
    /// What was judged after.
    pub after: Summary,
    /// Verdict by verdict, by clause.
    pub changes: Vec<Change>,
    /// Case by case, in what it is answered otherwise, whatever the model says of it.
    pub cases: Vec<DriftRecord>,
}

/// Returns what differs between two runs, of one target or of two.
#[must_use]
pub fn differences(before: &[Record], after: &[Record], cases: &[Case]) -> Differences {
    let [old, new] = [before, after].map(|records| Summary::of(records, ReportOptions::default()));
    let [old_clauses, new_clauses] = [before, after].map(clauses);
    let mut changes = Vec::new();
    let mut ids: Vec<&String> = old.by_clause.iter().chain(&new.by_clause).map(|result| &result.id).collect();
    ids.sort();
    ids.dedup();
    for id in ids {
        let [one, other] = [&old, &new].map(|summary| summary.by_clause.iter().find(|result| result.id == *id));
        let (kind, before, after) = match (one, other) {
            (Some(one), Some(other)) => {
                let (before, after) = (said(&old, one), said(&new, other));
                if before == after {
                    continue;
                }
                ("changed", before, after)
            }
            (Some(one), None) => ("deleted", said(&old, one), String::new()),
            (None, Some(other)) => ("added", String::new(), said(&new, other)),
            (None, None) => continue,
        };
        let same_text = old_clauses.get(id.as_str()) == new_clauses.get(id.as_str());
        let rules = match (old.catalogue == new.catalogue, same_text) {
            (true, _) => None,
            (false, false) if kind != "changed" => Some("the clauses are not the same".to_owned()),
            (false, false) => Some("the clause reads otherwise".to_owned()),
            (false, true) if old.tool != new.tool => {
                Some("judged by another version, and other clauses changed".to_owned())
            }
            (false, true) => Some("other clauses changed".to_owned()),
        };
        changes.push(Change { clause: id.clone(), kind, before, after, rules });
    }
    let cases = drifts(after, &Recorded::of(before), cases);
    Differences { before: old, after: new, changes, cases }
}

fn clauses(records: &[Record]) -> BTreeMap<&str, &ClauseRecord> {
    let clauses = records.iter().filter_map(|record| match record {
        Record::Clause(clause) => Some((clause.id.as_str(), clause)),
        _ => None,
    });
    clauses.collect()
}

/// Returns the verdict, with what is observed where something is.
fn said(summary: &Summary, result: &ClauseResult) -> String {
    let observed = summary.findings_of(&result.id).first().map(|finding| format!(": {}", steady(&finding.observed)));
    format!("{}{}", spoken(result.verdict), observed.unwrap_or_default())
}
