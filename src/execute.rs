//! Drives steps against an endpoint: sends them, waits until things settle, reads back, cleans up.
//!
//! In: a case, an endpoint, and what is believed of it. Out: the case's trace with the oracle's judgements, written to the
//! log as it happens. Nothing here decides what is right: it asks the belief what is still moving, and that is all.
//! Every wait has a bound; what is about to be made stands in the ledger before the request is sent.

mod board;
mod bucket;
mod burst;
mod fixture;
mod key;
mod lane;
mod listing;
mod named;
mod patience;
mod player;
mod probe;
mod reach;
mod records;

pub use board::Board;
pub use bucket::{S3Support, probe_s3, remove_bucket};
pub(crate) use fixture::is_lost;
pub use fixture::{
    Base, FixtureError, automatic_of, change_tags, make_base, make_owner, make_snapshot, remove_owner, remove_snapshot,
    tags_of_owner,
};
pub use key::refusal_of_key;
pub use lane::{Counters, Lane, Stop};
pub use listing::{list_all, remove};
pub use patience::Patience;
pub use player::{Place, Played, Player, Setting};
pub use probe::{Support, SupportState, operations, probe};
pub use reach::Reach;
pub(crate) use records::{judgement_record, overlap_record};
