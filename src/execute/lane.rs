use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::Value;
use tokio::sync::watch;

use super::{Board, Patience, Reach};
use crate::endpoint::{Answer, Endpoint};
use crate::ledger::{Ledger, LedgerError, Resource, ResourceKind};
use crate::model::export_key;
use crate::record::{Log, LogError, Record, StepRecord};
use crate::service::{
    Call, Elsewhere, Fixture, Indeterminate, Outcome, OwnerKind, S3Action, Step, Tag, Text, canonical, text,
};
use crate::trace::{Role, outcome_line, step_line};

/// What all lanes count together.
#[derive(Debug, Default)]
pub struct Counters {
    /// Requests sent, retries of throttling among them.
    pub requests: AtomicUsize,
    /// Requests that the model was asked about.
    pub steps: AtomicUsize,
    /// How often each operation was asked for, retries of throttling among them.
    pub calls: Mutex<BTreeMap<&'static str, usize>>,
}

/// Why a case can go on no further. It is never said of the target.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// The log cannot be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The ledger cannot be written, so nothing may be made.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The run is being ended.
    #[error("the run was interrupted")]
    Interrupted,
}

/// One of the connections over which cases are played side by side.
#[derive(Clone)]
pub struct Lane {
    /// Where requests go.
    pub endpoint: Endpoint,
    /// Where requests from elsewhere go.
    pub elsewhere: Vec<(Elsewhere, Endpoint)>,
    /// The URL, as the ledger names it.
    pub url: Text,
    /// The region.
    pub region: Text,
    /// What exists because of us.
    pub ledger: Arc<Ledger>,
    /// What is written down.
    pub log: Arc<Log>,
    /// The start of the run.
    pub clock: Instant,
    /// Turns true when the run is to end.
    pub cancelled: watch::Receiver<bool>,
    /// Whether the target takes connections.
    pub reach: Arc<Reach>,
    /// How long to wait.
    pub patience: Arc<Patience>,
    /// What is counted.
    pub counters: Arc<Counters>,
    /// The bounds of the interval between two looks at something unsettled.
    pub poll: (Duration, Duration),
    /// Where lanes look together at what they wait for; `None` where each asks for itself.
    pub board: Option<Arc<Board>>,
    /// The tags that say of what is charged for whose it is; none where nothing is.
    pub marks: Arc<[Tag]>,
    /// The bound of every wait.
    pub settle_limit: Duration,
}

