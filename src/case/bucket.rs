use super::types::asks_of;
use super::{Ask, Case, CaseStep, Names, Parameter, Value, Word};
use crate::service::{Call, Permissions, S3Action, S3Call, Step, Text, text};

/// With what the alias of a bucket begins, or all that it is.
const BUCKET: &str = "bucket";

/// What a bucket of a case is like, as its alias says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BucketKind {
    /// Where it is, and whose.
    pub place: Place,
    /// What ElastiCache is not granted.
    pub lacks: Permissions,
    /// How the rest is granted.
    pub by: By,
    /// Whether its policy denies the caller what an export asks of him.
    pub denied: bool,
}

/// Where a bucket is, and whose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The caller's, in the region asked.
    Here,
    /// The caller's, in another region.
    Elsewhere,
    /// The other account's, in the region asked.
    Foreign,
    /// There is none.
    Missing,
}

/// How ElastiCache is granted what it is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// By policy, and by ACL where the target takes ACLs.
    Both,
    /// By ACL alone.
    Acl,
    /// By policy alone.
    Policy,
}

impl BucketKind {
    /// What may follow in an alias, as error messages list it.
    pub(super) const FORMS: &'static [&'static str] = &[
        "bucket",
        "bucket-by-acl",
        "bucket-by-policy",
        "bucket-denied",
        "bucket-elsewhere",
        "bucket-foreign",
        "bucket-missing",
        "bucket-without-grants",
        "bucket-without-read",
        "bucket-without-read-acp",
        "bucket-without-write",
    ];

    /// Tells whether the alias can be of a bucket alone.
    #[must_use]
    pub fn is_meant(alias: &str) -> bool {
        alias == BUCKET || alias.strip_prefix(BUCKET).is_some_and(|rest| rest.starts_with('-'))
    }

    /// Returns what the bucket of that alias is like: `bucket`, then words such as `-elsewhere` or `-without-read`, then
    /// a number where a case has several alike. `None` where it is no alias of a bucket.
    #[must_use]
    pub fn of_alias(alias: &str) -> Option<Self> {
        let mut rest = alias.strip_prefix(BUCKET)?;
        let mut kind = Self { place: Place::Here, lacks: Permissions::NONE, by: By::Both, denied: false };
        while !rest.is_empty() {
            if rest.strip_prefix('-').is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit())) {
                return (rest.len() > 1).then_some(kind);
            }
            let word = |word: &str| rest.strip_prefix(word);
            rest = if let Some(rest) = word("-elsewhere") {
                kind.place = Place::Elsewhere;
                rest
            } else if let Some(rest) = word("-foreign") {
                kind.place = Place::Foreign;
                rest
            } else if let Some(rest) = word("-missing") {
                kind.place = Place::Missing;
                rest
            } else if let Some(rest) = word("-by-acl") {
                kind.by = By::Acl;
                rest
            } else if let Some(rest) = word("-by-policy") {
                kind.by = By::Policy;
                rest
            } else if let Some(rest) = word("-denied") {
                kind.denied = true;
                rest
            } else if let Some(rest) = word("-without-grants") {
                kind.lacks = Permissions::ALL;
                rest
            } else if let Some(rest) = word("-without-read-acp") {
                kind.lacks |= Permissions::READ_ACP;
                rest
            } else if let Some(rest) = word("-without-read") {
                kind.lacks |= Permissions::READ;
                rest
            } else if let Some(rest) = word("-without-write") {
                kind.lacks |= Permissions::WRITE;
                rest
            } else {
                return None;
            };
        }
        Some(kind)
    }

    /// Returns what is granted by ACL; `None` where ACLs are left alone.
    #[must_use]
    pub fn acl(&self) -> Option<Permissions> {
        (self.by != By::Policy).then_some(!self.lacks)
    }

    /// Returns what is allowed by policy; `None` where there is to be none.
    #[must_use]
    pub fn policy(&self) -> Option<Permissions> {
        Some(!self.lacks).filter(|allowed| self.by != By::Acl && !allowed.is_empty())
    }
}

/// A bucket that a case makes: where it is and who makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: Text,
    /// The region in which it is.
    pub region: Text,
    /// Whose it is; `None` for the caller.
    pub account: Option<Text>,
    kind: BucketKind,
    /// The region of the service that it is to grant something.
    service: Text,
    /// The account whose users it is to deny something.
    denies: Option<Text>,
}

impl Bucket {
    /// Returns the bucket of that kind; `None` where there is to be none.
    #[must_use]
    pub fn of(name: Text, kind: BucketKind, names: &Names) -> Option<Self> {
        let elsewhere = kind.place == Place::Elsewhere;
        Some(Self {
            name,
            region: if elsewhere { text(names.other_region()) } else { names.region.clone() },
            account: match kind.place {
                Place::Here | Place::Elsewhere => None,
                Place::Foreign => Some(names.other_account.clone()?),
                Place::Missing => return None,
            },
            kind,
            service: names.region.clone(),
            denies: kind.denied.then(|| names.account.clone()),
        })
    }

