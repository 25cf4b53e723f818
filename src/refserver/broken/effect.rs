use std::sync::Arc;
use std::time::Duration;

use super::{Broken, export};
use crate::model::{Freedom, Living, NameClass, Phase, Phases, State, classify};
use crate::refserver::Defect;
use crate::refserver::worlds::Said;
use crate::service::{
    Call, CopySnapshot, CreateSnapshot, ENGINE, Fixture, Member, Snapshot, Step, Text, canonical, text,
};
use crate::spec::{ClauseId, id};

/// The members that a copy has wrong, and what it has there.
const CHANGED: &[(Defect, Member, &str)] = &[
    (Defect::CopyIsAutomated, Member::SnapshotSource, "automated"),
    (Defect::SourceIsCopied, Member::SnapshotSource, "copied"),
    (Defect::CopyChangesEngine, Member::Engine, "valkey"),
    (Defect::CopyChangesVersion, Member::EngineVersion, "6.2"),
    (Defect::CopyChangesNodeType, Member::CacheNodeType, "cache.r6g.large"),
    (Defect::CopyChangesPort, Member::Port, "11211"),
    (Defect::CopyChangesParameterGroup, Member::CacheParameterGroupName, "default.redis6.x"),
    (Defect::CopyChangesSubnetGroup, Member::CacheSubnetGroupName, "another"),
    (Defect::CopyChangesVpc, Member::VpcId, "vpc-00000000000000000"),
    (Defect::CopyChangesMaintenance, Member::PreferredMaintenanceWindow, "mon:01:00-mon:02:00"),
    (Defect::CopyRenamesNodes, Member::CacheNodeId, "0099"),
    (Defect::CopyChangesReplicas, Member::ConfigurationReplicaCount, "5"),
    (Defect::CopyChangesSize, Member::CacheSize, "999 MB"),
    (Defect::CopyChangesSlots, Member::ConfigurationSlots, "0-1"),
    (Defect::CopyChangesWindow, Member::SnapshotWindow, "23:00-24:00"),
    (Defect::CopyShowsDefaults, Member::Port, "6379"),
    (Defect::CopyShowsDefaults, Member::PreferredMaintenanceWindow, "sun:08:00-sun:09:00"),
    (Defect::CopyShowsDefaults, Member::AutoMinorVersionUpgrade, "true"),
    (Defect::CopyShowsDefaultWindow, Member::SnapshotWindow, "05:00-06:00"),
    (Defect::CopyCreateTimeZero, Member::SnapshotCreateTime, "1970-01-01T00:00:00Z"),
];

/// More generations of copies than any defect counts: names that are used again may go round.
const MANY: usize = 9;

/// A key of nobody's.
const OTHER_KEY: &str = "arn:aws:kms:us-east-1:999999999999:key/ffffffff-ffff-ffff-ffff-ffffffffffff";

/// What an effect is broken with.
pub(in crate::refserver) struct Scene<'a> {
    /// The world before the call.
    pub(in crate::refserver) before: &'a State,
    /// What was asked.
    pub(in crate::refserver) step: &'a Step,
    /// When.
    pub(in crate::refserver) now: Duration,
    /// What the call might choose.
    pub(in crate::refserver) freedom: &'a Freedom,
}

