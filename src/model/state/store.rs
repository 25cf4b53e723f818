use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{BucketFacts, BucketSeen, CallerMay, is_bucket_name};
use crate::service::{Permissions, S3Action, S3Call, S3Reply, Text};

/// A bucket with what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// The region that it is in.
    pub region: Text,
    /// The account that owns it.
    pub owner: Text,
    /// What its ACL grants ElastiCache.
    pub acl: Permissions,
    /// What its policy allows ElastiCache.
    pub policy: Permissions,
    /// The region of the service that the policy allows it to.
    pub service: Text,
    /// The account to whose users the policy denies what an export asks of them.
    pub denied: Option<Text>,
    /// Its objects by their keys.
    pub objects: BTreeMap<Text, Arc<[u8]>>,
    /// What is being exported to it: key, from when on it is there, and what it will be.
    pub coming: Vec<(Text, Duration, Arc<[u8]>)>,
}

/// An error of S3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct S3Fault {
    /// The code.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
}

/// The buckets of all accounts in all regions: their names are the same everywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buckets(BTreeMap<Text, Bucket>);

impl Buckets {
    /// Returns the bucket of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Bucket> {
        self.0.get(name)
    }

    /// Returns the bucket of that name, to be changed at will.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Bucket> {
        self.0.get_mut(name)
    }

    /// Walks them in the order of their names.
    pub fn all(&self) -> impl Iterator<Item = (&Text, &Bucket)> {
        self.0.iter()
    }

    /// Does what time alone does: what was being exported is there.
    pub fn progress(&mut self, now: Duration) {
        for bucket in self.0.values_mut() {
            for (key, _, body) in bucket.coming.extract_if(.., |(_, at, _)| *at <= now) {
                bucket.objects.insert(key, body);
            }
        }
    }

    /// Returns what an account in a region sees of a bucket.
    #[must_use]
    pub fn seen(&self, name: &str, region: &str, account: &str) -> BucketSeen {
        self.get(name).map_or(BucketSeen::Missing, |bucket| {
            BucketSeen::There(BucketFacts {
                elsewhere: *bucket.region != *region,
                foreign: *bucket.owner != *account,
                acl: bucket.acl,
                policy: if *bucket.service == *region { bucket.policy } else { Permissions::NONE },
                acl_counts: BucketFacts::acl_counts(region),
                caller: if bucket.denied.as_deref() == Some(account) { CallerMay::Nothing } else { CallerMay::All },
            })
        })
    }

    /// Tells whether a bucket holds an object with the key; `None` where it is on its way.
    #[must_use]
    pub fn holds(&self, bucket: &str, key: &str) -> Option<bool> {
        let Some(bucket) = self.get(bucket) else { return Some(false) };
        if bucket.objects.contains_key(key) {
            return Some(true);
        }
        let comes = bucket.coming.iter().any(|(coming, ..)| **coming == *key);
        if comes { None } else { Some(false) }
    }

    /// Lets a call of S3 take effect.
    ///
    /// # Errors
    /// What S3 refuses: a bucket that is there already, or not, or belongs to somebody else; a key that is not there.
    pub fn answer(&mut self, call: &S3Call, caller: &Text) -> Result<S3Reply, S3Fault> {
        let fault = |code, status| Err(S3Fault { code, status });
        if let S3Action::CreateBucket { acl } = call.action {
            return match self.get(&call.bucket) {
                _ if !is_bucket_name(&call.bucket) => fault("InvalidBucketName", 400),
                Some(bucket) if bucket.owner == *caller => fault("BucketAlreadyOwnedByYou", 409),
                Some(_) => fault("BucketAlreadyExists", 409),
                None => {
                    let bucket = Bucket {
                        region: call.region.clone(),
                        owner: caller.clone(),
                        acl: acl.unwrap_or_default(),
                        policy: Permissions::NONE,
                        service: call.region.clone(),
                        denied: None,
                        objects: BTreeMap::new(),
                        coming: Vec::new(),
                    };
                    self.0.insert(call.bucket.clone(), bucket);
                    Ok(S3Reply::Done)
                }
            };
        }
        if call.action == S3Action::ListBuckets {
            let own = self.0.iter().filter(|(_, bucket)| bucket.owner == *caller);
            return Ok(S3Reply::Objects { keys: own.map(|(name, _)| name.clone()).collect(), token: None });
        }
        let Some(bucket) = self.0.get_mut(&call.bucket) else { return fault("NoSuchBucket", 404) };
        let asks = !matches!(
            call.action,
            S3Action::PutPolicy { .. }
                | S3Action::DeletePolicy
                | S3Action::PutTagging { .. }
                | S3Action::DeleteObject { .. }
                | S3Action::DeleteBucket
        );
        if bucket.owner != *caller || (asks && bucket.denied.as_ref() == Some(caller)) {
            return fault("AccessDenied", 403);
        }
        match &call.action {
            S3Action::CreateBucket { .. } | S3Action::ListBuckets => {}
            S3Action::PutPolicy { allows, service, denies } => {
                bucket.policy = *allows;
                bucket.service = service.clone();
                bucket.denied = denies.clone();
            }
            S3Action::DeletePolicy => {
                bucket.policy = Permissions::NONE;
                bucket.denied = None;
            }
            // What is done with a bucket does not depend on them.
            S3Action::PutTagging { .. } => {}
            S3Action::PutObject { key, body } => {
                bucket.objects.insert(key.clone(), Arc::from(body.as_bytes()));
            }
            S3Action::HeadObject { key } | S3Action::GetObject { key } => {
                let Some(body) = bucket.objects.get(key) else { return fault("NoSuchKey", 404) };
                return Ok(S3Reply::Object { size: u64::try_from(body.len()).ok(), head: body.to_vec() });
            }
            S3Action::DeleteObject { key } => drop(bucket.objects.remove(key)),
            S3Action::ListObjects { .. } => {
                return Ok(S3Reply::Objects { keys: bucket.objects.keys().cloned().collect(), token: None });
            }
            S3Action::DeleteBucket if !bucket.objects.is_empty() => return fault("BucketNotEmpty", 409),
            S3Action::DeleteBucket => drop(self.0.remove(&call.bucket)),
        }
        Ok(S3Reply::Done)
    }
}
