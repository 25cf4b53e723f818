use std::borrow::Cow;
use std::fmt::Write as _;

use super::belief::Belief;
use super::judge::touched;
use super::judgement::{Contradiction, Reason};
use super::order::{Found, Rules, Search, Span};
use super::overlap::MOST_STEPS;
use super::world::{History, World, subjects};
use super::{bucket, races};
use crate::service::{Call, Text};
use crate::spec::{ClauseId, id};
use crate::trace::Event;

/// What is said of every conflict.
const EXPECTED: &str = "an order of these";

/// How many orders are told, and how many are tried for the sake of telling.
const MOST_ORDERS: usize = 24;

/// How many calls are tried out at most to find out which of them are needed.
const MOST_EXPLAINED: usize = 200_000;

/// How many things that replies show are set aside at most to tell a matter of order from one of what is shown.
const MOST_HELD: usize = 12;

/// How many calls are looked at to tell a matter of order from one of a single call.
const MOST_AROUND: usize = 5;

/// The smallest set of calls whose answers fit no order, whatever the other calls did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The clause that says so.
    pub clause: ClauseId,
    /// The calls, by their places in the trace, in the order in which they were called.
    pub calls: Vec<usize>,
    /// Why each order of them fails.
    pub orders: Vec<Failed>,
    /// How many orders there are besides.
    pub more: usize,
    /// Whether some of the calls overlapped, so that it is a matter of their order.
    pub is_race: bool,
}

/// Why one order of the calls fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// The calls in this order.
    pub order: Vec<usize>,
    /// The call whose answer is contradicted, if those before it came first.
    pub at: usize,
    /// The clause that it contradicts then.
    pub clause: ClauseId,
    /// In what way.
    pub reason: Reason,
    /// What might have been answered there.
    pub expected: String,
    /// What was.
    pub observed: String,
}

impl Conflict {
    /// Returns what should have been, in one line.
    #[must_use]
    pub fn expected(&self) -> String {
        format!("{EXPECTED} {} calls in which each may be answered as it was", self.calls.len())
    }

    /// Tells whether a contradiction says that calls fit no order; which of them says so is chance.
    #[must_use]
    pub fn is_told_by(found: &Contradiction) -> bool {
        found.expected.starts_with(EXPECTED)
    }

    /// Returns why there is none, in one line: the calls are numbered by when they were called.
    #[must_use]
    pub fn observed(&self) -> String {
        const TOLD: usize = 2;
        let mut words = "none".to_owned();
        for (index, failed) in self.orders.iter().take(TOLD).enumerate() {
            let order: Vec<String> = failed.order.iter().map(|call| self.number(*call).to_string()).collect();
            let _ = write!(
                words,
                "{} in the order {}, call {} should be answered by {}, not {}",
                if index == 0 { ":" } else { ";" },
                order.join(" "),
                self.number(failed.at),
                failed.expected,
                failed.observed
            );
        }
        let rest = self.orders.len().saturating_sub(TOLD) + self.more;
        if rest > 0 {
            let _ = write!(words, "; and {rest} more");
        }
        words
    }

    /// Returns the number of a call in reports, from 1.
    #[must_use]
    pub fn number(&self, call: usize) -> usize {
        self.calls.iter().position(|known| *known == call).map_or(0, |place| place + 1)
    }

    /// Gives the calls other places.
    pub(super) fn at(mut self, place: impl Fn(usize) -> usize) -> Self {
        self.calls.iter_mut().for_each(|call| *call = place(*call));
        for failed in &mut self.orders {
            failed.order.iter_mut().for_each(|call| *call = place(*call));
            failed.at = place(failed.at);
        }
        self
    }
}

/// Finds the smallest set of calls that has no order; `None` where the whole history has one, or the bound was reached.
///
/// Where there is an order but for what some replies show of a snapshot, which no order changes, it is no matter of order:
/// that alone is told.
pub(super) fn smallest(history: &mut History<'_>, start: &World, clause: ClauseId) -> Option<Conflict> {
    let first = reduced(history, start, clause)?;
    if !first.is_race {
        return Some(first);
    }
    let forgiven = history.forgiven.len();
    let mut held: Vec<Failed> = Vec::new();
    let mut left = Some(first.clone());
    while let Some(conflict) = left {
        let is_new = |failed: &&Failed| !history.forgiven.contains(&(failed.at, failed.clause));
        let shown = conflict.orders.iter().filter(|failed| races::is_shown(failed.clause)).filter(is_new);
        let shown: Vec<Failed> = shown.cloned().collect();
        if shown.is_empty() || held.len() > MOST_HELD {
            left = Some(conflict);
            break;
        }
        history.forgiven.extend(shown.iter().map(|failed| (failed.at, failed.clause)));
        held.extend(shown);
        left = reduced(history, start, clause);
    }
    history.forgiven.truncate(forgiven);
    Some(match left {
        None => Conflict { clause, orders: held, more: 0, is_race: false, ..first },
        Some(_) => first,
    })
}

