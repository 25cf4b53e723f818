use std::str;

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

use super::*;
use crate::service::{Build, FaultCode, Form, Outcome, Status, text};
use crate::wire::read_answer;

const ID: &str = "694d7017-b9d2-11e4-8a16-7978bb24a535";

fn shown() -> Snapshot {
    let node = [(Member::CacheNodeId, "0001"), (Member::SnapshotCreateTime, "2016-12-28T07:00:52Z")];
    let members = [(Member::SnapshotSource, "manual"), (Member::CacheClusterCreateTime, "2016-12-21T22:27:12Z")];
    Snapshot {
        name: Some(text("b")),
        status: Some(Status::Creating),
        fields: members.into_iter().map(|(member, value)| (member, text(value))).collect(),
        nodes: vec![Node {
            fields: node.into_iter().map(|(member, value)| (member, text(value))).collect(),
            configured: false,
        }],
    }
}

fn reply(operation: Operation, reply: &Reply, style: &Style) -> String {
    String::from_utf8(write_reply(operation, reply, ID, style)).unwrap_or_default()
}

fn read(operation: Operation, body: &[u8]) -> (Outcome, Form) {
    read_answer(operation, 200, Some("text/xml"), Some(ID), body)
}

#[test]
fn a_reply_has_the_bytes_of_aws() {
    let copied = Reply::Snapshot(Box::new(shown()));
    assert_eq!(
        reply(Operation::CopySnapshot, &copied, &Style::default()),
        "<CopySnapshotResponse xmlns=\"http://elasticache.amazonaws.com/doc/2015-02-02/\"><CopySnapshotResult><Snapshot>\
         <SnapshotName>b</SnapshotName><SnapshotStatus>creating</SnapshotStatus>\
         <SnapshotSource>manual</SnapshotSource>\
         <CacheClusterCreateTime>2016-12-21T22:27:12.000Z</CacheClusterCreateTime><NodeSnapshots><NodeSnapshot>\
         <CacheNodeId>0001</CacheNodeId><SnapshotCreateTime>2016-12-28T07:00:52Z</SnapshotCreateTime></NodeSnapshot>\
         </NodeSnapshots></Snapshot></CopySnapshotResult><ResponseMetadata>\
         <RequestId>694d7017-b9d2-11e4-8a16-7978bb24a535</RequestId></ResponseMetadata></CopySnapshotResponse>"
    );
    let empty = Reply::Snapshots(Page::default());
    assert_eq!(
        reply(Operation::DescribeSnapshots, &empty, &Style { request_id: Label::Absent, ..Style::default() }),
        "<DescribeSnapshotsResponse xmlns=\"http://elasticache.amazonaws.com/doc/2015-02-02/\">\
         <DescribeSnapshotsResult><Snapshots/></DescribeSnapshotsResult></DescribeSnapshotsResponse>"
    );
    assert_eq!(
        reply(Operation::GetCallerIdentity, &Reply::Identity(text("123456789012")), &Style::default()),
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>arn:aws:iam::123456789012:root</Arn><UserId>123456789012</UserId><Account>123456789012</Account>\
         </GetCallerIdentityResult><ResponseMetadata><RequestId>694d7017-b9d2-11e4-8a16-7978bb24a535</RequestId>\
         </ResponseMetadata></GetCallerIdentityResponse>"
    );
}

#[test]
fn an_error_has_the_bytes_of_aws() {
    let fault = Fault { code: FaultCode::SnapshotNotFound, message: text("<a> & b\r\u{1}") };
    let body = write_fault(&fault, ID, &Style::default());
    assert_eq!(
        str::from_utf8(&body),
        Ok("<ErrorResponse xmlns=\"http://elasticache.amazonaws.com/doc/2015-02-02/\"><Error><Type>Sender</Type>\
            <Code>SnapshotNotFoundFault</Code><Message>&lt;a&gt; &amp; b&#13;\u{fffd}</Message></Error>\
            <RequestId>694d7017-b9d2-11e4-8a16-7978bb24a535</RequestId></ErrorResponse>")
    );
    let style = Style { error_namespace: Label::Absent, error_type: Label::Absent, ..Style::default() };
    let body = write_fault(&Fault { code: FaultCode::Throttling, message: text("") }, "1", &style);
    let wanted =
        "<ErrorResponse><Error><Code>Throttling</Code><Message/></Error><RequestId>1</RequestId></ErrorResponse>";
    assert_eq!(str::from_utf8(&body), Ok(wanted));
}

#[test]
fn a_style_changes_the_bytes_and_not_the_outcome() {
    let copied = Reply::Snapshot(Box::new(shown()));
    let styles = [
        Style { namespace: Label::Absent, ..Style::default() },
        Style { root: Some(text("XResponse")), ..Style::default() },
        Style { result: Label::Absent, ..Style::default() },
        Style { result: Label::Named(text("Result")), ..Style::default() },
        Style { request_id: Label::Named(text("other")), ..Style::default() },
        Style { order: Some(7), ..Style::default() },
        Style { unknown: vec![(text("Flavour"), text("sweet"))], ..Style::default() },
        Style { instants: Instants::Milliseconds, ..Style::default() },
        Style { instants: Instants::Seconds, ..Style::default() },
    ];
    let plain = reply(Operation::CopySnapshot, &copied, &Style::default());
    for style in styles {
        let body = reply(Operation::CopySnapshot, &copied, &style);
        assert_ne!(body, plain);
        assert_eq!(read(Operation::CopySnapshot, body.as_bytes()).0, Outcome::Reply(copied.clone()), "{style:?}");
    }
}

