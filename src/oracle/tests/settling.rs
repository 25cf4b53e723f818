//! What is waited for, what is taken into another sequence, and what a belief answers the model.
#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

use super::*;
use crate::model::{Phase, Phases};

fn bucket(action: S3Action) -> Call {
    Call::S3(S3Call { bucket: text("cs-bucket"), region: text("us-east-1"), account: None, action })
}

/// Observes that a bucket is made and an export of `cs-a` to it accepted.
fn exported(belief: &mut Belief, target: &str) {
    let made = bucket(S3Action::CreateBucket { acl: Some(Permissions::ALL) });
    belief.observe(&event(made, Reply::S3(S3Reply::Done), (1, 1)));
    let (source, bucket) = (named("cs-a"), named("cs-bucket"));
    let call = Call::Copy(CopySnapshot { source, target: named(target), bucket, ..CopySnapshot::default() });
    belief.observe(&event(call, Reply::Snapshot(snapshot(target, Status::Creating).into()), (1, 1)));
}

fn listed(belief: &mut Belief, keys: &[&str], at: u64) -> Judgement {
    let keys = keys.iter().copied().map(text).collect();
    let reply = Reply::S3(S3Reply::Objects { keys, token: None });
    belief.observe(&event(bucket(S3Action::ListObjects { token: None }), reply, (at, at)))
}

fn names(of: &[Text]) -> Vec<&str> {
    of.iter().map(|name| &**name).collect()
}

#[test]
fn a_source_is_in_use_until_its_copies_are_done() {
    let mut belief = belief();
    assert_eq!(belief.pending("cs-a"), None);
    assert_eq!(belief.pending("cs-none"), None);
    copied(&mut belief, "cs-b");
    assert_eq!(belief.pending("CS-A"), Some(Pending::InUse), "names are looked up in any case");
    assert!(matches!(belief.pending("cs-b"), Some(Pending::Phase(phases)) if phases.has(Phase::Creating)));
    let asked = [text("cs-a"), text("CS-A"), text("cs-none")];
    assert_eq!(names(&belief.unsettled(&asked)), ["cs-b", "cs-a"], "copies first, and each once");
    described(&mut belief, "cs-b", Status::Creating);
    assert_eq!(names(&belief.unsettled(&asked)), ["cs-b", "cs-a"]);
    for name in ["cs-b", "cs-a"] {
        described(&mut belief, name, Status::Available);
    }
    assert_eq!(names(&belief.unsettled(&asked)), [""; 0]);
}

#[test]
fn of_an_owner_that_goes_only_what_may_have_been_taken_of_it_goes() {
    let mut belief = belief();
    let (group, cluster) = (Member::ReplicationGroupId, Member::CacheClusterId);
    let table = [
        ("automatic.1", Some((group, "CS-G")), false),
        ("automatic.2", Some((group, "cs-other")), true),
        ("automatic.3", None, false),
        ("automatic.4", Some((cluster, "cs-g-001")), false),
        ("automatic.5", Some((cluster, "cs-g-0001-002")), false),
        ("automatic.6", Some((cluster, "cs-g-x")), true),
        ("automatic.7", Some((cluster, "cs-g-")), true),
        ("automatic.8", Some((cluster, "cs-gg-001")), true),
    ];
    for (name, of, _) in table {
        belief.know_automatic(&text(name), Duration::ZERO);
        let mut shown = snapshot(name, Status::Available);
        of.into_iter().for_each(|(member, id)| shown.fields.set(member, id));
        let page = Page { snapshots: vec![shown], marker: None };
        belief.observe(&event(Call::describe(&text(name)), Reply::Snapshots(page), (2, 2)));
    }
    belief.lose_owner(&owner(OwnerKind::Group));
    for (name, _, stays) in table {
        assert_eq!(belief.is_in(name, Phase::Available), stays, "{name}");
    }
}

