use rustc_hash::FxHashSet;
use smallvec::SmallVec;

use super::times::{create_time, saved_after_birth};
use super::{Where, bind, kinds};
use crate::model::{Phase, Phases};
use crate::oracle::judgement::{Judgement, Reason};
use crate::oracle::slot::Slot;
use crate::service::{Fields, Member, Members, Snapshot};
use crate::spec::id;

/// The members of a node that a copy shares with its source from the first; its size it may show late, and times may be its own.
const SHARED: [Member; 4] =
    [Member::NodeCacheClusterId, Member::NodeGroupId, Member::CacheNodeId, Member::CacheNodeCreateTime];

/// What tells a node of a snapshot from its others.
const NODE_ID: [Member; 3] = [Member::NodeCacheClusterId, Member::NodeGroupId, Member::CacheNodeId];

/// The members of a node that say how its group is laid out, where that is asked for.
const LAID_OUT: [Member; 2] = [Member::ConfigurationSlots, Member::ConfigurationReplicaCount];

/// Rules on the nodes of a snapshot that is shown, and binds what they show.
pub(super) fn judge(judgement: &mut Judgement, slot: &mut Slot, shown: &Snapshot, place: Where) {
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
    let as_before = shown.nodes.iter().map(|node| &node.fields).eq(&slot.nodes);
    // Shown as they were found to be right before, they are right again.
    if as_before && let Some(clauses) = slot.held.nodes(at_rest) {
        return judgement.pass_all(clauses);
    }
    let kept = judgement.only_kept(|judgement| each_time(judgement, slot, shown, at_rest));
    if !as_before {
        learn(judgement, slot, shown, at_rest);
    }
    let is_known = || shown.nodes.iter().map(|node| &node.fields).eq(&slot.nodes);
    slot.held.nodes = kept.filter(|_| is_known()).map(|kept| (at_rest, kept));
}

/// Rules on what must be true of them each time that they are shown.
fn each_time(judgement: &mut Judgement, slot: &Slot, shown: &Snapshot, at_rest: bool) {
    inherited_nodes(judgement, slot, shown, at_rest);
    for node in &shown.nodes {
        judgement.pass_all(kinds(&node.fields));
    }
    if at_rest && let Some(shards) = slot.shards {
        let shards = usize::try_from(shards).unwrap_or(usize::MAX);
        let (count, groups) = (shown.nodes.len(), node_groups(shown));
        if groups >= shards {
            judgement.pass(id::SNAPSHOT_SHARDS);
        } else {
            let expected = format!("{shards} NodeSnapshots, one a shard");
            let observed = if count < shards { count.to_string() } else { format!("{count}, of {groups} node groups") };
            judgement.contradict(id::SNAPSHOT_SHARDS, Reason::Wrong, expected, observed);
        }
    }
}

