use std::iter::once;

use super::copy::subject;
use super::prediction::Outcomes;
use super::{Allowed, Phases, Prediction, View};
use crate::service::{FaultCode, Member, Operation, Owner, OwnerKind, Text, canonical, text};
use crate::spec::id;

/// The outcomes of CreateCacheCluster from a snapshot.
pub(super) fn predict<'c>(view: &impl View, cluster: Option<&str>, given: Option<&'c Text>) -> Prediction<'c> {
    let name = subject(given);
    let mut outcomes = Outcomes::new([name.as_ref().map_or(Phases::ABSENT, |name| view.phases(name)), Phases::ALL]);
    let mut success = Allowed::reply(id::RESTORE_SUCCEEDS);
    // The operation declares no fault for snapshots: of those that it declares one fits, and any may come, as may the two
    // that snapshots have elsewhere.
    let fitting = FaultCode::InvalidParameterValue;
    let declared =
        || once(&fitting).chain(Operation::CreateCacheCluster.faults().iter().filter(|code| **code != fitting));
    let refused = |code: &FaultCode, clause| {
        let fault = Allowed::fault(code.clone(), clause);
        if *code == fitting { fault } else { fault.alternative() }
    };
    for code in declared().chain([&FaultCode::SnapshotNotFound, &FaultCode::InvalidSnapshotState]) {
        outcomes.push_in(0, Phases::ABSENT, || refused(code, id::RESTORE_UNKNOWN).certain());
        // One that failed never becomes available.
        outcomes.push_in(0, Phases::FAILED, || refused(code, id::RESTORE_SUCCEEDS).alternative());
        let unfit = !(Phases::ABSENT | Phases::AVAILABLE | Phases::FAILED);
        outcomes.push_in(0, unfit, || refused(code, id::RESTORE_SUCCEEDS).alternative().passing());
    }
    let tiers = name.as_ref().and_then(|name| view.shows(name, Member::DataTiering)) == Some("enabled");
    if tiers || view.may_tier() {
        for code in declared() {
            let fault = || refused(code, id::RESTORE_DATA_TIERING);
            // No source names the fault, and it need not be shown that data are tiered.
            outcomes.push_in(0, Phases::AVAILABLE, || if tiers { fault().certain() } else { fault() });
        }
    }
    // A cluster has one shard, and no source says what becomes of several.
    if name.as_ref().and_then(|name| view.shards(name)).is_some_and(|shards| shards > 1) {
        for code in declared() {
            outcomes.push_in(0, Phases::AVAILABLE, || refused(code, id::RESTORE_SUCCEEDS).alternative());
        }
    }
    for code in Operation::CreateCacheCluster.faults().iter().filter(|code| code.is_lack_of_room()) {
        let code = code.clone();
        outcomes.push_in(0, Phases::AVAILABLE, || Allowed::fault(code, id::RESTORE_SUCCEEDS).alternative());
    }
    success.when[0] = !Phases::ABSENT;
    // What comes of an id that is in use is no matter of snapshots.
    let cluster = cluster.map(|id| Owner { kind: OwnerKind::Cluster, id: text(canonical(id)) });
    if cluster.is_some_and(|cluster| view.owner_exists(&cluster) == Some(true)) {
        outcomes.push(Allowed::fault(FaultCode::CacheClusterAlreadyExists, id::RESTORE_SUCCEEDS));
        success = success.alternative();
    }
    outcomes.finish(success, [name, None])
}
