#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::collections::BTreeSet;
use std::fmt::Write as _;

use jiff::Timestamp;

use super::*;
use crate::model::marker_after;
use crate::refserver::Options;
use crate::refserver::asked::Asked;
use crate::refserver::keys::Keys;
use crate::refserver::worlds::Worlds;
use crate::service::{Permissions, S3Action, S3Call, text};
use crate::spec::Catalogue;
use crate::wire::s3_message;

const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/1";

/// A sequence of requests, one after the other, that reaches every defect. `wait` lets all settle, `later` what comes seconds after.
const SCRIPT: &str = "
CreateReplicationGroup&ReplicationGroupId=g
CreateCacheCluster&CacheClusterId=c
CreateCacheCluster&CacheClusterId=whole
wait
CreateSnapshot&SnapshotName=Base&ReplicationGroupId=g
CreateSnapshot&SnapshotName=second&ReplicationGroupId=g
CreateSnapshot&SnapshotName=third&ReplicationGroupId=g
DescribeSnapshots&SnapshotName=base
CopySnapshot&SourceSnapshotName=base&TargetSnapshotName=early
DeleteSnapshot&SnapshotName=base
ListTagsForResource&ResourceName={base}
wait
CreateSnapshot&SnapshotName=of-c&CacheClusterId=c&Tags.Tag.1.Key=x&Tags.Tag.1.Value=1
CreateSnapshot&CacheClusterId=c
CreateSnapshot&SnapshotName=&CacheClusterId=c
CreateSnapshot&SnapshotName=a--b&CacheClusterId=c
CreateSnapshot&SnapshotName={45}&CacheClusterId=c
CreateSnapshot&SnapshotName={60}&CacheClusterId=c
CreateSnapshot&SnapshotName=base&CacheClusterId=c
CreateSnapshot&SnapshotName=of-nothing
CreateSnapshot&SnapshotName=of-unknown&CacheClusterId=nope
CreateSnapshot&SnapshotName=of-beginning&CacheClusterId=who
CreateSnapshot&SnapshotName=of-unknown-group&ReplicationGroupId=nope
CreateSnapshot&SnapshotName=tagged-51&CacheClusterId=c{51}
CreateSnapshot&SnapshotName=tagged-50&CacheClusterId=c{50}
CreateSnapshot&SnapshotName=base&CacheClusterId=nope
wait
AddTagsToResource&ResourceName={base}&Tags.Tag.1.Key=x&Tags.Tag.1.Value=1&Tags.Tag.2.Key=y&Tags.Tag.2.Value=2
CopySnapshot&SourceSnapshotName=base&TargetSnapshotName=My-Copy
DescribeSnapshots&SnapshotName=base
DescribeSnapshots&SnapshotName=my-copy
CopySnapshot&SourceSnapshotName=base&TargetSnapshotName=while-busy
CopySnapshot&SourceSnapshotName=third&TargetSnapshotName=of-third
DeleteSnapshot&SnapshotName=third
wait
DescribeSnapshots
DescribeSnapshots&SnapshotName=my-copy
DescribeSnapshots&SnapshotName=My-Copy
DescribeSnapshots&SnapshotName=my-copy&ShowNodeGroupConfig=true
DescribeSnapshots&SnapshotName=never
DescribeSnapshots&CacheClusterId=c
DescribeSnapshots&ReplicationGroupId=g
DescribeSnapshots&ReplicationGroupId=nope
DescribeSnapshots&SnapshotSource=user
DescribeSnapshots&SnapshotSource=system
DescribeSnapshots&SnapshotSource=manual
DescribeSnapshots&SnapshotName=my-copy&SnapshotSource=system
DescribeSnapshots&MaxRecords=20
DescribeSnapshots&MaxRecords=51
DescribeSnapshots&MaxRecords=19
DescribeSnapshots&MaxRecords=many
DescribeSnapshots&Marker=invented
ListTagsForResource&ResourceName={my-copy}
CopySnapshot&SourceSnapshotName=my-copy&TargetSnapshotName=copy-of-copy
CopySnapshot&SourceSnapshotName=BASE&TargetSnapshotName=from-capitals
CopySnapshot&SourceSnapshotName=nope&TargetSnapshotName=from-nothing
CopySnapshot&SourceSnapshotName=nope&TargetSnapshotName=from-nothing&KmsKeyId={key}
CopySnapshot&SourceSnapshotName=base&TargetSnapshotName=mycopy
CopySnapshot&SourceSnapshotName=base
CopySnapshot&TargetSnapshotName=without-source
CopySnapshot&SourceSnapshotName=&TargetSnapshotName=from-blank
CopySnapshot&SourceSnapshotName=base&TargetSnapshotName=my-copy
CopySnapshot&SourceSnapshotName=base&TargetSnapshotName=MY-COPY&Tags.Tag.1.Key=new
DescribeSnapshots&SnapshotName=my-copy
ListTagsForResource&ResourceName={my-copy}
CopySnapshot&SourceSnapshotName=base&TargetSnapshotName=b--c
CopySnapshot&SourceSnapshotName=base&TargetSnapshotName=b.c
CopySnapshot&SourceSnapshotName=base&TargetSnapshotName=-b
CopySnapshot&SourceSnapshotName=base&TargetSnapshotName={45}b
CopySnapshot&SourceSnapshotName=base&TargetSnapshotName={60}b
CopySnapshot&SourceSnapshotName=base&TargetSnapshotName=base
CopySnapshot&SourceSnapshotName=nope&TargetSnapshotName=my-copy
CopySnapshot&SourceSnapshotName=base&TargetSnapshotName=bucket&TargetBucket=
CopySnapshot&SourceSnapshotName={base}&TargetSnapshotName=from-arn
CopySnapshot&SourceSnapshotName=base&TargetSnapshotName=key&KmsKeyId={key}
CopySnapshot&SourceSnapshotName=base&TargetSnapshotName=tagged&Tags.Tag.1.Key=Z&Tags.Tag.1.Value=9
CopySnapshot&SourceSnapshotName=base&TargetSnapshotName=tagged-empty&Tags=
CopySnapshot&SourceSnapshotName=base&TargetSnapshotName=too-many{51}
CopySnapshot&SourceSnapshotName=base&TargetSnapshotName=just-enough{50}
wait
DescribeSnapshots&SnapshotName=base
DescribeSnapshots&SnapshotName=key
ListTagsForResource&ResourceName={tagged}
ListTagsForResource&ResourceName={tagged-empty}
ListTagsForResource&ResourceName={too-many}
AddTagsToResource&ResourceName={base}&Tags.Tag.1.Key=x&Tags.Tag.1.Value=3&Tags.Tag.2.Key=z&Tags.Tag.2.Value=4
ListTagsForResource&ResourceName={base}
ListTagsForResource&ResourceName={my-copy}
ListTagsForResource&ResourceName={copy-of-copy}
AddTagsToResource&ResourceName={base}{51}
ListTagsForResource&ResourceName={base}
RemoveTagsFromResource&ResourceName={base}&TagKeys.member.1=z
RemoveTagsFromResource&ResourceName={base}&TagKeys.member.1=nope
ListTagsForResource&ResourceName={nope}
ListTagsForResource&ResourceName=nonsense
ListTagsForResource&ResourceName=arn:aws:elasticache:eu-west-1:999988887777:snapshot:base
ListTagsForResource&ResourceName=arn:aws:elasticache:us-east-1:123456789012:cluster:base
AddTagsToResource&ResourceName={base}&Tags.Tag.1.Key=aws:x&Tags.Tag.1.Value=1
AddTagsToResource&ResourceName={base}&Tags.Tag.1.Key=good&Tags.Tag.1.Value=1&Tags.Tag.2.Key=aws:x&Tags.Tag.2.Value=1
ListTagsForResource&ResourceName={base}
AddTagsToResource&ResourceName={base}&Tags.Tag.1.Key={129}&Tags.Tag.1.Value=1
AddTagsToResource&ResourceName={base}&Tags.Tag.1.Key=&Tags.Tag.1.Value=1
AddTagsToResource&ResourceName={base}&Tags.Tag.1.Key=long&Tags.Tag.1.Value={257}
AddTagsToResource&ResourceName={base}&Tags.Tag.1.Key=bare
AddTagsToResource&ResourceName={base}&Tags.Tag.1.Key=empty&Tags.Tag.1.Value=
AddTagsToResource&ResourceName={base}&Tags.Tag.1.Key=twice&Tags.Tag.1.Value=1&Tags.Tag.2.Key=twice&Tags.Tag.2.Value=2
AddTagsToResource&ResourceName={base}&Tags.Tag.1.Key=odd&Tags.Tag.1.Value=a%26b%3Cc%3E%2A
AddTagsToResource&ResourceName={base}&Tags.Tag.1.Key=Caf%C3%A9&Tags.Tag.1.Value=1
AddTagsToResource&ResourceName={base}&Tags.member.1.Key=member&Tags.member.1.Value=1
AddTagsToResource&ResourceName={base}
ListTagsForResource&ResourceName={base}
DeleteSnapshot&SnapshotName=nope
DeleteSnapshot
DeleteSnapshot&SnapshotName=
DescribeSnapshots
DeleteSnapshot&SnapshotName=SECOND
DeleteSnapshot&SnapshotName=second
DeleteSnapshot&SnapshotName=second
DescribeSnapshots&SnapshotName=second
CopySnapshot&SourceSnapshotName=second&TargetSnapshotName=from-deleting
CopySnapshot&SourceSnapshotName=base&TargetSnapshotName=second
DeleteSnapshot&SnapshotName=tagged-50
CreateSnapshot&SnapshotName=tagged-50&CacheClusterId=c
wait
DeleteSnapshot&SnapshotName=tagged-50
DeleteSnapshot&SnapshotName=my-copy
wait
DescribeSnapshots&SnapshotName=my-copy
DescribeSnapshots
CopySnapshot&SourceSnapshotName=of-c&TargetSnapshotName=my-copy
CreateSnapshot&SnapshotName=tagged-50&CacheClusterId=c
wait
ListTagsForResource&ResourceName={my-copy}
DeleteSnapshot&SnapshotName=tagged
CopySnapshot&SourceSnapshotName=base&TargetSnapshotName=goes-on
DeleteReplicationGroup&ReplicationGroupId=g
wait
DescribeSnapshots
DeleteSnapshot&SnapshotName=base
wait
DescribeSnapshots
CreateReplicationGroup&ReplicationGroupId=e
wait
CreateSnapshot&SnapshotName=exported&ReplicationGroupId=e
wait
CopySnapshot&SourceSnapshotName=exported&TargetSnapshotName=encrypted&KmsKeyId={key}
wait
s3:create granted us-east-1 123456789012 all all
s3:create by-acl us-east-1 123456789012 all none
s3:create by-policy us-east-1 123456789012 none all
s3:create no-read us-east-1 123456789012 no-read no-read
s3:create no-write us-east-1 123456789012 no-write no-write
s3:create no-acp us-east-1 123456789012 no-acp no-acp
s3:create elsewhere eu-west-1 123456789012 all all
s3:create foreign us-east-1 210987654321 all all
s3:create denied us-east-1 123456789012 none none
s3:deny denied 123456789012
s3:put granted taken-0001.rdb
CopySnapshot&SourceSnapshotName=exported&TargetSnapshotName=x&TargetBucket=granted
DescribeSnapshots&SnapshotName=exported
wait
s3:list granted
s3:get granted x-0001.rdb
DescribeSnapshots&SnapshotName=x
DescribeSnapshots&SnapshotName=exported
CopySnapshot&SourceSnapshotName=exported&TargetSnapshotName=X2&TargetBucket=granted
wait
CopySnapshot&SourceSnapshotName=exported&TargetSnapshotName=x&TargetBucket=by-acl
wait
CopySnapshot&SourceSnapshotName=exported&TargetSnapshotName=x&TargetBucket=by-policy
wait
CopySnapshot&SourceSnapshotName=exported&TargetSnapshotName=y&TargetBucket=missing
CopySnapshot&SourceSnapshotName=exported&TargetSnapshotName=y&TargetBucket=no-read
CopySnapshot&SourceSnapshotName=exported&TargetSnapshotName=y&TargetBucket=no-write
CopySnapshot&SourceSnapshotName=exported&TargetSnapshotName=y&TargetBucket=no-acp
CopySnapshot&SourceSnapshotName=exported&TargetSnapshotName=y&TargetBucket=elsewhere
CopySnapshot&SourceSnapshotName=exported&TargetSnapshotName=y&TargetBucket=foreign
CopySnapshot&SourceSnapshotName=exported&TargetSnapshotName=y&TargetBucket=denied
CopySnapshot&SourceSnapshotName=exported&TargetSnapshotName=y&TargetBucket=No_Bucket
CopySnapshot&SourceSnapshotName=nope&TargetSnapshotName=y&TargetBucket=missing
CopySnapshot&SourceSnapshotName=exported&TargetSnapshotName=taken&TargetBucket=granted
s3:get granted taken-0001.rdb
s3:list no-read
DescribeSnapshots&SnapshotName=y
CopySnapshot&SourceSnapshotName=encrypted&TargetSnapshotName=z&TargetBucket=granted
CopySnapshot&SourceSnapshotName=exported&TargetSnapshotName=z1&TargetBucket=granted&KmsKeyId={key}
wait
CopySnapshot&SourceSnapshotName=exported&TargetSnapshotName=z2&TargetBucket=granted&Tags.Tag.1.Key=k
wait
CopySnapshot&SourceSnapshotName=exported&TargetSnapshotName=a/b&TargetBucket=granted
wait
CopySnapshot&SourceSnapshotName=exported&TargetSnapshotName={300}&TargetBucket=granted
wait
CopySnapshot&SourceSnapshotName=exported&TargetSnapshotName={1001}&TargetBucket=granted
wait
CopySnapshot&SourceSnapshotName=exported&TargetSnapshotName=exported&TargetBucket=granted
wait
CopySnapshot&SourceSnapshotName=exported&TargetSnapshotName=encrypted&TargetBucket=granted
wait
s3:list granted
DeleteSnapshot&SnapshotName=exported
wait
s3:list granted
CreateSnapshot&SnapshotName=x&ReplicationGroupId=e
CreateReplicationGroup&ReplicationGroupId=first-of-two&NumNodeGroups=2
CreateReplicationGroup&ReplicationGroupId=first-tiered&CacheNodeType=cache.r6gd.xlarge&DataTieringEnabled=true
wait
CreateSnapshot&SnapshotName=of-two&ReplicationGroupId=first-of-two
CreateSnapshot&SnapshotName=of-tiered&ReplicationGroupId=first-tiered
wait
DescribeSnapshots
many
wait
DescribeSnapshots
DescribeSnapshots&MaxRecords=20
DescribeSnapshots&MaxRecords=20&Marker={20th}
NoSuchAction
-
get:DescribeSnapshots&SnapshotName=of-c
first:NoSuchParameter=1&Action=DescribeSnapshots&Version=2015-02-02&SnapshotName=of-c
DescribeSnapshots&SnapshotName=of-c&NoSuchParameter=1
first:Action=DescribeSnapshots&SnapshotName=of-c
first:Action=DescribeSnapshots&Version=1999-12-31&SnapshotName=of-c
first:Action=DescribeSnapshots&Version=2015-02-02&SnapshotName=of-c&SnapshotName=of-c
json:DescribeSnapshots&SnapshotName=of-c
DescribeSnapshots&SnapshotName=of-c&Padding={long}
CopySnapshot&SourceSnapshotName=nope&TargetSnapshotName=b--c
CopySnapshot&SourceSnapshotName=of-c&TargetSnapshotName=bad-key&KmsKeyId=nonsense
CreateCacheCluster&CacheClusterId=m&Engine=memcached
CreateReplicationGroup&ReplicationGroupId=o&Tags.Tag.1.Key=of&Tags.Tag.1.Value=owner
CreateReplicationGroup&ReplicationGroupId=q&Port=7001&PreferredMaintenanceWindow=wed%3A10%3A00-wed%3A11%3A00\
&SnapshotWindow=02%3A30-03%3A30&AutoMinorVersionUpgrade=false
CreateReplicationGroup&ReplicationGroupId=s&NumNodeGroups=2
CreateReplicationGroup&ReplicationGroupId=v&Engine=valkey
CreateReplicationGroup&ReplicationGroupId=a&SnapshotRetentionLimit=1
CreateReplicationGroup&ReplicationGroupId=b&SnapshotRetentionLimit=1
CreateReplicationGroup&ReplicationGroupId=t&CacheNodeType=cache.r6gd.xlarge&DataTieringEnabled=true
wait
AddTagsToResource&ResourceName=arn:aws:elasticache:us-east-1:123456789012:replicationgroup:o&Tags.Tag.1.Key=later
CreateSnapshot&SnapshotName=of-o&ReplicationGroupId=o
CreateSnapshot&SnapshotName=of-o-tagged&ReplicationGroupId=o&Tags.Tag.1.Key=own
CreateSnapshot&SnapshotName=of-t&ReplicationGroupId=t
CreateSnapshot&SnapshotName=with-key&ReplicationGroupId=t&KmsKeyId={key}
CreateSnapshot&SnapshotName=of-m&CacheClusterId=m
CreateSnapshot&SnapshotName=of-s&ReplicationGroupId=s
CreateSnapshot&SnapshotName=of-v&ReplicationGroupId=v
CreateSnapshot&SnapshotName=q1&ReplicationGroupId=q
CreateSnapshot&SnapshotName=q2&ReplicationGroupId=q
CreateSnapshot&SnapshotName=q3&ReplicationGroupId=q
CreateSnapshot&SnapshotName=q4&ReplicationGroupId=q
CreateSnapshot&SnapshotName=q5&ReplicationGroupId=q
CreateSnapshot&SnapshotName=q6&ReplicationGroupId=q
CreateSnapshot&SnapshotName=q7&ReplicationGroupId=q
CreateSnapshot&SnapshotName=q8&ReplicationGroupId=q
CreateSnapshot&SnapshotName=q9&ReplicationGroupId=q
CreateSnapshot&SnapshotName=q10&ReplicationGroupId=q
CreateSnapshot&SnapshotName=q11&ReplicationGroupId=q
CreateSnapshot&SnapshotName=q12&ReplicationGroupId=q
CreateSnapshot&SnapshotName=q13&ReplicationGroupId=q
wait
CopySnapshot&SourceSnapshotName=of-s&TargetSnapshotName=of-of-s
CopySnapshot&SourceSnapshotName=of-v&TargetSnapshotName=of-of-v
CopySnapshot&SourceSnapshotName=q1&TargetSnapshotName=of-q1
CopySnapshot&SourceSnapshotName=automatic.a-2026-11-22-10-00&TargetSnapshotName=of-automatic
wait
DescribeSnapshots&SnapshotName=of-of-s&ShowNodeGroupConfig=true
CopySnapshot&SourceSnapshotName=of-v&TargetSnapshotName=OF-OF-S
CopySnapshot&SourceSnapshotName=of-v&TargetSnapshotName=Keyed-V&KmsKeyId={key}
DescribeSnapshots&SnapshotName=keyed-v
DescribeSnapshots&SnapshotName=with-key
DescribeSnapshots&SnapshotName=of-of-v
DescribeSnapshots&SnapshotName=of-v
ListTagsForResource&ResourceName={of-o}
ListTagsForResource&ResourceName={of-o-tagged}
s3:create shards us-east-1 123456789012 all all
s3:put shards taken-0002.rdb
CopySnapshot&SourceSnapshotName=of-s&TargetSnapshotName=x&TargetBucket=shards
wait
CopySnapshot&SourceSnapshotName=of-s&TargetSnapshotName=taken&TargetBucket=shards
wait
s3:list shards
CopySnapshot&SourceSnapshotName=of-t&TargetSnapshotName=tiered&TargetBucket=shards
CopySnapshot&SourceSnapshotName=with-key&TargetSnapshotName=encrypted&TargetBucket=shards
CopySnapshot&SourceSnapshotName=with-key&TargetSnapshotName=k1
wait
CopySnapshot&SourceSnapshotName=k1&TargetSnapshotName=k2
wait
CopySnapshot&SourceSnapshotName=k2&TargetSnapshotName=k3
DeleteSnapshot&SnapshotName=k1
DeleteSnapshot&SnapshotName=k2
wait
CopySnapshot&SourceSnapshotName=k3&TargetSnapshotName=encrypted&TargetBucket=shards
CopySnapshot&SourceSnapshotName=of-o-tagged&TargetSnapshotName=k1
wait
CopySnapshot&SourceSnapshotName=of-o-tagged&TargetSnapshotName=keyed&KmsKeyId={key}&Tags.Tag.1.Key=new
wait
ListTagsForResource&ResourceName={k1}
ListTagsForResource&ResourceName={keyed}
CopySnapshot&SourceSnapshotName=with-key&TargetSnapshotName=k2
DescribeSnapshots&SnapshotName=k2
AddTagsToResource&ResourceName={of-s}{50}
DescribeSnapshots&ReplicationGroupId=a
DescribeSnapshots&ReplicationGroupId=a&SnapshotSource=system
DescribeSnapshots&ReplicationGroupId=a&SnapshotSource=user
DeleteSnapshot&SnapshotName=automatic.a-2026-11-22-10-00
CreateCacheCluster&CacheClusterId=r&SnapshotName=of-q1
CreateCacheCluster&CacheClusterId=r2&SnapshotName=nope
CreateCacheCluster&CacheClusterId=r3&SnapshotName=of-t
DescribeSnapshots&SnapshotName=of-q1
wait
DescribeSnapshots&SnapshotName=of-q1
DeleteSnapshot&SnapshotName=q12
wait
CreateSnapshot&SnapshotName=q14&ReplicationGroupId=q
DeleteReplicationGroup&ReplicationGroupId=q
DeleteReplicationGroup&ReplicationGroupId=a
DeleteReplicationGroup&ReplicationGroupId=b
wait
DescribeSnapshots&SnapshotName=automatic.b-2026-11-22-10-00
DescribeSnapshots&SnapshotName=of-q1
DescribeSnapshots&SnapshotName=of-automatic
later
CreateReplicationGroup&ReplicationGroupId=l
wait
CreateSnapshot&SnapshotName=of-l&ReplicationGroupId=l
wait
CopySnapshot&SourceSnapshotName=of-l&TargetSnapshotName=lasting&Tags.Tag.1.Key=x&Tags.Tag.1.Value=1
CopySnapshot&SourceSnapshotName=of-l&TargetSnapshotName=renewed
wait
CopySnapshot&SourceSnapshotName=of-l&TargetSnapshotName=over
wait
DeleteSnapshot&SnapshotName=over
DeleteSnapshot&SnapshotName=renewed
wait
CopySnapshot&SourceSnapshotName=of-l&TargetSnapshotName=renewed
CopySnapshot&SourceSnapshotName=of-l&TargetSnapshotName=refused{51}
later
DescribeSnapshots&SnapshotName=refused
DescribeSnapshots&SnapshotName=lasting
ListTagsForResource&ResourceName={lasting}
DescribeSnapshots&SnapshotName=over
DescribeSnapshots&SnapshotName=renewed
";

