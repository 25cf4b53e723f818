use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;

use libtest_mimic::{Failed, Trial};

use super::command::{Ended, made, ran};
use super::stage::Stage;
use super::{Check, checks, none};
use crate::refserver::{Defect, Options, RefServer};

const ACCESS_KEY: &str = "AKIAPLANTED0000PLANTED";
const SECRET_KEY: &str = "planted/secret+key=of0nobody0at0all";
/// An account of nobody's, which emulators take for an access key.
const ACCOUNT: &str = "271828182845";
const OTHER_ACCOUNT: &str = "314159265358";

/// Returns the trials on what no output shows.
pub(super) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let all: &[Check] = &[
        ("keys and signatures stay unseen where the endpoint repeats them", echo),
        ("accounts stay unseen, and the log is judged all the same", accounts),
        ("a script for a person's own keys does not hold them", script),
    ];
    checks(stage, "cli", all).collect()
}

fn echo(stage: &Stage) -> Result<(), Failed> {
    let server = RefServer::start(Options::default())?;
    let url = repeater(&server.url)?;
    let folder = made(stage)?;
    let out = folder.display().to_string();
    let own = ["--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY, "--other-account", OTHER_ACCOUNT];
    let words = ["run", "--endpoint", &url, "--case", "copy/*", "--explore", "0", "--out", &out];
    let ended = ran(stage, &[&words[..], &own].concat())?;
    let log = std::fs::read_to_string(folder.join("log.jsonl"))?;
    let mut wrong = planted(&ended, &folder, &[ACCESS_KEY, SECRET_KEY, "of0nobody0at0all", OTHER_ACCOUNT])?;
    if ended.code != 0 {
        wrong.push(format!("the run gave {}: {}{}", ended.code, ended.out, ended.err));
    }
    // What is looked for has to have been there.
    let marks = ["Credential=access-key/", "Signature=hidden"];
    wrong.extend(marks.iter().filter(|mark| !log.contains(**mark)).map(|mark| format!("the log lacks {mark}")));
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_hexdigit).count();
    wrong.extend(log.split("Signature=").skip(1).find(|rest| digits(rest) > 16).map(|_| "a signature".to_owned()));
    let _ = std::fs::remove_dir_all(&folder);
    none(&wrong)
}

fn accounts(stage: &Stage) -> Result<(), Failed> {
    let defect = Some(Defect::CopyTagsNotInherited);
    let server = RefServer::start(Options { defect, ..Options::default() })?;
    let folder = made(stage)?;
    let at = |name: &str| folder.join(name).display().to_string();
    let (out, log, anew, again) = (at("run"), at("run/log.jsonl"), at("anew"), at("again"));
    let own = ["--access-key", ACCOUNT, "--secret-key", "test", "--other-account", OTHER_ACCOUNT];
    let cases = ["--case", "tags/*", "--case", "export/by-acl"];
    let words = ["run", "--endpoint", &server.url, "--seed", "1", "--out", &out];
    let mut wrong = Vec::new();
    for (words, code) in [
        ([&words[..], &own, &cases].concat(), 1),
        ([&words[..], &own, &["--case", "tags/*", "--format", "github"]].concat(), 1),
        ([&words[..], &own, &cases, &["--format", "json"]].concat(), 1),
        (vec!["report", &log, "--out", &again], 1),
        (vec!["judge", &log, "--out", &anew], 1),
    ] {
        let ended = ran(stage, &words)?;
        wrong.extend(planted(&ended, &folder, &[ACCOUNT, OTHER_ACCOUNT])?);
        if ended.code != code {
            wrong.push(format!("`{}` gave {}, not {code}: {}{}", words.join(" "), ended.code, ended.out, ended.err));
        }
    }
    let log = std::fs::read_to_string(&log)?;
    let of_both = ["999900000001", "999900000002"];
    wrong.extend(of_both.iter().filter(|shown| !log.contains(**shown)).map(|shown| format!("the log lacks {shown}")));
    let _ = std::fs::remove_dir_all(&folder);
    none(&wrong)
}