impl Broken {
    /// Changes what the call has done.
    pub(in crate::refserver) fn effect(&mut self, scene: &Scene<'_>, world: &mut State, said: &mut Said) {
        let Some(defect) = self.defect else { return };
        match (&scene.step.call, &*said) {
            (Call::Copy(call), Said::Reply(_)) if call.bucket().is_some() => self.exported(defect, scene, world, call),
            (Call::Copy(call), Said::Fault(_, clause)) if call.bucket().is_some() => {
                export::refused(defect, scene, world, call, *clause);
            }
            (Call::Copy(call), Said::Reply(_)) => self.copied(defect, scene, world, call),
            (Call::Copy(call), Said::Fault(_, Some(clause)))
                if defect == Defect::CopyTagsRefusalMakesLate && *clause == id::COPY_TAGS_QUOTA =>
            {
                let mut made = world.clone();
                make(&Scene { step: &untagged(scene.step), ..*scene }, &mut made, call.target.as_deref());
                let target = call.target.as_deref().unwrap_or_default();
                self.put_off(&Scene { before: &made, ..*scene }, world, target);
            }
            (Call::Copy(call), Said::Fault(_, clause)) => copy_refused(defect, scene, world, call, *clause),
            (Call::Create(call), Said::Reply(_)) => self.created(defect, world, call),
            (Call::Create(call), Said::Fault(..)) if defect == Defect::CreateRefusalMakes => {
                make(scene, world, call.name.as_deref());
            }
            (Call::Delete { name: Some(name) }, Said::Reply(_)) => self.deleted(defect, scene, world, name),
            (Call::Delete { name: Some(name) }, Said::Fault(..)) if defect == Defect::DeleteRefusalDeletes => {
                world.take(&canonical(name));
            }
            (Call::Restore { snapshot: Some(name), .. }, Said::Reply(_)) => restored(defect, scene, world, name),
            (Call::Fixture(Fixture::Delete(_)), Said::Reply(_)) if defect == Defect::AutomaticOutlivesOwner => {
                let automatic =
                    |living: &&Living| living.snapshot.fields.get(Member::SnapshotSource) == Some("automated");
                for (name, living) in scene.before.snapshots().filter(|(_, living)| automatic(living)) {
                    world.put(name, living.clone());
                }
            }
            (Call::Fixture(Fixture::Delete(owner)), Said::Reply(_))
                if matches!(
                    defect,
                    Defect::SnapshotDiesWithOwner
                        | Defect::CopyDiesWithOwner
                        | Defect::CopyRunningDiesWithOwner
                        | Defect::CopyOfAutomaticDiesWithOwner
                ) =>
            {
                let id = canonical(&owner.id).into_owned();
                let copied_from = &self.copied_from;
                let of_automatic =
                    |name: &str| copied_from.get(name).is_some_and(|source| source.starts_with("automatic."));
                take_all(world, |name, living| {
                    let spared = match defect {
                        Defect::CopyDiesWithOwner => !living.is_copy,
                        Defect::CopyRunningDiesWithOwner => !living.is_copy || Phases::RESTING.has(living.phase),
                        Defect::CopyOfAutomaticDiesWithOwner => !of_automatic(name),
                        _ => false,
                    };
                    if spared {
                        return false;
                    }
                    let is = |member| living.snapshot.fields.get(member).is_some_and(|known| known == id);
                    is(Member::ReplicationGroupId) || is(Member::CacheClusterId)
                });
            }
            _ => {}
        }
        self.tagged(defect, scene, world, said);
    }

    fn copied(&mut self, defect: Defect, scene: &Scene<'_>, world: &mut State, call: &CopySnapshot) {
        let (Some(source), Some(target)) = (call.source.as_deref(), call.target.as_deref()) else { return };
        let reused = self.copied_from.insert(text(canonical(target)), text(canonical(source))).is_some();
        let until = Some(scene.now + scene.freedom.takes);
        match defect {
            Defect::CopyTakenSilent => {
                if let Some(taken) = scene.before.snapshot(target).filter(|taken| taken.phase != Phase::Deleting) {
                    world.put(target, taken.clone());
                }
            }
            Defect::CopyTakesSource => drop(world.take(source)),
            Defect::CopyExpires | Defect::CopyBeginsAgain | Defect::CopyTagsExpire => {
                self.put_off(scene, world, target);
            }
            Defect::CopyResetsSource | Defect::CopySourceRestoring => {
                if let Some(source) = world.snapshot_mut(source) {
                    source.until = until;
                    source.phase = if defect == Defect::CopyResetsSource { Phase::Creating } else { Phase::Restoring };
                }
            }
            Defect::ArnOfSource => {
                let arn = world.arn(source);
                change(world, target, |living| living.snapshot.fields.set(Member::Arn, arn));
            }
            Defect::CopyOfAutomaticIsAutomated => {
                let source = scene.before.snapshot(source);
                let kept =
                    source.and_then(|source| source.snapshot.fields.get(Member::SnapshotSource)).map(str::to_owned);
                if let Some(kept) = kept {
                    change(world, target, |living| living.snapshot.fields.set(Member::SnapshotSource, kept));
                }
            }
            Defect::CopyReusedUntagged if reused && call.tags.is_none() => {
                change(world, target, |living| living.set_tags(Arc::default()));
            }
            Defect::CopyReusedLosesKey if reused => lose_key(world, target),
            Defect::CopyChainLosesKey if self.generation(target) > 2 => lose_key(world, target),
            Defect::CopiesOfCopiesFail if self.generation(target) > 1 => {
                change(world, target, |living| living.fails = true);
            }
            Defect::CopiesOfAutomaticFail if source.starts_with("automatic.") => {
                change(world, target, |living| living.fails = true);
            }
            _ => change(world, target, |living| spoil_copy(defect, living, call, target)),
        }
        self.revive_tags(defect, world, target);
    }

