use super::door::tags;
use super::{Broken, export};
use crate::model::{Living, MOST_TAGS, NameClass, Phase, Prediction, State, View, added, classify, export_key};
use crate::refserver::worlds::Refusal;
use crate::refserver::{Defect, message};
use crate::service::{
    Arn, Call, CopySnapshot, CreateSnapshot, DescribeSnapshots, FaultCode, Member, Owner, OwnerKind, Step, TagSpelling,
    Text, canonical, text,
};
use crate::spec::{ClauseId, id};

/// What comes in place of a fault.
enum Instead {
    /// The call takes effect.
    Reply,
    /// Another fault.
    Fault(FaultCode),
}

/// What comes in place of the fault that the clause asks for.
const INSTEAD: &[(Defect, ClauseId, Instead)] = {
    use Defect as D;
    use FaultCode as F;
    use Instead::{Fault, Reply};
    &[
        (D::CopyFromNothing, id::COPY_SOURCE_UNKNOWN, Reply),
        (D::CopyUnusableKeyAccepted, id::COPY_KEY_UNUSABLE, Reply),
        (D::CopyUnusableKeyCode, id::COPY_KEY_UNUSABLE, Fault(F::SnapshotNotFound)),
        (D::CopyUnknownSourceCode, id::COPY_SOURCE_UNKNOWN, Fault(F::InvalidParameterValue)),
        (D::CopyOfCreatingAccepted, id::COPY_SOURCE_CREATING, Reply),
        (D::CopyOfDeletingAccepted, id::COPY_SOURCE_DELETING, Reply),
        (D::CopyBlankCode, id::COPY_BLANK, Fault(F::MissingParameter)),
        (D::CopyBlankCode, id::COPY_REQUIRED, Fault(F::MissingParameter)),
        (D::CopyTakenOverwrites, id::COPY_TARGET_TAKEN, Reply),
        (D::CopyTakenSilent, id::COPY_TARGET_TAKEN, Reply),
        (D::CopyTakenCode, id::COPY_TARGET_TAKEN, Fault(F::InvalidParameterValue)),
        (D::CopyMalformedAccepted, id::COPY_TARGET_MALFORMED, Reply),
        (D::CopyOddCode, id::COPY_TARGET_ODD, Fault(F::SnapshotNotFound)),
        (D::CopyLeadingHyphenAccepted, id::COPY_TARGET_LEADING_HYPHEN, Reply),
        (D::CopyOntoItselfAccepted, id::COPY_TARGET_IS_SOURCE, Reply),
        (D::CopyTags51Accepted, id::COPY_TAGS_QUOTA, Reply),
        (D::CopyTagsQuotaCode, id::COPY_TAGS_QUOTA, Fault(F::SnapshotQuotaExceeded)),
        (D::CreateOverQuotaAccepted, id::CREATE_QUOTA, Reply),
        (D::CreateOverQuotaCode, id::CREATE_QUOTA, Fault(F::TagQuotaPerResourceExceeded)),
        (D::CreateOfMemcachedAccepted, id::CREATE_ENGINE_UNSUPPORTED, Reply),
        (D::CreateOfMemcachedCode, id::CREATE_ENGINE_UNSUPPORTED, Fault(F::InvalidParameterCombination)),
        (D::RestoreUnknownAccepted, id::RESTORE_UNKNOWN, Reply),
        (D::RestoreTieringAccepted, id::RESTORE_DATA_TIERING, Reply),
        (D::RestoreUnknownCode, id::RESTORE_UNKNOWN, Fault(F::TagNotFound)),
        (D::CreateBlankCode, id::CREATE_BLANK, Fault(F::ValidationError)),
        (D::CreateBlankCode, id::CREATE_REQUIRED, Fault(F::ValidationError)),
        (D::CreateMalformedAccepted, id::CREATE_NAME_MALFORMED, Reply),
        (D::CreateTakenOverwrites, id::CREATE_NAME_TAKEN, Reply),
        (D::CreateWithoutOwnerAccepted, id::CREATE_OWNER_MISSING, Reply),
        (D::CreateUnknownClusterAccepted, id::CREATE_CLUSTER_UNKNOWN, Reply),
        (D::CreateUnknownClusterCode, id::CREATE_CLUSTER_UNKNOWN, Fault(F::InvalidParameterValue)),
        (D::CreateUnknownGroupAccepted, id::CREATE_GROUP_UNKNOWN, Reply),
        (D::CreateUnknownGroupCode, id::CREATE_GROUP_UNKNOWN, Fault(F::SnapshotNotFound)),
        (D::CreateTags51Accepted, id::CREATE_TAGS_QUOTA, Reply),
        (D::DeleteUnknownAccepted, id::DELETE_UNKNOWN, Reply),
        (D::DeleteUnknownCode, id::DELETE_UNKNOWN, Fault(F::InvalidParameterValue)),
        (D::DeleteWithoutNameAccepted, id::DELETE_REQUIRED, Reply),
        (D::DeleteBlankCode, id::DELETE_BLANK, Fault(F::ValidationError)),
        (D::DeleteBlankCode, id::DELETE_REQUIRED, Fault(F::ValidationError)),
        (D::DeleteTwiceAccepted, id::DELETE_DELETING, Reply),
        (D::DeleteOfCreatingCode, id::DELETE_CREATING, Fault(F::SnapshotNotFound)),
        (D::Page51Accepted, id::DESCRIBE_PAGE_TOO_LARGE, Reply),
        (D::Page19Accepted, id::DESCRIBE_PAGE_TOO_SMALL, Reply),
        (D::PageWordAccepted, id::DESCRIBE_PAGE_NOT_A_NUMBER, Reply),
        (D::TagsAdd51Accepted, id::TAGS_ADD_QUOTA, Reply),
        (D::TagsAddQuotaCode, id::TAGS_ADD_QUOTA, Fault(F::SnapshotQuotaExceeded)),
        (D::TagsUnknownAccepted, id::TAGS_UNKNOWN_SNAPSHOT, Reply),
        (D::TagsUnknownCode, id::TAGS_UNKNOWN_SNAPSHOT, Fault(F::InvalidParameterValue)),
        (D::TagsMalformedArnAccepted, id::TAGS_ARN_MALFORMED, Reply),
        (D::TagsUnavailableCode, id::TAGS_NOT_AVAILABLE, Fault(F::InvalidReplicationGroupState)),
        (D::TagsReservedAccepted, id::TAGS_KEY_RESERVED, Reply),
        (D::TagsLongKeyAccepted, id::TAGS_KEY_TOO_LONG, Reply),
        (D::TagsEmptyKeyAccepted, id::TAGS_KEY_EMPTY, Reply),
        (D::TagsLongValueAccepted, id::TAGS_VALUE_TOO_LONG, Reply),
        (D::TagsNoneAccepted, id::TAGS_REQUIRED, Reply),
        (D::ExportRegionAccepted, id::EXPORT_BUCKET_REGION, Reply),
        (D::ExportMissingAccepted, id::EXPORT_BUCKET_MISSING, Reply),
        (D::ExportForeignAccepted, id::EXPORT_BUCKET_OWNER, Reply),
        (D::ExportDeniedAccepted, id::EXPORT_PERMISSION, Reply),
        (D::ExportOverwrites, id::EXPORT_KEY_TAKEN, Reply),
        (D::ExportUnreadableAccepted, id::EXPORT_GRANT_READ, Reply),
        (D::ExportUnwritableAccepted, id::EXPORT_GRANT_WRITE, Reply),
        (D::ExportAcpAccepted, id::EXPORT_GRANT_READ_ACP, Reply),
        (D::ExportMalformedAccepted, id::EXPORT_BUCKET_MALFORMED, Reply),
        (D::ExportEncryptedAccepted, id::EXPORT_ENCRYPTED, Reply),
        (D::ExportTieringAccepted, id::EXPORT_DATA_TIERING, Reply),
        (D::ExportTieringCode, id::EXPORT_DATA_TIERING, Fault(F::InvalidSnapshotState)),
    ]
};

