use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use super::command::{expect, made, ran};
use super::stage::Stage;
use super::{Check, checks, none};
use crate::refserver::{Options, RefServer};

/// What is run whole and in shards. Nothing in it depends on the moment in which something is looked at.
const CASES: &[&str] = &["--case", "tags/copy-[dfgi]*", "--case", "front/*", "--seed", "7"];
/// In so many shards.
const SHARDS: usize = 8;
/// A defect that some of the cases show.
const DEFECT: &[&str] = &["--defect", "copy-tags-not-inherited"];
/// A target whose refusals share a twin, as they do where requests cost.
const SHARED: &str = "name = \"shared\"\ntwins = \"run\"\nbase = \"run\"\nlanes = 1\n";

/// Returns the trials on making one log of several.
pub(super) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let all: &[Check] = &[
        ("eight shards merged give the verdicts of one run", same),
        ("refusals of one shard share the twins of all", twins),
        ("sequences are shared out over the shards", sequences),
        ("logs that are not all the shards of one run are refused or said", refused),
    ];
    checks(stage, "cli", all).collect()
}

/// Runs that in shards, merges them in another order, and returns the log.
fn in_shards(stage: &Stage, words: &[&str], count: usize) -> Result<(String, i32), Failed> {
    let folder = made(stage)?.display().to_string();
    let mut logs: Vec<String> = Vec::new();
    for part in 1..=count {
        let out = format!("{folder}/{part}");
        let shard = format!("{part}/{count}");
        expect(&ran(stage, &[&["run"], words, &["--shard", &shard, "--out", &out]].concat())?, &[0, 1, 4], &[])?;
        logs.insert(0, format!("{out}/log.jsonl"));
    }
    let log = format!("{folder}/merged.jsonl");
    let logs: Vec<&str> = logs.iter().map(String::as_str).collect();
    let ended = ran(stage, &[&["merge"], logs.as_slice(), &["--out", &log]].concat())?;
    expect(&ended, &[0, 1, 4], &[&format!("{count} shards merged into")])?;
    Ok((log, ended.code))
}

/// Runs that in one, and returns the log.
fn whole(stage: &Stage, words: &[&str]) -> Result<(String, i32), Failed> {
    let folder = made(stage)?.display().to_string();
    let ended = ran(stage, &[&["run"], words, &["--out", &folder]].concat())?;
    Ok((format!("{folder}/log.jsonl"), ended.code))
}

/// Returns the summary that reports are made of.
fn summary(stage: &Stage, log: &str) -> Result<Value, Failed> {
    let out = format!("{log}-reports");
    let ended = ran(stage, &["report", log, "--out", &out])?;
    expect(&ended, &[0, 1, 4], &[])?;
    Ok(serde_json::from_slice(&std::fs::read(Path::new(&out).join("summary.json"))?)?)
}

/// Returns verdict and reason of every clause, and what is found.
fn said(summary: &Value) -> BTreeMap<String, String> {
    let of = |key: &str, id: &str, words: &[&str]| -> Vec<(String, String)> {
        let all = summary.get(key).and_then(Value::as_array).into_iter().flatten();
        let text = |it: &Value, word: &str| it.get(word).map(Value::to_string).unwrap_or_default();
        all.map(|it| (text(it, id), words.iter().map(|word| text(it, word)).collect::<Vec<_>>().join(" "))).collect()
    };
    let mut all: BTreeMap<String, String> = of("by_clause", "id", &["verdict", "why"]).into_iter().collect();
    for (clause, cases) in of("by_clause", "id", &["cases"]) {
        // How many pages are full depends on what other cases have there meanwhile.
        if !clause.contains("describe.page.") {
            all.insert(format!("cases of {clause}"), cases);
        }
    }
    for (clause, found) in
        of("findings", "clause", &["verdict", "expected", "observed", "steps", "case", "replay", "count"])
    {
        all.insert(format!("found {clause}"), found);
    }
    all
}

fn compare(stage: &Stage, words: &[&str], count: usize) -> Result<Value, Failed> {
    let (one, code) = whole(stage, words)?;
    let (merged, merged_code) = in_shards(stage, words, count)?;
    let (one, merged) = (summary(stage, &one)?, summary(stage, &merged)?);
    let (before, after) = (said(&one), said(&merged));
    let mut wrong: Vec<String> = before
        .keys()
        .chain(after.keys())
        .filter(|key| before.get(*key) != after.get(*key))
        .map(|key| format!("{key}: {:?} in one run, {:?} in shards", before.get(key), after.get(key)))
        .collect();
    for key in ["exit_code", "complete", "score", "verdict"] {
        if one.get(key) != merged.get(key) || one.get(key).is_none() {
            wrong.push(format!("{key}: {:?} and {:?}", one.get(key), merged.get(key)));
        }
    }
    if code != merged_code {
        wrong.push(format!("run ends with {code}, merge with {merged_code}"));
    }
    if before.len() < 25 {
        wrong.push(format!("only {} clauses were compared", before.len()));
    }
    none(&wrong)?;
    Ok(merged)
}

fn same(stage: &Stage) -> Result<(), Failed> {
    compare(stage, &[CASES, &["--explore", "0"]].concat(), SHARDS)?;
    let merged = compare(stage, &[CASES, &["--explore", "0"], DEFECT].concat(), SHARDS)?;
    if merged.get("exit_code").and_then(Value::as_u64) == Some(1) {
        return Ok(());
    }
    Err("the defect was not found".into())
}

