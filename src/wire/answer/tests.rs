use proptest::prelude::*;

use super::*;
use crate::service::{Member, Page, Snapshot, Status, Tag};

const XML: Option<&str> = Some("text/xml");
const ID: &str = "694d7017-b9d2-11e4-8a16-7978bb24a535";

/// The envelope and the members of AWS's printed samples, in the order in which AWS printed them.
const COPIED: &str = "<CopySnapshotResponse xmlns=\"http://elasticache.amazonaws.com/doc/2015-02-02/\">\
    <CopySnapshotResult><Snapshot><CacheClusterId>my-redis-primary</CacheClusterId><Port>6379</Port>\
    <CacheNodeType>cache.m3.large</CacheNodeType><CacheParameterGroupName>default.redis3.2</CacheParameterGroupName>\
    <Engine>redis</Engine><PreferredAvailabilityZone>us-west-2c</PreferredAvailabilityZone>\
    <CacheClusterCreateTime>2015-02-02T18:46:57.972Z</CacheClusterCreateTime><EngineVersion>3.2.4</EngineVersion>\
    <SnapshotSource>manual</SnapshotSource><AutoMinorVersionUpgrade>true</AutoMinorVersionUpgrade>\
    <PreferredMaintenanceWindow>wed:09:00-wed:10:00</PreferredMaintenanceWindow>\
    <SnapshotName>my-snapshot-copy</SnapshotName><SnapshotRetentionLimit>7</SnapshotRetentionLimit>\
    <NodeSnapshots><NodeSnapshot><SnapshotCreateTime>2015-02-02T18:54:12Z</SnapshotCreateTime>\
    <CacheNodeCreateTime>2015-02-02T18:46:57.972Z</CacheNodeCreateTime><CacheNodeId>0001</CacheNodeId>\
    <CacheSize /></NodeSnapshot></NodeSnapshots><SnapshotStatus>creating</SnapshotStatus>\
    <NumCacheNodes>1</NumCacheNodes><SnapshotWindow>07:00-08:00</SnapshotWindow></Snapshot></CopySnapshotResult>\
    <ResponseMetadata><RequestId>694d7017-b9d2-11e4-8a16-7978bb24a535</RequestId></ResponseMetadata>\
    </CopySnapshotResponse>";

const REFUSED: &str = "<ErrorResponse xmlns=\"http://elasticache.amazonaws.com/doc/2015-02-02/\"><Error>\
    <Type>Sender</Type><Code>SnapshotAlreadyExistsFault</Code>\
    <Message>Snapshot with specified name already exists.</Message></Error>\
    <RequestId>694d7017-b9d2-11e4-8a16-7978bb24a535</RequestId></ErrorResponse>";

fn answer(operation: Operation, status: u16, body: &str) -> (Outcome, Form) {
    read_answer(operation, status, XML, Some(ID), body.as_bytes())
}

fn copied(status: u16, body: &str) -> Outcome {
    answer(Operation::CopySnapshot, status, body).0
}

/// Returns the service and the reason of an alien answer.
fn alien(status: u16, content_type: &str, body: &[u8]) -> (Option<Text>, Text) {
    match read_answer(Operation::CopySnapshot, status, Some(content_type), None, body).0 {
        Outcome::Alien(alien) => (alien.service, alien.reason),
        other => (None, text(format!("not alien: {other:?}"))),
    }
}

fn strange(service: Option<&str>, reason: &str) -> (Option<Text>, Text) {
    (service.map(text), text(reason))
}

