use std::fmt::Write as _;

/// Why a command ends early: the exit code, what is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// 2 for what was asked, 3 for what could not be done.
    pub(super) code: u8,
    /// What is wrong, where first.
    pub(super) what: String,
    /// What to do; empty where nothing can be said.
    pub(super) hint: String,
}

impl Failure {
    /// Something was asked that there is not.
    pub(super) fn usage(what: impl Into<String>) -> Self {
        Self { code: 2, what: what.into(), hint: String::new() }
    }

    /// The harness could not do it.
    pub(super) fn harness(what: impl Into<String>) -> Self {
        Self { code: 3, what: what.into(), hint: String::new() }
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
            let _ = write!(what, ": {cause}");
            source = cause.source();
        }
        Self { code, what, hint: String::new() }
    }
}

/// Prints to standard output; a closed pipe is no error of ours.
pub(super) fn out(text: &str) {
    use std::io::Write as _;
    let _ = anstream::stdout().write_all(text.as_bytes());
}

/// Prints to standard error.
pub(super) fn err(text: &str) {
    use std::io::Write as _;
    let _ = anstream::stderr().write_all(text.as_bytes());
}

/// Prints why a command ended early.
pub(super) fn failure(failure: &Failure) {
    err(&format!("error: {}\n", failure.what));
    if !failure.hint.is_empty() {
        err(&format!("  hint: {}\n", failure.hint));
    }
}

/// Returns `1 case`, `2 cases`.
pub(super) fn plural(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

/// Returns the hint for a word that is not known: the nearest one that is, or where the list is.
pub(super) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>, list: &str) -> String {
    let near = known
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len() / 3).max(2))
        .min();
    near.map_or_else(|| list.to_owned(), |(_, candidate)| format!("did you mean `{candidate}`?"))
}