/// How many snapshots may be asked for of one group: what the script asks for of the last is one more.
const QUOTA: usize = 12;

/// Returns a call of S3, and what comes after it to make a bucket what it should be.
fn s3(line: &str) -> Vec<S3Call> {
    let words: Vec<&str> = line.split(' ').collect();
    let call = |bucket: &str, region: &str, account: &str, action| S3Call {
        bucket: text(bucket),
        region: text(region),
        account: Some(text(account)),
        action,
    };
    let put_policy = |bucket: &str, region: &str, account: &str, allows, denies: Option<&str>| {
        let denies = denies.map(text);
        call(bucket, region, account, S3Action::PutPolicy { allows, service: text("us-east-1"), denies })
    };
    let here = |bucket: &str, action| call(bucket, "us-east-1", "123456789012", action);
    let granted = |word: &str| match word {
        "all" => Permissions::ALL,
        "no-read" => !Permissions::READ,
        "no-write" => !Permissions::WRITE,
        "no-acp" => !Permissions::READ_ACP,
        _ => Permissions::NONE,
    };
    match *words.as_slice() {
        ["create", bucket, region, account, acl, policy] => vec![
            call(bucket, region, account, S3Action::CreateBucket { acl: Some(granted(acl)) }),
            put_policy(bucket, region, account, granted(policy), None),
        ],
        ["deny", bucket, account] => vec![put_policy(bucket, "us-east-1", account, Permissions::ALL, Some(account))],
        ["put", bucket, key] => vec![here(bucket, S3Action::PutObject { key: text(key), body: text("mine") })],
        ["get", bucket, key] => vec![here(bucket, S3Action::GetObject { key: text(key) })],
        ["list", bucket] => vec![here(bucket, S3Action::ListObjects { token: None })],
        _ => Vec::new(),
    }
}

