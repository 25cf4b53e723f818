//! The defects that only overlapping calls show: what is checked is done later, and what happens between is not seen.

use std::sync::Arc;
use std::time::Duration;

use super::worlds::{Refusal, Said};
use super::{Defect, message};
use crate::model::{Freedom, State, TagMap, TagSets, added, removed};
use crate::service::{Arn, Call, FaultCode, Reply, Step, Tag, Text, canonical, text};

/// How long a call with such a defect waits between looking and doing.
const WINDOW: Duration = Duration::from_millis(1);

impl Defect {
    /// Tells whether it takes calls that overlap to see it.
    #[must_use]
    pub const fn is_race(self) -> bool {
        matches!(
            self,
            Self::RaceCopyCopy
                | Self::RaceCopyCreate
                | Self::RaceCopyCase
                | Self::RaceCopyRefusesBoth
                | Self::RaceCopyLost
                | Self::RaceCopyLoserTags
                | Self::RaceCopyTagsSwapped
                | Self::RaceCopyRepliesSwapped
                | Self::RaceCopyDelete
                | Self::RaceCopyDeleteRefused
                | Self::RaceExportRefusesBoth
                | Self::RaceExportLost
                | Self::RaceCreateCreate
                | Self::RaceDeleteDelete
                | Self::RaceTagsOverLimit
                | Self::RaceTagsLost
                | Self::RaceTagsHalf
                | Self::RaceListTwice
                | Self::RaceRequestId
        )
    }

    /// Returns how long the call waits between looking and doing; `None` where it does both at once.
    pub(super) fn window(self, call: &Call) -> Option<Duration> {
        let waits = match call {
            Call::Copy(_) if call.is_export() => matches!(self, Self::RaceExportRefusesBoth | Self::RaceExportLost),
            Call::Copy(_) => {
                self.is_race()
                    && !matches!(
                        self,
                        Self::RaceCreateCreate
                            | Self::RaceDeleteDelete
                            | Self::RaceTagsLost
                            | Self::RaceTagsHalf
                            | Self::RaceTagsOverLimit
                            | Self::RaceExportRefusesBoth
                            | Self::RaceExportLost
                    )
            }
            Call::Create(_) => matches!(self, Self::RaceCreateCreate | Self::RaceRequestId | Self::RaceListTwice),
            Call::Delete { .. } => matches!(self, Self::RaceDeleteDelete | Self::RaceCopyDeleteRefused),
            Call::AddTags { .. } if self == Self::RaceTagsOverLimit => true,
            Call::AddTags { .. } | Call::RemoveTags { .. } => matches!(self, Self::RaceTagsLost | Self::RaceTagsHalf),
            Call::Describe(_) | Call::ListTags { .. } | Call::Restore { .. } | Call::Fixture(_) | Call::S3(_) => false,
        };
        waits.then_some(WINDOW)
    }
}

/// A call between looking and doing.
#[derive(Clone, Debug)]
pub(super) struct Flight {
    ticket: u64,
    home: (Text, Text),
    /// What is asked.
    pub(super) step: Step,
    /// Why it was to be refused when it looked.
    pub(super) refusal: Option<Refusal>,
    /// The tags that it saw.
    tags: Option<Arc<TagMap>>,
    /// What else was asked meanwhile, and whether it has been done.
    met: Vec<(u64, Step, bool)>,
    request_id: Option<Text>,
}

/// All calls between looking and doing.
#[derive(Clone, Debug, Default)]
pub(super) struct Flights {
    flying: Vec<Flight>,
    tickets: u64,
}

impl Flights {
    /// Adds a call that has looked.
    pub(super) fn begin(&mut self, home: (Text, Text), step: Step, refusal: Option<Refusal>, world: &State) -> u64 {
        self.tickets += 1;
        let ticket = self.tickets;
        let theirs = self.flying.iter_mut().filter(|flight| flight.home == home);
        let met = theirs
            .map(|flight| {
                flight.met.push((ticket, step.clone(), false));
                (flight.ticket, flight.step.clone(), false)
            })
            .collect();
        let tags = tagged(&step.call).and_then(|name| world.snapshot(&name)).map(|living| living.tag_map());
        self.flying.push(Flight { ticket, home, step, refusal, tags, met, request_id: None });
        ticket
    }

    /// Takes a call out that is being done now; the others learn of it.
    pub(super) fn end(&mut self, ticket: u64) -> Option<Flight> {
        let place = self.flying.iter().position(|flight| flight.ticket == ticket)?;
        let ended = self.flying.remove(place);
        for (known, _, done) in self.flying.iter_mut().flat_map(|flight| &mut flight.met) {
            *done |= *known == ticket;
        }
        Some(ended)
    }