/// Finds the smallest set of calls that has no order, whatever that is for; `None` as [`smallest`] returns it.
///
/// Of ever smaller groups of calls it is tried whether what their answers say is needed: where it is not, they may have
/// been answered, and have done, anything. `clause` is what is contradicted where the calls did not overlap.
fn reduced(history: &mut History<'_>, start: &World, clause: ClauseId) -> Option<Conflict> {
    let mut patience = Patience { search: Search::default(), left: MOST_EXPLAINED };
    if !patience.has_none(history, start) {
        return None;
    }
    let before = history.unknown.clone();
    // What only looks is let go first, and what came last.
    let mut all: Vec<usize> = (0..history.len()).filter(|call| history.unknown.get(*call) == Some(&false)).collect();
    all.sort_by_key(|call| (!history.is_look(*call), std::cmp::Reverse(*call)));
    for half in all.chunks(all.len().div_ceil(2).max(1)) {
        patience.let_go(history, start, half);
    }
    let calls: Vec<usize> = (0..history.len()).filter(|call| history.unknown.get(*call) == Some(&false)).collect();
    let (mut orders, mut more) = failures(history, start, &calls);
    // Where every order asks for the same of the same call, it is no matter of order. Tags that a list shows half are one
    // although no order makes up for it.
    let mut calls = calls;
    let around = around(history, &before, &calls);
    let looks = calls.iter().all(|call| history.is_look(*call) || !is_tagging(history, *call));
    let listed = orders.iter().all(|failed| is_listing(history, failed.at));
    if around.len() > calls.len() && looks && listed && is_tagged_meanwhile(history, &around) {
        around.iter().for_each(|call| set(history, *call, false));
        let told = failures(history, start, &around);
        if !is_one(&told.0) && is_one(&orders) {
            (orders, more) = told;
            calls = around;
        }
    }
    let is_race = !is_one(&orders);
    let events: Vec<&Event> = calls.iter().filter_map(|call| history.event(*call)).collect();
    history.unknown = before;
    let clause = if is_race { races::clause(&events) } else { clause };
    Some(Conflict { clause, calls, orders, more, is_race })
}

/// A search that is given up after so many calls tried out in all.
struct Patience {
    search: Search<Placed>,
    left: usize,
}

impl Patience {
    fn has_none(&mut self, history: &History<'_>, start: &World) -> bool {
        let found = ordered(&mut self.search, history, start, &[], self.left.min(MOST_STEPS));
        self.left = self.left.saturating_sub(self.search.steps());
        matches!(found, Found::Nothing(_))
    }

    /// Lets go of those of the calls without which there is no order either.
    fn let_go(&mut self, history: &mut History<'_>, start: &World, calls: &[usize]) {
        if self.left == 0 {
            return;
        }
        calls.iter().for_each(|call| set(history, *call, true));
        if self.has_none(history, start) {
            return;
        }
        calls.iter().for_each(|call| set(history, *call, false));
        if calls.len() > 1 {
            let (one, other) = calls.split_at(calls.len() / 2);
            self.let_go(history, start, one);
            self.let_go(history, start, other);
        }
    }
}

/// Tells whether all orders fail at one call, and for want of the same.
fn is_one(orders: &[Failed]) -> bool {
    orders.windows(2).all(|pair| match pair {
        [one, other] => one.at == other.at && one.expected == other.expected,
        _ => true,
    })
}

fn is_tagging(history: &History<'_>, call: usize) -> bool {
    let event = history.event(call);
    event.is_some_and(|event| matches!(event.step.call, Call::AddTags { .. } | Call::RemoveTags { .. }))
}

fn is_listing(history: &History<'_>, call: usize) -> bool {
    history.event(call).is_some_and(|event| matches!(event.step.call, Call::ListTags { .. }))
}

/// Tells whether tags are changed while another of the calls is under way.
fn is_tagged_meanwhile(history: &History<'_>, calls: &[usize]) -> bool {
    let span = |call: &usize| history.spans.get(*call);
    let meets = |one: &usize, other: &usize| {
        one != other && span(one).zip(span(other)).is_some_and(|(one, other)| one.overlaps(other))
    };
    calls.iter().filter(|call| is_tagging(history, **call)).any(|one| calls.iter().any(|other| meets(one, other)))
}

/// Returns the calls with the writes that they have to do with, directly or by another: of those that were known before.
fn around(history: &History<'_>, unknown: &[bool], calls: &[usize]) -> Vec<usize> {
    let subjects = |call: usize| history.event(call).and_then(|event| subjects(&event.step.call)).unwrap_or_default();
    let mut all = calls.to_vec();
    let mut names: Vec<Cow<'_, Text>> = calls.iter().flat_map(|call| subjects(*call)).collect();
    let mut at = 0;
    while at < names.len() && all.len() < MOST_AROUND {
        for call in 0..history.len() {
            let fits = names.get(at).is_some_and(|name| subjects(call).contains(name));
            let known = unknown.get(call) == Some(&false) && !history.is_look(call);
            if fits && known && !all.contains(&call) && all.len() < MOST_AROUND {
                all.push(call);
                names.extend(subjects(call));
            }
        }
        at += 1;
    }
    all.sort_unstable();
    all
}