    /// Returns the call.
    #[must_use]
    pub fn call(&self, action: S3Action) -> Step {
        let (bucket, region, account) = (self.name.clone(), self.region.clone(), self.account.clone());
        Call::S3(S3Call { bucket, region, account, action }).into()
    }

    /// Returns the calls that make it, in the order in which they are tried: with the grants of an ACL, then without,
    /// where a policy grants as well.
    #[must_use]
    pub fn ways(&self) -> Vec<Step> {
        let mut ways = Vec::new();
        if let Some(granted) = self.kind.acl() {
            ways.push(self.call(S3Action::CreateBucket { acl: Some(granted) }));
        }
        if self.kind.by != By::Acl {
            ways.push(self.call(S3Action::CreateBucket { acl: None }));
        }
        ways
    }

    /// Returns the call that grants and denies by policy, `None` where nothing is to be.
    #[must_use]
    pub fn policy(&self) -> Option<Step> {
        let allows = self.kind.policy()?;
        let (service, denies) = (self.service.clone(), self.denies.clone());
        Some(self.call(S3Action::PutPolicy { allows, service, denies }))
    }

    /// Tells whether its policy denies the caller something.
    #[must_use]
    pub const fn denies_caller(&self) -> bool {
        self.denies.is_some()
    }

    /// Tells whether it grants what it should without a policy.
    #[must_use]
    pub fn does_without_policy(&self, with_acl: bool) -> bool {
        with_acl && self.kind.by == By::Both && self.denies.is_none()
    }
}

/// Returns the aliases of the buckets that steps are about, with what they are like, each once.
#[must_use]
pub fn buckets_of(steps: &[CaseStep]) -> Vec<(String, BucketKind)> {
    let mut buckets: Vec<(String, BucketKind)> = Vec::new();
    for (alias, kind) in asks_of(steps).filter_map(Ask::bucket) {
        if buckets.iter().all(|(known, _)| known != alias) {
            buckets.push((alias.to_owned(), kind));
        }
    }
    buckets
}

impl Case {
    /// Returns the aliases of the buckets that the case is about, with what they are like, each once.
    #[must_use]
    pub fn buckets(&self) -> Vec<(String, BucketKind)> {
        buckets_of(&self.steps)
    }

    /// Tells whether the case is about exports at all, be it to a name that no bucket can have.
    #[must_use]
    pub fn exports(&self) -> bool {
        self.asks().any(|ask| ask.operation.is_s3() || ask.is_export())
    }
}

impl Ask {
    /// Returns the alias of the bucket that the request is about, and what it is like.
    #[must_use]
    pub fn bucket(&self) -> Option<(&str, BucketKind)> {
        match self.value(Parameter::TargetBucket).or_else(|| self.value(Parameter::Bucket)) {
            Some(Value::Word(Word::Name { alias, .. })) => Some((alias, BucketKind::of_alias(alias)?)),
            _ => None,
        }
    }

    /// Tells whether it is a copy to a bucket.
    #[must_use]
    pub fn is_export(&self) -> bool {
        match self.value(Parameter::TargetBucket) {
            Some(Value::Word(Word::Literal(text))) => !text.is_empty(),
            Some(_) => true,
            None => false,
        }
    }
}

impl Names {
    /// Returns the region in which a bucket is that is not in the region asked.
    #[must_use]
    pub fn other_region(&self) -> &'static str {
        other_region(&self.region)
    }
}

/// Returns a region that is another than that.
#[must_use]
pub fn other_region(region: &str) -> &'static str {
    if region == "eu-west-1" { "us-west-2" } else { "eu-west-1" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_says_what_its_bucket_is_like() {
        let kind = |alias| BucketKind::of_alias(alias);
        let plain = BucketKind { place: Place::Here, lacks: Permissions::NONE, by: By::Both, denied: false };
        assert_eq!(kind("bucket"), Some(plain));
        assert_eq!(kind("bucket-2"), Some(plain));
        assert_eq!(kind("bucket-denied"), Some(BucketKind { denied: true, ..plain }));
        assert_eq!(kind("bucket-by-acl"), Some(BucketKind { by: By::Acl, ..plain }));
        assert_eq!(kind("bucket-without-read-acp"), Some(BucketKind { lacks: Permissions::READ_ACP, ..plain }));
        let several = BucketKind { place: Place::Elsewhere, lacks: Permissions::READ | Permissions::WRITE, ..plain };
        assert_eq!(kind("bucket-elsewhere-without-read-without-write"), Some(several));
        for alias in ["a", "buckets", "bucket-", "bucket-x", "bucket-without", "bucket-2-x"] {
            assert_eq!(kind(alias), None, "{alias}");
        }
    }

    #[test]
    fn what_is_listed_is_known() {
        assert!(BucketKind::FORMS.iter().all(|form| BucketKind::of_alias(form).is_some()));
    }
}
