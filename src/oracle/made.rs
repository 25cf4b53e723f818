use std::iter;

use smallvec::SmallVec;

use super::belief::Belief;
use super::compare::{self, Where};
use super::judgement::{Judgement, Mark, Needs, Reason};
use super::slot::{Made, Origin, Slot};
use super::tags;
use crate::model::{Phases, TagMap, TagSets, View, given, is_unusable, subject};
use crate::service::{
    CopySnapshot, CreateSnapshot, Member, Owner, OwnerKind, Snapshot, Status, Step, TagSpelling, Text,
};
use crate::spec::{ClauseId, id};

/// Over how many copies, each of the one before, they are traced.
const GENERATIONS: usize = 8;

/// What a copy and a snapshot that were accepted have made.
impl Belief {
    pub(super) fn make_copy(&mut self, step: &Step, call: &CopySnapshot) -> Option<Text> {
        let (source, target) =
            (subject(call.source.as_ref())?.into_owned(), subject(call.target.as_ref())?.into_owned());
        let (now, limit, reads_lag) = (self.now, self.home.settle_limit, self.home.reads_lag);
        self.made += 1;
        let may_be_export = self.may_be_export(&source);
        let fails = |slot: &Slot| !slot.suspect && slot.phases().within(Phases::FAILED | Phases::BUSY);
        let from = self.slots.get_mut(&source).map(|slot| {
            slot.is_copied(Phases::COPYING, now, reads_lag);
            if !slot.users.contains(&target) {
                slot.users.push(target.clone());
            }
            let shared = if slot.suspect || may_be_export {
                // What it was copied from is not known.
                Default::default()
            } else {
                let nodes = if slot.nodes.is_empty() { &slot.inherited_nodes } else { &slot.nodes };
                (slot.heritage(), nodes.clone(), slot.tags.clone(), slot.keyless)
            };
            let origin = Origin { copy: slot.is_copy(), automatic: slot.is_automatic() };
            let doomed = fails(slot).then_some(id::COPY_SOURCE_FAILED);
            let lineage = iter::once(&source).chain(&slot.lineage).take(GENERATIONS).cloned().collect();
            (Some(shared), slot.shards, doomed, origin, lineage)
        });
        let (from, shards, doomed, origin, lineage) =
            from.unwrap_or_else(|| (None, None, None, Origin::default(), SmallVec::from_iter([source.clone()])));
        let unusable = call.kms_key.as_deref().is_some_and(|key| is_unusable(self, key));
        let doomed = if unusable { Some(id::COPY_KEY_UNUSABLE) } else { doomed };
        let slot = self.slots.or_absent(&target);
        slot.begin(Made::Copied(source), now, limit);
        slot.doomed = doomed;
        slot.shards = shards;
        slot.origin = origin;
        slot.lineage = lineage;
        let mut source_tags = None;
        if let Some((mut inherited, nodes, tags, keyless)) = from {
            slot.keyless = keyless;
            if let Some(key) = call.kms_key.as_ref().filter(|key| !key.is_empty()) {
                inherited.set(Member::KmsKeyId, key.clone());
                slot.key_given = true;
                slot.keyless = false;
            }
            slot.inherited = inherited;
            slot.inherited_nodes = nodes;
            source_tags = tags;
        }
        let (sets, clause) = match call.tags.as_deref() {
            None => (source_tags, id::COPY_TAGS_INHERITED),
            // Inherit or clear: both are allowed.
            Some([]) => {
                let sets = source_tags.map(|mut sets| {
                    crate::model::TagSets::push(&mut sets, std::sync::Arc::new(TagMap::new()));
                    sets
                });
                (sets, id::COPY_TAGS_EMPTY_LIST)
            }
            // Spelled as the user guide has them they may be taken or passed over.
            Some(tags) if step.dress.tags == TagSpelling::Member => {
                let sets = source_tags.map(|mut sets| {
                    sets.extend(given(tags));
                    sets
                });
                (sets, id::TAGS_SPELLING)
            }
            Some(tags) => (Some(given(tags)), id::COPY_TAGS_GIVEN),
        };
        slot.tags = sets;
        slot.tag_clauses.push(clause);
        if let Some(tags) = &call.tags {
            slot.tag_clauses.extend(tags::odd_clauses(tags));
        }
        Some(target)
    }

    pub(super) fn copied(&mut self, judgement: &mut Judgement, step: &Step, call: &CopySnapshot, shown: &Snapshot) {
        let Some(target) = self.make_copy(step, call) else { return };
        let clauses = [id::COPY_TARGET_LOWER_CASE, id::COPY_REPLY_NAMES_TARGET];
        self.replied(judgement, call.target.as_ref(), &target, shown, clauses);
        match &shown.status {
            Some(Status::Creating) => judgement.pass(id::COPY_REPLY_STATUS),
            Some(Status::Copying) => judgement.mark(id::COPY_REPLY_STATUS, Mark::NonStrict, Needs::Life),
            status => {
                other_status(judgement, id::COPY_REPLY_STATUS, "SnapshotStatus creating (or copying)", status.as_ref())
            }
        }
    }

    /// Rules on the snapshot in the reply to what makes or deletes it; the first clause is about the case of its name, the second
    /// about the rest of that.
    pub(super) fn replied(
        &mut self,
        judgement: &mut Judgement,
        asked: Option<&Text>,
        name: &Text,
        shown: &Snapshot,
        clauses: [ClauseId; 2],
    ) {
        // What is deleted may be an export that is shown under the name, of which the slot says nothing.
        let may_be_export = self.may_be_export(name);
        let mut slot = self.slots.get_mut(name);
        rule_name(judgement, slot.as_deref_mut(), asked, name, shown, clauses);
        if let Some(slot) = slot.filter(|_| !may_be_export) {
            slot.begun |= slot.is_copy() && shown.status == Some(Status::Creating);
            compare::judge(&mut self.home, judgement, name, slot, shown, Where::Reply);
        }
    }