#[test]
fn the_reply_that_aws_prints_is_read() {
    let (outcome, form) = answer(Operation::CopySnapshot, 200, COPIED);
    let members = [
        (Member::SnapshotSource, "manual"),
        (Member::CacheClusterId, "my-redis-primary"),
        (Member::CacheNodeType, "cache.m3.large"),
        (Member::Engine, "redis"),
        (Member::EngineVersion, "3.2.4"),
        (Member::NumCacheNodes, "1"),
        (Member::PreferredAvailabilityZone, "us-west-2c"),
        (Member::CacheClusterCreateTime, "2015-02-02T18:46:57.972Z"),
        (Member::PreferredMaintenanceWindow, "wed:09:00-wed:10:00"),
        (Member::Port, "6379"),
        (Member::CacheParameterGroupName, "default.redis3.2"),
        (Member::AutoMinorVersionUpgrade, "true"),
        (Member::SnapshotRetentionLimit, "7"),
        (Member::SnapshotWindow, "07:00-08:00"),
    ];
    let node = [
        (Member::CacheNodeId, "0001"),
        (Member::CacheNodeCreateTime, "2015-02-02T18:46:57.972Z"),
        (Member::SnapshotCreateTime, "2015-02-02T18:54:12Z"),
    ];
    let snapshot = Snapshot {
        name: Some(text("my-snapshot-copy")),
        status: Some(Status::Creating),
        fields: members.into_iter().map(|(member, value)| (member, text(value))).collect(),
        nodes: vec![crate::service::Node {
            fields: node.into_iter().map(|(member, value)| (member, text(value))).collect(),
            configured: false,
        }],
    };
    assert_eq!(outcome, Outcome::Reply(Reply::Snapshot(Box::new(snapshot))));
    let wanted = Form {
        status: 200,
        content_type: Some(text("text/xml")),
        root: Some(text("CopySnapshotResponse")),
        namespace: Some(text("http://elasticache.amazonaws.com/doc/2015-02-02/")),
        result: Some(text("CopySnapshotResult")),
        request_id: Some(text(ID)),
        request_id_header: Some(text(ID)),
        error_type: None,
        malformed: Vec::new(),
    };
    assert_eq!(form, wanted);
}

#[test]
fn the_error_that_aws_prints_is_read() {
    let fault =
        Fault { code: FaultCode::SnapshotAlreadyExists, message: text("Snapshot with specified name already exists.") };
    let (outcome, form) = answer(Operation::CopySnapshot, 400, REFUSED);
    assert_eq!(outcome, Outcome::Fault(fault.clone()));
    assert_eq!(form.error_type.as_deref(), Some("Sender"));
    assert_eq!(form.request_id.as_deref(), Some(ID));
    assert_eq!((form.root.as_deref(), form.result), (Some("ErrorResponse"), None));
    let (outcome, form) = answer(Operation::CopySnapshot, 200, REFUSED);
    assert_eq!((outcome, form.status), (Outcome::Fault(fault), 200));
}

#[test]
fn a_server_error_is_indeterminate_whatever_its_body() {
    for (body, code) in [
        (REFUSED.replace("SnapshotAlreadyExistsFault", "InternalFailure"), Some("InternalFailure")),
        ("<html><body>oops".to_owned(), None),
        ("{\"message\": null}".to_owned(), None),
        (COPIED.to_owned(), None),
        (String::new(), None),
    ] {
        let head = text(body.chars().take(200).collect::<String>());
        let wanted = Indeterminate::ServerError { status: 503, code: code.map(text), head };
        assert_eq!(copied(503, &body), Outcome::Indeterminate(wanted));
    }
}

#[test]
fn what_is_no_xml_is_alien() {
    for (content_type, body, reason) in [
        ("text/html; charset=utf-8", "<!DOCTYPE HTML><p>", "HTML, not XML"),
        ("text/html", "\n <html><br>", "HTML, not XML"),
        ("application/json", "{\"Error\": {}}", "JSON, not XML"),
        ("text/plain", "ok", "text, not XML"),
        ("text/xml", " \n", "an empty body"),
        ("text/xml", "<!DOCTYPE a><a/>", "XML with a document type declaration, which is not read"),
        ("text/xml", "<a>\n<b></a>", "XML that is not well-formed at 2:4: expected 'b' tag, not 'a'"),
    ] {
        assert_eq!(alien(400, content_type, body.as_bytes()), strange(None, reason), "{body}");
        assert_eq!(alien(200, content_type, body.as_bytes()), strange(None, reason), "{body}");
    }
    assert_eq!(alien(200, "text/xml", b"<a>\xff</a>"), strange(None, "not UTF-8 from byte 3 on"));
    let (outcome, _) = read_answer(Operation::CopySnapshot, 400, Some("text/html; charset=utf-8"), None, b"<html>");
    let Outcome::Alien(alien) = outcome else { unreachable!("{outcome:?}") };
    assert_eq!((alien.status, alien.content_type.as_deref(), &*alien.head), (400, Some("text/html"), "<html>"));
}

