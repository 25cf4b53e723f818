use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::args::TargetArgs;
use super::message::{Failure, problem};
use super::select::catalogue;
use crate::record::{Header, Waiver};
use crate::target::Target;

/// The file of a target's waivers.
pub(super) const WAIVERS: &str = "waivers.toml";

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

fn of(given: Option<&Path>, target: Option<&str>, name: &str) -> PathBuf {
    if let Some(given) = given {
        return given.to_owned();
    }
    match target.filter(|word| Target::names().all(|name| name != *word)).and_then(|file| Path::new(file).parent()) {
        Some(folder) => folder.to_owned(),
        None => Path::new("snapshots").join(name),
    }
}

/// Returns the waivers of that folder; none where it has no file of them.
pub(super) fn waivers(folder: &Path) -> Result<Vec<Waiver>, Failure> {
    let file = folder.join(WAIVERS);
    match std::fs::read_to_string(&file) {
        Ok(text) => {
            Waiver::parse(&text, &file.display().to_string(), catalogue()?).map_err(|error| problem::waivers(&error))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(problem::unreadable(&file, &error)),
    }
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
