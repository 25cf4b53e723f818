use super::Player;
use crate::case::{Bucket, BucketKind};
use crate::execute::bucket::{is_done, remove_bucket};
use crate::execute::fixture::remove_snapshot;
use crate::execute::lane::Stop;
use crate::ledger::ResourceKind;
use crate::record::Happened;
use crate::service::{Call, Outcome, Reply, S3Action, S3Reply, Text, canonical, text};
use crate::trace::{Role, outcome_line};

impl Player<'_> {
    /// Makes the buckets that the steps are about.
    pub(super) async fn prepare(&mut self, buckets: Vec<(String, BucketKind)>) -> Result<(), Stop> {
        for (alias, kind) in buckets {
            let name = text(format!("{}{alias}", self.setting.names.prefix));
            let Some(bucket) = Bucket::of(name, kind, &self.setting.names) else { continue };
            if let Some(why) = self.make_bucket(bucket).await? {
                self.unfit = Some(why);
                break;
            }
        }
        Ok(())
    }

    /// Makes a bucket with its grants, and sees that it is empty; returns why that cannot be.
    async fn make_bucket(&mut self, bucket: Bucket) -> Result<Option<String>, Stop> {
        self.buckets.push(bucket.clone());
        let mut made = None;
        for way in bucket.ways() {
            let acl = matches!(&way.call, Call::S3(call) if call.action != S3Action::CreateBucket { acl: None });
            self.send_while(Role::Fixture, &way, is_aborted).await?;
            if self.is_done() {
                made = Some(acl);
                break;
            }
        }
        let Some(with_acl) = made else {
            return Ok(Some(format!("S3 refuses the bucket that it takes: {}", self.said())));
        };
        if !self.lane.marks.is_empty() {
            self.send(Role::Fixture, bucket.call(S3Action::PutTagging { tags: self.lane.marks.to_vec() })).await?;
        }
        if bucket.denies_caller() {
            // What is in it cannot be seen afterwards.
            self.list(&bucket, Role::Fixture).await?;
        }
        if let Some(policy) = bucket.policy() {
            self.send(Role::Fixture, policy).await?;
            if !self.is_done() && !bucket.does_without_policy(with_acl) {
                return Ok(Some(format!("S3 refuses the policy that it takes: {}", self.said())));
            }
        }
        self.list(&bucket, Role::Fixture).await?;
        Ok(None)
    }

    fn is_done(&self) -> bool {
        self.trace.last().is_some_and(|(event, _)| is_done(&event.outcome))
    }

    fn said(&self) -> String {
        self.trace.last().map(|(event, _)| outcome_line(&event.outcome)).unwrap_or_default()
    }

    /// Lists a bucket to its last page.
    async fn list(&mut self, bucket: &Bucket, role: Role) -> Result<(), Stop> {
        let mut token = None;
        for _ in 0..self.lane.endpoint.limits().pages {
            self.send(role, bucket.call(S3Action::ListObjects { token })).await?;
            token = match self.trace.last().map(|(event, _)| &event.outcome) {
                Some(Outcome::Reply(Reply::S3(S3Reply::Objects { token: Some(next), .. }))) => Some(next.clone()),
                _ => return Ok(()),
            };
        }
        Ok(())
    }

    /// Lists the bucket of that name, where the case has made it; tells whether it has.
    pub(super) async fn list_named(&mut self, name: &str, role: Role) -> Result<bool, Stop> {
        let bucket = self.buckets.iter().find(|bucket| *bucket.name == *name).cloned();
        if let Some(bucket) = &bucket {
            self.list(bucket, role).await?;
        }
        Ok(bucket.is_some())
    }

    /// Reads the objects of buckets that are known to be there.
    async fn read_objects(&mut self, of: Option<&Text>) -> Result<(), Stop> {
        for (bucket, key) in self.belief.objects() {
            let made = self.buckets.iter().find(|made| made.name == bucket && of.is_none_or(|of| *of == bucket));
            if let Some(step) = made.map(|made| made.call(S3Action::GetObject { key })) {
                self.send(Role::ReadBack, step).await?;
            }
        }
        Ok(())
    }

    /// Returns a bucket that takes exports, made where there is none; `None` where none can be made.
    pub(super) async fn a_bucket(&mut self) -> Result<Option<Text>, Stop> {
        let name = text(format!("{}bucket", self.setting.names.prefix));
        if self.buckets.iter().any(|bucket| bucket.name == name) {
            return Ok(Some(name));
        }
        let kind = BucketKind::of_alias("bucket");
        let Some(bucket) = kind.and_then(|kind| Bucket::of(name.clone(), kind, &self.setting.names)) else {
            return Ok(None);
        };
        Ok(self.make_bucket(bucket).await?.is_none().then_some(name))
    }

    /// Reads back what a refused export must not have changed in its bucket.
    pub(super) async fn read_bucket_back(&mut self, call: &Call) -> Result<(), Stop> {
        let Call::Copy(copy) = call else { return Ok(()) };
        let Some(bucket) = copy.bucket() else { return Ok(()) };
        self.list_named(bucket, Role::ReadBack).await?;
        self.read_objects(Some(bucket)).await
    }

    /// Reads back what is in every bucket of the case.
    pub(super) async fn read_buckets_back(&mut self) -> Result<(), Stop> {
        for bucket in self.buckets.clone() {
            self.list(&bucket, Role::ReadBack).await?;
        }
        self.read_objects(None).await
    }

    /// Leaves out the names of exports, which are no snapshots; where the target took one for a snapshot, removes it.
    pub(super) async fn without_exports(&mut self, open: Vec<Text>) -> Result<Vec<Text>, Stop> {
        let is_export = |name: &Text| !self.made.contains(name) && self.belief.is_export(&canonical(name));
        let (exports, open): (Vec<Text>, Vec<Text>) = open.into_iter().partition(is_export);
        for name in exports {
            if self.is_gone(&name).await? {
                self.lane.ledger.gone(&self.lane.resource(ResourceKind::Snapshot, &name))?;
            } else {
                remove_snapshot(self.lane, &name).await?;
            }
        }
        Ok(open)
    }

    /// Removes every bucket of the case with all that is in it.
    pub(super) async fn remove_buckets(&mut self) -> Result<(), Stop> {
        for bucket in std::mem::take(&mut self.buckets) {
            let resource = self.lane.bucket(&bucket.name, &bucket.region, bucket.account.as_ref());
            remove_bucket(self.lane, &resource, true).await?;
        }
        self.belief.end_exports();
        self.note(Happened::ExportsEnded)
    }
}

/// Tells whether S3 was busy with something else that goes by the same name, and asks for another attempt.
fn is_aborted(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Fault(fault) if fault.code.code() == "OperationAborted")
}