impl Broken {
    /// Changes whether a call is refused, and with what; `refusal` is `None` where it takes effect.
    pub(in crate::refserver) fn verdict(
        &mut self,
        world: &State,
        step: &Step,
        prediction: &Prediction<'_>,
        refusal: Option<Refusal>,
    ) -> Option<Refusal> {
        let Some(defect) = self.defect else { return refusal };
        if let Some(code) = refuses_key(defect, &step.call) {
            return Some((message::plain(code), None));
        }
        let Some((mut fault, clause)) = refusal else {
            return self.refuses(defect, world, step).map(|code| (message::plain(code), None));
        };
        if defect == Defect::CopyLooksUpFirst
            && let Some((code, _)) = prediction.overruled.first()
        {
            return Some((message::plain(code.clone()), clause));
        }
        if has_several_faults(defect, step, prediction) {
            return Some((message::plain(FaultCode::InvalidSnapshotState), clause));
        }
        if let (Defect::CreateQuotaCountsRefused, Call::Create(CreateSnapshot { name: Some(name), .. })) =
            (defect, &step.call)
        {
            self.refused_once.insert(name.clone());
        }
        if lets_pass(defect, world, step, clause)
            || export::sees_no_other_key(defect, world, step, clause)
            || has_room_again(defect, world, step, clause)
        {
            return None;
        }
        if defect == Defect::PageTooLargeMessage && clause == Some(id::DESCRIBE_PAGE_TOO_LARGE) {
            fault.message = text("MaxRecords is too large.");
        }
        if let Some(text) = export::wording(defect, clause) {
            fault.message = text;
        }
        let code = match &step.call {
            Call::Copy(call)
                if defect == Defect::CopyUnknownSourceKeyedCode
                    && clause == Some(id::COPY_SOURCE_UNKNOWN)
                    && call.kms_key.is_some() =>
            {
                Some(FaultCode::InvalidParameterValue)
            }
            Call::Copy(call) => export::code(defect, clause).or_else(|| export::other_code(defect, call, clause)),
            _ => None,
        };
        if let Some(code) = code {
            return Some((message::plain(code), clause));
        }
        let instead = INSTEAD.iter().find(|(known, of, _)| *known == defect && Some(*of) == clause);
        match instead {
            None => Some((fault, clause)),
            Some((_, _, Instead::Reply)) => None,
            Some((_, _, Instead::Fault(code))) => Some((message::plain(code.clone()), clause)),
        }
    }

