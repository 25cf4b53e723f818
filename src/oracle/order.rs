use std::hash::{BuildHasher, Hash};
use std::ops::ControlFlow;
use std::time::Duration;

use rustc_hash::{FxBuildHasher, FxHashMap};
use smallvec::SmallVec;

/// What calls do to a state, one at a time.
pub trait Rules {
    /// What is true, or all that may be true, between two calls.
    type State: Clone + Eq + Hash;

    /// Returns the state after the call as it was answered; `None` where the state does not allow that answer.
    fn step(&self, state: &Self::State, call: usize) -> Option<Self::State>;

    /// Tells whether the call only looks: such calls are tried first, as they may leave the state as it is.
    fn is_look(&self, call: usize) -> bool;
}

/// When a call was under way; closed at both ends, so that calls which share an instant overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Before the first byte was written.
    pub called: Duration,
    /// After the last byte was read; the end of time where no answer came.
    pub returned: Duration,
}

impl Span {
    /// Tells whether one has ended before the other begins.
    #[must_use]
    pub fn precedes(&self, other: &Self) -> bool {
        self.returned < other.called
    }

    /// Tells whether neither has ended before the other begins.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        !self.precedes(other) && !other.precedes(self)
    }
}

/// What a search comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// This order of all calls is allowed.
    Order(Vec<usize>),
    /// No order is; this is the longest beginning of one.
    Nothing(Vec<usize>),
    /// The bound was reached before either was known.
    Bound,
}

/// Looks for orders in which calls that overlapped may have taken effect (Wing and Gong, with Lowe's memory).
///
/// A call may come next if no call that is still open returned before it was called. A call that leaves the state as it
/// is comes at once: wherever else it might come, it may also come here. What was tried in vain is remembered by the
/// calls that are done and the state. The memory is kept between searches to spare its making.
#[derive(Debug)]
pub struct Search<S> {
    frames: Vec<Frame<S>>,
    path: Vec<usize>,
    deepest: Vec<usize>,
    tried: FxHashMap<u64, SmallVec<[Tried<S>; 1]>>,
    steps: usize,
}

/// What was tried in vain: which calls were done, and the state.
type Tried<S> = (u32, u64, S);

#[derive(Debug)]
struct Frame<S> {
    state: S,
    base: u32,
    /// The calls from `base` on that are done.
    done: u64,
    /// How long the path was before it.
    depth: usize,
    /// The calls that are still to be tried.
    next: SmallVec<[usize; 8]>,
    /// The state after those of them that were looked at already.
    seen: Vec<(usize, S)>,
}

impl<S> Frame<S> {
    fn new(state: S, (base, done): (u32, u64), depth: usize) -> Self {
        Self { state, base, done, depth, next: SmallVec::new(), seen: Vec::new() }
    }

    /// Returns the state after the call, where it was looked at already.
    fn take(&mut self, call: usize) -> Option<S> {
        let place = self.seen.iter().position(|(seen, _)| *seen == call)?;
        Some(self.seen.swap_remove(place).1)
    }
}

impl<S> Default for Search<S> {
    fn default() -> Self {
        Self { frames: Vec::new(), path: Vec::new(), deepest: Vec::new(), tried: FxHashMap::default(), steps: 0 }
    }
}

/// How many calls from the first open one on may be done; more that overlap it are beyond the bound.
const WINDOW: usize = 64;

impl<S: Clone + Eq + Hash> Search<S> {
    /// Looks for one order. `spans` are sorted by when they were called; at most `most` calls are tried out.
    pub fn one(&mut self, rules: &impl Rules<State = S>, start: &S, spans: &[Span], most: usize) -> Found {
        let mut found = None;
        let whole = self.all(rules, start, spans, most, |_, path| {
            found = Some(path.to_vec());
            ControlFlow::Break(())
        });
        match found {
            Some(order) => Found::Order(order),
            None if whole => Found::Nothing(std::mem::take(&mut self.deepest)),
            None => Found::Bound,
        }
    }

    /// How many calls were tried out by the last search.
    pub(super) const fn steps(&self) -> usize {
        self.steps
    }

