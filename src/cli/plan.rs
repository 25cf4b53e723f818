use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::args::{Format, PlanArgs, TargetArgs};
use super::message::{Failure, out, plan as wording};
use super::reach::Choice;
use super::run::budget;
use super::select::select;
use super::session::{Job, Session};
use crate::case::Case;
use crate::endpoint::{Endpoint, Settings};
use crate::record::{CaseState, Record};
use crate::refserver::{ACCOUNT, Options, RefServer};
use crate::runner::{Budget, Class, Explore, cost_class, fixed_usd, usd};
use crate::service::{Call, CreateSnapshot, Fixture, Owner, OwnerKind, text};
use crate::spec::ClauseId;
use crate::target::Target;

/// How long a copy takes where the run is rehearsed: what is expected of the target is sped up to that.
const REHEARSED: Duration = Duration::from_millis(300);
/// Up to how long after the last change a wait in a rehearsal is given up.
const LEAST_SETTLE: Duration = Duration::from_secs(10);

/// What a run would do, by a rehearsal on the reference endpoint with the target's settings.
#[derive(Debug, Serialize)]
pub(super) struct Planned {
    pub(super) target: String,
    pub(super) endpoint: String,
    /// How often each operation is asked for.
    pub(super) calls: BTreeMap<String, usize>,
    pub(super) requests: usize,
    pub(super) resources: Resources,
    pub(super) quota: Quota,
    pub(super) time_ms: u64,
    pub(super) cost_usd: Option<f64>,
    pub(super) classes: Vec<OfClass>,
    pub(super) not_run: Vec<NotRun>,
    pub(super) assumptions: Vec<String>,
}

/// What is made, and removed.
#[derive(Debug, Default, Serialize)]
pub(super) struct Resources {
    pub(super) clusters: usize,
    pub(super) snapshots: usize,
    pub(super) copies: usize,
    pub(super) buckets: usize,
    pub(super) objects: usize,
}

/// How much of a node's quota is used, if copies count.
#[derive(Debug, Serialize)]
pub(super) struct Quota {
    pub(super) used: usize,
    pub(super) of: u32,
}

/// What there is of a cost class.
#[derive(Debug, Serialize)]
pub(super) struct OfClass {
    pub(super) class: &'static str,
    /// Clauses of which the cheapest case is of this class.
    pub(super) clauses: usize,
    /// … that a case probes that runs.
    pub(super) probed: usize,
    pub(super) cases: usize,
    pub(super) run: usize,
}

/// Cases that would not run, and why.
#[derive(Debug, Serialize)]
pub(super) struct NotRun {
    pub(super) reason: String,
    pub(super) cases: Vec<String>,
}

/// Says what a run would do and cost, and sends the target nothing.
pub(super) fn plan(arguments: &PlanArgs) -> Result<u8, Failure> {
    let rehearsal = rehearse(arguments)?;
    let given = arguments.target.source_snapshot.is_some();
    let planned = Planned::of(&rehearsal, given, budget(&arguments.budget).copy_time);
    out(&match arguments.format {
        Format::Json => serde_json::to_string_pretty(&planned).map_err(|error| Failure::of(3, &error))? + "\n",
        Format::Human | Format::Github => wording::plan(&planned),
    });
    Ok(0)
}

/// A run as it was rehearsed.
pub(super) struct Rehearsal {
    pub(super) target: Target,
    pub(super) records: Vec<Record>,
    cases: Vec<Case>,
    clauses: Vec<ClauseId>,
    speed: f64,
}

/// Plays a run on the reference endpoint with the target's settings; the target is sent nothing.
pub(super) fn rehearse(arguments: &PlanArgs) -> Result<Rehearsal, Failure> {
    let selection = select(&arguments.cases, &arguments.clauses, arguments.shard, false)?;
    let mut of_target = arguments.target.clone();
    // Nothing is sent, so that it need not be said whose it is.
    of_target.account.get_or_insert_with(|| ACCOUNT.to_owned());
    let target = Choice::of(&of_target)?.target;
    let limits = budget(&arguments.budget);
    let speed = (limits.copy_time.as_secs_f64() / REHEARSED.as_secs_f64()).max(1.0);
    let settle = limits.copy_time.div_f64(speed);
    let kms_key = target.kms_key.as_deref().map(text);
    let server = RefServer::start(Options { settle, kms_key, require_sigv4: true, ..Options::default() })
        .map_err(|error| Failure::of(3, &error))?;
    if let Some(name) = &arguments.target.source_snapshot {
        make_source(&server.url, &target.region, name, settle)?;
    }
    let here = TargetArgs {
        endpoint: Some(server.url.clone()),
        source_snapshot: arguments.target.source_snapshot.clone(),
        seed: Some(arguments.target.seed.unwrap_or(0)),
        ledger: Some(arguments.out.join("ledger.jsonl")),
        ..TargetArgs::default()
    };
    let mut choice = Choice::of(&here)?;
    choice.target = rehearsed(&target, &choice.target, speed);
    let (cases, clauses) = (selection.cases.clone(), selection.clauses.clone());
    let job = Job {
        selection,
        words: (arguments.cases.clone(), arguments.clauses.clone()),
        shard: arguments.shard,
        waivers: Vec::new(),
        recorded: None,
        apart: false,
        lanes: arguments.lanes,
        time_limit: None,
        budget: Budget { speed, ..limits },
        explore: Explore::default(),
        resume: false,
    };
    let records = Session::open(&arguments.out, false)?.run(choice, &here, job)?;
    server.stop();
    Ok(Rehearsal { target, records, cases, clauses, speed })
}

