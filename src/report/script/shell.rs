use std::fmt::Write as _;

use super::{Act, Play, Script, parameters, paths, sender, sender_of_s3};
use crate::case::Settle;
use crate::service::{
    Call, CopySnapshot, CreateSnapshot, Dress, Elsewhere, Fixture, Owner, OwnerKind, S3Action, S3Call, Step, TagArg,
    Text, text,
};
use crate::trace::step_line;
use crate::wire::{CLUSTER, PADDING, form_encode, s3_message};

/// What every script defines.
const HELPERS: &str = r#"
# Sends what curl's options say, signed for a service in a region.
ask() {
  local service="$1" region="$2" answer
  shift 2
  local signed=(--aws-sigv4 "aws:amz:$region:$service" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" "${token[@]}")
  [ -n "$service" ] || signed=()
  answer=$(curl -sS --max-time 30 -w '\n%{http_code}' "${signed[@]}" "$@" | tr -d '\0')
  printf 'HTTP %s %s\n' "${answer##*$'\n'}" "${answer%$'\n'*}"
}

# Sends a request by POST: whether it is signed, then its parameters.
post() {
  local service=elasticache data=() pair
  [ "$1" = unsigned ] && service=
  for pair in "${@:2}"; do data+=(--data-urlencode "$pair"); done
  ask "$service" "$REGION" "${data[@]}" "$URL"
}

# Sends a request by GET: whether it is signed, then its query.
get() {
  local service=elasticache
  [ "$1" = unsigned ] && service=
  ask "$service" "$REGION" "$URL/?$2"
}

describe() { post signed Action=DescribeSnapshots Version=2015-02-02 "SnapshotName=$1"; }

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
  "$@" 2>&1 | tr -s ' \n\t' ' ' | cut -c 1-4000
  echo
}
"#;

/// What a script defines that has buckets.
const S3_HELPERS: &str = r#"
# Sends a request to S3: the bucket's region, method, path, body, then options of curl.
s3() {
  local region="$1" how=(-X "$2") url="${S3_URL//\{region\}/$1}$3" hash
  [ "$2" = HEAD ] && how=(-I)
  [ -z "$4" ] || how+=(--data-raw "$4")
  # S3 wants the hash of the body in a header of its own.
  hash=$(printf %s "$4" | openssl dgst -sha256 -r | cut -c 1-64)
  shift 4
  ask s3 "$region" -H "x-amz-content-sha256: $hash" "${how[@]}" "$@" "$url"
}

# Waits until there is something in a bucket, or the limit is over.
fill() {
  for _ in $(seq "$LIMIT"); do
    [[ $(s3 "$1" GET "$2?list-type=2" '') == *'<Key>'* ]] && break
    sleep 1
  done
}

# Removes a bucket and what the case may have put there: region, path, then the paths of objects.
empty() {
  local path
  for path in "${@:3}" "$2"; do s3 "$1" DELETE "$path" ''; done
}
"#;

/// What is said of a request that not every curl can sign.
const GRANTS: &str =
    "# Without the fix of curl/curl#14370, curl signs these headers in the wrong order: who checks, refuses.\n";

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
    for line in script.about() {
        let _ = writeln!(out, "# {}", line.replace(['\n', '\r'], " "));
    }
    let url = script.url.trim_end_matches('/');
    let _ = writeln!(out, "set -u\nURL={}\nREGION={}\nLIMIT={}", quoted(url), quoted(&script.region), script.seconds());
    let s3 = play.asks_s3();
    if s3 {
        let _ = writeln!(out, "S3_URL={}", quoted(script.s3_url()));
    }
    out.push_str(if script.own_keys { OWN_KEYS } else { TEST_KEYS });
    let place = script.case.place();
    if place.is_some() {
        let _ = writeln!(out, "# All of it is sent from elsewhere.\nexport {}", from(script, place).trim_end());
    }
    if cli {
        out.push_str("export AWS_PAGER= AWS_MAX_ATTEMPTS=1\n");
        out.push_str("cli() { aws --endpoint-url \"$URL\" --region \"$REGION\" --output json elasticache \"$@\"; }\n");
    }
    out.push_str(HELPERS);
    if s3 {
        out.push_str(S3_HELPERS);
    }
    for act in &play.acts {
        let _ = match act {
            Act::Note(said) => writeln!(out, "\n# {}", said.replace(['\n', '\r'], " ")),
            Act::Print(said) => writeln!(out, "\nprintf '%s\\n' {}", quoted(said)),
            Act::Send(step) => {
                let said = if signs_grants(step) { GRANTS } else { "" };
                writeln!(out, "{said}{}{} >/dev/null", from(script, sender(step)), command(step, false))
            }
            Act::Show(step, expected) => {
                let (from, command) = (from(script, sender(step)), command(step, cli));
                writeln!(out, "\n{from}step {} {} \\\n  {command}", quoted(&step_line(step)), quoted(expected))
            }
            Act::Await(owner) => {
                let describe = command(&Call::Fixture(Fixture::Describe(owner.clone())).into(), false);
                let is_there = format!("*'<{}>available<'*", status_of(owner));
                writeln!(
                    out,
                    "for _ in $(seq \"$LIMIT\"); do\n  [[ $({describe}) == {is_there} ]] && break\n  sleep 1\ndone"
                )
            }
            Act::Settle(names) => writeln!(out, "\nsettle {}", all(names)),
            Act::Watch => writeln!(out, "\nsleep {}  # What comes late is to be seen.", Settle::WATCH.as_secs()),
            Act::Remove(names) => writeln!(
                out,
                "\n# What is left, shown and removed.\nfor name in {names}; do\n  settle \"$name\"\n  step \
                 \"DescribeSnapshots $name\" 'it is there if it was made and not deleted' describe \"$name\"\n  post signed \
                 Action=DeleteSnapshot Version=2015-02-02 \"SnapshotName=$name\" >/dev/null\ndone\nsettle {names}",
                names = all(names),
            ),
            Act::Fill(call) => writeln!(out, "{}", of_bucket(script, "fill", call, &[])),
            Act::Empty(call, keys) => writeln!(out, "{} >/dev/null", of_bucket(script, "empty", call, keys)),
        };
    }
    out
}

