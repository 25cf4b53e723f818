use serde::Serialize;

use crate::service::{
    Build, Fault, FaultCode, Fields, Input, Kind, Member, Node, Operation, OwnerView, Page, Permissions, Reply,
    S3Action, S3Call, S3Reply, SETTINGS, Shape, Snapshot, Status, Step, Tag, Text, text,
};
use crate::wire::{self, Style};

/// The id in every answer.
const REQUEST_ID: &str = "00000000-0000-4000-8000-000000000000";

/// The region of every bucket: not the first one, in which S3 wants no LocationConstraint.
const S3_REGION: &str = "eu-west-1";

/// Returns as JSON what is said of every operation, member and fault, and how each travels: from the tables that model,
/// wire and reference endpoint use, so that it can be held against AWS's own API model.
#[must_use]
pub fn service() -> String {
    let words = Words {
        namespace: wire::NAMESPACE,
        operations: Operation::ALL.iter().copied().filter(|operation| !operation.is_s3()).map(operation).collect(),
        members: Member::ALL.iter().copied().map(member).collect(),
        faults: FaultCode::LISTED.iter().map(fault).collect(),
        s3: s3_actions().into_iter().map(s3).collect(),
    };
    // Words and numbers serialise always.
    let mut json = serde_json::to_string_pretty(&words).unwrap_or_default();
    json.push('\n');
    json
}

#[derive(Serialize)]
struct Words {
    /// Of every reply and error.
    namespace: &'static str,
    operations: Vec<OperationWords>,
    /// Of a snapshot, beside its name and status, which are texts.
    members: Vec<MemberWords>,
    faults: Vec<FaultWords>,
    /// The calls of S3, each once.
    s3: Vec<S3Words>,
}

#[derive(Serialize)]
struct OperationWords {
    name: &'static str,
    version: &'static str,
    /// Whether its answers are judged; else it only makes fixtures.
    judged: bool,
    inputs: Vec<InputWords>,
    faults: Vec<Text>,
    /// The parameters of a request that has every input, as they are sent.
    request: Vec<(String, String)>,
    /// The body of a reply that has every member.
    reply: String,
}

#[derive(Serialize)]
struct InputWords {
    name: &'static str,
    r#type: &'static str,
    required: bool,
}

#[derive(Serialize)]
struct MemberWords {
    path: &'static str,
    #[serde(flatten)]
    kind: KindWords,
}

#[derive(Serialize)]
struct KindWords {
    r#type: &'static str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    values: &'static [&'static str],
}

#[derive(Serialize)]
struct FaultWords {
    code: Text,
    status: Option<u16>,
    /// Whether any operation may answer with it, though the API model declares it for none.
    common: bool,
    /// The body of the error.
    answer: String,
}

#[derive(Serialize)]
struct S3Words {
    name: &'static str,
    method: &'static str,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
    /// The status and body of a reply that has all that is written.
    status: u16,
    reply: String,
}

fn operation(operation: Operation) -> OperationWords {
    let required = operation.required();
    let inputs = operation.inputs().iter().map(|input| InputWords {
        name: input.name(),
        r#type: shape(input.shape()),
        required: required.contains(input),
    });
    OperationWords {
        name: operation.name(),
        version: wire::version(operation),
        judged: operation.is_modelled(),
        inputs: inputs.collect(),
        faults: operation.faults().iter().map(|code| text(code.code())).collect(),
        request: request(operation),
        reply: body(wire::write_reply(operation, &reply(operation), REQUEST_ID, &Style::default())),
    }
}

fn member(member: Member) -> MemberWords {
    MemberWords { path: member.path(), kind: kind(member.kind()) }
}

fn fault(code: &FaultCode) -> FaultWords {
    let said = Fault { code: code.clone(), message: text("message") };
    FaultWords {
        code: text(code.code()),
        status: code.status(),
        common: code.is_common(),
        answer: body(wire::write_fault(&said, REQUEST_ID, &Style::default())),
    }
}

const fn shape(shape: Shape) -> &'static str {
    match shape {
        Shape::Text => "string",
        Shape::Integer => "integer",
        Shape::Boolean => "boolean",
        Shape::Tags => "tags",
        Shape::Keys => "keys",
    }
}

const fn kind(kind: Kind) -> KindWords {
    let (name, values): (_, &'static [&'static str]) = match kind {
        Kind::Text => ("string", &[]),
        Kind::Integer => ("integer", &[]),
        Kind::Boolean => ("boolean", &[]),
        Kind::Instant => ("timestamp", &[]),
        Kind::Words(words) => ("string", words),
    };
    KindWords { r#type: name, values }
}

/// Returns what is sent where every input is given; what one of them excludes is taken from what is sent without that one.
fn request(operation: Operation) -> Vec<(String, String)> {
    let mut sent = request_without(operation, None);
    let excluding = match operation {
        Operation::CreateReplicationGroup => Some(Input::NumNodeGroups),
        Operation::CreateCacheCluster => Some(Input::SnapshotName),
        _ => return sent,
    };
    for (key, value) in request_without(operation, excluding) {
        if sent.iter().all(|(known, _)| *known != key) {
            sent.push((key, value));
        }
    }
    sent
}

