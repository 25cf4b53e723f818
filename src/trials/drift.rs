use std::path::{Path, PathBuf};
use std::sync::Arc;

use libtest_mimic::{Failed, Trial};

use super::alone::Alone;
use super::seen::CaseSeen;
use super::stage::{Ran, Stage};
use super::{case, model};
use crate::case::{Case, CaseStep, Cases};
use crate::record::{Record, StepRecord};
use crate::trace::Role;

/// Returns a trial a case: what the reference answers is what its snapshot file says. Cases in which calls overlap have
/// none: what comes of them depends on who is first.
pub(super) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let mut trials = vec![{
        let stage = Arc::clone(stage);
        super::trial("drift", "snapshots", "are of cases that there are", move || no_orphans(&stage.place.root))
    }];
    let cases = Cases::builtin().into_iter().flat_map(Cases::iter).filter(|case| !overlaps(case));
    trials.extend(cases.map(|case| {
        let stage = Arc::clone(stage);
        case::of(case, "drift", "is answered as recorded", move || recorded(&stage, case))
    }));
    trials
}

fn overlaps(case: &Case) -> bool {
    case.steps.iter().any(|step| matches!(step, CaseStep::Together(_)))
}

fn recorded(stage: &Stage, case: &Case) -> Result<(), Failed> {
    let (area, name) = model::area_and_name(case);
    let folder = folder(&stage.place.root).join(area);
    let before = std::fs::read_to_string(folder.join(format!("{name}.snap"))).unwrap_or_default();
    let alone = Alone::of(stage)?;
    let mut text = transcript(alone.get(case)?, case)?;
    // A stall of the machine can let a step come too late; drift comes twice.
    if !before.is_empty() && contents(&before) != text.trim_end() {
        text = transcript(&alone.again(stage, case)?, case)?;
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(case.purpose.clone());
    settings.bind(|| insta::assert_snapshot!(name, text));
    Ok(())
}

fn folder(root: &Path) -> PathBuf {
    root.join("snapshots").join("reference")
}

/// Returns a snapshot file without its head.
fn contents(file: &str) -> &str {
    file.strip_prefix("---\n")
        .and_then(|rest| rest.split_once("\n---\n"))
        .map_or("", |(_, contents)| contents.trim_end())
}

/// Returns the steps of the case as they were answered, in the one-line notation, with what differs from run to run put
/// into words: names as aliases, ARNs short, no waits.
fn transcript(ran: &Ran, case: &Case) -> Result<String, Failed> {
    let seen = CaseSeen::all(&ran.records);
    let seen = seen.get(case.path.as_str()).ok_or("the log does not name the case")?;
    let run = ran.records.iter().find_map(|record| match record {
        Record::Header(header) => Some(header.run.as_str()),
        _ => None,
    });
    let start = format!("cs{}-", run.unwrap_or_default());
    let rows: Vec<(&str, String, String)> = kept(&seen.steps)
        .into_iter()
        .map(|step| (step.role.as_str(), plain(&step.call, &start), plain(&step.outcome, &start)))
        .collect();
    let widest = rows.iter().map(|(_, call, _)| call.chars().count()).filter(|width| *width <= 60).max().unwrap_or(0);
    let line = |(role, call, outcome): &(&str, String, String)| format!("{role:<9}  {call:<widest$}  =>  {outcome}");
    Ok(rows.iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// Leaves out polls and the clean-up, and of a request that was sent again all answers but the last: they depend on the
/// clock.
fn kept<'a>(steps: &[&'a StepRecord]) -> Vec<&'a StepRecord> {
    let mut kept: Vec<&StepRecord> = Vec::new();
    let timed = |step: &&StepRecord| [Role::Poll, Role::Cleanup].iter().any(|role| role.word() == step.role);
    for step in steps.iter().copied().filter(|step| !timed(step)) {
        match kept.last_mut() {
            Some(last) if step.role == Role::Again.word() && last.call == step.call => *last = step,
            _ => kept.push(step),
        }
    }
    kept
}

