//! Steps with their outcomes, the intervals in which they ran, and the one-line notation that every report uses.
//!
//! In: the service's words. Out: [`Event`]s and their text. Nothing here judges.

mod notation;

use std::time::Duration;

pub(crate) use notation::short;
pub use notation::{Shown, outcome_line, step_line};

use crate::service::{Form, Outcome, Step};

/// Why a request was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// It stands in the case or sequence.
    Given,
    /// It waits for something to settle.
    Poll,
    /// It is the request before, sent again because the answer to that was one of a busy target.
    Again,
    /// It is a refused request without its fault.
    Twin,
    /// It reads back what an earlier request did or must not have done.
    ReadBack,
    /// It proves that the target lives: makes, shows, removes.
    Life,
    /// It makes or removes what snapshots are taken of.
    Fixture,
    /// It removes what the case made.
    Cleanup,
}

impl Role {
    /// Every role.
    pub const ALL: &'static [Self] =
        &[Self::Given, Self::Poll, Self::Again, Self::Twin, Self::ReadBack, Self::Life, Self::Fixture, Self::Cleanup];

    /// Returns the word in logs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Poll => "poll",
            Self::Again => "again",
            Self::Twin => "twin",
            Self::ReadBack => "read_back",
            Self::Life => "life",
            Self::Fixture => "fixture",
            Self::Cleanup => "cleanup",
        }
    }
}

/// When a request was on the wire, since the start of the run; closed at both ends, from one monotonic clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    /// Just before the first byte was written.
    pub called: Duration,
    /// Just after the last byte was read, or the wait was given up.
    pub returned: Duration,
}

/// A request, its outcome, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Why it was sent.
    pub role: Role,
    /// What was asked.
    pub step: Step,
    /// What came of it.
    pub outcome: Outcome,
    /// How the answer was put on the wire.
    pub form: Form,
    /// When.
    pub interval: Interval,
}
