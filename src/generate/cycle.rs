use std::collections::VecDeque;

use crate::case::{Ask, CaseStep, Parameter, Settle, Value, Word};
use crate::model::{Answer, BucketSeen, Phase, Phases, Rank, TagSets, View, predict};
use crate::service::{Call, CopySnapshot, FaultCode, Member, Operation, Owner, Step, text};

/// The names of the machine, as the sequences spell them.
const NAMES: [&str; 3] = ["a", "b", "c"];

/// The phases that a name goes through, in the order in which states are numbered.
const PHASES: [Phase; 4] = [Phase::Absent, Phase::Creating, Phase::Available, Phase::Deleting];

/// Something that is done to the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// A snapshot of that name is made of something that is always there.
    Make(usize),
    /// The second is made of the first.
    Copy(usize, usize),
    /// The name is deleted.
    Delete(usize),
    /// The name is looked at.
    Look(usize),
    /// Time passes until nothing changes any more.
    Wait,
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Output {
    /// It is done.
    Done,
    /// It is refused.
    Refused(FaultCode),
    /// This is shown.
    Shown(Phase),
    /// Something has changed meanwhile, or nothing.
    Passed(bool),
}

/// The life of a few names as a machine: what the model leans to, refusals where a busy service may refuse; time passes
/// only where it is waited for.
#[derive(Clone, Debug)]
pub struct Cycle {
    names: usize,
    inputs: Vec<Input>,
    /// By state and input.
    steps: Vec<Vec<(usize, Output)>>,
}

/// A state of the machine, as the model sees it.
struct World<'a>(&'a [Phase]);

impl View for World<'_> {
    fn phases(&self, name: &str) -> Phases {
        let place = NAMES.iter().position(|known| *known == name);
        let phase = place.and_then(|place| self.0.get(place).copied());
        phase.map_or(if name == "base" { Phases::AVAILABLE } else { Phases::ABSENT }, Phases::one)
    }
    fn was_deleted(&self, _: &str) -> bool {
        false
    }
    fn tags(&self, _: &str) -> Option<&TagSets> {
        None
    }
    fn owner_exists(&self, _: &Owner) -> Option<bool> {
        Some(true)
    }
    fn quota_may_answer(&self) -> bool {
        false
    }
    fn is_at_home(&self, _: &str, _: &str) -> bool {
        true
    }
    fn knows_key(&self, _: &str) -> bool {
        false
    }
    fn quota_is_reached(&self, _: &Owner) -> bool {
        false
    }
    fn takes_snapshots(&self, _: &Owner) -> bool {
        true
    }
    fn has_key(&self) -> bool {
        false
    }
    fn knows_marker(&self, _: &str) -> bool {
        false
    }
    fn bucket(&self, _: &str) -> BucketSeen {
        BucketSeen::Missing
    }
    fn holds(&self, _: &str, _: &str) -> Option<bool> {
        Some(false)
    }
    fn shards(&self, _: &str) -> Option<usize> {
        None
    }
    fn shows(&self, _: &str, _: Member) -> Option<&str> {
        None
    }
}

impl Cycle {
    /// The machine of so many names, three at most.
    #[must_use]
    pub fn new(names: usize) -> Self {
        let names = names.min(NAMES.len());
        let mut inputs: Vec<Input> =
            (0..names).flat_map(|n| [Input::Make(n), Input::Delete(n), Input::Look(n)]).collect();
        for source in 0..names {
            inputs.extend((0..names).filter(|target| *target != source).map(|target| Input::Copy(source, target)));
        }
        inputs.push(Input::Wait);
        let states = PHASES.len().pow(u32::try_from(names).unwrap_or_default());
        let steps =
            (0..states).map(|state| inputs.iter().map(|input| step(&phases(state, names), *input)).collect()).collect();
        Self { names, inputs, steps }
    }

