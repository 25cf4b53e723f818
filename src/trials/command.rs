use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};

use super::stage::Stage;
use super::{Check, checks, none, trial};
use crate::case::Cases;
use crate::refserver::{Control, Options, RefServer};

/// How long a command may take that meets nothing to wait for, on a machine that is busy with other things.
const SECONDS: Duration = Duration::from_secs(180);
/// A defect that one case shows at once.
const DEFECT: &str = "copy-taken-overwrites";
/// The case.
const CASE: &str = "copy/target-taken";

/// What a command printed, and how it ended.
pub(super) struct Ended {
    pub(super) code: i32,
    pub(super) out: String,
    pub(super) err: String,
    took: Duration,
}

/// Arguments, the exit code, and what must be said, on either stream.
type Row = (&'static str, &'static str, i32, &'static [&'static str]);

/// Commands that need no more than their arguments. `{folder}` is a folder of their own.
const ROWS: &[Row] = &[
    ("an unknown flag is a usage error", "run --taget moto", 2, &["--taget", "--target"]),
    ("an unknown command is a usage error", "rum", 2, &["rum", "run"]),
    ("an unknown target is named with the nearest", "run --target mto", 2, &["`mto`", "did you mean `moto`?"]),
    (
        "an unknown case is named with the nearest",
        "run --case copy/target-takn",
        2,
        &["did you mean `copy/target-taken`?"],
    ),
    (
        "an unknown clause is named with the nearest",
        "run --clause copy.target.takn",
        2,
        &["did you mean `copy.target.taken`?"],
    ),
    ("an unknown clause is not explained", "explain copy.target.takn", 2, &["did you mean `copy.target.taken`?"]),
    (
        "an unknown defect is named with the nearest",
        "run --defect copy-taken-overwrite",
        2,
        &["did you mean `copy-taken-overwrites`?"],
    ),
    ("a selection of nothing is a usage error", "run --case none", 2, &["none"]),
    ("a missing case file is a usage error", "replay {folder}/nowhere.toml", 2, &["nowhere.toml"]),
    ("a missing log is a usage error", "report {folder}/nowhere.jsonl --out {folder}", 2, &["nowhere.jsonl"]),
    ("what is no URL is a usage error", "run --endpoint localhost:4566 --out {folder}", 2, &["http://localhost:4566"]),
    ("nobody at the endpoint is unreachable", "run --endpoint http://127.0.0.1:9 --out {folder}", 3, &["127.0.0.1:9"]),
    ("clauses are listed", "clauses", 0, &["copy.target.taken", "MUST"]),
    ("fact rows are listed", "clauses --facts", 0, &["E1", "copy.target.taken"]),
    (
        "a clause is explained with its cases and defects",
        "explain copy.target.taken",
        0,
        &["API reference, CopySnapshot", CASE, DEFECT],
    ),
    ("targets are listed", "targets", 0, &["reference", "moto", "5.2.5", "ministack", "fakecloud", "aws"]),
    ("the schema of the log is JSON", "schema", 0, &["\"$schema\""]),
    ("defects and controls are listed", "serve --list-defects", 0, &[DEFECT, "copy.target.taken", "always-400-bogus"]),
    ("one case on the reference conforms", "run --case copy/plain --out {folder}", 0, &["score 1.000", "exit 0"]),
    (
        "a defect fails by its clause",
        "run --case copy/target-taken --defect copy-taken-overwrites --out {folder}",
        1,
        &["copy.target.taken", "expected", "observed", "copysnap replay copy/target-taken"],
    ),
    (
        "what a chosen case contradicts counts though it probes something else",
        "run --case copy/plain --defect arn-of-cluster --explore 0 --out {folder}",
        1,
        &["snapshot.arn", "exit 1"],
    ),
    (
        "where a clause is chosen no other one counts",
        "run --case copy/plain --clause copy.succeeds --defect arn-of-cluster --out {folder}",
        0,
        &["1 pass", "exit 0"],
    ),
    (
        "a replay shows the steps",
        "replay copy/target-taken --out {folder}",
        0,
        &["CopySnapshot", "SnapshotAlreadyExistsFault"],
    ),
    (
        "a summary is printed as JSON",
        "run --case copy/plain --format json --seed 7 --out {folder}",
        0,
        &["\"schema\": 1", "\"exit_code\": 0", "\"leaked\": 0", "\"seed\": \"0x0000000000000007\""],
    ),
];

