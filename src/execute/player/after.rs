use super::super::lane::{Stop, plain};
use super::super::patience::Kind;
use super::Player;
use crate::model::{NameClass, Spare, classify, twin};
use crate::oracle::Deed;
use crate::record::Happened;
use crate::service::{Arn, Call, Indeterminate, Outcome, Step, Text, canonical, text};
use crate::trace::Role;

/// How often what got no answer is sent again at once, at most: of a target that loses one in ten, three in a row are not rare.
const ON_THE_SPOT: usize = 3;

impl Player<'_> {
    /// Sends again what stayed without an answer, the `first` and those after it, where there was none before either: who
    /// loses some answers is not to be taken for one who never gives this one.
    pub(in super::super) async fn doubt(&mut self, first: usize) -> Result<(), Stop> {
        for (event, place) in self.unanswered.get(first..).unwrap_or_default().to_vec() {
            let doubted = self.trace.get(event).filter(|_| self.setting.doubted.contains(&place));
            let Some(step) = doubted.map(|(event, _)| event.step.clone()) else { continue };
            for _ in 0..ON_THE_SPOT {
                self.send(Role::Again, step.clone()).await?;
                let Some((event, again)) = self.trace.last() else { break };
                if !again.unanswered {
                    self.answered.push(place);
                    break;
                }
                // Who is silent takes his time; who breaks connections does not.
                if event.outcome == Outcome::Indeterminate(Indeterminate::TimedOut) {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Deletes what the case takes snapshots of, once. What is being taken of it is waited for; copies have no more to do with it.
    pub(super) async fn lose_owner(&mut self) -> Result<(), Stop> {
        let names = self.made.clone();
        let taken: Vec<Text> = names.iter().filter(|name| !self.belief.is_copy(name)).cloned().collect();
        self.settle(&taken, Kind::Available).await?;
        if self.setting.owner_goes.take().is_some() && self.setting.owner.is_some() {
            let owner = self.setting.names.owner.clone();
            self.setting.owner.take_if(|of_base| *of_base == owner);
            // What is wrong with tags by now is not the fault of what follows.
            if self.setting.tags {
                self.read_unread_tags(&names).await?;
            }
            super::super::fixture::remove_owner(self.lane, &owner).await?;
            super::super::fixture::wait_until_gone(self.lane, &owner).await?;
            self.belief.lose_owner(&owner);
            self.note(Happened::OwnerGone(plain(&owner)))?;
            let base = self.setting.names.base.clone();
            self.settle(&[base], Kind::Gone).await?;
        }
        Ok(())
    }

    /// Sends a refused call without its fault, unless something like it succeeded in the case.
    pub(super) async fn twin_of(&mut self, step: &Step) -> Result<(), Stop> {
        let deed = Deed::of(&step.call);
        let had = self.trace.iter().any(|(event, judgement)| judgement.succeeded && Deed::of(&event.step.call) == deed);
        if had || !self.setting.twins {
            return Ok(());
        }
        let tagging = matches!(step.call, Call::AddTags { .. } | Call::RemoveTags { .. } | Call::ListTags { .. });
        let resource = if tagging { self.a_resource().await? } else { None };
        let bucket = if step.call.is_export() { self.a_bucket().await? } else { None };
        self.twins += 1;
        let spare = Spare {
            source: self.setting.names.base.clone(),
            fresh: text(format!("{}twin{}", self.setting.names.prefix, self.twins)),
            owner: self.setting.owner.clone(),
            resource,
            bucket,
        };
        for call in twin(&*self.belief, &step.call, &spare) {
            // How it was put on the wire may be what it was refused for.
            self.send_settled(Role::Twin, &call.into(), false, false).await?;
            if self.meets_quota() {
                break;
            }
        }
        Ok(())
    }

    /// Sends the calls without their fault that were refused where chance decides which of them is: those that overlapped
    /// others, and those that were asked once, of what was not available yet.
    pub(super) async fn late_twins(&mut self) -> Result<(), Stop> {
        let overlapped = self.calls.iter().map(|(event, _)| event);
        let events = overlapped.chain(&self.passing).filter_map(|event| self.trace.get(*event));
        let refused = events.filter(|(event, _)| matches!(event.outcome, Outcome::Fault(_)));
        let refused: Vec<Step> = refused.map(|(event, _)| event.step.clone()).collect();
        if refused.is_empty() || !self.setting.twins {
            return Ok(());
        }
        let names = self.made.clone();
        self.settle(&names, Kind::Available).await?;
        for step in refused {
            self.twin_of(&step).await?;
        }
        Ok(())
    }

    /// Returns the calls that show that a refused call changed nothing.
    pub(super) fn untouched(&self, call: &Call) -> Vec<Call> {
        let by_name = |name: Option<&Text>| {
            let name = name.filter(|name| {
                matches!(classify(name), NameClass::Plain | NameClass::Odd) && name.chars().count() <= 255
            })?;
            Some(Call::describe(&text(canonical(name))))
        };
        let tags = |name: Option<&Text>| self.tags_of(&text(canonical(name?)));
        match call {
            Call::Copy(copy) => {
                let source = copy.source.as_ref().filter(|source| self.belief.names().any(|name| name == *source));
                let shown = by_name(copy.target.as_ref()).into_iter().chain(tags(copy.target.as_ref()));
                shown.chain(by_name(source)).collect()
            }
            Call::Create(create) => {
                by_name(create.name.as_ref()).into_iter().chain(tags(create.name.as_ref())).collect()
            }
            Call::Delete { name } => by_name(name.as_ref()).into_iter().collect(),
            Call::AddTags { resource: Some(resource), .. } | Call::RemoveTags { resource: Some(resource), .. } => {
                let named = |snapshot: &str| self.belief.names().any(|name| **name == *snapshot);
                if Arn::snapshot_in(resource).is_some_and(named) {
                    vec![Call::ListTags { resource: Some(resource.clone()) }]
                } else {
                    Vec::new()
                }
            }
            _ => Vec::new(),
        }
    }
}
