use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use libtest_mimic::Failed;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::stage::{Job, Ran, Stage};
use crate::case::{Case, Cases, Need};
use crate::refserver::{Options, Running};

/// How long things take: long enough that a busy machine still shows them on the way.
const SETTLE: Duration = Duration::from_millis(150);
/// … each time that it was not long enough.
pub(super) const LONGER: [Duration; 4] =
    [Duration::from_millis(600), Duration::from_millis(600), Duration::from_secs(3), Duration::from_secs(10)];
/// How many snapshots of one group may be asked for, where a case goes over that.
pub(super) const QUOTA: usize = 20;
/// How many cases run side by side; they mostly wait.
const SIDE_BY_SIDE: usize = 16;

/// Every case played alone, in an account of its own of one conforming server.
pub(super) struct Alone {
    ran: BTreeMap<String, Result<Ran, String>>,
}

impl Alone {
    /// Returns what came of it; the first who asks waits for all cases, or for that one where the process is for one trial.
    pub(super) fn of(stage: &Stage, case: &Case) -> Result<&'static Self, Failed> {
        static ALONE: OnceLock<Result<Alone, String>> = OnceLock::new();
        let only = stage.one.then_some(case);
        let alone =
            ALONE.get_or_init(|| Self::play(stage, only).map_err(|why| why.message().unwrap_or_default().to_owned()));
        alone.as_ref().map_err(Failed::from)
    }

    /// Returns what came of the case.
    pub(super) fn get(&self, case: &Case) -> Result<&Ran, Failed> {
        let ran = self.ran.get(&case.path).ok_or("the case did not run")?;
        ran.as_ref().map_err(Failed::from)
    }

    /// Plays the case once more, where things take so long.
    pub(super) fn again(stage: &Stage, case: &Case, settle: Duration) -> Result<Ran, Failed> {
        let (_server, job) = reference(settle, is_over(case))?;
        stage.play(job.with([case.clone()]))
    }

    fn play(stage: &Stage, only: Option<&Case>) -> Result<Self, Failed> {
        let (_server, job) = reference(SETTLE, false)?;
        let (_other_server, over_quota) = reference(SETTLE, true)?;
        let cases = Cases::builtin()?;
        let ran = stage.wait(async {
            let places = Arc::new(Semaphore::new(SIDE_BY_SIDE));
            let mut tasks = JoinSet::new();
            let wanted = |case: &Case| only.is_none_or(|only| only.path == case.path);
            for (number, case) in cases.iter().enumerate().filter(|(_, case)| wanted(case)) {
                let (places, folder) = (Arc::clone(&places), stage.folder());
                let job = if is_over(case) { &over_quota } else { &job };
                let job = job.clone().in_account(number).with([case.clone()]);
                tasks.spawn(async move {
                    let _place = places.acquire_owned().await;
                    (case.path.clone(), job.play(folder).await)
                });
            }
            let mut ran = BTreeMap::new();
            while let Some(ended) = tasks.join_next().await {
                if let Ok((path, result)) = ended {
                    ran.insert(path, result);
                }
            }
            ran
        });
        Ok(Self { ran })
    }
}

/// Starts a conforming server on which things take so long.
fn reference(settle: Duration, over_quota: bool) -> Result<(Running, Job), Failed> {
    Job::reference(Options { settle, quota: over_quota.then_some(QUOTA), ..Options::default() })
}

fn is_over(case: &Case) -> bool {
    case.needs.contains(&Need::Quota)
}
