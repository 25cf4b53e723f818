use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, pipe};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::LaunchError;
use crate::target::Target;

/// How many of a program's last lines an error shows.
pub(super) const TAIL: usize = 12;

/// How long a program may take to end once it has closed what it writes to.
const CLOSING_LIMIT: Duration = Duration::from_secs(10);

/// Runs a command that installs `target` to its end; what it writes goes to `progress`, line by line.
///
/// It stays in copysnap's process group, so that an interrupt at the terminal ends it too.
pub(super) fn run_to_end(
    mut command: Command,
    target: &Target,
    limit: Duration,
    progress: &mut dyn FnMut(&str),
) -> Result<(), LaunchError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let shown = shown(&command);
    let spawn = |source| LaunchError::Spawn { program: program.clone(), source };
    let (reader, writer) = pipe().map_err(spawn)?;
    command.stdin(Stdio::null()).stdout(writer.try_clone().map_err(spawn)?).stderr(writer);
    let mut child = command.spawn().map_err(spawn)?;
    // The command holds the pipe's other end: with it gone, reading ends when the program does.
    drop(command);

    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(reader).split(b'\n').map_while(Result::ok) {
            if sender.send(String::from_utf8_lossy(&line).trim_end().to_owned()).is_err() {
                break;
            }
        }
    });
    let failed = |status: String, tail: VecDeque<String>| LaunchError::InstallFailed {
        name: target.name.clone(),
        command: shown.clone(),
        status,
        tail: tail.into(),
    };
    let mut tail = VecDeque::new();
    let started = Instant::now();
    loop {
        match lines.recv_timeout(limit.saturating_sub(started.elapsed())) {
            Ok(line) => {
                progress(&line);
                tail.push_back(line);
                if tail.len() > TAIL {
                    tail.pop_front();
                }
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                end(&mut child);
                return Err(failed(format!("it was ended after {} min", limit.as_secs() / 60), tail));
            }
        }
    }
    match wait(&mut child, CLOSING_LIMIT) {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(failed(status.to_string(), tail)),
        None => {
            end(&mut child);
            Err(failed("it did not end".to_owned(), tail))
        }
    }
}

/// Returns how the child ended, `None` where it runs on for `limit`.
pub(super) fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let started = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            _ if started.elapsed() >= limit => return None,
            _ => thread::sleep(Duration::from_millis(10)),
        }
    }
}

fn end(child: &mut Child) {
    // Both fail only where it has ended already.
    let _ = child.kill();
    let _ = child.wait();
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
