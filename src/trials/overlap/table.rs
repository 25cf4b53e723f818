use std::time::Duration;

use libtest_mimic::{Failed, Trial};

use super::super::law::{ACCOUNT, REGION, begin};
use super::super::trial;
use crate::oracle::{Beliefs, Burst};
use crate::service::{
    Call, CopySnapshot, CreateSnapshot, Fault, FaultCode, Fields, Form, Indeterminate, Member, Outcome, Page, Reply,
    Snapshot, Status, Step, Tag, TagArg, Text, text,
};
use crate::trace::{Event, Interval, Role};

/// Histories, and what is to be said of them: nothing, or a clause. Each call has the span in which it was under way, and
/// its answer, with the Port that it shows after a colon: 7001 is that of `b`. Of the snapshots `b` and `s` are available and `t` too; the others are not there.
const HISTORIES: &[(&str, &str)] = &[
    // One name is given once.
    ("0-9 copy b a ok; 1-8 copy b a taken", ""),
    ("0-9 copy b a taken; 1-8 copy b a ok", ""),
    ("0-9 copy b a ok; 1-8 copy b a ok", "copy.race.one-winner"),
    ("0-9 copy b a ok; 1-8 copy s a ok", "copy.race.one-winner"),
    ("0-9 copy b a taken; 1-8 copy b a taken", "overlap.linearizable"),
    ("0-9 copy b a ok; 1-8 copy b a taken; 2-7 copy b a taken", ""),
    ("0-9 copy b a ok; 1-8 copy b a taken; 2-7 copy b a ok", "copy.race.one-winner"),
    ("0-9 copy b a ok; 1-8 create a ok", "copy.race.one-winner"),
    ("0-9 copy b a ok; 1-8 create a taken", ""),
    ("0-9 copy b a taken; 1-8 create a ok", ""),
    ("0-9 create a ok; 1-8 create a ok", "create.race.one-winner"),
    ("0-9 create a taken; 1-8 create a ok", ""),
    ("0-9 create a ok; 1-8 create a taken; 2-7 create a ok", "create.race.one-winner"),
    // Who has ended before another begins was first; whoever shares an instant need not be.
    ("0-2 copy b a taken; 3-8 copy b a ok", "copy.succeeds"),
    ("0-3 copy b a taken; 3-8 copy b a ok", ""),
    ("0-3 copy b a ok; 3-8 copy b a taken", ""),
    ("0-3 copy b a ok; 4-8 copy b a ok", "copy.target.taken"),
    // Deletions.
    ("0-9 delete s ok; 1-8 delete s ok", "delete.race.one-winner"),
    ("0-9 delete s ok; 1-8 delete s state", ""),
    ("0-9 delete s gone; 1-8 delete s ok", ""),
    ("0-9 delete s gone; 1-8 delete s gone", "overlap.linearizable"),
    ("0-9 delete s ok; 1-8 show s available", ""),
    ("0-2 delete s ok; 3-5 show s available", ""),
    ("0-9 delete s ok; 1-8 create s ok", ""),
    ("0-9 delete s ok; 1-8 create s taken", ""),
    ("0-9 create a ok; 0-9 create a ok; 0-9 delete a ok", ""),
    ("0-3 copy b a ok; 4-9 copy b a ok; 5-9 delete a ok", ""),
    ("0-3 copy b a ok; 4-5 copy b a ok; 6-9 delete a ok", "copy.target.taken"),
    // What looks gone may be going still, for a while.
    ("0-2 delete s ok; 3-4 show s absent; 5-9 copy s a state; 6-8 show s absent", ""),
    ("0-2 delete s ok; 3-4 show s absent; 5-9 copy b s taken; 6-8 copy b s taken", ""),
    ("0-2 delete s ok; 3-4 show s absent; 5-6 copy s a state; 4000-4001 copy s a state", "copy.source.unknown"),
    // The source meanwhile.
    ("0-9 copy s a ok; 1-8 delete s ok", ""),
    ("0-9 copy s a gone; 1-8 delete s ok", ""),
    ("0-9 copy s a state; 1-8 delete s ok", ""),
    ("0-9 copy s a state; 1-8 copy s c ok", ""),
    ("0-9 copy s a ok; 1-8 copy s c ok", ""),
    ("0-2 copy s a state; 3-8 copy s c ok", "copy.succeeds"),
    ("0-20 copy s t ok; 1-2 delete s ok; 3-4 show s absent; 5-6 delete t ok", "overlap.linearizable"),
    ("0-20 copy s t ok; 1-2 delete t ok; 3-4 show t absent; 5-6 delete s ok", ""),
    // Answers that did not come.
    ("0-9 copy b a lost; 1-8 copy b a ok", ""),
    ("0-9 copy b a lost; 10-12 copy b a taken", ""),
    ("0-9 copy b a lost; 10-12 copy b a taken; 13-14 copy s c taken", "copy.succeeds"),
    ("0-9 delete s lost; 10-12 copy b s ok", ""),
    ("0-9 oversized b a broken; 10-12 show a creating", ""),
    ("0-9 oversized b a broken; 10-12 show a absent", ""),
    // What is shown.
    ("0-9 copy b a ok; 1-8 show a absent", ""),
    ("0-9 copy b a ok; 1-8 show a creating", ""),
    // Reads need not follow each other, for a while.
    ("0-9 copy b a ok; 1-2 show a creating; 3-4 show a absent", ""),
    ("0-9 copy b a ok; 1-2 show a creating; 3-4 show a absent; 5-6 show a creating; 7-8 show a absent", ""),
    ("0-9 copy b a ok; 1-2 show a creating; 3-4 show a absent; 4000-4001 show a absent", "snapshot.persists"),
    ("0-9 copy b a ok; 1-2 show a available; 3-4 show a creating", ""),
    ("0-9 copy b a ok; 1-2 show a available; 4000-4001 show a creating", "snapshot.never-back"),
    ("0-9 copy b a taken; 1-8 show a creating", "copy.refusal.no-effect"),
    // What is shown of a snapshot is no matter of order, unless its name was given twice.
    ("0-9 copy b a ok:7001; 1-8 copy b a taken; 2-7 copy b a taken; 10-11 show a creating:7001", ""),
    ("0-9 copy b a ok:7002; 1-8 copy b a taken; 2-7 copy b a taken", "copy.reply.metadata"),
    ("0-9 copy b a ok; 1-8 copy b a taken; 2-7 copy b a taken; 10-11 show a creating:7002", "copy.reply.metadata"),
    ("0-9 copy b a ok:7001; 1-8 copy b a taken; 10-11 show a creating:7002", "copy.reply.metadata"),
    ("0-9 copy b a ok:7002; 1-8 copy b a ok:7002", "copy.race.one-winner"),
    ("0-9 copy b a taken; 1-8 copy b a taken; 0-9 copy b c ok:7002", "overlap.linearizable"),
    // Tags.
    ("0-9 tag s x=1 {x=1}; 1-8 tag s y=2 {x=1,y=2}", ""),
    ("0-9 tag s x=1 {x=1,y=2}; 1-8 tag s y=2 {y=2}", ""),
    ("0-9 tag s x=1 {x=1}; 1-8 tag s y=2 {y=2}", "tags.race.whole"),
    ("0-9 tag s x=1 {}; 1-8 tag s y=2 {}", "tags.add.full-set"),
    ("0-9 tag s x=1 {x=1}; 1-8 tags s {}", ""),
    ("0-9 tag s x=1,y=2 {x=1,y=2}; 1-8 tags s {x=1}", "tags.race.whole"),
    ("0-9 tag s x=1 {x=1}; 1-8 copy s a ok; 20-21 tags a {}", ""),
    ("0-9 tag s x=1 {x=1}; 1-8 copy s a ok; 20-21 tags a {x=1}", ""),
    ("0-9 tag s x=1,y=2 {x=1,y=2}; 1-8 copy s a ok; 20-21 tags a {y=2}", "tags.race.whole"),
    ("0-9 copy s a ok; 20-21 tags a {z=9}", "copy.tags.inherited"),
    // A tag without a value is why, and not that its snapshot may be at work.
    ("0-9 copy b a lost; 10-12 tag b x= invalid", "tags.value.absent"),
    ("0-9 copy b a lost; 10-12 tag b x=1 invalid", "tags.not-available"),
    // What is wrong with a call by itself is no matter of the tags that change beside it.
    ("0-9 tag a x=1 gone; 1-8 copy b a available", "copy.reply.status"),
    ("0-9 tag a x=1 {x=1}; 1-8 copy b a available", "copy.reply.status"),
    ("0-9 tag a x=1 gone; 1-8 copy b a state; 2-7 copy b a available; 10-11 delete a ok", "copy.reply.status"),
];

