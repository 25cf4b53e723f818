use std::fmt;

use super::{Text, text};

macro_rules! faults {
    ($($variant:ident $code:literal $status:literal $group:ident $doc:literal),* $(,)?) => {
        /// An error code as it travels in `<Code>`. This file alone knows which codes keep the shape's suffix `Fault`.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum FaultCode {
            $(
                #[doc = $doc]
                $variant
            ),*,
            /// A code that neither the API model nor the front door declares: a finding, never a crash.
            Unlisted(Text),
        }

        impl FaultCode {
            /// Every listed code.
            pub const LISTED: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the code as written on the wire.
            #[must_use]
            pub fn code(&self) -> &str {
                match self { $(Self::$variant => $code,)* Self::Unlisted(code) => code }
            }

            /// Returns the HTTP status that the API model gives the code; `None` for an unlisted one.
            #[must_use]
            pub const fn status(&self) -> Option<u16> {
                match self { $(Self::$variant => Some($status),)* Self::Unlisted(_) => None }
            }

            /// Tells whether the code belongs to the front door, which may answer any operation with it.
            #[must_use]
            pub const fn is_common(&self) -> bool {
                match self { $(Self::$variant => faults!(@group $group),)* Self::Unlisted(_) => false }
            }
        }
    };
    (@group modelled) => { false };
    (@group common) => { true };
}

