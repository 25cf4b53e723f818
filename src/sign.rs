//! Signature Version 4, both ways: the headers that sign a request, and whether a signed request is whose it says.
//!
//! In: a request as plain values, credentials or a way to look them up, and an instant. Out: headers, or a principal.
//! Nothing here reads a clock, knows an account, or sends anything.

mod canonical;
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
    let Credentials { access_key, secret_key, session_token } = credentials.clone();
    let identity =
        aws_credential_types::Credentials::new(access_key, secret_key, session_token, None, "copysnap").into();
    let unsignable = |error: Cause| SignError::Unsignable(error);
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(now)
        .settings(settings(service))
        .build()
        .map_err(|error| unsignable(error.into()))?;
    let headers = headers.iter().map(|(name, value)| (&**name, &**value));
    let signable = SignableRequest::new(method, url, headers, SignableBody::Bytes(body));
    let signable = signable.map_err(|error| unsignable(error.into()))?;
    let signed = sign_request(signable, &params.into()).map_err(|error| unsignable(error.into()))?;
    let (instructions, _) = signed.into_parts();
    Ok(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
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
