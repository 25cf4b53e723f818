use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use libtest_mimic::Failed;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use super::source::chain;
use super::{AgainstError, Place};
use crate::case::{Case, Cases};
use crate::record::{Log, Record, Waiver};
use crate::refserver::{Options, RefServer, Running};
use crate::report::{Finding, ReportOptions, Summary};
use crate::runner::{self, Budget, Explore, Plan, Silent};
use crate::service::text;
use crate::sign::Credentials;
use crate::spec::ClauseId;
use crate::target::{Capability, Target};

/// How long a run may take before its trial fails.
const LONGEST_RUN: Duration = Duration::from_secs(600);
/// The secret of every access key, here and on emulators.
pub(super) const SECRET: &str = "test";

/// What trials share: one runtime, and a folder for each run.
pub(super) struct Stage {
    pub(super) place: Place,
    /// Whether the process is for one trial, as cargo-nextest starts them.
    pub(super) one: bool,
    runtime: Runtime,
    number: AtomicUsize,
}

impl Stage {
    pub(super) fn new(place: Place, one: bool) -> Result<Self, AgainstError> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(AgainstError::Runtime)?;
        Ok(Self { place, one, runtime, number: AtomicUsize::new(0) })
    }

    /// Plays the job to its end.
    pub(super) fn play(&self, job: Job) -> Result<Ran, Failed> {
        Ok(self.runtime.block_on(job.play(self.folder()))?)
    }

    /// Returns what comes of the future.
    pub(super) fn wait<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// Returns a folder that nobody else has.
    pub(super) fn folder(&self) -> PathBuf {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        self.place.scratch.join(format!("{}-{number}", std::process::id()))
    }
}

/// A run to be made.
#[derive(Clone)]
pub(super) struct Job {
    pub(super) target: Target,
    pub(super) url: String,
    pub(super) access_key: String,
    pub(super) cases: Vec<Case>,
    pub(super) defect: Option<String>,
    /// Tells its names from those of runs in the same second: those of buckets are the same for all accounts.
    pub(super) seed: u64,
    pub(super) explore: Explore,
    pub(super) waivers: Vec<Waiver>,
    pub(super) apart: bool,
    /// The cases, where they are not all, for the log.
    pub(super) selection: Vec<String>,
}

impl Job {
    /// All cases on that target.
    pub(super) fn new(target: Target, url: &str) -> Result<Self, Failed> {
        let cases = Cases::builtin()?.iter().cloned().collect();
        Ok(Self {
            target,
            url: url.to_owned(),
            access_key: "test".to_owned(),
            cases,
            defect: None,
            seed: 0,
            explore: Explore::default(),
            waivers: Vec::new(),
            apart: false,
            selection: Vec::new(),
        })
    }

    /// Starts the reference endpoint, and returns it with a run of all cases on it.
    pub(super) fn reference(options: Options) -> Result<(Running, Self), Failed> {
        let mut target = Target::builtin("reference").map_err(|error| chain(&error))?;
        // Signatures are checked, so that what is said of them can be judged.
        target.capabilities.insert(Capability::ChecksSignatures);
        if options.quota.is_some() {
            target.capabilities.insert(Capability::Quota);
        }
        let options = Options { require_sigv4: true, kms_key: target.kms_key.as_deref().map(text), ..options };
        let defect = options.defect.map(|defect| defect.name().to_owned());
        let running = RefServer::start(options).map_err(|error| chain(&error))?;
        let job = Self::new(target, &running.url)?;
        Ok((running, Self { defect, ..job }))
    }

    /// The same in an account of its own, the `number`th.
    pub(super) fn in_account(mut self, number: usize) -> Self {
        let account = format!("{:012}", 100_000_000_000 + number);
        self.target.account = Some(account.clone());
        self.access_key = account;
        self.seed = u64::try_from(number).unwrap_or_default();
        self
    }

    /// The same with these cases alone.
    pub(super) fn with(mut self, cases: impl IntoIterator<Item = Case>) -> Self {
        self.cases = cases.into_iter().collect();
        self
    }

    /// Plays it to its end, or for as long as a run may take; the folder is gone afterwards.
    pub(super) async fn play(self, folder: PathBuf) -> Result<Ran, String> {
        let failed = |error: std::io::Error| format!("`{}`: {error}", folder.display());
        std::fs::create_dir_all(&folder).map_err(failed)?;
        let (cancel, cancelled) = watch::channel(false);
        let plan = Plan {
            target: self.target,
            url: self.url,
            credentials: Credentials::new(self.access_key, SECRET),
            cases: self.cases,
            clauses: ClauseId::all().collect(),
            selection: (self.selection, Vec::new()),
            shard: None,
            waivers: self.waivers,
            recorded: None,
            apart: self.apart,
            seed: self.seed,
            strict: false,
            out: folder.clone(),
            ledger: folder.join("ledger.jsonl"),
            resumed: None,
            source_snapshot: None,
            defect: self.defect,
            start_up: None,
            time_limit: None,
            budget: Budget::default(),
            explore: self.explore,
            words: Vec::new(),
        };
        let run = tokio::time::timeout(LONGEST_RUN, runner::run(plan, cancelled, Arc::new(Silent))).await;
        drop(cancel);
        let ran = match run {
            Err(_) => Err(format!("the run did not end within {} s", LONGEST_RUN.as_secs())),
            Ok(Err(error)) => Err(chain(&error)),
            Ok(Ok(())) => Ran::read(&folder.join("log.jsonl")),
        };
        // What stays there is in nobody's way.
        let _ = std::fs::remove_dir_all(&folder);
        ran
    }
}

/// A run that was made.
pub(super) struct Ran {
    pub(super) records: Vec<Record>,
    pub(super) summary: Summary,
}

impl Ran {
    fn read(log: &Path) -> Result<Self, String> {
        let records = Log::read(log).map_err(|error| chain(&error))?;
        let summary = Summary::of(&records, ReportOptions::default());
        Ok(Self { records, summary })
    }

    /// Returns what a conforming endpoint must not meet with: findings, things left behind, and a run without its end.
    pub(super) fn accusations(&self) -> Vec<String> {
        let mut wrong: Vec<String> = self.summary.findings.iter().map(shown).collect();
        if self.summary.leaked > 0 {
            wrong.push(format!("{} left behind", self.summary.leaked));
        }
        wrong.extend(self.trouble());
        wrong
    }

    /// Returns why the run did not come to its end.
    pub(super) fn trouble(&self) -> Option<String> {
        let failure = self.records.iter().find_map(|record| match record {
            Record::Footer(footer) if !footer.failure.is_empty() => Some(footer.failure.clone()),
            _ => None,
        });
        failure.map(|failure| format!("the harness failed: {failure}")).or_else(|| self.summary.incomplete.clone())
    }
}

/// Returns a finding as a failed trial shows it.
pub(super) fn shown(finding: &Finding) -> String {
    let mut text = format!(
        "{} ({}): {}\n  expected: {}\n  observed: {}\n  case: {}, shown by {} cases",
        finding.clause,
        finding.verdict.word(),
        finding.says,
        finding.expected,
        finding.observed,
        finding.case,
        finding.count
    );
    for step in &finding.steps {
        text.push_str("\n    ");
        text.push_str(step);
    }
    text
}