/// Returns a trial a history.
pub(super) fn trials() -> Vec<Trial> {
    HISTORIES
        .iter()
        .map(|(history, clause)| {
            let verdict = if clause.is_empty() { "conforms" } else { *clause };
            trial("overlap", "history", &format!("{history} is {verdict}"), move || check(history, clause))
        })
        .collect()
}

fn check(history: &str, clause: &str) -> Result<(), Failed> {
    let burst = judged(history).ok_or("the history can't be read")?;
    let mut said: Vec<String> = Vec::new();
    for (place, judgement) in burst.judgements.iter().enumerate() {
        for (clause, found) in judgement.contradictions() {
            said.push(format!("{clause} at {place}: {}; {}", found.expected, found.observed));
        }
    }
    let is_clause = |said: &String| said.split(' ').next() == Some(clause);
    let right = if clause.is_empty() { said.is_empty() } else { said.iter().any(is_clause) };
    // That there is no order is said of nothing else, and by a call.
    let conflicting = burst.conflicts.iter().all(|conflict| {
        let name = conflict.clause.name();
        name == clause && said.iter().any(|said| said.starts_with(name))
    });
    if right && conflicting { Ok(()) } else { Err(Failed::from(format!("{said:#?}\n{:#?}", burst.conflicts))) }
}

