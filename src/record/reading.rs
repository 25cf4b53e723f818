use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::Value;

use super::file::{BadLine, STEP, record};
use super::{CaseState, Clean, Happened, Passages, Record, StepRecord};
use crate::trace::Role;

/// A log that is read for reports: what has no verdict yet.
#[derive(Default)]
pub(super) struct Reading {
    /// Where the steps of cases stand.
    open: HashMap<usize, Vec<usize>>,
    /// The number under which each case was begun last.
    begun: HashMap<String, usize>,
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
    records: Vec<Kept>,
    /// Whether it was written down by itself, since something may be said of it later.
    is_kept: bool,
}

/// A record of a sequence.
enum Kept {
    Read(Box<Record>),
    /// A step, by the number of its line: most are never looked at.
    Line(usize, Box<[u8]>),
}

impl Kept {
    fn read(record: Record) -> Self {
        Self::Read(Box::new(record))
    }

    fn record(self) -> Result<Record, BadLine> {
        match self {
            Self::Read(record) => Ok(*record),
            Self::Line(number, line) => record(number, &line).map(|record| match record {
                Record::Step(step) => slimmed(step),
                other => other,
            }),
        }
    }
}

impl Drawn {
    fn is_of(&self, path: &str) -> bool {
        let Some(Kept::Read(first)) = self.records.first() else { return false };
        matches!(&**first, Record::Case(case) if case.path == path)
    }

    fn follow(&mut self, step: &StepRecord) {
        self.steps.follow(step);
        self.passages.follow(step);
    }

    fn records(self) -> Result<Vec<Record>, BadLine> {
        self.records.into_iter().map(Kept::record).collect()
    }
}

/// What of a step says what a sequence comes to.
#[derive(Deserialize)]
struct Glance {
    case: usize,
    operation: String,
    call: String,
    outcome: String,
    returned_ns: u64,
    #[serde(default)]
    retries: u32,
    lane: Option<usize>,
    status: u16,
}

impl Glance {
    /// Returns that of a line; `None` where it is not that of a step.
    fn of(line: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(line).ok().filter(|text| text.starts_with(STEP))?;
        serde_json::from_str(text).ok()
    }

    fn step(self) -> StepRecord {
        let Self { case, operation, call, outcome, returned_ns, retries, lane, status } = self;
        StepRecord { case, operation, call, outcome, returned_ns, retries, lane, status, ..StepRecord::default() }
    }
}

impl Reading {
    /// Takes a line.
    pub(super) fn line(&mut self, records: &mut Vec<Record>, number: usize, line: &[u8]) -> Result<(), BadLine> {
        if !self.drawn.is_empty()
            && let Some(glance) = Glance::of(line)
            && let Some(drawn) = self.drawn.get_mut(&glance.case)
        {
            drawn.records.push(Kept::Line(number, line.into()));
            drawn.follow(&glance.step());
            return Ok(());
        }
        self.take(records, record(number, line)?)
    }

    /// Takes a record.
    fn take(&mut self, records: &mut Vec<Record>, record: Record) -> Result<(), BadLine> {
        match record {
            Record::Start(_) => {}
            Record::Note(note) if !matches!(note.what, Happened::GaveUp { .. } | Happened::OwnerGone(_)) => {}
            Record::Case(case) => {
                // A number may begin anew.
                if let Some(before) = self.drawn.remove(&case.case) {
                    records.extend(before.records()?);
                }
                if case.state == CaseState::Drawn {
                    let number = case.case;
                    let drawn = Drawn { records: vec![Kept::read(Record::Case(case))], ..Drawn::default() };
                    self.drawn.insert(number, drawn);
                } else {
                    // Each lane makes what it stands on by itself.
                    if case.state == CaseState::Runs
                        && case.path != Role::Fixture.word()
                        && let Some(before) = self.begun.insert(case.path.clone(), case.case)
                    {
                        // What was given up and is played again says nothing.
                        forget_wire(records, &self.open.remove(&before).unwrap_or_default());
                    }
                    records.push(Record::Case(case));
                }
            }
            Record::Step(step) => match self.drawn.get_mut(&step.case) {
                Some(drawn) => {
                    drawn.follow(&step);
                    drawn.records.push(Kept::read(slimmed(step)));
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
                            return Ok(());
                        }
                        records.extend(drawn.records.into_iter().next().map(Kept::record).transpose()?);
                    }
                    Some(drawn) => records.extend(drawn.records()?),
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
                Some(drawn) => drawn.records.push(Kept::read(record)),
                None => records.push(record),
            },
        }
        Ok(())
    }

    /// Keeps what was cut short, which may be looked at.
    pub(super) fn end(self, records: &mut Vec<Record>) -> Result<(), BadLine> {
        for drawn in self.drawn.into_values() {
            records.extend(drawn.records()?);
        }
        if self.clean.last_case.is_some() {
            records.push(Record::Clean(Box::new(self.clean)));
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{CaseRecord, InputRecord, VerdictRecord};

    fn case(number: usize, path: &str, state: CaseState) -> Record {
        let (prefix, clauses) = <(String, Vec<String>)>::default();
        Record::Case(CaseRecord { case: number, path: path.to_owned(), prefix, clauses, state })
    }

    #[test]
    fn an_attempt_that_is_made_again_leaves_nothing_that_went_over_the_wire() {
        let step = |case| Record::Step(StepRecord { case, body: "an answer".to_owned(), ..StepRecord::default() });
        let (mut reading, mut records) = (Reading::default(), Vec::new());
        let first = [case(1, "a", CaseState::Runs), step(1), case(2, "b", CaseState::Runs), step(2)];
        for record in first.into_iter().chain([case(3, "a", CaseState::Runs), step(3)]) {
            assert!(reading.take(&mut records, record).is_ok());
        }
        assert!(reading.end(&mut records).is_ok());
        let kept = records.iter().filter_map(|record| match record {
            Record::Step(step) => Some((step.case, !step.body.is_empty())),
            _ => None,
        });
        assert_eq!(kept.collect::<Vec<_>>(), [(1, false), (2, true), (3, true)]);
    }

    #[test]
    fn a_sequence_that_was_written_down_by_itself_is_kept() {
        let steps_kept = |written: bool| {
            let path = "explore/0.toml";
            let case = case(1, path, CaseState::Drawn);
            let input = Record::Input(InputRecord { path: path.to_owned(), text: String::new() });
            let step = Record::Step(StepRecord { case: 1, ..StepRecord::default() });
            let verdict = Record::Verdict(VerdictRecord { case: 1, ..VerdictRecord::default() });
            let (mut reading, mut records) = (Reading::default(), Vec::new());
            for record in [Some(case), Some(step), written.then_some(input), Some(verdict)].into_iter().flatten() {
                assert!(reading.take(&mut records, record).is_ok());
            }
            records.iter().any(|record| matches!(record, Record::Step(_)))
        };
        assert!(steps_kept(true), "what is said of it when the run ends is told by its steps");
        assert!(!steps_kept(false));
    }
}
