use std::ops::Range;

use super::Sequence;
use crate::case::{Ask, CaseStep};

/// What overlaps can be left out call by call, and overlap less.
impl Sequence {
    /// The same, knowing which overlapping calls fit no order: each its step, and its place among the calls of it.
    #[must_use]
    pub(super) fn knowing_meeting(mut self, meeting: Vec<(usize, usize)>) -> Self {
        self.meeting = meeting;
        self
    }

    /// How many parts there are: a step each, and each call of those that overlap. The last step stays where the sequence
    /// is pinned, but for some of its calls if it has several.
    pub(super) fn calls(&self) -> usize {
        let all: usize = self.steps.iter().map(calls_of).sum();
        let last = self.steps.last().filter(|_| self.pinned);
        all - usize::from(last.is_some_and(|last| calls_of(last) == 1))
    }

    /// The sequence without a run of its parts.
    pub(super) fn without_calls(&self, run: Range<usize>) -> Self {
        let mut rest = Self { steps: Vec::new(), idle: Vec::new(), meeting: Vec::new(), ..self.clone() };
        let mut number = 0;
        for (place, step) in self.steps.iter().enumerate() {
            let from = number;
            number += calls_of(step);
            let stays = self.pinned && place + 1 == self.steps.len();
            let kept = match step {
                CaseStep::Together(lanes) => {
                    let mut call = from..;
                    let is_kept = |_: &Ask| call.next().is_some_and(|call| !run.contains(&call));
                    some_of(lanes, is_kept).or_else(|| stays.then(|| step.clone()))
                }
                step => (stays || !run.contains(&from)).then(|| step.clone()),
            };
            if let Some(kept) = kept {
                rest.steps.push(kept);
                rest.idle.push(self.idle.get(place).copied().unwrap_or_default());
            }
        }
        rest
    }

    /// The sequence with those alone of the overlapping calls that fit no order, where it is known which.
    pub(super) fn meeting_alone(&self) -> Option<Self> {
        if self.meeting.is_empty() {
            return None;
        }
        let mut rest = self.clone();
        rest.meeting.clear();
        for (place, step) in rest.steps.iter_mut().enumerate() {
            let CaseStep::Together(lanes) = &*step else { continue };
            let mut call = 0..;
            let is_kept = |_: &Ask| call.next().is_some_and(|call| self.meeting.contains(&(place, call)));
            if let Some(fewer) = some_of(lanes, is_kept) {
                *step = fewer;
            }
        }
        (rest != *self).then_some(rest)
    }

    /// The sequence with overlapping requests one after the other.
    pub(super) fn sequential(&self) -> Option<Self> {
        let overlap = |step: &CaseStep| matches!(step, CaseStep::Together(_));
        self.steps.iter().any(overlap).then(|| {
            let flat = self.steps.iter().flat_map(|step| match step {
                CaseStep::Together(lanes) => lanes.iter().flatten().cloned().map(CaseStep::Send).collect(),
                other => vec![other.clone()],
            });
            self.with(flat.collect())
        })
    }

    /// Sequences in which less overlaps: a lane comes before all others, or its first call does.
    pub(super) fn less_overlap(&self) -> Vec<Self> {
        let mut less = Vec::new();
        for (place, step) in self.steps.iter().enumerate() {
            let CaseStep::Together(lanes) = step else { continue };
            if lanes.len() > 2 {
                less.extend((0..lanes.len()).map(|lane| self.with_before(place, lanes, lane, usize::MAX)));
            }
            let several = lanes.iter().enumerate().filter(|(_, calls)| calls.len() > 1);
            less.extend(several.map(|(lane, _)| self.with_before(place, lanes, lane, 1)));
        }
        less
    }

    /// The sequence with the first calls of a lane before those that overlap.
    fn with_before(&self, place: usize, lanes: &[Vec<Ask>], lane: usize, most: usize) -> Self {
        let mut steps = self.steps.clone();
        let mut rest = lanes.to_vec();
        let calls = rest.get_mut(lane).map(|calls| calls.drain(..most.min(calls.len())).collect::<Vec<_>>());
        rest.retain(|calls| !calls.is_empty());
        let before = calls.into_iter().flatten().map(CaseStep::Send);
        steps.splice(place..=place, before.chain([CaseStep::Together(rest)]));
        self.with(steps)
    }
}

