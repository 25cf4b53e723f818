use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

use super::stage::Stage;
use super::{drift, trial};
use crate::case::{Ask, Bucket, BucketKind, Case, CaseStep, Cases, Names, Need, Settle};
use crate::generate::{Fixed, Overlapped, Pool, Reach, Rng, Steps, Walk, planned};
use crate::model::{Allowed, Answer, Prediction, Rank, Spare, twin};
use crate::oracle::{Belief, Beliefs, Conflict, Contradiction, Home, Judgement, Mark};
use crate::refserver::{ACCOUNT, Defect, Desk, Options};
use crate::service::{
    Call, CreateSnapshot, DescribeSnapshots, Fixture, Outcome, Owner, OwnerKind, Page, Reply, S3Action, S3Reply, Step,
    Text, owner_tags, text,
};
use crate::spec::ClauseId;
use crate::trace::{Event, Interval, Role};

const REGION: &str = "us-east-1";
const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/1";
const SEED: u64 = 7;
/// How long the reference takes to make or delete something, and how long it is given.
const SETTLE: Duration = Duration::from_millis(50);
const SETTLE_LIMIT: Duration = Duration::from_millis(300);
/// How often an answer of a busy target is asked again: until it has had long enough.
const PATIENCE: usize = 8;
/// How many planned sequences are played on a defect, and how many drawn ones.
const PLANNED: usize = 12;
const DRAWN: u64 = 12;
/// How many drawn sequences are played on the reference, each with choices of its own.
const CHOICES: u64 = 300;
/// How much is shown of what was expected, and of what was observed.
const MOST_TOLD: usize = 120;
/// The most pages of a list that are looked at.
const PAGES: usize = 8;
const REACH: Reach = Reach {
    copies: true,
    creates: true,
    tags: true,
    key: true,
    s3: true,
    signatures: false,
    own: false,
    backups: false,
    restores: false,
    other_region: false,
    other_account: false,
    quota: false,
};

/// The folder of `snapshots/` in which it stands what was said.
pub(super) const FOLDER: &str = "desk";

/// What is said of each clause, and of each call before it is answered.
#[derive(Default)]
struct Tally {
    /// How often each clause is kept, kept by an alternative, contradicted, inconclusive.
    counts: BTreeMap<ClauseId, [usize; 4]>,
    /// What contradicts a clause first.
    told: BTreeMap<ClauseId, String>,
    /// How often what may be answered to an operation; `None` where that is not asked.
    allowed: Option<BTreeMap<String, usize>>,
}

impl Tally {
    fn add(&mut self, judgement: &Judgement) {
        for (clause, mark, _) in judgement.marks() {
            let place = match mark {
                Mark::Pass => 0,
                Mark::NonStrict => 1,
                Mark::Contradicted(contradiction) => {
                    let Contradiction { expected, observed, .. } = &**contradiction;
                    self.tell(clause, expected, observed);
                    2
                }
                Mark::Inconclusive(_) => 3,
            };
            self.count(clause, place);
        }
    }

    fn conflict(&mut self, conflict: &Conflict) {
        if let Some(order) = conflict.orders.first() {
            self.tell(conflict.clause, &order.expected, &order.observed);
        }
        self.count(conflict.clause, 2);
    }

    fn count(&mut self, clause: ClauseId, place: usize) {
        if let Some(count) = self.counts.entry(clause).or_default().get_mut(place) {
            *count += 1;
        }
    }

    fn tell(&mut self, clause: ClauseId, expected: &str, observed: &str) {
        let short = |text: &str| text.replace('\n', " ").chars().take(MOST_TOLD).collect::<String>();
        let told = || format!("{} - {}", short(expected), short(observed));
        self.told.entry(clause).or_insert_with(told);
    }
}

/// Returns what may be answered to a call, in a line: each outcome with the clauses that it shows to be kept, of which the
/// first is blamed where it does not come.
fn allowed_line(step: &Step, prediction: &Prediction<'_>) -> String {
    let word = |allowed: &Allowed| {
        let answer = match &allowed.answer {
            Answer::Reply => "reply",
            Answer::Fault(code) => code.code(),
        };
        let marks = [(allowed.rank == Rank::Alternative, '?'), (allowed.passing, '~'), (allowed.certain, '!')];
        let marks: String = marks.iter().filter_map(|(is_so, mark)| is_so.then_some(*mark)).collect();
        let clauses: Vec<&str> = allowed.clauses.iter().map(|clause| clause.name()).collect();
        format!("{answer}{marks} {}", clauses.join("+"))
    };
    let words: Vec<String> = prediction.allowed.iter().map(word).collect();
    let words = if prediction.open { "anything".to_owned() } else { words.join(" | ") };
    format!("{}: {words}", step.call.operation().name())
}

