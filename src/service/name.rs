use std::borrow::Cow;
use std::sync::Arc;

/// A shared piece of text: names, keys, messages. Cloning it copies no bytes.
pub type Text = Arc<str>;

/// Makes a [`Text`].
#[must_use]
pub fn text(value: impl AsRef<str>) -> Text {
    Arc::from(value.as_ref())
}

/// Returns the form in which the service keeps a snapshot name: lower case.
///
/// Source: API model, `TargetSnapshotName` (clause `copy.target.lower-case`).
#[must_use]
pub fn canonical(name: &str) -> Cow<'_, str> {
    // Without a way out of the loop the compiler looks at many bytes at once.
    if name.bytes().fold(false, |found, byte| found | byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

/// The parts of an ElastiCache ARN, `arn:<partition>:elasticache:<region>:<account>:<kind>:<name>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: &'a str,
    /// The region, such as `us-east-1`.
    pub region: &'a str,
    /// The 12-digit account.
    pub account: &'a str,
    /// `snapshot` for a snapshot.
    pub kind: &'a str,
    /// The resource's name.
    pub name: &'a str,
}

impl<'a> Arn<'a> {
    /// Returns the parts of an ElastiCache ARN, `None` where the text is none.
    #[must_use]
    pub fn parse(value: &'a str) -> Option<Self> {
        // Part by part: `splitn` takes several times as long, and the oracle parses an ARN a reply.
        let part = |rest: &'a str| {
            let (part, rest) = rest.split_at_checked(memchr::memchr(b':', rest.as_bytes())?)?;
            Some((part, rest.get(1..)?))
        };
        let (partition, rest) = part(value.strip_prefix("arn:")?)?;
        let (region, rest) = part(rest.strip_prefix("elasticache:")?)?;
        let (account, rest) = part(rest)?;
        let (kind, name) = part(rest)?;
        let known = partition == "aws" || partition.starts_with("aws-");
        (known && !region.is_empty() && !name.is_empty()).then_some(Self { partition, region, account, kind, name })
    }

    /// Returns the name of the snapshot whose ARN it is, spaces around it or not; `None` for all else.
    #[must_use]
    pub fn snapshot_in(resource: &'a str) -> Option<&'a str> {
        Self::parse(resource.trim()).filter(|arn| arn.kind == "snapshot").map(|arn| arn.name)
    }
}
