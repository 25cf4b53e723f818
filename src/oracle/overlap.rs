use std::ops::{ControlFlow, Deref};

use super::belief::Belief;
use super::conflict::{self, Conflict};
use super::judgement::{Judgement, Mark, Needs, Reason};
use super::merge::merged;
use super::order::{Found, Search};
use super::parts::Parts;
use super::races;
use super::world::{History, World, lend};
use crate::service::{Call, Owner, Text};
use crate::spec::id;
use crate::trace::Event;

/// How many calls are tried out at most to find the orders of one part of a burst.
pub(super) const MOST_STEPS: usize = 20_000;
/// How many ends of orders are told apart; more are joined.
const MOST_ENDS: usize = 16;
/// How many events after a burst are held against each of its ends; then the ends are joined.
const LONGEST: usize = 100;
/// How many things may be held against single calls of a burst before the rest is left alone.
const MOST_FORGIVEN: usize = 24;
/// In how many orders that fit a call must keep a clause to be said to keep it.
const COMPARED: usize = 4;

/// What may be true, also where calls overlapped: then each order of them that fits leaves a belief of its own.
///
/// What is asked of it is answered by what the beliefs come to together. What is seen after a burst is held against each
/// of them, and those that it excludes are dropped; where none is left, no order fits all that was seen.
#[derive(Clone, Debug)]
pub struct Beliefs {
    wide: Belief,
    worlds: Vec<World>,
    before: Option<Belief>,
    history: Vec<(usize, Event)>,
    seen: usize,
}

/// Looks for orders that fit, and keeps what it needs for it from one history to the next.
#[derive(Debug, Default)]
pub struct Orders(Search<World>);

impl Orders {
    /// Tells whether some order of the calls, sorted by when they were called, fits their intervals and has no answer that
    /// is contradicted; `None` where the bound was reached before it was known.
    pub fn fit(&mut self, belief: &Belief, events: &[Event]) -> Option<bool> {
        let calls: Vec<&Event> = events.iter().collect();
        let Parts { calls: parts, lent } = Parts::of(&calls);
        let mut start = World(belief.quiet());
        for name in lent.iter().filter(|_| parts.len() > 1) {
            lend(&mut start.0, name);
        }
        for part in &parts {
            let history = History::new(part.iter().filter_map(|place| events.get(*place)));
            match self.0.one(&history, &start, &history.spans, MOST_STEPS) {
                Found::Order(_) => {}
                Found::Nothing(_) => return Some(false),
                Found::Bound => return None,
            }
        }
        Some(true)
    }
}

/// What is said of calls that overlapped.
#[derive(Clone, Debug, Default)]
pub struct Burst {
    /// A judgement a call.
    pub judgements: Vec<Judgement>,
    /// What has no valid order, smallest sets first.
    pub conflicts: Vec<Conflict>,
}

impl Deref for Beliefs {
    type Target = Belief;
    fn deref(&self) -> &Belief {
        &self.wide
    }
}

impl From<Belief> for Beliefs {
    fn from(wide: Belief) -> Self {
        Self { wide, worlds: Vec::new(), before: None, history: Vec::new(), seen: 0 }
    }
}

impl Beliefs {
    /// Returns what may be true, whichever order it was.
    #[must_use]
    pub fn into_belief(self) -> Belief {
        self.wide
    }

    /// Lets go of sources, as [`Belief::end_exports`] does.
    pub fn end_exports(&mut self) {
        self.wide.end_exports();
        self.worlds.iter_mut().for_each(|world| world.0.end_exports());
    }

    /// Rules that names did not settle within the limit, as [`Belief::give_up`] does.
    pub fn give_up(&mut self, names: &[Text]) -> Judgement {
        for world in &mut self.worlds {
            world.0.give_up(names);
        }
        self.wide.give_up(names)
    }

    /// Learns that what the snapshots were taken of is gone, as [`Belief::lose_owner`] does.
    pub fn lose_owner(&mut self, owner: &Owner) {
        for world in &mut self.worlds {
            world.0.lose_owner(owner);
        }
        self.wide.lose_owner(owner);
    }

