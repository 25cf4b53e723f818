use serde::{Deserialize, Serialize};

use super::{Arn, Fields, Input, Member, Operation, S3Call, Text, canonical, text};

/// A tag as it is kept: both parts are there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tag {
    /// The key, case-sensitive.
    pub key: Text,
    /// The value; empty where none was given.
    pub value: Text,
}

/// A tag as it is sent: either part may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct TagArg {
    /// `Key`.
    pub key: Option<Text>,
    /// `Value`.
    pub value: Option<Text>,
}

impl TagArg {
    /// Tells whether its value is empty or absent, which comes to the same.
    #[must_use]
    pub fn is_without_value(&self) -> bool {
        self.value.as_ref().is_none_or(|value| value.is_empty())
    }
}

/// The `Tags` of a request: `None` is absent, an empty list travels as `Tags=`.
pub type TagList = Option<Vec<TagArg>>;

/// `CopySnapshot`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct CopySnapshot {
    /// `SourceSnapshotName`.
    pub source: Option<Text>,
    /// `TargetSnapshotName`.
    pub target: Option<Text>,
    /// `TargetBucket`.
    pub bucket: Option<Text>,
    /// `KmsKeyId`.
    pub kms_key: Option<Text>,
    /// `Tags`.
    pub tags: TagList,
}

impl CopySnapshot {
    /// Returns the bucket that it exports to, `None` for a copy within the service (`copy.bucket.empty`).
    #[must_use]
    pub fn bucket(&self) -> Option<&Text> {
        self.bucket.as_ref().filter(|bucket| !bucket.is_empty())
    }
}

/// `CreateSnapshot`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct CreateSnapshot {
    /// `SnapshotName`.
    pub name: Option<Text>,
    /// `ReplicationGroupId`.
    pub group: Option<Text>,
    /// `CacheClusterId`.
    pub cluster: Option<Text>,
    /// `KmsKeyId`.
    pub kms_key: Option<Text>,
    /// `Tags`.
    pub tags: TagList,
}

/// `DescribeSnapshots`. Numbers are text, so that malformed ones can be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct DescribeSnapshots {
    /// `SnapshotName`.
    pub name: Option<Text>,
    /// `ReplicationGroupId`.
    pub group: Option<Text>,
    /// `CacheClusterId`.
    pub cluster: Option<Text>,
    /// `SnapshotSource`: `user` or `system`.
    pub source: Option<Text>,
    /// `MaxRecords`.
    pub max_records: Option<Text>,
    /// `Marker`.
    pub marker: Option<Text>,
    /// `ShowNodeGroupConfig`.
    pub node_group_config: Option<bool>,
}

impl DescribeSnapshots {
    /// Returns the `Marker` after which a list goes on; `None` where it begins.
    #[must_use]
    pub fn marker(&self) -> Option<&str> {
        self.marker.as_deref().filter(|marker| !marker.is_empty())
    }

    /// Tells whether anything but a name says which snapshots are asked for.
    #[must_use]
    pub const fn is_filtered(&self) -> bool {
        self.source.is_some() || self.cluster.is_some() || self.group.is_some()
    }
}

/// What a snapshot is taken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerKind {
    /// A replication group.
    Group,
    /// A cache cluster that stands alone.
    Cluster,
}

impl OwnerKind {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::Group, Self::Cluster];

    /// Returns the kind whose word an ARN has; `None` where it is that of another resource.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Returns the member by which a snapshot names an owner of the kind.
    #[must_use]
    pub const fn member(self) -> Member {
        match self {
            Self::Group => Member::ReplicationGroupId,
            Self::Cluster => Member::CacheClusterId,
        }
    }

    /// Returns the word in ARNs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Group => "replicationgroup",
            Self::Cluster => "cluster",
        }
    }
}

/// A replication group or cluster, by kind and id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Owner {
    /// Group or cluster.
    pub kind: OwnerKind,
    /// Its id.
    pub id: Text,
}

