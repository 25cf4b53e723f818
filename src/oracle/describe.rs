mod filters;
mod list;

use std::time::Duration;

pub(super) use filters::Listed;
pub(super) use list::Pages;
use list::list;

use super::belief::Belief;
use super::compare::{self, Where};
use super::export;
use super::judge::{key, phase_of};
use super::judgement::{Judgement, Mark, Needs, Reason};
use super::slot::{Made, Observer, Slot};
use crate::model::{NameClass, Phase, Phases, classify};
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
    match key(call.name.as_ref()) {
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
    let Some(name) = key(call.name.as_ref()) else { return false };
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
    shown(belief, judgement, &name, None, Observer::ByName, false);
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
    let unknown = |kind, id: &str| belief.owners.get(&Owner { kind, id: text(id) }) != Some(&true);
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
    let exact = call.name.as_deref() == Some(&**name);
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
    if first.is_none() && (!strangers.is_empty() || call.marker().is_some()) {
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
        lower_case(belief, judgement, name, snapshot, call.name.as_ref());
    }
    let configuration = call.node_group_config == Some(true);
    shown(belief, judgement, name, first, Observer::ByName, configuration);
}

/// Rules on a describe by name and by filters that shows no snapshot of the name: one that they let through is there.
fn withheld(belief: &mut Belief, judgement: &mut Judgement, call: &DescribeSnapshots, name: &Text) {
    let now = belief.now;
    let is_let_through = |slot: &&mut Slot| {
        call.marker().is_none() && !slot.suspect && !slot.phases().has(Phase::Absent) && list::fits(slot, call)
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

/// Rules on the case of a name that is shown; `asked` is the one that was asked for.
fn lower_case(belief: &mut Belief, judgement: &mut Judgement, name: &Text, snapshot: &Snapshot, asked: Option<&Text>) {
    // What an export is called is no snapshot's name.
    if belief.is_export(name) {
        return;
    }
    let slot = belief.slots.get_mut(name);
    let Some(observed) = snapshot.name.as_ref().filter(|observed| **observed != *name) else {
        if let Some(slot) = slot {
            slot.lower = true;
        }
        return;
    };
    let clause = match slot.map(|slot| (&slot.made, slot.lower)) {
        // It is kept in lower case, and shown as it was asked for.
        Some((_, true)) if asked == Some(observed) => id::DESCRIBE_CASE,
        Some((Made::Created(_), _)) => id::CREATE_NAME_LOWER_CASE,
        _ => id::COPY_TARGET_LOWER_CASE,
    };
    judgement.contradict(clause, Reason::Wrong, format!("SnapshotName {name}"), format!("SnapshotName {observed}"));
}

/// Rules on whether, and in which phase, an observer may show a name, and learns from it.
fn shown(
    belief: &mut Belief,
    judgement: &mut Judgement,
    name: &Text,
    snapshot: Option<&Snapshot>,
    observer: Observer,
    configuration: bool,
) {
    if let Some(snapshot) = snapshot {
        let odd = match &snapshot.status {
            None => Some((Reason::Missing, "none".to_owned())),
            Some(status) if Phase::of(status).is_none() => {
                Some((Reason::Malformed, format!("SnapshotStatus `{status}`")))
            }
            Some(_) => None,
        };
        if let Some((reason, observed)) = odd {
            let expected = "a SnapshotStatus, one of those that the API reference names";
            judgement.contradict(id::SNAPSHOT_STATUS_KNOWN, reason, expected, observed);
            if let Some(slot) = belief.slots.get_mut(name) {
                compare::judge(&mut belief.home, judgement, name, slot, snapshot, Where::Describe { configuration });
                slot.suspect = true;
            }
            return;
        }
        judgement.pass(id::SNAPSHOT_STATUS_KNOWN);
    }
    if !belief.exports.is_empty() && export::row(belief, judgement, name, snapshot) {
        return;
    }
    let now = belief.now;
    let limit = belief.home.settle_limit;
    let Some(slot) = belief.slots.get_mut(name) else {
        never_made(judgement, name, snapshot, None);
        return;
    };
    if slot.lives == 0 && !slot.suspect {
        let shown = snapshot.and_then(phase_of);
        if slot.refused == Some(id::COPY_TAGS_ALL_OR_NOTHING)
            && matches!(shown, Some(Phase::Creating | Phase::Deleting))
            && now.saturating_sub(*slot.again.get_or_insert(now)) < limit
        {
            // What could not be tagged is taken back, and may be seen until it is.
            judgement.passing = true;
            return;
        }
        slot.again = None;
        never_made(judgement, name, snapshot, slot.refused);
        return;
    }
    let lag = usize::from(observer == Observer::List);
    let Some(phase) = snapshot.map_or(Some(Phase::Absent), phase_of) else { return };
    if slot.suspect {
        slot.truth = Phases::one(phase);
        judgement.mark(
            slot.visible_clause(),
            Mark::Inconclusive("an earlier contradiction makes it doubtful"),
            Needs::Life,
        );
        if let Some(snapshot) = snapshot {
            compare::judge(&mut belief.home, judgement, name, slot, snapshot, Where::Describe { configuration });
        }
        return;
    }
    let stale = slot.stale.get(lag).copied().unwrap_or_default();
    let lagging = stale.has(phase) && now <= slot.stale_until;
    let place = Where::Describe { configuration };
    let is_former = |shown: &&Snapshot| !lagging && slot.may_be_former(shown, now);
    let mut as_former = None;
    if let Some(shown) = snapshot.filter(is_former) {
        // Nothing is learnt from what may not be it.
        let said = as_former.insert(Judgement::default());
        compare::judge(&mut belief.home.clone(), said, name, &mut slot.clone(), shown, place);
        if slot.may_be_there_or_not() || !slot.phases().has(phase) || said.contradictions().next().is_some() {
            slot.again.get_or_insert(now);
            judgement.lags();
            return;
        }
    } else if snapshot.is_some() && !lagging {
        slot.tell_apart(phase, now);
    }
    let truth = slot.phases();
    let before = slot.apparent;
    if observer == Observer::ByName {
        slot.apparent = Some(phase);
    }
    let mut at_rest_of = None;
    if truth.has(phase) {
        let before = slot.truth;
        if !lagging || slot.was_looked_at_again(now) {
            slot.again = None;
        }
        learn(judgement, slot, phase, (lag, lagging), truth, now);
        if slot.truth != before {
            slot.stale_until = slot.stale_until.max(now + limit);
        }
        at_rest_of = slot.at_rest_of().filter(|_| !slot.is_guess(now)).cloned();
    } else if lagging {
        judgement.lags();
    } else if observer == Observer::ByName && slot.may_go_still(phase, now) {
        judgement.lags();
        return;
    } else if slot.may_be_again(phase, now) {
        slot.again.get_or_insert(now);
        slot.apparent = before;
        judgement.lags();
        return;
    } else if slot.is_spared(phase, now) {
        (slot.truth, slot.again) = (Phases::one(phase), None);
    } else {
        slot.again = None;
        let clause = blame(slot, phase, observer, before);
        let reason = match phase {
            Phase::Absent => Reason::Missing,
            _ if truth == Phases::ABSENT => Reason::Unexpected,
            _ => Reason::Wrong,
        };
        judgement.contradict(clause, reason, format!("`{name}` {truth}"), format!("`{name}` {}", phase.word()));
        slot.truth = Phases::one(phase);
        slot.suspect = true;
        slot.refused = None;
        return;
    }
    if let Some(snapshot) = snapshot {
        // What lags may be the snapshot that had the name before.
        let earlier = lagging && slot.lives > 1;
        if let Some(said) = as_former {
            judgement.rulings.extend(said.rulings);
        } else if !earlier {
            compare::judge(&mut belief.home, judgement, name, slot, snapshot, place);
        }
    }
    // What was to stay as it was did.
    if let Some(clause) = slot.refused.filter(|_| judgement.contradictions().next().is_none()) {
        judgement.mark(clause, Mark::Pass, Needs::Twin);
    }
    if let Some(source) = at_rest_of.and_then(|source| belief.slots.get_mut(&source)) {
        source.users.retain(|user| user != name);
    }
    if observer == Observer::ByName && !lagging {
        export::source_shown(belief, judgement, name, phase);
    }
}

fn never_made(judgement: &mut Judgement, name: &Text, snapshot: Option<&Snapshot>, refused: Option<ClauseId>) {
    match snapshot {
        None => {
            judgement.pass(id::DESCRIBE_NO_GHOSTS);
            judgement.pass(id::DESCRIBE_BY_NAME_UNKNOWN);
            if let Some(clause) = refused {
                judgement.mark(clause, Mark::Pass, Needs::Twin);
                if clause == id::COPY_TAGS_ALL_OR_NOTHING {
                    judgement.mark(id::COPY_REFUSAL_NO_EFFECT, Mark::Pass, Needs::Twin);
                }
            }
        }
        Some(snapshot) => {
            let clause = refused.unwrap_or(id::DESCRIBE_NO_GHOSTS);
            let status = snapshot.status.as_ref().map_or("(no status)", |status| status.word());
            judgement.contradict(clause, Reason::Unexpected, format!("no `{name}`"), format!("`{name}` {status}"));
        }
    }
}

fn learn(
    judgement: &mut Judgement,
    slot: &mut Slot,
    phase: Phase,
    (lag, lagging): (usize, bool),
    truth: Phases,
    now: Duration,
) {
    let other = 1 - lag;
    let one = Phases::one(phase);
    if !lagging {
        // What it has passed, the other observer may still show.
        let passed = truth & !one.closed();
        if let Some(stale) = slot.stale.get_mut(other) {
            *stale |= passed;
        }
        if let Some(stale) = slot.stale.get_mut(lag) {
            *stale = Phases::NONE;
        }
        // A list may lag behind the truth, so it narrows no further than what it shows.
        slot.truth = one;
        if phase == Phase::Copying && !slot.grown {
            // No source says which of a new one's first statuses comes first.
            slot.truth |= Phases::CREATING;
            slot.busied |= one;
        }
        let restores = slot.restoring_until.is_some_and(|until| now <= until);
        let rest = if phase == Phase::Failed { Phases::FAILED } else { slot.rest() };
        for (is_used, uses) in [
            (!slot.users.is_empty(), Phases::COPYING),
            (restores, Phases::RESTORING),
            (slot.exporting, Phases::COPYING | Phases::EXPORTING),
        ] {
            if is_used && one.meets(uses | rest) {
                slot.truth |= uses | rest;
            }
        }
    }
    if lagging && slot.lives > 1 {
        // It may be the one that had the name before.
        return;
    }
    if matches!(phase, Phase::Available | Phase::Failed) && !slot.grown && !slot.failed {
        slot.rested_at = Some(now);
    }
    match phase {
        Phase::Absent => {
            if slot.truth == Phases::ABSENT {
                judgement.pass(slot.gone_clause());
            }
        }
        Phase::Available => {
            if let Some(clause) = slot.doomed.filter(|_| !slot.grown) {
                let expected = "a refusal, or a copy that fails";
                judgement.contradict(clause, Reason::Unexpected, expected, "a copy that is available");
            }
            if slot.grown {
                judgement.pass(id::SNAPSHOT_PERSISTS);
                if slot.source_deleted {
                    judgement.pass(id::COPY_SURVIVES_SOURCE);
                }
                if slot.owner_deleted && slot.is_copy() {
                    judgement.pass(id::COPY_SURVIVES_CLUSTER);
                }
            }
            slot.grown = true;
            slot.seen = true;
            judgement.pass(slot.visible_clause());
            judgement.pass(slot.settles_clause());
            judgement.pass(id::SNAPSHOT_NEVER_BACK);
        }
        Phase::Failed if slot.doomed.is_some() => {
            (slot.seen, slot.failed) = (true, true);
            for clause in slot.doomed.into_iter().chain([id::COPY_FAILED]) {
                judgement.mark(clause, Mark::NonStrict, Needs::Life);
            }
        }
        Phase::Failed => {
            (slot.seen, slot.failed) = (true, true);
            let reason = "the snapshot failed, which may happen";
            judgement.mark(slot.settles_clause(), Mark::Inconclusive(reason), Needs::Life);
            judgement.mark(id::COPY_FAILED, Mark::NonStrict, Needs::Life);
        }
        Phase::Restoring if slot.restoring_until.is_some() => {
            judgement.pass(id::RESTORE_SOURCE_STATUS);
            slot.seen = true;
        }
        Phase::Copying | Phase::Restoring | Phase::Exporting if slot.grown => {
            if slot.exporting {
                judgement.pass(id::EXPORT_SOURCE_STATUS);
            } else {
                judgement.mark(id::COPY_SOURCE_STATUS, Mark::NonStrict, Needs::Life);
            }
            slot.seen = true;
        }
        _ => slot.seen = true,
    }
    if phase == Phase::Available && slot.restoring_until.is_some() {
        judgement.mark(id::RESTORE_SOURCE_STATUS, Mark::NonStrict, Needs::Life);
    }
    if phase == Phase::Available && !slot.users.is_empty() {
        judgement.mark(id::COPY_SOURCE_STATUS, Mark::Pass, Needs::Life);
    }
    if phase == Phase::Available && slot.exporting {
        judgement.pass(id::EXPORT_SOURCE_STATUS);
    }
}

/// Picks the clause that a phase contradicts; `before` is the one that was shown last.
fn blame(slot: &Slot, phase: Phase, observer: Observer, before: Option<Phase>) -> ClauseId {
    if let Some(clause) = slot.refused {
        return clause;
    }
    let truth = slot.truth;
    match phase {
        Phase::Absent if observer == Observer::List => id::DESCRIBE_LIST_COMPLETE,
        Phase::Absent if !slot.seen => slot.visible_clause(),
        Phase::Absent | Phase::Deleting | Phase::Failed if slot.owner_deleted && slot.is_copy() => {
            id::COPY_SURVIVES_CLUSTER
        }
        Phase::Absent if slot.source_deleted => id::COPY_SURVIVES_SOURCE,
        Phase::Absent => id::SNAPSHOT_PERSISTS,
        _ if truth.within(Phases::ABSENT | Phases::DELETING) && before == Some(Phase::Deleting) => {
            id::SNAPSHOT_NEVER_BACK
        }
        _ if truth.within(Phases::ABSENT | Phases::DELETING) => slot.gone_clause(),
        Phase::Deleting if slot.source_deleted => id::COPY_SURVIVES_SOURCE,
        Phase::Deleting => id::SNAPSHOT_PERSISTS,
        Phase::Creating if slot.copied_early => id::COPY_SOURCE_CREATING,
        Phase::Creating => id::SNAPSHOT_NEVER_BACK,
        Phase::Failed if slot.source_deleted => id::COPY_SURVIVES_SOURCE,
        Phase::Failed => id::SNAPSHOT_PERSISTS,
        Phase::Copying | Phase::Exporting if slot.restoring_until.is_some() => id::RESTORE_SOURCE_STATUS,
        Phase::Available | Phase::Copying | Phase::Restoring | Phase::Exporting if slot.exporting => {
            id::EXPORT_SOURCE_STATUS
        }
        Phase::Available | Phase::Copying | Phase::Restoring | Phase::Exporting => id::COPY_SOURCE_STATUS,
    }
}

/// Tells whether a snapshot that is there has shown itself to be a manual one.
fn is_manual(slot: &Slot) -> bool {
    slot.truth == Phases::AVAILABLE && slot.own.get(Member::SnapshotSource).is_some_and(|shown| shown == "manual")
}