    /// What can be done to it.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// How many states it has; the first, 0, is that in which no name is in use.
    #[must_use]
    pub fn states(&self) -> usize {
        self.steps.len()
    }

    /// Returns the state that an input leads to, and what comes of it; `input` is its place in the list.
    #[must_use]
    pub fn step(&self, state: usize, input: usize) -> Option<(usize, &Output)> {
        self.steps.get(state)?.get(input).map(|(next, output)| (*next, output))
    }

    /// Returns the places of inputs that lead from state 0 through every transition.
    #[must_use]
    pub fn tour(&self) -> Vec<usize> {
        let edges: Vec<Vec<usize>> = self.steps.iter().map(|row| row.iter().map(|(next, _)| *next).collect()).collect();
        tour(&edges, 0)
    }

    /// Returns the places of inputs that lead from state 0 through every transition with every input after it: what a
    /// state more than the machine has would show.
    #[must_use]
    pub fn pair_tour(&self) -> Vec<usize> {
        let width = self.inputs.len();
        // A node is the transition taken last; the start comes after them.
        let start = self.states() * width;
        let ends = self.steps.iter().flatten().map(|(next, _)| *next).chain([0]);
        let edges: Vec<Vec<usize>> =
            ends.map(|state| (0..width).map(|input| state * width + input).collect()).collect();
        tour(&edges, start)
    }

    /// Returns the inputs as sequences of at most so many steps, with a look at every name after each.
    #[must_use]
    pub fn sequences(&self, tour: &[usize], copies: bool, most: usize) -> Vec<Vec<CaseStep>> {
        let mut sequences: Vec<Vec<CaseStep>> = Vec::new();
        let (mut state, mut sequence) = (0, Vec::new());
        let room = most.saturating_sub(self.names + 1);
        for place in tour {
            if sequence.len() > room {
                // The next one begins where this one ended.
                sequences.push(std::mem::take(&mut sequence));
                sequence = self.way_to(state, copies);
            }
            let Some(input) = self.inputs.get(*place) else { continue };
            sequence.push(spelled(*input, copies, self.names));
            if let Some((next, _)) = self.step(state, *place) {
                state = next;
            }
            let looks = (0..self.names).filter(|name| *input != Input::Look(*name));
            sequence.extend(looks.map(|name| spelled(Input::Look(name), copies, self.names)));
        }
        sequences.push(sequence);
        sequences
    }

    /// Returns the steps that lead from no names in use to the state.
    fn way_to(&self, state: usize, copies: bool) -> Vec<CaseStep> {
        let edges: Vec<Vec<usize>> = self.steps.iter().map(|row| row.iter().map(|(next, _)| *next).collect()).collect();
        let inputs = nearest(&edges, 0, |node| node == state).unwrap_or_default();
        inputs
            .iter()
            .filter_map(|place| self.inputs.get(*place))
            .map(|input| spelled(*input, copies, self.names))
            .collect()
    }
}

fn phases(state: usize, names: usize) -> Vec<Phase> {
    let digit = |place: u32| PHASES.get(state / PHASES.len().pow(place) % PHASES.len()).copied();
    (0..names).filter_map(|place| digit(u32::try_from(place).ok()?)).collect()
}

fn number(phases: &[Phase]) -> usize {
    let digit = |phase: &Phase| PHASES.iter().position(|known| known == phase).unwrap_or_default();
    phases.iter().rev().fold(0, |state, phase| state * PHASES.len() + digit(phase))
}