fn calls_of(step: &CaseStep) -> usize {
    match step {
        CaseStep::Together(lanes) => lanes.iter().map(Vec::len).sum(),
        CaseStep::Send(_) | CaseStep::Settle(_) => 1,
    }
}

/// Returns the lanes with some of their calls; `None` where that is none.
fn some_of(lanes: &[Vec<Ask>], mut is_kept: impl FnMut(&Ask) -> bool) -> Option<CaseStep> {
    let lanes: Vec<Vec<Ask>> =
        lanes.iter().map(|lane| lane.iter().filter(|ask| is_kept(ask)).cloned().collect()).collect();
    let lanes: Vec<Vec<Ask>> = lanes.into_iter().filter(|lane| !lane.is_empty()).collect();
    (!lanes.is_empty()).then_some(CaseStep::Together(lanes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Parameter, Value, Word};
    use crate::generate::Program;
    use crate::service::Operation;

    fn describe(name: &str) -> Ask {
        let name = Value::Word(Word::name(name));
        Ask::new(Operation::DescribeSnapshots, vec![(Parameter::SnapshotName, name)])
    }

    /// A step, then lanes: each word a lane, each letter a call on the name of that letter.
    fn sequence(lanes: &str, pinned: bool) -> Sequence {
        let lanes = lanes.split(' ').map(|lane| lane.chars().map(|name| describe(&name.to_string())).collect());
        Sequence::new(vec![CaseStep::Send(describe("z")), CaseStep::Together(lanes.collect())], pinned, &[])
    }

    /// Tells a sequence in the same way, a dash for what does not overlap.
    fn told(sequence: &Sequence) -> String {
        let name = |ask: &Ask| match ask.value(Parameter::SnapshotName) {
            Some(Value::Word(Word::Name { alias, .. })) => alias.to_string(),
            _ => String::new(),
        };
        let told = sequence.steps().iter().map(|step| match step {
            CaseStep::Together(lanes) => {
                lanes.iter().map(|lane| lane.iter().map(name).collect::<String>()).collect::<Vec<_>>().join(" ")
            }
            step => format!("-{}", step.asks().map(name).collect::<String>()),
        });
        told.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_overlapping_call_can_be_left_out() {
        let whole = sequence("ab c def", false);
        assert_eq!(whole.parts(), 7);
        assert_eq!(told(&whole.without(0, 1)), "ab c def");
        assert_eq!(told(&whole.without(2, 3)), "-z a ef");
        assert_eq!(told(&whole.without(1, 6)), "-z");
    }

    #[test]
    fn of_the_step_that_fails_something_stays() {
        let whole = sequence("ab c", true);
        assert_eq!(whole.parts(), 4);
        assert_eq!(told(&whole.without(1, 2)), "-z c");
        assert_eq!(told(&whole.without(1, 3)), "-z ab c");
        assert_eq!(sequence("a", true).parts(), 1);
    }

    #[test]
    fn the_calls_that_fit_no_order_are_tried_alone_first() {
        let whole = sequence("ab c def", true).knowing_meeting(vec![(1, 1), (1, 4)]);
        assert_eq!(whole.meeting_alone().as_ref().map(told).as_deref(), Some("-z b e"));
        assert_eq!(whole.slices().first().map(told).as_deref(), Some("b e"));
        assert_eq!(sequence("ab c", true).meeting_alone(), None);
    }

    #[test]
    fn less_overlaps_where_calls_come_before() {
        let whole = sequence("ab c def", true);
        let less: Vec<String> = whole.less_overlap().iter().map(told).collect();
        assert_eq!(less, ["-z -a -b c def", "-z -c ab def", "-z -d -e -f ab c", "-z -a b c def", "-z -d ab c ef"]);
        assert_eq!(whole.sequential().as_ref().map(told).as_deref(), Some("-z -a -b -c -d -e -f"));
    }
}
