//! The reference state machine: what the service may answer to a call, given what is true.
//!
//! In: a [`View`] of the world (one state, or a belief's sets) and a call. Out: a [`Prediction`], every outcome that the
//! specification allows, each with its clauses. The model never compares, prints, waits or keeps anything; one file an
//! operation. Where it decides, the clause's id stands; what the clause says is in `specs/`.

mod bucket;
mod copy;
mod create;
mod delete;
mod describe;
mod export;
mod name;
mod phase;
mod prediction;
mod restore;
mod state;
mod tag;
mod tagging;
mod twin;
mod wording;

pub use bucket::{BucketFacts, BucketSeen, CallerMay, export_key, is_bucket_name};
pub(crate) use copy::subject;
pub use copy::{is_unusable, may_be_of_key};
pub(crate) use export::is_for_a_bucket;
pub use name::{NameClass, SHORTEST_LIMIT, classify};
pub(crate) use name::{is_blank, is_longer};
pub use phase::{Phase, Phases};
pub use prediction::{Allowed, Answer, Prediction, Rank, Subjects, View};
pub use state::{
    BadMarker, Bucket, Buckets, Freedom, Home, ListOrder, Living, OtherSource, Owned, S3Fault, State, UnknownOwner,
    marker_after,
};
pub use tag::{TagMap, TagRule, TagSets, added, given, removed, rules};
pub use twin::{Spare, twin};
pub use wording::{Template, Wording};

use smallvec::SmallVec;

use crate::service::{Action, Call, Step};
use crate::spec::ClauseId;

/// The most tags that a resource holds. Source: user guide, Tagging.
pub const MOST_TAGS: usize = 50;
/// The bounds of `MaxRecords` of DescribeSnapshots, and its default. Source: API model.
pub const PAGE: (usize, usize) = (20, 50);

/// Returns every outcome that the specification allows for `step` in the world that `view` shows.
#[must_use]
pub fn predict<'c>(view: &impl View, step: &'c Step) -> Prediction<'c> {
    let dress = &step.dress;
    if !dress.is_signed() {
        return prediction::not_signed(dress.forged);
    }
    if dress.action != Action::Own {
        return prediction::front_door(dress);
    }
    let mut prediction = called(view, step);
    prediction.dress(dress);
    prediction
}

/// Returns the clauses that a reply to a describe shows to be kept, where a reply is allowed whatever is true of its name;
/// `None` for all else, of which [`predict`] tells. Most calls are such, and all the rest that may come need not be gone
/// through for them.
#[must_use]
pub fn described(view: &impl View, step: &Step) -> Option<SmallVec<[ClauseId; 4]>> {
    match &step.call {
        Call::Describe(call) if step.dress.is_plain() => describe::shown(view, call),
        _ => None,
    }
}

fn called<'c>(view: &impl View, step: &'c Step) -> Prediction<'c> {
    match &step.call {
        Call::Copy(call) => match call.bucket() {
            None => copy::predict(view, call, &step.dress),
            Some(bucket) => export::predict(view, call, bucket, &step.dress),
        },
        Call::Create(call) => create::predict(view, call, &step.dress),
        Call::Delete { name } => delete::predict(view, name.as_ref()),
        Call::Describe(call) => describe::predict(view, call),
        Call::AddTags { resource, tags } => tagging::add(view, resource.as_ref(), tags, &step.dress),
        Call::RemoveTags { resource, keys } => tagging::remove(view, resource.as_ref(), keys.as_deref()),
        Call::ListTags { resource } => tagging::list(view, resource.as_ref()),
        Call::Restore { cluster, snapshot } => restore::predict(view, cluster.as_deref(), snapshot.as_ref()),
        Call::Fixture(_) | Call::S3(_) => Prediction::open(),
    }
}
