//! Which sequence or candidate comes next, and what came of them: shared by all lanes, and free of waiting.

mod hunt;
mod plain;
mod play;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;

pub(super) use self::hunt::Ended;
use self::hunt::Hunt;
pub(super) use self::plain::Plain;
pub(super) use self::play::explore;
use super::plan::Plan;
use crate::case::CaseStep;
use crate::generate::{Guide, Met, Reach, Sequence, Signature, Steps, Tried, planned, reachable};
use crate::record::{ExplorationRecord, FoundRecord, MetRecord, Record, Shard, VerdictRecord};
use crate::spec::ClauseId;

/// What a sequence has learnt from are those that lie this far behind it, however many lanes there are.
const WINDOW: usize = 16;
/// How many times the limit of one finding all findings together may spend on being made shorter.
const FINDINGS_AT_FULL_LENGTH: usize = 6;

/// What a lane does next.
pub(super) enum Next {
    /// Plays the sequence of that place among those of this shard.
    Sequence(usize, Box<dyn Steps>),
    /// Tries a candidate.
    Candidate(Box<Task>),
    /// Waits for what other lanes do.
    Wait,
    /// Nothing is left.
    Nothing,
}

/// A candidate to be tried.
pub(super) struct Task {
    pub(super) hunt: usize,
    number: usize,
    pub(super) sequence: Sequence,
    pub(super) signature: Signature,
    /// Under which path it is logged.
    pub(super) path: String,
}

/// A failure that a sequence showed.
pub(super) struct Failure {
    pub(super) signature: Signature,
    pub(super) sequence: Sequence,
    /// How many requests the run had sent when it was seen.
    requests: usize,
}

/// What a sequence said of the clauses, and what it failed of.
#[derive(Clone)]
pub(super) struct Said {
    pub(super) record: VerdictRecord,
    pub(super) failures: Vec<Signature>,
}

impl Said {
    /// Returns what is left to be said where some failures come down to others; `None` where that is all.
    fn without(&self, second: &[Signature]) -> Option<VerdictRecord> {
        let mut record = self.record.clone();
        record.clauses.retain(|said| {
            let mut of_it = self.failures.iter().filter(|known| known.clause.name() == said.clause).peekable();
            said.evidence.is_none() || of_it.peek().is_none() || of_it.any(|known| !second.contains(known))
        });
        (record != self.record).then_some(record)
    }
}

/// What came of a sequence.
pub(super) struct Explored {
    pub(super) steps: Vec<CaseStep>,
    pub(super) met: Met,
    pub(super) failures: Vec<Failure>,
    pub(super) said: VerdictRecord,
}

/// What is being explored.
pub(super) struct Explorer {
    state: Mutex<State>,
    pub(super) reach: Reach,
    shard: Shard,
    out: PathBuf,
}

struct State {
    guide: Guide,
    shard: Shard,
    wanted: usize,
    limit: usize,
    lanes: usize,
    next: usize,
    /// What came of the sequences that nothing has been learnt of yet.
    ended: BTreeMap<usize, Option<(Vec<CaseStep>, Met)>>,
    learned: usize,
    playing: usize,
    played: usize,
    steps: usize,
    hunts: Vec<Hunt>,
    /// The failures that need no hunt: a case shows them.
    known: FxHashMap<Signature, usize>,
    spent: usize,
    closed: bool,
    /// What was said where something failed.
    said: Vec<Said>,
    /// How many requests were sent before the first sequence.
    before: usize,
}

