use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::reading::Reading;
use super::{Record, Secrets};
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

/// How much of a log is read at a time: a line takes some thousands of bytes.
const READ: usize = 1 << 18;

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

    /// Reads what a log says, for reports. Left out is what takes most of its room: what steps are judged anew with, other
    /// than what was waited for in vain; what went over the wire in cases without anything against a clause; and of
    /// generated sequences without, all but what a [`Clean`](super::Clean) sums up. A last line that was cut short is left
    /// out too: the log then has no footer.
    ///
    /// # Errors
    /// Where the file cannot be read, or a line other than the last is no record.
    pub fn read(path: &Path) -> Result<Vec<Record>, LogError> {
        let (mut reading, mut records) = (Reading::default(), Vec::new());
        let cut = each(Self::lines(path)?, path, |number, line| reading.line(&mut records, number, line))?;
        reading.end(&mut records).map_err(|bad| bad.of(path))?;
        begun(records, cut, path)
    }

    /// Reads all of a log.
    ///
    /// # Errors
    /// As [`Log::read`].
    pub fn read_whole(path: &Path) -> Result<Vec<Record>, LogError> {
        Self::parse(Self::lines(path)?, path)
    }

    fn lines(path: &Path) -> Result<BufReader<File>, LogError> {
        File::open(path)
            .map(|file| BufReader::with_capacity(READ, file))
            .map_err(|source| LogError::Io { path: path.to_owned(), source })
    }

    /// Returns the records that the lines are; errors call the log `path`.
    ///
    /// # Errors
    /// As [`Log::read`].
    pub fn parse(lines: impl BufRead, path: &Path) -> Result<Vec<Record>, LogError> {
        let mut records = Vec::new();
        let cut = each(lines, path, |number, line| {
            records.push(record(number, line)?);
            Ok(())
        })?;
        begun(records, cut, path)
    }
}

/// A line that is no record, and why.
#[derive(Debug)]
pub(super) struct BadLine {
    number: usize,
    reason: String,
}

impl BadLine {
    fn of(self, path: &Path) -> LogError {
        LogError::Line { path: path.to_owned(), line: self.number, reason: self.reason }
    }
}

/// Takes one line after the other. Returns the last, where that is no record: it may have been cut short.
fn each(
    mut lines: impl BufRead,
    path: &Path,
    mut take: impl FnMut(usize, &[u8]) -> Result<(), BadLine>,
) -> Result<Option<BadLine>, LogError> {
    let failed = |source| LogError::Io { path: path.to_owned(), source };
    let mut broken: Option<BadLine> = None;
    // One line after the other stands in the same place.
    let (mut number, mut read) = (0, Vec::new());
    while lines.read_until(b'\n', &mut read).map_err(failed)? > 0 {
        number += 1;
        let line = read.strip_suffix(b"\n").unwrap_or(&read);
        if !line.is_empty() {
            if let Some(bad) = broken {
                return Err(bad.of(path));
            }
            match take(number, line) {
                Err(bad) if bad.number < number => return Err(bad.of(path)),
                taken => broken = taken.err(),
            }
        }
        read.clear();
    }
    Ok(broken)
}

/// Returns the records of a log that begins as one has to.
fn begun(records: Vec<Record>, cut: Option<BadLine>, path: &Path) -> Result<Vec<Record>, LogError> {
    match (cut, records.first()) {
        (Some(bad), None) => Err(bad.of(path)),
        (_, Some(Record::Header(_))) => Ok(records),
        (_, first) => {
            let reason = if first.is_none() { "the file is empty" } else { "the first line is no header" };
            Err(BadLine { number: 1, reason: reason.to_owned() }.of(path))
        }
    }
}

/// With what the line of a step begins, as most do: of those it is not first found out what they are.
pub(super) const STEP: &str = r#"{"kind":"step","#;

