use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Deserialize as _;

use super::explore::Plain;
use super::lanes::verdict_record;
use crate::execute::{judgement_record, overlap_record};
use crate::generate::Met;
use crate::oracle::{Belief, Beliefs, CaseVerdicts, Contradiction, Deed, Judgement, Mark, Needs, Reason};
use crate::record::{
    CaseState, ClauseRecord, ClauseVerdict, Happened, NoteRecord, Record, RulingRecord, StepRecord, VerdictRecord,
};
use crate::service::{Form, Indeterminate, Outcome, Owner, Step, Text, text};
use crate::spec::{Catalogue, ClauseId, id};
use crate::trace::{Event, Interval, Role};
use crate::wire::read;

/// A log with what is said of its steps now.
#[derive(Debug, Default)]
pub struct Rejudged {
    /// The log; what could not be judged anew stands in it as it did.
    pub records: Vec<Record>,
    /// In which verdicts the two differ.
    pub differences: Vec<Difference>,
    /// What generated sequences met.
    pub met: Met,
    /// How many sequences of steps were judged anew.
    pub sequences: usize,
    /// How many steps they had.
    pub steps: usize,
    /// The hash over the clauses by which the log was judged when it was written.
    pub catalogue: String,
    /// What could not be judged anew, and why; by its path.
    pub left: Vec<(String, String)>,
}

/// A verdict that is another one now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The case or sequence.
    pub path: String,
    /// The clause.
    pub clause: String,
    /// The verdict in the log, in its JSON spelling; `None` where it says nothing of the clause.
    pub before: Option<String>,
    /// The verdict that its steps come to now.
    pub after: Option<String>,
    /// What was expected and observed, of the one that contradicts the clause.
    pub evidence: Option<(String, String)>,
}

/// Judges every step of a log anew: requests and answers are read as they were on the wire, and held against the model and
/// the clauses of this version. What only the run could know is taken from the log: which steps never got an answer in
/// several attempts, and how long was waited.
#[must_use]
pub fn rejudge(catalogue: &Catalogue, records: Vec<Record>) -> Rejudged {
    let mut judge = Judge {
        catalogue,
        plain: Plain::default(),
        plays: BTreeMap::new(),
        begun: BTreeMap::new(),
        all: Rejudged::default(),
    };
    for record in records {
        judge.take(record);
    }
    judge.all
}

struct Judge<'a> {
    catalogue: &'a Catalogue,
    plain: Plain,
    plays: BTreeMap<usize, Play>,
    /// Path and state of what began last under a number.
    begun: BTreeMap<usize, (String, CaseState)>,
    all: Rejudged,
}

/// A sequence of steps that is being judged.
struct Play {
    start: Belief,
    belief: Beliefs,
    trace: Vec<(Event, Judgement)>,
    /// The calls that overlap, and how many are yet to come.
    burst: (usize, Vec<Event>),
    ended: Ended,
}

/// How far a sequence is with its verdicts.
#[derive(PartialEq, Eq)]
enum Ended {
    No,
    /// They are as they were.
    Same,
    Otherwise,
}