#[test]
fn another_services_answer_is_alien_and_named() {
    let ec2 = "<Response><Errors><Error><Code>InvalidAction</Code></Error></Errors><RequestID>1</RequestID></Response>";
    assert_eq!(alien(400, "text/xml", ec2.as_bytes()), strange(Some("ec2"), "an error in EC2's envelope"));
    let s3 = "<Error><Code>NoSuchBucket</Code><Message/></Error>";
    assert_eq!(alien(404, "application/xml", s3.as_bytes()), strange(Some("s3"), "an error in S3's envelope"));
    let buckets =
        "<ListAllMyBucketsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Owner/></ListAllMyBucketsResult>";
    assert_eq!(
        alien(200, "application/xml", buckets.as_bytes()),
        strange(Some("s3"), "root element `ListAllMyBucketsResult`")
    );
    let bare = "<CopySnapshotResponse><requestId>1</requestId><snapshotId>snap-1</snapshotId></CopySnapshotResponse>";
    assert_eq!(
        alien(200, "text/xml", bare.as_bytes()),
        strange(Some("ec2"), "root element `CopySnapshotResponse` with the members of EC2")
    );
    for (namespace, service) in [
        ("http://ec2.amazonaws.com/doc/2016-11-15/", "ec2"),
        ("http://rds.amazonaws.com/doc/2014-10-31/", "rds"),
        ("https://sts.amazonaws.com/doc/2011-06-15/", "sts"),
    ] {
        let body = COPIED.replace("http://elasticache.amazonaws.com/doc/2015-02-02/", namespace);
        let reason = format!("root element `CopySnapshotResponse` in the namespace of `{service}`");
        assert_eq!(alien(200, "text/xml", body.as_bytes()), strange(Some(service), &reason));
    }
    assert_eq!(alien(301, "text/xml", COPIED.as_bytes()).1, text("a redirect, root element `CopySnapshotResponse`"));
    assert_eq!(
        alien(404, "text/xml", COPIED.as_bytes()).1,
        text("status 404 without an error envelope, root element `CopySnapshotResponse`")
    );
    assert_eq!(alien(200, "text/xml", b"<CopySnapshotResult/>").1, text("root element `CopySnapshotResult`"));
}

#[test]
fn the_payload_is_found_below_other_names() {
    let (wanted, _) = answer(Operation::CopySnapshot, 200, COPIED);
    let namespace = " xmlns=\"http://elasticache.amazonaws.com/doc/2015-02-02/\"";
    let unwrapped = COPIED.replace("<CopySnapshotResult>", "").replace("</CopySnapshotResult>", "");
    for (body, root, result) in [
        (COPIED.replace("CopySnapshotResult", "Result"), "CopySnapshotResponse", Some("Result")),
        (COPIED.replace("CopySnapshotResponse", "XResponse"), "XResponse", Some("CopySnapshotResult")),
        (COPIED.replace(namespace, ""), "CopySnapshotResponse", Some("CopySnapshotResult")),
        (COPIED.replace("2015-02-02/\"", "2014-03-24/\""), "CopySnapshotResponse", Some("CopySnapshotResult")),
        (unwrapped, "CopySnapshotResponse", None),
    ] {
        let (outcome, form) = answer(Operation::CopySnapshot, 200, &body);
        assert_eq!(outcome, wanted);
        assert_eq!((form.root.as_deref(), form.result.as_deref()), (Some(root), result));
    }
}

#[test]
fn a_request_id_counts_only_in_its_place() {
    let id = |operation, status, body: &str| answer(operation, status, body).1.request_id;
    let moved = COPIED.replace("ResponseMetadata", "Metadata");
    assert_eq!(id(Operation::CopySnapshot, 200, &moved), None);
    let wrapped = REFUSED
        .replace("<RequestId>", "<ResponseMetadata><RequestId>")
        .replace("</RequestId>", "</RequestId></ResponseMetadata>");
    assert_eq!(id(Operation::CopySnapshot, 400, &wrapped), None);
    assert_eq!(id(Operation::CopySnapshot, 400, &REFUSED.replace("RequestId", "RequestID")), None);
}

