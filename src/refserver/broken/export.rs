use std::sync::Arc;
use std::time::Duration;

use super::Broken;
use super::effect::Scene;
use crate::model::{Living, NameClass, Phase, State, View, classify, export_key};
use crate::refserver::Defect;
use crate::service::{Call, CopySnapshot, FaultCode, Permissions, Step, Text, canonical, text};
use crate::spec::{ClauseId, id};

/// The text in place of a documented one.
const OTHER_TEXT: &str = "The export failed.";

/// The refusals whose text is another.
const TEXTS: &[(Defect, ClauseId)] = &[
    (Defect::ExportRegionMessage, id::EXPORT_BUCKET_REGION),
    (Defect::ExportMissingMessage, id::EXPORT_BUCKET_MISSING),
    (Defect::ExportForeignMessage, id::EXPORT_BUCKET_OWNER),
    (Defect::ExportDeniedMessage, id::EXPORT_PERMISSION),
    (Defect::ExportTakenMessage, id::EXPORT_KEY_TAKEN),
    (Defect::ExportReadMessage, id::EXPORT_GRANT_READ),
    (Defect::ExportWriteMessage, id::EXPORT_GRANT_WRITE),
    (Defect::ExportAcpMessage, id::EXPORT_GRANT_READ_ACP),
    (Defect::ExportEncryptedMessage, id::EXPORT_ENCRYPTED),
];

/// The refusals that have a code of their own.
const CODED: &[ClauseId] = &[
    id::EXPORT_BUCKET_REGION,
    id::EXPORT_BUCKET_MISSING,
    id::EXPORT_BUCKET_OWNER,
    id::EXPORT_PERMISSION,
    id::EXPORT_KEY_TAKEN,
    id::EXPORT_GRANT_READ,
    id::EXPORT_GRANT_WRITE,
    id::EXPORT_GRANT_READ_ACP,
];

/// Returns the text in place of the one that the refusal has.
pub(super) fn wording(defect: Defect, clause: Option<ClauseId>) -> Option<Text> {
    TEXTS.iter().any(|(known, of)| *known == defect && Some(*of) == clause).then(|| text(OTHER_TEXT))
}

/// Returns the code in place of the one that the refusal has.
pub(super) fn code(defect: Defect, clause: Option<ClauseId>) -> Option<FaultCode> {
    let coded = clause.is_some_and(|clause| CODED.contains(&clause));
    (defect == Defect::ExportRefusalCode && coded).then_some(FaultCode::SnapshotNotFound)
}

/// Returns the code with which an export is refused that should be accepted.
pub(super) fn refuses(defect: Defect, world: &State, call: &CopySnapshot) -> Option<FaultCode> {
    let bucket = call.bucket()?;
    let grants = world
        .buckets
        .get(bucket)
        .map_or((false, false), |bucket| (bucket.acl.has(Permissions::ALL), bucket.policy.has(Permissions::ALL)));
    let target = call.target.as_deref().unwrap_or_default();
    let is_source = call.source.as_deref().is_some_and(|source| *canonical(source) == *canonical(target));
    let length = target.chars().count();
    Some(match defect {
        Defect::ExportRefused => FaultCode::InvalidParameterCombination,
        Defect::ExportAclIgnored if grants == (true, false) => FaultCode::InvalidParameterValue,
        Defect::ExportPolicyIgnored if grants == (false, true) => FaultCode::InvalidParameterValue,
        Defect::ExportNameRules if classify(target) != NameClass::Plain => FaultCode::InvalidParameterValue,
        Defect::ExportLongRefused if (256..=1000).contains(&length) => FaultCode::InvalidParameterValue,
        Defect::ExportTooLongCode if length > 1000 => FaultCode::InvalidSnapshotState,
        Defect::ExportOntoSourceRefused if is_source => FaultCode::SnapshotAlreadyExists,
        Defect::ExportNameTakenCode if !is_source && world.snapshot(target).is_some() => {
            FaultCode::InvalidSnapshotState
        }
        Defect::ExportKeyGivenCode if call.kms_key.is_some() => FaultCode::SnapshotNotFound,
        Defect::ExportTagsCode if call.tags.is_some() => FaultCode::InvalidSnapshotState,
        _ => return None,
    })
}

/// Returns the code with which an export is refused that may be refused with another.
pub(super) fn other_code(defect: Defect, call: &CopySnapshot, clause: Option<ClauseId>) -> Option<FaultCode> {
    call.bucket()?;
    match defect {
        Defect::ExportKeyGivenCode if clause == Some(id::EXPORT_KEY_GIVEN) => Some(FaultCode::SnapshotNotFound),
        Defect::ExportTooLongCode if clause == Some(id::EXPORT_NAME_TOO_LONG) => Some(FaultCode::InvalidSnapshotState),
        _ => None,
    }
}

