use std::collections::BTreeMap;
use std::fmt;
use std::ops::{BitAnd, BitOr, Not, Range};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

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

    /// The empty set.
    pub const NONE: Self = Self(0);

    /// Walks the members in order.
    pub fn iter(self) -> impl Iterator<Item = Member> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let member = Member::ALL.get(left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some(*member)
        })
    }

    /// Tells whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The set of these.
    #[must_use]
    pub const fn of(members: &[Member]) -> Self {
        let (mut set, mut rest) = (0, members);
        while let Some((member, others)) = rest.split_first() {
            set |= Self::one(*member).0;
            rest = others;
        }
        Self(set)
    }

    /// The set of one.
    #[must_use]
    pub const fn one(member: Member) -> Self {
        Self(1 << member as u8)
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

    /// Tells whether this member, or one after it, is in the set.
    const fn reaches(self, member: Member) -> bool {
        self.0 >> member as u8 != 0
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

impl BitAnd for Members {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl BitOr for Members {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl Not for Members {
    type Output = Self;

    fn not(self) -> Self {
        Self(!self.0)
    }
}

/// The members that a reply showed with a text, in the order of [`Member`]. Empty elements are absent here.
///
/// A clone shares the texts until one of the two is changed. They lie end to end, so that what was shown twice is told to be
/// the same in one comparison.
#[derive(Clone, Default)]
pub struct Fields {
    members: Members,
    texts: Option<Arc<Texts>>,
}

/// The texts of some members, end to end, and where each member's ends; that of a member without a text ends where it begins.
/// One that was removed may lie there still.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Texts {
    whole: String,
    ends: [u32; Member::ALL.len()],
}

impl Default for Texts {
    fn default() -> Self {
        Self { whole: String::new(), ends: [0; Member::ALL.len()] }
    }
}

impl Texts {
    /// Returns where the member's text lies.
    fn range(&self, member: Member) -> Range<usize> {
        let end = |place: usize| self.ends.get(place).map_or(0, |end| *end as usize);
        let place = member as usize;
        place.checked_sub(1).map_or(0, end)..end(place)
    }

    fn get(&self, member: Member) -> &str {
        self.whole.get(self.range(member)).unwrap_or_default()
    }

    fn bytes(&self, member: Member) -> &[u8] {
        self.whole.as_bytes().get(self.range(member)).unwrap_or_default()
    }

    /// Puts another text in the member's place.
    fn replace(&mut self, member: Member, value: &str) {
        let range = self.range(member);
        let (begin, end) = (range.start, range.end);
        self.whole.replace_range(range, value);
        let shift = |place: &mut u32| *place = (*place as usize + begin + value.len() - end) as u32;
        self.ends.iter_mut().skip(member as usize).for_each(shift);
    }

    /// Tells whether all texts from this member's on are those of the other.
    fn is_same_from(&self, member: Member, other: &Self) -> bool {
        let (own, theirs) = (self.range(member).start, other.range(member).start);
        let ends = || (self.ends.get(member as usize..), other.ends.get(member as usize..));
        let shifted = |(left, right): (Option<&[u32]>, Option<&[u32]>)| {
            let pairs = left.unwrap_or_default().iter().zip(right.unwrap_or_default());
            pairs.fold(true, |same, (left, right)| same & (*left as usize + theirs == *right as usize + own))
        };
        self.whole.as_bytes().get(own..) == other.whole.as_bytes().get(theirs..)
            && (if own == theirs { ends().0 == ends().1 } else { shifted(ends()) })
    }
}

impl Fields {
    /// Returns which members were shown.
    #[must_use]
    pub const fn members(&self) -> Members {
        self.members
    }

    /// Returns the member's text, `None` where the reply did not show it or showed it empty.
    #[must_use]
    pub fn get(&self, member: Member) -> Option<&str> {
        let texts = self.texts.as_ref().filter(|_| self.members.meets(Members::one(member)))?;
        Some(texts.get(member))
    }

    /// Sets the member, in place of an earlier text. An empty text removes it.
    pub fn set(&mut self, member: Member, value: impl AsRef<str>) {
        let value = value.as_ref();
        if value.is_empty() {
            return self.remove(member);
        }
        self.members = self.members | Members::one(member);
        Arc::make_mut(self.texts.get_or_insert_default()).replace(member, value);
    }

    /// Removes the member, where it is there; what shares its text keeps it.
    pub fn remove(&mut self, member: Member) {
        self.members = self.members & !Members::one(member);
    }

    /// Tells whether the two do not differ in the member: it has one text in both, or one of them lacks it.
    #[must_use]
    pub fn agree(&self, other: &Self, member: Member) -> bool {
        let (Some(left), Some(right)) = (&self.texts, &other.texts) else { return true };
        let both = self.members & other.members;
        !both.meets(Members::one(member)) || left.bytes(member) == right.bytes(member)
    }

    /// Returns the members that both have, with different texts.
    #[must_use]
    pub fn unlike(&self, other: &Self) -> Members {
        let mut unlike = Members::NONE;
        let (Some(left), Some(right)) = (&self.texts, &other.texts) else { return unlike };
        if Arc::ptr_eq(left, right) {
            return unlike;
        }
        let only_one = Members(self.members.0 ^ other.members.0);
        // Where one text differs, often all others are alike.
        let mut look = true;
        for member in (self.members & other.members).iter() {
            if look && !only_one.reaches(member) && left.is_same_from(member, right) {
                break;
            }
            look = left.bytes(member) != right.bytes(member);
            if look {
                unlike = unlike | Members::one(member);
            }
        }
        unlike
    }

    /// Walks the members in order.
    pub fn iter(&self) -> impl Iterator<Item = (Member, &str)> {
        let texts = self.texts.as_deref();
        self.members.iter().filter_map(move |member| Some((member, texts?.get(member))))
    }

    /// Tells whether nothing was shown.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.members.0 == 0
    }
}

impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.members == other.members && self.unlike(other).is_empty()
    }
}

impl Eq for Fields {}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(member, value)| (member.path(), value)))
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts: BTreeMap<String, String> = BTreeMap::deserialize(deserializer)?;
        let mut fields = Self::default();
        for (path, value) in texts {
            let is_it = |member: &&Member| member.path() == path;
            let unknown = || de::Error::custom(format_args!("a snapshot has no member `{path}`"));
            fields.set(*Member::ALL.iter().find(is_it).ok_or_else(unknown)?, value);
        }
        Ok(fields)
    }
}

impl<T: AsRef<str>> FromIterator<(Member, T)> for Fields {
    fn from_iter<I: IntoIterator<Item = (Member, T)>>(items: I) -> Self {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_removed_is_as_what_was_never_there() {
        let mut without = Fields::default();
        without.set(Member::Engine, "redis");
        without.set(Member::Port, "6379");
        let mut with = without.clone();
        with.set(Member::EngineVersion, "7.1");
        let shared = with.clone();
        with.remove(Member::EngineVersion);
        assert_eq!(with, without);
        assert_ne!(with, shared);
        assert_eq!((with.get(Member::EngineVersion), shared.get(Member::EngineVersion)), (None, Some("7.1")));
        assert!(with.iter().eq(without.iter()) && with.unlike(&shared).is_empty());
        with.set(Member::EngineVersion, "7.2");
        assert_eq!(with.unlike(&shared), Members::one(Member::EngineVersion));
        with.remove(Member::EngineVersion);
        without.set(Member::Port, "6380");
        assert_ne!(with, without);
    }
}
