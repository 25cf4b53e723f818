use std::collections::VecDeque;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::service::{Call, FaultCode, Fixture, Page, Reply};
use crate::sign::verify;

type Tested = Result<(), Box<dyn Error>>;

/// What the server does with a request.
#[derive(Debug)]
enum Act {
    /// Writes this, and keeps the connection.
    Say(Vec<u8>),
    /// Writes this, and closes the connection.
    Leave(Vec<u8>),
    /// Says nothing, and keeps the connection.
    Hang,
}

/// A server that plays its acts in order, one a request, over however many connections.
struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    async fn start(acts: impl IntoIterator<Item = Act>) -> Result<Self, Box<dyn Error>> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let requests = Arc::new(Mutex::new(Vec::new()));
        let acts = Arc::new(Mutex::new(acts.into_iter().collect::<VecDeque<_>>()));
        let (seen, connections) = (Arc::clone(&requests), Arc::new(AtomicUsize::new(0)));
        let opened = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                opened.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(serve(stream, Arc::clone(&acts), Arc::clone(&seen)));
            }
        });
        Ok(Self { address, requests, connections })
    }

    fn endpoint(&self) -> Result<Endpoint, EndpointError> {
        self.endpoint_with(|_| ())
    }

    fn endpoint_with(&self, change: impl FnOnce(&mut Settings)) -> Result<Endpoint, EndpointError> {
        let mut settings = Settings::new(format!("http://{}", self.address));
        settings.throttle_limit = Duration::from_secs(2);
        change(&mut settings);
        Endpoint::new(settings)
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().map(|requests| requests.clone()).unwrap_or_default()
    }
}

async fn serve(mut stream: TcpStream, acts: Arc<Mutex<VecDeque<Act>>>, seen: Arc<Mutex<Vec<String>>>) {
    while let Some(request) = request(&mut stream).await {
        seen.lock().map(|mut seen| seen.push(request)).unwrap_or_default();
        let act = acts.lock().ok().and_then(|mut acts| acts.pop_front()).unwrap_or(Act::Hang);
        let (bytes, leaves) = match act {
            Act::Say(bytes) => (bytes, false),
            Act::Leave(bytes) => (bytes, true),
            Act::Hang => (Vec::new(), false),
        };
        if stream.write_all(&bytes).await.is_err() || leaves {
            return;
        }
    }
}

async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut request = String::new();
    loop {
        if let Some((head, body)) = request.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some(request);
            }
        }
        let mut bytes = [0; 4096];
        let read = stream.read(&mut bytes).await.ok().filter(|read| *read > 0)?;
        request.push_str(&String::from_utf8_lossy(bytes.get(..read)?));
    }
}

fn http(status: u16, media_type: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\nx-amzn-RequestId: 7\r\n\r\n{body}")
        .into_bytes()
}

fn page() -> Vec<u8> {
    http(200, "text/xml", "<DescribeSnapshotsResponse><DescribeSnapshotsResult/></DescribeSnapshotsResponse>")
}

fn throttled() -> Vec<u8> {
    http(400, "text/xml", "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>")
}

fn read() -> Step {
    Call::describe(&text("a")).into()
}

fn write() -> Step {
    Call::Delete { name: Some(text("a")) }.into()
}

fn empty_page() -> Outcome {
    Outcome::Reply(Reply::Snapshots(Page::default()))
}

#[tokio::test]
async fn a_step_is_sent_and_its_answer_read() -> Tested {
    let server = Server::start([Act::Say(page()), Act::Say(page())]).await?;
    let (endpoint, clock) = (server.endpoint()?, Instant::now());
    let answer = endpoint.call(&read(), clock).await;
    assert_eq!((answer.outcome, answer.retries), (empty_page(), 0));
    assert_eq!(answer.form.request_id_header.as_deref(), Some("7"));
    assert!(answer.interval.called < answer.interval.returned && answer.interval.returned <= clock.elapsed());
    let exchange = answer.exchange;
    assert_eq!((&*exchange.method, exchange.status, exchange.body_cut), ("POST", Some(200), 0));
    assert_eq!(exchange.url, format!("http://{}/", server.address));
    assert_eq!(exchange.request_body, "Action=DescribeSnapshots&Version=2015-02-02&SnapshotName=a");
    let kept: Vec<_> = exchange.request_headers.iter().map(|(name, _)| &**name).collect();
    assert_eq!(kept, ["user-agent", "content-type", "x-amz-date"]);
    assert!(exchange.body.ends_with("</DescribeSnapshotsResponse>"));

    let mut by_get = read();
    by_get.dress.get = true;
    let answer = endpoint.call(&by_get, clock).await;
    assert_eq!(answer.outcome, empty_page());
    let line = "GET /?Action=DescribeSnapshots&Version=2015-02-02&SnapshotName=a HTTP/1.1\r\n";
    assert!(server.requests().get(1).is_some_and(|request| request.starts_with(line)));
    Ok(())
}

