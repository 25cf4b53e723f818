//! The few calls of S3, path style, both ways.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use ring::digest::{SHA256, digest};
use thiserror::Error;

use super::alien::{readable, well_formed};
use super::answer::alien;
use super::element::Element;
use super::payload::{children, member};
use super::{HEAD, form_decode};
use crate::service::{
    Fault, FaultCode, Form, Indeterminate, Outcome, Permissions, Reply, S3Action, S3Call, S3Reply, Tag, Text, text,
};

/// The namespace of S3's documents.
const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";
/// The region whose buckets name no LocationConstraint.
const FIRST_REGION: &str = "us-east-1";
/// How much of an object is read.
const BEGINNING: &str = "bytes=0-63";
/// What the name of the principal that snapshots are exported by ends with.
const PRINCIPAL: &str = ".elasticache-snapshot.amazonaws.com";
/// The headers that grant by ACL.
const GRANTS: [(Permissions, &str); 3] = [
    (Permissions::READ, "x-amz-grant-read"),
    (Permissions::WRITE, "x-amz-grant-write"),
    (Permissions::READ_ACP, "x-amz-grant-read-acp"),
];
/// Whom an ACL grants what it does not grant ElastiCache, so that who only looks at what is granted shows it: a group that
/// S3 knows, and that has a use for nothing but logs.
///
/// Source: S3 user guide, "Access control list (ACL) overview", S3 log delivery group.
const SOMEBODY: &str = "uri=\"http://acs.amazonaws.com/groups/s3/LogDelivery\"";
/// What a policy allows for each permission, on the bucket or on its objects.
///
/// Source: user guide, "Exporting a backup".
const ACTIONS: [(Permissions, &[&str]); 3] = [
    (
        Permissions::READ,
        &["s3:GetObject", "s3:ListBucket", "s3:ListMultipartUploadParts", "s3:ListBucketMultipartUploads"],
    ),
    (Permissions::WRITE, &["s3:PutObject"]),
    (Permissions::READ_ACP, &["s3:GetBucketAcl"]),
];

/// Returns the canonical user to which an ACL grants what an export takes.
///
/// Source: user guide, "Exporting a backup"; S3 user guide, prerequisites for disabling ACLs.
#[must_use]
pub fn canonical_user(region: &str) -> &'static str {
    if region.starts_with("us-gov-") {
        "40fa568277ad703bd160f66ae4f83fc9dfdfd06c2f1b5060ca22442ac3ef8be6"
    } else if region.starts_with("cn-") {
        "b14d6a125bdf69854ed8ef2e71d8a20b7c490f252229b806e514966e490b8d83"
    } else {
        "540804c33a284a299d2547575ce1010f2312ef3da9b3a053c8bc45bf233e4353"
    }
}

/// A request to S3 before it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Message {
    /// `PUT`, `HEAD`, `GET`, `DELETE`.
    pub method: &'static str,
    /// `/bucket` or `/bucket/key`, encoded.
    pub path: String,
    /// The query string, encoded; `None` where there is none.
    pub query: Option<String>,
    /// The headers that say something.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// Returns the request that a call travels as.