fn play(defect: Option<Defect>, choice: Option<u64>) -> Vec<String> {
    // One defect is about signatures, of which the script has none.
    let require_sigv4 = defect == Some(Defect::UnsignedAccepted);
    let (kms_key, quota) = (Some(text(KEY)), Some(QUOTA));
    let options = Options { defect, choice, require_sigv4, kms_key, quota, ..Options::default() };
    let epoch: Timestamp = "2026-11-22T10:00:00.5Z".parse().unwrap();
    let mut worlds = Worlds::new(options, epoch);
    let (mut now, mut seen) = (0, Vec::new());
    let mut ask = |line: &str, now: u64| {
        if let Some(rest) = line.strip_prefix("s3:") {
            let answers = s3(rest).into_iter().map(|call| {
                let message = s3_message(&call);
                let account = call.account.as_deref().unwrap_or_default();
                let scope = format!("AWS4-HMAC-SHA256 Credential={account}/20261122/us-east-1/s3/aws4_request");
                let mut request = http::Request::builder().method(message.method).header("authorization", scope);
                for (name, value) in &message.headers {
                    request = request.header(name, value);
                }
                let query = message.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
                let (parts, ()) = request.uri(format!("{}{query}", message.path)).body(()).unwrap().into_parts();
                let asked = Asked::new(&parts, message.body.as_bytes(), &Keys::Anybodys);
                let sent = worlds.answer(&asked, Duration::from_millis(now));
                format!("{} {}", sent.status, String::from_utf8_lossy(&sent.body))
            });
            return answers.collect::<Vec<_>>().join("; ");
        }
        let (get, form) = match line.split_once(':') {
            Some(("get", rest)) => (true, format!("Action={rest}&Version=2015-02-02")),
            Some(("first", rest)) => (false, rest.to_owned()),
            Some(("json", rest)) => (false, format!("Action={rest}&Version=2015-02-02")),
            _ if line == "-" => (false, "Version=2015-02-02".to_owned()),
            _ => (false, format!("Action={line}&Version=2015-02-02")),
        };
        let request = http::Request::builder().method(if get { "GET" } else { "POST" });
        let request =
            if line.starts_with("json:") { request.header("content-type", "application/json") } else { request };
        let request = request.uri(if get { format!("/?{form}") } else { "/".to_owned() });
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let sent = worlds.answer(
            &Asked::new(&parts, if get { b"" } else { form.as_bytes() }, &Keys::Anybodys),
            Duration::from_millis(now),
        );
        let body = String::from_utf8(sent.body).unwrap();
        format!("{} {:?} {:?} {body}", sent.status, sent.content_type, sent.request_id)
    };
    for line in SCRIPT.lines().filter(|line| !line.is_empty()) {
        now += 1;
        match line {
            "wait" => now += 100,
            "later" => now += 3000,
            "many" => {
                for number in 0..60 {
                    ask(&format!("CopySnapshot&SourceSnapshotName=of-c&TargetSnapshotName=n{number}"), now);
                }
            }
            _ => seen.push(ask(&filled(line), now)),
        }
    }
    seen
}

