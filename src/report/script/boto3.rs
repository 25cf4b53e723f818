use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::{Act, Play, Script, parameters, paths, sender, sender_of_s3};
use crate::case::Settle;
use crate::service::{
    Call, CopySnapshot, CreateSnapshot, Dress, Elsewhere, Fixture, Input, OwnerKind, S3Call, Shape, Step, TagArg,
    TagList, Text,
};
use crate::trace::step_line;
use crate::wire::{CLUSTER, PADDING, params, s3_message};

/// What every script defines.
const HELPERS: &str = r#"
session = boto3.Session(KEY, SECRET, region_name=REGION)
config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
client = session.client("elasticache", endpoint_url=URL, config=config)


def fetch(method, url, headers, data):
    sent = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(sent, timeout=30) as answer:
            return answer.status, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")


def raw(method, signed, parameters, url=URL, region=REGION, key=None):
    """Sends what boto3 does not: any parameters, by POST or GET, signed or not, from elsewhere."""
    query = urllib.parse.urlencode(parameters, quote_via=urllib.parse.quote)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    url, data = (url + "/?" + query, None) if method == "GET" else (url + "/", query.encode())
    request = AWSRequest(method, url, headers if data else {}, data)
    if signed:
        SigV4Auth(keys(key), "elasticache", region).add_auth(request)
    return fetch(method, url, dict(request.headers), data)


def keys(key):
    """The keys to sign with: another account's where its access key is given."""
    return Credentials(key, "test") if key else session.get_credentials()


def call(operation, **parameters):
    try:
        answer = getattr(client, operation)(**parameters)
        metadata = answer.pop("ResponseMetadata", {})
        return metadata.get("HTTPStatusCode"), answer
    except ClientError as error:
        found = error.response
        return found["ResponseMetadata"].get("HTTPStatusCode"), found["Error"]
    except Exception as error:  # What can't be read is an answer too.
        return type(error).__name__, str(error)


def wait(operation, **parameters):
    """Waits until a group or cluster can be used, or the limit is over."""
    for _ in range(LIMIT):
        if "'available'" in str(call(operation, **parameters)[1]):
            break
        time.sleep(1)


def settle(*names):
    """Waits until the names change no more, or the limit is over."""
    for name in names:
        for _ in range(LIMIT):
            _, answer = call("describe_snapshots", SnapshotName=name)
            shown = answer.get("Snapshots", []) if isinstance(answer, dict) else []
            if not any(s.get("SnapshotStatus") in MOVING for s in shown):
                break
            time.sleep(1)


def step(asked, expected, answer):
    print(f"\n{asked}\n  expected  {expected}\n  observed  {answer[0]} {str(answer[1])[:4000]}", flush=True)


MOVING = {"creating", "copying", "restoring", "exporting", "deleting"}
"#;

/// What a script defines that has buckets.
const S3_HELPERS: &str = r#"

def s3(region, method, path, headers={}, body="", key=None):
    """Sends a request to S3, signed for the bucket's region."""
    url = S3_URL.replace("{region}", region) + path
    request = AWSRequest(method, url, headers, body.encode())
    S3SigV4Auth(keys(key), "s3", region).add_auth(request)
    return fetch(method, url, dict(request.headers), body.encode() or None)


def fill(region, path, key=None):
    """Waits until there is something in a bucket, or the limit is over."""
    for _ in range(LIMIT):
        if "<Key>" in s3(region, "GET", path + "?list-type=2", key=key)[1]:
            break
        time.sleep(1)


def empty(region, bucket, *objects, key=None):
    """Removes a bucket and what the case may have put there."""
    for path in (*objects, bucket):
        s3(region, "DELETE", path, key=key)
"#;

