use std::hash::{BuildHasher as _, RandomState};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::sync::watch;

use super::args::TargetArgs;
use super::ledger;
use super::message::{self, Failure, problem};
use super::progress::Bar;
use super::reach::Choice;
use super::select::Selection;
use crate::record::{Log, Record, Recorded, Shard, Waiver};
use crate::report::ControlScores;
use crate::runner::{self, Budget, Explore, Plan, Progress, Resumed, Sweep, Swept};
use crate::service::text;
use crate::sign::Credentials;
use crate::target::Target;

/// A run that is about to be: where it goes to, who watches, and who may end it.
pub(super) struct Session {
    runtime: Runtime,
    out: PathBuf,
    bar: Arc<Bar>,
    cancelled: watch::Receiver<bool>,
    /// Where what is made is listed, once something is.
    ledger: Arc<OnceLock<PathBuf>>,
}

/// What a run is of, beside its target.
pub(super) struct Job {
    pub(super) selection: Selection,
    /// The globs and ids that selected it, for the log.
    pub(super) words: (Vec<String>, Vec<String>),
    /// The part of the selected cases that it is, for the log.
    pub(super) shard: Option<Shard>,
    /// What is known of the target and accepted.
    pub(super) waivers: Vec<Waiver>,
    /// What was recorded of the target, and it is held against.
    pub(super) recorded: Option<Recorded>,
    /// Whether it is to show the same every time.
    pub(super) apart: bool,
    pub(super) lanes: Option<u16>,
    pub(super) time_limit: Option<Duration>,
    /// What it may cost.
    pub(super) budget: Budget,
    pub(super) explore: Explore,
    /// Whether it goes on with what its log has.
    pub(super) resume: bool,
}

impl Session {
    /// Makes the folder, and listens to interrupts from here on.
    pub(super) fn open(out: &Path, shown: bool) -> Result<Self, Failure> {
        std::fs::create_dir_all(out).map_err(|error| problem::unwritable(out, &error))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|error| Failure::of(3, &error))?;
        let bar = Arc::new(Bar::new(shown));
        let (cancel, cancelled) = watch::channel(false);
        let ledger = Arc::new(OnceLock::new());
        runtime.spawn(listen(cancel, Arc::clone(&bar), Arc::clone(&ledger)));
        Ok(Self { runtime, out: out.to_owned(), bar, cancelled, ledger })
    }

    /// Measures the controls.
    pub(super) fn measure(&self) -> Result<ControlScores, Failure> {
        self.bar.stage(message::measuring());
        let folder = self.out.join("controls");
        let runs = self.runtime.block_on(runner::play_controls(&folder, &self.cancelled));
        let runs = runs.map_err(|error| problem::run(&error))?;
        if *self.cancelled.borrow() {
            return Err(problem::interrupted());
        }
        Ok(ControlScores::of(runs.iter().map(|run| (run.name.as_str(), run.records.as_slice()))))
    }

    /// Reaches the target, and sweeps after runs.
    pub(super) fn sweep(
        self,
        mut choice: Choice,
        arguments: &TargetArgs,
        make: impl FnOnce(Target, String, Credentials) -> Sweep,
    ) -> Result<Swept, Failure> {
        self.runtime.block_on(async {
            let reached = choice.reach(arguments, &self.out, self.bar.as_ref()).await?;
            let sweep = make(choice.target.clone(), reached.url.clone(), reached.credentials.clone());
            self.ledger.get_or_init(|| sweep.ledger.clone());
            runner::sweep(sweep, self.cancelled.clone()).await.map_err(|error| problem::run(&error))
        })
    }

    /// Reaches the target, runs the cases, ends the target, and returns what the log then says.
    pub(super) fn run(self, mut choice: Choice, arguments: &TargetArgs, job: Job) -> Result<Vec<Record>, Failure> {
        let log = self.out.join("log.jsonl");
        let resumed = if job.resume { Resumed::read(&log).map_err(|error| problem::run(&error))? } else { None };
        let seed = arguments.seed.or_else(|| resumed.as_ref()?.seed()).unwrap_or_else(random);
        let ended = self.runtime.block_on(async {
            let mut cancelled = self.cancelled.clone();
            let reached = tokio::select! {
                reached = choice.reach(arguments, &self.out, self.bar.as_ref()) => reached?,
                _ = cancelled.wait_for(|cancelled| *cancelled) => return Err(problem::interrupted()),
            };
            let mut target = choice.target.clone();
            if let Some(lanes) = job.lanes {
                target.lanes = usize::from(lanes);
            }
            self.bar.title(&message::judged(&target.name, target.version.as_deref(), &reached.url, seed));
            let plan = Plan {
                target,
                url: reached.url.clone(),
                credentials: reached.credentials.clone(),
                cases: job.selection.cases,
                clauses: job.selection.clauses,
                selection: job.words,
                shard: job.shard,
                waivers: job.waivers,
                apart: job.apart,
                recorded: job.recorded,
                seed,
                strict: arguments.strict,
                ledger: self.ledger.get_or_init(|| ledger::path(arguments, &choice.target, &self.out)).clone(),
                resumed,
                out: self.out.clone(),
                source_snapshot: arguments.source_snapshot.as_deref().map(text),
                defect: arguments.defect.clone(),
                start_up: reached.start_up,
                time_limit: job.time_limit,
                budget: job.budget,
                explore: job.explore,
                words: choice.words,
            };
            let ran = runner::run(plan, self.cancelled.clone(), Arc::clone(&self.bar) as _).await;
            let ended = reached.end().await;
            ran.map_err(|error| problem::run(&error))?;
            ended
        });
        self.bar.finish();
        ended?;
        Log::read(&log).map_err(|error| Failure::of(3, &error))
    }
}

/// Returns a seed from the system's randomness, which the standard library's hash tables are keyed with.
pub(super) fn random() -> u64 {
    RandomState::new().hash_one(0)
}

/// Who ends a process may ask it and its group for it, which is asked once.
const ASKED_ONCE: Duration = Duration::from_millis(200);

/// Cancels at the first interrupt, ends the process at the second.
async fn listen(cancel: watch::Sender<bool>, bar: Arc<Bar>, ledger: Arc<OnceLock<PathBuf>>) {
    interrupt().await;
    let asked = Instant::now();
    bar.aside(&message::interrupted());
    // An error says that nobody listens any more: the run is over.
    let _ = cancel.send(true);
    while asked.elapsed() < ASKED_ONCE {
        interrupt().await;
    }
    bar.aside(&message::interrupted_again(ledger.get().map(PathBuf::as_path)));
    std::process::exit(4);
}

/// Waits for Ctrl-C, or for the request to terminate that a workflow's runner sends.
async fn interrupt() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_differ() {
        assert_ne!(random(), random());
    }
}
