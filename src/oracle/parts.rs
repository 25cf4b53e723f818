use std::borrow::Cow;

use smallvec::SmallVec;

use super::world::subjects;
use crate::model::is_blank;
use crate::service::{Call, FaultCode, Outcome, Text};
use crate::trace::Event;

/// How calls that overlapped fall apart into such as have no snapshot in common.
pub(super) struct Parts {
    /// The places of each part's calls.
    pub(super) calls: Vec<Vec<usize>>,
    /// The snapshots that are copied from and no more: they join nothing.
    pub(super) lent: Vec<Text>,
}

impl Parts {
    pub(super) fn of(events: &[&Event]) -> Self {
        let mut names = Vec::with_capacity(events.len());
        let mut about = Vec::with_capacity(events.len());
        for event in events {
            let Some(call) = About::new(event, &mut names) else {
                return Self { calls: vec![(0..events.len()).collect()], lent: Vec::new() };
            };
            about.push(call);
        }
        let mut owned = vec![false; names.len()];
        for name in about.iter().flat_map(About::owned) {
            owned.get_mut(name).into_iter().for_each(|owned| *owned = true);
        }
        let is_lent =
            |name: usize| owned.get(name) == Some(&false) && about.iter().any(|call| call.source == Some(name));
        let is_own: Vec<bool> = (0..names.len()).map(|name| !is_lent(name)).collect();
        // Where a creation was refused, each other may be why: it matters that clusters and groups are busy meanwhile.
        let owners = names.len();
        let contested = events.iter().any(|event| {
            let refused = |code: &FaultCode| *code != FaultCode::SnapshotAlreadyExists;
            creates(event) && matches!(&event.outcome, Outcome::Fault(fault) if refused(&fault.code))
        });
        let mut joined = Joined((0..=owners).collect());
        let mut firsts: Vec<Option<usize>> = Vec::with_capacity(about.len());
        for (event, call) in events.iter().zip(&about) {
            let has_own = call.names.iter().any(|name| is_own.get(*name) == Some(&true));
            let own = call.names.iter().copied().filter(|name| !has_own || is_own.get(*name) == Some(&true));
            let mut own = own.chain((contested && creates(event)).then_some(owners));
            let first = own.next();
            own.for_each(|name| joined.join(first.unwrap_or(name), name));
            firsts.push(first);
        }
        let mut parts: Vec<(Option<usize>, Vec<usize>)> = Vec::new();
        for (place, first) in firsts.into_iter().enumerate() {
            let root = first.map(|name| joined.root(name));
            match parts.iter_mut().find(|(known, _)| root.is_some() && *known == root) {
                Some((_, calls)) => calls.push(place),
                None => parts.push((root, vec![place])),
            }
        }
        parts.sort_by_key(|(_, calls)| calls.last().copied());
        let lent = names.into_iter().zip(is_own).filter(|(_, is_own)| !is_own).map(|(name, _)| name.into_owned());
        Self { calls: parts.into_iter().map(|(_, calls)| calls).collect(), lent: lent.collect() }
    }
}

fn creates(event: &Event) -> bool {
    matches!(event.step.call, Call::Create(_))
}

/// The snapshots that a call is about, by their places among all names.
struct About {
    names: SmallVec<[usize; 2]>,
    /// What it copies from.
    source: Option<usize>,
    /// What it copies to.
    target: Option<usize>,
    /// Whether it does not matter to it whether its source is being copied: it is a copy that was not refused for that.
    borrows: bool,
}

impl About {
    /// Adds the names to those that are known; `None` where the call is about all.
    fn new<'a>(event: &'a Event, known: &mut Vec<Cow<'a, Text>>) -> Option<Self> {
        let call = &event.step.call;
        let place = |name: Cow<'a, Text>| {
            known.iter().position(|known| *known == name).unwrap_or_else(|| {
                known.push(name);
                known.len() - 1
            })
        };
        let names: SmallVec<[usize; 2]> = subjects(call)?.into_iter().map(place).collect();
        let Call::Copy(copy) = call else { return Some(Self { names, source: None, target: None, borrows: false }) };
        let is_named = |name: &Option<Text>| name.as_ref().is_some_and(|name| !is_blank(name));
        let source = names.last().copied().filter(|_| is_named(&copy.source));
        let target = names.first().copied().filter(|_| is_named(&copy.target));
        let busy = matches!(&event.outcome, Outcome::Fault(fault) if fault.code == FaultCode::InvalidSnapshotState);
        Some(Self { names, source, target, borrows: !busy })
    }

    /// Walks those of the names to which it matters what else is done with them.
    fn owned(&self) -> impl Iterator<Item = usize> {
        self.names.iter().copied().filter(|name| !self.borrows || self.target == Some(*name))
    }
}

/// Which names are joined, each to another, or to itself.
struct Joined(Vec<usize>);

impl Joined {
    fn root(&self, mut name: usize) -> usize {
        while let Some(next) = self.0.get(name).copied().filter(|next| *next != name) {
            name = next;
        }
        name
    }

    fn join(&mut self, one: usize, other: usize) {
        let (root, other) = (self.root(one), self.root(other));
        self.0.get_mut(other).into_iter().for_each(|place| *place = root);
    }
}
