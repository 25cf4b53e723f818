#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may stop where it stands")]

use super::*;
use crate::model::{Answer, predict};
use crate::service::{
    Build, Call, CopySnapshot, CreateSnapshot, DescribeSnapshots, Dress, FaultCode, Fixture, Forgery, Member, Reply,
    S3Action, S3Call, Status, Step, TagArg,
};

const SETTLE: u64 = 50;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn world() -> State {
    let home = Home { region: text("us-east-1"), account: text("123456789012"), epoch: Timestamp::UNIX_EPOCH };
    let mut world = State::new(home, None);
    let owner = Owner { kind: OwnerKind::Group, id: text("g") };
    apply(&mut world, Call::Fixture(Fixture::Create(owner)), 0);
    apply(&mut world, create("a"), 0);
    world.progress(ms(SETTLE));
    world
}

/// A world with a snapshot `b` of a group of so many shards.
fn sharded(shards: u32) -> State {
    let mut world = world();
    let owner = Owner { kind: OwnerKind::Group, id: text("s") };
    let build = Build { shards: Some(shards), ..Build::default() };
    apply(&mut world, Call::Fixture(Fixture::Build(owner.clone(), build)), SETTLE);
    apply(&mut world, Call::Create(CreateSnapshot::of(&owner, &text("b"))), 2 * SETTLE);
    // What it holds is known when it is there.
    world.progress(ms(3 * SETTLE));
    world
}

fn apply(world: &mut State, call: Call, now: u64) -> Reply {
    world.apply(&Step::from(call), ms(now), &Freedom::default())
}

fn create(name: &str) -> Call {
    Call::Create(CreateSnapshot { name: Some(text(name)), group: Some(text("G")), ..CreateSnapshot::default() })
}

fn copy(source: &str, target: &str) -> Call {
    let (source, target) = (Some(text(source)), Some(text(target)));
    Call::Copy(CopySnapshot { source, target, ..CopySnapshot::default() })
}

fn delete(name: &str) -> Call {
    Call::Delete { name: Some(text(name)) }
}

fn tag(name: &str, key: &str, value: &str) -> Call {
    let tags = vec![TagArg { key: Some(text(key)), value: Some(text(value)) }];
    Call::AddTags {
        resource: Some(text(format!("arn:aws:elasticache:us-east-1:123456789012:snapshot:{name}"))),
        tags: Some(tags),
    }
}

/// The first answer that the model gives in this world, as a word.
fn first(world: &State, call: Call) -> String {
    let step = Step::from(call);
    let prediction = predict(world, &step);
    match prediction.allowed.first().map(|allowed| allowed.answer.clone()) {
        Some(Answer::Fault(code)) => code.to_string(),
        Some(Answer::Reply) => "reply".to_owned(),
        None => "anything".to_owned(),
    }
}

fn status_of(world: &State, name: &str, now: u64) -> String {
    let call = DescribeSnapshots { name: Some(text(name)), ..DescribeSnapshots::default() };
    let page = world.page(&call, ms(now), &Freedom::default());
    page.snapshots
        .first()
        .and_then(|shown| shown.status.clone())
        .map_or("absent".to_owned(), |status| status.to_string())
}

#[test]
fn time_alone_finishes_what_was_begun() {
    // (what is done at 100 ms, the name, its status at once, 1 ms early, in time)
    let table = [
        (copy("a", "B"), "b", ["creating", "creating", "available"]),
        (create("c"), "c", ["creating", "creating", "available"]),
        (delete("A"), "a", ["deleting", "deleting", "absent"]),
    ];
    for (call, name, expected) in table {
        let mut world = world();
        apply(&mut world, call, 100);
        let seen = [100, 100 + SETTLE - 1, 100 + SETTLE].map(|now| {
            world.progress(ms(now));
            status_of(&world, name, now)
        });
        assert_eq!(seen, expected, "{name}");
    }
}