    /// Holds an event against what may be true. The conflict is what it shows of an earlier burst, if it does.
    pub fn observe(&mut self, event: &Event) -> (Judgement, Option<Conflict>) {
        self.seen += 1;
        if self.before.is_none() {
            return (self.wide.observe(event), None);
        }
        let mut judgement = Judgement::default();
        self.wide.hold_form(event, &mut judgement);
        let mut fit: Vec<(World, Judgement)> = Vec::new();
        let mut unfit: Vec<(World, Judgement)> = Vec::new();
        let mut news = event.step.call.is_write();
        for world in &self.worlds {
            let mut after = world.clone();
            let mut said = Judgement::default();
            after.0.place(event, &mut said);
            news |= after != *world;
            if said.contradictions().next().is_none() {
                if !fit.iter().any(|(known, _)| *known == after) {
                    fit.push((after, said));
                }
            } else {
                unfit.push((after, said));
            }
        }
        if news || fit.is_empty() {
            self.history.push((self.seen - 1, event.clone()));
        }
        if fit.is_empty() {
            // Which order it was is no clearer than before.
            let (worlds, said): (Vec<World>, Vec<Judgement>) = unfit.into_iter().unzip();
            self.worlds = few(worlds);
            let said = weakest(said);
            let conflict = self.conflict(&said);
            if let Some(conflict) = &conflict {
                for world in &mut self.worlds {
                    conflict::doubt(&mut world.0, &self.history, conflict);
                }
                judgement.flags_of(&said);
                judgement.contradict(conflict.clause, Reason::Wrong, conflict.expected(), conflict.observed());
            } else {
                judgement.extend(said);
            }
            self.close();
            return (judgement, conflict);
        }
        let (worlds, said): (Vec<World>, Vec<Judgement>) = fit.into_iter().unzip();
        self.worlds = worlds;
        judgement.extend(common(said));
        if judgement.shows_lag() {
            self.worlds.iter_mut().for_each(|world| world.0.know_lag());
        }
        self.join();
        if self.history.len() > LONGEST {
            self.close();
        }
        (judgement, None)
    }

    /// Learns that so many snapshots are there that the quota may answer.
    pub fn reach_quota(&mut self) {
        let all = self.worlds.iter_mut().map(|world| &mut world.0).chain(self.before.as_mut());
        all.chain([&mut self.wide]).for_each(Belief::reach_quota);
    }

    /// Tells whether as many snapshots of the owner were taken as its quota allows, where that is gone over.
    #[must_use]
    pub fn is_over_quota(&self) -> bool {
        self.wide.is_over_quota()
    }

    /// Lets the quota answer any of the calls where it may be reached by the last of them: each part of a burst counts by
    /// itself what is made.
    fn expect_quota(&mut self, events: &[Event]) {
        let makes = events.iter().filter(|event| matches!(event.step.call, Call::Copy(_) | Call::Create(_))).count();
        let reaches = |belief: &Belief| makes > 0 && belief.made + makes > belief.home.quota;
        if !reaches(&self.wide) && !self.worlds.iter().any(|world| reaches(&world.0)) {
            return;
        }
        self.reach_quota();
    }

    /// Holds calls that overlap, sorted by when they were called, against what may be true: they are in order if some
    /// order of them is that fits the intervals and in which no answer is contradicted.
    pub fn observe_together(&mut self, events: &[Event]) -> Burst {
        if self.before.is_none() {
            self.before = Some(self.wide.quiet());
            self.worlds = vec![World(self.wide.quiet())];
        }
        self.expect_quota(events);
        let first = self.seen;
        self.seen += events.len();
        self.history.extend(events.iter().enumerate().map(|(place, event)| (first + place, event.clone())));
        let mut burst = Burst::default();
        for event in events {
            let mut judgement = Judgement::default();
            self.wide.hold_form(event, &mut judgement);
            burst.judgements.push(judgement);
        }
        let calls: Vec<&Event> = events.iter().collect();
        let Parts { calls: parts, lent } = Parts::of(&calls);
        let mut ends: Vec<World> = Vec::new();
        let starts = std::mem::take(&mut self.worlds);
        let alone = starts.len() == 1;
        let mut said: Vec<Vec<Judgement>> = Vec::new();
        for mut start in starts {
            for name in lent.iter().filter(|_| parts.len() > 1) {
                lend(&mut start.0, name);
            }
            let mut whole = vec![start.clone()];
            let mut judgements: Vec<Judgement> = events.iter().map(|_| Judgement::default()).collect();
            for part in &parts {
                let part_of = Part { events, part, first };
                let Some(played) = part_of.play(&start, alone) else {
                    whole.clear();
                    break;
                };
                for (place, judgement) in part.iter().zip(played.judgements) {
                    if let Some(own) = judgements.get_mut(*place) {
                        *own = judgement;
                    }
                }
                burst.conflicts.extend(played.conflicts);
                whole = product(&start, whole, &played.ends);
            }
            if !whole.is_empty() {
                said.push(judgements);
            }
            ends.extend(whole);
        }
        if ends.is_empty() {
            // Each end of an earlier burst is excluded by this one: as if there had been but their union.
            self.worlds = vec![World(self.wide.quiet())];
            self.history.drain(..self.history.len() - events.len());
            self.before = Some(self.wide.quiet());
            return self.again(events, first, burst);
        }
        for (place, judgement) in burst.judgements.iter_mut().enumerate() {
            let of_call = said.iter().filter_map(|judgements| judgements.get(place).cloned()).collect();
            judgement.extend(common(of_call));
        }
        self.worlds = few(ends);
        self.join();
        finished(events, burst)
    }

