//! Signature Version 4, both ways: the headers that sign a request, and whether a signed request is whose it says.
//!
//! In: a request as plain values, credentials or a way to look them up, and an instant. Out: headers, or a principal.
//! Nothing here reads a clock, knows an account, or sends anything.

mod scope;
mod verify;

use std::error::Error;
use std::fmt;
use std::time::SystemTime;

use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
    sign as sign_request,
};
use aws_sigv4::sign::v4;

pub use scope::{Scope, scope};
pub use verify::{Principal, Refusal, verify};

/// What a request is signed with. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The access key's id; emulators take a 12-digit one for an account.
    pub access_key: String,
    /// The secret that belongs to it.
    pub secret_key: String,
    /// The token of a session; `None` for a lasting key.
    pub session_token: Option<String>,
}

impl Credentials {
    /// Makes lasting credentials.
    #[must_use]
    pub fn new(access_key: impl Into<String>, secret_key: impl Into<String>) -> Self {
        Self { access_key: access_key.into(), secret_key: secret_key.into(), session_token: None }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

type Cause = Box<dyn Error + Send + Sync>;

/// Why a request could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// A URL without a host.
    #[error("`{0}` has no host")]
    NoHost(String),
    /// A part of the request or of the credentials that no header can carry.
    #[error("the request cannot be signed")]
    Unsignable(#[source] Cause),
}

/// Returns the headers that sign the request: `authorization`, `x-amz-date`, and `x-amz-security-token` in a session.
///
/// `url` is absolute and encoded; `headers` are those that will be sent and signed, `host` being taken from the URL.
///
/// # Errors
///
/// Where the URL has no host, and where a header, the key, the token or the region holds what a header cannot.
#[expect(clippy::too_many_arguments, reason = "each is one of the values that a signature covers")]
pub fn sign(
    method: &str,
    url: &str,
    headers: &[(String, String)],
    body: &[u8],
    credentials: &Credentials,
    region: &str,
    service: &str,
    now: SystemTime,
) -> Result<Vec<(String, String)>, SignError> {
    let host = url.parse::<http::Uri>().ok().and_then(|url| url.host().map(str::to_owned));
    if host.is_none_or(|host| host.is_empty()) {
        return Err(SignError::NoHost(url.to_owned()));
    }
    let request = Request { method, url, headers, body: SignableBody::Bytes(body) };
    let key = Key { credentials, region, service, settings: settings(service) };
    let (headers, _) = signed(request, key, now).map_err(SignError::Unsignable)?;
    Ok(headers)
}

/// What is signed.
struct Request<'a> {
    method: &'a str,
    url: &'a str,
    headers: &'a [(String, String)],
    body: SignableBody<'a>,
}

/// What it is signed with.
struct Key<'a> {
    credentials: &'a Credentials,
    region: &'a str,
    service: &'a str,
    settings: SigningSettings,
}

/// Returns the headers to add, and the signature.
fn signed(request: Request<'_>, key: Key<'_>, now: SystemTime) -> Result<(Vec<(String, String)>, String), Cause> {
    let Credentials { access_key, secret_key, session_token } = key.credentials.clone();
    let identity =
        aws_credential_types::Credentials::new(access_key, secret_key, session_token, None, "copysnap").into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(key.region)
        .name(key.service)
        .time(now)
        .settings(key.settings)
        .build()?;
    let headers = request.headers.iter().map(|(name, value)| (&**name, &**value));
    let signable = SignableRequest::new(request.method, request.url, headers, request.body)?;
    let (instructions, signature) = sign_request(signable, &params.into())?.into_parts();
    let headers = instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Ok((headers, signature))
}

/// S3 alone takes the path as it stands, and wants the body's hash in a header.
fn settings(service: &str) -> SigningSettings {
    let mut settings = SigningSettings::default();
    if service == "s3" {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    settings
}

#[cfg(test)]
mod tests;