#[test]
fn the_model_answers_as_the_world_is() {
    let mut world = world();
    assert_eq!(first(&world, copy("a", "b")), "reply");
    assert_eq!(first(&world, copy("nope", "b")), FaultCode::SnapshotNotFound.code());
    apply(&mut world, copy("a", "b"), 100);
    for (call, expected) in [
        (copy("a", "B"), FaultCode::SnapshotAlreadyExists),
        (copy("b", "c"), FaultCode::InvalidSnapshotState),
        (create("b"), FaultCode::SnapshotAlreadyExists),
        (delete("nope"), FaultCode::SnapshotNotFound),
    ] {
        assert_eq!(first(&world, call), expected.code());
    }
    apply(&mut world, delete("b"), 100);
    assert!(world.was_deleted("b"));
    assert_eq!(first(&world, delete("b")), FaultCode::InvalidSnapshotState.code());
    world.progress(ms(200));
    assert_eq!(first(&world, copy("a", "b")), "reply");
}

#[test]
fn a_quota_counts_what_was_taken_of_the_group() {
    let mut world = world().with_quota(Some(2));
    let refused = |world: &State, name: &str| {
        let full = Answer::Fault(FaultCode::SnapshotQuotaExceeded);
        predict(world, &Step::from(create(name))).allowed.iter().any(|allowed| allowed.answer == full)
    };
    assert!(!refused(&world, "b"));
    apply(&mut world, create("b"), 2 * SETTLE);
    assert!(refused(&world, "c"));
}

#[test]
fn only_what_is_not_available_may_be_refused_to_a_cluster_as_a_wrong_value() {
    let mut world = world();
    apply(&mut world, create("b"), SETTLE);
    let refused = |name: &str| {
        let restore = Call::Restore { cluster: Some(text("c")), snapshot: Some(text(name)) };
        let wrong_value = Answer::Fault(FaultCode::InvalidParameterValue);
        predict(&world, &Step::from(restore)).allowed.iter().any(|allowed| allowed.answer == wrong_value)
    };
    assert_eq!(["a", "b", "c"].map(refused), [false, true, true], "available, creating, and not there");
}

#[test]
fn a_cluster_has_its_id_alone() {
    let mut world = world();
    let restore = |id: &str| Call::Restore { cluster: Some(text(id)), snapshot: Some(text("a")) };
    apply(&mut world, restore("c"), SETTLE);
    world.progress(ms(2 * SETTLE));
    let refused = |id: &str| {
        let taken = Answer::Fault(FaultCode::CacheClusterAlreadyExists);
        predict(&world, &Step::from(restore(id))).allowed.iter().any(|allowed| allowed.answer == taken)
    };
    assert_eq!(["c", "C", "d"].map(refused), [true, true, false]);
    let again = apply(&mut world, restore("c"), 3 * SETTLE);
    assert!(matches!(again, Reply::Owner(_)), "who accepts it nevertheless shows a cluster: {again:?}");
}

#[test]
fn a_copy_has_its_sources_members_and_tags_and_its_own_name() {
    let mut world = world();
    apply(&mut world, tag("a", "x", "1"), 60);
    let Reply::Snapshot(reply) = apply(&mut world, copy("a", "B"), 100) else { panic!("no snapshot") };
    assert_eq!(reply.name.as_deref(), Some("b"));
    assert_eq!(reply.status, Some(Status::Creating));
    let (source, target) = (world.snapshot("a").unwrap().shown(ms(200)), world.snapshot("b").unwrap().shown(ms(100)));
    assert_eq!(source.nodes, target.nodes);
    for (member, value) in source.fields.iter().filter(|(member, _)| *member != Member::Arn) {
        assert_eq!(target.fields.get(member), Some(value));
    }
    assert_eq!(target.fields.get(Member::Arn), Some(&*world.arn("b")));
    apply(&mut world, tag("a", "y", "2"), 100);
    assert_eq!(world.snapshot("b").unwrap().tag_map().len(), 1, "the tags are no alias of the source's");
}

#[test]
fn what_is_not_known_at_first_is_shown_when_it_has_settled() {
    let mut world = world();
    apply(&mut world, create("c"), 100);
    let created = |now| {
        world.snapshot("c").unwrap().shown(ms(now)).nodes[0].fields.get(Member::SnapshotCreateTime).map(str::to_owned)
    };
    assert_eq!(created(100), None);
    assert_eq!(created(100 + SETTLE).as_deref(), Some("1970-01-01T00:00:00Z"));
}

