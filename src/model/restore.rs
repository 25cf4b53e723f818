use super::copy::subject;
use super::prediction::Outcomes;
use super::{Allowed, Phases, Prediction, View};
use crate::service::{FaultCode, Member, Operation, Text};
use crate::spec::id;

/// The outcomes of CreateCacheCluster from a snapshot.
pub(super) fn predict(view: &impl View, given: Option<&Text>) -> Prediction {
    let name = subject(given);
    let mut outcomes = Outcomes::new([name.as_ref().map_or(Phases::ABSENT, |name| view.phases(name)), Phases::ALL]);
    let mut success = Allowed::reply(id::RESTORE_SUCCEEDS);
    // The operation declares no fault for snapshots, so any that it declares may come, and the one that would fit.
    outcomes
        .push_in(0, Phases::ABSENT, || Allowed::fault(FaultCode::InvalidParameterValue, id::RESTORE_UNKNOWN).certain());
    let declared =
        || Operation::CreateCacheCluster.faults().iter().filter(|code| **code != FaultCode::InvalidParameterValue);
    let unfit = !(Phases::ABSENT | Phases::AVAILABLE);
    let refused = |code: &FaultCode, clause| Allowed::fault(code.clone(), clause).alternative();
    outcomes.push_in(0, unfit, || refused(&FaultCode::InvalidParameterValue, id::RESTORE_SUCCEEDS).passing());
    for code in declared().chain([&FaultCode::SnapshotNotFound, &FaultCode::InvalidSnapshotState]) {
        outcomes.push_in(0, Phases::ABSENT, || refused(code, id::RESTORE_UNKNOWN).certain());
        outcomes.push_in(0, unfit, || refused(code, id::RESTORE_SUCCEEDS).passing());
    }
    let tiers = name.as_ref().and_then(|name| view.shows(name, Member::DataTiering)) == Some("enabled");
    if tiers || view.may_tier() {
        // No source names the fault, and it need not be shown that data are tiered.
        let refused = |code: &FaultCode| {
            let fault = Allowed::fault(code.clone(), id::RESTORE_DATA_TIERING);
            if tiers { fault.certain() } else { fault }
        };
        outcomes.push_in(0, Phases::AVAILABLE, || refused(&FaultCode::InvalidParameterValue));
        for code in declared() {
            outcomes.push_in(0, Phases::AVAILABLE, || refused(code).alternative());
        }
    }
    for code in Operation::CreateCacheCluster.faults().iter().filter(|code| code.is_lack_of_room()) {
        let code = code.clone();
        outcomes.push_in(0, Phases::AVAILABLE, || Allowed::fault(code, id::RESTORE_SUCCEEDS).alternative());
    }
    success.when[0] = !Phases::ABSENT;
    outcomes.finish(success, [name, None])
}
