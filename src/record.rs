//! What a run leaves: the log, JSON lines written as it happens, the single source of every report.
//!
//! In: what was asked, answered and said of it. Out: [`Record`]s, written and read back. Nothing here judges; a log that
//! was cut short is read as far as it goes, and says so.

mod clean;
mod drift;
mod file;
mod log;
mod merge;
mod reading;
mod secrets;
mod seen;
mod shard;
mod sighting;
mod snap;
mod volatile;
mod waiver;

pub use clean::{Clean, Passages};
pub use drift::{Drift, DriftRecord, Recorded, builtin, diff, drifts, render};
pub use file::{Log, LogError};
pub use log::{
    CaseRecord, CaseState, ClauseRecord, ClauseVerdict, EvidenceRecord, ExplorationRecord, Footer, FoundRecord,
    Happened, Header, InputRecord, JudgementRecord, MetRecord, NoteRecord, OptionsRecord, OrderRecord, OverlapRecord,
    PrecedenceRecord, Record, ResourceRecord, RulingRecord, StartRecord, StepRecord, SupportRecord, TargetRecord,
    VerdictRecord,
};
pub use merge::{MergeError, Merged, ONE_AVAILABLE, merge};
pub use secrets::Secrets;
pub use seen::CaseSeen;
pub use shard::Shard;
pub use sighting::{Disagreement, Seen, Sighting, Sightings};
pub use snap::{OPERATIONS, is_recorded, numbered, snapshots, wants_to_be_alone};
pub use volatile::steady;
pub use waiver::{ANY, Waiver, fits, subject};
