use std::time::SystemTime;

use http::request::Parts;
use http::{Method, header};

use super::keys::Keys;
use crate::service::{S3Call, Step, Text, is_form, text};
use crate::sign;
use crate::wire::{RequestError, S3Unreadable, form_decode, read_request, read_s3_request};

/// The region of requests whose signature names none.
const REGION: &str = "us-east-1";
/// Up to how many KiB a body is nothing out of the ordinary.
const LONG_BODY: u32 = 256;

/// A request as the server sees it.
pub(super) struct Asked<'a> {
    /// Method, path and headers.
    pub(super) parts: &'a Parts,
    /// The body.
    pub(super) body: &'a [u8],
    /// The parameters of the body, or else of the query string, in the order sent.
    pub(super) params: Vec<(String, String)>,
    /// What they ask for.
    pub(super) step: Result<Step, Unreadable>,
    /// What it asks of S3; `None` where it is not put to S3.
    pub(super) s3: Option<Result<S3Call, S3Unreadable>>,
    /// Whose world it is about.
    pub(super) home: (Text, Text),
    /// Who may call.
    keys: &'a Keys,
}

/// Why a request asks for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// Its parameters are no form.
    Malformed,
    /// They name no action of the service.
    Action(RequestError),
}

impl<'a> Asked<'a> {
    pub(super) fn new(parts: &'a Parts, body: &'a [u8], keys: &'a Keys) -> Self {
        let encoded = match parts.uri.query() {
            Some(query) if parts.method == Method::GET || body.is_empty() => query.as_bytes(),
            _ => body,
        };
        let decoded = form_decode(encoded);
        let step = match &decoded {
            Err(_) => Err(Unreadable::Malformed),
            Ok(params) => read_request(params).map_err(Unreadable::Action).map(|mut step| {
                step.dress.get = parts.method == Method::GET;
                step.dress.content_type = odd_content_type(parts);
                step.dress.padded = u32::try_from(body.len() >> 10).unwrap_or(u32::MAX).saturating_sub(LONG_BODY);
                step
            }),
        };
        let home = home(parts, keys);
        let is_s3 = parts.uri.path() != "/" || signed_for(parts).is_some_and(|scope| scope.service == "s3");
        let s3 = is_s3.then(|| {
            let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
            let place = (parts.uri.path(), parts.uri.query());
            read_s3_request(parts.method.as_str(), place, header, body, (&home.0, &home.1))
        });
        Self { parts, body, params: decoded.unwrap_or_default(), step, s3, home, keys }
    }

    /// Returns the service and the name of what it asks for; of what asks for nothing, `-`.
    pub(super) fn operation(&self) -> (&'static str, &'static str) {
        let operation = match (&self.s3, &self.step) {
            (Some(Ok(call)), _) => call.operation(),
            (None, Ok(step)) => step.call.operation(),
            (Some(Err(_)), _) | (None, Err(_)) => return ("-", "-"),
        };
        (operation.service(), operation.name())
    }

    /// Returns what it asks for, as in `elasticache:CopySnapshot`.
    pub(super) fn action(&self) -> String {
        let (service, name) = self.operation();
        format!("{service}:{name}")
    }

    /// Tells who signed it.
    pub(super) fn signed_by(&self, now: SystemTime) -> Result<sign::Principal, sign::Refusal> {
        let headers =
            self.parts.headers.iter().map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            });
        let path = self.parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let headers: Vec<(String, String)> = headers.collect();
        let lookup = |key: &str| self.keys.credentials(key);
        sign::verify(self.parts.method.as_str(), path, &headers, self.body, lookup, now)
    }
}

/// Returns the media type of a body that says to be no form.
fn odd_content_type(parts: &Parts) -> Option<Text> {
    let given = parts.headers.get(header::CONTENT_TYPE)?.to_str().unwrap_or_default();
    (parts.method != Method::GET && !is_form(given)).then(|| text(given))
}

/// Returns region and account of the caller, from the signature's scope.
fn home(parts: &Parts, keys: &Keys) -> (Text, Text) {
    let scope = signed_for(parts);
    let account = keys.account(scope.as_ref().map(|scope| &*scope.access_key));
    (scope.map_or_else(|| text(REGION), |scope| text(scope.region)), account)
}

/// Returns what the signature says that it is for.
fn signed_for(parts: &Parts) -> Option<sign::Scope> {
    parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(sign::scope)
}
