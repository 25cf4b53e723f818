use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::budget::Budget;
use super::plan::{Explore, Plan, RunError, Silent};
use super::share;
use crate::case::Cases;
use crate::record::{Log, Record};
use crate::refserver::{Control, Options, RefServer};
use crate::sign::Credentials;
use crate::spec::ClauseId;
use crate::target::{Capability, Target};

/// How long an answer is waited for that never comes.
const SILENCE: Duration = Duration::from_millis(300);

/// How long anything may take to settle on a control; nothing does.
const SETTLE_LIMIT: Duration = Duration::from_secs(1);

/// A control's log.
#[derive(Clone, Debug)]
pub struct ControlRun {
    /// The control's name.
    pub name: String,
    /// The records of the run.
    pub records: Vec<Record>,
}

/// Plays every case against every control, and returns the logs, which lie below `folder` too; fewer of them where the
/// run is cancelled.
///
/// # Errors
/// Where a control cannot be started, or a run could not begin.
pub async fn play_controls(folder: &Path, cancelled: &watch::Receiver<bool>) -> Result<Vec<ControlRun>, RunError> {
    let mut runs = Vec::new();
    for control in Control::all() {
        if *cancelled.borrow() {
            break;
        }
        runs.push(play_control(&control, folder, cancelled.clone()).await?);
    }
    Ok(runs)
}

/// Plays every case against one control; its log lies below `folder` too.
///
/// # Errors
/// Where it cannot be started, or the run could not begin.
pub async fn play_control(
    control: &Control,
    folder: &Path,
    cancelled: watch::Receiver<bool>,
) -> Result<ControlRun, RunError> {
    let name = control.name();
    let out = folder.join(&name);
    std::fs::create_dir_all(&out).map_err(|source| RunError::Folder { path: out.clone(), source })?;
    let failed = |source| RunError::Control { name: name.clone(), source };
    let server = RefServer::start(Options { control: Some(control.clone()), ..Options::default() }).map_err(failed)?;
    let records = play(control, &out, &server.url, cancelled).await?;
    server.stop();
    Ok(ControlRun { name, records })
}

async fn play(
    control: &Control,
    out: &Path,
    url: &str,
    cancelled: watch::Receiver<bool>,
) -> Result<Vec<Record>, RunError> {
    let target = Target::builtin("reference").map_err(|error| RunError::Spec(error.to_string()))?;
    let target = Target {
        name: control.name(),
        // Those that answer are given the time that a busy machine takes: what was asked of them may not stay open.
        request_limit: if *control == Control::Hang { SILENCE } else { target.request_limit },
        settle_limit: SETTLE_LIMIT,
        // Whatever could make it pass something is declared.
        capabilities: Capability::ALL.iter().copied().collect(),
        ..target
    };
    let cases = Cases::builtin().map_err(|error| RunError::Spec(error.to_string()))?;
    let plan = Plan {
        target,
        url: url.to_owned(),
        credentials: Credentials::new("test", "test"),
        cases: cases.iter().cloned().collect(),
        clauses: ClauseId::all().collect(),
        selection: (Vec::new(), Vec::new()),
        shard: None,
        waivers: Vec::new(),
        recorded: None,
        apart: false,
        seed: 0,
        strict: false,
        out: out.to_owned(),
        ledger: out.join("ledger.jsonl"),
        resumed: None,
        source_snapshot: None,
        defect: None,
        start_up: None,
        time_limit: None,
        budget: Budget::default(),
        explore: Explore::default(),
        words: Vec::new(),
    };
    share::run(plan, cancelled, Arc::new(Silent)).await?;
    Ok(Log::read(&out.join("log.jsonl"))?)
}