impl Judge<'_> {
    fn take(&mut self, record: Record) {
        match record {
            Record::Header(mut header) => {
                self.all.catalogue = std::mem::replace(&mut header.catalogue, self.catalogue.hash());
                self.all.records.push(Record::Header(header));
            }
            Record::Clause(clause) => {
                let now = ClauseId::from_name(&clause.id).and_then(|id| self.catalogue.clause(id));
                self.all.records.push(Record::Clause(now.map_or(clause, ClauseRecord::of)));
            }
            Record::Case(case) => {
                if matches!(case.state, CaseState::Runs | CaseState::Drawn | CaseState::Tried) {
                    self.plays.remove(&case.case);
                    self.begun.insert(case.case, (case.path.clone(), case.state.clone()));
                }
                self.all.records.push(Record::Case(case));
            }
            Record::Start(start) => {
                match Belief::deserialize(&start.belief) {
                    Ok(belief) => {
                        self.all.sequences += 1;
                        self.plays.insert(start.case, Play::new(belief));
                    }
                    Err(error) => {
                        self.leave(start.case, format!("what was believed at its start can't be read: {error}"))
                    }
                }
                self.all.records.push(Record::Start(start));
            }
            Record::Step(step) => {
                let case = step.case;
                let taken = self.plays.get_mut(&case).map(|play| play.step(&step));
                self.all.records.push(Record::Step(step));
                self.said(case, taken);
            }
            Record::Note(note) => {
                let case = note.case;
                let taken = self.plays.get_mut(&case).map(|play| play.note(&note));
                self.all.records.push(Record::Note(note));
                self.said(case, taken);
            }
            Record::Judgement(judgement) if self.plays.contains_key(&judgement.case) => {}
            Record::Overlap(overlap) if self.plays.contains_key(&overlap.case) => {}
            Record::Verdict(verdict) => self.verdict(verdict),
            record => self.all.records.push(record),
        }
    }

    /// Adds what a step or a note brought.
    fn said(&mut self, case: usize, taken: Option<Result<Taken, String>>) {
        match taken {
            None => {}
            Some(Ok(taken)) => {
                self.all.steps += taken.steps;
                self.all.records.extend(taken.records);
            }
            Some(Err(why)) => self.leave(case, why),
        }
    }

    /// Gives a sequence up: the rest of it stands as it did.
    fn leave(&mut self, case: usize, why: String) {
        self.plays.remove(&case);
        let path = self.begun.get(&case).map_or_else(|| format!("number {case}"), |(path, _)| path.clone());
        self.all.left.push((path, why));
    }

    fn verdict(&mut self, recorded: VerdictRecord) {
        let Some(play) = self.plays.get_mut(&recorded.case) else {
            return self.all.records.push(Record::Verdict(recorded));
        };
        match play.ended {
            // What the whole run told of it stands where its steps say what they did.
            Ended::Same => return self.all.records.push(Record::Verdict(recorded)),
            Ended::Otherwise => return,
            Ended::No => {}
        }
        let (path, state) =
            self.begun.get(&recorded.case).map_or(("", &CaseState::Runs), |(path, state)| (path, state));
        let drawn = *state == CaseState::Drawn;
        if drawn || *state == CaseState::Runs {
            self.plain.note(&play.trace);
        }
        if drawn || *state == CaseState::Tried {
            self.plain.excuse(&mut play.trace);
        }
        if drawn {
            self.all.met.join(&Met::of(play.start.clone(), &play.trace));
        }
        let twins: Vec<Deed> = recorded.twins.iter().filter_map(|deed| Deed::deserialize(deed).ok()).collect();
        let mut now = verdict_record(
            &CaseVerdicts::of_run(self.catalogue, &play.trace, &twins, recorded.lives_elsewhere),
            recorded.case,
        );
        // That a step never got an answer shows in several attempts.
        let answers = |said: &&ClauseVerdict| said.clause == id::FRONT_ANSWERS.name();
        if let Some(silent) = recorded.clauses.iter().find(answers) {
            now.clauses.retain(|said| !answers(&said));
            now.clauses.push(silent.clone());
        }
        if path == FIXTURE {
            now.clauses.retain(|said| said.evidence.is_some());
        }
        let differences = differences(path, &recorded, &now);
        play.ended = if differences.is_empty() { Ended::Same } else { Ended::Otherwise };
        self.all.differences.extend(differences);
        self.all.records.push(Record::Verdict(now));
    }
}

/// What a record brings.
#[derive(Default)]
struct Taken {
    records: Vec<Record>,
    steps: usize,
}

impl Play {
    fn new(belief: Belief) -> Self {
        Self {
            start: belief.clone(),
            belief: belief.into(),
            trace: Vec::new(),
            burst: (0, Vec::new()),
            ended: Ended::No,
        }
    }

    fn step(&mut self, step: &StepRecord) -> Result<Taken, String> {
        let event = event(step)?;
        if self.burst.0 > 0 {
            self.burst.0 -= 1;
            self.burst.1.push(event);
            return Ok(if self.burst.0 == 0 { self.together(step.case) } else { Taken::default() });
        }
        let (judgement, conflict) = self.belief.observe(&event);
        self.trace.push((event, judgement));
        let mut records = self.last(step.case);
        records.extend(conflict.map(|conflict| overlap_record(step.case, &conflict)));
        Ok(Taken { records, steps: 1 })
    }

    /// Judges calls that overlapped.
    fn together(&mut self, case: usize) -> Taken {
        let events = std::mem::take(&mut self.burst.1);
        let burst = self.belief.observe_together(&events);
        let mut taken = Taken { steps: events.len(), ..Taken::default() };
        for said in events.into_iter().zip(burst.judgements) {
            self.trace.push(said);
            taken.records.extend(self.last(case));
        }
        taken.records.extend(burst.conflicts.iter().map(|conflict| overlap_record(case, conflict)));
        taken
    }

