//! Runs cases against a target: probes what it has, makes base snapshots, plays the cases in lanes, cleans up.
//!
//! In: a [`Plan`]. Out: a log, from which every report is made. Nothing here judges a step or words a report; whatever
//! happens, what was made is removed as far as the target lets it, and the log gets its footer.

mod account;
mod attempts;
mod budget;
mod controls;
mod copies;
mod explore;
mod guest;
mod key;
mod lanes;
mod mend;
mod obstacle;
mod own;
mod plan;
mod precedence;
mod rejudge;
mod resume;
mod share;
mod sweep;
mod twins;

pub use budget::{Budget, Class, cost_class, fixed_usd, usd};
pub use controls::{ControlRun, play_control, play_controls};
pub use plan::{Explore, Plan, Progress, RunError, Silent};
pub use rejudge::{Difference, Rejudged, rejudge};
pub use resume::Resumed;
pub use share::run;
pub use sweep::{Sweep, Swept, sweep};
