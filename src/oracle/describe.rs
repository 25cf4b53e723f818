mod filters;
mod list;
mod sight;

pub(super) use filters::Listed;
pub(super) use list::Pages;
use list::list;
use sight::{Sight, shown};

use super::belief::Belief;
use super::judgement::{Judgement, Mark, Needs, Reason};
use super::slot::{Made, Observer, Slot};
use crate::model::{NameClass, Phase, Phases, classify, subject};
use crate::service::{
    Call, DescribeSnapshots, FaultCode, Member, Outcome, Owner, OwnerKind, Page, Snapshot, Step, Text, canonical, text,
};
use crate::spec::{ClauseId, id};

/// Rules on a page of snapshots; `dressed` is the clause about a request that is put on the wire in an odd way.
pub(super) fn judge(
    belief: &mut Belief,
    judgement: &mut Judgement,
    call: &DescribeSnapshots,
    page: &Page,
    dressed: Option<ClauseId>,
) {
    filters(belief, judgement, call, page);
    let withheld = page.snapshots.is_empty() && call.marker.is_none() && call.name.is_none();
    if call.source.as_deref() == Some("system") && withheld && belief.slots.values().any(is_manual) {
        judgement.pass(id::DESCRIBE_SOURCE_SYSTEM);
    }
    match subject(call.name.as_ref()) {
        Some(name) => by_name(belief, judgement, call, &name, page, dressed),
        None if call.name.is_none() => list(belief, judgement, call, page),
        None => {}
    }
}

/// Rules on `SnapshotNotFoundFault` for a describe by name, or on `InvalidParameterValue` for what is no name; returns
/// whether it ruled.
pub(super) fn not_found(
    belief: &mut Belief,
    judgement: &mut Judgement,
    call: &DescribeSnapshots,
    code: &FaultCode,
) -> bool {
    let Some(name) = subject(call.name.as_ref()) else { return false };
    let is_no_name = || *code == FaultCode::InvalidParameterValue && classify(&name) != NameClass::Plain;
    if *code != FaultCode::SnapshotNotFound && !is_no_name() {
        return false;
    }
    let invalid = call
        .max_records
        .as_deref()
        .is_some_and(|given| given.parse::<usize>().map_or(true, |n| !(20..=50).contains(&n)));
    if call.is_filtered() || invalid || call.marker().is_some() || call.name.as_deref() != Some(&*name) {
        return false;
    }
    shown(belief, judgement, &Sight::of(&name, None, Observer::ByName, call));
    true
}

/// How often in a row a list may not go on after its Marker.
const PLACES_LOST: usize = 4;

/// Tells whether a list can't go on after its Marker since the snapshot that it names may be gone meanwhile, as in a list that
/// others change: that may be so now and then, and the list is begun again.
pub(super) fn loses_its_place(belief: &mut Belief, step: &Step, outcome: &Outcome) -> bool {
    let (Call::Describe(call), Outcome::Fault(fault)) = (&step.call, outcome) else { return false };
    let lost = call.marker().is_some() && call.name.is_none() && fault.code == FaultCode::InvalidParameterValue;
    belief.places_lost += usize::from(lost);
    lost && belief.places_lost <= PLACES_LOST
}

fn filters(belief: &Belief, judgement: &mut Judgement, call: &DescribeSnapshots, page: &Page) {
    let unknown = |kind, id: &str| belief.owners.is_there(&Owner { kind, id: text(id) }) != Some(true);
    // The clause that says just this of a filter that lets through what it must not.
    let also = match (&call.cluster, &call.group) {
        (Some(cluster), _) if unknown(OwnerKind::Cluster, cluster) => Some(id::DESCRIBE_OWNER_UNKNOWN),
        (_, Some(group)) if unknown(OwnerKind::Group, group) => Some(id::DESCRIBE_OWNER_UNKNOWN),
        _ => None,
    };
    let mut rule = |clause: ClauseId, wanted: String, kept: &dyn Fn(&Snapshot) -> bool| match page
        .snapshots
        .iter()
        .find(|snapshot| !kept(snapshot))
    {
        None if page.snapshots.is_empty() => {}
        None => judgement.pass(clause),
        Some(stranger) => {
            let name = stranger.name.as_deref().unwrap_or("(no name)");
            // That a filter is passed over beside a name is held against what is said of the two together, and no more.
            let clauses = if call.name.is_some() { [Some(id::DESCRIBE_COMBINED), None] } else { [also, Some(clause)] };
            for clause in clauses.into_iter().flatten() {
                judgement.contradict(clause, Reason::Unexpected, wanted.clone(), format!("`{name}` too"));
            }
        }
    };
    let is_not = |snapshot: &Snapshot, source: &str| {
        snapshot.fields.get(Member::SnapshotSource).is_none_or(|shown| shown != source)
    };
    match call.source.as_deref() {
        Some("user") => rule(id::DESCRIBE_SOURCE_USER, "manual snapshots only".to_owned(), &|snapshot| {
            is_not(snapshot, "automated")
        }),
        Some("system") => rule(id::DESCRIBE_SOURCE_SYSTEM, "automatic snapshots only".to_owned(), &|snapshot| {
            is_not(snapshot, "manual")
        }),
        _ => {}
    }
    if let Some(cluster) = call.cluster.as_deref().filter(|id| !id.is_empty()) {
        rule(id::DESCRIBE_CLUSTER_FILTER, format!("snapshots of {cluster} only"), &|snapshot| {
            let shown =
                snapshot.fields.get(Member::CacheClusterId).is_none_or(|shown| shown.eq_ignore_ascii_case(cluster));
            let of_node = |node: &crate::service::Node| {
                node.fields.get(Member::NodeCacheClusterId).is_some_and(|shown| shown.eq_ignore_ascii_case(cluster))
            };
            shown || snapshot.nodes.iter().any(of_node)
        });
    }
    if let Some(group) = call.group.as_deref().filter(|id| !id.is_empty()) {
        rule(id::DESCRIBE_GROUP_FILTER, format!("snapshots of {group} only"), &|snapshot| {
            snapshot.fields.get(Member::ReplicationGroupId).is_none_or(|shown| shown.eq_ignore_ascii_case(group))
        });
    }
}

