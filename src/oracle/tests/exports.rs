//! Buckets, what is exported to them, and what is known of them where calls were lost or overlapped.

use super::*;
use crate::model::BucketSeen;
use crate::spec::id;

fn bucket(action: S3Action) -> Call {
    Call::S3(S3Call { bucket: text("cs-bucket"), region: text("us-east-1"), account: None, action })
}

fn done(belief: &mut Belief, action: S3Action) -> Judgement {
    belief.observe(&event(bucket(action), Reply::S3(S3Reply::Done), (1, 1)))
}

/// A belief with a bucket, which was listed where it is said so.
fn with_bucket(listed: bool) -> Belief {
    let mut belief = belief();
    done(&mut belief, S3Action::CreateBucket { acl: Some(Permissions::ALL) });
    if listed {
        list(&mut belief, &[]);
    }
    belief
}

fn list(belief: &mut Belief, keys: &[&str]) -> Judgement {
    let keys = keys.iter().copied().map(text).collect();
    let reply = Reply::S3(S3Reply::Objects { keys, token: None });
    belief.observe(&event(bucket(S3Action::ListObjects { token: None }), reply, (2, 2)))
}

fn read(belief: &mut Belief, key: &str, size: Option<u64>, head: &[u8]) -> Judgement {
    let reply = Reply::S3(S3Reply::Object { size, head: head.to_vec() });
    belief.observe(&event(bucket(S3Action::GetObject { key: text(key) }), reply, (3, 3)))
}

fn put(belief: &mut Belief, key: &str, body: &str) {
    done(belief, S3Action::PutObject { key: text(key), body: text(body) });
}

fn export(target: &str) -> Call {
    let (source, bucket) = (named("cs-a"), named("cs-bucket"));
    Call::Copy(CopySnapshot { source, target: named(target), bucket, ..CopySnapshot::default() })
}

fn exported(belief: &mut Belief, target: &str) {
    belief.observe(&event(export(target), Reply::Snapshot(snapshot(target, Status::Creating).into()), (1, 1)));
}

fn refused(belief: &mut Belief, call: Call, code: &str) -> Judgement {
    let fault = Fault { code: FaultCode::from_code(code), message: text("") };
    belief.observe(&answered(call, Outcome::Fault(fault), (1, 1)))
}

fn wrong(judgement: &Judgement) -> Vec<&'static str> {
    judgement.contradictions().map(|(clause, _)| clause.name()).collect()
}

const KEY: &str = "cs-x-0001.rdb";

#[test]
fn an_object_is_an_exports_where_the_bucket_was_seen_without_it() {
    let told = |listed: bool, lost_export: bool| {
        let mut belief = with_bucket(listed);
        if lost_export {
            belief.observe(&lost(export("cs-x"), 1));
        } else {
            exported(&mut belief, "cs-x");
        }
        let judgement = list(&mut belief, &[KEY]);
        assert_eq!(wrong(&judgement), [""; 0]);
        [id::EXPORT_KEY, id::EXPORT_WRITTEN, id::EXPORT_SUCCEEDS].map(|clause| judgement.passes(clause))
    };
    assert_eq!(told(true, false), [true; 3]);
    assert_eq!(told(false, false), [false; 3], "it may have been there before");
    assert_eq!(told(true, true), [false; 3], "nobody knows what came of the export");
}

