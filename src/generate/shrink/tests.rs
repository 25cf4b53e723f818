use rustc_hash::FxHashMap;

use super::*;
use crate::case::{Ask, CaseStep, Parameter, Value, Word};
use crate::generate::{Rng, Sequence};
use crate::service::Operation;

/// Names of SNAP30.
const NAMES: usize = 6;

/// A target that keeps names, and loses the key of what is copied.
#[derive(Default)]
struct Target {
    shown: FxHashMap<String, bool>,
    meant: FxHashMap<String, bool>,
}

fn word(ask: &Ask, parameter: Parameter) -> String {
    match ask.value(parameter) {
        Some(Value::Word(Word::Name { alias, .. })) => alias.to_string(),
        _ => String::new(),
    }
}

impl Target {
    /// Plays a step; tells whether a describe shows another key than the model has.
    fn play(&mut self, step: &CaseStep) -> bool {
        let CaseStep::Send(ask) = step else { return false };
        match ask.operation {
            Operation::CreateSnapshot => {
                let name = word(ask, Parameter::SnapshotName);
                let key = ask.value(Parameter::KmsKeyId).is_some();
                if !self.meant.contains_key(&name) {
                    self.meant.insert(name.clone(), key);
                    self.shown.insert(name, key);
                }
            }
            Operation::CopySnapshot => {
                let (source, target) =
                    (word(ask, Parameter::SourceSnapshotName), word(ask, Parameter::TargetSnapshotName));
                if let (Some(key), false) = (self.meant.get(&source).copied(), self.meant.contains_key(&target)) {
                    self.meant.insert(target.clone(), key);
                    self.shown.insert(target, false);
                }
            }
            Operation::DeleteSnapshot => {
                let name = word(ask, Parameter::SnapshotName);
                self.meant.remove(&name);
                self.shown.remove(&name);
            }
            _ => {
                let name = word(ask, Parameter::SnapshotName);
                return self.meant.get(&name) != self.shown.get(&name);
            }
        }
        false
    }
}

fn ask(operation: Operation, with: &[(Parameter, &str)]) -> CaseStep {
    let with = with.iter().map(|(parameter, alias)| (*parameter, Value::Word(Word::name(alias)))).collect();
    CaseStep::Send(Ask::new(operation, with))
}

/// Returns a run of SNAP30 that fails at its 20th step or later, and is cut after it.
fn snap30(rng: &mut Rng) -> Sequence {
    loop {
        let mut there: Vec<String> = Vec::new();
        let mut target = Target::default();
        let mut steps = Vec::new();
        let all: Vec<String> = (0..NAMES).map(|number| format!("n{number}")).collect();
        while steps.len() < 30 {
            let absent: Vec<&String> = all.iter().filter(|name| !there.contains(name)).collect();
            let some = rng.pick(&there).cloned();
            let fresh = rng.pick(&absent).map(|name| (*name).clone());
            let step = match (rng.below(10), some, fresh) {
                (0..=2, _, Some(name)) => {
                    there.push(name.clone());
                    let mut with = vec![(Parameter::SnapshotName, name.as_str())];
                    if rng.below(100) < 15 {
                        with.push((Parameter::KmsKeyId, "kms-key"));
                    }
                    ask(Operation::CreateSnapshot, &with)
                }
                (3..=4, Some(source), Some(name)) => {
                    there.push(name.clone());
                    let with = [(Parameter::SourceSnapshotName, &*source), (Parameter::TargetSnapshotName, &*name)];
                    ask(Operation::CopySnapshot, &with)
                }
                (5..=7, Some(name), _) => {
                    there.retain(|known| *known != name);
                    ask(Operation::DeleteSnapshot, &[(Parameter::SnapshotName, &name)])
                }
                (8..=9, Some(name), _) => ask(Operation::DescribeSnapshots, &[(Parameter::SnapshotName, &name)]),
                _ => continue,
            };
            let failed = target.play(&step);
            steps.push(step);
            if failed {
                break;
            }
        }
        let mut again = Target::default();
        let fails: Vec<bool> = steps.iter().map(|step| again.play(step)).collect();
        if fails.last() == Some(&true) && steps.len() >= 20 {
            return failing(steps);
        }
    }
}

/// The sequence whose last step fails.
fn failing(steps: Vec<CaseStep>) -> Sequence {
    let about = match steps.last() {
        Some(CaseStep::Send(ask)) => vec![Word::name(&word(ask, Parameter::SnapshotName))],
        _ => Vec::new(),
    };
    Sequence::new(steps, true, &about)
}

/// Plays a sequence; the defect shows with one chance of `of`.
fn play(sequence: &Sequence, rng: &mut Rng, of: usize) -> (Tried<Sequence>, usize) {
    let shows = rng.one_in(of);
    let mut target = Target::default();
    for (place, step) in sequence.steps().iter().enumerate() {
        if target.play(step) && shows {
            let cut = sequence.steps().iter().take(place + 1).cloned().collect();
            return (Tried::Fails(failing(cut)), place + 1);
        }
    }
    (Tried::Passes, sequence.steps().len())
}

