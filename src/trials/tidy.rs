use std::sync::Arc;

use libtest_mimic::{Failed, Trial};

use super::source::{File, files};
use super::stage::Stage;
use super::{none, trial};

/// Files of `src/` that belong to no room.
const ROOMLESS: &[&str] = &["src/lib.rs", "src/main.rs", "src/build.rs", "src/conformance.rs"];
/// What may be longer than the rest: a table, not code.
const TABLES: &[&str] = &["src/spec/id.rs"];
/// The longest file, in lines.
const LONGEST: usize = 600;

/// A claim, and what is wrong with it, file and line first.
type Check = (&'static str, fn(&[File]) -> Vec<String>);

/// Returns the trials about the source itself.
pub(super) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let checks: [Check; 5] = [
        ("imports point up the list in lib.rs", upward),
        ("every room is listed and says what it holds", doors),
        ("no file is called mod", no_mod_files),
        ("nothing prints but the command line", nothing_prints),
        ("no file is too long to read", short),
    ];
    let make = |(claim, check): Check| {
        let stage = Arc::clone(stage);
        trial("tidy", "source", claim, move || -> Result<(), Failed> { none(&check(&files(&stage.place.root)?)) })
    };
    checks.into_iter().map(make).collect()
}

/// Returns the rooms in the order of lib.rs.
fn rooms(files: &[File]) -> Vec<&str> {
    let list = files.iter().find(|file| file.path == "src/lib.rs").map_or("", |file| &file.text);
    list.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect()
}

/// Returns file and line wherever a room names one that is listed below it.
fn upward(files: &[File]) -> Vec<String> {
    let rooms = rooms(files);
    let place = |room: &str| rooms.iter().position(|known| *known == room);
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| !ROOMLESS.contains(&&*file.path)) {
        let Some(own) = place(file.room()) else { continue };
        let depth = file.path.matches('/').count();
        for (number, line) in file.lines() {
            for named in named(line, depth) {
                if place(named).is_some_and(|other| other > own) {
                    wrong.push(format!(
                        "{}:{number}: `{}` names `{named}`, which is listed below it",
                        file.path,
                        file.room()
                    ));
                }
            }
        }
    }
    wrong
}

/// Returns what a line names right below the crate: after `crate::`, and after as many `super::` as lead out of the room.
fn named(line: &str, depth: usize) -> Vec<&str> {
    let out = "super::".repeat(depth);
    let mut named = Vec::new();
    for start in ["crate::", out.as_str()] {
        for (at, _) in line.match_indices(start) {
            let before = line.get(..at).unwrap_or_default();
            if before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let rest = line.get(at + start.len()..).unwrap_or_default();
            match rest.strip_prefix('{') {
                None => named.push(word(rest)),
                Some(list) => named.extend(list.split([',', '}']).map(|item| word(item.trim_start()))),
            }
        }
    }
    named
}

fn word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

fn doors(files: &[File]) -> Vec<String> {
    let rooms = rooms(files);
    let mut wrong: Vec<String> = Vec::new();
    for room in &rooms {
        let door = format!("src/{room}.rs");
        match files.iter().find(|file| file.path == door) {
            None => wrong.push(format!("{door}: the room has no door")),
            Some(file) if !file.text.starts_with("//! ") => {
                wrong.push(format!(
                    "{door}:1: the door does not say what comes in, what goes out, and what it never does"
                ));
            }
            Some(_) => {}
        }
    }
    let stray = |file: &&File| {
        !ROOMLESS.contains(&&*file.path)
            && !rooms.contains(&file.room())
            && !["bench", "examples"].contains(&file.room())
    };
    wrong.extend(files.iter().filter(stray).map(|file| format!("{}: no room of lib.rs", file.path)));
    wrong
}

fn no_mod_files(files: &[File]) -> Vec<String> {
    let is_mod = |file: &&File| file.path.ends_with("/mod.rs");
    files.iter().filter(is_mod).map(|file| format!("{}: a room's door is `<room>.rs`", file.path)).collect()
}

fn nothing_prints(files: &[File]) -> Vec<String> {
    let macros =
        ["print", "println", "eprint", "eprintln", "dbg", "todo", "unimplemented"].map(|name| format!("{name}!("));
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| !["cli", "bench", "build"].contains(&file.room())) {
        for (number, line) in file.lines() {
            let printed = macros.iter().find(|name| {
                line.find(name.as_str()).is_some_and(|at| {
                    !line.get(..at).unwrap_or_default().ends_with(|c: char| c.is_alphanumeric() || c == '_')
                })
            });
            if let Some(name) = printed {
                wrong.push(format!("{}:{number}: `{name}` outside `cli`", file.path));
            }
        }
    }
    wrong
}

fn short(files: &[File]) -> Vec<String> {
    let long = |file: &&File| file.lines().count() > LONGEST && !TABLES.contains(&&*file.path);
    let say = |file: &File| format!("{}: {} lines, at most {LONGEST}", file.path, file.lines().count());
    files.iter().filter(long).map(say).collect()
}