fn step(before: &[Phase], input: Input) -> (usize, Output) {
    let mut after = before.to_vec();
    let output = match input {
        Input::Wait => {
            for phase in &mut after {
                *phase = match *phase {
                    Phase::Creating => Phase::Available,
                    Phase::Deleting => Phase::Absent,
                    other => other,
                };
            }
            Output::Passed(after != before)
        }
        Input::Look(name) => Output::Shown(before.get(name).copied().unwrap_or(Phase::Absent)),
        Input::Make(_) | Input::Copy(..) | Input::Delete(_) => {
            let step = Step::from(call(input));
            let prediction = predict(&World(before), &step);
            // A busy service refuses where it may.
            let busy = prediction.allowed.iter().find(|allowed| allowed.passing);
            let leant = busy.or_else(|| prediction.allowed.iter().find(|allowed| allowed.rank == Rank::First));
            match leant.map(|allowed| &allowed.answer) {
                Some(Answer::Fault(code)) => Output::Refused(code.clone()),
                Some(Answer::Reply) | None => {
                    let (name, phase) = match input {
                        Input::Make(name) | Input::Copy(_, name) => (name, Phase::Creating),
                        Input::Delete(name) | Input::Look(name) => (name, Phase::Deleting),
                        Input::Wait => return (number(&after), Output::Done),
                    };
                    if let Some(known) = after.get_mut(name) {
                        *known = phase;
                    }
                    Output::Done
                }
            }
        }
    };
    (number(&after), output)
}

fn name(place: usize) -> &'static str {
    NAMES.get(place).copied().unwrap_or_default()
}

fn call(input: Input) -> Call {
    match input {
        Input::Copy(source, target) => Call::Copy(CopySnapshot {
            source: Some(text(name(source))),
            target: Some(text(name(target))),
            ..CopySnapshot::default()
        }),
        Input::Make(made) => Call::Copy(CopySnapshot {
            source: Some(text("base")),
            target: Some(text(name(made))),
            ..CopySnapshot::default()
        }),
        Input::Delete(gone) => Call::Delete { name: Some(text(name(gone))) },
        Input::Look(_) | Input::Wait => Call::Describe(crate::service::DescribeSnapshots::default()),
    }
}

/// Returns the step of a case that does it: makes are copies of the base where there are copies.
fn spelled(input: Input, copies: bool, names: usize) -> CaseStep {
    let word = |place| Value::Word(Word::name(name(place)));
    let mut ask = match input {
        Input::Wait => {
            let words = (0..names).map(|place| Word::name(name(place))).collect();
            return CaseStep::Settle(Settle::of(words));
        }
        Input::Copy(source, target) => Ask::new(
            Operation::CopySnapshot,
            vec![(Parameter::SourceSnapshotName, word(source)), (Parameter::TargetSnapshotName, word(target))],
        ),
        Input::Make(made) if copies => Ask::new(
            Operation::CopySnapshot,
            vec![
                (Parameter::SourceSnapshotName, Value::Word(Word::name("base"))),
                (Parameter::TargetSnapshotName, word(made)),
            ],
        ),
        Input::Make(made) => Ask::new(
            Operation::CreateSnapshot,
            vec![(Parameter::SnapshotName, word(made)), (Parameter::Owner, Value::Owner)],
        ),
        Input::Delete(gone) => Ask::new(Operation::DeleteSnapshot, vec![(Parameter::SnapshotName, word(gone))]),
        Input::Look(seen) => Ask::new(Operation::DescribeSnapshots, vec![(Parameter::SnapshotName, word(seen))]),
    };
    // What the machine refuses is not asked for until it is accepted.
    ask.once = true;
    CaseStep::Send(ask)
}

/// Walks every edge of a graph by the nearest one that was not walked, and returns the places of the edges taken.
fn tour(edges: &[Vec<usize>], start: usize) -> Vec<usize> {
    let mut left: Vec<Vec<bool>> = edges.iter().map(|row| vec![true; row.len()]).collect();
    // What can't be reached is never walked.
    let mut open: Vec<usize> = left.iter().map(Vec::len).collect();
    let mut at = start;
    let mut taken = Vec::new();
    while let Some(way) = nearest(edges, at, |node| open.get(node).is_some_and(|count| *count > 0)) {
        for edge in way {
            taken.push(edge);
            walk(edges, &mut left, &mut open, &mut at, edge);
        }
        let Some(edge) = left.get(at).and_then(|row| row.iter().position(|left| *left)) else { break };
        taken.push(edge);
        walk(edges, &mut left, &mut open, &mut at, edge);
    }
    taken
}

