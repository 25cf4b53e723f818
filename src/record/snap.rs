use std::collections::BTreeMap;
use std::path::{Component, Path};

use super::secrets::STAND_IN;
use super::{CaseSeen, ClauseVerdict, Happened, NoteRecord, Record, StepRecord, steady};
use crate::case::{Case, CaseStep, Parameter};
use crate::service::{Dress, Operation};
use crate::trace::Role;

/// What stands among the cases for the operations that are there.
pub const OPERATIONS: &str = "operations";

/// Tells whether what the case does can be recorded. Where calls overlap, what comes of them depends on who is first.
#[must_use]
pub fn is_recorded(case: &Case) -> bool {
    // By its path a case of the user's has its file in the target's folder; it must not lead out of there.
    let within = Path::new(&case.path).components().all(|part| matches!(part, Component::Normal(_)));
    within && !case.steps.iter().any(|step| matches!(step, CaseStep::Together(_)))
}

/// Tells whether what the case shows may depend on what else lives on the target: it lists all, or asks so oddly that a
/// target may list all.
#[must_use]
pub fn wants_to_be_alone(case: &Case) -> bool {
    case.asks().any(|ask| {
        let lists = ask.operation == Operation::DescribeSnapshots && ask.value(Parameter::SnapshotName).is_none();
        lists || ask.dress != Dress::default()
    })
}

/// Returns what each case did that came to its end, by path: its steps in the one-line notation and what is to be said
/// of the clauses, with what differs from run to run put into words.
#[must_use]
pub fn snapshots(records: &[Record]) -> BTreeMap<String, String> {
    let run = Record::header(records).map(|header| header.run.as_str());
    // Of a log that was merged, each shard has a run's id of its own.
    let start: Vec<String> = run.unwrap_or_default().split(' ').map(|run| format!("cs{run}-")).collect();
    let start = start.as_slice();
    let seen = CaseSeen::all(records).into_iter().filter(|(_, seen)| seen.verdict.is_some());
    let mut all: BTreeMap<String, String> = seen.map(|(path, seen)| (path.to_owned(), text(&seen, start))).collect();
    let supports: Vec<String> = records
        .iter()
        .filter_map(|record| match record {
            Record::Support(support) => {
                Some(format!("{:<22}  {:<11}  =>  {}", support.operation, support.state, plain(&support.seen, start)))
            }
            _ => None,
        })
        .collect();
    if !supports.is_empty() {
        all.insert(OPERATIONS.to_owned(), supports.join("\n"));
    }
    all
}

fn text(seen: &CaseSeen<'_>, start: &[String]) -> String {
    let rows: Vec<(&str, String, String)> = kept(&seen.steps)
        .into_iter()
        .map(|step| (step.role.as_str(), plain(&step.call, start), in_order(&plain(&step.outcome, start))))
        .collect();
    let widest = rows.iter().map(|(_, call, _)| call.chars().count()).filter(|width| *width <= 60).max().unwrap_or(0);
    let line = |(role, call, outcome): &(&str, String, String)| format!("{role:<9}  {call:<widest$}  =>  {outcome}");
    let mut lines: Vec<String> = rows.iter().map(line).collect();
    let given_up = given_up(seen);
    let is_waited_for = |said: &ClauseVerdict| {
        said.evidence.as_ref().is_some_and(|evidence| given_up.iter().any(|(_, after)| *after == evidence.step + 1))
    };
    lines.extend(given_up.iter().map(|(names, _)| format!("unsettled  {}", plain(names, start))));
    let said: Vec<String> = seen
        .said()
        .filter(|(said, _)| said.evidence.is_some() && !is_waited_for(said))
        .map(|(said, verdict)| {
            let observed =
                said.evidence.as_ref().map(|evidence| format!("  =>  {}", steady(&plain(&evidence.observed, start))));
            format!("{:<9}  {}{}", verdict.word().replace('_', " "), said.clause, observed.unwrap_or_default())
        })
        .collect();
    if !said.is_empty() {
        lines.push(String::new());
        lines.extend(said);
    }
    lines.join("\n")
}

