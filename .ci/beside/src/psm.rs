//! proptest-state-machine, and proptest's vectors of operations.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};

use crate::map20::{self, KEYS, LENGTH};
use crate::snap30::{self, FAILS_AT, NAMES, Names, Pair, Run};

/// How many sequences of MAP20 are timed.
const SEQUENCES: usize = 50_000;

fn config() -> Config {
    Config { failure_persistence: None, ..Config::default() }
}

fn runner(seed: u8) -> TestRunner {
    TestRunner::new_with_rng(config(), TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]))
}

fn map_op() -> impl Strategy<Value = map20::Op> {
    prop_oneof![
        3 => (0..KEYS, any::<u8>()).prop_map(|(key, value)| map20::Op::Put(key, value)),
        2 => (0..KEYS).prop_map(map20::Op::Get),
        1 => (0..KEYS).prop_map(map20::Op::Del),
    ]
}

/// The model of MAP20, and what came of the last step.
struct Map;

impl ReferenceStateMachine for Map {
    type State = (map20::Model, Option<u8>);
    type Transition = map20::Op;

    fn init_state() -> BoxedStrategy<Self::State> {
        Just(Self::State::default()).boxed()
    }

    fn transitions(_: &Self::State) -> BoxedStrategy<map20::Op> {
        map_op().boxed()
    }

    fn apply((mut model, _): Self::State, op: &map20::Op) -> Self::State {
        let expected = map20::expected(&mut model, *op);
        (model, expected)
    }
}

impl StateMachineTest for Map {
    type SystemUnderTest = HashMap<u8, u8>;
    type Reference = Self;

    fn init_test(_: &<Self as ReferenceStateMachine>::State) -> HashMap<u8, u8> {
        HashMap::new()
    }

    fn apply(
        mut map: HashMap<u8, u8>,
        (_, expected): &<Self as ReferenceStateMachine>::State,
        op: map20::Op,
    ) -> HashMap<u8, u8> {
        assert_eq!(map20::observed(&mut map, op), *expected);
        map
    }

    fn check_invariants(map: &HashMap<u8, u8>, (model, _): &<Self as ReferenceStateMachine>::State) {
        assert_eq!(map.len(), model.len());
    }
}

pub(crate) fn map20() -> usize {
    let mut runner = runner(7);
    let strategy = Map::sequential_strategy(LENGTH..LENGTH + 1);
    for _ in 0..SEQUENCES {
        let (state, ops, seen) = strategy.new_tree(&mut runner).expect("nothing is refused").current();
        Map::test_sequential(config(), state, ops, seen);
    }
    SEQUENCES * LENGTH
}

pub(crate) fn vectors() -> usize {
    let mut runner = runner(7);
    let strategy = proptest::collection::vec(map_op(), LENGTH);
    for _ in 0..SEQUENCES {
        let (mut map, mut model) = (HashMap::new(), map20::Model::new());
        for op in strategy.new_tree(&mut runner).expect("nothing is refused").current() {
            assert_eq!(map20::observed(&mut map, op), map20::expected(&mut model, op));
            assert_eq!(map.len(), model.len());
        }
    }
    SEQUENCES * LENGTH
}

/// The model of SNAP30.
struct Snapshots;

impl ReferenceStateMachine for Snapshots {
    type State = Names;
    type Transition = snap30::Op;

    fn init_state() -> BoxedStrategy<Names> {
        Just(Names::new()).boxed()
    }

    fn transitions(names: &Names) -> BoxedStrategy<snap30::Op> {
        let there: Vec<u8> = names.keys().copied().collect();
        let absent: Vec<u8> = (0..NAMES).filter(|name| !names.contains_key(name)).collect();
        let create = || {
            (select(absent.clone()), prop::bool::weighted(0.15)).prop_map(|(name, key)| snap30::Op::Create(name, key))
        };
        let copy = || (select(there.clone()), select(absent.clone())).prop_map(|(from, to)| snap30::Op::Copy(from, to));
        let delete = || select(there.clone()).prop_map(snap30::Op::Delete);
        let describe = || select(there.clone()).prop_map(snap30::Op::Describe);
        match (there.is_empty(), absent.is_empty()) {
            (true, _) => create().boxed(),
            (false, true) => prop_oneof![3 => delete(), 2 => describe()].boxed(),
            (false, false) => prop_oneof![3 => create(), 2 => copy(), 3 => delete(), 2 => describe()].boxed(),
        }
    }

    fn apply(mut names: Names, op: &snap30::Op) -> Names {
        snap30::apply(&mut names, *op, false);
        names
    }

    fn preconditions(names: &Names, op: &snap30::Op) -> bool {
        snap30::applies(names, *op)
    }
}

type Drawn = (Names, Vec<snap30::Op>, Option<Arc<AtomicUsize>>);

/// Plays what was drawn, and counts each step for the library; returns after how many the first fails.
fn play((_, ops, seen): &Drawn) -> (usize, bool) {
    let mut pair = Pair::default();
    for (place, op) in ops.iter().enumerate() {
        if let Some(seen) = seen {
            seen.fetch_add(1, Ordering::SeqCst);
        }
        if !pair.play(*op) {
            return (place + 1, true);
        }
    }
    (ops.len(), false)
}

/// Returns trees of values that fail where they have to, and their operations.
fn failures(count: usize) -> impl Iterator<Item = (TestRunner, impl ValueTree<Value = Drawn>)> {
    let strategy = Snapshots::sequential_strategy(30..31);
    (0..).take(count).map(move |seed| {
        let mut runner = runner(seed as u8);
        loop {
            let tree = strategy.new_tree(&mut runner).expect("nothing is refused");
            let (_, ops, _) = tree.current();
            if snap30::fails_after(&ops).is_some_and(|at| FAILS_AT.contains(&at)) {
                return (runner, tree);
            }
        }
    })
}

/// Returns the sequences that fail, each cut after the step that does.
pub(crate) fn failing(count: usize) -> Vec<Vec<snap30::Op>> {
    let cut = |mut ops: Vec<snap30::Op>| {
        let length = snap30::fails_after(&ops).unwrap_or_default();
        ops.truncate(length);
        ops
    };
    failures(count).map(|(_, tree)| cut(tree.current().1)).collect()
}

pub(crate) fn runs(count: usize) -> Vec<Run> {
    let shrunk = |(mut runner, tree): (TestRunner, _)| {
        let (executions, steps) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let ended = runner.run_one(tree, |drawn: Drawn| {
            let (played, failed) = play(&drawn);
            // The first of them found the failure.
            if executions.fetch_add(1, Ordering::Relaxed) > 0 {
                steps.fetch_add(played, Ordering::Relaxed);
            }
            if failed { Err(TestCaseError::fail("another key")) } else { Ok(()) }
        });
        let Err(TestError::Fail(_, (_, last, _))) = ended else { panic!("it failed before") };
        Run { last, executions: executions.into_inner() - 1, steps: steps.into_inner() }
    };
    failures(count).map(shrunk).collect()
}