/// Returns the command that does something with a whole bucket.
fn of_bucket(script: &Script<'_>, command: &str, call: &S3Call, keys: &[Text]) -> String {
    let paths: Vec<String> = paths(call, keys).iter().map(|path| quoted(path)).collect();
    let (region, paths) = (quoted(&call.region), paths.join(" "));
    format!("{}{command} {region} {paths}", from(script, sender_of_s3(call)))
}

/// Tells whether a request has headers of which one's name begins with all of another's.
const fn signs_grants(step: &Step) -> bool {
    matches!(&step.call, Call::S3(S3Call { action: S3Action::CreateBucket { acl: Some(_) }, .. }))
}

/// Quotes names for a shell.
fn all(names: &[Text]) -> String {
    names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(" ")
}

/// Returns the element that has the status of a group or cluster.
const fn status_of(owner: &Owner) -> &'static str {
    match owner.kind {
        OwnerKind::Group => "Status",
        OwnerKind::Cluster => "CacheClusterStatus",
    }
}

/// Returns what makes a request come from there, and a space; nothing for the script's own account and region.
fn from(script: &Script<'_>, place: Option<Elsewhere>) -> String {
    match place {
        None => String::new(),
        Some(Elsewhere::Account) => format!("AWS_ACCESS_KEY_ID={} ", quoted(script.other_account())),
        Some(Elsewhere::Region) => {
            format!("URL={} REGION={} ", quoted(&script.url_elsewhere()), quoted(script.elsewhere()))
        }
    }
}

/// Returns the command for a request: by the AWS CLI where `cli` and it can, else by curl.
fn command(step: &Step, cli: bool) -> String {
    match &step.call {
        Call::S3(call) => by_s3(call),
        _ => cli.then(|| by_cli(step)).flatten().unwrap_or_else(|| by_curl(step)),
    }
}

fn by_s3(call: &S3Call) -> String {
    let message = s3_message(call);
    let path = message.query.map_or_else(|| message.path.clone(), |query| format!("{}?{query}", message.path));
    let mut words = vec!["s3".to_owned(), quoted(&call.region), message.method.to_owned(), quoted(&path)];
    words.push(quoted(&message.body));
    for (name, value) in &message.headers {
        words.extend(["-H".to_owned(), quoted(&format!("{name}: {value}"))]);
    }
    words.join(" ")
}

/// Quotes a word for a shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

fn by_curl(step: &Step) -> String {
    let signed = if step.dress.unsigned { "unsigned" } else { "signed" };
    let (mut pairs, long) = parameters(step);
    if step.dress.get {
        // Not every curl puts a query in order before it signs it.
        pairs.sort();
        return format!("get {signed} {}", quoted(&form_encode(&pairs).replace('+', "%20")));
    }
    let pairs: Vec<String> = pairs.iter().map(|(key, value)| quoted(&format!("{key}={value}"))).collect();
    // Too long for a command line.
    let long = long.map_or_else(String::new, |length| {
        format!(" {PADDING}@/dev/stdin < <(head -c {length} /dev/zero | tr '\\0' x)")
    });
    format!("post {signed} {}{long}", pairs.join(" "))
}

/// Returns the command of the AWS CLI, `None` where that does not send such a request.
fn by_cli(step: &Step) -> Option<String> {
    if (Dress { from: None, ..step.dress.clone() }) != Dress::default() {
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
