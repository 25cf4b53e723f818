//! One concrete world: what an account has in a region at one moment.

mod apply;
mod export;
mod freedom;
mod page;
mod shape;
mod store;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use smallvec::smallvec;

pub use freedom::{BadMarker, Freedom, ListOrder, OtherSource, UnknownOwner};
pub use page::marker_after;
pub use store::{Bucket, Buckets, S3Fault};

use super::{BucketSeen, Phase, Phases, TagMap, TagSets, View, given};
use crate::service::{Arn, Build, Member, Owner, OwnerKind, Snapshot, TagArg, Text, canonical, text};

/// Where and when a world is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// The region, such as `us-east-1`.
    pub region: Text,
    /// The account, 12 digits.
    pub account: Text,
    /// The instant from which every `now` of the world counts.
    pub epoch: Timestamp,
}

/// A snapshot that has its name: all but those that are gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Living {
    /// Where it is in its life; never [`Phase::Absent`].
    pub phase: Phase,
    /// When it moves on without any operation; `None` where it rests.
    pub until: Option<Duration>,
    /// From when on a describe by name shows it.
    pub named_from: Duration,
    /// From when on a list shows it.
    pub listed_from: Duration,
    /// Until when describes show it as it was before, although it is being deleted.
    pub lingers_until: Duration,
    /// … in this phase.
    pub lingers_as: Phase,
    /// From when on it shows `CacheSize` and `SnapshotCreateTime`.
    pub sized_from: Duration,
    /// Whether it fails in place of becoming available.
    pub fails: bool,
    /// Whether a copy made it.
    pub is_copy: bool,
    /// Whether it is but shown while an export is under way, and gone with it.
    pub passing: bool,
    /// What it shows, but for its status.
    pub snapshot: Snapshot,
    /// Its tags: one set.
    pub tags: TagSets,
    /// The source whose tags it takes over once it is done; `None` where it has its own.
    pub tags_of: Option<Text>,
}

/// A cluster or replication group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owned {
    /// Whether it is being deleted.
    pub deleting: bool,
    /// When `creating`, `snapshotting` or `deleting` ends; `None` where it rests.
    pub until: Option<Duration>,
    /// Whether it has never been available yet.
    pub is_new: bool,
    /// When it was made.
    pub created: Timestamp,
    /// How it is built.
    pub build: Build,
    /// How many snapshots of it were asked for.
    pub taken: usize,
}

impl Owned {
    /// Returns its tags: one set.
    #[must_use]
    pub fn tags(&self) -> TagSets {
        given(self.build.tags.as_deref().unwrap_or_default())
    }

    fn set_tags(&mut self, tags: &TagMap) {
        let tag = |(key, value): (&Text, &Text)| TagArg { key: Some(key.clone()), value: Some(value.clone()) };
        self.build.tags = Some(tags.iter().map(tag).collect());
    }
}

/// One world, in which everything is known. Time comes in as the duration since [`Home::epoch`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    home: Home,
    key: Option<Text>,
    quota: Option<usize>,
    snapshots: BTreeMap<Text, Living>,
    deleted: BTreeSet<Text>,
    owners: [BTreeMap<Text, Owned>; 2],
    /// The buckets of everybody.
    pub buckets: Buckets,
}

impl State {
    /// A world without snapshots and clusters; `key` is the KMS key that may be used.
    #[must_use]
    pub fn new(home: Home, key: Option<Text>) -> Self {
        Self {
            home,
            key,
            quota: None,
            snapshots: BTreeMap::new(),
            deleted: BTreeSet::new(),
            owners: [BTreeMap::new(), BTreeMap::new()],
            buckets: Buckets::default(),
        }
    }

    /// The same with a quota of snapshots that may be asked for of one cluster or group; copies don't count.
    #[must_use]
    pub fn with_quota(mut self, quota: Option<usize>) -> Self {
        self.quota = quota;
        self
    }

