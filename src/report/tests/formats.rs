use std::collections::BTreeMap;

use super::*;

fn passed() -> Summary {
    let controls = BTreeMap::from([("always-400-bogus".to_owned(), 0.0), ("html-404".to_owned(), 0.0119)]);
    Summary::of(&log::passing(), ReportOptions { controls, ..ReportOptions::default() })
}

fn failed() -> Summary {
    Summary::of(&log::failing(), ReportOptions::default())
}

fn cut() -> Summary {
    let mut log = log::passing();
    log.pop();
    Summary::of(&log, ReportOptions::default())
}

#[test]
fn a_passing_run_on_a_terminal() {
    insta::assert_snapshot!(terminal(&passed(), false, 100), @"");
}

#[test]
fn a_failing_run_on_a_terminal() {
    insta::assert_snapshot!(terminal(&failed(), false, 100), @"");
}
