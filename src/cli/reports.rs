use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use anstream::{AutoStream, ColorChoice};

use super::args::Format;
use super::message::{self, Failure, err, out, problem};
use crate::ledger::create_private;
use crate::record::Record;
use crate::report::{self, Badge, ControlScores, ExitCode, ReportOptions, Summary};

/// How wide a report is where no terminal says it.
const WIDTH: usize = 110;

/// The widest that a report gets: long lines are hard to read.
const WIDEST: usize = 140;

/// Returns what the records come to; the controls' scores are those given, else those measured for these clauses.
pub(super) fn summary(records: &[Record], strict: bool, controls: Option<&ControlScores>) -> Summary {
    let embedded = ControlScores::embedded();
    let measured = controls.or(embedded.as_ref());
    let hash = Record::header(records).map(|header| header.catalogue.as_str());
    let fitting = measured.filter(|scores| Some(scores.catalogue.as_str()) == hash);
    let controls = fitting.map(ControlScores::by_name).unwrap_or_default();
    Summary::of(records, ReportOptions { strict, controls })
}

/// Writes the reports beside the log, prints what was asked for, and returns the exit code.
pub(super) fn give(folder: &Path, summary: &Summary, format: Format) -> u8 {
    let mut code = summary.exit_code.join(files(folder, summary));
    match format {
        Format::Json => out(&report::json(summary)),
        Format::Human => print(folder, summary),
        Format::Github => {
            out(&report::github(summary));
            if let Err(failure) = summarise(&report::markdown(summary)) {
                message::failure(&failure);
                code = code.join(ExitCode::Broken);
            }
        }
    }
    code.code()
}

/// Writes a file; where there is no text, removes one of an earlier run, which would say what this one does not.
pub(super) fn put(path: &Path, text: Option<&str>) -> Result<(), Failure> {
    let done = match text {
        Some(text) => create_private(path).and_then(|mut file| file.write_all(text.as_bytes())),
        None => std::fs::remove_file(path),
    };
    match done {
        Err(error) if text.is_some() || error.kind() != std::io::ErrorKind::NotFound => {
            Err(problem::unwritable(path, &error))
        }
        _ => Ok(()),
    }
}

/// Writes the reports; one that cannot be written is said, and the others are written nevertheless. Returns what that
/// comes to.
pub(super) fn files(folder: &Path, summary: &Summary) -> ExitCode {
    let mut code = ExitCode::Conforms;
    let badge = Badge::of(summary);
    for (name, text) in [
        ("summary.json", Some(report::json(summary))),
        ("junit.xml", Some(report::junit(summary))),
        ("report.html", Some(report::html(summary))),
        ("report.md", Some(report::markdown(summary))),
        ("badge.svg", badge.as_ref().map(Badge::svg)),
        ("badge.json", badge.as_ref().map(Badge::json)),
    ] {
        if let Err(failure) = put(&folder.join(name), text.as_deref()) {
            message::failure(&failure);
            code = code.join(ExitCode::Broken);
        }
    }
    code
}

/// Tells whether standard output takes colours.
pub(super) fn is_coloured() -> bool {
    AutoStream::choice(&std::io::stdout()) != ColorChoice::Never
}

/// Returns how wide what is printed may be.
pub(super) fn width() -> usize {
    if !std::io::stdout().is_terminal() {
        return WIDTH;
    }
    terminal_size::terminal_size().map_or(WIDTH, |(width, _)| usize::from(width.0).min(WIDEST))
}

fn print(folder: &Path, summary: &Summary) {
    out(&report::terminal(summary, is_coloured(), width()));
    err(&message::written(folder));
}

/// Adds the report to the page of the workflow's run, where there is one.
pub(super) fn summarise(markdown: &str) -> Result<(), Failure> {
    let Some(page) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|page| !page.is_empty()) else { return Ok(()) };
    let path = Path::new(&page);
    let file = std::fs::OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut file| file.write_all(markdown.as_bytes())).map_err(|error| problem::unwritable(path, &error))
}
