use std::path::Path;
use std::sync::Arc;

use libtest_mimic::{Failed, Trial};

use super::command::{expect, made, ran};
use super::stage::Stage;
use super::{Check, checks, none};

/// Returns the trials on the reports of the binary.
pub(super) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let all: &[Check] = &[
        ("a part of a run has no badge and takes away an older one", no_badge),
        ("one log makes the same reports each time", same),
        ("logs of several targets stand beside each other and those of one follow each other", several),
        ("what an application relies on is supported or not or not known", supports),
    ];
    checks(stage, "report", all).collect()
}

/// Runs these cases into a folder, and returns the path of the log.
fn play(stage: &Stage, folder: &Path, words: &[&str]) -> Result<String, Failed> {
    let out = folder.display().to_string();
    expect(&ran(stage, &[&["run", "--seed", "7", "--out", &out], words].concat())?, &[0, 1], &[])?;
    Ok(folder.join("log.jsonl").display().to_string())
}

fn there(folder: &Path, files: &[(&str, bool)]) -> Result<(), Failed> {
    let wrong = files.iter().filter(|(file, wanted)| folder.join(file).exists() != *wanted);
    let wrong = wrong.map(|(file, wanted)| format!("{file} {}", if *wanted { "was not made" } else { "is there" }));
    none(&wrong.collect::<Vec<_>>())
}

fn no_badge(stage: &Stage) -> Result<(), Failed> {
    let folder = made(stage)?;
    std::fs::write(folder.join("badge.svg"), "<svg/>")?;
    play(stage, &folder, &["--case", "copy/plain"])?;
    there(&folder, &[("badge.svg", false), ("badge.json", false), ("report.html", true)])
}

fn same(stage: &Stage) -> Result<(), Failed> {
    let folder = made(stage)?;
    let log = play(stage, &folder, &["--case", "copy/target-taken", "--defect", "copy-taken-overwrites"])?;
    let mut wrong = Vec::new();
    let (one, other) = (folder.join("one"), folder.join("other"));
    for out in [&one, &other] {
        expect(&ran(stage, &["report", &log, "--out", &out.display().to_string()])?, &[1], &["tier none: only"])?;
    }
    for file in ["report.html", "report.md", "junit.xml", "summary.json"] {
        let [first, second, own] = [&one, &other, &folder].map(|out| std::fs::read(out.join(file)));
        let (first, second, own) = (first?, second?, own?);
        if first != second || first != own {
            wrong.push(format!("{file} is not the same each time"));
        }
    }
    let page = std::fs::read_to_string(one.join("report.html"))?;
    let said = ["aws-cli", "boto3", "curl"].map(|tool| (tool, format!("id=\"finding-1-{tool}\"")));
    wrong.extend(said.iter().filter(|(_, id)| !page.contains(id)).map(|(tool, _)| format!("no script for {tool}")));
    none(&wrong)
}

fn several(stage: &Stage) -> Result<(), Failed> {
    let folder = made(stage)?;
    let (whole, broken, out) = (folder.join("whole"), folder.join("broken"), folder.join("out"));
    let whole = play(stage, &whole, &["--case", "copy/target-taken"])?;
    let broken = play(stage, &broken, &["--case", "copy/target-taken", "--defect", "copy-taken-overwrites"])?;
    std::fs::create_dir_all(&out)?;
    std::fs::write(out.join("badge.svg"), "<svg/>")?;
    let words = ["report", &whole, &broken, "--out", &out.display().to_string()];
    expect(&ran(stage, &words)?, &[1], &["reference ", "reference copy-taken-overwrites"])?;
    there(&out, &[("report.html", true), ("report.md", true), ("matrix.svg", true), ("badge.svg", false)])?;
    there(&out, &[("reference/report.html", true), ("reference-copy-taken-overwrites/junit.xml", true)])?;
    there(&out, &[("reference/trend.html", false)])?;
    let page = std::fs::read_to_string(out.join("report.html"))?;
    let mut wrong = Vec::new();
    for word in ["copy.target.taken", "href=\"#evidence-1\"", "nightly copy, keep 7", "export to S3"] {
        if !page.contains(word) {
            wrong.push(format!("`{word}` is not on the page"));
        }
    }
    // Two runs of one target.
    let text = std::fs::read_to_string(&broken)?.replacen("\"defect\":\"copy-taken-overwrites\",", "", 1);
    std::fs::write(&broken, text)?;
    let words = ["report", &whole, &broken, "--out", &out.display().to_string()];
    expect(&ran(stage, &words)?, &[0, 1], &[])?;
    let trend = std::fs::read_to_string(out.join("trend.md"))?;
    if !trend.contains("non-strict") && !trend.contains("pass → fail") {
        wrong.push(format!("the trend does not say what changed: {trend}"));
    }
    none(&wrong)
}

fn supports(stage: &Stage) -> Result<(), Failed> {
    let folder = made(stage)?;
    let event = |operation: &str, name: &str| {
        format!(
            "{{\"eventSource\":\"elasticache.amazonaws.com\",\"eventName\":\"{operation}\",\
             \"requestParameters\":{{\"{name}\":\"hush-hush\"}}}}\n"
        )
    };
    let cases = ["--case", "delete/*", "--case", "front/odd-values", "--case", "front/supported", "--case", "wire/*"];
    let whole = play(stage, &folder.join("whole"), &cases)?;
    let broken = [cases.as_slice(), &["--defect", "delete-first-refused", "--settle-limit", "2s"]].concat();
    let broken = play(stage, &folder.join("broken"), &broken)?;
    let file = folder.join("trail.json");
    let from = file.display().to_string();
    for (text, log, code, words) in [
        (event("DeleteSnapshot", "snapshotName"), &whole, 0, ["yes:", "DeleteSnapshot, 1 call"]),
        (event("DeleteSnapshot", "snapshotName"), &broken, 1, ["no:", "delete.succeeds"]),
        (event("CopySnapshot", "sourceSnapshotName"), &whole, 4, ["unknown:", "copy.succeeds"]),
        ("{\"Records\": [\n  hush-hush".to_owned(), &whole, 2, ["trail.json`: line 2", "hint"]),
        ("hush-hush".to_owned(), &whole, 2, ["no request to ElastiCache", "Action="]),
    ] {
        std::fs::write(&file, text)?;
        let ended = ran(stage, &["supports", log, "--from", &from])?;
        expect(&ended, &[code], &words)?;
        if format!("{}{}", ended.out, ended.err).contains("hush") {
            return Err(Failed::from("what the application sent is shown"));
        }
    }
    Ok(())
}
