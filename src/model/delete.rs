use smallvec::SmallVec;

use super::copy::{finish, subject};
use super::{Allowed, NameClass, Phases, Prediction, View, classify};
use crate::service::{FaultCode, Text};
use crate::spec::id;

/// The outcomes of DeleteSnapshot.
pub(super) fn predict(view: &impl View, given: Option<&Text>) -> Prediction {
    let mut outcomes: SmallVec<[Allowed; 4]> = SmallVec::new();
    let mut success = Allowed::reply(id::DELETE_SUCCEEDS);
    let name = subject(given);
    let phases_now = name.as_ref().map_or(Phases::ALL, |name| view.phases(name));
    let phases = [phases_now, Phases::ALL];
    match given {
        None => outcomes.push(
            Allowed::fault(FaultCode::InvalidParameterValue, id::DELETE_REQUIRED)
                .also(id::DELETE_BLANK)
                .code_by(id::DELETE_BLANK)
                .certain(),
        ),
        Some(given) if classify(given) == NameClass::Blank => {
            outcomes.push(Allowed::fault(FaultCode::InvalidParameterValue, id::DELETE_BLANK).certain());
        }
        Some(given) => {
            let not_found = |clause| Allowed::fault(FaultCode::SnapshotNotFound, clause);
            let state = |clause| Allowed::fault(FaultCode::InvalidSnapshotState, clause);
            outcomes.push(not_found(id::DELETE_UNKNOWN).certain().when_first(Phases::ABSENT));
            if matches!(classify(given), NameClass::Malformed | NameClass::LeadingHyphen) {
                let invalid = Allowed::fault(FaultCode::InvalidParameterValue, id::DELETE_UNKNOWN);
                outcomes.push(invalid.alternative().when_first(Phases::ABSENT));
            }
            if name.as_ref() != Some(given) {
                outcomes.push(not_found(id::DELETE_CASE).alternative());
                success = success.also(id::DELETE_CASE);
            }
            outcomes.push(state(id::DELETE_DELETING).certain().when_first(Phases::DELETING));
            outcomes.push(not_found(id::DELETE_DELETING).certain().alternative().when_first(Phases::DELETING));
            outcomes.push(state(id::DELETE_CREATING).passing().when_first(Phases::CREATING));
            outcomes.push(state(id::DELETE_SOURCE_IN_USE).alternative().passing().when_first(Phases::BUSY));
            for (phases, clause) in [(Phases::CREATING, id::DELETE_CREATING), (Phases::BUSY, id::DELETE_SOURCE_IN_USE)]
            {
                if phases_now.meets(phases) {
                    success = success.also(clause);
                }
            }
            success.when[0] = !(Phases::ABSENT | Phases::DELETING);
        }
    }
    finish(outcomes, success, [name, None], phases, id::DELETE_UNKNOWN)
}
