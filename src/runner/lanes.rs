use std::sync::Arc;
use std::time::Duration;

use super::attempts::ATTEMPTS;
use super::own::Special;
use super::share::{NOBODY, Shared, infix};
use crate::case::{Case, Names};
use crate::execute::{
    Base, FixtureError, Lane, Place, Played, Player, Setting, Stop, make_base, remove, remove_owner, remove_snapshot,
};
use crate::generate::{Fixed, Signature, Steps};
use crate::oracle::{Belief, CaseVerdicts, Contradiction, Evidence, Home, Reason, Verdict};
use crate::record::{CaseRecord, CaseState, ClauseVerdict, EvidenceRecord, InputRecord, Record, VerdictRecord};
use crate::service::{Build, Call, Operation, Owner, OwnerKind, Text, text};
use crate::spec::{ClauseId, id};
use crate::trace::{Event, outcome_line};

/// What a base is taken of: a group, or a cluster where that is refused.
pub(super) const ANY_OWNER: &[OwnerKind] = &[OwnerKind::Group, OwnerKind::Cluster];
/// How often a lane makes a new base where a case has spoilt the one before.
const MOST_BASES: usize = 40;
/// A lane with its base snapshot, playing one case after the other.
#[derive(Clone)]
pub(super) struct Worker {
    pub(super) lane: Lane,
    pub(super) base: Base,
    pub(super) belief: Belief,
    pub(super) number: usize,
    pub(super) bases: usize,
    /// Whether its base was removed and no other could be made.
    pub(super) baseless: bool,
    other_account: Option<Text>,
    /// How many bases it may still make in place of others; `None` where its base stays whatever becomes of it.
    pub(super) spare_bases: Option<usize>,
    /// Whether what its base was taken of is another lane's.
    pub(super) guest: bool,
    /// What one case is played with, and no other.
    pub(super) special: Special,
}

/// Why a lane has no base.
#[derive(Debug)]
pub(super) struct NoBase {
    /// What came in its place.
    pub(super) reason: String,
    /// Whether the target has no room for what it would be taken of.
    pub(super) full: bool,
}

impl NoBase {
    fn failed(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), full: false }
    }
}

impl From<Stop> for NoBase {
    fn from(stop: Stop) -> Self {
        Self::failed(stop.to_string())
    }
}

/// Makes the lanes and their base snapshots; those for which none could be made are left out. Where the target has room for
/// some of them, these play what there is to play.
pub(super) async fn start(shared: &Arc<Shared>, lane: &Lane, count: usize) -> Vec<Worker> {
    shared.progress.stage("making base snapshots");
    let mut tasks = tokio::task::JoinSet::new();
    let given = shared.plan.source_snapshot.clone();
    let one = given.is_some() || matches!(shared.plan.target.base, crate::target::Base::Run);
    for _ in 0..(if one { 1 } else { count }) {
        let (shared, lane) = (Arc::clone(shared), lane.clone());
        tasks.spawn(async move { Worker::start(&shared, lane).await });
    }
    let (mut workers, mut without) = (Vec::new(), Vec::new());
    while let Some(started) = tasks.join_next().await {
        match started {
            Ok(Ok(worker)) => workers.push(worker),
            // What an interrupt leaves unmade is no failure.
            Ok(Err(none)) if !lane.is_cancelled() => without.push(none),
            Ok(Err(_)) => {}
            Err(error) => shared.fail(format!("a lane ended: {error}")),
        }
    }
    for none in without.into_iter().filter(|none| workers.is_empty() || !none.full) {
        shared.fail(none.reason);
    }
    // Where there is one base for all, the other lanes have copies of it.
    if one
        && shared.support.has(Operation::CopySnapshot)
        && let Some(mut first) = workers.pop()
    {
        let mut copying = tokio::task::JoinSet::new();
        for _ in 1..count {
            let (shared, lane, first) = (Arc::clone(shared), lane.clone(), first.clone());
            copying.spawn(async move { first.guest(&shared, lane).await });
        }
        if count > 1 {
            // They have been taken of the same, so that it stays.
            first.spare_bases = None;
        }
        workers.push(first);
        while let Some(copied) = copying.join_next().await {
            match copied {
                Ok(Ok(guest)) => workers.extend(guest),
                Ok(Err(stop)) if !lane.is_cancelled() => shared.fail(stop.to_string()),
                Ok(Err(_)) => {}
                Err(error) => shared.fail(format!("a lane ended: {error}")),
            }
        }
    }
    workers
}

