use std::fmt::Write as _;

use super::{Play, line, of_s3, overlapping, unsent};
use crate::case::Told;
use crate::service::{Call, CopySnapshot, CreateSnapshot, Dress, Step, TagArg, Text, text};
use crate::wire::{CLUSTER, params};

/// What every script defines.
const HELPERS: &str = r#"
post() {
  local data=() pair answer
  for pair in "$@"; do data+=(--data-urlencode "$pair"); done
  answer=$(curl -sS --max-time 30 -w '\n%{http_code}' "${signed[@]}" "${how[@]}" "${data[@]}" "$URL")
  printf 'HTTP %s %s\n' "${answer##*$'\n'}" "${answer%$'\n'*}"
}

# Sends a request by curl: method, signed or not, then its parameters.
send() {
  local how=() signed=(--aws-sigv4 "aws:amz:$REGION:elasticache" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" "${token[@]}")
  [ "$1" = GET ] && how=(-G)
  [ "$2" = unsigned ] && signed=()
  shift 2
  post "$@"
}

describe() { send POST signed Action=DescribeSnapshots Version=2015-02-02 "SnapshotName=$1"; }

# Waits until the names change no more, or the limit is over.
settle() {
  local name answer
  for name in "$@"; do
    for _ in $(seq "$LIMIT"); do
      answer=$(describe "$name")
      [[ $answer =~ \<SnapshotStatus\>(creating|copying|restoring|exporting|deleting)\< ]] || break
      sleep 1
    done
  done
}

# Prints what is asked and expected, then what comes, in one line.
step() {
  printf '\n%s\n  expected  %s\n  observed  ' "$1" "$2"
  shift 2
  "$@" 2>&1 | tr -s ' \n\t' ' ' | cut -c 1-1500
  echo
}
"#;

/// How a script gets keys that are somebody's.
const OWN_KEYS: &str = r#"export AWS_ACCESS_KEY_ID="${AWS_ACCESS_KEY_ID:?}" AWS_SECRET_ACCESS_KEY="${AWS_SECRET_ACCESS_KEY:?}"
token=()
[ -z "${AWS_SESSION_TOKEN:-}" ] || token=(-H "X-Amz-Security-Token: $AWS_SESSION_TOKEN")
"#;
/// The keys that emulators take.
const TEST_KEYS: &str = "export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test\ntoken=()\nunset AWS_SESSION_TOKEN\n";

/// Returns the script for a shell: by the AWS CLI where `cli` and it can, else by curl.
pub(super) fn script(play: &Play<'_>, cli: bool) -> String {
    let script = play.script;
    let mut out = "#!/usr/bin/env bash\n".to_owned();
    for line in &play.about {
        let _ = writeln!(out, "# {}", line.replace(['\n', '\r'], " "));
    }
    let _ = writeln!(
        out,
        "set -u\nURL={}\nREGION={}\nLIMIT={}",
        quoted(&script.url),
        quoted(&script.region),
        play.seconds()
    );
    out.push_str(if script.own_keys { OWN_KEYS } else { TEST_KEYS });
    if cli {
        out.push_str("export AWS_PAGER= AWS_MAX_ATTEMPTS=1\n");
        out.push_str("cli() { aws --endpoint-url \"$URL\" --region \"$REGION\" --output json elasticache \"$@\"; }\n");
    }
    out.push_str(HELPERS);
    if play.makes {
        let _ = writeln!(
            out,
            "\n# What the case copies.\nsend POST signed Action=CreateReplicationGroup Version=2015-02-02 \
             ReplicationGroupId={group} ReplicationGroupDescription=copysnap Engine=redis CacheNodeType=cache.t4g.micro \
             NumCacheClusters=1 AutomaticFailoverEnabled=false >/dev/null\nfor _ in $(seq \"$LIMIT\"); do\n  \
             [[ $(send POST signed Action=DescribeReplicationGroups Version=2015-02-02 ReplicationGroupId={group}) == \
             *'<Status>available<'* ]] && break\n  sleep 1\ndone\nsend POST signed Action=CreateSnapshot \
             Version=2015-02-02 SnapshotName={base} ReplicationGroupId={group} >/dev/null\nsettle {base}",
            group = quoted(&play.group),
            base = quoted(&play.base),
        );
    }
    for told in &play.told {
        match told {
            Told::Settle(names) => {
                let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
                let _ = writeln!(out, "\nsettle {}", names.join(" "));
            }
            Told::Together(count) => out.push_str(&overlapping(*count)),
            Told::Send(step, expected) => {
                if let Some(said) = of_s3(step) {
                    out.push_str(&said);
                    continue;
                }
                let command = if cli { by_cli(step) } else { None };
                let command = command.unwrap_or_else(|| by_curl(step));
                let _ = writeln!(out, "\nstep {} {} \\\n  {command}", quoted(&line(step)), quoted(expected));
                out.push_str(unsent(step));
            }
        }
    }
    let names: Vec<String> = play.left().map(|name| quoted(name)).collect();
    if !names.is_empty() {
        let _ = writeln!(
            out,
            "\n# What is left, shown and removed.\nfor name in {names}; do\n  settle \"$name\"\n  step \"DescribeSnapshots \
             $name\" 'it is there if it was made and not deleted' describe \"$name\"\n  send POST signed \
             Action=DeleteSnapshot Version=2015-02-02 \"SnapshotName=$name\" >/dev/null\ndone\nsettle {names}",
            names = names.join(" "),
        );
    }
    if play.makes {
        let _ = writeln!(
            out,
            "send POST signed Action=DeleteReplicationGroup Version=2015-02-02 ReplicationGroupId={} >/dev/null",
            quoted(&play.group)
        );
    }
    out
}

/// Quotes a word for a shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

fn by_curl(step: &Step) -> String {
    let method = if step.dress.get { "GET" } else { "POST" };
    let signed = if step.dress.unsigned { "unsigned" } else { "signed" };
    let pairs: Vec<String> = params(step).iter().map(|(key, value)| quoted(&format!("{key}={value}"))).collect();
    format!("send {method} {signed} {}", pairs.join(" "))
}

/// Returns the command of the AWS CLI, `None` where that does not send such a request.
fn by_cli(step: &Step) -> Option<String> {
    if step.dress != Dress::default() {
        return None;
    }
    let mut words: Vec<String> = Vec::new();
    let mut option = |name: &str, value: Option<&Text>| {
        if let Some(value) = value {
            words.push(quoted(&format!("--{name}={value}")));
        }
    };
    let command = match &step.call {
        Call::Copy(CopySnapshot { source, target, bucket, kms_key, tags }) => {
            option("source-snapshot-name", Some(source.as_ref()?));
            option("target-snapshot-name", Some(target.as_ref()?));
            option("target-bucket", bucket.as_ref());
            option("kms-key-id", kms_key.as_ref());
            words.extend(tag_list(tags.as_deref()));
            "copy-snapshot"
        }
        Call::Create(CreateSnapshot { name, group, cluster, kms_key, tags }) => {
            option("snapshot-name", Some(name.as_ref()?));
            option("replication-group-id", group.as_ref());
            option("cache-cluster-id", cluster.as_ref());
            option("kms-key-id", kms_key.as_ref());
            words.extend(tag_list(tags.as_deref()));
            "create-snapshot"
        }
        Call::Delete { name } => {
            option("snapshot-name", Some(name.as_ref()?));
            "delete-snapshot"
        }
        Call::Describe(describe) => {
            if describe.max_records.as_ref().is_some_and(|given| given.parse::<i32>().is_err()) {
                return None;
            }
            option("snapshot-name", describe.name.as_ref());
            option("replication-group-id", describe.group.as_ref());
            option("cache-cluster-id", describe.cluster.as_ref());
            option("snapshot-source", describe.source.as_ref());
            option("max-records", describe.max_records.as_ref());
            option("marker", describe.marker.as_ref());
            match describe.node_group_config {
                Some(true) => words.push("--show-node-group-config".to_owned()),
                Some(false) => words.push("--no-show-node-group-config".to_owned()),
                None => {}
            }
            words.push("--no-paginate".to_owned());
            "describe-snapshots"
        }
        Call::AddTags { resource, tags } => {
            option("resource-name", Some(resource.as_ref()?));
            words.extend(tag_list(Some(tags.as_deref()?)));
            "add-tags-to-resource"
        }
        Call::RemoveTags { resource, keys } => {
            option("resource-name", Some(resource.as_ref()?));
            let keys: Vec<&str> = keys.as_ref()?.iter().map(AsRef::as_ref).collect();
            words.push(quoted(&format!("--tag-keys={}", serde_json::json!(keys))));
            "remove-tags-from-resource"
        }
        Call::ListTags { resource } => {
            option("resource-name", Some(resource.as_ref()?));
            "list-tags-for-resource"
        }
        Call::Restore { cluster, snapshot } => {
            option("cache-cluster-id", Some(cluster.as_ref()?));
            option("snapshot-name", snapshot.as_ref());
            for (input, value) in CLUSTER {
                option(&kebab(input.name()), Some(&text(value)));
            }
            "create-cache-cluster"
        }
        Call::Fixture(_) | Call::S3(_) => return None,
    };
    Some(format!("cli {command} {}", words.join(" ")))
}

/// Returns the option of the AWS CLI for a member's name.
fn kebab(member: &str) -> String {
    let mut option = String::new();
    for c in member.chars() {
        if c.is_ascii_uppercase() && !option.is_empty() {
            option.push('-');
        }
        option.push(c.to_ascii_lowercase());
    }
    option
}

fn tag_list(tags: Option<&[TagArg]>) -> Option<String> {
    let tags: Vec<serde_json::Value> = tags?.iter().map(super::boto3::tag).collect();
    Some(quoted(&format!("--tags={}", serde_json::Value::Array(tags))))
}