fn walk(edges: &[Vec<usize>], left: &mut [Vec<bool>], open: &mut [usize], at: &mut usize, edge: usize) {
    if let (Some(row), Some(open)) = (left.get_mut(*at), open.get_mut(*at))
        && let Some(left) = row.get_mut(edge)
        && std::mem::take(left)
    {
        *open -= 1;
    }
    if let Some(next) = edges.get(*at).and_then(|row| row.get(edge)) {
        *at = *next;
    }
}

/// Returns the edges that lead to the nearest node that is wanted, `None` where none can be reached.
fn nearest(edges: &[Vec<usize>], start: usize, wanted: impl Fn(usize) -> bool) -> Option<Vec<usize>> {
    let mut from: Vec<Option<(usize, usize)>> = vec![None; edges.len()];
    let mut queue = VecDeque::from([start]);
    let mut seen = vec![false; edges.len()];
    if let Some(seen) = seen.get_mut(start) {
        *seen = true;
    }
    while let Some(node) = queue.pop_front() {
        if wanted(node) {
            let (mut way, mut at) = (Vec::new(), node);
            while let Some(Some((before, edge))) = from.get(at) {
                way.push(*edge);
                at = *before;
            }
            way.reverse();
            return Some(way);
        }
        for (edge, next) in edges.get(node)?.iter().enumerate() {
            if let Some(seen) = seen.get_mut(*next)
                && !std::mem::replace(seen, true)
            {
                if let Some(from) = from.get_mut(*next) {
                    *from = Some((node, edge));
                }
                queue.push_back(*next);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::Rng;

    /// A machine with one thing wrong: at that state and input it goes elsewhere, or says something else.
    struct Mutant<'a> {
        cycle: &'a Cycle,
        at: (usize, usize),
        goes: Option<usize>,
        says: Option<Output>,
        /// Whether what is wrong shows only right after that transition.
        after: Option<(usize, usize)>,
    }

    impl Mutant<'_> {
        /// Tells whether the inputs show it; `looks` whether every name is looked at after each.
        fn is_killed(&self, inputs: &[usize], looks: bool) -> bool {
            let (mut right, mut wrong, mut last) = (0, 0, None);
            for input in inputs {
                let Some((next, output)) = self.cycle.step(right, *input) else { return false };
                let Some((mut to, mut said)) = self.cycle.step(wrong, *input) else { return false };
                if (wrong, *input) == self.at && (self.after.is_none() || self.after == last) {
                    to = self.goes.unwrap_or(to);
                    said = self.says.as_ref().unwrap_or(said);
                }
                if said != output {
                    return true;
                }
                last = Some((wrong, *input));
                (right, wrong) = (next, to);
                if looks && right != wrong {
                    return true;
                }
            }
            false
        }
    }

    fn others(input: Input, than: &Output) -> Vec<Output> {
        let refused = |codes: &[FaultCode]| codes.iter().cloned().map(Output::Refused).collect::<Vec<_>>();
        let mut all = match input {
            Input::Make(_) => refused(&[FaultCode::SnapshotAlreadyExists]),
            Input::Delete(_) => refused(&[FaultCode::SnapshotNotFound, FaultCode::InvalidSnapshotState]),
            Input::Copy(..) => refused(&[
                FaultCode::SnapshotNotFound,
                FaultCode::InvalidSnapshotState,
                FaultCode::SnapshotAlreadyExists,
            ]),
            Input::Look(_) => PHASES.map(Output::Shown).to_vec(),
            Input::Wait => vec![Output::Passed(true), Output::Passed(false)],
        };
        if matches!(input, Input::Make(_) | Input::Delete(_) | Input::Copy(..)) {
            all.push(Output::Done);
        }
        all.retain(|output| output != than);
        all
    }

    fn first_order(cycle: &Cycle) -> Vec<Mutant<'_>> {
        let mut mutants = Vec::new();
        for state in 0..cycle.states() {
            for (place, input) in cycle.inputs().iter().enumerate() {
                let Some((next, output)) = cycle.step(state, place) else { continue };
                let at = (state, place);
                for goes in (0..cycle.states()).filter(|goes| *goes != next) {
                    mutants.push(Mutant { cycle, at, goes: Some(goes), says: None, after: None });
                }
                for says in others(*input, output) {
                    mutants.push(Mutant { cycle, at, goes: None, says: Some(says), after: None });
                }
            }
        }
        mutants
    }

    #[test]
    fn the_tour_of_three_names_takes_every_transition_in_few_steps() {
        let cycle = Cycle::new(3);
        assert_eq!((cycle.states(), cycle.inputs().len()), (64, 16));
        let tour = cycle.tour();
        let (mut state, mut taken) = (0, std::collections::BTreeSet::new());
        for input in &tour {
            taken.insert((state, *input));
            state = cycle.step(state, *input).map_or(0, |(next, _)| next);
        }
        assert_eq!(taken.len(), 1024);
        assert!(tour.len() * 100 <= 1024 * 115, "{} steps", tour.len());
    }

    #[test]
    fn the_tour_with_looks_kills_every_mutant_of_two_names() {
        let cycle = Cycle::new(2);
        let mutants = first_order(&cycle);
        assert_eq!(mutants.len(), 2_464);
        let tour = cycle.tour();
        assert!(2 * tour.len() <= 308, "{} steps", 2 * tour.len());
        assert_eq!(mutants.iter().filter(|mutant| !mutant.is_killed(&tour, true)).count(), 0);
        let blind = mutants.iter().filter(|mutant| !mutant.is_killed(&tour, false)).count();
        assert!(blind > 0, "the looks would not be needed");
    }

    #[test]
    fn the_tour_of_pairs_kills_every_mutant_with_a_state_more() {
        let cycle = Cycle::new(2);
        let tour = cycle.pair_tour();
        assert!(2 * tour.len() <= 5_000, "{} steps", 2 * tour.len());
        let mut rng = Rng::new(7, 7);
        let first = cycle.tour();
        let (mut killed, mut by_first) = (0, 0);
        for mutant in first_order(&cycle).into_iter().step_by(2) {
            // It shows only where the state was come to by one of the transitions that lead there.
            let ways: Vec<(usize, usize)> = (0..cycle.states())
                .flat_map(|state| (0..cycle.inputs().len()).map(move |input| (state, input)))
                .filter(|(state, input)| cycle.step(*state, *input).is_some_and(|(next, _)| next == mutant.at.0))
                .collect();
            let Some(after) = rng.pick(&ways).copied() else { continue };
            let mutant = Mutant { after: Some(after), ..mutant };
            assert!(mutant.is_killed(&tour, true), "{:?} after {after:?}", mutant.at);
            killed += 1;
            by_first += usize::from(mutant.is_killed(&first, true));
        }
        assert!(killed >= 1_000 && by_first < killed, "{by_first} of {killed} are killed by the tour of transitions");
    }

    #[test]
    fn sequences_stay_short_and_lose_nothing() {
        let cycle = Cycle::new(2);
        let tour = cycle.tour();
        let sequences = cycle.sequences(&tour, true, 60);
        assert!(sequences.iter().all(|sequence| sequence.len() <= 60));
        let copies = |steps: &[CaseStep]| {
            steps
                .iter()
                .filter(|step| matches!(step, CaseStep::Send(ask) if ask.operation == Operation::CopySnapshot))
                .count()
        };
        let asked: usize = sequences.iter().map(|steps| copies(steps)).sum();
        assert!(asked >= 64, "{asked} copies");
    }
}
