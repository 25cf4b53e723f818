use std::sync::OnceLock;

use include_dir::{Dir, include_dir};

use super::{Case, CaseError, pairs};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/cases");

/// Cases, sorted by path.
#[derive(Clone, Debug, Default)]
pub struct Cases(Vec<Case>);

/// Why a pattern selects nothing: it is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is no pattern: {reason}")]
pub struct PatternError {
    /// The pattern.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl Cases {
    /// Returns the cases of `cases/` as they were when this was built, and those on pairs of faults, read once.
    ///
    /// # Errors
    /// Where one of them is none; a test holds that all are.
    pub fn builtin() -> Result<&'static Self, &'static CaseError> {
        static CASES: OnceLock<Result<Cases, CaseError>> = OnceLock::new();
        CASES
            .get_or_init(|| files().map(|(file, text)| Case::parse(&file, text)).chain(pairs::all().map(Ok)).collect())
            .as_ref()
    }

    /// Returns the text of a built-in case's file, `None` where there is none.
    #[must_use]
    pub fn text(path: &str) -> Option<&'static str> {
        FILES.get_file(format!("{path}.toml"))?.contents_utf8()
    }

    /// Walks the cases.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Case> {
        self.0.iter()
    }

    /// Returns the case of that path.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Case> {
        self.0.binary_search_by(|case| case.path.as_str().cmp(path)).ok().and_then(|at| self.0.get(at))
    }

    /// Returns the cases whose paths match at least one of the patterns: `copy/*`, `*/twice`.
    ///
    /// # Errors
    /// Where one of the patterns is none.
    pub fn select<P: AsRef<str>>(&self, patterns: &[P]) -> Result<Vec<&Case>, PatternError> {
        let compile = |pattern: &P| {
            let pattern = pattern.as_ref();
            glob::Pattern::new(pattern).map_err(|error| PatternError { pattern: pattern.to_owned(), reason: error.msg })
        };
        let patterns: Vec<_> = patterns.iter().map(compile).collect::<Result<_, _>>()?;
        Ok(self.iter().filter(|case| patterns.iter().any(|pattern| pattern.matches(&case.path))).collect())
    }
}

impl FromIterator<Case> for Cases {
    fn from_iter<I: IntoIterator<Item = Case>>(cases: I) -> Self {
        let mut cases: Vec<_> = cases.into_iter().collect();
        cases.sort_by(|one, other| one.path.cmp(&other.path));
        Self(cases)
    }
}

/// Walks the case files as they stand in the folder, with their text.
fn files() -> impl Iterator<Item = (String, &'static str)> {
    let mut folders = vec![&FILES];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        folders.extend(folder.dirs());
        files.extend(folder.files().filter(|file| file.path().extension().is_some_and(|ending| ending == "toml")));
    }
    files.into_iter().map(|file| (format!("cases/{}", file.path().display()), file.contents_utf8().unwrap_or_default()))
}