    /// Tells all of a call that looks and does at once; returns whether any is between.
    pub(super) fn pass(&mut self, home: &(Text, Text), step: &Step) -> bool {
        let mut any = false;
        for flight in self.flying.iter_mut().filter(|flight| flight.home == *home) {
            flight.met.push((0, step.clone(), true));
            any = true;
        }
        any
    }

    /// Remembers the id of an answer for those who have met its call.
    pub(super) fn answered(&mut self, request_id: &Text) {
        for flight in &mut self.flying {
            flight.request_id = Some(request_id.clone());
        }
    }
}

impl Flight {
    /// Returns the id of another answer that was given meanwhile.
    pub(super) fn request_id(&self) -> Option<Text> {
        self.request_id.clone()
    }

    /// Tells whether the call has to look again before it does what it is to do.
    pub(super) fn looks_again(&self, defect: Defect) -> bool {
        let (_, target) = names(&self.step.call);
        match defect {
            Defect::RaceCopyCopy | Defect::RaceCreateCreate | Defect::RaceDeleteDelete | Defect::RaceTagsOverLimit => {
                false
            }
            Defect::RaceCopyCreate => !self.has_met(|call| matches!(call, Call::Create(_)) && names(call).1 == target),
            Defect::RaceCopyCase => {
                let given = |call: &Call| match call {
                    Call::Copy(copy) => copy.target.clone(),
                    _ => None,
                };
                let own = given(&self.step.call);
                !self.has_met(|call| given(call).is_some() && given(call) != own && names(call).1 == target)
            }
            _ => true,
        }
    }

    /// Returns the fault that comes only because of what was met.
    pub(super) fn refused(&self, defect: Defect) -> Option<Refusal> {
        let (source, target) = names(&self.step.call);
        let copies = |call: &Call| matches!(call, Call::Copy(_));
        let deletes = |call: &Call, name: &Option<Text>| matches!(call, Call::Delete { .. }) && names(call).1 == *name;
        let code = match (defect, &self.step.call) {
            (Defect::RaceExportRefusesBoth, Call::Copy(_))
                if self.has_met(|call| self.exports_with(call) && names(call).1 == target) =>
            {
                FaultCode::InvalidParameterValue
            }
            (Defect::RaceCopyRefusesBoth, Call::Copy(_))
                if self.has_met(|call| copies(call) && names(call).1 == target) =>
            {
                FaultCode::SnapshotAlreadyExists
            }
            (Defect::RaceCopyDeleteRefused, Call::Copy(_)) if self.has_met(|call| deletes(call, &source)) => {
                FaultCode::InvalidSnapshotState
            }
            (Defect::RaceCopyDeleteRefused, Call::Delete { .. })
                if self.has_met(|call| copies(call) && names(call).0 == target) =>
            {
                FaultCode::InvalidSnapshotState
            }
            _ => return None,
        };
        Some((message::plain(code), None))
    }

    /// Changes what the call is about to do.
    pub(super) fn mistake(&self, defect: Defect, step: &mut Step) {
        if defect != Defect::RaceCopyTagsSwapped {
            return;
        }
        let (_, target) = names(&self.step.call);
        let other = self.met.iter().find_map(|(_, step, _)| match &step.call {
            Call::Copy(copy) if copy.tags.is_some() && names(&step.call).1 != target => copy.tags.clone(),
            _ => None,
        });
        if let (Call::Copy(copy), Some(tags)) = (&mut step.call, other)
            && copy.tags.is_some()
        {
            copy.tags = Some(tags);
        }
    }