/// Returns the target as it is rehearsed: its settings, sped up, at the place of the other.
fn rehearsed(target: &Target, here: &Target, speed: f64) -> Target {
    Target {
        endpoint: here.endpoint.clone(),
        s3_endpoint: None,
        sts_endpoint: None,
        account: Some(ACCOUNT.to_owned()),
        launch: None,
        settle_limit: target.settle_limit.div_f64(speed).max(LEAST_SETTLE),
        poll_start: target.poll_start.div_f64(speed),
        poll_most: target.poll_most.div_f64(speed),
        pace: target.pace.map(|pace| pace * speed),
        ..target.clone()
    }
}

/// Makes the snapshot that is copied, where the run is rehearsed.
fn make_source(url: &str, region: &str, name: &str, settle: Duration) -> Result<(), Failure> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| Failure::of(3, &error))?;
    let endpoint = Endpoint::new(Settings { region: region.to_owned(), ..Settings::new(url) })
        .map_err(|error| Failure::of(3, &error))?;
    let owner = Owner { kind: OwnerKind::Group, id: text("rehearsal") };
    let create = CreateSnapshot { name: Some(text(name)), group: Some(owner.id.clone()), ..CreateSnapshot::default() };
    runtime.block_on(async {
        let clock = Instant::now();
        for call in [Call::Fixture(Fixture::Create(owner)), Call::Create(create)] {
            endpoint.call(&call.into(), clock).await;
            tokio::time::sleep(settle * 2).await;
        }
    });
    Ok(())
}

impl Planned {
    fn of(rehearsal: &Rehearsal, given: bool, copy_time: Duration) -> Self {
        let Rehearsal { target, records, cases, clauses, speed } = rehearsal;
        let footer = Record::footer(records).cloned().unwrap_or_default();
        let mut resources = made(records);
        resources.clusters = usize::from(!given);
        let took = Duration::from_secs_f64(footer.elapsed_s * *speed);
        let of_s3 = |operation: &str| {
            operation.ends_with("Bucket") || operation.contains("Object") || operation.contains("BucketPolicy")
        };
        let s3: usize = footer.calls.iter().filter(|(operation, _)| of_s3(operation)).map(|(_, count)| count).sum();
        let used = resources.snapshots + resources.copies;
        let cost_usd = target.prices.as_ref().map(|prices| {
            let all = fixed_usd(target, given, took) + usd(prices, used, s3);
            (all * 10_000.0).ceil() / 10_000.0
        });
        Self {
            target: target.name.clone(),
            endpoint: target.endpoint_url().unwrap_or_default(),
            requests: footer.requests,
            calls: footer.calls,
            quota: Quota { used, of: target.snapshots_per_node },
            time_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            cost_usd,
            classes: classes(records, cases, clauses),
            not_run: not_run(records),
            assumptions: wording::assumptions(target, given, copy_time),
            resources,
        }
    }
}

/// Returns what the rehearsal made; clusters are in no step.
fn made(records: &[Record]) -> Resources {
    let mut made = Resources::default();
    for record in records {
        let Record::Step(step) = record else { continue };
        if step.status != 200 {
            continue;
        }
        let exports = step.call.contains("TargetBucket");
        match step.operation.as_str() {
            "CreateSnapshot" => made.snapshots += 1,
            "CopySnapshot" if exports => made.objects += 1,
            "CopySnapshot" => made.copies += 1,
            "CreateBucket" => made.buckets += 1,
            "PutObject" => made.objects += 1,
            _ => {}
        }
    }
    made
}

/// Returns the cases that would not run, by reason.
fn not_run(records: &[Record]) -> Vec<NotRun> {
    let mut by_reason: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for record in records {
        let Record::Case(case) = record else { continue };
        let reason = match &case.state {
            CaseState::NotRun { reason } | CaseState::NotApplicable { reason } | CaseState::Error { reason } => {
                reason.clone()
            }
            CaseState::Unsupported { operation } => wording::unsupported(operation),
            CaseState::Runs | CaseState::Drawn | CaseState::Tried => continue,
        };
        by_reason.entry(reason).or_default().push(case.path.clone());
    }
    by_reason.into_iter().map(|(reason, cases)| NotRun { reason, cases }).collect()
}

/// Returns what there is of each cost class.
fn classes(records: &[Record], cases: &[Case], clauses: &[ClauseId]) -> Vec<OfClass> {
    let runs = |case: &Case| {
        let is_it =
            |record: &Record| matches!(record, Record::Case(it) if it.path == case.path && it.state == CaseState::Runs);
        records.iter().any(is_it)
    };
    let all: Vec<(&Case, Class, bool)> = cases.iter().map(|case| (case, cost_class(case), runs(case))).collect();
    let probing = |clause: &ClauseId, ran: bool| {
        all.iter()
            .filter(|(case, _, runs)| case.clauses.contains(clause) && (*runs || !ran))
            .map(|(_, class, _)| *class)
            .min()
    };
    let of = |class: Class| {
        let of_class = |clause: &&ClauseId| probing(clause, false) == Some(class);
        OfClass {
            class: class.word(),
            clauses: clauses.iter().filter(of_class).count(),
            probed: clauses.iter().filter(of_class).filter(|clause| probing(clause, true).is_some()).count(),
            cases: all.iter().filter(|(_, of, _)| *of == class).count(),
            run: all.iter().filter(|(_, of, runs)| *of == class && *runs).count(),
        }
    };
    Class::ALL.iter().map(|class| of(*class)).collect()
}
