use std::fmt;

use super::{Text, text};

/// What a snapshot says of its status.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// `creating`
    Creating,
    /// `available`
    Available,
    /// `copying`
    Copying,
    /// `restoring`
    Restoring,
    /// `exporting`
    Exporting,
    /// `deleting`
    Deleting,
    /// `failed`
    Failed,
    /// A word that no source knows.
    Other(Text),
}

impl Status {
    /// Every status that a source knows.
    pub const KNOWN: &'static [Self] = &[
        Self::Creating,
        Self::Available,
        Self::Copying,
        Self::Restoring,
        Self::Exporting,
        Self::Deleting,
        Self::Failed,
    ];

    /// Returns the status for a word on the wire.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self::KNOWN.iter().find(|known| known.word() == word).cloned().unwrap_or_else(|| Self::Other(text(word)))
    }

    /// Returns the word on the wire.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Creating => "creating",
            Self::Available => "available",
            Self::Copying => "copying",
            Self::Restoring => "restoring",
            Self::Exporting => "exporting",
            Self::Deleting => "deleting",
            Self::Failed => "failed",
            Self::Other(word) => word,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What a member's text has to look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A decimal integer.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// An ISO 8601 instant.
    Instant,
    /// One of the words.
    Words(&'static [&'static str]),
}

macro_rules! members {
    ($($variant:ident $name:literal $kind:expr),* $(,)?) => {
        /// A member of `Snapshot`, of one of its `NodeSnapshot`s, or of that one's configuration.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Member {
            $(
                #[doc = concat!("`", $name, "`.")]
                $variant
            ),*
        }

        impl Member {
            /// Every member.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the path below `Snapshot` as the reports write it.
            #[must_use]
            pub const fn path(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// Returns what the API model says of its text.
            #[must_use]
            pub const fn kind(self) -> Kind {
                match self { $(Self::$variant => $kind),* }
            }
        }
    };
}

members! {
    SnapshotSource "SnapshotSource" Kind::Text,
    Arn "ARN" Kind::Text,
    KmsKeyId "KmsKeyId" Kind::Text,
    ReplicationGroupId "ReplicationGroupId" Kind::Text,
    ReplicationGroupDescription "ReplicationGroupDescription" Kind::Text,
    CacheClusterId "CacheClusterId" Kind::Text,
    CacheNodeType "CacheNodeType" Kind::Text,
    Engine "Engine" Kind::Text,
    EngineVersion "EngineVersion" Kind::Text,
    NumCacheNodes "NumCacheNodes" Kind::Integer,
    PreferredAvailabilityZone "PreferredAvailabilityZone" Kind::Text,
    PreferredOutpostArn "PreferredOutpostArn" Kind::Text,
    CacheClusterCreateTime "CacheClusterCreateTime" Kind::Instant,
    PreferredMaintenanceWindow "PreferredMaintenanceWindow" Kind::Text,
    TopicArn "TopicArn" Kind::Text,
    Port "Port" Kind::Integer,
    CacheParameterGroupName "CacheParameterGroupName" Kind::Text,
    CacheSubnetGroupName "CacheSubnetGroupName" Kind::Text,
    VpcId "VpcId" Kind::Text,
    AutoMinorVersionUpgrade "AutoMinorVersionUpgrade" Kind::Boolean,
    SnapshotRetentionLimit "SnapshotRetentionLimit" Kind::Integer,
    SnapshotWindow "SnapshotWindow" Kind::Text,
    NumNodeGroups "NumNodeGroups" Kind::Integer,
    AutomaticFailover "AutomaticFailover" Kind::Words(&["enabled", "disabled", "enabling", "disabling"]),
    DataTiering "DataTiering" Kind::Words(&["enabled", "disabled"]),
    Durability "Durability" Kind::Words(&["default", "async", "sync", "disabled"]),
    NodeCacheClusterId "NodeSnapshots.CacheClusterId" Kind::Text,
    NodeGroupId "NodeSnapshots.NodeGroupId" Kind::Text,
    CacheNodeId "NodeSnapshots.CacheNodeId" Kind::Text,
    CacheSize "NodeSnapshots.CacheSize" Kind::Text,
    CacheNodeCreateTime "NodeSnapshots.CacheNodeCreateTime" Kind::Instant,
    SnapshotCreateTime "NodeSnapshots.SnapshotCreateTime" Kind::Instant,
    ConfigurationNodeGroupId "NodeSnapshots.NodeGroupConfiguration.NodeGroupId" Kind::Text,
    ConfigurationSlots "NodeSnapshots.NodeGroupConfiguration.Slots" Kind::Text,
    ConfigurationReplicaCount "NodeSnapshots.NodeGroupConfiguration.ReplicaCount" Kind::Integer,
    ConfigurationPrimaryZone "NodeSnapshots.NodeGroupConfiguration.PrimaryAvailabilityZone" Kind::Text,
}

impl Member {
    /// Returns the element's own name, the last part of its path.
    #[must_use]
    pub fn element(self) -> &'static str {
        self.path().rsplit('.').next().unwrap_or_default()
    }

    /// Tells whether it stands in a `NodeSnapshot`.
    #[must_use]
    pub fn is_of_node(self) -> bool {
        self >= Self::NodeCacheClusterId
    }

    /// Tells whether it stands in a `NodeGroupConfiguration`.
    #[must_use]
    pub fn is_of_configuration(self) -> bool {
        self >= Self::ConfigurationNodeGroupId
    }
}

/// The members that a reply showed with a text, in the order of [`Member`]. Empty elements are absent here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<(Member, Text)>);

impl Fields {
    /// Returns the member's text, `None` where the reply did not show it or showed it empty.
    #[must_use]
    pub fn get(&self, member: Member) -> Option<&Text> {
        let at = self.0.binary_search_by_key(&member, |(known, _)| *known).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    /// Sets the member, in place of an earlier text. An empty text removes it.
    pub fn set(&mut self, member: Member, value: Text) {
        match (self.0.binary_search_by_key(&member, |(known, _)| *known), value.is_empty()) {
            (Ok(at), true) => drop(self.0.remove(at)),
            (Ok(at), false) => {
                if let Some(slot) = self.0.get_mut(at) {
                    slot.1 = value;
                }
            }
            (Err(_), true) => {}
            (Err(at), false) => self.0.insert(at, (member, value)),
        }
    }

    /// Walks the members in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Member, &Text)> {
        self.0.iter().map(|(member, value)| (*member, value))
    }

    /// Tells whether nothing was shown.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(Member, Text)> for Fields {
    fn from_iter<I: IntoIterator<Item = (Member, Text)>>(items: I) -> Self {
        let mut fields = Self::default();
        for (member, value) in items {
            fields.set(member, value);
        }
        fields
    }
}

/// One `NodeSnapshot`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Its members, and those of its configuration.
    pub fields: Fields,
    /// Whether a `NodeGroupConfiguration` element was there at all.
    pub configured: bool,
}

/// A snapshot as a reply shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// `SnapshotName`; `None` where the reply lacks it.
    pub name: Option<Text>,
    /// `SnapshotStatus`; `None` where the reply lacks it.
    pub status: Option<Status>,
    /// The other members.
    pub fields: Fields,
    /// `NodeSnapshots`; empty where absent.
    pub nodes: Vec<Node>,
}
