use super::fixture::{Base, remove_snapshot};
use super::lane::{Lane, Stop};
use super::probe::ask;
use crate::ledger::ResourceKind;
use crate::model::may_be_of_key;
use crate::service::{Call, CopySnapshot, CreateSnapshot, Operation, Owner, OwnerKind, Text, text};
use crate::trace::outcome_line;

/// Returns the operations that refuse a key in a request for what was never made, of which they speak where there is none.
///
/// # Errors
/// Where the ledger cannot be written.
pub(super) async fn doubted(lane: &Lane, never: &Text, key: &Text) -> Result<Vec<Operation>, Stop> {
    let base = Base { name: never.clone(), owner: Some(Owner { kind: OwnerKind::Group, id: never.clone() }) };
    let target = text(format!("{never}2"));
    let mut doubted = Vec::new();
    for operation in [Operation::CopySnapshot, Operation::CreateSnapshot] {
        let with = request(operation, &base, &target, Some(key));
        let without = request(operation, &base, &target, None);
        if speaks_of_key(lane, with).await? && !speaks_of_key(lane, without).await? {
            doubted.push(operation);
        }
    }
    Ok(doubted)
}

/// Asks for a snapshot with a key, and removes it; returns with what the key is refused, and `None` where it is not.
///
/// # Errors
/// Where the ledger cannot be written.
pub async fn refusal_of_key(
    lane: &Lane,
    operation: Operation,
    base: &Base,
    target: &Text,
    key: &Text,
) -> Result<Option<String>, Stop> {
    let Some(call) = request(operation, base, target, Some(key)) else { return Ok(None) };
    let answer = ask(lane, &call.into()).await?;
    if may_be_of_key(&answer.outcome) {
        lane.ledger.gone(&lane.resource(ResourceKind::Snapshot, target))?;
        return Ok(Some(outcome_line(&answer.outcome)));
    }
    remove_snapshot(lane, target).await?;
    Ok(None)
}

/// Returns the call that asks for a snapshot, of a base or of what that was taken of; `None` where that is not known.
fn request(operation: Operation, base: &Base, target: &Text, key: Option<&Text>) -> Option<Call> {
    let kms_key = key.cloned();
    if operation == Operation::CopySnapshot {
        let (source, target) = (Some(base.name.clone()), Some(target.clone()));
        return Some(Call::Copy(CopySnapshot { source, target, kms_key, ..CopySnapshot::default() }));
    }
    let create = CreateSnapshot::of(base.owner.as_ref()?, target);
    Some(Call::Create(CreateSnapshot { kms_key, ..create }))
}

async fn speaks_of_key(lane: &Lane, call: Option<Call>) -> Result<bool, Stop> {
    let Some(call) = call else { return Ok(false) };
    Ok(may_be_of_key(&ask(lane, &call.into()).await?.outcome))
}
