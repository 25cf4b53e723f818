use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::account::who_am_i;
use super::budget;
use super::copies::Copies;
use super::explore::{self, Explorer, Plain};
use super::lanes;
use super::obstacle::sort_out;
use super::plan::{Plan, Progress, RunError};
use super::resume::Resumed;
use super::twins::SharedTwins;
use crate::case::{Case, Need};
use crate::endpoint::{Endpoint, Settings};
use crate::execute::{Board, Counters, Lane, Patience, S3Support, Support, probe, probe_s3};
use crate::generate::Reach;
use crate::ledger::{Ledger, ResourceKind, RunId};
use crate::record::{
    CaseRecord, CaseState, ClauseRecord, Footer, Header, Log, OptionsRecord, Record, ResourceRecord, Secrets, Shard,
    SupportRecord, TargetRecord, VerdictRecord, drifts, wants_to_be_alone,
};
use crate::service::{Call, Elsewhere, Operation, Outcome, Reply, Tag, Text, text};
use crate::sign::Credentials;
use crate::spec::{Catalogue, ClauseId};
use crate::target::{Capability, Polls, Prices, Twins};
use crate::trace::outcome_line;

/// What the lanes of a run share.
pub(super) struct Shared {
    pub(super) plan: Plan,
    pub(super) catalogue: &'static Catalogue,
    pub(super) run: RunId,
    pub(super) support: Support,
    pub(super) account: Option<Text>,
    pub(super) queue: Mutex<VecDeque<Case>>,
    /// Whose turn it is, of the cases that go over a quota which others may have spent.
    pub(super) turn: tokio::sync::Mutex<()>,
    /// The operations that refuse the KMS key that is declared, and with what; asked for once.
    pub(super) refuse_key: tokio::sync::OnceCell<Vec<(Operation, String)>>,
    pub(super) numbers: AtomicUsize,
    pub(super) failure: Mutex<Option<String>>,
    pub(super) succeeded: SharedTwins,
    pub(super) lifeless: Lifeless,
    pub(super) copies: Mutex<Copies>,
    /// The clauses that count so far.
    pub(super) counted: Mutex<BTreeSet<ClauseId>>,
    /// With what plain requests are refused.
    pub(super) plain: Plain,
    /// What is explored; `None` where nothing is.
    pub(super) explorer: Option<Arc<Explorer>>,
    pub(super) progress: Arc<dyn Progress>,
}

/// How long a list may not show a snapshot that was there before the run.
const LONGEST_LAG: Duration = Duration::from_secs(10);
/// After how many cases without a sign of life, and none with one, a target is given up.
const MOST_LIFELESS: usize = 12;

/// How many cases a target has played without a sign of life; none any more once it has shown one.
#[derive(Debug, Default)]
pub(super) struct Lifeless {
    count: AtomicUsize,
    lives: AtomicBool,
}

impl Lifeless {
    pub(super) fn note(&self, lives: bool) {
        if lives {
            self.lives.store(true, Ordering::Relaxed);
        } else {
            self.count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn is_over(&self) -> bool {
        !self.lives.load(Ordering::Relaxed) && self.count.load(Ordering::Relaxed) >= MOST_LIFELESS
    }
}

/// Returns what stands for a case's number in the names of a run. Names have one width, so that they sort by it.
pub(super) fn infix(number: usize) -> String {
    format!("-{number:03}-")
}

impl Shared {
    pub(super) fn prefix(&self, number: usize) -> Text {
        text(format!("cs{}{}", self.run, infix(number)))
    }

    pub(super) fn next_number(&self) -> usize {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// Takes a case from the queue: from its end, or from its beginning.
    pub(super) fn next_case(&self, last: bool) -> Option<Case> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if last { queue.pop_back() } else { queue.pop_front() }
    }

    pub(super) fn fail(&self, why: impl Into<String>) {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why.into());
    }

    /// Returns the record of what a case says, behind the clauses that count from now on. Where cases were chosen, those
    /// count that they probe, and besides whatever they contradict; where clauses were chosen, no others.
    pub(super) fn said(&self, record: VerdictRecord) -> Vec<Record> {
        let mut records = Vec::new();
        if self.plan.selection.1.is_empty() {
            let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
            let against = record.clauses.iter().filter(|said| said.evidence.is_some());
            let new =
                against.filter_map(|said| ClauseId::from_name(&said.clause)).filter(|clause| counted.insert(*clause));
            let clauses = new.filter_map(|clause| self.catalogue.clause(clause));
            records.extend(clauses.map(|clause| Record::Clause(ClauseRecord::of(clause))));
        }
        records.push(Record::Verdict(record));
        records
    }

    /// Returns why the run came to no good end, where it did not.
    fn ended(&self) -> Result<(), String> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        failure.map_or(Ok(()), Err)
    }

