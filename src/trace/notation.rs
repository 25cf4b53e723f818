use std::fmt::{self, Write as _};

use crate::service::{
    Action, Call, Fixture, Indeterminate, Member, Outcome, OwnerKind, Reply, S3Action, S3Call, S3Reply, Snapshot, Step,
    TagList, TagSpelling, Text,
};

/// Something shown in the one-line notation.
#[derive(Clone, Copy, Debug)]
pub enum Shown<'a> {
    /// A request.
    Step(&'a Step),
    /// What came of it.
    Outcome(&'a Outcome),
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::Step(step) => step_line(step),
            Self::Outcome(outcome) => outcome_line(outcome),
        })
    }
}

/// Returns a request in one line: `CopySnapshot a -> b, Tags=[k=v]`.
#[must_use]
pub fn step_line(step: &Step) -> String {
    let mut line = match &step.dress.action {
        Action::Own => step.call.operation().name().to_owned(),
        Action::Absent => format!("(no Action, else {})", step.call.operation().name()),
        Action::Named(name) => format!("{name} (else {})", step.call.operation().name()),
    };
    let mut rest: Vec<String> = Vec::new();
    match &step.call {
        Call::Copy(copy) => {
            write_into(&mut line, format_args!(" {} -> {}", name(copy.source.as_ref()), name(copy.target.as_ref())));
            pair(&mut rest, "TargetBucket", copy.bucket.as_ref());
            pair(&mut rest, "KmsKeyId", copy.kms_key.as_ref());
            tags(&mut rest, &copy.tags);
        }
        Call::Create(create) => {
            write_into(&mut line, format_args!(" {}", name(create.name.as_ref())));
            pair(&mut rest, "ReplicationGroupId", create.group.as_ref());
            pair(&mut rest, "CacheClusterId", create.cluster.as_ref());
            pair(&mut rest, "KmsKeyId", create.kms_key.as_ref());
            tags(&mut rest, &create.tags);
        }
        Call::Delete { name: asked } => write_into(&mut line, format_args!(" {}", name(asked.as_ref()))),
        Call::Describe(describe) => {
            match &describe.name {
                Some(asked) => write_into(&mut line, format_args!(" {}", name(Some(asked)))),
                None => line.push_str(" (all)"),
            }
            pair(&mut rest, "ReplicationGroupId", describe.group.as_ref());
            pair(&mut rest, "CacheClusterId", describe.cluster.as_ref());
            pair(&mut rest, "SnapshotSource", describe.source.as_ref());
            pair(&mut rest, "MaxRecords", describe.max_records.as_ref());
            pair(&mut rest, "Marker", describe.marker.as_ref());
            if let Some(shown) = describe.node_group_config {
                rest.push(format!("ShowNodeGroupConfig={shown}"));
            }
        }
        Call::AddTags { resource, tags: given } => {
            write_into(&mut line, format_args!(" {}", name(resource.as_ref())));
            tags(&mut rest, given);
        }
        Call::RemoveTags { resource, keys } => {
            write_into(&mut line, format_args!(" {}", name(resource.as_ref())));
            if let Some(keys) = keys {
                let keys: Vec<String> = keys.iter().map(|key| short(key)).collect();
                rest.push(format!("TagKeys=[{}]", keys.join(" ")));
            }
        }
        Call::ListTags { resource } => write_into(&mut line, format_args!(" {}", name(resource.as_ref()))),
        Call::Fixture(Fixture::Create(owner) | Fixture::Describe(owner) | Fixture::Delete(owner)) => {
            write_into(&mut line, format_args!(" {}", name(Some(&owner.id))));
            if owner.kind == OwnerKind::Cluster && matches!(step.call, Call::Fixture(Fixture::Create(_))) {
                rest.push("1 node".to_owned());
            }
        }
        Call::Restore { cluster, snapshot } => {
            write_into(&mut line, format_args!(" {} from {}", name(cluster.as_ref()), name(snapshot.as_ref())));
        }
        Call::Fixture(Fixture::Build(owner, build)) => {
            write_into(&mut line, format_args!(" {}", name(Some(&owner.id))));
            rest.extend(build.engine.as_ref().map(|engine| format!("Engine={engine}")));
            rest.extend(build.shards.map(|shards| format!("NumNodeGroups={shards}")));
            if build.backups {
                rest.push("SnapshotRetentionLimit".to_owned());
            }
            if build.bare {
                rest.push("the service's own settings".to_owned());
            }
            if build.tiering {
                rest.push("DataTieringEnabled".to_owned());
            }
            tags(&mut rest, &build.tags);
        }
        Call::Fixture(Fixture::WhoAmI) => {}
        Call::S3(call) => s3_words(&mut line, &mut rest, call),
    }
    let dress = &step.dress;
    for (key, value) in &dress.extra {
        rest.push(format!("{key}={}", short(value)));
    }
    match &dress.version {
        Action::Own => {}
        Action::Absent => rest.push("no Version".to_owned()),
        Action::Named(version) => rest.push(format!("Version={version}")),
    }
    for (set, words) in [
        (dress.get, "by GET"),
        (dress.reversed, "parameters reversed"),
        (dress.unsigned, "unsigned"),
        (dress.repeated, "each parameter twice"),
        (dress.tags == TagSpelling::Member, "spelled Tags.member.N"),
    ] {
        if set {
            rest.push(words.to_owned());
        }
    }
    if let Some(forgery) = dress.forged {
        rest.push(format!("signature {}", forgery.word()));
    }
    if let Some(kind) = &dress.content_type {
        rest.push(format!("as {}", short(kind)));
    }
    if let Some(place) = dress.from {
        rest.push(format!("from {}", place.word()));
    }
    if dress.padded > 0 {
        rest.push(format!("{} KiB more", dress.padded));
    }
    if !rest.is_empty() {
        line.push_str(", ");
        line.push_str(&rest.join(", "));
    }
    line
}