    /// Changes what the call has done.
    pub(super) fn effect(&self, defect: Defect, world: &mut State, said: &mut Said) {
        let (source, target) = names(&self.step.call);
        match (defect, &self.step.call, &mut *said) {
            (Defect::RaceCopyLost, Call::Copy(_), Said::Reply(_)) => {
                let before = |(_, step, done): &(u64, Step, bool)| {
                    *done && matches!(step.call, Call::Copy(_)) && names(&step.call).0 == source
                };
                if self.met.iter().any(before) {
                    world.take(target.as_deref().unwrap_or_default());
                }
            }
            (Defect::RaceExportLost, Call::Copy(copy), Said::Reply(_)) => {
                let before = self.met.iter().any(|(_, step, done)| *done && self.exports_with(&step.call));
                let own = |key: &str| copy.target.as_deref().is_some_and(|name| key.starts_with(&*canonical(name)));
                let bucket = copy.bucket().and_then(|bucket| world.buckets.get_mut(bucket));
                if let (true, Some(bucket)) = (before, bucket) {
                    bucket.coming.retain(|(key, ..)| !own(&canonical(key)));
                }
            }
            (Defect::RaceCopyDelete, Call::Copy(_), said) => {
                let deleted = self.has_met(|call| matches!(call, Call::Delete { .. }) && names(call).1 == source);
                if let (true, None, Said::Fault(..)) = (deleted, &self.refusal, &*said) {
                    // It saw the source when it looked, and says so.
                    let mut shown = crate::service::Snapshot { name: target, ..Default::default() };
                    shown.status = Some(crate::service::Status::Creating);
                    *said = Said::Reply(Reply::Snapshot(Box::new(shown)));
                }
            }
            (Defect::RaceCopyRepliesSwapped, Call::Copy(_), Said::Reply(Reply::Snapshot(shown))) => {
                let other = self.met.iter().filter(|(_, step, _)| matches!(step.call, Call::Copy(_)));
                let other = other.map(|(_, step, _)| names(&step.call).1).find(|name| *name != target);
                if let Some(other) = other {
                    shown.name = other;
                }
            }
            (Defect::RaceCopyLoserTags, Call::Copy(copy), Said::Fault(..)) => {
                let lost = self.has_met(|call| matches!(call, Call::Copy(_)) && names(call).1 == target);
                let winner = target.and_then(|name| world.snapshot_mut(&name));
                if let (true, Some(winner), Some(tags)) = (lost, winner, copy.tags.as_deref()) {
                    let sets = added(TagSets::from_iter([winner.tag_map()]), tags);
                    winner.set_tags(sets.and_then(|sets| sets.first().cloned()).unwrap_or_default());
                }
            }
            (Defect::RaceTagsLost, call, Said::Reply(reply)) => {
                let (Some(name), Some(seen)) = (tagged(call), self.tags.clone()) else { return };
                let before = TagSets::from_iter([seen]);
                let after = match call {
                    Call::AddTags { tags, .. } => added(before, tags.as_deref().unwrap_or_default()),
                    Call::RemoveTags { keys, .. } => Some(removed(before, keys.as_deref().unwrap_or_default())),
                    _ => None,
                };
                if let (Some(after), Some(living)) =
                    (after.and_then(|sets| sets.first().cloned()), world.snapshot_mut(&name))
                {
                    *reply = Reply::Tags(listed(&after));
                    living.set_tags(after);
                }
            }
            _ => {}
        }
    }

    /// Tells whether both export to one bucket.
    fn exports_with(&self, call: &Call) -> bool {
        match (call, &self.step.call) {
            (Call::Copy(one), Call::Copy(other)) => one.bucket().is_some() && one.bucket() == other.bucket(),
            _ => false,
        }
    }

    fn has_met(&self, wanted: impl Fn(&Call) -> bool) -> bool {
        self.met.iter().any(|(_, step, _)| wanted(&step.call))
    }
}

/// Does the first half of what is done in two.
pub(super) fn first_half(defect: Defect, step: &Step, world: &mut State, now: Duration, freedom: &Freedom) {
    if let (Defect::RaceTagsHalf, Call::AddTags { resource, tags: Some(tags) }) = (defect, &step.call) {
        let first = tags.iter().take(1).cloned().collect();
        let call = Call::AddTags { resource: resource.clone(), tags: Some(first) };
        world.apply(&Step { call, dress: step.dress.clone() }, now, freedom);
    }
}

/// Returns the source and the name that is made, removed or tagged, as the service keeps them.
fn names(call: &Call) -> (Option<Text>, Option<Text>) {
    let kept = |name: &Option<Text>| name.as_deref().map(|name| text(canonical(name)));
    match call {
        Call::Copy(copy) => (kept(&copy.source), kept(&copy.target)),
        Call::Create(create) => (None, kept(&create.name)),
        Call::Delete { name } => (None, kept(name)),
        other => (None, tagged(other)),
    }
}

fn tagged(call: &Call) -> Option<Text> {
    let (Call::AddTags { resource, .. } | Call::RemoveTags { resource, .. }) = call else { return None };
    resource.as_deref().and_then(Arn::parse).map(|arn| text(canonical(arn.name)))
}

fn listed(tags: &TagMap) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}
