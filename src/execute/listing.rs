use super::bucket::remove_bucket;
use super::fixture::{remove_owner, remove_snapshot};
use super::lane::{Lane, Stop, owner_kind};
use crate::ledger::{Resource, ResourceKind};
use crate::service::{
    Call, DescribeSnapshots, Fixture, Outcome, Owner, OwnerKind, Reply, S3Action, S3Call, S3Reply, Text, text,
};

/// The most pages that a list is followed over.
const MOST_PAGES: usize = 200;

/// Returns everything that the target shows in the account and region: snapshots, groups, clusters and buckets.
///
/// # Errors
/// Where the ledger cannot be written, which no list does.
pub async fn list_all(lane: &Lane) -> Result<Vec<Resource>, Stop> {
    let mut all = snapshots(lane).await?;
    for kind in [OwnerKind::Group, OwnerKind::Cluster] {
        let every = Call::Fixture(Fixture::Describe(Owner { kind, id: text("") }));
        if let Outcome::Reply(Reply::Owners(owners)) = lane.send(&every.into()).await?.outcome {
            let names = owners.into_iter().filter(|view| view.status.as_deref() != Some("deleting"));
            all.extend(names.filter_map(|view| Some(lane.resource(owner_kind(kind), &view.id?))));
        }
    }
    let every = S3Call { bucket: text(""), region: lane.region.clone(), account: None, action: S3Action::ListBuckets };
    if let Outcome::Reply(Reply::S3(S3Reply::Objects { keys, .. })) = lane.send(&Call::S3(every).into()).await?.outcome
    {
        all.extend(keys.iter().map(|name| lane.bucket(name, &lane.region.clone(), None)));
    }
    Ok(all)
}

async fn snapshots(lane: &Lane) -> Result<Vec<Resource>, Stop> {
    let mut all = Vec::new();
    let mut marker: Option<Text> = None;
    for _ in 0..MOST_PAGES {
        let describe = Call::Describe(DescribeSnapshots { marker, ..DescribeSnapshots::default() });
        let Outcome::Reply(Reply::Snapshots(page)) = lane.send(&describe.into()).await?.outcome else { break };
        let names = page.snapshots.into_iter().filter_map(|snapshot| snapshot.name);
        all.extend(names.map(|name| lane.resource(ResourceKind::Snapshot, &name)));
        marker = page.marker;
        if marker.is_none() {
            break;
        }
    }
    Ok(all)
}

/// Removes a resource, and tells whether it is gone.
///
/// # Errors
/// Where the ledger cannot be written.
pub async fn remove(lane: &Lane, resource: &Resource) -> Result<bool, Stop> {
    let owner = |kind| Owner { kind, id: resource.name.clone() };
    match resource.kind {
        ResourceKind::Snapshot => remove_snapshot(lane, &resource.name).await,
        ResourceKind::Group => remove_owner(lane, &owner(OwnerKind::Group)).await,
        ResourceKind::Cluster => remove_owner(lane, &owner(OwnerKind::Cluster)).await,
        ResourceKind::Bucket => remove_bucket(lane, resource, true).await,
        // It goes with its bucket.
        ResourceKind::Object => Ok(false),
    }
}
