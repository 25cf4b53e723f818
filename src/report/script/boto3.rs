use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::{Play, line, of_s3, overlapping, unsent};
use crate::case::Told;
use crate::service::{Call, CopySnapshot, CreateSnapshot, Dress, Step, TagArg, TagList, Text};
use crate::wire::{CLUSTER, params};

/// What every script defines.
const HELPERS: &str = r#"
session = boto3.Session(KEY, SECRET, region_name=REGION)
config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
client = session.client("elasticache", endpoint_url=URL, config=config)


def raw(method, signed, parameters):
    """Sends what boto3 does not: any parameters, by POST or GET, signed or not."""
    query = urllib.parse.urlencode(parameters)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    url, data = (URL + "/?" + query, None) if method == "GET" else (URL + "/", query.encode())
    request = AWSRequest(method, url, headers if data else {}, data)
    if signed:
        SigV4Auth(session.get_credentials(), "elasticache", REGION).add_auth(request)
    sent = urllib.request.Request(url, data, dict(request.headers), method=method)
    try:
        with urllib.request.urlopen(sent, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


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
    print(f"\n{asked}\n  expected  {expected}\n  observed  {answer[0]} {str(answer[1])[:1500]}", flush=True)


MOVING = {"creating", "copying", "restoring", "exporting", "deleting"}
"#;

/// Returns the script for Python.
pub(super) fn script(play: &Play<'_>) -> String {
    let script = play.script;
    let mut out = "#!/usr/bin/env python3\n".to_owned();
    for line in &play.about {
        let _ = writeln!(out, "# {}", line.replace(['\n', '\r'], " "));
    }
    out.push_str("import time\nimport urllib.error\nimport urllib.parse\nimport urllib.request\n\nimport boto3\n");
    out.push_str("from botocore.auth import SigV4Auth\nfrom botocore.awsrequest import AWSRequest\n");
    out.push_str("from botocore.config import Config\nfrom botocore.exceptions import ClientError\n\n");
    let _ = writeln!(
        out,
        "URL, REGION, LIMIT = {}, {}, {}",
        quoted(script.url.trim_end_matches('/')),
        quoted(&script.region),
        play.seconds(),
    );
    // None of them: botocore then looks where it always does.
    out.push_str(if script.own_keys { "KEY, SECRET = None, None\n" } else { "KEY, SECRET = \"test\", \"test\"\n" });
    out.push_str(HELPERS);
    if play.makes {
        let (group, base) = (quoted(&play.group), quoted(&play.base));
        let _ = writeln!(
            out,
            "\n# What the case copies.\ncall(\"create_replication_group\", ReplicationGroupId={group}, \
             ReplicationGroupDescription=\"copysnap\",\n     Engine=\"redis\", CacheNodeType=\"cache.t4g.micro\", \
             NumCacheClusters=1, AutomaticFailoverEnabled=False)\nfor _ in range(LIMIT):\n    _, answer = \
             call(\"describe_replication_groups\", ReplicationGroupId={group})\n    if \"'available'\" in str(answer):\n        \
             break\n    time.sleep(1)\ncall(\"create_snapshot\", SnapshotName={base}, ReplicationGroupId={group})\n\
             settle({base})"
        );
    }
    for told in &play.told {
        match told {
            Told::Settle(names) => {
                let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
                let _ = writeln!(out, "\nsettle({})", names.join(", "));
            }
            Told::Together(count) => out.push_str(&overlapping(*count)),
            Told::Send(step, expected) => {
                if let Some(said) = of_s3(step) {
                    out.push_str(&said);
                    continue;
                }
                let _ = writeln!(out, "\nstep({}, {},\n     {})", quoted(&line(step)), quoted(expected), sent(step));
                out.push_str(unsent(step));
            }
        }
    }
    let names: Vec<String> = play.left().map(|name| quoted(name)).collect();
    if !names.is_empty() {
        let _ = writeln!(
            out,
            "\n# What is left, shown and removed.\nfor name in [{}]:\n    settle(name)\n    step(f\"DescribeSnapshots \
             {{name}}\", \"it is there if it was made and not deleted\",\n         call(\"describe_snapshots\", \
             SnapshotName=name))\n    call(\"delete_snapshot\", SnapshotName=name)\nsettle({})",
            names.join(", "),
            names.join(", ")
        );
    }
    if play.makes {
        let _ = writeln!(out, "call(\"delete_replication_group\", ReplicationGroupId={})", quoted(&play.group));
    }
    out
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

fn sent(step: &Step) -> String {
    let by_boto = if step.dress == Dress::default() { arguments(&step.call) } else { None };
    let Some((operation, arguments)) = by_boto else {
        let method = if step.dress.get { "GET" } else { "POST" };
        let signed = if step.dress.unsigned { "False" } else { "True" };
        let pairs: Vec<String> =
            params(step).iter().map(|(key, value)| format!("({}, {})", quoted(key), quoted(value))).collect();
        return format!("raw({}, {signed}, [{}])", quoted(method), pairs.join(", "));
    };
    let words: Vec<String> = arguments.iter().map(|(key, value)| format!("{key}={}", literal(value))).collect();
    format!("call({}{})", quoted(operation), words.iter().map(|word| format!(", {word}")).collect::<String>())
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
            for (input, value) in CLUSTER {
                let value = value.parse::<u32>().map_or_else(|_| json!(value), |number| json!(number));
                with.push((input.name(), value));
            }
            "create_cache_cluster"
        }
        Call::Fixture(_) | Call::S3(_) => return None,
    };
    Some((operation, with))
}
