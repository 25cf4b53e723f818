use std::time::Duration;

use tokio::sync::Mutex;

use super::lane::{Lane, Stop};
use crate::endpoint::Answer;
use crate::service::Step;

/// Where lanes look together at what they wait for: at each tick of a common clock one of them asks, and all take the answer.
#[derive(Debug)]
pub struct Board {
    tick: Duration,
    last: Mutex<Option<(Step, Answer)>>,
}

impl Board {
    /// A board that is looked at so often.
    #[must_use]
    pub fn new(tick: Duration) -> Self {
        Self { tick, last: Mutex::new(None) }
    }

    /// Waits for the next tick, and returns what the step is answered from then on.
    ///
    /// # Errors
    /// Where the ledger cannot be written.
    pub(super) async fn look(&self, lane: &Lane, step: &Step) -> Result<Answer, Stop> {
        let now = lane.now();
        let ticks = now.as_nanos() / self.tick.as_nanos().max(1) + 1;
        let next = self.tick.saturating_mul(u32::try_from(ticks).unwrap_or(u32::MAX));
        tokio::time::sleep(next.saturating_sub(now)).await;
        let mut last = self.last.lock().await;
        // What was asked before the tick may not show what this lane did just before it.
        let seen = last.take().filter(|(asked, answer)| asked == step && answer.interval.called >= next);
        let answer = match seen {
            Some((_, answer)) => answer,
            None => lane.send(step).await?,
        };
        *last = Some((step.clone(), answer.clone()));
        Ok(answer)
    }
}