/// Plays the queue until it is empty.
pub(super) async fn drain(shared: &Arc<Shared>, workers: Vec<Worker>, limit: Option<Duration>) -> Vec<Worker> {
    let mut tasks = tokio::task::JoinSet::new();
    for mut worker in workers {
        let shared = Arc::clone(shared);
        tasks.spawn(async move {
            let until = limit.map(|limit| worker.lane.now() + limit);
            worker.work(&shared, until).await;
            worker
        });
    }
    joined(shared, tasks).await
}

/// Waits for all lanes, and returns those that did not break down and have a base.
pub(super) async fn joined(shared: &Shared, mut tasks: tokio::task::JoinSet<Worker>) -> Vec<Worker> {
    let mut workers = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        match ended {
            Ok(worker) if worker.baseless => {}
            Ok(worker) => workers.push(worker),
            Err(error) => shared.fail(format!("a lane ended: {error}")),
        }
    }
    workers
}

impl Worker {
    async fn start(shared: &Shared, lane: Lane) -> Result<Self, NoBase> {
        let mut worker = Self::bare(shared, lane, shared.account.clone());
        match &shared.plan.source_snapshot {
            Some(name) => {
                worker.belief.know_snapshot(name);
                // Others may have made as many of the same, copies among them.
                worker.belief.reach_quota();
                worker.base = Base { name: name.clone(), owner: None };
                worker.spare_bases = None;
            }
            None => worker.new_base(shared, ANY_OWNER, &Build::default()).await?,
        }
        Ok(worker)
    }

    /// Returns a lane of that account that has no base yet.
    pub(super) fn bare(shared: &Shared, lane: Lane, account: Option<Text>) -> Self {
        let number = shared.next_number();
        let prefix = shared.prefix(number);
        let home = Home {
            region: lane.region.clone(),
            account,
            prefix,
            kms_key: shared.plan.target.kms_key.as_deref().map(text),
            settle_limit: lane.settle_limit,
            quota: usize::try_from(shared.plan.target.snapshots_per_node).unwrap_or(usize::MAX),
            reads_lag: false,
        };
        Self {
            lane,
            base: Base { name: text(""), owner: None },
            belief: Belief::new(home),
            number,
            bases: 0,
            baseless: false,
            spare_bases: Some(MOST_BASES),
            guest: false,
            other_account: shared.plan.target.other_account.as_deref().map(text),
            special: Special::default(),
        }
    }

    /// Makes a cluster and a snapshot of it, in place of those before.
    pub(super) async fn new_base(&mut self, shared: &Shared, kinds: &[OwnerKind], build: &Build) -> Result<(), NoBase> {
        self.bases += 1;
        let prefix = shared.prefix(self.number);
        self.begin_fixture(self.number, &prefix)?;
        let setting = self.fixture_setting(shared, self.number, &prefix);
        let mut belief = self.belief.carry(&[]);
        belief.set_prefix(prefix);
        belief.forget_made();
        let tag = format!("{:02}", self.bases);
        let (played, base) = make_base(&self.lane, setting, belief, &tag, (kinds, build)).await;
        if let Some(played) = &played {
            // What the fixture shows counts as what any case shows; that nothing is gone yet is no lack of life.
            let verdicts = CaseVerdicts::of(shared.catalogue, &played.trace, &[]);
            self.write_contradictions(shared, &verdicts, self.number)?;
        }
        match (base, played) {
            (Ok(base), Some(played)) => {
                self.belief = played.belief;
                self.base = base;
                Ok(())
            }
            (Err(FixtureError::Stop(Stop::Interrupted)), _) => Err(NoBase::failed("the run was interrupted")),
            (Err(error), _) => Err(NoBase { full: error.lacks_room(), reason: error.to_string() }),
            (Ok(_), None) => Err(NoBase::failed("the base snapshot was not made")),
        }
    }