/// Returns the record that a line is. Its letters are looked at once, not those of each text in it.
pub(super) fn record(number: usize, line: &[u8]) -> Result<Record, BadLine> {
    let read = match std::str::from_utf8(line) {
        Ok(text) if text.starts_with(STEP) => serde_json::from_str(text).map(Record::Step),
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(line),
    };
    read.map_err(|error| BadLine { number, reason: error.to_string() })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{
        CaseRecord, CaseState, ClauseVerdict, EvidenceRecord, Header, JudgementRecord, StepRecord, VerdictRecord,
    };

    #[test]
    fn reports_read_of_the_wire_what_speaks_against_a_clause() {
        let step = |case| Record::Step(StepRecord { case, body: "<a/>".to_owned(), ..StepRecord::default() });
        let verdict = |case, evidence| {
            let clauses = vec![ClauseVerdict { evidence, ..ClauseVerdict::default() }];
            Record::Verdict(VerdictRecord { case, clauses, ..VerdictRecord::default() })
        };
        let path = std::env::temp_dir().join(format!("copysnap-wire-{}.jsonl", std::process::id()));
        let kept = [step(1), step(2), step(3), verdict(2, Some(EvidenceRecord::default())), verdict(1, None)];
        let written = [&[Record::Header(Header::default())], &kept[..]].concat();
        let log = Log::create(&path, Secrets::default()).and_then(|log| log.write(&written));
        let read = log.and_then(|()| Log::read(&path)).unwrap_or_default();
        let _ = std::fs::remove_file(&path);
        let bodies: Vec<(usize, &str)> = read
            .iter()
            .filter_map(|record| if let Record::Step(step) = record { Some((step.case, &*step.body)) } else { None })
            .collect();
        // The third was cut short, and may be looked at.
        assert_eq!(bodies, [(1, ""), (2, "<a/>"), (3, "<a/>")]);
        assert_eq!(read.len(), written.len());
    }

    #[test]
    fn of_a_sequence_with_nothing_against_it_reports_read_what_it_comes_to() {
        let step = |case, call: &str, outcome: &str| {
            let operation = call.split(' ').next().unwrap_or_default().to_owned();
            let (call, outcome) = (call.to_owned(), outcome.to_owned());
            Record::Step(StepRecord { case, operation, call, outcome, status: 200, ..StepRecord::default() })
        };
        let drawn = |case| {
            let (path, prefix, clauses) = <(String, String, Vec<String>)>::default();
            Record::Case(CaseRecord { case, path, prefix, clauses, state: CaseState::Drawn })
        };
        let verdict = |case, evidence| {
            let [clause, verdict] = ["copy.succeeds", "pass"].map(str::to_owned);
            let clauses = vec![ClauseVerdict { clause, verdict, evidence }];
            Record::Verdict(VerdictRecord { case, clauses, ..VerdictRecord::default() })
        };
        let judgement = |case| Record::Judgement(JudgementRecord { case, ..JudgementRecord::default() });
        let path = std::env::temp_dir().join(format!("copysnap-drawn-{}.jsonl", std::process::id()));
        let written = [
            Record::Header(Header::default()),
            drawn(1),
            drawn(2),
            drawn(3),
            step(1, "CopySnapshot base -> a", "200 a creating"),
            step(2, "CopySnapshot base -> a", "200 a creating"),
            step(3, "CopySnapshot base -> a", "200 a creating"),
            judgement(1),
            judgement(2),
            step(1, "DescribeSnapshots a", "200 [a available]"),
            verdict(1, None),
            verdict(2, Some(EvidenceRecord::default())),
        ];
        let log = Log::create(&path, Secrets::default()).and_then(|log| log.write(&written));
        let read = log.and_then(|()| Log::read(&path)).unwrap_or_default();
        let _ = std::fs::remove_file(&path);
        // The second has something against it, and the third was cut short.
        let left = |case| {
            let of_it = |record: &&Record| match record {
                Record::Step(step) => step.case == case,
                Record::Judgement(judgement) => judgement.case == case,
                _ => false,
            };
            read.iter().filter(of_it).count()
        };
        assert_eq!([left(1), left(2), left(3)], [0, 2, 1]);
        let clean = read.iter().find_map(|record| if let Record::Clean(clean) = record { Some(clean) } else { None });
        let clean = clean.cloned().unwrap_or_default();
        let seen: Vec<String> = clean.seen.keys().map(|(from, to)| format!("{} {}", from.word(), to.word())).collect();
        assert_eq!((clean.last_case, clean.steps, clean.calls.values().sum::<usize>()), (Some(1), 2, 2));
        let passed = |clause: &str| clean.said.get(clause).and_then(|said| said.get("pass")).copied();
        assert_eq!((passed("copy.succeeds"), left(1)), (Some(1), 0));
        assert_eq!(seen, ["absent creating", "creating available"]);
    }

    #[test]
    fn a_step_that_is_looked_at_late_is_wrong_where_it_stands() {
        let line = |record: &Record| serde_json::to_string(record).unwrap_or_default();
        let (path, prefix, clauses) = <(String, String, Vec<String>)>::default();
        let case = Record::Case(CaseRecord { case: 1, path, prefix, clauses, state: CaseState::Drawn });
        let step = line(&Record::Step(StepRecord { case: 1, ..StepRecord::default() }));
        let wrong = step.replace(r#""url":"""#, r#""url":7"#);
        assert_ne!(step, wrong);
        let read = |evidence: Option<EvidenceRecord>| {
            let clauses = vec![ClauseVerdict { evidence, ..ClauseVerdict::default() }];
            let verdict = Record::Verdict(VerdictRecord { case: 1, clauses, ..VerdictRecord::default() });
            let lines =
                [line(&Record::Header(Header::default())), line(&case), wrong.clone(), line(&verdict)].join("\n");
            let path = std::env::temp_dir().join(format!("copysnap-late-{}.jsonl", std::process::id()));
            let read = std::fs::write(&path, lines).map(|()| Log::read(&path));
            let _ = std::fs::remove_file(&path);
            match read {
                Ok(Err(LogError::Line { line, .. })) => Some(line),
                _ => None,
            }
        };
        assert_eq!(read(Some(EvidenceRecord::default())), Some(3));
        assert_eq!(read(None), None, "nobody looks at it");
    }
}
