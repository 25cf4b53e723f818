use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Deserialize;

use super::waive::{self, Ruled};
use crate::record::{
    CaseRecord, CaseState, ClauseRecord, Clean, DriftRecord, ExplorationRecord, Footer, Happened, Header,
    JudgementRecord, OverlapRecord, PrecedenceRecord, Record, StepRecord, SupportRecord, VerdictRecord, Waiver,
};
use crate::service::{Call, Fixture, Owner};
use crate::trace::{Role, step_line};

/// The path of what makes the base snapshots, which is no case that can be played.
pub(super) const FIXTURE: &str = Role::Fixture.word();

/// The records of a log, in the order in which reports ask for them.
#[derive(Default)]
pub(super) struct Digest<'a> {
    pub(super) header: Option<&'a Header>,
    pub(super) clauses: Vec<&'a ClauseRecord>,
    pub(super) supports: Vec<&'a SupportRecord>,
    /// By path: a case that was played several times counts once.
    pub(super) cases: BTreeMap<&'a str, Case<'a>>,
    /// The text of what contradicts a clause, by path.
    pub(super) inputs: BTreeMap<&'a str, &'a str>,
    pub(super) precedence: Vec<&'a PrecedenceRecord>,
    pub(super) drifts: Vec<&'a DriftRecord>,
    pub(super) waivers: Vec<&'a Waiver>,
    /// The places of the waivers that accepted something of a case or of the probe.
    pub(super) used: BTreeSet<usize>,
    /// The answers to the probe that are accepted, by operation, and the place of the waiver.
    pub(super) waived: BTreeMap<&'a str, usize>,
    /// The day of the run.
    pub(super) today: Option<Date>,
    pub(super) exploration: Option<&'a ExplorationRecord>,
    /// The generated sequences without anything against a clause, which are among the cases only where they leave one open.
    pub(super) clean: Option<&'a Clean>,
    pub(super) footer: Option<&'a Footer>,
    pub(super) leaked: usize,
    pub(super) steps: usize,
    pub(super) requests: usize,
    pub(super) last_ns: u64,
}

/// A case with all its attempts.
#[derive(Default)]
pub(super) struct Case<'a> {
    /// What was last said of whether it runs.
    pub(super) record: Option<&'a CaseRecord>,
    /// Those that were begun.
    pub(super) attempts: Vec<Attempt<'a>>,
}

/// A case as it was played once.
#[derive(Default)]
pub(super) struct Attempt<'a> {
    pub(super) prefix: &'a str,
    pub(super) steps: Vec<&'a StepRecord>,
    pub(super) judgements: Vec<&'a JudgementRecord>,
    pub(super) overlaps: Vec<&'a OverlapRecord>,
    /// What the snapshots were taken of, where it was deleted, and after how many steps that was.
    pub(super) owner_gone: Option<(usize, Owner)>,
    /// Absent where it was cut short, or given up and played again.
    pub(super) verdict: Option<&'a VerdictRecord>,
    /// What it says of the clauses, waivers applied.
    pub(super) said: Vec<Ruled<'a>>,
}

impl Attempt<'_> {
    /// Returns the line of the call by which it lost what its snapshots were taken of, and after how many steps that was.
    pub(super) fn loss(&self) -> Option<(usize, String)> {
        let (after, owner) = self.owner_gone.as_ref()?;
        Some((*after, step_line(&Call::Fixture(Fixture::Delete(owner.clone())).into())))
    }

    /// Tells whether calls overlapped, up to that step: what comes of them is another thing each time.
    pub(super) fn is_race(&self, until: usize) -> bool {
        let given = |step: &&&StepRecord| step.role == Role::Given.word() && step.step <= until;
        let mut given: Vec<_> = self.steps.iter().filter(given).collect();
        given.sort_by_key(|step| step.called_ns);
        given.windows(2).any(|pair| matches!(pair, [one, next] if next.called_ns < one.returned_ns))
    }
}

