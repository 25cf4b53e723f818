//! Against which clause an answer is held that is not allowed.

use super::*;
use crate::service::{Dress, OwnerView};

fn refused(call: Call, code: FaultCode, at: u64) -> Event {
    answered(call, Outcome::Fault(Fault { code, message: text("") }), (at, at))
}

fn add(name: &str) -> Call {
    let resource = Some(text(ARN.replace("cs-a", name)));
    Call::AddTags { resource, tags: Some(vec![TagArg { key: Some(text("k")), value: Some(text("v")) }]) }
}

fn unknown_source(target: &str) -> Call {
    Call::Copy(CopySnapshot { source: named("cs-no"), target: named(target), ..CopySnapshot::default() })
}

#[test]
fn what_is_refused_of_a_snapshot_that_was_denied_is_doubtful() {
    let mut belief = belief();
    let odd = FaultCode::InvalidParameterValue;
    let denied = contradicted(&belief.observe(&refused(copy("cs-b"), odd.clone(), 1)));
    assert_eq!(denied, ["copy.succeeds: a reply (200)"]);
    assert_eq!(contradicted(&belief.observe(&refused(add("cs-b"), odd.clone(), 2))), [""; 0]);
    let found = contradicted(&belief.observe(&refused(add("cs-c"), odd, 3)));
    assert_eq!(
        found,
        ["tags.unknown-snapshot: SnapshotNotFoundFault (404) or InvalidARN (400)"],
        "nobody asked for it"
    );
}

#[test]
fn a_reply_about_what_a_refused_call_should_not_have_made_is_held_against_that_refusal() {
    let mut belief = belief();
    belief.observe(&refused(unknown_source("cs-b"), FaultCode::SnapshotNotFound, 1));
    let found = contradicted(&belief.observe(&event(add("cs-b"), Reply::Tags(Vec::new()), (2, 2))));
    assert_eq!(
        found.iter().filter_map(|found| found.split(':').next()).collect::<Vec<_>>(),
        ["copy.refusal.no-effect"]
    );
    let gone = Reply::Snapshot(snapshot("cs-c", Status::Deleting).into());
    let found = contradicted(&belief.observe(&event(Call::Delete { name: named("cs-c") }, gone, (2, 2))));
    assert_eq!(found.iter().filter_map(|found| found.split(':').next()).collect::<Vec<_>>(), ["delete.unknown"]);
}