    pub(super) fn begin_fixture(&self, number: usize, prefix: &Text) -> Result<(), Stop> {
        let record = CaseRecord {
            case: number,
            path: "fixture".to_owned(),
            prefix: prefix.to_string(),
            clauses: Vec::new(),
            state: CaseState::Runs,
        };
        self.lane.write(&[Record::Case(record)])
    }

    pub(super) fn fixture_setting(&self, shared: &Shared, number: usize, prefix: &Text) -> Setting {
        let names = self.names(prefix, &self.base);
        Setting {
            number,
            names,
            owner: None,
            copies: false,
            tags: shared.support.has(Operation::ListTagsForResource),
            twins: false,
            frugal: false,
            given: self.is_given(shared),
            owner_goes: None,
            over_quota: false,
            seed: 0,
            doubted: Vec::new(),
        }
    }

    pub(super) fn names(&self, prefix: &Text, base: &Base) -> Names {
        let home = self.belief.home();
        Names {
            prefix: prefix.clone(),
            base: base.name.clone(),
            owner: base.owner.clone().unwrap_or(Owner { kind: OwnerKind::Group, id: text("none") }),
            region: self.lane.region.clone(),
            account: home.account.clone().unwrap_or_else(|| text(NOBODY)),
            kms_key: home.kms_key.clone(),
            other_account: self.other_account.clone(),
        }
    }

    /// Plays cases until there are no more, the time is over, or the run is to end.
    pub(super) async fn work(&mut self, shared: &Shared, until: Option<Duration>) {
        while !self.lane.is_cancelled()
            && !shared.lifeless.is_over()
            && until.is_none_or(|until| self.lane.now() < until)
        {
            // What takes long stands at the end, and is begun early.
            let Some(case) = shared.next_case(self.guest) else { return };
            shared.progress.begun(&case.path);
            match self.case(shared, &case).await {
                Ok(contradicted) => shared.progress.ended(&case.path, contradicted),
                Err(_) if self.lane.is_cancelled() => return,
                Err(why) => {
                    shared.fail(format!("case `{}`: {why}", case.path));
                    return;
                }
            }
        }
    }

    pub(super) async fn play(
        &self,
        shared: &Shared,
        case: &Case,
        number: usize,
        doubted: &[Place],
    ) -> Result<Played, String> {
        self.begin(case, number, CaseState::Runs)?;
        Ok(self.play_steps(shared, number, (&case.path, doubted), &mut Fixed::of(case)).await)
    }

    /// Plays steps under a prefix of their own.
    pub(super) async fn play_steps(
        &self,
        shared: &Shared,
        number: usize,
        (path, doubted): (&str, &[Place]),
        steps: &mut dyn Steps,
    ) -> Played {
        let (belief, names) = self.beginning(&shared.prefix(number));
        let setting = Setting {
            number,
            over_quota: self.special.over_quota,
            names,
            owner: self.base.owner.clone(),
            copies: shared.support.has(Operation::CopySnapshot),
            tags: shared.support.has(Operation::ListTagsForResource),
            twins: shared.has_twins(),
            frugal: !shared.has_twins() && shared.succeeded.lives(),
            given: self.is_given(shared),
            seed: shared.plan.seed,
            owner_goes: self.special.owner_goes,
            doubted: doubted.to_vec(),
        };
        Player::new(&self.lane, setting, belief).play(path, steps).await
    }

    pub(super) fn begin(&self, case: &Case, number: usize, state: CaseState) -> Result<(), String> {
        self.begin_as(&case.path, &case.clauses, number, state)
    }