/// Returns an outcome in one line: `200 b creating`, `404 SnapshotNotFoundFault "…"`.
#[must_use]
pub fn outcome_line(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Reply(reply) => format!("200 {}", reply_words(reply)),
        Outcome::Fault(fault) => match (fault.code.status(), fault.message.is_empty()) {
            (Some(status), true) => format!("{status} {}", fault.code),
            (Some(status), false) => format!("{status} {} \"{}\"", fault.code, short(&fault.message)),
            (None, _) => format!("{} \"{}\"", fault.code, short(&fault.message)),
        },
        Outcome::Indeterminate(why) => match why {
            Indeterminate::TimedOut => "no answer in time".to_owned(),
            Indeterminate::NotConnected(reason) => format!("no connection: {}", short(reason)),
            Indeterminate::Broken(reason) => format!("connection broke: {}", short(reason)),
            Indeterminate::ServerError { status, code: Some(code), .. } => format!("{status} {code}"),
            Indeterminate::ServerError { status, code: None, head } => format!("{status} {}", short(head)),
        },
        Outcome::Alien(alien) => {
            let kind = alien.content_type.as_deref().unwrap_or("no content type");
            let service = alien.service.as_deref().map_or(String::new(), |service| format!(", as {service} answers"));
            format!("{} {kind}{service}: {}", alien.status, short(&alien.reason))
        }
    }
}

fn reply_words(reply: &Reply) -> String {
    match reply {
        Reply::Snapshot(snapshot) => snapshot_words(snapshot),
        Reply::Snapshots(page) => {
            let shown: Vec<String> = page.snapshots.iter().take(4).map(snapshot_words).collect();
            let more = match page.snapshots.len().saturating_sub(4) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let marker = if page.marker.is_some() { ", and a Marker" } else { "" };
            if shown.is_empty() {
                format!("no snapshots{marker}")
            } else {
                format!("[{}]{more}{marker}", shown.join(", "))
            }
        }
        Reply::Tags(tags) => {
            let shown: Vec<String> =
                tags.iter().take(6).map(|tag| format!("{}={}", short(&tag.key), short(&tag.value))).collect();
            let more = match tags.len().saturating_sub(6) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!("tags [{}]{more}", shown.join(" "))
        }
        Reply::Owner(owner) => {
            format!("{} {}", owner.id.as_deref().unwrap_or("(no id)"), owner.status.as_deref().unwrap_or("(no status)"))
        }
        Reply::Owners(owners) => match owners.len() {
            1 => "1 owner".to_owned(),
            count => format!("{count} owners"),
        },
        Reply::Identity(account) => format!("account {account}"),
        Reply::S3(reply) => s3_reply_words(reply),
        Reply::Bare => "without its payload".to_owned(),
    }
}