/// Rules on what is new of them, and binds it.
fn learn(judgement: &mut Judgement, slot: &mut Slot, shown: &Snapshot, at_rest: bool) {
    // Of a copy, when its source was saved is known.
    if !slot.is_copy() {
        shown.nodes.iter().for_each(|node| saved_after_birth(judgement, &node.fields));
    }
    own_configuration(judgement, shown);
    // Most have one, which need not be told from others.
    if let ([known], [node]) = (slot.nodes.as_mut_slice(), shown.nodes.as_slice())
        && at_rest
        && extends(&node.fields, known)
    {
        known.clone_from(&node.fields);
        return;
    }
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
        if at_rest && extends(&node.fields, known) {
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

/// Tells whether a node shows all that is known of one, and no other text for it.
fn extends(shown: &Fields, known: &Fields) -> bool {
    known.members().within(shown.members()) && known.unlike(shown).is_empty()
}

/// Counts the node groups that are shown; a node that does not say which is its own has one of its own.
fn node_groups(shown: &Snapshot) -> usize {
    let mut told = FxHashSet::default();
    let groups = shown.nodes.iter().map(|node| node.fields.get(Member::NodeGroupId));
    groups.filter(|group| group.is_none_or(|group| told.insert(group))).count()
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
    let fits = |known: &Fields| NODE_ID.iter().all(|part| known.agree(shown, *part));
    let mut left = known.iter().enumerate().filter(|(place, known)| !met.contains(place) && fits(known));
    match left.next() {
        None => Place::New,
        // One of several that are alike is as good as another.
        Some((place, first)) if left.all(|(_, other)| other == first) => Place::At(place),
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
    let fits = |node: &Fields| {
        slot.inherited_nodes.iter().any(|source| SHARED.iter().all(|member| source.agree(node, *member)))
    };
    // What was right until a call was refused was changed by that call.
    let was_right = || !slot.nodes.is_empty() && slot.nodes.iter().all(fits);
    let clause = slot.refused.filter(|_| was_right()).unwrap_or(id::COPY_REPLY_NODES);
    let (count, wanted) = (shown.nodes.len(), slot.inherited_nodes.len());
    let mut kept = count == wanted;
    if count > wanted || count < wanted && at_rest {
        judgement.contradict(
            clause,
            Reason::Wrong,
            format!("{wanted} NodeSnapshots, as its source has"),
            count.to_string(),
        );
    }
    for node in &shown.nodes {
        if kept && !fits(&node.fields) {
            kept = false;
            judgement.contradict(
                clause,
                Reason::Wrong,
                format!("a NodeSnapshot as its source has: {}", words(slot.inherited_nodes.first())),
                words(Some(&node.fields)),
            );
        }
        create_time(judgement, slot, node.fields.get(Member::SnapshotCreateTime));
    }
    if kept {
        judgement.pass(id::COPY_REPLY_NODES);
        same_as_source(judgement, slot, shown, at_rest);
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

/// Compares how the node groups of a copy are laid out with those of its source and, once it is made, how much they hold.
fn same_as_source(judgement: &mut Judgement, slot: &Slot, shown: &Snapshot, at_rest: bool) {
    let size = at_rest.then_some((Member::CacheSize, id::COPY_REPLY_NODES));
    let members = LAID_OUT.map(|member| (member, id::COPY_NODE_GROUPS)).into_iter().chain(size);
    for node in &shown.nodes {
        let Place::At(place) = place_of(&slot.inherited_nodes, &node.fields, &[]) else { continue };
        let Some(source) = slot.inherited_nodes.get(place) else { continue };
        for (member, clause) in members.clone() {
            let (Some(had), Some(has)) = (source.get(member), node.fields.get(member)) else { continue };
            if had == has {
                judgement.pass(clause);
            } else {
                let path = member.path();
                let expected = format!("{path} {had}, as its source has it");
                judgement.contradict(clause, Reason::Wrong, expected, format!("{path} {has}"));
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

    fn shown<const N: usize>(ids: [&str; N]) -> Snapshot {
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
            judge(&mut judgement, &mut slot, &shown(ids), Where::Reply);
            assert_eq!(slot.nodes.len(), 2, "{ids:?}");
        }
        let known: Vec<_> = slot.nodes.iter().map(|node| node.get(Member::NodeGroupId)).collect();
        assert_eq!(known, [Some("0001"), Some("0002")]);
        assert_eq!(judgement.contradictions().count(), 0);
    }

    #[test]
    fn a_node_whose_id_is_left_out_is_no_node_without_one() {
        let sized = |nodes: [(&str, &str); 2]| {
            let mut shown = shown(nodes.map(|(id, _)| id));
            shown.status = Some(Status::Available);
            for (node, (_, size)) in shown.nodes.iter_mut().zip(nodes) {
                node.fields.set(Member::CacheSize, size);
            }
            shown
        };
        let mut slot = Slot::absent();
        let mut judgement = Judgement::default();
        for nodes in
            [[("0001", "1 MB"), ("", "2 MB")], [("", "1 MB"), ("0002", "2 MB")], [("0001", "1 MB"), ("0002", "2 MB")]]
        {
            judge(&mut judgement, &mut slot, &sized(nodes), Where::Reply);
            assert_eq!(judgement.contradictions().count(), 0, "{nodes:?}");
        }
        judge(&mut judgement, &mut slot, &sized([("0001", "2 MB"), ("0002", "1 MB")]), Where::Reply);
        assert_eq!(judgement.contradictions().count(), 2);
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
            judge(&mut judgement, &mut slot, &both, Where::Reply);
            assert_eq!(judgement.contradictions().count(), 0, "{status}");
            both.nodes.truncate(1);
            both.status = Some(status.clone());
            judge(&mut judgement, &mut slot, &both, Where::Reply);
            assert_eq!(judgement.contradictions().count(), contradictions, "{status}");
            let three = Snapshot { nodes: [both.nodes.clone(), both.nodes.clone(), both.nodes].concat(), ..both };
            judge(&mut judgement, &mut slot, &three, Where::Reply);
            assert_eq!(judgement.contradictions().count(), contradictions + 1, "{status}");
        }
    }

    #[test]
    fn a_copy_is_as_large_as_its_source_once_it_is_made() {
        for (status, size, contradictions) in [
            (Status::Creating, "1 MB", 0),
            (Status::Available, "", 0),
            (Status::Available, "9 MB", 0),
            (Status::Available, "1 MB", 1),
        ] {
            let mut source = shown(["0001"]);
            source.nodes.iter_mut().for_each(|node| node.fields.set(Member::CacheSize, "9 MB"));
            let mut slot = Slot::absent();
            slot.inherited_nodes = source.nodes.iter().map(|node| node.fields.clone()).collect();
            let mut copy = shown(["0001"]);
            copy.status = Some(status.clone());
            copy.nodes.iter_mut().for_each(|node| node.fields.set(Member::CacheSize, size));
            let mut judgement = Judgement::default();
            judge(&mut judgement, &mut slot, &copy, Where::Reply);
            assert_eq!(judgement.contradictions().count(), contradictions, "{status} {size}");
        }
    }

    #[test]
    fn shards_are_as_many_as_their_node_groups() {
        for (ids, contradictions) in [(["0001", "0002"], 0), (["0001", ""], 0), (["", ""], 0), (["0001", "0001"], 1)] {
            let mut sharded = shown(ids);
            sharded.status = Some(Status::Available);
            let mut slot = Slot { shards: Some(2), ..Slot::absent() };
            let mut judgement = Judgement::default();
            judge(&mut judgement, &mut slot, &sharded, Where::Reply);
            assert_eq!(judgement.contradictions().count(), contradictions, "{ids:?}");
        }
    }

    #[test]
    fn what_is_right_while_a_copy_is_made_is_looked_at_again_once_it_is() {
        let both = shown(["0001", "0002"]);
        let mut slot = Slot::absent();
        slot.inherited_nodes = both.nodes.iter().map(|node| node.fields.clone()).collect();
        let mut one = both;
        one.nodes.truncate(1);
        for (status, contradictions) in [(Status::Creating, 0), (Status::Creating, 0), (Status::Available, 1)] {
            one.status = Some(status);
            let mut judgement = Judgement::default();
            judge(&mut judgement, &mut slot, &one, Where::Reply);
            assert_eq!(judgement.contradictions().count(), contradictions);
        }
    }
}