#[test]
fn nothing_but_what_is_exported_comes_to_a_bucket_and_what_is_there_stays() {
    let told = |listed: bool, keys: &[&str]| {
        let mut belief = with_bucket(listed);
        exported(&mut belief, "cs-x");
        list(&mut belief, &[KEY]);
        wrong(&list(&mut belief, keys))
    };
    assert_eq!(told(true, &[KEY]), [""; 0]);
    assert_eq!(told(true, &[KEY, "other"]), ["export.key"]);
    assert_eq!(told(true, &[]), ["export.objects.stay"]);
    let mut unlisted = with_bucket(false);
    exported(&mut unlisted, "cs-x");
    assert_eq!(wrong(&list(&mut unlisted, &[KEY, "other"])), [""; 0], "it may have been there before");
    let mut elsewhere = with_bucket(true);
    exported(&mut elsewhere, "cs-x");
    assert_eq!(wrong(&list(&mut elsewhere, &["other.rdb"])), ["export.key"], "it is called otherwise");
    let mut quiet = with_bucket(true);
    assert_eq!(wrong(&list(&mut quiet, &["other"])), [""; 0], "nothing was exported");
}

#[test]
fn a_refused_export_leaves_a_bucket_as_it_was() {
    let after_refusal = |keys: &[&str]| {
        let mut belief = with_bucket(true);
        put(&mut belief, "mine", "body");
        refused(&mut belief, export("cs-x"), "SnapshotNotFoundFault");
        list(&mut belief, keys)
    };
    assert!(after_refusal(&["mine"]).passes(id::EXPORT_REFUSAL_NO_EFFECT));
    for keys in [&["mine", KEY][..], &[]] {
        let judgement = after_refusal(keys);
        assert_eq!(wrong(&judgement), ["export.refusal.no-effect"]);
        assert!(!judgement.passes(id::EXPORT_REFUSAL_NO_EFFECT));
    }
}

#[test]
fn what_may_tier_its_data_may_refuse_to_be_exported() {
    let told = |tiers: bool| {
        let mut belief = with_bucket(true);
        belief.know_snapshot(&text("cs-a"));
        if tiers {
            belief.know_tiering(Owner { kind: OwnerKind::Group, id: text("cs-t") });
        }
        wrong(&refused(&mut belief, export("cs-x"), "InvalidParameterValue"))
    };
    assert_eq!(told(true), [""; 0]);
    assert_eq!(told(false), ["export.grant.acl"]);
}

#[test]
fn one_that_failed_has_no_tags_to_ask_for_while_it_is_exported_either() {
    let told = |status: Status| {
        let mut belief = with_bucket(true);
        copied(&mut belief, "cs-b");
        described(&mut belief, "cs-b", status);
        let (source, target, bucket) = (named("cs-b"), named("cs-x"), named("cs-bucket"));
        let call = Call::Copy(CopySnapshot { source, target, bucket, ..CopySnapshot::default() });
        belief.observe(&event(call, Reply::Snapshot(snapshot("cs-x", Status::Creating).into()), (1, 1)));
        let resource = Some(text(ARN.replace("cs-a", "cs-b")));
        let judgement = refused(&mut belief, Call::ListTags { resource }, "SnapshotNotFoundFault");
        (judgement.passing, wrong(&judgement))
    };
    assert_eq!(told(Status::Failed), (false, vec![]));
    assert_eq!(told(Status::Available), (true, vec![]), "it is asked again");
}

#[test]
fn what_was_put_is_read_as_it_was_put() {
    let told = |size: Option<u64>, head: &[u8]| {
        let mut belief = with_bucket(true);
        put(&mut belief, "mine", "body");
        let first = wrong(&read(&mut belief, "mine", size, head));
        assert_eq!(wrong(&read(&mut belief, "mine", size, head)), [""; 0], "it is told once");
        first
    };
    assert_eq!(told(Some(4), b"body"), [""; 0]);
    assert_eq!(told(None, b"bo"), [""; 0], "the beginning is enough");
    assert_eq!(told(Some(5), b"body"), ["export.objects.stay"]);
    assert_eq!(told(Some(4), b"else"), ["export.objects.stay"]);
}