    /// Returns how many copies, each of the one before, end with this one.
    fn generation(&self, name: &str) -> usize {
        let first = self.copied_from.get(canonical(name).as_ref());
        std::iter::successors(first, |source| self.copied_from.get(*source)).take(MANY).count()
    }

    fn created(&mut self, defect: Defect, world: &mut State, call: &CreateSnapshot) {
        let Some(name) = call.name.as_deref() else { return };
        change(world, name, |living| match defect {
            Defect::CreateKeepsCase => living.snapshot.name = Some(text(name)),
            Defect::CreateIsAutomated => living.snapshot.fields.set(Member::SnapshotSource, "automated"),
            Defect::CreateShowsOtherOwner => rename_owner(&mut living.snapshot, "another-owner"),
            Defect::CreateShowsOtherKey if call.kms_key.is_some() => {
                living.snapshot.fields.set(Member::KmsKeyId, text(OTHER_KEY));
            }
            Defect::CreateIgnoresKey => living.snapshot.fields.set(Member::KmsKeyId, ""),
            Defect::CreateNeverShown => living.named_from = Duration::MAX,
            Defect::CreateStuckCreating => living.until = None,
            _ => spoil_settings(defect, &mut living.snapshot),
        });
        self.revive_tags(defect, world, name);
    }

    fn deleted(&mut self, defect: Defect, scene: &Scene<'_>, world: &mut State, name: &str) {
        let Some(living) = scene.before.snapshot(name) else { return };
        if defect == Defect::DeleteKeepsTags {
            self.tags_of_the_deleted.insert(text(canonical(name)), living.tag_map());
        }
        match defect {
            Defect::DeleteDoesNothing => world.put(name, living.clone()),
            Defect::DeleteLingers => change(world, name, |living| living.until = None),
            Defect::DeleteLingersInLists => change(world, name, |living| {
                living.until = None;
                living.named_from = Duration::MAX;
            }),
            Defect::DeleteTakesNext => take_next(world, name),
            Defect::DeleteTakesNamesake | Defect::DeletedComesBack => self.put_off(scene, world, name),
            Defect::ExportDiesWithSource => self.exports_die(world, name),
            Defect::DeleteTakesPrefix => {
                let prefix = canonical(name).into_owned();
                take_all(world, |other, _| other.len() > prefix.len() && other.starts_with(&prefix));
            }
            Defect::CopyDiesWithSource => {
                let copied_from = &self.copied_from;
                let source = canonical(name).into_owned();
                take_all(world, |target, _| copied_from.get(target).is_some_and(|known| **known == *source));
            }
            _ => {}
        }
    }
}

fn lose_key(world: &mut State, name: &str) {
    change(world, name, |living| living.snapshot.fields.set(Member::KmsKeyId, ""));
}

fn restored(defect: Defect, scene: &Scene<'_>, world: &mut State, name: &str) {
    match defect {
        Defect::RestoreTakesSource => drop(world.take(name)),
        Defect::RestoreSourceCopying => change(world, name, |living| {
            living.phase = Phase::Copying;
            living.until = Some(scene.now + scene.freedom.takes);
        }),
        Defect::RestoreSourceStuck => change(world, name, |living| {
            living.phase = Phase::Restoring;
            living.until = None;
        }),
        _ => {}
    }
}

/// Returns a copy without the tags that it was asked for with.
fn untagged(step: &Step) -> Step {
    let mut bare = step.clone();
    if let Call::Copy(call) = &mut bare.call {
        call.tags = None;
    }
    bare
}

fn copy_refused(defect: Defect, scene: &Scene<'_>, world: &mut State, call: &CopySnapshot, clause: Option<ClauseId>) {
    let (source, target) = (call.source.as_deref().unwrap_or_default(), call.target.as_deref().unwrap_or_default());
    let taken = clause == Some(id::COPY_TARGET_TAKEN);
    let for_its_tags = clause.is_some_and(|clause| clause == id::COPY_TAGS_QUOTA || clause.name().starts_with("tags."));
    match defect {
        Defect::CopyRefusalMakes => make(scene, world, Some(target)),
        Defect::CopyTagsRefusalMakes if for_its_tags => {
            make(&Scene { step: &untagged(scene.step), ..*scene }, world, Some(target));
        }
        Defect::CopyRefusalDeletes if taken => drop(world.take(target)),
        Defect::CopyRefusalUnsettles if taken => change(world, source, |living| {
            living.phase = Phase::Copying;
            living.until = None;
        }),
        Defect::CopyRefusalRetags if taken => {
            let tags = match call.tags.as_deref() {
                Some(tags) => crate::model::given(tags).first().cloned(),
                None => world.snapshot(source).map(Living::tag_map),
            };
            change(world, target, |living| living.set_tags(tags.unwrap_or_default()));
        }
        _ => {}
    }
}

