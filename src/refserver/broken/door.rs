use http::Method;

use super::Broken;
use crate::refserver::asked::{Asked, Unreadable};
use crate::refserver::worlds::{Said, Sent};
use crate::refserver::{Defect, message};
use crate::service::{Action, Call, Fault, FaultCode, Step, TagArg, text};
use crate::sign::Refusal;
use crate::wire::RequestError;

impl Broken {
    /// Returns the fault for a signature that is refused; `None` where it is let in nevertheless.
    pub(in crate::refserver) fn signature(&self, asked: &Asked<'_>, refusal: Refusal) -> Option<Fault> {
        let fault = Fault { code: refusal.code(), message: text(refusal.to_string()) };
        match (self.defect, refusal) {
            (Some(Defect::UnsignedAccepted), _)
            | (Some(Defect::SignatureWrongAccepted), Refusal::Mismatch)
            | (Some(Defect::SignatureExpiredAccepted), Refusal::Expired)
            | (Some(Defect::SignatureUnknownKeyAccepted), Refusal::UnknownKey)
            | (Some(Defect::SignatureIncompleteAccepted), Refusal::Incomplete(_)) => None,
            (Some(Defect::SignatureOfGetIgnored), Refusal::Mismatch) if asked.parts.method == Method::GET => None,
            (Some(Defect::SignatureWrongCode), Refusal::Mismatch) => {
                Some(message::plain(FaultCode::InvalidParameterValue))
            }
            _ => Some(fault),
        }
    }

    /// Returns what is answered before any operation looks at the request.
    pub(in crate::refserver) fn door(&self, asked: &Asked<'_>) -> Option<Said> {
        let step = asked.step.as_ref().ok();
        let copy = step.and_then(|step| match &step.call {
            Call::Copy(copy) => Some(copy),
            _ => None,
        });
        let unknown = matches!(&asked.step, Err(Unreadable::Action(RequestError::UnknownAction(_))));
        let missing = matches!(&asked.step, Err(Unreadable::Action(RequestError::MissingAction)));
        let refused = |code| Some(Said::Fault(message::plain(code), None));
        match self.defect? {
            Defect::CrashOnAbsentValue if step.is_some_and(|step| tags(step).iter().any(|tag| tag.value.is_none())) => {
                html(500, "Internal Server Error")
            }
            Defect::CrashOnUnicode if asked.params.iter().any(|(_, value)| !value.is_ascii()) => {
                html(500, "Internal Server Error")
            }
            Defect::CrashOnEmptyBucket if copy.is_some_and(|copy| copy.bucket.as_deref() == Some("")) => {
                html(400, "Bad Request")
            }
            Defect::CopyAsEc2 if copy.is_some() => {
                xml("<CopySnapshotResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\
                 <requestId>60bc441d-fa2c-494d-b155-5d6a3EXAMPLE</requestId>\
                 <snapshotId>snap-0123456789abcdef0</snapshotId></CopySnapshotResponse>")
            }
            Defect::CopyUnsupported if copy.is_some() => refused(FaultCode::InvalidAction),
            Defect::UnknownActionCode if unknown => refused(FaultCode::InvalidParameterValue),
            Defect::UnknownActionAccepted if unknown => {
                xml("<NoSuchActionResponse xmlns=\"http://elasticache.amazonaws.com/doc/2015-02-02/\">\
                 <ResponseMetadata><RequestId>60bc441d-fa2c-494d-b155-5d6a3EXAMPLE</RequestId></ResponseMetadata>\
                 </NoSuchActionResponse>")
            }
            Defect::MissingActionCode if missing => refused(FaultCode::InvalidParameterValue),
            Defect::GetRefused if asked.parts.method == Method::GET => refused(FaultCode::MissingAction),
            Defect::GetNotAllowed if asked.parts.method == Method::GET => html(405, "Method Not Allowed"),
            Defect::UnknownParametersRefused if step.is_some_and(has_extra) => {
                refused(FaultCode::InvalidParameterValue)
            }
            Defect::OrderMatters if asked.params.first().is_some_and(|(key, _)| key != "Action") => {
                refused(FaultCode::MissingAction)
            }
            Defect::VersionUnknownCode if step.is_some_and(|step| matches!(step.dress.version, Action::Named(_))) => {
                refused(FaultCode::SnapshotNotFound)
            }
            Defect::ContentTypeCode if step.is_some_and(|step| step.dress.content_type.is_some()) => {
                refused(FaultCode::InvalidArn)
            }
            Defect::OversizedCode if step.is_some_and(|step| step.dress.padded > 0) => {
                refused(FaultCode::SnapshotQuotaExceeded)
            }
            Defect::RepeatedCode if step.is_some_and(|step| step.dress.repeated) => {
                refused(FaultCode::SnapshotAlreadyExists)
            }
            Defect::VersionAbsentCode if step.is_some_and(|step| step.dress.version == Action::Absent) => {
                refused(FaultCode::SnapshotNotFound)
            }
            _ => None,
        }
    }
}

/// Tells whether a modelled call carries parameters that it does not have; the fixtures' are nobody's business.
fn has_extra(step: &Step) -> bool {
    step.call.operation().is_modelled() && !step.dress.extra.is_empty()
}

/// Returns the tags of a request.
pub(super) fn tags(step: &Step) -> &[TagArg] {
    match &step.call {
        Call::Copy(call) => call.tags.as_deref(),
        Call::Create(call) => call.tags.as_deref(),
        Call::AddTags { tags, .. } => tags.as_deref(),
        _ => None,
    }
    .unwrap_or_default()
}

fn html(status: u16, title: &str) -> Option<Said> {
    let body = format!("<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>");
    let content_type = Some(text("text/html"));
    Some(Said::Other(Sent { status, content_type, request_id: None, body: body.into_bytes() }))
}

fn xml(body: &str) -> Option<Said> {
    let content_type = Some(text("text/xml"));
    Some(Said::Other(Sent { status: 200, content_type, request_id: None, body: body.as_bytes().to_vec() }))
}
