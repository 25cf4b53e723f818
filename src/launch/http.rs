//! A request without a body, to a port of this machine. Not a client: what is judged goes through `endpoint`.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(5);

/// How much of an answer is read.
const LONGEST: usize = 64 * 1024;

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

impl Answer {
    pub(super) const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }
}

/// Returns the answer to the request, or what went wrong, as words that follow the URL.
pub(super) async fn ask(method: &str, port: u16, path: &str) -> Result<Answer, String> {
    match timeout(LIMIT, exchange(method, port, path)).await {
        Ok(Ok(bytes)) => parsed(&bytes).ok_or_else(|| "was not answered in HTTP".to_owned()),
        Ok(Err(error)) => Err(format!("failed: {error}")),
        Err(_) => Err(format!("was not answered within {} s", LIMIT.as_secs())),
    }
}

async fn exchange(method: &str, port: u16, path: &str) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: */*\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let count = match stream.read(&mut chunk).await {
            Ok(count) => count,
            // What came before a reset may be an answer already.
            Err(_) if !bytes.is_empty() => 0,
            Err(error) => return Err(error),
        };
        bytes.extend_from_slice(chunk.get(..count).unwrap_or_default());
        if count == 0 || bytes.len() >= LONGEST || is_whole(&bytes) {
            return Ok(bytes);
        }
    }
}

/// Tells whether the body is as long as the head says, as some servers never close.
fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let Some((head, _)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        if key.eq_ignore_ascii_case("content-length") { value.trim().parse::<usize>().ok() } else { None }
    });
    length.is_some_and(|length| bytes.len() >= head.len() + 4 + length)
}

fn parsed(bytes: &[u8]) -> Option<Answer> {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut words = head.lines().next()?.split(' ');
    let spoken = words.next()?.starts_with("HTTP/1.");
    let status = words.next()?.parse().ok()?;
    spoken.then(|| Answer { status, body: body.to_owned() })
}
