mod after;
mod bucket;
mod end;
mod quota;
mod settle;

use std::collections::HashSet;

use super::burst::{Connection, Placed, seed};
use super::lane::{Lane, Stop, plain};
use super::named::named;
use super::patience::Kind;
use super::records::{judgement_record, overlap_record, ruling_record};
use crate::case::{Ask, Bucket, CaseStep, Names};
use crate::endpoint::Answer;
use crate::generate::Steps;
use crate::model::Phase;
use crate::oracle::{Belief, Beliefs, Conflict, Contradiction, Judgement, Mark, Needs, Reason};
use crate::record::{Happened, NoteRecord, Record, StartRecord};
use crate::service::{
    Arn, Call, CreateSnapshot, DescribeSnapshots, FaultCode, Indeterminate, Outcome, Owner, Reply, Step, Text,
    canonical, text,
};
use crate::spec::{ClauseId, id};
use crate::trace::{Event, Role};

/// The most pages after an empty one that are asked for to find a name.
const MOST_EMPTY: usize = 8;

/// The most pages that are asked for to know why something is not in a list.
const MOST_BESIDE: usize = 40;

/// What a case is played with.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The case's number in the run.
    pub number: usize,
    /// What its aliases stand for.
    pub names: Names,
    /// The cluster or group that snapshots may be made of; `None` where there is none.
    pub owner: Option<Owner>,
    /// Whether CopySnapshot is there.
    pub copies: bool,
    /// Whether the tag operations are there.
    pub tags: bool,
    /// Whether every refusal has a twin in the case.
    pub twins: bool,
    /// Whether the run knows that the target lives, so that nothing is made or waited for to show it.
    pub frugal: bool,
    /// Whether the base is somebody's own, which is copied and never touched.
    pub given: bool,
    /// The seed of what is drawn.
    pub seed: u64,
    /// Whether the quota is to be gone over: a refusal for it is then an answer as any other.
    pub over_quota: bool,
    /// After how many steps the owner is deleted, at the latest after the last; `None` where it stays.
    pub owner_goes: Option<usize>,
    /// The places at which no answer came whenever the steps were played before: what gets none there is sent once more on
    /// the spot.
    pub doubted: Vec<Place>,
}

/// Which request of a case it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The place of its step in the case.
    pub step: usize,
    /// The how-manieth of that step's requests it is.
    pub nth: usize,
}

/// A case that was played.
#[derive(Debug)]
pub struct Played {
    /// Every event with its judgement.
    pub trace: Vec<(Event, Judgement)>,
    /// How many requests the run had sent by each of them, in all lanes.
    pub sent: Vec<usize>,
    /// What is believed at the end.
    pub belief: Belief,
    /// The steps that were played, and at which event each began.
    pub steps: Vec<(CaseStep, usize)>,
    /// At which event the last of them was over, and the read-back began.
    pub over: usize,
    /// The events at which a step that stands in the case was answered by no answer of the service: place in the trace,
    /// and place in the case.
    pub unanswered: Vec<(usize, Place)>,
    /// The places of those at which an answer came on the spot, to the same request sent again.
    pub answered: Vec<Place>,
    /// Of the events that overlapped, each with its place among the calls of its step, lane after lane.
    pub calls: Vec<(usize, usize)>,
    /// What overlapped and fits no order, by places in the trace.
    pub conflicts: Vec<Conflict>,
    /// Whether calls that overlapped were throttled, so that they show less than they might.
    pub throttled: bool,
    /// Whether the quota of the owner may have been reached.
    pub quota: bool,
    /// Why the target cannot play it; `None` where it can.
    pub unfit: Option<String>,
    /// Why it ended early; `None` where it did not.
    pub stopped: Option<Stop>,
}

impl Played {
    /// Returns the places at which no answer came, not even to what was sent again on the spot.
    #[must_use]
    pub fn silent(&self) -> Vec<Place> {
        self.unanswered.iter().map(|(_, at)| *at).filter(|at| !self.answered.contains(at)).collect()
    }
}