    fn again(&mut self, events: &[Event], first: usize, mut burst: Burst) -> Burst {
        let Some(start) = self.worlds.first().cloned() else { return burst };
        let part: Vec<usize> = (0..events.len()).collect();
        let Some(played) = (Part { events, part: &part, first }).play(&start, true) else { return burst };
        for (judgement, said) in burst.judgements.iter_mut().zip(played.judgements) {
            judgement.extend(said);
        }
        burst.conflicts.extend(played.conflicts);
        self.worlds = few(played.ends);
        self.join();
        finished(events, burst)
    }

    /// Returns what has no order in all that was seen since the burst, where that is a matter of calls that overlapped.
    fn conflict(&self, said: &Judgement) -> Option<Conflict> {
        let before = World(self.before.clone()?);
        let (clause, _) = said.contradictions().next()?;
        let mut history = History::new(self.history.iter().map(|(_, event)| event));
        let conflict = conflict::smallest(&mut history, &before, clause)?;
        conflict.is_race.then(|| conflict.at(|call| self.history.get(call).map_or(call, |(place, _)| *place)))
    }

    fn join(&mut self) {
        let beliefs: Vec<Belief> = self.worlds.iter().map(|world| world.0.clone()).collect();
        if let Some(belief) = merged(&beliefs) {
            self.wide.take_over(belief);
        }
    }

    fn close(&mut self) {
        self.join();
        self.worlds.clear();
        self.history.clear();
        self.before = None;
    }
}

/// Adds what only all calls of a burst show. That a read of them lags is not said: orders without that need not have been
/// looked for.
fn finished(events: &[Event], mut burst: Burst) -> Burst {
    races::mark(events, &mut burst);
    burst.judgements.iter_mut().for_each(|judgement| judgement.kept.remove(id::DESCRIBE_LAG));
    burst
}

/// Some calls of a burst that have no snapshot in common with the others.
struct Part<'a> {
    events: &'a [Event],
    part: &'a [usize],
    first: usize,
}

struct Played {
    ends: Vec<World>,
    judgements: Vec<Judgement>,
    conflicts: Vec<Conflict>,
}

