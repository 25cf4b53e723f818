use super::super::fixture::{MOST_LOST, is_lost};
use super::super::lane::Stop;
use super::super::named::is_ours;
use super::super::patience::Kind;
use super::Player;
use crate::ledger::ResourceKind;
use crate::model::{Phase, is_blank};
use crate::service::{Call, FaultCode, Outcome, Reply, Step, Text, canonical, text};
use crate::trace::Role;

impl Player<'_> {
    /// Reads everything back: what was made, the base, and a name that was never made.
    pub(super) async fn read_back(&mut self) -> Result<(), Stop> {
        self.late_twins().await?;
        let makes = |call: &Call| call.is_write() && !matches!(call, Call::S3(_));
        let made_none = || self.trace.iter().all(|(event, judgement)| !judgement.succeeded || !makes(&event.step.call));
        if !self.setting.twins && made_none() {
            // Where cases share a twin, they share the sign of life; refusals were read back one by one.
            return self.read_buckets_back().await;
        }
        let shown = self.made.iter().any(|name| self.belief.is_in(name, Phase::Available));
        let exports = self.belief.exports();
        let names: Vec<Text> = self.made.iter().cloned().chain(exports).collect();
        self.settle(&names, Kind::Available).await?;
        let life = !self.setting.frugal && !self.quota;
        if life && !shown && !self.made.iter().any(|name| self.belief.is_in(name, Phase::Available)) {
            self.life().await?;
        }
        let mut names: Vec<Text> = self.made.clone();
        names.push(self.setting.names.base.clone());
        for name in names {
            if !self.belief.is_in(&name, Phase::Available) {
                continue;
            }
            self.send_settled(Role::ReadBack, &Call::describe(&name).into(), false, false).await?;
            self.read_tags_back(&name).await?;
        }
        self.read_buckets_back().await?;
        // That the target lives rests on it too.
        let never: Step = Call::describe(&text(format!("{}never", self.setting.names.prefix))).into();
        self.send_while(Role::ReadBack, &never, is_lost).await
    }

    /// Reads the tags of a snapshot, where the target has any.
    pub(super) async fn read_tags_back(&mut self, name: &Text) -> Result<(), Stop> {
        let Some(call) = self.tags_of(name) else { return Ok(()) };
        self.send_settled(Role::ReadBack, &call.into(), false, false).await.map(drop)
    }

    /// Returns the call for the tags of an available snapshot, where the target has any.
    pub(super) fn tags_of(&self, name: &Text) -> Option<Call> {
        let is_there = self.setting.tags && self.belief.is_in(name, Phase::Available);
        let arn = self.belief.arn(name).filter(|_| is_there)?;
        Some(Call::ListTags { resource: Some(arn) })
    }

    /// Removes everything that the case made or may have made.
    pub(super) async fn clean_up(&mut self) -> Result<(), Stop> {
        let prefix = self.setting.names.prefix.clone();
        super::super::fixture::remove_clusters(self.lane, &prefix).await?;
        let open: Vec<Text> = self
            .lane
            .ledger
            .open_resources()
            .into_iter()
            .filter(|resource| resource.kind == ResourceKind::Snapshot)
            .map(|resource| resource.name)
            .filter(|name| self.made.contains(name) || name.starts_with(&*prefix) || is_ours(name, &prefix))
            .collect();
        let open = self.without_exports(open).await?;
        let mut waited: Vec<Text> = Vec::new();
        for name in &open {
            let phases = self.belief.may_show(name);
            if phases == crate::model::Phases::ABSENT && canonical(name) == **name {
                continue;
            }
            self.remove(name).await?;
            waited.push(name.clone());
        }
        // Where requests are few, what is going is looked for once, at the end of the run.
        if !self.setting.frugal {
            self.settle(&waited, Kind::Gone).await?;
            waited.clear();
        }
        // The next case finds the base at rest.
        let base = self.setting.names.base.clone();
        self.settle(&[base], Kind::Available).await?;
        for name in open.iter().filter(|name| !waited.contains(name)) {
            if self.is_gone(name).await? {
                self.lane.ledger.gone(&self.lane.resource(ResourceKind::Snapshot, name))?;
            }
        }
        self.remove_buckets().await
    }

    /// Deletes a name, and again while the target is too busy for it, or where that was lost on the way.
    async fn remove(&mut self, name: &Text) -> Result<(), Stop> {
        let step = Step::from(Call::Delete { name: Some(name.clone()) });
        let begun = self.lane.now();
        let mut pause = self.lane.poll.0;
        let mut lost = 0;
        loop {
            self.send(Role::Cleanup, step.clone()).await?;
            if lost < MOST_LOST && self.trace.last().is_some_and(|(event, _)| is_lost(&event.outcome)) {
                lost += 1;
                self.send(Role::Poll, Call::describe(name).into()).await?;
                continue;
            }
            let busy = matches!(self.trace.last().map(|(event, _)| &event.outcome), Some(Outcome::Fault(fault)) if fault.code == FaultCode::InvalidSnapshotState)
                && !self.belief.is_in(name, Phase::Deleting);
            let (limit, _) = self.lane.patience.grant(Kind::Gone, self.lane.settle_limit);
            if !busy {
                return Ok(());
            }
            if self.lane.now() - begun > limit {
                self.lane.patience.ran_out(Kind::Gone);
                return Ok(());
            }
            self.send(Role::Poll, Call::describe(name).into()).await?;
            tokio::time::sleep(pause).await;
            pause = (pause * 3 / 2).min(self.lane.poll.1);
        }
    }

    /// Tells whether the target shows the name no more.
    pub(super) async fn is_gone(&mut self, name: &Text) -> Result<bool, Stop> {
        // What no correct target keeps under the name is not known to be gone before it was looked for.
        let exported = self.trace.iter().any(|(event, _)| {
            let accepted = !matches!(event.outcome, Outcome::Fault(_));
            let is_it = |target: &Text| canonical(target) == canonical(name);
            matches!(&event.step.call, Call::Copy(copy) if copy.target.as_ref().is_some_and(is_it))
                && event.step.call.is_export()
                && accepted
        });
        let is_plain = !exported && canonical(name) == **name && !is_blank(name);
        if is_plain
            && (self.belief.is_in(name, Phase::Absent) || self.belief.may_show(name) == crate::model::Phases::ABSENT)
        {
            return Ok(true);
        }
        // It is asked for once more, without a judgement.
        let answer = self.lane.send(&Call::describe(name).into()).await?;
        Ok(match answer.outcome {
            Outcome::Reply(Reply::Snapshots(page)) => {
                !page.snapshots.iter().any(|snapshot| snapshot.name.as_deref() == Some(&**name))
            }
            Outcome::Fault(fault) => answer.form.status == 404 || fault.code == FaultCode::InvalidParameterValue,
            _ => false,
        })
    }
}