#[test]
fn owners_are_written_and_read() {
    let arn = Some(text("arn:aws:elasticache:us-east-1:123456789012:cluster:cs-1"));
    let view =
        OwnerView { id: Some(text("cs-1")), status: Some(text("available")), arn, settings: Build::default().shown() };
    // What only the one of them shows is left out.
    let without = |member| {
        let mut less = view.clone();
        less.settings.remove(member);
        less
    };
    let of = |operation| match operation {
        Operation::CreateReplicationGroup | Operation::DescribeReplicationGroups => {
            without(Member::PreferredMaintenanceWindow)
        }
        _ => without(Member::Port),
    };
    for operation in [Operation::CreateReplicationGroup, Operation::DeleteCacheCluster] {
        let view = of(operation);
        let one = Reply::Owner(view.clone());
        let body = write_reply(operation, &one, ID, &Style::default());
        assert_eq!(read(operation, &body).0, Outcome::Reply(one));
    }
    for operation in [Operation::DescribeReplicationGroups, Operation::DescribeCacheClusters] {
        let all = Reply::Owners(vec![of(operation), OwnerView { id: Some(text("cs-2")), ..OwnerView::default() }]);
        let body = write_reply(operation, &all, ID, &Style::default());
        assert_eq!(read(operation, &body).0, Outcome::Reply(all));
    }
}

fn any_text() -> impl Strategy<Value = Text> {
    "[ -~\t\r\nàé😀]{1,9}".prop_map(text)
}

fn any_value(member: Member) -> BoxedStrategy<(Member, Text)> {
    let value = match member.kind() {
        Kind::Text => any_text().boxed(),
        Kind::Integer => any::<i32>().prop_map(|number| text(number.to_string())).boxed(),
        Kind::Boolean => any::<bool>().prop_map(|truth| text(truth.to_string())).boxed(),
        Kind::Words(words) => prop::sample::select(words).prop_map(text).boxed(),
        Kind::Instant => (0..86_400_u32, of(1..1000_u32))
            .prop_map(|(second, thousandth)| {
                let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
                let fraction = thousandth.map_or_else(String::new, |thousandth| format!(".{thousandth:03}"));
                text(format!("2026-11-22T{hour:02}:{minute:02}:{second:02}{fraction}Z"))
            })
            .boxed(),
    };
    value.prop_map(move |value| (member, value)).boxed()
}

fn any_fields(wanted: impl Fn(Member) -> bool) -> impl Strategy<Value = Fields> {
    let wanted = Member::ALL.iter().copied().filter(|member| wanted(*member));
    let some: Vec<_> = wanted.map(|member| of(any_value(member))).collect();
    some.prop_map(|shown| shown.into_iter().flatten().collect())
}

fn any_node() -> impl Strategy<Value = Node> {
    let plain = any_fields(|member| member.is_of_node() && !member.is_of_configuration());
    let configured = any_fields(Member::is_of_node);
    prop_oneof![
        plain.prop_map(|fields| Node { fields, configured: false }),
        configured.prop_map(|fields| Node { fields, configured: true }),
    ]
}

fn any_snapshot() -> impl Strategy<Value = Snapshot> {
    let status = "creating|available|copying|deleting|failed|odd".prop_map(|word| Status::from_word(&word));
    (of(any_text()), of(status), any_fields(|member| !member.is_of_node()), vec(any_node(), 0..3))
        .prop_map(|(name, status, fields, nodes)| Snapshot { name, status, fields, nodes })
}

fn any_reply() -> impl Strategy<Value = (Operation, Reply)> {
    let tag = (any_text(), ".{0}|[ -~]{1,9}".prop_map(text)).prop_map(|(key, value)| Tag { key, value });
    prop_oneof![
        any_snapshot().prop_map(|shown| (Operation::CopySnapshot, Reply::Snapshot(Box::new(shown)))),
        (vec(any_snapshot(), 0..3), of(any_text())).prop_map(|(snapshots, marker)| {
            (Operation::DescribeSnapshots, Reply::Snapshots(Page { snapshots, marker }))
        }),
        vec(tag, 0..4).prop_map(|tags| (Operation::ListTagsForResource, Reply::Tags(tags))),
        Just((Operation::DeleteSnapshot, Reply::Bare)),
    ]
}

proptest! {
    #[test]
    fn what_was_written_is_read((operation, reply) in any_reply(), order: Option<u64>) {
        let style = Style { order, ..Style::default() };
        let (outcome, form) = read(operation, &write_reply(operation, &reply, ID, &style));
        prop_assert_eq!(outcome, Outcome::Reply(reply));
        prop_assert_eq!(form.malformed, Vec::new());
        prop_assert_eq!(form.request_id.as_deref(), Some(ID));
        prop_assert_eq!(form.namespace.as_deref(), Some(NAMESPACE));
    }

    #[test]
    fn a_fault_that_was_written_is_read(code in 0..FaultCode::LISTED.len(), message in any_text(), order: Option<u64>) {
        if let Some(code) = FaultCode::LISTED.get(code) {
            let fault = Fault { code: code.clone(), message: message.clone() };
            let body = write_fault(&fault, ID, &Style { order, ..Style::default() });
            let (outcome, form) = read_answer(Operation::CopySnapshot, 400, None, None, &body);
            prop_assert_eq!(outcome, Outcome::Fault(fault));
            prop_assert_eq!(form.request_id.as_deref(), Some(ID));
        }
    }
}
