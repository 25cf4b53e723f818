use super::judgement::{Judgement, Mark, Needs};
use crate::service::{FaultCode, Indeterminate, Outcome, Step};
use crate::spec::id;

/// Tells whether an answer is how a front door may turn such a request away, so that its form is nobody's matter.
pub(super) fn turns_away(step: &Step, outcome: &Outcome) -> bool {
    turned_away(&mut Judgement::default(), step, outcome)
}

/// Tells whether an answer that is none of the service's is how a front door may turn such a request away, and rules on
/// it.
pub(super) fn turned_away(judgement: &mut Judgement, step: &Step, outcome: &Outcome) -> bool {
    let clause = match &step.dress {
        dress if dress.padded > 0 => id::FRONT_OVERSIZED,
        dress if dress.content_type.is_some() => id::FRONT_CONTENT_TYPE,
        _ => return false,
    };
    match outcome {
        Outcome::Alien(alien) if alien.service.is_none() && (400..500).contains(&alien.status) => {
            judgement.mark(clause, Mark::NonStrict, Needs::Life);
            true
        }
        // Whoever turns it away need not be the service that declares its faults.
        Outcome::Fault(fault) if matches!(fault.code, FaultCode::Unlisted(_)) => {
            judgement.mark(clause, Mark::NonStrict, Needs::Life);
            true
        }
        Outcome::Indeterminate(Indeterminate::Broken(_)) if step.dress.padded > 0 => {
            judgement.mark(
                clause,
                Mark::Inconclusive("the connection was closed while the body was sent"),
                Needs::Life,
            );
            true
        }
        _ => false,
    }
}
