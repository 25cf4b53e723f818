//! What the errors say. No text is documented for most of them: those are ours.

use crate::model::{Allowed, Answer};
use crate::service::{Call, Fault, FaultCode, Text, text};
use crate::spec::id;

/// Returns the fault of an outcome that the model allows; `None` for a reply.
pub(super) fn fault(allowed: &Allowed, call: &Call) -> Option<Fault> {
    let Answer::Fault(code) = &allowed.answer else { return None };
    let message = match (&allowed.wording, allowed.clauses.first()) {
        (Some(wording), _) => match call {
            Call::Copy(copy) => wording.one(copy.bucket().map_or("", |bucket| bucket)),
            _ => wording.one(""),
        },
        (None, Some(&(id::COPY_REQUIRED | id::COPY_BLANK | id::CREATE_BLANK | id::DELETE_BLANK))) => {
            text(format!("The parameter {} must be provided and must not be blank.", label(call)))
        }
        (None, Some(&(id::CREATE_REQUIRED | id::DELETE_REQUIRED))) => {
            text(format!("The parameter {} must be provided and must not be blank.", label(call)))
        }
        (None, Some(&(id::COPY_TARGET_MALFORMED | id::COPY_TARGET_LEADING_HYPHEN | id::CREATE_NAME_MALFORMED))) => {
            text(format!(
                "The parameter {} is not a valid identifier. Identifiers must begin with a letter; must contain only \
                 ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.",
                label(call)
            ))
        }
        _ => about(code),
    };
    Some(Fault { code: code.clone(), message })
}

/// Returns a fault with the text that belongs to its code.
pub(super) fn plain(code: FaultCode) -> Fault {
    let message = about(&code);
    Fault { code, message }
}

fn label(call: &Call) -> &'static str {
    let blank = |name: &Option<Text>| name.as_deref().is_none_or(|name| name.trim().is_empty());
    match call {
        Call::Copy(copy) if blank(&copy.source) => "SourceSnapshotName",
        Call::Copy(_) => "TargetSnapshotName",
        _ => "SnapshotName",
    }
}

fn about(code: &FaultCode) -> Text {
    text(match code {
        FaultCode::SnapshotAlreadyExists => "Snapshot with specified name already exists.",
        FaultCode::SnapshotNotFound => "The snapshot is either not present or not available.",
        FaultCode::SnapshotQuotaExceeded => {
            "The maximum number of manual snapshots for this cluster taken within 24 hours has been reached"
        }
        FaultCode::InvalidSnapshotState => "The snapshot is not in a state in which this is possible.",
        FaultCode::TagQuotaPerResourceExceeded => "A resource can have at most 50 tags.",
        FaultCode::InvalidParameterCombination => "The parameters do not go together.",
        FaultCode::CacheClusterNotFound => "The cache cluster is either not present or not available.",
        FaultCode::ReplicationGroupNotFound => "The replication group is either not present or not available.",
        FaultCode::InvalidArn => "The ARN is not one of a resource of this service.",
        FaultCode::TagNotFound => "The resource has no tag with such a key.",
        FaultCode::MissingAuthenticationToken => "The request is not signed.",
        FaultCode::SignatureDoesNotMatch => "The signature does not match the request.",
        FaultCode::InvalidAction => "There is no such action in this version of the service.",
        FaultCode::MissingAction => "The request names no action.",
        FaultCode::MalformedQueryString => "The query string cannot be read.",
        _ => "The request cannot be carried out.",
    })
}
