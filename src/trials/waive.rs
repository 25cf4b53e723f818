use std::path::Path;
use std::sync::Arc;

use libtest_mimic::{Failed, Trial};

use super::command::{Ended, expect, made, ran};
use super::stage::Stage;
use super::{none, trial};

/// A defect, and the one clause that it fails by in the case.
const DEFECT: &str = "delete-without-name-accepted";
const CASE: &str = "delete/name-missing";
const CLAUSE: &str = "delete.required";
/// One that it keeps: where nothing is seen kept, nothing is conforming.
const KEPT: &str = "delete.unknown";

/// A claim, and what it takes to hold it.
type Check = (&'static str, fn(&Stage, &Path) -> Result<(), Failed>);

/// Returns the trials on waivers, from the command line.
pub(super) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let checks: [Check; 5] = [
        ("a waived finding is known and does not fail", accepted),
        ("a waiver that is not needed any more is red", unneeded),
        ("a waiver that is out of order is red", out_of_order),
        ("a malformed file of waivers is named with line and column", malformed),
        ("what the run has not found is not waived", unfound),
    ];
    let make = |(claim, check): Check| {
        let stage = Arc::clone(stage);
        trial("cli", "waive", claim, move || {
            let folder = made(&stage)?;
            let ended = check(&stage, &folder);
            // What stays there is in nobody's way.
            let _ = std::fs::remove_dir_all(&folder);
            ended
        })
    };
    checks.into_iter().map(make).collect()
}

/// Runs the words with the folder's waivers; `whole` runs whatever probes the clause, so that waivers can be stale.
fn run(stage: &Stage, folder: &Path, defect: bool, whole: bool) -> Result<Ended, Failed> {
    let text = folder.display().to_string();
    let mut words = vec!["run", "--snapshots", &text, "--out", &text];
    words.extend(if whole { ["--clause", CLAUSE, "--clause", KEPT].as_slice() } else { ["--case", CASE].as_slice() });
    if defect {
        words.extend(["--defect", DEFECT]);
    }
    ran(stage, &words)
}

fn waive(stage: &Stage, folder: &Path, finding: &str) -> Result<Ended, Failed> {
    let log = folder.join("log.jsonl").display().to_string();
    ran(stage, &["waive", finding, "--reason", "it is known", "--link", "https://example.org/7", "--log", &log])
}

/// A run that fails, waived whole.
fn waived(stage: &Stage, folder: &Path) -> Result<(), Failed> {
    expect(&run(stage, folder, true, true)?, &[1], &["FAIL"])?;
    std::fs::write(folder.join("waivers.toml"), "# Ours.\n")?;
    expect(&waive(stage, folder, "all")?, &[0], &[CLAUSE, "waivers.toml"])
}

fn accepted(stage: &Stage, folder: &Path) -> Result<(), Failed> {
    waived(stage, folder)?;
    let known = ["KNOWN FAIL", CLAUSE, "accepted", "it is known (https://example.org/7)", "known fail (exit 0)"];
    expect(&run(stage, folder, true, true)?, &[0], &known)?;
    // The log says it alone, also where the file is gone.
    let text = std::fs::read_to_string(folder.join("waivers.toml"))?;
    std::fs::remove_file(folder.join("waivers.toml"))?;
    let (log, out) = (folder.join("log.jsonl").display().to_string(), folder.display().to_string());
    expect(&ran(stage, &["report", &log, "--out", &out])?, &[0], &known)?;
    // Another failure of the clause is none that was accepted.
    let other: Vec<String> = text
        .lines()
        .map(|line| if line.starts_with("outcome") { "outcome = \"500 …\"".to_owned() } else { line.to_owned() })
        .collect();
    std::fs::write(folder.join("waivers.toml"), other.join("\n"))?;
    expect(&run(stage, folder, true, true)?, &[1], &["FAIL", CLAUSE])?;
    if text.starts_with("# Ours.\n") { Ok(()) } else { Err(Failed::from(format!("the comment is gone:\n{text}"))) }
}

fn unneeded(stage: &Stage, folder: &Path) -> Result<(), Failed> {
    waived(stage, folder)?;
    expect(&run(stage, folder, false, true)?, &[5], &["STALE WAIVER", CLAUSE, "it is not needed any more"])?;
    // Of some cases alone nobody can say so.
    expect(&run(stage, folder, false, false)?, &[0], &[])
}

fn out_of_order(stage: &Stage, folder: &Path) -> Result<(), Failed> {
    waived(stage, folder)?;
    let file = folder.join("waivers.toml");
    let text = std::fs::read_to_string(&file)?;
    let with = |key: &str, value: &str| -> String {
        let line = |line: &str| if line.starts_with(key) { format!("{value}\n") } else { format!("{line}\n") };
        text.lines().map(line).collect()
    };
    let more = "\n[[waiver]]\nclause = \"copy.nowhere\"\noutcome = \"x\"\nreason = \"r\"\nexpires = 2026-12-01\n";
    let mut wrong = Vec::new();
    for (text, said) in [
        (with("expires", "expires = 2020-01-01"), "it expired on 2020-01-01"),
        (with("expires", "expires = 2999-01-01"), "more than 180 days"),
        (with("reason", "reason = \" \""), "it gives no reason"),
        (with("reason", ""), "it gives no reason"),
        (format!("{text}{more}"), "there is no such clause"),
    ] {
        std::fs::write(&file, &text)?;
        if let Err(failed) = expect(&run(stage, folder, true, true)?, &[5], &["STALE WAIVER", said]) {
            wrong.push(failed.message().unwrap_or_default().to_owned());
        }
    }
    none(&wrong)
}

fn malformed(stage: &Stage, folder: &Path) -> Result<(), Failed> {
    std::fs::write(folder.join("waivers.toml"), "[[waiver]]\nclause = \"delete.required\"\nreson = \"r\"\n")?;
    expect(
        &run(stage, folder, true, true)?,
        &[2],
        &["waivers.toml:3:1", "unknown key `reson`", "did you mean `reason`?"],
    )
}

fn unfound(stage: &Stage, folder: &Path) -> Result<(), Failed> {
    expect(&run(stage, folder, true, true)?, &[1], &["FAIL"])?;
    expect(&waive(stage, folder, "tags.list")?, &[2], &["no finding of `tags.list`", CLAUSE])?;
    expect(&waive(stage, folder, "delete.requird")?, &[2], &["did you mean `delete.required`?"])?;
    let log = folder.join("log.jsonl").display().to_string();
    expect(&ran(stage, &["waive", CLAUSE, "--reason", " ", "--log", &log])?, &[2], &["a waiver gives a reason"])
}
