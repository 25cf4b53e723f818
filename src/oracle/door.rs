use super::judgement::{Contradiction, Judgement, Mark, Needs, Reason};
use crate::service::{Alien, FaultCode, Indeterminate, Outcome, Step};
use crate::spec::id;
use crate::trace::outcome_line;

/// Tells whether an answer is how a front door may turn such a request away, so that its form is nobody's matter.
pub(super) fn turns_away(step: &Step, outcome: &Outcome) -> bool {
    turned_away(&mut Judgement::default(), step, outcome)
}

/// Tells whether an answer that is none of the service's is how a front door turns such a request away, if rightly or not, and
/// rules on it.
pub(super) fn turned_away(judgement: &mut Judgement, step: &Step, outcome: &Outcome) -> bool {
    if matches!(outcome, Outcome::Reply(_)) {
        return false;
    }
    if let Outcome::Alien(alien) = outcome
        && step.dress.get
        && alien.service.is_none()
        && matches!(alien.status, 404 | 405)
        && !is_xml(alien)
    {
        // Who takes no GET says so before any service looks at it.
        let expected = format!("ElastiCache's answer to {}", step.call.operation().name());
        judgement.contradict(id::FRONT_GET, Reason::Unexpected, expected, outcome_line(outcome));
        return true;
    }
    let clause = match &step.dress {
        dress if dress.padded > 0 => id::FRONT_OVERSIZED,
        dress if dress.odd_type().is_some() => id::FRONT_CONTENT_TYPE,
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

fn is_xml(alien: &Alien) -> bool {
    alien.content_type.as_deref().is_some_and(|kind| kind.contains("xml"))
        || alien.head.trim_start().starts_with('<') && !alien.head.to_ascii_lowercase().contains("<html")
}

/// Rules on an answer that is none of the service's.
pub(super) fn rule_alien(judgement: &mut Judgement, step: &Step, alien: &Alien) {
    let observed = || outcome_line(&Outcome::Alien(alien.clone()));
    let contradiction = |expected: &str| {
        Mark::Contradicted(Box::new(Contradiction {
            reason: Reason::Unexpected,
            expected: expected.to_owned(),
            observed: observed(),
        }))
    };
    let operation = step.call.operation().name();
    if alien.reason.contains("without an error envelope") && alien.service.is_none() {
        judgement.mark(
            id::WIRE_ERROR_ENVELOPE,
            contradiction("an ErrorResponse with Error, Type, Code and Message"),
            Needs::Life,
        );
    }
    if alien.service.is_some() {
        judgement.mark(id::FRONT_ROUTED, contradiction(&format!("ElastiCache's answer to {operation}")), Needs::Life);
    } else if is_xml(alien) && alien.reason.contains("well-formed") {
        judgement.mark(id::WIRE_WELL_FORMED, contradiction("well-formed XML"), Needs::Life);
    } else {
        judgement.mark(id::FRONT_ANSWERS, contradiction(&format!("ElastiCache's answer to {operation}")), Needs::Life);
    }
}
