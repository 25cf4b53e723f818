use std::collections::BTreeSet;
use std::time::Duration;

use super::plan::Plan;
use crate::case::{Case, Need};
use crate::ledger::ResourceKind;
use crate::record::{CaseState, Shard};
use crate::spec::ClauseId;
use crate::target::{Prices, Target, Twins};

/// Hours in the month that storage is charged by.
const HOURS_A_MONTH: f64 = 730.0;
/// For how long a copy is taken to be kept, in hours: storage is charged by the hour.
const KEPT_HOURS: f64 = 1.0;
/// How many requests to S3 a case with a bucket is taken to send.
const S3_REQUESTS: u32 = 8;
/// How many looks a wait is taken to need.
const LOOKS: u32 = 4;

/// What a run may cost, beside what its target allows.
#[derive(Clone, Debug, PartialEq)]
pub struct Budget {
    /// In US dollars; `None` for whatever it takes.
    pub usd: Option<f64>,
    /// When what is begun has to be over; `None` for whenever.
    pub deadline: Option<Duration>,
    /// How long a copy is taken to need.
    pub copy_time: Duration,
    /// By how much the target's pace is sped up, where a run is rehearsed.
    pub speed: f64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { usd: None, deadline: None, copy_time: Duration::from_secs(60), speed: 1.0 }
    }
}

/// What kind of costs a case has, cheapest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// It makes nothing.
    Free,
    /// It takes snapshots of the cluster.
    Base,
    /// It makes copies.
    Copy,
    /// It needs a bucket.
    Bucket,
    /// It needs a KMS key.
    Key,
}

impl Class {
    /// Every class, cheapest first.
    pub const ALL: &'static [Self] = &[Self::Free, Self::Base, Self::Copy, Self::Bucket, Self::Key];

    /// Returns the word in plans.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Base => "base",
            Self::Copy => "copy",
            Self::Bucket => "bucket",
            Self::Key => "key",
        }
    }
}

/// Returns what kind of costs the case has.
#[must_use]
pub fn cost_class(case: &Case) -> Class {
    let played = case.rehearse();
    match () {
        () if case.needs.contains(&Need::KmsKey) => Class::Key,
        () if case.needs.contains(&Need::Bucket) => Class::Bucket,
        () if played.creates > 0 => Class::Base,
        () if played.copies > 0 => Class::Copy,
        () => Class::Free,
    }
}

/// What one case is taken to need.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cost {
    snapshots: u32,
    requests: u32,
    usd: f64,
    time: Duration,
}

impl Cost {
    fn of(case: &Case, plan: &Plan) -> Self {
        let played = case.rehearse();
        let bucket = case.needs.contains(&Need::Bucket);
        let made = played.copies + played.creates;
        // Where refusals share a twin they share a life.
        let life = u32::from(made == 0 && matches!(plan.target.twins, Twins::Case));
        let snapshots = made + life;
        let asked = case.asks().map(|ask| ask.repeat).sum::<u32>();
        let refused = case.asks().filter(|ask| ask.expect.is_some()).count();
        let refused = u32::try_from(refused).unwrap_or(u32::MAX);
        let of_bucket = if bucket { S3_REQUESTS } else { 0 };
        // Each is waited for, read back with its tags, and deleted; that it is gone is waited for in its case, or with all
        // others at the end.
        let waits = match plan.target.twins {
            Twins::Case => 2,
            Twins::Run => 1,
        };
        let requests =
            asked + 2 * refused + snapshots * (waits * LOOKS + 3) + of_bucket + if snapshots > 0 { 3 } else { 0 };
        let waits = if snapshots > 0 { waits } else { 0 };
        let pace = plan
            .target
            .pace
            .map_or(Duration::ZERO, |pace| Duration::from_secs_f64(f64::from(requests) * plan.budget.speed / pace));
        let time = pace + plan.budget.copy_time * waits;
        let usd = plan.target.prices.as_ref().map_or(0.0, |prices| {
            f64::from(snapshots) * storage(prices) + f64::from(of_bucket) * prices.s3_requests_1000 / 1000.0
        });
        Self { snapshots, requests, usd, time }
    }
}

fn storage(prices: &Prices) -> f64 {
    kept(prices, KEPT_HOURS)
}

/// Returns what it costs to keep an empty snapshot for so many hours.
fn kept(prices: &Prices, hours: f64) -> f64 {
    prices.snapshot_gb * prices.backup_gb_month * hours / HOURS_A_MONTH
}

/// Returns what a resource costs for each day that it stays, in US dollars; what stands in a bucket is next to nothing.
pub(super) fn usd_a_day(prices: &Prices, kind: ResourceKind) -> f64 {
    const HOURS: f64 = 24.0;
    match kind {
        ResourceKind::Cluster | ResourceKind::Group => prices.node_hour * HOURS,
        ResourceKind::Snapshot => kept(prices, HOURS),
        ResourceKind::Bucket | ResourceKind::Object => 0.0,
    }
}

/// What is left of what a run may cost.
struct Left {
    snapshots: Option<u32>,
    requests: Option<u32>,
    usd: Option<f64>,
    time: Option<Duration>,
}