/// Returns what is sent where every input but that one is given: read as the reference endpoint reads it, written as it is sent, so
/// that an input which either does not know is not there.
fn request_without(operation: Operation, left_out: Option<Input>) -> Vec<(String, String)> {
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let mut given = vec![pair("Action", operation.name()), pair("Version", wire::version(operation))];
    for input in operation.inputs().iter().filter(|input| Some(**input) != left_out) {
        let name = input.name();
        if let Some((.., value)) = SETTINGS.iter().find(|(known, ..)| known == input) {
            given.push(pair(name, value));
            continue;
        }
        match input.shape() {
            Shape::Text => given.push(pair(name, &format!("a-{name}"))),
            Shape::Integer => given.push(pair(name, "20")),
            Shape::Boolean => given.push(pair(name, "true")),
            Shape::Tags => given.extend([
                pair(&format!("{name}.Tag.1.Key"), "k1"),
                pair(&format!("{name}.Tag.1.Value"), "v1"),
                pair(&format!("{name}.Tag.2.Key"), "k2"),
                pair(&format!("{name}.Tag.2.Value"), ""),
            ]),
            Shape::Keys => {
                given.extend([pair(&format!("{name}.member.1"), "k1"), pair(&format!("{name}.member.2"), "k2")]);
            }
        }
    }
    wire::read_request(&given).map(|step| wire::params(&Step::from(step.call))).unwrap_or_default()
}

/// Returns a reply in which every member that is written at all has a text.
fn reply(operation: Operation) -> Reply {
    let view = OwnerView {
        id: Some(text("id")),
        status: Some(text("available")),
        arn: Some(text("arn")),
        settings: Build::default().shown(),
    };
    match operation {
        Operation::CopySnapshot | Operation::CreateSnapshot | Operation::DeleteSnapshot => {
            Reply::Snapshot(Box::new(snapshot()))
        }
        Operation::DescribeSnapshots => {
            Reply::Snapshots(Page { snapshots: vec![snapshot()], marker: Some(text("marker")) })
        }
        Operation::AddTagsToResource | Operation::RemoveTagsFromResource | Operation::ListTagsForResource => {
            Reply::Tags(vec![Tag { key: text("key"), value: text("value") }])
        }
        Operation::CreateReplicationGroup
        | Operation::DeleteReplicationGroup
        | Operation::CreateCacheCluster
        | Operation::DeleteCacheCluster => Reply::Owner(view),
        Operation::DescribeReplicationGroups | Operation::DescribeCacheClusters => Reply::Owners(vec![view]),
        Operation::GetCallerIdentity => Reply::Identity(text("123456789012")),
        // S3 answers in documents of its own.
        Operation::CreateBucket
        | Operation::PutBucketPolicy
        | Operation::PutBucketTagging
        | Operation::DeleteBucketPolicy
        | Operation::PutObject
        | Operation::HeadObject
        | Operation::GetObject
        | Operation::DeleteObject
        | Operation::ListObjectsV2
        | Operation::ListBuckets
        | Operation::DeleteBucket => Reply::Bare,
    }
}

/// Returns every call of S3, with names that have to be encoded.
fn s3_actions() -> Vec<S3Action> {
    let key = || text("a b/\u{fc}+&%.rdb");
    vec![
        S3Action::CreateBucket { acl: Some(Permissions::ALL) },
        S3Action::PutPolicy { allows: Permissions::ALL, service: text(S3_REGION), denies: None },
        S3Action::DeletePolicy,
        S3Action::PutTagging { tags: vec![Tag { key: text("a <&> \u{fc}"), value: text("b") }] },
        S3Action::PutObject { key: key(), body: text("body") },
        S3Action::HeadObject { key: key() },
        S3Action::GetObject { key: key() },
        S3Action::DeleteObject { key: key() },
        S3Action::ListObjects { token: Some(text("t/o+k=")) },
        S3Action::DeleteBucket,
        S3Action::ListBuckets,
    ]
}

fn s3(action: S3Action) -> S3Words {
    let reply = match &action {
        S3Action::ListObjects { .. } => {
            S3Reply::Objects { keys: vec![text("a <&> \u{fc}"), text("b")], token: Some(text("next")) }
        }
        S3Action::ListBuckets => S3Reply::Objects { keys: vec![text("cs-bucket"), text("other")], token: None },
        S3Action::HeadObject { .. } | S3Action::GetObject { .. } => {
            S3Reply::Object { size: Some(4), head: b"body".to_vec() }
        }
        _ => S3Reply::Done,
    };
    let bucket = text(if action == S3Action::ListBuckets { "" } else { "cs-bucket" });
    let call = S3Call { bucket, region: text(S3_REGION), account: None, action };
    let message = wire::s3_message(&call);
    let written = wire::write_s3_reply(&call, &reply);
    S3Words {
        name: call.operation().name(),
        method: message.method,
        path: message.path,
        query: message.query.unwrap_or_default(),
        headers: message.headers,
        body: message.body,
        status: written.status,
        reply: body(written.body),
    }
}

fn snapshot() -> Snapshot {
    let node = Node { fields: fields(|member| member.is_of_node()), configured: true };
    Snapshot {
        name: Some(text("name")),
        status: Some(Status::Available),
        fields: fields(|member| !member.is_of_node()),
        nodes: vec![node],
    }
}

fn fields(wanted: impl Fn(Member) -> bool) -> Fields {
    let sample = |member: Member| match member.kind() {
        Kind::Text => "text",
        Kind::Integer => "1",
        Kind::Boolean => "true",
        Kind::Instant => "2015-02-02T18:46:57.972Z",
        Kind::Words(words) => words.first().copied().unwrap_or_default(),
    };
    Member::ALL.iter().copied().filter(|member| wanted(*member)).map(|member| (member, text(sample(member)))).collect()
}

fn body(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}
