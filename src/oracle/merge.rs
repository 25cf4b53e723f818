use std::sync::Arc;

use super::belief::Belief;
use super::slot::{Held, Made, Slot};
use crate::model::TagSets;
use crate::service::{Fields, Text};

/// The most sets of tags that are told apart.
const MOST_SETS: usize = 16;

/// Returns a belief that holds for possible whatever one of them does: nothing that one of them allows is contradicted.
///
/// What they say of one snapshot is joined; which of these belong together is forgotten.
pub(super) fn merged(beliefs: &[Belief]) -> Option<Belief> {
    let (first, rest) = beliefs.split_first()?;
    let mut all = first.clone();
    for other in rest {
        join(&mut all, other);
    }
    Some(all)
}

impl Belief {
    /// Takes over what has changed from `start` to `end`; what has changed here too may be either way.
    pub(super) fn take_over_changes(&mut self, end: &Self, start: &Self) {
        self.now = self.now.max(end.now);
        self.made += end.made.saturating_sub(start.made);
        if end.marker != start.marker {
            self.marker.clone_from(&end.marker);
        }
        if self.home.account.is_none() && end.home.account.is_some() {
            Arc::make_mut(&mut self.home).account.clone_from(&end.home.account);
        }
        if end.exports != start.exports || end.stores != start.stores {
            super::bucket::take_over(self, end, start);
        }
        self.pages = None;
        let changed_here = self.slots.changed_since(&start.slots);
        for name in end.slots.changed_since(&start.slots) {
            match end.slots.get(&name) {
                Some(theirs) if changed_here.contains(&name) => join_slot(self.slots.or_absent(name), theirs),
                _ => self.slots.take_over(&name, &end.slots),
            }
        }
    }
}

fn join(all: &mut Belief, other: &Belief) {
    all.now = all.now.max(other.now);
    all.made = all.made.max(other.made);
    super::bucket::join(all, other);
    all.pages = None;
    if all.marker != other.marker {
        all.marker = None;
    }
    if all.home.account != other.home.account {
        let home = Arc::make_mut(&mut all.home);
        let one = home.account.take();
        home.account = if other.home.account.is_none() { one } else { None };
    }
    let names: Vec<Text> = other.slots.iter().map(|(name, _)| name.clone()).collect();
    let own: Vec<Text> = all.slots.iter().map(|(name, _)| name.clone()).filter(|name| !names.contains(name)).collect();
    let absent = Slot::absent();
    for name in names.into_iter().chain(own) {
        let theirs = other.slots.get(&name).unwrap_or(&absent);
        if all.slots.get(&name) != Some(theirs) {
            join_slot(all.slots.or_absent(name), theirs);
        }
    }
}

fn join_slot(all: &mut Slot, other: &Slot) {
    all.truth |= other.truth;
    all.spared |= other.spared;
    for (stale, theirs) in all.stale.iter_mut().zip(other.stale) {
        *stale |= theirs;
    }
    all.stale_until = all.stale_until.max(other.stale_until);
    all.again = all.again.or(other.again);
    all.lives = all.lives.max(other.lives);
    if all.made != other.made {
        all.made = Made::Unknown;
    }
    all.seen &= other.seen;
    all.grown &= other.grown;
    all.lower &= other.lower;
    all.copied_early |= other.copied_early;
    if all.apparent != other.apparent {
        all.apparent = None;
    }
    for user in &other.users {
        if !all.users.contains(user) {
            all.users.push(user.clone());
        }
    }
    all.exporting |= other.exporting;
    all.source_deleted &= other.source_deleted;
    all.own = common(&all.own, &other.own);
    all.held = Held::default();
    all.inherited = common(&all.inherited, &other.inherited);
    all.key_given &= other.key_given;
    all.keyless &= other.keyless;
    if all.nodes != other.nodes {
        all.nodes.clear();
    }
    if all.inherited_nodes != other.inherited_nodes {
        all.inherited_nodes.clear();
    }
    all.answers_tags &= other.answers_tags;
    all.tags = match (all.tags.take(), &other.tags) {
        (Some(sets), Some(theirs)) => joined(sets, theirs),
        _ => None,
    };
    all.tag_clauses.retain(|clause| other.tag_clauses.contains(clause));
    if all.old_tags != other.old_tags {
        all.old_tags = None;
    }
    if all.refused != other.refused {
        all.refused = None;
    }
    all.suspect |= other.suspect;
}

/// Returns the members that both have shown alike.
fn common(one: &Fields, other: &Fields) -> Fields {
    if one == other {
        return one.clone();
    }
    let mut common = Fields::default();
    for (member, value) in one.iter().filter(|(member, value)| other.get(*member) == Some(*value)) {
        common.set(member, value);
    }
    common
}

fn joined(mut sets: TagSets, other: &TagSets) -> Option<TagSets> {
    for set in other {
        if !sets.contains(set) {
            sets.push(Arc::clone(set));
        }
    }
    (sets.len() <= MOST_SETS).then_some(sets)
}