struct Outcome {
    last: Sequence,
    executions: usize,
    steps: usize,
    rounds: usize,
    firmness: Firmness,
}

fn shrink(seed: u64, of: usize, lanes: usize) -> Outcome {
    let mut rng = Rng::new(seed, 30);
    let mut shrinker = Shrinker::new(snap30(&mut rng), 60);
    let (mut steps, mut rounds) = (0, 0);
    loop {
        let proposed = shrinker.propose(lanes);
        if proposed.is_empty() {
            break;
        }
        rounds += 1;
        for (number, sequence) in proposed {
            let (tried, length) = play(&sequence, &mut rng, of);
            steps += length;
            shrinker.take(number, tried);
        }
    }
    assert!(shrinker.is_done());
    Outcome {
        last: shrinker.best().clone(),
        executions: shrinker.spent(),
        steps,
        rounds,
        firmness: shrinker.firmness(),
    }
}

fn minimum() -> Sequence {
    failing(vec![
        ask(Operation::CreateSnapshot, &[(Parameter::SnapshotName, "a"), (Parameter::KmsKeyId, "kms-key")]),
        ask(Operation::CopySnapshot, &[(Parameter::SourceSnapshotName, "a"), (Parameter::TargetSnapshotName, "b")]),
        ask(Operation::DescribeSnapshots, &[(Parameter::SnapshotName, "b")]),
    ])
}

#[test]
fn snap30_ends_at_one_canonical_minimum_in_few_executions() {
    let runs: Vec<Outcome> = (0..200).map(|seed| shrink(seed, 1, 1)).collect();
    let minimal = runs.iter().filter(|run| run.last == minimum()).count();
    let executions: usize = runs.iter().map(|run| run.executions).sum();
    let steps: usize = runs.iter().map(|run| run.steps).sum();
    assert_eq!(minimal, 200);
    assert!(executions <= 8 * 200 && steps <= 20 * 200, "{executions} executions, {steps} steps of 200 runs");
    assert!(runs.iter().all(|run| run.firmness == Firmness::Firm));
}

#[test]
fn snap30_takes_few_rounds_in_four_lanes() {
    let mut rounds: Vec<usize> = (0..200).map(|seed| shrink(seed, 1, 4).rounds).collect();
    rounds.sort_unstable();
    assert!(rounds.get(100).is_some_and(|median| *median <= 3), "{rounds:?}");
}

#[test]
fn snap30_that_shows_every_other_time_ends_there_too() {
    let runs: Vec<Outcome> = (0..200).map(|seed| shrink(seed, 2, 1)).collect();
    let minimal = runs.iter().filter(|run| run.last == minimum() && run.executions <= 40).count();
    let most = runs.iter().map(|run| run.executions).max();
    assert!(minimal >= 190, "{minimal} of 200, {most:?} executions at most");
    let flaky = runs.iter().filter(|run| run.firmness == Firmness::Flaky).count();
    assert!(flaky >= 100, "{flaky} of 200 are known to be flaky");
}

/// MAPBUG30: a map whose deletions keep what is 200 or more.
#[derive(Clone, Debug, PartialEq)]
struct Map(Vec<(Act, u64)>);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Act {
    Put(u64),
    Get,
    Delete,
}

impl Map {
    /// Returns how many steps come to the first that answers wrongly.
    fn fails_after(&self) -> Option<usize> {
        let (mut right, mut wrong): (FxHashMap<u64, u64>, FxHashMap<u64, u64>) = Default::default();
        for (place, (act, key)) in self.0.iter().enumerate() {
            let (left, other) = match act {
                Act::Put(value) => (right.insert(*key, *value), wrong.insert(*key, *value)),
                Act::Get => (right.get(key).copied(), wrong.get(key).copied()),
                Act::Delete => {
                    let had = wrong.get(key).copied();
                    wrong.retain(|known, value| known != key || *value >= 200);
                    (right.remove(key), had)
                }
            };
            if left != other {
                return Some(place + 1);
            }
        }
        None
    }

    fn on_key(&self, tight: bool) -> Self {
        let Some((last, key)) = self.0.last() else { return self.clone() };
        let own: Vec<(Act, u64)> = self.0.iter().copied().filter(|(_, other)| other == key).collect();
        if !tight {
            return Self(own);
        }
        // What the key has is what the last deletion left of the last value.
        let put = own.iter().rposition(|(act, _)| matches!(act, Act::Put(_)) && act != last);
        let put = put.and_then(|place| own.get(place));
        Self(put.into_iter().copied().chain([(Act::Delete, *key), (*last, *key)]).collect())
    }
}

