use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use super::near::nearest;
use super::{Misread, TargetError};

/// What stands for the region in a URL.
pub(super) const REGION: &str = "{region}";

/// The longest duration that is taken: a week.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

struct Number;

impl Visitor<'_> for Number {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<f64, E> {
        // Over the bounds that follow, so that what is lost above 2^53 is never seen.
        Ok(i32::try_from(value).map_or(if value < 0 { f64::MIN } else { f64::MAX }, f64::from))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<f64, E> {
        Ok(value)
    }
}

fn duration<E: Error>(number: f64, in_a_second: f64) -> Result<Duration, E> {
    match Duration::try_from_secs_f64(number / in_a_second) {
        Ok(duration) if !duration.is_zero() && duration <= LONGEST => Ok(duration),
        _ => Err(E::custom("a duration is more than 0 and at most a week")),
    }
}

pub(super) fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    duration(from.deserialize_any(Number)?, 1.0)
}

pub(super) fn milliseconds<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    duration(from.deserialize_any(Number)?, 1000.0)
}

pub(super) fn pace<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    let pace = from.deserialize_any(Number)?;
    if pace.is_finite() && (0.01..=100_000.0).contains(&pace) {
        Ok(Some(pace))
    } else {
        Err(D::Error::custom("a pace is 0.01 to 100000 requests a second"))
    }
}

/// Returns bytes.
pub(super) fn kibibytes<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    match usize::deserialize(from)? {
        kibibytes @ 1..=65_536 => Ok(kibibytes << 10),
        _ => Err(D::Error::custom("there are 1 to 65536 KiB")),
    }
}

pub(super) fn pages<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    match usize::deserialize(from)? {
        pages @ 1..=10_000 => Ok(pages),
        _ => Err(D::Error::custom("there are 1 to 10000 pages")),
    }
}

pub(super) fn lanes<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    match usize::deserialize(from)? {
        lanes @ 1..=64 => Ok(lanes),
        _ => Err(D::Error::custom("there are 1 to 64 lanes")),
    }
}

pub(super) fn name<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let name = String::deserialize(from)?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    // It becomes a part of file names.
    if !name.is_empty() && name.len() <= 40 && name.chars().all(plain) && !name.starts_with('-') {
        Ok(name)
    } else {
        Err(D::Error::custom("a name is 1 to 40 lower-case letters, digits and hyphens"))
    }
}

pub(super) fn region<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let region = String::deserialize(from)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if !region.is_empty() && region.chars().all(plain) {
        Ok(region)
    } else {
        Err(D::Error::custom("a region is letters, digits and hyphens, such as `us-east-1`"))
    }
}

pub(super) fn other_region<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    region(from).map(Some)
}

pub(super) fn is_account(value: &str) -> bool {
    value.len() == 12 && value.bytes().all(|byte| byte.is_ascii_digit())
}

pub(super) fn account<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let account = String::deserialize(from)?;
    if is_account(&account) { Ok(Some(account)) } else { Err(D::Error::custom("an account is 12 digits, as text")) }
}

pub(super) fn url<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let url = String::deserialize(from)?;
    checked_url(&url)
        .map(Some)
        .map_err(|what| D::Error::custom(format!("`{}` is no URL of an endpoint: {what}", shown_url(&url))))
}

/// Returns the URL without the name and password in it.
pub(super) fn shown_url(url: &str) -> String {
    let Some((_, host)) = url.rsplit_once('@') else { return url.to_owned() };
    let scheme = url.split_once("://").map(|(scheme, _)| format!("{scheme}://")).unwrap_or_default();
    format!("{scheme}…@{host}")
}

/// Returns the URL without the slash at its end, or what is wrong with it.
pub(super) fn checked_url(url: &str) -> Result<String, String> {
    let uri: http::Uri =
        url.replace(REGION, "region").parse().map_err(|error: http::uri::InvalidUri| error.to_string())?;
    match uri.scheme_str() {
        Some("http" | "https") => {}
        Some(other) => return Err(format!("its scheme is `{other}`, neither `http` nor `https`")),
        None => return Err("it does not begin with `http://` or `https://`".to_owned()),
    }
    if uri.host().is_none_or(str::is_empty) {
        return Err("it names no host".to_owned());
    }
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err("it holds a user's name".to_owned());
    }
    if uri.query().is_some() || url.contains('#') {
        return Err("it has a query or a fragment".to_owned());
    }
    Ok(url.trim_end_matches('/').to_owned())
}

/// Returns the error at the line that begins with `key`, at the first where there is none.
pub(super) fn at_key(key: &str, what: String, text: &str, file: &str) -> TargetError {
    let line = text.lines().position(|line| line.trim_start().starts_with(key)).map_or(1, |at| at + 1);
    TargetError::Malformed(Misread { file: file.to_owned(), line, column: 1, what, hint: None })
}

/// Returns line and column of an offset, from 1, columns in characters.
pub(crate) fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    (line, column)
}

/// Returns serde's message in our words, with the nearest of the words that it expected as a hint.
pub(crate) fn reworded(message: &str) -> (String, Option<String>) {
    let flat = message.split_whitespace().collect::<Vec<_>>().join(" ");
    for (start, noun) in [("unknown field `", "key"), ("unknown variant `", "word")] {
        let Some((word, rest)) = flat.strip_prefix(start).and_then(|rest| rest.split_once('`')) else { continue };
        let known: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
        let hint = match nearest(word, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known are {}", known.join(", ")),
        };
        return (format!("unknown {noun} `{word}`"), Some(hint));
    }
    if let Some(rest) = flat.strip_prefix("missing field ") {
        return (format!("there is no {rest}"), None);
    }
    let mut what = flat;
    for number in ["expected u32", "expected usize", "expected u64"] {
        what = what.replace(number, "expected a whole number");
    }
    (what, None)
}
