//! The payload below the result element.

use roxmltree::Node as Xml;

use super::value::of_kind;
use super::{OF_OWNERS, PORT_OF_GROUP};
use crate::service::{
    Fields, Kind, Malformed, Member, Node, Operation, OwnerView, Page, Reply, Snapshot, Status, Tag, Text, text,
};

/// Returns the payload that stands in `holder`: the result element, or the root where there is none.
pub(super) fn reply(operation: Operation, holder: Xml<'_, '_>, wrapped: bool, malformed: &mut Vec<Malformed>) -> Reply {
    let found = match operation {
        Operation::CopySnapshot | Operation::CreateSnapshot | Operation::DeleteSnapshot => {
            child(holder, "Snapshot").map(|found| Reply::Snapshot(Box::new(snapshot(found, malformed))))
        }
        Operation::DescribeSnapshots => list(holder, "Snapshots", "Snapshot", wrapped, malformed).map(|found| {
            let snapshots = found.into_iter().map(|found| snapshot(found, malformed)).collect();
            Reply::Snapshots(Page { snapshots, marker: member(holder, "Marker") })
        }),
        Operation::AddTagsToResource | Operation::RemoveTagsFromResource | Operation::ListTagsForResource => {
            list(holder, "TagList", "Tag", wrapped, malformed)
                .map(|found| Reply::Tags(found.into_iter().map(tag).collect()))
        }
        Operation::CreateReplicationGroup | Operation::DeleteReplicationGroup => {
            child(holder, "ReplicationGroup").map(|found| Reply::Owner(group(found)))
        }
        Operation::CreateCacheCluster | Operation::DeleteCacheCluster => {
            child(holder, "CacheCluster").map(|found| Reply::Owner(cluster(found)))
        }
        Operation::DescribeReplicationGroups => {
            list(holder, "ReplicationGroups", "ReplicationGroup", wrapped, malformed)
                .map(|found| Reply::Owners(found.into_iter().map(group).collect()))
        }
        Operation::DescribeCacheClusters => list(holder, "CacheClusters", "CacheCluster", wrapped, malformed)
            .map(|found| Reply::Owners(found.into_iter().map(cluster).collect())),
        Operation::GetCallerIdentity => member(holder, "Account").map(Reply::Identity),
        // S3 answers in documents of its own.
        Operation::CreateBucket
        | Operation::PutBucketPolicy
        | Operation::PutBucketTagging
        | Operation::DeleteBucketPolicy
        | Operation::PutObject
        | Operation::HeadObject
        | Operation::GetObject
        | Operation::DeleteObject
        | Operation::ListObjectsV2
        | Operation::ListBuckets
        | Operation::DeleteBucket => None,
    };
    found.unwrap_or(Reply::Bare)
}

/// Returns the first child element of that local name.
pub(super) fn child<'a, 'input>(parent: Xml<'a, 'input>, name: &str) -> Option<Xml<'a, 'input>> {
    children(parent, name).next()
}

/// Returns the text of the first child element of that local name; `None` where it is empty too.
pub(super) fn member(parent: Xml<'_, '_>, name: &str) -> Option<Text> {
    child(parent, name).map(content).filter(|found| !found.is_empty()).map(text)
}

/// Walks the child elements of that local name.
pub(super) fn children<'a, 'input>(parent: Xml<'a, 'input>, name: &str) -> impl Iterator<Item = Xml<'a, 'input>> {
    parent.children().filter(move |node| node.is_element() && node.tag_name().name() == name)
}

/// A comment parts a text in two, which are one.
fn content(element: Xml<'_, '_>) -> String {
    element.children().filter(Xml::is_text).filter_map(|node| node.text()).collect()
}

/// Returns the items of a list. An empty list may be left out, where the result element shows that it is one.
fn list<'a, 'input>(
    holder: Xml<'a, 'input>,
    name: &str,
    item: &'static str,
    wrapped: bool,
    malformed: &mut Vec<Malformed>,
) -> Option<Vec<Xml<'a, 'input>>> {
    match child(holder, name) {
        Some(found) => Some(items(found, item, malformed)),
        None => wrapped.then(Vec::new),
    }
}

