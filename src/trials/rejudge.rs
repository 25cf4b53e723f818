use std::sync::Arc;

use libtest_mimic::{Failed, Trial};

use super::command::{expect, made, ran};
use super::stage::Stage;
use super::{Check, checks};

/// Runs of which the log is judged anew: what is played, and the exit code.
const RUNS: &[(&str, i32)] = &[
    ("--case copy/* --case tags/* --case front/* --explore 6", 0),
    (
        "--case overlap/* --case copy/race-for-a-name --case export/race-for-a-key --explore 6 --defect race-copy-copy",
        1,
    ),
    ("--case copy/* --defect copy-tags-not-inherited --explore 6", 1),
    ("--case copy/plain --case copy/of-a-copy --defect copy-stuck-creating --settle-limit 300ms --explore 2", 1),
    ("--case export/plain --case export/by-acl --case snapshot/* --explore 4", 0),
];

/// Returns the trials on judging a log anew.
pub(super) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let all: &[Check] = &[
        ("a log judged anew comes to what it says", same),
        ("a log that was tampered with is told from its answers", tampered),
    ];
    checks(stage, "cli", all).collect()
}

fn same(stage: &Stage) -> Result<(), Failed> {
    for (line, code) in RUNS {
        let folder = made(stage)?.display().to_string();
        let words: Vec<&str> =
            ["run"].into_iter().chain(line.split(' ')).chain(["--seed", "7", "--out", &folder]).collect();
        let run = ran(stage, &words)?;
        expect(&run, &[*code], &[])?;
        let ended = ran(stage, &["judge", &format!("{folder}/log.jsonl")])?;
        expect(&ended, &[run.code], &["judged anew: 0 verdicts differ"])
            .map_err(|why| format!("{line}: {}", said(&why)))?;
        if ended.out.contains("left as it was") {
            return Err(format!("{line}: not all of it was judged anew: {}", ended.out).into());
        }
    }
    Ok(())
}

fn said(why: &Failed) -> &str {
    why.message().unwrap_or_default()
}

/// What becomes of a line of a log.
type Change = fn(&str) -> String;

/// Changes of a log, the exit code of judging it, and what must be said.
const CHANGES: &[(Change, i32, &[&str])] = &[
    (str::to_owned, 0, &["0 verdicts differ", "exit 0"]),
    // A verdict that its steps do not come to.
    (
        |line| {
            line.replace(r#""clause":"copy.succeeds","verdict":"pass""#, r#""clause":"copy.succeeds","verdict":"fail""#)
        },
        5,
        &["differs  copy.succeeds  fail -> pass   copy/plain", "1 verdict differ", "exit 5"],
    ),
    // An answer that no judgement speaks of.
    (
        automated,
        1,
        &["differs  copy.reply.manual  pass -> fail   copy/plain", "observed  SnapshotSource automated", "exit 1"],
    ),
    (
        |line| line.replace(r#""status":200"#, r#""status":200,"partial":true"#),
        4,
        &["left as it was  copy/plain: step 0: the log has not the whole answer", "exit 4"],
    ),
    (
        |line| line.replace(r#""settle_limit":"#, r#""settle_limt":"#),
        4,
        &["left as it was  copy/plain: what was believed at its start can't be read: missing field `settle_limit`"],
    ),
    (
        |line| if line.contains(r#""kind":"start""#) { String::new() } else { line.to_owned() },
        2,
        &["it does not say what was believed", "copysnap report"],
    ),
];

fn automated(line: &str) -> String {
    if line.contains(r#""role":"given""#) {
        line.replace("<SnapshotSource>manual", "<SnapshotSource>automated")
    } else {
        line.to_owned()
    }
}

fn tampered(stage: &Stage) -> Result<(), Failed> {
    let folder = made(stage)?;
    let out = folder.display().to_string();
    expect(&ran(stage, &["run", "--case", "copy/plain", "--explore", "0", "--seed", "7", "--out", &out])?, &[0], &[])?;
    let log = std::fs::read_to_string(folder.join("log.jsonl"))?;
    let changed = folder.join("changed.jsonl");
    let file = changed.display().to_string();
    for (change, code, words) in CHANGES {
        let lines: String = log.lines().map(|line| change(line) + "\n").collect();
        std::fs::write(&changed, lines)?;
        expect(&ran(stage, &["judge", &file])?, &[*code], words)?;
    }
    // The log that is written says of itself what its steps come to.
    let lines: String = log.lines().map(|line| automated(line) + "\n").collect();
    std::fs::write(&changed, lines)?;
    let new = format!("{out}/new");
    expect(&ran(stage, &["judge", &file, "--out", &new])?, &[1], &["copy.reply.manual"])?;
    expect(
        &ran(stage, &["judge", &format!("{new}/log.jsonl")])?,
        &[1],
        &["0 verdicts differ", "copy.reply.manual fails"],
    )
}