#[test]
fn the_state_of_a_snapshot_is_no_matter_of_how_a_name_is_written() {
    let upper = Call::Copy(CopySnapshot { source: named("CS-A"), target: named("cs-b"), ..CopySnapshot::default() });
    let told = |code| {
        let found = contradicted(&belief().observe(&refused(upper.clone(), code, 1)));
        found.iter().filter_map(|found| found.split(':').next()).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(told(FaultCode::InvalidSnapshotState), ["copy.succeeds"]);
    assert_eq!(told(FaultCode::InvalidParameterCombination), ["copy.source.case"]);
}

#[test]
fn what_cant_be_read_in_an_odd_form_is_no_matter_of_the_operation() {
    let unknown = Call::Delete { name: named("cs-no") };
    let told = |get, code| {
        let step = Step { dress: Dress { get, ..Dress::default() }, ..unknown.clone().into() };
        let found = contradicted(&belief().observe(&Event { step, ..refused(unknown.clone(), code, 1) }));
        found.iter().filter_map(|found| found.split(':').next()).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(told(true, FaultCode::MissingAction), ["front.get"]);
    assert_eq!(told(true, FaultCode::from_code("SnapshotNotFound")), ["delete.unknown"]);
    assert_eq!(told(true, FaultCode::InvalidSnapshotState), ["delete.unknown"]);
    assert_eq!(told(false, FaultCode::MissingAction), ["delete.unknown"]);
}

#[test]
fn tags_that_are_lost_with_an_owner_are_held_against_what_keeps_snapshots() {
    let list = || Call::ListTags { resource: Some(text(ARN)) };
    let tags = || Reply::Tags(vec![crate::service::Tag { key: text("k"), value: text("v") }]);
    let mut belief = belief();
    belief.observe(&event(list(), tags(), (1, 1)));
    belief.lose_owner(&owner(OwnerKind::Group));
    let found = contradicted(&belief.observe(&event(list(), Reply::Tags(Vec::new()), (2, 2))));
    assert_eq!(found, ["snapshot.persists: [k=v]"]);
}

#[test]
fn a_key_that_nobody_gave_is_wrong_but_of_a_cluster_that_may_be_made_from_a_snapshot() {
    let key = text("arn:aws:kms:us-east-1:123456789012:key/1");
    let invents = |is_restored: bool| {
        let mut belief = Belief::new(Home { kms_key: Some(key.clone()), ..(*belief().home).clone() });
        belief.know_snapshot(&text("cs-a"));
        let cluster = owner(OwnerKind::Cluster);
        if is_restored {
            let call = Call::Restore { cluster: Some(cluster.id.clone()), snapshot: named("cs-a") };
            belief.observe(&event(call, Reply::Owner(OwnerView::default()), (1, 1)));
        }
        belief.know_owner(cluster.clone(), true);
        let made = Reply::Snapshot(snapshot("cs-b", Status::Creating).into());
        belief.observe(&event(Call::Create(CreateSnapshot::of(&cluster, &text("cs-b"))), made, (1, 1)));
        let mut shown = snapshot("cs-b", Status::Available);
        shown.fields.set(Member::KmsKeyId, key.clone());
        let reply = Reply::Snapshots(Page { snapshots: vec![shown], marker: None });
        !contradicted(&belief.observe(&event(Call::describe(&text("cs-b")), reply, (2, 2)))).is_empty()
    };
    assert_eq!([false, true].map(invents), [true, false]);
}

#[test]
fn a_cluster_of_an_id_in_use_may_be_refused_or_made() {
    let restore = || Call::Restore { cluster: named("cs-c"), snapshot: named("cs-a") };
    let mut belief = belief();
    belief.observe(&event(restore(), Reply::Owner(OwnerView::default()), (1, 1)));
    let again = [
        refused(restore(), FaultCode::CacheClusterAlreadyExists, 2),
        event(restore(), Reply::Owner(OwnerView::default()), (2, 2)),
    ];
    for event in again {
        assert!(contradicted(&belief.clone().observe(&event)).is_empty(), "{:?}", event.outcome);
    }
}

#[test]
fn what_a_lost_call_may_not_have_made_does_not_count_toward_the_quota() {
    let group = owner(OwnerKind::Group);
    let told = |second: fn(Call, Reply) -> Event| {
        let mut belief = Belief::new(Home { quota: 3, ..(*belief().home).clone() });
        belief.know_owner(group.clone(), true);
        belief.know_quota();
        let made =
            |name| (Call::Create(CreateSnapshot::of(&group, &text(name))), snapshot(name, Status::Creating).into());
        let mut seen = |name, event: fn(Call, Reply) -> Event| {
            let (call, shown) = made(name);
            contradicted(&belief.observe(&event(call, Reply::Snapshot(shown)))).len()
        };
        let answered: fn(Call, Reply) -> Event = |call, reply| event(call, reply, (1, 1));
        [seen("cs-b", answered), seen("cs-c", second), seen("cs-d", answered)]
    };
    assert_eq!(told(|call, reply| event(call, reply, (1, 1))), [0, 0, 1]);
    assert_eq!(told(|call, _| lost(call, 1)), [0, 0, 0]);
}

#[test]
fn tags_that_hold_entities_are_wrongly_escaped_only_where_they_should_be_what_these_stand_for() {
    let list = || Call::ListTags { resource: Some(text(ARN)) };
    let tags = |value: &str| Reply::Tags(vec![crate::service::Tag { key: text("k"), value: text(value) }]);
    let told = |was: &str, is: &str| {
        let mut belief = belief();
        belief.observe(&event(list(), tags(was), (1, 1)));
        contradicted(&belief.observe(&event(list(), tags(is), (2, 2))))
    };
    assert_eq!(told("a&b", "a&amp;b"), ["wire.escaping: [k=a&b]"]);
    assert_eq!(told("v", "a&amp;b"), ["tags.list: [k=v]"]);
}