/// Returns what did not settle in the time that was granted, and after how many steps. Whether that is held against the
/// target, too, depends on whether another case had waited for the like in vain before.
fn given_up(seen: &CaseSeen<'_>) -> Vec<(String, usize)> {
    let names = |note: &&NoteRecord| match &note.what {
        Happened::GaveUp { names, .. } => Some((names.join(", "), note.after)),
        _ => None,
    };
    seen.notes.iter().filter_map(names).collect()
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

/// Writes a listing in the order of its names, and of a long one how many there are: a listing may have any order.
fn in_order(outcome: &str) -> String {
    let Some((head, rest)) = outcome.split_once(" [") else { return outcome.to_owned() };
    let Some((list, rest)) = rest.split_once(']').filter(|_| head == "200") else { return outcome.to_owned() };
    let mut names: Vec<&str> = list.split(", ").collect();
    let more = rest.strip_prefix(" and ").and_then(|rest| rest.split_once(" more"));
    if let Some((more, rest)) = more.and_then(|(more, rest)| Some((more.parse::<usize>().ok()?, rest))) {
        return format!("{head} [{} snapshots]{rest}", names.len() + more);
    }
    names.sort_unstable();
    format!("{head} [{}]{rest}", names.join(", "))
}

fn plain(text: &str, starts: &[String]) -> String {
    let text = starts.iter().fold(text.to_owned(), |text, start| aliased(&text, start));
    let text = arns(&automatic(&text));
    let text = after(&cut_short(&text, starts), "Marker=", "…");
    folded(&text)
}

/// Writes `cs<run>-7-a` as `$a`, in any case.
fn aliased(text: &str, start: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut out = String::new();
    let mut done = 0;
    for (at, _) in lower.match_indices(start) {
        let rest = lower.get(at + start.len()..).unwrap_or_default();
        // The probe has a letter where cases have a number.
        let digits = if rest.starts_with("p-") { 1 } else { rest.bytes().take_while(u8::is_ascii_digit).count() };
        if digits == 0 || rest.as_bytes().get(digits) != Some(&b'-') {
            continue;
        }
        out.push_str(text.get(done..at).unwrap_or_default());
        out.push('$');
        done = at + start.len() + digits + 1;
        if let Some((word, digits)) = lower.get(done..).and_then(numbered) {
            out.push_str(text.get(done..done + word).unwrap_or_default());
            done += word + digits;
        }
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

/// Returns how long the word and the number are that a fixture's name is made of, in bytes; `None` where it is no
/// such name. How many of them there were is chance.
#[must_use]
pub fn numbered(name: &str) -> Option<(usize, usize)> {
    ["base", "g", "c"].iter().find_map(|word| {
        let digits = name.strip_prefix(word)?.bytes().take_while(u8::is_ascii_digit).count();
        (digits > 0).then_some((word.len(), digits))
    })
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

/// Tells whether it is an account that runs have, and not one that a case makes up.
fn is_own(account: &str) -> bool {
    account.len() == 12 && (account.starts_with('1') || account.starts_with(&format!("{STAND_IN}0000")))
}

/// Writes the ARN of a snapshot here as `arn($a)`.
fn arns(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("arn:aws:elasticache:us-east-1:") {
        let (before, arn) = rest.split_at(at);
        out.push_str(before);
        let end = arn.find(|c: char| c.is_whitespace() || "\"'`,]…".contains(c)).unwrap_or(arn.len());
        let (arn, after) = arn.split_at(end);
        let parts: Vec<&str> = arn.splitn(7, ':').collect();
        match parts.as_slice() {
            [_, _, _, _, account, "snapshot", name] if is_own(account) => out.push_str(&format!("arn({name})")),
            _ => out.push_str(arn),
        }
        rest = after;
    }
    out.push_str(rest);
    accounts(&out)
}

/// Leaves out the account that a case has to itself, which depends on its place among the cases.
fn accounts(text: &str) -> String {
    let is_own =
        |part: &&str| part.len() == 12 && (part.starts_with("100000") || part.starts_with(&format!("{STAND_IN}0000")));
    let parts: Vec<&str> = text.split(':').map(|part| if is_own(&part) { "$account" } else { part }).collect();
    parts.join(":")
}

/// Leaves out the beginning of a name that was cut short, and how long the text was.
fn cut_short(text: &str, starts: &[String]) -> String {
    let Some((before, rest)) = text.rsplit_once("… (") else { return text.to_owned() };
    let longest = starts.iter().map(String::len).max().unwrap_or_default();
    let of_length = |length| starts.iter().find_map(|start| before.strip_suffix(start.get(..length)?));
    let begun = (3..=longest).rev().find_map(of_length);
    let before = begun.map_or_else(|| before.to_owned(), |before| format!("{before}$"));
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    format!("{before}… ({}", rest.trim_start())
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
            out.push_str("{…}");
        } else {
            out.extend(std::iter::repeat_n(c, count));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_run_to_run_is_put_into_words() {
        for (text, wanted) in [
            ("cs1k2-7-a", "$a"),
            ("cs1k2-12-base3 available", "$base available"),
            ("CS1K2-12-BASE3 available", "$BASE available"),
            ("cs1k2-p-never", "$never"),
            ("arn:aws:elasticache:us-east-1:123456789012:snapshot:cs1k2-7-a", "arn($a)"),
            ("cs1k2-7-axxxxxxxxxxxxx available", "$ax{…} available"),
            ("\"arn:x:snapshot:cs1k… (95 characters)\"", "\"arn:x:snapshot:$… (characters)\""),
            ("Marker=abc, MaxRecords=20", "Marker=…, MaxRecords=20"),
        ] {
            assert_eq!(plain(text, &["cs9z9-".to_owned(), "cs1k2-".to_owned()]), wanted);
        }
    }

    #[test]
    fn a_listing_has_the_order_of_its_names() {
        for (outcome, wanted) in [
            ("200 [$b creating, $a available]", "200 [$a available, $b creating]"),
            ("200 [$b x, $a x, $c x, $d x] and 21 more, and a Marker", "200 [25 snapshots], and a Marker"),
            ("200 tags [y=2 x=1]", "200 tags [y=2 x=1]"),
            ("200 no snapshots", "200 no snapshots"),
        ] {
            assert_eq!(in_order(outcome), wanted);
        }
    }
}