    /// Returns the code with which a call is refused that should be answered by a reply.
    fn refuses(&mut self, defect: Defect, world: &State, step: &Step) -> Option<FaultCode> {
        match &step.call {
            Call::Copy(call) => refuses_copy(defect, world, step, call),
            Call::Create(call) => self.refuses_create(defect, world, step, call),
            Call::Delete { name } => self.refuses_delete(defect, world, name.as_deref().unwrap_or_default()),
            Call::Describe(call) => refuses_describe(defect, world, call),
            Call::AddTags { resource, .. } | Call::RemoveTags { resource, .. } | Call::ListTags { resource } => {
                refuses_tags(defect, world, step, resource.as_deref().unwrap_or_default())
            }
            Call::Restore { snapshot, .. } => {
                let source = snapshot.as_deref().and_then(|name| world.snapshot(name));
                let refused = defect == Defect::RestoreRefused && source.is_some_and(|source| source.is_copy);
                refused.then_some(FaultCode::InvalidParameterValue)
            }
            Call::Fixture(_) | Call::S3(_) => None,
        }
    }

    fn refuses_create(&self, defect: Defect, world: &State, step: &Step, call: &CreateSnapshot) -> Option<FaultCode> {
        let taken = call.owner().and_then(|owner| world.owner(&owner)).map_or(0, |owned| owned.taken);
        let is_full = defect == Defect::CreateQuotaCountsRefused && taken + self.refused_once.len() >= 20;
        if is_full { Some(FaultCode::SnapshotQuotaExceeded) } else { refuses_create(defect, world, step, call) }
    }

