//! All wording of the command line: one function a message. What a run comes to is worded by the room `report`.

pub(super) mod evidence;
pub(super) mod list;
pub(super) mod plan;
pub(super) mod problem;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

/// Why a command ends early: the exit code, what is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// 2 for what was asked, 3 for what could not be done, 4 for what was interrupted.
    pub(super) code: u8,
    /// What is wrong, where first.
    pub(super) what: String,
    /// What to do; empty where nothing can be said.
    pub(super) hint: String,
    /// The last lines of the program in question, oldest first; empty where none are known.
    pub(super) tail: Vec<String>,
}

impl Failure {
    /// Something was asked that there is not.
    pub(super) fn usage(what: impl Into<String>) -> Self {
        Self { code: 2, what: what.into(), hint: String::new(), tail: Vec::new() }
    }

    /// The harness could not do it.
    pub(super) fn harness(what: impl Into<String>) -> Self {
        Self { code: 3, ..Self::usage(what) }
    }

    /// … and this is what to do.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Takes the causes of an error along.
    pub(super) fn of(code: u8, error: &dyn std::error::Error) -> Self {
        let mut what = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let next = cause.to_string();
            // Some errors already quote their cause.
            if !what.ends_with(&next) {
                let _ = write!(what, ": {next}");
            }
            source = cause.source();
        }
        Self { code, ..Self::usage(what) }
    }
}

/// Prints to standard output; a closed pipe is no error of ours.
pub(super) fn out(text: &str) {
    let _ = anstream::stdout().write_all(text.as_bytes());
}

/// Prints to standard error.
pub(super) fn err(text: &str) {
    let _ = anstream::stderr().write_all(text.as_bytes());
}

/// Prints why a command ended early.
pub(super) fn failure(failure: &Failure) {
    let mut text = format!("error: {}\n", failure.what);
    for line in &failure.tail {
        let _ = writeln!(text, "  | {line}");
    }
    if !failure.hint.is_empty() {
        let _ = writeln!(text, "  hint: {}", failure.hint);
    }
    err(&text);
}

/// Returns `1 case`, `2 cases`.
pub(super) fn plural(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

/// Returns what is judged, as the progress bar shows it.
pub(super) fn judged(target: &str, version: Option<&str>, url: &str, seed: u64) -> String {
    let version = version.map(|version| format!(" {version}")).unwrap_or_default();
    format!("{target}{version}   {url}   seed {seed:#018x}")
}

/// Returns what the progress bar shows while cases run; short, as what a terminal echoes behind it must fit too.
pub(super) fn running(found: usize, names: &[&str]) -> String {
    let found = match found {
        0 => String::new(),
        count => format!("{} with findings · ", plural(count, "case")),
    };
    match names {
        [] => found,
        [one] => format!("{found}{one}"),
        [first, more @ ..] => format!("{found}{first}, {} more", more.len()),
    }
}

/// Returns what is said when the user interrupts.
pub(super) fn interrupted() -> String {
    "interrupted: what was made is being removed; interrupt again to end at once\n".to_owned()
}

/// Returns what is said when the user interrupts again; `ledger` is `None` where nothing was made yet.
pub(super) fn interrupted_again(ledger: Option<&Path>) -> String {
    match ledger {
        Some(ledger) => format!("ended at once: what may be left is listed in `{}`\n", ledger.display()),
        None => "ended at once: nothing was made\n".to_owned(),
    }
}

/// Returns the stage in which a target is started.
pub(super) fn starting(name: &str) -> String {
    format!("starting {name}")
}

/// Returns the stage in which an endpoint is waited for.
pub(super) fn waiting(url: &str) -> String {
    format!("waiting for {url}")
}

/// Returns the stage in which a control is measured.
pub(super) fn measuring() -> &'static str {
    "measuring the controls"
}

/// Returns where the reports are, in the columns of the report above it.
pub(super) fn written(out: &Path) -> String {
    format!("out       {} (summary.json, junit.xml, report.html, report.md)\n", out.display())
}

/// Returns where the reports of several targets are.
pub(super) fn written_board(out: &Path) -> String {
    format!("out       {} (summary.json, report.html, report.md, matrix.svg, a folder a target)\n", out.display())
}
