use super::copy::{NewName, finish, key_rules, new_name, spelling, subject, tag_rules};
use super::prediction::Outcomes;
use super::{Allowed, Phases, Prediction, View};
use crate::service::{CreateSnapshot, Dress, FaultCode, Owner, OwnerKind};
use crate::spec::id;

const CREATE: NewName = NewName {
    required: id::CREATE_REQUIRED,
    blank: id::CREATE_BLANK,
    malformed: id::CREATE_NAME_MALFORMED,
    leading_hyphen: id::CREATE_NAME_MALFORMED,
    odd: id::CREATE_NAME_MALFORMED,
    odd_is_refused: true,
    length: id::CREATE_NAME_LENGTH,
    too_long: id::CREATE_NAME_TOO_LONG,
    taken: id::CREATE_NAME_TAKEN,
    deleting: id::CREATE_NAME_DELETING,
    reusable: id::CREATE_NAME_REUSABLE,
    tags_quota: id::CREATE_TAGS_QUOTA,
    tags_all_or_nothing: None,
    snapshot_quota: id::CREATE_QUOTA,
};

/// The outcomes of CreateSnapshot.
pub(super) fn predict<'c>(view: &impl View, call: &'c CreateSnapshot, dress: &Dress) -> Prediction<'c> {
    let name = subject(call.name.as_ref());
    let mut outcomes = Outcomes::new([name.as_ref().map_or(Phases::ALL, |name| view.phases(name)), Phases::ALL]);
    let mut success = Allowed::reply(id::CREATE_SUCCEEDS);

    new_name(&mut outcomes, &mut success, view, (call.name.as_ref(), name.as_deref(), 0), &CREATE);
    owner_rules(&mut outcomes, &mut success, view, call);
    tag_rules(&mut outcomes, &mut success, call.tags.as_deref(), dress, &CREATE);
    spelling(&mut outcomes, &mut success, dress, &call.tags);
    key_rules(&mut outcomes, view, call.kms_key.as_ref(), id::CREATE_KEY_GIVEN);
    if view.quota_may_answer() {
        outcomes.push(Allowed::fault(FaultCode::SnapshotQuotaExceeded, CREATE.snapshot_quota).alternative());
    }
    finish(outcomes, success, [name, None], id::CREATE_FAULTS_ANY)
}

fn owner_rules(outcomes: &mut Outcomes, success: &mut Allowed, view: &impl View, call: &CreateSnapshot) {
    let given =
        |id: &Option<crate::service::Text>, kind| id.clone().filter(|id| !id.is_empty()).map(|id| Owner { kind, id });
    let cluster = given(&call.cluster, OwnerKind::Cluster);
    let group = given(&call.group, OwnerKind::Group);
    let combination = |certain: bool| {
        [FaultCode::InvalidParameterCombination, FaultCode::InvalidParameterValue].map(|code| {
            let fault = Allowed::fault(code, id::CREATE_OWNER_MISSING);
            if certain { fault.certain() } else { fault.alternative() }
        })
    };
    if cluster.is_none() && group.is_none() {
        outcomes.extend(combination(true));
    }
    if cluster.is_some() && group.is_some() {
        outcomes.extend(combination(false));
    }
    for owner in cluster.into_iter().chain(group) {
        let (clause, unknown, busy) = match owner.kind {
            OwnerKind::Cluster => {
                (id::CREATE_CLUSTER_UNKNOWN, FaultCode::CacheClusterNotFound, FaultCode::InvalidCacheClusterState)
            }
            OwnerKind::Group => {
                (id::CREATE_GROUP_UNKNOWN, FaultCode::ReplicationGroupNotFound, FaultCode::InvalidReplicationGroupState)
            }
        };
        if !view.takes_snapshots(&owner) {
            let clause = id::CREATE_ENGINE_UNSUPPORTED;
            outcomes.push(Allowed::fault(FaultCode::SnapshotFeatureNotSupported, clause).certain());
            continue;
        }
        if view.quota_is_reached(&owner) {
            outcomes.push(Allowed::fault(FaultCode::SnapshotQuotaExceeded, CREATE.snapshot_quota).certain());
        }
        match view.owner_exists(&owner) {
            Some(false) => outcomes.push(Allowed::fault(unknown, clause).certain()),
            Some(true) => {
                success.show(id::CREATE_OWNER_BUSY);
                // A group may answer for the cluster that it consists of.
                for code in [busy, FaultCode::InvalidCacheClusterState] {
                    outcomes.push(Allowed::fault(code, id::CREATE_OWNER_BUSY).alternative().passing());
                }
            }
            None => {
                outcomes.push(Allowed::fault(unknown, clause).alternative());
                outcomes.push(Allowed::fault(busy, id::CREATE_OWNER_BUSY).alternative().passing());
            }
        }
    }
}
