//! hegel, which is Hypothesis' engine for Rust.

use std::cell::RefCell;
use std::collections::HashMap;

use hegel::{HealthCheck, Hegel, Phase, Settings, TestCase, Verbosity, generators as gs, stateful};

use crate::map20::{self, KEYS, LENGTH};
use crate::snap30::{NAMES, Op, Pair, Run};

/// How many sequences of MAP20 are timed.
const SEQUENCES: u64 = 5_000;
/// How many sequences are drawn until one fails.
const DRAWN: u64 = 1_000;

thread_local! {
    /// How many steps were played.
    static PLAYED: RefCell<usize> = const { RefCell::new(0) };
    /// The executions since one failed first, their steps, and what the last that failed did.
    static TRIED: RefCell<(usize, usize, Vec<Op>)> = const { RefCell::new((0, 0, Vec::new())) };
}

fn settings(seed: u64, sequences: u64) -> Settings {
    Settings::new()
        .test_cases(sequences)
        .seed(Some(seed))
        .database(None::<String>)
        .verbosity(Verbosity::Quiet)
        .suppress_health_check(HealthCheck::all())
}

#[derive(Default)]
struct Map {
    map: HashMap<u8, u8>,
    model: map20::Model,
}

impl Map {
    fn play(&mut self, op: map20::Op) {
        PLAYED.with_borrow_mut(|played| *played += 1);
        assert_eq!(map20::observed(&mut self.map, op), map20::expected(&mut self.model, op));
        assert_eq!(self.map.len(), self.model.len());
    }
}

fn key(tc: &TestCase) -> u8 {
    tc.draw(gs::integers::<u8>().max_value(KEYS - 1))
}

#[hegel::state_machine]
impl Map {
    #[rule(weight = 3.0)]
    fn put(&mut self, tc: TestCase) {
        let key = key(&tc);
        self.play(map20::Op::Put(key, tc.draw(gs::integers::<u8>())));
    }

    #[rule(weight = 2.0)]
    fn get(&mut self, tc: TestCase) {
        self.play(map20::Op::Get(key(&tc)));
    }

    #[rule(weight = 1.0)]
    fn del(&mut self, tc: TestCase) {
        self.play(map20::Op::Del(key(&tc)));
    }
}

pub(crate) fn map20() -> usize {
    let play = |tc| stateful::machine(Map::default()).steps(LENGTH as i64).run(tc);
    Hegel::new(play).settings(settings(7, SEQUENCES).phases([Phase::Generate])).run();
    PLAYED.take()
}

#[derive(Default)]
struct Snapshots {
    pair: Pair,
    played: Vec<Op>,
}

impl Snapshots {
    fn name(&self, tc: &TestCase, there: bool) -> u8 {
        let names: Vec<u8> = (0..NAMES).filter(|name| self.pair.model.contains_key(name) == there).collect();
        tc.assume(!names.is_empty());
        tc.draw(gs::sampled_from(names))
    }

    fn play(&mut self, op: Op) {
        self.played.push(op);
        let fits = self.pair.play(op);
        TRIED.with_borrow_mut(|(_, steps, last)| {
            *steps += usize::from(!last.is_empty());
            if !fits {
                last.clone_from(&self.played);
            }
        });
        assert!(fits, "another key");
    }
}

#[hegel::state_machine]
impl Snapshots {
    #[rule(weight = 3.0)]
    fn create(&mut self, tc: TestCase) {
        let name = self.name(&tc, false);
        let key = tc.draw(gs::integers::<u8>().max_value(99)) >= 85;
        self.play(Op::Create(name, key));
    }

    #[rule(weight = 2.0)]
    fn copy(&mut self, tc: TestCase) {
        let source = self.name(&tc, true);
        self.play(Op::Copy(source, self.name(&tc, false)));
    }

    #[rule(weight = 3.0)]
    fn delete(&mut self, tc: TestCase) {
        let name = self.name(&tc, true);
        self.play(Op::Delete(name));
    }

    #[rule(weight = 2.0)]
    fn describe(&mut self, tc: TestCase) {
        let name = self.name(&tc, true);
        self.play(Op::Describe(name));
    }
}

pub(crate) fn runs(count: u64) -> Vec<Run> {
    std::panic::set_hook(Box::new(|_| {}));
    let run = |seed| {
        TRIED.take();
        let play = |tc| {
            TRIED.with_borrow_mut(|(executions, _, last)| *executions += usize::from(!last.is_empty()));
            stateful::machine(Snapshots::default()).steps(30).run(tc);
        };
        let settings = settings(seed, DRAWN).phases([Phase::Generate, Phase::Shrink]);
        let ended = std::panic::catch_unwind(|| Hegel::new(play).settings(settings).run());
        assert!(ended.is_err(), "no sequence of seed {seed} fails");
        let (executions, steps, last) = TRIED.take();
        Run { last, executions, steps }
    };
    (0..count).map(run).collect()
}