#[test]
fn what_is_exported_is_no_empty_object_and_a_backup_where_it_says_so() {
    let told = |size: Option<u64>, head: &[u8]| {
        let mut belief = with_bucket(true);
        exported(&mut belief, "cs-x");
        list(&mut belief, &[KEY]);
        let judgement = read(&mut belief, KEY, size, head);
        (wrong(&judgement), judgement.passes(id::EXPORT_OBJECT), judgement.passes(id::EXPORT_OBJECT_RDB))
    };
    assert_eq!(told(Some(9), b"REDIS0011"), (vec![], true, true));
    assert_eq!(told(Some(9), b"VALKEY080"), (vec![], true, true));
    assert_eq!(told(Some(9), b"REDIS001x"), (vec!["export.object.rdb"], true, false));
    assert_eq!(told(Some(9), b"VALKEY08"), (vec!["export.object.rdb"], true, false));
    assert_eq!(told(Some(9), b"anything"), (vec![], true, false), "it claims to be no such file");
    assert_eq!(told(None, b"x"), (vec![], true, false));
    for (size, head) in [(Some(0), &b""[..]), (None, b"")] {
        assert_eq!(told(size, head), (vec!["export.object"], false, false));
    }
}

#[test]
fn what_a_list_shows_of_an_export_can_be_read() {
    let told = |code: &str, key: &str| {
        let mut belief = with_bucket(true);
        exported(&mut belief, "cs-x");
        put(&mut belief, "mine", "body");
        list(&mut belief, &[KEY, "mine"]);
        wrong(&refused(&mut belief, bucket(S3Action::GetObject { key: text(key) }), code))
    };
    assert_eq!(["NoSuchKey", "NotFound"].map(|code| told(code, KEY)), [["export.object"]; 2]);
    assert_eq!(told("SlowDown", KEY), [""; 0]);
    assert_eq!(told("NoSuchKey", "mine"), [""; 0], "it is none of an export's");
    let mut unseen = with_bucket(true);
    exported(&mut unseen, "cs-x");
    let look = bucket(S3Action::GetObject { key: text(KEY) });
    assert_eq!(wrong(&refused(&mut unseen, look, "NoSuchKey")), [""; 0], "no list has shown it");
}

#[test]
fn a_bucket_is_not_known_after_a_lost_call_that_may_change_what_it_grants() {
    let known = |call: S3Action, why: Indeterminate| {
        let mut belief = with_bucket(false);
        let judgement = belief.observe(&answered(bucket(call), Outcome::Indeterminate(why), (2, 2)));
        assert!(judgement.unanswered);
        belief.bucket_seen("cs-bucket") != BucketSeen::Unknown
    };
    let policy = |denies| S3Action::PutPolicy { allows: Permissions::READ, service: text("us-east-1"), denies };
    let unsent = || Indeterminate::NotConnected(text("no"));
    assert!(known(policy(None), Indeterminate::TimedOut), "the ACL grants that already");
    assert!(!known(policy(named("123456789012")), Indeterminate::TimedOut));
    assert!(!known(S3Action::DeletePolicy, Indeterminate::TimedOut));
    assert!(known(S3Action::DeletePolicy, unsent()), "it was never sent");
    assert!(known(S3Action::ListObjects { token: None }, Indeterminate::TimedOut), "to look changes nothing");
    let mut bare = belief();
    done(&mut bare, S3Action::CreateBucket { acl: Some(Permissions::NONE) });
    bare.observe(&lost(bucket(policy(None)), 2));
    assert_eq!(bare.bucket_seen("cs-bucket"), BucketSeen::Unknown, "the ACL grants nothing");
}