/// Returns the trials that hold the oracle against the reference at a desk: no socket, no clock, always the same.
pub(super) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let one = Arc::clone(stage);
    let kept = trial("desk", "reference", "is judged as before", move || kept(&one));
    let areas: BTreeSet<&'static str> = Defect::ALL.iter().copied().map(area_of).collect();
    let broken = areas.into_iter().map(|area| {
        let stage = Arc::clone(stage);
        trial("desk", area, "with a defect is judged as before", move || broken(&stage, area))
    });
    std::iter::once(kept).chain(broken).collect()
}

/// What is said of the reference, whatever it chooses: each clause so often kept, and none contradicted.
fn kept(stage: &Stage) -> Result<(), Failed> {
    let pool = Arc::new(Pool::new(SEED));
    let mut tally = Tally { allowed: Some(BTreeMap::new()), ..Tally::default() };
    for (_, steps) in planned(SEED, REACH, usize::MAX) {
        Play::new(None, None, None)?.through(&mut Fixed::new(steps), &mut tally)?;
    }
    for number in 0..CHOICES {
        let mut walk = Walk::new(Rng::new(SEED, number), Arc::clone(&pool), REACH);
        Play::new(None, Some(number), None)?.through(&mut walk, &mut tally)?;
    }
    for number in 0..CHOICES {
        let mut bursts = Overlapped::new(Rng::new(SEED, number), Arc::clone(&pool), REACH);
        Play::new(None, Some(number), None)?.through(&mut bursts, &mut tally)?;
    }
    for case in fit() {
        Play::new(None, None, Some(case))?.case(case, &mut tally)?;
    }
    let mut text = String::from("clause: kept, by an alternative, contradicted, inconclusive\n");
    for (clause, [kept, otherwise, contradicted, open]) in &tally.counts {
        writeln!(text, "{clause}: {kept}, {otherwise}, {contradicted}, {open}")?;
    }
    let accused: Vec<String> = tally
        .counts
        .iter()
        .filter(|(_, counts)| counts[2] > 0)
        .map(|(clause, _)| format!("{clause} is contradicted"))
        .collect();
    super::none(&accused)?;
    held(stage, "reference", &text)?;
    let mut text = String::from(
        "operation: what may be answered (? alternative, ~ busy for a while, ! for sure) and why, so often\n",
    );
    for (allowed, count) in tally.allowed.iter().flatten() {
        writeln!(text, "{allowed} - {count}")?;
    }
    held(stage, "allowed", &text)
}

/// What is said of each defect of an area, by its own cases and by a few sequences.
fn broken(stage: &Stage, area: &str) -> Result<(), Failed> {
    let pool = Arc::new(Pool::new(SEED));
    let planned: Vec<Vec<CaseStep>> = planned(SEED, REACH, PLANNED).into_iter().map(|(_, steps)| steps).collect();
    let mut text = String::from(
        "defect (clause), and the clauses that are contradicted: how often, what was expected and what came at first\n",
    );
    for defect in Defect::ALL.iter().copied().filter(|defect| area_of(*defect) == area) {
        let mut tally = Tally::default();
        for steps in &planned {
            Play::new(Some(defect), None, None)?.through(&mut Fixed::new(steps.clone()), &mut tally)?;
        }
        for number in 0..DRAWN {
            let (rng, pool) = (Rng::new(SEED, number), Arc::clone(&pool));
            let mut steps: Box<dyn Steps> = if defect.is_race() {
                Box::new(Overlapped::new(rng, pool, REACH))
            } else {
                Box::new(Walk::new(rng, pool, REACH))
            };
            Play::new(Some(defect), None, None)?.through(&mut *steps, &mut tally)?;
        }
        for case in fit().filter(|case| case.clauses.contains(&defect.clause())) {
            Play::new(Some(defect), None, Some(case))?.case(case, &mut tally)?;
        }
        writeln!(text, "{defect} ({})", defect.clause())?;
        for (clause, [.., contradicted, _]) in
            tally.counts.iter().filter(|(_, [.., contradicted, _])| *contradicted > 0)
        {
            let told = tally.told.get(clause).map_or("no order fits", String::as_str);
            writeln!(text, "  {clause} {contradicted}: {told}")?;
        }
    }
    held(stage, area, &text)
}

fn held(stage: &Stage, name: &str, text: &str) -> Result<(), Failed> {
    let purpose = "What the oracle says of the reference and of its defects, without a socket and without a clock.";
    drift::held(&stage.place.root.join("snapshots").join(FOLDER), name, purpose, text)
}