    /// Writes down that something begins, or why it does not.
    pub(super) fn begin_as(
        &self,
        path: &str,
        clauses: &[ClauseId],
        number: usize,
        state: CaseState,
    ) -> Result<(), String> {
        let record = CaseRecord {
            case: number,
            path: path.to_owned(),
            prefix: infix(number),
            clauses: clauses.iter().map(|id| id.name().to_owned()).collect(),
            state,
        };
        self.lane.write(&[Record::Case(record)]).map_err(|stop| stop.to_string())
    }

    /// Writes down the steps of what contradicts a clause.
    pub(super) fn write_input(&self, path: &str, text: String) -> Result<(), String> {
        let record = InputRecord { path: path.to_owned(), text };
        self.lane.write(&[Record::Input(record)]).map_err(|stop| stop.to_string())
    }

    pub(super) fn rule(&self, shared: &Shared, played: &Played, number: usize, silent: &[Place]) -> Result<bool, Stop> {
        let verdicts = self.verdicts(shared, played, silent);
        // What shares the life of other cases says nothing of it.
        if shared.has_twins() || verdicts.lives || made_a_snapshot(played) {
            shared.lifeless.note(verdicts.lives);
        }
        if let Some(explorer) = &shared.explorer {
            Signature::all(&played.trace, &shared.run.to_string())
                .for_each(|(_, signature, _)| explorer.know(signature));
        }
        let record = verdict_record(&verdicts, number);
        shared.count_copies(played, &record);
        if !shared.has_twins() {
            shared.succeeded.keep(&record, &played.trace);
        }
        self.lane.write(&shared.said(record))?;
        Ok(verdicts.clauses.values().any(|(verdict, _)| *verdict >= Verdict::Warn))
    }

    /// Returns what the events say of the clauses; `silent` are the steps that were never answered by the service.
    pub(super) fn verdicts(&self, shared: &Shared, played: &Played, silent: &[Place]) -> CaseVerdicts {
        // Where requests cost, one success in the run is the twin of every refusal.
        let twins = if shared.has_twins() { Vec::new() } else { shared.succeeded.learn(&played.trace) };
        let mut verdicts = CaseVerdicts::of(shared.catalogue, &played.trace, &twins);
        if verdicts.lives
            && let Some((event, _)) = played.unanswered.iter().find(|(_, at)| silent.contains(at))
        {
            let observed = played.trace.get(*event).map(|(event, _)| outcome_line(&event.outcome)).unwrap_or_default();
            let contradiction = Contradiction {
                reason: Reason::Wrong,
                expected: "an answer of the service: a reply, or an error with a 4xx status".to_owned(),
                observed: format!("{observed}, {ATTEMPTS} of {ATTEMPTS} times"),
            };
            let evidence = Evidence { event: *event, contradiction };
            verdicts.clauses.insert(id::FRONT_ANSWERS, (Verdict::Fail, Some(evidence)));
        } else if verdicts.lives && played.unanswered.is_empty() {
            verdicts.clauses.entry(id::FRONT_ANSWERS).or_insert((Verdict::Pass, None));
        }
        verdicts
    }

    pub(super) fn write_contradictions(
        &self,
        shared: &Shared,
        verdicts: &CaseVerdicts,
        number: usize,
    ) -> Result<(), Stop> {
        let mut record = verdict_record(verdicts, number);
        record.clauses.retain(|said| said.evidence.is_some());
        self.lane.write(&shared.said(record))
    }

    pub(super) async fn discard_base(&mut self, shared: &Shared) -> Result<(), String> {
        if self.is_given(shared) {
            return Ok(());
        }
        remove_snapshot(&self.lane, &self.base.name).await.map_err(|stop| stop.to_string())?;
        if let Some(owner) = self.own_owner() {
            remove_owner(&self.lane, owner).await.map_err(|stop| stop.to_string())?;
        }
        Ok(())
    }

