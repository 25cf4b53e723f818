//! The only maker of an HTTP client: one request out, one answer in, with its interval and what went over the wire.
//!
//! In: steps. Out: [`Answer`]s. It paces, it waits and asks again where a target says "too many requests", and it
//! bounds every wait. A connection that broke in place of an answer is the last that was kept for another request. Nothing
//! here judges, remembers what was made, or sends a write twice that may have arrived.

mod client;
mod exchange;
mod pace;

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use reqwest::Url;
use thiserror::Error;

pub use exchange::Exchange;

use self::client::{Client, Failure, Message, Received};
use self::pace::Pace;
use crate::service::{Action, Call, Forgery, Form, Indeterminate, Outcome, S3Call, Step, text};
use crate::sign::{Credentials, sign};
use crate::target::Limits;
use crate::trace::Interval;
use crate::wire::{FORM_MEDIA_TYPE, alien, form_encode, params, read, s3_message};

/// The first and the longest wait before a throttled request is sent again.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(10));

/// How often a read is sent again whose connection broke: a server may close an idle one at any time.
const BROKEN_AGAIN: u32 = 1;

/// What stands for a bucket's region in the URL of S3.
const REGION: &str = "{region}";

/// An access key in the form that AWS gives them, and nobody's.
const NOBODYS_KEY: &str = "AKIA0000000000NOBODY";

/// How old an expired signature is: four times what a service takes.
const EXPIRED: Duration = Duration::from_secs(60 * 60);
const NO_AGE: Duration = Duration::ZERO;

/// How an endpoint is reached.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where, `http://host:port`; a path before the last `/` is kept.
    pub url: String,
    /// Where S3 is, `{region}` standing for a bucket's region; `None` for the same place.
    pub s3_url: Option<String>,
    /// The region of the signature.
    pub region: String,
    /// What requests are signed with.
    pub credentials: Credentials,
    /// The longest that one request may take.
    pub request_limit: Duration,
    /// Requests a second, over all clones; `None` for as many as there are.
    pub pace: Option<f64>,
    /// The longest that a throttled request waits, all its waits together.
    pub throttle_limit: Duration,
    /// The first and the longest wait before a request is sent again.
    pub backoff: (Duration, Duration),
    /// How often a read is sent again that is answered with a 5xx or not at all, beside what every read is granted.
    pub insists: u32,
    /// How much of an answer is taken.
    pub limits: Limits,
}

impl Settings {
    /// Returns what suits an emulator: `us-east-1`, `test`/`test`, 10 seconds a request, no pace, 30 seconds of waits.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            s3_url: None,
            region: "us-east-1".to_owned(),
            credentials: Credentials::new("test", "test"),
            request_limit: Duration::from_secs(10),
            pace: None,
            throttle_limit: Duration::from_secs(30),
            backoff: BACKOFF,
            insists: 0,
            limits: Limits::default(),
        }
    }
}

