//! What exists on a target because of us, written down before it is made.
//!
//! In: resources about to be created, and resources known to be gone. Out: what is still there, newest first, for this
//! run to remove or for a later one to sweep. Nothing here sends a request or reads a clock.

mod line;
mod run_id;

use std::collections::{BTreeMap, HashMap};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use run_id::RunId;

use crate::service::Text;

/// What kind of thing a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourceKind {
    /// An ElastiCache snapshot.
    Snapshot,
    /// A cache cluster that stands alone.
    Cluster,
    /// A replication group.
    Group,
    /// An S3 bucket.
    Bucket,
    /// An S3 object, whose name is `<bucket>/<key>`.
    Object,
}

impl ResourceKind {
    /// Tells whether snapshots are taken of it.
    #[must_use]
    pub const fn is_owner(self) -> bool {
        matches!(self, Self::Cluster | Self::Group)
    }

    /// Returns the word in logs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Cluster => "cluster",
            Self::Group => "group",
            Self::Bucket => "bucket",
            Self::Object => "object",
        }
    }
}

/// Something that a target keeps because of us.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub struct Resource {
    /// What it is.
    pub kind: ResourceKind,
    /// Its name, as the service keeps it.
    pub name: Text,
    /// The region it is in.
    pub region: Text,
    /// The account that owns it; absent where the target never told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Text>,
    /// The URL by which it was made.
    pub endpoint: Text,
}

/// A ledger that a run writes. Lanes share it by reference.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    synced: bool,
    started: Timestamp,
    cut_line: Option<usize>,
    book: Mutex<Written>,
}

#[derive(Debug)]
struct Written {
    file: File,
    /// How many bytes the whole lines take.
    length: u64,
    book: Book,
}

/// Returns how to open a file that nobody but its owner reads, where it is made by that: what a run leaves says much of
/// an account.
#[must_use]
pub fn private() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has modes"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes such a file, in place of an older one.
///
/// # Errors
/// Where it cannot be made.
pub fn create_private(path: &Path) -> io::Result<File> {
    private().write(true).create(true).truncate(true).open(path)
}

