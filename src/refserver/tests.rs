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

#[test]
fn controls_answer_without_a_world_or_not_at_all() {
    let step = Step::from(Call::describe(&text("a")));
    for (name, expected) in [
        ("always-400-bogus", "Bogus"),
        ("always-fault-SnapshotQuotaExceededFault", "SnapshotQuotaExceededFault"),
        ("always-200-empty", ""),
        ("always-200-plausible", "a"),
        ("html-404", "Alien"),
        ("echo-of-the-request", "Alien"),
    ] {
        let control = Control::from_name(name);
        assert!(control.is_some(), "{name}");
        let server = RefServer::start(Options { control, ..Options::default() }).unwrap();
        let mut stream = TcpStream::connect(server.addr).unwrap();
        let outcome = name_of(send(&mut stream, &step));
        assert!(outcome == expected || outcome.starts_with("Alien") && expected == "Alien", "{name}: {outcome}");
    }
}

#[test]
fn the_hanging_control_keeps_the_connection_and_the_resetting_one_breaks_it() {
    for (control, expected) in
        [(Control::Hang, std::io::ErrorKind::WouldBlock), (Control::Reset, std::io::ErrorKind::ConnectionReset)]
    {
        let server = RefServer::start(Options { control: Some(control), ..Options::default() }).unwrap();
        let mut stream = TcpStream::connect(server.addr).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
        assert_eq!(stream.read(&mut [0; 64]).unwrap_err().kind(), expected);
    }
}

#[test]
fn controls_have_names_of_their_own() {
    for control in Control::all() {
        assert_eq!(Control::from_name(&control.name()), Some(control));
    }
}

#[test]
fn a_port_that_is_taken_is_an_error() {
    let server = RefServer::start(Options::default()).unwrap();
    let error = RefServer::start(Options { port: server.addr.port(), ..Options::default() }).unwrap_err();
    assert_eq!(error.to_string(), format!("failed to listen on port {} of the loopback interface", server.addr.port()));
}