impl Part<'_> {
    /// Plays the calls in every order that fits; `None` where there is none, and what has none is not asked for.
    fn play(&self, start: &World, explain: bool) -> Option<Played> {
        let mut history = History::new(self.part.iter().filter_map(|place| self.events.get(*place)));
        let mut held: Vec<(usize, Judgement)> = Vec::new();
        loop {
            let mut ends: Vec<World> = Vec::new();
            let mut paths: Vec<Vec<usize>> = Vec::new();
            let spans = history.spans.clone();
            let whole = Search::default().all(&history, start, &spans, MOST_STEPS, |end, path| {
                if paths.len() < COMPARED {
                    paths.push(path.to_vec());
                }
                if !ends.contains(end) {
                    ends.push(end.clone());
                }
                if ends.len() > MOST_ENDS {
                    ends = few(std::mem::take(&mut ends));
                }
                ControlFlow::Continue(())
            });
            if !ends.is_empty() {
                let mut judgements = self.judgements(&history, start, &paths);
                if !whole {
                    // There is an order; in which states others end is not known.
                    ends = vec![self.doubted(&history, start, &mut judgements, None)];
                }
                for (call, more) in held {
                    if let Some(judgement) = judgements.get_mut(call) {
                        judgement.rulings.extend(more.rulings);
                    }
                }
                return Some(Played { ends, judgements, conflicts: Vec::new() });
            }
            if !explain && whole {
                return None;
            }
            let mut judgements: Vec<Judgement> = (0..history.len()).map(|_| Judgement::default()).collect();
            let found = if whole { conflict::smallest(&mut history, start, id::OVERLAP_LINEARIZABLE) } else { None };
            match found {
                Some(conflict) if !conflict.is_race && held.len() < MOST_FORGIVEN && !conflict.orders.is_empty() => {
                    // It is no matter of order: say it of the call, and look for an order of the rest.
                    for failed in conflict.orders {
                        if history.forgiven.contains(&(failed.at, failed.clause)) {
                            continue;
                        }
                        history.forgiven.push((failed.at, failed.clause));
                        let mut judgement = Judgement::default();
                        judgement.contradict(failed.clause, failed.reason, failed.expected, failed.observed);
                        held.push((failed.at, judgement));
                    }
                }
                found => {
                    for (call, more) in held {
                        if let Some(judgement) = judgements.get_mut(call) {
                            judgement.rulings.extend(more.rulings);
                        }
                    }
                    if let (None, Some(judgement)) = (&found, judgements.first_mut()) {
                        let why = Mark::Inconclusive("too many orders of the overlapping calls to try them all");
                        judgement.mark(id::OVERLAP_LINEARIZABLE, why, Needs::Life);
                    }
                    let end = self.doubted(&history, start, &mut judgements, found.as_ref());
                    let place = |call: usize| self.first + self.part.get(call).copied().unwrap_or(call);
                    let conflicts = found.into_iter().map(|conflict| conflict.at(place)).collect();
                    return Some(Played { ends: vec![end], judgements, conflicts });
                }
            }
        }
    }

    /// Returns what is said of each call in all of some orders.
    fn judgements(&self, history: &History<'_>, start: &World, paths: &[Vec<usize>]) -> Vec<Judgement> {
        let mut all: Vec<Vec<Judgement>> = (0..history.len()).map(|_| Vec::new()).collect();
        for path in paths {
            let mut belief = start.0.clone();
            for call in path {
                let mut judgement = history.place(&mut belief, *call);
                judgement.rulings.retain(|ruling| !matches!(ruling.mark, Mark::Contradicted(_)));
                if let Some(own) = all.get_mut(*call) {
                    own.push(judgement);
                }
            }
        }
        all.into_iter().map(common).collect()
    }

    /// Returns what may be true where it is not known in what the orders that fit end: everything that the calls touched is
    /// doubtful. Of a conflict, its last call says which clause that contradicts.
    fn doubted(
        &self,
        history: &History<'_>,
        start: &World,
        judgements: &mut [Judgement],
        conflict: Option<&Conflict>,
    ) -> World {
        let mut end = start.0.clone();
        for call in 0..history.len() {
            let said = history.place(&mut end, call);
            if let Some(judgement) = judgements.get_mut(call) {
                judgement.flags_of(&said);
            }
        }
        let events = self.part.iter().filter_map(|place| self.events.get(*place));
        conflict::doubt_all(&mut end, events, conflict.map(|conflict| conflict.clause));
        if let Some(found) = conflict
            && let Some(judgement) = judgements.get_mut(found.calls.last().copied().unwrap_or_default())
        {
            judgement.contradict(found.clause, Reason::Wrong, found.expected(), found.observed());
        }
        World(end)
    }
}

/// Puts each end of a part into each end of the parts before.
fn product(start: &World, whole: Vec<World>, ends: &[World]) -> Vec<World> {
    let (mut whole, mut ends) = (whole, ends.to_vec());
    if whole.len() * ends.len() > MOST_ENDS {
        ends = one(ends);
    }
    if whole.len() * ends.len() > MOST_ENDS {
        whole = one(whole);
    }
    let mut all = Vec::new();
    for one in &whole {
        for end in &ends {
            let mut next = one.clone();
            next.0.take_over_changes(&end.0, &start.0);
            all.push(next);
        }
    }
    all
}

/// Joins worlds where there are too many.
fn few(worlds: Vec<World>) -> Vec<World> {
    let mut different: Vec<World> = Vec::new();
    for world in worlds {
        if !different.contains(&world) {
            different.push(world);
        }
    }
    if different.len() > MOST_ENDS { one(different) } else { different }
}

fn one(worlds: Vec<World>) -> Vec<World> {
    let beliefs: Vec<Belief> = worlds.into_iter().map(|world| world.0).collect();
    merged(&beliefs).map(World).into_iter().collect()
}

/// Returns what is held against a call in each of the judgements; where they have nothing in common, the one that holds
/// least against it.
fn weakest(judgements: Vec<Judgement>) -> Judgement {
    let held = |judgement: &Judgement| judgement.contradictions().count();
    let in_all = common(judgements.clone());
    if held(&in_all) > 0 { in_all } else { judgements.into_iter().min_by_key(held).unwrap_or_default() }
}

/// Returns what all judgements of a call say.
fn common(judgements: Vec<Judgement>) -> Judgement {
    let mut judgements = judgements.into_iter();
    let Some(mut all) = judgements.next() else { return Judgement::default() };
    for other in judgements {
        all.retain(&other);
        all.passing |= other.passing;
        all.refused &= other.refused;
        all.succeeded &= other.succeeded;
    }
    all
}
