use super::*;

/// Returns the page less its style sheet and script, which say nothing of the run.
fn body(page: &str) -> String {
    let without = |page: &str, start: &str, end: &str| match (page.split_once(start), page.split_once(end)) {
        (Some((before, _)), Some((_, after))) => format!("{before}{after}"),
        _ => page.to_owned(),
    };
    without(&without(page, "<style>", "</style>\n"), "<script>", "</script>\n")
}

#[test]
fn a_passing_run_as_html() {
    insta::assert_snapshot!("passing-html", body(&html(&Summary::of(&log::passing(), ReportOptions::default()))));
}

#[test]
fn a_failing_run_as_html() {
    insta::assert_snapshot!("failing-html", body(&html(&Summary::of(&log::failing(), ReportOptions::default()))));
}

#[test]
fn a_page_needs_nothing_from_elsewhere() {
    let page = html(&Summary::of(&log::failing(), ReportOptions::default()));
    let page = page.replace("url(#", "");
    for outside in [" src=", "<link", "@import", "url(", "<iframe", "fetch("] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn a_page_of_many_findings_and_long_answers_stays_below_two_megabytes() {
    let summary = Summary::of(&log::failing(), ReportOptions::default());
    let mut many = summary.clone();
    for finding in summary.findings.iter().cycle().take(200) {
        let long = "<&>\"'".repeat(20_000);
        let exchange = Some(Exchange { request: long.clone(), response: long.clone() });
        many.findings.push(Finding {
            exchange,
            observed: "<".repeat(3_000),
            steps: vec![long.clone(); 9],
            ..finding.clone()
        });
    }
    let clauses: Vec<_> = many.by_clause.iter().cycle().take(250).cloned().collect();
    many.by_clause = clauses;
    let size = html(&many).len();
    assert!(size < 2 << 20, "{size}");
}

#[test]
fn what_a_target_says_is_no_markup() {
    let mut summary = Summary::of(&log::failing(), ReportOptions::default());
    let evil = "</pre><script>alert(1)</script>\"'";
    for finding in &mut summary.findings {
        finding.observed = evil.to_owned();
        finding.steps = vec![evil.to_owned()];
        finding.exchange = Some(Exchange { request: evil.to_owned(), response: evil.to_owned() });
    }
    summary.target.version = evil.to_owned();
    assert!(!html(&summary).contains("<script>alert"));
}