/// Returns the trials on the binary.
pub(super) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let mut trials: Vec<Trial> = Vec::new();
    for (claim, line, code, words) in ROWS.iter().copied() {
        let stage = Arc::clone(stage);
        trials.push(trial("cli", "cli", claim, move || row(&stage, line, code, words)));
    }
    let more: &[Check] = &[
        ("help is as recorded", help),
        ("a page of HTML is no endpoint", html),
        ("a connection that hangs is given up", hang),
        ("a case with a typo names file line and column", malformed),
        ("what is refused beside other calls is sent without its fault", refused_beside),
        ("a log cut short says so", cut_short),
        ("every report is made", reports),
        ("what differs between two runs is shown", diff),
        ("serve says where it listens first", serve),
        ("README shows what is printed", readme),
    ];
    trials.extend(checks(stage, "cli", more));
    trials
}

fn row(stage: &Stage, line: &str, code: i32, words: &[&str]) -> Result<(), Failed> {
    let folder = made(stage)?;
    let line = line.replace("{folder}", &folder.display().to_string());
    let ended = ran(stage, &line.split(' ').collect::<Vec<_>>())?;
    // What stays there is in nobody's way.
    let _ = std::fs::remove_dir_all(&folder);
    expect(&ended, &[code], words)
}

pub(super) fn expect(ended: &Ended, codes: &[i32], words: &[&str]) -> Result<(), Failed> {
    let mut wrong = Vec::new();
    if !codes.contains(&ended.code) {
        wrong.push(format!("the exit code is {}, not {codes:?}", ended.code));
    }
    if ended.took > SECONDS {
        wrong.push(format!("it took {} s", ended.took.as_secs()));
    }
    let missing = words.iter().filter(|word| !ended.out.contains(**word) && !ended.err.contains(**word));
    wrong.extend(missing.map(|word| format!("`{word}` is not said")));
    if !wrong.is_empty() {
        wrong.push(format!("printed:\n{}{}", ended.out, ended.err));
    }
    none(&wrong)
}

pub(super) fn ran(stage: &Stage, words: &[&str]) -> Result<Ended, Failed> {
    let begun = Instant::now();
    let output = command(stage).args(words).stdin(Stdio::null()).output()?;
    Ok(Ended {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        took: begun.elapsed(),
    })
}

pub(super) fn command(stage: &Stage) -> Command {
    let mut command = Command::new(&stage.place.binary);
    command.current_dir(&stage.place.scratch).env_remove("GITHUB_STEP_SUMMARY").env("NO_COLOR", "1");
    command
}

