use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{Explored, Explorer, Failure, Next, Said, Task};
use crate::case::{Case, Found, Need};
use crate::execute::{Place, Played, Stop};
use crate::generate::{Course, Fixed, Met, Signature, Steps, Tried, failures};
use crate::oracle::Verdict;
use crate::record::{CaseState, Record};
use crate::runner::lanes::{Worker, joined, verdict_record};
use crate::runner::own::Ground;
use crate::runner::share::Shared;
use crate::spec::id;

/// How long a lane waits for others before it asks again what there is to do.
const PAUSE: Duration = Duration::from_millis(3);
/// How often a sequence is played whose steps got no answer of the service.
const ATTEMPTS: usize = 3;

/// Plays sequences and candidates in all lanes until nothing is left, and writes down what came of them.
pub(in super::super) async fn explore(
    shared: &Arc<Shared>,
    explorer: &Arc<Explorer>,
    workers: Vec<Worker>,
    until: Option<Duration>,
) -> Vec<Worker> {
    if let Some(worker) = workers.first() {
        explorer.begin(worker.lane.counters.requests.load(Ordering::Relaxed));
    }
    let mut tasks = tokio::task::JoinSet::new();
    for mut worker in workers {
        let (shared, explorer) = (Arc::clone(shared), Arc::clone(explorer));
        tasks.spawn(async move {
            worker.grant_bases(explorer.most());
            worker.explore(&shared, &explorer, until).await;
            worker
        });
    }
    let workers = joined(shared, tasks).await;
    // What no time was left for is told as it is.
    explorer.stop();
    if let Some(Err(why)) = workers.first().map(|worker| worker.tell(shared, explorer)) {
        shared.fail(format!("exploration: {why}"));
    }
    workers
}

impl Worker {
    async fn explore(&mut self, shared: &Shared, explorer: &Explorer, until: Option<Duration>) {
        loop {
            let over = until.is_some_and(|until| self.lane.now() >= until);
            if over || self.lane.is_cancelled() || shared.lifeless.is_over() {
                explorer.close();
                return;
            }
            let done = match explorer.next() {
                Next::Nothing => {
                    if let Err(why) = self.tell(shared, explorer) {
                        shared.fail(format!("exploration: {why}"));
                    }
                    return;
                }
                Next::Wait => {
                    self.lane.pause(PAUSE).await;
                    Ok(true)
                }
                Next::Sequence(number, mut steps) => {
                    let done = self.sequence(shared, explorer, number, steps.as_mut()).await;
                    if done.is_err() {
                        explorer.explored(number, None);
                    }
                    done
                }
                Next::Candidate(task) => {
                    let done = self.candidate(shared, explorer, &task).await;
                    if done.is_err() {
                        explorer.tried(&task, Tried::Lost, None, None);
                    }
                    done
                }
            };
            let done = match done {
                Ok(goes_on) => self.tell(shared, explorer).map(|()| goes_on),
                Err(why) => Err(why),
            };
            match done {
                Ok(true) => {}
                // Its base is gone for good; the other lanes go on.
                Ok(false) => return,
                Err(why) => {
                    if !self.lane.is_cancelled() {
                        shared.fail(format!("exploration: {why}"));
                    }
                    explorer.close();
                    return;
                }
            }
        }
    }

    /// Plays one sequence; tells whether the lane can go on.
    async fn sequence(
        &mut self,
        shared: &Shared,
        explorer: &Explorer,
        place: usize,
        steps: &mut dyn Steps,
    ) -> Result<bool, String> {
        let path = explorer.file(place).display().to_string();
        shared.progress.begun(&title(explorer, place));
        let mut case = drawn(path, steps.needs());
        let ground = match self.enter(shared, &case).await? {
            Ok(ground) => ground,
            // Where what it needs can't be made, it is played on what there is.
            Err(_) => {
                case.needs.clear();
                Ground::Shared
            }
        };
        let ended = self.play_sequence(shared, explorer, place, case, steps, ground.is_own()).await;
        self.leave(shared, ground).await?;
        ended
    }

