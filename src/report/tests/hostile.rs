use serde_json::Value;

use super::*;
use crate::record::{InputRecord, Record};

/// Markup, a fence, a cell, a command, what moves a cursor, what XML forbids, what turns text round.
const EVIL: &str = "</pre></code><script>alert(1)</script><img src=x onerror=alert(2)>\u{1b}[31m\u{1b}]0;x\u{7}\u{0}\u{b}\u{fffe}\u{202e}\r\n::error::x\n\
    ```\n# | head | $(: > pwned) `: > pwned` '; : > pwned; ' \"; : > pwned #]]>&amp;{{ 7 * 7 }}{% raw %}";
/// What a target, or whoever wrote a log, has a say in.
const PLANTED: &[&str] = &[
    "call", "outcome", "body", "request", "url", "seen", "invented", "replay", "expected", "observed", "version",
    "endpoint", "reason", "why", "name", "says", "source", "purpose",
];

fn plant(value: &mut Value, long: &str) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                match member {
                    Value::String(text) if PLANTED.contains(&key.as_str()) => {
                        *text = format!("{EVIL}{text}{EVIL}{}", if key == "body" { long } else { "" });
                    }
                    _ => plant(member, long),
                }
            }
        }
        Value::Array(members) => members.iter_mut().for_each(|member| plant(member, long)),
        _ => {}
    }
}

/// Returns a log in which every such text is hostile, with an answer of that length.
fn hostile(length: usize) -> Vec<Record> {
    let long = "<\u{0}&".repeat(length / 3);
    let mut log = log::failing();
    log.push(log::waiver("tags.list", EVIL, EVIL, "2026-12-01"));
    log.push(Record::Input(InputRecord {
        path: "copy/target-taken".to_owned(),
        text: CASE.replace("EVIL", &serde_json::to_string(EVIL).unwrap_or_default().replace("\\u0000", "")),
    }));
    let planted = log.iter().filter_map(|record| {
        let mut value = serde_json::to_value(record).ok()?;
        plant(&mut value, &long);
        serde_json::from_value(value).ok()
    });
    planted.collect()
}

/// A case with hostile words; TOML takes a JSON string as its own.
const CASE: &str = "purpose = EVIL\nclauses = [\"copy.target.taken\"]\n\n[[step]]\ncall = \"CopySnapshot\"\nwith = { SourceSnapshotName = \
    \"$base\", TargetSnapshotName = \"$a\", Tags = [{ Key = EVIL, Value = EVIL }] }\n";

fn summary(length: usize) -> Summary {
    Summary::of(&hostile(length), ReportOptions::default())
}

fn is_plain(text: &str) -> Option<char> {
    let turned = ['\u{202a}', '\u{202b}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}'];
    text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t') || turned.contains(c))
}

#[test]
fn no_page_has_markup_of_a_target() {
    let summary = summary(10 << 20);
    assert!(summary.findings.len() > 3);
    let trend = Trend::of(&[summary.clone(), summary.clone()]);
    let board = Board::of(&[(summary.clone(), 2)]);
    for (name, page, scripts) in
        [("report", html(&summary), 1), ("matrix", board_html(&board), 1), ("trend", trend_html(&trend), 0)]
    {
        assert!(page.len() < 2 << 20, "{name}: {}", page.len());
        assert_eq!(page.matches("<script").count(), scripts, "{name}");
        assert_eq!(page.matches("<img").count(), 0, "{name}");
        assert!(!page.contains("49{"), "{name}");
        assert_eq!(is_plain(&page), None, "{name}");
    }
}

#[test]
fn no_text_leaves_its_fence_or_moves_a_cursor() {
    let summary = summary(100);
    let trend =
        Trend::of(&[summary.clone(), Summary { started: "2027".to_owned(), by_clause: Vec::new(), ..summary.clone() }]);
    let board = Board::of(&[(summary.clone(), 2)]);
    for (name, text) in
        [("report", markdown(&summary)), ("matrix", board_markdown(&board)), ("trend", trend.markdown())]
    {
        let mut fence: Option<&str> = None;
        for line in text.lines() {
            match fence {
                Some(open) if line == open => fence = None,
                Some(_) => {}
                None if line.starts_with("```") => {
                    fence = Some(line.trim_end_matches(|c: char| c.is_ascii_lowercase()))
                }
                // A code span may hold anything.
                None => {
                    let bare: String = line.split('`').step_by(2).collect();
                    let spans = line.contains("`` ");
                    assert!(spans || !bare.contains("<script") && !bare.contains("<img"), "{name}: {line}");
                }
            }
        }
        assert_eq!(fence, None, "{name}");
        assert_eq!(is_plain(&text), None, "{name}");
    }
    assert_eq!(is_plain(&terminal(&summary, false, 100)), None);
}

#[test]
fn what_machines_read_stays_in_form() {
    let summary = summary(100);
    let junit = junit(&summary);
    let parsed = roxmltree::Document::parse(&junit);
    assert!(parsed.is_ok(), "{:?}", parsed.err());
    assert!(serde_json::from_str::<Value>(&json(&summary)).is_ok());
    let badge = Badge::of(&summary);
    let pictures = [badge.map(|badge| badge.svg()).unwrap_or_default(), Board::of(&[(summary.clone(), 1)]).svg(true)];
    for picture in pictures {
        assert!(roxmltree::Document::parse(&picture).is_ok(), "{picture}");
    }
    let commands = github(&summary);
    let count = commands.lines().filter(|line| line.starts_with("::")).count();
    assert_eq!(count, summary.findings.len(), "{commands}");
    assert!(!commands.lines().any(|line| line.starts_with("::error::x")), "{commands}");
    assert_eq!(is_plain(&commands), None);
}

/// Runs them where there is nothing but the shell: what is no word of a command would write a file.
#[test]
fn no_script_runs_what_a_target_says() {
    let summary = summary(100);
    let finding = summary.findings.iter().find(|finding| !finding.scripts.is_empty());
    let scripts = finding.map(|finding| finding.scripts.as_slice()).unwrap_or_default();
    assert_eq!(scripts.iter().map(|script| script.tool).collect::<Vec<_>>(), ["aws-cli", "boto3", "curl"]);
    let folder = std::env::temp_dir().join(format!("copysnap-hostile-{}", std::process::id()));
    let _ = std::fs::create_dir_all(&folder);
    for script in scripts {
        let file = folder.join(script.tool);
        assert!(std::fs::write(&file, &script.text).is_ok());
        let (program, words): (&str, &[&str]) =
            if script.tool == "boto3" { ("python3", &["-m", "py_compile"]) } else { ("/bin/bash", &[]) };
        let mut command = std::process::Command::new(program);
        if script.tool != "boto3" {
            command.env("PATH", &folder);
        }
        let ran = command.args(words).arg(&file).current_dir(&folder).output();
        let said = ran.map(|ran| (ran.status.success(), String::from_utf8_lossy(&ran.stderr).into_owned()));
        if let Ok((in_form, said)) = said {
            assert!(!said.contains("syntax error") && (in_form || script.tool != "boto3"), "{}: {said}", script.tool);
        }
        assert!(!folder.join("pwned").exists(), "{}", script.tool);
    }
    let _ = std::fs::remove_dir_all(&folder);
}