pub(super) fn made(stage: &Stage) -> Result<PathBuf, Failed> {
    let folder = stage.folder();
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn help(stage: &Stage) -> Result<(), Failed> {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(stage.place.root.join("src/trials/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for command in [
        "", "run", "serve", "replay", "report", "plan", "policy", "diff", "merge", "judge", "sweep", "waive",
        "clauses", "explain", "targets",
    ] {
        let words: Vec<&str> = [command, "--help"].into_iter().filter(|word| !word.is_empty()).collect();
        let ended = ran(stage, &words)?;
        expect(&ended, &[0], &["Usage: copysnap"])?;
        let name = if command.is_empty() { "help".to_owned() } else { format!("help-{command}") };
        settings.bind(|| insta::assert_snapshot!(name, ended.out));
    }
    Ok(())
}

fn html(stage: &Stage) -> Result<(), Failed> {
    against(stage, Control::Html, &["404"])
}

fn hang(stage: &Stage) -> Result<(), Failed> {
    against(stage, Control::Hang, &["no answer in time"])
}

fn against(stage: &Stage, control: Control, words: &[&str]) -> Result<(), Failed> {
    let server = RefServer::start(Options { control: Some(control), ..Options::default() })?;
    let folder = made(stage)?;
    let out = folder.display().to_string();
    let ended = ran(stage, &["run", "--endpoint", &server.url, "--out", &out])?;
    // What stays there is in nobody's way.
    let _ = std::fs::remove_dir_all(&folder);
    expect(&ended, &[1, 3], words)
}

fn malformed(stage: &Stage) -> Result<(), Failed> {
    let folder = made(stage)?;
    let text = Cases::text(CASE).ok_or("there is no such case")?.replacen("expect ", "exepct ", 1);
    let line = 1 + text.lines().position(|line| line.contains("exepct")).ok_or("nothing is expected there")?;
    let file = folder.join("typo.toml");
    std::fs::write(&file, text)?;
    let ended = ran(stage, &["replay", &file.display().to_string()])?;
    expect(&ended, &[2], &[&format!("typo.toml:{line}:1"), "unknown key", "did you mean `expect`?"])
}

fn refused_beside(stage: &Stage) -> Result<(), Failed> {
    let at = |path: &Path| path.display().to_string();
    let file = stage.place.root.join("src/trials/command/beside.toml");
    let ended = ran(stage, &["replay", &at(&file), "--out", &at(&made(stage)?)])?;
    expect(&ended, &[0], &["twin       CreateCacheCluster", "1 pass"])
}

fn cut_short(stage: &Stage) -> Result<(), Failed> {
    let folder = made(stage)?;
    let out = folder.display().to_string();
    expect(&ran(stage, &["run", "--case", "copy/plain", "--out", &out])?, &[0], &[])?;
    let log = std::fs::read(folder.join("log.jsonl"))?;
    let cut = folder.join("cut.jsonl");
    std::fs::write(&cut, log.get(..log.len() * 9 / 10).unwrap_or_default())?;
    let ended = ran(stage, &["report", &cut.display().to_string(), "--out", &out])?;
    expect(&ended, &[4], &["incomplete", "no footer"])
}

fn reports(stage: &Stage) -> Result<(), Failed> {
    let folder = made(stage)?;
    let out = folder.display().to_string();
    expect(&ran(stage, &["run", "--case", "copy/plain", "--out", &out])?, &[0], &[])?;
    let mut wrong = Vec::new();
    for (file, start) in [
        ("log.jsonl", "{\"kind\":\"header\""),
        ("summary.json", "{"),
        ("junit.xml", "<?xml"),
        ("report.html", "<!DOCTYPE html>"),
        ("report.md", "#"),
    ] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap_or_default();
        let begins = text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start));
        if !begins {
            wrong.push(format!("{file} does not begin with `{start}`"));
        }
    }
    none(&wrong)
}

fn diff(stage: &Stage) -> Result<(), Failed> {
    let (one, other) = (made(stage)?, made(stage)?);
    let text = |folder: &Path| folder.display().to_string();
    let words = ["run", "--case", "delete/name-missing", "--seed", "7", "--out"];
    expect(&ran(stage, &[words.as_slice(), &[&text(&one)]].concat())?, &[0], &[])?;
    let defect = ["--defect", "delete-without-name-accepted"];
    expect(&ran(stage, &[words.as_slice(), &[&text(&other)], &defect].concat())?, &[1], &[])?;
    let log = |folder: &Path| text(&folder.join("log.jsonl"));
    let said = ["changed delete.required", "- pass", "+ fail: ", "1 case answered otherwise"];
    expect(&ran(stage, &["diff", &log(&one), &log(&other)])?, &[0], &said)?;
    expect(
        &ran(stage, &["diff", &log(&one), &log(&one)])?,
        &[0],
        &["0 verdicts changed", "0 cases answered otherwise"],
    )?;
    // Other rules, and a clause that reads otherwise.
    let text = std::fs::read_to_string(other.join("log.jsonl"))?;
    let old = text.replacen("\"catalogue\":\"", "\"catalogue\":\"0", 1).replacen("\"says\":\"", "\"says\":\"Once: ", 1);
    std::fs::write(other.join("old.jsonl"), old)?;
    let old = other.join("old.jsonl").display().to_string();
    expect(&ran(stage, &["diff", &old, &log(&one)])?, &[0], &["the rules are not the same"])
}

