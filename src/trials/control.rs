use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

use super::source::chain;
use super::stage::{Job, Stage, shown};
use super::{none, trial};
use crate::refserver::{Control, Options, RefServer};
use crate::report::ExitCode;
use crate::target::{Capability, Target};

/// How long a control may take to answer; one that takes longer never does.
const REQUEST_LIMIT: Duration = Duration::from_millis(300);
/// How long anything may take to settle; nothing does.
const SETTLE_LIMIT: Duration = Duration::from_secs(1);
/// The most that a worthless target may score.
const MOST: f64 = 0.02;

/// Returns a trial a control.
pub(super) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let make = |control: Control| {
        let stage = Arc::clone(stage);
        trial("control", "control", &format!("{control} scores nothing"), move || worthless(&stage, control))
    };
    Control::all().into_iter().map(make).collect()
}

fn worthless(stage: &Stage, control: Control) -> Result<(), Failed> {
    let server = RefServer::start(Options { control: Some(control), ..Options::default() }).map_err(|e| chain(&e))?;
    let target = Target {
        request_limit: REQUEST_LIMIT,
        settle_limit: SETTLE_LIMIT,
        // Whatever could make it pass something is declared.
        capabilities: Capability::ALL.iter().copied().collect(),
        ..Target::builtin("reference").map_err(|error| chain(&error))?
    };
    let ran = stage.play(Job::new(target, &server.url)?)?;
    let summary = &ran.summary;
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