    /// Visits the states in which orders end, each with one order that leads there, until told to stop. Returns whether
    /// the bound was not reached.
    pub fn all(
        &mut self,
        rules: &impl Rules<State = S>,
        start: &S,
        spans: &[Span],
        most: usize,
        mut visit: impl FnMut(&S, &[usize]) -> ControlFlow<()>,
    ) -> bool {
        self.frames.clear();
        self.path.clear();
        self.deepest.clear();
        self.tried.clear();
        self.steps = 0;
        let mut frame = Frame::new(start.clone(), (0, 0), 0);
        if !self.advance(rules, spans, &mut frame) {
            return false;
        }
        if self.path.len() == spans.len() {
            let _ = visit(&frame.state, &self.path);
            return true;
        }
        self.frames.push(frame);
        while let Some(frame) = self.frames.last_mut() {
            if self.steps > most {
                return false;
            }
            let Some(call) = frame.next.pop() else {
                self.give_up();
                continue;
            };
            let state = frame.take(call).or_else(|| {
                self.steps += 1;
                rules.step(&frame.state, call)
            });
            let Some(state) = state else { continue };
            let mut next = Frame::new(state, after(frame.base, frame.done, call), self.path.len());
            self.path.push(call);
            if !self.advance(rules, spans, &mut next) {
                return false;
            }
            if self.path.len() == spans.len() {
                if visit(&next.state, &self.path).is_break() {
                    return true;
                }
                self.path.truncate(next.depth);
            } else if self.is_tried(&next) {
                self.path.truncate(next.depth);
            } else {
                self.frames.push(next);
            }
        }
        true
    }

    /// Leaves the last frame, of which nothing is left to be tried, and remembers it.
    fn give_up(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        if self.path.len() > self.deepest.len() {
            self.deepest.clone_from(&self.path);
        }
        self.path.truncate(frame.depth);
        if !self.frames.is_empty() {
            let key = Self::key(frame.base, frame.done, &frame.state);
            self.tried.entry(key).or_default().push((frame.base, frame.done, frame.state));
        }
    }

    fn is_tried(&self, frame: &Frame<S>) -> bool {
        let Frame { base, done, state, .. } = frame;
        let is_it = |(b, d, s): &Tried<S>| b == base && d == done && s == state;
        !self.tried.is_empty()
            && self.tried.get(&Self::key(*base, *done, state)).is_some_and(|tried| tried.iter().any(is_it))
    }

    fn key(base: u32, done: u64, state: &S) -> u64 {
        FxBuildHasher.hash_one((base, done, state))
    }

    /// Lets come what leaves the state as it is, and finds what may come after it, the likeliest last; returns whether all of it
    /// is within the window.
    fn advance(&mut self, rules: &impl Rules<State = S>, spans: &[Span], frame: &mut Frame<S>) -> bool {
        loop {
            let Some(open) = open(spans, frame.base, frame.done) else { return false };
            frame.seen.clear();
            let mut only = None;
            for call in open.iter().copied().filter(|call| rules.is_look(*call)) {
                self.steps += 1;
                match rules.step(&frame.state, call) {
                    Some(after) if after == frame.state => {
                        only = Some((call, after));
                        break;
                    }
                    Some(after) => frame.seen.push((call, after)),
                    None => {}
                }
            }
            let Some((call, state)) = only else {
                let may_be = |call: &usize| !rules.is_look(*call) || frame.seen.iter().any(|(seen, _)| seen == call);
                // The last is tried first: by when they were called.
                frame.next.extend(open.into_iter().rev().filter(may_be));
                return true;
            };
            frame.state = state;
            (frame.base, frame.done) = after(frame.base, frame.done, call);
            self.path.push(call);
        }
    }
}

/// Finds the calls that may come next, by when they were called; `None` where they reach beyond the window.
fn open(spans: &[Span], base: u32, done: u64) -> Option<SmallVec<[usize; 8]>> {
    let base = base as usize;
    let mut open = SmallVec::new();
    let mut least = Duration::MAX;
    for (place, span) in spans.get(base..).unwrap_or_default().iter().enumerate() {
        if place < WINDOW && done >> place & 1 == 1 {
            continue;
        }
        if span.called > least {
            break;
        }
        if place >= WINDOW {
            return None;
        }
        least = least.min(span.returned);
        open.push(base + place);
    }
    Some(open)
}

/// Adds a call to those that are done.
fn after(base: u32, done: u64, call: usize) -> (u32, u64) {
    let place = call - base as usize;
    let done = done | 1 << place;
    let whole = done.trailing_ones();
    (base + whole, done.checked_shr(whole).unwrap_or_default())
}

#[cfg(test)]
mod tests;