fn plain(text: &str, start: &str) -> String {
    let text = automatic(&aliased(text, start));
    let text = arns(&text);
    let text = after(&text, "Marker=", "…");
    folded(&text)
}

/// Writes `cs<run>-7-a` as `$a`, in any case.
fn aliased(text: &str, start: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut out = String::new();
    let mut done = 0;
    for (at, _) in lower.match_indices(start) {
        let rest = lower.get(at + start.len()..).unwrap_or_default();
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 || rest.as_bytes().get(digits) != Some(&b'-') {
            continue;
        }
        out.push_str(text.get(done..at).unwrap_or_default());
        out.push('$');
        done = at + start.len() + digits + 1;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

/// Writes the name of an automatic snapshot, `automatic.g-2026-11-26-00-42`, without the time in it.
fn automatic(text: &str) -> String {
    let mut parts = text.split("automatic.");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| c != '-' && c != '$' && !c.is_ascii_alphanumeric()).unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        let owner = name.split_once("-20").map_or(name, |(owner, _)| owner);
        out.push_str("automatic.");
        out.push_str(owner);
        if owner.len() < name.len() {
            out.push_str("-(time)");
        }
        out.push_str(rest);
    }
    out
}

/// Writes the ARN of a snapshot here as `arn($a)`.
fn arns(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("arn:aws:elasticache:us-east-1:1") {
        let (before, arn) = rest.split_at(at);
        out.push_str(before);
        let end = arn.find(|c: char| c.is_whitespace() || "\"'`,]…".contains(c)).unwrap_or(arn.len());
        let (arn, after) = arn.split_at(end);
        let parts: Vec<&str> = arn.splitn(7, ':').collect();
        match parts.as_slice() {
            [_, _, _, _, account, "snapshot", name] if account.len() == 12 => out.push_str(&format!("arn({name})")),
            _ => out.push_str(arn),
        }
        rest = after;
    }
    out.push_str(rest);
    accounts(&out)
}

/// Leaves out the account that a case has to itself, which depends on its place among the cases.
fn accounts(text: &str) -> String {
    let is_own = |part: &&str| part.len() == 12 && part.starts_with("100000");
    let parts: Vec<&str> = text.split(':').map(|part| if is_own(&part) { "$account" } else { part }).collect();
    parts.join(":")
}

/// Puts `word` in place of what follows `key`.
fn after(text: &str, key: &str, word: &str) -> String {
    let Some((before, value)) = text.split_once(key) else { return text.to_owned() };
    let rest = value.find([',', ' ']).and_then(|end| value.get(end..)).unwrap_or_default();
    format!("{before}{key}{word}{rest}")
}

/// Shortens long rows of one character, whose length depends on that of a prefix.
fn folded(text: &str) -> String {
    let mut out = String::new();
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let mut count = 1;
        while characters.next_if_eq(&c).is_some() {
            count += 1;
        }
        if count > 9 && c != ' ' {
            out.push(c);
            out.push_str(&format!("{{{count}}}"));
        } else {
            out.extend(std::iter::repeat_n(c, count));
        }
    }
    out
}

fn no_orphans(root: &Path) -> Result<(), Failed> {
    let cases = Cases::builtin()?;
    let mut wrong = Vec::new();
    for area in std::fs::read_dir(folder(root))?.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()) {
        for file in std::fs::read_dir(&area)?.flatten().map(|entry| entry.path()) {
            let word =
                |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            let path = format!("{}/{}", word(&area), word(&file));
            if file.extension().is_some_and(|ending| ending == "snap") && cases.get(&path).is_none_or(overlaps) {
                wrong.push(format!("`{}`: there is no case `{path}` of calls one after the other", file.display()));
            }
        }
    }
    super::none(&wrong)
}