#[test]
fn pages_in_every_order_show_each_snapshot_once() {
    let mut world = world();
    for number in 0..70 {
        apply(&mut world, copy("a", &format!("n{number:02}")), 100);
    }
    for order in [ListOrder::Names, ListOrder::Backwards, ListOrder::Scattered(7)] {
        let freedom = Freedom { order, ..Freedom::default() };
        let mut call = DescribeSnapshots { max_records: Some(text("20")), ..DescribeSnapshots::default() };
        let (mut names, mut sizes) = (Vec::new(), Vec::new());
        loop {
            let page = world.page(&call, ms(100), &freedom);
            sizes.push(page.snapshots.len());
            names.extend(page.snapshots.into_iter().filter_map(|shown| shown.name));
            assert!(page.marker.as_ref().is_none_or(|marker| world.knows_marker(marker)));
            call.marker = page.marker;
            if call.marker.is_none() {
                break;
            }
        }
        assert_eq!(sizes, [20, 20, 20, 11]);
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 71);
    }
    assert!(!world.knows_marker("invented"));
}

#[test]
fn filters_show_what_matches_and_nothing_else() {
    let mut world = world();
    apply(&mut world, copy("a", "b"), 100);
    let filter = |name: Option<&str>, group: Option<&str>, source: Option<&str>| DescribeSnapshots {
        name: name.map(text),
        group: group.map(text),
        source: source.map(text),
        ..DescribeSnapshots::default()
    };
    for (call, expected) in [
        (filter(None, None, None), 2),
        (filter(Some("A"), None, None), 1),
        (filter(Some("nope"), None, None), 0),
        (filter(None, Some("g"), None), 2),
        (filter(None, Some("h"), None), 0),
        (filter(None, None, Some("user")), 2),
        (filter(None, None, Some("system")), 0),
        (filter(Some("a"), None, Some("system")), 0),
    ] {
        assert_eq!(world.page(&call, ms(200), &Freedom::default()).snapshots.len(), expected, "{call:?}");
    }
}

#[test]
fn shards_share_all_slots() {
    for (shards, slots) in [(2, vec!["0-8191", "8192-16383"]), (3, vec!["0-5460", "5461-10921", "10922-16383"])] {
        let world = sharded(shards);
        let nodes = &world.snapshot("b").unwrap().snapshot.nodes;
        let shared: Vec<&str> = nodes.iter().filter_map(|node| node.fields.get(Member::ConfigurationSlots)).collect();
        assert_eq!(shared, slots);
    }
}

#[test]
fn an_export_writes_over_nothing() {
    let mut world = world();
    let s3 = |action| {
        let bucket = (text("bucket"), text("us-east-1"));
        Call::S3(S3Call { bucket: bucket.0, region: bucket.1, account: None, action })
    };
    apply(&mut world, s3(S3Action::CreateBucket { acl: None }), 100);
    apply(&mut world, s3(S3Action::PutObject { key: text("x-0001.rdb"), body: text("somebody's") }), 100);
    let (source, bucket) = (Some(text("a")), Some(text("bucket")));
    let export = Call::Copy(CopySnapshot { source, target: Some(text("X")), bucket, ..CopySnapshot::default() });
    // The second is begun while the objects of the first are to come.
    apply(&mut world, export.clone(), 100);
    apply(&mut world, export, 110);
    world.progress(ms(110 + SETTLE));
    let objects = &world.buckets.get("bucket").unwrap().objects;
    assert_eq!(objects.keys().map(|key| &**key).collect::<Vec<_>>(), ["X-0001.rdb", "x-0001.rdb"]);
    assert_eq!(objects.get("x-0001.rdb").map(|object| &**object), Some("somebody's".as_bytes()));
}