#[test]
fn what_policies_grant_and_deny_is_known_until_they_are_deleted() {
    use crate::model::CallerMay;
    let facts = |belief: &Belief| match belief.bucket_seen("cs-bucket") {
        BucketSeen::There(facts) => (facts.policy, facts.caller),
        _ => (Permissions::NONE, CallerMay::Nothing),
    };
    let policy = |denies| S3Action::PutPolicy { allows: Permissions::READ, service: text("us-east-1"), denies };
    let mut belief = with_bucket(false);
    done(&mut belief, policy(None));
    assert_eq!(facts(&belief), (Permissions::READ, CallerMay::All));
    refused(&mut belief, bucket(S3Action::ListObjects { token: None }), "AccessDenied");
    assert_eq!(facts(&belief).1, CallerMay::All, "nothing was denied");
    done(&mut belief, policy(named("123456789012")));
    assert_eq!(facts(&belief), (Permissions::READ, CallerMay::Perhaps));
    refused(&mut belief, bucket(S3Action::ListObjects { token: None }), "AccessDenied");
    assert_eq!(facts(&belief).1, CallerMay::Nothing, "S3 holds the caller to it");
    done(&mut belief, S3Action::DeletePolicy);
    assert_eq!(facts(&belief), (Permissions::NONE, CallerMay::All));
}

#[test]
fn of_two_beliefs_that_may_both_be_true_only_what_they_agree_on_of_a_bucket_is_known() {
    let start = with_bucket(true);
    let joined = |one: &dyn Fn(&mut Belief), other: &dyn Fn(&mut Belief)| {
        let [mut left, mut right] = [start.clone(), start.clone()];
        one(&mut left);
        other(&mut right);
        let mut all = left.clone();
        bucket::join(&mut all, &right);
        let mut back = right;
        bucket::join(&mut back, &left);
        let keys = |belief: &Belief| belief.objects().iter().map(|(_, key)| key.to_string()).collect::<Vec<_>>();
        assert_eq!(keys(&all), keys(&back));
        (all.bucket_seen("cs-bucket") != BucketSeen::Unknown, keys(&all))
    };
    let puts = |body: &'static str| move |belief: &mut Belief| put(belief, "k", body);
    assert_eq!(joined(&|_| {}, &|_| {}), (true, vec![]));
    assert_eq!(joined(&puts("one"), &puts("one")), (true, vec!["k".to_owned()]));
    assert_eq!(joined(&puts("one"), &puts("two")), (true, vec!["k".to_owned()]), "it is there, with one or the other");
    assert_eq!(joined(&puts("one"), &|_| {}), (true, vec![]));
    let deletes = |belief: &mut Belief| drop(done(belief, S3Action::DeleteBucket));
    assert!(!joined(&deletes, &|_| {}).0);
    let policy = |belief: &mut Belief| {
        let (allows, service) = (Permissions::READ, text("us-east-1"));
        done(belief, S3Action::PutPolicy { allows, service, denies: None });
    };
    assert_eq!([joined(&policy, &policy).0, joined(&policy, &|_| {}).0], [true, false]);
    let bodies = |one: &'static str, other: &'static str| {
        let [mut left, mut right] = [start.clone(), start.clone()];
        put(&mut left, "k", one);
        put(&mut right, "k", other);
        bucket::join(&mut left, &right);
        wrong(&read(&mut left, "k", Some(3), b"two")).len()
    };
    assert_eq!([bodies("one", "one"), bodies("one", "two")], [1, 0]);
}

