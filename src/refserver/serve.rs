use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::Timestamp;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::asked::Asked;
use super::keys::Keys;
use super::virtual_aws::{After, Before, Cloud, REPORT, failed};
use super::worlds::{Sent, Worlds};
use super::{Control, Options};
use crate::service::text;

/// The largest body that is read.
const LARGEST_BODY: usize = 4 << 20;

/// What all connections share. One request at a time has the worlds, so that each is answered as a whole.
struct Shared {
    started: Instant,
    control: Option<Control>,
    keys: Keys,
    /// What stands before the worlds; `None` where nothing does.
    cloud: Option<Mutex<Cloud>>,
    worlds: Mutex<Worlds>,
}

/// The connection is to break without an answer.
#[derive(Clone, Copy, Debug)]
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is broken on purpose")
    }
}

impl std::error::Error for Broken {}

/// Serves until told to stop, or until whoever might tell is gone.
pub(super) async fn serve(listener: std::net::TcpListener, options: Options, mut stopped: oneshot::Receiver<()>) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    let control = options.control.clone();
    let epoch = Timestamp::now();
    let keys = options.virtual_aws.as_ref().map_or(Keys::Anybodys, |cloud| Keys::Of(cloud.sessions.clone()));
    let cloud = options.virtual_aws.as_ref().map(|cloud| Mutex::new(Cloud::new(cloud, epoch)));
    let worlds = Mutex::new(Worlds::new(options, epoch));
    let shared = Arc::new(Shared { started: Instant::now(), control, keys, cloud, worlds });
    loop {
        tokio::select! {
            _ = &mut stopped => return,
            accepted = listener.accept() => {
                // A connection that broke before it was accepted is the caller's business.
                if let Ok((stream, _)) = accepted {
                    tokio::spawn(connection(stream, Arc::clone(&shared)));
                }
            }
        }
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    // Without it answers wait for acknowledgements; where it cannot be set, they are only slower.
    let _ = stream.set_nodelay(true);
    if shared.control == Some(Control::Reset) {
        return reset(stream).await;
    }
    let service = service_fn(|request| {
        let shared = Arc::clone(&shared);
        async move { respond(request, &shared).await }
    });
    // A connection that breaks ends here; nobody is left to be told.
    let _ = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await;
}

/// Waits for the first bytes of a request and breaks the connection off.
async fn reset(stream: TcpStream) {
    let _ = stream.readable().await;
    // What has come and was not read makes the closing a reset, also where this cannot be set.
    let _ = stream.set_zero_linger();
}

async fn respond(request: Request<Incoming>, shared: &Shared) -> Result<Response<Full<Bytes>>, Broken> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, LARGEST_BODY).collect().await else {
        return Ok(plain(StatusCode::PAYLOAD_TOO_LARGE));
    };
    let body = body.to_bytes();
    let asked = Asked::new(&parts, &body, &shared.keys);
    if let Some(control) = &shared.control {
        match control.answer(&asked) {
            Some(sent) => return Ok(response(sent)),
            None => return std::future::pending().await,
        }
    }
    match &shared.cloud {
        None => Ok(response(answer(&asked, shared).await)),
        Some(cloud) if parts.uri.path() == REPORT => Ok(response(report(shared, cloud))),
        Some(cloud) => through(&asked, shared, cloud).await.map(response),
    }
}

/// Lets a request through what stands before the worlds, as far as it gets.
async fn through(asked: &Asked<'_>, shared: &Shared, cloud: &Mutex<Cloud>) -> Result<Sent, Broken> {
    let cloud = || cloud.lock().unwrap_or_else(PoisonError::into_inner);
    let fault =
        |fault, status| shared.worlds.lock().unwrap_or_else(PoisonError::into_inner).fault(asked, fault, status);
    let before = cloud().before(asked);
    let after = match before {
        Before::Breaks => return Err(Broken),
        Before::Fault(said, status) => return Ok(fault(said, status)),
        Before::Passes(after) => after,
    };
    let sent = answer(asked, shared).await;
    cloud().after(asked, &sent, shared.started.elapsed());
    match after {
        After::Goes => Ok(sent),
        After::Breaks => Err(Broken),
        After::Fails => Ok(fault(failed(), 500)),
    }
}

fn report(shared: &Shared, cloud: &Mutex<Cloud>) -> Sent {
    let held = shared.worlds.lock().unwrap_or_else(PoisonError::into_inner).held(shared.started.elapsed());
    let report = cloud.lock().unwrap_or_else(PoisonError::into_inner).report(&held);
    let content_type = Some(text("application/json"));
    Sent { status: 200, content_type, request_id: None, body: format!("{report}\n").into_bytes() }
}

async fn answer(asked: &Asked<'_>, shared: &Shared) -> Sent {
    let worlds = || shared.worlds.lock().unwrap_or_else(PoisonError::into_inner);
    let window = worlds().window(asked);
    let Some(window) = window else { return worlds().answer(asked, shared.started.elapsed()) };
    // Some defects look and do in two turns, and others have theirs between.
    let ticket = worlds().look(asked, shared.started.elapsed());
    let Some(ticket) = ticket else { return worlds().answer(asked, shared.started.elapsed()) };
    tokio::time::sleep(window).await;
    worlds().act(asked, ticket, shared.started.elapsed())
}

fn response(sent: Sent) -> Response<Full<Bytes>> {
    let status = StatusCode::from_u16(sent.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::new(Full::new(Bytes::from(sent.body)));
    *response.status_mut() = status;
    let headers = [(header::CONTENT_TYPE, sent.content_type), (REQUEST_ID, sent.request_id)];
    for (name, value) in headers {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

const REQUEST_ID: header::HeaderName = header::HeaderName::from_static("x-amzn-requestid");

fn plain(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::new()));
    *response.status_mut() = status;
    response
}
