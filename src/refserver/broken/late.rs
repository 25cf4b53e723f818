use std::sync::Arc;
use std::time::Duration;

use super::{Broken, Scene};
use crate::model::{Living, Phase, State};
use crate::refserver::Defect;
use crate::service::{Text, canonical, text};

/// How long after the end of a call a defect does more.
const LATE: Duration = Duration::from_secs(2);

/// What a defect does to the name of a snapshot, seconds after the call that brought it about.
#[derive(Clone, Debug)]
pub(super) struct Late {
    at: Duration,
    name: Text,
    arn: Text,
    /// What had the name before the call.
    was: Option<Living>,
}

impl Broken {
    /// Puts off what is done to a name.
    pub(super) fn put_off(&mut self, scene: &Scene<'_>, world: &State, name: &str) {
        let (at, was) = (scene.now + scene.freedom.takes + LATE, scene.before.snapshot(name).cloned());
        self.late.push(Late { at, name: text(canonical(name)), arn: world.arn(name), was });
    }

    /// Does what was put off until now.
    pub(super) fn catch_up(&mut self, world: &mut State, now: Duration) {
        let Some(defect) = self.defect else { return };
        let is_due = |late: &mut Late| late.at <= now && world.arn(&late.name) == late.arn;
        let due: Vec<Late> = self.late.extract_if(.., is_due).collect();
        for Late { name, was, .. } in due {
            match (defect, world.snapshot_mut(&name), was) {
                (Defect::DeletedComesBack | Defect::CopyTagsRefusalMakesLate, None, Some(was)) => world.put(&name, was),
                (Defect::CopyExpires | Defect::DeleteTakesNamesake, Some(_), _) => drop(world.take(&name)),
                (Defect::CopyBeginsAgain, Some(living), _) => {
                    (living.phase, living.until) = (Phase::Creating, Some(now + LATE));
                }
                (Defect::CopyTagsExpire, Some(living), _) => living.set_tags(Arc::default()),
                _ => {}
            }
        }
    }
}