    async fn play_sequence(
        &mut self,
        shared: &Shared,
        explorer: &Explorer,
        place: usize,
        mut case: Case,
        steps: &mut dyn Steps,
        is_own: bool,
    ) -> Result<bool, String> {
        let number = shared.next_number();
        let (start, _) = self.beginning(&shared.prefix(number));
        self.begin_as(&case.path, &[], number, CaseState::Drawn)?;
        let mut played = self.play_steps(shared, number, (&case.path, &[]), steps).await;
        self.learn(&played);
        stopped(&played)?;
        shared.plain.note(&played.trace);
        shared.plain.excuse(&mut played.trace);
        let goes_on = self.keeps_base(shared, &played, is_own).await?;
        let silent = if goes_on { self.silent(shared, &played, &case.path).await? } else { Vec::new() };
        let verdicts = self.verdicts(shared, &played, &silent);
        shared.lifeless.note(verdicts.lives);
        let contradicted = verdicts.clauses.values().any(|(verdict, _)| *verdict >= Verdict::Warn);
        let said = verdict_record(&verdicts, number);
        let has_first = shared.count_copies(&played, &said);
        case.steps = played.steps.iter().map(|(step, _)| step.clone()).collect();
        // What a copy that failed says is known when the run ends.
        if contradicted || has_first {
            case.clauses = contradictions(&verdicts);
            case.clauses.extend(has_first.then_some(id::COPY_SETTLES));
            case.clauses.dedup();
            let text = case.render();
            write(Path::new(&case.path), &text)?;
            self.write_input(&case.path, text)?;
        }
        self.lane.write(&[Record::Verdict(said.clone())]).map_err(|stop| stop.to_string())?;
        let failures = self.failures(shared, &played, (number, &case.needs), &silent);
        let met = Met::of(start, &played.trace);
        explorer.explored(place, Some(Explored { steps: case.steps, met, failures, said }));
        shared.progress.ended(&title(explorer, place), contradicted);
        Ok(goes_on)
    }

    /// Mends the base where it is to be played on again: one of a ground of its own is removed. Tells whether the lane can go on.
    async fn keeps_base(&mut self, shared: &Shared, played: &Played, is_own: bool) -> Result<bool, String> {
        if is_own && played.silent().is_empty() {
            return Ok(true);
        }
        Ok(self.mend(shared, played).await? || is_own)
    }

    /// Plays a sequence again in which a step got no answer of the service, and returns the steps that never got one.
    async fn silent(&mut self, shared: &Shared, played: &Played, path: &str) -> Result<Vec<Place>, String> {
        // What the first time left of a quota is too little for another.
        let mut silent = if self.special.over_quota { Vec::new() } else { played.silent() };
        for _ in 1..ATTEMPTS {
            if silent.is_empty() {
                break;
            }
            let number = shared.next_number();
            self.begin_as(path, &[], number, CaseState::Tried)?;
            let steps = played.steps.iter().map(|(step, _)| step.clone()).collect();
            let again = self.play_steps(shared, number, (path, &silent), &mut Fixed::new(steps)).await;
            self.learn(&again);
            stopped(&again)?;
            let places = again.silent();
            silent.retain(|place| places.contains(place));
            if !self.mend(shared, &again).await? {
                break;
            }
        }
        Ok(silent)
    }

    fn failures(
        &self,
        shared: &Shared,
        played: &Played,
        (number, needs): (usize, &[Need]),
        silent: &[Place],
    ) -> Vec<Failure> {
        let mut names = self.own_names(&shared.prefix(number));
        if let Some(account) = &played.belief.home().account {
            names.account = account.clone();
        }
        let run = shared.run.to_string();
        let unanswered: Vec<usize> =
            played.unanswered.iter().filter(|(_, at)| silent.contains(at)).map(|(event, _)| *event).collect();
        let Played { trace, steps, over, calls, conflicts, .. } = played;
        let course = Course { trace, steps, over: *over, silent: &unanswered, calls, conflicts };
        failures(&course, &names, &run)
            .into_iter()
            .map(|(place, signature, sequence)| {
                let requests = played.sent.get(place).copied().unwrap_or_default();
                Failure { signature, sequence: sequence.on(needs.to_vec()), requests }
            })
            .collect()
    }

    /// Tries a candidate on what it needs; tells whether the lane can go on.
    async fn candidate(&mut self, shared: &Shared, explorer: &Explorer, task: &Task) -> Result<bool, String> {
        shared.progress.begun(&task.path);
        let case = drawn(task.path.clone(), task.sequence.needs().to_vec());
        let ended = match self.enter(shared, &case).await? {
            Ok(ground) => {
                let ended = self.play_candidate(shared, explorer, task, ground.is_own()).await;
                self.leave(shared, ground).await?;
                ended?
            }
            Err(_) => {
                explorer.tried(task, Tried::Lost, None, None);
                true
            }
        };
        shared.progress.ended(&task.path, false);
        Ok(ended)
    }