#[test]
fn what_is_copied_and_made_a_cluster_of_shows_one_after_the_other() {
    let mut belief = belief();
    described(&mut belief, "cs-a", Status::Available);
    let restore = Call::Restore { cluster: named("cs-c"), snapshot: named("cs-a") };
    belief.observe(&event(restore, Reply::Owner(crate::service::OwnerView::default()), (1, 1)));
    copied(&mut belief, "cs-b");
    for status in [Status::Restoring, Status::Copying, Status::Restoring, Status::Available, Status::Copying] {
        assert_eq!(contradicted(&described(&mut belief, "cs-a", status.clone())), [""; 0], "{status}");
    }
    assert_eq!(contradicted(&described(&mut belief, "cs-a", Status::Exporting)).len(), 1, "nobody exports it");
}

#[test]
fn a_copy_that_is_deleted_before_it_is_made_may_hold_its_source_for_a_while() {
    for (is_made, at, said) in [(false, 4, ""), (true, 4, "delete.succeeds: "), (false, 90, "delete.succeeds: ")] {
        let mut belief = belief();
        copied(&mut belief, "cs-b");
        described(&mut belief, "cs-b", if is_made { Status::Available } else { Status::Creating });
        deleted(&mut belief, "cs-b");
        belief.observe(&event(Call::describe(&text("cs-b")), Reply::Snapshots(Page::default()), (3, 3)));
        described_at(3, &mut belief, "cs-a", Status::Available);
        assert_eq!(names(&belief.unsettled(&[text("cs-a"), text("cs-b")])), [""; 0]);
        let found = contradicted(&not_deleted(at, &mut belief, "cs-a")).concat();
        assert!(found.starts_with(said) && found.is_empty() == said.is_empty(), "{is_made} at {at}: {found}");
    }
}

#[test]
fn a_source_is_in_use_until_what_is_exported_of_it_is_there() {
    let mut belief = belief();
    exported(&mut belief, "cs-x");
    assert_eq!(belief.pending("cs-a"), Some(Pending::InUse));
    let asked = [text("cs-a")];
    assert_eq!(names(&belief.unwritten(&asked)), ["cs-bucket"]);
    assert_eq!(names(&belief.unwritten(&[text("cs-other")])), [""; 0]);
    assert_eq!(names(&belief.unsettled(&asked)), ["cs-a", "cs-x"], "the export may be shown as a snapshot");
    assert_eq!(names(&belief.unsettled(&[text("cs-bucket")])), ["cs-x"]);
    assert_eq!(belief.exported(), 0);
    assert_eq!(contradicted(&listed(&mut belief, &["cs-x-0001.rdb"], 2)), [""; 0]);
    assert_eq!(belief.exported(), 1);
    assert_eq!(names(&belief.unwritten(&asked)), [""; 0]);
    missed(3, &mut belief, "cs-x");
    assert_eq!(belief.exported(), 2);
    assert_eq!(names(&belief.unsettled(&asked)), ["cs-a"]);
    described(&mut belief, "cs-a", Status::Available);
    assert_eq!(names(&belief.unsettled(&asked)), [""; 0]);
}

#[test]
fn an_export_is_given_up_for_what_of_it_did_not_come() {
    let told = |keys: &[&str], unshown: bool, back: bool| {
        let mut belief = belief();
        exported(&mut belief, "cs-x");
        if !keys.is_empty() {
            listed(&mut belief, keys, 2);
        }
        if unshown {
            missed(3, &mut belief, "cs-x");
        }
        if back {
            described(&mut belief, "cs-a", Status::Available);
        }
        assert_eq!(contradicted(&belief.clone().give_up(&[text("cs-none")])), [""; 0]);
        let found = contradicted(&belief.give_up(&[text("cs-x")]));
        assert_eq!(contradicted(&belief.give_up(&[text("cs-x")])), [""; 0], "it is told once");
        found
    };
    let key = "cs-x-0001.rdb";
    assert_eq!(told(&[], false, false), ["export.written: `cs-x-0001.rdb` in `cs-bucket` within 60 s"]);
    assert_eq!(told(&[key], false, true), ["export.no-snapshot: no snapshot `cs-x` within 60 s of its export"]);
    assert_eq!(told(&[key], true, false), ["export.source.back: `cs-a` available within 60 s of its export"]);
    assert_eq!(told(&[key], true, true), [""; 0]);
}

