use std::fmt;
use std::sync::Arc;

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

/// A set of members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Members(u64);

impl Members {
    /// Those whose text is an integer or a truth value.
    pub const TYPED: Self = Self(Self::of_kind(Kind::Integer).0 | Self::of_kind(Kind::Boolean).0);
    /// Those whose text is one of a few words.
    pub const WORDS: Self = Self::of_kind(Kind::Words(&[]));
    /// Those whose text is an instant.
    pub const INSTANTS: Self = Self::of_kind(Kind::Instant);

    /// The set of one.
    #[must_use]
    pub const fn one(member: Member) -> Self {
        Self(1 << member as u8)
    }

    /// Returns how many members of the set come before this one, `None` where it is not in the set.
    const fn before(self, member: Member) -> Option<usize> {
        let one = Self::one(member);
        if self.meets(one) { Some((self.0 & (one.0 - 1)).count_ones() as usize) } else { None }
    }

    /// Tells whether the sets share a member.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Tells whether every member of this set is in the other.
    #[must_use]
    pub const fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    const fn of_kind(wanted: Kind) -> Self {
        let mut set = 0;
        let mut members = Member::ALL;
        while let Some((member, rest)) = members.split_first() {
            set |= match (member.kind(), wanted) {
                (Kind::Text, Kind::Text)
                | (Kind::Integer, Kind::Integer)
                | (Kind::Boolean, Kind::Boolean)
                | (Kind::Instant, Kind::Instant)
                | (Kind::Words(_), Kind::Words(_)) => Self::one(*member).0,
                _ => 0,
            };
            members = rest;
        }
        Self(set)
    }
}

/// The members that a reply showed with a text, in the order of [`Member`]. Empty elements are absent here.
///
/// A clone shares the texts until one of the two is changed.
#[derive(Clone, Default)]
pub struct Fields {
    members: Members,
    texts: Option<Arc<Vec<(Member, Text)>>>,
}

impl Fields {
    /// Returns which members were shown.
    #[must_use]
    pub const fn members(&self) -> Members {
        self.members
    }

    /// Returns the member's text, `None` where the reply did not show it or showed it empty.
    #[must_use]
    pub fn get(&self, member: Member) -> Option<&Text> {
        let before = self.members.before(member)?;
        self.texts().get(before).map(|(_, value)| value)
    }

    /// Sets the member, in place of an earlier text. An empty text removes it.
    pub fn set(&mut self, member: Member, value: Text) {
        if value.is_empty() {
            return self.remove(member);
        }
        let texts = Arc::make_mut(self.texts.get_or_insert_default());
        match texts.binary_search_by_key(&member, |(known, _)| *known) {
            Ok(at) => {
                if let Some(slot) = texts.get_mut(at) {
                    slot.1 = value;
                }
            }
            Err(at) => {
                texts.insert(at, (member, value));
                self.members.0 |= Members::one(member).0;
            }
        }
    }

    /// Removes the member, where it is there.
    pub fn remove(&mut self, member: Member) {
        if let Some(texts) = self.texts.as_mut().filter(|_| self.members.meets(Members::one(member))) {
            Arc::make_mut(texts).retain(|(known, _)| *known != member);
            self.members.0 &= !Members::one(member).0;
        }
    }

    /// Walks the members in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Member, &Text)> {
        self.texts().iter().map(|(member, value)| (*member, value))
    }

    /// Returns a cursor before the first member.
    #[must_use]
    pub fn cursor(&self) -> Cursor<'_> {
        Cursor(self.texts())
    }

    /// Tells whether nothing was shown.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts().is_empty()
    }

    fn texts(&self) -> &[(Member, Text)] {
        self.texts.as_ref().map(|texts| texts.as_slice()).unwrap_or_default()
    }
}

/// A place in [`Fields`] that only moves on: cheaper than a search for each member, where members are asked for in order.
#[derive(Clone, Debug)]
pub struct Cursor<'a>(&'a [(Member, Text)]);

impl<'a> Cursor<'a> {
    /// Moves behind the member and returns its text, `None` where it is not there.
    pub fn seek(&mut self, member: Member) -> Option<&'a Text> {
        while let Some(((known, value), rest)) = self.0.split_first().filter(|((known, _), _)| *known <= member) {
            self.0 = rest;
            if *known == member {
                return Some(value);
            }
        }
        None
    }
}

impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.members == other.members && self.texts() == other.texts()
    }
}

impl Eq for Fields {}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
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