impl Lane {
    /// Returns the time since the run started.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.clock.elapsed()
    }

    /// Tells whether the run is to end: it was told to, or the target is gone.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        *self.cancelled.borrow() || self.reach.is_gone()
    }

    /// Writes down what a request is about to make, then sends it.
    ///
    /// # Errors
    /// Where the ledger cannot be written, and where the target is gone; the request is then not sent.
    pub async fn send(&self, step: &Step) -> Result<Answer, Stop> {
        if self.reach.is_gone() {
            return Err(Stop::Interrupted);
        }
        self.intend(step)?;
        let from = self.elsewhere.iter().find(|(place, _)| Some(*place) == step.dress.from);
        let endpoint = from.map_or(&self.endpoint, |(_, endpoint)| endpoint);
        let answer = endpoint.call(step, self.clock).await;
        if from.is_none() && !matches!(step.call, Call::S3(_)) {
            self.reach.note(&answer.outcome, answer.interval, self.endpoint.limits().gone);
        }
        self.count(step, 1 + answer.retries as usize);
        Ok(answer)
    }

    /// Sends what a run needs for itself, and sends it again while no connection comes about: a target may be away for a while.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn insist(&self, step: &Step) -> Result<Answer, Stop> {
        loop {
            let answer = self.send(step).await?;
            let is_away = matches!(answer.outcome, Outcome::Indeterminate(Indeterminate::NotConnected(_)));
            if !is_away || self.is_cancelled() {
                return Ok(answer);
            }
            self.pause(self.poll.1).await;
        }
    }

    /// Writes down what a request is about to make.
    ///
    /// # Errors
    /// Where the ledger cannot be written.
    pub(super) fn intend(&self, step: &Step) -> Result<(), Stop> {
        for resource in self.made_by(&step.call) {
            self.ledger.intend(resource)?;
        }
        Ok(())
    }

    /// Counts requests that were sent.
    pub fn count(&self, step: &Step, requests: usize) {
        self.counters.requests.fetch_add(requests, Ordering::Relaxed);
        let mut calls = self.counters.calls.lock().unwrap_or_else(PoisonError::into_inner);
        *calls.entry(step.call.operation().name()).or_default() += requests;
    }

    /// Writes records to the log.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write(&self, records: &[Record]) -> Result<(), Stop> {
        Ok(self.log.write(records)?)
    }

    /// Returns the record of a request and its answer.
    #[must_use]
    pub fn step_record(case: usize, step: usize, role: Role, asked: &Step, answer: &Answer) -> StepRecord {
        let nanos = |duration: Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let exchange = &answer.exchange;
        StepRecord {
            case,
            step,
            role: role.word().to_owned(),
            operation: asked.call.operation().name().to_owned(),
            call: step_line(asked),
            input: plain(asked),
            outcome: outcome_line(&answer.outcome),
            called_ns: nanos(answer.interval.called),
            returned_ns: nanos(answer.interval.returned),
            retries: answer.retries,
            lane: None,
            method: exchange.method.clone(),
            url: exchange.url.clone(),
            request_headers: exchange.request_headers.clone(),
            request: exchange.request_body.clone(),
            status: exchange.status.unwrap_or_default(),
            headers: exchange.headers.clone(),
            body: exchange.body.clone(),
            bytes: exchange.bytes.clone(),
            partial: exchange.body_cut > 0,
            lost: match &answer.outcome {
                Outcome::Indeterminate(why) if !why.is_answer() => Some(plain(why)),
                _ => None,
            },
        }
    }

    /// Waits for the time, or until the run is to end.
    pub async fn pause(&self, time: Duration) {
        let mut cancelled = self.cancelled.clone();
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            _ = cancelled.wait_for(|cancelled| *cancelled), if !*self.cancelled.borrow() => {}
        }
    }

    /// Returns the resource of that kind and name.
    #[must_use]
    pub fn resource(&self, kind: ResourceKind, name: &Text) -> Resource {
        Resource { kind, name: name.clone(), region: self.region.clone(), account: None, endpoint: self.url.clone() }
    }

    /// Returns the resource of a bucket.
    #[must_use]
    pub fn bucket(&self, name: &Text, region: &Text, account: Option<&Text>) -> Resource {
        let account = account.cloned();
        Resource { region: region.clone(), account, ..self.resource(ResourceKind::Bucket, name) }
    }

    /// Names as sent and as the service keeps them: a target that keeps upper case would otherwise leave something.
    fn made_by(&self, call: &Call) -> Vec<Resource> {
        let snapshot = |name: &Option<Text>| {
            let name = name.as_ref().filter(|name| !name.is_empty());
            let mut names: Vec<Text> = name.into_iter().cloned().collect();
            if let Some(name) = name
                && canonical(name) != **name
            {
                names.push(text(canonical(name)));
            }
            names.iter().map(|name| self.resource(ResourceKind::Snapshot, name)).collect()
        };
        let object = |bucket: &Text, key: &str| self.resource(ResourceKind::Object, &text(format!("{bucket}/{key}")));
        match call {
            // What ignores the bucket makes a snapshot.
            Call::Copy(copy) => {
                let mut made: Vec<Resource> = snapshot(&copy.target);
                let is_ours = |bucket: &Text| {
                    let is_it = |open: &Resource| open.kind == ResourceKind::Bucket && open.name == *bucket;
                    self.ledger.open_resources().iter().any(is_it)
                };
                if let (Some(bucket), Some(target)) = (copy.bucket().filter(|it| is_ours(it)), copy.target.as_ref()) {
                    made.push(object(bucket, &export_key(target, 1)));
                }
                made
            }
            Call::S3(call) => match &call.action {
                S3Action::CreateBucket { .. } => {
                    vec![self.bucket(&call.bucket, &call.region, call.account.as_ref())]
                }
                S3Action::PutObject { key, .. } => vec![object(&call.bucket, key)],
                _ => Vec::new(),
            },
            Call::Create(create) => snapshot(&create.name),
            Call::Restore { cluster: Some(id), .. } => vec![self.resource(ResourceKind::Cluster, id)],
            Call::Fixture(Fixture::Create(owner) | Fixture::Build(owner, _)) => {
                vec![self.resource(owner_kind(owner.kind), &owner.id)]
            }
            _ => Vec::new(),
        }
    }
}

/// Returns a value as the log holds it, without what is not there.
pub(super) fn plain(value: &impl Serialize) -> Value {
    // What copysnap keeps has no maps but those with texts for keys, the one thing that JSON can't say.
    let mut value = serde_json::to_value(value).unwrap_or_default();
    strip(&mut value);
    value
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

/// Returns the ledger's word for a kind of owner.
pub(super) const fn owner_kind(kind: OwnerKind) -> ResourceKind {
    match kind {
        OwnerKind::Group => ResourceKind::Group,
        OwnerKind::Cluster => ResourceKind::Cluster,
    }
}
