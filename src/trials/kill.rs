use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

use super::alone::QUOTA;
use super::stage::{Job, Ran, Stage, shown};
use super::trial;
use crate::case::{Case, Cases, Need};
use crate::oracle::Verdict;
use crate::refserver::{Defect, Options};
use crate::report::ExitCode;
use crate::spec::{Catalogue, Severity};

/// How long things take: short, since a run waits for little else, and long enough that a busy machine shows it.
const SETTLE: Duration = Duration::from_millis(80);
/// How long something stuck is waited for.
const SETTLE_LIMIT: Duration = Duration::from_secs(2);
/// How many cases are tried first, the shortest ones.
const FEW: usize = 5;
/// How often the cases of a race are tried again.
const RACES: usize = 5;

/// Returns a trial a defect: the cases contradict its clause, as gravely as the clause is meant.
pub(super) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let make = |defect: &Defect| {
        let (defect, stage) = (*defect, Arc::clone(stage));
        let clause = defect.clause().name();
        let area = clause.split('.').next().unwrap_or_default();
        let claim = format!("{defect} is caught by {clause}");
        trial("kill", area, &claim, move || caught(&stage, defect))
    };
    Defect::ALL.iter().map(make).collect()
}

fn caught(stage: &Stage, defect: Defect) -> Result<(), Failed> {
    let all: Vec<Case> = Cases::builtin()?.iter().cloned().collect();
    let mut probing: Vec<Case> = all.iter().filter(|case| case.clauses.contains(&defect.clause())).cloned().collect();
    probing.sort_by_key(|case| case.steps.len());
    let few: Vec<Case> = probing.iter().take(FEW).cloned().collect();
    let mut why = String::new();
    let mut rounds = vec![probing.clone()];
    if few.len() < probing.len() {
        rounds.insert(0, few);
    }
    if defect.is_race() {
        // On a busy machine calls may miss each other.
        rounds.extend((0..RACES).map(|_| probing.clone()));
    }
    rounds.push(all);
    for cases in rounds {
        let ran = play(stage, defect, cases)?;
        match contradicted(defect, &ran) {
            Ok(()) => return Ok(()),
            Err(what) => why = what,
        }
    }
    Err(Failed::from(why))
}

fn play(stage: &Stage, defect: Defect, cases: Vec<Case>) -> Result<Ran, Failed> {
    // The quota is there for the cases that go over it, and for no other.
    let over = |case: &Case| case.needs.contains(&Need::Quota);
    let quota = cases.iter().all(over).then_some(QUOTA);
    let options = Options { defect: Some(defect), settle: SETTLE, quota, ..Options::default() };
    let (_server, mut job) = Job::reference(options)?;
    job.target.settle_limit = SETTLE_LIMIT;
    job.target.lanes = 4;
    stage.play(job.with(cases))
}

fn contradicted(defect: Defect, ran: &Ran) -> Result<(), String> {
    let clause = defect.clause();
    let result = ran.summary.by_clause.iter().find(|result| result.id == clause.name());
    let verdict = result.map_or(Verdict::NotRun, |result| result.verdict);
    let severity = Catalogue::embedded().ok().and_then(|catalogue| catalogue.clause(clause)).map(|c| c.severity());
    let exit = ran.summary.exit_code;
    let caught = match severity {
        Some(Severity::Fail) => {
            matches!(verdict, Verdict::Fail | Verdict::Misrouted | Verdict::Unsupported) && exit == ExitCode::Fails
        }
        _ => verdict == Verdict::Warn,
    };
    if caught {
        return Ok(());
    }
    let mut why = format!("{}\n{clause} is {}, and the exit code {}", defect.says(), verdict.word(), exit.code());
    for finding in &ran.summary.findings {
        why.push_str("\nfound instead: ");
        why.push_str(&shown(finding));
    }
    if let Some(trouble) = ran.trouble() {
        why.push('\n');
        why.push_str(&trouble);
    }
    Err(why)
}
