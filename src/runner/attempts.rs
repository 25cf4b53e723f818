use super::lanes::Worker;
use super::own::Ground;
use super::share::Shared;
use crate::case::{Case, Need};
use crate::execute::{Place, Played, Stop, is_lost};
use crate::oracle::Judgement;
use crate::record::{CaseState, Record};
use crate::trace::{Event, Role};

/// How often a case is played whose steps got no answer of the service, before that is said of the target; from the second
/// time on, those that never got one are each sent again on the spot.
pub(super) const ATTEMPTS: usize = 3;
/// How often a case is played in which now this step got none and now that: the way to the target loses some, and what the
/// case is about is to be seen nevertheless.
const LOSSY_ATTEMPTS: usize = 6;

/// How often a case was played already, and what came of it.
#[derive(Default)]
struct Attempts {
    count: usize,
    /// Whether the quota answered, so that it was played once more on a base of its own.
    quota: bool,
    /// The steps that never got an answer.
    silent: Vec<Place>,
}

impl Worker {
    /// Plays a case on what it needs; returns whether it contradicts something. One that goes over a quota which others may
    /// have spent is played once more, while no other does.
    ///
    /// # Errors
    /// Where the log or the ledger cannot be written, or the lane has no base any more.
    pub(super) async fn case(&mut self, shared: &Shared, case: &Case) -> Result<bool, String> {
        let (ended, crowded) = self.on_ground(shared, case).await?;
        if crowded.is_none() {
            return Ok(ended);
        }
        let _turn = shared.turn.lock().await;
        let (ended, crowded) = self.on_ground(shared, case).await?;
        if let Some(number) = crowded {
            self.begin(case, number, over_quota(case, shared.plan.target.snapshots_per_node))?;
        }
        Ok(ended)
    }

    /// Plays a case on what it needs, again where answers were lost; returns whether it contradicts something, and under
    /// which number it was played in vain because of what others held.
    async fn on_ground(&mut self, shared: &Shared, case: &Case) -> Result<(bool, Option<usize>), String> {
        let mut attempts = Attempts::default();
        loop {
            let ground = match self.enter(shared, case).await? {
                Ok(ground) => ground,
                Err(state) => return self.begin(case, shared.next_number(), state).map(|()| (false, None)),
            };
            let ended = self.attempt(shared, case, &mut attempts, &ground).await;
            let crowded = self.special.crowded;
            self.leave(shared, ground).await?;
            if let Some(contradicted) = ended? {
                return Ok((contradicted, crowded));
            }
        }
    }

    /// Plays a case on what there is, and again there unless that was made for it alone: then returns `None` where it is to
    /// be played on such ground made anew.
    async fn attempt(
        &mut self,
        shared: &Shared,
        case: &Case,
        attempts: &mut Attempts,
        ground: &Ground,
    ) -> Result<Option<bool>, String> {
        loop {
            attempts.count += 1;
            let number = shared.next_number();
            let played = self.play(shared, case, number, &attempts.silent).await?;
            shared.plain.note(&played.trace);
            if let Some(stop @ (Stop::Log(_) | Stop::Ledger(_))) = &played.stopped {
                return Err(stop.to_string());
            }
            if matches!(played.stopped, Some(Stop::Interrupted)) {
                self.learn(&played);
                return Ok(Some(false));
            }
            if played.quota && self.special.over_quota {
                self.learn(&played);
                self.special.crowded = Some(number);
                return Ok(Some(false));
            }
            if ground.is_own() {
                // What became of the base is no matter: it is removed.
                self.learn(&played);
            } else if !self.mend(shared, &played).await? {
                return Err("the base snapshot is not available any more".to_owned());
            }
            if let Some(why) = &played.unfit {
                self.begin(case, number, CaseState::NotRun { reason: why.clone() })?;
                return Ok(Some(false));
            }
            let again = if played.quota {
                if attempts.quota {
                    self.begin(case, number, over_quota(case, shared.plan.target.snapshots_per_node))?;
                    return Ok(Some(false));
                }
                attempts.quota = true;
                true
            } else {
                attempts.is_due(&played, self.special.over_quota)
            };
            if !again {
                return self.say(shared, case, &played, (number, &attempts.silent)).map(Some);
            }
            if ground.is_own() {
                return Ok(None);
            }
        }
    }

    /// Writes down what a case says; returns whether it contradicts something.
    fn say(
        &self,
        shared: &Shared,
        case: &Case,
        played: &Played,
        (number, silent): (usize, &[Place]),
    ) -> Result<bool, String> {
        if let Some(record) = super::precedence::of(case, played, number, &shared.prefix(number)) {
            self.lane.write(&[Record::Precedence(record)]).map_err(|stop| stop.to_string())?;
        }
        let contradicted = self.rule(shared, played, number, silent).map_err(|stop| stop.to_string())?;
        if contradicted {
            self.write_input(&case.path, case.render())?;
        }
        Ok(contradicted)
    }
}

impl Attempts {
    /// Tells whether the case is to be played again for what was lost; it `is_last` where what this time left of a quota is
    /// too little for another.
    fn is_due(&mut self, played: &Played, is_last: bool) -> bool {
        let places = if is_last { Vec::new() } else { played.silent() };
        self.silent = match self.count {
            1 => places,
            _ => std::mem::take(&mut self.silent).into_iter().filter(|at| places.contains(at)).collect(),
        };
        // Without the copy that shows that the target lives nothing counts, nor does a refusal without its twin.
        let is_sign_lost =
            |(event, _): &(Event, Judgement)| matches!(event.role, Role::Life | Role::Twin) && is_lost(&event.outcome);
        let lost = !played.unanswered.is_empty() || played.throttled || played.trace.iter().any(is_sign_lost);
        lost && !is_last && self.count < if self.silent.is_empty() { LOSSY_ATTEMPTS } else { ATTEMPTS }
    }
}

/// Returns what a case is that the quota refused twice, the second time on a base of its own; from `quota` snapshots of a
/// node on, copies among them, a target may refuse more.
fn over_quota(case: &Case, quota: u32) -> CaseState {
    let more = |need: &Need| matches!(need, Need::Copies(count) | Need::Creates(count) if *count >= quota);
    if case.needs.iter().any(more) {
        let reason = format!("it needs more snapshots than the target's quota of {quota} a node allows");
        return CaseState::NotApplicable { reason };
    }
    CaseState::NotRun { reason: "the target's quota of snapshots refuses it".to_owned() }
}
