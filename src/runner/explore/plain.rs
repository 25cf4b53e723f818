use std::sync::{Mutex, PoisonError};

use crate::oracle::{Judgement, Mark};
use crate::service::{FaultCode, Operation, Outcome};
use crate::trace::Event;

/// With what plain requests are refused that have to succeed.
///
/// A sequence sends requests with many things about them at once, and one of those is blamed when the request is refused.
/// Where the target refuses the plain request in the same way, they are not what it is refused for.
#[derive(Debug, Default)]
pub(in super::super) struct Plain(Mutex<Vec<(Operation, FaultCode)>>);

impl Plain {
    /// Learns from a trace.
    pub(in super::super) fn note(&self, trace: &[(Event, Judgement)]) {
        let refusals = trace.iter().filter_map(|(event, judgement)| {
            let refused = refusal(event)?;
            judgement.contradictions().any(|(clause, _)| clause.name().ends_with(".succeeds")).then_some(refused)
        });
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for refused in refusals {
            if !known.contains(&refused) {
                known.push(refused);
            }
        }
    }

    /// Leaves open what is held against a finer rule where the plain request is refused so as well.
    pub(in super::super) fn excuse(&self, trace: &mut [(Event, Judgement)]) {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (event, judgement) in trace {
            if refusal(event).is_none_or(|refused| !known.contains(&refused)) {
                continue;
            }
            for ruling in &mut judgement.rulings {
                let finer = !ruling.clause.name().ends_with(".succeeds");
                let reply =
                    matches!(&ruling.mark, Mark::Contradicted(found) if found.expected.contains("a reply (200)"));
                if finer && reply {
                    ruling.mark = Mark::Inconclusive("the plain request is refused so as well");
                }
            }
        }
    }
}

fn refusal(event: &Event) -> Option<(Operation, FaultCode)> {
    match &event.outcome {
        Outcome::Fault(fault) => Some((event.step.call.operation(), fault.code.clone())),
        _ => None,
    }
}