impl Explorer {
    /// Explores what falls to the shard.
    pub(super) fn new(plan: &Plan, shard: Shard, reach: Reach, lanes: usize) -> Self {
        let (seed, explore) = (plan.seed, &plan.explore);
        let guide = Guide::new(seed, reach, planned(seed, reach, explore.sequences / 2));
        let state = State::new(guide, (shard, shard.share(explore.sequences)), explore.shrink_limit, lanes);
        Self { state: Mutex::new(state), reach, shard, out: plan.out.clone() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the number that a sequence of this shard has among all.
    pub(super) const fn number(&self, place: usize) -> usize {
        self.shard.number(place)
    }

    /// Returns the file of a sequence that found something.
    pub(super) fn file(&self, place: usize) -> PathBuf {
        self.out.join("explore").join(format!("{}.toml", self.number(place)))
    }

    /// Remembers what a case showed, so that no sequence has to.
    pub(super) fn know(&self, signature: Signature) {
        *self.state().known.entry(signature).or_default() += 1;
    }

    /// Remembers how many requests the run had sent before the first sequence.
    pub(super) fn begin(&self, requests: usize) {
        self.state().before = requests;
    }

    /// Returns how many sequences and candidates are played at most; each may spoil the base it is played on.
    pub(super) fn most(&self) -> usize {
        let state = self.state();
        state.wanted + state.most_candidates()
    }

    /// Lets no more sequences begin.
    pub(super) fn close(&self) {
        self.state().closed = true;
    }

    pub(super) fn next(&self) -> Next {
        self.state().next()
    }

    /// Takes what came of a sequence; `None` where it could not be played.
    pub(super) fn explored(&self, number: usize, explored: Option<Explored>) {
        let mut state = self.state();
        state.playing -= 1;
        let Some(explored) = explored else {
            state.ended.insert(number, None);
            return;
        };
        state.played += 1;
        state.steps += explored.steps.len();
        if !explored.failures.is_empty() {
            let failures = explored.failures.iter().map(|failure| failure.signature.clone()).collect();
            state.said.push(Said { record: explored.said, failures });
        }
        for failure in explored.failures {
            state.failed(failure, (self.number(number), true), &self.out);
        }
        state.ended.insert(number, Some((explored.steps, explored.met)));
    }

    /// Takes what came of a candidate: what it said of the clauses where it fails, and what it failed of in place of what
    /// it was tried for, where that may be what both come down to.
    pub(super) fn tried(&self, task: &Task, tried: Tried<Sequence>, said: Option<Said>, instead: Option<Failure>) {
        let mut state = self.state();
        state.spent += 1;
        let Some(hunt) = state.hunts.get_mut(task.hunt) else { return };
        let sequence = hunt.sequence();
        if let Some(failure) = &instead {
            hunt.slipped(failure);
        }
        hunt.take(task.number, tried, said);
        if let Some(failure) = instead
            && !state.known.contains_key(&failure.signature)
            && state.hunts.iter().all(|hunt| hunt.signature != failure.signature)
        {
            state.failed(failure, (sequence, false), &self.out);
        }
    }

    /// Makes no finding shorter any more, so that each is told as it is.
    pub(super) fn stop(&self) {
        self.state().hunts.iter_mut().for_each(Hunt::stop);
    }

    /// Returns the hunts that have ended since this was last asked for.
    pub(super) fn ended(&self) -> Vec<Ended> {
        let mut state = self.state();
        // What one cause comes down to is known when all that is held against it is.
        let open: Vec<Signature> =
            state.hunts.iter().filter(|hunt| !hunt.is_over()).map(|hunt| hunt.signature.clone()).collect();
        let second = state.second();
        let is_open = |signature: &Signature| open.iter().any(|other| other.underlies(signature));
        let ready = |hunt: &&mut Hunt| hunt.is_seen() && !second.contains(&hunt.signature) && !is_open(&hunt.signature);
        let ended: Vec<Ended> = state.hunts.iter_mut().filter(ready).filter_map(Hunt::end).collect();
        state.said.extend(ended.iter().filter_map(|ended| ended.said.clone()));
        ended
    }

    /// Returns what is to be said anew of sequences that failed of something that comes down to something else.
    pub(super) fn revised(&self) -> Vec<Record> {
        let state = self.state();
        let second = state.second();
        state.said.iter().filter_map(|said| said.without(&second)).map(Record::Verdict).collect()
    }

    /// Returns what all of it came to.
    pub(super) fn record(&self) -> Record {
        let state = self.state();
        let met = state.guide.met();
        let count = |clause: ClauseId| {
            let count = met.of_clause(clause);
            (count > 0).then(|| MetRecord { clause: clause.name().to_owned(), count })
        };
        let never = reachable(self.reach).into_iter().filter(|clause| met.of_clause(*clause) == 0);
        let second = state.second();
        let is_found = |hunt: &&Hunt| hunt.is_seen() && !second.contains(&hunt.signature);
        let found: Vec<FoundRecord> = state.hunts.iter().filter(is_found).map(Hunt::record).collect();
        Record::Exploration(ExplorationRecord {
            wanted: state.wanted,
            sequences: state.played,
            planned: self.shard.share(state.guide.planned()).min(state.next),
            steps: state.steps,
            requests_before: state.before,
            executions_to_shrink: state.spent,
            met: ClauseId::all().filter_map(count).collect(),
            moments: met.moments(),
            pairs: met.pairs(),
            never: never.map(|clause| clause.name().to_owned()).collect(),
            found,
        })
    }
}

impl State {
    fn new(guide: Guide, (shard, wanted): (Shard, usize), limit: usize, lanes: usize) -> Self {
        Self {
            guide,
            shard,
            wanted,
            limit,
            lanes,
            next: 0,
            ended: BTreeMap::new(),
            learned: 0,
            playing: 0,
            played: 0,
            steps: 0,
            hunts: Vec::new(),
            known: FxHashMap::default(),
            spent: 0,
            closed: false,
            said: Vec::new(),
            before: 0,
        }
    }

    /// Returns how many candidates are tried at most, for all findings together.
    const fn most_candidates(&self) -> usize {
        self.limit * FINDINGS_AT_FULL_LENGTH
    }

    fn next(&mut self) -> Next {
        let room = self.most_candidates().saturating_sub(self.spent);
        // One cause held against several clauses is most likely one thing: the others come last.
        let busy = self.hunts.iter().any(|hunt| !hunt.second && !hunt.is_over());
        for (place, hunt) in self.hunts.iter_mut().enumerate() {
            if hunt.second && busy {
                continue;
            }
            if let Some((number, sequence)) = hunt.candidate(if room > 0 { self.lanes } else { 0 }) {
                let path = hunt.path().to_owned();
                let signature = hunt.signature.clone();
                return Next::Candidate(Box::new(Task { hunt: place, number, sequence, signature, path }));
            }
        }
        if self.next < self.wanted && !self.closed {
            while self.learned + WINDOW <= self.next {
                let Some(ended) = self.ended.remove(&self.learned) else { return Next::Wait };
                self.learn(ended);
            }
            let number = self.next;
            self.next += 1;
            self.playing += 1;
            return Next::Sequence(number, self.guide.sequence(self.shard.number(number)));
        }
        if self.playing > 0 || self.hunts.iter().any(|hunt| !hunt.is_over()) {
            return Next::Wait;
        }
        while let Some(ended) = self.ended.remove(&self.learned) {
            self.learn(ended);
        }
        Next::Nothing
    }

    fn learn(&mut self, ended: Option<(Vec<CaseStep>, Met)>) {
        self.learned += 1;
        if let Some((steps, met)) = ended {
            self.guide.learn(steps, &met);
        }
    }

    /// Returns the failures that come down to others, of which something is said.
    fn second(&self) -> Vec<Signature> {
        let is_said = |other: &Signature| {
            self.known.contains_key(other) || self.hunts.iter().any(|hunt| hunt.signature == *other && hunt.is_seen())
        };
        // Of two that come down to each other the lesser is told.
        let is_lesser = |hunt: &Hunt, other: &Signature| {
            let back = |known: &Hunt| known.signature == *other && known.comes_down_to() == Some(&hunt.signature);
            self.hunts.iter().any(|known| back(known) && hunt.weight() <= known.weight())
        };
        let is_second = |hunt: &&Hunt| hunt.comes_down_to().is_some_and(|to| is_said(to) && !is_lesser(hunt, to));
        self.hunts.iter().filter(is_second).map(|hunt| hunt.signature.clone()).collect()
    }

    /// Takes in a failure of the sequence of that number, or of a candidate for one that it showed.
    fn failed(&mut self, failure: Failure, sequence: (usize, bool), out: &Path) {
        if let Some(count) = self.known.get_mut(&failure.signature) {
            *count += 1;
        } else if let Some(hunt) = self.hunts.iter_mut().find(|hunt| hunt.signature == failure.signature) {
            hunt.again(failure.requests);
        } else {
            let same = self.hunts.iter().filter(|hunt| hunt.signature.clause == failure.signature.clause).count();
            let second = self.hunts.iter().any(|hunt| hunt.signature.has_cause_of(&failure.signature));
            let mut hunt = Hunt::new(failure, same + 1, self.limit, sequence, out);
            hunt.second = second;
            self.hunts.push(hunt);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Settle;
    use crate::oracle::Reason;
    use crate::spec::id;

    /// A failure that so many waits show.
    fn failure(clause: ClauseId, steps: usize) -> Failure {
        let (expected, observed) = ("it gone".to_owned(), "it available".to_owned());
        let signature = Signature { clause, operation: None, reason: Reason::Wrong, expected, observed };
        let steps = (0..steps).map(|_| CaseStep::Settle(Settle::of(Vec::new()))).collect();
        Failure { signature, sequence: Sequence::new(steps, false, &[]), requests: 1 }
    }

    #[test]
    fn what_comes_down_to_something_that_nothing_is_said_of_is_told_itself() {
        let mut state = State::new(Guide::new(1, Reach::default(), Vec::new()), (Shard::WHOLE, 1), 9, 1);
        let (long, short) = (failure(id::DELETE_GONE, 5), failure(id::DELETE_REFUSAL_NO_EFFECT, 2));
        let (first, sequence) = (long.signature.clone(), short.sequence.clone());
        state.failed(long, (0, true), Path::new("."));
        state.hunts.iter_mut().for_each(|hunt| hunt.slipped(&short));
        state.failed(short, (0, false), Path::new("."));
        assert_eq!(state.second(), [], "the run ends before the other is played again");
        let verdict =
            VerdictRecord { case: 1, lives: true, lives_elsewhere: false, clauses: Vec::new(), twins: Vec::new() };
        let said = Said { record: verdict, failures: Vec::new() };
        if let Some(hunt) = state.hunts.last_mut() {
            hunt.take(0, Tried::Fails(sequence), Some(said));
        }
        assert_eq!(state.second(), [first]);
    }
}
