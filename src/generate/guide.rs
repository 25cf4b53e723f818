use std::collections::VecDeque;
use std::sync::Arc;

use super::ground::{Grounded, ground};
use super::{Fixed, Met, Overlapped, Planned, Pool, Reach, Rng, Steps, Walk};
use crate::case::{BucketKind, CaseStep, Names, buckets_of};
use crate::oracle::Belief;

/// Of so many drawn sequences one ends in calls that overlap.
const EVERY: usize = 4;

/// How many sequences that met something new are kept to be varied.
const MOST_KEPT: usize = 256;

/// Says which sequence comes next, given what those before have met.
#[derive(Clone, Debug)]
pub struct Guide {
    seed: u64,
    pool: Arc<Pool>,
    reach: Reach,
    planned: Vec<Planned>,
    kept: VecDeque<Vec<CaseStep>>,
    met: Met,
}

impl Guide {
    /// Nothing has been met yet; the planned sequences come first.
    #[must_use]
    pub fn new(seed: u64, reach: Reach, planned: Vec<Planned>) -> Self {
        Self { seed, pool: Arc::new(Pool::new(seed)), reach, planned, kept: VecDeque::new(), met: Met::default() }
    }

    /// Returns the sequence of that number.
    #[must_use]
    pub fn sequence(&self, number: usize) -> Box<dyn Steps> {
        if let Some((needs, planned)) = self.planned.get(number) {
            return Box::new(Grounded { steps: Box::new(Fixed::new(planned.clone())), needs });
        }
        Box::new(Grounded { steps: self.drawn(number), needs: ground(self.seed, number, self.reach) })
    }

    fn drawn(&self, number: usize) -> Box<dyn Steps> {
        let mut rng = Rng::new(self.seed, number as u64);
        if number % EVERY == EVERY - 1 {
            return Box::new(Overlapped::new(rng, Arc::clone(&self.pool), self.reach));
        }
        let kept = rng.below(self.kept.len());
        let varied = !self.kept.is_empty() && rng.one_in(2);
        let first = self.kept.get(kept).filter(|_| varied).map(|steps| vary(&mut rng, steps));
        let walk = Walk::new(rng, Arc::clone(&self.pool), self.reach);
        Box::new(Varied { first: first.unwrap_or_default().into_iter(), walk })
    }

    /// Takes in what a sequence met, and keeps it where something was new.
    pub fn learn(&mut self, steps: Vec<CaseStep>, met: &Met) {
        if self.met.join(met) > 0 && !steps.is_empty() {
            if self.kept.len() == MOST_KEPT {
                self.kept.pop_front();
            }
            self.kept.push_back(steps);
        }
    }

    /// What was met so far.
    #[must_use]
    pub const fn met(&self) -> &Met {
        &self.met
    }

    /// How many sequences are planned.
    #[must_use]
    pub const fn planned(&self) -> usize {
        self.planned.len()
    }
}

/// Returns a part of a sequence with something left out, doubled or moved.
fn vary(rng: &mut Rng, steps: &[CaseStep]) -> Vec<CaseStep> {
    let mut steps = steps.get(..1 + rng.below(steps.len())).unwrap_or_default().to_vec();
    let at = rng.below(steps.len());
    match rng.below(4) {
        0 if steps.len() > 1 => drop(steps.remove(at)),
        1 => {
            if let Some(step) = steps.get(at).cloned() {
                steps.insert(at, step);
            }
        }
        2 => {
            let other = rng.below(steps.len());
            steps.swap(at, other);
        }
        _ => {}
    }
    steps.truncate(super::LONGEST);
    steps
}

/// Steps of an earlier sequence, and a walk from there.
struct Varied {
    first: std::vec::IntoIter<CaseStep>,
    walk: Walk,
}

impl Steps for Varied {
    fn buckets(&self) -> Vec<(String, BucketKind)> {
        let mut buckets = buckets_of(self.first.as_slice());
        let more = self.walk.buckets().into_iter();
        buckets.extend(
            more.filter(|(alias, _)| !buckets_of(self.first.as_slice()).iter().any(|(known, _)| known == alias)),
        );
        buckets
    }

    fn next(&mut self, belief: &Belief, names: &Names) -> Option<CaseStep> {
        self.first.next().or_else(|| self.walk.next(belief, names))
    }
}