impl<'a> Digest<'a> {
    pub(super) fn of(records: &'a [Record]) -> Self {
        let mut digest = Self::default();
        // A number may begin anew: its steps then belong to what began last.
        let mut begun: BTreeMap<usize, (&'a str, Attempt<'a>)> = BTreeMap::new();
        for record in records {
            match record {
                Record::Header(header) => digest.header = Some(header),
                // A run that is gone on with says again which clauses count.
                Record::Clause(clause) => {
                    if digest.clauses.iter().all(|known| known.id != clause.id) {
                        digest.clauses.push(clause);
                    }
                }
                Record::Waiver(waiver) => digest.waivers.push(waiver),
                Record::Drift(drift) => digest.drifts.push(drift),
                Record::Support(support) => digest.supports.push(support),
                Record::Case(case) => {
                    digest.cases.entry(&case.path).or_default().record = Some(case);
                    if matches!(case.state, CaseState::Runs | CaseState::Drawn | CaseState::Tried) {
                        let attempt = Attempt { prefix: &case.prefix, ..Attempt::default() };
                        let before = begun.insert(case.case, (&case.path, attempt));
                        digest.keep(before);
                    }
                }
                Record::Step(step) => {
                    digest.steps += 1;
                    digest.requests += 1 + step.retries as usize;
                    digest.last_ns = digest.last_ns.max(step.returned_ns);
                    if let Some((_, attempt)) = begun.get_mut(&step.case) {
                        attempt.steps.push(step);
                    }
                }
                Record::Judgement(judgement) => {
                    if let Some((_, attempt)) = begun.get_mut(&judgement.case) {
                        attempt.judgements.push(judgement);
                    }
                }
                Record::Overlap(overlap) => {
                    if let Some((_, attempt)) = begun.get_mut(&overlap.case) {
                        attempt.overlaps.push(overlap);
                    }
                }
                Record::Verdict(verdict) => {
                    if let Some((_, attempt)) = begun.get_mut(&verdict.case) {
                        attempt.verdict = Some(verdict);
                    }
                }
                Record::Input(input) => {
                    digest.inputs.insert(&input.path, &input.text);
                }
                Record::Precedence(precedence) => digest.precedence.push(precedence),
                Record::Resource(resource) => digest.leaked += usize::from(resource.state == "leaked"),
                Record::Exploration(exploration) => digest.exploration = Some(exploration),
                Record::Footer(footer) => digest.footer = Some(footer),
                Record::Clean(clean) => {
                    digest.clean = Some(clean);
                    digest.steps += clean.steps;
                    digest.requests += clean.calls.values().sum::<usize>();
                    digest.last_ns = digest.last_ns.max(clean.last_ns);
                }
                Record::Note(note) => {
                    if let Happened::OwnerGone(owner) = &note.what
                        && let Some((_, attempt)) = begun.get_mut(&note.case)
                    {
                        attempt.owner_gone = Owner::deserialize(owner).ok().map(|owner| (note.after, owner));
                    }
                }
                // What steps are judged anew with.
                Record::Start(_) => {}
            }
        }
        for last in begun.into_values() {
            digest.keep(Some(last));
        }
        if let Some(footer) = digest.footer {
            digest.leaked = digest.leaked.max(footer.leaked);
        }
        digest.waive();
        digest
    }

    /// Says of every attempt what is left against the clauses once waivers are applied.
    fn waive(&mut self) {
        let run = self.header.map_or("", |header| &header.run);
        self.today = self.header.and_then(|header| header.started.get(..10)?.parse().ok());
        let is_authority = self.header.is_some_and(|header| header.target.authority);
        for attempt in self.cases.values_mut().flat_map(|case| &mut case.attempts) {
            attempt.said = waive::ruled(attempt, &self.waivers, run, is_authority);
            self.used.extend(attempt.said.iter().flat_map(|said| said.accepting.iter().copied()));
        }
        for support in &self.supports {
            if let Some(place) = waive::of_probe(support, &self.waivers, run) {
                self.waived.insert(&support.operation, place);
                self.used.insert(place);
            }
        }
    }

    fn keep(&mut self, attempt: Option<(&'a str, Attempt<'a>)>) {
        if let Some((path, mut attempt)) = attempt {
            attempt.steps.sort_by_key(|step| step.step);
            self.cases.entry(path).or_default().attempts.push(attempt);
        }
    }

    /// Walks what was said of the clauses: path, attempt, and clause by clause.
    pub(super) fn said(&self) -> impl Iterator<Item = (&'a str, &Attempt<'a>, &Ruled<'a>)> {
        self.cases.iter().flat_map(|(path, case)| {
            case.attempts.iter().flat_map(move |attempt| attempt.said.iter().map(move |said| (*path, attempt, said)))
        })
    }

    /// Returns the answers to the probe in that state that no waiver accepts.
    pub(super) fn answered<'s>(&'s self, state: &'s str) -> impl Iterator<Item = &'a SupportRecord> + 's {
        let open = move |support: &&&'a SupportRecord| {
            support.state == state && !self.waived.contains_key(&*support.operation)
        };
        self.supports.iter().filter(open).copied()
    }
}

impl Case<'_> {
    /// Tells whether it was played to its end.
    pub(super) fn ran(&self) -> bool {
        self.attempts.iter().any(|attempt| attempt.verdict.is_some())
    }

    /// Tells whether it was drawn, and stands in no file.
    pub(super) fn is_sequence(&self) -> bool {
        self.record.is_some_and(|record| matches!(record.state, CaseState::Drawn | CaseState::Tried))
    }

    /// Tells whether it was begun and has no end.
    pub(super) fn cut_short(&self) -> bool {
        !self.ran() && self.record.is_some_and(|record| record.state == CaseState::Runs)
    }
}
