use std::path::PathBuf;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};

use super::Place;
use super::case::of;
use super::seen::CaseSeen;
use super::source::chain;
use super::stage::{Job, Ran, Stage, shown};
use crate::case::{Case, CaseError, Cases};
use crate::launch::{self, Cache, LaunchError};
use crate::record::CaseState;
use crate::refserver::Options;
use crate::target::{Target, TargetError};

/// The claim of every such trial.
const CLAIM: &str = "is kept";

/// Why there can be no trials.
#[derive(Debug, thiserror::Error)]
pub enum AgainstError {
    /// The target is none.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The built-in cases cannot be read.
    #[error(transparent)]
    Case(#[from] &'static CaseError),
    /// The target cannot be started.
    #[error("{error}{}", error.hint().map(|hint| format!("; {hint}")).unwrap_or_default())]
    Launch {
        /// Why.
        #[source]
        error: LaunchError,
    },
    /// There is no runtime to be had.
    #[error("failed to start a runtime")]
    Runtime(#[source] std::io::Error),
    /// The run could not be made.
    #[error("{0}")]
    Run(String),
}

/// Plays the cases that the arguments select on the target, and returns a trial a case that says how it went.
///
/// With a `url` the target listens there; without one it is started, and ended before the trials are returned. Where
/// the arguments ask for a list alone, nothing is contacted.
///
/// # Errors
/// Where the target cannot be started, or the run not be made.
pub fn against(target: &Target, url: Option<&str>, arguments: &Arguments) -> Result<Vec<Trial>, AgainstError> {
    let name = |case: &Case| of(case, "case", CLAIM, || Ok(()));
    let cases = Cases::builtin()?.iter().filter(|case| !arguments.is_filtered_out(&name(case)));
    if arguments.list {
        return Ok(cases.map(name).collect());
    }
    let cases: Vec<Case> = cases.cloned().collect();
    let scratch: PathBuf = std::env::temp_dir().join("copysnap-trials");
    let stage = Stage::new(Place { root: PathBuf::new(), binary: PathBuf::new(), scratch, full: false })?;
    let ran = Arc::new(play(&stage, target, url, &cases)?);
    let mut trials: Vec<Trial> = cases.into_iter().map(|case| trial_of(case, &ran)).collect();
    let ends = Arc::clone(&ran);
    trials.push(super::trial("case", "run", "comes to its end and leaves nothing behind", move || {
        let mut wrong: Vec<String> = ends.trouble().into_iter().collect();
        wrong.extend((ends.summary.leaked > 0).then(|| format!("{} left behind", ends.summary.leaked)));
        // What the probe found concerns no case.
        wrong.extend(ends.summary.findings.iter().filter(|finding| finding.case.is_empty()).map(shown));
        super::none(&wrong)
    }));
    Ok(trials)
}

fn play(stage: &Stage, target: &Target, url: Option<&str>, cases: &[Case]) -> Result<Ran, AgainstError> {
    let failed = |why: Failed| AgainstError::Run(why.message().unwrap_or_default().to_owned());
    let url = url.map(str::to_owned).or_else(|| target.endpoint_url());
    if target.name == "reference" && url.is_none() {
        let (_server, job) = Job::reference(Options::default()).map_err(failed)?;
        return stage.play(job.with(cases.iter().cloned())).map_err(failed);
    }
    let launched = |error| AgainstError::Launch { error };
    let running = match url {
        Some(_) => None,
        None => {
            let cache = Cache::of_user().map_err(launched)?;
            Some(stage.wait(launch::start(target, &cache, &stage.folder())).map_err(launched)?)
        }
    };
    let url = url.or_else(|| running.as_ref().map(|running| running.url().to_owned())).unwrap_or_default();
    let job = Job::new(target.clone(), &url).map_err(failed)?;
    let ran = stage.play(job.with(cases.iter().cloned())).map_err(failed)?;
    if let Some(running) = running {
        stage.wait(running.stop()).map_err(|error| AgainstError::Run(chain(&error)))?;
    }
    Ok(ran)
}

fn trial_of(case: Case, ran: &Arc<Ran>) -> Trial {
    let seen = CaseSeen::all(&ran.records);
    let (kind, wrong) = match seen.get(case.path.as_str()) {
        None => ("error", vec!["the run ended before the case began".to_owned()]),
        Some(seen) => match &seen.record.state {
            CaseState::Unsupported { .. } => ("unsupported", Vec::new()),
            CaseState::NotRun { .. } => ("not run", Vec::new()),
            CaseState::NotApplicable { .. } => ("not applicable", Vec::new()),
            CaseState::Error { reason } => ("error", vec![reason.clone()]),
            CaseState::Runs | CaseState::Drawn | CaseState::Tried if seen.verdict.is_none() => {
                ("error", vec!["the run ended before the case did".to_owned()])
            }
            CaseState::Runs | CaseState::Drawn | CaseState::Tried => match seen.worst() {
                None => ("case", Vec::new()),
                Some(worst) if !ran.summary.is_failure(worst) && worst == crate::oracle::Verdict::Warn => {
                    ("warned", Vec::new())
                }
                Some(_) => ("case", seen.contradictions()),
            },
        },
    };
    of(&case, kind, CLAIM, move || super::none(&wrong))
}