/// Returns the script for Python.
pub(super) fn script(play: &Play<'_>) -> String {
    let script = play.script;
    let mut out = "#!/usr/bin/env python3\n".to_owned();
    for line in script.about() {
        let _ = writeln!(out, "# {}", line.replace(['\n', '\r'], " "));
    }
    let s3 = play.asks_s3();
    out.push_str("import time\nimport urllib.error\nimport urllib.parse\nimport urllib.request\n\nimport boto3\n");
    let auth = if s3 { "S3SigV4Auth, SigV4Auth" } else { "SigV4Auth" };
    let _ = writeln!(out, "from botocore.auth import {auth}\nfrom botocore.awsrequest import AWSRequest");
    out.push_str("from botocore.config import Config\nfrom botocore.credentials import Credentials\n");
    out.push_str("from botocore.exceptions import ClientError\n\n");
    let place = script.case.place();
    let (url, region) = match place {
        Some(Elsewhere::Region) => (script.url_elsewhere(), script.elsewhere()),
        _ => (script.url.clone(), &*script.region),
    };
    let _ = writeln!(
        out,
        "URL, REGION, LIMIT = {}, {}, {}",
        quoted(url.trim_end_matches('/')),
        quoted(region),
        script.seconds(),
    );
    if s3 {
        let _ = writeln!(out, "S3_URL = {}", quoted(script.s3_url()));
    }
    // None of them: botocore then looks where it always does.
    if place == Some(Elsewhere::Account) {
        let _ = writeln!(out, "KEY, SECRET = {}, \"test\"", quoted(script.other_account()));
    } else {
        out.push_str(if script.own_keys { "KEY, SECRET = None, None\n" } else { "KEY, SECRET = \"test\", \"test\"\n" });
    }
    out.push_str(HELPERS);
    if s3 {
        out.push_str(S3_HELPERS);
    }
    for act in &play.acts {
        let _ = match act {
            Act::Note(said) => writeln!(out, "\n# {}", said.replace(['\n', '\r'], " ")),
            Act::Print(said) => writeln!(out, "\nprint({})", quoted(said)),
            Act::Send(step) => writeln!(out, "{}", sent(script, step)),
            Act::Show(step, expected) => {
                let (asked, expected) = (quoted(&step_line(step)), quoted(expected));
                writeln!(out, "\nstep({asked}, {expected},\n     {})", sent(script, step))
            }
            Act::Await(owner) => {
                let step = Step::from(Call::Fixture(Fixture::Describe(owner.clone())));
                writeln!(out, "{}", sent(script, &step).replacen("call(", "wait(", 1))
            }
            Act::Settle(names) => writeln!(out, "\nsettle({})", all(names)),
            Act::Watch => writeln!(out, "\ntime.sleep({})  # What comes late is to be seen.", Settle::WATCH.as_secs()),
            Act::Remove(names) => writeln!(
                out,
                "\n# What is left, shown and removed.\nfor name in [{names}]:\n    settle(name)\n    \
                 step(f\"DescribeSnapshots {{name}}\", \"it is there if it was made and not deleted\",\n         \
                 call(\"describe_snapshots\", SnapshotName=name))\n    call(\"delete_snapshot\", \
                 SnapshotName=name)\nsettle({names})",
                names = all(names),
            ),
            Act::Fill(call) => writeln!(out, "{}", of_bucket(script, "fill", call, &[])),
            Act::Empty(call, keys) => writeln!(out, "{}", of_bucket(script, "empty", call, keys)),
        };
    }
    out
}

/// Returns the call that does something with a whole bucket.
fn of_bucket(script: &Script<'_>, name: &str, call: &S3Call, keys: &[Text]) -> String {
    let paths: Vec<String> = paths(call, keys).iter().map(|path| quoted(path)).collect();
    let (region, paths) = (quoted(&call.region), paths.join(", "));
    format!("{name}({region}, {paths}{})", from(script, sender_of_s3(call)))
}

