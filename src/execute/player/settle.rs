use std::time::Duration;

use super::super::lane::Stop;
use super::super::named::named;
use super::super::patience::Kind;
use super::super::records::judgement_record;
use super::Player;
use crate::case::Settle;
use crate::model::{Answer, Phase, Phases};
use crate::oracle::{Contradiction, Judgement, Mark, Pending, Reason, success_of};
use crate::record::Happened;
use crate::service::{
    Call, DescribeSnapshots, Indeterminate, Member, Outcome, Reply, Snapshot, Step, Text, canonical, text,
};
use crate::trace::{Event, Role, outcome_line};

/// How long a case may go on settling, for its clean-up, once the run is to end.
const LONGEST_AFTER_CANCEL: Duration = Duration::from_secs(20);

impl Player<'_> {
    /// Waits until the names, and what uses them, change no more. What is to be gone is asked for in turn, since one that is
    /// there still says about as much as all; each is looked at before they are given up.
    pub(super) async fn settle(&mut self, names: &[Text], kind: Kind) -> Result<(), Stop> {
        let (limit, said) = self.lane.patience.grant(kind, self.lane.settle_limit);
        let begun = self.lane.now();
        let mut changed = begun;
        let mut looked = begun;
        let wrote = self.last_change().unwrap_or(begun);
        let (mut pause, mut pauses) = (self.lane.poll.0, 0);
        let mut last: (Vec<Pending>, usize) = (Vec::new(), 0);
        let (mut whole, mut turn) = (kind != Kind::Gone, 0);
        loop {
            let pending = self.belief.unsettled(names);
            let unwritten = self.belief.unwritten(names);
            if pending.is_empty() && unwritten.is_empty() {
                self.lane.patience.sufficed(self.lane.now() - begun);
                if pauses > 0 {
                    self.lane.patience.took(kind, looked.saturating_sub(wrote), pauses == 1);
                }
                return Ok(());
            }
            let states = pending.iter().filter_map(|name| self.belief.pending(name)).collect();
            let states = (states, self.belief.exported());
            if states != last {
                changed = self.lane.now();
                last = states;
            }
            // Where this machine stalls the limit passes unseen: it takes a look after it.
            let over = looked.saturating_sub(changed) > limit;
            if over && whole {
                let given_up: Vec<Text> = pending.into_iter().chain(unwritten).collect();
                // A target that can't be reached shows nothing.
                return self.give_up(&given_up, kind, said && self.is_reached());
            }
            whole |= over;
            looked = self.lane.now();
            for bucket in unwritten {
                self.list_named(&bucket, Role::Poll).await?;
            }
            let moving = self.look_at_list(&pending).await?;
            let moves = |name: &&Text| moving.as_ref().is_some_and(|moving| moving.contains(name));
            let mut asked: Vec<&Text> = pending.iter().filter(|name| !moves(name)).collect();
            if !whole && !asked.is_empty() {
                let first = turn % asked.len();
                asked.rotate_left(first);
                asked.truncate(1);
                turn += 1;
            }
            for name in asked {
                self.send(Role::Poll, Call::describe(name).into()).await?;
            }
            let left = self.belief.unsettled(names).len();
            if left == 0 && self.belief.unwritten(names).is_empty() || !whole && left < pending.len() {
                continue;
            }
            if self.lane.is_cancelled() && self.lane.now() - begun > LONGEST_AFTER_CANCEL {
                return Err(Stop::Interrupted);
            }
            // Who looked with others has waited for them.
            if moving.is_none() {
                let early = self.lane.patience.soonest(kind).saturating_sub(self.lane.now().saturating_sub(wrote));
                tokio::time::sleep(pause.max(early.min(self.lane.poll.1))).await;
                pauses += 1;
                pause = (pause * 3 / 2).min(self.lane.poll.1);
            }
        }
    }

    /// Looks at names that are at rest for as long as something may come late; then none may change any more.
    pub(super) async fn watch(&mut self, names: &[Text]) -> Result<(), Stop> {
        let begun = self.lane.now();
        while self.lane.now().saturating_sub(begun) < Settle::WATCH && !self.lane.is_cancelled() {
            tokio::time::sleep(Settle::LOOKS).await;
            for name in names {
                if !self.list_named(name, Role::Poll).await? {
                    self.send(Role::Poll, Call::describe(name).into()).await?;
                }
            }
        }
        self.settle(names, Kind::Available).await
    }

    /// Tells whether there was a connection for the last request.
    fn is_reached(&self) -> bool {
        let outcome = self.trace.last().map(|(event, _)| &event.outcome);
        !matches!(outcome, Some(Outcome::Indeterminate(Indeterminate::NotConnected(_))))
    }

    /// Returns when the last call was accepted that sets a snapshot in motion.
    fn last_change(&self) -> Option<Duration> {
        let moves = |call: &Call| matches!(call, Call::Copy(_) | Call::Create(_) | Call::Delete { .. });
        let changes = |(event, judgement): &&(Event, Judgement)| judgement.succeeded && moves(&event.step.call);
        self.trace.iter().rev().find(changes).map(|(event, _)| event.interval.returned)
    }

    /// Waits for the look at the list that all lanes share, and returns which names it shows on the move; `None` where there
    /// is none, or no name to be looked for.
    async fn look_at_list(&mut self, names: &[Text]) -> Result<Option<Vec<Text>>, Stop> {
        let Some(board) = self.lane.board.clone().filter(|_| !names.is_empty()) else { return Ok(None) };
        let base = &self.setting.names.base;
        let of = |member| self.belief.shown(base, member).map(text);
        let group = of(Member::ReplicationGroupId);
        let cluster = if group.is_none() { of(Member::CacheClusterId) } else { None };
        let step = Step::from(Call::Describe(DescribeSnapshots { group, cluster, ..DescribeSnapshots::default() }));
        let answer = board.look(self.lane, &step).await?;
        let moves = |shown: &&Snapshot| {
            let phase = shown.status.as_ref().and_then(Phase::of);
            phase.is_some_and(|phase| !Phases::one(phase).within(Phases::RESTING))
        };
        let moving = match &answer.outcome {
            Outcome::Reply(Reply::Snapshots(page)) => {
                let named = |shown: &Snapshot| shown.name.as_deref().map(|name| text(canonical(name)));
                page.snapshots.iter().filter(moves).filter_map(named).collect()
            }
            _ => Vec::new(),
        };
        self.observe(Role::Poll, step, answer)?;
        Ok(Some(moving))
    }

    fn give_up(&mut self, names: &[Text], kind: Kind, said: bool) -> Result<(), Stop> {
        self.lane.patience.ran_out(kind);
        self.note(Happened::GaveUp { names: names.iter().map(ToString::to_string).collect(), held: said })?;
        let mut verdict = self.belief.give_up(names);
        if !said {
            for ruling in &mut verdict.rulings {
                ruling.mark = Mark::Inconclusive("it did not settle in the time granted");
            }
        }
        if let Some((_, judgement)) = self.trace.last_mut() {
            judgement.rulings.extend(verdict.rulings);
        }
        let record = judgement_record(self.setting.number, self.trace.len().saturating_sub(1), &self.trace);
        self.lane.write(&[record])
    }

    /// Rules on a step that was answered by a passing refusal for the whole limit. Where all is seen to be at rest, nothing
    /// can be in use, and what says who may be busy is not blamed.
    pub(super) fn never_accepted(&mut self, step: &Step, said: bool) -> Result<(), Stop> {
        let allowed = self.belief.predict(step);
        let rests = self.belief.unsettled(&named(&step.call)).is_empty()
            && self.belief.names().all(|name| !self.belief.is_suspect(name));
        let mut replies = allowed.allowed.iter().filter(|allowed| allowed.answer == Answer::Reply);
        let clause =
            replies.find_map(|reply| if rests { Some(success_of(&step.call)) } else { reply.clauses.last().copied() });
        let (Some(clause), Some((event, _))) = (clause, self.trace.last()) else { return Ok(()) };
        let seconds = self.lane.settle_limit.as_secs_f64();
        let contradiction = Contradiction {
            reason: Reason::Wrong,
            expected: format!("a reply (200) within {seconds} s, with everything at rest"),
            observed: outcome_line(&event.outcome),
        };
        let mark = match said {
            // That says nothing of the service but how much is asked of it.
            _ if event.outcome.is_throttled() => Mark::Inconclusive("throttled all the time"),
            true => Mark::Contradicted(Box::new(contradiction)),
            false => Mark::Inconclusive("not accepted in time"),
        };
        self.rule(clause, mark)
    }
}
