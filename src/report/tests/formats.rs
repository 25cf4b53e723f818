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

/// Every key that a summary has is described, and every one that must be there is.
#[test]
fn the_schema_of_a_summary_fits_it() {
    let schema: serde_json::Value = serde_json::from_str(&summary_schema()).unwrap_or_default();
    let keys = |at: &str| schema.pointer(at).and_then(|value| value.as_object()).map(|it| it.keys().cloned().collect());
    let described: Vec<String> = keys("/properties").unwrap_or_default();
    for summary in [passed(), failed(), cut()] {
        let written: serde_json::Value = serde_json::from_str(&json(&summary)).unwrap_or_default();
        let written = written.as_object().cloned().unwrap_or_default();
        let unknown: Vec<&String> = written.keys().filter(|key| !described.contains(key)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        let required = schema.pointer("/required").and_then(|value| value.as_array()).cloned().unwrap_or_default();
        assert!(required.len() > 15, "{required:?}");
        let missing = required.iter().filter(|key| !key.as_str().is_some_and(|key| written.contains_key(key)));
        assert_eq!(missing.count(), 0);
    }
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