/// What a defect is about; those that only overlapping calls show are apart.
fn area_of(defect: Defect) -> &'static str {
    if defect.is_race() { "races" } else { defect.clause().name().split('.').next().unwrap_or_default() }
}

/// The cases that do without signatures, a quota, and what a target makes by itself or far away.
fn fit() -> impl Iterator<Item = &'static Case> {
    let beyond = |need: &Need| matches!(need, Need::Signatures | Need::Quota | Need::Automatic | Need::At(_));
    let all = Cases::builtin().into_iter().flat_map(Cases::iter);
    all.filter(move |case| !case.needs.iter().any(beyond))
}

/// The reference at a desk, and what is believed of it.
struct Play {
    desk: Desk,
    belief: Beliefs,
    names: Names,
    now: Duration,
    buckets: Vec<Bucket>,
    rng: Rng,
    twins: usize,
}

impl Play {
    /// A reference with one group and one snapshot of it, or with what the case needs.
    fn new(defect: Option<Defect>, choice: Option<u64>, case: Option<&Case>) -> Result<Self, Failed> {
        let kind = case.and_then(|case| case.owner_kinds().first().copied()).unwrap_or(OwnerKind::Group);
        let build = case.map(Case::build).unwrap_or_default();
        let apart = case.and_then(Case::owner_apart);
        let (region, account, key) = (text(REGION), text(ACCOUNT), Some(text(KEY)));
        let belief = Belief::new(Home {
            region: region.clone(),
            account: Some(account.clone()),
            prefix: text("cs-"),
            kms_key: key.clone(),
            settle_limit: SETTLE_LIMIT,
            quota: usize::MAX,
            reads_lag: false,
        });
        let owner = Owner { kind, id: text("cs-o") };
        let base = if apart.is_some() { Owner { kind: OwnerKind::Group, id: text("cs-g") } } else { owner.clone() };
        let names = Names {
            prefix: text("cs-"),
            base: text("cs-base"),
            owner: owner.clone(),
            region,
            account,
            kms_key: key.clone(),
            other_account: Some(text(Desk::OTHER_ACCOUNT)),
        };
        let options = Options { defect, choice, settle: SETTLE, kms_key: key, ..Options::default() };
        let mut play = Self {
            desk: Desk::new(options),
            belief: belief.into(),
            names,
            now: Duration::from_secs(1),
            buckets: Vec::new(),
            rng: Rng::new(SEED, u64::MAX),
            twins: 0,
        };
        if apart.is_some() {
            play.own(&Fixture::Create(base.clone()))?;
        }
        play.own(&Fixture::Build(owner.clone(), build.clone()))?;
        play.know(|belief| match apart {
            None => {}
            Some(Need::Memcached) => belief.know_barren(owner),
            Some(Need::OwnerTags) => belief.know_tagged(owner, owner_tags().to_vec()),
            Some(_) => belief.know_tiering(owner),
        });
        let mut before = Tally::default();
        play.send(&Call::Create(CreateSnapshot::of(&base, &text("cs-base"))).into(), &mut before)?;
        play.settle(&[text("cs-base")], &mut before)?;
        if let Some(shards) = build.shards.filter(|_| apart.is_none()) {
            play.know(|belief| belief.know_shards("cs-base", shards));
        }
        Ok(play)
    }

    fn know(&mut self, learn: impl FnOnce(&mut Belief)) {
        let mut belief = self.belief.clone().into_belief();
        learn(&mut belief);
        self.belief = belief.into();
    }

    /// Lets an owner be made or deleted.
    fn own(&mut self, fixture: &Fixture) -> Result<(), Failed> {
        let (outcome, _) = self.desk.answer(&Call::Fixture(fixture.clone()).into(), self.now)?;
        self.now += SETTLE;
        match (fixture, outcome) {
            (Fixture::Delete(owner), Outcome::Reply(_)) => self.belief.lose_owner(owner),
            (Fixture::Create(owner) | Fixture::Build(owner, _), Outcome::Reply(Reply::Owner(view))) => {
                self.know(|belief| {
                    belief.know_owner(owner.clone(), true);
                    belief.know_settings(owner.clone(), view.settings);
                });
            }
            (fixture, outcome) => return Err(format!("{fixture:?}: {outcome:?}").into()),
        }
        Ok(())
    }

