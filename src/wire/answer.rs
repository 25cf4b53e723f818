use roxmltree::Node;

use super::HEAD;
use super::alien::{Strange, foreign, in_utf8, readable, well_formed};
use super::payload::{child, member, reply};
use super::s3::read_s3_answer;
use crate::service::{Alien, Call, Fault, FaultCode, Form, Indeterminate, Operation, Outcome, Reply, Text, text};

/// Returns what an answer says, and how it says it.
///
/// It is lenient, so that a judge can be strict: wherever the payload can be found it is read, and [`Form`] tells by
/// which names. A 5xx is indeterminate whatever its body; an error envelope is a fault under any other status, and
/// under any namespace, since AWS's own front door has more than one.
#[must_use]
pub fn read_answer(
    operation: Operation,
    status: u16,
    content_type: Option<&str>,
    request_id_header: Option<&str>,
    body: &[u8],
) -> (Outcome, Form) {
    let mut form = Form {
        status,
        content_type: content_type.map(text),
        request_id_header: request_id_header.map(text),
        ..Form::default()
    };
    let body = &*in_utf8(body);
    let said = readable(body).and_then(well_formed).and_then(|document| {
        let root = document.root_element();
        form.root = Some(text(root.tag_name().name()));
        form.namespace = root.tag_name().namespace().map(text);
        said(operation, root, &mut form)
    });
    let outcome = match said {
        said if status >= 500 => {
            let code = match said {
                Ok(Said::Fault(fault)) => Some(text(fault.code.code())),
                Ok(Said::Reply(_)) | Err(_) => None,
            };
            Outcome::Indeterminate(Indeterminate::ServerError { status, code, head: head(body) })
        }
        Ok(Said::Fault(fault)) => Outcome::Fault(fault),
        Ok(Said::Reply(reply)) => Outcome::Reply(reply),
        Err(Strange { service, reason }) => {
            Outcome::Alien(Alien { service: service.map(text), ..alien(status, content_type, &reason, body) })
        }
    };
    (outcome, form)
}

/// Returns what the answer to a call says, and how it says it; `header` gives a header by its name in lower case.
#[must_use]
pub fn read<'a>(call: &Call, status: u16, header: impl Fn(&str) -> Option<&'a str>, body: &[u8]) -> (Outcome, Form) {
    match call {
        Call::S3(call) => read_s3_answer(call, status, header, body),
        _ => read_answer(call.operation(), status, header("content-type"), header("x-amzn-requestid"), body),
    }
}

/// Returns what stands for an answer that could not be read, for the reason given.
#[must_use]
pub fn alien(status: u16, content_type: Option<&str>, reason: &str, body: &[u8]) -> Alien {
    let content_type = content_type.and_then(media_type);
    Alien { status, content_type, service: None, reason: text(reason), head: head(body) }
}

fn head(body: &[u8]) -> Text {
    text(String::from_utf8_lossy(body).chars().take(HEAD).collect::<String>())
}

/// An answer in one of this service's envelopes.
enum Said {
    Reply(Reply),
    Fault(Fault),
}

fn said(operation: Operation, root: Node<'_, '_>, form: &mut Form) -> Result<Said, Strange> {
    let name = root.tag_name().name();
    let fault = fault(root, form);
    if let Some(fault) = fault.filter(|_| (200..300).contains(&form.status) || form.status >= 400) {
        return Ok(Said::Fault(fault));
    }
    if let Some(strange) = foreign(operation, root) {
        return Err(strange);
    }
    match form.status {
        200..=299 if name == "ErrorResponse" => return Err(Strange::new("an error envelope without a code")),
        200..=299 if name.ends_with("Response") => {}
        200..=299 => return Err(Strange::new(format!("root element `{name}`"))),
        300..=399 => return Err(Strange::new(format!("a redirect, root element `{name}`"))),
        status => {
            return Err(Strange::new(format!("status {status} without an error envelope, root element `{name}`")));
        }
    }
    let result = result_of(operation, root);
    form.result = result.map(|result| text(result.tag_name().name()));
    form.request_id = child(root, "ResponseMetadata").and_then(|metadata| member(metadata, "RequestId"));
    Ok(Said::Reply(reply(operation, result.unwrap_or(root), result.is_some(), &mut form.malformed)))
}

fn fault(root: Node<'_, '_>, form: &mut Form) -> Option<Fault> {
    if root.tag_name().name() != "ErrorResponse" {
        return None;
    }
    let error = child(root, "Error")?;
    let code = FaultCode::from_code(&member(error, "Code")?);
    form.error_type = member(error, "Type");
    form.request_id = member(root, "RequestId");
    Some(Fault { code, message: member(error, "Message").unwrap_or_default() })
}

fn result_of<'a, 'input>(operation: Operation, root: Node<'a, 'input>) -> Option<Node<'a, 'input>> {
    child(root, &format!("{}Result", operation.name()))
        .or_else(|| root.children().find(|node| node.is_element() && node.tag_name().name().ends_with("Result")))
}

fn media_type(content_type: &str) -> Option<Text> {
    content_type.split(';').next().map(|media_type| text(media_type.trim()))
}

#[cfg(test)]
mod tests;
