use super::copy::{finish, subject};
use super::name::may_be_too_long;
use super::prediction::Outcomes;
use super::{Allowed, NameClass, Phases, Prediction, View, classify};
use crate::service::{FaultCode, Text};
use crate::spec::id;

/// The outcomes of DeleteSnapshot.
pub(super) fn predict<'c>(view: &impl View, given: Option<&'c Text>) -> Prediction<'c> {
    let name = subject(given);
    let phases_now = name.as_ref().map_or(Phases::ALL, |name| view.phases(name));
    let mut outcomes = Outcomes::new([phases_now, Phases::ALL]);
    let mut success = Allowed::reply(id::DELETE_SUCCEEDS);
    match given.map(|given| (given, classify(given))) {
        None => outcomes.push(
            Allowed::fault(FaultCode::InvalidParameterValue, id::DELETE_REQUIRED)
                .also(id::DELETE_BLANK)
                .code_by(id::DELETE_BLANK)
                .certain(),
        ),
        Some((_, NameClass::Blank)) => {
            outcomes.push(Allowed::fault(FaultCode::InvalidParameterValue, id::DELETE_BLANK).certain());
        }
        Some((given, class)) => {
            let not_found = |clause| Allowed::fault(FaultCode::SnapshotNotFound, clause);
            let state = |clause| Allowed::fault(FaultCode::InvalidSnapshotState, clause);
            outcomes.push_in(0, Phases::ABSENT, || not_found(id::DELETE_UNKNOWN).certain());
            if class != NameClass::Plain || may_be_too_long(given) {
                let invalid = || Allowed::fault(FaultCode::InvalidParameterValue, id::DELETE_UNKNOWN);
                outcomes.push_in(0, Phases::ABSENT, || invalid().alternative());
            }
            if name.as_deref() != Some(given) {
                outcomes.push(not_found(id::DELETE_CASE).alternative());
                success.show(id::DELETE_CASE);
            }
            outcomes.push_in(0, Phases::DELETING, || state(id::DELETE_DELETING).certain());
            outcomes.push_in(0, Phases::DELETING, || not_found(id::DELETE_DELETING).certain().alternative());
            outcomes.push_in(0, Phases::CREATING, || state(id::DELETE_CREATING).passing());
            outcomes.push_in(0, Phases::BUSY, || state(id::DELETE_SOURCE_IN_USE).alternative().passing());
            for (phases, clause) in [(Phases::CREATING, id::DELETE_CREATING), (Phases::BUSY, id::DELETE_SOURCE_IN_USE)]
            {
                if phases_now.meets(phases) {
                    success.show(clause);
                }
            }
            success.when[0] = !(Phases::ABSENT | Phases::DELETING);
        }
    }
    finish(outcomes, success, [name, None], id::DELETE_UNKNOWN)
}
