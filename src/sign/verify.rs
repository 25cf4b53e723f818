use std::time::{Duration, SystemTime};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use ring::hmac;
use thiserror::Error;

use super::scope::Claim;
use super::{Credentials, canonical};
use crate::service::FaultCode;

/// How far a request's date may be off, either way.
const LEEWAY: Duration = Duration::from_secs(15 * 60);

/// The header that a session's token travels in.
const TOKEN: &str = "x-amz-security-token";

/// Who signed a request, and for where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The access key's id.
    pub access_key: String,
    /// The region.
    pub region: String,
    /// The service.
    pub service: String,
}

/// Why a request is not let in; the words are the front door's.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// No `authorization` header.
    #[error("Request is missing Authentication Token")]
    Missing,
    /// A part of the signature is absent or malformed; this one.
    #[error("Authorization header requires existence of '{0}'.")]
    Incomplete(&'static str),
    /// No such access key.
    #[error("The security token included in the request is invalid.")]
    UnknownKey,
    /// The date is more than 15 minutes off.
    #[error("The request's date is more than 15 minutes from the server's.")]
    Expired,
    /// The signature is not that of the request.
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access \
         Key and signing method. Consult the service documentation for details."
    )]
    Mismatch,
}

impl Refusal {
    /// Returns the fault's code, which knows its HTTP status.
    #[must_use]
    pub const fn code(self) -> FaultCode {
        match self {
            Self::Missing => FaultCode::MissingAuthenticationToken,
            Self::Incomplete(_) => FaultCode::IncompleteSignature,
            Self::UnknownKey => FaultCode::InvalidClientTokenId,
            Self::Expired => FaultCode::RequestExpired,
            Self::Mismatch => FaultCode::SignatureDoesNotMatch,
        }
    }
}

/// Returns who signed the request, by reckoning its signature from `lookup`'s secret for the access key.
///
/// Nothing here is of the signer's: the canonical request is put together anew, and another library hashes it, so that
/// neither can make up for a mistake of the other. `headers` are all that came, `host` among them. A signature in the
/// query string (a presigned URL) is not looked at. Where the key is one of a session, its token must have come and be
/// signed; no other token is looked at.
///
/// # Errors
///
/// Every [`Refusal`]; an unknown key is told before a wrong date, and both before a wrong signature.
pub fn verify(
    method: &str,
    path_and_query: &str,
    headers: &[(String, String)],
    body: &[u8],
    lookup: impl Fn(&str) -> Option<Credentials>,
    now: SystemTime,
) -> Result<Principal, Refusal> {
    let authorization = header(headers, "authorization").ok_or(Refusal::Missing)?;
    let claim = Claim::read(authorization).ok_or(Refusal::Incomplete("Algorithm"))?;
    let scope = claim.scope().ok_or(Refusal::Incomplete("Credential"))?;
    let signature = claim.signature.ok_or(Refusal::Incomplete("Signature"))?;
    let signed_headers = claim.signed_headers.ok_or(Refusal::Incomplete("SignedHeaders"))?;
    let date = header(headers, "x-amz-date").ok_or(Refusal::Incomplete("X-Amz-Date"))?;
    let signed_at = instant(date).ok_or(Refusal::Incomplete("X-Amz-Date"))?;
    let credentials = lookup(&scope.access_key).ok_or(Refusal::UnknownKey)?;
    let mut names: Vec<&str> = signed_headers.split(';').collect();
    names.sort_unstable();
    if let Some(token) = &credentials.session_token
        && (header(headers, TOKEN) != Some(token) || !names.contains(&TOKEN))
    {
        return Err(Refusal::UnknownKey);
    }
    let off = now.duration_since(signed_at).unwrap_or_else(|error| error.duration());
    if off > LEEWAY {
        return Err(Refusal::Expired);
    }
    let hosted = names.contains(&"host") && header(headers, "host").is_some();
    let payload = payload(headers, body, &scope.service).filter(|_| hosted && date.starts_with(&scope.date));
    let payload = payload.ok_or(Refusal::Mismatch)?;
    let canonical = canonical::request(method, path_and_query, headers, &names, &payload, &scope.service);
    let key = canonical::key(&credentials.secret_key, &scope);
    let to_sign = canonical::string_to_sign(date, &scope, &canonical);
    let theirs = canonical::bytes(signature).ok_or(Refusal::Mismatch)?;
    hmac::verify(&key, to_sign.as_bytes(), &theirs).map_err(|_| Refusal::Mismatch)?;
    Ok(Principal { access_key: scope.access_key, region: scope.region, service: scope.service })
}

/// Returns the hash that the body has in the canonical request; `None` where what is said of it is wrong. S3 alone is told
/// it in a header, and takes a body that is not signed.
fn payload(headers: &[(String, String)], body: &[u8], service: &str) -> Option<String> {
    let hash = canonical::hash(body);
    match header(headers, "x-amz-content-sha256") {
        _ if service != "s3" => Some(hash),
        Some(said) if said == hash || said == "UNSIGNED-PAYLOAD" => Some(said.to_owned()),
        _ => None,
    }
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// Returns the instant of a date such as `20150830T123600Z`.
fn instant(date: &str) -> Option<SystemTime> {
    let date = DateTime::strptime("%Y%m%dT%H%M%SZ", date).ok()?;
    date.to_zoned(TimeZone::UTC).ok().map(|zoned| SystemTime::from(zoned.timestamp()))
}
