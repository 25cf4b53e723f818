//! A toy emulator of ElastiCache's snapshots, and its test: `cargo test --example toy` starts it in this process and runs
//! the suite against it, one trial a case. What it does not have - tags, exports, keys - is `unsupported` or does not apply.
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use copysnap::wire::form_decode;

const NAMESPACE: &str = "http://elasticache.amazonaws.com/doc/2015-02-02/";
/// What a Marker begins with; the name of the last snapshot that was shown follows.
const AFTER: &str = "after ";

fn main() -> ExitCode {
    match start() {
        Ok(url) => copysnap::trials::main(&url),
        Err(_) => ExitCode::FAILURE,
    }
}

/// Starts the toy on a free port, on threads of this process, and returns its URL.
fn start() -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    let toy = Arc::new(Mutex::new(Toy::default()));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let toy = Arc::clone(&toy);
            // A connection that breaks is the other side's business.
            std::thread::spawn(move || serve(stream, &toy).ok());
        }
    });
    Ok(url)
}

/// Answers the requests of one connection.
fn serve(stream: TcpStream, toy: &Mutex<Toy>) -> std::io::Result<()> {
    // An answer goes out at once.
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            let Some((name, value)) = header.trim_end().split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let form = path.split_once('?').map_or(body, |(_, query)| query.as_bytes().to_vec());
        let request: Request = form_decode(&form).unwrap_or_default().into_iter().rev().collect();
        let id = request_id();
        let (status, text) = match toy.lock().unwrap_or_else(PoisonError::into_inner).answer(&request) {
            Ok((action, inner)) => (
                200,
                format!(
                    "<{action}Response xmlns=\"{NAMESPACE}\"><{action}Result>{inner}</{action}Result>\
                     <ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></{action}Response>"
                ),
            ),
            Err((status, code, message)) => (
                status,
                format!(
                    "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>Sender</Type><Code>{code}</Code>\
                     <Message>{}</Message></Error><RequestId>{id}</RequestId></ErrorResponse>",
                    escaped(&message)
                ),
            ),
        };
        write!(
            writer,
            "HTTP/1.1 {status} x\r\ncontent-type: text/xml\r\nx-amzn-requestid: {id}\r\ncontent-length: {}\r\n\r\n{text}",
            text.len()
        )?;
    }
}

