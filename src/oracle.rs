//! What may be true of a target, and what its answers say of it.
//!
//! In: events (a call, its outcome and form). Out: a [`Judgement`] an event, and a [`Belief`] that the next event is held
//! against. The belief is factored: one small set of phases and bound values a snapshot, never a set of whole worlds.
//! Calls that overlapped are judged together: they conform if they come out as if one had been first, then another.
//! Nothing here knows what HTTP is, or a target's name; nothing here waits, asks or prints.

mod belief;
mod blame;
mod bucket;
mod compare;
mod conflict;
mod describe;
mod door;
mod elsewhere;
mod ended;
mod export;
mod form;
mod judge;
mod judgement;
mod made;
mod merge;
mod order;
mod overlap;
mod owners;
mod parts;
mod races;
mod restore;
mod slot;
mod slots;
mod tags;
#[cfg(test)]
mod tests;
mod verdict;
mod wording;
mod world;

pub use belief::{Belief, Home, Pending};
pub use blame::success_of;
pub use conflict::{Conflict, Failed};
pub use ended::CopyKind;
pub use judgement::{Contradiction, Judgement, Mark, Needs, Reason, Ruling};
pub use order::{Found, Rules, Search, Span};
pub use overlap::{Beliefs, Burst, Orders};
pub use slot::{AGAIN, Observer, Slot};
pub use verdict::{CaseVerdicts, Deed, Evidence, Verdict};
