use super::judgement::{Mark, Needs};
use super::overlap::Burst;
use super::world::{span, subjects};
use crate::service::{Call, FaultCode, Outcome, Text};
use crate::spec::{ClauseId, id};
use crate::trace::Event;

/// What a call was about to do with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Copy,
    Create,
    Delete,
    Tag,
    Look,
}

/// Picks the clause which the smallest set of calls without a valid order contradicts.
///
/// That a name is given once alone is documented; that calls at the same time come out as if one had been first is not,
/// and is held against a target as a rule that is inferred.
pub(super) fn clause(events: &[&Event]) -> ClauseId {
    let done: Vec<(Deed, Text)> =
        events.iter().filter(|event| is_reply(event)).filter_map(|event| deed(&event.step.call)).collect();
    let of = |deed: Deed, name: &Text| done.iter().filter(|(other, its)| *other == deed && its == name).count();
    for (_, name) in &done {
        let (copies, creates, deletes) = (of(Deed::Copy, name), of(Deed::Create, name), of(Deed::Delete, name));
        match (copies, creates, deletes) {
            (1.., _, 0) if copies + creates > 1 => return id::COPY_RACE_ONE_WINNER,
            (0, 2.., 0) => return id::CREATE_RACE_ONE_WINNER,
            (0, 0, 2..) => return id::DELETE_RACE_ONE_WINNER,
            _ => {}
        }
    }
    let tags = done.iter().any(|(deed, _)| *deed == Deed::Tag);
    if tags { id::TAGS_RACE_WHOLE } else { id::OVERLAP_LINEARIZABLE }
}

/// Tells whether a clause says what a reply shows of a snapshot, in whatever order the calls came that made it.
pub(super) fn is_shown(clause: ClauseId) -> bool {
    [
        id::COPY_REPLY_MANUAL,
        id::COPY_REPLY_METADATA,
        id::COPY_REPLY_NODES,
        id::COPY_NODE_GROUPS,
        id::COPY_WINDOW_INHERITED,
        id::COPY_CREATE_TIME,
        id::COPY_KEY_INHERITED,
        id::COPY_KEY_GIVEN,
        id::CREATE_KEY_GIVEN,
        id::CREATE_REPLY_METADATA,
        id::CREATE_REPLY_OWNER,
        id::SNAPSHOT_ARN,
        id::SNAPSHOT_CONSTANT,
        id::SNAPSHOT_CREATE_TIME,
        id::SNAPSHOT_SHARDS,
        id::SNAPSHOT_NODE_GROUPS,
    ]
    .contains(&clause)
}

/// Counts what calls at the same time have shown to be kept: nothing, where some of them fit no order.
pub(super) fn mark(events: &[Event], burst: &mut Burst) {
    if !burst.conflicts.is_empty() {
        return;
    }
    for (later, event) in events.iter().enumerate() {
        let mut kept: Vec<ClauseId> = Vec::new();
        for earlier in events.iter().take(later) {
            for clause in shown(earlier, event) {
                if !kept.contains(&clause) {
                    kept.push(clause);
                }
            }
        }
        if let Some(judgement) = burst.judgements.get_mut(later) {
            // What is doubtful shows nothing.
            let doubtful = judgement.rulings.iter().any(|ruling| matches!(ruling.mark, Mark::Inconclusive(_)));
            for clause in kept.into_iter().filter(|_| !doubtful) {
                judgement.mark(clause, Mark::Pass, Needs::Life);
            }
        }
    }
}

/// Returns what two calls show that overlapped and came out as if one had been first.
fn shown(one: &Event, other: &Event) -> Vec<ClauseId> {
    let writes = one.step.call.is_write() || other.step.call.is_write();
    let answered = |event: &Event| matches!(event.outcome, Outcome::Reply(_) | Outcome::Fault(_));
    if !span(one).overlaps(&span(other)) || !writes || !answered(one) || !answered(other) {
        return Vec::new();
    }
    let (Some(ones), Some(others)) = (subjects(&one.step.call), subjects(&other.step.call)) else {
        return vec![id::OVERLAP_LINEARIZABLE];
    };
    if !ones.iter().any(|name| others.contains(name)) {
        return Vec::new();
    }
    let mut kept = vec![id::OVERLAP_LINEARIZABLE];
    let (Some((first, name)), Some((second, its))) = (deed(&one.step.call), deed(&other.step.call)) else {
        return kept;
    };
    if name != its {
        return kept;
    }
    let won = is_reply(one) != is_reply(other);
    let taken = won && [one, other].into_iter().any(|event| is_fault(event, &FaultCode::SnapshotAlreadyExists));
    match (first, second) {
        (Deed::Copy, Deed::Copy | Deed::Create) | (Deed::Create, Deed::Copy) if taken => {
            kept.push(id::COPY_RACE_ONE_WINNER);
        }
        (Deed::Create, Deed::Create) if taken => kept.push(id::CREATE_RACE_ONE_WINNER),
        (Deed::Delete, Deed::Delete) if won => kept.push(id::DELETE_RACE_ONE_WINNER),
        (Deed::Tag, Deed::Tag | Deed::Look) | (Deed::Look, Deed::Tag) if is_reply(one) && is_reply(other) => {
            kept.push(id::TAGS_RACE_WHOLE);
        }
        _ => {}
    }
    kept
}

fn is_reply(event: &Event) -> bool {
    matches!(event.outcome, Outcome::Reply(_))
}

fn is_fault(event: &Event, code: &FaultCode) -> bool {
    matches!(&event.outcome, Outcome::Fault(fault) if fault.code == *code)
}

/// Returns what a call does, and with which name; `None` for what is about no one snapshot.
fn deed(call: &Call) -> Option<(Deed, Text)> {
    let deed = match call {
        Call::Copy(_) if call.is_export() => return None,
        Call::Copy(_) => Deed::Copy,
        Call::Create(_) => Deed::Create,
        Call::Delete { .. } => Deed::Delete,
        Call::AddTags { .. } | Call::RemoveTags { .. } => Deed::Tag,
        Call::ListTags { .. } => Deed::Look,
        Call::Describe(_) | Call::Restore { .. } | Call::Fixture(_) | Call::S3(_) => return None,
    };
    Some((deed, subjects(call)?.first()?.clone().into_owned()))
}