#[test]
fn what_does_not_settle_is_held_against_what_should_have_come_of_it() {
    let told = |history: &dyn Fn(&mut Belief)| {
        let mut belief = belief();
        history(&mut belief);
        contradicted(&belief.give_up(&[text("cs-b")]))
    };
    assert_eq!(told(&|belief| copied(belief, "cs-b")), ["copy.settles: `cs-b` settles within 60 s"]);
    let made = |belief: &mut Belief| {
        let call = Call::Create(CreateSnapshot::of(&owner(OwnerKind::Group), &text("cs-b")));
        belief.observe(&event(call, Reply::Snapshot(snapshot("cs-b", Status::Creating).into()), (1, 1)));
    };
    assert_eq!(told(&made), ["create.settles: `cs-b` settles within 60 s"]);
    let gone = |belief: &mut Belief| {
        copied(belief, "cs-b");
        described(belief, "cs-b", Status::Available);
        deleted(belief, "cs-b");
    };
    assert_eq!(told(&gone), ["delete.gone: `cs-b` settles within 60 s"]);
    let unseen = |belief: &mut Belief| {
        copied(belief, "cs-b");
        missed(2, belief, "cs-b");
    };
    assert_eq!(told(&unseen), ["copy.visible: `cs-b` settles within 60 s"]);
    assert_eq!(told(&|_| {}), [""; 0], "none is there");
}

#[test]
fn a_name_is_in_a_phase_where_it_can_be_in_no_other() {
    let mut belief = belief();
    assert!(belief.is_in("CS-A", Phase::Available));
    assert!(!belief.is_in("cs-a", Phase::Creating) && !belief.is_in("cs-none", Phase::Available));
    copied(&mut belief, "cs-b");
    assert!(!belief.is_in("cs-b", Phase::Creating), "it may be available already");
    assert!(belief.may_show("CS-B").has(Phase::Absent), "a describe may lag");
    assert_eq!(belief.may_show("cs-none"), Phases::ABSENT);
    let mut known: Vec<&str> = belief.names().map(|name| &**name).collect();
    known.sort_unstable();
    assert_eq!(known, ["cs-a", "cs-b"]);
}

#[test]
fn tags_that_were_changed_are_read_of_the_snapshot_its_source_and_its_copies() {
    let mut belief = belief();
    let list = |name: &str| Call::ListTags { resource: Some(text(ARN.replace("cs-a", name))) };
    belief.observe(&event(list("cs-a"), Reply::Tags(Vec::new()), (1, 1)));
    copied(&mut belief, "cs-b");
    described(&mut belief, "cs-b", Status::Available);
    described(&mut belief, "cs-a", Status::Available);
    assert_eq!(names(&belief.unread_tags("cs-a")), ["cs-b"], "whether it has those of its source");
    belief.observe(&event(list("cs-b"), Reply::Tags(Vec::new()), (3, 3)));
    assert_eq!(names(&belief.unread_tags("cs-a")), [""; 0]);
    let tags = Some(vec![TagArg { key: Some(text("k")), value: Some(text("v")) }]);
    let added = vec![crate::service::Tag { key: text("k"), value: text("v") }];
    let add = Call::AddTags { resource: named(ARN), tags };
    belief.observe(&event(add, Reply::Tags(added.clone()), (4, 4)));
    for name in ["cs-a", "CS-B"] {
        assert_eq!(names(&belief.unread_tags(name)), ["cs-a", "cs-b"], "{name}");
    }
    assert_eq!(names(&belief.unread_tags("cs-other")), [""; 0]);
    belief.observe(&event(list("cs-a"), Reply::Tags(added), (5, 5)));
    assert_eq!(names(&belief.unread_tags("cs-a")), ["cs-b"]);
    deleted(&mut belief, "cs-b");
    assert_eq!(names(&belief.unread_tags("cs-a")), [""; 0], "of one that goes they are not read");
}

