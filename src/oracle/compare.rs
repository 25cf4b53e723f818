mod nodes;
mod times;

use std::sync::Arc;

use smallvec::SmallVec;

use super::belief::{Home, arn_contradiction};
use super::judgement::{Judgement, Mark, Needs, Reason};
use super::slot::{Made, Slot};
use crate::service::{DescribeSnapshots, Fields, Member, Members, Snapshot, Text};
use crate::spec::{ClauseId, ClauseSet, id};

/// Where a snapshot was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
    /// In the reply to a copy, create or delete.
    Reply,
    /// In a describe; and whether the node groups' configuration was asked for.
    Describe {
        /// `ShowNodeGroupConfig=true`.
        configuration: bool,
    },
}

impl Where {
    /// In the reply to this describe.
    pub(super) fn of(call: &DescribeSnapshots) -> Self {
        Self::Describe { configuration: call.node_group_config == Some(true) }
    }
}

/// Rules on the members of a snapshot that is shown, and binds what the server has chosen.
pub(super) fn judge(
    home: &mut Arc<Home>,
    judgement: &mut Judgement,
    name: &Text,
    slot: &mut Slot,
    shown: &Snapshot,
    place: Where,
) {
    if slot.suspect {
        judgement.mark(
            id::SNAPSHOT_CONSTANT,
            Mark::Inconclusive("an earlier contradiction makes it doubtful"),
            Needs::Life,
        );
    } else {
        members(home, judgement, name, slot, &shown.fields);
        nodes::judge(judgement, slot, shown, place);
    }
}

/// Returns what is to be said of the members of a snapshot that may not be the one of the slot: nothing is learnt from it.
pub(super) fn looked_at(home: &Arc<Home>, name: &Text, slot: &mut Slot, shown: &Snapshot, place: Where) -> Judgement {
    let mut judgement = Judgement::default();
    let known = (slot.own.clone(), slot.nodes.clone(), slot.held.clone());
    judge(&mut Arc::clone(home), &mut judgement, name, slot, shown, place);
    (slot.own, slot.nodes, slot.held) = known;
    judgement
}

fn members(home: &mut Arc<Home>, judgement: &mut Judgement, name: &Text, slot: &mut Slot, shown: &Fields) {
    // Shown as it was found to be right before, it is right again.
    if let Some(held) = slot.held.members
        && *shown == slot.own
    {
        return judgement.pass_all(held);
    }
    let kinds = kinds(shown);
    let mut held = kinds;
    held.insert(id::SNAPSHOT_CONSTANT);
    let before = judgement.rulings.len();
    let own = slot.own.members();
    // What its own source has need not be its own; but for that, only what it has not shown itself yet is held against it.
    let inherited = slot.inherited.members() & !Slot::ITS_OWN;
    let fresh = shown.members() & !own;
    let unlike_own = shown.unlike(&slot.own);
    let unlike_inherited = if (fresh & inherited).is_empty() { Members::NONE } else { shown.unlike(&slot.inherited) };
    let like_inherited = fresh & inherited & !unlike_inherited;
    let mut shared = like_inherited.meets(!(WINDOW | Members::one(Member::KmsKeyId)));
    let mut constant = (shown.members() & own).meets(!unlike_own);
    let mut different = false;
    let metadata = metadata_clause(slot);
    if like_inherited.meets(Members::one(Member::KmsKeyId)) {
        judgement.pass(inherited_clause(slot, Member::KmsKeyId));
    }
    if slot.keyless && fresh.meets(Members::one(Member::KmsKeyId)) {
        without_key(home, judgement, slot, shown);
    }
    (like_inherited & WINDOW).iter().for_each(|member| judgement.pass(inherited_clause(slot, member)));
    let mut wrong = Members::NONE;
    let kept = judgement.only_kept(|judgement| {
        for member in (shown.members() & ALONE).iter() {
            let Some(value) = shown.get(member) else { continue };
            let rulings = judgement.rulings.len();
            alone(home, judgement, name, slot, member, value);
            if judgement.rulings.len() > rulings {
                wrong = wrong | Members::one(member);
            }
        }
    });
    held |= kept.unwrap_or_default();
    let learns = if own.is_empty() { Members::NONE } else { fresh };
    let mut learnt: SmallVec<[(Member, &str); 4]> = SmallVec::new();
    for member in (shown.members() & (unlike_own | (fresh & inherited & unlike_inherited) | learns)).iter() {
        let Some(value) = shown.get(member) else { continue };
        if let Some(own) = slot.own.get(member) {
            if same(member, own, value) {
                constant = true;
            } else if !wrong.meets(Members::one(member)) {
                // What can't be true of it whatever was shown before is not held against that as well, nor learnt.
                let shared = slot.inherited(member).is_some_and(|inherited| !same(member, inherited, value));
                let clause =
                    if shared { inherited_clause(slot, member) } else { slot.refused.unwrap_or(id::SNAPSHOT_CONSTANT) };
                let path = member.path();
                judgement.contradict(clause, Reason::Wrong, format!("{path} {own}"), format!("{path} {value}"));
                learnt.push((member, value));
            }
            continue;
        }
        if let Some(inherited) = slot.inherited(member).filter(|inherited| *inherited != value) {
            let clause = inherited_clause(slot, member);
            if same(member, inherited, value) {
                shared |= clause == metadata;
                judgement.pass(clause);
            } else if member == Member::SnapshotRetentionLimit && value == "0" {
                judgement.mark(id::COPY_WINDOW_INHERITED, Mark::NonStrict, Needs::Life);
            } else {
                different |= clause == metadata;
                let path = member.path();
                let whose = match slot.made {
                    _ if slot.key_given && member == Member::KmsKeyId => "",
                    Made::Created(_) => ", as what it is of has it",
                    Made::Copied(_) | Made::Unknown => ", as its source has it",
                };
                judgement.contradict(
                    clause,
                    Reason::Wrong,
                    format!("{path} {inherited}{whose}"),
                    format!("{path} {value}"),
                );
            }
        }
        if learns.meets(Members::one(member)) {
            learnt.push((member, value));
        }
    }
    if own.within(shown.members()) && unlike_own.is_empty() {
        slot.own.clone_from(shown);
    } else {
        bind(&mut slot.own, &learnt);
    }
    judgement.pass_all(kinds);
    if shared && !different {
        judgement.pass(metadata);
    }
    if constant {
        judgement.pass(id::SNAPSHOT_CONSTANT);
    }
    let is_held = !judgement.brief && slot.own.members() == shown.members() && judgement.rulings.len() == before;
    slot.held.members = is_held.then_some(held);
}