    fn refuses_delete(&mut self, defect: Defect, world: &State, name: &str) -> Option<FaultCode> {
        let is_source = |name: &str| {
            let running = |target: &Text| world.phases(target).has(Phase::Creating);
            self.copied_from.iter().any(|(target, source)| **source == *name && running(target))
        };
        match defect {
            Defect::DeleteOfSourceCode if is_source(canonical(name).as_ref()) => Some(FaultCode::SnapshotNotFound),
            Defect::DeleteCaseCode if has_capitals(name) => Some(FaultCode::InvalidParameterValue),
            Defect::DeleteOfAutomaticRefused if name.starts_with("automatic.") => Some(FaultCode::InvalidSnapshotState),
            Defect::DeleteFirstRefused if self.refused_once.insert(text(name)) => Some(FaultCode::InvalidSnapshotState),
            _ => None,
        }
    }
}

/// Tells whether a fault is passed over in a case that needs more than its clause to be recognised.
fn lets_pass(defect: Defect, world: &State, step: &Step, clause: Option<ClauseId>) -> bool {
    let Call::Copy(call) = &step.call else { return false };
    let source = || call.source.as_deref().and_then(|source| world.snapshot(source));
    match defect {
        Defect::CopyTakenMindsCase => {
            clause == Some(id::COPY_TARGET_TAKEN) && call.target.as_deref().is_some_and(has_capitals)
        }
        Defect::CopyShardedTakenMindsCase => {
            let is_sharded = |name: &str| world.snapshot(name).is_some_and(|living| living.snapshot.nodes.len() > 1);
            let is_other = |name: &&str| has_capitals(name) && is_sharded(name);
            clause == Some(id::COPY_TARGET_TAKEN) && call.target.as_deref().filter(is_other).is_some()
        }
        Defect::CopyWithoutSourceAccepted => clause == Some(id::COPY_REQUIRED) && call.source.is_none(),
        Defect::CopyOfNewAccepted => {
            clause == Some(id::COPY_SOURCE_CREATING) && source().is_some_and(|source| !source.is_copy)
        }
        _ => false,
    }
}

/// Tells whether a snapshot of the group was deleted, where one beyond the quota is taken for that.
fn has_room_again(defect: Defect, world: &State, step: &Step, clause: Option<ClauseId>) -> bool {
    let Call::Create(CreateSnapshot { group: Some(group), .. }) = &step.call else { return false };
    let is_of_group = |living: &&Living| living.snapshot.fields.get(Member::ReplicationGroupId) == Some(&**group);
    let present =
        || world.snapshots().map(|(_, living)| living).filter(is_of_group).filter(|living| !living.is_copy).count();
    let owner = Owner { kind: OwnerKind::Group, id: group.clone() };
    defect == Defect::CreateQuotaOfPresent
        && clause == Some(id::CREATE_QUOTA)
        && world.owner(&owner).is_some_and(|owned| present() < owned.taken)
}

/// Returns the code with which whatever has a key is refused, before anything else is looked at.
fn refuses_key(defect: Defect, call: &Call) -> Option<FaultCode> {
    let (key, code) = match (defect, call) {
        (Defect::CopyKeyRefused, Call::Copy(call)) => (&call.kms_key, FaultCode::InvalidParameterValue),
        (Defect::CreateKeyRefused, Call::Create(call)) => (&call.kms_key, FaultCode::AccessDenied),
        _ => return None,
    };
    key.as_deref().filter(|key| !key.is_empty()).map(|_| code)
}