#[test]
fn a_bucket_is_its_owners_and_goes_when_it_is_empty() {
    use crate::service::{Permissions, S3Reply};
    let mut buckets = Buckets::default();
    let [mine, theirs] = ["123456789012", "210987654321"].map(text);
    let mut ask = |caller: &Text, action: S3Action| {
        let call = S3Call { bucket: text("my-bucket"), region: text("us-east-1"), account: None, action };
        buckets.answer(&call, caller).map_err(|fault| fault.code)
    };
    let create = || S3Action::CreateBucket { acl: Some(Permissions::ALL) };
    let keys = |keys: &[&str]| Ok(S3Reply::Objects { keys: keys.iter().copied().map(text).collect(), token: None });
    assert_eq!(ask(&mine, S3Action::ListBuckets), keys(&[]));
    assert_eq!(ask(&mine, create()), Ok(S3Reply::Done));
    assert_eq!(ask(&mine, create()), Err("BucketAlreadyOwnedByYou"));
    assert_eq!(ask(&theirs, create()), Err("BucketAlreadyExists"));
    assert_eq!(ask(&mine, S3Action::ListBuckets), keys(&["my-bucket"]));
    assert_eq!(ask(&theirs, S3Action::ListBuckets), keys(&[]));
    let put = || S3Action::PutObject { key: text("k"), body: text("body") };
    assert_eq!(ask(&theirs, put()), Err("AccessDenied"));
    assert_eq!(ask(&mine, put()), Ok(S3Reply::Done));
    assert_eq!(ask(&mine, S3Action::ListObjects { token: None }), keys(&["k"]));
    let read = S3Reply::Object { size: Some(4), head: b"body".to_vec() };
    assert_eq!(ask(&mine, S3Action::GetObject { key: text("k") }), Ok(read));
    assert_eq!(ask(&mine, S3Action::DeleteBucket), Err("BucketNotEmpty"));
    assert_eq!(ask(&mine, S3Action::DeleteObject { key: text("k") }), Ok(S3Reply::Done));
    assert_eq!(ask(&mine, S3Action::GetObject { key: text("k") }), Err("NoSuchKey"));
    assert_eq!(ask(&mine, S3Action::DeleteBucket), Ok(S3Reply::Done));
    assert_eq!(ask(&mine, S3Action::DeleteBucket), Err("NoSuchBucket"));
}

#[test]
fn an_owner_with_backups_has_one_that_goes_with_it() {
    let mut world = world();
    let owner = Owner { kind: OwnerKind::Cluster, id: text("Kept") };
    let build = Build { backups: true, ..Build::default() };
    apply(&mut world, Call::Fixture(Fixture::Build(owner.clone(), build)), 100);
    world.progress(ms(200));
    let automatic = |world: &State| {
        let automated = |living: &&Living| living.snapshot.fields.get(Member::SnapshotSource) == Some("automated");
        world.snapshots().map(|(_, living)| living).find(automated).map(|living| living.snapshot.clone())
    };
    let backup = automatic(&world).unwrap();
    assert_eq!(backup.name, Some(text("automatic.kept-1970-01-01-00-00")));
    assert_ne!(backup.fields.get(Member::SnapshotRetentionLimit), Some("0"), "they are kept for some days");
    apply(&mut world, Call::Fixture(Fixture::Delete(owner)), 300);
    world.progress(ms(400));
    assert_eq!(automatic(&world), None);
}

#[test]
fn of_no_owner_in_particular_all_are_described() {
    let mut world = world();
    let mut ids = |kind: OwnerKind, id: &str| {
        let owner = Owner { kind, id: text(id) };
        match world.fixture(&Fixture::Describe(owner), ms(0), &Freedom::default()) {
            Ok(Reply::Owners(views)) => Ok(views.len()),
            Ok(other) => panic!("{other:?}"),
            Err(code) => Err(code),
        }
    };
    assert_eq!(ids(OwnerKind::Group, ""), Ok(1));
    assert_eq!(ids(OwnerKind::Cluster, ""), Ok(0));
    assert_eq!(ids(OwnerKind::Group, "g"), Ok(1));
    assert_eq!(ids(OwnerKind::Group, "h"), Err(FaultCode::ReplicationGroupNotFound));
}

#[test]
fn what_a_busy_target_says_is_told_to_those_who_do_not_ask_again() {
    let mut world = world();
    apply(&mut world, copy("a", "b"), 100);
    world.progress(ms(200));
    apply(&mut world, delete("b"), 200);
    let step = Step::from(copy("a", "b"));
    let prediction = predict(&world, &step);
    let [lasting, at_once] = [prediction.words(), prediction.words_at_once()];
    assert_eq!(lasting, "a reply (200)");
    assert!(at_once.contains(&lasting) && at_once.contains("SnapshotAlreadyExistsFault (400)"), "{at_once}");
}

#[test]
fn a_name_may_be_as_long_as_any_that_was_seen_accepted() {
    let world = world();
    let may_be_refused = |length: usize| {
        let step = Step::from(copy("a", &"x".repeat(length)));
        let prediction = predict(&world, &step);
        let refusals = prediction.allowed.iter().filter(|allowed| allowed.answer != Answer::Reply);
        refusals.count() > 0
    };
    assert_eq!([40, 41, 48, 49].map(may_be_refused), [false, false, false, true]);
}