/// Puts in what the script only names: ARNs in their braces, long texts and lists of tags by their length.
fn filled(line: &str) -> String {
    let mut filled = String::new();
    for (index, part) in line.split(['{', '}']).enumerate() {
        match (index % 2, part) {
            (0, _) => filled.push_str(part),
            (_, "45" | "60" | "129" | "257" | "300" | "1001") => filled.push_str(&"n".repeat(part.parse().unwrap())),
            (_, "50" | "51") => {
                for number in 1..=part.parse().unwrap() {
                    write!(filled, "&Tags.Tag.{number}.Key=k{number}&Tags.Tag.{number}.Value=v").unwrap();
                }
            }
            (_, "long") => filled.push_str(&"n".repeat(300_000)),
            (_, "key") => filled.push_str(KEY),
            (_, "20th") => filled.push_str(&marker_after("n15")),
            (_, name) => write!(filled, "arn:aws:elasticache:us-east-1:123456789012:snapshot:{name}").unwrap(),
        }
    }
    filled
}

#[test]
fn every_defect_is_seen_by_a_sequential_caller() {
    let healthy = play(None, None);
    // The script signs nothing, and stays in one region and account.
    let beyond = |defect: Defect| {
        let clause = defect.clause().name();
        clause.starts_with("front.signature")
            || clause == "snapshot.other-region"
            || matches!(defect, Defect::ArnHomeAccount | Defect::ArnHomeRegion)
    };
    let refused = |defect: Defect| defect == Defect::UnsignedAccepted || defect.is_race() || beyond(defect);
    let unseen: Vec<&str> = Defect::ALL
        .iter()
        .filter(|defect| !refused(**defect) && play(Some(**defect), None) == healthy)
        .map(|defect| defect.name())
        .collect();
    assert_eq!(unseen, Vec::<&str>::new());
    assert_eq!(play(Some(Defect::UnsignedAccepted), None), healthy, "without signatures nothing else would be let in");
}

