use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;

use libtest_mimic::{Failed, Trial};

use super::alone::{Alone, LONGER};
use super::case;
use super::stage::{Ran, Stage};
use crate::case::{Case, Cases};
use crate::record::{Recorded, diff, is_recorded, snapshots};

/// Returns a trial a case: what the reference answers is what its snapshot file says. Cases in which calls overlap have
/// none: what comes of them depends on who is first.
pub(super) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let mut trials = vec![{
        let stage = Arc::clone(stage);
        super::trial("drift", "snapshots", "are of cases that there are", move || no_orphans(&stage.place.root))
    }];
    let cases = Cases::builtin().into_iter().flat_map(Cases::iter).filter(|case| is_recorded(case));
    trials.extend(cases.map(|case| {
        let stage = Arc::clone(stage);
        case::of(case, "drift", "is answered as recorded", move || recorded(&stage, case))
    }));
    trials
}

fn recorded(stage: &Stage, case: &Case) -> Result<(), Failed> {
    let folder = stage.place.root.join("snapshots/reference");
    let file = folder.join(format!("{}.snap", case.path));
    let mut text = text_of(Alone::of(stage, case)?.get(case)?, case)?;
    // A stall of the machine can let a step come too late; drift comes each time.
    for settle in LONGER {
        if !file.exists() || Recorded::read(&folder)?.get(&case.path) == Some(text.trim_end()) {
            break;
        }
        text = text_of(&Alone::again(stage, case, settle)?, case)?;
    }
    held(&folder, &case.path, &case.purpose, &text)
}

fn text_of(ran: &Ran, case: &Case) -> Result<String, Failed> {
    Ok(snapshots(&ran.records).remove(&case.path).ok_or("the case did not come to its end")?)
}

/// Holds a text against a snapshot file with insta, so that `cargo insta review` shows and accepts what differs.
pub(super) fn held(folder: &Path, path: &str, purpose: &str, text: &str) -> Result<(), Failed> {
    let (area, name) = path.rsplit_once('/').unwrap_or(("", path));
    let before = Recorded::read(folder)?;
    // insta takes what is not absolute from the place of this file.
    let folder = std::path::absolute(folder)?;
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder.join(area));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(purpose);
    // insta says it in a panic, with a diff of its own; the `.snap.new` that it leaves is what counts.
    let check = AssertUnwindSafe(|| settings.bind(|| insta::assert_snapshot!(name, text)));
    let ended = std::panic::catch_unwind(check);
    ended.map_err(|_| {
        let mut lines = vec![format!("`{}` is not as recorded (- recorded, + now)", folder.join(path).display())];
        lines.extend(diff(before.get(path).unwrap_or_default(), text));
        lines.push("to accept it: `cargo insta review`, or the same test with INSTA_UPDATE=always".to_owned());
        Failed::from(lines.join("\n"))
    })
}

fn no_orphans(root: &Path) -> Result<(), Failed> {
    let cases = Cases::builtin()?;
    let mut wrong = Vec::new();
    for target in std::fs::read_dir(root.join("snapshots"))?.flatten().map(|entry| entry.path()) {
        if !target.is_dir() || target.ends_with(super::desk::FOLDER) {
            continue;
        }
        for path in Recorded::read(&target)?.cases().filter(|path| *path != crate::record::OPERATIONS) {
            if cases.get(path).is_none_or(|case| !is_recorded(case)) {
                wrong.push(format!("`{}`: there is no case `{path}` of calls one after the other", target.display()));
            }
        }
    }
    super::none(&wrong)
}
