use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Brief, CaseState, Happened, Look, Record, StepRecord};
use crate::service::Operation;

/// How the line of a step begins.
const STEP: &[u8] = b"{\"kind\":\"step\",";

/// A log that is read for reports: what has no verdict yet.
#[derive(Default)]
pub(super) struct Reading {
    /// Where the steps of cases stand.
    open: HashMap<usize, Vec<usize>>,
    /// What generated sequences have written so far.
    drawn: HashMap<usize, Drawn>,
}

/// A generated sequence: what is kept of it is known at its end.
#[derive(Default)]
struct Drawn {
    brief: Brief,
    /// Its steps, as they are in the log.
    steps: Vec<Vec<u8>>,
    others: Vec<Record>,
}

/// What of a step is looked at whatever becomes of it.
#[derive(Deserialize)]
struct Slim<'a> {
    case: usize,
    #[serde(borrow)]
    operation: Cow<'a, str>,
    #[serde(borrow)]
    call: Cow<'a, str>,
    #[serde(borrow)]
    outcome: Cow<'a, str>,
    returned_ns: u64,
    #[serde(default)]
    retries: u32,
    #[serde(default)]
    lane: Option<usize>,
    status: u16,
}

impl Reading {
    /// Takes a line.
    ///
    /// # Errors
    /// Where it is no record.
    pub(super) fn take(&mut self, records: &mut Vec<Record>, line: &[u8]) -> serde_json::Result<()> {
        if line.starts_with(STEP) && !self.drawn.is_empty() {
            let slim: Slim<'_> = serde_json::from_slice(line)?;
            if let Some(drawn) = self.drawn.get_mut(&slim.case) {
                drawn.follow(&slim);
                drawn.steps.push(line.to_vec());
                return Ok(());
            }
        }
        match serde_json::from_slice(line)? {
            Record::Start(_) => {}
            Record::Note(note) if !matches!(note.what, Happened::GaveUp { .. } | Happened::OwnerGone(_)) => {}
            Record::Case(case) => {
                // A number may begin anew.
                if let Some(before) = self.drawn.remove(&case.case) {
                    before.keep(records)?;
                }
                if case.state == CaseState::Drawn {
                    self.drawn.insert(case.case, Drawn::default());
                }
                records.push(Record::Case(case));
            }
            Record::Step(step) => {
                self.open.entry(step.case).or_default().push(records.len());
                records.push(slimmed(step));
            }
            Record::Verdict(mut verdict) => {
                let clean = verdict.clauses.iter().all(|said| said.evidence.is_none());
                match self.drawn.remove(&verdict.case) {
                    Some(drawn) if clean => {
                        let Brief { passages, .. } = drawn.brief;
                        verdict.brief = Some(Brief { passages: passages.ended(), ..drawn.brief });
                    }
                    Some(drawn) => drawn.keep(records)?,
                    None => {}
                }
                let steps = self.open.remove(&verdict.case).unwrap_or_default();
                if clean {
                    forget_wire(records, &steps);
                }
                records.push(Record::Verdict(verdict));
            }
            record => match case_of(&record).and_then(|case| self.drawn.get_mut(&case)) {
                Some(drawn) => drawn.others.push(record),
                None => records.push(record),
            },
        }
        Ok(())
    }

    /// Keeps what was cut short, which may be looked at.
    ///
    /// # Errors
    /// Where a line is no record.
    pub(super) fn end(self, records: &mut Vec<Record>) -> serde_json::Result<()> {
        let mut drawn: Vec<(usize, Drawn)> = self.drawn.into_iter().collect();
        drawn.sort_unstable_by_key(|(case, _)| *case);
        drawn.into_iter().try_for_each(|(_, drawn)| drawn.keep(records))
    }
}

impl Drawn {
    fn follow(&mut self, step: &Slim<'_>) {
        self.brief.steps += 1;
        if let Some(operation) = Operation::from_name(&step.operation) {
            *self.brief.calls.entry(operation.name()).or_default() += 1 + step.retries as usize;
        }
        self.brief.last_ns = self.brief.last_ns.max(step.returned_ns);
        if step.lane.is_none() {
            let Slim { operation, call, outcome, status, .. } = step;
            self.brief.passages.follow(Look { operation, call, outcome, status: *status });
        }
    }

    fn keep(self, records: &mut Vec<Record>) -> serde_json::Result<()> {
        for line in self.steps {
            if let Record::Step(step) = serde_json::from_slice(&line)? {
                records.push(slimmed(step));
            }
        }
        records.extend(self.others);
        Ok(())
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
