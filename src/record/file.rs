use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::{Happened, Record, Secrets, StepRecord};
use crate::ledger::{create_private, private};

/// Why a log cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The file cannot be made, written or read.
    #[error("log `{path}`: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A line is no record.
    #[error("log `{path}`, line {line}: {reason}")]
    Line {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
}

/// A log that is being written: a line is on its way to the disk when `write` returns.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    file: Mutex<BufWriter<File>>,
    secrets: Mutex<Secrets>,
}

impl Log {
    /// Makes the file, in place of an older one; what is secret never gets into it.
    ///
    /// # Errors
    /// Where the file cannot be made.
    pub fn create(path: &Path, secrets: Secrets) -> Result<Self, LogError> {
        let file = create_private(path).map_err(|source| LogError::Io { path: path.to_owned(), source })?;
        let file = Mutex::new(BufWriter::with_capacity(1 << 16, file));
        Ok(Self { path: path.to_owned(), file, secrets: Mutex::new(secrets) })
    }

    /// Opens a log to go on with; a last line that was cut short is removed.
    ///
    /// # Errors
    /// Where the file cannot be read or written.
    pub fn append(path: &Path, secrets: Secrets) -> Result<Self, LogError> {
        let failed = |source| LogError::Io { path: path.to_owned(), source };
        let file = private().read(true).append(true).open(path).map_err(failed)?;
        let whole = last_line_end(&file).map_err(failed)?;
        file.set_len(whole).map_err(failed)?;
        let file = Mutex::new(BufWriter::with_capacity(1 << 16, file));
        Ok(Self { path: path.to_owned(), file, secrets: Mutex::new(secrets) })
    }

    /// Tells whether a log has one whole line at least.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn has_a_line(path: &Path) -> Result<bool, LogError> {
        let failed = |source| LogError::Io { path: path.to_owned(), source };
        File::open(path).and_then(|file| last_line_end(&file)).map(|end| end > 0).map_err(failed)
    }

    /// Appends records, each whole on its line.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&self, records: &[Record]) -> Result<(), LogError> {
        let failed = |source| LogError::Io { path: self.path.clone(), source };
        let mut lines = Vec::new();
        for record in records {
            serde_json::to_writer(&mut lines, record).map_err(|error| failed(error.into()))?;
            lines.push(b'\n');
        }
        let lines = self.secrets.lock().unwrap_or_else(PoisonError::into_inner).hidden(lines);
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&lines).and_then(|()| file.flush()).map_err(failed)
    }

    /// Reads what a log says, for reports: of what its steps are judged anew with, which takes as much room again, only
    /// what was waited for in vain. A last line that was cut short is left out: the log then has no footer.
    ///
    /// # Errors
    /// Where the file cannot be read, or a line other than the last is no record.
    pub fn read(path: &Path) -> Result<Vec<Record>, LogError> {
        let file = File::open(path).map_err(|source| LogError::Io { path: path.to_owned(), source })?;
        Self::parse(BufReader::new(file), path, |record| match record {
            Record::Start(_) => None,
            Record::Note(note) => matches!(note.what, Happened::GaveUp { .. }).then_some(Record::Note(note)),
            Record::Step(step) => {
                Some(Record::Step(StepRecord { input: serde_json::Value::Null, bytes: String::new(), ..step }))
            }
            record => Some(record),
        })
    }

    /// Reads all of a log.
    ///
    /// # Errors
    /// As [`Log::read`].
    pub fn read_whole(path: &Path) -> Result<Vec<Record>, LogError> {
        let file = File::open(path).map_err(|source| LogError::Io { path: path.to_owned(), source })?;
        Self::parse(BufReader::new(file), path, Some)
    }

    /// Returns what is `kept` of the records that the lines are; errors call the log `path`.
    ///
    /// # Errors
    /// As [`Log::read`].
    pub fn parse(
        lines: impl BufRead,
        path: &Path,
        kept: impl Fn(Record) -> Option<Record>,
    ) -> Result<Vec<Record>, LogError> {
        let failed = |source| LogError::Io { path: path.to_owned(), source };
        let mut records = Vec::new();
        let mut broken: Option<(usize, String)> = None;
        for (index, line) in lines.split(b'\n').enumerate() {
            let line = line.map_err(failed)?;
            if line.is_empty() {
                continue;
            }
            if let Some((line, reason)) = broken {
                return Err(LogError::Line { path: path.to_owned(), line, reason });
            }
            match serde_json::from_slice(&line) {
                Ok(record) => records.extend(kept(record)),
                Err(error) => broken = Some((index + 1, error.to_string())),
            }
        }
        match (broken, records.first()) {
            (Some((line, reason)), None) => Err(LogError::Line { path: path.to_owned(), line, reason }),
            (_, Some(Record::Header(_))) => Ok(records),
            (_, first) => {
                let reason = if first.is_none() { "the file is empty" } else { "the first line is no header" };
                Err(LogError::Line { path: path.to_owned(), line: 1, reason: reason.to_owned() })
            }
        }
    }
}

/// Returns how many bytes the whole lines of a file take.
fn last_line_end(mut file: &File) -> std::io::Result<u64> {
    const CHUNK: u64 = 1 << 16;
    let mut end = file.metadata()?.len();
    while end > 0 {
        let start = end.saturating_sub(CHUNK);
        let mut chunk = vec![0; usize::try_from(end - start).unwrap_or_default()];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut chunk)?;
        if let Some(at) = chunk.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + u64::try_from(at).unwrap_or_default() + 1);
        }
        end = start;
    }
    Ok(0)
}