#[test]
fn an_empty_payload_is_told_from_an_absent_one() {
    let empty = |operation: Operation, inner: &str| {
        let name = operation.name();
        answer(operation, 200, &format!("<{name}Response>{inner}</{name}Response>")).0
    };
    let page = Outcome::Reply(Reply::Snapshots(Page::default()));
    let bare = Outcome::Reply(Reply::Bare);
    let describe = Operation::DescribeSnapshots;
    assert_eq!(empty(describe, "<DescribeSnapshotsResult/>"), page);
    let result = "<DescribeSnapshotsResult><Marker/><Snapshots/></DescribeSnapshotsResult>";
    assert_eq!(empty(describe, result), page);
    assert_eq!(empty(describe, "<Snapshots></Snapshots>"), page);
    assert_eq!(empty(describe, ""), bare);
    assert_eq!(empty(Operation::CopySnapshot, "<CopySnapshotResult/>"), bare);
    assert_eq!(
        empty(Operation::ListTagsForResource, "<ListTagsForResourceResult/>"),
        Outcome::Reply(Reply::Tags(Vec::new()))
    );
    let tags = "<ListTagsForResourceResult><TagList><member><Key>no</Key></member><Tag><Key>k</Key></Tag></TagList>\
                </ListTagsForResourceResult>";
    assert_eq!(
        empty(Operation::ListTagsForResource, tags),
        Outcome::Reply(Reply::Tags(vec![Tag { key: text("k"), value: text("") }]))
    );
    assert_eq!(empty(Operation::GetCallerIdentity, "<GetCallerIdentityResult/>"), bare);
}

#[test]
fn a_text_that_is_not_of_its_kind_is_kept_and_told() {
    let body = COPIED
        .replace("<Port>6379", "<Port> p<!-- -->6379")
        .replace("18:54:12Z", "18:54:12")
        .replace("<AutoMinorVersionUpgrade>true", "<AutoMinorVersionUpgrade> false ");
    let (outcome, form) = answer(Operation::CopySnapshot, 200, &body);
    let Outcome::Reply(Reply::Snapshot(snapshot)) = outcome else { unreachable!("{outcome:?}") };
    assert_eq!(snapshot.fields.get(Member::Port), Some(" p6379"));
    assert_eq!(snapshot.fields.get(Member::AutoMinorVersionUpgrade), Some("false"));
    let malformed: Vec<_> = form.malformed.iter().map(|found| (&*found.path, &*found.text)).collect();
    assert_eq!(malformed, [("Port", " p6379"), ("NodeSnapshots.SnapshotCreateTime", "2015-02-02T18:54:12")]);
}

#[test]
fn a_body_nested_without_end_is_read() {
    let deep = "<a>".repeat(200_000);
    assert!(matches!(copied(200, &deep), Outcome::Alien(_)));
    let closed = format!("<CopySnapshotResponse>{deep}{}</CopySnapshotResponse>", "</a>".repeat(200_000));
    assert_eq!(copied(200, &closed), Outcome::Reply(Reply::Bare));
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(status: u16, body: Vec<u8>, operation in 0..Operation::ALL.len()) {
        if let Some(operation) = Operation::ALL.get(operation) {
            let _ = read_answer(*operation, status, None, None, &body);
        }
    }

    #[test]
    fn no_change_of_a_good_answer_makes_the_reader_panic(
        at in 0..COPIED.len(),
        cut in 0..40_usize,
        put in "[<>/&;!\\[\\]a-zé\"]{0,8}",
        refused: bool,
        status in 100..600_u16,
    ) {
        let mut body = if refused { REFUSED } else { COPIED }.as_bytes().to_vec();
        let at = at.min(body.len());
        let end = (at + cut).min(body.len());
        body.splice(at..end, put.into_bytes());
        let (outcome, form) = read_answer(Operation::CopySnapshot, status, XML, None, &body);
        prop_assert_eq!(form.status, status);
        prop_assert_eq!(status >= 500, matches!(outcome, Outcome::Indeterminate(_)));
    }
}

#[test]
fn what_declares_iso_8859_1_is_read_so() {
    let (before, after) = COPIED.split_once("<Engine>redis").unwrap_or_default();
    let engine = |declared: &str, shown: &[u8]| {
        let declaration = format!("<?xml version='1.0' encoding={declared}?>");
        let body = [declaration.as_bytes(), before.as_bytes(), b"<Engine>caf", shown, after.as_bytes()].concat();
        match read_answer(Operation::CopySnapshot, 200, XML, Some(ID), &body).0 {
            Outcome::Reply(Reply::Snapshot(snapshot)) => snapshot.fields.get(Member::Engine).map(str::to_owned),
            _ => None,
        }
    };
    assert_eq!(engine("\"ISO-8859-1\"", b"\xe9").as_deref(), Some("caf\u{e9}"));
    assert_eq!(engine("'iso-8859-1'", "\u{e9}".as_bytes()).as_deref(), Some("caf\u{c3}\u{a9}"));
    assert_eq!(engine("\"UTF-8\"", "\u{e9}".as_bytes()).as_deref(), Some("caf\u{e9}"));
    assert_eq!(engine("\"UTF-8\"", b"\xe9"), None);
}
