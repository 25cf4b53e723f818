use serde::{Deserialize, Serialize};

use super::FaultCode;

macro_rules! operations {
    ($($variant:ident : [$($fault:ident),* $(,)?]),* $(,)?) => {
        /// An action of the API, or one of the few fixture calls.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Operation {
            $(
                #[doc = concat!("`", stringify!($variant), "`.")]
                $variant
            ),*
        }

        impl Operation {
            /// Every operation, in the order of the enumeration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the action's name on the wire.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant)),* }
            }

            /// Returns the faults that AWS's API model declares for the operation.
            ///
            /// Source: botocore 1.43.106, `elasticache/2015-02-02/service-2.json`.
            #[must_use]
            pub const fn faults(self) -> &'static [FaultCode] {
                match self { $(Self::$variant => &[$(FaultCode::$fault),*]),* }
            }
        }
    };
}

operations! {
    CopySnapshot: [
        SnapshotAlreadyExists, SnapshotNotFound, SnapshotQuotaExceeded, InvalidSnapshotState, TagQuotaPerResourceExceeded,
        InvalidParameterValue, InvalidParameterCombination,
    ],
    CreateSnapshot: [
        SnapshotAlreadyExists, CacheClusterNotFound, ReplicationGroupNotFound, InvalidCacheClusterState,
        InvalidReplicationGroupState, SnapshotQuotaExceeded, SnapshotFeatureNotSupported, TagQuotaPerResourceExceeded,
        InvalidParameterCombination, InvalidParameterValue,
    ],
    DeleteSnapshot: [SnapshotNotFound, InvalidSnapshotState, InvalidParameterValue, InvalidParameterCombination],
    DescribeSnapshots: [CacheClusterNotFound, SnapshotNotFound, InvalidParameterValue, InvalidParameterCombination],
    AddTagsToResource: [
        CacheClusterNotFound, CacheParameterGroupNotFound, CacheSecurityGroupNotFound, CacheSubnetGroupNotFound,
        InvalidReplicationGroupState, ReplicationGroupNotFound, ReservedCacheNodeNotFound, SnapshotNotFound, UserNotFound,
        UserGroupNotFound, ServerlessCacheNotFound, InvalidServerlessCacheState, ServerlessCacheSnapshotNotFound,
        InvalidServerlessCacheSnapshotState, TagQuotaPerResourceExceeded, InvalidArn, InvalidParameterValue,
        GlobalReplicationGroupNotFound,
    ],
    RemoveTagsFromResource: [
        CacheClusterNotFound, CacheParameterGroupNotFound, CacheSecurityGroupNotFound, CacheSubnetGroupNotFound,
        InvalidReplicationGroupState, ReplicationGroupNotFound, ReservedCacheNodeNotFound, SnapshotNotFound, UserNotFound,
        UserGroupNotFound, ServerlessCacheNotFound, InvalidServerlessCacheState, ServerlessCacheSnapshotNotFound,
        InvalidServerlessCacheSnapshotState, InvalidArn, TagNotFound, InvalidParameterValue,
        GlobalReplicationGroupNotFound,
    ],
    ListTagsForResource: [
        CacheClusterNotFound, CacheParameterGroupNotFound, CacheSecurityGroupNotFound, CacheSubnetGroupNotFound,
        InvalidReplicationGroupState, ReplicationGroupNotFound, ReservedCacheNodeNotFound, SnapshotNotFound, UserNotFound,
        UserGroupNotFound, ServerlessCacheNotFound, InvalidServerlessCacheState, ServerlessCacheSnapshotNotFound,
        InvalidServerlessCacheSnapshotState, InvalidArn, InvalidParameterValue, GlobalReplicationGroupNotFound,
    ],
    CreateReplicationGroup: [
        CacheClusterNotFound, InvalidCacheClusterState, ReplicationGroupAlreadyExists, InvalidUserGroupState,
        UserGroupNotFound, InsufficientCacheClusterCapacity, CacheSecurityGroupNotFound, CacheSubnetGroupNotFound,
        ClusterQuotaForCustomerExceeded, NodeQuotaForClusterExceeded, NodeQuotaForCustomerExceeded,
        CacheParameterGroupNotFound, InvalidVpcNetworkState, TagQuotaPerResourceExceeded,
        NodeGroupsPerReplicationGroupQuotaExceeded, GlobalReplicationGroupNotFound, InvalidGlobalReplicationGroupState,
        InvalidParameterValue, InvalidParameterCombination,
    ],
    DescribeReplicationGroups: [ReplicationGroupNotFound, InvalidParameterValue, InvalidParameterCombination],
    DeleteReplicationGroup: [
        ReplicationGroupNotFound, InvalidReplicationGroupState, SnapshotAlreadyExists, SnapshotFeatureNotSupported,
        SnapshotQuotaExceeded, InvalidParameterValue, InvalidParameterCombination,
    ],
    CreateCacheCluster: [
        ReplicationGroupNotFound, InvalidReplicationGroupState, CacheClusterAlreadyExists,
        InsufficientCacheClusterCapacity, CacheSecurityGroupNotFound, CacheSubnetGroupNotFound,
        ClusterQuotaForCustomerExceeded, NodeQuotaForClusterExceeded, NodeQuotaForCustomerExceeded,
        CacheParameterGroupNotFound, InvalidVpcNetworkState, TagQuotaPerResourceExceeded, InvalidParameterValue,
        InvalidParameterCombination,
    ],
    DescribeCacheClusters: [CacheClusterNotFound, InvalidParameterValue, InvalidParameterCombination],
    DeleteCacheCluster: [
        CacheClusterNotFound, InvalidCacheClusterState, SnapshotAlreadyExists, SnapshotFeatureNotSupported,
        SnapshotQuotaExceeded, InvalidParameterValue, InvalidParameterCombination,
    ],
    GetCallerIdentity: [],
    CreateBucket: [],
    PutBucketPolicy: [],
    DeleteBucketPolicy: [],
    PutBucketTagging: [],
    PutObject: [],
    HeadObject: [],
    GetObject: [],
    DeleteObject: [],
    ListObjectsV2: [],
    ListBuckets: [],
    DeleteBucket: [],
}

