use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, HtmlEscape, Value};
use serde::Serialize;

use super::clause::ClauseResult;
use super::compare;
use super::finding::Finding;
use super::precedence::{LEGEND, Matrix};
use super::summary::{Area, CaseCounts, Summary};
use super::words::{instant, meaning, score, some_of, spoken};
use crate::oracle::Verdict;
use crate::record::{DriftRecord, SupportRecord};

const TEMPLATE: &str = include_str!("html/report.html");
/// How many bytes all requests and answers take together once they are escaped, so that the file stays below a megabyte.
const WIRE: usize = 400_000;
/// How many one request or answer takes.
const WIRE_EACH: usize = 12_000;
/// How many all expected and observed values take, and how many all steps do.
const VALUES: usize = 120_000;
/// How many one value takes, or the steps of one finding.
const VALUES_EACH: usize = 4_000;

/// Returns one HTML file that needs no other: for a browser, in light and dark, and for paper.
#[must_use]
pub fn html(summary: &Summary) -> String {
    let rendered = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().and_then(|syntax| {
        let mut environment = Environment::new();
        environment.set_syntax(syntax);
        environment.add_filter("prose", prose);
        // The name's ending is what makes it escape.
        environment.add_template("report.html", TEMPLATE)?;
        environment.get_template("report.html")?.render(Serde(View::of(summary)))
    });
    // The template is ours and a test renders it; what is left is to say so rather than to hide it.
    rendered.unwrap_or_else(|error| format!("<!doctype html><title>copysnap</title><p>{}", error.kind()))
}

/// Returns the text with what stands between backticks as code.
fn prose(text: &str) -> Value {
    let parts: Vec<&str> = text.split('`').collect();
    let whole = parts.len() % 2 == 1;
    let shown = parts.iter().enumerate().map(|(at, part)| match at % 2 {
        1 if whole => format!("<code>{}</code>", HtmlEscape(part)),
        _ if whole || at == 0 => HtmlEscape(part).to_string(),
        _ => format!("`{}", HtmlEscape(part)),
    });
    Value::from_safe_string(shown.collect())
}

