use std::fmt::Write as _;
use std::time::Duration;

use libtest_mimic::Failed;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::super::law::{Drawn, Lost, answer, begin, drawn};
use super::brute::below;
use crate::model::ListOrder;
use crate::oracle::{Beliefs, Judgement, Mark};
use crate::service::{Call, Step, text};
use crate::spec::id;
use crate::trace::{Event, Interval, outcome_line, step_line};

/// The seed of all that is drawn, so that a failure comes again.
const SEED: [u8; 32] = *b"copysnap: overlapping but sound!";
/// The names that calls use, as the service keeps them.
const KEPT: [&str; 4] = ["cs-a", "cs-b", "cs-c", "cs-d"];

/// Lets the model answer histories, whatever it may choose: a beginning, lanes of overlapping calls, and all read back.
/// Nothing of it may be contradicted, and at most one in a thousand be too much to be judged.
pub(super) fn sound(count: usize, losing: bool) -> Result<(), Failed> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &SEED);
    let config = Config { failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, rng);
    let calls = drawn(losing);
    let mut seed = 0x0b5e55ed_u64;
    let mut open = 0;
    for number in 0..count {
        let mut draw = || calls.new_tree(&mut runner).map(|tree| tree.current()).map_err(|error| error.to_string());
        let lanes = 2 + below(&mut seed, 7);
        let mut history = History::new(below(&mut seed, 3));
        for _ in 0..below(&mut seed, 8) {
            history.alone(draw()?).map_err(|why| format!("history {number}: {why}"))?;
        }
        for _ in 0..1 + below(&mut seed, 2) {
            let mut burst = Vec::new();
            for _ in 0..lanes {
                let mut at = history.now + Duration::from_micros(below(&mut seed, 3000) as u64);
                // A call without an answer may come at any time after, and so in more orders than can be tried.
                for _ in 0..1 + below(&mut seed, if losing && lanes > 4 { 2 } else { 5 }) {
                    let mut micros = |most| Duration::from_micros(below(&mut seed, most) as u64);
                    let point = at + micros(4000);
                    let returned = point + micros(4000);
                    burst.push((at, point, returned, draw()?));
                    at = returned + Duration::from_nanos(1) + micros(500);
                }
            }
            history.together(burst).map_err(|why| format!("history {number}: {why}"))?;
            history.read_back().map_err(|why| format!("history {number}: {why}"))?;
        }
        open += usize::from(history.open);
    }
    if open * 1000 > count {
        Err(Failed::from(format!("{open} of {count} histories are inconclusive")))
    } else {
        Ok(())
    }
}

struct History {
    world: crate::model::State,
    beliefs: Beliefs,
    order: ListOrder,
    now: Duration,
    number: usize,
    story: String,
    open: bool,
}

impl History {
    fn new(order: usize) -> Self {
        let (world, belief) = begin();
        let order = match order {
            0 => ListOrder::Names,
            1 => ListOrder::Backwards,
            _ => ListOrder::Scattered(7),
        };
        let now = Duration::from_secs(1);
        Self { world, beliefs: belief.into(), order, now, number: 0, story: String::new(), open: false }
    }

    /// Lets the world answer at that moment.
    fn answer(&mut self, drawn: &Drawn, at: Duration) -> Event {
        self.world.progress(at);
        self.number += 1;
        let freedom = crate::model::Freedom { order: self.order, ..drawn.freedom.clone() };
        answer(&mut self.world, Step::from(drawn.call.clone()), drawn, &freedom, at, self.number)
    }

    fn alone(&mut self, drawn: Drawn) -> Result<(), String> {
        self.now += Duration::from_millis(drawn.after);
        let event = self.answer(&drawn, self.now);
        self.tell(&event);
        let (judgement, _) = self.beliefs.observe(&event);
        self.check(&judgement)
    }

    fn together(&mut self, mut calls: Vec<(Duration, Duration, Duration, Drawn)>) -> Result<(), String> {
        calls.sort_by_key(|(_, point, _, _)| *point);
        let mut events = Vec::new();
        for (called, point, returned, drawn) in calls {
            let event = self.answer(&drawn, point);
            self.now = self.now.max(returned);
            events.push(Event { interval: Interval { called, returned }, ..event });
        }
        events.sort_by_key(|event| event.interval.called);
        events.iter().for_each(|event| self.tell(event));
        let burst = self.beliefs.observe_together(&events);
        burst.judgements.iter().try_for_each(|judgement| self.check(judgement))
    }

    /// Looks at each name and at its tags, at once and again later.
    fn read_back(&mut self) -> Result<(), String> {
        for after in [1, 200] {
            for name in KEPT {
                let arn = self.world.arn(name);
                for call in [Call::describe(&text(name)), Call::ListTags { resource: Some(arn) }] {
                    let freedom = crate::model::Freedom::default();
                    self.alone(Drawn { call, after, choice: 0, freedom, lost: Lost::Nothing })?;
                }
            }
        }
        Ok(())
    }

    fn tell(&mut self, event: &Event) {
        let _ = writeln!(
            self.story,
            "{:>10?} to {:>10?}  {} => {}",
            event.interval.called,
            event.interval.returned,
            step_line(&event.step),
            outcome_line(&event.outcome)
        );
    }

    fn check(&mut self, judgement: &Judgement) -> Result<(), String> {
        let too_many = |ruling: &crate::oracle::Ruling| {
            ruling.clause == id::OVERLAP_LINEARIZABLE && matches!(ruling.mark, Mark::Inconclusive(_))
        };
        self.open |= judgement.rulings.iter().any(too_many);
        match judgement.contradictions().next() {
            None => Ok(()),
            Some((clause, found)) => {
                Err(format!("{clause}: expected {}, observed {}\n{}", found.expected, found.observed, self.story))
            }
        }
    }
}
