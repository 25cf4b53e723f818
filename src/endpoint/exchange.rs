use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::client::{Message, Received};

/// Headers that are never kept.
const SECRET: &[&str] = &["authorization", "x-amz-security-token"];

/// What went over the wire, less the secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// `GET` or `POST`; of S3 also `PUT`, `HEAD` and `DELETE`.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// The headers that we chose, without the signature and the session's token.
    pub request_headers: Vec<(String, String)>,
    /// The request's body, up to as much as is kept.
    pub request_body: String,
    /// The HTTP status; `None` where no answer came.
    pub status: Option<u16>,
    /// The answer's headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The answer's body, up to as much as is kept; what is not UTF-8 is replaced.
    pub body: String,
    /// How many bytes of the body are left out here.
    pub body_cut: usize,
    /// The bytes of the kept body in hexadecimal, where they are no UTF-8; empty where they are.
    pub bytes: String,
}

impl Exchange {
    pub(super) fn new(message: &Message, received: Option<&Received>, kept: usize) -> Self {
        let shown = message.headers.iter().filter(|(name, _)| !SECRET.contains(&&**name));
        let mut exchange = Self {
            method: message.method.to_owned(),
            url: message.url.to_string(),
            request_headers: shown.cloned().collect(),
            request_body: message.body.get(..kept).unwrap_or(&message.body).to_owned(),
            ..Self::default()
        };
        if let Some(received) = received {
            let (kept, rest) = received.body.split_at_checked(kept).unwrap_or((&received.body, &[]));
            exchange.status = Some(received.status);
            exchange.headers.clone_from(&received.headers);
            let body = String::from_utf8_lossy(kept);
            if matches!(body, Cow::Owned(_)) {
                exchange.bytes = kept.iter().map(|byte| format!("{byte:02x}")).collect();
            }
            exchange.body = body.into_owned();
            exchange.body_cut = rest.len();
        }
        exchange
    }
}
