use std::collections::BTreeMap;
use std::fmt::Write as _;

use ring::{digest, hmac};

use super::Scope;

/// What ends every credential scope.
const TERMINATION: &str = "aws4_request";

/// Returns the key that a secret gives for a day, a region and a service.
///
/// Source: IAM user guide, "Create a signed AWS API request", step 4.
pub(super) fn key(secret: &str, scope: &Scope) -> hmac::Key {
    let parts = [&*scope.date, &*scope.region, &*scope.service, TERMINATION];
    parts.into_iter().fold(hmac::Key::new(hmac::HMAC_SHA256, format!("AWS4{secret}").as_bytes()), |key, part| {
        hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref())
    })
}

/// Returns what is signed: the algorithm, the moment, the scope, and the hash of the canonical request.
pub(super) fn string_to_sign(date: &str, scope: &Scope, canonical: &str) -> String {
    let Scope { date: day, region, service, .. } = scope;
    let hash = hash(canonical.as_bytes());
    format!("AWS4-HMAC-SHA256\n{date}\n{day}/{region}/{service}/{TERMINATION}\n{hash}")
}

/// Returns the canonical request; `names` are the signed headers, `payload` is the hash of the body or what stands for it.
pub(super) fn request(
    method: &str,
    path_and_query: &str,
    headers: &[(String, String)],
    names: &[&str],
    payload: &str,
    service: &str,
) -> String {
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    let path = if service == "s3" { encoded(&decoded(path, false), true) } else { encoded(&normalized(path), true) };
    let mut lines = String::new();
    for (name, values) in values(headers, names) {
        // A String takes every write.
        let _ = writeln!(lines, "{name}:{}", values.join(","));
    }
    format!("{method}\n{path}\n{}\n{lines}\n{}\n{payload}", query_string(query), names.join(";"))
}

/// Returns a hash in hexadecimal.
pub(super) fn hash(bytes: &[u8]) -> String {
    digest::digest(&digest::SHA256, bytes).as_ref().iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Returns the bytes of a number in hexadecimal; `None` where it is none.
pub(super) fn bytes(hex: &str) -> Option<Vec<u8>> {
    let lower = hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    let pairs = hex.as_bytes().chunks(2).map(byte);
    if lower && hex.len().is_multiple_of(2) { pairs.collect() } else { None }
}

/// Returns the values of the signed headers, in the order of their names; blanks are one, and none at the ends.
fn values<'a>(headers: &'a [(String, String)], names: &'a [&str]) -> BTreeMap<&'a str, Vec<String>> {
    let mut found: BTreeMap<&str, Vec<String>> = names.iter().map(|name| (*name, Vec::new())).collect();
    for (name, value) in headers {
        if let Some(values) = found.get_mut(&*name.to_ascii_lowercase()) {
            values.push(value.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "));
        }
    }
    found
}

fn query_string(query: &str) -> String {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let mut pairs: Vec<(String, String)> = pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (encoded(&decoded(name, true), false), encoded(&decoded(value, true), false))
        })
        .collect();
    pairs.sort_unstable();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// Returns a path without empty, `.` and `..` segments, as it was sent otherwise.
fn normalized(path: &str) -> Vec<u8> {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            segment => kept.push(segment),
        }
    }
    let is_folder = ["/", "/.", "/.."].into_iter().any(|end| path.ends_with(end));
    let end = if is_folder && !kept.is_empty() { "/" } else { "" };
    format!("/{}{end}", kept.join("/")).into_bytes()
}

fn encoded(bytes: &[u8], is_path: bool) -> String {
    let mut encoded = String::with_capacity(bytes.len());
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) || is_path && *byte == b'/' {
            encoded.push(char::from(*byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

fn decoded(part: &str, is_query: bool) -> Vec<u8> {
    let mut rest = part.as_bytes();
    let mut decoded = Vec::with_capacity(rest.len());
    while let Some((first, after)) = rest.split_first() {
        let value = after.get(..2).filter(|_| *first == b'%').and_then(byte);
        decoded.push(value.unwrap_or(if is_query && *first == b'+' { b' ' } else { *first }));
        rest = if value.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    decoded
}

/// Returns the byte that two hexadecimal digits stand for; a sign is none.
fn byte(digits: &[u8]) -> Option<u8> {
    let [high, low] = digits else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}
