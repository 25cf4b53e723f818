use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::header::CONTENT_LENGTH;
use reqwest::{ClientBuilder, Method, Response, Url, redirect, retry};
use thiserror::Error;

use crate::target::Limits;

/// How long an idle connection is kept: shorter than any server's limit, so that few go stale.
const IDLE: Duration = Duration::from_secs(2);

/// A request as it is sent.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) method: &'static str,
    pub(super) url: Url,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

/// An answer as it came.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// Whether the body is all that came.
    pub(super) whole: bool,
}

impl Received {
    /// Returns the first header of that name, given in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }
}

/// Why no whole answer came.
#[derive(Debug, Error)]
pub(super) enum Failure {
    #[error("no answer in time")]
    TimedOut,
    #[error("no connection: {0}")]
    NotConnected(String),
    #[error("the connection broke: {reason}")]
    Broken {
        reason: String,
        /// Whether it broke before the head of an answer came.
        unanswered: bool,
    },
}

/// HTTP/1.1 without proxy, redirects and retries of its own.
#[derive(Debug)]
pub(super) struct Client {
    /// Keeps a connection for the requests that follow.
    keeping: reqwest::Client,
    /// Opens a connection for each request.
    opening: reqwest::Client,
    /// Whether a connection broke in place of an answer: a server may close a kept one at any time without a word, and a
    /// write that met that is lost. From then on none is kept.
    broke: Arc<AtomicBool>,
    tls: bool,
    request_limit: Duration,
    limits: Limits,
}

impl Client {
    pub(super) fn new(tls: bool, request_limit: Duration, limits: Limits) -> Result<Self, reqwest::Error> {
        // Whoever came first has installed one; it serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let keeping = keeping(tls, request_limit, &limits)?;
        let opening = builder(tls, request_limit, &limits).pool_max_idle_per_host(0).build()?;
        Ok(Self { keeping, opening, broke: Arc::default(), tls, request_limit, limits })
    }

    /// Returns a client like this one that shares no connection with it, and what is known of them.
    pub(super) fn another(&self) -> Result<Self, reqwest::Error> {
        Ok(Self {
            keeping: keeping(self.tls, self.request_limit, &self.limits)?,
            opening: self.opening.clone(),
            broke: Arc::clone(&self.broke),
            limits: self.limits.clone(),
            ..*self
        })
    }

    pub(super) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Sends the message, once, and returns the answer, cut where it is too long.
    pub(super) async fn send(&self, message: &Message) -> Result<Received, Failure> {
        let exchange = async { receive(self.start(message).await?, self.limits.body).await };
        let received = tokio::time::timeout(self.request_limit, exchange).await.unwrap_or(Err(Failure::TimedOut));
        if matches!(received, Err(Failure::Broken { unanswered: true, .. })) {
            self.broke.store(true, Ordering::Relaxed);
        }
        received
    }

    async fn start(&self, message: &Message) -> Result<Response, Failure> {
        let method = match message.method {
            "GET" => Method::GET,
            "HEAD" => Method::HEAD,
            "PUT" => Method::PUT,
            "DELETE" => Method::DELETE,
            _ => Method::POST,
        };
        let http = if self.broke.load(Ordering::Relaxed) { &self.opening } else { &self.keeping };
        let mut request = http.request(method, message.url.clone());
        for (name, value) in &message.headers {
            request = request.header(name, value);
        }
        if matches!(message.method, "POST" | "PUT") {
            if message.body.is_empty() {
                // A server may ask for it (RFC 9110, section 8.6), and it is left out otherwise.
                request = request.header(CONTENT_LENGTH, 0);
            }
            request = request.body(message.body.clone());
        }
        request.send().await.map_err(|error| failure(error, true))
    }
}

fn keeping(tls: bool, request_limit: Duration, limits: &Limits) -> Result<reqwest::Client, reqwest::Error> {
    builder(tls, request_limit, limits).pool_idle_timeout(IDLE).build()
}

fn builder(tls: bool, request_limit: Duration, limits: &Limits) -> ClientBuilder {
    let builder = reqwest::Client::builder()
        .http1_only()
        .tcp_nodelay(true)
        .no_proxy()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .connect_timeout(limits.connect.min(request_limit / 2));
    // Without TLS the system's root certificates need not be read, nor be there.
    if tls { builder } else { builder.tls_certs_only([]) }
}

async fn receive(mut response: Response, longest: usize) -> Result<Received, Failure> {
    let headers = response.headers().iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let mut received =
        Received { status: response.status().as_u16(), headers: headers.collect(), body: Vec::new(), whole: true };
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(error, false))? {
        let room = longest - received.body.len();
        received.body.extend(chunk.iter().take(room));
        if chunk.len() > room {
            received.whole = false;
            break;
        }
    }
    Ok(received)
}

fn failure(error: reqwest::Error, unanswered: bool) -> Failure {
    let (connecting, late, unsendable) = (error.is_connect(), error.is_timeout(), error.is_builder());
    let error = error.without_url();
    // That it was to be sent, and by whom, stands before why there is no connection.
    let connecting_failed = connecting.then(|| error.source().and_then(Error::source)).flatten();
    let reason = connecting_failed.map_or_else(|| chain(&error), chain);
    match (connecting || unsendable, late) {
        (true, _) => Failure::NotConnected(reason),
        (false, true) => Failure::TimedOut,
        (false, false) => Failure::Broken { reason, unanswered },
    }
}

/// Returns an error and its causes in one line.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        // Some errors already quote their cause.
        if !words.ends_with(&next) {
            words.push_str(": ");
            words.push_str(&next);
        }
        cause = error.source();
    }
    words
}
