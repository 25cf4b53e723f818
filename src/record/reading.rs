use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::{CaseState, Clean, Happened, Passages, Record, StepRecord};

/// A log that is read for reports: what has no verdict yet.
#[derive(Default)]
pub(super) struct Reading {
    /// Where the steps of cases stand.
    open: HashMap<usize, Vec<usize>>,
    /// What generated sequences have written so far.
    drawn: BTreeMap<usize, Drawn>,
    /// What is left of those that have nothing against any clause.
    clean: Clean,
}

/// A generated sequence: whether its records are kept or what they come to is known at its end.
#[derive(Default)]
struct Drawn {
    steps: Clean,
    passages: Passages,
    records: Vec<Record>,
    /// Whether it was written down by itself, since something may be said of it later.
    is_kept: bool,
}

impl Drawn {
    fn is_of(&self, path: &str) -> bool {
        matches!(self.records.first(), Some(Record::Case(case)) if case.path == path)
    }
}

impl Reading {
    /// Takes a record.
    pub(super) fn take(&mut self, records: &mut Vec<Record>, record: Record) {
        match record {
            Record::Start(_) => {}
            Record::Note(note) if !matches!(note.what, Happened::GaveUp { .. } | Happened::OwnerGone(_)) => {}
            Record::Case(case) => {
                // A number may begin anew.
                if let Some(before) = self.drawn.remove(&case.case) {
                    records.extend(before.records);
                }
                if case.state == CaseState::Drawn {
                    let number = case.case;
                    let drawn = Drawn { records: vec![Record::Case(case)], ..Drawn::default() };
                    self.drawn.insert(number, drawn);
                } else {
                    records.push(Record::Case(case));
                }
            }
            Record::Step(step) => match self.drawn.get_mut(&step.case) {
                Some(drawn) => {
                    drawn.steps.follow(&step);
                    drawn.passages.follow(&step);
                    drawn.records.push(slimmed(step));
                }
                None => {
                    self.open.entry(step.case).or_default().push(records.len());
                    records.push(slimmed(step));
                }
            },
            Record::Verdict(mut verdict) => {
                let clean = verdict.clauses.iter().all(|said| said.evidence.is_none());
                match self.drawn.remove(&verdict.case) {
                    Some(drawn) if clean && !drawn.is_kept => {
                        self.clean.take(&mut verdict, drawn.steps, &drawn.passages);
                        if verdict.clauses.is_empty() && verdict.twins.is_empty() {
                            return;
                        }
                        records.extend(drawn.records.into_iter().take(1));
                    }
                    Some(drawn) => records.extend(drawn.records),
                    None => {}
                }
                let steps = self.open.remove(&verdict.case).unwrap_or_default();
                if clean {
                    forget_wire(records, &steps);
                }
                records.push(Record::Verdict(verdict));
            }
            Record::Input(input) => {
                let its = self.drawn.values_mut().filter(|drawn| drawn.is_of(&input.path));
                its.for_each(|drawn| drawn.is_kept = true);
                records.push(Record::Input(input));
            }
            record => match case_of(&record).and_then(|case| self.drawn.get_mut(&case)) {
                Some(drawn) => drawn.records.push(record),
                None => records.push(record),
            },
        }
    }

    /// Keeps what was cut short, which may be looked at.
    pub(super) fn end(self, records: &mut Vec<Record>) {
        records.extend(self.drawn.into_values().flat_map(|drawn| drawn.records));
        if self.clean.last_case.is_some() {
            records.push(Record::Clean(Box::new(self.clean)));
        }
    }
}

/// Returns the step without what it is judged anew with.
fn slimmed(step: StepRecord) -> Record {
    Record::Step(StepRecord { input: Value::Null, bytes: String::new(), ..step })
}

/// Lets go of what went over the wire at the steps in those places.
fn forget_wire(records: &mut [Record], places: &[usize]) {
    for place in places {
        if let Some(Record::Step(step)) = records.get_mut(*place) {
            (step.url, step.request, step.body) = <(String, String, String)>::default();
            (step.request_headers, step.headers) = (Vec::new(), Vec::new());
        }
    }
}

/// Returns the case that a record of what came of its steps is about.
const fn case_of(record: &Record) -> Option<usize> {
    match record {
        Record::Note(note) => Some(note.case),
        Record::Judgement(judgement) => Some(judgement.case),
        Record::Overlap(overlap) => Some(overlap.case),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{CaseRecord, InputRecord, VerdictRecord};

    #[test]
    fn a_sequence_that_was_written_down_by_itself_is_kept() {
        let steps_kept = |written: bool| {
            let path = "explore/0.toml".to_owned();
            let (prefix, clauses) = <(String, Vec<String>)>::default();
            let case =
                Record::Case(CaseRecord { case: 1, path: path.clone(), prefix, clauses, state: CaseState::Drawn });
            let input = Record::Input(InputRecord { path, text: String::new() });
            let step = Record::Step(StepRecord { case: 1, ..StepRecord::default() });
            let verdict = Record::Verdict(VerdictRecord { case: 1, ..VerdictRecord::default() });
            let (mut reading, mut records) = (Reading::default(), Vec::new());
            for record in [Some(case), Some(step), written.then_some(input), Some(verdict)].into_iter().flatten() {
                reading.take(&mut records, record);
            }
            records.iter().any(|record| matches!(record, Record::Step(_)))
        };
        assert!(steps_kept(true), "what is said of it when the run ends is told by its steps");
        assert!(!steps_kept(false));
    }
}