fn request_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("00000000-0000-4000-8000-{:012x}", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

type Request = BTreeMap<String, String>;
/// Status, code and message of a refusal.
type Refusal = (u16, &'static str, String);

fn invalid(message: &str) -> Refusal {
    (400, "InvalidParameterValue", message.to_owned())
}

/// A snapshot: what it was taken of.
#[derive(Clone)]
struct Snapshot {
    group: String,
}

/// All there is.
#[derive(Default)]
struct Toy {
    groups: BTreeMap<String, ()>,
    snapshots: BTreeMap<String, Snapshot>,
}

impl Toy {
    /// Returns the action and what is in its result.
    fn answer(&mut self, request: &Request) -> Result<(String, String), Refusal> {
        let action = request.get("Action").cloned().unwrap_or_default();
        if action.is_empty() {
            return Err((400, "MissingAction", "no action is named".to_owned()));
        }
        if request.get("Version").is_some_and(|version| version != "2015-02-02") {
            return Err((400, "InvalidAction", "there is no such version".to_owned()));
        }
        let inner = match action.as_str() {
            "CreateReplicationGroup" => {
                let id = required(request, "ReplicationGroupId")?.to_ascii_lowercase();
                self.groups.insert(id.clone(), ());
                group(&id, "available")
            }
            "DescribeReplicationGroups" => {
                let wanted = request.get("ReplicationGroupId").map(|id| id.to_ascii_lowercase());
                let all: String = self
                    .groups
                    .keys()
                    .filter(|id| wanted.as_ref().is_none_or(|wanted| *id == wanted))
                    .map(|id| group(id, "available"))
                    .collect();
                if all.is_empty() && wanted.is_some() {
                    return Err((404, "ReplicationGroupNotFoundFault", "there is no such group".to_owned()));
                }
                format!("<ReplicationGroups>{all}</ReplicationGroups>")
            }
            "DeleteReplicationGroup" => {
                let id = required(request, "ReplicationGroupId")?.to_ascii_lowercase();
                if self.groups.remove(&id).is_none() {
                    return Err((404, "ReplicationGroupNotFoundFault", "there is no such group".to_owned()));
                }
                group(&id, "deleting")
            }
            "CreateSnapshot" => self.create(request)?,
            "CopySnapshot" => self.copy(request)?,
            "DeleteSnapshot" => {
                let name = required(request, "SnapshotName")?.to_ascii_lowercase();
                let gone = self.snapshots.remove(&name).ok_or_else(absent)?;
                format!("<Snapshot>{}</Snapshot>", gone.shown(&name, "deleting"))
            }
            "DescribeSnapshots" => self.describe(request)?,
            _ => return Err((400, "InvalidAction", format!("there is no action {action}"))),
        };
        Ok((action, inner))
    }

    fn create(&mut self, request: &Request) -> Result<String, Refusal> {
        let name = target(request, "SnapshotName")?;
        let group = request.get("ReplicationGroupId").map(|id| id.to_ascii_lowercase()).filter(|id| !id.is_empty());
        let cluster = request.get("CacheClusterId").is_some_and(|id| !id.is_empty());
        if tags(request) > 50 {
            return Err((400, "TagQuotaPerResourceExceeded", "more than 50 tags".to_owned()));
        }
        let group = match (group, cluster) {
            (Some(group), false) if self.groups.contains_key(&group) => group,
            (Some(_), false) => {
                return Err((404, "ReplicationGroupNotFoundFault", "there is no such group".to_owned()));
            }
            (None, true) => return Err((404, "CacheClusterNotFound", "there is no such cluster".to_owned())),
            _ => return Err((400, "InvalidParameterCombination", "one owner is needed".to_owned())),
        };
        self.add(name, Snapshot { group })
    }

    fn copy(&mut self, request: &Request) -> Result<String, Refusal> {
        let source = required(request, "SourceSnapshotName")?.to_ascii_lowercase();
        let name = target(request, "TargetSnapshotName")?;
        if tags(request) > 50 {
            return Err((400, "TagQuotaPerResourceExceeded", "more than 50 tags".to_owned()));
        }
        if request.get("TargetBucket").is_some_and(|bucket| !bucket.is_empty()) {
            return Err(invalid("exports are not done"));
        }
        let copied = self.snapshots.get(&source).cloned().ok_or_else(absent)?;
        self.add(name, copied)
    }

    fn add(&mut self, name: String, snapshot: Snapshot) -> Result<String, Refusal> {
        if self.snapshots.contains_key(&name) {
            let message = "Snapshot with specified name already exists.";
            return Err((400, "SnapshotAlreadyExistsFault", message.to_owned()));
        }
        let shown = format!("<Snapshot>{}</Snapshot>", snapshot.shown(&name, "creating"));
        self.snapshots.insert(name, snapshot);
        Ok(shown)
    }

    fn describe(&self, request: &Request) -> Result<String, Refusal> {
        let given =
            |key: &str| request.get(key).filter(|value| !value.is_empty()).map(|value| value.to_ascii_lowercase());
        let most = match request.get("MaxRecords").filter(|most| !most.is_empty()) {
            None => 50,
            Some(most) => most
                .parse()
                .ok()
                .filter(|most| (20..=50).contains(most))
                .ok_or_else(|| invalid("MaxRecords is 20 to 50"))?,
        };
        let (name, group, cluster) = (given("SnapshotName"), given("ReplicationGroupId"), given("CacheClusterId"));
        // There are no backups of the service's own making, and no clusters.
        let none = given("SnapshotSource").is_some_and(|source| source == "system") || cluster.is_some();
        // It holds also where the last one shown is gone by now.
        let after = match request.get("Marker").filter(|marker| !marker.is_empty()) {
            None => None,
            Some(marker) => Some(marker.strip_prefix(AFTER).ok_or_else(|| invalid("there is no such marker"))?),
        };
        let mut rest = self
            .snapshots
            .iter()
            .filter(|_| !none)
            .filter(|(known, _)| name.as_ref().is_none_or(|name| *known == name))
            .filter(|(_, snapshot)| group.as_ref().is_none_or(|group| snapshot.group == *group))
            .filter(|(known, _)| after.is_none_or(|after| known.as_str() > after))
            .peekable();
        let mut all = String::new();
        let mut last = String::new();
        for (name, snapshot) in rest.by_ref().take(most) {
            all.push_str(&format!("<Snapshot>{}</Snapshot>", snapshot.shown(name, "available")));
            last.clone_from(name);
        }
        let marker = if rest.peek().is_some() { format!("<Marker>{AFTER}{last}</Marker>") } else { String::new() };
        Ok(format!("{marker}<Snapshots>{all}</Snapshots>"))
    }
}

impl Snapshot {
    fn shown(&self, name: &str, status: &str) -> String {
        format!(
            "<SnapshotName>{name}</SnapshotName><ReplicationGroupId>{}</ReplicationGroupId>\
             <SnapshotStatus>{status}</SnapshotStatus><SnapshotSource>manual</SnapshotSource>\
             <CacheNodeType>cache.t4g.micro</CacheNodeType><Engine>redis</Engine><EngineVersion>7.1.0</EngineVersion>\
             <Port>6379</Port><ARN>arn:aws:elasticache:us-east-1:123456789012:snapshot:{name}</ARN>",
            self.group
        )
    }
}

fn group(id: &str, status: &str) -> String {
    format!(
        "<ReplicationGroup><ReplicationGroupId>{id}</ReplicationGroupId><Status>{status}</Status></ReplicationGroup>"
    )
}

fn absent() -> Refusal {
    (404, "SnapshotNotFoundFault", "there is no such snapshot".to_owned())
}

fn required<'a>(request: &'a Request, key: &str) -> Result<&'a str, Refusal> {
    let given = request.get(key).filter(|value| !value.trim().is_empty());
    given
        .map(String::as_str)
        .ok_or_else(|| invalid(&format!("The parameter {key} must be provided and must not be blank.")))
}

/// Returns the name under which a snapshot is to be kept.
fn target(request: &Request, key: &str) -> Result<String, Refusal> {
    let name = required(request, key)?.to_ascii_lowercase();
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic());
    if plain && begins && !name.contains("--") && !name.ends_with('-') && name.len() <= 255 {
        Ok(name)
    } else {
        Err(invalid(&format!("The parameter {key} is not a valid identifier.")))
    }
}

/// Counts the tags of a request; they are read and not kept.
fn tags(request: &Request) -> usize {
    request.keys().filter(|key| key.starts_with("Tags.") && key.ends_with(".Key")).count()
}