#[must_use]
pub fn s3_message(call: &S3Call) -> S3Message {
    let path = match call.key() {
        None => format!("/{}", encoded(&call.bucket)),
        Some(key) => format!("/{}/{}", encoded(&call.bucket), encoded(key)),
    };
    let mut message = S3Message { method: "GET", path, query: None, headers: Vec::new(), body: String::new() };
    match &call.action {
        S3Action::CreateBucket { acl } => {
            message.method = "PUT";
            if let Some(granted) = acl {
                let mut put = |name: &str, value: String| message.headers.push((name.to_owned(), value));
                put("x-amz-object-ownership", "BucketOwnerPreferred".to_owned());
                for (one, name) in GRANTS {
                    let ours = || format!("id=\"{}\"", canonical_user(&call.region));
                    put(name, if granted.has(one) { ours() } else { SOMEBODY.to_owned() });
                }
            }
            if *call.region != *FIRST_REGION {
                let place = Element::text("LocationConstraint", &call.region);
                let root = Element::members("CreateBucketConfiguration", vec![place]).in_namespace(Some(NAMESPACE));
                message.body = String::from_utf8_lossy(&root.document()).into_owned();
            }
        }
        S3Action::PutPolicy { allows, service, denies } => {
            message.method = "PUT";
            message.query = Some("policy=".to_owned());
            message.headers.push(("content-type".to_owned(), "application/json".to_owned()));
            message.body = bucket_policy(&call.bucket, *allows, service, denies.as_deref()).to_string();
        }
        S3Action::DeletePolicy => {
            message.method = "DELETE";
            message.query = Some("policy=".to_owned());
        }
        S3Action::PutTagging { tags } => {
            message.method = "PUT";
            message.query = Some("tagging=".to_owned());
            let tag = |tag: &Tag| {
                Element::members("Tag", vec![Element::text("Key", &tag.key), Element::text("Value", &tag.value)])
            };
            let set = Element::members("TagSet", tags.iter().map(tag).collect());
            let root = Element::members("Tagging", vec![set]).in_namespace(Some(NAMESPACE));
            message.body = String::from_utf8_lossy(&root.document()).into_owned();
            // S3 takes it with a digest alone.
            let digest = BASE64_STANDARD.encode(digest(&SHA256, message.body.as_bytes()));
            message.headers.push(("x-amz-checksum-sha256".to_owned(), digest));
        }
        S3Action::PutObject { body, .. } => {
            message.method = "PUT";
            message.headers.push(("content-type".to_owned(), "application/octet-stream".to_owned()));
            message.body = body.to_string();
        }
        S3Action::HeadObject { .. } => message.method = "HEAD",
        S3Action::GetObject { .. } => message.headers.push(("range".to_owned(), BEGINNING.to_owned())),
        S3Action::DeleteObject { .. } | S3Action::DeleteBucket => message.method = "DELETE",
        S3Action::ListBuckets => "/".clone_into(&mut message.path),
        S3Action::ListObjects { token } => {
            let token =
                token.as_ref().map(|token| format!("continuation-token={}&", encoded(token).replace('/', "%2F")));
            message.query = Some(format!("{}list-type=2", token.unwrap_or_default()));
        }
    }
    message
}

/// What a policy denies to a caller that is to lack what an export asks of it; the policy itself it may still remove.
///
/// Source: user guide, "Exporting a backup", the caller's own permissions.
const DENIED: &[&str] = &["s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:GetBucketAcl", "s3:GetBucketLocation"];

/// Returns the policy of a bucket that allows ElastiCache in the region `service` so much, and denies the users of the
/// account `denies` what an export asks of them.
///
/// Source: Amazon `ElastiCache` user guide, "Exporting a backup", the bucket policy of Step 2.
#[must_use]
pub fn bucket_policy(bucket: &str, allows: Permissions, service: &str, denies: Option<&str>) -> serde_json::Value {
    let actions = |allowed: Permissions| -> Vec<&str> {
        ACTIONS.iter().filter(|(one, _)| allowed.has(*one)).flat_map(|(_, actions)| actions.iter().copied()).collect()
    };
    let partition = if service.starts_with("cn-") {
        "aws-cn"
    } else if service.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    };
    let bucket = [format!("arn:{partition}:s3:::{bucket}"), format!("arn:{partition}:s3:::{bucket}/*")];
    let allow = |sid: &str, region: &str, allowed| {
        serde_json::json!({
            "Sid": sid,
            "Effect": "Allow",
            "Principal": { "Service": format!("{region}{PRINCIPAL}") },
            "Action": actions(allowed),
            "Resource": bucket,
        })
    };
    let mut statements = vec![allow("export", service, allows)];
    if partition == "aws" && !(!allows).is_empty() {
        // What is lacking another region's ElastiCache is allowed, so that who does not look for whom shows it.
        let other = if service == "us-west-2" { "us-east-1" } else { "us-west-2" };
        statements.push(allow("elsewhere", other, !allows));
    }
    statements.extend(denies.map(|account| {
        serde_json::json!({
            "Sid": "caller",
            "Effect": "Deny",
            "Principal": { "AWS": format!("arn:{partition}:iam::{account}:root") },
            "Action": DENIED,
            "Resource": bucket,
        })
    }));
    serde_json::json!({ "Version": "2012-10-17", "Statement": statements })
}

