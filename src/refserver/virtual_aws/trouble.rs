use fastrand::Rng;

/// How many requests in a row a burst of throttling refuses on average.
const BURST: f64 = 3.0;

/// How much of all that is asked meets trouble on the way, each from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Is refused as too much, in bursts.
    pub throttled: f64,
    /// Is answered with 500, half of it after it was done.
    pub errors: f64,
    /// Is never answered, half of it after it was done.
    pub dropped: f64,
    /// Of all copies, fails after it was accepted.
    pub failed_copies: f64,
}

impl Rates {
    /// Nothing goes wrong.
    pub const NONE: Self = Self { throttled: 0.0, errors: 0.0, dropped: 0.0, failed_copies: 0.0 };
}

impl Default for Rates {
    /// Returns what a bad day has.
    fn default() -> Self {
        Self { throttled: 0.05, errors: 0.005, dropped: 0.005, failed_copies: 0.01 }
    }
}

/// What befalls a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ill {
    Throttled,
    FailedBefore,
    FailedAfter,
    DroppedBefore,
    DroppedAfter,
}

impl Ill {
    /// Returns the word in the report.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::FailedBefore | Self::FailedAfter => "errors",
            Self::DroppedBefore | Self::DroppedAfter => "dropped",
        }
    }
}

/// What befalls requests, one after the other.
#[derive(Debug)]
pub(super) struct Trouble {
    rates: Rates,
    random: Rng,
    in_burst: bool,
}

impl Trouble {
    pub(super) fn new(seed: u64, rates: Rates) -> Self {
        Self { rates, random: Rng::with_seed(seed), in_burst: false }
    }

    /// Returns what befalls the next request; `None` where nothing does.
    pub(super) fn next(&mut self) -> Option<Ill> {
        let Rates { throttled, errors, dropped, .. } = self.rates;
        // So that bursts, and what is between them, are as long as the rate says.
        let goes_on = if throttled < 1.0 { 1.0 - 1.0 / BURST } else { 1.0 };
        let begins = (throttled / BURST / (1.0 - throttled)).min(1.0);
        self.in_burst = throttled > 0.0 && self.random.f64() < if self.in_burst { goes_on } else { begins };
        if self.in_burst {
            return Some(Ill::Throttled);
        }
        let drawn = self.random.f64();
        let late = self.random.bool();
        if drawn < errors {
            Some(if late { Ill::FailedAfter } else { Ill::FailedBefore })
        } else if drawn < errors + dropped {
            Some(if late { Ill::DroppedAfter } else { Ill::DroppedBefore })
        } else {
            None
        }
    }
}
