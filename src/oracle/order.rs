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
    /// The calls that are still to be tried, with the state after them where it is known already.
    next: SmallVec<[(usize, Option<S>); 4]>,
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
        if spans.is_empty() {
            let _ = visit(start, &[]);
            return true;
        }
        let mut first = Frame { state: start.clone(), base: 0, done: 0, next: SmallVec::new() };
        if !self.successors(rules, spans, &mut first) {
            return false;
        }
        self.frames.push(first);
        while let Some(frame) = self.frames.last_mut() {
            if self.steps > most {
                return false;
            }
            let Some((call, state)) = frame.next.pop() else {
                let frame = self.frames.pop();
                if self.path.len() > self.deepest.len() {
                    self.deepest.clone_from(&self.path);
                }
                self.path.pop();
                if let Some(frame) = frame
                    && !self.frames.is_empty()
                {
                    let key = Self::key(frame.base, frame.done, &frame.state);
                    self.tried.entry(key).or_default().push((frame.base, frame.done, frame.state));
                }
                continue;
            };
            let state = match state {
                Some(state) => Some(state),
                None => {
                    self.steps += 1;
                    rules.step(&frame.state, call)
                }
            };
            let Some(state) = state else { continue };
            let (base, done) = after(frame.base, frame.done, call);
            if !self.tried.is_empty() {
                let known = self.tried.get(&Self::key(base, done, &state));
                if known.is_some_and(|known| known.iter().any(|(b, d, s)| *b == base && *d == done && *s == state)) {
                    continue;
                }
            }
            self.path.push(call);
            if self.path.len() == spans.len() {
                if visit(&state, &self.path).is_break() {
                    return true;
                }
                self.path.pop();
                continue;
            }
            let mut next = Frame { state, base, done, next: SmallVec::new() };
            if !self.successors(rules, spans, &mut next) {
                return false;
            }
            self.frames.push(next);
        }
        true
    }

    fn key(base: u32, done: u64, state: &S) -> u64 {
        FxBuildHasher.hash_one((base, done, state))
    }

    /// Finds what may come next, the likeliest last; returns whether all of it is within the window.
    fn successors(&mut self, rules: &impl Rules<State = S>, spans: &[Span], frame: &mut Frame<S>) -> bool {
        let base = frame.base as usize;
        let mut open: SmallVec<[usize; 8]> = SmallVec::new();
        let mut least = Duration::MAX;
        for (place, span) in spans.get(base..).unwrap_or_default().iter().enumerate() {
            if place < WINDOW && frame.done >> place & 1 == 1 {
                continue;
            }
            if span.called > least {
                break;
            }
            if place >= WINDOW {
                return false;
            }
            least = least.min(span.returned);
            open.push(base + place);
        }
        // Calls that look and change nothing leave no choice.
        for call in open.iter().copied().filter(|call| rules.is_look(*call)) {
            self.steps += 1;
            match rules.step(&frame.state, call) {
                Some(after) if after == frame.state => {
                    frame.next.clear();
                    frame.next.push((call, Some(after)));
                    return true;
                }
                Some(after) => frame.next.push((call, Some(after))),
                None => {}
            }
        }
        frame.next.extend(open.iter().filter(|call| !rules.is_look(**call)).map(|call| (*call, None)));
        // The last is tried first: by when they were called.
        frame.next.sort_by_key(|(call, _)| std::cmp::Reverse(*call));
        true
    }
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
