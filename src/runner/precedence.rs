use crate::case::{Case, pair_of};
use crate::execute::Played;
use crate::record::PrecedenceRecord;
use crate::service::{Call, FaultCode, Outcome, Text};
use crate::trace::{Role, outcome_line};

/// Returns which of two faults was answered where both were in one request, and how each was answered alone; `None` for
/// a case that is about no pair, or was not played to its last step.
pub(super) fn of(case: &Case, played: &Played, number: usize, prefix: &Text) -> Option<PrecedenceRecord> {
    let pair = pair_of(&case.path)?;
    let is_copy = |call: &Call| matches!(call, Call::Copy(_));
    let mut copies = played
        .trace
        .iter()
        .filter(|(event, _)| event.role == Role::Given && is_copy(&event.step.call))
        .map(|(event, _)| &event.outcome)
        .rev();
    let together = copies.next()?;
    let mut alone = [None, None];
    for (place, wrong) in pair.iter().enumerate().rev() {
        let outcome = if wrong.lasts() { Some(copies.next()?) } else { None };
        if let Some(slot) = alone.get_mut(place) {
            *slot = outcome;
        }
    }
    let [first, second] = pair;
    Some(PrecedenceRecord {
        case: number,
        first: first.word().to_owned(),
        second: second.word().to_owned(),
        alone: alone.map(|outcome| outcome.map(outcome_line).unwrap_or_default()),
        together: outcome_line(together),
        won: won(alone, together, prefix).to_owned(),
    })
}

/// How closely an answer is that of a fault alone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    None,
    Code,
    Message,
}

/// Returns `first`, `second`, `either` where they can't be told apart, `neither`, or `unknown` where a fault alone is none
/// on this target.
fn won(alone: [Option<&Outcome>; 2], together: &Outcome, prefix: &Text) -> &'static str {
    let is_fault = |outcome: &Outcome| matches!(outcome, Outcome::Fault(_));
    if alone.iter().flatten().any(|outcome| !is_fault(outcome)) {
        return "unknown";
    }
    let [first, second] = alone.map(|outcome| likeness(outcome, together, prefix));
    match first.cmp(&second) {
        _ if first == Likeness::None && second == Likeness::None => "neither",
        std::cmp::Ordering::Greater => "first",
        std::cmp::Ordering::Less => "second",
        std::cmp::Ordering::Equal => "either",
    }
}

fn likeness(alone: Option<&Outcome>, together: &Outcome, prefix: &Text) -> Likeness {
    let Outcome::Fault(together) = together else { return Likeness::None };
    match alone {
        Some(Outcome::Fault(alone)) if alone.code != together.code => Likeness::None,
        Some(Outcome::Fault(alone)) if plain(&alone.message, prefix) == plain(&together.message, prefix) => {
            Likeness::Message
        }
        Some(Outcome::Fault(_)) => Likeness::Code,
        // What does not last is not sent alone.
        None if together.code == FaultCode::InvalidSnapshotState => Likeness::Message,
        _ => Likeness::None,
    }
}

/// Leaves the names of the case out of a message.
fn plain(message: &str, prefix: &str) -> String {
    let mut parts = message.split(prefix);
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '-'));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::{Fault, text};

    fn fault(code: FaultCode, message: &str) -> Outcome {
        Outcome::Fault(Fault { code, message: text(message) })
    }

    #[test]
    fn the_fault_that_answers_is_told_by_its_code_or_else_by_its_message() {
        let prefix = text("cs1-2-");
        let missing = fault(FaultCode::SnapshotNotFound, "cs1-2-nope is not there");
        let again = fault(FaultCode::SnapshotNotFound, "cs1-2-other is not there");
        let blank = fault(FaultCode::InvalidParameterValue, "blank");
        let bad = fault(FaultCode::InvalidParameterValue, "bad tag");
        let busy = fault(FaultCode::InvalidSnapshotState, "busy");
        let reply = Outcome::Reply(crate::service::Reply::Bare);
        for (alone, together, wanted) in [
            ([Some(&missing), Some(&bad)], &again, "first"),
            ([Some(&missing), Some(&bad)], &bad, "second"),
            ([Some(&blank), Some(&bad)], &bad, "second"),
            ([Some(&bad), Some(&bad)], &bad, "either"),
            ([Some(&missing), Some(&bad)], &busy, "neither"),
            ([Some(&missing), Some(&bad)], &reply, "neither"),
            ([None, Some(&bad)], &busy, "first"),
            ([None, Some(&bad)], &bad, "second"),
            ([Some(&reply), Some(&bad)], &bad, "unknown"),
        ] {
            assert_eq!(won(alone, together, &prefix), wanted);
        }
    }
}