/// Why there is no endpoint, or why it says nothing.
#[derive(Debug, Error)]
pub enum EndpointError {
    /// Not an absolute `http` or `https` URL without user, query and fragment.
    #[error("`{url}` is no URL of an endpoint: {reason}")]
    Url {
        /// The URL.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Not a positive number of requests a second.
    #[error("`{0}` requests a second is no pace")]
    Pace(f64),
    /// The client could not be made.
    #[error("the HTTP client cannot be made")]
    Client(#[source] reqwest::Error),
    /// No answer.
    #[error("`{url}` does not answer: {reason}")]
    Unreachable {
        /// The URL.
        url: String,
        /// What came in place of an answer.
        reason: String,
    },
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What it says.
    pub outcome: Outcome,
    /// How it was put on the wire.
    pub form: Form,
    /// When the last sending was on the wire; what was throttled before it had no effect.
    pub interval: Interval,
    /// What went over the wire at the last sending.
    pub exchange: Exchange,
    /// How often the request was sent again.
    pub retries: u32,
}

/// A step that waits to be sent.
#[derive(Debug)]
pub struct Prepared {
    message: Message,
    signed: Result<(), String>,
    call: Call,
}

/// An endpoint of the service, in one region and with one set of credentials. Clones share connections and pace.
#[derive(Clone, Debug)]
pub struct Endpoint {
    shared: Arc<Shared>,
    region: Arc<str>,
    credentials: Arc<Credentials>,
}

#[derive(Debug)]
struct Shared {
    url: Url,
    s3_url: String,
    client: Client,
    pace: Option<Pace>,
    throttle_limit: Duration,
    backoff: (Duration, Duration),
    insists: u32,
}

impl Endpoint {
    /// Makes the endpoint; nothing is sent.
    ///
    /// # Errors
    ///
    /// Where the URL is not absolute, not `http` or `https`, or carries a user, a query or a fragment; where the pace is
    /// not above 0; where the client cannot be made, such as without any root certificate for `https`.
    pub fn new(settings: Settings) -> Result<Self, EndpointError> {
        let url = parse(&settings.url)?;
        let pace = match settings.pace {
            None => None,
            Some(pace) => Some(Pace::new(pace).ok_or(EndpointError::Pace(pace))?),
        };
        let s3_url = settings.s3_url.unwrap_or_else(|| settings.url.clone());
        let s3_scheme = parse(&s3_url.replace(REGION, &settings.region))?.scheme().to_owned();
        let tls = url.scheme() == "https" || s3_scheme == "https";
        let Settings { throttle_limit, backoff, insists, limits, .. } = settings;
        let client = Client::new(tls, settings.request_limit, limits).map_err(EndpointError::Client)?;
        Ok(Self {
            shared: Arc::new(Shared { url, s3_url, client, pace, throttle_limit, backoff, insists }),
            region: settings.region.into(),
            credentials: Arc::new(settings.credentials),
        })
    }

    /// Returns how much of an answer is taken.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        self.shared.client.limits()
    }

    /// Returns the same endpoint for another caller.
    #[must_use]
    pub fn with_credentials(&self, credentials: Credentials) -> Self {
        Self { credentials: Arc::new(credentials), ..self.clone() }
    }

    /// Returns the same endpoint, with requests signed for another region.
    #[must_use]
    pub fn with_region(&self, region: &str) -> Self {
        Self { region: region.into(), ..self.clone() }
    }

    /// Returns the same endpoint, reached over connections of its own, and without a pace.
    ///
    /// # Errors
    ///
    /// Where the client cannot be made.
    pub fn apart(&self) -> Result<Self, EndpointError> {
        let client = self.shared.client.another().map_err(EndpointError::Client)?;
        let shared = Shared {
            url: self.shared.url.clone(),
            s3_url: self.shared.s3_url.clone(),
            client,
            pace: None,
            throttle_limit: self.shared.throttle_limit,
            backoff: self.shared.backoff,
            insists: self.shared.insists,
        };
        Ok(Self { shared: Arc::new(shared), ..self.clone() })
    }

    /// Waits for the pace, and returns the step as it is to be sent: signed, and yet to be written.
    pub async fn prepare(&self, step: &Step) -> Prepared {
        if let Some(pace) = &self.shared.pace {
            pace.wait().await;
        }
        let made = match &step.call {
            Call::S3(call) => self.s3_message(call),
            _ => Ok(self.message(step)),
        };
        let (mut message, made) = match made {
            Ok(message) => (message, Ok(())),
            Err(reason) => (self.message(step), Err(reason)),
        };
        let signed = made.and_then(|()| if step.dress.unsigned { Ok(()) } else { self.sign(&mut message, step) });
        Prepared { message, signed, call: step.call.clone() }
    }

    /// Sends what was prepared, once, and returns what came of it; the interval counts from `clock`.
    pub async fn send_prepared(&self, prepared: Prepared, clock: Instant) -> Answer {
        self.exchange(prepared, clock).await.0
    }

    /// Returns where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        self.shared.url.as_str()
    }

