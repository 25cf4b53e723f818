//! What each defect does, by the stage of an answer at which it does it: one arm, or one row, a rule.

mod bytes;
mod door;
mod effect;
mod export;
mod hear;
mod late;
mod reply;
mod tagging;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

pub(super) use effect::Scene;
use late::Late;

use super::Defect;
use crate::model::{Freedom, Phase, State, TagMap};
use crate::service::{Tag, TagList, Text};

/// A defect, and what it has to remember. Without a defect every stage leaves all as it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Broken {
    defect: Option<Defect>,
    copied_from: BTreeMap<Text, Text>,
    late: Vec<Late>,
    tags_of_the_deleted: BTreeMap<Text, Arc<TagMap>>,
    born_with: BTreeMap<Text, TagList>,
    refused_once: BTreeSet<Text>,
    exported_from: BTreeMap<Text, Vec<(Text, Text)>>,
}

impl Broken {
    pub(super) fn new(defect: Option<Defect>) -> Self {
        Self { defect, ..Self::default() }
    }

    /// Tells whether this rule is broken.
    pub(super) fn is(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    /// Tells whether any rule is broken.
    pub(super) const fn is_any(&self) -> bool {
        self.defect.is_some()
    }

    /// Returns in which region and account a request is answered.
    pub(super) fn home(&self, (region, account): &(Text, Text)) -> (Text, Text) {
        match self.defect {
            Some(Defect::AccountsShared) => (region.clone(), crate::service::text("100000000001")),
            Some(Defect::RegionsShared) => (crate::service::text("us-east-1"), account.clone()),
            _ => (region.clone(), account.clone()),
        }
    }

    /// Breaks what time alone does; called before it does it.
    pub(super) fn time(&mut self, world: &mut State, now: Duration) {
        self.catch_up(world, now);
        if self.is(Defect::DeleteUndone) {
            let back = |phase, until: Option<Duration>| phase == Phase::Deleting && until.is_some_and(|at| at <= now);
            for (_, living) in world.snapshots_mut().filter(|(_, living)| back(living.phase, living.until)) {
                living.phase = Phase::Available;
                living.until = None;
            }
        }
    }

    /// Breaks what is done where several things may be done.
    pub(super) fn freedom(&self, freedom: &mut Freedom) {
        if self.is(Defect::CopyOfBusyCode) {
            freedom.source_copying = true;
        }
    }
}

fn listed(tags: &TagMap) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}

#[cfg(test)]
mod tests;