/// Makes everything doubtful that the calls of a conflict touched.
pub(super) fn doubt(belief: &mut Belief, history: &[(usize, Event)], conflict: &Conflict) {
    let calls = history.iter().filter(|(place, _)| conflict.calls.contains(place));
    doubt_all(belief, calls.map(|(_, event)| event), Some(conflict.clause));
}

/// Makes everything doubtful that the calls touched: where it is about tags, these alone.
pub(super) fn doubt_all<'a>(belief: &mut Belief, events: impl Iterator<Item = &'a Event>, clause: Option<ClauseId>) {
    for event in events {
        bucket::doubt(belief, &event.step.call);
        for name in touched(&event.step.call) {
            let slot = belief.slots.or_absent(&name);
            if clause == Some(id::TAGS_RACE_WHOLE) {
                slot.tags = None;
                slot.tag_clauses.clear();
            } else {
                slot.suspect = true;
            }
        }
    }
}

fn set(history: &mut History<'_>, call: usize, unknown: bool) {
    if let Some(place) = history.unknown.get_mut(call) {
        *place = unknown;
    }
}

/// Returns why each order of the calls fails, and how many more orders there are.
fn failures(history: &History<'_>, start: &World, calls: &[usize]) -> (Vec<Failed>, usize) {
    let mut orders: Vec<Vec<usize>> = Vec::new();
    let mut more = 0;
    extend(history, calls, &mut Vec::new(), &mut orders, &mut more);
    let failed = orders.into_iter().filter_map(|order| failure(history, start, order)).collect();
    (failed, more)
}

/// Adds every order of the calls that fits their spans.
fn extend(
    history: &History<'_>,
    calls: &[usize],
    begun: &mut Vec<usize>,
    orders: &mut Vec<Vec<usize>>,
    more: &mut usize,
) {
    if begun.len() == calls.len() {
        if orders.len() < MOST_ORDERS {
            orders.push(begun.clone());
        } else {
            *more += 1;
        }
        return;
    }
    if *more > MOST_ORDERS {
        return;
    }
    let left: Vec<usize> = calls.iter().copied().filter(|call| !begun.contains(call)).collect();
    let span = |call: &usize| history.spans.get(*call).copied();
    for call in &left {
        let free = |other: &usize| span(other).zip(span(call)).is_none_or(|(other, call)| !other.precedes(&call));
        if left.iter().all(free) {
            begun.push(*call);
            extend(history, calls, begun, orders, more);
            begun.pop();
        }
    }
}

/// Tells where an order of some calls fails at the latest, wherever the calls come whose answers are not looked at.
fn failure(history: &History<'_>, start: &World, order: Vec<usize>) -> Option<Failed> {
    let mut search = Search::default();
    let Found::Nothing(deepest) = ordered(&mut search, history, start, &order, MOST_STEPS) else { return None };
    let mut belief = start.0.clone();
    for call in &deepest {
        history.place(&mut belief, *call);
    }
    let at = order.iter().copied().find(|call| !deepest.contains(call))?;
    let judgement = history.place(&mut belief, at);
    let (clause, found) = judgement.contradictions().find(|(clause, _)| !history.forgiven.contains(&(at, *clause)))?;
    let (reason, expected, observed) = (found.reason, found.expected.clone(), found.observed.clone());
    Some(Failed { order, at, clause, reason, expected, observed })
}

/// Looks for an order of a history in which some calls come in a given order.
fn ordered(search: &mut Search<Placed>, history: &History<'_>, start: &World, order: &[usize], most: usize) -> Found {
    let calls = history.telling();
    let spans: Vec<Span> = calls.iter().filter_map(|call| history.spans.get(*call).copied()).collect();
    let rules = Ordered { history, calls: &calls, order };
    let of = |found: Vec<usize>| found.into_iter().filter_map(|place| calls.get(place).copied()).collect();
    match search.one(&rules, &Placed(start.clone(), 0), &spans, most) {
        Found::Order(found) => Found::Order(of(found)),
        Found::Nothing(found) => Found::Nothing(of(found)),
        Found::Bound => Found::Bound,
    }
}

/// Those calls of a history that tell anything, some of them in a given order.
struct Ordered<'a> {
    history: &'a History<'a>,
    calls: &'a [usize],
    order: &'a [usize],
}

/// A world, and how many of the ordered calls have come.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Placed(World, usize);

impl Rules for Ordered<'_> {
    type State = Placed;

    fn step(&self, state: &Placed, place: usize) -> Option<Placed> {
        let call = *self.calls.get(place)?;
        let turn = self.order.iter().position(|known| *known == call);
        if turn.is_some_and(|turn| turn != state.1) {
            return None;
        }
        let world = self.history.step(&state.0, call)?;
        Some(Placed(world, state.1 + usize::from(turn.is_some())))
    }

    fn is_look(&self, place: usize) -> bool {
        // A call that has its place in the order must not be put elsewhere.
        self.calls.get(place).is_some_and(|call| self.history.is_look(*call) && !self.order.contains(call))
    }
}
