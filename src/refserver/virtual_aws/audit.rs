use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::foreign::foreign;
use crate::ledger::{ResourceKind, RunId};
use crate::refserver::asked::Asked;
use crate::service::{Arn, Call, Fixture, Owner, OwnerKind, S3Action, Text};

/// Writes down whatever touches what is not a run's own.
///
/// A write that is carried out touches what it makes, changes or removes, where that has not the strict prefix of a run. Any
/// request that names something of others touches that, be it only to read it; a list of everything names nothing.
#[derive(Debug)]
pub(super) struct Audit {
    file: Option<Arc<File>>,
    epoch: Timestamp,
    touches: Vec<Value>,
}

/// Something that a request names, and whether it would write to it.
type Named<'a> = (ResourceKind, &'a str, bool);

impl Audit {
    pub(super) const fn new(file: Option<Arc<File>>, epoch: Timestamp) -> Self {
        Self { file, epoch, touches: Vec::new() }
    }

    /// Looks at what a request names, and at how it was answered.
    pub(super) fn note(&mut self, asked: &Asked<'_>, status: u16, now: Duration) {
        let done = (200..300).contains(&status);
        for (kind, name, writes) in named(asked) {
            let theirs = foreign().iter().any(|known| known.is(kind, name));
            if theirs || writes && done && RunId::of_name(name).is_none() {
                let (region, account) = &asked.home;
                let touch = json!({
                    "at": self.epoch.checked_add(now).unwrap_or(self.epoch).to_string(),
                    "region": &**region,
                    "account": &**account,
                    "action": asked.action(),
                    "kind": kind.word(),
                    "name": name,
                    "writes": writes,
                    "status": status,
                });
                if let Some(mut file) = self.file.as_deref() {
                    // What cannot be written is in the report nevertheless.
                    let _ = writeln!(file, "{touch}");
                }
                self.touches.push(touch);
            }
        }
    }

    pub(super) fn touches(&self) -> &[Value] {
        &self.touches
    }
}

/// Returns what a request names.
fn named<'a>(asked: &'a Asked<'_>) -> Vec<Named<'a>> {
    if let Some(s3) = &asked.s3 {
        let Ok(call) = s3 else { return Vec::new() };
        if call.action == S3Action::ListBuckets {
            return Vec::new();
        }
        return vec![(ResourceKind::Bucket, &call.bucket, call.is_write())];
    }
    let Ok(step) = &asked.step else { return Vec::new() };
    let snapshot = |name: &'a Option<Text>, writes| name.as_deref().map(|name| (ResourceKind::Snapshot, name, writes));
    let group = |name: &'a Option<Text>| name.as_deref().map(|name| (ResourceKind::Group, name, false));
    let cluster = |name: &'a Option<Text>, writes| name.as_deref().map(|name| (ResourceKind::Cluster, name, writes));
    let arn = |resource: &'a Option<Text>, writes| {
        let arn = resource.as_deref().and_then(Arn::parse);
        arn.map(|arn| (ResourceKind::Snapshot, arn.name, writes))
    };
    let owner = |owner: &'a Owner, writes| {
        let kind = match owner.kind {
            OwnerKind::Group => ResourceKind::Group,
            OwnerKind::Cluster => ResourceKind::Cluster,
        };
        (!owner.id.is_empty()).then_some((kind, &*owner.id, writes))
    };
    let named = match &step.call {
        Call::Copy(copy) => {
            let bucket = copy.bucket().map(|bucket| (ResourceKind::Bucket, &**bucket, true));
            [snapshot(&copy.source, false), snapshot(&copy.target, copy.bucket().is_none()), bucket]
        }
        Call::Create(create) => [snapshot(&create.name, true), group(&create.group), cluster(&create.cluster, false)],
        Call::Delete { name } => [snapshot(name, true), None, None],
        Call::Describe(call) => [snapshot(&call.name, false), group(&call.group), cluster(&call.cluster, false)],
        Call::Restore { snapshot: of, cluster: id, .. } => [snapshot(of, false), cluster(id, true), None],
        Call::AddTags { resource, .. } | Call::RemoveTags { resource, .. } => [arn(resource, true), None, None],
        Call::ListTags { resource } => [arn(resource, false), None, None],
        Call::Fixture(Fixture::Create(it) | Fixture::Build(it, _) | Fixture::Delete(it)) => {
            [owner(it, true), None, None]
        }
        Call::Fixture(Fixture::Describe(it)) => [owner(it, false), None, None],
        Call::Fixture(Fixture::WhoAmI) | Call::S3(_) => [None, None, None],
    };
    named.into_iter().flatten().filter(|(_, name, _)| !name.trim().is_empty()).collect()
}
