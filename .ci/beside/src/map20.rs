//! MAP20: a map, its model, and what is done to both.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

/// How many steps a sequence has.
pub(crate) const LENGTH: usize = 20;
/// How many keys there are.
pub(crate) const KEYS: u8 = 8;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    Put(u8, u8),
    Get(u8),
    Del(u8),
}

/// The model: what the map has to hold.
pub(crate) type Model = BTreeMap<u8, u8>;

/// Does it to the model, and returns what has to come.
pub(crate) fn expected(model: &mut Model, op: Op) -> Option<u8> {
    match op {
        Op::Put(key, value) => model.insert(key, value),
        Op::Get(key) => model.get(&key).copied(),
        Op::Del(key) => model.remove(&key),
    }
}

/// Does it to the map, and returns what comes.
pub(crate) fn observed(map: &mut HashMap<u8, u8>, op: Op) -> Option<u8> {
    match op {
        Op::Put(key, value) => map.insert(key, value),
        Op::Get(key) => map.get(&key).copied(),
        Op::Del(key) => map.remove(&key),
    }
}

/// Prints how many steps a second `play` makes, which plays some sequences and returns the number of their steps.
pub(crate) fn row(play: fn() -> usize) {
    let begun = Instant::now();
    let steps = play();
    println!("{:.0}", steps as f64 / begun.elapsed().as_secs_f64());
}
