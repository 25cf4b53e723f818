use std::ops::Range;

use super::{place, reworded};

/// Why a target file, or one of what is known of a target, cannot be understood, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {what}")]
pub struct Misread {
    /// The file as the caller calls it.
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// Counted in characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub what: String,
    /// How to mend it, where that can be guessed.
    pub hint: Option<String>,
}

impl Misread {
    /// Something is wrong at this place of the text.
    pub(crate) fn at(text: &str, file: &str, span: Range<usize>, what: String, hint: Option<String>) -> Self {
        let (line, column) = place(text, span.start);
        Self { file: file.to_owned(), line, column, what, hint }
    }

    /// The text is no TOML, or not of the form that it should have.
    pub(crate) fn toml(text: &str, file: &str, error: &toml::de::Error) -> Self {
        let (what, hint) = reworded(error.message());
        Self::at(text, file, error.span().unwrap_or_default(), what, hint)
    }
}
