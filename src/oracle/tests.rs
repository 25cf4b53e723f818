mod blamed;
mod conflicts;
mod exports;
mod forms;
mod reads;
mod settling;
mod verdicts;

use std::time::Duration;

use super::*;
use crate::model::View;
use crate::service::{
    Alien, Call, CopySnapshot, CreateSnapshot, DescribeSnapshots, Fault, FaultCode, Fields, Form, Indeterminate,
    Member, Outcome, Owner, OwnerKind, Page, Permissions, Reply, S3Action, S3Call, S3Reply, Snapshot, Status, Step,
    TagArg, Text, text,
};
use crate::trace::{Event, Interval, Role};

const ARN: &str = "arn:aws:elasticache:us-east-1:123456789012:snapshot:cs-a";

fn owner(kind: OwnerKind) -> Owner {
    Owner { kind, id: text("cs-g") }
}

/// A group, and an available snapshot of it without tags, `cs-a`.
fn belief() -> Belief {
    belief_of(Some("123456789012"))
}

/// The same in that account, or one that is not known.
fn belief_of(account: Option<&str>) -> Belief {
    let mut belief = Belief::new(Home {
        region: text("us-east-1"),
        account: account.map(text),
        prefix: text("cs-"),
        kms_key: None,
        settle_limit: Duration::from_secs(60),
        quota: usize::MAX,
        reads_lag: false,
    });
    belief.know_owner(owner(OwnerKind::Group), true);
    belief.know_snapshot(&text("cs-a"));
    belief
}

fn event(call: Call, reply: Reply, at: (u64, u64)) -> Event {
    answered(call, Outcome::Reply(reply), at)
}

fn answered(call: Call, outcome: Outcome, (called, returned): (u64, u64)) -> Event {
    let interval = Interval { called: Duration::from_secs(called), returned: Duration::from_secs(returned) };
    Event { role: Role::Given, step: call.into(), outcome, form: Form::default(), interval }
}

fn snapshot(name: &str, status: Status) -> Snapshot {
    Snapshot { name: named(name), status: Some(status), ..Snapshot::default() }
}

/// A copy of `cs-a`.
fn copy(target: &str) -> Call {
    Call::Copy(CopySnapshot { source: named("cs-a"), target: named(target), ..CopySnapshot::default() })
}

/// Observes that the copy is accepted.
fn copied(belief: &mut Belief, target: &str) {
    copied_from(belief, "cs-a", target);
}

/// Observes that a copy of that source is accepted.
fn copied_from(belief: &mut Belief, source: &str, target: &str) {
    let call = Call::Copy(CopySnapshot { source: named(source), target: named(target), ..CopySnapshot::default() });
    belief.observe(&event(call, Reply::Snapshot(snapshot(target, Status::Creating).into()), (1, 1)));
}

/// Observes a describe by name that shows it with the status.
fn described(belief: &mut Belief, name: &str, status: Status) -> Judgement {
    described_at(2, belief, name, status)
}

/// Observes it at that second.
fn described_at(at: u64, belief: &mut Belief, name: &str, status: Status) -> Judgement {
    let call = Call::Describe(DescribeSnapshots { name: named(name), ..DescribeSnapshots::default() });
    let reply = Reply::Snapshots(Page { snapshots: vec![snapshot(name, status)], marker: None });
    belief.observe(&event(call, reply, (at, at)))
}

/// Observes that its deletion is accepted.
fn deleted(belief: &mut Belief, name: &str) {
    let gone = Reply::Snapshot(snapshot(name, Status::Deleting).into());
    belief.observe(&event(Call::Delete { name: named(name) }, gone, (2, 2)));
}

/// Observes at that second that its deletion is refused for its state.
fn not_deleted(at: u64, belief: &mut Belief, name: &str) -> Judgement {
    let fault = Fault { code: FaultCode::InvalidSnapshotState, message: text("") };
    belief.observe(&answered(Call::Delete { name: named(name) }, Outcome::Fault(fault), (at, at)))
}

fn contradicted(judgement: &Judgement) -> Vec<String> {
    judgement.contradictions().map(|(clause, found)| format!("{clause}: {}", found.expected)).collect()
}

fn named(name: &str) -> Option<Text> {
    Some(text(name))
}