    pub(super) const fn has_twins(&self) -> bool {
        matches!(self.plan.target.twins, Twins::Case)
    }
}

/// Runs the plan; the log says how it went.
///
/// # Errors
/// Where the run could not begin: no log, no ledger, no client. Everything else stands in the log's footer.
pub async fn run(plan: Plan, cancelled: watch::Receiver<bool>, progress: Arc<dyn Progress>) -> Result<(), RunError> {
    let catalogue = Catalogue::embedded().map_err(|error| RunError::Spec(error.to_string()))?;
    if plan.resumed.as_ref().is_some_and(Resumed::is_complete) {
        return Ok(());
    }
    let (run, started) = match &plan.resumed {
        Some(resumed) => resumed.identity(&plan, catalogue)?,
        None => {
            let started = Timestamp::now();
            (RunId::new(started, distinct(&plan)), started)
        }
    };
    // First, as it refuses a folder that another run is writing to.
    let ledger = Arc::new(Ledger::open(&plan.ledger, plan.target.costs_money, &run, started)?);
    let path = plan.out.join("log.jsonl");
    let log = match &plan.resumed {
        Some(_) => Arc::new(Log::append(&path, secrets(&plan))?),
        None => {
            let log = Arc::new(Log::create(&path, secrets(&plan))?);
            log.write(&head(&plan, catalogue, &run, started))?;
            log
        }
    };
    let (requests, steps) = plan.resumed.as_ref().map(Resumed::counted).unwrap_or_default();
    let called = plan.resumed.as_ref().map(Resumed::calls).unwrap_or_default();
    let counters = Counters { requests: requests.into(), steps: steps.into(), calls: called.into() };
    let took = plan.resumed.as_ref().map(Resumed::took).unwrap_or_default();
    let clock = Instant::now();
    // What a run took that was cut short is a part of what it takes.
    let clock = clock.checked_sub(took).unwrap_or(clock);
    let endpoint = Endpoint::new(plan.settings())?;
    let lane = Lane {
        elsewhere: elsewhere(&plan, &endpoint)?,
        endpoint,
        url: text(&plan.url),
        region: text(&plan.target.region),
        ledger: Arc::clone(&ledger),
        log: Arc::clone(&log),
        clock,
        cancelled,
        reach: Arc::default(),
        patience: Arc::new(Patience::default()),
        counters: Arc::new(counters),
        poll: (plan.target.poll_start, plan.target.poll_most),
        board: matches!(plan.target.polls, Polls::List).then(|| Arc::new(Board::new(plan.target.poll_start))),
        marks: if plan.target.costs_money { marks(&run, started) } else { Arc::default() },
        settle_limit: plan.target.settle_limit,
    };
    let prices = plan.target.prices.clone();
    let mut footer = Footer { reached: true, ..Footer::default() };
    let recorded = plan.recorded.clone().map(|recorded| (recorded, plan.cases.clone(), plan.out.join("log.jsonl")));
    if let Err(stop) = all(plan, catalogue, run, &lane, progress, &mut footer).await {
        footer.failure = stop;
    }
    if let Some((recorded, cases, path)) = recorded.filter(|_| footer.reached) {
        let drifts = drifts(&Log::read(&path)?, &recorded, &cases);
        log.write(&drifts.into_iter().map(Record::Drift).collect::<Vec<_>>())?;
    }
    let open = ledger.open_resources();
    footer.leaked = open.len();
    let costs = |prices: &Prices| open.iter().map(|resource| budget::usd_a_day(prices, resource.kind)).sum();
    footer.leak_usd_a_day = prices.as_ref().filter(|_| !open.is_empty()).map(costs);
    for resource in open {
        let record = ResourceRecord {
            resource: resource.kind.word().to_owned(),
            name: resource.name.to_string(),
            state: "leaked".to_owned(),
        };
        log.write(&[Record::Resource(record)])?;
    }
    footer.requests = lane.counters.requests.load(Ordering::Relaxed);
    footer.calls = calls(&lane);
    footer.steps = lane.counters.steps.load(Ordering::Relaxed);
    footer.elapsed_s = clock.elapsed().as_secs_f64();
    footer.complete = footer.why.is_empty() && footer.failure.is_empty() && footer.reached;
    log.write(&[Record::Footer(footer)])?;
    Ok(())
}

