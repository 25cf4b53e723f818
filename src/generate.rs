//! Sequences nobody wrote: drawn step by step from what is believed, guided to what was not met yet, shrunk when they find.
//!
//! In: a seed, and before each step the [`Belief`](crate::oracle::Belief). Out: steps of a case, from a [`Steps`]; what a
//! trace met; smaller candidates for a sequence that failed. A generated sequence is nothing but the steps of a
//! [`Case`](crate::case::Case), so whatever plays, prints and keeps a case does so with it, and any part of it can run.
//! Nothing here sends, waits, reads a clock, or draws from anything but its seed; nothing here judges.

mod alphabet;
mod cycle;
mod draw;
mod ground;
mod guide;
mod met;
mod overlapped;
mod pairs;
mod plan;
mod pool;
mod reach;
mod rng;
mod round;
mod sequence;
mod shrink;
mod signature;
mod steps;
mod walk;

pub use alphabet::{Alphabet, Reach};
pub use cycle::{Cycle, Input, Output};
pub use guide::Guide;
pub use met::{Class, Encounter, Met, Shape};
pub use overlapped::Overlapped;
pub use plan::{Planned, planned};
pub use pool::Pool;
pub use reach::reachable;
pub use rng::Rng;
pub use sequence::{Course, Sequence, failures};
pub use shrink::{Firmness, Program, Shrinker, Tried};
pub use signature::Signature;
pub use steps::{Fixed, Steps};
pub use walk::{LONGEST, Walk};
