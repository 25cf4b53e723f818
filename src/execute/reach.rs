use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::service::{Indeterminate, Outcome, Text};
use crate::trace::Interval;

/// Whether connections to a target come about, as all lanes have seen it.
///
/// A target may be away for a while, as one is that restarts. One that takes no connection for longer is gone: nothing is sent
/// any more, since nothing would be learnt.
#[derive(Debug, Default)]
pub struct Reach {
    refused: Mutex<Option<Refused>>,
    refuses: AtomicBool,
    gone: AtomicBool,
}

/// What was seen since the last connection came about.
#[derive(Clone, Debug)]
struct Refused {
    since: Duration,
    until: Duration,
    reason: Text,
}

impl Reach {
    /// Learns from an answer, or from that there was none; without a connection for `limit` the target is gone.
    pub(super) fn note(&self, outcome: &Outcome, interval: Interval, limit: Duration) {
        let Outcome::Indeterminate(Indeterminate::NotConnected(reason)) = outcome else {
            if self.refuses.swap(false, Ordering::Relaxed) {
                *self.refused() = None;
            }
            return;
        };
        self.refuses.store(true, Ordering::Relaxed);
        let mut refused = self.refused();
        let since = refused.as_ref().map_or(interval.called, |refused| refused.since);
        *refused = Some(Refused { since, until: interval.returned, reason: reason.clone() });
        if interval.returned.saturating_sub(since) >= limit {
            self.gone.store(true, Ordering::Relaxed);
        }
    }

    /// Tells whether the target is gone.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }

    /// Returns for how long no connection came about, and why, where the target is gone.
    #[must_use]
    pub fn gone(&self) -> Option<String> {
        let refused = self.refused().clone().filter(|_| self.is_gone())?;
        let seconds = refused.until.saturating_sub(refused.since).as_secs();
        Some(format!("no connection for {seconds} s: {}", refused.reason))
    }

    /// Lets a target that is gone be tried once more.
    pub fn try_again(&self) {
        self.gone.store(false, Ordering::Relaxed);
    }

    fn refused(&self) -> std::sync::MutexGuard<'_, Option<Refused>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::{FaultCode, text};

    #[test]
    fn a_target_is_gone_once_no_connection_came_about_for_the_limit() {
        let reach = Reach::default();
        let refused = Outcome::Indeterminate(Indeterminate::NotConnected(text("refused")));
        let note = |outcome: &Outcome, second: u64| {
            let at = Duration::from_secs(second);
            reach.note(outcome, Interval { called: at, returned: at }, Duration::from_secs(30));
        };
        (0..30).for_each(|second| note(&refused, second));
        assert_eq!(reach.gone(), None);
        // It was away, and is back: what counts begins anew.
        note(&Outcome::Indeterminate(Indeterminate::TimedOut), 30);
        (31..61).for_each(|second| note(&refused, second));
        assert_eq!(reach.gone(), None);
        note(&refused, 61);
        assert_eq!(reach.gone().as_deref(), Some("no connection for 30 s: refused"));
        // Tried again, it is as gone as before, or there.
        reach.try_again();
        assert_eq!(reach.gone(), None);
        note(&refused, 62);
        assert!(reach.is_gone());
        reach.try_again();
        note(&Outcome::Fault(crate::service::Fault { code: FaultCode::SnapshotNotFound, message: text("") }), 63);
        note(&refused, 64);
        assert_eq!(reach.gone(), None);
    }
}