/// Quotes names for Python.
fn all(names: &[Text]) -> String {
    names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

/// Returns the arguments that make a request come from there.
fn from(script: &Script<'_>, place: Option<Elsewhere>) -> String {
    match place {
        None => String::new(),
        Some(Elsewhere::Account) => format!(", key={}", quoted(script.other_account())),
        Some(Elsewhere::Region) => {
            format!(", url={}, region={}", quoted(&script.url_elsewhere()), quoted(script.elsewhere()))
        }
    }
}

/// Quotes a text for Python, whose strings know JSON's escapes; what they know besides does not come from JSON.
fn quoted(text: &str) -> String {
    literal(&json!(text))
}

/// Writes a value as Python does; characters outside ASCII by their numbers, which beyond 16 bits JSON pairs.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Array(items) => format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| format!("{}: {}", quoted(key), literal(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

fn sent(script: &Script<'_>, step: &Step) -> String {
    let from = from(script, sender(step));
    if let Call::S3(call) = &step.call {
        return by_s3(call, &from);
    }
    let by_boto = if step.dress == Dress::default() { arguments(&step.call) } else { None };
    let Some((operation, arguments)) = by_boto else {
        let method = if step.dress.get { "GET" } else { "POST" };
        let signed = if step.dress.unsigned { "False" } else { "True" };
        let (pairs, long) = parameters(step);
        let mut pairs: Vec<String> =
            pairs.iter().map(|(key, value)| format!("({}, {})", quoted(key), quoted(value))).collect();
        pairs.extend(long.map(|length| format!("({}, \"x\" * {length})", quoted(PADDING))));
        return format!("raw({}, {signed}, [{}]{from})", quoted(method), pairs.join(", "));
    };
    let words: Vec<String> = arguments.iter().map(|(key, value)| format!("{key}={}", literal(value))).collect();
    format!("call({}{})", quoted(operation), words.iter().map(|word| format!(", {word}")).collect::<String>())
}

fn by_s3(call: &S3Call, from: &str) -> String {
    let message = s3_message(call);
    let path = message.query.map_or_else(|| message.path.clone(), |query| format!("{}?{query}", message.path));
    let mut words = vec![quoted(&call.region), quoted(message.method), quoted(&path)];
    if !message.headers.is_empty() {
        let headers = message.headers.iter().map(|(name, value)| (name.clone(), json!(value)));
        words.push(format!("headers={}", literal(&Value::Object(headers.collect()))));
    }
    if !message.body.is_empty() {
        words.push(format!("body={}", quoted(&message.body)));
    }
    format!("s3({}{from})", words.join(", "))
}

/// A tag in the words of the SDKs.
pub(super) fn tag(tag: &TagArg) -> Value {
    let parts = [("Key", &tag.key), ("Value", &tag.value)];
    let given = parts.into_iter().filter_map(|(name, part)| Some((name.to_owned(), json!(part.as_deref()?))));
    Value::Object(given.collect::<Map<_, _>>())
}

/// Returns the method of boto3 and its arguments, `None` for a fixture's call.
fn arguments(call: &Call) -> Option<(&'static str, Vec<(&'static str, Value)>)> {
    let mut with: Vec<(&'static str, Value)> = Vec::new();
    let mut put = |name: &'static str, value: Option<&Text>| {
        if let Some(value) = value {
            with.push((name, json!(&**value)));
        }
    };
    let listed = |tags: &TagList| tags.as_ref().map(|tags| ("Tags", Value::Array(tags.iter().map(tag).collect())));
    let operation = match call {
        Call::Copy(CopySnapshot { source, target, bucket, kms_key, tags }) => {
            put("SourceSnapshotName", source.as_ref());
            put("TargetSnapshotName", target.as_ref());
            put("TargetBucket", bucket.as_ref());
            put("KmsKeyId", kms_key.as_ref());
            with.extend(listed(tags));
            "copy_snapshot"
        }
        Call::Create(CreateSnapshot { name, group, cluster, kms_key, tags }) => {
            put("SnapshotName", name.as_ref());
            put("ReplicationGroupId", group.as_ref());
            put("CacheClusterId", cluster.as_ref());
            put("KmsKeyId", kms_key.as_ref());
            with.extend(listed(tags));
            "create_snapshot"
        }
        Call::Delete { name } => {
            put("SnapshotName", name.as_ref());
            "delete_snapshot"
        }
        Call::Describe(describe) => {
            put("SnapshotName", describe.name.as_ref());
            put("ReplicationGroupId", describe.group.as_ref());
            put("CacheClusterId", describe.cluster.as_ref());
            put("SnapshotSource", describe.source.as_ref());
            put("MaxRecords", describe.max_records.as_ref());
            put("Marker", describe.marker.as_ref());
            with.extend(describe.node_group_config.map(|flag| ("ShowNodeGroupConfig", json!(flag))));
            "describe_snapshots"
        }
        Call::AddTags { resource, tags } => {
            put("ResourceName", resource.as_ref());
            with.extend(listed(tags));
            "add_tags_to_resource"
        }
        Call::RemoveTags { resource, keys } => {
            put("ResourceName", resource.as_ref());
            let keys = keys.as_ref().map(|keys| keys.iter().map(|key| json!(&**key)).collect::<Vec<_>>());
            with.extend(keys.map(|keys| ("TagKeys", Value::Array(keys))));
            "remove_tags_from_resource"
        }
        Call::ListTags { resource } => {
            put("ResourceName", resource.as_ref());
            "list_tags_for_resource"
        }
        Call::Restore { cluster, snapshot } => {
            put("CacheClusterId", cluster.as_ref());
            put("SnapshotName", snapshot.as_ref());
            with.extend(CLUSTER.iter().map(|(input, value)| (input.name(), typed(*input, value))));
            "create_cache_cluster"
        }
        Call::Fixture(fixture) => {
            for (key, value) in params(&call.clone().into()).iter().skip(LABELS) {
                let input = Input::ALL.iter().copied().find(|input| input.name() == *key)?;
                with.push((input.name(), typed(input, value)));
            }
            of_fixture(fixture)?
        }
        Call::S3(_) => return None,
    };
    Some((operation, with))
}

/// How many parameters of every request name its action and version.
const LABELS: usize = 2;

/// Returns a value as the SDKs take it.
fn typed(input: Input, value: &str) -> Value {
    match input.shape() {
        Shape::Integer => value.parse::<i64>().map_or_else(|_| json!(value), |number| json!(number)),
        Shape::Boolean => json!(value == "true"),
        Shape::Text | Shape::Tags | Shape::Keys => json!(value),
    }
}

const fn of_fixture(fixture: &Fixture) -> Option<&'static str> {
    let (of_group, of_cluster, owner) = match fixture {
        Fixture::Create(owner) | Fixture::Build(owner, _) => {
            ("create_replication_group", "create_cache_cluster", owner)
        }
        Fixture::Describe(owner) => ("describe_replication_groups", "describe_cache_clusters", owner),
        Fixture::Delete(owner) => ("delete_replication_group", "delete_cache_cluster", owner),
        Fixture::WhoAmI => return None,
    };
    Some(match owner.kind {
        OwnerKind::Group => of_group,
        OwnerKind::Cluster => of_cluster,
    })
}