/// For how long what a run makes is left alone by those who look at its tags: then the run is over, or dead.
const EXPIRES: SignedDuration = SignedDuration::from_hours(24);

/// Returns the tags of what is charged for: of which run it is, and when it may be removed.
fn marks(run: &RunId, started: Timestamp) -> Arc<[Tag]> {
    let expires = started.checked_add(EXPIRES).unwrap_or(Timestamp::MAX);
    let tag = |key, value: String| Tag { key: text(key), value: text(value) };
    Arc::from([tag("copysnap:expires", format!("{expires:.0}")), tag("copysnap:run", run.to_string())])
}

/// Returns what tells the run from others of the same second: the seed, and of shards, which have one seed, the part.
fn distinct(plan: &Plan) -> u16 {
    let part = plan.shard.map_or(0, |shard| shard.part - 1);
    u16::try_from((plan.seed & 0xffff).wrapping_add(part as u64) & 0xffff).unwrap_or_default()
}

/// Returns the second account and the other region as endpoints, as far as they are declared.
fn elsewhere(plan: &Plan, endpoint: &Endpoint) -> Result<Vec<(Elsewhere, Endpoint)>, RunError> {
    let mut places = Vec::new();
    if let Some(account) = &plan.target.other_account {
        let credentials = Credentials::new(account, &*plan.credentials.secret_key);
        places.push((Elsewhere::Account, endpoint.with_credentials(credentials)));
    }
    if let Some(region) = &plan.target.other_region {
        let there = match plan.target.other_region_url() {
            None => endpoint.clone(),
            Some(url) => Endpoint::new(Settings {
                credentials: plan.credentials.clone(),
                request_limit: plan.target.request_limit,
                limits: plan.target.limits.clone(),
                ..Settings::new(url)
            })?,
        };
        places.push((Elsewhere::Region, there.with_region(region)));
    }
    Ok(places)
}

/// Returns how often each operation was asked for.
fn calls(lane: &Lane) -> BTreeMap<String, usize> {
    let calls = lane.counters.calls.lock().unwrap_or_else(PoisonError::into_inner);
    calls.iter().map(|(operation, count)| ((*operation).to_owned(), *count)).collect()
}

/// Looks for the snapshot that was given as a base, for as long as a list may lag.
async fn find_given(lane: &Lane, name: &Text) -> Result<(), String> {
    let begun = lane.now();
    while !lane.is_cancelled() {
        let answer = lane.send(&Call::describe(name).into()).await.map_err(|stop| stop.to_string())?;
        if matches!(&answer.outcome, Outcome::Reply(Reply::Snapshots(page)) if !page.snapshots.is_empty()) {
            return Ok(());
        }
        if lane.now() - begun > lane.settle_limit.min(LONGEST_LAG) {
            let said = outcome_line(&answer.outcome);
            return Err(format!(
                "--source-snapshot `{name}` is not there: {said}; name one that DescribeSnapshots shows"
            ));
        }
        lane.pause(lane.poll.1).await;
    }
    Ok(())
}

