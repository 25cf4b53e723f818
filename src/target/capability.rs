use std::fmt;

use serde::{Deserialize, Serialize};

/// What a target may lack without being wrong. A clause that needs a capability is not applicable without it.
///
/// The list is closed on purpose: CopySnapshot, CreateSnapshot, DescribeSnapshots and DeleteSnapshot are not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// `kms-key`: there is a KMS key that copies can be encrypted with. Comes with the key.
    KmsKey,
    /// `s3`: there is S3, so that snapshots can be exported to a bucket.
    S3,
    /// `checks-signatures`: unsigned and wrongly signed requests are refused.
    ChecksSignatures,
    /// `automatic-backups`: there are snapshots that the service made by itself.
    AutomaticBackups,
    /// `other-region`: requests can be made of another region. Comes with that region.
    OtherRegion,
    /// `quota`: it has a quota of 20 snapshots of a node in 24 hours, and may be brought to it.
    Quota,
    /// `restores`: clusters are made from snapshots.
    Restores,
    /// `other-account`: requests can be made from a second account. Comes with that account.
    OtherAccount,
}

impl Capability {
    /// Every capability.
    pub const ALL: &'static [Self] = &[
        Self::KmsKey,
        Self::S3,
        Self::ChecksSignatures,
        Self::AutomaticBackups,
        Self::OtherRegion,
        Self::Restores,
        Self::Quota,
        Self::OtherAccount,
    ];

    /// Returns the word in target files, cases and logs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::KmsKey => "kms-key",
            Self::S3 => "s3",
            Self::ChecksSignatures => "checks-signatures",
            Self::AutomaticBackups => "automatic-backups",
            Self::OtherRegion => "other-region",
            Self::Restores => "restores",
            Self::Quota => "quota",
            Self::OtherAccount => "other-account",
        }
    }

    /// Returns the capability of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|capability| capability.word() == word)
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