impl Operation {
    /// Returns the action with that name; S3 has methods in place of actions.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operation| operation.name() == name && !operation.is_s3())
    }

    /// Returns the service that it is of, as signatures and IAM have it.
    #[must_use]
    pub const fn service(self) -> &'static str {
        match self {
            Self::GetCallerIdentity => "sts",
            operation if operation.is_s3() => "s3",
            _ => "elasticache",
        }
    }

    /// Tells whether it is one of S3.
    #[must_use]
    pub const fn is_s3(self) -> bool {
        matches!(
            self,
            Self::CreateBucket
                | Self::PutBucketPolicy
                | Self::DeleteBucketPolicy
                | Self::PutBucketTagging
                | Self::PutObject
                | Self::HeadObject
                | Self::GetObject
                | Self::DeleteObject
                | Self::ListObjectsV2
                | Self::ListBuckets
                | Self::DeleteBucket
        )
    }

    /// Tells whether a case may ask for the operation: what is modelled, and a cluster made from a snapshot.
    #[must_use]
    pub const fn is_asked(self) -> bool {
        self.is_modelled() || matches!(self, Self::CreateCacheCluster)
    }

    /// Tells whether the model predicts the operation; the others only make fixtures.
    #[must_use]
    pub const fn is_modelled(self) -> bool {
        matches!(
            self,
            Self::CopySnapshot
                | Self::CreateSnapshot
                | Self::DeleteSnapshot
                | Self::DescribeSnapshots
                | Self::AddTagsToResource
                | Self::RemoveTagsFromResource
                | Self::ListTagsForResource
        )
    }
}