    /// Does what time alone does: what was being made is available, what was being deleted is gone.
    pub fn progress(&mut self, now: Duration) {
        let over = |until: Option<Duration>| until.is_some_and(|until| until <= now);
        self.buckets.progress(now);
        let goes = |living: &Living| living.phase == Phase::Deleting || living.passing;
        self.snapshots.retain(|_, living| !(goes(living) && over(living.until)));
        let takes_over = |living: &Living| {
            let source = living.tags_of.as_ref().filter(|_| over(living.until))?;
            self.snapshots.get(source).map(|source| source.tags.clone())
        };
        let late: Vec<(Text, TagSets)> =
            self.snapshots.iter().filter_map(|(name, living)| Some((name.clone(), takes_over(living)?))).collect();
        for (name, tags) in late {
            if let Some(living) = self.snapshots.get_mut(&name) {
                living.tags = tags;
            }
        }
        for living in self.snapshots.values_mut().filter(|living| over(living.until)) {
            living.tags_of = None;
            living.phase = if living.fails { Phase::Failed } else { Phase::Available };
            living.until = None;
        }
        for owners in &mut self.owners {
            owners.retain(|_, owned| !(owned.deleting && over(owned.until)));
            for owned in owners.values_mut().filter(|owned| over(owned.until)) {
                owned.until = None;
                owned.is_new = false;
            }
        }
    }

    /// Returns where and when the world is.
    #[must_use]
    pub const fn home(&self) -> &Home {
        &self.home
    }

    /// Returns the instant that `now` is.
    #[must_use]
    pub fn instant(&self, now: Duration) -> Timestamp {
        self.home.epoch.checked_add(now).unwrap_or(self.home.epoch)
    }

    /// Returns the snapshot of that name, in any case.
    #[must_use]
    pub fn snapshot(&self, name: &str) -> Option<&Living> {
        self.snapshots.get(canonical(name).as_ref())
    }

    /// Returns the snapshot of that name, in any case, to be changed at will.
    pub fn snapshot_mut(&mut self, name: &str) -> Option<&mut Living> {
        self.snapshots.get_mut(canonical(name).as_ref())
    }

    /// Walks the snapshots in the order of their names.
    pub fn snapshots(&self) -> impl ExactSizeIterator<Item = (&Text, &Living)> {
        self.snapshots.iter()
    }

    /// Walks the snapshots in the order of their names, to be changed at will.
    pub fn snapshots_mut(&mut self) -> impl ExactSizeIterator<Item = (&Text, &mut Living)> {
        self.snapshots.iter_mut()
    }

    /// Puts a snapshot under a name, in place of any other.
    pub fn put(&mut self, name: &str, living: Living) {
        self.snapshots.insert(text(canonical(name)), living);
    }

    /// Takes the snapshot of that name out of the world, as if it had never been.
    pub fn take(&mut self, name: &str) -> Option<Living> {
        self.snapshots.remove(canonical(name).as_ref())
    }

    /// Returns the cluster or group, its id in any case.
    #[must_use]
    pub fn owner(&self, owner: &Owner) -> Option<&Owned> {
        self.owners_of(owner.kind).get(canonical(&owner.id).as_ref())
    }

    /// Walks the ids of the clusters or groups.
    pub fn owners(&self, kind: OwnerKind) -> impl Iterator<Item = &Text> {
        self.owners_of(kind).keys()
    }

    /// Tells whether the cluster or group is there and neither being made, nor deleted, nor snapshotted.
    #[must_use]
    pub fn owner_rests(&self, owner: &Owner) -> bool {
        self.owner(owner).is_some_and(|owned| owned.until.is_none())
    }

    /// Returns the ARN of the snapshot of that name.
    #[must_use]
    pub fn arn(&self, name: &str) -> Text {
        text(format!("arn:aws:elasticache:{}:{}:snapshot:{}", self.home.region, self.home.account, canonical(name)))
    }

    /// Returns the ARN of a cluster or group.
    pub(super) fn owner_arn(&self, owner: &Owner) -> Text {
        let kind = owner.kind.word();
        text(format!("arn:aws:elasticache:{}:{}:{kind}:{}", self.home.region, self.home.account, canonical(&owner.id)))
    }