/// Returns what a policy allows ElastiCache and in which region, and whom it denies something; `None` where it is no
/// policy. `here` is the region where it allows ElastiCache nothing.
fn put_policy(policy: &str, here: &str) -> Option<S3Action> {
    let policy: serde_json::Value = serde_json::from_str(policy).ok()?;
    let words = |value: &serde_json::Value| -> Vec<String> {
        match value {
            serde_json::Value::String(word) => vec![word.clone()],
            serde_json::Value::Array(words) => {
                words.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect()
            }
            _ => Vec::new(),
        }
    };
    let (mut allowed, mut denies) = (Vec::new(), None);
    for statement in policy.get("Statement")?.as_array()? {
        let of = |key: &str| statement.get(key).map(&words).unwrap_or_default();
        let named = |kind: &str| {
            let named = statement.get("Principal").and_then(|principal| principal.get(kind));
            named.map(&words).unwrap_or_default()
        };
        if of("Effect") == ["Deny"] {
            let account = |name: &String| name.strip_suffix(":root")?.rsplit(':').next().map(text);
            denies = named("AWS").iter().find_map(account);
            continue;
        }
        let principals = named("Service");
        let region = principals.iter().find_map(|name| name.strip_suffix(PRINCIPAL));
        let Some(region) = region.filter(|_| of("Effect") == ["Allow"]) else { continue };
        let actions = of("Action");
        let mut allows = Permissions::NONE;
        for (one, needed) in ACTIONS {
            if needed.iter().all(|needed| actions.iter().any(|action| action == needed || action == "s3:*")) {
                allows |= one;
            }
        }
        allowed.push((text(region), allows));
    }
    let at = allowed.iter().position(|(region, _)| **region == *here).unwrap_or_default();
    let (service, allows) = allowed.into_iter().nth(at).unwrap_or_else(|| (text(here), Permissions::NONE));
    Some(S3Action::PutPolicy { allows, service, denies })
}

/// Returns what an answer says, and how; nothing of its form is S3's business here but the status.
#[must_use]
pub fn read_s3_answer<'a>(
    call: &S3Call,
    status: u16,
    header: impl Fn(&str) -> Option<&'a str>,
    body: &[u8],
) -> (Outcome, Form) {
    let content_type = header("content-type");
    let form = Form { status, content_type: content_type.map(text), ..Form::default() };
    let document = readable(body).and_then(well_formed);
    let code = document.as_ref().ok().and_then(|document| {
        let root = document.root_element();
        (root.tag_name().name() == "Error").then(|| (member(root, "Code"), member(root, "Message")))
    });
    let outcome = match (status, code) {
        (500.., code) => {
            let head = text(String::from_utf8_lossy(body).chars().take(HEAD).collect::<String>());
            Outcome::Indeterminate(Indeterminate::ServerError { status, code: code.and_then(|(code, _)| code), head })
        }
        (416, _) => object(Some(0), &[]),
        (_, Some((Some(code), message))) => {
            Outcome::Fault(Fault { code: FaultCode::from_code(&code), message: message.unwrap_or_default() })
        }
        (200..=299, _) => match &call.action {
            S3Action::ListObjects { .. } => match &document {
                Ok(document) if document.root_element().tag_name().name() == "ListBucketResult" => {
                    let root = document.root_element();
                    let more = member(root, "IsTruncated").is_some_and(|word| &*word == "true");
                    Outcome::Reply(Reply::S3(S3Reply::Objects {
                        keys: children(root, "Contents").filter_map(|found| member(found, "Key")).collect(),
                        token: member(root, "NextContinuationToken").filter(|_| more),
                    }))
                }
                _ => Outcome::Alien(alien(status, content_type, "no ListBucketResult", body)),
            },
            S3Action::ListBuckets => match &document {
                Ok(document) if document.root_element().tag_name().name() == "ListAllMyBucketsResult" => {
                    let holder = children(document.root_element(), "Buckets");
                    let buckets = holder.flat_map(|holder| children(holder, "Bucket"));
                    let keys = buckets.filter_map(|found| member(found, "Name")).collect();
                    Outcome::Reply(Reply::S3(S3Reply::Objects { keys, token: None }))
                }
                _ => Outcome::Alien(alien(status, content_type, "no ListAllMyBucketsResult", body)),
            },
            S3Action::GetObject { .. } => {
                let whole = header("content-range").and_then(|range| range.rsplit('/').next()?.parse().ok());
                let own = u64::try_from(body.len()).ok();
                object(whole.or(own.filter(|_| status == 200)), body)
            }
            S3Action::HeadObject { .. } => object(header("content-length").and_then(|size| size.parse().ok()), &[]),
            _ => Outcome::Reply(Reply::S3(S3Reply::Done)),
        },
        (404, None) if body.is_empty() => fault_of("NotFound"),
        (403, None) if body.is_empty() => fault_of("AccessDenied"),
        _ => Outcome::Alien(alien(status, content_type, "no answer of S3", body)),
    };
    (outcome, form)
}