fn refuses_copy(defect: Defect, world: &State, step: &Step, call: &CopySnapshot) -> Option<FaultCode> {
    let source = call.source.as_deref().unwrap_or_default();
    let target = call.target.as_deref().unwrap_or_default();
    let source_is = |phase| world.phases(source).has(phase);
    if call.bucket().is_some() {
        return export::refuses(defect, world, call);
    }
    let refused = match defect {
        Defect::CopyOfCopyRefused => world.snapshot(source).is_some_and(|living| living.is_copy),
        Defect::CopyTaggedRefused => !tags(step).is_empty(),
        Defect::CopyTakenButForHyphens => is_there_but_for_hyphens(world, target),
        Defect::CopyOverQuotaCode => owner_of(world, source).is_some_and(|owner| world.quota_is_reached(&owner)),
        Defect::CopyOfBusyCode => source_is(Phase::Copying),
        Defect::CopySourceCaseCode => has_capitals(source),
        Defect::CopyLongRefused => is_long(target),
        Defect::CopyDeletingTargetCode => world.phases(target).has(Phase::Deleting),
        Defect::CopyNameNeverFree => world.was_deleted(canonical(target).as_ref()),
        Defect::CopyEmptyBucketRefused => call.bucket.is_some(),
        _ => return refuses_new_tags(defect, step),
    };
    refused.then_some(match defect {
        Defect::CopyOfCopyRefused => FaultCode::InvalidSnapshotState,
        Defect::CopyOverQuotaCode => FaultCode::TagQuotaPerResourceExceeded,
        Defect::CopyTaggedRefused => FaultCode::InvalidParameterCombination,
        Defect::CopyOfBusyCode | Defect::CopyDeletingTargetCode => FaultCode::SnapshotNotFound,
        Defect::CopyNameNeverFree | Defect::CopyTakenButForHyphens => FaultCode::SnapshotAlreadyExists,
        _ => FaultCode::InvalidParameterValue,
    })
}

fn is_there_but_for_hyphens(world: &State, name: &str) -> bool {
    let letters = |name: &str| name.replace('-', "");
    let name = canonical(name);
    world.snapshots().any(|(known, _)| **known != *name && letters(known) == letters(&name))
}

/// Returns the group that a snapshot is of.
fn owner_of(world: &State, name: &str) -> Option<Owner> {
    let id = world.snapshot(name)?.snapshot.fields.get(Member::ReplicationGroupId)?;
    Some(Owner { kind: OwnerKind::Group, id: text(id) })
}

fn refuses_create(defect: Defect, world: &State, step: &Step, call: &CreateSnapshot) -> Option<FaultCode> {
    let name = call.name.as_deref().unwrap_or_default();
    let owner = |id: &Option<Text>, kind| id.clone().map(|id| Owner { kind, id });
    let owners = [owner(&call.group, OwnerKind::Group), owner(&call.cluster, OwnerKind::Cluster)];
    let refused = match defect {
        Defect::CreateTaggedRefused => !tags(step).is_empty(),
        Defect::CreateLongRefused => is_long(name),
        Defect::CreateOfBusyCode => owners.iter().flatten().any(|owner| !world.owner_rests(owner)),
        Defect::CreateDeletingNameCode => world.phases(name).has(Phase::Deleting),
        Defect::CreateNameNeverFree => world.was_deleted(canonical(name).as_ref()),
        Defect::CreateNameOfExportTaken => {
            let key = text(export_key(name, 1));
            world.buckets.all().any(|(_, bucket)| bucket.objects.contains_key(&key))
        }
        Defect::CreateQuotaOfTen => {
            owners.iter().flatten().any(|owner| world.owner(owner).is_some_and(|owned| owned.taken >= 10))
        }
        _ => return refuses_new_tags(defect, step),
    };
    refused.then_some(match defect {
        Defect::CreateTaggedRefused => FaultCode::InvalidParameterCombination,
        Defect::CreateOfBusyCode | Defect::CreateQuotaOfTen => FaultCode::SnapshotQuotaExceeded,
        Defect::CreateDeletingNameCode => FaultCode::SnapshotFeatureNotSupported,
        Defect::CreateNameNeverFree | Defect::CreateNameOfExportTaken => FaultCode::SnapshotAlreadyExists,
        _ => FaultCode::InvalidParameterValue,
    })
}

