use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::oracle::Judgement;

/// The least wait that is still granted after one has run into the limit.
const LEAST: Duration = Duration::from_secs(1);
/// How many times the longest wait that ended well is granted then.
const GRACE: u32 = 4;
/// By which part of the difference a change that took longer makes the next be looked for later.
const RISE: u64 = 8;
/// By which part of itself one that was over at the first look makes it be looked for earlier.
const FALL: u64 = 32;

/// How long to wait for a target, shared by all lanes.
///
/// The first wait for each kind of thing is granted the whole limit. Once one has run into it, it is said; what waits for
/// the same kind later is granted a few times what ever sufficed, and is inconclusive if that does not do.
#[derive(Debug, Default)]
pub struct Patience {
    longest_ns: AtomicU64,
    ended: [AtomicBool; 4],
    quick_ns: [AtomicU64; 4],
    reads_lag: AtomicBool,
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Something becomes available.
    Available = 0,
    /// Something is gone.
    Gone = 1,
    /// A list has caught up, or a busy target accepts.
    Accepted = 2,
    /// A cluster or group that is being deleted is shown no more; there are targets that show it for ever.
    OwnerGone = 3,
}

impl Patience {
    /// Returns how long to wait, and whether running into it is to be said.
    pub(super) fn grant(&self, kind: Kind, limit: Duration) -> (Duration, bool) {
        let ended = self.ended.get(kind as usize).is_some_and(|ended| ended.load(Ordering::Relaxed));
        if !ended {
            return (limit, true);
        }
        let longest = Duration::from_nanos(self.longest_ns.load(Ordering::Relaxed));
        ((longest * GRACE).max(LEAST).min(limit), false)
    }

    /// Returns how long after the last change it is worth looking whether the next is over: about as long as the quickest
    /// took of late.
    pub(super) fn soonest(&self, kind: Kind) -> Duration {
        let quick = self.quick_ns.get(kind as usize).map_or(0, |quick| quick.load(Ordering::Relaxed));
        Duration::from_nanos(quick)
    }

    /// Remembers how long a change took at most, and whether it was over when that was first looked for.
    pub(super) fn took(&self, kind: Kind, time: Duration, at_once: bool) {
        let Some(quick) = self.quick_ns.get(kind as usize) else { return };
        let time = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let next = |known: u64| match known {
            0 => time,
            _ if at_once || time < known => time.min(known) / FALL * (FALL - 1),
            _ => known + (time - known) / RISE,
        };
        // Of two that end together one may go uncounted.
        quick.store(next(quick.load(Ordering::Relaxed)), Ordering::Relaxed);
    }

    /// Remembers a wait that ended well.
    pub(super) fn sufficed(&self, waited: Duration) {
        let waited = u64::try_from(waited.as_nanos()).unwrap_or(u64::MAX);
        self.longest_ns.fetch_max(waited, Ordering::Relaxed);
    }

    /// Lets no call that is refused for now wait for the whole limit any more. That is said of what cases ask for; what a
    /// sequence meets so late could not be shown again in the time that its findings are granted.
    pub fn tire(&self) {
        self.ran_out(Kind::Accepted);
    }

    /// Remembers it where a judgement says that reads lag.
    pub(super) fn learn(&self, judgement: &Judgement) {
        if judgement.shows_lag() {
            self.lags();
        }
    }

    /// Remembers that a read has shown what was over.
    pub(super) fn lags(&self) {
        self.reads_lag.store(true, Ordering::Relaxed);
    }

    /// Tells whether a read has shown what was over.
    pub(super) fn reads_lag(&self) -> bool {
        self.reads_lag.load(Ordering::Relaxed)
    }

    /// Remembers that a wait ran into its limit.
    pub(super) fn ran_out(&self, kind: Kind) {
        if let Some(ended) = self.ended.get(kind as usize) {
            ended.store(true, Ordering::Relaxed);
        }
    }
}