#[test]
fn what_is_known_of_a_name_goes_into_the_next_sequence_without_what_was_under_way() {
    let mut belief = belief();
    belief.know_tagged(owner(OwnerKind::Group), Vec::new());
    copied(&mut belief, "cs-b");
    exported(&mut belief, "cs-x");
    let next = belief.carry(&[text("cs-a"), text("cs-none")]);
    assert_eq!(next.names().map(|name| &**name).collect::<Vec<_>>(), ["cs-a"]);
    assert_eq!((next.made, next.owners.tagged.is_some()), (belief.made, true));
    assert_eq!(next.owner_exists(&owner(OwnerKind::Group)), Some(true));
    assert_eq!(next.pending("cs-a").map(|pending| pending == Pending::InUse), Some(false), "nothing uses it");
    assert!(next.exports().is_empty());
    let mut wrong = belief.clone();
    described(&mut wrong, "cs-a", Status::Creating);
    assert!(wrong.is_suspect("cs-a") && !wrong.carry(&[text("cs-a")]).is_suspect("cs-a"));
    let mut lags = belief.clone();
    lags.know_lag();
    for (belief, stays) in [(&belief, false), (&lags, true)] {
        let mut belief = belief.clone();
        described(&mut belief, "cs-b", Status::Available);
        let next = belief.carry(&[text("cs-b")]);
        let rested = next.slots.get("cs-b").and_then(|slot| slot.rested_at);
        assert_eq!(rested.is_some(), stays, "it may be shown as it was made where reads lag");
    }
}

#[test]
fn of_an_owner_that_nobody_made_it_is_known_that_there_is_none() {
    let mut belief = belief();
    let other = |kind, id: &str| Owner { kind, id: text(id) };
    assert_eq!(belief.owner_exists(&owner(OwnerKind::Group)), Some(true));
    assert_eq!(belief.owner_exists(&other(OwnerKind::Group, "cs-mine")), Some(false), "a case makes none");
    assert_eq!(belief.owner_exists(&other(OwnerKind::Group, "theirs")), None);
    belief.know_owner(other(OwnerKind::Cluster, "theirs"), true);
    assert_eq!(belief.owner_exists(&other(OwnerKind::Group, "theirs")), Some(false), "a cluster is called so");
    belief.know_owner(other(OwnerKind::Cluster, "lost"), false);
    assert_eq!(belief.owner_exists(&other(OwnerKind::Group, "lost")), None);
    assert!(belief.takes_snapshots(&owner(OwnerKind::Group)));
    belief.know_barren(other(OwnerKind::Cluster, "theirs"));
    assert!(!belief.takes_snapshots(&other(OwnerKind::Cluster, "theirs")));
    assert!(belief.takes_snapshots(&owner(OwnerKind::Group)));
}

#[test]
fn shards_are_those_that_were_asked_for_or_are_shown() {
    let shown = |nodes: usize, groups: Option<&str>| {
        let mut belief = belief();
        let mut shown = snapshot("cs-a", Status::Available);
        shown.nodes = vec![crate::service::Node::default(); nodes];
        if let Some(groups) = groups {
            shown.fields.set(Member::NumNodeGroups, groups);
        }
        belief.observe(&event(
            Call::describe(&text("cs-a")),
            Reply::Snapshots(Page { snapshots: vec![shown], marker: None }),
            (2, 2),
        ));
        belief
    };
    assert_eq!(View::shards(&shown(0, None), "cs-a"), None);
    assert_eq!(View::shards(&shown(1, None), "cs-a"), Some(1));
    assert_eq!(View::shards(&shown(2, Some("3")), "cs-a"), Some(2));
    assert_eq!(View::shards(&shown(0, Some("3")), "cs-a"), Some(3));
    assert_eq!(View::shards(&shown(0, Some("0")), "cs-a"), None);
    assert_eq!((shown(2, None).nodes("cs-a"), shown(2, None).nodes("cs-none")), (2, 0));
    let mut asked = shown(2, None);
    asked.know_shards("cs-a", 4);
    assert_eq!(View::shards(&asked, "cs-a"), Some(4));
}