/// What the template shows.
#[derive(Serialize)]
struct View<'a> {
    headline: &'static str,
    class: &'static str,
    verdict: &'static str,
    exit_code: u8,
    reason: &'a str,
    meaning: &'static str,
    incomplete: Option<&'a str>,
    strict: bool,
    target: String,
    endpoint: &'a str,
    score: String,
    kept: usize,
    musts: usize,
    failed: Vec<&'a str>,
    facts: Vec<(&'static str, String)>,
    controls: Vec<(&'a str, String)>,
    counts: Vec<Word>,
    areas: Vec<AreaView<'a>>,
    findings: Vec<FindingView<'a>>,
    drift: &'a [DriftRecord],
    clauses: Vec<ClauseView<'a>>,
    open: Vec<(String, String, &'a str)>,
    cases: &'a CaseCounts,
    support: &'a [SupportRecord],
    precedence: Option<Matrix>,
    legend_of_precedence: &'static str,
    command: &'a str,
    legend: Vec<(Word, &'static str)>,
}

/// A verdict as words, and how it is coloured.
#[derive(Serialize)]
struct Word {
    word: &'static str,
    spoken: String,
    class: &'static str,
    count: usize,
}

#[derive(Serialize)]
struct AreaView<'a> {
    #[serde(flatten)]
    area: &'a Area,
    open: usize,
    /// Class, start and width of each part, in hundredths of the bar.
    parts: Vec<(&'static str, usize, usize)>,
}

#[derive(Serialize)]
struct FindingView<'a> {
    about: &'a Finding,
    anchor: String,
    spoken: String,
    class: &'static str,
    expected_text: String,
    observed_text: String,
    differs: Vec<(char, String)>,
    steps: Vec<String>,
    drawing: Option<minijinja::Value>,
    orders: &'a [String],
    request: Option<String>,
    response: Option<String>,
}

#[derive(Serialize)]
struct ClauseView<'a> {
    #[serde(flatten)]
    clause: &'a ClauseResult,
    spoken: String,
    class: &'static str,
    anchor: Option<String>,
}

impl<'a> View<'a> {
    fn of(summary: &'a Summary) -> Self {
        let (kept, musts) = summary.musts();
        let failed =
            |clause: &&ClauseResult| matches!(clause.verdict, Verdict::Fail | Verdict::Misrouted) && clause.is_must();
        let room = Room::of(summary.findings.len());
        Self {
            headline: headline(summary.verdict),
            class: class(summary.verdict),
            verdict: summary.verdict.word(),
            exit_code: summary.exit_code.code(),
            reason: &summary.reason,
            meaning: summary.exit_code.meaning(),
            incomplete: summary.incomplete.as_deref(),
            strict: summary.strict,
            target: summary.target.named(),
            endpoint: &summary.target.endpoint,
            score: score(summary.score),
            kept,
            musts,
            failed: summary.by_clause.iter().filter(failed).map(|clause| &*clause.id).collect(),
            facts: facts(summary),
            controls: summary.controls.iter().map(|(name, value)| (&**name, score(*value))).collect(),
            counts: summary.counts().map(|(verdict, count)| Word::of(verdict, count)).collect(),
            areas: summary.areas.iter().map(AreaView::of).collect(),
            findings: summary
                .findings
                .iter()
                .enumerate()
                .map(|(at, finding)| FindingView::of(at, finding, room))
                .collect(),
            clauses: summary.by_clause.iter().map(|clause| ClauseView::of(clause, &summary.findings)).collect(),
            open: summary
                .open()
                .into_iter()
                .map(|(verdict, why, ids)| (spoken(verdict), some_of(&ids, 12), why))
                .collect(),
            cases: &summary.cases,
            drift: &summary.drift,
            support: &summary.support,
            precedence: Matrix::of(&summary.precedence),
            legend_of_precedence: LEGEND,
            command: &summary.command,
            legend: summary.counts().map(|(verdict, count)| (Word::of(verdict, count), meaning(verdict))).collect(),
        }
    }
}

impl Word {
    fn of(verdict: Verdict, count: usize) -> Self {
        Self { word: verdict.word(), spoken: spoken(verdict), class: class(verdict), count }
    }
}

impl<'a> AreaView<'a> {
    fn of(area: &'a Area) -> Self {
        let open = area.total - area.kept - area.failed - area.warned;
        let mut parts = Vec::new();
        let mut done = 0;
        for (class, count) in [("good", area.kept), ("bad", area.failed), ("warn", area.warned), ("mute", open)] {
            if count > 0 {
                let start = done * 10_000 / area.total.max(1);
                done += count;
                parts.push((class, start, done * 10_000 / area.total.max(1) - start));
            }
        }
        Self { area, open, parts }
    }
}

impl<'a> FindingView<'a> {
    fn of(at: usize, finding: &'a Finding, room: Room) -> Self {
        let lines = compare::lines(&finding.expected, &finding.observed).unwrap_or_default();
        Self {
            anchor: anchor(at),
            spoken: spoken(finding.verdict),
            class: class(finding.verdict),
            expected_text: clip(&finding.expected, room.value),
            observed_text: clip(&finding.observed, room.value),
            differs: lines.into_iter().take(40).map(|line| (line.sign, clip(&line.text, room.value / 20))).collect(),
            steps: last_of(&finding.steps, room.value),
            drawing: finding.overlap.as_ref().map(|overlap| minijinja::Value::from_safe_string(overlap.svg())),
            orders: finding.overlap.as_ref().map_or(&[], |overlap| &overlap.orders),
            request: finding.exchange.as_ref().map(|exchange| clip(&exchange.request, room.wire)),
            response: finding.exchange.as_ref().map(|exchange| clip(&exchange.response, room.wire)),
            about: finding,
        }
    }
}

impl<'a> ClauseView<'a> {
    fn of(clause: &'a ClauseResult, findings: &[Finding]) -> Self {
        Self {
            spoken: spoken(clause.verdict),
            class: class(clause.verdict),
            anchor: findings.iter().position(|finding| finding.clause == clause.id).map(anchor),
            clause,
        }
    }
}

fn anchor(at: usize) -> String {
    format!("finding-{}", at + 1)
}

/// How much room a finding has.
#[derive(Clone, Copy)]
struct Room {
    value: usize,
    wire: usize,
}

impl Room {
    fn of(findings: usize) -> Self {
        let pairs = 2 * findings.max(1);
        Self { value: (VALUES / pairs).min(VALUES_EACH), wire: (WIRE / pairs).min(WIRE_EACH) }
    }
}

/// Returns how many bytes a character takes once it is escaped.
const fn cost(c: char) -> usize {
    if matches!(c, '<' | '>' | '&' | '"' | '\'' | '/') { 6 } else { c.len_utf8() }
}

/// Cuts a text to so many bytes, and says that it did.
fn clip(text: &str, most: usize) -> String {
    let mut spent = 0;
    for (at, c) in text.char_indices() {
        spent += cost(c);
        if spent > most {
            let (shown, rest) = text.split_at(at);
            return format!("{shown}\n… {} characters more stand in the log", rest.chars().count());
        }
    }
    text.to_owned()
}

/// Keeps the last steps, and says how many came before.
fn last_of(steps: &[String], most: usize) -> Vec<String> {
    let mut spent = 0;
    let fits = |step: &&String| {
        spent += step.chars().map(cost).sum::<usize>();
        spent <= most
    };
    let shown = steps.iter().rev().take_while(fits).count();
    let left = steps.len() - shown;
    let note = (left > 0).then(|| format!("… {left} steps before stand in the log"));
    note.into_iter().chain(steps.iter().skip(left).cloned()).collect()
}

const fn headline(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "Conforms",
        Verdict::Warn => "Conforms, with warnings",
        Verdict::Fail => "Does not conform",
        Verdict::Inconclusive => "Inconclusive",
        _ => "Could not be judged",
    }
}

const fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass | Verdict::NonStrict => "good",
        Verdict::Fail | Verdict::Misrouted | Verdict::Error | Verdict::ModelStale => "bad",
        Verdict::Warn | Verdict::Flaky | Verdict::StaleWaiver | Verdict::Inconclusive | Verdict::PreconditionFailed => {
            "warn"
        }
        Verdict::Unsupported => "absent",
        Verdict::NotApplicable | Verdict::NotRun | Verdict::KnownFail => "mute",
    }
}

fn facts(summary: &Summary) -> Vec<(&'static str, String)> {
    vec![
        ("copysnap", summary.tool.clone()),
        ("catalogue", summary.catalogue.clone()),
        ("seed", summary.seed.clone()),
        ("run", summary.run.clone()),
        ("started", instant(&summary.started)),
        ("took", format!("{:.1} s", summary.elapsed_s)),
        ("steps", summary.steps.to_string()),
        ("requests", summary.requests.to_string()),
        ("left behind", summary.leaked.to_string()),
    ]
}
