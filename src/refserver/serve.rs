use std::convert::Infallible;
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
use super::worlds::{Sent, Worlds};
use super::{Control, Options};

/// The largest body that is read.
const LARGEST_BODY: usize = 4 << 20;

/// What all connections share. One request at a time has the worlds, so that each is answered as a whole.
struct Shared {
    started: Instant,
    control: Option<Control>,
    worlds: Mutex<Worlds>,
}

/// Serves until told to stop, or until whoever might tell is gone.
pub(super) async fn serve(listener: std::net::TcpListener, options: Options, mut stopped: oneshot::Receiver<()>) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    let control = options.control.clone();
    let worlds = Mutex::new(Worlds::new(options, Timestamp::now()));
    let shared = Arc::new(Shared { started: Instant::now(), control, worlds });
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
        async move { Ok::<_, Infallible>(respond(request, &shared).await) }
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

async fn respond(request: Request<Incoming>, shared: &Shared) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, LARGEST_BODY).collect().await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let body = body.to_bytes();
    let asked = Asked::new(&parts, &body);
    if let Some(control) = &shared.control {
        match control.answer(&asked) {
            Some(sent) => return response(sent),
            None => return std::future::pending().await,
        }
    }
    response(answer(&asked, shared).await)
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