async fn all(
    mut plan: Plan,
    catalogue: &'static Catalogue,
    run: RunId,
    lane: &Lane,
    progress: Arc<dyn Progress>,
    footer: &mut Footer,
) -> Result<(), String> {
    progress.stage("asking what the target has");
    let prefix = format!("cs{run}-p-");
    let account = who_am_i(lane, &plan.target, plan.settings()).await?;
    let key = plan.target.kms_key.as_deref().map(text);
    let known = account.as_deref().unwrap_or(NOBODY);
    let support = probe(lane, &prefix, known, key.as_ref()).await.map_err(|stop| stop.to_string())?;
    close_probe(lane, &prefix).await?;
    if let Some(reason) = &support.unreachable {
        footer.reached = false;
        footer.why = format!("{} was not reached: {reason}", plan.url);
        return Ok(());
    }
    if support.turned_away(Elsewhere::Account).is_some() {
        plan.target.other_account = None;
    }
    if support.turned_away(Elsewhere::Region).is_some() {
        plan.target.other_region = None;
    }
    if let Some(name) = plan.source_snapshot.as_ref().filter(|_| support.has(Operation::DescribeSnapshots)) {
        find_given(lane, name).await?;
    }
    let s3 = probe_bucket(lane, &plan, &support, &prefix).await?;
    write_support(lane, &plan, &support, s3.as_ref())?;

    let s3_there = s3.is_some_and(|s3| s3.there);
    let (mut runs, mut other): (Vec<Case>, Vec<(Case, CaseState)>) = sort_out(&plan, &support, s3_there);
    if let Some(resumed) = &plan.resumed {
        runs.retain(|case| !resumed.has_played(&case.path));
    }
    let (runs, beyond) = budget::fit(&plan, runs);
    other.extend(beyond);
    for (case, state) in other {
        let record = CaseRecord {
            case: usize::MAX,
            path: case.path.clone(),
            prefix: String::new(),
            clauses: case.clauses.iter().map(|id| id.name().to_owned()).collect(),
            state,
        };
        lane.log.write(&[Record::Case(record)]).map_err(|error| error.to_string())?;
    }
    let explored = plan.resumed.as_ref().is_some_and(Resumed::has_explored);
    let shard = plan.shard.unwrap_or(Shard::WHOLE);
    let explorable = !explored && explorable(&plan, &support);
    let sequences = if explorable { shard.share(plan.explore.sequences) } else { 0 };
    progress.total(runs.len() + sequences);
    let nothing_left = runs.is_empty() && sequences == 0;
    if nothing_left && plan.resumed.is_none() {
        return Ok(());
    }
    let apart = plan.apart;
    let (mut last, mut ordinary): (Vec<Case>, Vec<Case>) =
        runs.into_iter().partition(|case| case.spoils || apart && wants_to_be_alone(case));
    last.sort_by_key(|case| case.spoils);
    // Those that look on for a while begin first, so that others are played meanwhile.
    ordinary.sort_by_key(|case| !case.watches());
    let lanes = plan.target.lanes.max(1).min(ordinary.len().max(sequences).max(1));
    let explorer = (sequences > 0).then(|| {
        let reach = reach(&plan, &support, s3_there);
        Arc::new(Explorer::new(&plan, shard, reach, lanes))
    });
    let limit = plan.time_limit;
    let resumed = plan.resumed.clone().unwrap_or_default();
    let counted = plan.clauses.iter().copied().collect();
    let shared = Arc::new(Shared {
        plan,
        catalogue,
        run,
        support,
        account,
        queue: Mutex::new(ordinary.into()),
        turn: tokio::sync::Mutex::default(),
        refuse_key: tokio::sync::OnceCell::new(),
        numbers: AtomicUsize::new(resumed.next_number()),
        failure: Mutex::new(None),
        succeeded: SharedTwins::knowing(resumed.twins(), resumed.lives()),
        lifeless: Lifeless { lives: resumed.lives().into(), ..Lifeless::default() },
        copies: Mutex::default(),
        counted: Mutex::new(counted),
        plain: Plain::default(),
        explorer,
        progress,
    });
    if shared.plan.resumed.is_some() {
        shared.progress.stage("removing what was left behind");
        lanes::clear_all(&shared, lane).await;
    }
    if nothing_left {
        return shared.ended();
    }
    let mut workers = lanes::start(&shared, lane, lanes).await;
    let begun = lane.now();
    let over = || limit.is_some_and(|limit| lane.now() - begun > limit);
    workers = lanes::drain(&shared, workers, limit).await;
    if let Some(explorer) = &shared.explorer {
        shared.progress.stage("exploring");
        if !shared.plan.cases.is_empty() {
            lane.patience.tire();
        }
        workers = explore::explore(&shared, explorer, workers, limit.map(|limit| begun + limit)).await;
        let mut records = explorer.revised();
        records.push(explorer.record());
        lane.log.write(&records).map_err(|error| error.to_string())?;
    }
    if apart {
        let others = workers.split_off(workers.len().min(1));
        lanes::end(&shared, others).await;
    }
    shared.queue.lock().unwrap_or_else(PoisonError::into_inner).extend(last);
    if let Some(first) = workers.first_mut() {
        first.work(&shared, limit.map(|limit| begun + limit)).await;
    }
    let left = shared.queue.lock().unwrap_or_else(PoisonError::into_inner).len();
    if let Some(gone) = lane.reach.gone() {
        footer.reached = false;
        footer.why = format!("{} is gone, and {left} cases were not run: {gone}", shared.plan.url);
        // It may be back by now, so that what was made can be removed.
        lane.reach.try_again();
    } else if lane.is_cancelled() {
        footer.why = "the run was interrupted".to_owned();
    } else if shared.lifeless.is_over() {
        footer.why = format!("{MOST_LIFELESS} cases without a sign of life, and {left} not run");
    } else if left > 0 && over() {
        footer.why = format!("the time limit was reached with {left} cases to go");
    }
    let late = shared.succeeded.settled(catalogue).into_iter().map(Record::Verdict);
    lane.log.write(&late.collect::<Vec<_>>()).map_err(|error| error.to_string())?;
    for record in shared.copies.lock().unwrap_or_else(PoisonError::into_inner).always_failed() {
        lane.log.write(&shared.said(record)).map_err(|error| error.to_string())?;
    }
    shared.progress.stage("removing what was made");
    lanes::clear(&shared, lane, workers).await;
    shared.ended()
}

