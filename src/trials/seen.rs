use crate::oracle::Verdict;
use crate::record::CaseSeen;
use crate::report::Against;
use crate::trace::Role;

/// Returns the worst that is to be said of a case, `None` where nothing is.
pub(super) fn worst(said: &[Against]) -> Option<Verdict> {
    said.iter().map(|said| said.verdict).filter(|verdict| *verdict >= Verdict::Warn).max()
}

/// Returns each contradiction with the steps that lead to it.
pub(super) fn contradictions(seen: &CaseSeen<'_>, said: &[Against]) -> Vec<String> {
    said.iter().filter(|said| said.verdict >= Verdict::Warn).map(|said| told(seen, said)).collect()
}

fn told(seen: &CaseSeen<'_>, said: &Against) -> String {
    let mut text = format!("{} ({})", said.clause, said.verdict.word());
    let Some((at, expected, observed)) = &said.evidence else { return text };
    text.push_str(&format!("\n  expected: {expected}\n  observed: {observed}"));
    for step in seen.steps.iter().filter(|step| step.step <= *at && step.role != Role::Poll.word()) {
        text.push_str(&format!("\n    {} => {}", step.call, step.outcome));
    }
    text
}