    /// Returns the tags of the cluster or group that an ARN names; `None` where it names none that is there.
    #[must_use]
    pub fn tags_of_owner(&self, arn: &str) -> Option<TagSets> {
        self.owner(&self.owner_named(arn)?).map(Owned::tags)
    }

    /// Returns the cluster or group that an ARN names, whether it is there or not.
    fn owner_named(&self, arn: &str) -> Option<Owner> {
        let arn = Arn::parse(arn.trim())?;
        let kind = OwnerKind::from_word(arn.kind)?;
        self.is_at_home(arn.region, arn.account).then(|| Owner { kind, id: text(arn.name) })
    }

    fn owners_of(&self, kind: OwnerKind) -> &BTreeMap<Text, Owned> {
        let [groups, clusters] = &self.owners;
        match kind {
            OwnerKind::Group => groups,
            OwnerKind::Cluster => clusters,
        }
    }

    fn owners_of_mut(&mut self, kind: OwnerKind) -> &mut BTreeMap<Text, Owned> {
        let [groups, clusters] = &mut self.owners;
        match kind {
            OwnerKind::Group => groups,
            OwnerKind::Cluster => clusters,
        }
    }
}

impl View for State {
    fn phases(&self, name: &str) -> Phases {
        self.snapshot(name).map_or(Phases::ABSENT, |living| Phases::one(living.phase))
    }

    fn was_deleted(&self, name: &str) -> bool {
        self.deleted.contains(name)
    }

    fn tags(&self, name: &str) -> Option<&TagSets> {
        self.snapshot(name).map(|living| &living.tags)
    }

    fn owner_exists(&self, owner: &Owner) -> Option<bool> {
        Some(self.owner(owner).is_some())
    }

    /// A world has no quota: no source says what counts toward it (`copy.quota`).
    fn quota_may_answer(&self) -> bool {
        false
    }

    fn is_at_home(&self, region: &str, account: &str) -> bool {
        *self.home.region == *region && *self.home.account == *account
    }

    fn knows_key(&self, key: &str) -> bool {
        self.key.as_deref() == Some(key)
    }

    fn quota_is_reached(&self, owner: &Owner) -> bool {
        self.quota.is_some_and(|quota| self.owner(owner).is_some_and(|owned| owned.taken >= quota))
    }

    fn takes_snapshots(&self, owner: &Owner) -> bool {
        self.owner(owner).is_none_or(|owned| owned.build.engine.as_deref() != Some("memcached"))
    }

    fn has_key(&self) -> bool {
        self.key.is_some()
    }

    fn knows_marker(&self, marker: &str) -> bool {
        page::name_of(marker).is_some()
    }

    fn bucket(&self, name: &str) -> BucketSeen {
        self.buckets.seen(name, &self.home.region, &self.home.account)
    }

    fn holds(&self, bucket: &str, key: &str) -> Option<bool> {
        self.buckets.holds(bucket, key)
    }

    fn shards(&self, name: &str) -> Option<usize> {
        self.snapshot(name).map(|living| living.snapshot.nodes.len())
    }

    fn shows(&self, name: &str, member: Member) -> Option<&str> {
        self.snapshot(name).and_then(|living| living.snapshot.fields.get(member))
    }
}

impl Living {
    /// Returns what it shows at that moment.
    #[must_use]
    pub fn shown(&self, now: Duration) -> Snapshot {
        let mut snapshot = self.snapshot.clone();
        snapshot.status = if self.phase == Phase::Deleting && now < self.lingers_until {
            self.lingers_as.status()
        } else {
            self.phase.status()
        };
        if now < self.sized_from {
            shape::leave_out_size(&mut snapshot);
        }
        snapshot
    }

    /// Returns its tags.
    #[must_use]
    pub fn tag_map(&self) -> Arc<TagMap> {
        self.tags.first().cloned().unwrap_or_default()
    }

    /// Gives it exactly these tags.
    pub fn set_tags(&mut self, tags: Arc<TagMap>) {
        self.tags = smallvec![tags];
    }
}

#[cfg(test)]
mod tests;
