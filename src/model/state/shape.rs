use jiff::Timestamp;

use crate::service::{Build, Fields, Member, Node, Owner, OwnerKind, Snapshot, Text, text};

/// What a snapshot shows of an owner that was made without the settings of a fixture.
const BARE: [(Member, &str); 4] = [
    (Member::Port, "6379"),
    (Member::PreferredMaintenanceWindow, "sun:08:00-sun:09:00"),
    (Member::SnapshotWindow, "05:00-06:00"),
    (Member::AutoMinorVersionUpgrade, "true"),
];

/// Returns what a snapshot of a cluster or group of one node shows, with its members that name it left out.
///
/// Source: API reference, samples of CreateSnapshot; recordings of a group's snapshots.
pub(super) fn snapshot_of(owner: &Owner, region: &str, created: Timestamp, taken: &Text, build: &Build) -> Snapshot {
    let zone = text(format!("{region}a"));
    let born = instant(created, true);
    let mut fields: Fields = [
        (Member::SnapshotSource, "manual"),
        (Member::EngineVersion, "7.1"),
        (Member::CacheParameterGroupName, "default.redis7"),
        (Member::CacheSubnetGroupName, "default"),
        (Member::VpcId, "vpc-0a1b2c3d4e5f60718"),
        (Member::SnapshotRetentionLimit, if build.backups { "3" } else { "0" }),
        (Member::AutomaticFailover, "disabled"),
        (Member::DataTiering, "disabled"),
    ]
    .into_iter()
    .chain(BARE)
    .map(|(member, value)| (member, text(value)))
    .collect();
    for (member, value) in build.shown().iter() {
        fields.set(member, value);
    }
    let mut node: Fields = [
        (Member::CacheNodeId, text("0001")),
        (Member::CacheSize, text("3 MB")),
        (Member::CacheNodeCreateTime, born.clone()),
        (Member::SnapshotCreateTime, taken.clone()),
        (Member::ConfigurationReplicaCount, text("0")),
        (Member::ConfigurationPrimaryZone, zone.clone()),
    ]
    .into_iter()
    .collect();
    if build.tiering {
        fields.set(Member::DataTiering, "enabled");
    }
    if let Some(shards) = build.shards {
        return sharded(owner, fields, &node, shards);
    }
    match owner.kind {
        OwnerKind::Group => {
            fields.set(Member::ReplicationGroupId, owner.id.clone());
            fields.set(Member::ReplicationGroupDescription, format!("group {}", owner.id));
            fields.set(Member::NumNodeGroups, "1");
            node.set(Member::NodeCacheClusterId, text(format!("{}-001", owner.id)));
            node.set(Member::NodeGroupId, text("0001"));
            node.set(Member::ConfigurationNodeGroupId, text("0001"));
        }
        OwnerKind::Cluster => {
            fields.set(Member::CacheClusterId, owner.id.clone());
            fields.set(Member::NumCacheNodes, "1");
            fields.set(Member::PreferredAvailabilityZone, zone);
            fields.set(Member::CacheClusterCreateTime, born);
        }
    }
    Snapshot { name: None, status: None, fields, nodes: vec![Node { fields: node, configured: true }] }
}

/// The hash slots that the shards of a group share.
const SLOTS: u32 = 16384;

/// Returns what a snapshot of a group in cluster mode shows: a node a shard, and no cluster of its own.
fn sharded(owner: &Owner, mut fields: Fields, node: &Fields, shards: u32) -> Snapshot {
    fields.set(Member::ReplicationGroupId, owner.id.clone());
    fields.set(Member::ReplicationGroupDescription, format!("group {}", owner.id));
    fields.set(Member::NumNodeGroups, shards.to_string());
    fields.set(Member::AutomaticFailover, "enabled");
    let slots = |shard: u32| shard * SLOTS / shards;
    let nodes = (1..=shards).map(|shard| {
        let mut node = node.clone();
        node.set(Member::ConfigurationSlots, text(format!("{}-{}", slots(shard - 1), slots(shard) - 1)));
        node.set(Member::NodeCacheClusterId, text(format!("{}-{shard:04}-001", owner.id)));
        node.set(Member::NodeGroupId, text(format!("{shard:04}")));
        node.set(Member::ConfigurationNodeGroupId, text(format!("{shard:04}")));
        Node { fields: node, configured: true }
    });
    Snapshot { name: None, status: None, fields, nodes: nodes.collect() }
}

/// Returns an instant as AWS writes it: `2015-02-02T18:54:12Z`, with milliseconds or without.
pub(super) fn instant(at: Timestamp, milliseconds: bool) -> Text {
    let format = if milliseconds { "%Y-%m-%dT%H:%M:%S%.3fZ" } else { "%Y-%m-%dT%H:%M:%SZ" };
    text(at.strftime(format).to_string())
}

/// Sets a member of every node.
pub(super) fn set_on_nodes(snapshot: &mut Snapshot, member: Member, value: &Text) {
    for node in &mut snapshot.nodes {
        node.fields.set(member, value);
    }
}

/// Leaves out what is not known before the data is there.
pub(super) fn leave_out_size(snapshot: &mut Snapshot) {
    set_on_nodes(snapshot, Member::CacheSize, &text(""));
    set_on_nodes(snapshot, Member::SnapshotCreateTime, &text(""));
}

/// Leaves out the configuration of node groups.
pub(super) fn leave_out_configuration(snapshot: &mut Snapshot) {
    for node in &mut snapshot.nodes {
        node.configured = false;
        for member in Member::ALL.iter().filter(|member| member.is_of_configuration()) {
            node.fields.set(*member, "");
        }
    }
}
