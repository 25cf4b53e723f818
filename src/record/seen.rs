use std::collections::BTreeMap;

use super::{CaseRecord, CaseState, ClauseVerdict, NoteRecord, Record, StepRecord, VerdictRecord};
use crate::oracle::Verdict;

/// What a log says of one case.
#[derive(Clone, Debug)]
pub struct CaseSeen<'a> {
    /// Whether it ran; of several attempts the last.
    pub record: &'a CaseRecord,
    /// What the last attempt said of the clauses; `None` where it did not come to its end.
    pub verdict: Option<&'a VerdictRecord>,
    /// The steps of that attempt, in order.
    pub steps: Vec<&'a StepRecord>,
    /// What happened between them.
    pub notes: Vec<&'a NoteRecord>,
}

impl<'a> CaseSeen<'a> {
    /// Returns what the log says of every case, by path.
    #[must_use]
    pub fn all(records: &'a [Record]) -> BTreeMap<&'a str, Self> {
        let mut seen: BTreeMap<&str, Self> = BTreeMap::new();
        for record in records {
            if let Record::Case(record) = record {
                seen.insert(&record.path, Self { record, verdict: None, steps: Vec::new(), notes: Vec::new() });
            }
        }
        let mut paths: BTreeMap<usize, &str> = BTreeMap::new();
        for case in seen.values().filter(|case| case.record.state == CaseState::Runs) {
            paths.insert(case.record.case, &case.record.path);
        }
        for record in records {
            let number = match record {
                Record::Step(step) => step.case,
                Record::Verdict(verdict) => verdict.case,
                Record::Note(note) => note.case,
                _ => continue,
            };
            let Some(case) = paths.get(&number).and_then(|path| seen.get_mut(path)) else { continue };
            match record {
                Record::Step(step) => case.steps.push(step),
                Record::Verdict(verdict) => case.verdict = Some(verdict),
                Record::Note(note) => case.notes.push(note),
                _ => {}
            }
        }
        for case in seen.values_mut() {
            case.steps.sort_by_key(|step| step.step);
        }
        seen
    }

    /// Walks the clauses that were ruled on.
    pub fn said(&self) -> impl Iterator<Item = (&'a ClauseVerdict, Verdict)> + use<'a> {
        let clauses = self.verdict.map(|verdict| verdict.clauses.as_slice()).unwrap_or_default();
        clauses.iter().map(|said| {
            let verdict = Verdict::ALL.iter().copied().find(|verdict| verdict.word() == said.verdict);
            (said, verdict.unwrap_or(Verdict::Error))
        })
    }
}