impl Ledger {
    /// Opens the ledger at `path` for the run `run`, which began at `started`, and keeps others from writing it.
    ///
    /// What earlier runs left behind stays in it; where they left nothing, it begins anew. A last line that was cut off
    /// is removed: it was being written when the run died, so that its request was never sent, or it told of something
    /// gone, which can be removed twice. `synced` has every creation written through to the disk before it is sent.
    ///
    /// # Errors
    ///
    /// [`LedgerError::InUse`] where another run is writing it, [`LedgerError::Malformed`] where it is no ledger,
    /// [`LedgerError::Io`] where it can't be read or written.
    pub fn open(path: &Path, synced: bool, run: &RunId, started: Timestamp) -> Result<Self, LedgerError> {
        let io = |source| LedgerError::Io { path: path.to_owned(), source };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder {
            std::fs::create_dir_all(folder).map_err(io)?;
        }
        let mut file = private().read(true).append(true).create(true).open(path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LedgerError::InUse { path: path.to_owned() }),
            Err(TryLockError::Error(source)) => return Err(io(source)),
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(io)?;
        let old = line::parse(&bytes, path)?;
        let kept = if old.book.is_empty() { 0 } else { old.whole };
        file.set_len(kept).map_err(io)?;
        let ledger = Self {
            path: path.to_owned(),
            synced,
            started,
            cut_line: old.cut_line,
            book: Mutex::new(Written { file, length: kept, book: old.book }),
        };
        ledger.write(&mut ledger.lock(), &line::run(run, started), synced)?;
        if let (true, Some(folder)) = (synced, folder) {
            // A file is found after a crash only if its folder was written too.
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)?;
        }
        Ok(ledger)
    }

    /// Reads a ledger that no run has to be writing, to sweep what is left.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Malformed`] where it is no ledger, [`LedgerError::Io`] where it can't be read.
    pub fn read(path: &Path) -> Result<Past, LedgerError> {
        let io = |source| LedgerError::Io { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(io)?;
        let in_use = matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(io)?;
        let old = line::parse(&bytes, path)?;
        Ok(Past { in_use, cut_line: old.cut_line, book: old.book })
    }

    /// Writes down that the resource is about to be created. To be called, and to succeed, before the request is sent.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Io`] where it can't be written; the request must not be sent then.
    pub fn intend(&self, resource: Resource) -> Result<(), LedgerError> {
        let mut written = self.lock();
        self.write(&mut written, &line::intend(&resource), self.synced)?;
        written.book.add(resource, self.started);
        Ok(())
    }

    /// Writes down that the resource is gone, or was never made. Never synced: what is gone can be removed twice.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Io`] where it can't be written.
    pub fn gone(&self, resource: &Resource) -> Result<(), LedgerError> {
        let mut written = self.lock();
        if written.book.remove(resource) {
            self.write(&mut written, &line::gone(resource), false)?;
        }
        Ok(())
    }

    /// Returns what this run made and is not known to be gone, newest first.
    #[must_use]
    pub fn open_resources(&self) -> Vec<Resource> {
        self.lock().book.newest_first(|started| started == self.started)
    }

    /// Returns what earlier runs left behind in the same ledger, newest first.
    #[must_use]
    pub fn inherited(&self) -> Vec<Resource> {
        self.lock().book.newest_first(|started| started != self.started)
    }

    /// Returns the number of a last line that was cut off when the ledger was opened.
    #[must_use]
    pub const fn cut_line(&self) -> Option<usize> {
        self.cut_line
    }

    fn write(&self, written: &mut Written, line: &str, sync: bool) -> Result<(), LedgerError> {
        let io = |source| LedgerError::Io { path: self.path.clone(), source };
        if let Err(source) = written.file.write_all(line.as_bytes()) {
            // Half a line must not spoil the next; if this fails too, reading tells of it.
            let _ = written.file.set_len(written.length);
            return Err(io(source));
        }
        written.length += line.len() as u64;
        if sync { written.file.sync_data().map_err(io) } else { Ok(()) }
    }

    fn lock(&self) -> MutexGuard<'_, Written> {
        // A lane that panicked leaves whole lines: nothing between a write and its entry can panic.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A ledger as runs left it.
#[derive(Debug)]
pub struct Past {
    in_use: bool,
    cut_line: Option<usize>,
    book: Book,
}

impl Past {
    /// Returns everything that is not known to be gone, newest first.
    #[must_use]
    pub fn open_resources(&self) -> Vec<Resource> {
        self.book.newest_first(|_| true)
    }

    /// Returns what is left of runs that began before `moment`, newest first.
    #[must_use]
    pub fn older_than(&self, moment: Timestamp) -> Vec<Resource> {
        self.book.newest_first(|started| started < moment)
    }

    /// Tells whether a run was writing it while it was read, so that what it shows as left may be in use.
    #[must_use]
    pub const fn in_use(&self) -> bool {
        self.in_use
    }

    /// Returns the number of a last line that was cut off, and is ignored.
    #[must_use]
    pub const fn cut_line(&self) -> Option<usize> {
        self.cut_line
    }
}

/// What is open, in the order of creation.
#[derive(Debug, Default)]
struct Book {
    next: u64,
    places: HashMap<Arc<Resource>, u64>,
    entries: BTreeMap<u64, (Arc<Resource>, Timestamp)>,
}

impl Book {
    fn add(&mut self, resource: Resource, started: Timestamp) {
        let resource = Arc::new(resource);
        if let Some(before) = self.places.insert(Arc::clone(&resource), self.next) {
            self.entries.remove(&before);
        }
        self.entries.insert(self.next, (resource, started));
        self.next += 1;
    }

    fn remove(&mut self, resource: &Resource) -> bool {
        self.places.remove(resource).is_some_and(|place| self.entries.remove(&place).is_some())
    }

    fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn newest_first(&self, of: impl Fn(Timestamp) -> bool) -> Vec<Resource> {
        let kept = self.entries.values().rev().filter(|(_, started)| of(*started));
        kept.map(|(resource, _)| Resource::clone(resource)).collect()
    }
}

/// Why a ledger can't be relied on.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// It can't be read or written.
    #[error("failed to read or write ledger `{}`", path.display())]
    Io {
        /// The ledger.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another run is writing it.
    #[error("ledger `{}` is being written by another run", path.display())]
    InUse {
        /// The ledger.
        path: PathBuf,
    },
    /// A line is not one of a ledger.
    #[error("{}:{line}: {what}", path.display())]
    Malformed {
        /// The ledger.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong there.
        what: String,
    },
}

impl LedgerError {
    /// Returns how to mend it, where that can be guessed.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Io { .. } => None,
            Self::InUse { .. } => Some("wait until that run ends, or give this one another folder with --out"),
            Self::Malformed { .. } => {
                Some("mend or remove that line; what it names may still exist on the target, and may cost money")
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
