use super::element::Element;
use super::value::instant;
use super::{NAMESPACE, OF_OWNERS, PORT_OF_GROUP, STS_NAMESPACE};
use crate::service::{Fault, Fields, Kind, Member, Node, Operation, OwnerView, Page, Reply, Snapshot, Tag, Text};

/// What stands at a place of the envelope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Label {
    /// What AWS has there.
    #[default]
    Own,
    /// Nothing.
    Absent,
    /// This.
    Named(Text),
}

/// How instants are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Instants {
    /// As AWS does: milliseconds wherever a cluster or node was made, and otherwise only where there are some.
    #[default]
    Aws,
    /// Milliseconds everywhere.
    Milliseconds,
    /// Whole seconds everywhere.
    Seconds,
}

/// How an answer is written; the default is what AWS does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// The namespace of a reply.
    pub namespace: Label,
    /// The namespace of an error.
    pub error_namespace: Label,
    /// The name of a reply's root, in place of `<operation>Response`.
    pub root: Option<Text>,
    /// The name of the element that wraps the payload; absent, the payload stands directly below the root.
    pub result: Label,
    /// `Type` of an error: `Sender`, unless told otherwise.
    pub error_type: Label,
    /// `RequestId` in the body.
    pub request_id: Label,
    /// The seed of an order for the members of every structure; `None` keeps that of the model.
    pub order: Option<u64>,
    /// Elements that no model knows, added to every snapshot.
    pub unknown: Vec<(Text, Text)>,
    /// How instants are written.
    pub instants: Instants,
}

/// Returns the body of a reply to the operation: one line, without an XML declaration.
///
/// What XML cannot write is replaced by U+FFFD.
#[must_use]
pub fn write_reply(operation: Operation, reply: &Reply, request_id: &str, style: &Style) -> Vec<u8> {
    let payload = payload(operation, reply, style);
    let name = operation.name();
    let own = format!("{name}Result");
    let mut members = match labelled(&style.result, &own) {
        Some(result) => vec![Element::members(result, payload)],
        None => payload,
    };
    if let Some(id) = labelled(&style.request_id, request_id) {
        members.push(Element::members("ResponseMetadata", vec![Element::text("RequestId", id)]));
    }
    let root = style.root.as_deref().map_or_else(|| format!("{name}Response"), str::to_owned);
    let namespace = match operation {
        Operation::GetCallerIdentity => STS_NAMESPACE,
        _ => NAMESPACE,
    };
    finish(Element::members(&root, members), labelled(&style.namespace, namespace), style)
}

/// Returns the body of an error: one line, without an XML declaration.
///
/// What XML cannot write is replaced by U+FFFD.
#[must_use]
pub fn write_fault(fault: &Fault, request_id: &str, style: &Style) -> Vec<u8> {
    let mut error = Vec::new();
    if let Some(kind) = labelled(&style.error_type, "Sender") {
        error.push(Element::text("Type", kind));
    }
    error.push(Element::text("Code", fault.code.code()));
    error.push(Element::text("Message", &fault.message));
    let mut members = vec![Element::members("Error", error)];
    if let Some(id) = labelled(&style.request_id, request_id) {
        members.push(Element::text("RequestId", id));
    }
    finish(Element::members("ErrorResponse", members), labelled(&style.error_namespace, NAMESPACE), style)
}

fn finish(root: Element, namespace: Option<&str>, style: &Style) -> Vec<u8> {
    let mut root = root.in_namespace(namespace);
    if let Some(mut seed) = style.order {
        root.shuffle(&mut seed);
    }
    root.document()
}

fn labelled<'a>(label: &'a Label, own: &'a str) -> Option<&'a str> {
    match label {
        Label::Own => Some(own),
        Label::Absent => None,
        Label::Named(name) => Some(name),
    }
}

fn payload(operation: Operation, reply: &Reply, style: &Style) -> Vec<Element> {
    match reply {
        Reply::Snapshot(shown) => vec![snapshot(shown, style)],
        Reply::Snapshots(Page { snapshots, marker }) => {
            let mut members: Vec<Element> = marker.iter().map(|marker| Element::text("Marker", marker)).collect();
            members.push(Element::items("Snapshots", snapshots.iter().map(|shown| snapshot(shown, style)).collect()));
            members
        }
        Reply::Tags(tags) => vec![Element::items("TagList", tags.iter().map(tag).collect())],
        Reply::Owner(view) => vec![owner(operation, view)],
        Reply::Owners(views) => {
            let name = if of_groups(operation) { "ReplicationGroups" } else { "CacheClusters" };
            vec![Element::items(name, views.iter().map(|view| owner(operation, view)).collect())]
        }
        Reply::Identity(account) => vec![
            Element::text("Arn", &format!("arn:aws:iam::{account}:root")),
            Element::text("UserId", account),
            Element::text("Account", account),
        ],
        // S3 answers in documents of its own.
        Reply::S3(_) | Reply::Bare => Vec::new(),
    }
}