fn script(stage: &Stage) -> Result<(), Failed> {
    let mut wrong = Vec::new();
    for tool in ["aws-cli", "boto3", "curl"] {
        let own = ["--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY];
        let words = ["replay", "copy/plain", "--endpoint", "http://127.0.0.1:1", "--as", tool];
        let ended = ran(stage, &[&words[..], &own].concat())?;
        wrong.extend(found(&ended.out, &[ACCESS_KEY, SECRET_KEY]).map(|word| format!("{tool}: {word}")));
        let asks = ended.out.contains("AWS_ACCESS_KEY_ID:?") || ended.out.contains("KEY, SECRET = None, None");
        if ended.code != 0 || !asks {
            wrong.push(format!("{tool}: {}{}", ended.out, ended.err));
        }
    }
    let url = format!("http://{ACCOUNT}:{SECRET_KEY}@127.0.0.1:1").replace('/', "%2F").replace("%2F%2F", "//");
    let ended = ran(stage, &["run", "--endpoint", &url])?;
    wrong.extend(found(&format!("{}{}", ended.out, ended.err), &["planted", ACCOUNT]));
    if ended.code != 2 {
        wrong.push(format!("a URL with a user's name gave {}", ended.code));
    }
    none(&wrong)
}

/// Returns which of the words a text holds.
fn found(text: &str, words: &[&str]) -> impl Iterator<Item = String> {
    words.iter().filter(|word| text.contains(**word)).map(|word| (*word).to_owned()).collect::<Vec<_>>().into_iter()
}

/// Looks for what was planted in what was printed and in every file, and for files that others could read. The ledger
/// alone has accounts: what is left behind is removed by them.
fn planted(ended: &Ended, folder: &Path, words: &[&str]) -> Result<Vec<String>, Failed> {
    let mut wrong: Vec<String> =
        found(&format!("{}{}", ended.out, ended.err), words).map(|word| format!("{word} is printed")).collect();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = String::from_utf8_lossy(&std::fs::read(&path)?).into_owned();
            let ledger = path.ends_with("ledger.jsonl");
            let is_account = |word: &String| word.bytes().all(|byte| byte.is_ascii_digit());
            let shown = found(&text, words).filter(|word| !(ledger && is_account(word)));
            wrong.extend(shown.map(|word| format!("{word} is in {}", path.display())));
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                let mode = std::fs::metadata(&path)?.permissions().mode() & 0o777;
                if mode & 0o077 != 0 {
                    wrong.push(format!("{} has mode {mode:o}", path.display()));
                }
            }
        }
    }
    Ok(wrong)
}

/// Starts an endpoint that has another one answer, and repeats in a header how the request was signed.
fn repeater(behind: &str) -> Result<String, Failed> {
    let behind: SocketAddr = behind.trim_start_matches("http://").parse()?;
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let url = format!("http://{}", listener.local_addr()?);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || repeat(&stream, behind));
        }
    });
    Ok(url)
}

/// Answers one request.
fn repeat(stream: &TcpStream, behind: SocketAddr) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut signed, mut length) = (String::new(), String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.split_once(':') {
            Some(("content-length", value)) => length = value.trim().parse().unwrap_or_default(),
            Some(("authorization", value)) => value.trim().clone_into(&mut signed),
            _ => {}
        }
        if line.trim_end().is_empty() {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut other = TcpStream::connect(behind)?;
    write!(other, "{head}connection: close\r\n\r\n")?;
    other.write_all(&body)?;
    let mut answer = Vec::new();
    other.read_to_end(&mut answer)?;
    let first = answer.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let (status, rest) = answer.split_at_checked(first).unwrap_or_default();
    let mut stream = stream;
    stream.write_all(status)?;
    write!(stream, "x-asked: {signed}\r\n")?;
    stream.write_all(rest)
}
