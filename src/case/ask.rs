use super::Word;
use crate::service::{Dress, FaultCode, Operation};

/// A request of a case, before its aliases have names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// What is called.
    pub operation: Operation,
    /// The parameters, in the order written; each at most once.
    pub with: Vec<(Parameter, Value)>,
    /// How it is put on the wire.
    pub dress: Dress,
    /// The answer that the author has in mind; `None` where a set is allowed. It never narrows what the model allows.
    pub expect: Option<Expect>,
    /// Whether it is sent exactly once, even if the answer is one of a busy target.
    pub once: bool,
    /// Whether a DescribeSnapshots is followed by Marker to its last page.
    pub pages: bool,
    /// How often it is sent; at least 1.
    pub repeat: u32,
    /// The line of the file; 0 where there is none.
    pub line: u32,
}

impl Ask {
    /// The call alone, sent once.
    #[must_use]
    pub fn new(operation: Operation, with: Vec<(Parameter, Value)>) -> Self {
        Self { operation, with, dress: Dress::default(), expect: None, once: false, pages: false, repeat: 1, line: 0 }
    }

    /// Returns the parameter's value, `None` where the request lacks it.
    #[must_use]
    pub fn value(&self, parameter: Parameter) -> Option<&Value> {
        self.with.iter().find(|(known, _)| *known == parameter).map(|(_, value)| value)
    }
}

/// The answer that a case's author has in mind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// A reply.
    Success,
    /// This fault.
    Fault(FaultCode),
}

impl Expect {
    /// Returns the word in case files: `success`, or the code.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Success => "success",
            Self::Fault(code) => code.code(),
        }
    }
}

/// What a parameter is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A name or a literal text.
    Word(Word),
    /// These tags.
    Tags(Vec<TagTemplate>),
    /// So many tags: `k1=v1`, `k2=v2` and on.
    TagCount(u32),
    /// Tag keys.
    Keys(Vec<Word>),
    /// `true` or `false`.
    Flag(bool),
    /// What the base snapshot was taken of.
    Owner,
}

/// A tag of a request; either part may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagTemplate {
    /// `Key`.
    pub key: Option<Word>,
    /// `Value`.
    pub value: Option<Word>,
}

/// What a parameter can be set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Word,
    Tags,
    Keys,
    Flag,
    Owner,
    Bucket,
}

macro_rules! parameters {
    ($($variant:ident $shape:ident $doc:literal),* $(,)?) => {
        /// A parameter of a request, by its name on the wire.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Parameter {
            $(
                #[doc = $doc]
                $variant
            ),*
        }

        impl Parameter {
            /// Returns the name in case files.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant)),* }
            }

            pub(super) const fn shape(self) -> Shape {
                match self { $(Self::$variant => Shape::$shape),* }
            }
        }
    };
}

parameters! {
    SourceSnapshotName Word "`SourceSnapshotName`.",
    TargetSnapshotName Word "`TargetSnapshotName`.",
    TargetBucket Bucket "`TargetBucket`.",
    KmsKeyId Word "`KmsKeyId`.",
    Tags Tags "`Tags`.",
    TagKeys Keys "`TagKeys`.",
    SnapshotName Word "`SnapshotName`.",
    ReplicationGroupId Word "`ReplicationGroupId`.",
    CacheClusterId Word "`CacheClusterId`.",
    Owner Owner "`ReplicationGroupId` or `CacheClusterId`, as what the base snapshot was taken of is.",
    SnapshotSource Word "`SnapshotSource`.",
    MaxRecords Word "`MaxRecords`.",
    Marker Word "`Marker`.",
    ShowNodeGroupConfig Flag "`ShowNodeGroupConfig`.",
    ResourceName Word "`ResourceName`.",
    Bucket Bucket "The bucket of a call of S3.",
    Key Word "The key of an object in it.",
    Body Word "What is put there.",
}

impl Parameter {
    /// Returns the parameters that a case may set for the operation; none for one that no case can ask for.
    #[must_use]
    pub const fn of(operation: Operation) -> &'static [Self] {
        match operation {
            Operation::CopySnapshot => {
                &[Self::SourceSnapshotName, Self::TargetSnapshotName, Self::TargetBucket, Self::KmsKeyId, Self::Tags]
            }
            Operation::CreateSnapshot => &[
                Self::SnapshotName,
                Self::ReplicationGroupId,
                Self::CacheClusterId,
                Self::Owner,
                Self::KmsKeyId,
                Self::Tags,
            ],
            Operation::DeleteSnapshot => &[Self::SnapshotName],
            Operation::DescribeSnapshots => &[
                Self::SnapshotName,
                Self::ReplicationGroupId,
                Self::CacheClusterId,
                Self::Owner,
                Self::SnapshotSource,
                Self::MaxRecords,
                Self::Marker,
                Self::ShowNodeGroupConfig,
            ],
            Operation::AddTagsToResource => &[Self::ResourceName, Self::Tags],
            Operation::RemoveTagsFromResource => &[Self::ResourceName, Self::TagKeys],
            Operation::ListTagsForResource => &[Self::ResourceName],
            Operation::CreateCacheCluster => &[Self::CacheClusterId, Self::SnapshotName],
            Operation::PutObject => &[Self::Bucket, Self::Key, Self::Body],
            Operation::HeadObject | Operation::GetObject | Operation::DeleteObject => &[Self::Bucket, Self::Key],
            Operation::ListObjectsV2 => &[Self::Bucket],
            _ => &[],
        }
    }

    /// Tells whether it names a snapshot that the request makes or removes, or whose tags it changes.
    pub(super) const fn is_written(self, operation: Operation) -> bool {
        matches!(
            (operation, self),
            (Operation::CopySnapshot, Self::TargetSnapshotName)
                | (Operation::CreateSnapshot | Operation::DeleteSnapshot, Self::SnapshotName)
                | (Operation::CreateCacheCluster, Self::CacheClusterId)
                | (Operation::AddTagsToResource | Operation::RemoveTagsFromResource, Self::ResourceName)
        )
    }
}
