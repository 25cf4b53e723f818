use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::{Brief, CaseState, Happened, Record, StepRecord};

/// A log that is read for reports: what has no verdict yet.
#[derive(Default)]
pub(super) struct Reading {
    /// Where the steps of cases stand.
    open: HashMap<usize, Vec<usize>>,
    /// What generated sequences have written so far.
    drawn: BTreeMap<usize, Drawn>,
}

/// A generated sequence: which of both is kept is known at its end.
#[derive(Default)]
struct Drawn {
    brief: Brief,
    records: Vec<Record>,
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
                    self.drawn.insert(case.case, Drawn::default());
                }
                records.push(Record::Case(case));
            }
            Record::Step(step) => match self.drawn.get_mut(&step.case) {
                Some(drawn) => {
                    drawn.brief.follow(&step);
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
                    Some(drawn) if clean => verdict.brief = Some(drawn.brief.ended()),
                    Some(drawn) => records.extend(drawn.records),
                    None => {}
                }
                let steps = self.open.remove(&verdict.case).unwrap_or_default();
                if clean {
                    forget_wire(records, &steps);
                }
                records.push(Record::Verdict(verdict));
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
