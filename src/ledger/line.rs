use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Book, LedgerError, Resource, RunId};

/// The version of the format.
const SCHEMA: u32 = 1;

/// A line of a ledger.
#[derive(Deserialize, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line<R> {
    /// A run begins; what follows is its.
    Run { schema: u32, run: String, started: String },
    /// A resource is about to be created.
    Intend(R),
    /// A resource is gone, or was never made.
    Gone(R),
}

impl<R: Serialize> Line<R> {
    fn render(&self) -> String {
        // Only a map with keys other than text fails, and there is none. The line would be found malformed.
        let mut line = serde_json::to_string(self).unwrap_or_default();
        line.push('\n');
        line
    }
}

pub(super) fn run(run: &RunId, started: Timestamp) -> String {
    Line::<&Resource>::Run { schema: SCHEMA, run: run.to_string(), started: started.to_string() }.render()
}

pub(super) fn intend(resource: &Resource) -> String {
    Line::Intend(resource).render()
}

pub(super) fn gone(resource: &Resource) -> String {
    Line::Gone(resource).render()
}

/// What a ledger's text says.
pub(super) struct Parsed {
    /// What is open.
    pub(super) book: Book,
    /// The number of a last line that was cut off.
    pub(super) cut_line: Option<usize>,
    /// How many bytes the whole lines take.
    pub(super) whole: u64,
}

/// Returns what the ledger at `path` says, but for a last line without an end, which may be cut within a character.
pub(super) fn parse(bytes: &[u8], path: &Path) -> Result<Parsed, LedgerError> {
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let (lines, cut) = bytes.split_at(whole);
    let mut book = Book::default();
    let mut started: Option<Timestamp> = None;
    let mut count = 0;
    for (at, line) in lines.split_inclusive(|byte| *byte == b'\n').enumerate() {
        count = at + 1;
        let malformed = |what: String| LedgerError::Malformed { path: path.to_owned(), line: at + 1, what };
        let line: Line<Resource> = serde_json::from_slice(line)
            .map_err(|error| malformed(format!("no line of a ledger: {}", said(&error))))?;
        match (line, started) {
            (Line::Run { schema, .. }, _) if schema != SCHEMA => {
                return Err(malformed(format!("schema {schema} of ledgers is not known, only {SCHEMA} is")));
            }
            (Line::Run { started: moment, .. }, _) => {
                started = Some(moment.parse().map_err(|_| malformed(format!("`{moment}` is no moment")))?);
            }
            (_, None) => return Err(malformed("a resource before the line that begins a run".to_owned())),
            (Line::Intend(resource), Some(moment)) => book.add(resource, moment),
            (Line::Gone(resource), Some(_)) => {
                book.remove(&resource);
            }
        }
    }
    let cut_line = (!cut.is_empty()).then_some(count + 1);
    Ok(Parsed { book, cut_line, whole: u64::try_from(whole).unwrap_or(u64::MAX) })
}

/// Returns serde's message without its place: every line is parsed as if it were the first.
fn said(error: &serde_json::Error) -> String {
    let said = error.to_string();
    said.split_once(" at line ").map_or(said.as_str(), |(before, _)| before).to_owned()
}