fn object(size: Option<u64>, body: &[u8]) -> Outcome {
    const KEPT: usize = 64;
    Outcome::Reply(Reply::S3(S3Reply::Object { size, head: body.iter().copied().take(KEPT).collect() }))
}

fn fault_of(code: &str) -> Outcome {
    Outcome::Fault(Fault { code: FaultCode::from_code(code), message: text("") })
}

/// Why a request is none of the few calls.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum S3Unreadable {
    /// A call that is not among them.
    #[error("A header or query you provided implies functionality that is not implemented.")]
    Unknown,
    /// A document that does not say what it should.
    #[error("The document you provided was not well-formed or did not validate against our schema.")]
    Malformed,
}

/// Returns the call that a request makes; `region` and `account` are those of its signature.
///
/// # Errors
/// Where it is none of the few calls, or its document is not one.
pub fn read_s3_request<'a>(
    method: &str,
    (path, query): (&str, Option<&str>),
    header: impl Fn(&str) -> Option<&'a str>,
    body: &[u8],
    (region, account): (&Text, &Text),
) -> Result<S3Call, S3Unreadable> {
    let (bucket, key) = path.trim_start_matches('/').split_once('/').unwrap_or((path.trim_start_matches('/'), ""));
    let (bucket, key) = (decoded(bucket)?, decoded(key)?);
    let params = form_decode(query.unwrap_or_default().as_bytes()).map_err(|_| S3Unreadable::Malformed)?;
    let param = |name: &str| params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let mut place = region.clone();
    if bucket.is_empty() {
        let (bucket, account) = (text(""), Some(account.clone()));
        let call = S3Call { bucket, region: region.clone(), account, action: S3Action::ListBuckets };
        return if method == "GET" && params.is_empty() { Ok(call) } else { Err(S3Unreadable::Unknown) };
    }
    let action = match (method, key.is_empty()) {
        ("PUT", true) if param("policy").is_some() => {
            let written = String::from_utf8_lossy(body).into_owned();
            put_policy(&written, region).ok_or(S3Unreadable::Malformed)?
        }
        ("DELETE", true) if param("policy").is_some() => S3Action::DeletePolicy,
        ("PUT", true) if param("tagging").is_some() => {
            let document = readable(body).and_then(well_formed).map_err(|_| S3Unreadable::Malformed)?;
            let sets = children(document.root_element(), "TagSet");
            let tags = sets.flat_map(|set| children(set, "Tag")).map(|tag| {
                let [key, value] = ["Key", "Value"].map(|part| member(tag, part));
                Some(Tag { key: key?, value: value.unwrap_or_default() })
            });
            S3Action::PutTagging { tags: tags.collect::<Option<_>>().ok_or(S3Unreadable::Malformed)? }
        }
        ("PUT", true) if params.is_empty() => {
            if !body.is_empty() {
                let document = readable(body).and_then(well_formed).map_err(|_| S3Unreadable::Malformed)?;
                place = member(document.root_element(), "LocationConstraint").ok_or(S3Unreadable::Malformed)?;
            }
            let ours = |value: &str| value.contains(canonical_user(region));
            let granted = GRANTS
                .into_iter()
                .filter(|(_, name)| header(name).is_some_and(ours))
                .fold(Permissions::NONE, |all, (one, _)| all | one);
            S3Action::CreateBucket { acl: header("x-amz-object-ownership").map(|_| granted) }
        }
        ("GET", true) if param("list-type") == Some("2") => {
            S3Action::ListObjects { token: param("continuation-token").map(text) }
        }
        ("DELETE", true) if params.is_empty() => S3Action::DeleteBucket,
        ("PUT", false) => S3Action::PutObject { key: text(key), body: text(String::from_utf8_lossy(body)) },
        ("HEAD", false) => S3Action::HeadObject { key: text(key) },
        ("GET", false) => S3Action::GetObject { key: text(key) },
        ("DELETE", false) => S3Action::DeleteObject { key: text(key) },
        _ => return Err(S3Unreadable::Unknown),
    };
    Ok(S3Call { bucket: text(bucket), region: place, account: Some(account.clone()), action })
}

