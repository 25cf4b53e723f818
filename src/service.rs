//! The service's words: what can be asked (calls) and what can be seen (outcomes and their form), as plain values.
//!
//! In: nothing. Out: the types that every other room speaks. Nothing here knows bytes, HTTP clients, clocks or targets.

mod call;
mod fault;
mod input;
mod name;
mod operation;
mod outcome;
mod s3;
mod snapshot;

pub use call::{
    Action, Build, Call, CopySnapshot, CreateSnapshot, DescribeSnapshots, Dress, ENGINE, Elsewhere, Fixture, Forgery,
    NODE_TYPE, Owner, OwnerKind, SETTINGS, Step, TIERING, Tag, TagArg, TagList, TagSpelling, is_form, owner_tags,
};
pub use fault::FaultCode;
pub use input::{Input, Shape};
pub use name::{Arn, Text, canonical, text};
pub use operation::Operation;
pub use outcome::{Alien, Fault, Form, Indeterminate, Malformed, Outcome, OwnerView, Page, Reply};
pub use s3::{Permissions, S3Action, S3Call, S3Reply};
pub use snapshot::{Fields, Kind, Member, Members, Node, Snapshot, Status};