#[test]
fn what_only_overlapping_calls_show_is_not_seen_by_a_sequential_caller() {
    let healthy = play(None, None);
    let races: Vec<Defect> = Defect::ALL.iter().copied().filter(|defect| defect.is_race()).collect();
    assert!(races.len() >= 12);
    for defect in races {
        assert_eq!(play(Some(defect), None), healthy, "{defect}");
    }
}

#[test]
fn whatever_it_chooses_it_answers_in_its_own_words() {
    for seed in 0..30 {
        let seen = play(None, Some(seed));
        let strange = seen
            .iter()
            .find(|answer| !["200 ", "204 ", "400 ", "403 ", "404 "].iter().any(|status| answer.starts_with(status)));
        assert_eq!(strange, None, "seed {seed}");
        assert_ne!(seen, play(None, Some(seed + 100)), "seed {seed} chooses otherwise than another");
        assert_eq!(seen, play(None, Some(seed)), "seed {seed} chooses the same again");
    }
}

#[test]
fn defects_have_names_of_their_own_and_say_one_sentence() {
    let names: BTreeSet<&str> = Defect::ALL.iter().map(|defect| defect.name()).collect();
    assert_eq!(names.len(), Defect::ALL.len());
    for defect in Defect::ALL {
        assert_eq!(Defect::from_name(defect.name()), Some(*defect));
        assert!(defect.says().ends_with('.'), "{defect}");
        assert!(defect.name().bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'));
    }
}

#[test]
fn every_clause_that_a_server_can_break_has_a_defect() {
    let broken: BTreeSet<&str> = Defect::ALL.iter().map(|defect| defect.clause().name()).collect();
    let whole: Vec<&str> = Catalogue::embedded()
        .unwrap()
        .iter()
        .filter(|clause| clause.unprobed.is_none() && clause.undefected.is_none())
        .map(|clause| clause.id.as_str())
        .filter(|id| !broken.contains(id))
        .collect();
    assert_eq!(whole, Vec::<&str>::new());
}
