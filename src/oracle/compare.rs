mod times;

use std::sync::Arc;

use smallvec::SmallVec;
use times::{create_time, saved_after_birth};

use super::belief::{Home, arn_contradiction};
use super::judgement::{Judgement, Mark, Needs, Reason};
use super::slot::{Held, Made, NODE_ID, Slot, is_same_node};
use crate::model::{Phase, Phases};
use crate::service::{Fields, Member, Members, Snapshot, Text};
use crate::spec::{ClauseId, id};

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
        nodes(judgement, slot, shown, place);
    }
}

fn members(home: &mut Arc<Home>, judgement: &mut Judgement, name: &Text, slot: &mut Slot, shown: &Fields) {
    // Shown as it was found to be right before, it is right again.
    if !slot.held.0.is_empty() && *shown == slot.own {
        return slot.held.0.iter().for_each(|clause| judgement.pass(*clause));
    }
    let mut held = SmallVec::new();
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
    let learns = if own.is_empty() { Members::NONE } else { fresh };
    let mut learnt: SmallVec<[(Member, &str); 4]> = SmallVec::new();
    for member in (shown.members() & (ALONE | unlike_own | (fresh & inherited & unlike_inherited) | learns)).iter() {
        let Some(value) = shown.get(member) else { continue };
        // What can't be true of it whatever was shown before is not held against what was shown before as well.
        let mut wrong = false;
        if ALONE.meets(Members::one(member)) {
            let before = judgement.rulings.len();
            alone(home, judgement, name, slot, member, value);
            let rulings = judgement.rulings.iter().skip(before);
            wrong = rulings.clone().any(|ruling| matches!(ruling.mark, Mark::Contradicted(_)));
            held.extend(rulings.map(|ruling| ruling.clause));
        }
        if let Some(own) = slot.own.get(member) {
            if same(member, own, value) {
                constant = true;
            } else if wrong {
                learnt.push((member, value));
            } else {
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
    held.extend(kinds(shown));
    kinds(shown).for_each(|clause| judgement.pass(clause));
    if shared && !different {
        judgement.pass(metadata);
    }
    if constant {
        judgement.pass(id::SNAPSHOT_CONSTANT);
    }
    held.push(id::SNAPSHOT_CONSTANT);
    let is_right = || judgement.rulings.iter().skip(before).all(|ruling| matches!(ruling.mark, Mark::Pass));
    slot.held = if !judgement.brief && slot.own.members() == shown.members() && is_right() {
        Held(held)
    } else {
        Held::default()
    };
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
fn kinds(shown: &Fields) -> impl Iterator<Item = ClauseId> {
    let shown = shown.members();
    let kinds = [
        (Members::TYPED, id::WIRE_MEMBER_TYPES),
        (Members::WORDS, id::WIRE_MEMBER_VALUES),
        (Members::INSTANTS, id::WIRE_TIMESTAMPS),
    ];
    kinds.into_iter().filter(move |(members, _)| shown.meets(*members)).map(|(_, clause)| clause)
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

/// The members of a node that a copy shares with its source for sure; sizes and times may be its own.
const SHARED: [Member; 4] =
    [Member::NodeCacheClusterId, Member::NodeGroupId, Member::CacheNodeId, Member::CacheNodeCreateTime];

/// The members of a node that say how its group is laid out, where that is asked for.
const LAID_OUT: [Member; 2] = [Member::ConfigurationSlots, Member::ConfigurationReplicaCount];

fn nodes(judgement: &mut Judgement, slot: &mut Slot, shown: &Snapshot, place: Where) {
    if let Where::Describe { configuration: false } = place
        && !shown.nodes.is_empty()
    {
        if shown.nodes.iter().any(|node| node.configured) {
            judgement.contradict(
                id::DESCRIBE_NODE_GROUP_CONFIG,
                Reason::Unexpected,
                "no NodeGroupConfiguration without ShowNodeGroupConfig",
                "one",
            );
        } else {
            judgement.pass(id::DESCRIBE_NODE_GROUP_CONFIG);
        }
    }
    if shown.nodes.is_empty() {
        return;
    }
    let at_rest = shown.status.as_ref().and_then(Phase::of).is_some_and(|phase| !UNFINISHED.has(phase));
    inherited_nodes(judgement, slot, shown, at_rest);
    for node in &shown.nodes {
        kinds(&node.fields).for_each(|clause| judgement.pass(clause));
    }
    if at_rest && let Some(shards) = slot.shards {
        let shards = usize::try_from(shards).unwrap_or(usize::MAX);
        if shown.nodes.len() >= shards {
            judgement.pass(id::SNAPSHOT_SHARDS);
        } else {
            let (expected, observed) = (format!("{shards} NodeSnapshots, one a shard"), shown.nodes.len().to_string());
            judgement.contradict(id::SNAPSHOT_SHARDS, Reason::Wrong, expected, observed);
        }
    }
    if shown.nodes.iter().map(|node| &node.fields).eq(&slot.nodes) {
        return;
    }
    // Of a copy, when its source was saved is known.
    if !slot.is_copy() {
        shown.nodes.iter().for_each(|node| saved_after_birth(judgement, &node.fields));
    }
    own_configuration(judgement, shown);
    // Two that show too little to be told apart are two.
    let mut met = SmallVec::<[usize; 4]>::new();
    for node in &shown.nodes {
        let place = match place_of(&slot.nodes, &node.fields, &met) {
            Place::At(place) => place,
            Place::New => slot.nodes.len(),
            Place::Unclear => continue,
        };
        met.push(place);
        let Some(known) = slot.nodes.get_mut(place) else {
            let mut known = node.fields.clone();
            if !at_rest {
                LATE.iter().for_each(|member| known.remove(*member));
            }
            slot.nodes.push(known);
            continue;
        };
        if *known == node.fields {
            continue;
        }
        if at_rest && known.members().within(node.fields.members()) && known.unlike(&node.fields).is_empty() {
            known.clone_from(&node.fields);
            continue;
        }
        let mut learnt: SmallVec<[(Member, &str); 4]> = SmallVec::new();
        for (member, value) in node.fields.iter() {
            match known.get(member) {
                Some(own) if own != value => {
                    let path = member.path();
                    judgement.contradict(
                        slot.refused.unwrap_or(id::SNAPSHOT_CONSTANT),
                        Reason::Wrong,
                        format!("{path} {own}"),
                        format!("{path} {value}"),
                    );
                    learnt.push((member, value));
                }
                Some(_) => {}
                None if at_rest || !LATE.contains(&member) => learnt.push((member, value)),
                None => {}
            }
        }
        bind(known, &learnt);
    }
    let more = shown.nodes.len().saturating_sub(slot.nodes.len());
    slot.nodes.extend(std::iter::repeat_n(Fields::default(), more));
}

/// Rules on whether the configuration that a node shows is that of its own group.
fn own_configuration(judgement: &mut Judgement, shown: &Snapshot) {
    for node in &shown.nodes {
        let ids = [Member::NodeGroupId, Member::ConfigurationNodeGroupId].map(|member| node.fields.get(member));
        let [Some(own), Some(configured)] = ids else { continue };
        if own == configured {
            judgement.pass(id::SNAPSHOT_NODE_GROUPS);
        } else {
            let [expected, observed] =
                [own, configured].map(|id| format!("{} {id}", Member::ConfigurationNodeGroupId.path()));
            judgement.contradict(id::SNAPSHOT_NODE_GROUPS, Reason::Wrong, expected, observed);
        }
    }
}

/// Which of the nodes that a snapshot has shown one is.
enum Place {
    At(usize),
    New,
    /// It shows too little of what tells it from the others.
    Unclear,
}

/// Finds a node among those that are known and that none of the same list has `met`; parts of its key that are not shown
/// fit any.
fn place_of(known: &[Fields], shown: &Fields, met: &[usize]) -> Place {
    let mut left = known.iter().enumerate().filter(|(place, _)| !met.contains(place));
    if let Some((place, _)) = left.clone().find(|(_, known)| is_same_node(known, shown)) {
        return Place::At(place);
    }
    let fits = |known: &Fields| {
        NODE_ID.iter().all(|part| match (known.get(*part), shown.get(*part)) {
            (Some(known), Some(shown)) => known == shown,
            _ => true,
        })
    };
    match left.find(|(_, known)| fits(known)) {
        None => Place::New,
        // One of several that are alike is as good as another.
        Some((place, first)) if left.all(|(_, other)| !fits(other) || other == first) => Place::At(place),
        Some(_) => Place::Unclear,
    }
}

/// The members of a node that are filled in while the snapshot is made.
const LATE: [Member; 2] = [Member::CacheSize, Member::SnapshotCreateTime];

/// The phases in which a snapshot may lack nodes that it will have, or would have had.
const UNFINISHED: Phases = Phases::CREATING.with(Phase::Copying).with(Phase::Failed).with(Phase::Deleting);

fn inherited_nodes(judgement: &mut Judgement, slot: &Slot, shown: &Snapshot, at_rest: bool) {
    if slot.inherited_nodes.is_empty() {
        return;
    }
    if shown.nodes.iter().map(|node| &node.fields).eq(&slot.inherited_nodes) {
        return same_nodes(judgement, shown);
    }
    let (count, wanted) = (shown.nodes.len(), slot.inherited_nodes.len());
    let mut kept = count == wanted;
    if count > wanted || count < wanted && at_rest {
        judgement.contradict(
            id::COPY_REPLY_NODES,
            Reason::Wrong,
            format!("{wanted} NodeSnapshots, as its source has"),
            count.to_string(),
        );
    }
    for node in &shown.nodes {
        let fits = |source: &&Fields| {
            SHARED.iter().all(|member| match (source.get(*member), node.fields.get(*member)) {
                (Some(source), Some(shown)) => source == shown,
                _ => true,
            })
        };
        if kept && !slot.inherited_nodes.iter().any(|source| fits(&source)) {
            kept = false;
            judgement.contradict(
                id::COPY_REPLY_NODES,
                Reason::Wrong,
                format!("a NodeSnapshot as its source has: {}", words(slot.inherited_nodes.first())),
                words(Some(&node.fields)),
            );
        }
        create_time(judgement, slot, node.fields.get(Member::SnapshotCreateTime));
    }
    if kept {
        judgement.pass(id::COPY_REPLY_NODES);
        node_groups(judgement, slot, shown);
    }
}

/// Rules on nodes that are just those of the source.
fn same_nodes(judgement: &mut Judgement, shown: &Snapshot) {
    for node in &shown.nodes {
        if node.fields.members().meets(Members::one(Member::SnapshotCreateTime)) {
            judgement.pass(id::COPY_CREATE_TIME);
        }
    }
    judgement.pass(id::COPY_REPLY_NODES);
    for node in &shown.nodes {
        let laid_out = LAID_OUT.iter().filter(|member| node.fields.members().meets(Members::one(**member)));
        laid_out.for_each(|_| judgement.pass(id::COPY_NODE_GROUPS));
    }
}

/// Compares how the node groups of a copy are laid out with those of its source.
fn node_groups(judgement: &mut Judgement, slot: &Slot, shown: &Snapshot) {
    for node in &shown.nodes {
        let Place::At(place) = place_of(&slot.inherited_nodes, &node.fields, &[]) else { continue };
        let Some(source) = slot.inherited_nodes.get(place) else { continue };
        for member in LAID_OUT {
            let (Some(had), Some(has)) = (source.get(member), node.fields.get(member)) else { continue };
            if had == has {
                judgement.pass(id::COPY_NODE_GROUPS);
            } else {
                let path = member.path();
                let expected = format!("{path} {had}, as its source has it");
                judgement.contradict(id::COPY_NODE_GROUPS, Reason::Wrong, expected, format!("{path} {has}"));
            }
        }
    }
}

fn words(fields: Option<&Fields>) -> String {
    let shown = SHARED.iter().filter_map(|member| {
        let value = fields?.get(*member)?;
        Some(format!("{} {value}", member.element()))
    });
    let words: Vec<String> = shown.collect();
    if words.is_empty() { "(no ids)".to_owned() } else { words.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::{Node, Status};

    #[test]
    fn a_key_shown_as_its_arn_is_the_same_key() {
        assert!(same(Member::KmsKeyId, "1234", "arn:aws:kms:us-east-1:123456789012:key/1234"));
        assert!(!same(Member::Engine, "redis", "valkey-redis"));
    }

    fn shown(ids: [&str; 2]) -> Snapshot {
        let mut shown = Snapshot::default();
        for id in ids {
            let mut node = Node::default();
            node.fields.set(Member::CacheNodeId, "0001");
            node.fields.set(Member::NodeGroupId, id);
            shown.nodes.push(node);
        }
        shown
    }

    #[test]
    fn nodes_that_are_not_told_apart_are_several() {
        let mut slot = Slot::absent();
        let mut judgement = Judgement::default();
        // First nothing tells them apart, then they are named, and lastly in another order.
        for ids in [["", ""], ["", ""], ["0001", "0002"], ["0002", "0001"], ["0002", ""]] {
            nodes(&mut judgement, &mut slot, &shown(ids), Where::Reply);
            assert_eq!(slot.nodes.len(), 2, "{ids:?}");
        }
        let known: Vec<_> = slot.nodes.iter().map(|node| node.get(Member::NodeGroupId)).collect();
        assert_eq!(known, [Some("0001"), Some("0002")]);
        assert_eq!(judgement.contradictions().count(), 0);
    }

    #[test]
    fn a_copy_that_is_not_finished_may_lack_nodes() {
        for (status, contradictions) in
            [(Status::Creating, 0), (Status::Failed, 0), (Status::Deleting, 0), (Status::Available, 1)]
        {
            let mut slot = Slot::absent();
            let mut both = shown(["0001", "0002"]);
            slot.inherited_nodes = both.nodes.iter().map(|node| node.fields.clone()).collect();
            let mut judgement = Judgement::default();
            both.status = Some(Status::Available);
            nodes(&mut judgement, &mut slot, &both, Where::Reply);
            assert_eq!(judgement.contradictions().count(), 0, "{status}");
            both.nodes.truncate(1);
            both.status = Some(status.clone());
            nodes(&mut judgement, &mut slot, &both, Where::Reply);
            assert_eq!(judgement.contradictions().count(), contradictions, "{status}");
            let three = Snapshot { nodes: [both.nodes.clone(), both.nodes.clone(), both.nodes].concat(), ..both };
            nodes(&mut judgement, &mut slot, &three, Where::Reply);
            assert_eq!(judgement.contradictions().count(), contradictions + 1, "{status}");
        }
    }
}