faults! {
    SnapshotAlreadyExists "SnapshotAlreadyExistsFault" 400 modelled "The name is in use.",
    SnapshotNotFound "SnapshotNotFoundFault" 404 modelled "No such snapshot.",
    SnapshotQuotaExceeded "SnapshotQuotaExceededFault" 400 modelled "Too many manual snapshots.",
    InvalidSnapshotState "InvalidSnapshotState" 400 modelled "The snapshot's status forbids it (shape `InvalidSnapshotStateFault`).",
    TagQuotaPerResourceExceeded "TagQuotaPerResourceExceeded" 400 modelled "More than 50 tags.",
    InvalidParameterValue "InvalidParameterValue" 400 modelled "A parameter's value is refused.",
    InvalidParameterCombination "InvalidParameterCombination" 400 modelled "Parameters that do not go together.",
    CacheClusterNotFound "CacheClusterNotFound" 404 modelled "No such cluster.",
    ReplicationGroupNotFound "ReplicationGroupNotFoundFault" 404 modelled "No such replication group.",
    InvalidCacheClusterState "InvalidCacheClusterState" 400 modelled "The cluster's status forbids it.",
    InvalidReplicationGroupState "InvalidReplicationGroupState" 400 modelled "The group's status forbids it.",
    SnapshotFeatureNotSupported "SnapshotFeatureNotSupportedFault" 400 modelled "The cluster cannot be backed up.",
    InvalidArn "InvalidARN" 400 modelled "The ARN is not one.",
    TagNotFound "TagNotFound" 404 modelled "No such tag.",
    CacheParameterGroupNotFound "CacheParameterGroupNotFound" 404 modelled "Declared by the tag operations.",
    CacheSecurityGroupNotFound "CacheSecurityGroupNotFound" 404 modelled "Declared by the tag operations.",
    CacheSubnetGroupNotFound "CacheSubnetGroupNotFoundFault" 400 modelled "Declared by the tag operations; 400, not 404.",
    ReservedCacheNodeNotFound "ReservedCacheNodeNotFound" 404 modelled "Declared by the tag operations.",
    UserNotFound "UserNotFound" 404 modelled "Declared by the tag operations.",
    UserGroupNotFound "UserGroupNotFound" 404 modelled "Declared by the tag operations.",
    ServerlessCacheNotFound "ServerlessCacheNotFoundFault" 404 modelled "Declared by the tag operations.",
    InvalidServerlessCacheState "InvalidServerlessCacheStateFault" 400 modelled "Declared by the tag operations.",
    ServerlessCacheSnapshotNotFound "ServerlessCacheSnapshotNotFoundFault" 404 modelled "Declared by the tag operations.",
    InvalidServerlessCacheSnapshotState "InvalidServerlessCacheSnapshotStateFault" 400 modelled "Declared by the tag operations.",
    GlobalReplicationGroupNotFound "GlobalReplicationGroupNotFoundFault" 404 modelled "Declared by the tag operations.",
    CacheClusterAlreadyExists "CacheClusterAlreadyExists" 400 modelled "Declared by the fixture calls.",
    ReplicationGroupAlreadyExists "ReplicationGroupAlreadyExists" 400 modelled "Declared by the fixture calls.",
    InsufficientCacheClusterCapacity "InsufficientCacheClusterCapacity" 400 modelled "Declared by the fixture calls.",
    ClusterQuotaForCustomerExceeded "ClusterQuotaForCustomerExceeded" 400 modelled "Declared by the fixture calls.",
    NodeQuotaForClusterExceeded "NodeQuotaForClusterExceeded" 400 modelled "Declared by the fixture calls.",
    NodeQuotaForCustomerExceeded "NodeQuotaForCustomerExceeded" 400 modelled "Declared by the fixture calls.",
    NodeGroupsPerReplicationGroupQuotaExceeded "NodeGroupsPerReplicationGroupQuotaExceeded" 400 modelled "Declared by the fixture calls.",
    InvalidVpcNetworkState "InvalidVPCNetworkStateFault" 400 modelled "Declared by the fixture calls.",
    InvalidUserGroupState "InvalidUserGroupState" 400 modelled "Declared by the fixture calls.",
    InvalidGlobalReplicationGroupState "InvalidGlobalReplicationGroupState" 400 modelled "Declared by the fixture calls.",
    AccessDenied "AccessDenied" 403 common "The caller may not.",
    AccessDeniedException "AccessDeniedException" 403 common "The caller may not.",
    ExpiredToken "ExpiredToken" 403 common "The session has ended.",
    IncompleteSignature "IncompleteSignature" 400 common "The signature lacks a part.",
    InvalidAction "InvalidAction" 400 common "No such action.",
    InvalidClientTokenId "InvalidClientTokenId" 403 common "No such access key.",
    InvalidQueryParameter "InvalidQueryParameter" 400 common "The query is malformed.",
    MalformedQueryString "MalformedQueryString" 404 common "The query is malformed.",
    MissingAction "MissingAction" 400 common "No action is named.",
    MissingAuthenticationToken "MissingAuthenticationToken" 403 common "The request is not signed.",
    MissingParameter "MissingParameter" 400 common "A required parameter is absent.",
    OptInRequired "OptInRequired" 403 common "The account has not subscribed.",
    RequestExpired "RequestExpired" 400 common "The date is more than 15 minutes off.",
    SignatureDoesNotMatch "SignatureDoesNotMatch" 403 common "The signature is wrong.",
    Throttling "Throttling" 400 common "Too many requests: retried, never judged.",
    ThrottlingException "ThrottlingException" 400 common "Too many requests: retried, never judged.",
    ValidationError "ValidationError" 400 common "The input breaks a constraint.",
}

impl FaultCode {
    /// Returns the code for what stood in `<Code>`.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        Self::LISTED.iter().find(|listed| listed.code() == code).cloned().unwrap_or_else(|| Self::Unlisted(text(code)))
    }

    /// Tells whether it says only "too many requests", which is an observation of nothing.
    #[must_use]
    pub const fn is_throttling(&self) -> bool {
        matches!(self, Self::Throttling | Self::ThrottlingException)
    }

    /// Tells whether it says only that there is no room for another cluster at the moment.
    #[must_use]
    pub const fn is_lack_of_room(&self) -> bool {
        matches!(
            self,
            Self::InsufficientCacheClusterCapacity
                | Self::ClusterQuotaForCustomerExceeded
                | Self::NodeQuotaForCustomerExceeded
        )
    }
}

impl fmt::Display for FaultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
