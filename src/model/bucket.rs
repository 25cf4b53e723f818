use crate::service::Permissions;

/// The regions that every account has without opting in: in them alone an ACL's grants count.
///
/// Source: user guide, "Exporting a backup"; AWS account management, regions.
const OPTED_IN: &[&str] = &[
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "ap-south-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
];

/// What is known of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BucketSeen {
    /// Nothing.
    Unknown,
    /// That there is none.
    Missing,
    /// That it is there, and how.
    There(BucketFacts),
}

/// What decides whether a snapshot may be exported to a bucket, its objects aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BucketFacts {
    /// Whether it is in another region than the snapshot.
    pub elsewhere: bool,
    /// Whether another account owns it.
    pub foreign: bool,
    /// What its ACL grants ElastiCache.
    pub acl: Permissions,
    /// What its policy allows ElastiCache.
    pub policy: Permissions,
    /// Whether an ACL's grants count in its region; where they do not, they may or may not.
    pub acl_counts: bool,
    /// What its policy leaves the caller.
    pub caller: CallerMay,
}

/// What a bucket's policy leaves the caller of what an export asks of him.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CallerMay {
    /// All of it.
    #[default]
    All,
    /// None of it, and whether that counts is not known.
    Perhaps,
    /// None of it: S3 itself has refused him.
    Nothing,
}

impl BucketFacts {
    /// Tells whether an ACL's grants count in the region.
    #[must_use]
    pub fn acl_counts(region: &str) -> bool {
        OPTED_IN.contains(&region)
    }

    /// Returns what is granted for sure.
    #[must_use]
    pub fn granted(&self) -> Permissions {
        if self.acl_counts { self.acl | self.policy } else { self.policy }
    }

    /// Returns what may be granted.
    #[must_use]
    pub fn perhaps_granted(&self) -> Permissions {
        self.acl | self.policy
    }
}

/// Tells whether a bucket can have the name.
///
/// Source: S3 user guide, bucket naming rules; the user guide asks for a DNS-compliant name.
#[must_use]
pub fn is_bucket_name(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    let outer = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let bytes = name.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes.iter().all(|byte| inner(*byte))
        && outer(bytes.first())
        && outer(bytes.last())
        && !name.contains("..")
}

/// Returns the key of the object that a shard is exported to, shards counted from 1 (`export.key`).
#[must_use]
pub fn export_key(target: &str, shard: usize) -> String {
    format!("{target}-{shard:04}.rdb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_buckets_are_told_from_others() {
        for name in ["abc", "a-b.c1", &"x".repeat(63)] {
            assert!(is_bucket_name(name), "{name}");
        }
        let malformed = [
            "",
            "ab",
            "Abc",
            "a_b",
            "a/b",
            "-abc",
            "abc-",
            ".abc",
            "a..b",
            " abc",
            "arn:aws:s3:::abc",
            &"x".repeat(64),
        ];
        for name in malformed {
            assert!(!is_bucket_name(name), "{name}");
        }
    }

    #[test]
    fn an_acl_grants_for_sure_only_in_regions_that_nobody_opts_into() {
        let facts = |region| BucketFacts {
            acl: Permissions::READ,
            policy: Permissions::WRITE,
            acl_counts: BucketFacts::acl_counts(region),
            ..BucketFacts::default()
        };
        let (both, policy) = (Permissions::READ | Permissions::WRITE, Permissions::WRITE);
        for (region, granted) in [("eu-west-1", both), ("ap-east-1", policy)] {
            assert_eq!((facts(region).granted(), facts(region).perhaps_granted()), (granted, both), "{region}");
        }
    }

    #[test]
    fn a_key_counts_its_shard_in_four_digits() {
        assert_eq!(export_key("a/b", 1), "a/b-0001.rdb");
        assert_eq!(export_key("a", 12), "a-0012.rdb");
    }
}