/// An answer of S3 before HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct S3Written {
    /// The HTTP status.
    pub status: u16,
    /// The media type; `None` without a body.
    pub content_type: Option<&'static str>,
    /// What the body is.
    pub body: Vec<u8>,
}

/// Returns how a reply is put on the wire. `HEAD` is answered with the whole object, of which HTTP keeps the length.
#[must_use]
pub fn write_s3_reply(call: &S3Call, reply: &S3Reply) -> S3Written {
    let gone = matches!(
        call.action,
        S3Action::DeleteObject { .. }
            | S3Action::DeleteBucket
            | S3Action::PutPolicy { .. }
            | S3Action::DeletePolicy
            | S3Action::PutTagging { .. }
    );
    match reply {
        S3Reply::Done => S3Written { status: if gone { 204 } else { 200 }, ..S3Written::default() },
        S3Reply::Objects { keys, .. } if call.action == S3Action::ListBuckets => {
            let buckets = keys.iter().map(|name| Element::members("Bucket", vec![Element::text("Name", name)]));
            let members = vec![Element::members("Buckets", buckets.collect())];
            let root = Element::members("ListAllMyBucketsResult", members).in_namespace(Some(NAMESPACE));
            S3Written { status: 200, content_type: Some("application/xml"), body: root.document() }
        }
        S3Reply::Objects { keys, token } => {
            let mut members = vec![
                Element::text("Name", &call.bucket),
                Element::text("KeyCount", &keys.len().to_string()),
                Element::text("IsTruncated", if token.is_some() { "true" } else { "false" }),
            ];
            members.extend(token.iter().map(|token| Element::text("NextContinuationToken", token)));
            members.extend(keys.iter().map(|key| Element::members("Contents", vec![Element::text("Key", key)])));
            let root = Element::members("ListBucketResult", members).in_namespace(Some(NAMESPACE));
            S3Written { status: 200, content_type: Some("application/xml"), body: root.document() }
        }
        S3Reply::Object { head, .. } => {
            S3Written { status: 200, content_type: Some("application/octet-stream"), body: head.clone() }
        }
    }
}

/// Returns the body of an error of S3.
#[must_use]
pub fn write_s3_fault(code: &str, message: &str) -> Vec<u8> {
    Element::members("Error", vec![Element::text("Code", code), Element::text("Message", message)]).document()
}

/// Encodes a path as S3 signs it: `/` stays.
fn encoded(value: &str) -> String {
    use std::fmt::Write as _;
    let mut path = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            path.push(char::from(byte));
        } else {
            // A String takes every write.
            let _ = write!(path, "%{byte:02X}");
        }
    }
    path
}

fn decoded(path: &str) -> Result<String, S3Unreadable> {
    let form = format!("={}", path.replace('+', "%2B").replace('&', "%26"));
    let params = form_decode(form.as_bytes()).map_err(|_| S3Unreadable::Malformed)?;
    Ok(params.into_iter().next().map(|(_, value)| value).unwrap_or_default())
}

#[cfg(test)]
mod tests;