impl Left {
    /// Returns why the case does not fit; `None` where it does.
    fn lacks(&self, cost: Cost, plan: &Plan) -> Option<String> {
        let (target, budget) = (&plan.target, &plan.budget);
        // What a person asked for comes before what the target has.
        if self.usd.is_some_and(|left| cost.usd > left) {
            return Some(format!("it goes beyond the budget of {} USD", budget.usd.unwrap_or_default()));
        }
        if self.time.is_some_and(|left| cost.time > left) {
            let seconds = budget.deadline.unwrap_or_default().as_secs();
            return Some(format!("it would not be over by the deadline of {seconds} s"));
        }
        if self.snapshots.is_some_and(|left| cost.snapshots > left) {
            let most = target.snapshots_per_run.unwrap_or_default();
            return Some(format!("a run makes at most {most} snapshots here, and others come first"));
        }
        if self.requests.is_some_and(|left| cost.requests > left) {
            let most = target.requests_per_run.unwrap_or_default();
            return Some(format!("a run sends at most {most} requests here, and others come first"));
        }
        None
    }

    fn spend(&mut self, cost: Cost) {
        self.snapshots = self.snapshots.map(|left| left.saturating_sub(cost.snapshots));
        self.requests = self.requests.map(|left| left.saturating_sub(cost.requests));
        self.usd = self.usd.map(|left| left - cost.usd);
        self.time = self.time.map(|left| left.saturating_sub(cost.time));
    }
}

/// Returns what so many snapshots and requests to S3 cost, in US dollars.
#[expect(clippy::cast_precision_loss, reason = "a few hundred")]
#[must_use]
pub fn usd(prices: &Prices, snapshots: usize, s3_requests: usize) -> f64 {
    snapshots as f64 * storage(prices) + s3_requests as f64 * prices.s3_requests_1000 / 1000.0
}

/// Returns what a run costs whatever it plays, in US dollars: the node that the base is taken of.
#[must_use]
pub fn fixed_usd(target: &Target, given: bool, took: Duration) -> f64 {
    let hours = (took.as_secs_f64() / 3600.0).ceil().max(1.0);
    target.prices.as_ref().filter(|_| !given).map_or(0.0, |prices| prices.node_hour * hours + storage(prices))
}

/// Chooses the cases that fit: first those that say most of clauses of which nothing is said yet, for what they cost;
/// what has to be waited for longest comes last, for lanes that begin at the end. Where nothing is limited all fit, in their
/// order.
pub(super) fn fit(plan: &Plan, cases: Vec<Case>) -> (Vec<Case>, Vec<(Case, CaseState)>) {
    let (target, budget) = (&plan.target, &plan.budget);
    let limited = target.snapshots_per_run.is_some()
        || target.requests_per_run.is_some()
        || budget.usd.is_some()
        || budget.deadline.is_some();
    if !limited {
        return (cases, Vec::new());
    }
    let given = plan.source_snapshot.is_some();
    let fixed = fixed_usd(target, given, Duration::ZERO);
    // Bases are made before the first case, one of the cluster and copies of it for the other lanes, and removed after the
    // last.
    let lanes = u32::try_from(target.lanes).unwrap_or(1).max(1);
    let base = budget.copy_time * (if given { 0 } else { 2 } + u32::from(lanes > 1) + 1);
    let bases = u32::from(!given) + lanes - 1;
    // What a run may make is shared out over its shards.
    let shard = plan.shard.unwrap_or(Shard::WHOLE);
    let part = |most: u32| u32::try_from(shard.share(most as usize)).unwrap_or(u32::MAX);
    let mut left = Left {
        // The bases are of them.
        snapshots: target.snapshots_per_run.map(part).map(|most| most.saturating_sub(bases)),
        requests: target.requests_per_run.map(part).map(|most| most.saturating_sub(ALWAYS)),
        usd: budget.usd.map(|usd| usd - fixed),
        time: budget.deadline.map(|deadline| deadline.saturating_sub(base) * lanes),
    };
    let broke = left.usd.is_some_and(|left| left < 0.0);
    let mut open: Vec<(Case, Cost)> =
        cases.into_iter().map(|case| (Cost::of(&case, plan), case)).map(|(cost, case)| (case, cost)).collect();
    let mut chosen: Vec<(Case, Cost)> = Vec::new();
    let mut said: BTreeSet<ClauseId> = BTreeSet::new();
    loop {
        let fits = open.iter().enumerate().filter(|(_, (_, cost))| left.lacks(*cost, plan).is_none());
        let worth = |case: &Case, cost: &Cost| {
            let new = case.clauses.iter().filter(|clause| !said.contains(clause)).count();
            // The dearest thing is what there is least of.
            let price = f64::from(cost.requests) + 30.0 * f64::from(cost.snapshots);
            (new as f64 / price, -price)
        };
        let best = fits
            .map(|(place, (case, cost))| (place, worth(case, cost)))
            .max_by(|(_, one), (_, other)| one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)));
        let Some((place, _)) = best.filter(|_| !broke) else { break };
        let (case, cost) = open.remove(place);
        left.spend(cost);
        said.extend(&case.clauses);
        chosen.push((case, cost));
    }
    chosen.sort_by(|(one, cost), (other, more)| cost.snapshots.cmp(&more.snapshots).then(one.path.cmp(&other.path)));
    let beyond = open.into_iter().map(|(case, cost)| {
        let reason = if broke {
            format!("the budget of {} USD does not pay for the node of the base", budget.usd.unwrap_or_default())
        } else {
            left.lacks(cost, plan).unwrap_or_default()
        };
        (case, CaseState::NotRun { reason })
    });
    (chosen.into_iter().map(|(case, _)| case).collect(), beyond.collect())
}

/// How many requests a run sends whatever it plays: it asks what is there, makes bases, removes all that is left, and sends
/// again what was throttled.
const ALWAYS: u32 = 120;