/// Returns the items of that name. A list whose elements all have other names is malformed: no client finds its items.
fn items<'a, 'input>(
    list: Xml<'a, 'input>,
    item: &'static str,
    malformed: &mut Vec<Malformed>,
) -> Vec<Xml<'a, 'input>> {
    let found: Vec<Xml<'a, 'input>> = children(list, item).collect();
    if let Some(other) = list.children().find(Xml::is_element).filter(|_| found.is_empty()) {
        malformed.push(Malformed {
            path: text(format!("an item of {}", list.tag_name().name())),
            text: text(other.tag_name().name()),
            wanted: Kind::Words(item_words(item)),
        });
    }
    found
}

/// The name that an item must have, as the one word of a list.
fn item_words(item: &'static str) -> &'static [&'static str] {
    match item {
        "Snapshot" => &["Snapshot"],
        "NodeSnapshot" => &["NodeSnapshot"],
        "Tag" => &["Tag"],
        "ReplicationGroup" => &["ReplicationGroup"],
        _ => &["CacheCluster"],
    }
}

fn snapshot(element: Xml<'_, '_>, malformed: &mut Vec<Malformed>) -> Snapshot {
    let of_snapshot = |member: &Member| !member.is_of_node();
    let fields = fields(element, of_snapshot, malformed);
    let nodes = child(element, "NodeSnapshots").map(|nodes| {
        let found = items(nodes, "NodeSnapshot", malformed);
        found.into_iter().map(|found| node(found, malformed)).collect()
    });
    Snapshot {
        name: member(element, "SnapshotName"),
        status: member(element, "SnapshotStatus").map(|word| Status::from_word(&word)),
        fields,
        nodes: nodes.unwrap_or_default(),
    }
}

fn node(element: Xml<'_, '_>, malformed: &mut Vec<Malformed>) -> Node {
    let of_node = |member: &Member| member.is_of_node() && !member.is_of_configuration();
    let mut shown = fields(element, of_node, malformed);
    let configuration = child(element, "NodeGroupConfiguration");
    if let Some(configuration) = configuration {
        let of_configuration = |member: &Member| member.is_of_configuration();
        for (member, value) in fields(configuration, of_configuration, malformed).iter() {
            shown.set(member, value);
        }
    }
    Node { fields: shown, configured: configuration.is_some() }
}

fn fields(element: Xml<'_, '_>, wanted: impl Fn(&Member) -> bool, malformed: &mut Vec<Malformed>) -> Fields {
    let shown = Member::ALL.iter().copied().filter(wanted).filter_map(|known| {
        let raw = text(content(child(element, known.element())?));
        if raw.is_empty() {
            // No client reads a number from it; any other kind counts as absent.
            if known.kind() == Kind::Integer {
                malformed.push(Malformed { path: text(known.path()), text: raw, wanted: known.kind() });
            }
            return None;
        }
        let value = of_kind(known.kind(), &raw).unwrap_or_else(|| {
            malformed.push(Malformed { path: text(known.path()), text: raw.clone(), wanted: known.kind() });
            raw
        });
        Some((known, value))
    });
    shown.collect()
}

fn tag(element: Xml<'_, '_>) -> Tag {
    Tag { key: member(element, "Key").unwrap_or_default(), value: member(element, "Value").unwrap_or_default() }
}

fn group(element: Xml<'_, '_>) -> OwnerView {
    let mut view = owner(element, ["ReplicationGroupId", "Status"]);
    let port = PORT_OF_GROUP.iter().try_fold(element, |holder, name| child(holder, name));
    if let Some(port) = port.map(content).filter(|port| !port.is_empty()) {
        view.settings.set(Member::Port, text(port));
    }
    view
}

fn cluster(element: Xml<'_, '_>) -> OwnerView {
    owner(element, ["CacheClusterId", "CacheClusterStatus"])
}

fn owner(element: Xml<'_, '_>, [id, status]: [&str; 2]) -> OwnerView {
    let setting = |known: Member| Some((known, member(element, known.path())?));
    OwnerView {
        id: member(element, id),
        status: member(element, status),
        arn: member(element, "ARN"),
        settings: OF_OWNERS.into_iter().filter_map(setting).collect(),
    }
}
