use std::fmt::Display;

use super::belief::Belief;
use super::judgement::{Judgement, Reason};
use crate::service::{Action, FaultCode, Form, Kind, Operation, Outcome, Step};
use crate::spec::id;

/// The namespace of the API.
const NAMESPACE: &str = "http://elasticache.amazonaws.com/doc/2015-02-02/";
/// What the namespaces of all its versions begin with.
const NAMESPACES: &str = "http://elasticache.amazonaws.com/doc/";

/// Rules on how an answer of the service was put on the wire.
pub(super) fn judge(belief: &mut Belief, judgement: &mut Judgement, step: &Step, outcome: &Outcome, form: &Form) {
    let operation = step.call.operation();
    // Which version a request is of that names none, or one that is not known, is free.
    let versioned = step.dress.version == Action::Own;
    let is_ours = |namespace: &str| namespace == NAMESPACE || (!versioned && namespace.starts_with(NAMESPACES));
    if form.root.is_none() {
        return;
    }
    judgement.pass(id::WIRE_WELL_FORMED);
    request_ids(belief, judgement, form);
    match outcome {
        Outcome::Reply(_) => reply(judgement, operation, form, is_ours),
        Outcome::Fault(fault) => {
            envelope(judgement, form, is_ours);
            code(judgement, step, &fault.code, form);
            if fault.message.is_empty() {
                judgement.contradict(id::WIRE_ERROR_MESSAGE, Reason::Missing, "a Message with text", "none");
            } else {
                judgement.pass(id::WIRE_ERROR_MESSAGE);
            }
        }
        Outcome::Indeterminate(_) | Outcome::Alien(_) => {}
    }
}

fn reply(judgement: &mut Judgement, operation: Operation, form: &Form, is_ours: impl Fn(&str) -> bool) {
    expect(judgement, id::WIRE_STATUS_OK, form.status == 200, "HTTP status 200", || form.status.to_string());
    let name = operation.name();
    let named = |part: &Option<crate::service::Text>, suffix: &str| {
        part.as_deref().and_then(|part| part.strip_suffix(suffix)) == Some(name)
    };
    let right = named(&form.root, "Response") && named(&form.result, "Result");
    if right {
        judgement.pass(id::WIRE_RESULT);
    } else {
        let shown = |part: &Option<crate::service::Text>| part.as_deref().unwrap_or("nothing").to_owned();
        judgement.contradict(
            id::WIRE_RESULT,
            Reason::Wrong,
            format!("{name}Response with {name}Result in it"),
            format!("{} with {} in it", shown(&form.root), shown(&form.result)),
        );
    }
    expect(judgement, id::WIRE_NAMESPACE, form.namespace.as_deref().is_some_and(is_ours), NAMESPACE, || {
        form.namespace.as_deref().unwrap_or("no namespace").to_owned()
    });
    let media = form.content_type.as_deref().map(|kind| kind.split(';').next().unwrap_or_default().trim());
    let xml = media
        .is_some_and(|media| media.eq_ignore_ascii_case("text/xml") || media.eq_ignore_ascii_case("application/xml"));
    expect(judgement, id::WIRE_CONTENT_TYPE, xml, "Content-Type text/xml", || {
        form.content_type.as_deref().unwrap_or("none").to_owned()
    });
    members(judgement, form);
}

fn members(judgement: &mut Judgement, form: &Form) {
    for malformed in &form.malformed {
        let (clause, wanted) = match malformed.wanted {
            Kind::Instant => (id::WIRE_TIMESTAMPS, "an ISO 8601 instant".to_owned()),
            Kind::Words(words) => (id::WIRE_MEMBER_VALUES, format!("one of {}", words.join(", "))),
            Kind::Integer => (id::WIRE_MEMBER_TYPES, "an integer".to_owned()),
            Kind::Boolean => (id::WIRE_MEMBER_TYPES, "true or false".to_owned()),
            Kind::Text => continue,
        };
        judgement.contradict(
            clause,
            Reason::Malformed,
            format!("{}: {wanted}", malformed.path),
            if malformed.text.is_empty() { "an empty element".to_owned() } else { format!("`{}`", malformed.text) },
        );
    }
}