impl Program for Map {
    fn parts(&self) -> usize {
        self.0.len().saturating_sub(1)
    }

    fn without(&self, first: usize, count: usize) -> Self {
        let kept = self.0.iter().enumerate().filter(|(place, _)| !(first..first + count).contains(place));
        Self(kept.map(|(_, step)| *step).collect())
    }

    fn slices(&self) -> Vec<Self> {
        let mut slices = vec![self.on_key(true), self.on_key(false)];
        slices.retain(|slice| slice.0.len() < self.0.len());
        slices
    }

    fn simpler(&self) -> Vec<Self> {
        let mut steps = self.0.clone();
        if let Some((act, _)) = steps.last_mut() {
            *act = Act::Get;
        }
        vec![Self(steps)]
    }

    fn canonical(&self) -> Self {
        let mut keys: Vec<u64> = Vec::new();
        let mut renamed = self.clone();
        for (_, key) in &mut renamed.0 {
            let place = keys.iter().position(|known| known == key).unwrap_or_else(|| {
                keys.push(*key);
                keys.len() - 1
            });
            *key = place as u64;
        }
        renamed
    }

    fn dials(&self) -> Vec<(u64, u64)> {
        self.0.iter().filter_map(|(act, _)| if let Act::Put(value) = act { Some((0, *value)) } else { None }).collect()
    }

    fn turned(&self, dial: usize, to: u64) -> Self {
        let mut turned = self.clone();
        let mut puts = turned.0.iter_mut().filter(|(act, _)| matches!(act, Act::Put(_)));
        if let Some((act, _)) = puts.nth(dial) {
            *act = Act::Put(to);
        }
        turned
    }

    /// The key has to have been put and deleted for its last answer to be wrong.
    fn may_fail(&self) -> bool {
        let Some((_, key)) = self.0.last() else { return false };
        let before = self.0.iter().take(self.0.len() - 1).filter(|(_, other)| other == key);
        let mut put = false;
        before.fold(false, |deleted, (act, _)| {
            put |= matches!(act, Act::Put(_));
            deleted || put && *act == Act::Delete
        })
    }
}

#[test]
fn mapbug30_ends_at_one_minimum_with_the_least_value() {
    let (mut executions, mut steps) = (0, 0);
    for seed in 0..200 {
        let mut rng = Rng::new(seed, 16);
        let found = loop {
            let draw = |rng: &mut Rng| {
                let act = match rng.below(6) {
                    0..=2 => Act::Put(rng.below(256) as u64),
                    3..=4 => Act::Get,
                    _ => Act::Delete,
                };
                (act, rng.below(16) as u64)
            };
            let map = Map((0..30).map(|_| draw(&mut rng)).collect());
            if let Some(length @ 20..) = map.fails_after() {
                break Map(map.0.into_iter().take(length).collect());
            }
        };
        let mut shrinker = Shrinker::new(found, 60);
        while let Some((number, map)) = shrinker.propose(1).pop() {
            let fails = map.fails_after();
            steps += fails.unwrap_or(map.0.len());
            let cut = |length: usize| Map(map.0.iter().take(length).copied().collect());
            shrinker.take(number, fails.map_or(Tried::Passes, |length| Tried::Fails(cut(length))));
        }
        executions += shrinker.spent();
        assert_eq!(shrinker.best().0, [(Act::Put(200), 0), (Act::Delete, 0), (Act::Get, 0)]);
    }
    assert!(executions <= 15 * 200 && steps <= 50 * 200, "{executions} executions, {steps} steps of 200 runs");
}

#[test]
fn what_is_not_seen_again_is_given_up_soon() {
    let mut shrinker = Shrinker::new(snap30(&mut Rng::new(1, 30)), 60);
    while let Some((number, _)) = shrinker.propose(1).pop() {
        shrinker.take(number, Tried::Passes);
    }
    assert!(shrinker.is_done() && shrinker.spent() < 60, "{}", shrinker.spent());
    assert_eq!(shrinker.firmness(), Firmness::Flaky);
}

#[test]
fn what_cannot_be_tried_ends_with_the_budget() {
    let mut shrinker = Shrinker::new(snap30(&mut Rng::new(1, 30)), 12);
    while let Some((number, _)) = shrinker.propose(1).pop() {
        shrinker.take(number, Tried::Lost);
    }
    assert_eq!(shrinker.spent(), 12);
}

#[test]
fn runs_cover_every_part_and_end_with_single_ones() {
    let all: Vec<(usize, usize)> = runs(5, usize::MAX).collect();
    assert_eq!(all.first(), Some(&(3, 2)));
    let single: Vec<usize> = all.iter().rev().take(5).map(|(first, _)| *first).collect();
    assert_eq!(single, [0, 1, 2, 3, 4]);
    assert!(all.iter().rev().take(5).all(|(_, count)| *count == 1));
    assert_eq!(runs(0, usize::MAX).count(), 0);
}