fn snapshot(shown: &Snapshot, style: &Style) -> Element {
    let mut members = Vec::new();
    if let Some(name) = &shown.name {
        members.push(Element::text("SnapshotName", name));
    }
    if let Some(status) = &shown.status {
        members.push(Element::text("SnapshotStatus", status.word()));
    }
    members.extend(fields(&shown.fields, |member| !member.is_of_node(), style));
    if !shown.nodes.is_empty() {
        members.push(Element::items("NodeSnapshots", shown.nodes.iter().map(|shown| node(shown, style)).collect()));
    }
    members.extend(style.unknown.iter().map(|(name, value)| Element::text(name, value)));
    Element::members("Snapshot", members)
}

fn node(shown: &Node, style: &Style) -> Element {
    let of_node = |member: Member| member.is_of_node() && !member.is_of_configuration();
    let mut members: Vec<Element> = fields(&shown.fields, of_node, style).collect();
    if shown.configured {
        let configuration = fields(&shown.fields, Member::is_of_configuration, style).collect();
        members.push(Element::members("NodeGroupConfiguration", configuration));
    }
    Element::members("NodeSnapshot", members)
}

fn fields(fields: &Fields, wanted: impl Fn(Member) -> bool, style: &Style) -> impl Iterator<Item = Element> {
    fields
        .iter()
        .filter(move |(member, _)| wanted(*member))
        .map(|(member, value)| Element::text(member.element(), &written(member, value, style.instants)))
}

/// Returns the text of a member; an instant that is none is written as it is.
fn written(member: Member, value: &str, instants: Instants) -> String {
    let to_the_millisecond = match instants {
        _ if member.kind() != Kind::Instant => return value.to_owned(),
        Instants::Aws => member != Member::SnapshotCreateTime,
        Instants::Milliseconds => true,
        Instants::Seconds => false,
    };
    let Some(canonical) = instant(value) else { return value.to_owned() };
    match (canonical.split_once('.'), canonical.strip_suffix('Z')) {
        (None, Some(whole)) if to_the_millisecond => format!("{whole}.000Z"),
        (Some((whole, _)), _) if instants == Instants::Seconds => format!("{whole}Z"),
        _ => String::from(&*canonical),
    }
}

fn tag(tag: &Tag) -> Element {
    Element::members("Tag", vec![Element::text("Key", &tag.key), Element::text("Value", &tag.value)])
}

fn of_groups(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::CreateReplicationGroup | Operation::DescribeReplicationGroups | Operation::DeleteReplicationGroup
    )
}

/// A cluster or group as the fixture calls make it: one node.
fn owner(operation: Operation, view: &OwnerView) -> Element {
    let groups = of_groups(operation);
    let own = if groups { ["ReplicationGroupId", "Status"] } else { ["CacheClusterId", "CacheClusterStatus"] };
    let rest: &[(&str, &str)] = if groups {
        &[("Description", "copysnap"), ("AutomaticFailover", "disabled"), ("ClusterEnabled", "false")]
    } else {
        &[("NumCacheNodes", "1")]
    };
    let texts = own.into_iter().zip([&view.id, &view.status]).chain([("ARN", &view.arn)]);
    let texts = texts.filter_map(|(name, value)| Some((name, value.as_deref()?))).chain(rest.iter().copied());
    // Of a group only its clusters show that.
    let shown = OF_OWNERS.into_iter().filter(|member| !groups || *member != Member::PreferredMaintenanceWindow);
    let settings = shown.filter_map(|member| Some((member.path(), view.settings.get(member)?)));
    let mut members: Vec<Element> = texts.chain(settings).map(|(name, value)| Element::text(name, value)).collect();
    if let Some(port) = view.settings.get(Member::Port).filter(|_| groups) {
        let mut path = PORT_OF_GROUP.into_iter().rev();
        let port = Element::text(path.next().unwrap_or_default(), port);
        members.push(path.fold(port, |inner, name| Element::members(name, vec![inner])));
    }
    Element::members(if groups { "ReplicationGroup" } else { "CacheCluster" }, members)
}

#[cfg(test)]
mod tests;
