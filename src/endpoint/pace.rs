use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// How many times as far apart as was asked the moments get where a target throttles.
const SLOWEST: f64 = 8.0;
/// By how much a throttled request slows what follows.
const SLOWER: f64 = 2.0;
/// … and by how much less slow each makes it that was not throttled.
const FASTER: f64 = 0.95;

/// Gives out the moments at which requests may be sent: evenly spaced, and farther apart where the target throttles.
#[derive(Debug)]
pub(super) struct Pace {
    apart: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    next: Option<Instant>,
    slowed: f64,
}

impl Pace {
    /// Returns a pace of so many requests a second, `None` where that is not a positive number.
    pub(super) fn new(per_second: f64) -> Option<Self> {
        let apart = Duration::try_from_secs_f64(per_second.recip()).ok().filter(|apart| !apart.is_zero())?;
        Some(Self { apart, state: Mutex::new(State { next: None, slowed: 1.0 }) })
    }

    /// Waits for the next moment that no one else has.
    pub(super) async fn wait(&self) {
        sleep_until(self.claim(Instant::now())).await;
    }

    /// Returns the next moment that no one else has, and lets no one else have it.
    fn claim(&self, now: Instant) -> Instant {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let moment = state.next.map_or(now, |next| next.max(now));
        state.next = moment.checked_add(self.apart.mul_f64(state.slowed));
        moment
    }

    /// Takes into account whether a request was throttled; of one that was sent again, only the first time counts.
    pub(super) fn heard(&self, throttled: bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.slowed = (state.slowed * if throttled { SLOWER } else { FASTER }).clamp(1.0, SLOWEST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throttling_slows_down_and_success_speeds_up_again() -> Result<(), &'static str> {
        let pace = Pace::new(10.0).ok_or("no pace")?;
        let now = Instant::now();
        let apart = || {
            let first = pace.claim(now);
            (pace.claim(now) - first).as_millis()
        };
        let after = |heard: &[bool]| {
            heard.iter().for_each(|throttled| pace.heard(*throttled));
            apart()
        };
        assert_eq!(after(&[]), 100);
        assert_eq!(after(&[true]), 200);
        assert_eq!(after(&[false; 5]), 154);
        assert_eq!(after(&[true; 9]), 800);
        assert_eq!(after(&[false; 50]), 100);
        Ok(())
    }
}