fn s3_words(line: &mut String, rest: &mut Vec<String>, call: &S3Call) {
    match call.key() {
        Some(key) => write_into(line, format_args!(" {}/{}", short(&call.bucket), short(key))),
        None => write_into(line, format_args!(" {}", short(&call.bucket))),
    }
    match &call.action {
        S3Action::CreateBucket { acl } => {
            rest.push(format!("in {}", call.region));
            if let Some(granted) = acl {
                rest.push(format!("ACL [{granted}]"));
            }
        }
        S3Action::PutPolicy { allows, denies, .. } => {
            rest.push(format!("allows [{allows}]"));
            rest.extend(denies.as_ref().map(|_| "denies the caller".to_owned()));
        }
        S3Action::PutTagging { tags } => {
            rest.extend(tags.iter().map(|tag| format!("{}={}", short(&tag.key), short(&tag.value))));
        }
        S3Action::PutObject { body, .. } => rest.push(format!("{:?}", short(body))),
        S3Action::ListObjects { token: Some(_) } => rest.push("next page".to_owned()),
        _ => {}
    }
    if let Some(account) = &call.account {
        rest.push(format!("as {account}"));
    }
}

fn s3_reply_words(reply: &S3Reply) -> String {
    match reply {
        S3Reply::Done => "done".to_owned(),
        S3Reply::Objects { keys, token } => {
            let shown: Vec<String> = keys.iter().take(4).map(|key| short(key)).collect();
            let more = match keys.len().saturating_sub(4) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let next = if token.is_some() { ", and more pages" } else { "" };
            if shown.is_empty() { format!("no objects{next}") } else { format!("[{}]{more}{next}", shown.join(", ")) }
        }
        S3Reply::Object { size, head } => {
            let size = size.map_or_else(|| "an object".to_owned(), |size| format!("{size} bytes"));
            let begins: String = head.iter().take(9).map(|byte| char::from(*byte)).collect();
            if head.is_empty() { size } else { format!("{size}: {:?}", short(&begins)) }
        }
    }
}

fn snapshot_words(snapshot: &Snapshot) -> String {
    let name = snapshot.name.as_deref().map_or_else(|| "(no name)".to_owned(), short);
    let status = snapshot.status.as_ref().map_or("(no status)", |status| status.word());
    match snapshot.fields.get(Member::SnapshotSource).map(AsRef::as_ref) {
        None | Some("manual") => format!("{name} {status}"),
        Some(source) => format!("{name} {status} ({source})"),
    }
}

fn name(value: Option<&Text>) -> String {
    match value {
        None => "(absent)".to_owned(),
        Some(value) if value.is_empty() => "\"\"".to_owned(),
        // Of white space it is seen which it is.
        Some(value) if value.contains(|c: char| c.is_whitespace() || c.is_control()) => format!("{:?}", cut(value)),
        Some(value) => cut(value),
    }
}

/// Writes a value on one line, and of a long one the beginning and its length.
pub(crate) fn short(value: &str) -> String {
    let flat: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    cut(&flat)
}

/// Returns of a long value the beginning and its length.
fn cut(value: &str) -> String {
    const LONGEST: usize = 90;
    match value.char_indices().nth(LONGEST) {
        None => value.to_owned(),
        Some((at, _)) => {
            format!("{}… ({} characters)", value.get(..at).unwrap_or_default(), value.chars().count())
        }
    }
}

fn pair(rest: &mut Vec<String>, key: &str, value: Option<&Text>) {
    if let Some(value) = value {
        rest.push(format!("{key}={}", name(Some(value))));
    }
}

fn tags(rest: &mut Vec<String>, tags: &TagList) {
    if let Some(tags) = tags {
        let shown: Vec<String> = tags
            .iter()
            .take(4)
            .map(|tag| {
                let key = tag.key.as_deref().map_or_else(|| "(no key)".to_owned(), short);
                match &tag.value {
                    Some(value) => format!("{key}={}", short(value)),
                    None => key,
                }
            })
            .collect();
        let more = match tags.len().saturating_sub(4) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        rest.push(format!("Tags=[{}]{more}", shown.join(" ")));
    }
}

fn write_into(line: &mut String, words: fmt::Arguments<'_>) {
    // A String takes every write.
    let _ = line.write_fmt(words);
}