/// How an owner is built where it is not one node of redis.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Build {
    /// `Engine`; `None` for redis.
    pub engine: Option<Text>,
    /// `NumNodeGroups`, in cluster mode; `None` for one node without.
    pub shards: Option<u32>,
    /// Whether the service backs it up by itself.
    pub backups: bool,
    /// Whether its nodes tier data to SSDs, which takes a node type of its own.
    pub tiering: bool,
    /// Whether it is made without the settings that a fixture is given, and has the service's own: never by a run.
    pub bare: bool,
    /// `Tags`.
    pub tags: TagList,
}

/// The settings that a fixture is made with: other ones than the service's own, so that a snapshot that shows what any would
/// is told from one that shows what its owner has.
pub const SETTINGS: [(Input, Member, &str); 4] = [
    (Input::Port, Member::Port, "7001"),
    (Input::PreferredMaintenanceWindow, Member::PreferredMaintenanceWindow, "wed:10:00-wed:11:00"),
    (Input::SnapshotWindow, Member::SnapshotWindow, "02:30-03:30"),
    (Input::AutoMinorVersionUpgrade, Member::AutoMinorVersionUpgrade, "false"),
];

/// The engine of an owner that is built as any.
pub const ENGINE: &str = "redis";

/// The node type of an owner: the cheapest.
pub const NODE_TYPE: &str = "cache.t4g.micro";

/// The smallest node that tiers its data.
pub const TIERING: &str = "cache.r6gd.xlarge";

/// Returns the tags that an owner is made with where it is made with any.
#[must_use]
pub fn owner_tags() -> [TagArg; 2] {
    [("of", "owner"), ("team", "cache")].map(|(key, value)| TagArg { key: Some(text(key)), value: Some(text(value)) })
}

impl CreateSnapshot {
    /// Returns the request for a snapshot of an owner.
    #[must_use]
    pub fn of(owner: &Owner, name: &Text) -> Self {
        let id = |kind| (owner.kind == kind).then(|| owner.id.clone());
        let (group, cluster) = (id(OwnerKind::Group), id(OwnerKind::Cluster));
        Self { name: Some(name.clone()), group, cluster, ..Self::default() }
    }

    /// Returns of what the snapshot is asked for: the group where both are named.
    #[must_use]
    pub fn owner(&self) -> Option<Owner> {
        let named = |id: &Option<Text>| id.clone().filter(|id| !id.is_empty()).map(|id| text(canonical(&id)));
        let group = named(&self.group).map(|id| Owner { kind: OwnerKind::Group, id });
        group.or_else(|| named(&self.cluster).map(|id| Owner { kind: OwnerKind::Cluster, id }))
    }
}

impl Build {
    /// Returns what of it an owner that is built so, and each snapshot of that, shows where it shows such a thing.
    #[must_use]
    pub fn shown(&self) -> Fields {
        let engine = self.engine.as_deref().unwrap_or(ENGINE);
        let node_type = if self.tiering { TIERING } else { NODE_TYPE };
        let settings = SETTINGS.map(|(_, member, value)| (member, value));
        let settings = settings.into_iter().filter(|_| !self.bare);
        let all = [(Member::Engine, engine), (Member::CacheNodeType, node_type)].into_iter().chain(settings);
        all.map(|(member, value)| (member, text(value))).collect()
    }
}

impl Fixture {
    /// Returns the call that makes an owner, built so.
    #[must_use]
    pub fn make(owner: Owner, build: Build) -> Self {
        if build == Build::default() { Self::Create(owner) } else { Self::Build(owner, build) }
    }
}

/// A call that makes, watches or removes what snapshots are taken of; the model does not judge it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fixture {
    /// `CreateReplicationGroup` or `CreateCacheCluster`: one node, cluster mode disabled.
    Create(Owner),
    /// The same, built otherwise.
    Build(Owner, Build),
    /// `DescribeReplicationGroups` or `DescribeCacheClusters`.
    Describe(Owner),
    /// `DeleteReplicationGroup` or `DeleteCacheCluster`.
    Delete(Owner),
    /// STS `GetCallerIdentity`.
    WhoAmI,
}

