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
                Some(theirs) if changed_here.contains(&name) => join_slot(self.slots.or_absent(&name), theirs),
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
            join_slot(all.slots.or_absent(&name), theirs);
        }
    }
}

fn join_slot(all: &mut Slot, other: &Slot) {
    // Taken apart whole, so that nothing that a slot holds is forgotten.
    let Slot {
        truth,
        stale,
        stale_until,
        again,
        spared,
        lives,
        made,
        seen,
        lower,
        listed,
        grown,
        shards,
        former,
        told_apart,
        begun,
        automatic,
        owner_deleted,
        restoring_until,
        doomed,
        failed,
        rested_at,
        copied_early,
        apparent,
        users,
        exporting,
        held_until,
        busied,
        source_deleted,
        own,
        inherited,
        origin,
        lineage,
        key_given,
        keyless,
        held: _,
        nodes,
        inherited_nodes,
        answers_tags,
        tags,
        tag_clauses,
        old_tags,
        refused,
        denied,
        suspect,
    } = other;
    all.truth |= *truth;
    all.spared |= *spared;
    for (all, theirs) in all.stale.iter_mut().zip(stale) {
        *all |= *theirs;
    }
    all.stale_until = all.stale_until.max(*stale_until);
    all.again = all.again.or(*again);
    all.lives = all.lives.max(*lives);
    if all.made != *made {
        all.made = Made::Unknown;
    }
    all.seen &= seen;
    all.lower &= lower;
    all.listed.join(*listed);
    all.grown &= grown;
    all.shards = all.shards.filter(|all| Some(*all) == *shards);
    all.former = all.former.take().or_else(|| former.clone());
    all.told_apart &= told_apart;
    all.begun &= begun;
    all.automatic &= automatic;
    all.owner_deleted &= owner_deleted;
    all.restoring_until = all.restoring_until.max(*restoring_until);
    all.doomed = all.doomed.filter(|all| Some(*all) == *doomed);
    all.failed &= failed;
    all.rested_at = all.rested_at.max(*rested_at);
    all.copied_early |= copied_early;
    all.apparent = all.apparent.filter(|all| Some(*all) == *apparent);
    for user in users {
        if !all.users.contains(user) {
            all.users.push(user.clone());
        }
    }
    all.exporting |= exporting;
    all.held_until = all.held_until.max(*held_until);
    all.busied |= *busied;
    all.source_deleted &= source_deleted;
    all.own = common(&all.own, own);
    all.inherited = common(&all.inherited, inherited);
    all.origin.copy &= origin.copy;
    all.origin.automatic &= origin.automatic;
    all.lineage.retain(|name| lineage.contains(name));
    all.key_given &= key_given;
    all.keyless &= keyless;
    all.held = Held::default();
    if all.nodes != *nodes {
        all.nodes.clear();
    }
    if all.inherited_nodes != *inherited_nodes {
        all.inherited_nodes.clear();
    }
    all.answers_tags &= answers_tags;
    all.tags = match (all.tags.take(), tags) {
        (Some(sets), Some(theirs)) => joined(sets, theirs),
        _ => None,
    };
    all.tag_clauses.retain(|clause| tag_clauses.contains(clause));
    all.old_tags = all.old_tags.take().filter(|all| Some(all) == old_tags.as_ref());
    all.refused = all.refused.filter(|all| Some(*all) == *refused);
    all.denied |= denied;
    all.suspect |= suspect;
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{Phase, Phases, TagMap};
    use crate::service::{Member, text};
    use crate::spec::id;

    fn set(key: &str) -> TagSets {
        std::iter::once(Arc::new(TagMap::from([(text(key), text(""))]))).collect()
    }

    /// One in which everything is said.
    fn full() -> Slot {
        let mut slot = Slot::absent();
        slot.truth = Phases::CREATING;
        slot.spared = Phases::AVAILABLE;
        slot.stale = [Phases::ABSENT, Phases::CREATING];
        slot.stale_until = Duration::from_secs(1);
        slot.again = Some(Duration::from_secs(1));
        slot.lives = 1;
        slot.made = Made::Copied(text("a"));
        (slot.seen, slot.lower, slot.grown, slot.failed) = (true, true, true, true);
        (slot.automatic, slot.owner_deleted, slot.source_deleted) = (true, true, true);
        (slot.key_given, slot.keyless, slot.answers_tags) = (true, true, true);
        (slot.copied_early, slot.exporting, slot.suspect) = (true, true, true);
        slot.shards = Some(2);
        slot.restoring_until = Some(Duration::from_secs(1));
        slot.held_until = Some(Duration::from_secs(1));
        slot.doomed = Some(id::COPY_FAILED);
        slot.apparent = Some(Phase::Available);
        slot.users.push(text("b"));
        slot.own.set(Member::Engine, "redis");
        slot.inherited.set(Member::Engine, "redis");
        slot.nodes.push(slot.own.clone());
        slot.inherited_nodes.push(slot.own.clone());
        slot.tags = Some(set("x"));
        slot.tag_clauses.push(id::TAGS_LIST);
        slot.old_tags = set("old").pop();
        slot.refused = Some(id::COPY_REFUSAL_NO_EFFECT);
        slot
    }

    #[test]
    fn what_is_alike_stays() {
        let mut all = full();
        join_slot(&mut all, &full());
        assert_eq!(all, full());
    }

    #[test]
    fn either_may_be_and_only_what_both_say_is_known() {
        // What is possible by one is possible, and what one has not seen is not seen.
        let mut wanted = full();
        wanted.truth = Phases::CREATING | Phases::ABSENT;
        wanted.made = Made::Unknown;
        (wanted.seen, wanted.lower, wanted.grown, wanted.failed) = (false, false, false, false);
        (wanted.automatic, wanted.owner_deleted, wanted.source_deleted) = (false, false, false);
        (wanted.key_given, wanted.keyless, wanted.answers_tags) = (false, false, false);
        (wanted.shards, wanted.doomed, wanted.apparent) = (None, None, None);
        (wanted.own, wanted.inherited) = (Fields::default(), Fields::default());
        wanted.nodes.clear();
        wanted.inherited_nodes.clear();
        (wanted.tags, wanted.old_tags, wanted.refused) = (None, None, None);
        wanted.tag_clauses.clear();
        for (one, other) in [(full(), Slot::absent()), (Slot::absent(), full())] {
            let mut all = one;
            join_slot(&mut all, &other);
            assert_eq!(all, wanted);
        }
    }

    #[test]
    fn members_and_tags_are_joined_one_by_one() {
        let (mut all, mut other) = (full(), full());
        other.own.set(Member::Port, "6379");
        other.tags = Some(set("y"));
        other.users.push(text("c"));
        join_slot(&mut all, &other);
        assert_eq!(all.own, full().own, "what one has not shown is not known");
        assert_eq!(all.tags.map(|sets| sets.len()), Some(2));
        assert_eq!(all.users.as_slice(), [text("b"), text("c")]);
        let many: TagSets = (0..MOST_SETS).flat_map(|number| set(&number.to_string())).collect();
        assert_eq!(joined(many.clone(), &many), Some(many.clone()));
        assert_eq!(joined(many, &set("one more")), None);
    }
}