    /// Plays a case and looks at all that it leaves; adds up what is said of it. The owner goes when the case says so.
    fn case(mut self, case: &Case, tally: &mut Tally) -> Result<(), Failed> {
        self.prepare(case.buckets(), tally)?;
        let goes = case.owner_goes_after();
        let (first, rest) = case.steps.split_at(goes.unwrap_or(0).min(case.steps.len()));
        self.steps(&mut Fixed::new(first.to_vec()), tally)?;
        if goes.is_some() {
            let names: Vec<Text> = self.belief.names().cloned().collect();
            self.settle(&names, tally)?;
            self.own(&Fixture::Delete(self.names.owner.clone()))?;
        }
        self.steps(&mut Fixed::new(rest.to_vec()), tally)?;
        self.end(tally)
    }

    /// Plays a sequence and looks at all that it leaves; adds up what is said of it.
    fn through(mut self, steps: &mut dyn Steps, tally: &mut Tally) -> Result<(), Failed> {
        self.prepare(steps.buckets(), tally)?;
        self.steps(steps, tally)?;
        self.end(tally)
    }

    fn steps(&mut self, steps: &mut dyn Steps, tally: &mut Tally) -> Result<(), Failed> {
        while let Some(step) = steps.next(&self.belief, &self.names) {
            match &step {
                CaseStep::Settle(settle) => {
                    let names = settle.bind(&self.names).map_err(|error| error.to_string())?;
                    self.settle(&names, tally)?;
                    if settle.watch {
                        self.watch(&names, tally)?;
                    }
                }
                CaseStep::Together(lanes) => self.together(lanes, tally)?,
                CaseStep::Send(ask) => {
                    for index in 1..=ask.repeat {
                        let step = bound(ask, &self.names, index)?;
                        let (_, refused) = self.send(&step, tally)?;
                        if refused {
                            self.twin(&step, tally)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Sends a refused call without its fault.
    fn twin(&mut self, step: &Step, tally: &mut Tally) -> Result<(), Failed> {
        self.twins += 1;
        let kind = BucketKind::of_alias("bucket").filter(|_| step.call.is_export());
        if let Some(kind) = kind.filter(|_| self.buckets.iter().all(|bucket| *bucket.name != *"cs-bucket")) {
            self.make("bucket", kind, tally)?;
        }
        let spare = Spare {
            source: self.names.base.clone(),
            fresh: text(format!("cs-twin{}", self.twins)),
            owner: Some(self.names.owner.clone()),
            resource: self.belief.arn(&self.names.base),
            bucket: kind.map(|_| text("cs-bucket")),
        };
        for call in twin(&*self.belief, &step.call, &spare) {
            self.send(&call.into(), tally)?;
        }
        Ok(())
    }

    /// Looks at all that is left.
    fn end(&mut self, tally: &mut Tally) -> Result<(), Failed> {
        let names: Vec<Text> = self.belief.names().cloned().collect();
        self.settle(&names, tally)?;
        for name in names {
            self.send(&Call::describe(&name).into(), tally)?;
            if let Some(resource) = self.belief.arn(&name) {
                self.send(&Call::ListTags { resource: Some(resource) }.into(), tally)?;
            }
        }
        self.send(&Call::Describe(DescribeSnapshots::default()).into(), tally)?;
        for bucket in self.buckets.clone() {
            self.list(&bucket, tally)?;
        }
        for (bucket, key) in self.belief.objects() {
            let of = self.buckets.iter().find(|made| made.name == bucket);
            if let Some(step) = of.map(|bucket| bucket.call(S3Action::GetObject { key })) {
                self.send(&step, tally)?;
            }
        }
        Ok(())
    }

    /// Makes the buckets that steps are about.
    fn prepare(&mut self, buckets: Vec<(String, BucketKind)>, tally: &mut Tally) -> Result<(), Failed> {
        buckets.iter().try_for_each(|(alias, kind)| self.make(alias, *kind, tally))
    }

    fn make(&mut self, alias: &str, kind: BucketKind, tally: &mut Tally) -> Result<(), Failed> {
        let name = text(format!("{}{alias}", self.names.prefix));
        let Some(bucket) = Bucket::of(name, kind, &self.names) else { return Ok(()) };
        for way in bucket.ways() {
            if matches!(self.send(&way, tally)?.0, Outcome::Reply(_)) {
                break;
            }
        }
        if let Some(policy) = bucket.policy() {
            self.send(&policy, tally)?;
        }
        self.list(&bucket, tally)?;
        self.buckets.push(bucket);
        Ok(())
    }

    /// Lists a bucket to its last page.
    fn list(&mut self, bucket: &Bucket, tally: &mut Tally) -> Result<(), Failed> {
        let mut token = None;
        loop {
            match self.send(&bucket.call(S3Action::ListObjects { token }), tally)?.0 {
                Outcome::Reply(Reply::S3(S3Reply::Objects { token: Some(next), .. })) => token = Some(next),
                _ => return Ok(()),
            }
        }
    }

    /// Looks at what has not settled until it has, or until it had long enough.
    fn settle(&mut self, names: &[Text], tally: &mut Tally) -> Result<(), Failed> {
        let until = self.now + SETTLE_LIMIT;
        loop {
            let open = self.belief.unsettled(names);
            if open.is_empty() {
                return Ok(());
            }
            if self.now > until {
                tally.add(&self.belief.give_up(&open));
                return Ok(());
            }
            self.now += SETTLE;
            for name in open {
                self.send(&Call::describe(&name).into(), tally)?;
            }
            for bucket in self.buckets.clone() {
                self.list(&bucket, tally)?;
            }
        }
    }

    fn watch(&mut self, names: &[Text], tally: &mut Tally) -> Result<(), Failed> {
        let until = self.now + Settle::WATCH;
        while self.now < until {
            self.now += Settle::LOOKS;
            for name in names {
                match self.buckets.iter().find(|bucket| bucket.name == *name).cloned() {
                    Some(bucket) => self.list(&bucket, tally)?,
                    None => drop(self.send(&Call::describe(name).into(), tally)?),
                }
            }
        }
        self.settle(names, tally)
    }

    /// Lets calls of many lanes begin and end as is drawn, those of one lane one after the other.
    fn together(&mut self, lanes: &[Vec<Ask>], tally: &mut Tally) -> Result<(), Failed> {
        let mut left: Vec<_> = lanes.iter().map(|lane| (lane.iter(), None)).collect();
        let mut events: Vec<Event> = Vec::new();
        while !left.is_empty() {
            self.now += Duration::from_millis(1);
            let lane = self.rng.below(left.len());
            let Some((asks, flying)) = left.get_mut(lane) else { break };
            if let Some((step, ticket, called)) = flying.take() {
                let (outcome, form) = self.desk.end(&step, ticket, self.now)?;
                events.push(Event {
                    role: Role::Given,
                    step,
                    outcome,
                    form,
                    interval: Interval { called, returned: self.now },
                });
            } else if let Some(ask) = asks.next() {
                let step = bound(ask, &self.names, 1)?;
                let ticket = self.desk.begin(&step, self.now)?;
                *flying = Some((step, ticket, self.now));
            } else {
                drop(left.swap_remove(lane));
            }
        }
        events.sort_by_key(|event| event.interval.called);
        let burst = self.belief.observe_together(&events);
        burst.judgements.iter().for_each(|judgement| tally.add(judgement));
        burst.conflicts.iter().for_each(|conflict| tally.conflict(conflict));
        Ok(())
    }

    /// Sends a step with all its pages, and again while the answer is one of a busy target; returns the last answer, and
    /// whether it refuses as allowed.
    fn send(&mut self, step: &Step, tally: &mut Tally) -> Result<(Outcome, bool), Failed> {
        let mut patience = PATIENCE;
        loop {
            let (mut outcome, mut judgement) = self.once(step.clone(), tally)?;
            for _ in 0..PAGES {
                let (Call::Describe(call), Outcome::Reply(Reply::Snapshots(Page { marker: Some(marker), .. }))) =
                    (&step.call, &outcome)
                else {
                    break;
                };
                let next = DescribeSnapshots { marker: Some(marker.clone()), ..call.clone() };
                (outcome, judgement) = self.once(Step { call: Call::Describe(next), ..step.clone() }, tally)?;
            }
            patience = patience.saturating_sub(1);
            if !judgement.passing || patience == 0 {
                return Ok((outcome, judgement.refused));
            }
            self.now += SETTLE;
        }
    }

    fn once(&mut self, step: Step, tally: &mut Tally) -> Result<(Outcome, Judgement), Failed> {
        self.now += Duration::from_millis(1);
        let (outcome, form) = self.desk.answer(&step, self.now)?;
        let interval = Interval { called: self.now, returned: self.now };
        if let Some(allowed) = &mut tally.allowed {
            *allowed.entry(allowed_line(&step, &self.belief.predict(&step))).or_default() += 1;
        }
        let event = Event { role: Role::Given, step, outcome, form, interval };
        let (judgement, _) = self.belief.observe(&event);
        tally.add(&judgement);
        Ok((event.outcome, judgement))
    }
}

fn bound(ask: &Ask, names: &Names, index: u32) -> Result<Step, Failed> {
    ask.bind(names, index).map_err(|error| Failed::from(error.to_string()))
}