/// What stands for S3 among the operations that a target has or not.
pub(super) const S3: &str = "S3";

/// Tells whether sequences can be played at all: something has to be made and looked at.
fn explorable(plan: &Plan, support: &Support) -> bool {
    let base = plan.source_snapshot.is_some() || support.has(Operation::CreateSnapshot);
    base && support.has(Operation::DescribeSnapshots) && support.has(Operation::DeleteSnapshot)
}

/// Returns what the target lets sequences do.
fn reach(plan: &Plan, support: &Support, s3: bool) -> Reach {
    let tags = [Operation::ListTagsForResource, Operation::AddTagsToResource, Operation::RemoveTagsFromResource];
    let creates = plan.source_snapshot.is_none() && support.has(Operation::CreateSnapshot);
    Reach {
        copies: support.has(Operation::CopySnapshot),
        creates,
        tags: tags.into_iter().all(|operation| support.has(operation)),
        key: plan.target.has(Capability::KmsKey) && support.key_doubted.is_empty(),
        signatures: plan.target.has(Capability::ChecksSignatures),
        s3,
        // Where requests cost money, nothing is made that is not needed.
        own: creates && !plan.target.costs_money,
        backups: plan.target.automatic_backups_within().is_some(),
        restores: !plan.target.costs_money && (plan.target.has(Capability::Restores) || support.restores),
        other_region: plan.target.other_region.is_some(),
        other_account: plan.target.other_account.is_some(),
        quota: plan.target.has(Capability::Quota),
    }
}

/// Returns what the log is not to show.
fn secrets(plan: &Plan) -> Secrets {
    let accounts = [&plan.target.account, &plan.target.other_account].into_iter().flatten();
    Secrets::of(&plan.credentials, &accounts.map(|account| &**account).collect::<Vec<_>>())
}

/// The account in ARNs while none is known.
pub(super) const NOBODY: &str = "123456789012";