fn spoil_copy(defect: Defect, living: &mut Living, call: &CopySnapshot, target: &str) {
    let snapshot = &mut living.snapshot;
    for (_, member, value) in CHANGED.iter().filter(|(known, ..)| *known == defect) {
        if member.is_of_node() {
            for node in &mut snapshot.nodes {
                node.fields.set(*member, value);
            }
        } else {
            snapshot.fields.set(*member, value);
        }
    }
    match defect {
        Defect::CopyKeepsCase => snapshot.name = Some(text(target)),
        Defect::CopyKeyedKeepsCase if call.kms_key.is_some() => snapshot.name = Some(text(target)),
        Defect::CopyChangesOwner => rename_owner(snapshot, target),
        Defect::CopyDoublesNodes => {
            let twice = snapshot.nodes.clone();
            snapshot.nodes.extend(twice);
        }
        Defect::CopyInventsKey if call.kms_key.is_none() => snapshot.fields.set(Member::KmsKeyId, text(OTHER_KEY)),
        Defect::CopyShowsOtherKey if call.kms_key.is_some() => snapshot.fields.set(Member::KmsKeyId, text(OTHER_KEY)),
        Defect::CopyNeverShown => living.named_from = Duration::MAX,
        Defect::CopyStuckCreating => living.until = None,
        Defect::CopyDropsShard => snapshot.nodes.truncate(1),
        Defect::CopyIsOneGroup if snapshot.fields.get(Member::NumNodeGroups).is_some() => {
            snapshot.fields.set(Member::NumNodeGroups, "1");
        }
        Defect::CopyIsRedis => snapshot.fields.set(Member::Engine, ENGINE),
        Defect::CopyUnusableKeyAccepted => living.fails = false,
        Defect::CopiesFail => living.fails = true,
        Defect::CopiesWithKeyFail => living.fails |= call.kms_key.is_some(),
        Defect::CopiesOfShardsFail => living.fails |= snapshot.nodes.len() > 1,
        _ => {}
    }
}

/// Changes what a new snapshot shows of the cluster or group that it is of.
pub(super) fn spoil_settings(defect: Defect, snapshot: &mut Snapshot) {
    match defect {
        Defect::CreateShowsDefaultType => snapshot.fields.set(Member::CacheNodeType, "cache.m3.large"),
        Defect::CreateOfValkeyIsRedis => snapshot.fields.set(Member::Engine, ENGINE),
        Defect::CreateTimeEpoch => {
            for node in &mut snapshot.nodes {
                node.fields.set(Member::SnapshotCreateTime, "1970-01-01T00:00:00Z");
            }
        }
        _ => {}
    }
}

/// Carries out a call that was refused, where the name is one that is free.
fn make(scene: &Scene<'_>, world: &mut State, name: Option<&str>) {
    let is_free = |name: &str| classify(name) != NameClass::Blank && scene.before.snapshot(name).is_none();
    if name.is_some_and(is_free) {
        world.apply(scene.step, scene.now, scene.freedom);
    }
}

fn change(world: &mut State, name: &str, change: impl FnOnce(&mut Living)) {
    if let Some(living) = world.snapshot_mut(name) {
        change(living);
    }
}

fn rename_owner(snapshot: &mut Snapshot, name: &str) {
    for member in [Member::ReplicationGroupId, Member::CacheClusterId] {
        if snapshot.fields.get(member).is_some() {
            snapshot.fields.set(member, name);
        }
    }
}

fn take_next(world: &mut State, name: &str) {
    let name = canonical(name);
    let next = world.snapshots().map(|(other, _)| other.clone()).find(|other| **other > *name);
    if let Some(next) = next {
        world.take(&next);
    }
}

fn take_all(world: &mut State, which: impl Fn(&str, &Living) -> bool) {
    let names: Vec<Text> =
        world.snapshots().filter(|(name, living)| which(name, living)).map(|(name, _)| name.clone()).collect();
    for name in names {
        world.take(&name);
    }
}