    /// Returns the region of its signatures.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Sends the step and returns what came of it, whatever that is; the interval counts from `clock`.
    ///
    /// A throttled request is sent again after growing, jittered waits, up to the throttle limit. A read whose
    /// connection broke before the head of an answer came is sent once more: a server may close an idle connection at
    /// any time; and so is one that was answered with a 5xx, or a call of S3, where the settings insist. Another write is
    /// not, since it may have arrived.
    pub async fn call(&self, step: &Step, clock: Instant) -> Answer {
        let Shared { throttle_limit, backoff: bounds, insists, .. } = *self.shared;
        let mut waits = backoff(bounds, throttle_limit);
        let mut insisting = backoff(bounds, throttle_limit).take(insists as usize);
        let is_read = step.dress.action == Action::Own && !step.call.is_write();
        // What is asked of S3 here comes to the same if it is done twice.
        let may_insist = is_read || matches!(step.call, Call::S3(_));
        let mut broken = if is_read { BROKEN_AGAIN } else { 0 };
        let mut retries = 0;
        let mut throttled = false;
        loop {
            let (answer, unanswered) = self.send(step, clock).await;
            let refused = is_throttled(&answer.outcome);
            if let Some(pace) = self.shared.pace.as_ref().filter(|_| !throttled) {
                pace.heard(refused);
            }
            throttled |= refused;
            let wait = match &answer.outcome {
                _ if refused => waits.next(),
                _ if unanswered && broken > 0 => {
                    broken -= 1;
                    Some(Duration::ZERO)
                }
                Outcome::Indeterminate(why) if may_insist && (unanswered || why.is_answer()) => insisting.next(),
                _ => None,
            };
            let Some(wait) = wait else { return Answer { retries, ..answer } };
            tokio::time::sleep(wait).await;
            retries += 1;
        }
    }

    /// Sends an unsigned GET, and returns the status and the body.
    ///
    /// # Errors
    ///
    /// Where the path does not make a URL, and where no whole answer comes within the request limit.
    pub async fn get(&self, path: &str) -> Result<(u16, String), EndpointError> {
        self.plain("GET", path).await
    }

    /// Sends an unsigned POST without a body, and returns the status and the body.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub async fn post(&self, path: &str) -> Result<(u16, String), EndpointError> {
        self.plain("POST", path).await
    }

    async fn plain(&self, method: &'static str, path: &str) -> Result<(u16, String), EndpointError> {
        let url = self.shared.url.join(path);
        let url = url.map_err(|error| EndpointError::Url { url: path.to_owned(), reason: error.to_string() })?;
        let message = Message { method, url, headers: Vec::new(), body: String::new() };
        match self.shared.client.send(&message).await {
            Ok(received) => Ok((received.status, String::from_utf8_lossy(&received.body).into_owned())),
            Err(failure) => {
                Err(EndpointError::Unreachable { url: message.url.to_string(), reason: failure.to_string() })
            }
        }
    }

    /// Sends the step once; also tells whether the connection broke before the head of an answer came.
    async fn send(&self, step: &Step, clock: Instant) -> (Answer, bool) {
        let prepared = self.prepare(step).await;
        self.exchange(prepared, clock).await
    }

    async fn exchange(&self, prepared: Prepared, clock: Instant) -> (Answer, bool) {
        let Prepared { message, signed, call } = prepared;
        let called = clock.elapsed();
        let received = match signed {
            Ok(()) => self.shared.client.send(&message).await,
            Err(reason) => Err(Failure::NotConnected(reason)),
        };
        let interval = Interval { called, returned: clock.elapsed() };
        let exchange = Exchange::new(&message, received.as_ref().ok(), self.limits().kept);
        let unanswered = matches!(received, Err(Failure::Broken { unanswered: true, .. }));
        let (outcome, form) = match received {
            Ok(received) => said(&call, &received, self.limits().body),
            Err(failure) => (Outcome::Indeterminate(failure.into()), Form::default()),
        };
        (Answer { outcome, form, interval, exchange, retries: 0 }, unanswered)
    }

    fn message(&self, step: &Step) -> Message {
        let form = form_encode(&params(step));
        let mut url = self.shared.url.clone();
        let agent = ("user-agent".to_owned(), concat!("copysnap/", env!("CARGO_PKG_VERSION")).to_owned());
        if step.dress.get {
            url.set_query(Some(&form));
            return Message { method: "GET", url, headers: vec![agent], body: String::new() };
        }
        // As SDKs write a body; in a query string a space stays `%20`.
        let form = form.replace("%20", "+");
        let kind = step.dress.content_type.as_deref().unwrap_or(FORM_MEDIA_TYPE);
        let media_type = ("content-type".to_owned(), kind.to_owned());
        Message { method: "POST", url, headers: vec![agent, media_type], body: form }
    }

    /// Puts a call of S3 to the place of its bucket's region.
    fn s3_message(&self, call: &S3Call) -> Result<Message, String> {
        let mut url = parse(&self.shared.s3_url.replace(REGION, &call.region)).map_err(|error| error.to_string())?;
        let made = s3_message(call);
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}{}", made.path));
        url.set_query(made.query.as_deref());
        let mut headers = vec![("user-agent".to_owned(), concat!("copysnap/", env!("CARGO_PKG_VERSION")).to_owned())];
        headers.extend(made.headers);
        Ok(Message { method: made.method, url, headers, body: made.body })
    }

    fn sign(&self, message: &mut Message, step: &Step) -> Result<(), String> {
        let service = step.call.operation().service();
        let Message { method, url, headers, body } = &*message;
        let (region, account) = match &step.call {
            Call::S3(call) => (&*call.region, call.account.as_ref()),
            _ => (&*self.region, None),
        };
        let own = || match account {
            // An account that is reached by its number has the same secret as the caller.
            Some(account) => Credentials::new(&**account, &*self.credentials.secret_key),
            None => self.credentials.as_ref().clone(),
        };
        let (credentials, age) = match step.dress.forged {
            Some(Forgery::Wrong) => (Credentials { secret_key: format!("not {}", own().secret_key), ..own() }, NO_AGE),
            Some(Forgery::Expired) => (own(), EXPIRED),
            Some(Forgery::UnknownKey) => (Credentials::new(NOBODYS_KEY, own().secret_key), NO_AGE),
            None | Some(Forgery::Incomplete) => (own(), NO_AGE),
        };
        let now = SystemTime::now() - age;
        let added = sign(method, url.as_str(), headers, body.as_bytes(), &credentials, region, service, now);
        let mut added = added.map_err(|error| client::chain(&error))?;
        if step.dress.forged == Some(Forgery::Incomplete) {
            for (_, value) in added.iter_mut().filter(|(name, _)| name.eq_ignore_ascii_case("authorization")) {
                let kept = value.split(", ").filter(|part| !part.starts_with("Signature="));
                *value = kept.collect::<Vec<_>>().join(", ");
            }
        }
        message.headers.extend(added);
        Ok(())
    }
}

