use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use super::asked::Asked;
use super::message;
use super::worlds::Sent;
use crate::model::{Freedom, Home, State};
use crate::service::{
    Arn, Call, CreateSnapshot, FaultCode, Fixture, Operation, Owner, OwnerKind, Reply, S3Action, S3Call, S3Reply, Step,
    Text, text,
};
use crate::wire::{S3Written, Style, write_fault, write_reply, write_s3_fault, write_s3_reply};

/// A worthless target: it answers without looking at what is asked, or without keeping any of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// 400 and the code `Bogus`, whatever is asked.
    Bogus,
    /// One declared fault, whatever is asked.
    Fault(FaultCode),
    /// 200 and an envelope without a payload.
    Empty,
    /// 200 and a well-formed reply that shows what was asked for; nothing is kept.
    Plausible,
    /// 404 and a page of HTML.
    Html,
    /// 200 and the body of the request.
    Echo,
    /// No answer, on a connection that stays open.
    Hang,
    /// A connection that is reset as soon as the request comes.
    Reset,
}

/// The id in every answer of a control.
const REQUEST_ID: &str = "00000000-0000-4000-8000-000000000000";

impl Control {
    /// Returns every control: those that always give one fault once for each code that a judged operation
    /// declares.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let judged = |code: &&FaultCode| {
            Operation::ALL.iter().any(|operation| operation.is_modelled() && operation.faults().contains(code))
        };
        let mut all = vec![Self::Bogus];
        all.extend(FaultCode::LISTED.iter().filter(judged).cloned().map(Self::Fault));
        all.extend([Self::Empty, Self::Plausible, Self::Html, Self::Echo, Self::Hang, Self::Reset]);
        all
    }

    /// Returns the name on the command line.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Bogus => "always-400-bogus",
            Self::Fault(code) => return format!("always-fault-{code}"),
            Self::Empty => "always-200-empty",
            Self::Plausible => "always-200-plausible",
            Self::Html => "html-404",
            Self::Echo => "echo-of-the-request",
            Self::Hang => "hang",
            Self::Reset => "reset",
        }
        .to_owned()
    }

    /// Returns the control of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|control| control.name() == name)
    }

    /// Returns what it answers, `None` where it does not.
    pub(super) fn answer(&self, asked: &Asked<'_>) -> Option<Sent> {
        if let Some(Ok(call)) = &asked.s3
            && let Some(sent) = self.store(call)
        {
            return Some(sent);
        }
        let operation = asked.step.as_ref().map_or(Operation::DescribeSnapshots, |step| step.call.operation());
        let fault = |code: &FaultCode| {
            let body = write_fault(&message::plain(code.clone()), REQUEST_ID, &Style::default());
            Some(xml(code.status().unwrap_or(400), body))
        };
        let reply = |reply: &Reply| Some(xml(200, write_reply(operation, reply, REQUEST_ID, &Style::default())));
        match self {
            Self::Bogus => fault(&FaultCode::from_code("Bogus")),
            Self::Fault(code) => fault(code),
            Self::Empty => reply(&Reply::Bare),
            Self::Plausible => reply(&asked.step.as_ref().map_or(Reply::Bare, |step| plausible(step, &asked.home))),
            Self::Html => {
                let body = "<!DOCTYPE html><html><body><h1>404 Not Found</h1></body></html>";
                Some(sent(404, "text/html", body.as_bytes().to_vec()))
            }
            Self::Echo => Some(sent(200, "application/x-www-form-urlencoded", asked.body.to_vec())),
            Self::Hang | Self::Reset => None,
        }
    }

    /// Returns what it answers as S3, `None` where that is what it answers to anything.
    fn store(&self, call: &S3Call) -> Option<Sent> {
        let refused = |code: &str, status| Some(sent(status, "application/xml", write_s3_fault(code, "refused")));
        let reply = |reply: &S3Reply| {
            let S3Written { status, content_type, body } = write_s3_reply(call, reply);
            Some(sent(status, content_type.unwrap_or("application/xml"), body))
        };
        match self {
            Self::Bogus => refused("Bogus", 400),
            Self::Fault(code) => refused(code.code(), code.status().unwrap_or(400)),
            Self::Empty => reply(&S3Reply::Done),
            Self::Plausible => reply(&plausible_store(call)),
            Self::Html | Self::Echo | Self::Hang | Self::Reset => None,
        }
    }
}

/// Returns the reply of a bucket that holds what it is asked for, and an export.
fn plausible_store(call: &S3Call) -> S3Reply {
    let backup = b"REDIS0011".to_vec();
    match &call.action {
        S3Action::ListBuckets => S3Reply::Objects { keys: Vec::new(), token: None },
        S3Action::ListObjects { .. } => S3Reply::Objects { keys: vec![text("a-0001.rdb")], token: None },
        S3Action::GetObject { .. } | S3Action::HeadObject { .. } => {
            S3Reply::Object { size: u64::try_from(backup.len()).ok(), head: backup }
        }
        _ => S3Reply::Done,
    }
}

impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// Returns the reply of a world that was made for this request, in which what it names has just been made.
fn plausible(step: &Step, home: &(Text, Text)) -> Reply {
    let (region, account) = home.clone();
    let mut world = State::new(Home { region, account, epoch: Timestamp::UNIX_EPOCH }, None);
    let freedom = Freedom { takes: Duration::ZERO, ..Freedom::default() };
    let (named, owner) = match &step.call {
        Call::Copy(call) => (call.source.clone(), None),
        Call::Create(call) => {
            let group = call.group.clone().map(|id| Owner { kind: OwnerKind::Group, id });
            (None, group.or_else(|| call.cluster.clone().map(|id| Owner { kind: OwnerKind::Cluster, id })))
        }
        Call::Delete { name } => (name.clone(), None),
        Call::Describe(call) => (call.name.clone(), None),
        Call::AddTags { resource, .. } | Call::RemoveTags { resource, .. } | Call::ListTags { resource } => {
            (resource.as_deref().and_then(Arn::parse).map(|arn| text(arn.name)), None)
        }
        Call::Restore { snapshot, .. } => (snapshot.clone(), None),
        Call::Fixture(Fixture::Create(_) | Fixture::Build(..) | Fixture::WhoAmI) | Call::S3(_) => (None, None),
        Call::Fixture(Fixture::Describe(owner) | Fixture::Delete(owner)) => (None, Some(owner.clone())),
    };
    if let Some(owner) = owner {
        world.apply(&Call::Fixture(Fixture::Create(owner)).into(), Duration::ZERO, &freedom);
    }
    if named.is_some() {
        let create = CreateSnapshot { name: named, group: Some(text("group")), ..CreateSnapshot::default() };
        world.apply(&Call::Create(create).into(), Duration::ZERO, &freedom);
    }
    world.progress(Duration::ZERO);
    world.apply(step, Duration::ZERO, &freedom)
}

fn xml(status: u16, body: Vec<u8>) -> Sent {
    Sent { request_id: Some(text(REQUEST_ID)), ..sent(status, "text/xml", body) }
}

fn sent(status: u16, content_type: &str, body: Vec<u8>) -> Sent {
    Sent { status, content_type: Some(text(content_type)), request_id: None, body }
}
