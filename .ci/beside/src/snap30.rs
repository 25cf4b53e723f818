//! SNAP30: snapshots with a key or without, and an endpoint whose copies lose it.

use std::collections::{BTreeMap, HashSet};

/// How many names there are.
pub(crate) const NAMES: u8 = 6;
/// At which steps a run has to fail that is made small.
pub(crate) const FAILS_AT: std::ops::RangeInclusive<usize> = 20..=30;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Op {
    Create(u8, bool),
    Copy(u8, u8),
    Delete(u8),
    Describe(u8),
}

/// Which names there are, each with whether it has a key.
pub(crate) type Names = BTreeMap<u8, bool>;

/// Tells whether it can be done.
pub(crate) fn applies(names: &Names, op: Op) -> bool {
    match op {
        Op::Create(name, _) => !names.contains_key(&name),
        Op::Copy(source, target) => names.contains_key(&source) && !names.contains_key(&target),
        Op::Delete(name) | Op::Describe(name) => names.contains_key(&name),
    }
}

/// Does it; a copy has the key of its source, or none where `loses_keys`.
pub(crate) fn apply(names: &mut Names, op: Op, loses_keys: bool) {
    match op {
        Op::Create(name, key) => drop(names.insert(name, key)),
        Op::Copy(source, target) => {
            let key = names.get(&source).copied().unwrap_or_default();
            names.insert(target, key && !loses_keys);
        }
        Op::Delete(name) => drop(names.remove(&name)),
        Op::Describe(_) => {}
    }
}

/// The model and the endpoint side by side.
#[derive(Clone, Default)]
pub(crate) struct Pair {
    pub(crate) model: Names,
    endpoint: Names,
}

impl Pair {
    /// Does it to both; tells whether a describe shows what has to be shown.
    pub(crate) fn play(&mut self, op: Op) -> bool {
        let fits = !matches!(op, Op::Describe(name) if self.model.get(&name) != self.endpoint.get(&name));
        apply(&mut self.model, op, false);
        apply(&mut self.endpoint, op, true);
        fits
    }
}

/// Plays what can be played, and returns how many steps come to the first that fails, if one does.
pub(crate) fn fails_after(ops: &[Op]) -> Option<usize> {
    let mut pair = Pair::default();
    let mut played = 0;
    for op in ops {
        if applies(&pair.model, *op) {
            played += 1;
            if !pair.play(*op) {
                return Some(played);
            }
        }
    }
    None
}

/// What became of one failing sequence.
pub(crate) struct Run {
    pub(crate) last: Vec<Op>,
    pub(crate) executions: usize,
    pub(crate) steps: usize,
}

/// Tells whether it is the shortest, whatever the names.
fn is_shortest(ops: &[Op]) -> bool {
    matches!(ops, [Op::Create(a, true), Op::Copy(from, b), Op::Describe(shown)] if a == from && b == shown)
}

/// Prints how many runs ended with the shortest sequence, of how many; executions and steps of a run in the mean; and how many
/// ends there are that differ.
pub(crate) fn row(runs: &[Run]) {
    let shortest = runs.iter().filter(|run| is_shortest(&run.last)).count();
    let mean = |count: fn(&Run) -> usize| runs.iter().map(count).sum::<usize>() as f64 / runs.len() as f64;
    let ends: HashSet<&[Op]> = runs.iter().map(|run| run.last.as_slice()).collect();
    let (executions, steps) = (mean(|run| run.executions), mean(|run| run.steps));
    println!("{shortest}\t{}\t{executions:.1}\t{steps:.0}\t{}", runs.len(), ends.len());
}