#[test]
fn an_arn_is_the_one_that_is_shown_or_the_one_that_it_must_be() {
    let unknown = belief_of(None);
    assert_eq!(unknown.arn("cs-a"), None);
    assert_eq!(belief().arn("cs-b"), Some(text(ARN.replace("cs-a", "cs-b"))));
    let told = |belief: &mut Belief, arn: &str| {
        let mut shown = snapshot("cs-a", Status::Available);
        shown.fields.set(Member::Arn, arn);
        let reply = Reply::Snapshots(Page { snapshots: vec![shown], marker: None });
        contradicted(&belief.observe(&event(Call::describe(&text("cs-a")), reply, (2, 2)))).len()
    };
    for arn in [
        "nonsense",
        &ARN.replace("us-east-1", "us-west-2"),
        &ARN.replace("cs-a", "cs-b"),
        &ARN.replace("snapshot", "cluster"),
        &ARN.replace("123456789012", "210987654321"),
        &ARN.replace("123456789012", "1234"),
    ] {
        assert_eq!(told(&mut belief(), arn), 1, "{arn}");
    }
    for arn in [ARN.replace("123456789012", "1234"), ARN.replace("123456789012", "12345678901x")] {
        assert_eq!(told(&mut belief_of(None), &arn), 1, "{arn} shows no account");
    }
    let mut learns = belief_of(None);
    assert_eq!(told(&mut learns, ARN), 0);
    assert_eq!(learns.home().account, named("123456789012"));
    assert_eq!(learns.arn("cs-a"), named(ARN));
}

#[test]
fn sources_that_are_available_are_let_go_of_although_their_exports_may_run() {
    let mut belief = belief();
    exported(&mut belief, "cs-x");
    belief.end_exports();
    assert_eq!(contradicted(&not_deleted(3, &mut belief.clone(), "cs-a")), [""; 0], "it was not seen available since");
    assert!(!belief.is_in("cs-a", Phase::Available));
    described(&mut belief, "cs-a", Status::Available);
    let mut beliefs = Beliefs::from(belief);
    beliefs.end_exports();
    assert!(beliefs.is_in("cs-a", Phase::Available));
    let mut belief = beliefs.into_belief();
    assert_eq!([3, 63].map(|at| contradicted(&not_deleted(at, &mut belief.clone(), "cs-a")).len()), [0, 1]);
    assert_eq!(names(&belief.exports()), ["cs-x"]);
    belief.forget_made();
    assert_eq!(belief.made, 0);
    belief.set_prefix(text("other-"));
    assert_eq!(*belief.home().prefix, *"other-");
}

#[test]
fn what_is_written_down_of_a_belief_is_read_back() {
    let mut belief = belief();
    belief.know_owner(Owner { kind: OwnerKind::Cluster, id: text("gone") }, false);
    let json = serde_json::to_string(&belief).unwrap();
    let read: Belief = serde_json::from_str(&json).unwrap();
    assert_eq!(read.owners.there, belief.owners.there);
    assert_eq!(read.names().collect::<Vec<_>>(), belief.names().collect::<Vec<_>>());
    assert_eq!(read.home().account, belief.home().account);
}

#[test]
fn what_a_snapshot_has_shown_of_itself_is_told() {
    let mut belief = belief();
    let mut shown = snapshot("cs-a", Status::Available);
    shown.fields.set(Member::Engine, "valkey");
    let reply = Reply::Snapshots(Page { snapshots: vec![shown], marker: None });
    belief.observe(&event(Call::describe(&text("cs-a")), reply, (2, 2)));
    assert_eq!(belief.shown("cs-a", Member::Engine), Some("valkey"));
    assert_eq!((belief.shown("cs-a", Member::Port), belief.shown("cs-none", Member::Engine)), (None, None));
}

#[test]
fn a_quota_may_answer_once_as_many_snapshots_are_there() {
    let mut beliefs = Beliefs::from(Belief::new(Home { quota: 3, ..(*belief().home).clone() }));
    assert!(!beliefs.quota_may_answer() && !beliefs.is_over_quota());
    beliefs.reach_quota();
    assert!(beliefs.quota_may_answer() && !beliefs.is_over_quota(), "of an owner whose quota is gone over it is sure");
    let mut known = Belief::new(Home { quota: 1, ..(*belief().home).clone() });
    known.know_quota();
    assert!(Beliefs::from(known).is_over_quota());
}

#[test]
fn every_kind_of_copies_has_words_of_its_own() {
    let mut words: Vec<&str> = CopyKind::ALL.iter().flat_map(|kind| kind.words()).collect();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), 2 * CopyKind::ALL.len());
    assert!(words.iter().all(|word| word.contains("cop")));
}
