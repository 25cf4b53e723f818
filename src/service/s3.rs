use std::fmt;
use std::ops::{BitAnd, BitOr, BitOrAssign, Not};

use serde::{Deserialize, Serialize};

use super::{Operation, Tag, Text};

/// What ElastiCache may do with a bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Permissions(u8);

impl Permissions {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// `READ`: to list it and to read objects.
    pub const READ: Self = Self(1);
    /// `WRITE`: to put objects.
    pub const WRITE: Self = Self(2);
    /// `READ_ACP`: to read its ACL.
    pub const READ_ACP: Self = Self(4);
    /// All that an export takes.
    pub const ALL: Self = Self(7);

    /// Each by itself, with its word in messages.
    pub const EACH: [(Self, &'static str); 3] =
        [(Self::READ, "READ"), (Self::WRITE, "WRITE"), (Self::READ_ACP, "READ_ACP")];

    /// Tells whether every permission of the other set is in this one.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Tells whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl BitOr for Permissions {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Permissions {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl BitAnd for Permissions {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Not for Permissions {
    type Output = Self;
    fn not(self) -> Self {
        Self(!self.0 & Self::ALL.0)
    }
}

impl fmt::Display for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = Self::EACH.into_iter().filter(|(one, _)| self.has(*one)).map(|(_, word)| word);
        f.write_str(&words.collect::<Vec<_>>().join(" "))
    }
}

/// A call of S3: it makes, fills, shows or removes what snapshots are exported to. The model does not judge S3.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct S3Call {
    /// The bucket.
    pub bucket: Text,
    /// The region that the bucket is, or is to be, in.
    pub region: Text,
    /// The account of 12 digits that calls; `None` for the caller of everything else.
    pub account: Option<Text>,
    /// What is asked of it.
    pub action: S3Action,
}

/// What is asked of a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum S3Action {
    /// `PUT /bucket`; with grants to ElastiCache by ACL, and so with ACLs enabled, or without any.
    CreateBucket {
        /// What the ACL grants; `None` leaves ACLs as they are.
        acl: Option<Permissions>,
    },
    /// `PUT /bucket?policy`: grants to ElastiCache's service principal, and what is denied to an account.
    PutPolicy {
        /// What the policy allows.
        allows: Permissions,
        /// The region of the service that it allows it to.
        service: Text,
        /// The account whose users it denies what an export asks of them; `None` denies nobody anything.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        denies: Option<Text>,
    },
    /// `DELETE /bucket?policy`.
    DeletePolicy,
    /// `PUT /bucket?tagging`: says whose the bucket is.
    PutTagging {
        /// The tags, in place of any before.
        tags: Vec<Tag>,
    },
    /// `PUT /bucket/key`.
    PutObject {
        /// The key.
        key: Text,
        /// What is put there.
        body: Text,
    },
    /// `HEAD /bucket/key`.
    HeadObject {
        /// The key.
        key: Text,
    },
    /// `GET /bucket/key`, the beginning of it.
    GetObject {
        /// The key.
        key: Text,
    },
    /// `DELETE /bucket/key`.
    DeleteObject {
        /// The key.
        key: Text,
    },
    /// `GET /bucket?list-type=2`.
    ListObjects {
        /// `continuation-token`; `None` for the first page.
        token: Option<Text>,
    },
    /// `DELETE /bucket`.
    DeleteBucket,
    /// `GET /`: the caller's buckets, whatever bucket the call names.
    ListBuckets,
}

impl S3Call {
    /// Returns the operation.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        match self.action {
            S3Action::CreateBucket { .. } => Operation::CreateBucket,
            S3Action::PutPolicy { .. } => Operation::PutBucketPolicy,
            S3Action::DeletePolicy => Operation::DeleteBucketPolicy,
            S3Action::PutTagging { .. } => Operation::PutBucketTagging,
            S3Action::PutObject { .. } => Operation::PutObject,
            S3Action::HeadObject { .. } => Operation::HeadObject,
            S3Action::GetObject { .. } => Operation::GetObject,
            S3Action::DeleteObject { .. } => Operation::DeleteObject,
            S3Action::ListObjects { .. } => Operation::ListObjectsV2,
            S3Action::DeleteBucket => Operation::DeleteBucket,
            S3Action::ListBuckets => Operation::ListBuckets,
        }
    }

    /// Returns the key of the object that is asked for, `None` where the bucket is.
    #[must_use]
    pub const fn key(&self) -> Option<&Text> {
        match &self.action {
            S3Action::PutObject { key, .. }
            | S3Action::HeadObject { key }
            | S3Action::GetObject { key }
            | S3Action::DeleteObject { key } => Some(key),
            S3Action::CreateBucket { .. }
            | S3Action::PutPolicy { .. }
            | S3Action::DeletePolicy
            | S3Action::PutTagging { .. }
            | S3Action::ListObjects { .. }
            | S3Action::DeleteBucket
            | S3Action::ListBuckets => None,
        }
    }

    /// Tells whether the call can make, change or remove something.
    #[must_use]
    pub const fn is_write(&self) -> bool {
        !matches!(
            self.action,
            S3Action::HeadObject { .. }
                | S3Action::GetObject { .. }
                | S3Action::ListObjects { .. }
                | S3Action::ListBuckets
        )
    }
}

/// What S3 replies with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum S3Reply {
    /// It is done.
    Done,
    /// A page of objects, or the buckets.
    Objects {
        /// Their keys or names, in the order shown.
        keys: Vec<Text>,
        /// `NextContinuationToken`; `None` on the last page.
        token: Option<Text>,
    },
    /// One object.
    Object {
        /// Its size in bytes; `None` where that was not told.
        size: Option<u64>,
        /// The beginning of it; empty for `HEAD`.
        head: Vec<u8>,
    },
}
