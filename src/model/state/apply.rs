use std::sync::Arc;
use std::time::Duration;

use super::{Freedom, Living, Owned, State, shape};
use crate::model::{Phase, TagMap, TagSets, added, given, is_unusable, removed};
use crate::service::{
    Arn, Build, Call, CopySnapshot, CreateSnapshot, FaultCode, Fixture, Member, Owner, OwnerKind, OwnerView, Reply,
    Snapshot, Step, Tag, TagArg, TagList, TagSpelling, Text, canonical, text,
};

impl State {
    /// Lets a call take effect, and returns what its reply shows. That the call may be answered by a reply is for the
    /// model to say: here nothing is refused, and what a call lacks is left out.
    pub fn apply(&mut self, step: &Step, now: Duration, freedom: &Freedom) -> Reply {
        let ignored = step.dress.tags == TagSpelling::Member && freedom.ignores_member_tags;
        let taken = |tags: &TagList| if ignored { None } else { tags.clone() };
        match &step.call {
            Call::Copy(call) if call.bucket().is_some() => self.export(call, now, freedom),
            Call::Copy(call) => self.copy(call, taken(&call.tags).as_deref(), now, freedom),
            Call::Create(call) => self.create(call, taken(&call.tags).as_deref(), now, freedom),
            Call::Delete { name } => self.delete(name.as_deref().unwrap_or_default(), now, freedom),
            Call::Describe(call) => Reply::Snapshots(self.page(call, now, freedom)),
            Call::AddTags { resource, tags } => {
                let tags = taken(tags).unwrap_or_default();
                self.tag(resource.as_ref(), |before| chosen(added(before.clone(), &tags).unwrap_or_default(), freedom))
            }
            Call::RemoveTags { resource, keys } => {
                let keys = keys.as_deref().unwrap_or_default();
                let left = self.tag(resource.as_ref(), |before| chosen(removed(before.clone(), keys), freedom));
                if freedom.removal_lists_none { Reply::Tags(Vec::new()) } else { left }
            }
            Call::ListTags { resource } => self.tag(resource.as_ref(), |before| chosen(before.clone(), freedom)),
            Call::Restore { cluster, snapshot } => {
                if let Some(source) = snapshot.as_deref().and_then(|name| self.snapshot_mut(name))
                    && !freedom.restores_unseen
                    && source.phase == Phase::Available
                {
                    source.phase = Phase::Restoring;
                    source.until = Some(now + freedom.takes);
                }
                let owner = Owner { kind: OwnerKind::Cluster, id: cluster.clone().unwrap_or_default() };
                let made = self.fixture(&Fixture::Create(owner.clone()), now, freedom);
                // Whoever accepts an id that is in use shows what has it.
                made.unwrap_or_else(|_| Reply::Owner(self.owner_view(&owner)))
            }
            Call::Fixture(fixture) => self.fixture(fixture, now, freedom).unwrap_or(Reply::Bare),
            Call::S3(call) => {
                let caller = call.account.clone().unwrap_or_else(|| self.home.account.clone());
                self.buckets.answer(call, &caller).map_or(Reply::Bare, Reply::S3)
            }
        }
    }

    /// Lets a fixture call take effect, and returns what its reply shows.
    ///
    /// # Errors
    /// The fault for a cluster or group that is not there, or is there already.
    pub fn fixture(&mut self, call: &Fixture, now: Duration, freedom: &Freedom) -> Result<Reply, FaultCode> {
        match call {
            Fixture::WhoAmI => Ok(Reply::Identity(self.home.account.clone())),
            Fixture::Create(owner) => self.fixture(&Fixture::Build(owner.clone(), Build::default()), now, freedom),
            Fixture::Build(owner, build) => {
                if self.owner(owner).is_some() {
                    return Err(match owner.kind {
                        OwnerKind::Group => FaultCode::ReplicationGroupAlreadyExists,
                        OwnerKind::Cluster => FaultCode::CacheClusterAlreadyExists,
                    });
                }
                let until = Some(now + freedom.takes);
                let owned = Owned {
                    deleting: false,
                    until,
                    is_new: true,
                    created: self.instant(now),
                    build: build.clone(),
                    taken: 0,
                };
                self.owners_of_mut(owner.kind).insert(text(canonical(&owner.id)), owned);
                if build.backups {
                    self.back_up(owner, now, freedom);
                }
                Ok(Reply::Owner(self.owner_view(owner)))
            }
            Fixture::Describe(owner) if owner.id.is_empty() => {
                let ids: Vec<Text> = self.owners_of(owner.kind).keys().cloned().collect();
                let views = ids.into_iter().map(|id| self.owner_view(&Owner { kind: owner.kind, id }));
                Ok(Reply::Owners(views.collect()))
            }
            Fixture::Describe(owner) => {
                self.owner(owner).ok_or_else(|| unknown(owner.kind))?;
                Ok(Reply::Owners(vec![self.owner_view(owner)]))
            }
            Fixture::Delete(owner) => {
                let owners = self.owners_of_mut(owner.kind);
                let owned = owners.get_mut(canonical(&owner.id).as_ref()).ok_or_else(|| unknown(owner.kind))?;
                owned.deleting = true;
                owned.until = Some(now + freedom.takes);
                self.lose_backups(owner, now, freedom);
                Ok(Reply::Owner(self.owner_view(owner)))
            }
        }
    }

