use std::time::Duration;

use super::*;
use crate::service::{
    Call, CopySnapshot, CreateSnapshot, DescribeSnapshots, Fields, Form, Member, Outcome, Owner, OwnerKind,
    Permissions, Reply, S3Action, S3Call, S3Reply, TagArg, Text, text,
};
use crate::trace::{Event, Interval, Role};

const ARN: &str = "arn:aws:elasticache:us-east-1:123456789012:snapshot:cs-a";

fn owner(kind: OwnerKind) -> Owner {
    Owner { kind, id: text("cs-g") }
}

/// A group, and an available snapshot of it without tags, `cs-a`.
fn belief() -> Belief {
    let mut belief = Belief::new(Home {
        region: text("us-east-1"),
        account: Some(text("123456789012")),
        prefix: text("cs-"),
        kms_key: None,
        settle_limit: Duration::from_secs(60),
        quota: usize::MAX,
    });
    belief.know_owner(owner(OwnerKind::Group), true);
    belief.know_snapshot(&text("cs-a"));
    belief
}

fn event(call: Call, reply: Reply, (called, returned): (u64, u64)) -> Event {
    let interval = Interval { called: Duration::from_secs(called), returned: Duration::from_secs(returned) };
    Event { role: Role::Given, step: call.into(), outcome: Outcome::Reply(reply), form: Form::default(), interval }
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
fn a_cluster_and_a_group_of_one_name_have_settings_of_their_own() {
    let mut belief = belief();
    for (kind, port) in [(OwnerKind::Group, "1"), (OwnerKind::Cluster, "2")] {
        let mut settings = Fields::default();
        settings.set(Member::Port, port);
        belief.know_settings(owner(kind), settings);
    }
    let port = |kind| belief.settings_of(&owner(kind)).and_then(|settings| settings.get(Member::Port));
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
