use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

use super::stage::{Job, Stage};
use super::{none, trial};
use crate::refserver::{Defect, Options};
use crate::report::ExitCode;
use crate::runner::Explore;

/// How many sequences are tried: few, so that it takes seconds.
const SEQUENCES: usize = 24;

/// How many sequences spoil more bases than a lane may make for cases.
const MANY: usize = 150;

/// Returns the trials of generated sequences on the reference endpoint: whole, and with a rule broken.
pub(super) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let mut trials = Vec::new();
    for choice in [None, Some(3)] {
        let stage = Arc::clone(stage);
        let how = choice.map_or("as it is".to_owned(), |choice| format!("choosing by {choice}"));
        let claim = format!("the reference {how} is not accused by sequences");
        trials.push(trial("explore", "explore", &claim, move || {
            let (_server, job) = Job::reference(Options { choice, ..Options::default() })?;
            let ran = stage.play(Job { explore: explore(), ..job.with([]) })?;
            let met = ran.summary.exploration.as_ref().map_or(0, |record| record.met.len());
            if met < 60 {
                return Err(Failed::from(format!("only {met} clauses were met")));
            }
            none(&ran.accusations())
        }));
    }
    let [finds, goes_on] = [(); 2].map(|()| Arc::clone(stage));
    trials.push(trial("explore", "explore", "what sequences find gets short", move || found(&finds)));
    let claim = "one lane plays all sequences, however many spoil what they are played on";
    trials.push(trial("explore", "explore", claim, move || many(&goes_on)));
    trials
}

fn explore() -> Explore {
    Explore { sequences: SEQUENCES, shrink_limit: 100, keep: None }
}

fn many(stage: &Stage) -> Result<(), Failed> {
    let (_server, mut job) = Job::reference(Options { settle: Duration::ZERO, ..Options::default() })?;
    job.target.lanes = 1;
    let ran = stage.play(Job { explore: Explore { sequences: MANY, ..explore() }, ..job.with([]) })?;
    let played = ran.summary.exploration.as_ref().map_or(0, |record| record.sequences);
    if played < MANY {
        return Err(Failed::from(format!("only {played} of {MANY} sequences were played")));
    }
    none(&ran.accusations())
}

fn found(stage: &Stage) -> Result<(), Failed> {
    let defect = Some(Defect::CopyOfCopyRefused);
    let (_server, job) = Job::reference(Options { defect, ..Options::default() })?;
    let ran = stage.play(Job { explore: explore(), seed: 1, ..job.with([]) })?;
    let finding = ran.summary.findings.iter().find(|finding| finding.clause == "copy.succeeds");
    let shortest = ran.summary.exploration.iter().flat_map(|record| &record.found).map(|found| found.length).min();
    match (finding, shortest) {
        (Some(_), Some(..=3)) if ran.summary.exit_code == ExitCode::Fails => Ok(()),
        _ => Err(Failed::from(format!("{}; shortest: {shortest:?} steps", ran.summary.reason))),
    }
}
