//! The Query protocol and the few calls of S3, both ways: calls to requests and back, outcomes from the bytes of an
//! answer and back.
//!
//! In: steps, replies and faults, or bytes. Out: the same, the other way round. Reading never fails and never panics:
//! whatever stands in a body is an [`Outcome`](crate::service::Outcome), with its [`Form`](crate::service::Form) beside
//! it. Nothing here opens a connection, reads a clock, or says what an answer should have been.

mod alien;
mod answer;
mod element;
mod form;
mod payload;
mod request;
mod s3;
mod value;
mod write;

pub use answer::{alien, read, read_answer};
pub use form::{FormError, form_decode, form_encode};
pub(crate) use request::{CLUSTER, PADDING};
pub use request::{RequestError, params, read_request, version};
pub use s3::{
    S3Message, S3Unreadable, S3Written, bucket_policy, canonical_user, read_s3_answer, read_s3_request, s3_message,
    write_s3_fault, write_s3_reply,
};
pub use value::instant;
pub use write::{Instants, Label, Style, write_fault, write_reply};

use crate::service::Member;

/// The namespace of ElastiCache's replies and errors.
pub const NAMESPACE: &str = "http://elasticache.amazonaws.com/doc/2015-02-02/";

/// The namespace of STS's replies.
pub const STS_NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// The members that a cluster, a group and their snapshots show under one name.
const OF_OWNERS: [Member; 5] = [
    Member::Engine,
    Member::CacheNodeType,
    Member::PreferredMaintenanceWindow,
    Member::SnapshotWindow,
    Member::AutoMinorVersionUpgrade,
];

/// Where a group shows its port.
const PORT_OF_GROUP: [&str; 4] = ["NodeGroups", "NodeGroup", "PrimaryEndpoint", "Port"];

/// The media type of a request's body, as SDKs send it.
pub const FORM_MEDIA_TYPE: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// The most characters of a body that an outcome quotes.
pub const HEAD: usize = 200;