/// A request in the service's words.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// `CopySnapshot`.
    Copy(CopySnapshot),
    /// `CreateSnapshot`.
    Create(CreateSnapshot),
    /// `DeleteSnapshot`.
    Delete {
        /// `SnapshotName`.
        name: Option<Text>,
    },
    /// `DescribeSnapshots`.
    Describe(DescribeSnapshots),
    /// `AddTagsToResource`.
    AddTags {
        /// `ResourceName`.
        resource: Option<Text>,
        /// `Tags`.
        tags: TagList,
    },
    /// `RemoveTagsFromResource`.
    RemoveTags {
        /// `ResourceName`.
        resource: Option<Text>,
        /// `TagKeys`.
        keys: Option<Vec<Text>>,
    },
    /// `ListTagsForResource`.
    ListTags {
        /// `ResourceName`.
        resource: Option<Text>,
    },
    /// `CreateCacheCluster` from a snapshot.
    Restore {
        /// `CacheClusterId`.
        cluster: Option<Text>,
        /// `SnapshotName`.
        snapshot: Option<Text>,
    },
    /// One of the fixture calls.
    Fixture(Fixture),
    /// A call of S3.
    S3(S3Call),
}

impl Call {
    /// Returns the operation.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        match self {
            Self::Copy(_) => Operation::CopySnapshot,
            Self::Create(_) => Operation::CreateSnapshot,
            Self::Delete { .. } => Operation::DeleteSnapshot,
            Self::Describe(_) => Operation::DescribeSnapshots,
            Self::AddTags { .. } => Operation::AddTagsToResource,
            Self::RemoveTags { .. } => Operation::RemoveTagsFromResource,
            Self::ListTags { .. } => Operation::ListTagsForResource,
            Self::S3(call) => call.operation(),
            Self::Fixture(Fixture::WhoAmI) => Operation::GetCallerIdentity,
            Self::Restore { .. } => Operation::CreateCacheCluster,
            Self::Fixture(Fixture::Create(owner) | Fixture::Build(owner, _)) => match owner.kind {
                OwnerKind::Group => Operation::CreateReplicationGroup,
                OwnerKind::Cluster => Operation::CreateCacheCluster,
            },
            Self::Fixture(Fixture::Describe(owner)) => match owner.kind {
                OwnerKind::Group => Operation::DescribeReplicationGroups,
                OwnerKind::Cluster => Operation::DescribeCacheClusters,
            },
            Self::Fixture(Fixture::Delete(owner)) => match owner.kind {
                OwnerKind::Group => Operation::DeleteReplicationGroup,
                OwnerKind::Cluster => Operation::DeleteCacheCluster,
            },
        }
    }

    /// A describe of one name, and nothing else asked.
    #[must_use]
    pub fn describe(name: &Text) -> Self {
        Self::Describe(DescribeSnapshots { name: Some(name.clone()), ..DescribeSnapshots::default() })
    }

    /// Tells whether the call can make, change or remove something.
    #[must_use]
    pub const fn is_write(&self) -> bool {
        match self {
            Self::Describe(_) | Self::ListTags { .. } | Self::Fixture(Fixture::Describe(_) | Fixture::WhoAmI) => false,
            Self::S3(call) => call.is_write(),
            _ => true,
        }
    }

    /// Tells whether it is a copy to a bucket: an empty `TargetBucket` counts as none.
    #[must_use]
    pub fn is_export(&self) -> bool {
        matches!(self, Self::Copy(copy) if copy.bucket().is_some())
    }

    /// Tells whether it would make, change or delete the snapshot of that name.
    #[must_use]
    pub fn writes_to(&self, name: &str) -> bool {
        let written = match self {
            Self::Copy(copy) if copy.bucket().is_none() => copy.target.as_deref(),
            Self::Create(create) => create.name.as_deref(),
            Self::Delete { name } => name.as_deref(),
            Self::AddTags { resource, .. } | Self::RemoveTags { resource, .. } => {
                resource.as_deref().and_then(Arn::parse).map(|arn| arn.name)
            }
            _ => None,
        };
        written.is_some_and(|written| canonical(written) == canonical(name))
    }
}

