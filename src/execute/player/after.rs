use super::super::lane::{Stop, plain};
use super::super::patience::Kind;
use super::Player;
use crate::model::{NameClass, Phase, classify};
use crate::oracle::{Contradiction, Mark, Reason};
use crate::record::Happened;
use crate::service::{Arn, Call, Outcome, Step, Text, canonical, text};
use crate::trace::outcome_line;

impl Player<'_> {
    /// Rules on a step that was answered by a passing refusal for the whole limit.
    pub(super) fn never_accepted(&mut self, step: &Step, said: bool) -> Result<(), Stop> {
        let allowed = self.belief.predict(step);
        let clause = allowed
            .allowed
            .iter()
            .find(|allowed| allowed.answer == crate::model::Answer::Reply)
            .and_then(|allowed| allowed.clauses.last().copied());
        let (Some(clause), Some((event, _))) = (clause, self.trace.last()) else { return Ok(()) };
        let seconds = self.lane.settle_limit.as_secs_f64();
        let contradiction = Contradiction {
            reason: Reason::Wrong,
            expected: format!("a reply (200) within {seconds} s, with everything at rest"),
            observed: outcome_line(&event.outcome),
        };
        let throttled = matches!(&event.outcome, Outcome::Fault(fault) if fault.code.is_throttling());
        let mark = match said {
            // That says nothing of the service but how much is asked of it.
            _ if throttled => Mark::Inconclusive("throttled all the time"),
            true => Mark::Contradicted(Box::new(contradiction)),
            false => Mark::Inconclusive("not accepted in time"),
        };
        self.rule(clause, mark)
    }

    /// Deletes what the base was taken of.
    pub(super) async fn lose_owner(&mut self) -> Result<(), Stop> {
        let names = self.made.clone();
        self.settle(&names, Kind::Available).await?;
        if let Some(owner) = self.setting.owner.take() {
            super::super::fixture::remove_owner(self.lane, &owner).await?;
            self.belief.lose_owner(&owner);
            self.note(Happened::OwnerGone(plain(&owner)))?;
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
        let tags = |name: Option<&Text>| {
            let name = name.map(|name| text(canonical(name)))?;
            let there = self.setting.tags && self.belief.is_in(&name, Phase::Available);
            let arn = self.belief.arn(&name).filter(|_| there)?;
            Some(Call::ListTags { resource: Some(arn) })
        };
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
                let there = Arn::parse(resource)
                    .is_some_and(|arn| arn.kind == "snapshot" && self.belief.names().any(|name| **name == *arn.name));
                if there { vec![Call::ListTags { resource: Some(resource.clone()) }] } else { Vec::new() }
            }
            _ => Vec::new(),
        }
    }
}