impl Broken {
    /// Changes what an accepted export has done.
    pub(super) fn exported(&mut self, defect: Defect, scene: &Scene<'_>, world: &mut State, call: &CopySnapshot) {
        let (Some(source), Some(target), Some(name)) =
            (call.source.as_deref(), call.target.as_deref(), call.bucket().cloned())
        else {
            return;
        };
        let until = scene.now + scene.freedom.takes;
        match defect {
            Defect::ExportLeavesSnapshot => leave_snapshot(scene, world, source, target),
            Defect::ExportSourceRestoring | Defect::ExportSourceStuck => {
                if let Some(living) = world.snapshot_mut(source) {
                    let stuck = defect == Defect::ExportSourceStuck;
                    living.phase = if stuck { Phase::Exporting } else { Phase::Restoring };
                    living.until = (!stuck).then_some(until);
                }
            }
            _ => {}
        }
        let Some(bucket) = world.buckets.get_mut(&name) else { return };
        let of_it = |key: &str| key.get(..target.len()).is_some_and(|head| head.eq_ignore_ascii_case(target));
        if defect == Defect::ExportDiesWithSource {
            let keys = bucket.coming.iter().filter(|(key, ..)| of_it(key)).map(|(key, ..)| (name.clone(), key.clone()));
            self.exported_from.entry(text(canonical(source))).or_default().extend(keys);
        }
        if defect == Defect::ExportNeverWritten {
            bucket.coming.retain(|(key, ..)| !of_it(key));
        }
        if defect == Defect::ExportDropsShard {
            bucket.coming.retain(|(key, ..)| !of_it(key) || key.eq_ignore_ascii_case(&export_key(target, 1)));
        }
        let mut more: Vec<(Text, Duration, Arc<[u8]>)> = Vec::new();
        for (key, at, body) in bucket.coming.iter_mut().filter(|(key, ..)| of_it(key)) {
            match defect {
                Defect::ExportKeyUnnumbered => *key = text(format!("{target}.rdb")),
                Defect::ExportKeyFromZero => *key = text(export_key(target, 0)),
                Defect::ExportKeyUpper if *canonical(target) != *target => *key = text(key.to_ascii_uppercase()),
                Defect::ExportManifest => {
                    more.push((text(format!("{target}.manifest")), *at, Arc::clone(body)));
                }
                Defect::ExportEmpty => *body = Arc::from([]),
                Defect::ExportHeaderCut => *body = Arc::from(*b"REDIS\xfa\x00\x00"),
                _ => {}
            }
        }
        bucket.coming.extend(more);
    }

    /// Takes away what was exported of a snapshot that is deleted.
    pub(super) fn exports_die(&mut self, world: &mut State, name: &str) {
        for (bucket, key) in self.exported_from.remove(&*canonical(name)).unwrap_or_default() {
            if let Some(bucket) = world.buckets.get_mut(&bucket) {
                bucket.objects.remove(&key);
            }
        }
    }
}

/// Tells whether the key of the first shard, which alone the defect looks at, is free.
pub(super) fn sees_no_other_key(defect: Defect, world: &State, step: &Step, clause: Option<ClauseId>) -> bool {
    let Call::Copy(call) = &step.call else { return false };
    let (Some(bucket), Some(target)) = (call.bucket(), call.target.as_deref()) else { return false };
    defect == Defect::ExportTakenFirstOnly
        && clause == Some(id::EXPORT_KEY_TAKEN)
        && View::holds(world, bucket, &export_key(target, 1)) == Some(false)
}

/// Does something although the export was refused.
pub(super) fn refused(
    defect: Defect,
    scene: &Scene<'_>,
    world: &mut State,
    call: &CopySnapshot,
    clause: Option<ClauseId>,
) {
    let (Some(name), Some(target)) = (call.bucket(), call.target.as_deref()) else { return };
    let key = text(export_key(target, 1));
    if defect == Defect::ExportRefusalMakes && scene.before.snapshot(target).is_none() {
        let mut within = scene.step.clone();
        if let Call::Copy(call) = &mut within.call {
            call.bucket = None;
        }
        if classify(target) == NameClass::Plain {
            world.apply(&within, scene.now, scene.freedom);
        }
    }
    let Some(bucket) = world.buckets.get_mut(name) else { return };
    match defect {
        Defect::ExportRefusalWrites if !bucket.objects.contains_key(&key) => {
            bucket.objects.insert(key, Arc::from(*b"REDIS0011"));
        }
        Defect::ExportRefusalOverwrites if clause == Some(id::EXPORT_KEY_TAKEN) => {
            bucket.objects.insert(key, Arc::from(*b"REDIS0011"));
        }
        Defect::ExportRefusalRemoves if clause == Some(id::EXPORT_KEY_TAKEN) => drop(bucket.objects.remove(&key)),
        _ => {}
    }
}

fn leave_snapshot(scene: &Scene<'_>, world: &mut State, source: &str, target: &str) {
    let Some(source) = world.snapshot(source).cloned() else { return };
    if scene.before.snapshot(target).is_some() || classify(target) != NameClass::Plain {
        return;
    }
    let mut snapshot = source.snapshot.clone();
    snapshot.name = Some(text(canonical(target)));
    let living = Living { phase: Phase::Available, until: None, is_copy: true, passing: false, snapshot, ..source };
    world.put(target, living);
}
