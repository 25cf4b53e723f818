use std::collections::{BTreeMap, BTreeSet};

use super::StepRecord;
use crate::model::Phase;
use crate::service::{Operation, Status};

/// What the steps of a generated sequence come to that has nothing against any clause.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Brief {
    /// How many there were.
    pub steps: usize,
    /// How many requests of each operation they took.
    pub calls: BTreeMap<&'static str, usize>,
    /// When the last answer was there, in nanoseconds since the run started.
    pub last_ns: u64,
    /// What the names went through.
    pub passages: Passages,
}

impl Brief {
    pub(super) fn follow(&mut self, step: &StepRecord) {
        self.steps += 1;
        if let Some(operation) = Operation::from_name(&step.operation) {
            *self.calls.entry(operation.name()).or_default() += 1 + step.retries as usize;
        }
        self.last_ns = self.last_ns.max(step.returned_ns);
        self.passages.follow(step);
    }

    /// Lets go of where the names are: the sequence is over.
    pub(super) fn ended(mut self) -> Self {
        self.passages.at.clear();
        self.passages.made.clear();
        self
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