fn by_name(
    belief: &mut Belief,
    judgement: &mut Judgement,
    call: &DescribeSnapshots,
    name: &Text,
    page: &Page,
    dressed: Option<ClauseId>,
) {
    let exact = call.name.as_ref() == Some(name);
    let is_asked = |snapshot: &&Snapshot| {
        snapshot.name.as_ref().is_some_and(|shown| shown == name || canonical(shown).as_ref() == &**name)
    };
    let strangers = page.snapshots.iter().filter(|snapshot| !is_asked(snapshot));
    let strangers: Vec<&str> = strangers.map(|snapshot| snapshot.name.as_deref().unwrap_or("(no name)")).collect();
    if let Some(stranger) = strangers.first() {
        let more = strangers.len().saturating_sub(1);
        let others = if more == 0 { String::new() } else { format!(" and {more} more") };
        judgement.contradict(
            dressed.unwrap_or(id::DESCRIBE_BY_NAME),
            Reason::Unexpected,
            format!("`{name}` and no other"),
            format!("`{stranger}`{others}"),
        );
    }
    let mut found = page.snapshots.iter().filter(is_asked);
    let first = found.next();
    if found.any(|other| first.is_some_and(|first| first.name == other.name)) && !belief.has_former(name) {
        judgement.contradict(id::DESCRIBE_LIST_NO_DUPLICATES, Reason::Unexpected, format!("`{name}` once"), "twice");
    }
    if first.is_none() && page.marker.is_some() {
        // It may be on a page that follows.
        belief.marker.clone_from(&page.marker);
        judgement.passing = true;
        return;
    }
    if first.is_none() && !exact {
        // Whether a lookup minds case is not known.
        judgement.mark(id::DESCRIBE_CASE, Mark::NonStrict, Needs::Life);
        return;
    }
    if first.is_none() && call.is_filtered() {
        withheld(belief, judgement, call, name);
        return;
    }
    // After a marker that is none of its own, a listing may begin anywhere.
    let is_begun = call.marker().is_some_and(|marker| belief.marker.as_deref() != Some(marker));
    if first.is_none() && (!strangers.is_empty() || is_begun) {
        return;
    }
    if let Some(snapshot) = first {
        if strangers.is_empty() {
            judgement.pass(id::DESCRIBE_BY_NAME);
        }
        if !exact {
            judgement.pass(id::DESCRIBE_CASE);
        }
        if call.is_filtered() {
            judgement.mark(id::DESCRIBE_COMBINED, Mark::Pass, Needs::Life);
        }
        other_case(belief, judgement, name, snapshot, call.name.as_ref());
    }
    shown(belief, judgement, &Sight::of(name, first, Observer::ByName, call));
}

/// Rules on a describe by name and by filters that shows no snapshot of the name: one that they let through is there.
fn withheld(belief: &mut Belief, judgement: &mut Judgement, call: &DescribeSnapshots, name: &Text) {
    let now = belief.now;
    let of_unknown = list::may_be_empty(belief, call);
    let is_let_through = |slot: &&mut Slot| {
        !of_unknown
            && call.marker().is_none()
            && !slot.suspect
            && !slot.phases().has(Phase::Absent)
            && list::fits(slot, call)
    };
    let Some(slot) = belief.slots.get_mut(name).filter(is_let_through) else {
        judgement.mark(id::DESCRIBE_COMBINED, Mark::Pass, Needs::Life);
        return;
    };
    if slot.may_be_again(Phase::Absent, now) {
        slot.again.get_or_insert(now);
        judgement.passing = true;
        return;
    }
    let clause = filters::first(call).unwrap_or(id::DESCRIBE_COMBINED);
    let expected = format!("`{name}`, which the filter lets through");
    judgement.contradict(clause, Reason::Missing, expected, "no snapshot");
}

/// Rules on the case of a name where it is shown otherwise than it is kept; `asked` is the one that was asked for.
fn other_case(belief: &Belief, judgement: &mut Judgement, name: &Text, snapshot: &Snapshot, asked: Option<&Text>) {
    // What an export is called is no snapshot's name.
    let is_other = |observed: &&Text| *observed != name && !belief.is_export(name);
    let Some(observed) = snapshot.name.as_ref().filter(is_other) else { return };
    let clause = match belief.slots.get(name).map(|slot| (&slot.made, slot.lower)) {
        // It is kept in lower case, and shown as it was asked for.
        Some((_, true)) if asked == Some(observed) => id::DESCRIBE_CASE,
        Some((Made::Created(_), _)) => id::CREATE_NAME_LOWER_CASE,
        _ => id::COPY_TARGET_LOWER_CASE,
    };
    judgement.contradict(clause, Reason::Wrong, format!("SnapshotName {name}"), format!("SnapshotName {observed}"));
}

/// Tells whether a snapshot that is there has shown itself to be a manual one.
fn is_manual(slot: &Slot) -> bool {
    slot.truth == Phases::AVAILABLE && slot.own.get(Member::SnapshotSource).is_some_and(|shown| shown == "manual")
}
