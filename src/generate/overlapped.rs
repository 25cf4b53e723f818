use std::sync::Arc;

use super::{Alphabet, Pool, Reach, Rng, Steps, Walk};
use crate::case::{Ask, CaseStep, Names, Settle, Word};
use crate::oracle::Belief;

/// The most steps before the first burst.
const MOST_BEFORE: usize = 6;
/// The most bursts.
const MOST_BURSTS: usize = 3;
/// The least and the most lanes of a burst.
const LANES: (usize, usize) = (2, 8);
/// The most calls of a lane.
const MOST_CALLS: usize = 5;
/// The most calls of a burst: with more, the orders in which they may have come are too many to look at.
const MOST_TOGETHER: usize = 12;
/// The least and the most names that calls meet on.
const NAMES: (usize, usize) = (2, 4);

/// A random sequence whose last steps are bursts: lanes of calls on few names that overlap. What plays it reads all back.
#[derive(Clone, Debug)]
pub struct Overlapped {
    rng: Rng,
    walk: Walk,
    before: usize,
    bursts: usize,
    settled: bool,
}

impl Overlapped {
    /// The sequence that the numbers stand for, of what `reach` allows.
    #[must_use]
    pub fn new(mut rng: Rng, pool: Arc<Pool>, reach: Reach) -> Self {
        let (before, bursts) = (rng.below(MOST_BEFORE + 1), 1 + rng.below(MOST_BURSTS));
        let names = between(&mut rng, NAMES);
        let walk = Walk::of(rng.clone(), pool, reach, Alphabet::plain(reach), 0).on_few(names);
        // What the walk draws is no matter of how many calls there are.
        rng.number();
        Self { rng, walk, before, bursts, settled: false }
    }

    fn burst(&mut self, belief: &Belief, names: &Names) -> Vec<Vec<Ask>> {
        // Of short lanes more calls meet; long ones know what they have done themselves.
        let most = 1 + self.rng.below(MOST_CALLS);
        let mut lanes: Vec<Vec<Ask>> = Vec::new();
        let mut room = MOST_TOGETHER;
        for _ in 0..between(&mut self.rng, LANES) {
            let calls = between(&mut self.rng, (1, most)).min(room);
            room -= calls;
            let steps = (0..calls).filter_map(|_| self.walk.draw_meeting(belief, names));
            let asks = steps.filter_map(|step| match step {
                CaseStep::Send(ask) => Some(Ask { expect: None, once: false, pages: false, repeat: 1, ..ask }),
                CaseStep::Settle(_) | CaseStep::Together(_) => None,
            });
            lanes.push(asks.collect());
        }
        self.walk.part();
        lanes.retain(|lane| !lane.is_empty());
        lanes
    }
}

fn between(rng: &mut Rng, (least, most): (usize, usize)) -> usize {
    least + rng.below(most - least + 1)
}

impl Steps for Overlapped {
    fn next(&mut self, belief: &Belief, names: &Names) -> Option<CaseStep> {
        if let Some(before) = self.before.checked_sub(1) {
            self.before = before;
            return self.walk.draw(belief, names);
        }
        // At rest more may succeed, and calls that succeed are those that meet.
        if !std::mem::replace(&mut self.settled, true) {
            return Some(CaseStep::Settle(Settle::of(vec![Word::name("base")])));
        }
        self.bursts = self.bursts.checked_sub(1)?;
        self.settled = self.rng.one_in(2);
        let burst = self.burst(belief, names);
        (!burst.is_empty()).then_some(CaseStep::Together(burst))
    }
}
