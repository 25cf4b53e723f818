use std::collections::BTreeMap;

use super::*;
use crate::service::{FaultCode, Input, Member, Operation};

pub(crate) fn passed() -> Summary {
    let controls = BTreeMap::from([("always-400-bogus".to_owned(), 0.0), ("html-404".to_owned(), 0.0119)]);
    Summary::of(&log::passing(), ReportOptions { controls, ..ReportOptions::default() })
}

pub(crate) fn failed() -> Summary {
    Summary::of(&log::failing(), ReportOptions::default())
}

fn cut() -> Summary {
    let mut log = log::passing();
    log.pop();
    Summary::of(&log, ReportOptions::default())
}

#[test]
fn a_log_without_a_footer_is_incomplete_in_every_format() {
    const WORDS: &str = "incomplete: the log has no footer";
    let summary = cut();
    assert!(!summary.complete);
    for (name, text) in [
        ("terminal", terminal(&summary, false, 100)),
        ("json", json(&summary)),
        ("junit", junit(&summary)),
        ("markdown", markdown(&summary)),
        ("html", html(&summary)),
        ("github", github(&summary)),
    ] {
        assert!(text.contains(WORDS), "{name}: {text}");
    }
}

#[test]
fn the_schema_takes_every_kind_of_record() {
    let schema = log_schema();
    for kind in
        ["header", "clause", "support", "case", "step", "judgement", "verdict", "precedence", "resource", "footer"]
    {
        assert!(schema.contains(&format!("\"const\": \"{kind}\"")), "{kind}");
    }
}

/// Every key that is written is described, and every one that must be there is.
#[track_caller]
fn fits(schema: &str, written: &str) {
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap_or_default();
    let written: serde_json::Value = serde_json::from_str(written).unwrap_or_default();
    let mut pairs = vec![(&schema, &written)];
    let mut objects = 0;
    while let Some((described, value)) = pairs.pop() {
        let name = described.get("$ref").and_then(|name| name.as_str()).and_then(|name| name.strip_prefix('#'));
        let described = name.and_then(|name| schema.pointer(name)).unwrap_or(described);
        if let (Some(items), Some(values)) = (described.get("items"), value.as_array()) {
            pairs.extend(values.iter().map(|value| (items, value)));
        }
        let (Some(properties), Some(value)) = (described.get("properties"), value.as_object()) else { continue };
        objects += 1;
        for (key, value) in value {
            let property = properties.get(key);
            assert!(property.is_some(), "{key} is not described");
            pairs.extend(property.map(|property| (property, value)));
        }
        let required = described.get("required").and_then(|it| it.as_array()).cloned().unwrap_or_default();
        let missing = required.iter().find(|key| !key.as_str().is_some_and(|key| value.contains_key(key)));
        assert_eq!(missing, None);
    }
    assert!(objects > 2, "{objects}");
}

#[test]
fn the_schemas_of_summaries_fit_them() {
    for summary in [passed(), failed(), cut()] {
        fits(&summary_schema(), &json(&summary));
    }
    let board = Board::of(&[(passed(), 1), (failed(), 2), (cut(), 1)]);
    fits(&board_schema(), &board.json());
}

#[test]
fn the_words_of_the_service_hold_every_operation_member_and_fault() {
    let words = service();
    for operation in Operation::ALL.iter().filter(|operation| !operation.is_s3()) {
        assert!(words.contains(&format!("\"name\": \"{}\"", operation.name())), "{operation:?}");
        let sent = |input: &Input| words.matches(&format!("\"{}", input.name())).count() > 1;
        assert!(operation.inputs().iter().all(sent), "{operation:?}");
    }
    for member in Member::ALL {
        assert!(words.contains(&format!("<{0}>", member.element())), "{member:?}");
    }
    for code in FaultCode::LISTED {
        assert!(words.contains(&format!("<Code>{code}</Code>")), "{code}");
    }
}
