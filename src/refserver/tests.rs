#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop where it stands")]

use std::io::{Read, Write};
use std::net::TcpStream;

use super::*;
use crate::service::{
    Call, CopySnapshot, CreateSnapshot, DescribeSnapshots, Fixture, Outcome, Owner, OwnerKind, Reply, Step, text,
};
use crate::wire::{form_encode, params, read_answer};

/// Sends a step over a connection that stays open, and reads the answer.
fn send(stream: &mut TcpStream, step: &Step) -> Outcome {
    let body = form_encode(&params(step));
    let head = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\nauthorization: AWS4-HMAC-SHA256 Credential=test/20261122/eu-west-1/elasticache/aws4_request\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).unwrap();
    let mut answer = Vec::new();
    let (at, length) = loop {
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).unwrap();
        assert!(read > 0, "the connection broke");
        answer.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&answer).to_lowercase();
        if let Some(end) = text.find("\r\n\r\n") {
            let length = text[..end].split("content-length: ").nth(1).unwrap();
            let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
            if answer.len() >= end + 4 + length {
                break (end + 4, length);
            }
        }
    };
    let status: u16 = String::from_utf8_lossy(&answer[9..12]).parse().unwrap();
    read_answer(step.call.operation(), status, Some("text/xml"), None, &answer[at..at + length]).0
}

fn name_of(outcome: Outcome) -> String {
    match outcome {
        Outcome::Reply(Reply::Snapshot(shown)) => {
            format!("{} {}", shown.name.unwrap_or_else(|| text("?")), shown.status.unwrap())
        }
        Outcome::Reply(Reply::Snapshots(page)) => {
            page.snapshots.iter().map(|shown| shown.name.as_deref().unwrap_or("?")).collect::<Vec<_>>().join(",")
        }
        Outcome::Fault(fault) => fault.code.to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_snapshot_is_made_copied_shown_and_deleted_over_http() {
    let settle = Duration::ZERO;
    let server = RefServer::start(Options { settle, ..Options::default() }).unwrap();
    let mut stream = TcpStream::connect(server.addr).unwrap();
    let mut ask = |call: Call| name_of(send(&mut stream, &Step::from(call)));
    let name = |name: &str| Some(text(name));
    let create = CreateSnapshot { name: name("A"), group: name("g"), ..CreateSnapshot::default() };
    let copy = CopySnapshot { source: name("a"), target: name("B"), ..CopySnapshot::default() };
    ask(Call::Fixture(Fixture::Create(Owner { kind: OwnerKind::Group, id: text("g") })));
    assert_eq!(ask(Call::Create(create)), "a creating");
    assert_eq!(ask(Call::Copy(copy.clone())), "b creating");
    assert_eq!(ask(Call::Copy(copy)), "SnapshotAlreadyExistsFault");
    assert_eq!(ask(Call::Describe(DescribeSnapshots::default())), "a,b");
    assert_eq!(ask(Call::Delete { name: name("a") }), "a deleting");
    assert_eq!(ask(Call::Describe(DescribeSnapshots::default())), "b");
    server.stop();
}
