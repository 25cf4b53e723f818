use std::time::Duration;

use http::request::Parts;
use http::{Method, header};
use jiff::Timestamp;

use super::Options;
use super::asked::Asked;
use super::keys::{ACCOUNT, Keys};
use super::worlds::Worlds;
use crate::service::{Call, Elsewhere, Form, Outcome, Step};
use crate::wire::{form_encode, params, read, s3_message};

/// Where the caller is, and where he asks from elsewhere.
const HOME_REGION: &str = "us-east-1";
const OTHER_REGION: &str = "eu-west-1";

/// The reference without a socket and without a clock: a request is answered when it is said to come.
pub(crate) struct Desk(Worlds);

impl Desk {
    /// The account of who asks from another.
    pub(crate) const OTHER_ACCOUNT: &str = "210987654321";

    pub(crate) fn new(options: Options) -> Self {
        Self(Worlds::new(options, Timestamp::UNIX_EPOCH))
    }

    /// Answers a step, written and read as it would be on its way; `now` is the
    /// time since 1970, and never runs back.
    ///
    /// # Errors
    /// Where HTTP has no such request.
    pub(crate) fn answer(&mut self, step: &Step, now: Duration) -> Result<(Outcome, Form), http::Error> {
        self.end(step, None, now)
    }

    /// Lets a call begin that takes its time: what it looks at before it does something is looked at now. Returns the
    /// ticket with which it ends, where there is anything in between.
    ///
    /// # Errors
    /// As [`answer`](Self::answer).
    pub(crate) fn begin(&mut self, step: &Step, now: Duration) -> Result<Option<u64>, http::Error> {
        let (parts, body) = request(step)?;
        let asked = Asked::new(&parts, body.as_bytes(), &Keys::Anybodys);
        Ok(self.0.window(&asked).and_then(|_| self.0.look(&asked, now)))
    }

    /// Answers a call that has begun, with its ticket.
    ///
    /// # Errors
    /// As [`answer`](Self::answer).
    pub(crate) fn end(
        &mut self,
        step: &Step,
        ticket: Option<u64>,
        now: Duration,
    ) -> Result<(Outcome, Form), http::Error> {
        let (parts, body) = request(step)?;
        let asked = Asked::new(&parts, body.as_bytes(), &Keys::Anybodys);
        let sent = match ticket {
            Some(ticket) => self.0.act(&asked, ticket, now),
            None => self.0.answer(&asked, now),
        };
        let header = |name: &str| match name {
            "content-type" => sent.content_type.as_deref(),
            "x-amzn-requestid" => sent.request_id.as_deref(),
            _ => None,
        };
        Ok(read(&step.call, sent.status, header, &sent.body))
    }
}

/// Returns the request that a step travels as, and its body; whoever asks from elsewhere says so in his signature.
fn request(step: &Step) -> Result<(Parts, String), http::Error> {
    let request = http::Request::builder();
    let signed = |request: http::request::Builder, account: &str, region: &str, service: &str| {
        let scope = format!("AWS4-HMAC-SHA256 Credential={account}/19700101/{region}/{service}/aws4_request");
        request.header(header::AUTHORIZATION, scope)
    };
    let request = match step.dress.from {
        Some(Elsewhere::Account) => signed(request, Desk::OTHER_ACCOUNT, HOME_REGION, "elasticache"),
        Some(Elsewhere::Region) => signed(request, ACCOUNT, OTHER_REGION, "elasticache"),
        None => request,
    };
    let (request, body) = match &step.call {
        Call::S3(call) => {
            let message = s3_message(call);
            let account = call.account.as_deref().unwrap_or_default();
            let query = message.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
            let request = request.method(message.method).uri(format!("{}{query}", message.path));
            let headers = message.headers.iter().fold(request, |request, (name, value)| request.header(name, value));
            (signed(headers, account, &call.region, "s3"), message.body)
        }
        _ if step.dress.get => (request.uri(format!("/?{}", form_encode(&params(step)))), String::new()),
        _ => {
            let request = request.method(Method::POST).uri("/");
            let request = match &step.dress.content_type {
                Some(kind) => request.header(header::CONTENT_TYPE, &**kind),
                None => request,
            };
            (request, form_encode(&params(step)))
        }
    };
    let (parts, ()) = request.body(())?.into_parts();
    Ok((parts, body))
}