#[tokio::test]
async fn requests_are_signed_for_the_caller_and_the_region() -> Tested {
    let server = Server::start((0..4).map(|_| Act::Say(page()))).await?;
    let endpoint = server.endpoint()?;
    let other = endpoint.with_credentials(Credentials::new("210987654321", "other")).with_region("eu-west-1");
    let mut unsigned = read();
    unsigned.dress.unsigned = true;
    let mut by_get = read();
    by_get.dress.get = true;
    for (endpoint, step) in
        [(&endpoint, Call::Fixture(Fixture::WhoAmI).into()), (&other, write()), (&other, by_get), (&endpoint, unsigned)]
    {
        endpoint.call(&step, Instant::now()).await;
    }
    let principals: Vec<_> = server.requests().iter().map(|request| principal(request)).collect();
    let signed = |key: &str, region: &str, service: &str| Some([key, region, service].map(str::to_owned));
    assert_eq!(
        principals,
        [
            signed("test", "us-east-1", "sts"),
            signed("210987654321", "eu-west-1", "elasticache"),
            signed("210987654321", "eu-west-1", "elasticache"),
            None
        ]
    );
    Ok(())
}

/// Returns whose request it is, once its signature is found right.
fn principal(request: &str) -> Option<[String; 3]> {
    let (head, body) = request.split_once("\r\n\r\n")?;
    let (line, headers) = head.split_once("\r\n")?;
    let (method, rest) = line.split_once(' ')?;
    let headers = headers.lines().filter_map(|line| line.split_once(": "));
    let headers: Vec<_> = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let secret = |key: &str| Some(Credentials::new(key, if key == "test" { "test" } else { "other" }));
    let now = SystemTime::now();
    let found = verify(method, rest.strip_suffix(" HTTP/1.1")?, &headers, body.as_bytes(), secret, now);
    found.ok().map(|found| [found.access_key, found.region, found.service])
}

#[tokio::test]
async fn throttling_is_waited_out_up_to_its_limit() -> Tested {
    let server = Server::start([Act::Say(throttled()), Act::Say(throttled()), Act::Say(page())]).await?;
    let answer = server.endpoint()?.call(&read(), Instant::now()).await;
    assert_eq!((answer.outcome, answer.retries), (empty_page(), 2));

    let server = Server::start((0..9).map(|_| Act::Say(throttled()))).await?;
    let impatient = server.endpoint_with(|settings| settings.throttle_limit = Duration::from_millis(120))?;
    let answer = impatient.call(&write(), Instant::now()).await;
    assert!(matches!(&answer.outcome, Outcome::Fault(fault) if fault.code == FaultCode::Throttling));
    assert_eq!(usize::try_from(answer.retries)? + 1, server.requests().len());
    assert_eq!(answer.retries, 1);
    Ok(())
}

#[tokio::test]
async fn a_read_on_a_stale_connection_is_sent_again_and_a_write_is_not() -> Tested {
    let acts = || [Act::Say(page()), Act::Leave(Vec::new()), Act::Say(page())];
    let server = Server::start(acts()).await?;
    let endpoint = server.endpoint()?;
    endpoint.call(&read(), Instant::now()).await;
    let answer = endpoint.call(&read(), Instant::now()).await;
    assert_eq!((answer.outcome, answer.retries), (empty_page(), 1));

    let server = Server::start(acts()).await?;
    let endpoint = server.endpoint()?;
    endpoint.call(&read(), Instant::now()).await;
    let answer = endpoint.call(&write(), Instant::now()).await;
    assert!(matches!(answer.outcome, Outcome::Indeterminate(Indeterminate::Broken(_))), "{:?}", answer.outcome);
    assert_eq!((answer.retries, server.requests().len(), answer.form.status), (0, 2, 0));
    assert_eq!(answer.exchange.status, None);
    Ok(())
}

#[tokio::test]
async fn no_connection_is_kept_once_one_broke_in_place_of_an_answer() -> Tested {
    let says = || Act::Say(page());
    let server =
        Server::start([says(), says(), Act::Leave(Vec::new())].into_iter().chain((0..6).map(|_| says()))).await?;
    let opened = || server.connections.load(Ordering::Relaxed);
    let endpoint = server.endpoint()?;
    let apart = endpoint.apart()?;
    endpoint.call(&read(), Instant::now()).await;
    endpoint.call(&write(), Instant::now()).await;
    assert_eq!(opened(), 1);
    let lost = endpoint.call(&write(), Instant::now()).await;
    assert!(matches!(lost.outcome, Outcome::Indeterminate(Indeterminate::Broken(_))), "{:?}", lost.outcome);
    for (before, endpoint) in (1..).zip([&endpoint, &endpoint, &apart, &apart, &endpoint.apart()?, &endpoint]) {
        let answer = endpoint.call(&read(), Instant::now()).await;
        assert_eq!((answer.outcome, answer.retries, opened()), (empty_page(), 0, before + 1));
    }
    Ok(())
}

