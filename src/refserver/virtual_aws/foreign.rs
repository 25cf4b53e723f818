use std::time::Duration;

use crate::ledger::ResourceKind;
use crate::model::{Freedom, State};
use crate::service::{
    Call, CreateSnapshot, Fixture, Owner, OwnerKind, S3Action, S3Call, Step, TagArg, Text, canonical, text,
};

/// Something that was there before, and is nobody's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::refserver) struct Foreign {
    pub(super) kind: ResourceKind,
    pub(super) name: &'static str,
}

impl Foreign {
    /// Tells whether that is its kind and name.
    pub(super) fn is(&self, kind: ResourceKind, name: &str) -> bool {
        self.kind == kind && self.name == canonical(name)
    }
}

const fn foreign_of(kind: ResourceKind, name: &'static str) -> Foreign {
    Foreign { kind, name }
}

/// What every account has in every region, and buckets. Some look nearly like a run's own: a digit is missing or too many,
/// the one that checks the others is wrong, it is from before there were any, or the number is missing.
const FOREIGN: &[Foreign] = &[
    foreign_of(ResourceKind::Group, "prod-cache"),
    foreign_of(ResourceKind::Cluster, "cs-main"),
    foreign_of(ResourceKind::Group, "cstn0vggabx-1-g"),
    foreign_of(ResourceKind::Snapshot, "nightly-2026-11-20"),
    foreign_of(ResourceKind::Snapshot, "cs1-0-base"),
    foreign_of(ResourceKind::Snapshot, "cstn0vggabx-0-base"),
    foreign_of(ResourceKind::Snapshot, "cs1-base"),
    foreign_of(ResourceKind::Snapshot, "cs000000005-0-base"),
    foreign_of(ResourceKind::Snapshot, "cstn0vggab1x-0-base"),
    foreign_of(ResourceKind::Snapshot, "acstn0vggab1-0-base"),
    foreign_of(ResourceKind::Snapshot, "csnapshots-of-may-2"),
    foreign_of(ResourceKind::Bucket, "prod-backups"),
    foreign_of(ResourceKind::Bucket, "cstn0vggabx-0-bucket"),
];

/// Returns what was there before.
pub(in crate::refserver) const fn foreign() -> &'static [Foreign] {
    FOREIGN
}

/// Puts into a world what belongs to others there; the buckets are those of the caller's account.
pub(in crate::refserver) fn plant(world: &mut State) {
    let freedom = Freedom { takes: Duration::ZERO, ..Freedom::default() };
    let mut done = |call: Call| drop(world.apply(&Step::from(call), Duration::ZERO, &freedom));
    let main = text("prod-cache");
    let (group, cluster) = (ResourceKind::Group, ResourceKind::Cluster);
    for known in FOREIGN {
        let name: Text = text(known.name);
        match known.kind {
            kind if kind == group || kind == cluster => {
                let kind = if kind == group { OwnerKind::Group } else { OwnerKind::Cluster };
                done(Call::Fixture(Fixture::Create(Owner { kind, id: name })));
            }
            ResourceKind::Snapshot => {
                let tag = TagArg { key: Some(text("team")), value: Some(text("payments")) };
                let (name, group) = (Some(name), Some(main.clone()));
                let tags = Some(vec![tag]);
                done(Call::Create(CreateSnapshot { name, group, tags, ..CreateSnapshot::default() }));
            }
            _ => {
                let region = text("us-east-1");
                let action = S3Action::CreateBucket { acl: None };
                done(Call::S3(S3Call { bucket: name.clone(), region: region.clone(), account: None, action }));
                let action = S3Action::PutObject { key: text("dump.rdb"), body: text("REDIS0011") };
                done(Call::S3(S3Call { bucket: name, region, account: None, action }));
            }
        }
    }
    world.progress(Duration::ZERO);
}
