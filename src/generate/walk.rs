use std::sync::Arc;

use super::alphabet::Letter;
use super::draw::Drawer;
use super::{Alphabet, Pool, Reach, Rng, Steps};
use crate::case::{BucketKind, CaseStep, Names};
use crate::oracle::Belief;

/// The most steps of a sequence.
pub const LONGEST: usize = 60;

/// A random sequence: each step is drawn from what is believed when it is its turn.
#[derive(Clone, Debug)]
pub struct Walk {
    drawer: Drawer,
    letters: Vec<Letter>,
    left: usize,
}

impl Walk {
    /// The sequence that the numbers stand for, of what `reach` allows.
    #[must_use]
    pub fn new(mut rng: Rng, pool: Arc<Pool>, reach: Reach) -> Self {
        let alphabet = Alphabet::whole(reach).part(&mut rng);
        // Short ones find most and cost least; long ones find what needs a history.
        let longest = [8, 16, 30, LONGEST];
        let bound = rng.pick(&longest).copied().unwrap_or(LONGEST);
        let left = 1 + rng.below(bound);
        Self::of(rng, pool, reach, alphabet, left)
    }

    /// A sequence of that length over that alphabet.
    #[must_use]
    pub fn of(rng: Rng, pool: Arc<Pool>, reach: Reach, alphabet: Alphabet, length: usize) -> Self {
        let is_step = |letter: &Letter| letter.is_operation() && alphabet.has(*letter);
        let mut letters: Vec<Letter> = Letter::ALL.iter().copied().filter(is_step).collect();
        // Without something that is made there is little to see.
        let makers: Vec<Letter> =
            letters.iter().copied().filter(|letter| matches!(letter, Letter::Copy | Letter::Create)).collect();
        letters.extend(makers);
        Self { drawer: Drawer::new(rng, pool, reach, alphabet), letters, left: length }
    }
}

impl Walk {
    /// The same, on so many names.
    pub(super) fn on_few(mut self, names: usize) -> Self {
        self.drawer.most_names = names;
        self
    }

    /// Draws a step that overlaps those drawn so since the last [`part`](Self::part): what they make may be there or not.
    pub(super) fn draw_meeting(&mut self, belief: &Belief, names: &Names) -> Option<CaseStep> {
        let step = self.draw(belief, names)?;
        self.drawer.meet(&step);
        Some(step)
    }

    /// Forgets what overlaps.
    pub(super) fn part(&mut self) {
        self.drawer.meeting.clear();
    }

    /// Draws a step, however many there were.
    pub(super) fn draw(&mut self, belief: &Belief, names: &Names) -> Option<CaseStep> {
        let letter = self.drawer.pick(&self.letters)?;
        Some(self.drawer.step(letter, belief, names))
    }
}

impl Steps for Walk {
    fn buckets(&self) -> Vec<(String, BucketKind)> {
        self.drawer.buckets()
    }

    fn next(&mut self, belief: &Belief, names: &Names) -> Option<CaseStep> {
        self.left = self.left.checked_sub(1)?;
        self.draw(belief, names)
    }
}
