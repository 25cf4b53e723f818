//! What stands where an answer should, and whose it looks like.

use std::borrow::Cow;
use std::str;

use memchr::memmem;
use roxmltree::{Document, Node, ParsingOptions};

use super::payload::child;
use crate::service::Operation;

/// Something that this service does not say.
#[derive(Debug)]
pub(super) struct Strange {
    /// Whose envelope it looks like.
    pub(super) service: Option<String>,
    /// What it is instead, or where it could not be read.
    pub(super) reason: String,
}

impl Strange {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self { service: None, reason: reason.into() }
    }

    fn of(service: &str, reason: impl Into<String>) -> Self {
        Self { service: Some(service.to_owned()), reason: reason.into() }
    }
}

/// Returns the body in UTF-8: its bytes, unless its XML declaration says that they are ISO 8859-1, as any client reads them
/// then.
pub(super) fn in_utf8(body: &[u8]) -> Cow<'_, [u8]> {
    if declared(body).is_some_and(|encoding| encoding.eq_ignore_ascii_case(b"iso-8859-1")) {
        Cow::Owned(body.iter().map(|byte| char::from(*byte)).collect::<String>().into_bytes())
    } else {
        Cow::Borrowed(body)
    }
}

/// Returns the encoding that the XML declaration names, where there is one.
fn declared(body: &[u8]) -> Option<&[u8]> {
    let head = body.get(..DECLARATION).unwrap_or(body).strip_prefix(b"<?xml")?;
    let declaration = head.get(..memmem::find(head, b"?>")?)?;
    let said = declaration.get(memmem::find(declaration, b"encoding")?..)?;
    said.split(|byte| matches!(byte, b'"' | b'\'')).nth(1)
}

/// How long an XML declaration is at most.
const DECLARATION: usize = 200;

/// Returns the body as text, less a byte order mark, or says why it is none.
pub(super) fn readable(body: &[u8]) -> Result<&str, Strange> {
    let text = str::from_utf8(body)
        .map_err(|error| Strange::new(format!("not UTF-8 from byte {} on", error.valid_up_to())))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let start = text.trim_start();
    match start.chars().next() {
        None => Err(Strange::new("an empty body")),
        Some('{' | '[') => Err(Strange::new("JSON, not XML")),
        Some('<') if is_html(start) => Err(Strange::new("HTML, not XML")),
        Some('<') => Ok(text),
        Some(_) => Err(Strange::new("text, not XML")),
    }
}

/// The most elements and texts of a document: three thousand snapshots have fewer.
const MOST_NODES: u32 = 300_000;

/// Returns the document, or says where it stops being well-formed, or why it is not read.
pub(super) fn well_formed(text: &str) -> Result<Document<'_>, Strange> {
    let options = ParsingOptions { nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| {
        match error {
            roxmltree::Error::NodesLimitReached => {
                return Strange::new(format!("XML with more than {MOST_NODES} elements and texts"));
            }
            roxmltree::Error::DtdDetected => {
                return Strange::new("XML with a document type declaration, which is not read");
            }
            _ => {}
        }
        let place = error.pos();
        let words = error.to_string();
        let words = words.strip_suffix(&format!(" at {place}")).unwrap_or(&words);
        Strange::new(format!("XML that is not well-formed at {place}: {words}"))
    })
}

/// Tells whose envelope the root is, where it is certainly not this service's.
pub(super) fn foreign(operation: Operation, root: Node<'_, '_>) -> Option<Strange> {
    let name = root.tag_name().name();
    if name == "Response" && child(root, "Errors").is_some() {
        return Some(Strange::of("ec2", "an error in EC2's envelope"));
    }
    if name == "Error" && child(root, "Code").is_some() {
        return Some(Strange::of("s3", "an error in S3's envelope"));
    }
    if ["ListAllMyBucketsResult", "ListBucketResult", "LocationConstraint"].contains(&name) {
        return Some(Strange::of("s3", format!("root element `{name}`")));
    }
    if let Some(service) = root.tag_name().namespace().and_then(service_of)
        && !belongs(operation, service)
    {
        return Some(Strange::of(service, format!("root element `{name}` in the namespace of `{service}`")));
    }
    // EC2 has a CopySnapshot of its own. Its replies have no result element, and begin their members in lower case.
    let lowered = ["requestId", "snapshotId", "snapshotSet", "return"];
    let bare = !root.children().any(|node| node.tag_name().name().ends_with("Result"));
    if bare && lowered.iter().any(|member| child(root, member).is_some()) {
        return Some(Strange::of("ec2", format!("root element `{name}` with the members of EC2")));
    }
    None
}

fn belongs(operation: Operation, service: &str) -> bool {
    service.contains("elasticache") || (operation == Operation::GetCallerIdentity && service == "sts")
}

/// Returns the service of an AWS namespace such as `http://ec2.amazonaws.com/doc/2016-11-15/`.
fn service_of(namespace: &str) -> Option<&str> {
    let (_, rest) = namespace.split_once("://")?;
    let host = rest.split('/').next()?;
    let service = host.strip_suffix(".amazonaws.com")?;
    service.split('.').next().filter(|service| !service.is_empty())
}

fn is_html(start: &str) -> bool {
    ["<!doctype html", "<html"]
        .iter()
        .any(|head| start.get(..head.len()).is_some_and(|found| found.eq_ignore_ascii_case(head)))
}