fn twins(stage: &Stage) -> Result<(), Failed> {
    let server = RefServer::start(Options::default())?;
    let file = made(stage)?.join("shared.toml");
    std::fs::write(&file, format!("{SHARED}endpoint = \"{}\"\n", server.url))?;
    let file = file.display().to_string();
    // One shard is refused and makes no snapshot but by copying: alone it can't say what it is refused for.
    let cases = ["--case", "create/name-missing", "--case", "create/plain"];
    let words = [&["--target", &file, "--seed", "7"], cases.as_slice()].concat();
    let (_, alone) = whole(stage, &[words.as_slice(), &["--shard", "1/2"]].concat())?;
    let (log, merged) = in_shards(stage, &words, 2)?;
    // In one run the case comes before the one in which the same succeeds.
    let (_, one) = whole(stage, &words)?;
    let open = std::fs::read_to_string(&log)?.matches("precondition_failed").count();
    if (alone, merged, one, open) == (4, 0, 0, 0) {
        return Ok(());
    }
    Err(format!(
        "one shard ends with {alone}, all with {merged}, one run with {one}; {open} verdicts lack their precondition"
    )
    .into())
}

fn sequences(stage: &Stage) -> Result<(), Failed> {
    let words = ["--case", "tags/r*", "--explore", "7", "--seed", "7"];
    let (log, _) = in_shards(stage, &words, 3)?;
    let summary = summary(stage, &log)?;
    let of = |key: &str| summary.pointer(&format!("/exploration/{key}")).and_then(Value::as_u64);
    let mut wrong = Vec::new();
    if (of("wanted"), of("sequences")) != (Some(7), Some(7)) {
        wrong.push(format!("of 7 sequences {:?} were wanted and {:?} played", of("wanted"), of("sequences")));
    }
    let text = std::fs::read_to_string(&log)?;
    for number in 0..7 {
        let part = 1 + number % 3;
        if !text.contains(&format!("shard-{part}/explore/{number}.toml\"")) {
            wrong.push(format!("sequence {number} is not one of shard {part}"));
        }
    }
    none(&wrong)
}

fn refused(stage: &Stage) -> Result<(), Failed> {
    let folder = made(stage)?.display().to_string();
    let run = |place: &str, words: &[&str]| -> Result<String, Failed> {
        let out = format!("{folder}/{place}");
        let words = [&["run", "--case", "tags/r*", "--explore", "0", "--out", &out], words].concat();
        expect(&ran(stage, &words)?, &[0, 1], &[])?;
        Ok(format!("{out}/log.jsonl"))
    };
    let one = run("1", &["--seed", "7", "--shard", "1/3"])?;
    let two = run("2", &["--seed", "7", "--shard", "2/3"])?;
    let three = run("3", &["--seed", "7", "--shard", "3/3"])?;
    let seed = run("4", &["--seed", "8", "--shard", "2/3"])?;
    let count = run("5", &["--seed", "7", "--shard", "2/4"])?;
    let defect = run("6", &["--seed", "7", "--shard", "2/3", "--defect", "copy-tags-not-inherited"])?;
    let whole = run("7", &["--seed", "7"])?;
    let text = std::fs::read_to_string(&two)?;
    let changed = |place: &str, from: &str, to: &str| -> Result<String, Failed> {
        let file = format!("{folder}/{place}.jsonl");
        std::fs::write(&file, text.replacen(from, to, 1))?;
        Ok(file)
    };
    let tool = changed("tool", "\"tool\":\"", "\"tool\":\"0.0.")?;
    let catalogue = changed("catalogue", "\"catalogue\":\"", "\"catalogue\":\"0")?;
    let target = changed("target", "\"name\":\"reference\"", "\"name\":\"another\"")?;
    let short = format!("{folder}/short.jsonl");
    let (head, _) = text.trim_end().rsplit_once('\n').ok_or("the log has one line")?;
    std::fs::write(&short, head)?;
    let to = format!("{folder}/merged.jsonl");
    let rows: [(&[&str], i32, &[&str]); 11] = [
        (&[&one, &seed, &three], 2, &["the seed of", "the same --seed"]),
        (&[&one, &count], 2, &["the number of shards of", "is 3", " 4"]),
        (&[&one, &defect, &three], 2, &["the defect of", "copy-tags-not-inherited"]),
        (&[&one, &tool, &three], 2, &["the version of copysnap of"]),
        (&[&one, &catalogue, &three], 2, &["is of other clauses than this copysnap has"]),
        (&[&one, &target, &three], 2, &["the target of", "another"]),
        (&[&one, &two, &one], 2, &["shard 1/3 is given twice"]),
        (&[&one, &whole], 2, &["is of no shard"]),
        (&[&one, &three], 4, &["shard 2/3 is missing", "incomplete", "exit 4"]),
        (&[&one, &short, &three], 4, &["shard 2/3 was cut short", "exit 4"]),
        (&[&three, &one, &two], 0, &["3 shards merged into", "exit 0"]),
    ];
    for (logs, code, words) in rows {
        expect(&ran(stage, &[&["merge"], logs, &["--out", &to]].concat())?, &[code], words)?;
    }
    expect(&ran(stage, &["merge", &one, "--out", &one])?, &[2], &["is to be merged, and written"])
}
