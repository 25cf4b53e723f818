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
    if has_upper_case(name.as_bytes()) { Cow::Owned(name.to_ascii_lowercase()) } else { Cow::Borrowed(name) }
}

/// Tells whether an ASCII letter in upper case is among the bytes; looks at eight at a time, since each name is asked about
/// several times a step.
fn has_upper_case(bytes: &[u8]) -> bool {
    let (eights, rest) = bytes.as_chunks::<8>();
    let among = |eight: &[u8; 8]| eight.iter().fold(false, |found, byte| found | byte.is_ascii_uppercase());
    eights.iter().any(among) || rest.iter().any(u8::is_ascii_uppercase)
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
            let (part, rest) = rest.split_at_checked(rest.bytes().position(|byte| byte == b':')?)?;
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
