use std::hash::Hash;

use rustc_hash::FxHashMap;

use crate::model::Phases;
use crate::oracle::{Belief, Judgement};
use crate::service::{Arn, Call, FaultCode, Operation, Outcome, Reply, Text, canonical};
use crate::spec::ClauseId;
use crate::trace::{Event, Role};

/// What sort of outcome it was.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// A reply.
    Reply,
    /// A fault, by its code.
    Fault(FaultCode),
    /// It may have happened or not.
    Unknown,
    /// No answer of this service.
    Alien,
}

/// What a reply held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Nothing.
    Empty,
    /// One thing.
    One,
    /// Several.
    Several,
    /// Part of more.
    Part,
}

/// Something that a sequence can meet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Encounter {
    /// A clause was ruled on.
    Clause(ClauseId),
    /// An operation came to an outcome while its first name may have been in these phases.
    Moment(Phases, Operation, Class),
    /// One operation with its outcome was followed by another operation.
    Pair(Operation, Class, Operation),
    /// A reply held so much.
    Held(Operation, Shape),
}

/// What was met, and how often.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Met(FxHashMap<Encounter, usize>);

impl Class {
    /// The sort of an outcome.
    #[must_use]
    pub fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Reply(_) => Self::Reply,
            Outcome::Fault(fault) => Self::Fault(fault.code.clone()),
            Outcome::Indeterminate(_) => Self::Unknown,
            Outcome::Alien(_) => Self::Alien,
        }
    }
}

impl Met {
    /// Returns what a trace met that began with that belief.
    #[must_use]
    pub fn of(mut belief: Belief, trace: &[(Event, Judgement)]) -> Self {
        let mut met = Self::default();
        let mut before: Option<(Operation, Class)> = None;
        for (event, judgement) in trace {
            let operation = event.step.call.operation();
            judgement.marks().for_each(|(clause, ..)| met.add(Encounter::Clause(clause)));
            let class = Class::of(&event.outcome);
            if operation.is_modelled() {
                let phases = subject(&event.step.call).map_or(Phases::NONE, |name| belief.may_show(&canonical(name)));
                met.add(Encounter::Moment(phases, operation, class.clone()));
            }
            if let Some(shape) = shape(&event.outcome) {
                met.add(Encounter::Held(operation, shape));
            }
            if event.role == Role::Given {
                if let Some((first, class)) = before.take() {
                    met.add(Encounter::Pair(first, class, operation));
                }
                before = Some((operation, class));
            }
            belief.observe(event);
        }
        met
    }

    fn add(&mut self, encounter: Encounter) {
        *self.0.entry(encounter).or_default() += 1;
    }

    /// Takes in what another sequence met; tells how much of it is new.
    pub fn join(&mut self, other: &Self) -> usize {
        let mut new = 0;
        for (encounter, count) in &other.0 {
            let known = self.0.entry(encounter.clone()).or_default();
            new += usize::from(*known == 0);
            *known += count;
        }
        new
    }

    /// Returns how often the clause was ruled on.
    #[must_use]
    pub fn of_clause(&self, clause: ClauseId) -> usize {
        self.0.get(&Encounter::Clause(clause)).copied().unwrap_or_default()
    }

    /// How many different situations were met.
    #[must_use]
    pub fn moments(&self) -> usize {
        self.0.keys().filter(|encounter| matches!(encounter, Encounter::Moment(..))).count()
    }

    /// How many different pairs of operations.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.0.keys().filter(|encounter| matches!(encounter, Encounter::Pair(..))).count()
    }

    /// Walks what was met, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (&Encounter, usize)> {
        self.0.iter().map(|(encounter, count)| (encounter, *count))
    }
}

/// Returns the name whose state an outcome depends on first.
fn subject(call: &Call) -> Option<&str> {
    let name: &Option<Text> = match call {
        Call::Copy(copy) => &copy.source,
        Call::Create(create) => &create.name,
        Call::Delete { name } | Call::Restore { snapshot: name, .. } => name,
        Call::Describe(describe) => &describe.name,
        Call::AddTags { resource, .. } | Call::RemoveTags { resource, .. } | Call::ListTags { resource } => {
            return resource.as_deref().and_then(Arn::parse).map(|arn| arn.name);
        }
        Call::Fixture(_) | Call::S3(_) => return None,
    };
    name.as_deref()
}

fn shape(outcome: &Outcome) -> Option<Shape> {
    let of = |count| match count {
        0 => Shape::Empty,
        1 => Shape::One,
        _ => Shape::Several,
    };
    match outcome {
        Outcome::Reply(Reply::Snapshots(page)) if page.marker.is_some() => Some(Shape::Part),
        Outcome::Reply(Reply::Snapshots(page)) => Some(of(page.snapshots.len())),
        Outcome::Reply(Reply::Tags(tags)) => Some(of(tags.len())),
        Outcome::Reply(Reply::Bare) => Some(Shape::Empty),
        _ => None,
    }
}
