use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use anstream::{AutoStream, ColorChoice};

use super::args::Format;
use super::message::{self, Failure, err, out, problem};
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
    let hash = records.iter().find_map(|record| match record {
        Record::Header(header) => Some(header.catalogue.as_str()),
        _ => None,
    });
    let fitting = measured.filter(|scores| Some(scores.catalogue.as_str()) == hash);
    let controls = fitting.map(ControlScores::by_name).unwrap_or_default();
    Summary::of(records, ReportOptions { strict, controls })
}

/// Writes the reports beside the log, prints what was asked for, and returns the exit code. A report that cannot be
/// written is said, and the others are written nevertheless.
pub(super) fn give(folder: &Path, summary: &Summary, format: Format) -> u8 {
    let mut code = summary.exit_code;
    for (name, text) in [
        ("summary.json", report::json(summary)),
        ("junit.xml", report::junit(summary)),
        ("report.html", report::html(summary)),
        ("report.md", report::markdown(summary)),
    ] {
        if let Err(failure) = write(&folder.join(name), &text) {
            message::failure(&failure);
            code = code.join(ExitCode::Broken);
        }
    }
    if let Err(failure) = badge(folder, summary) {
        message::failure(&failure);
        code = code.join(ExitCode::Broken);
    }
    match format {
        Format::Json => out(&report::json(summary)),
        Format::Human => print(folder, summary),
        Format::Github => {
            out(&report::github(summary));
            if let Err(failure) = summarise(summary) {
                message::failure(&failure);
                code = code.join(ExitCode::Broken);
            }
        }
    }
    code.code()
}

/// Writes the badge; where there is none, one of an earlier run would say what this one does not.
fn badge(folder: &Path, summary: &Summary) -> Result<(), Failure> {
    let badge = Badge::of(summary);
    let texts = badge.map(|badge| [badge.svg(), badge.json()]);
    for (at, name) in ["badge.svg", "badge.json"].into_iter().enumerate() {
        let path = folder.join(name);
        match texts.as_ref().and_then(|texts| texts.get(at)) {
            Some(text) => write(&path, text)?,
            None => match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(problem::unwritable(&path, &error));
                }
                _ => {}
            },
        }
    }
    Ok(())
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

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| problem::unwritable(path, &error))
}

/// Adds the report to the page of the workflow's run, where there is one.
fn summarise(summary: &Summary) -> Result<(), Failure> {
    let Some(page) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|page| !page.is_empty()) else { return Ok(()) };
    let path = Path::new(&page);
    let file = std::fs::OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut file| file.write_all(report::markdown(summary).as_bytes()))
        .map_err(|error| problem::unwritable(path, &error))
}
