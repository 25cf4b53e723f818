use std::time::Duration;

use fastrand::Rng;

use super::VirtualAws;
use crate::model::Freedom;

/// How long things take, by chance.
#[derive(Clone, Debug)]
pub(in crate::refserver) struct Timing {
    takes: (Duration, Duration),
    lag: Duration,
    failed_copies: f64,
    random: Rng,
}

impl Timing {
    pub(in crate::refserver) fn new(options: &VirtualAws) -> Self {
        let VirtualAws { takes, lag, rates, seed, .. } = *options;
        // Another beginning than that of what befalls the requests.
        Self { takes, lag, failed_copies: rates.failed_copies, random: Rng::with_seed(seed.rotate_left(32) ^ 1) }
    }

    /// Returns what sources lean to, in times of its own.
    pub(in crate::refserver) fn freedom(&mut self) -> Freedom {
        let (least, most) = self.takes;
        let takes = least + most.saturating_sub(least).mul_f64(self.random.f64());
        let mut part = || self.lag.mul_f64(self.random.f64()).min(takes);
        let (named_after, listed_after, lingers) = (part(), part(), part());
        let copy_fails = self.random.f64() < self.failed_copies;
        Freedom { takes, named_after, listed_after, lingers, copy_fails, ..Freedom::default() }
    }
}
