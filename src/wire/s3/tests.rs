use proptest::prelude::*;

use super::*;

const ACCOUNT: &str = "123456789012";

fn call(action: S3Action) -> S3Call {
    S3Call { bucket: text("cs1-1-bucket"), region: text("eu-west-1"), account: Some(text(ACCOUNT)), action }
}

fn sent(message: &S3Message) -> Result<S3Call, S3Unreadable> {
    let header = |name: &str| message.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let place = (message.path.as_str(), message.query.as_deref());
    read_s3_request(message.method, place, header, message.body.as_bytes(), (&text("eu-west-1"), &text(ACCOUNT)))
}

#[test]
fn every_call_is_read_as_it_was_written() {
    let key = || text("a b/c+é&-0001.rdb");
    for action in [
        S3Action::CreateBucket { acl: None },
        S3Action::CreateBucket { acl: Some(Permissions::NONE) },
        S3Action::CreateBucket { acl: Some(Permissions::READ | Permissions::READ_ACP) },
        S3Action::PutPolicy { allows: !Permissions::WRITE, service: text("eu-west-1"), denies: None },
        S3Action::PutPolicy { allows: Permissions::ALL, service: text("eu-west-1"), denies: Some(text(ACCOUNT)) },
        S3Action::DeletePolicy,
        S3Action::PutTagging { tags: vec![Tag { key: text("a <&>"), value: text("2026-11-28T00:00:00Z") }] },
        S3Action::PutObject { key: key(), body: text("x") },
        S3Action::HeadObject { key: key() },
        S3Action::GetObject { key: key() },
        S3Action::DeleteObject { key: key() },
        S3Action::ListObjects { token: None },
        S3Action::ListObjects { token: Some(text("a/b+c=")) },
        S3Action::DeleteBucket,
    ] {
        let call = call(action);
        assert_eq!(sent(&s3_message(&call)), Ok(call));
    }
}

#[test]
fn the_first_region_is_named_nowhere() {
    let create = S3Call { region: text("us-east-1"), ..call(S3Action::CreateBucket { acl: None }) };
    assert_eq!(s3_message(&create).body, "");
    let elsewhere = s3_message(&call(S3Action::CreateBucket { acl: None }));
    assert!(elsewhere.body.contains("<LocationConstraint>eu-west-1</LocationConstraint>"), "{}", elsewhere.body);
}

#[test]
fn a_policy_grants_in_the_region_that_it_names() {
    let of = |allows, service| Some(S3Action::PutPolicy { allows, service: text(service), denies: None });
    let written = bucket_policy("b", Permissions::ALL, "eu-west-1", None).to_string();
    assert_eq!(put_policy(&written, "us-east-1"), of(Permissions::ALL, "eu-west-1"));
    let other = written.replace("elasticache-snapshot", "another");
    assert_eq!(put_policy(&other, "us-east-1"), of(Permissions::NONE, "us-east-1"));
    assert_eq!(put_policy("no policy", "eu-west-1"), None);
}

#[test]
fn a_list_is_read_as_it_was_written() {
    let list = call(S3Action::ListObjects { token: None });
    let reply = S3Reply::Objects { keys: vec![text("a&b"), text("c")], token: Some(text("t")) };
    let written = write_s3_reply(&list, &reply);
    let read = read_s3_answer(&list, written.status, |_| None, &written.body);
    assert_eq!(read.0, Outcome::Reply(Reply::S3(reply)));
}

#[test]
fn errors_and_strangers_are_told_apart() {
    let read = |status, body: &[u8]| read_s3_answer(&call(S3Action::DeleteBucket), status, |_| None, body).0;
    let fault =
        |code: &str, message: &str| Outcome::Fault(Fault { code: FaultCode::from_code(code), message: text(message) });
    assert_eq!(read(404, &write_s3_fault("NoSuchBucket", "none")), fault("NoSuchBucket", "none"));
    assert_eq!(read(404, b""), fault("NotFound", ""));
    assert!(matches!(read(404, b"<html></html>"), Outcome::Alien(_)));
    assert!(matches!(read(503, b""), Outcome::Indeterminate(Indeterminate::ServerError { status: 503, .. })));
    assert_eq!(read(204, b""), Outcome::Reply(Reply::S3(S3Reply::Done)));
}

#[test]
fn an_object_tells_its_whole_size() {
    let get = call(S3Action::GetObject { key: text("k") });
    let read = |status, range: Option<&'static str>, body: &[u8]| {
        read_s3_answer(&get, status, |name| range.filter(|_| name == "content-range"), body).0
    };
    let object = |size, head: &[u8]| Outcome::Reply(Reply::S3(S3Reply::Object { size, head: head.to_vec() }));
    assert_eq!(read(206, Some("bytes 0-63/200"), b"REDIS0011"), object(Some(200), b"REDIS0011"));
    assert_eq!(read(200, None, b"REDIS0011"), object(Some(9), b"REDIS0011"));
    assert_eq!(read(416, None, b""), object(Some(0), b""));
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(status: u16, body: Vec<u8>) {
        let _ = read_s3_answer(&call(S3Action::ListObjects { token: None }), status, |_| None, &body);
    }

    #[test]
    fn no_request_makes_the_reader_panic(path: String, query: Option<String>, body: Vec<u8>) {
        let region = text("us-east-1");
        let _ = read_s3_request("PUT", (&path, query.as_deref()), |_| None, &body, (&region, &region));
    }
}