#[test]
fn a_reply_without_its_payload_is_told_by_what_it_owes() {
    let tags = Some(vec![TagArg { key: Some(text("k")), value: Some(text("v")) }]);
    let copy = CopySnapshot { source: named("cs-a"), target: named("cs-b"), ..CopySnapshot::default() };
    for (call, owed) in [
        (Call::Copy(copy), "CopySnapshotResult with a Snapshot"),
        (
            Call::Create(CreateSnapshot::of(&owner(OwnerKind::Group), &text("cs-b"))),
            "CreateSnapshotResult with a Snapshot",
        ),
        (Call::Delete { name: named("cs-a") }, "DeleteSnapshotResult with a Snapshot"),
        (Call::Describe(DescribeSnapshots::default()), "DescribeSnapshotsResult with a list of snapshots"),
        (Call::ListTags { resource: named(ARN) }, "ListTagsForResourceResult with a TagList"),
        (Call::AddTags { resource: named(ARN), tags }, "AddTagsToResourceResult with a TagList"),
        (
            Call::Restore { cluster: named("cs-c"), snapshot: named("cs-a") },
            "CreateCacheClusterResult with a CacheCluster",
        ),
    ] {
        let judgement = belief().observe(&event(call, Reply::Bare, (1, 1)));
        assert!(contradicted(&judgement).contains(&format!("wire.result: {owed}")), "{owed}: {judgement:?}");
    }
}

#[test]
fn a_tag_operation_may_be_refused_as_one_for_another_account_where_the_account_is_not_known() {
    for (account, count) in [(None, 0), (Some("123456789012"), 1)] {
        let fault = Fault { code: FaultCode::InvalidArn, message: text("") };
        let list = Call::ListTags { resource: named(ARN) };
        let judgement = belief_of(account).observe(&answered(list, Outcome::Fault(fault), (1, 1)));
        assert_eq!(contradicted(&judgement).len(), count, "{account:?}");
    }
}

#[test]
fn a_cluster_and_a_group_of_one_name_have_settings_of_their_own() {
    let mut belief = belief();
    for (kind, port) in [(OwnerKind::Group, "1"), (OwnerKind::Cluster, "2")] {
        let mut settings = Fields::default();
        settings.set(Member::Port, port);
        belief.know_settings(owner(kind), settings);
    }
    let port = |kind| belief.owners.settings_of(&owner(kind)).and_then(|settings| settings.get(Member::Port));
    assert_eq!([port(OwnerKind::Group), port(OwnerKind::Cluster)], [Some("1"), Some("2")]);
}

#[test]
fn an_object_is_not_known_to_be_there_where_it_is_not_known_which_write_was_last() {
    let call = |action| Call::S3(S3Call { bucket: text("cs-b"), region: text("us-east-1"), account: None, action });
    let put = |key: &str| call(S3Action::PutObject { key: text(key), body: text("mine") });
    let mut belief = belief();
    for call in [call(S3Action::CreateBucket { acl: Some(Permissions::ALL) }), put("one"), put("other")] {
        belief.observe(&event(call, Reply::S3(S3Reply::Done), (1, 1)));
    }
    let there = |belief: &Belief| {
        let mut keys: Vec<String> = belief.objects().iter().map(|(_, key)| key.to_string()).collect();
        keys.sort();
        keys
    };
    assert_eq!(there(&belief), ["one", "other"]);
    bucket::doubt(&mut belief, &call(S3Action::GetObject { key: text("other") }));
    assert_eq!(there(&belief), ["one", "other"], "to read it changes nothing");
    bucket::doubt(&mut belief, &put("one"));
    assert_eq!(there(&belief), ["other"]);
}

#[test]
fn an_export_owes_no_object_where_it_is_not_known_whether_it_was_deleted_after_it() {
    let bucket = text("cs-b");
    let call = |action| Call::S3(S3Call { bucket: bucket.clone(), region: text("us-east-1"), account: None, action });
    let copy = CopySnapshot {
        source: named("cs-a"),
        target: named("cs-b"),
        bucket: Some(bucket.clone()),
        ..CopySnapshot::default()
    };
    let mut known = belief();
    let made = call(S3Action::CreateBucket { acl: Some(Permissions::ALL) });
    known.observe(&event(made, Reply::S3(S3Reply::Done), (1, 1)));
    export::accepted(&mut known, &copy, smallvec::SmallVec::new(), false);
    let doubtful = |after: &Call| {
        let mut belief = known.clone();
        bucket::doubt(&mut belief, after);
        belief.exports.iter().all(|export| export.doubtful)
    };
    assert!(!doubtful(&call(S3Action::ListBuckets)), "to read changes nothing");
    assert!(doubtful(&call(S3Action::DeleteObject { key: text("cs-b-0001.rdb") })));
    assert!(doubtful(&Call::Copy(copy.clone())));
}