fn refuses_describe(defect: Defect, world: &State, call: &DescribeSnapshots) -> Option<FaultCode> {
    let given = |value: &Option<Text>| value.as_deref().filter(|value| !value.is_empty()).map(str::to_owned);
    match defect {
        Defect::DescribeSizedRefused if call.max_records.is_some() => Some(FaultCode::InvalidParameterValue),
        Defect::DescribeUnknownCode if given(&call.name).is_some_and(|name| world.snapshot(&name).is_none()) => {
            Some(FaultCode::InvalidParameterValue)
        }
        Defect::DescribeSourceOtherCode
            if given(&call.source).is_some_and(|word| word != "user" && word != "system") =>
        {
            Some(FaultCode::SnapshotNotFound)
        }
        Defect::PageMarkerRefused if given(&call.marker).is_some() => Some(FaultCode::InvalidParameterValue),
        Defect::PageBadMarkerCode if given(&call.marker).is_some_and(|marker| !world.knows_marker(&marker)) => {
            Some(FaultCode::SnapshotNotFound)
        }
        _ => None,
    }
}

fn refuses_tags(defect: Defect, world: &State, step: &Step, resource: &str) -> Option<FaultCode> {
    let living = Arn::parse(resource).and_then(|arn| world.snapshot(arn.name))?;
    match (defect, &step.call) {
        (Defect::TagsOfCopyRefused, _) if living.is_copy => Some(FaultCode::SnapshotNotFound),
        (Defect::Tags50Refused, Call::AddTags { tags: Some(tags), .. }) => {
            let after = added(living.tags.clone(), tags).unwrap_or_default();
            after.iter().any(|tags| tags.len() == MOST_TAGS).then_some(FaultCode::TagQuotaPerResourceExceeded)
        }
        (Defect::TagsRemoveAbsentCode, Call::RemoveTags { keys: Some(keys), .. }) => {
            let absent = keys.iter().any(|key| !living.tag_map().contains_key(key));
            absent.then_some(FaultCode::InvalidParameterValue)
        }
        _ => refuses_new_tags(defect, step),
    }
}

fn refuses_new_tags(defect: Defect, step: &Step) -> Option<FaultCode> {
    match defect {
        Defect::TagsAbsentValueRefused if tags(step).iter().any(|tag| tag.value.is_none()) => {
            Some(FaultCode::InvalidParameterValue)
        }
        Defect::TagsEmptyValueRefused if tags(step).iter().any(|tag| tag.value.as_deref() == Some("")) => {
            Some(FaultCode::InvalidParameterValue)
        }
        Defect::Tags50Refused if tags(step).len() == MOST_TAGS => Some(FaultCode::TagQuotaPerResourceExceeded),
        Defect::TagsSpellingCode if step.dress.tags == TagSpelling::Member => Some(FaultCode::SnapshotNotFound),
        _ => None,
    }
}

fn has_several_faults(defect: Defect, step: &Step, prediction: &Prediction<'_>) -> bool {
    let clause = match (defect, &step.call) {
        (Defect::ExportSeveralFaultsCode, Call::Copy(call)) if call.bucket().is_some() => id::EXPORT_FAULTS_ANY,
        (Defect::CopySeveralFaultsCode, Call::Copy(_)) => id::COPY_FAULTS_ANY,
        (Defect::CreateSeveralFaultsCode, Call::Create(_)) => id::CREATE_FAULTS_ANY,
        _ => return false,
    };
    prediction.allowed.iter().any(|allowed| allowed.certain && allowed.clauses.contains(&clause))
}

fn has_capitals(name: &str) -> bool {
    name.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// Tells whether a name is longer than the guide has it and shorter than the longest that was seen accepted.
fn is_long(name: &str) -> bool {
    classify(name) == NameClass::Plain && (41..=48).contains(&name.len())
}