fn serve(stage: &Stage) -> Result<(), Failed> {
    use std::io::{BufRead as _, BufReader};
    let mut child = command(stage).args(["serve"]).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    let read = child.stdout.take().map(|out| BufReader::new(out).read_line(&mut line));
    // It ends with the trial, however that goes.
    let _ = child.kill();
    let _ = child.wait();
    read.transpose()?;
    if line.starts_with("listening on http://127.0.0.1:") { Ok(()) } else { Err(Failed::from(line)) }
}

/// Every block of README that begins with `$ copysnap` shows what that command prints, but for what differs from run to
/// run; a line `…` stands for any lines.
fn readme(stage: &Stage) -> Result<(), Failed> {
    let text = std::fs::read_to_string(stage.place.root.join("README.md"))?;
    let mut wrong = Vec::new();
    let mut blocks = 0;
    for block in text.split("```").skip(1).step_by(2) {
        let block = block.split_once('\n').map_or("", |(_, block)| block);
        let Some((line, shown)) = block.strip_prefix("$ copysnap ").and_then(|rest| rest.split_once('\n')) else {
            continue;
        };
        blocks += 1;
        let folder = made(stage)?;
        let out = folder.display().to_string();
        let mut words: Vec<&str> = line.split(' ').collect();
        if matches!(words.first(), Some(&"run" | &"replay")) {
            words.extend(["--out", &out]);
        }
        let ended = ran(stage, &words)?;
        if let Some(line) = difference(shown, &ended.out, &folder) {
            wrong.push(format!("$ copysnap {}\n  does not print: {line}\n  but:\n{}", words.join(" "), ended.out));
        }
    }
    if blocks == 0 {
        wrong.push("README.md shows no command with what it prints".to_owned());
    }
    none(&wrong)
}

/// Returns the first line shown that is not printed in its place.
fn difference(shown: &str, printed: &str, folder: &Path) -> Option<String> {
    let printed: Vec<String> = printed.lines().map(|line| steady(line, folder)).collect();
    let mut at = 0;
    let mut anywhere = false;
    for line in shown.lines().map(str::trim_end) {
        if line == "…" {
            anywhere = true;
            continue;
        }
        let wanted = steady(line, folder);
        let found = printed.iter().skip(at).position(|line| *line == wanted);
        match found {
            Some(0) => at += 1,
            Some(skipped) if anywhere => at += skipped + 1,
            _ => return Some(line.to_owned()),
        }
        anywhere = false;
    }
    None
}

/// Puts a sign in place of what differs from run to run: numbers with their units, hexadecimal ones, the folder.
fn steady(line: &str, folder: &Path) -> String {
    let line = line.replace(&folder.display().to_string(), "target/copysnap/latest");
    let steady = |word: &str| {
        let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        if bare.starts_with("0x") {
            return word.replace(bare, "0x…");
        }
        if bare.contains("127.0.0.1:") {
            return "http://127.0.0.1:…".to_owned();
        }
        let number = bare.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let is_number = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',');
        if is_number { word.replace(bare, "0") } else { word.to_owned() }
    };
    line.trim_end().split(' ').map(steady).collect::<Vec<_>>().join(" ")
}