#[test]
fn a_source_may_be_in_use_for_a_while_after_what_is_exported_of_it_is_there() {
    let bucket = text("cs-b");
    let call = |action| Call::S3(S3Call { bucket: bucket.clone(), region: text("us-east-1"), account: None, action });
    let copy = CopySnapshot {
        source: named("cs-a"),
        target: named("cs-x"),
        bucket: Some(bucket.clone()),
        ..CopySnapshot::default()
    };
    let mut belief = belief();
    let made = call(S3Action::CreateBucket { acl: Some(Permissions::ALL) });
    belief.observe(&event(made, Reply::S3(S3Reply::Done), (1, 1)));
    let began = Reply::Snapshot(snapshot("cs-x", Status::Creating).into());
    belief.observe(&event(Call::Copy(copy), began, (1, 1)));
    let keys = Reply::S3(S3Reply::Objects { keys: vec![text("cs-x-0001.rdb")], token: None });
    belief.observe(&event(call(S3Action::ListObjects { token: None }), keys, (2, 2)));
    described(&mut belief, "cs-a", Status::Available);
    assert!(
        belief.exporting(&[text("cs-a")]).iter().all(|name| **name == *"cs-x"),
        "its source has been seen to be back"
    );
    assert_eq!([3, 63].map(|at| contradicted(&not_deleted(at, &mut belief.clone(), "cs-a")).len()), [0, 1]);
}