/// The probe asks for things that cannot be made; where a target made them nevertheless, the last sweep removes them.
async fn close_probe(lane: &Lane, prefix: &str) -> Result<(), String> {
    for resource in lane.ledger.open_resources() {
        if !resource.name.starts_with(prefix) || resource.kind != ResourceKind::Snapshot {
            continue;
        }
        let answer = lane.send(&Call::describe(&resource.name).into()).await.map_err(|stop| stop.to_string())?;
        let made = match answer.outcome {
            Outcome::Reply(Reply::Snapshots(page)) => {
                page.snapshots.iter().any(|snapshot| snapshot.name.as_ref() == Some(&resource.name))
            }
            _ => false,
        };
        if !made {
            lane.ledger.gone(&resource).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

/// Asks whether there is S3, where a case needs it that can be played at all, or sequences may export.
async fn probe_bucket(lane: &Lane, plan: &Plan, support: &Support, prefix: &str) -> Result<Option<S3Support>, String> {
    let explores = plan.explore.sequences > 0 && explorable(plan, support);
    let wanted = explores || plan.cases.iter().any(|case| case.needs.contains(&Need::Bucket));
    if !wanted || !plan.target.has(Capability::S3) || !support.has(Operation::CopySnapshot) {
        return Ok(None);
    }
    probe_s3(lane, prefix).await.map(Some).map_err(|stop| stop.to_string())
}

fn write_support(lane: &Lane, plan: &Plan, support: &Support, s3: Option<&S3Support>) -> Result<(), String> {
    let mut records: Vec<Record> = support
        .operations
        .iter()
        .map(|(operation, state, seen)| {
            Record::Support(SupportRecord {
                operation: operation.name().to_owned(),
                state: state.word().to_owned(),
                seen: seen.clone(),
                invented: support.invented.clone(),
                replay: probe_line(*operation, &plan.url),
            })
        })
        .collect();
    records.extend(s3.map(|s3| {
        Record::Support(SupportRecord {
            operation: S3.to_owned(),
            state: if s3.there { "supported" } else { "unsupported" }.to_owned(),
            seen: format!("{} => {}", s3.asked, s3.seen),
            invented: support.invented.clone(),
            replay: format!(
                "curl -i --aws-sigv4 aws:amz:{region}:s3 --user test:test -X PUT {}/cs-bucket",
                plan.target.s3_url().as_deref().unwrap_or(&plan.url),
                region = plan.target.region
            ),
        })
    }));
    if let Some(resumed) = &plan.resumed {
        let is_new = |record: &Record| !matches!(record, Record::Support(said) if resumed.has_probed(&said.operation));
        records.retain(is_new);
    }
    lane.log.write(&records).map_err(|error| error.to_string())
}

fn probe_line(operation: Operation, url: &str) -> String {
    let parameters = match operation {
        Operation::CopySnapshot => "&SourceSnapshotName=never&TargetSnapshotName=never2",
        Operation::CreateSnapshot => "&SnapshotName=never2&ReplicationGroupId=never",
        Operation::DescribeSnapshots | Operation::DeleteSnapshot => "&SnapshotName=never",
        _ => "&ResourceName=arn:aws:elasticache:us-east-1:123456789012:snapshot:never",
    };
    let name = operation.name();
    format!(
        "curl -i --aws-sigv4 aws:amz:us-east-1:elasticache --user test:test -d 'Action={name}&Version=2015-02-02{parameters}' {url}"
    )
}

fn head(plan: &Plan, catalogue: &Catalogue, run: &RunId, started: Timestamp) -> Vec<Record> {
    let header = Header {
        schema: 1,
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        catalogue: catalogue.hash(),
        target: TargetRecord {
            name: plan.target.name.clone(),
            version: plan.target.version.clone().unwrap_or_default(),
            endpoint: plan.url.clone(),
            s3_endpoint: plan.target.s3_endpoint.clone(),
            region: plan.target.region.clone(),
            capabilities: plan.target.capabilities.iter().map(|capability| capability.word().to_owned()).collect(),
            authority: plan.target.authority,
        },
        started: started.to_string(),
        run: run.to_string(),
        seed: format!("{:#018x}", plan.seed),
        options: OptionsRecord {
            settle_limit_s: plan.target.settle_limit.as_secs_f64(),
            lanes: plan.target.lanes,
            strict: plan.strict,
            cases: plan.selection.0.clone(),
            clauses: plan.selection.1.clone(),
            shard: plan.shard.map(|shard| shard.to_string()),
            explore: plan.explore.sequences,
            drift: plan.recorded.is_some(),
            defect: plan.defect.clone(),
            words: plan.words.clone(),
        },
        start_up_ms: plan.start_up.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
    };
    let clauses = plan
        .clauses
        .iter()
        .filter_map(|id| catalogue.clause(*id))
        .map(|clause| Record::Clause(ClauseRecord::of(clause)));
    let waivers = plan.waivers.iter().cloned().map(Record::Waiver);
    std::iter::once(Record::Header(header)).chain(clauses).chain(waivers).collect()
}
