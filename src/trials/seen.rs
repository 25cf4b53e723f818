use std::collections::BTreeMap;

use crate::oracle::Verdict;
use crate::record::{CaseRecord, CaseState, ClauseVerdict, Record, StepRecord, VerdictRecord};
use crate::trace::Role;

/// What a log says of one case.
pub(super) struct CaseSeen<'a> {
    /// Whether it ran; of several attempts the last.
    pub(super) record: &'a CaseRecord,
    /// What the last attempt said of the clauses; `None` where it did not come to its end.
    pub(super) verdict: Option<&'a VerdictRecord>,
    /// The steps of that attempt, in order.
    pub(super) steps: Vec<&'a StepRecord>,
}

impl<'a> CaseSeen<'a> {
    /// Returns what the log says of every case, by path.
    pub(super) fn all(records: &'a [Record]) -> BTreeMap<&'a str, Self> {
        let mut seen: BTreeMap<&str, Self> = BTreeMap::new();
        for record in records {
            if let Record::Case(record) = record {
                seen.insert(&record.path, Self { record, verdict: None, steps: Vec::new() });
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
                _ => continue,
            };
            let Some(case) = paths.get(&number).and_then(|path| seen.get_mut(path)) else { continue };
            match record {
                Record::Step(step) => case.steps.push(step),
                Record::Verdict(verdict) => case.verdict = Some(verdict),
                _ => {}
            }
        }
        for case in seen.values_mut() {
            case.steps.sort_by_key(|step| step.step);
        }
        seen
    }

    /// Returns the worst that is to be said of the case, `None` where nothing is.
    pub(super) fn worst(&self) -> Option<Verdict> {
        self.said().map(|(_, verdict)| verdict).filter(|verdict| *verdict >= Verdict::Warn).max()
    }

    /// Returns each contradiction with the steps that lead to it.
    pub(super) fn contradictions(&self) -> Vec<String> {
        self.said()
            .filter(|(_, verdict)| *verdict >= Verdict::Warn)
            .map(|(said, verdict)| self.told(said, verdict))
            .collect()
    }

    /// Walks the clauses that were ruled on.
    pub(super) fn said(&self) -> impl Iterator<Item = (&'a ClauseVerdict, Verdict)> {
        let clauses = self.verdict.map(|verdict| verdict.clauses.as_slice()).unwrap_or_default();
        clauses.iter().map(|said| {
            let verdict = Verdict::ALL.iter().copied().find(|verdict| verdict.word() == said.verdict);
            (said, verdict.unwrap_or(Verdict::Error))
        })
    }

    fn told(&self, said: &ClauseVerdict, verdict: Verdict) -> String {
        let mut text = format!("{} ({})", said.clause, verdict.word());
        let Some(evidence) = &said.evidence else { return text };
        text.push_str(&format!("\n  expected: {}\n  observed: {}", evidence.expected, evidence.observed));
        for step in self.steps.iter().filter(|step| step.step <= evidence.step && step.role != Role::Poll.word()) {
            text.push_str(&format!("\n    {} => {}", step.call, step.outcome));
        }
        text
    }
}
