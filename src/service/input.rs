use super::Operation;

/// What a request's parameter holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A text.
    Text,
    /// A decimal integer.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A list of structures with `Key` and `Value`, items called `Tag`.
    Tags,
    /// A list of texts, items called `member`.
    Keys,
}

macro_rules! inputs {
    ($($variant:ident $shape:ident),* $(,)?) => {
        /// A parameter of a request, by its name on the wire.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Input {
            $(
                #[doc = concat!("`", stringify!($variant), "`.")]
                $variant
            ),*
        }

        impl Input {
            /// Every parameter.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the name on the wire; what a list holds is numbered below it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant)),* }
            }

            /// Returns what the API model says of its value.
            #[must_use]
            pub const fn shape(self) -> Shape {
                match self { $(Self::$variant => Shape::$shape),* }
            }
        }
    };
}

inputs! {
    SourceSnapshotName Text,
    TargetSnapshotName Text,
    TargetBucket Text,
    KmsKeyId Text,
    Tags Tags,
    ReplicationGroupId Text,
    CacheClusterId Text,
    SnapshotName Text,
    SnapshotSource Text,
    Marker Text,
    MaxRecords Integer,
    ShowNodeGroupConfig Boolean,
    ResourceName Text,
    TagKeys Keys,
    ReplicationGroupDescription Text,
    Engine Text,
    CacheNodeType Text,
    NumCacheClusters Integer,
    AutomaticFailoverEnabled Boolean,
    NumCacheNodes Integer,
    NumNodeGroups Integer,
    ReplicasPerNodeGroup Integer,
    CacheParameterGroupName Text,
    SnapshotRetentionLimit Integer,
    DataTieringEnabled Boolean,
    Port Integer,
    PreferredMaintenanceWindow Text,
    SnapshotWindow Text,
    AutoMinorVersionUpgrade Boolean,
}

impl Operation {
    /// Returns the parameters of the operation; of a fixture call, those with which we make and find one.
    #[must_use]
    pub const fn inputs(self) -> &'static [Input] {
        use Input::{
            AutoMinorVersionUpgrade, AutomaticFailoverEnabled, CacheClusterId, CacheNodeType, CacheParameterGroupName,
            DataTieringEnabled, Engine, KmsKeyId, Marker, MaxRecords, NumCacheClusters, NumCacheNodes, NumNodeGroups,
            Port, PreferredMaintenanceWindow, ReplicasPerNodeGroup, ReplicationGroupDescription, ReplicationGroupId,
            ResourceName, ShowNodeGroupConfig, SnapshotName, SnapshotRetentionLimit, SnapshotSource, SnapshotWindow,
            SourceSnapshotName, TagKeys, Tags, TargetBucket, TargetSnapshotName,
        };
        match self {
            Self::CopySnapshot => &[SourceSnapshotName, TargetSnapshotName, TargetBucket, KmsKeyId, Tags],
            Self::CreateSnapshot => &[ReplicationGroupId, CacheClusterId, SnapshotName, KmsKeyId, Tags],
            Self::DeleteSnapshot => &[SnapshotName],
            Self::DescribeSnapshots => &[
                ReplicationGroupId,
                CacheClusterId,
                SnapshotName,
                SnapshotSource,
                Marker,
                MaxRecords,
                ShowNodeGroupConfig,
            ],
            Self::AddTagsToResource => &[ResourceName, Tags],
            Self::RemoveTagsFromResource => &[ResourceName, TagKeys],
            Self::ListTagsForResource => &[ResourceName],
            Self::CreateReplicationGroup => &[
                ReplicationGroupId,
                ReplicationGroupDescription,
                Engine,
                CacheNodeType,
                NumCacheClusters,
                AutomaticFailoverEnabled,
                NumNodeGroups,
                ReplicasPerNodeGroup,
                CacheParameterGroupName,
                SnapshotRetentionLimit,
                DataTieringEnabled,
                Port,
                PreferredMaintenanceWindow,
                SnapshotWindow,
                AutoMinorVersionUpgrade,
                Tags,
            ],
            Self::CreateCacheCluster => &[
                CacheClusterId,
                Engine,
                CacheNodeType,
                NumCacheNodes,
                SnapshotName,
                SnapshotRetentionLimit,
                Port,
                PreferredMaintenanceWindow,
                SnapshotWindow,
                AutoMinorVersionUpgrade,
                Tags,
            ],
            Self::DescribeReplicationGroups | Self::DeleteReplicationGroup => &[ReplicationGroupId],
            Self::DescribeCacheClusters | Self::DeleteCacheCluster => &[CacheClusterId],
            // S3 has no parameters of this kind.
            Self::GetCallerIdentity
            | Self::CreateBucket
            | Self::PutBucketPolicy
            | Self::PutBucketTagging
            | Self::DeleteBucketPolicy
            | Self::PutObject
            | Self::HeadObject
            | Self::GetObject
            | Self::DeleteObject
            | Self::ListObjectsV2
            | Self::ListBuckets
            | Self::DeleteBucket => &[],
        }
    }

    /// Returns those of its parameters without which the operation is refused.
    #[must_use]
    pub const fn required(self) -> &'static [Input] {
        use Input::{
            CacheClusterId, ReplicationGroupDescription, ReplicationGroupId, ResourceName, SnapshotName,
            SourceSnapshotName, TagKeys, Tags, TargetSnapshotName,
        };
        match self {
            Self::CopySnapshot => &[SourceSnapshotName, TargetSnapshotName],
            Self::CreateSnapshot | Self::DeleteSnapshot => &[SnapshotName],
            Self::AddTagsToResource => &[ResourceName, Tags],
            Self::RemoveTagsFromResource => &[ResourceName, TagKeys],
            Self::ListTagsForResource => &[ResourceName],
            Self::CreateReplicationGroup => &[ReplicationGroupId, ReplicationGroupDescription],
            Self::DeleteReplicationGroup => &[ReplicationGroupId],
            Self::CreateCacheCluster | Self::DeleteCacheCluster => &[CacheClusterId],
            Self::DescribeSnapshots
            | Self::DescribeReplicationGroups
            | Self::DescribeCacheClusters
            | Self::GetCallerIdentity
            | Self::CreateBucket
            | Self::PutBucketPolicy
            | Self::PutBucketTagging
            | Self::DeleteBucketPolicy
            | Self::PutObject
            | Self::HeadObject
            | Self::GetObject
            | Self::DeleteObject
            | Self::ListObjectsV2
            | Self::ListBuckets
            | Self::DeleteBucket => &[],
        }
    }
}