    /// Removes the owner, sees that the base outlives it, and removes the base.
    async fn end(mut self, shared: &Shared) {
        let ended = match self.own_owner() {
            Some(owner) => match remove_owner(&self.lane, owner).await {
                Ok(true) => self.outlives_owner(shared).await,
                Ok(false) => Ok(()),
                Err(stop) => Err(stop),
            },
            None => Ok(()),
        };
        let ended = match ended {
            Ok(()) => self.discard_base(shared).await,
            Err(stop) => Err(stop.to_string()),
        };
        // What can't be removed since the target is gone is told as left behind.
        if let Err(why) = ended
            && !self.lane.reach.is_gone()
        {
            shared.fail(why);
        }
    }

    /// A manual snapshot stays when its cluster goes.
    async fn outlives_owner(&self, shared: &Shared) -> Result<(), Stop> {
        let number = shared.next_number();
        let prefix = shared.prefix(number);
        self.begin_fixture(number, &prefix)?;
        let mut belief = self.belief.clone();
        belief.set_prefix(prefix.clone());
        let setting = self.fixture_setting(shared, number, &prefix);
        let describe = Call::describe(&self.base.name).into();
        let played = Player::new(&self.lane, setting, belief).fixture(vec![describe], &[]).await;
        self.write_contradictions(shared, &CaseVerdicts::of(shared.catalogue, &played.trace, &[]), number)
    }
}

/// Tells whether a case made anything that could show that the target lives.
fn made_a_snapshot(played: &Played) -> bool {
    let makes = |event: &Event| match &event.step.call {
        Call::Copy(_) => !event.step.call.is_export(),
        call => matches!(call, Call::Create(_)),
    };
    played.trace.iter().any(|(event, judgement)| judgement.succeeded && makes(event))
}

/// Returns the record of what a case says of the clauses.
pub(super) fn verdict_record(verdicts: &CaseVerdicts, number: usize) -> VerdictRecord {
    let clauses = verdicts.clauses.iter().map(|(clause, (verdict, evidence)): (&ClauseId, _)| ClauseVerdict {
        clause: clause.name().to_owned(),
        verdict: verdict.word().to_owned(),
        evidence: evidence.as_ref().map(|evidence: &Evidence| EvidenceRecord {
            step: evidence.event,
            reason: evidence.contradiction.reason.word().to_owned(),
            expected: evidence.contradiction.expected.clone(),
            observed: evidence.contradiction.observed.clone(),
        }),
    });
    let twins = verdicts.twins.iter().filter_map(|deed| serde_json::to_value(deed).ok()).collect();
    let (lives, lives_elsewhere) = (verdicts.lives, verdicts.lives_elsewhere);
    VerdictRecord { case: number, lives, lives_elsewhere, clauses: clauses.collect(), twins }
}

/// Ends lanes, all at once: removes their bases.
pub(super) async fn end(shared: &Arc<Shared>, workers: Vec<Worker>) {
    let mut tasks = tokio::task::JoinSet::new();
    for worker in workers {
        let shared = Arc::clone(shared);
        tasks.spawn(async move { worker.end(&shared).await });
    }
    while tasks.join_next().await.is_some() {}
}

/// Removes the lanes' bases, and then whatever the ledger still holds.
pub(super) async fn clear(shared: &Arc<Shared>, lane: &Lane, workers: Vec<Worker>) {
    end(shared, workers).await;
    clear_all(shared, lane).await;
}

/// Removes whatever the ledger still holds of this run.
pub(super) async fn clear_all(shared: &Arc<Shared>, lane: &Lane) {
    let mut tasks = tokio::task::JoinSet::new();
    for resource in lane.ledger.open_resources() {
        let (shared, lane) = (Arc::clone(shared), lane.clone());
        tasks.spawn(async move {
            if let Err(stop) = remove(&lane, &resource).await
                && !lane.reach.is_gone()
            {
                shared.fail(stop.to_string());
            }
        });
    }
    while tasks.join_next().await.is_some() {}
}