    /// Makes the snapshot that the service takes of an owner by itself.
    fn back_up(&mut self, owner: &Owner, now: Duration, freedom: &Freedom) {
        let at = self.instant(now);
        let name = text(format!("automatic.{}-{}", canonical(&owner.id), at.strftime("%Y-%m-%d-%H-%M")));
        let build = Build { backups: true, ..Build::default() };
        let mut snapshot = shape::snapshot_of(owner, &self.home.region, at, &shape::instant(at, false), &build);
        snapshot.name = Some(name.clone());
        snapshot.fields.set(Member::Arn, self.arn(&name));
        snapshot.fields.set(Member::SnapshotSource, "automated");
        self.put(&name, begun(snapshot, chosen(given(&[]), freedom), now, freedom));
    }

    /// Deletes what the service made of an owner by itself, which goes with it.
    fn lose_backups(&mut self, owner: &Owner, now: Duration, freedom: &Freedom) {
        let is_its = |living: &Living| {
            let fields = &living.snapshot.fields;
            fields.get(owner.kind.member()).is_some_and(|id| id.eq_ignore_ascii_case(&owner.id))
                && fields.get(Member::SnapshotSource) == Some("automated")
        };
        let backups: Vec<Text> =
            self.snapshots.iter().filter(|(_, living)| is_its(living)).map(|(name, _)| name.clone()).collect();
        for name in backups {
            self.delete(&name, now, freedom);
        }
    }

    fn owner_view(&self, owner: &Owner) -> OwnerView {
        let owned = self.owner(owner);
        let status = owned.map(|owned| match owned {
            Owned { deleting: true, .. } => "deleting",
            Owned { until: Some(_), is_new: true, .. } => "creating",
            Owned { until: Some(_), .. } => "snapshotting",
            Owned { until: None, .. } => "available",
        });
        OwnerView {
            id: Some(text(canonical(&owner.id))),
            status: status.map(text),
            arn: Some(self.owner_arn(owner)),
            settings: owned.map(|owned| owned.build.shown()).unwrap_or_default(),
        }
    }

    fn copy(&mut self, call: &CopySnapshot, tags: Option<&[TagArg]>, now: Duration, freedom: &Freedom) -> Reply {
        let target = text(canonical(call.target.as_deref().unwrap_or_default()));
        let until = now + freedom.takes;
        let unusable = call.kms_key.as_deref().is_some_and(|key| is_unusable(self, key));
        let failed = call.source.as_deref().and_then(|source| self.snapshot(source)).map(|source| source.phase);
        let fails = unusable || freedom.copy_fails || failed == Some(Phase::Failed);
        let source = call.source.as_deref().and_then(|source| self.snapshot_mut(source));
        let (mut snapshot, inherited) = match source {
            None => (Snapshot::default(), TagSets::new()),
            Some(source) => {
                if freedom.source_copying && matches!(source.phase, Phase::Available | Phase::Copying) {
                    source.phase = Phase::Copying;
                    source.until = Some(until);
                }
                (source.snapshot.clone(), source.tags.clone())
            }
        };
        snapshot.name = Some(target.clone());
        snapshot.fields.set(Member::SnapshotSource, "manual");
        snapshot.fields.set(Member::Arn, self.arn(&target));
        if let Some(key) = call.kms_key.as_ref().filter(|key| !key.is_empty()) {
            snapshot.fields.set(Member::KmsKeyId, key);
        }
        if freedom.own_create_time {
            let taken = shape::instant(self.instant(now), false);
            shape::set_on_nodes(&mut snapshot, Member::SnapshotCreateTime, &taken);
        }
        if freedom.no_retention {
            snapshot.fields.set(Member::SnapshotRetentionLimit, "0");
        }
        let own = tags.filter(|tags| !tags.is_empty() || freedom.empty_list_clears);
        let tags = own.map_or(inherited, |tags| chosen(given(tags), freedom));
        let late = call.source.as_deref().filter(|_| own.is_none() && freedom.tags_late);
        let living = Living {
            phase: freedom.first,
            fails,
            is_copy: true,
            sized_from: if freedom.size_later { until } else { Duration::ZERO },
            tags_of: late.map(|source| text(canonical(source))),
            ..begun(snapshot, tags, now, freedom)
        };
        self.begin(&target, living, now)
    }

