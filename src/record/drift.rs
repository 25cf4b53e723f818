use std::collections::BTreeMap;
use std::io::{Error, ErrorKind};
use std::path::Path;

use include_dir::{Dir, include_dir};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use similar::{ChangeTag, TextDiff};

use super::snap::{OPERATIONS, is_recorded, snapshots};
use super::{CaseRecord, CaseState, Record};
use crate::case::Case;

static BUILTIN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/snapshots");

/// The ending of a snapshot file.
const ENDING: &str = "snap";
/// How many equal lines are shown beside those that differ.
const AROUND: usize = 1;

/// What was recorded of a target: the text of its snapshot files without their heads, by case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded(BTreeMap<String, String>);

/// Returns a file beside the snapshot files of a built-in target.
#[must_use]
pub fn builtin(target: &str, file: &str) -> Option<&'static str> {
    BUILTIN.get_file(Path::new(target).join(file))?.contents_utf8()
}

/// In what way a target no longer does what was recorded of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Drift {
    /// A case is answered in another way.
    Changed,
    /// A case runs of which nothing was recorded.
    New,
    /// A recorded case does not run any more.
    Vanished,
}

impl Drift {
    /// Returns the word in reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::New => "new",
            Self::Vanished => "vanished",
        }
    }
}

/// A case in which a target no longer does what was recorded of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DriftRecord {
    /// The case, or `operations` for which of them are there.
    pub case: String,
    /// In what way.
    pub drift: Drift,
    /// The lines that differ and those beside them: `-` as recorded, `+` as it is, a space for both, `…` for a gap.
    pub diff: Vec<String>,
}

impl Recorded {
    /// Returns what was recorded in that folder; nothing where there is no such folder.
    ///
    /// # Errors
    /// Where a file or folder cannot be read.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let mut recorded = Self::default();
        recorded.add(folder, "")?;
        Ok(recorded)
    }

    /// Returns what was recorded of a built-in target in the version that is pinned here.
    #[must_use]
    pub fn builtin(target: &str) -> Self {
        let mut recorded = Self::default();
        let mut folders: Vec<&Dir<'_>> = BUILTIN.get_dir(target).into_iter().collect();
        while let Some(folder) = folders.pop() {
            folders.extend(folder.dirs());
            for file in folder.files() {
                let case = file.path().strip_prefix(target).ok().and_then(case_of);
                if let (Some(case), Some(text)) = (case, file.contents_utf8()) {
                    recorded.0.insert(case, contents(text).to_owned());
                }
            }
        }
        recorded
    }

    /// Returns what a run would record.
    #[must_use]
    pub fn of(records: &[Record]) -> Self {
        Self(snapshots(records))
    }

    fn add(&mut self, folder: &Path, below: &str) -> Result<(), Error> {
        let entries = match std::fs::read_dir(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let below = if below.is_empty() { name } else { format!("{below}/{name}") };
            if path.is_dir() {
                // A case has an area and a name, and no more.
                if !below.contains('/') {
                    self.add(&path, &below)?;
                }
            } else if let Some(case) = case_of(Path::new(&below)) {
                self.0.insert(case, contents(&std::fs::read_to_string(&path)?).to_owned());
            }
        }
        Ok(())
    }

    /// Tells whether nothing was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns what was recorded of a case.
    #[must_use]
    pub fn get(&self, case: &str) -> Option<&str> {
        self.0.get(case).map(String::as_str)
    }

    /// Walks the cases of which something was recorded.
    pub fn cases(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

fn case_of(path: &Path) -> Option<String> {
    let is_it = path.extension().is_some_and(|ending| ending == ENDING);
    is_it.then(|| {
        path.with_extension("")
            .components()
            .map(|part| part.as_os_str().to_string_lossy())
            .collect::<Vec<_>>()
            .join("/")
    })
}

/// Returns a snapshot file without its head.
fn contents(file: &str) -> &str {
    file.strip_prefix("---\n")
        .and_then(|rest| rest.split_once("\n---\n"))
        .map_or(file, |(_, contents)| contents)
        .trim_end()
}

/// Returns a snapshot file as insta writes it.
#[must_use]
pub fn render(purpose: &str, text: &str) -> String {
    let purpose = serde_json::to_string(purpose).unwrap_or_default();
    format!("---\nsource: src/trials/drift.rs\ndescription: {purpose}\n---\n{text}\n")
}

/// Returns where a run of these cases differs from what was recorded. A case that did not come to its end says nothing.
#[must_use]
pub fn drifts(records: &[Record], recorded: &Recorded, cases: &[Case]) -> Vec<DriftRecord> {
    let now = snapshots(records);
    let mut left_out: BTreeMap<&str, &CaseRecord> = BTreeMap::new();
    for record in records {
        if let Record::Case(case) = record {
            left_out.insert(&case.path, case);
        }
    }
    let mut drifts = Vec::new();
    let paths = cases.iter().filter(|case| is_recorded(case)).map(|case| case.path.as_str());
    for path in std::iter::once(OPERATIONS).chain(paths) {
        let (drift, diff) = match (recorded.get(path), now.get(path)) {
            (Some(old), Some(new)) if old != new => (Drift::Changed, diff(old, new)),
            (None, Some(new)) => (Drift::New, diff("", new)),
            (Some(old), None) => match left_out.get(path).and_then(|case| why(&case.state)) {
                Some(why) => (Drift::Vanished, diff(old, &why)),
                None => continue,
            },
            _ => continue,
        };
        drifts.push(DriftRecord { case: path.to_owned(), drift, diff });
    }
    drifts
}

/// Returns why a case does not run; `None` where it does.
fn why(state: &CaseState) -> Option<String> {
    match state {
        CaseState::NotRun { reason } | CaseState::NotApplicable { reason } => Some(format!("does not run: {reason}")),
        CaseState::Unsupported { operation } => Some(format!("does not run: {operation} is not there")),
        CaseState::Runs | CaseState::Drawn | CaseState::Tried | CaseState::Error { .. } => None,
    }
}

/// Returns the lines in which two texts differ, and those beside them.
#[must_use]
pub fn diff(old: &str, new: &str) -> Vec<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let diff = TextDiff::from_slices(&old, &new);
    let mut lines = Vec::new();
    for (index, group) in diff.grouped_ops(AROUND).iter().enumerate() {
        if index > 0 {
            lines.push("…".to_owned());
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            lines.push(format!("{sign} {}", change.value()));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_file_holds_the_text_below_its_head() {
        let file = render("It's \"so\".", "given  a\n\nfail  b");
        assert_eq!(
            file,
            "---\nsource: src/trials/drift.rs\ndescription: \"It's \\\"so\\\".\"\n---\ngiven  a\n\nfail  b\n"
        );
        assert_eq!(contents(&file), "given  a\n\nfail  b");
        assert_eq!(case_of(Path::new("copy/plain.snap")).as_deref(), Some("copy/plain"));
        assert_eq!(case_of(Path::new("copy/plain.snap.new")), None);
    }

    #[test]
    fn the_reference_is_recorded() {
        assert!(
            Recorded::builtin("reference").get("copy/plain").is_some_and(|text| text.contains("CopySnapshot $base"))
        );
        assert!(Recorded::builtin("nowhere").is_empty());
    }

    #[test]
    fn what_differs_is_shown_with_what_stands_beside_it() {
        let (old, new) = ("a\nb\nc\nd\ne\nf\ng", "a\nx\nc\nd\ne\nf\ng\nh");
        assert_eq!(diff(old, new), ["  a", "- b", "+ x", "  c", "…", "  g", "+ h"]);
        assert_eq!(diff("", "a"), ["+ a"]);
    }
}