    fn note(&mut self, note: &NoteRecord) -> Result<Taken, String> {
        let mut rulings = Vec::new();
        match &note.what {
            Happened::Together(count) => self.burst = (*count, Vec::new()),
            Happened::ExportsEnded => self.belief.end_exports(),
            Happened::QuotaNear => self.belief.reach_quota(),
            Happened::OwnerGone(owner) => {
                let owner =
                    Owner::deserialize(owner).map_err(|error| format!("what is gone can't be read: {error}"))?;
                self.belief.lose_owner(&owner);
            }
            Happened::GaveUp { names, held } => {
                let names: Vec<Text> = names.iter().map(text).collect();
                let mut said = self.belief.give_up(&names);
                if !held {
                    said.rulings.iter_mut().for_each(|ruling| ruling.mark = Mark::Inconclusive(TOO_SHORT));
                }
                rulings.extend(said.rulings);
            }
            Happened::Ruled { ruling } => {
                let mut said = Judgement::default();
                let clause = ClauseId::from_name(&ruling.clause);
                said.mark(
                    clause.ok_or_else(|| format!("there is no clause `{}`", ruling.clause))?,
                    mark(ruling),
                    Needs::Life,
                );
                rulings.extend(said.rulings);
            }
        }
        if rulings.is_empty() {
            return Ok(Taken::default());
        }
        if let Some((_, judgement)) = self.trace.last_mut() {
            judgement.rulings.extend(rulings);
        }
        Ok(Taken { records: self.last(note.case), steps: 0 })
    }

    /// Returns what is said of the last step, where that is more than passes.
    fn last(&self, case: usize) -> Vec<Record> {
        let place = self.trace.len().saturating_sub(1);
        let ruled = self.trace.last().is_some_and(|(_, said)| !said.only_passes());
        ruled.then(|| judgement_record(case, place, &self.trace)).into_iter().collect()
    }
}

/// Under which path the log has what the run itself makes.
const FIXTURE: &str = "fixture";
/// What stands where a wait was shorter than the limit.
const TOO_SHORT: &str = "it did not settle in the time granted";

/// Returns what was sent, and what came, as it was on the wire.
fn event(record: &StepRecord) -> Result<Event, String> {
    let of_step = |what: &str| format!("step {}: {what}", record.step);
    let step =
        Step::deserialize(&record.input).map_err(|error| of_step(&format!("the call can't be read: {error}")))?;
    let role = Role::ALL.iter().copied().find(|role| role.word() == record.role);
    let role = role.ok_or_else(|| of_step(&format!("there is no role `{}`", record.role)))?;
    let (outcome, form) = match &record.lost {
        Some(lost) => {
            let lost = Indeterminate::deserialize(lost)
                .map_err(|error| of_step(&format!("why no answer came can't be read: {error}")))?;
            (Outcome::Indeterminate(lost), Form::default())
        }
        None if record.partial && record.status < 500 => return Err(of_step("the log has not the whole answer")),
        None => {
            let header = |name: &str| {
                let is_it = |(known, _): &&(String, String)| known.eq_ignore_ascii_case(name);
                record.headers.iter().find(is_it).map(|(_, value)| value.as_str())
            };
            let bytes = bytes(&record.bytes).ok_or_else(|| of_step("the answer's bytes are not in hexadecimal"))?;
            let body = if bytes.is_empty() { record.body.as_bytes() } else { &bytes };
            read(&step.call, record.status, header, body)
        }
    };
    let interval =
        Interval { called: Duration::from_nanos(record.called_ns), returned: Duration::from_nanos(record.returned_ns) };
    Ok(Event { role, step, outcome, form, interval })
}

/// Reads hexadecimal digits; `None` where they are none.
fn bytes(digits: &str) -> Option<Vec<u8>> {
    let pairs = (0..digits.len().div_ceil(2)).map(|place| digits.get(2 * place..2 * place + 2));
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

/// Returns what the run itself said.
fn mark(ruling: &RulingRecord) -> Mark {
    let reasons = [Reason::Wrong, Reason::Missing, Reason::Malformed, Reason::Unexpected];
    match reasons.into_iter().find(|reason| reason.word() == ruling.reason) {
        Some(reason) => {
            let (expected, observed) = (ruling.expected.clone(), ruling.observed.clone());
            Mark::Contradicted(Box::new(Contradiction { reason, expected, observed }))
        }
        None => Mark::Inconclusive("the run left it open"),
    }
}

fn differences(path: &str, before: &VerdictRecord, after: &VerdictRecord) -> Vec<Difference> {
    let of = |record: &VerdictRecord, clause: &str| record.clauses.iter().find(|said| said.clause == clause).cloned();
    let clauses: BTreeSet<&String> = before.clauses.iter().chain(&after.clauses).map(|said| &said.clause).collect();
    let differs = |clause: &String| {
        let (before, after) = (of(before, clause), of(after, clause));
        let word = |said: &Option<ClauseVerdict>| said.as_ref().map(|said| said.verdict.clone());
        let evidence = after.as_ref().and_then(|said| said.evidence.as_ref());
        let evidence = evidence.or_else(|| before.as_ref().and_then(|said| said.evidence.as_ref()));
        let evidence = evidence.map(|evidence| (evidence.expected.clone(), evidence.observed.clone()));
        (word(&before) != word(&after)).then(|| Difference {
            path: path.to_owned(),
            clause: clause.clone(),
            before: word(&before),
            after: word(&after),
            evidence,
        })
    };
    clauses.into_iter().filter_map(differs).collect()
}
