use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

use super::alone::Alone;
use super::stage::{Job, Stage};
use super::{model, none, trial};
use crate::case::{Case, Cases};
use crate::record::{CaseSeen, CaseState, Record};
use crate::refserver::Options;
use crate::report::ExitCode;

/// How many seeds choose among what the specification allows.
const CHOICES: u64 = 10;

/// Returns a trial a case, alone on the reference endpoint, and some of all cases together.
pub(super) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let mut trials: Vec<Trial> = Vec::new();
    for case in Cases::builtin().into_iter().flat_map(Cases::iter) {
        let stage = Arc::clone(stage);
        trials.push(of(case, "case", "is kept by the reference", move || alone(&stage, case)));
    }
    let mut together = |claim: String, options: Options, whole: bool| {
        let stage = Arc::clone(stage);
        trials.push(trial("case", "all", &claim, move || all(&stage, options, whole)));
    };
    let settling = |settle| Options { settle: Duration::from_millis(settle), ..Options::default() };
    together("keep every clause".to_owned(), settling(50), true);
    // An instant endpoint never shows what is on its way, so that some clauses do not apply.
    together("accuse nobody who settles at once".to_owned(), settling(0), false);
    together("accuse nobody who takes 300 ms".to_owned(), settling(300), false);
    for choice in 1..=CHOICES {
        // Seven times the seed, so that short and long waits meet every choice.
        let settle = (choice * 7 % 10) * 20;
        let options = Options { choice: Some(choice), ..settling(settle) };
        together(format!("accuse nobody who chooses by {choice} and takes up to {settle} ms"), options, false);
    }
    let stage = Arc::clone(stage);
    trials.push(trial("case", "all", "leave what the lane has to those that follow", move || follow(&stage)));
    trials
}

/// A case of whose own what it takes snapshots of goes, and one that takes them of what the lane has.
const IN_TURN: [&str; 2] = ["tags/kept-by-orphan", "create/plain"];

fn follow(stage: &Stage) -> Result<(), Failed> {
    let (_server, mut job) = Job::reference(Options::default())?;
    job.target.lanes = 1;
    job.cases.retain(|case| IN_TURN.contains(&case.path.as_str()));
    let ran = stage.play(job)?;
    let mut wrong = ran.accusations();
    wrong.extend(ran.records.iter().filter_map(|record| match record {
        Record::Step(step) if step.operation == "CreateSnapshot" && !step.outcome.starts_with("200") => {
            Some(format!("{}: {}", step.call, step.outcome))
        }
        _ => None,
    }));
    none(&wrong)
}

/// Returns a trial about a case.
pub(super) fn of(
    case: &Case,
    kind: &str,
    claim: &str,
    check: impl FnOnce() -> Result<(), Failed> + Send + 'static,
) -> Trial {
    let (area, name) = model::area_and_name(case);
    trial(kind, area, &format!("{name} {claim}"), check)
}

fn alone(stage: &Stage, case: &Case) -> Result<(), Failed> {
    let ran = Alone::of(stage, case)?.get(case)?;
    let seen = CaseSeen::all(&ran.records);
    let seen = seen.get(case.path.as_str()).ok_or("the log does not name the case")?;
    if let state @ (CaseState::NotApplicable { .. } | CaseState::NotRun { .. } | CaseState::Unsupported { .. }) =
        &seen.record.state
    {
        return Err(Failed::from(format!("it does not run: {state:?}")));
    }
    let mut wrong = ran.accusations();
    match seen.verdict {
        None => wrong.push("it was cut short".to_owned()),
        Some(verdict) if !verdict.lives => wrong.push("the reference did not show that it lives".to_owned()),
        Some(_) => {}
    }
    none(&wrong)
}

fn all(stage: &Stage, options: Options, whole: bool) -> Result<(), Failed> {
    let chooses = options.choice.is_some();
    let (_server, job) = Job::reference(options)?;
    let ran = stage.play(job)?;
    let mut wrong = ran.accusations();
    let summary = &ran.summary;
    // Who chooses may let the very copy fail by which it would show that it lives.
    if !chooses && summary.exit_code != ExitCode::Conforms {
        wrong.push(format!("exit code {}: {}", summary.exit_code.code(), summary.reason));
    }
    if whole && summary.score < 1.0 {
        wrong.push(format!("score {}", summary.score));
        let open = summary.by_clause.iter().filter(|result| !result.verdict.is_kept());
        wrong.extend(open.map(|result| format!("{}: {} {}", result.id, result.verdict.word(), result.why)));
    }
    none(&wrong)
}