/// Plays one case: its steps, then a read-back of everything, then the removal of everything.
pub struct Player<'a> {
    pub(super) lane: &'a Lane,
    pub(super) setting: Setting,
    pub(super) belief: Beliefs,
    pub(super) trace: Vec<(Event, Judgement)>,
    sent: Vec<usize>,
    pub(super) unanswered: Vec<(usize, Place)>,
    pub(super) answered: Vec<Place>,
    pub(super) at: usize,
    nth: usize,
    pub(super) twins: usize,
    pub(super) quota: bool,
    /// Whether others held so much, as the quota answered, that it may have been spent by them.
    crowded: bool,
    pub(super) throttled: bool,
    unfit: Option<String>,
    made: Vec<Text>,
    buckets: Vec<Bucket>,
    pub(super) connections: Vec<Connection>,
    pub(super) calls: Vec<(usize, usize)>,
    /// The events of calls that were asked once, and may be answered otherwise later.
    passing: Vec<usize>,
    pub(super) conflicts: Vec<Conflict>,
    steps: Vec<(CaseStep, usize)>,
    over: usize,
}

impl<'a> Player<'a> {
    /// A player that has sent nothing yet.
    #[must_use]
    pub fn new(lane: &'a Lane, setting: Setting, mut belief: Belief) -> Self {
        if lane.patience.reads_lag() {
            belief.know_lag();
        }
        Self {
            lane,
            setting,
            belief: belief.into(),
            trace: Vec::new(),
            sent: Vec::new(),
            unanswered: Vec::new(),
            answered: Vec::new(),
            at: 0,
            nth: 0,
            twins: 0,
            quota: false,
            crowded: false,
            throttled: false,
            unfit: None,
            made: Vec::new(),
            buckets: Vec::new(),
            connections: Vec::new(),
            calls: Vec::new(),
            passing: Vec::new(),
            conflicts: Vec::new(),
            steps: Vec::new(),
            over: 0,
        }
    }

    /// Plays the steps of that path to their end, and removes what they made however they end.
    pub async fn play(mut self, path: &str, steps: &mut dyn Steps) -> Played {
        let mut stopped = self.start().err();
        if stopped.is_none() {
            stopped = self.prepare(steps.buckets()).await.err();
        }
        if stopped.is_none() && self.unfit.is_none() {
            stopped = self.steps(path, steps).await.err();
            self.over = self.trace.len();
            if stopped.is_none() && self.setting.owner_goes.is_some() {
                stopped = self.lose_owner().await.err();
            }
            if stopped.is_none() {
                stopped = self.read_back().await.err();
            }
        }
        if let Err(stop) = self.clean_up().await {
            stopped = stopped.or(Some(stop));
        }
        self.played(stopped)
    }

    /// Writes down what is believed before the first step.
    fn start(&self) -> Result<(), Stop> {
        let belief: &Belief = &self.belief;
        self.lane.write(&[Record::Start(StartRecord { case: self.setting.number, belief: plain(belief) })])
    }

    /// Writes down what happened between two steps.
    pub(super) fn note(&self, what: Happened) -> Result<(), Stop> {
        let note = NoteRecord { case: self.setting.number, after: self.trace.len(), what };
        self.lane.write(&[Record::Note(note)])
    }

    /// Says something of the last step besides.
    pub(super) fn rule(&mut self, clause: ClauseId, mark: Mark) -> Result<(), Stop> {
        let Some((_, judgement)) = self.trace.last_mut() else { return Ok(()) };
        if let Some(ruling) = ruling_record(clause, &mark) {
            judgement.mark(clause, mark, Needs::Life);
            self.note(Happened::Ruled { ruling })?;
        }
        let record = judgement_record(self.setting.number, self.trace.len() - 1, &self.trace);
        self.lane.write(&[record])
    }