fn judged(history: &str) -> Option<Burst> {
    let (_, mut belief) = begin();
    for name in ["b", "s", "t"] {
        belief.know_snapshot(&text(name));
    }
    let mut beliefs = Beliefs::from(belief);
    for name in ["b", "s", "t"] {
        beliefs.observe(&event(&format!("0-0 tags {name} {{}}"))?);
    }
    beliefs.observe(&event("0-0 show b available:7001")?);
    let mut events = history.split("; ").map(event).collect::<Option<Vec<_>>>()?;
    events.sort_by_key(|event| event.interval.called);
    Some(beliefs.observe_together(&events))
}

/// Reads a call: its span, what is asked, and the answer.
pub(super) fn event(line: &str) -> Option<Event> {
    let words: Vec<&str> = line.split(' ').collect();
    let (span, answer) = (words.first()?, *words.last()?);
    let (called, returned) = span.split_once('-')?;
    let at = |word: &str| Some(Duration::from_millis(1000 + word.parse::<u64>().ok()?));
    let interval = Interval { called: at(called)?, returned: at(returned)? };
    let name = |place: usize| words.get(place).map(|name| text(*name));
    let call = match *words.get(1)? {
        "copy" | "oversized" => {
            Call::Copy(CopySnapshot { source: name(2), target: name(3), ..CopySnapshot::default() })
        }
        "create" => {
            Call::Create(CreateSnapshot { name: name(2), group: Some(text("cs-g")), ..CreateSnapshot::default() })
        }
        "delete" => Call::Delete { name: name(2) },
        "show" => Call::describe(&name(2)?),
        "tag" => {
            let tags = pairs(words.get(3)?);
            let tags = tags.into_iter().map(|tag| TagArg { key: Some(tag.key), value: Some(tag.value) });
            Call::AddTags { resource: Some(arn(&name(2)?)), tags: Some(tags.collect()) }
        }
        "tags" => Call::ListTags { resource: Some(arn(&name(2)?)) },
        _ => return None,
    };
    let fault = |code: FaultCode| Outcome::Fault(Fault { code, message: text("no") });
    let (answer, port) = answer.split_once(':').unwrap_or((answer, ""));
    let fields: Fields = [(Member::Port, text(port))].into_iter().collect();
    let shown = |name: Option<Text>, status: Status| Snapshot {
        name,
        status: Some(status),
        fields: fields.clone(),
        ..Snapshot::default()
    };
    let outcome = match (answer, &call) {
        ("taken", _) => fault(FaultCode::SnapshotAlreadyExists),
        ("state", _) => fault(FaultCode::InvalidSnapshotState),
        ("invalid", _) => fault(FaultCode::InvalidParameterValue),
        ("gone", _) => fault(FaultCode::SnapshotNotFound),
        ("lost", _) => Outcome::Indeterminate(Indeterminate::TimedOut),
        ("broken", _) => Outcome::Indeterminate(Indeterminate::Broken(text("closed"))),
        ("ok", Call::Copy(_)) => Outcome::Reply(Reply::Snapshot(Box::new(shown(name(3), Status::Creating)))),
        ("ok", Call::Create(_)) => Outcome::Reply(Reply::Snapshot(Box::new(shown(name(2), Status::Creating)))),
        ("ok", Call::Delete { .. }) => Outcome::Reply(Reply::Snapshot(Box::new(shown(name(2), Status::Deleting)))),
        ("available", Call::Copy(_)) => Outcome::Reply(Reply::Snapshot(Box::new(shown(name(3), Status::Available)))),
        ("absent", _) => Outcome::Reply(Reply::Snapshots(Page { snapshots: Vec::new(), marker: None })),
        ("creating" | "available", _) => {
            let status = if answer == "creating" { Status::Creating } else { Status::Available };
            Outcome::Reply(Reply::Snapshots(Page { snapshots: vec![shown(name(2), status)], marker: None }))
        }
        _ => Outcome::Reply(Reply::Tags(pairs(answer.strip_prefix('{')?.strip_suffix('}')?))),
    };
    let mut step = Step::from(call);
    step.dress.padded = if words.get(1) == Some(&"oversized") { 1024 } else { 0 };
    Some(Event { role: Role::Given, step, outcome, form: Form::default(), interval })
}

fn pairs(words: &str) -> Vec<Tag> {
    let tag = |(key, value): (&str, &str)| Tag { key: text(key), value: text(value) };
    words.split(',').filter_map(|pair| pair.split_once('=')).map(tag).collect()
}

fn arn(name: &str) -> Text {
    text(format!("arn:aws:elasticache:{REGION}:{ACCOUNT}:snapshot:{name}"))
}
