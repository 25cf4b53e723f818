use std::path::{Path, PathBuf};
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};

use super::Place;
use super::case::of;
use super::drift;
use super::seen::{contradictions, worst};
use super::source::chain;
use super::stage::{Job, Ran, Stage, shown};
use crate::case::{Case, CaseError, Cases};
use crate::launch::{self, Cache, LaunchError};
use crate::oracle::Verdict;
use crate::record::{CaseSeen, CaseState, Recorded, Waiver, is_recorded, snapshots};
use crate::refserver::Options;
use crate::report::said_of;
use crate::spec::{Catalogue, SpecError};
use crate::target::{Misread, Target, TargetError};

/// The claim of every such trial.
const CLAIM: &str = "is kept";
/// … and of those about what was recorded.
const RECORDED: &str = "is answered as recorded";

/// Why there can be no trials.
#[derive(Debug, thiserror::Error)]
pub enum AgainstError {
    /// The target is none.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The built-in cases cannot be read.
    #[error(transparent)]
    Case(#[from] &'static CaseError),
    /// The clauses cannot be read.
    #[error(transparent)]
    Spec(#[from] &'static SpecError),
    /// The file of waivers is none.
    #[error(transparent)]
    Waiver(#[from] Misread),
    /// What is known of the target cannot be read.
    #[error("failed to read what is known in `{}`", folder.display())]
    Known {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
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

/// What is known of a target: its waivers, and what was recorded of it.
#[derive(Default)]
struct Known {
    folder: PathBuf,
    waivers: Vec<Waiver>,
    /// Whether cases are held against snapshot files: where there are any, or are to be.
    recorded: bool,
}

impl Known {
    fn read(folder: &Path) -> Result<Self, AgainstError> {
        let failed = |source| AgainstError::Known { folder: folder.to_owned(), source };
        let file = folder.join("waivers.toml");
        let waivers = match file.exists() {
            true => {
                let text = std::fs::read_to_string(&file).map_err(failed)?;
                Waiver::parse(&text, &file.display().to_string(), Catalogue::embedded()?)?
            }
            false => Vec::new(),
        };
        let update = std::env::var("INSTA_UPDATE").is_ok_and(|update| !["no", "auto", ""].contains(&&*update));
        let recorded = update || !Recorded::read(folder).map_err(failed)?.is_empty();
        Ok(Self { folder: folder.to_owned(), waivers, recorded })
    }
}

/// Plays the cases that the arguments select on the target, and returns a trial a case that says how it went.
///
/// With a `url` the target listens there; without one it is started, and ended before the trials are returned. Where
/// the arguments ask for a list alone, nothing is contacted. In the folder `snapshots` lie the waivers.toml of the
/// target, by which a known failure fails no trial, and the snapshot files that the cases are held against.
///
/// # Errors
/// Where the target cannot be started, the run not be made, or the folder not be read.
pub fn against(
    target: &Target,
    url: Option<&str>,
    folder: &Path,
    arguments: &Arguments,
) -> Result<Vec<Trial>, AgainstError> {
    let known = Known::read(folder)?;
    let names = |case: &Case| {
        let mut names = vec![of(case, "case", CLAIM, || Ok(()))];
        names.extend((known.recorded && is_recorded(case)).then(|| of(case, "drift", RECORDED, || Ok(()))));
        names
    };
    let builtin = Cases::builtin()?;
    let wanted = |case: &&Case| names(case).iter().any(|trial| !arguments.is_filtered_out(trial));
    let cases = builtin.iter().filter(wanted);
    if arguments.list {
        return Ok(cases.flat_map(names).collect());
    }
    let cases: Vec<Case> = cases.cloned().collect();
    let scratch: PathBuf = std::env::temp_dir().join("copysnap-trials");
    let stage = Stage::new(Place { root: PathBuf::new(), binary: PathBuf::new(), scratch, full: false }, false)?;
    let whole = cases.len() == builtin.iter().len();
    let ran = Arc::new(play(&stage, target, url, &cases, &known, whole)?);
    let mut trials: Vec<Trial> = cases.iter().map(|case| trial_of(case, &ran)).collect();
    if known.recorded {
        let mut now = snapshots(&ran.records);
        for case in cases.into_iter().filter(is_recorded) {
            let (text, folder) = (now.remove(&case.path), known.folder.clone());
            trials.push(of(&case.clone(), "drift", RECORDED, move || as_recorded(&folder, &case, text)));
        }
    }
    let ends = Arc::clone(&ran);
    trials.push(super::trial("case", "run", "comes to its end and leaves nothing behind", move || {
        let mut wrong: Vec<String> = ends.trouble().into_iter().collect();
        wrong.extend((ends.summary.leaked > 0).then(|| format!("{} left behind", ends.summary.leaked)));
        // What the probe found concerns no case.
        let open = ends.summary.findings.iter().filter(|finding| finding.case.is_empty() && finding.waived.is_none());
        let passes = |verdict| match verdict {
            // Waivers have a trial of their own.
            Verdict::StaleWaiver => true,
            Verdict::Warn => !ends.summary.is_failure(Verdict::Warn),
            _ => false,
        };
        wrong.extend(open.filter(|finding| !passes(finding.verdict)).map(shown));
        super::none(&wrong)
    }));
    trials.push(super::trial("case", "waivers", "are needed and in order", move || {
        let stale = ran.summary.waivers.iter().filter_map(|settled| Some((&settled.waiver, settled.stale.as_ref()?)));
        let wrong: Vec<String> =
            stale.map(|(waiver, why)| format!("{}: {}: {why}", waiver.place(), waiver.clause)).collect();
        super::none(&wrong)
    }));
    Ok(trials)
}

fn play(
    stage: &Stage,
    target: &Target,
    url: Option<&str>,
    cases: &[Case],
    known: &Known,
    whole: bool,
) -> Result<Ran, AgainstError> {
    let failed = |why: Failed| AgainstError::Run(why.message().unwrap_or_default().to_owned());
    let with = |job: Job| Job {
        cases: cases.to_vec(),
        waivers: known.waivers.clone(),
        apart: known.recorded,
        selection: if whole { Vec::new() } else { cases.iter().map(|case| case.path.clone()).collect() },
        ..job
    };
    let url = url.map(str::to_owned).or_else(|| target.endpoint_url());
    if target.name == "reference" && url.is_none() {
        let (_server, job) = Job::reference(Options::default()).map_err(failed)?;
        return stage.play(with(job)).map_err(failed);
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
    let ran = stage.play(with(job)).map_err(failed)?;
    if let Some(running) = running {
        stage.wait(running.stop()).map_err(|error| AgainstError::Run(chain(&error)))?;
    }
    Ok(ran)
}

/// Holds what the case did against its snapshot file; one that does not run has none.
fn as_recorded(folder: &Path, case: &Case, text: Option<String>) -> Result<(), Failed> {
    let file = folder.join(format!("{}.snap", case.path));
    match text {
        Some(text) => drift::held(folder, &case.path, &case.purpose, &text),
        None if !file.exists() => Ok(()),
        None => Err(Failed::from(format!("`{}`: the case does not run any more; remove the file", file.display()))),
    }
}

fn trial_of(case: &Case, ran: &Arc<Ran>) -> Trial {
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
            CaseState::Runs | CaseState::Drawn | CaseState::Tried => {
                let said = said_of(&ran.records, &case.path);
                match worst(&said) {
                    None if said.iter().any(|said| said.verdict == Verdict::KnownFail) => ("known fail", Vec::new()),
                    None => ("case", Vec::new()),
                    Some(Verdict::Warn) if !ran.summary.is_failure(Verdict::Warn) => ("warned", Vec::new()),
                    Some(_) => ("case", contradictions(seen, &said)),
                }
            }
        },
    };
    of(case, kind, CLAIM, move || super::none(&wrong))
}