#[test]
fn what_changes_in_one_part_of_a_burst_is_taken_over_into_the_whole() {
    let start = with_bucket(true);
    let taken = |here: &dyn Fn(&mut Belief), there: &dyn Fn(&mut Belief)| {
        let [mut all, mut end] = [start.clone(), start.clone()];
        here(&mut all);
        there(&mut end);
        bucket::take_over(&mut all, &end, &start);
        let keys = all.objects().iter().map(|(_, key)| key.to_string()).collect::<Vec<_>>();
        (keys.join(" "), all.stores.get("cs-bucket").map(|store| store.facts.is_some()))
    };
    let nothing = |_: &mut Belief| {};
    let puts = |key: &'static str| move |belief: &mut Belief| put(belief, key, "body");
    let deletes = |belief: &mut Belief| drop(done(belief, S3Action::DeleteBucket));
    assert_eq!(taken(&nothing, &puts("k")), ("k".to_owned(), Some(true)));
    assert_eq!(taken(&puts("k"), &nothing), ("k".to_owned(), Some(true)));
    assert_eq!(taken(&puts("k"), &puts("k")), ("k".to_owned(), Some(true)));
    assert_eq!(taken(&puts("k"), &puts("l")), (String::new(), Some(true)), "either may be");
    assert_eq!(taken(&nothing, &deletes), (String::new(), None));
    assert_eq!(taken(&puts("k"), &deletes), ("k".to_owned(), Some(false)), "whether it is there is not known");
    let exports = |name: &'static str| move |belief: &mut Belief| exported(belief, name);
    let exports_of = |here: &dyn Fn(&mut Belief), there: &dyn Fn(&mut Belief)| {
        let [mut all, mut end] = [start.clone(), start.clone()];
        here(&mut all);
        there(&mut end);
        bucket::take_over(&mut all, &end, &start);
        all.exports.iter().map(|export| (export.target.to_string(), export.doubtful)).collect::<Vec<_>>()
    };
    let of = |name: &str, doubtful| (name.to_owned(), doubtful);
    assert_eq!(exports_of(&nothing, &exports("cs-x")), [of("cs-x", false)]);
    assert_eq!(exports_of(&exports("cs-x"), &exports("cs-x")), [of("cs-x", false)]);
    assert_eq!(exports_of(&exports("cs-x"), &exports("cs-y")), [of("cs-x", false), of("cs-y", false)]);
}

#[test]
fn a_call_that_was_never_sent_changes_nothing() {
    let unsent = || Outcome::Indeterminate(Indeterminate::NotConnected(text("no")));
    for (call, name) in [(Call::Delete { name: named("cs-a") }, "cs-a"), (copy("cs-b"), "cs-b")] {
        let mut belief = belief();
        let before = belief.phases(name);
        belief.observe(&answered(call.clone(), unsent(), (1, 1)));
        assert_eq!(belief.phases(name), before);
        belief.observe(&lost(call, 1));
        assert_ne!(belief.phases(name), before);
    }
}

#[test]
fn the_service_may_not_know_yet_what_a_bucket_has_just_become() {
    let told = |acl: Permissions, code: FaultCode, message: &str, at: u64| {
        let mut belief = belief();
        done(&mut belief, S3Action::CreateBucket { acl: Some(acl) });
        let fault = Fault { code, message: text(message) };
        let judgement = belief.observe(&answered(export("cs-x"), Outcome::Fault(fault), (at, at)));
        (judgement.passing, wrong(&judgement).len())
    };
    let missing = "The S3 bucket cs-bucket does not exist.";
    let invalid = FaultCode::InvalidParameterValue;
    assert_eq!(told(Permissions::ALL, invalid.clone(), missing, 2), (true, 0));
    assert_eq!(told(Permissions::ALL, FaultCode::AccessDenied, missing, 2), (true, 0));
    assert_eq!(told(Permissions::ALL, invalid.clone(), missing, 9), (false, 1), "it has had long enough");
    assert_eq!(told(Permissions::ALL, invalid.clone(), "Something else.", 2), (false, 1));
    assert_eq!(told(Permissions::ALL, FaultCode::SnapshotNotFound, missing, 2), (false, 1));
    let unreadable = "ElastiCache has not been granted READ permissions %s on the S3 Bucket.";
    assert_eq!(told(Permissions::NONE, invalid, unreadable, 2), (false, 0), "so it is");
}

#[test]
fn a_source_that_is_copied_as_well_is_not_at_rest_with_its_export() {
    let told = |copies: bool| {
        let mut belief = with_bucket(true);
        if copies {
            copied(&mut belief, "cs-b");
        }
        exported(&mut belief, "cs-x");
        list(&mut belief, &[KEY]);
        described(&mut belief, "cs-a", Status::Available);
        belief.is_in("cs-a", crate::model::Phase::Available)
    };
    assert_eq!([false, true].map(told), [true, false]);
}