/// The members of which something must be true whatever was shown before.
const ALONE: Members = Members::of(&[
    Member::SnapshotSource,
    Member::Arn,
    Member::ReplicationGroupId,
    Member::CacheClusterId,
    Member::NumCacheNodes,
    Member::NumNodeGroups,
]);

/// Rules on the key of a snapshot for which none was given: it can't be the one that a run gives to others.
fn without_key(home: &Home, judgement: &mut Judgement, slot: &Slot, shown: &Fields) {
    let (Some(given), Some(key)) = (&home.kms_key, shown.get(Member::KmsKeyId)) else { return };
    if same(Member::KmsKeyId, given, key) {
        let own = if slot.is_copy() { id::COPY_KEY_INHERITED } else { id::SNAPSHOT_CONSTANT };
        let clause = slot.refused.unwrap_or(own);
        judgement.contradict(clause, Reason::Wrong, "no KmsKeyId that it was not given", format!("KmsKeyId {key}"));
    }
}

/// The members that say when copies of themselves are taken.
const WINDOW: Members = Members::of(&[Member::SnapshotWindow, Member::SnapshotRetentionLimit]);

/// Rules on a member by what must be true of it whatever was shown before.
fn alone(home: &mut Arc<Home>, judgement: &mut Judgement, name: &Text, slot: &Slot, member: Member, value: &str) {
    match member {
        Member::Arn => match arn_contradiction(home, name, value) {
            None => judgement.pass(id::SNAPSHOT_ARN),
            Some(expected) => judgement.contradict(id::SNAPSHOT_ARN, Reason::Wrong, expected, value.to_string()),
        },
        Member::SnapshotSource if slot.automatic => automatic(judgement, name, value),
        Member::SnapshotSource => source(judgement, slot, value),
        Member::NumNodeGroups => {
            if let Some(shards) = slot.shards {
                let shards = shards.to_string();
                if *value == *shards {
                    judgement.pass(id::SNAPSHOT_SHARDS);
                } else {
                    let expected = format!("NumNodeGroups {shards}");
                    let observed = format!("NumNodeGroups {value}");
                    judgement.contradict(id::SNAPSHOT_SHARDS, Reason::Wrong, expected, observed);
                }
            }
        }
        Member::CacheClusterId | Member::NumCacheNodes if slot.shards.is_some() => {
            let path = member.path();
            let observed = format!("{path} {value}");
            judgement.contradict(id::SNAPSHOT_SHARDS, Reason::Unexpected, format!("no {path} of its own"), observed);
        }
        Member::CacheClusterId | Member::ReplicationGroupId => owner(judgement, slot, member, value),
        _ => {}
    }
}

fn bind(known: &mut Fields, learnt: &[(Member, &str)]) {
    for (member, value) in learnt {
        known.set(*member, value);
    }
}

/// Returns the clauses about the types of the members that are of theirs; those that are not were ruled on with the form.
fn kinds(shown: &Fields) -> ClauseSet {
    let shown = shown.members();
    let kinds = [
        (Members::TYPED, id::WIRE_MEMBER_TYPES),
        (Members::WORDS, id::WIRE_MEMBER_VALUES),
        (Members::INSTANTS, id::WIRE_TIMESTAMPS),
    ];
    kinds.into_iter().filter(|(members, _)| shown.meets(*members)).map(|(_, clause)| clause).collect()
}

/// Tells whether two texts of a member mean the same. Ids of keys may be shown as the key's ARN.
fn same(member: Member, left: &str, right: &str) -> bool {
    left == right || (member == Member::KmsKeyId && (left.ends_with(right) || right.ends_with(left)))
}

