use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::watch;

use super::account::who_am_i;
use super::plan::{RunError, settings};
use crate::endpoint::Endpoint;
use crate::execute::{Counters, Lane, Patience, list_all, remove};
use crate::ledger::{Ledger, Resource, RunId};
use crate::record::{Log, Record, ResourceRecord, Secrets};
use crate::service::text;
use crate::sign::Credentials;
use crate::target::Target;

/// How often it is looked whether what was removed has come back: a request that was on its way when its run was killed
/// may be carried out later.
const LOOKS: usize = 3;

/// What is to be removed, and from where.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// The target, with what was said on the command line already in it.
    pub target: Target,
    /// Where it listens.
    pub url: String,
    /// With what requests are signed.
    pub credentials: Credentials,
    /// The ledger of the runs that are swept after.
    pub ledger: PathBuf,
    /// Where `sweep.jsonl` says what was removed; the folder exists.
    pub out: PathBuf,
    /// Also removes what has the strict prefix of a run that began longer ago, whether or not the ledger knows of it.
    pub older_than: Option<Duration>,
    /// Whether it only looks.
    pub dry: bool,
}

/// What a sweep came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// What was there, or may have been, and is to be removed.
    pub found: Vec<Resource>,
    /// What the ledger has of other endpoints or regions, which is left alone.
    pub elsewhere: Vec<Resource>,
    /// What could not be shown to be gone; where it only looked, nothing.
    pub left: Vec<Resource>,
}

/// Removes what runs left behind, or looks what that would be.
///
/// # Errors
/// Where another run is writing the ledger, where the credentials belong to another account, and where there can be no
/// client.
pub async fn sweep(sweep: Sweep, cancelled: watch::Receiver<bool>) -> Result<Swept, RunError> {
    let Sweep { target, url, credentials, .. } = &sweep;
    let now = Timestamp::now();
    let run = RunId::new(now, 0);
    let accounts: Vec<&str> = target.account.iter().map(|account| &**account).collect();
    let ledger = Arc::new(Ledger::open(&sweep.ledger, target.costs_money, &run, now)?);
    let log = Arc::new(Log::create(&sweep.out.join("sweep.jsonl"), Secrets::of(credentials, &accounts))?);
    let settings = settings(target, url, credentials);
    let lane = Lane {
        elsewhere: Vec::new(),
        endpoint: Endpoint::new(settings.clone())?,
        url: text(url),
        region: text(&target.region),
        ledger: Arc::clone(&ledger),
        log: Arc::clone(&log),
        clock: Instant::now(),
        cancelled,
        reach: Arc::default(),
        patience: Arc::new(Patience::default()),
        counters: Arc::new(Counters::default()),
        poll: (target.poll_start, target.poll_most),
        board: None,
        marks: Arc::default(),
        settle_limit: target.settle_limit,
    };
    who_am_i(&lane, target, settings).await.map_err(RunError::Sweep)?;
    let stop = |stop: crate::execute::Stop| RunError::Sweep(stop.to_string());

    let is_here = |resource: &Resource| *resource.endpoint == *lane.url;
    let (mut found, elsewhere): (Vec<Resource>, Vec<Resource>) = ledger.inherited().into_iter().partition(is_here);
    let shown = list_all(&lane).await.map_err(stop)?;
    if let Some(age) = sweep.older_than {
        let known: BTreeSet<_> = found.iter().map(|resource| (resource.kind, resource.name.clone())).collect();
        let before = now.checked_sub(age).unwrap_or(Timestamp::MIN);
        let is_old = |resource: &Resource| RunId::of_name(&resource.name).is_some_and(|began| began < before);
        let unknown = |resource: &&Resource| !known.contains(&(resource.kind, resource.name.clone()));
        found.extend(shown.iter().filter(|resource| is_old(resource)).filter(unknown).cloned());
    }
    if sweep.dry {
        let is_shown = |resource: &Resource| {
            shown.iter().any(|shown| (shown.kind, &shown.name) == (resource.kind, &resource.name))
        };
        found.retain(is_shown);
        return Ok(Swept { found, elsewhere, left: Vec::new() });
    }
    let mut left = removed(&lane, found.clone()).await?;
    for _ in 0..LOOKS {
        if lane.is_cancelled() {
            break;
        }
        tokio::time::sleep(lane.poll.1).await;
        let shown = list_all(&lane).await.map_err(stop)?;
        let is_shown = |resource: &&Resource| {
            shown.iter().any(|shown| (shown.kind, &shown.name) == (resource.kind, &resource.name))
        };
        let back: Vec<Resource> = found.iter().filter(is_shown).cloned().collect();
        if back.is_empty() {
            break;
        }
        left = removed(&lane, back).await?;
    }
    let record = |resource: &Resource, state: &str| {
        let (kind, name) = (resource.kind.word().to_owned(), resource.name.to_string());
        Record::Resource(ResourceRecord { resource: kind, name, state: state.to_owned() })
    };
    let said =
        found.iter().map(|resource| record(resource, if left.contains(resource) { "leaked" } else { "removed" }));
    log.write(&said.collect::<Vec<_>>())?;
    Ok(Swept { found, elsewhere, left })
}

/// Removes resources, all at once, and returns those that could not be shown to be gone.
async fn removed(lane: &Lane, resources: Vec<Resource>) -> Result<Vec<Resource>, RunError> {
    let mut tasks = tokio::task::JoinSet::new();
    for resource in resources {
        let lane = lane.clone();
        tasks.spawn(async move {
            let gone = remove(&lane, &resource).await;
            gone.map(|gone| (!gone).then_some(resource))
        });
    }
    let mut left = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        match ended {
            Ok(Ok(resource)) => left.extend(resource),
            Ok(Err(stop)) => return Err(RunError::Sweep(stop.to_string())),
            Err(error) => return Err(RunError::Sweep(format!("a removal broke down: {error}"))),
        }
    }
    // An object goes with its bucket.
    left.retain(|resource| resource.kind != crate::ledger::ResourceKind::Object);
    Ok(left)
}
