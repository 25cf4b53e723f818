use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use libtest_mimic::{Failed, Trial};
use tokio::sync::watch;

use super::source::chain;
use super::stage::{Stage, shown};
use super::{none, trial};
use crate::refserver::Control;
use crate::report::{ControlScore, ControlScores, ExitCode, ReportOptions, Summary};
use crate::runner::play_control;

/// The most that a worthless target may score.
const MOST: f64 = 0.02;
/// Where the scores are kept that every report shows.
const FILE: &str = "snapshots/controls.json";

/// What was measured in this process, so that the file is not measured for anew.
type Measured = Arc<Mutex<BTreeMap<String, (ControlScore, String)>>>;

/// Returns a trial a control, and one on the scores that reports show.
pub(super) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let measured = Measured::default();
    let make = |control: Control| {
        let (stage, measured) = (Arc::clone(stage), Arc::clone(&measured));
        trial("control", "control", &format!("{control} scores nothing"), move || {
            worthless(&stage, &control, &measured)
        })
    };
    let mut trials: Vec<Trial> = Control::all().into_iter().map(make).collect();
    let stage = Arc::clone(stage);
    trials.push(trial("control", "control", "scores shown are as measured", move || as_measured(&stage, &measured)));
    trials
}

fn worthless(stage: &Stage, control: &Control, measured: &Measured) -> Result<(), Failed> {
    let summary = measure(stage, control, measured)?;
    let mut wrong = Vec::new();
    if summary.score > MOST {
        let kept = summary.by_clause.iter().filter(|result| result.verdict.is_kept());
        let kept: Vec<&str> = kept.map(|result| result.id.as_str()).collect();
        wrong.push(format!("it scores {}, at most {MOST}: it keeps {}", summary.score, kept.join(", ")));
    }
    if !matches!(summary.exit_code, ExitCode::Fails | ExitCode::Broken) {
        wrong.push(format!("the exit code is {}: {}", summary.exit_code.code(), summary.reason));
        wrong.extend(summary.findings.iter().map(shown));
    }
    none(&wrong)
}

fn measure(stage: &Stage, control: &Control, measured: &Measured) -> Result<Summary, Failed> {
    let folder = stage.folder();
    let (_cancel, cancelled) = watch::channel(false);
    let ran = stage.wait(play_control(control, &folder, cancelled)).map_err(|error| chain(&error));
    // What stays there is in nobody's way.
    let _ = std::fs::remove_dir_all(&folder);
    let summary = Summary::of(&ran?.records, ReportOptions::default());
    let score = ControlScore { name: control.name(), score: summary.score, exit_code: summary.exit_code.code() };
    let entry = (score, summary.catalogue.clone());
    measured.lock().unwrap_or_else(PoisonError::into_inner).insert(control.name(), entry);
    Ok(summary)
}

fn as_measured(stage: &Stage, measured: &Measured) -> Result<(), Failed> {
    let mut scores = ControlScores::default();
    for control in Control::all() {
        let known = || measured.lock().unwrap_or_else(PoisonError::into_inner).get(&control.name()).cloned();
        if known().is_none() {
            measure(stage, &control, measured)?;
        }
        let (score, catalogue) = known().ok_or("it was not measured")?;
        scores.catalogue = catalogue;
        scores.controls.push(score);
    }
    if ControlScores::embedded().is_some_and(|embedded| embedded == scores) {
        return Ok(());
    }
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        return Ok(std::fs::write(Path::new(&stage.place.root).join(FILE), scores.render())?);
    }
    Err(Failed::from(format!(
        "{FILE} is not as measured; `INSTA_UPDATE=always cargo test --test conformance control::` writes it\n{}",
        scores.render()
    )))
}