#[test]
fn copies_that_ended_are_told_by_how_they_did_and_by_what_they_are_of() {
    let mut belief = belief();
    let ended = |belief: &Belief, kind| {
        let (mut available, mut failed) = belief.ended_copies(kind);
        available.sort();
        failed.sort();
        [available, failed].map(|names| names.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    for (name, status) in [("cs-1", Status::Available), ("cs-2", Status::Available), ("cs-3", Status::Failed)] {
        copied(&mut belief, name);
        described(&mut belief, name, status);
    }
    copied(&mut belief, "cs-4");
    copied_from(&mut belief, "cs-1", "cs-5");
    described(&mut belief, "cs-5", Status::Failed);
    belief.know_automatic(&text("automatic.cs"), Duration::ZERO);
    copied_from(&mut belief, "automatic.cs", "cs-6");
    described(&mut belief, "cs-6", Status::Available);
    assert_eq!(ended(&belief, CopyKind::Any), [vec!["cs-1", "cs-2", "cs-6"], vec!["cs-3", "cs-5"]]);
    assert_eq!(ended(&belief, CopyKind::OfCopy), [vec![], vec!["cs-5"]]);
    assert_eq!(ended(&belief, CopyKind::OfAutomatic), [vec!["cs-6"], vec![]]);
    for kind in [CopyKind::Keyed, CopyKind::Sharded] {
        assert_eq!(ended(&belief, kind), [[""; 0], [""; 0]], "{kind:?}");
    }
}

#[test]
fn a_source_may_be_shown_as_available_and_then_as_copying_while_it_is_copied() {
    let mut belief = belief();
    copied(&mut belief, "cs-b");
    for status in [Status::Available, Status::Copying, Status::Available] {
        assert_eq!(contradicted(&described(&mut belief, "cs-a", status)), [""; 0]);
    }
}

#[test]
fn a_failed_source_that_is_copied_may_refuse_to_be_deleted_and_stays_failed() {
    let mut belief = belief();
    copied(&mut belief, "cs-b");
    described(&mut belief, "cs-b", Status::Failed);
    assert_eq!(contradicted(&not_deleted(3, &mut belief.clone(), "cs-b")).len(), 1, "nothing uses it");
    let onward = CopySnapshot { source: named("cs-b"), target: named("cs-c"), ..CopySnapshot::default() };
    let made = Reply::Snapshot(snapshot("cs-c", Status::Creating).into());
    belief.observe(&event(Call::Copy(onward), made, (2, 2)));
    for status in [Status::Copying, Status::Failed] {
        assert_eq!(contradicted(&described(&mut belief, "cs-b", status)), [""; 0]);
        assert_eq!(contradicted(&not_deleted(3, &mut belief, "cs-b")), [""; 0]);
    }
    assert_eq!(contradicted(&described(&mut belief, "cs-b", Status::Available)).len(), 1);
}

#[test]
fn a_name_that_is_used_again_may_be_shown_as_failed_where_the_one_before_was() {
    let mut belief = belief();
    copied(&mut belief, "cs-b");
    described(&mut belief, "cs-b", Status::Failed);
    deleted(&mut belief, "cs-b");
    copied(&mut belief, "cs-b");
    for (at, status, contradictions) in
        [(2, Status::Available, 0), (2, Status::Failed, 0), (2, Status::Available, 0), (99, Status::Failed, 1)]
    {
        let found = contradicted(&described_at(at, &mut belief, "cs-b", status.clone()));
        assert_eq!(found.len(), contradictions, "{status} at {at} s: {found:?}");
    }
}

#[test]
fn what_is_new_may_be_shown_as_copying_and_then_as_creating() {
    let mut belief = belief();
    copied(&mut belief, "cs-b");
    for status in [Status::Copying, Status::Creating, Status::Copying, Status::Available, Status::Copying] {
        assert_eq!(contradicted(&described(&mut belief, "cs-b", status.clone())).len(), 0, "{status}");
    }
    assert_eq!(contradicted(&described_at(9, &mut belief, "cs-b", Status::Creating)).len(), 1, "it is made");
}

#[test]
fn a_list_may_show_who_had_the_name_before_beside_who_has_it() {
    let mut belief = belief();
    copied(&mut belief, "cs-b");
    described(&mut belief, "cs-b", Status::Available);
    deleted(&mut belief, "cs-b");
    let rows = || {
        let (old, new) = (snapshot("cs-b", Status::Deleting), snapshot("cs-b", Status::Available));
        vec![snapshot("cs-a", Status::Available), old, new]
    };
    let twice = |at, belief: &mut Belief| {
        let page = Page { snapshots: rows(), ..Page::default() };
        let call = Call::Describe(DescribeSnapshots::default());
        belief.observe(&event(call, Reply::Snapshots(page), (at, at)))
    };
    assert_eq!(contradicted(&twice(2, &mut belief.clone())).len(), 1, "none has it after it");
    copied(&mut belief, "cs-b");
    assert_eq!(contradicted(&twice(3, &mut belief.clone())), [""; 0]);
    assert_eq!(contradicted(&twice(99, &mut belief)).len(), 2);
}

#[test]
fn what_is_deleted_while_it_is_made_may_be_shown_as_made_again_for_a_while() {
    let mut belief = belief();
    // Where another had the name before, what is shown is not taken for one that is made anew.
    for status in [Status::Available, Status::Creating] {
        copied(&mut belief, "cs-b");
        described(&mut belief, "cs-b", status);
        deleted(&mut belief, "cs-b");
    }
    for (at, status, contradictions) in [
        (2, Status::Deleting, 0),
        (2, Status::Creating, 0),
        (3, Status::Deleting, 0),
        (4, Status::Creating, 0),
        (9, Status::Creating, 1),
    ] {
        let found = contradicted(&described_at(at, &mut belief, "cs-b", status.clone()));
        assert_eq!(found.len(), contradictions, "{status} at {at} s: {found:?}");
    }
}

#[test]
fn an_answer_that_a_front_door_gives_says_nothing_but_of_what_is_odd_about_the_request() {
    let alien = || {
        let reason = text("text, not XML");
        Outcome::Alien(Alien { status: 413, content_type: None, service: None, reason, head: text("too large") })
    };
    let plain = Step::from(copy("cs-b"));
    let mut padded = plain.clone();
    padded.dress.padded = 10;
    let mut typed = plain.clone();
    typed.dress.content_type = named("text/plain");
    let is_turned_away = |step: &Step| door::turns_away(step, &alien());
    assert_eq!([&plain, &padded, &typed].map(is_turned_away), [false, true, true]);
}

#[test]
fn a_front_door_may_say_in_any_way_that_a_body_is_too_large() {
    let form = Form { root: named("ErrorResponse"), error_type: named("Sender"), status: 413, ..Form::default() };
    let fault = Fault { code: FaultCode::from_code("InvalidQueryParameter"), message: text("too long") };
    let mut step = Step::from(copy("cs-b"));
    let mut status = |padded| {
        step.dress.padded = padded;
        let mut judgement = Judgement::default();
        form::judge(&mut belief(), &mut judgement, &step, &Outcome::Fault(fault.clone()), &form);
        contradicted(&judgement).iter().any(|said| said.starts_with("wire.error.status"))
    };
    assert_eq!([0, 10].map(&mut status), [true, false]);
}

#[test]
fn what_a_describe_by_name_and_filter_withholds_is_held_against_the_filter() {
    let filter = |(group, cluster, source): (Option<&str>, Option<&str>, Option<&str>)| DescribeSnapshots {
        name: named("cs-a"),
        group: group.map(text),
        cluster: cluster.map(text),
        source: source.map(text),
        ..DescribeSnapshots::default()
    };
    for (clause, filters) in [
        ("describe.source.user", (Some("cs-g"), None, Some("user"))),
        ("describe.group.filter", (Some("cs-g"), None, None)),
        ("describe.cluster.filter", (None, Some("cs-c"), None)),
    ] {
        let mut belief = belief();
        belief.know_owner(Owner { kind: OwnerKind::Cluster, id: text("cs-c") }, true);
        let mut shown = snapshot("cs-a", Status::Available);
        for (member, value) in
            [(Member::ReplicationGroupId, "cs-g"), (Member::CacheClusterId, "cs-c"), (Member::SnapshotSource, "manual")]
        {
            shown.fields.set(member, value);
        }
        let by_name = Call::Describe(filter((None, None, None)));
        belief.observe(&event(by_name, Reply::Snapshots(Page { snapshots: vec![shown], marker: None }), (2, 2)));
        let judgement =
            belief.observe(&event(Call::Describe(filter(filters)), Reply::Snapshots(Page::default()), (3, 3)));
        assert!(contradicted(&judgement).iter().any(|said| said.starts_with(clause)), "{clause}: {judgement:?}");
    }
}

#[test]
fn tags_of_a_bucket_that_may_have_been_put_change_nothing_of_what_is_known_of_it() {
    let call = |action| Call::S3(S3Call { bucket: text("cs-b"), region: text("us-east-1"), account: None, action });
    let mut belief = belief();
    let made = call(S3Action::CreateBucket { acl: Some(Permissions::ALL) });
    belief.observe(&event(made, Reply::S3(S3Reply::Done), (1, 1)));
    let known = belief.bucket("cs-b");
    let lost = |action| lost(call(action), 2);
    belief.observe(&lost(S3Action::PutTagging { tags: Vec::new() }));
    assert_eq!(belief.bucket("cs-b"), known);
    belief.observe(&lost(S3Action::DeleteBucket));
    assert_ne!(belief.bucket("cs-b"), known);
}

#[test]
fn what_may_be_answered_is_said_before_it_is() {
    let allowed = |call: Call| belief().predict(&call.into()).allowed.len();
    assert!(allowed(copy("cs-b")) > 0);
    assert!(allowed(Call::Delete { name: named("cs-none") }) > 0);
}

#[test]
fn what_a_conflict_was_about_is_doubtful_after_it() {
    let history = |clause| {
        let mut belief = belief();
        let calls = [copy("cs-b"), copy("cs-b")];
        let events: Vec<(usize, Event)> = calls
            .into_iter()
            .map(|call| event(call, Reply::Snapshot(snapshot("cs-b", Status::Creating).into()), (1, 1)))
            .enumerate()
            .collect();
        let conflict = Conflict { clause, calls: vec![0, 1], orders: Vec::new(), more: 0, is_race: true };
        conflict::doubt(&mut belief, &events, &conflict);
        ["cs-a", "cs-b"].map(|name| belief.is_suspect(name))
    };
    assert_eq!(history(crate::spec::id::OVERLAP_LINEARIZABLE), [false, true]);
    assert_eq!(history(crate::spec::id::TAGS_RACE_WHOLE), [false, false], "tags alone are");
}

#[test]
fn a_deleted_snapshot_may_be_shown_for_some_seconds_where_another_has_its_name() {
    let look = Call::Describe(DescribeSnapshots { name: named("cs-b"), ..DescribeSnapshots::default() });
    let keyed = |status: Status, key: &str| {
        let mut shown = snapshot("cs-b", status);
        shown.fields.set(Member::KmsKeyId, key);
        shown
    };
    let page =
        |shown: Option<Snapshot>| Reply::Snapshots(Page { snapshots: shown.into_iter().collect(), marker: None });
    let copied = |key: &str, at| {
        let (source, target) = (named("cs-a"), named("cs-b"));
        let call = CopySnapshot { source, target, kms_key: named(key), ..CopySnapshot::default() };
        event(Call::Copy(call), Reply::Snapshot(keyed(Status::Creating, key).into()), (at, at))
    };
    // Tells what contradicts after copies with these keys are gone, one after the other, and another of their name was made.
    let told_after = |gone: &[&str], key: &str, shown: &[(u64, Status, &str)]| {
        let mut belief = belief();
        let mut now = 1;
        for key in gone {
            belief.observe(&copied(key, now));
            belief.observe(&event(look.clone(), page(Some(keyed(Status::Available, key))), (now + 1, now + 1)));
            let deleted = Reply::Snapshot(keyed(Status::Deleting, key).into());
            belief.observe(&event(Call::Delete { name: named("cs-b") }, deleted, (now + 2, now + 2)));
            belief.observe(&event(look.clone(), page(None), (now + 3, now + 3)));
            now += 4;
        }
        belief.observe(&copied(key, now));
        let judged = shown.iter().map(|(at, status, key)| {
            let page = page(Some(keyed(status.clone(), key)));
            belief.observe(&event(look.clone(), page, (*at, *at))).contradictions().next().is_some()
        });
        judged.collect::<Vec<_>>()
    };
    let told = |key: &str, shown: &[(u64, Status, &str)]| told_after(&["one"], key, shown);
    let (creating, available, deleting) = (Status::Creating, Status::Available, Status::Deleting);
    let now_and_then = [
        (6, available.clone(), "one"),
        (6, creating.clone(), "two"),
        (7, deleting.clone(), "one"),
        (8, available.clone(), "two"),
        (9, deleting.clone(), "one"),
        (9, available.clone(), "two"),
    ];
    assert_eq!(told("two", &now_and_then), [false; 6]);
    let which = [(6, available.clone(), "one"), (6, creating.clone(), "one")];
    assert_eq!(told("one", &which), [false; 2], "which of the two is available, nothing tells");
    let each = [(10, available.clone(), "one"), (10, available.clone(), "two"), (10, creating.clone(), "three")];
    assert_eq!(told_after(&["one", "two"], "three", &each), [false; 3], "any of those that are gone may be shown");
    let back = [(6, available.clone(), "two"), (10, creating, "two")];
    assert_eq!(told("two", &back), [false, true], "what is made stays so");
    for status in [&deleting, &available] {
        let again = [(6, status.clone(), "one"), (9, status.clone(), "one")];
        assert_eq!(told("two", &again), [false, true], "what is shown again and again is what is there");
    }
    assert_eq!(told("two", &[(6, available, "three")]), [true], "neither had that key");
    assert_eq!(told("two", &[(6, deleting, "two")]), [true], "it is not the deleted one");
}

#[test]
fn a_snapshot_that_a_describe_missed_may_still_be_deleted_as_long_as_settling_takes() {
    let look = Call::Describe(DescribeSnapshots { name: named("cs-a"), ..DescribeSnapshots::default() });
    let mut known = belief();
    let deleting = Reply::Snapshot(snapshot("cs-a", Status::Deleting).into());
    known.observe(&event(Call::Delete { name: named("cs-a") }, deleting, (1, 1)));
    known.observe(&event(look, Reply::Snapshots(Page::default()), (2, 2)));
    let told = |status: Status| {
        let mut belief = known.clone();
        let judgements =
            [3, 7, 50].map(|at| contradicted(&described_at(at, &mut belief, "cs-a", status.clone())).len());
        let [first, second, _] = judgements;
        (judgements.iter().sum::<usize>(), [first, second], belief.give_up(&[text("cs-a")]).contradictions().count())
    };
    assert_eq!(told(Status::Deleting), (0, [0; 2], 1), "it has to go in the end");
    assert_eq!(told(Status::Available).1, [0, 1], "it is not deleted at all");
}

/// Observes at that second that a describe by name shows nothing.
fn missed(at: u64, belief: &mut Belief, name: &str) -> Judgement {
    let call = Call::Describe(DescribeSnapshots { name: named(name), ..DescribeSnapshots::default() });
    belief.observe(&event(call, Reply::Snapshots(Page::default()), (at, at)))
}

fn lost(call: Call, at: u64) -> Event {
    answered(call, Outcome::Indeterminate(Indeterminate::TimedOut), (at, at))
}

#[test]
fn what_a_call_without_an_answer_left_or_made_may_be_missed_for_a_while() {
    let told = |call: Call, name: &str| {
        let mut belief = belief();
        let judgement = belief.observe(&lost(call, 1));
        let missed = [2, 3].map(|at| missed(at, &mut belief, name));
        let shown = [4, 5, 8, 9].map(|at| described_at(at, &mut belief, name, Status::Available));
        let judgements = std::iter::once(judgement).chain(missed).chain(shown);
        judgements.map(|judgement| contradicted(&judgement).len()).sum::<usize>()
    };
    assert_eq!(told(Call::Delete { name: named("cs-a") }, "cs-a"), 0);
    assert_eq!(told(copy("cs-b"), "cs-b"), 0);
}

#[test]
fn a_copy_without_an_answer_is_not_known_by_what_the_deleted_one_of_that_name_shows() {
    let mut belief = belief();
    copied(&mut belief, "cs-b");
    described(&mut belief, "cs-b", Status::Available);
    deleted(&mut belief, "cs-b");
    missed(3, &mut belief, "cs-b");
    belief.observe(&lost(copy("cs-b"), 4));
    assert!(described_at(5, &mut belief, "cs-b", Status::Available).passing, "it is looked at again");
    let fault = Fault { code: FaultCode::SnapshotNotFound, message: text("") };
    let gone = answered(Call::Delete { name: named("cs-b") }, Outcome::Fault(fault), (6, 6));
    assert_eq!(contradicted(&belief.observe(&gone)).len(), 0);
}

#[test]
fn a_source_may_be_shown_as_busy_again_for_a_while() {
    let told = |looks: &[(u64, Status)]| -> Vec<usize> {
        let mut belief = belief();
        copied(&mut belief, "cs-b");
        for name in ["cs-b", "cs-a"] {
            described(&mut belief, name, Status::Available);
        }
        let mut judged =
            |(at, status): &(u64, Status)| contradicted(&described_at(*at, &mut belief, "cs-a", status.clone())).len();
        looks.iter().map(&mut judged).collect()
    };
    let (available, copying, exporting) = (Status::Available, Status::Copying, Status::Exporting);
    assert_eq!(told(&[(3, copying.clone()), (4, available), (5, copying.clone())]), [0, 0, 0]);
    assert_eq!(told(&[(3, copying.clone()), (4, copying.clone()), (7, copying.clone())]), [0, 0, 1], "for good");
    assert_eq!(told(&[(63, copying)]), [1], "too late");
    assert_eq!(told(&[(3, exporting)]), [1], "it was not exported");
}

#[test]
fn what_has_just_been_made_may_be_shown_as_being_made_for_some_seconds() {
    let told = |looks: &[(u64, Status)]| -> Vec<usize> {
        let mut belief = belief();
        copied(&mut belief, "cs-b");
        let mut judged =
            |(at, status): &(u64, Status)| contradicted(&described_at(*at, &mut belief, "cs-b", status.clone())).len();
        looks.iter().map(&mut judged).collect()
    };
    let (available, creating, failed) = (Status::Available, Status::Creating, Status::Failed);
    assert_eq!(told(&[(2, available.clone()), (3, creating.clone()), (4, available.clone())]), [0, 0, 0]);
    assert_eq!(told(&[(2, failed.clone()), (4, creating.clone()), (5, failed)]), [0, 0, 0]);
    assert_eq!(told(&[(2, available.clone()), (3, creating.clone()), (6, creating.clone())]), [0, 0, 1], "for good");
    assert_eq!(told(&[(2, available.clone()), (6, creating.clone())]), [0, 1], "too late");
    assert_eq!(told(&[(2, available), (4, Status::Restoring)]), [0, 1], "it was not restored");
    let mut belief = belief();
    let found = contradicted(&described(&mut belief, "cs-a", creating));
    assert_eq!(found, ["snapshot.never-back: `cs-a` available"], "made before");
}
