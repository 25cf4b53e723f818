//! Virtual AWS: the reference endpoint with all that makes the real one hard.
//!
//! In: [`VirtualAws`]. What it adds to the model: credentials of sessions that have to be used, denials, trouble on the
//! way, times like AWS's, and an account that was not empty before. What belongs to others there is listed, and whoever
//! touches it is written down. Nothing here changes what a request that gets through is answered.

mod audit;
mod foreign;
mod sessions;
mod timing;
mod trouble;

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use self::audit::Audit;
use self::trouble::{Ill, Trouble};
use super::asked::Asked;
use super::worlds::{Held, Sent};
use crate::service::{Fault, FaultCode, text};

pub(super) use foreign::{foreign, plant};
pub use sessions::{Session, Sessions};
pub(super) use timing::Timing;
pub use trouble::Rates;

/// Where a request without a signature is told what happened so far.
pub(super) const REPORT: &str = "/_virtual";

/// What a virtual AWS is like.
#[derive(Clone, Debug)]
pub struct VirtualAws {
    /// Who may call.
    pub sessions: Sessions,
    /// The least and the most that creating, copying and deleting take.
    pub takes: (Duration, Duration),
    /// The longest that describes lag behind.
    pub lag: Duration,
    /// How much goes wrong on the way.
    pub rates: Rates,
    /// The actions that the caller may not do, as in `CopySnapshot` or `elasticache:CopySnapshot`.
    pub denied: Vec<String>,
    /// The seed of all that is left to chance.
    pub seed: u64,
    /// Where what touches others' resources is written down, a line of JSON each; `None` for nowhere.
    pub audit: Option<Arc<File>>,
}

impl VirtualAws {
    /// The quota of snapshots of a node in 24 hours.
    pub const QUOTA: usize = 20;
    /// How much faster than AWS it is unless somebody says otherwise.
    pub const TIME_SCALE: f64 = 100.0;

    /// How long creating takes on AWS, from experience: nothing is documented.
    const TAKES: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(90));
    /// How far describes lag behind on AWS at most.
    const LAG: Duration = Duration::from_secs(3);

    /// Returns one whose times are AWS's divided by `time_scale`, with new credentials.
    #[must_use]
    pub fn scaled(seed: u64, time_scale: f64) -> Self {
        let scaled = |time: Duration| Duration::try_from_secs_f64(time.as_secs_f64() / time_scale).unwrap_or(time);
        Self {
            sessions: Sessions::new(),
            takes: (scaled(Self::TAKES.0), scaled(Self::TAKES.1)),
            lag: scaled(Self::LAG),
            rates: Rates::default(),
            denied: Vec::new(),
            seed,
            audit: None,
        }
    }

    /// Tells whether the caller may not do what is asked.
    pub(super) fn denies(&self, service: &str, action: &str) -> bool {
        let whole = format!("{service}:{action}");
        self.denied.iter().any(|denied| denied.eq_ignore_ascii_case(action) || denied.eq_ignore_ascii_case(&whole))
    }
}

/// What stands between the requests and the model.
#[derive(Debug)]
pub(super) struct Cloud {
    trouble: Trouble,
    audit: Audit,
    counted: BTreeMap<String, u64>,
    ills: BTreeMap<&'static str, u64>,
}

/// What becomes of a request before the model has seen it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// Its connection breaks.
    Breaks,
    /// It is answered so.
    Fault(Fault, u16),
    /// The model answers it.
    Passes(After),
}

/// What becomes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// It goes back.
    Goes,
    /// The connection breaks before it does.
    Breaks,
    /// Another goes back in its place.
    Fails,
}

impl Cloud {
    pub(super) fn new(options: &VirtualAws, epoch: Timestamp) -> Self {
        Self {
            trouble: Trouble::new(options.seed, options.rates),
            audit: Audit::new(options.audit.clone(), epoch),
            counted: BTreeMap::new(),
            ills: BTreeMap::new(),
        }
    }

    /// Says what becomes of a request.
    pub(super) fn before(&mut self, asked: &Asked<'_>) -> Before {
        *self.counted.entry(asked.action()).or_default() += 1;
        let Some(ill) = self.trouble.next() else { return Before::Passes(After::Goes) };
        *self.ills.entry(ill.word()).or_default() += 1;
        match ill {
            Ill::Throttled => Before::Fault(throttled(asked), if asked.s3.is_some() { 503 } else { 400 }),
            Ill::FailedBefore => Before::Fault(failed(), 500),
            Ill::FailedAfter => Before::Passes(After::Fails),
            Ill::DroppedBefore => Before::Breaks,
            Ill::DroppedAfter => Before::Passes(After::Breaks),
        }
    }

    /// Looks at what a request came to, whether or not its answer goes back.
    pub(super) fn after(&mut self, asked: &Asked<'_>, sent: &Sent, now: Duration) {
        self.audit.note(asked, sent.status, now);
    }

    /// Returns what happened so far, and what is there that was not there at the start.
    pub(super) fn report(&self, held: &[Held]) -> Value {
        let left = held.iter().filter(|held| !foreign().iter().any(|known| known.is(held.kind, &held.name)));
        let left = left.map(|held| {
            let Held { region, account, kind, name } = held;
            json!({ "region": &**region, "account": &**account, "kind": kind.word(), "name": &**name })
        });
        json!({
            "requests": self.counted,
            "trouble": self.ills,
            "left": left.collect::<Vec<_>>(),
            "touched": self.audit.touches(),
        })
    }
}

/// The fault that is sent in place of an answer that fails.
pub(super) fn failed() -> Fault {
    let code = FaultCode::Unlisted(text("InternalFailure"));
    Fault { code, message: text("An internal error has occurred. Please try your query again at a later time.") }
}

fn throttled(asked: &Asked<'_>) -> Fault {
    if asked.s3.is_some() {
        let code = FaultCode::Unlisted(text("SlowDown"));
        return Fault { code, message: text("Please reduce your request rate.") };
    }
    Fault { code: FaultCode::Throttling, message: text("Rate exceeded") }
}

#[cfg(test)]
mod tests;
