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
/// … where it was not long enough.
const LONGER: Duration = Duration::from_millis(600);
/// How many snapshots of one group may be asked for, where a case goes over that.
pub(super) const QUOTA: usize = 20;
/// How many cases run side by side; they mostly wait.
const SIDE_BY_SIDE: usize = 16;

/// Every case played alone, in an account of its own of one conforming server.
pub(super) struct Alone {
    server: [Running; 3],
    over_quota: Job,
    slow: Job,
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

    /// Plays the case once more, where things take longer.
    pub(super) fn again(&self, stage: &Stage, case: &Case) -> Result<Ran, Failed> {
        // The server lives as long as whoever asks.
        let _ = &self.server;
        let number = 500 + Cases::builtin()?.iter().position(|known| known.path == case.path).unwrap_or_default();
        let job = if is_over(case) { &self.over_quota } else { &self.slow };
        stage.play(job.clone().in_account(number).with([case.clone()]))
    }

    fn play(stage: &Stage, only: Option<&Case>) -> Result<Self, Failed> {
        let (server, job) = Job::reference(Options { settle: SETTLE, ..Options::default() })?;
        let options = Options { settle: SETTLE, quota: Some(QUOTA), ..Options::default() };
        let (second, over_quota) = Job::reference(options)?;
        let (third, slow) = Job::reference(Options { settle: LONGER, ..Options::default() })?;
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
        Ok(Self { server: [server, second, third], over_quota, slow, ran })
    }
}

fn is_over(case: &Case) -> bool {
    case.needs.contains(&Need::Quota)
}
