use std::collections::{BTreeMap, BTreeSet};

use super::{StepRecord, VerdictRecord};
use crate::model::Phase;
use crate::oracle::Verdict;
use crate::service::{Operation, Status};

/// What the generated sequences come to that have nothing against any clause.
///
/// When a log is read they are let go of, so that a report of a million steps needs no more room than one of a thousand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clean {
    /// The highest number of one; absent where there is none.
    pub last_case: Option<usize>,
    /// How many steps they had.
    pub steps: usize,
    /// How many requests of each operation they took.
    pub calls: BTreeMap<&'static str, usize>,
    /// When the last answer was there, in nanoseconds since the run started.
    pub last_ns: u64,
    /// What their names went through: the status before, or absent, the one after, and how often that was.
    pub seen: BTreeMap<(Phase, Phase), usize>,
    /// Whether the target proved in one of them that it lives.
    pub lives: bool,
    /// By clause and by verdict in its JSON spelling: in how many of them that was said.
    pub said: BTreeMap<String, BTreeMap<String, usize>>,
}

impl Clean {
    pub(super) fn follow(&mut self, step: &StepRecord) {
        self.steps += 1;
        if let Some(operation) = Operation::from_name(&step.operation) {
            *self.calls.entry(operation.name()).or_default() += 1 + step.retries as usize;
        }
        self.last_ns = self.last_ns.max(step.returned_ns);
    }

    /// Takes what a sequence says, and leaves what has to be told one by one.
    pub(super) fn take(&mut self, verdict: &mut VerdictRecord, steps: Self, passages: &Passages) {
        self.last_case = self.last_case.max(Some(verdict.case));
        self.steps += steps.steps;
        self.last_ns = self.last_ns.max(steps.last_ns);
        self.lives |= verdict.lives && !verdict.lives_elsewhere;
        steps.calls.into_iter().for_each(|(operation, count)| *self.calls.entry(operation).or_default() += count);
        passages.seen.iter().for_each(|(ends, count)| *self.seen.entry(*ends).or_default() += count);
        let plain = [Verdict::Pass, Verdict::NonStrict].map(Verdict::word);
        let lives = verdict.lives;
        verdict.clauses.retain_mut(|said| {
            if plain.contains(&said.verdict.as_str()) {
                let counts = self.said.entry(std::mem::take(&mut said.clause)).or_default();
                *counts.entry(std::mem::take(&mut said.verdict)).or_default() += 1;
                return false;
            }
            // That nothing of it could succeed says nothing of a target that lives.
            !(lives && said.verdict == Verdict::PreconditionFailed.word())
        });
    }
}

/// What the names of one case went through: one status after another, as its answers show them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Passages {
    /// How often each was seen: the status before, or absent, and the one after.
    pub seen: BTreeMap<(Phase, Phase), usize>,
    at: BTreeMap<String, Phase>,
    made: BTreeSet<String>,
}

impl Passages {
    /// Takes the next step; one that overlapped others has no order in which one status comes after another.
    pub fn follow(&mut self, step: &StepRecord) {
        if step.lane.is_some() {
            return;
        }
        let makes = [Operation::CopySnapshot, Operation::CreateSnapshot].iter().any(|it| it.name() == step.operation);
        for (name, phase) in shown(step) {
            if makes && self.made.insert(name.clone()) {
                self.at.entry(name.clone()).or_insert(Phase::Absent);
            }
            if let Some(before) = self.at.insert(name, phase).filter(|before| *before != phase) {
                *self.seen.entry((before, phase)).or_default() += 1;
            }
        }
    }
}

/// Returns the names that an answer shows, each with its phase.
fn shown(step: &StepRecord) -> Vec<(String, Phase)> {
    let Some(said) = step.outcome.strip_prefix("200 ").filter(|_| step.status == 200) else { return Vec::new() };
    let plain = !step.call.contains(", ");
    if let Some(name) = step.call.strip_prefix("DescribeSnapshots ").filter(|_| plain && said == "no snapshots") {
        return vec![(name.to_lowercase(), Phase::Absent)];
    }
    let list = match said.strip_prefix('[').and_then(|list| list.split_once(']')) {
        Some((list, _)) => list,
        None => said,
    };
    let snapshots = Operation::from_name(&step.operation).is_some_and(Operation::is_modelled);
    let words = list.split(", ").filter(|_| snapshots).filter_map(|word| word.rsplit_once(' '));
    let known = words.filter_map(|(name, status)| Some((name.to_lowercase(), Phase::of(&Status::from_word(status))?)));
    known.collect()
}
