use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::time::Duration;

use rustc_hash::FxHasher;
use smallvec::SmallVec;

use super::belief::Belief;
use super::judge::touched;
use super::judgement::Judgement;
use super::order::{Rules, Span};
use crate::model::{Phases, subject};
use crate::service::{Arn, Call, Indeterminate, Outcome, Text, canonical, text};
use crate::spec::ClauseId;
use crate::trace::Event;

/// A belief between two calls of an order. Two are the same where all that is to come is judged alike.
#[derive(Clone, Debug)]
pub(super) struct World(pub(super) Belief);

impl PartialEq for World {
    fn eq(&self, other: &Self) -> bool {
        let (one, other) = (&self.0, &other.0);
        one.made == other.made
            && one.marker == other.marker
            && one.home.account == other.home.account
            && one.exports == other.exports
            && one.stores == other.stores
            && one.slots.is_same(&other.slots)
    }
}

impl Eq for World {}

impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // The slots stand in no order.
        let mut sum = 0_u64;
        for (name, slot) in self.0.slots.iter() {
            let mut hasher = FxHasher::default();
            (name, slot.truth, slot.stale, slot.lives, slot.seen, slot.suspect).hash(&mut hasher);
            sum = sum.wrapping_add(hasher.finish());
        }
        (sum, self.0.made).hash(state);
    }
}

/// Calls whose order is looked for, sorted by when they were called.
pub(super) struct History<'a> {
    events: Vec<&'a Event>,
    pub(super) spans: Vec<Span>,
    /// The calls whose answers are not looked at.
    pub(super) unknown: Vec<bool>,
    /// What has been ruled against a call already, whatever the order.
    pub(super) forgiven: Vec<(usize, ClauseId)>,
}

impl<'a> History<'a> {
    pub(super) fn new(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let events: Vec<&Event> = events.into_iter().collect();
        let spans = events.iter().map(|event| span(event)).collect();
        Self { unknown: vec![false; events.len()], forgiven: Vec::new(), spans, events }
    }

    pub(super) fn event(&self, call: usize) -> Option<&'a Event> {
        self.events.get(call).copied()
    }

    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    /// Plays a call; returns what is said of it.
    pub(super) fn place(&self, belief: &mut Belief, call: usize) -> Judgement {
        let mut judgement = Judgement::default();
        self.place_into(belief, call, &mut judgement);
        judgement
    }

    fn place_into(&self, belief: &mut Belief, call: usize, judgement: &mut Judgement) {
        let Some(event) = self.event(call) else { return };
        if self.unknown.get(call) == Some(&true) {
            belief.now = event.interval.returned;
            belief.widen(&event.step, &Indeterminate::TimedOut);
        } else {
            belief.place(event, judgement);
        }
    }

    /// Returns the calls that can tell whether there is an order: of those whose answers are not looked at, the ones that
    /// may have changed what the others speak of.
    pub(super) fn telling(&self) -> Vec<usize> {
        let is_known = |call: &usize| self.unknown.get(*call) != Some(&true);
        let names = |call: usize| self.event(call).map(|event| subjects(&event.step.call));
        let mut told: Vec<bool> = (0..self.len()).map(|call| is_known(&call)).collect();
        let mut spoken: Vec<Cow<'_, Text>> = Vec::new();
        for call in (0..self.len()).filter(is_known) {
            match names(call) {
                Some(Some(names)) => spoken.extend(names),
                // It speaks of all.
                Some(None) | None => {
                    return (0..self.len()).filter(|call| is_known(call) || !self.is_look(*call)).collect();
                }
            }
        }
        let mut at = 0;
        while at < spoken.len() {
            for call in 0..self.len() {
                if told.get(call) == Some(&true) || self.is_look(call) {
                    continue;
                }
                let its = names(call).flatten();
                if its.as_ref().is_none_or(|its| spoken.get(at).is_some_and(|name| its.contains(name))) {
                    spoken.extend(its.into_iter().flatten());
                    if let Some(told) = told.get_mut(call) {
                        *told = true;
                    }
                }
            }
            at += 1;
        }
        (0..self.len()).filter(|call| told.get(*call) == Some(&true)).collect()
    }

    /// Tells whether the judgement holds something against the call that has not been ruled already.
    pub(super) fn is_against(&self, judgement: &Judgement, call: usize) -> bool {
        judgement.contradictions().any(|(clause, _)| !self.forgiven.contains(&(call, clause)))
    }
}

impl Rules for History<'_> {
    type State = World;

    fn step(&self, state: &World, call: usize) -> Option<World> {
        let mut next = state.clone();
        let mut judgement = Judgement::brief();
        self.place_into(&mut next.0, call, &mut judgement);
        (!self.is_against(&judgement, call)).then_some(next)
    }

    fn is_look(&self, call: usize) -> bool {
        self.event(call).is_some_and(|event| !event.step.call.is_write())
    }
}

/// Returns when a call may have taken effect: one without an answer at any time from its beginning on.
pub(super) fn span(event: &Event) -> Span {
    let unanswered = matches!(event.outcome, Outcome::Indeterminate(_) | Outcome::Alien(_));
    let returned = if unanswered && event.step.call.is_write() { Duration::MAX } else { event.interval.returned };
    Span { called: event.interval.called, returned }
}

/// Returns the snapshots that a call is about, as the service keeps them: the ones it may change first; `None` where it
/// is about all.
pub(super) fn subjects(call: &Call) -> Option<SmallVec<[Cow<'_, Text>; 2]>> {
    // What an export writes, the bucket shows.
    if call.is_export() {
        return None;
    }
    let mut names = touched(call);
    match call {
        Call::S3(_) => return None,
        Call::Copy(copy) => names.extend(subject(copy.source.as_ref())),
        Call::Describe(describe) => names.push(subject(describe.name.as_ref())?),
        Call::ListTags { resource } => {
            let arn = resource.as_deref().and_then(Arn::parse);
            names.extend(arn.map(|arn| Cow::Owned(text(canonical(arn.name)))));
        }
        Call::Restore { snapshot, .. } => names.extend(subject(snapshot.as_ref())),
        Call::Create(_) | Call::Delete { .. } | Call::AddTags { .. } | Call::RemoveTags { .. } | Call::Fixture(_) => {}
    }
    Some(names)
}

/// Lets a snapshot that several calls copy from be at rest or in use, so that it does not matter which of them come first.
pub(super) fn lend(belief: &mut Belief, name: &str) {
    if let Some(slot) = belief.slots.get_mut(name)
        && slot.truth.meets(Phases::AVAILABLE | Phases::BUSY)
    {
        slot.truth |= Phases::COPYING | slot.rest();
    }
}