/// Returns the clause about what a snapshot shows of the cluster it holds.
const fn metadata_clause(slot: &Slot) -> ClauseId {
    match slot.made {
        Made::Created(_) => id::CREATE_REPLY_METADATA,
        Made::Copied(_) | Made::Unknown => id::COPY_REPLY_METADATA,
    }
}

fn inherited_clause(slot: &Slot, member: Member) -> ClauseId {
    match member {
        _ if member != Member::KmsKeyId && matches!(slot.made, Made::Created(_)) => metadata_clause(slot),
        Member::SnapshotWindow | Member::SnapshotRetentionLimit => id::COPY_WINDOW_INHERITED,
        Member::KmsKeyId if slot.key_given && matches!(slot.made, Made::Created(_)) => id::CREATE_KEY_GIVEN,
        Member::KmsKeyId if slot.key_given => id::COPY_KEY_GIVEN,
        Member::KmsKeyId => id::COPY_KEY_INHERITED,
        _ => metadata_clause(slot),
    }
}

/// Rules on the source and the name of a snapshot that the service has made by itself.
fn automatic(judgement: &mut Judgement, name: &str, value: &str) {
    let form = "automatic.<cluster or group>-<yyyy-mm-dd-hh-mm>";
    if value != "automated" {
        let observed = format!("SnapshotSource {value}");
        judgement.contradict(id::SNAPSHOT_AUTOMATIC, Reason::Wrong, "SnapshotSource automated", observed);
    } else if has_automatic_name(name) {
        judgement.pass(id::SNAPSHOT_AUTOMATIC);
    } else {
        judgement.contradict(id::SNAPSHOT_AUTOMATIC, Reason::Wrong, form, name);
    }
}

/// Tells whether it is `automatic.`, an id, and a date to the minute.
fn has_automatic_name(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("automatic.") else { return false };
    let parts: Vec<&str> = rest.rsplitn(6, '-').collect();
    let widths = [2, 2, 2, 2, 4];
    parts.len() == 6
        && parts.iter().zip(widths).all(|(part, width)| part.len() == width && part.bytes().all(|b| b.is_ascii_digit()))
}

fn source(judgement: &mut Judgement, slot: &Slot, value: &str) {
    let manual = match slot.made {
        Made::Copied(_) => Some(id::COPY_REPLY_MANUAL),
        Made::Created(_) => Some(id::CREATE_REPLY_MANUAL),
        Made::Unknown => None,
    };
    match (value, manual) {
        ("manual", Some(clause)) => {
            judgement.pass(clause);
            judgement.pass(id::SNAPSHOT_SOURCE_VALUES);
        }
        ("manual" | "automated", None) => judgement.pass(id::SNAPSHOT_SOURCE_VALUES),
        ("automated", Some(clause)) => {
            judgement.contradict(clause, Reason::Wrong, "SnapshotSource manual", "SnapshotSource automated");
        }
        _ => judgement.contradict(
            id::SNAPSHOT_SOURCE_VALUES,
            Reason::Wrong,
            "SnapshotSource manual or automated",
            format!("SnapshotSource {value}"),
        ),
    }
}

fn owner(judgement: &mut Judgement, slot: &Slot, member: Member, value: &str) {
    let Made::Created(Some(owner)) = &slot.made else { return };
    if member != owner.kind.member() {
        return;
    }
    if value.eq_ignore_ascii_case(&owner.id) {
        judgement.pass(id::CREATE_REPLY_OWNER);
    } else {
        let path = member.path();
        judgement.contradict(
            id::CREATE_REPLY_OWNER,
            Reason::Wrong,
            format!("{path} {}", owner.id),
            format!("{path} {value}"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_shown_as_its_arn_is_the_same_key() {
        assert!(same(Member::KmsKeyId, "1234", "arn:aws:kms:us-east-1:123456789012:key/1234"));
        assert!(!same(Member::Engine, "redis", "valkey-redis"));
    }

    #[test]
    fn an_automatic_snapshot_is_called_by_its_owner_and_the_minute() {
        for name in ["automatic.my-group-2026-01-31-23-59", "automatic.g-2026-01-31-23-59"] {
            assert!(has_automatic_name(name), "{name}");
        }
        for name in [
            "my-group-2026-01-31-23-59",
            "automatic.my-group",
            "automatic.2026-01-31-23-59",
            "automatic.g-26-01-31-23-59",
            "automatic.g-2026-1-31-23-59",
            "automatic.g-2026-01-31-23-5x",
            "automatic.g-2026-01-31-xx-59",
        ] {
            assert!(!has_automatic_name(name), "{name}");
        }
        let told = |name: &str, source: &str| {
            let mut judgement = Judgement::default();
            automatic(&mut judgement, name, source);
            judgement.contradictions().count()
        };
        assert_eq!(told("automatic.g-2026-01-31-23-59", "automated"), 0);
        assert_eq!(told("automatic.g-2026-01-31-23-59", "manual"), 1);
        assert_eq!(told("automatic.g", "automated"), 1);
    }
}