fn parse(given: &str) -> Result<Url, EndpointError> {
    let wrong = |reason: String| EndpointError::Url { url: given.to_owned(), reason };
    let url = Url::parse(given).map_err(|error| wrong(error.to_string()))?;
    if !["http", "https"].contains(&url.scheme()) {
        return Err(wrong("its scheme is neither `http` nor `https`".to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("it carries a user".to_owned()));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it carries a query or a fragment".to_owned()));
    }
    Ok(url)
}

/// Tells whether an answer says only that there were too many requests. S3 does so with a 503.
fn is_throttled(outcome: &Outcome) -> bool {
    let of_s3 = matches!(outcome, Outcome::Indeterminate(Indeterminate::ServerError { status: 503, code: Some(code), .. })
        if &**code == SLOW_DOWN);
    of_s3 || outcome.is_throttled()
}

/// S3's word for too many requests.
const SLOW_DOWN: &str = "SlowDown";

fn backoff((first, longest): (Duration, Duration), limit: Duration) -> ExponentialBackoff {
    let builder = ExponentialBuilder::default().with_min_delay(first).with_max_delay(longest).with_jitter();
    builder.without_max_times().with_total_delay(Some(limit)).build()
}

fn said(call: &Call, received: &Received, longest: usize) -> (Outcome, Form) {
    let Received { status, body, .. } = received;
    let (outcome, form) = read(call, *status, |name| received.header(name), body);
    if received.whole || *status >= 500 {
        return (outcome, form);
    }
    let reason = format!("a body of more than {} KiB", longest >> 10);
    let alien = alien(*status, received.header("content-type"), &reason, body);
    (Outcome::Alien(alien), form)
}

impl From<Failure> for Indeterminate {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::TimedOut => Self::TimedOut,
            Failure::NotConnected(reason) => Self::NotConnected(text(reason)),
            Failure::Broken { reason, .. } => Self::Broken(text(reason)),
        }
    }
}

#[cfg(test)]
mod tests;
