use serde::{Deserialize, Serialize};

use super::{FaultCode, Fields, Kind, S3Reply, Snapshot, Tag, Text};

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A reply in AWS's envelope.
    Reply(Reply),
    /// An error in AWS's envelope, with a 4xx status.
    Fault(Fault),
    /// It may have happened or not.
    Indeterminate(Indeterminate),
    /// Something that this service does not say: HTML, another service's envelope, no XML.
    Alien(Alien),
}

impl Outcome {
    /// Tells whether it says only that there were too many requests.
    #[must_use]
    pub const fn is_throttled(&self) -> bool {
        matches!(self, Self::Fault(fault) if fault.code.is_throttling())
    }
}

/// The payload of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// One snapshot: Copy-, Create- and DeleteSnapshot.
    Snapshot(Box<Snapshot>),
    /// A page of DescribeSnapshots.
    Snapshots(Page),
    /// The three tag operations; in the order shown.
    Tags(Vec<Tag>),
    /// A cluster or replication group.
    Owner(OwnerView),
    /// Clusters or replication groups.
    Owners(Vec<OwnerView>),
    /// The caller's account, 12 digits.
    Identity(Text),
    /// What S3 replies with.
    S3(S3Reply),
    /// A well-formed envelope without the payload that the operation owes.
    Bare,
}

/// One page of snapshots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// In the order shown.
    pub snapshots: Vec<Snapshot>,
    /// `Marker`; `None` where absent or empty, both of which mean the last page.
    pub marker: Option<Text>,
}

/// A cluster or group, as far as fixtures care.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnerView {
    /// `CacheClusterId` or `ReplicationGroupId`.
    pub id: Option<Text>,
    /// `CacheClusterStatus` or `Status`.
    pub status: Option<Text>,
    /// `ARN`.
    pub arn: Option<Text>,
    /// What of its settings its snapshots show as well.
    pub settings: Fields,
}

/// An error reply of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// `Code`.
    pub code: FaultCode,
    /// `Message`; empty where absent.
    pub message: Text,
}

/// Why nothing is known of a request's effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Indeterminate {
    /// No answer within the request's time limit.
    TimedOut,
    /// The connection could not be made; the request was not sent.
    NotConnected(Text),
    /// The connection broke before the whole answer was there.
    Broken(Text),
    /// A 5xx answer.
    ServerError {
        /// The HTTP status.
        status: u16,
        /// `Code`, where the body has AWS's error envelope.
        code: Option<Text>,
        /// The first characters of the body.
        head: Text,
    },
}

impl Indeterminate {
    /// Tells whether something came that ends the wait for an answer.
    #[must_use]
    pub const fn is_answer(&self) -> bool {
        matches!(self, Self::ServerError { .. })
    }
}

/// What stands where an answer of the service should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alien {
    /// The HTTP status.
    pub status: u16,
    /// The media type.
    pub content_type: Option<Text>,
    /// The service whose envelope it looks like: `ec2`, `s3`; `None` where it looks like none.
    pub service: Option<Text>,
    /// Where and why it could not be read, or what it is instead.
    pub reason: Text,
    /// The first characters of the body.
    pub head: Text,
}

/// A member whose text is not what the API model says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The member's path.
    pub path: Text,
    /// The text.
    pub text: Text,
    /// What it should look like.
    pub wanted: Kind,
}

/// How an answer was put on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// The HTTP status; 0 where there was no answer.
    pub status: u16,
    /// `Content-Type` as sent.
    pub content_type: Option<Text>,
    /// The root element's local name.
    pub root: Option<Text>,
    /// The root's namespace.
    pub namespace: Option<Text>,
    /// The name of the element that wraps the payload.
    pub result: Option<Text>,
    /// `RequestId` in its proper place in the body.
    pub request_id: Option<Text>,
    /// `x-amzn-RequestId`.
    pub request_id_header: Option<Text>,
    /// `Type` of an error.
    pub error_type: Option<Text>,
    /// Members that are not of their type.
    pub malformed: Vec<Malformed>,
}
