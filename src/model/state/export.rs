use std::cmp::Ordering;
use std::sync::Arc;
use std::time::Duration;

use super::apply::begun;
use super::{Freedom, Living, State, shape};
use crate::model::{NameClass, Phase, TagSets, View, classify, export_key};
use crate::service::{CopySnapshot, Member, Reply, Text, canonical, text};

/// Whether a key of a bucket has an object, by how much that is in the way of another.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Held {
    Free,
    Coming,
    There,
}

/// The longest name under which an export is shown as a snapshot.
const LONGEST_SHOWN: usize = 255;

impl State {
    /// Begins an export: its objects appear, and its source rests again, once it is over.
    pub(super) fn export(&mut self, call: &CopySnapshot, now: Duration, freedom: &Freedom) -> Reply {
        let target = call.target.clone().unwrap_or_default();
        let until = now + freedom.takes;
        let Some(source) = call.source.as_deref().and_then(|source| self.snapshot_mut(source)) else {
            return Reply::Bare;
        };
        if matches!(source.phase, Phase::Available | Phase::Copying | Phase::Exporting) {
            if freedom.export_source != Phase::Available {
                source.phase = freedom.export_source;
            }
            if source.phase != Phase::Available {
                source.until = source.until.max(Some(until));
            }
        }
        let (mut shown, shards) = (source.shown(now), source.snapshot.nodes.len().max(1));
        // Which spelling it takes may change from one export to the next, but none takes a key that is there, nor, where it
        // can be helped, one that is to come.
        let lower = text(canonical(&target));
        let bucket = call.bucket().cloned().unwrap_or_default();
        let held = |name: &str| {
            let of_shard = |shard| match View::holds(self, &bucket, &export_key(name, shard)) {
                Some(false) => Held::Free,
                None => Held::Coming,
                Some(true) => Held::There,
            };
            (1..=shards).map(of_shard).max()
        };
        let is_lower = match held(&lower).cmp(&held(&target)) {
            Ordering::Less => true,
            Ordering::Equal => freedom.export_lower,
            Ordering::Greater => false,
        };
        let kept = if is_lower { lower } else { target.clone() };
        if let Some(bucket) = call.bucket().and_then(|bucket| self.buckets.get_mut(bucket)) {
            bucket.coming.extend((1..=shards).map(|shard| (text(export_key(&kept, shard)), until, backup(shard))));
        }
        shape::leave_out_configuration(&mut shown);
        shown.fields.set(Member::SnapshotSource, "manual");
        if !freedom.export_names_source {
            shown.name = Some(kept);
            shown.fields.set(Member::Arn, self.arn(&target));
        }
        shown.status = freedom.export_status.status();
        self.show_export(&target, call, now, freedom);
        Reply::Snapshot(Box::new(shown))
    }

    /// Shows the export as a snapshot until it is over, where no snapshot has its name.
    fn show_export(&mut self, target: &Text, call: &CopySnapshot, now: Duration, freedom: &Freedom) {
        let can_be = classify(target) == NameClass::Plain && target.chars().count() <= LONGEST_SHOWN;
        if !freedom.export_shown || freedom.takes.is_zero() || !can_be || self.snapshot(target).is_some() {
            return;
        }
        let Some(source) = call.source.as_deref().and_then(|source| self.snapshot(source)) else { return };
        let mut snapshot = source.snapshot.clone();
        snapshot.name = Some(text(canonical(target)));
        snapshot.fields.set(Member::SnapshotSource, "manual");
        snapshot.fields.set(Member::Arn, self.arn(target));
        let tags: TagSets = std::iter::once(Arc::default()).collect();
        let living = Living { phase: Phase::Exporting, passing: true, ..begun(snapshot, tags, now, freedom) };
        self.put(target, living);
    }
}

/// Returns the beginning and the end of an RDB file: a header, one auxiliary field, no keys.
fn backup(shard: usize) -> Arc<[u8]> {
    let mut file = b"REDIS0011\xfa\x05shard".to_vec();
    let number = shard.to_string();
    file.push(u8::try_from(number.len()).unwrap_or_default());
    file.extend(number.as_bytes());
    file.push(0xff);
    // A checksum of zero says that there is none.
    file.extend([0; 8]);
    Arc::from(file)
}