    fn played(self, stopped: Option<Stop>) -> Played {
        Played {
            trace: self.trace,
            sent: self.sent,
            belief: self.belief.into_belief(),
            steps: self.steps,
            over: self.over,
            unanswered: self.unanswered,
            answered: self.answered,
            calls: self.calls,
            conflicts: self.conflicts,
            throttled: self.throttled,
            quota: self.quota,
            unfit: self.unfit,
            stopped,
        }
    }

    /// Sends steps that stand in no case, and settles the names; for fixtures.
    pub async fn fixture(mut self, steps: Vec<Step>, names: &[Text]) -> Played {
        let mut stopped = self.start().err();
        for step in steps {
            if stopped.is_some() {
                break;
            }
            if let Err(stop) = self.send(Role::Fixture, step).await {
                stopped = Some(stop);
                break;
            }
        }
        if stopped.is_none() {
            stopped = self.settle(names, Kind::Available).await.err();
        }
        for name in names {
            if stopped.is_none() {
                stopped = self.read_tags_back(name).await.err();
            }
        }
        self.played(stopped)
    }

    async fn steps(&mut self, path: &str, steps: &mut dyn Steps) -> Result<(), Stop> {
        while let Some(step) = steps.next(&self.belief, &self.setting.names) {
            self.at = self.steps.len();
            if self.setting.owner_goes == Some(self.at) {
                self.lose_owner().await?;
            }
            self.steps.push((step.clone(), self.trace.len()));
            if self.lane.is_cancelled() {
                return Err(Stop::Interrupted);
            }
            match &step {
                CaseStep::Send(ask) => {
                    for index in 1..=ask.repeat {
                        self.nth = index as usize;
                        let Some(step) = self.bind(ask, index) else { continue };
                        self.given(ask, step).await?;
                        if self.quota {
                            return Ok(());
                        }
                    }
                }
                CaseStep::Settle(settle) => {
                    if let Ok(names) = settle.bind(&self.setting.names) {
                        self.settle(&names, Kind::Available).await?;
                        if settle.watch {
                            self.watch(&names).await?;
                        }
                    }
                }
                CaseStep::Together(lanes) => {
                    let mut number = 0..;
                    let mut bound: Vec<Vec<Placed>> = Vec::new();
                    for lane in lanes {
                        let calls = lane.iter().zip(&mut number);
                        bound.push(calls.filter_map(|(ask, call)| Some((call, self.bind(ask, 1)?))).collect());
                    }
                    bound.retain(|lane| !lane.is_empty());
                    self.together(bound, seed(self.setting.seed, path, self.at)).await?;
                    if self.quota {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    /// Gives the names of a case; an account that was learnt meanwhile stands in its ARNs. What would touch a base that is
    /// somebody's own is not sent.
    fn bind(&mut self, ask: &Ask, index: u32) -> Option<Step> {
        if let Some(account) = &self.belief.home().account {
            self.setting.names.account = account.clone();
        }
        let step = ask.bind(&self.setting.names, index).ok()?;
        (!self.setting.given || !step.call.writes_to(&self.setting.names.base)).then_some(step)
    }

    async fn given(&mut self, ask: &Ask, step: Step) -> Result<(), Stop> {
        self.before_tags_change(&step.call).await?;
        let settled = self.send_settled(Role::Given, &step, ask.once, ask.pages).await?;
        if !settled {
            return Ok(());
        }
        if let Some((event, judgement)) = self.trace.last()
            && judgement.unanswered
            && !matches!(event.outcome, Outcome::Indeterminate(Indeterminate::NotConnected(_)))
        {
            self.unanswered.push((self.trace.len() - 1, Place { step: self.at, nth: self.nth }));
            self.doubt(self.unanswered.len() - 1).await?;
        }
        let last = self.trace.last().filter(|(_, judgement)| !judgement.unanswered);
        let Some((_, judgement)) = last else { return Ok(()) };
        let (succeeded, refused, passing) = (judgement.succeeded, judgement.refused, judgement.passing);
        if self.meets_quota() {
            return Ok(());
        }
        if succeeded && step.dress.from.is_some() && step.call.is_write() {
            // What was made elsewhere is removed there.
            if let Call::Copy(crate::service::CopySnapshot { target: name, .. })
            | Call::Create(crate::service::CreateSnapshot { name, .. }) = &step.call
            {
                let delete = Call::Delete { name: name.clone() };
                self.lane.send(&Step { call: delete, dress: step.dress.clone() }).await?;
            }
            return Ok(());
        }
        if refused {
            self.after_refusal(&step).await?;
        } else if passing {
            self.passing.push(self.trace.len() - 1);
        }
        Ok(())
    }

    /// Reads the tags of a snapshot, and of all it was copied from or to, before they are changed: what is wrong with them
    /// then is not the change's fault.
    async fn before_tags_change(&mut self, call: &Call) -> Result<(), Stop> {
        let (Call::AddTags { resource: Some(resource), .. } | Call::RemoveTags { resource: Some(resource), .. }) = call
        else {
            return Ok(());
        };
        let own = Arn::parse(resource).filter(|arn| self.belief.arn(arn.name).as_ref() == Some(resource));
        self.read_unread_tags(&own.map(|arn| vec![text(arn.name)]).unwrap_or_default()).await
    }

    /// Reads those tags of the snapshots, and of all they were copied from or to, that were not shown as they must be now.
    pub(super) async fn read_unread_tags(&mut self, names: &[Text]) -> Result<(), Stop> {
        let mut unread: Vec<Text> = names.iter().flat_map(|name| self.belief.unread_tags(name)).collect();
        unread.sort();
        unread.dedup();
        for arn in unread.iter().filter_map(|name| self.belief.arn(name)).collect::<Vec<_>>() {
            self.send(Role::ReadBack, Call::ListTags { resource: Some(arn) }.into()).await?;
        }
        Ok(())
    }

    /// Sends a step, and sends it again while the answer is one of a busy or lagging target. Returns whether it settled.
    async fn send_settled(&mut self, role: Role, step: &Step, once: bool, pages: bool) -> Result<bool, Stop> {
        self.send(role, step.clone()).await?;
        if pages {
            self.pages(step).await?;
        }
        let (limit, said) = self.lane.patience.grant(Kind::Accepted, self.lane.settle_limit);
        let begun = self.lane.now();
        let first = self.refusal();
        let (mut pause, mut asked_again) = (self.lane.poll.0, false);
        while !once && self.trace.last().is_some_and(|(_, judgement)| judgement.passing) {
            if self.lane.now() - begun > limit {
                self.lane.patience.ran_out(Kind::Accepted);
                self.never_accepted(step, said)?;
                return Ok(false);
            }
            if self.lane.is_cancelled() {
                return Err(Stop::Interrupted);
            }
            let names = named(&step.call);
            self.settle(&names, Kind::Available).await?;
            for name in names.iter().filter(|name| self.belief.is_guess(name)).cloned().collect::<Vec<_>>() {
                self.send(Role::Poll, Call::describe(&name).into()).await?;
            }
            self.lane.pause(pause).await;
            pause = (pause * 3 / 2).min(self.lane.poll.1);
            asked_again = true;
            self.send(Role::Again, step.clone()).await?;
            if pages {
                self.pages(step).await?;
            }
        }
        let waited = self.lane.now() - begun;
        // It lagged, or was busy, until that was none any more; that may have begun before this wait.
        let unheard = asked_again && first.is_some() && self.refusal() == first;
        if waited > limit || unheard {
            self.lane.patience.ran_out(Kind::Accepted);
        } else {
            self.lane.patience.sufficed(waited);
        }
        Ok(true)
    }

    /// Returns the fault that the last step was answered with, where it is none that lasts.
    fn refusal(&self) -> Option<FaultCode> {
        match self.trace.last() {
            Some((Event { outcome: Outcome::Fault(fault), .. }, judgement)) if !judgement.refused => {
                Some(fault.code.clone())
            }
            _ => None,
        }
    }

    /// Asks for the next page until there is none. There is no last one where a Marker comes again with nothing that was
    /// not shown before; a list that only is longer than is looked at says nothing.
    async fn pages(&mut self, first: &Step) -> Result<(), Stop> {
        let most = self.lane.endpoint.limits().pages;
        let (mut markers, mut names) = (HashSet::new(), HashSet::new());
        for number in 1..=most {
            let (marker, shown) = match self.trace.last().map(|(event, _)| &event.outcome) {
                Some(Outcome::Reply(Reply::Snapshots(page))) => (page.marker.clone(), &page.snapshots),
                _ => return Ok(()),
            };
            let (Some(marker), Call::Describe(call)) = (marker, &first.call) else { return Ok(()) };
            // Each is looked at: what is new has to get in.
            let new = shown.iter().filter(|snapshot| names.insert(snapshot.name.clone())).count();
            if !markers.insert(marker.clone()) && new == 0 {
                let contradiction = Contradiction {
                    reason: Reason::Unexpected,
                    expected: "a last page, without a Marker".to_owned(),
                    observed: format!("on page {number} the Marker of an earlier one, and nothing new"),
                };
                return self.rule(id::DESCRIBE_PAGE_LAST, Mark::Contradicted(Box::new(contradiction)));
            }
            let next = Call::Describe(DescribeSnapshots { marker: Some(marker), ..call.clone() });
            self.send(Role::Given, Step { call: next, dress: first.dress.clone() }).await?;
        }
        self.rule(id::DESCRIBE_PAGE_LAST, Mark::Inconclusive("a list of more pages than are looked at"))
    }

    /// Reads back what a refused call must not have changed, and sends it without its fault.
    async fn after_refusal(&mut self, step: &Step) -> Result<(), Stop> {
        for call in self.untouched(&step.call) {
            self.send_settled(Role::ReadBack, &call.into(), false, false).await?;
        }
        self.read_bucket_back(&step.call).await?;
        self.twin_of(step).await
    }

    /// Returns the ARN of an available snapshot of the case's own, made where there is none.
    async fn a_resource(&mut self) -> Result<Option<Text>, Stop> {
        if let Some(name) = self.made.iter().find(|name| self.belief.is_in(name, Phase::Available)) {
            return Ok(self.belief.arn(name));
        }
        let name = self.life().await?;
        Ok(self.belief.arn(&name))
    }

    /// Makes a snapshot that shows that the target lives, and waits for it.
    async fn life(&mut self) -> Result<Text, Stop> {
        let name = text(format!("{}life", self.setting.names.prefix));
        let call = match (&self.setting.owner, self.setting.copies) {
            (_, true) | (None, false) => Call::Copy(crate::service::CopySnapshot {
                source: Some(self.setting.names.base.clone()),
                target: Some(name.clone()),
                ..crate::service::CopySnapshot::default()
            }),
            (Some(owner), false) => Call::Create(CreateSnapshot::of(owner, &name)),
        };
        self.send_settled(Role::Life, &call.into(), false, false).await?;
        if self.meets_quota() {
            return Ok(name);
        }
        self.settle(std::slice::from_ref(&name), Kind::Available).await?;
        Ok(name)
    }

    pub(super) async fn send(&mut self, role: Role, step: Step) -> Result<(), Stop> {
        self.note_made(&step);
        let mut next = Some(step);
        for _ in 0..=MOST_EMPTY {
            let Some(step) = next else { break };
            let answer: Answer = self.lane.send(&step).await?;
            self.lists_beside(&step, &answer).await?;
            next = after_empty(&step, &answer.outcome);
            self.observe(role, step, answer)?;
        }
        Ok(())
    }

    /// Asks for lists with fewer filters, where that tells why something is not in one that was answered.
    async fn lists_beside(&mut self, step: &Step, answer: &Answer) -> Result<(), Stop> {
        let (mut before, mut marker) = (None, None);
        for _ in 0..MOST_BESIDE {
            let list = self.belief.list_beside(step, &answer.outcome, answer.interval.returned);
            let Some(list) = list else { break };
            if before.replace(list.clone()).as_ref() != Some(&list) {
                marker = None;
            } else if marker.is_none() {
                // It was read to its end, and has not caught up either.
                break;
            }
            let list = Step::from(Call::Describe(DescribeSnapshots { marker, ..list }));
            let shown = self.lane.send(&list).await?;
            let page = match &shown.outcome {
                Outcome::Reply(Reply::Snapshots(page)) => Some(page.marker.clone()),
                _ => None,
            };
            self.observe(Role::ReadBack, list, shown)?;
            let Some(next) = page else { break };
            marker = next;
        }
        Ok(())
    }

    /// Sends a step, and some times again while its answer asks for that.
    pub(super) async fn send_while(
        &mut self,
        role: Role,
        step: &Step,
        asks: impl Fn(&Outcome) -> bool,
    ) -> Result<(), Stop> {
        for _ in 0..super::fixture::MOST_LOST {
            self.send(role, step.clone()).await?;
            if !self.trace.last().is_some_and(|(event, _)| asks(&event.outcome)) {
                break;
            }
            self.lane.pause(self.lane.poll.1).await;
        }
        Ok(())
    }

    /// Remembers what a step may make.
    pub(super) fn note_made(&mut self, step: &Step) {
        if let Call::Copy(crate::service::CopySnapshot { target: Some(name), .. })
        | Call::Create(crate::service::CreateSnapshot { name: Some(name), .. }) = &step.call
        {
            let name = text(canonical(name));
            // The base stays for what comes after; where it was written over, another takes its place.
            let is_base = *name == *canonical(&self.setting.names.base);
            if !is_base && !self.made.contains(&name) && !step.call.is_export() {
                self.made.push(name);
            }
        }
    }

    /// Takes an answer down, and what is said of it.
    pub(super) fn observe(&mut self, role: Role, step: Step, answer: Answer) -> Result<(), Stop> {
        let record = Lane::step_record(self.setting.number, self.trace.len(), role, &step, &answer);
        let record = Record::Step(record);
        let event = Event { role, step, outcome: answer.outcome, form: answer.form, interval: answer.interval };
        self.expect_quota([&event])?;
        let (judgement, conflict) = self.belief.observe(&event);
        self.take_down(event, judgement, record)?;
        let Some(conflict) = conflict else { return Ok(()) };
        self.lane.write(&[overlap_record(self.setting.number, &conflict)])?;
        self.conflicts.push(conflict);
        Ok(())
    }

    /// Adds an event to the trace and to the log.
    pub(super) fn take_down(&mut self, event: Event, judgement: Judgement, record: Record) -> Result<(), Stop> {
        if event.step.call.operation().is_modelled() {
            self.lane.counters.steps.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
        self.lane.patience.learn(&judgement);
        let kept = judgement.only_passes();
        self.trace.push((event, judgement));
        self.sent.push(self.lane.counters.requests.load(std::sync::atomic::Ordering::Relaxed));
        if kept {
            return self.lane.write(&[record]);
        }
        let judgement = judgement_record(self.setting.number, self.trace.len() - 1, &self.trace);
        self.lane.write(&[record, judgement])
    }
}

/// Returns what asks for the next page of a describe by name, where one showed nothing and says that there are more.
fn after_empty(step: &Step, outcome: &Outcome) -> Option<Step> {
    let (Call::Describe(call), Outcome::Reply(Reply::Snapshots(page))) = (&step.call, outcome) else { return None };
    let marker = page.marker.clone().filter(|_| page.snapshots.is_empty())?;
    call.name.as_ref()?;
    let call = Call::Describe(DescribeSnapshots { marker: Some(marker), ..call.clone() });
    Some(Step { call, dress: step.dress.clone() })
}
