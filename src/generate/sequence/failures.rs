use super::Sequence;
use super::parts::words;
use crate::case::{Ask, CaseStep, Names, Word};
use crate::generate::Signature;
use crate::oracle::{Conflict, Contradiction, Judgement, Reason};
use crate::spec::id;
use crate::trace::{Event, outcome_line};

/// What came of the steps of a sequence.
#[derive(Clone, Copy, Debug)]
pub struct Course<'a> {
    /// Every event with its judgement.
    pub trace: &'a [(Event, Judgement)],
    /// The steps, each with the event at which it began.
    pub steps: &'a [(CaseStep, usize)],
    /// The event that followed the last of them.
    pub over: usize,
    /// The events that no answer of the service ever came to.
    pub silent: &'a [usize],
    /// Of the events that overlapped, each with its place among the calls of its step.
    pub calls: &'a [(usize, usize)],
    /// What overlapped and fits no order.
    pub conflicts: &'a [Conflict],
}

/// Returns the failures of a trace, the first of each signature, with its place and the steps that led there.
#[must_use]
pub fn failures(course: &Course<'_>, names: &Names, run: &str) -> Vec<(usize, Signature, Sequence)> {
    let Course { trace, steps, over, .. } = *course;
    let mut failures: Vec<(usize, Signature, Sequence)> = Vec::new();
    let all = Signature::all(trace, run).map(|(place, signature, found)| (place, signature, found.clone()));
    for (place, signature, found) in all.chain(silences(trace, course.silent, run)) {
        if failures.iter().any(|(_, known, _)| *known == signature) {
            continue;
        }
        let Some((event, _)) = trace.get(place) else { continue };
        let mut about: Vec<Word> = Vec::new();
        if let Some(ask) = Ask::of(&event.step, names) {
            about.extend(words(&CaseStep::Send(ask)));
        }
        let prefix = names.prefix.as_ref();
        let spoken = [&found.expected, &found.observed];
        let tokens = spoken.iter().flat_map(|text| text.split([' ', ',', '[', ']', '`']));
        about.extend(tokens.filter(|token| token.contains(prefix)).map(|token| Word::of(token, names)));
        let conflict = course
            .conflicts
            .iter()
            .find(|conflict| conflict.clause == signature.clause && conflict.calls.contains(&place));
        let meeting = conflict.map(|conflict| course.meeting(conflict)).unwrap_or_default();
        for (step, call) in &meeting {
            let ask = steps.get(*step).and_then(|(step, _)| step.asks().nth(*call));
            about.extend(ask.into_iter().flat_map(|ask| words(&CaseStep::Send(ask.clone()))));
        }
        let during = place < over;
        let upto = if during { steps.iter().rposition(|(_, begun)| *begun <= place) } else { None };
        let kept = steps.iter().take(upto.map_or(steps.len(), |last| last + 1));
        let sequence = Sequence::new(kept.map(|(step, _)| step.clone()).collect(), upto.is_some(), &about);
        // A wait does nothing, and what follows may need it.
        let idle = |place: usize| {
            let Some((CaseStep::Send(_), from)) = steps.get(place) else { return false };
            let upto = steps.get(place + 1).map_or(over, |(_, begun)| *begun);
            let events = trace.get(*from..upto).unwrap_or_default();
            !events.iter().any(|(event, judgement)| judgement.succeeded && event.step.call.is_write())
        };
        failures.push((place, signature, sequence.knowing_idle(idle).knowing_meeting(meeting)));
    }
    failures
}

impl Course<'_> {
    /// Returns the steps of the calls that overlapped, of those that fit no order, with their places in the steps.
    fn meeting(&self, conflict: &Conflict) -> Vec<(usize, usize)> {
        let of = |event: &usize| {
            let (_, call) = self.calls.iter().find(|(known, _)| known == event)?;
            let step = self.steps.iter().rposition(|(_, begun)| begun <= event)?;
            Some((step, *call))
        };
        conflict.calls.iter().filter_map(of).collect()
    }
}

fn silences(
    trace: &[(Event, Judgement)],
    silent: &[usize],
    run: &str,
) -> impl Iterator<Item = (usize, Signature, Contradiction)> {
    silent.iter().filter_map(move |place| {
        let (event, _) = trace.get(*place)?;
        let found = Contradiction {
            reason: Reason::Wrong,
            expected: "an answer of the service".to_owned(),
            observed: outcome_line(&event.outcome),
        };
        Some((*place, Signature::of(id::FRONT_ANSWERS, event, &found, run), found))
    })
}
