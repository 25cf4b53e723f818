use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Gives out the moments at which requests may be sent, evenly spaced.
#[derive(Debug)]
pub(super) struct Pace {
    apart: Duration,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    /// Returns a pace of so many requests a second, `None` where that is not a positive number.
    pub(super) fn new(per_second: f64) -> Option<Self> {
        let apart = Duration::try_from_secs_f64(per_second.recip()).ok().filter(|apart| !apart.is_zero())?;
        Some(Self { apart, next: Mutex::new(None) })
    }

    /// Waits for the next moment that no one else has.
    pub(super) async fn wait(&self) {
        let moment = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let moment = next.map_or(now, |next| next.max(now));
            *next = moment.checked_add(self.apart);
            moment
        };
        sleep_until(moment).await;
    }
}