/// Which `Action` (or `Version`) a request carries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The call's own.
    #[default]
    Own,
    /// None at all.
    Absent,
    /// This one.
    Named(Text),
}

/// How the members of `Tags` are spelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TagSpelling {
    /// `Tags.Tag.N`, as the API model has it.
    #[default]
    Tag,
    /// `Tags.member.N`, as the user guide has it.
    Member,
}

/// What is wrong with a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forgery {
    /// It was made with another secret than the key's.
    Wrong,
    /// It was made an hour ago.
    Expired,
    /// Its access key is nobody's.
    UnknownKey,
    /// A part of it is missing.
    Incomplete,
}

impl Forgery {
    /// Every forgery.
    pub const ALL: &'static [Self] = &[Self::Wrong, Self::Expired, Self::UnknownKey, Self::Incomplete];

    /// Returns the word in cases and reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Expired => "expired",
            Self::UnknownKey => "unknown-key",
            Self::Incomplete => "incomplete",
        }
    }
}

/// From where a request is sent, where that is not the run's own account and region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Elsewhere {
    /// A second account, in the same region.
    Account,
    /// Another region of the same account.
    Region,
}

impl Elsewhere {
    /// Each.
    pub const ALL: &'static [Self] = &[Self::Account, Self::Region];

    /// Returns the word in cases and reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Account => "other-account",
            Self::Region => "other-region",
        }
    }

    /// Returns the place of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|place| place.word() == word)
    }
}

/// How a call is put on the wire; the default is what an SDK does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Dress {
    /// `Action`.
    pub action: Action,
    /// `Version`.
    pub version: Action,
    /// GET with a query string in place of POST.
    pub get: bool,
    /// Parameters in reverse order.
    pub reversed: bool,
    /// Further parameters.
    pub extra: Vec<(Text, Text)>,
    /// The spelling of tags.
    pub tags: TagSpelling,
    /// Without a signature.
    pub unsigned: bool,
    /// With a signature that is none of the caller's; `None` for a good one.
    pub forged: Option<Forgery>,
    /// This `Content-Type` in place of the usual one.
    pub content_type: Option<Text>,
    /// Every parameter of the call twice, with the same value.
    pub repeated: bool,
    /// So many KiB more: the length of a parameter that the operation doesn't have.
    pub padded: u32,
    /// From elsewhere; `None` for the run's own account and region.
    pub from: Option<Elsewhere>,
}

impl Dress {
    /// Tells whether it is what an SDK does.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        // Part by part, since it is asked of each step that is judged; a new part has to be named here.
        let Self {
            action: Action::Own,
            version: Action::Own,
            get: false,
            reversed: false,
            extra,
            tags: TagSpelling::Tag,
            unsigned: false,
            forged: None,
            content_type: None,
            repeated: false,
            padded: 0,
            from: None,
        } = self
        else {
            return false;
        };
        extra.is_empty()
    }

    /// Returns the media type that it says to be of in place of a form's; `None` where it says to be a form, in whatever way.
    #[must_use]
    pub fn odd_type(&self) -> Option<&str> {
        self.content_type.as_deref().filter(|given| !is_form(given))
    }

    /// Tells whether it is the caller's own signature that it carries.
    #[must_use]
    pub const fn is_signed(&self) -> bool {
        !self.unsigned && self.forged.is_none()
    }
}

/// One request of a sequence: what is asked and how it is dressed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Step {
    /// What is asked.
    pub call: Call,
    /// How it is put on the wire.
    #[serde(default, skip_serializing_if = "Dress::is_plain")]
    pub dress: Dress,
}

impl From<Call> for Step {
    fn from(call: Call) -> Self {
        Self { call, dress: Dress::default() }
    }
}

/// Tells whether a `Content-Type` is that of a form, with or without a charset.
///
/// Source: the Query protocol's specification, as Smithy has it.
#[must_use]
pub fn is_form(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