#[test]
fn a_key_is_unusable_where_another_is_known_to_be_usable() {
    let home = Home { region: text("us-east-1"), account: text("123456789012"), epoch: Timestamp::UNIX_EPOCH };
    let key = "arn:aws:kms:us-east-1:123456789012:key/1";
    let keyed = State::new(home, Some(text(key)));
    let told = [key, "", "alias/mine", "arn:aws:kms:us-east-1:123456789012:alias/mine", "arn:other"];
    assert_eq!(told.map(|key| crate::model::is_unusable(&keyed, key)), [false, false, false, false, true]);
    assert_eq!(told.map(|key| crate::model::is_unusable(&world(), key)), [false; 5], "of none is it known");
}

#[test]
fn a_snapshot_has_the_tags_of_its_owner_unless_others_are_given() {
    let tags_of = |tags: Option<Vec<TagArg>>, empty_list_clears: bool| {
        let mut world = world();
        let owner = Owner { kind: OwnerKind::Cluster, id: text("c") };
        let own = vec![TagArg { key: Some(text("own")), value: Some(text("")) }];
        let build = Build { tags: Some(own), ..Build::default() };
        apply(&mut world, Call::Fixture(Fixture::Build(owner.clone(), build)), 100);
        let call = Call::Create(CreateSnapshot { tags, ..CreateSnapshot::of(&owner, &text("b")) });
        world.apply(&Step::from(call), ms(200), &Freedom { empty_list_clears, ..Freedom::default() });
        let keys = |living: &Living| living.tag_map().keys().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        world.snapshot("b").map(keys)
    };
    let given = || vec![TagArg { key: Some(text("given")), value: Some(text("")) }];
    for clears in [false, true] {
        assert_eq!(tags_of(None, clears).as_deref(), Some("own"));
        assert_eq!(tags_of(Some(given()), clears).as_deref(), Some("given"));
        assert_eq!(tags_of(Some(Vec::new()), clears).as_deref(), Some(if clears { "" } else { "own" }));
    }
}

#[test]
fn a_group_is_told_by_its_arn_and_keeps_the_tags_that_it_is_given() {
    let mut world = world();
    let owner = Owner { kind: OwnerKind::Group, id: text("g") };
    let arn = "arn:aws:elasticache:us-east-1:123456789012:replicationgroup:g";
    let Reply::Owners(views) = apply(&mut world, Call::Fixture(Fixture::Describe(owner)), 100) else {
        panic!("no group")
    };
    assert_eq!(views.first().and_then(|view| view.arn.as_deref()), Some(arn));
    let tags = vec![TagArg { key: Some(text("team")), value: Some(text("one")) }];
    apply(&mut world, Call::AddTags { resource: Some(text(arn)), tags: Some(tags.clone()) }, 100);
    assert_eq!(world.tags_of_owner(arn), Some(crate::model::given(&tags)));
}

#[test]
fn a_cluster_may_not_be_made_from_several_shards() {
    let may_be_refused = |shards: u32| {
        let world = sharded(shards);
        let restore = Call::Restore { cluster: Some(text("c")), snapshot: Some(text("b")) };
        let refused = Answer::Fault(FaultCode::InvalidParameterValue);
        predict(&world, &Step::from(restore)).allowed.iter().any(|allowed| allowed.answer == refused)
    };
    assert_eq!([1, 2].map(may_be_refused), [false, true]);
}

#[test]
fn what_is_wrong_with_a_signature_is_told_by_the_fault() {
    let told = |unsigned: bool, forged: Option<Forgery>| {
        let step = Step { dress: Dress { unsigned, forged, ..Dress::default() }, ..Step::from(copy("a", "b")) };
        let prediction = predict(&world(), &step);
        assert!(!prediction.allows_reply() && prediction.allowed.len() > 2, "{forged:?}");
        prediction.allowed.first().map(|allowed| allowed.answer.clone())
    };
    let table = [
        (None, FaultCode::MissingAuthenticationToken),
        (Some(Forgery::Wrong), FaultCode::SignatureDoesNotMatch),
        (Some(Forgery::Expired), FaultCode::RequestExpired),
        (Some(Forgery::UnknownKey), FaultCode::InvalidClientTokenId),
        (Some(Forgery::Incomplete), FaultCode::IncompleteSignature),
    ];
    for (forged, code) in table {
        assert_eq!(told(forged.is_none(), forged), Some(Answer::Fault(code)));
    }
}
