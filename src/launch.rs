//! Installs, starts and ends targets that run on this machine.
//!
//! In: a [`Target`](crate::target::Target) and its recipe. Out: what is installed in the user's cache folder, and a
//! [`Running`] target with its URL, which ends with everything it started, however copysnap ends. Nothing here judges,
//! speaks to a target but to see whether it is ready and to empty it, decides where packages come from, or hands the
//! user's AWS credentials on.

mod cache;
mod command;
mod guard;
mod http;
mod running;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

pub use cache::Cache;
pub use running::{Running, start};

/// Why a target is not installed, or not running.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// The target file has no `[launch]`.
    #[error("target `{name}` can't be installed or started here: its target file has no [launch]")]
    NoRecipe {
        /// The target.
        name: String,
    },
    /// The target is part of copysnap.
    #[error("target `{name}` is part of copysnap and runs in its process")]
    InProcess {
        /// The target.
        name: String,
    },
    /// The user's folder for caches is not known.
    #[error("failed to find the folder for caches")]
    NoCache {
        /// What is missing.
        source: etcetera::HomeDirError,
    },
    /// The target could be installed, but is not.
    #[error("target `{name}` is not installed")]
    NotInstalled {
        /// The target.
        name: String,
    },
    /// The program of a target that copysnap does not install is not there.
    #[error("target `{name}`: there is no program `{program}`")]
    NoProgram {
        /// The target.
        name: String,
        /// The program.
        program: String,
        /// How to get it, in a line; may be empty.
        how_to_get: String,
    },
    /// Another process is installing the same.
    #[error("target `{name}` is being installed by another process")]
    Installing {
        /// The target.
        name: String,
    },
    /// A file can't be read or written.
    #[error("failed to {what} `{}`", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A program can't be started.
    #[error("failed to start `{program}`")]
    Spawn {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// A program that installs ended without success.
    #[error("target `{name}`: `{command}` failed: {status}")]
    InstallFailed {
        /// The target.
        name: String,
        /// What was run.
        command: String,
        /// How it ended.
        status: String,
        /// Its last lines.
        tail: Vec<String>,
    },
    /// No free port was to be had.
    #[error("target `{name}`: each of {tries} free ports was taken before the target could listen on it")]
    PortsTaken {
        /// The target.
        name: String,
        /// How many were tried.
        tries: u32,
        /// The log's last lines.
        tail: Vec<String>,
    },
    /// The target ended before it was ready.
    #[error("target `{name}` ended before it was ready ({status}); its log is `{}`", log.display())]
    Exited {
        /// The target.
        name: String,
        /// How it ended.
        status: String,
        /// What it wrote.
        log: PathBuf,
        /// The log's last lines.
        tail: Vec<String>,
    },
    /// The target runs but is not ready.
    #[error("target `{name}` was not ready within {} s: {last}; its log is `{}`", limit.as_secs(), log.display())]
    NotReady {
        /// The target.
        name: String,
        /// What was asked last, and what came of it.
        last: String,
        /// How long it was waited for.
        limit: Duration,
        /// What the target wrote.
        log: PathBuf,
        /// The log's last lines.
        tail: Vec<String>,
    },
    /// The target can't be emptied.
    #[error("target `{name}` was not emptied: POST {url} {what}")]
    NotEmptied {
        /// The target.
        name: String,
        /// What was asked.
        url: String,
        /// What came of it.
        what: String,
    },
    /// The target's processes are still there.
    #[error("target `{name}` did not end: process group {group} is still there after {} s", limit.as_secs())]
    NotEnded {
        /// The target.
        name: String,
        /// The process group.
        group: u32,
        /// How long it was waited for.
        limit: Duration,
    },
}

impl LaunchError {
    /// Returns how to mend it, where that can be said.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoRecipe { .. } => Some("start it yourself and give its URL with --endpoint".to_owned()),
            Self::NotInstalled { name } => Some(format!("copysnap targets install {name}")),
            Self::NoProgram { how_to_get, .. } if !how_to_get.is_empty() => Some(how_to_get.clone()),
            Self::Installing { .. } => Some("wait until that has ended, then try again".to_owned()),
            Self::Spawn { program, .. } => match program.as_str() {
                "python3" => Some("install Python 3 with its `venv` module".to_owned()),
                "cargo" => Some("install Rust with its `cargo`".to_owned()),
                _ => None,
            },
            Self::InstallFailed { command, .. } if command.contains("-m venv") => {
                Some("Python's `venv` may be a package of its own, such as python3-venv".to_owned())
            }
            Self::NotEnded { group, .. } => Some(format!("kill -KILL -- -{group}")),
            _ => None,
        }
    }

    /// Returns the last lines that the program in question wrote, oldest first; empty where none are known.
    #[must_use]
    pub fn tail(&self) -> &[String] {
        match self {
            Self::InstallFailed { tail, .. }
            | Self::PortsTaken { tail, .. }
            | Self::Exited { tail, .. }
            | Self::NotReady { tail, .. } => tail,
            _ => &[],
        }
    }

    fn io(what: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { what, path: path.to_owned(), source }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
mod tests;