#[tokio::test]
async fn no_whole_answer_is_indeterminate() -> Tested {
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<Desc".to_vec();
    let server = Server::start([Act::Leave(half), Act::Leave(Vec::new()), Act::Leave(Vec::new()), Act::Hang]).await?;
    let endpoint = server.endpoint_with(|settings| settings.request_limit = Duration::from_millis(300))?;
    for retries in [0, 1] {
        let answer = endpoint.call(&read(), Instant::now()).await;
        assert!(matches!(answer.outcome, Outcome::Indeterminate(Indeterminate::Broken(_))), "{:?}", answer.outcome);
        assert_eq!(answer.retries, retries);
    }
    let answer = endpoint.call(&read(), Instant::now()).await;
    assert_eq!(answer.outcome, Outcome::Indeterminate(Indeterminate::TimedOut));

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    drop(listener);
    let nobody = Endpoint::new(Settings::new(format!("http://{address}")))?;
    let answer = nobody.call(&write(), Instant::now()).await;
    assert!(matches!(answer.outcome, Outcome::Indeterminate(Indeterminate::NotConnected(_))), "{:?}", answer.outcome);
    assert!(matches!(nobody.get("/health").await, Err(EndpointError::Unreachable { .. })));
    Ok(())
}

#[tokio::test]
async fn what_is_no_answer_of_the_service_is_alien() -> Tested {
    let Limits { body, kept, .. } = Limits::default();
    let long = format!("<a>{}", " ".repeat(body));
    let moved = b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n".to_vec();
    let html = http(404, "text/html; charset=utf-8", "<html>no such page</html>");
    let acts = [html, http(200, "text/xml", &long), moved, http(502, "text/html", "<html>bad gateway</html>")];
    let server = Server::start(acts.map(Act::Say)).await?;
    let endpoint = server.endpoint()?;
    for (reason, cut) in [("HTML, not XML", 0), ("a body of more than 4096 KiB", body - kept), ("an empty body", 0)] {
        let answer = endpoint.call(&write(), Instant::now()).await;
        let Outcome::Alien(alien) = answer.outcome else { unreachable!("{:?}", answer.outcome) };
        assert_eq!((&*alien.reason, answer.exchange.body_cut), (reason, cut));
    }
    let answer = endpoint.call(&write(), Instant::now()).await;
    assert!(matches!(answer.outcome, Outcome::Indeterminate(Indeterminate::ServerError { status: 502, .. })));
    Ok(())
}

#[tokio::test]
async fn a_pace_holds_over_clones() -> Tested {
    let server = Server::start((0..4).map(|_| Act::Say(page()))).await?;
    let endpoint = server.endpoint_with(|settings| settings.pace = Some(20.0))?;
    let (clone, clock) = (endpoint.with_region("eu-west-1"), Instant::now());
    let (asked, reread) = (read(), read());
    tokio::join!(endpoint.call(&asked, clock), clone.call(&reread, clock));
    let third = endpoint.call(&asked, clock).await;
    assert!(third.interval.called >= Duration::from_millis(100), "{:?}", third.interval);
    Ok(())
}

#[tokio::test]
async fn plain_requests_are_unsigned() -> Tested {
    let server = Server::start([http(200, "text/plain", "up"), http(503, "text/plain", "")].map(Act::Say)).await?;
    let endpoint = server.endpoint()?;
    assert_eq!(endpoint.get("/_health?x=1").await?, (200, "up".to_owned()));
    assert_eq!(endpoint.post("/_reset").await?, (503, String::new()));
    let requests = server.requests();
    assert!(requests.iter().all(|request| !request.contains("authorization")));
    let lines: Vec<_> = requests.iter().filter_map(|request| request.lines().next()).collect();
    assert_eq!(lines, ["GET /_health?x=1 HTTP/1.1", "POST /_reset HTTP/1.1"]);
    Ok(())
}

#[test]
fn an_endpoint_that_cannot_be_is_refused() {
    let refused = |url: &str| Endpoint::new(Settings::new(url)).err().map(|error| error.to_string());
    for (url, reason) in [
        ("localhost:4566", "its scheme is neither `http` nor `https`"),
        ("127.0.0.1:4566", "relative URL without a base"),
        ("http://a:b@localhost/", "it carries a user"),
        ("http://localhost/?a=b", "it carries a query or a fragment"),
    ] {
        assert_eq!(refused(url), Some(format!("`{url}` is no URL of an endpoint: {reason}")));
    }
    for pace in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let settings = Settings { pace: Some(pace), ..Settings::new("http://localhost") };
        assert!(matches!(Endpoint::new(settings), Err(EndpointError::Pace(_))), "{pace}");
    }
    // Whether there are root certificates is the machine's affair.
    let secure = Endpoint::new(Settings::new("https://elasticache.us-east-1.amazonaws.com"));
    assert!(matches!(secure, Ok(_) | Err(EndpointError::Client(_))));
}
