use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::args::TargetArgs;
use super::message::{Failure, problem};
use super::select::catalogue;
use crate::case::Case;
use crate::record::{Header, OPERATIONS, Record, Recorded, Sightings, Waiver, builtin, is_recorded, render, snapshots};
use crate::target::Target;

/// The file of a target's waivers.
pub(super) const WAIVERS: &str = "waivers.toml";

/// The file of what an authority was seen to do.
const EVIDENCE: &str = "evidence.toml";

/// The target whose snapshot files are those of trials, in which each case is played alone.
const REFERENCE: &str = "reference";

/// Returns the folder of what is known of a target: the one given, the one of its file, or else that of its name.
pub(super) fn folder(arguments: &TargetArgs, name: &str) -> PathBuf {
    of(arguments.snapshots.as_deref(), arguments.target.as_deref(), name)
}

/// Returns the folder that a run looked into.
pub(super) fn folder_of_log(header: &Header) -> PathBuf {
    let words = &header.options.words;
    let after = |flag: &str| words.iter().skip_while(|word| *word != flag).nth(1);
    of(after("--snapshots").map(Path::new), after("--target").map(String::as_str), &header.target.name)
}

/// Returns the folder of what is known of the target of that name or file.
pub(super) fn beside(given: Option<&Path>, target: &str, name: &str) -> PathBuf {
    of(given, Some(target), name)
}

fn of(given: Option<&Path>, target: Option<&str>, name: &str) -> PathBuf {
    if let Some(given) = given {
        return given.to_owned();
    }
    match target.filter(|word| Target::names().all(|name| name != *word)).and_then(|file| Path::new(file).parent()) {
        Some(folder) => folder.to_owned(),
        None => Path::new("snapshots").join(Path::new(name).file_name().unwrap_or_default()),
    }
}

/// Returns the waivers of that folder; none where it has no file of them.
pub(super) fn waivers(folder: &Path) -> Result<Vec<Waiver>, Failure> {
    let file = folder.join(WAIVERS);
    match std::fs::read_to_string(&file) {
        Ok(text) => {
            Waiver::parse(&text, &file.display().to_string(), catalogue()?).map_err(|error| problem::misread(&error))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(problem::unreadable(&file, &error)),
    }
}

/// Returns what was recorded of a target: in that folder, or else, of a built-in target, here.
pub(super) fn recorded(folder: &Path, name: &str) -> Result<Recorded, Failure> {
    if folder == Path::new("snapshots").join(REFERENCE) {
        return Err(problem::reference_not_recorded());
    }
    let recorded = Recorded::read(folder).map_err(|error| problem::unreadable(folder, &error))?;
    let recorded = if recorded.is_empty() && !folder.exists() { Recorded::builtin(name) } else { recorded };
    if recorded.is_empty() { Err(problem::nothing_recorded(name, folder)) } else { Ok(recorded) }
}

/// Returns what an authority was seen to do: as that folder says, or else, of a built-in target, as is known here.
pub(super) fn sightings(folder: &Path, name: &str) -> Result<Sightings, Failure> {
    let file = folder.join(EVIDENCE);
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound && folder.exists() => String::new(),
        Err(error) if error.kind() == ErrorKind::NotFound => builtin(name, EVIDENCE).unwrap_or_default().to_owned(),
        Err(error) => return Err(problem::unreadable(&file, &error)),
    };
    Sightings::parse(&text, &file.display().to_string()).map_err(|error| problem::misread(&error))
}

/// Writes what an authority was seen to do.
pub(super) fn record(folder: &Path, seen: &Sightings) -> Result<(), Failure> {
    let file = folder.join(EVIDENCE);
    let text = seen.render().map_err(|error| Failure::of(3, &error))?;
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&file, text));
    written.map_err(|error| problem::unwritable(&file, &error))
}

/// What was done to the snapshot files of a folder.
#[derive(Debug, Default)]
pub(super) struct Blessed {
    pub(super) written: usize,
    pub(super) kept: usize,
    pub(super) removed: usize,
}

/// Writes the snapshot files of the cases that came to their end, and removes those of cases that do not run.
pub(super) fn bless(folder: &Path, records: &[Record], cases: &[Case]) -> Result<Blessed, Failure> {
    let footer = Record::footer(records);
    if folder == Path::new("snapshots").join(REFERENCE) {
        return Err(problem::reference_not_recorded());
    }
    if !footer.is_some_and(|footer| footer.complete) {
        return Err(problem::incomplete_not_blessed());
    }
    let now = snapshots(records);
    let mut blessed = Blessed::default();
    let cases = cases.iter().filter(|case| is_recorded(case)).map(|case| (case.path.as_str(), case.purpose.as_str()));
    for (path, purpose) in std::iter::once((OPERATIONS, "Which operations are there.")).chain(cases) {
        let file = folder.join(format!("{path}.snap"));
        let failed = |error: std::io::Error| problem::unwritable(&file, &error);
        match now.get(path).map(|text| render(purpose, text)) {
            None if file.exists() => {
                std::fs::remove_file(&file).map_err(failed)?;
                blessed.removed += 1;
            }
            None => {}
            Some(text) if std::fs::read_to_string(&file).is_ok_and(|before| before == text) => blessed.kept += 1,
            Some(text) => {
                std::fs::create_dir_all(file.parent().unwrap_or(folder)).map_err(failed)?;
                std::fs::write(&file, text).map_err(failed)?;
                blessed.written += 1;
            }
        }
    }
    Ok(blessed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_lies_beside_the_target_file() {
        for (given, target, name, wanted) in [
            (None, None, "reference", "snapshots/reference"),
            (None, Some("moto"), "moto", "snapshots/moto"),
            (None, Some("ci/mine.toml"), "mine", "ci"),
            (None, Some("mine.toml"), "mine", ""),
            (Some("there"), Some("ci/mine.toml"), "mine", "there"),
        ] {
            assert_eq!(of(given.map(Path::new), target, name), Path::new(wanted));
        }
    }
}