fn envelope(judgement: &mut Judgement, form: &Form, is_ours: impl Fn(&str) -> bool) {
    expect(judgement, id::WIRE_ERROR_ENVELOPE, form.root.as_deref() == Some("ErrorResponse"), "ErrorResponse", || {
        form.root.as_deref().unwrap_or("nothing").to_owned()
    });
    let namespace = form.namespace.as_deref();
    expect(
        judgement,
        id::WIRE_ERROR_NAMESPACE,
        namespace.is_none_or(|namespace| namespace.is_empty() || is_ours(namespace)),
        NAMESPACE,
        || namespace.unwrap_or_default().to_owned(),
    );
    if form.error_type.is_none() {
        judgement.contradict(id::WIRE_ERROR_ENVELOPE, Reason::Missing, "a Type in Error", "none");
        return;
    }
    expect(judgement, id::WIRE_ERROR_TYPE, form.error_type.as_deref() == Some("Sender"), "Type Sender", || {
        form.error_type.as_deref().map_or_else(|| "no Type".to_owned(), |kind| format!("Type {kind}"))
    });
}

fn code(judgement: &mut Judgement, step: &Step, code: &FaultCode, form: &Form) {
    let operation = step.call.operation();
    let declared = operation.faults().contains(code) || code.is_common();
    // A key that the service refuses may be answered with a code that only other operations declare (U24).
    let key = code.code() == "InvalidKMSKeyFault";
    // Refused tags may be answered so although the tag operations do not declare it (U27).
    let tags = operation == Operation::AddTagsToResource && *code == FaultCode::InvalidParameterCombination;
    // A cluster made from a snapshot declares no fault of snapshots, though some fit.
    let restore = operation == Operation::CreateCacheCluster
        && matches!(code, FaultCode::SnapshotNotFound | FaultCode::InvalidSnapshotState);
    // That a name is being deleted may be so answered, whatever asks for the name (U40).
    let deleting = operation == Operation::CreateSnapshot && *code == FaultCode::InvalidSnapshotState;
    expect(
        judgement,
        id::WIRE_ERROR_CODE,
        declared || key || tags || restore || deleting,
        format_args!("a code that {} declares", operation.name()),
        || code.to_string(),
    );
    let Some(status) = code.status() else { return };
    let (clause, right) = if code.is_common() {
        // What comes of a body that is too large, or said to be none, is free (`front.oversized`, `front.content-type`).
        let odd_body = step.dress.padded > 0 || step.dress.content_type.is_some();
        let free = odd_body && (400..500).contains(&form.status);
        (id::WIRE_ERROR_STATUS_COMMON, free || matches!(form.status, 400 | 403 | 404))
    } else {
        (id::WIRE_ERROR_STATUS, form.status == status)
    };
    expect(judgement, clause, right, format_args!("HTTP status {status} for {code}"), || form.status.to_string());
}

fn request_ids(belief: &mut Belief, judgement: &mut Judgement, form: &Form) {
    let Some(body) = &form.request_id else {
        judgement.contradict(id::WIRE_REQUEST_ID, Reason::Missing, "a RequestId in its place", "none there");
        return;
    };
    judgement.pass(id::WIRE_REQUEST_ID);
    if let Some(header) = &form.request_id_header {
        expect(
            judgement,
            id::WIRE_REQUEST_ID_HEADER,
            header == body,
            format_args!("x-amzn-RequestId {body}, as in the body"),
            || format!("x-amzn-RequestId {header}"),
        );
    }
    let fresh = belief.request_ids.insert(body.clone(), ()).is_none();
    expect(judgement, id::WIRE_REQUEST_ID_UNIQUE, fresh, "a RequestId that no other answer had", || {
        format!("RequestId {body}")
    });
}

fn expect(
    judgement: &mut Judgement,
    clause: crate::spec::ClauseId,
    kept: bool,
    expected: impl Display,
    observed: impl FnOnce() -> String,
) {
    if kept {
        judgement.pass(clause);
    } else {
        judgement.contradict(clause, Reason::Wrong, expected.to_string(), observed());
    }
}