    async fn play_candidate(
        &mut self,
        shared: &Shared,
        explorer: &Explorer,
        task: &Task,
        is_own: bool,
    ) -> Result<bool, String> {
        let number = shared.next_number();
        self.begin_as(&task.path, &[task.signature.clause], number, CaseState::Tried)?;
        let steps = task.sequence.steps().to_vec();
        let mut played = self.play_steps(shared, number, (&task.path, &[]), &mut Fixed::new(steps)).await;
        self.learn(&played);
        stopped(&played)?;
        shared.plain.excuse(&mut played.trace);
        let silent: Vec<Place> = match task.signature.clause == id::FRONT_ANSWERS {
            true => played.silent(),
            false => Vec::new(),
        };
        let mut failures = self.failures(shared, &played, (number, task.sequence.needs()), &silent);
        let signatures: Vec<Signature> = failures.iter().map(|failure| failure.signature.clone()).collect();
        let said = signatures.contains(&task.signature).then(|| {
            let record = verdict_record(&self.verdicts(shared, &played, &silent), number);
            Said { record, failures: signatures.clone() }
        });
        let goes_on = self.keeps_base(shared, &played, is_own).await?;
        let same = signatures.iter().position(|signature| *signature == task.signature);
        let (tried, instead) = match same {
            Some(place) => (Tried::Fails(failures.swap_remove(place).sequence), None),
            None => (Tried::Passes, failures.into_iter().find(|failure| shared.underlies(&failure.signature, task))),
        };
        explorer.tried(task, tried, said, instead);
        Ok(goes_on)
    }

    /// Writes down the findings whose shortest sequence is known by now.
    fn tell(&self, shared: &Shared, explorer: &Explorer) -> Result<(), String> {
        for ended in explorer.ended() {
            let plan = &shared.plan;
            let mut case = ended.case;
            if let Some(found) = case.found.take() {
                case.found = Some(Found {
                    target: plan.target.name.clone(),
                    version: plan.target.version.clone().unwrap_or_default(),
                    seed: format!("{:#018x}, sequence {}", plan.seed, ended.sequence),
                    ..found
                });
            }
            let text = case.render();
            write(Path::new(&case.path), &text)?;
            if let (Some(folder), Some(name)) = (&plan.explore.keep, Path::new(&case.path).file_stem()) {
                let stem = format!("{}-{}", plan.target.name, name.to_string_lossy());
                write(&free(folder, &stem, &case)?, &text)?;
            }
            self.write_input(&case.path, text)?;
            if let Some(said) = ended.said {
                self.lane.write(&[Record::Verdict(said.record)]).map_err(|stop| stop.to_string())?;
            }
        }
        Ok(())
    }
}

impl Shared {
    /// Tells whether what a candidate was tried for may come down to that failure, which is no less grave.
    fn underlies(&self, signature: &Signature, task: &Task) -> bool {
        let severity = |clause| self.catalogue.clause(clause).map(|clause| clause.severity());
        signature.underlies(&task.signature) && severity(signature.clause) >= severity(task.signature.clause)
    }
}

/// Returns what a sequence is called while it is played.
fn title(explorer: &Explorer, place: usize) -> String {
    format!("sequence {}", explorer.number(place))
}

/// Returns the case that a generated sequence with these needs is, as yet without steps.
fn drawn(path: String, needs: Vec<Need>) -> Case {
    let purpose = "A generated sequence that showed something.".to_owned();
    Case { path, purpose, clauses: Vec::new(), needs, spoils: false, found: None, steps: Vec::new() }
}

/// Returns a file of the folder that there is not yet, or one with the same steps.
fn free(folder: &Path, stem: &str, case: &Case) -> Result<std::path::PathBuf, String> {
    for number in 1..1000_u32 {
        let name = if number == 1 { format!("{stem}.toml") } else { format!("{stem}-again-{number}.toml") };
        let file = folder.join(name);
        let Ok(text) = std::fs::read_to_string(&file) else { return Ok(file) };
        if Case::parse(&file.display().to_string(), &text).is_ok_and(|known| same_steps(&known, case)) {
            return Ok(file);
        }
    }
    Err(format!("`{}` holds too many findings of one clause", folder.display()))
}

fn same_steps(one: &Case, other: &Case) -> bool {
    let steps = |case: &Case| Case { found: None, path: String::new(), ..case.clone() }.render();
    steps(one) == steps(other)
}

fn contradictions(verdicts: &crate::oracle::CaseVerdicts) -> Vec<crate::spec::ClauseId> {
    verdicts.clauses.iter().filter(|(_, (_, evidence))| evidence.is_some()).map(|(clause, _)| *clause).collect()
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("`{}`: {error}", file.display());
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::write(file, text).map_err(failed)
}

/// Returns why the run can't go on.
fn stopped(played: &Played) -> Result<(), String> {
    match &played.stopped {
        Some(stop @ (Stop::Log(_) | Stop::Ledger(_) | Stop::Interrupted)) => Err(stop.to_string()),
        None => Ok(()),
    }
}