    pub(super) fn make(&mut self, step: &Step, call: &CreateSnapshot) -> Option<Text> {
        let name = subject(call.name.as_ref())?.into_owned();
        let (now, limit) = (self.now, self.home.settle_limit);
        self.made += 1;
        let owner = match (&call.group, &call.cluster) {
            (Some(group), None) => Some(Owner { kind: OwnerKind::Group, id: group.clone() }),
            (None, Some(cluster)) => Some(Owner { kind: OwnerKind::Cluster, id: cluster.clone() }),
            _ => None,
        };
        let usable = call.kms_key.clone().filter(|key| self.knows_key(key));
        let handed_on = self.owners.handed_on(owner.as_ref());
        // A run makes its owners without a key, and what is made of a snapshot may have that one's.
        let is_restored =
            |owner: &Owner| owner.kind == OwnerKind::Cluster && self.slots.iter().any(|(_, slot)| slot.was_restored());
        let is_of_run =
            owner.as_ref().is_some_and(|owner| self.owners.is_there(owner) == Some(true) && !is_restored(owner));
        let keyless = is_of_run && call.kms_key.as_ref().is_none_or(|key| key.is_empty());
        let settings = owner.as_ref().and_then(|owner| self.owners.settings_of(owner)).cloned().unwrap_or_default();
        let slot = self.slots.or_absent(&name);
        slot.begin(Made::Created(owner), now, limit);
        slot.inherited = settings;
        slot.keyless = keyless;
        if let Some(key) = usable {
            slot.inherited.set(Member::KmsKeyId, key);
            slot.key_given = true;
        }
        let (tags, clause) = match call.tags.as_deref() {
            None => (handed_on, id::CREATE_TAGS_NONE),
            // An empty list may clear.
            Some([]) => (either(handed_on, given(&[])), id::CREATE_TAGS_NONE),
            // Spelled as the user guide has them they may be taken or passed over.
            Some(tags) if step.dress.tags == TagSpelling::Member => (either(handed_on, given(tags)), id::TAGS_SPELLING),
            Some(tags) => (given(tags), id::CREATE_TAGS_GIVEN),
        };
        slot.tags = Some(tags);
        slot.tag_clauses.push(clause);
        slot.tag_clauses.extend(tags::odd_clauses(call.tags.as_deref().unwrap_or_default()));
        Some(name)
    }

    pub(super) fn created(&mut self, judgement: &mut Judgement, step: &Step, call: &CreateSnapshot, shown: &Snapshot) {
        let Some(name) = self.make(step, call) else { return };
        self.created += 1;
        let clauses = [id::CREATE_NAME_LOWER_CASE, id::CREATE_REPLY_NAMES_SNAPSHOT];
        self.replied(judgement, call.name.as_ref(), &name, shown, clauses);
        match &shown.status {
            Some(Status::Creating) => judgement.pass(id::CREATE_REPLY_STATUS),
            status => other_status(judgement, id::CREATE_REPLY_STATUS, "SnapshotStatus creating", status.as_ref()),
        }
    }
}

/// Rules on the name in a reply; the first clause is about its case, the second about the rest.
fn rule_name(
    judgement: &mut Judgement,
    slot: Option<&mut Slot>,
    asked: Option<&Text>,
    name: &Text,
    shown: &Snapshot,
    clauses: [ClauseId; 2],
) {
    let [lower, names] = clauses;
    let too_long = match names {
        id::COPY_REPLY_NAMES_TARGET => Some(id::COPY_TARGET_TOO_LONG),
        id::CREATE_REPLY_NAMES_SNAPSHOT => Some(id::CREATE_NAME_TOO_LONG),
        _ => None,
    };
    if slot.as_ref().is_some_and(|slot| slot.suspect) {
        return;
    }
    let Some(observed) = &shown.name else {
        judgement.contradict(names, Reason::Missing, format!("SnapshotName {name}"), "none");
        return;
    };
    if observed == name {
        if let Some(slot) = slot {
            slot.lower = true;
        }
        judgement.pass(names);
        if asked != Some(name) {
            judgement.pass(lower);
        }
        return;
    }
    let by_case = observed.eq_ignore_ascii_case(name);
    let clause = if by_case { lower } else { names };
    let shortened = name.starts_with(&**observed);
    for clause in [Some(clause), too_long.filter(|_| shortened)].into_iter().flatten() {
        judgement.contradict(clause, Reason::Wrong, format!("SnapshotName {name}"), format!("SnapshotName {observed}"));
    }
    // Under which name it is kept is not known any more.
    if let Some(slot) = slot.filter(|_| by_case || shortened) {
        slot.suspect = true;
    }
}

/// Rules that a reply shows another status than it has to, or none.
pub(super) fn other_status(judgement: &mut Judgement, clause: ClauseId, expected: &str, shown: Option<&Status>) {
    let reason = if shown.is_some() { Reason::Wrong } else { Reason::Missing };
    let observed = shown.map_or_else(|| "none".to_owned(), |status| format!("SnapshotStatus {status}"));
    judgement.contradict(clause, reason, expected, observed);
}

fn either(mut one: TagSets, other: TagSets) -> TagSets {
    if one != other {
        one.extend(other);
    }
    one
}
