use super::rehearsal::World;
use super::{BindError, Case, CaseStep, Names};
use crate::model::predict;
use crate::service::{Call, Step, Text};

/// A step of a case with literal names, as somebody else can play it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// A request, and what may come in words, if all that may succeed before did.
    Send(Box<Step>, String),
    /// A wait for these names, and whether they are looked at for a while after it.
    Settle(Vec<Text>, bool),
    /// The next requests, so many, overlap in the case.
    Together(usize),
    /// What snapshots were taken of is deleted.
    OwnerGone,
}

/// A case with literal names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telling {
    /// The steps, one after the other.
    pub steps: Vec<Told>,
    /// The objects that may be there in the end: bucket and key.
    pub objects: Vec<(Text, String)>,
}

impl Case {
    /// Returns the steps with these names, overlapping requests one after the other, lane after lane.
    ///
    /// # Errors
    /// Where a name to be padded is longer than asked for, or the names have no key for `$kms-key`.
    pub fn tell(&self, names: &Names) -> Result<Telling, BindError> {
        let mut world = World::of(self, names.clone());
        let mut told = Vec::new();
        for (at, step) in self.steps.iter().enumerate() {
            told.extend((self.owner_goes_after() == Some(at)).then_some(Told::OwnerGone));
            match step {
                CaseStep::Send(_) => {}
                CaseStep::Together(lanes) => told.push(Told::Together(lanes.iter().map(Vec::len).sum())),
                CaseStep::Settle(settle) => {
                    let names = settle.bind(names)?;
                    names.iter().for_each(|name| world.settle(name));
                    told.push(Told::Settle(names, settle.watch));
                }
            }
            for ask in step.asks() {
                for index in 1..=ask.repeat {
                    let step = ask.bind(names, index)?;
                    let prediction = predict(&world, &step);
                    let (words, done) = match &step.call {
                        Call::S3(call) => (world.words_of_s3(call), true),
                        _ => (prediction.words_at_once(), prediction.allows_reply()),
                    };
                    // What is asked from elsewhere changes nothing here.
                    if done && step.dress.is_signed() && step.dress.from.is_none() {
                        world.apply(&step.call);
                    }
                    told.push(Told::Send(Box::new(step), words));
                }
            }
        }
        Ok(Telling { steps: told, objects: world.objects() })
    }
}
