use super::super::fixture::is_quota;
use super::super::lane::Stop;
use super::Player;
use crate::ledger::{Resource, ResourceKind};
use crate::record::Happened;
use crate::trace::Event;

impl Player<'_> {
    /// Lets a quota answer where the run holds as many snapshots, in all its lanes, as one of a cluster allows: whose they
    /// are that count, no source says.
    ///
    /// Where the quota itself is gone over, only what others hold beside their bases may spend it early.
    pub(in super::super) fn expect_quota<'e>(
        &mut self,
        events: impl IntoIterator<Item = &'e Event>,
    ) -> Result<(), Stop> {
        let is_due = || self.setting.over_quota && self.belief.is_over_quota();
        if !events.into_iter().any(|event| is_quota(&event.outcome)) || is_due() {
            return Ok(());
        }
        let held = self.lane.ledger.open_resources();
        let count = |is: &dyn Fn(&Resource) -> bool| held.iter().filter(|resource| is(resource)).count();
        let is_snapshot = |resource: &Resource| resource.kind == ResourceKind::Snapshot;
        let snapshots = if self.setting.over_quota {
            let prefix = &*self.setting.names.prefix;
            let of_others = count(&|resource| is_snapshot(resource) && !resource.name.starts_with(prefix));
            of_others.saturating_sub(count(&|resource| resource.kind.is_owner()))
        } else {
            count(&is_snapshot)
        };
        if snapshots < self.belief.home().quota {
            return Ok(());
        }
        self.crowded = true;
        self.belief.reach_quota();
        self.note(Happened::QuotaNear)
    }

    /// Tells whether the last call was refused because the quota of what the base was taken of is spent, and remembers it:
    /// nothing can be shown with that base any more.
    pub(in super::super) fn meets_quota(&mut self) -> bool {
        let met = self.trace.last().is_some_and(|(event, judgement)| judgement.refused && is_quota(&event.outcome));
        let spent = met && (!self.setting.over_quota || self.crowded);
        self.quota |= spent;
        spent
    }
}
