use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::message::{self, err};
use crate::runner::Progress;

/// A bar on standard error; hidden where that is no terminal.
#[derive(Debug)]
pub(super) struct Bar {
    bar: ProgressBar,
    running: Mutex<(BTreeSet<String>, usize)>,
}

impl Bar {
    /// A bar that shows nothing yet.
    pub(super) fn new(shown: bool) -> Self {
        let bar = ProgressBar::no_length();
        bar.set_draw_target(if shown { ProgressDrawTarget::stderr_with_hz(10) } else { ProgressDrawTarget::hidden() });
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {wide_msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar, running: Mutex::new((BTreeSet::new(), 0)) }
    }

    /// Removes the bar from the screen.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// Shows what is judged above the bar.
    pub(super) fn title(&self, title: &str) {
        self.bar.set_prefix(title.to_owned());
    }

    /// Prints a line to standard error, above the bar where there is one.
    pub(super) fn aside(&self, line: &str) {
        if self.bar.is_hidden() {
            err(line);
        } else {
            self.bar.println(line.trim_end());
        }
    }

    fn show(&self, running: &(BTreeSet<String>, usize)) {
        let names: Vec<&str> = running.0.iter().map(String::as_str).collect();
        self.bar.set_message(message::running(running.1, &names));
    }
}

impl Progress for Bar {
    fn stage(&self, what: &str) {
        self.bar.set_message(what.to_owned());
    }

    fn total(&self, cases: usize) {
        self.bar.set_length(u64::try_from(cases).unwrap_or_default());
        if let Ok(style) = ProgressStyle::with_template("{prefix}\n{spinner} {elapsed} {bar:24} {pos}/{len}  {msg}") {
            self.bar.set_style(style.progress_chars("■■·"));
        }
    }

    fn begun(&self, path: &str) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.0.insert(path.to_owned());
        self.show(&running);
    }

    fn ended(&self, path: &str, contradicted: bool) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.0.remove(path);
        running.1 += usize::from(contradicted);
        self.show(&running);
        self.bar.inc(1);
    }
}