    fn create(&mut self, call: &CreateSnapshot, tags: Option<&[TagArg]>, now: Duration, freedom: &Freedom) -> Reply {
        let name = text(canonical(call.name.as_deref().unwrap_or_default()));
        let until = now + freedom.takes;
        let owner = call.owner().unwrap_or_else(|| Owner { kind: OwnerKind::Cluster, id: text("none") });
        let taken = shape::instant(self.instant(now), false);
        let created = self.owner(&owner).map_or_else(|| self.instant(now), |owned| owned.created);
        let build = self.owner(&owner).map(|owned| owned.build.clone()).unwrap_or_default();
        let owned_tags = self.owner(&owner).map_or_else(|| given(&[]), Owned::tags);
        let mut snapshot = shape::snapshot_of(&owner, &self.home.region, created, &taken, &build);
        snapshot.name = Some(name.clone());
        snapshot.fields.set(Member::Arn, self.arn(&name));
        if let Some(key) = call.kms_key.as_ref().filter(|key| !key.is_empty()) {
            snapshot.fields.set(Member::KmsKeyId, key);
        }
        if let Some(owned) = self.owners_of_mut(owner.kind).get_mut(&owner.id).filter(|owned| !owned.deleting) {
            owned.until = owned.until.max(Some(until));
            owned.taken += 1;
        }
        let tags = match tags {
            None => owned_tags,
            Some([]) if !freedom.empty_list_clears => owned_tags,
            Some(tags) => chosen(given(tags), freedom),
        };
        let living = Living { sized_from: until, ..begun(snapshot, tags, now, freedom) };
        self.begin(&name, living, now)
    }

    fn begin(&mut self, name: &str, living: Living, now: Duration) -> Reply {
        let mut shown = living.shown(now);
        shape::leave_out_configuration(&mut shown);
        self.put(name, living);
        Reply::Snapshot(Box::new(shown))
    }

    fn delete(&mut self, name: &str, now: Duration, freedom: &Freedom) -> Reply {
        let key = text(canonical(name));
        let mut shown = Snapshot { name: Some(key.clone()), ..Snapshot::default() };
        if let Some(living) = self.snapshots.get_mut(&key) {
            living.lingers_as = living.phase;
            living.phase = Phase::Deleting;
            living.until = Some(now + freedom.takes);
            living.lingers_until = now + freedom.lingers;
            shown = living.shown(now);
            shape::leave_out_configuration(&mut shown);
            for copy in self.snapshots.values_mut().filter(|copy| copy.tags_of.as_ref() == Some(&key)) {
                copy.tags_of = None;
            }
            self.deleted.insert(key);
        }
        shown.status = Phase::Deleting.status();
        Reply::Snapshot(Box::new(shown))
    }

    fn tag(&mut self, resource: Option<&Text>, change: impl FnOnce(&TagSets) -> TagSets) -> Reply {
        let owner = resource.and_then(|arn| self.owner_named(arn));
        if let Some(owned) =
            owner.and_then(|owner| self.owners_of_mut(owner.kind).get_mut(canonical(&owner.id).as_ref()))
        {
            let after = change(&owned.tags()).into_iter().next().unwrap_or_default();
            owned.set_tags(&after);
            return Reply::Tags(listed(&after));
        }
        let name = resource.map(|resource| &**resource).and_then(Arn::snapshot_in);
        let Some(living) = name.and_then(|name| self.snapshot_mut(name)) else { return Reply::Tags(Vec::new()) };
        living.tags = change(&living.tags);
        // What has been shown, or set, stays.
        living.tags_of = None;
        Reply::Tags(listed(&living.tag_map()))
    }
}

pub(super) fn begun(snapshot: Snapshot, tags: TagSets, now: Duration, freedom: &Freedom) -> Living {
    Living {
        phase: Phase::Creating,
        until: Some(now + freedom.takes),
        named_from: now + freedom.named_after,
        listed_from: now + freedom.listed_after,
        lingers_until: Duration::ZERO,
        lingers_as: Phase::Available,
        sized_from: Duration::ZERO,
        fails: false,
        is_copy: false,
        passing: false,
        snapshot,
        tags,
        tags_of: None,
    }
}

/// Returns one of the sets that are allowed: with a key given twice, the last value stands first.
fn chosen(sets: TagSets, freedom: &Freedom) -> TagSets {
    let one = if freedom.first_tag_wins { sets.last() } else { sets.first() };
    let one: Arc<TagMap> = one.cloned().unwrap_or_default();
    smallvec::smallvec![one]
}

fn listed(tags: &TagMap) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}

const fn unknown(kind: OwnerKind) -> FaultCode {
    match kind {
        OwnerKind::Group => FaultCode::ReplicationGroupNotFound,
        OwnerKind::Cluster => FaultCode::CacheClusterNotFound,
    }
}
