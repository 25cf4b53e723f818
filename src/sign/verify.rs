use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::SignableBody;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use thiserror::Error;

use super::scope::Claim;
use super::{Credentials, Key, Request, settings, signed};
use crate::service::FaultCode;

/// How far a request's date may be off, either way.
const LEEWAY: Duration = Duration::from_secs(15 * 60);

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

/// Returns who signed the request, by signing it again with the secret that `lookup` has for the access key.
///
/// `headers` are all that came, `host` among them. A signature in the query string (a presigned URL) is not looked at.
///
/// # Errors
///
/// Every [`Refusal`]; an unknown key is told before a wrong date, and both before a wrong signature.
pub fn verify(
    method: &str,
    path_and_query: &str,
    headers: &[(String, String)],
    body: &[u8],
    lookup: impl Fn(&str) -> Option<String>,
    now: SystemTime,
) -> Result<Principal, Refusal> {
    let authorization = header(headers, "authorization").ok_or(Refusal::Missing)?;
    let claim = Claim::read(authorization).ok_or(Refusal::Incomplete("Algorithm"))?;
    let scope = claim.scope().ok_or(Refusal::Incomplete("Credential"))?;
    let signature = claim.signature.ok_or(Refusal::Incomplete("Signature"))?;
    let signed_headers = claim.signed_headers.ok_or(Refusal::Incomplete("SignedHeaders"))?;
    let date = header(headers, "x-amz-date").ok_or(Refusal::Incomplete("X-Amz-Date"))?;
    let signed_at = instant(date).ok_or(Refusal::Incomplete("X-Amz-Date"))?;
    let secret_key = lookup(&scope.access_key).ok_or(Refusal::UnknownKey)?;
    let off = now.duration_since(signed_at).unwrap_or_else(|error| error.duration());
    if off > LEEWAY {
        return Err(Refusal::Expired);
    }
    let covers = |name: &str| signed_headers.split(';').any(|covered| covered == name);
    if !covers("host") || header(headers, "host").is_none() || !date.starts_with(&scope.date) {
        return Err(Refusal::Mismatch);
    }
    let covered: Vec<(String, String)> =
        headers.iter().filter(|(name, _)| covers(&name.to_ascii_lowercase())).cloned().collect();
    let unsigned_body = header(&covered, "x-amz-content-sha256") == Some("UNSIGNED-PAYLOAD");
    let url = format!("http://localhost{path_and_query}");
    let request = Request {
        method,
        url: &url,
        headers: &covered,
        body: if unsigned_body { SignableBody::UnsignedPayload } else { SignableBody::Bytes(body) },
    };
    let mut settings = settings(&scope.service);
    // The client has chosen what it signs; the signer would add the date on its own.
    settings.excluded_headers = (!covers("x-amz-date")).then(|| vec!["x-amz-date".into()]);
    let credentials = Credentials::new(&*scope.access_key, secret_key);
    let key = Key { credentials: &credentials, region: &scope.region, service: &scope.service, settings };
    match signed(request, key, signed_at) {
        Ok((_, ours)) if ours == signature => {
            Ok(Principal { access_key: scope.access_key, region: scope.region, service: scope.service })
        }
        Ok(_) | Err(_) => Err(Refusal::Mismatch),
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
