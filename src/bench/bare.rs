//! How many of a run's requests a bare loop of the HTTP client sends in a second: what copysnap does beside sending is
//! measured against it, by `.ci/speed/run`.
//!
//! Usage: `cargo bench --bench bare -- LOG URL LANES SECONDS`; prints requests a second.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench may stop where it stands, and says what it counted"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use copysnap::record::{Log, Record, StepRecord};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

/// A request as it is sent again.
struct Request {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: String,
}

/// Returns what a step sent; `None` where it is no request of HTTP.
fn request(step: &StepRecord) -> Option<Request> {
    let url = Url::parse(&step.url).ok()?;
    let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let header = |(name, value): &(String, String)| {
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?))
    };
    let headers = step.request_headers.iter().filter_map(header).collect();
    Some(Request { method: step.method.parse().ok()?, path, headers, body: step.request.clone() })
}

#[tokio::main]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let [log, url, lanes, seconds] = words.as_slice() else {
        println!("usage: cargo bench --bench bare -- LOG URL LANES SECONDS");
        return;
    };
    let lanes: usize = lanes.parse().expect("LANES is a number");
    let granted = Duration::from_secs(seconds.parse().expect("SECONDS is a number"));
    let records = Log::read_whole(log.as_ref()).expect("LOG can be read");
    let sent = |record: &Record| if let Record::Step(step) = record { request(step) } else { None };
    let requests: Arc<[Request]> = records.iter().filter_map(sent).collect();
    assert!(!requests.is_empty(), "{log}: no request in it");
    let provider = rustls::crypto::ring::default_provider();
    provider.install_default().expect("no provider was there before");
    let client = reqwest::Client::builder().build().expect("a client");
    let (next, begun) = (Arc::new(AtomicUsize::new(0)), Instant::now());
    let lane = || {
        let (client, requests, next, url) = (client.clone(), Arc::clone(&requests), Arc::clone(&next), url.clone());
        tokio::spawn(async move {
            let url = url.trim_end_matches('/');
            while begun.elapsed() < granted {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(request) = requests.get(number % requests.len()) else { return };
                let call = client.request(request.method.clone(), format!("{url}{}", request.path));
                let call = call.headers(request.headers.clone()).body(request.body.clone());
                call.send().await.expect("an answer").bytes().await.expect("a whole answer");
            }
        })
    };
    let running: Vec<_> = (0..lanes).map(|_| lane()).collect();
    for lane in running {
        lane.await.expect("a lane that ends");
    }
    let sent = u32::try_from(next.load(Ordering::Relaxed)).expect("fewer than four billion");
    println!("{:.0}", f64::from(sent) / begun.elapsed().as_secs_f64());
}
