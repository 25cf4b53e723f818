use std::fmt::Write as _;

use minijinja::Value;
use serde::Serialize;

use super::super::matrix::{Board, Evidence, Row};
use super::super::tier::Tier;
use super::super::trend::Trend;
use super::super::words::{CONTEST, escaped, meaning, spoken};
use super::super::workflow::Answer;
use super::{class, page};
use crate::oracle::Verdict;

const MATRIX: &str = include_str!("matrix.html");
const TREND: &str = include_str!("trend.html");

/// Returns one HTML file that shows several targets beside each other.
#[must_use]
pub fn board_html(board: &Board) -> String {
    page(MATRIX, &BoardView::of(board))
}

/// Returns one HTML file that shows what became of one target over several runs.
#[must_use]
pub fn trend_html(trend: &Trend) -> String {
    page(TREND, &TrendView { trend, line: line(trend), count: trend.runs.len() })
}

#[derive(Serialize)]
struct BoardView<'a> {
    board: &'a Board,
    strip: Value,
    rows: Vec<RowView<'a>>,
    evidence: Vec<EvidenceView<'a>>,
    areas: Vec<&'a str>,
    verdicts: Vec<(&'static str, String)>,
    legend: Vec<(&'static str, String, &'static str)>,
    tiers: Vec<(&'static str, &'static str)>,
    contest: &'static [&'static str],
}

#[derive(Serialize)]
struct RowView<'a> {
    row: &'a Row,
    /// The words of its verdicts, for the filter.
    words: String,
    cells: Vec<Cell>,
}

#[derive(Serialize)]
struct Cell {
    class: &'static str,
    sign: &'static str,
    spoken: String,
    link: String,
}

#[derive(Serialize)]
struct EvidenceView<'a> {
    about: &'a Evidence,
    anchor: String,
    target: &'a str,
    folder: &'a str,
    class: &'static str,
    spoken: String,
    says: &'a str,
}

impl<'a> BoardView<'a> {
    fn of(board: &'a Board) -> Self {
        let mut areas: Vec<&str> = board.clauses.iter().map(|row| &*row.area).collect();
        areas.sort_unstable();
        areas.dedup();
        let has = |verdict: Verdict| board.clauses.iter().any(|row| row.verdicts.contains(&Some(verdict)));
        let found: Vec<Verdict> = Verdict::ALL.iter().copied().filter(|verdict| has(*verdict)).collect();
        Self {
            board,
            strip: Value::from_safe_string(board.svg(false)),
            rows: board.clauses.iter().map(|row| RowView::of(board, row)).collect(),
            evidence: board.evidence.iter().enumerate().map(|(at, it)| EvidenceView::of(board, at, it)).collect(),
            areas,
            verdicts: found.iter().map(|verdict| (verdict.word(), spoken(*verdict))).collect(),
            legend: found.iter().map(|verdict| (class(*verdict), spoken(*verdict), meaning(*verdict))).collect(),
            tiers: Tier::ALL.iter().map(|tier| (tier.word(), tier.rule())).collect(),
            contest: CONTEST,
        }
    }
}

impl<'a> RowView<'a> {
    fn of(board: &'a Board, row: &'a Row) -> Self {
        let cells = row.verdicts.iter().zip(&row.shown).zip(&board.targets).map(|((verdict, shown), target)| {
            let own = format!("{}/report.html#clause-{}", target.folder, row.clause);
            Cell {
                class: verdict.map_or("mute", class),
                sign: sign(*verdict),
                spoken: verdict.map_or_else(|| "not judged".to_owned(), spoken),
                link: shown.map_or(own, |at| format!("#{}", anchor(at))),
            }
        });
        let words: Vec<&str> = row.verdicts.iter().flatten().map(|verdict| verdict.word()).collect();
        Self { row, words: words.join(" "), cells: cells.collect() }
    }
}

impl<'a> EvidenceView<'a> {
    fn of(board: &'a Board, at: usize, about: &'a Evidence) -> Self {
        let target = board.targets.get(about.target);
        Self {
            anchor: anchor(at),
            target: target.map_or("", |target| &target.name),
            folder: target.map_or("", |target| &target.folder),
            class: class(about.verdict),
            spoken: spoken(about.verdict),
            says: board.clauses.iter().find(|row| row.clause == about.clause).map_or("", |row| &row.says),
            about,
        }
    }
}

fn anchor(at: usize) -> String {
    format!("evidence-{}", at + 1)
}

/// Returns what stands in a cell, so that it can be read without colour.
const fn sign(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Pass) => "✓",
        Some(Verdict::NonStrict) => "✓*",
        Some(Verdict::NotApplicable) => "–",
        Some(Verdict::Unsupported) => "∅",
        Some(Verdict::Warn | Verdict::Flaky | Verdict::StaleWaiver) => "!",
        Some(Verdict::KnownFail) => "(×)",
        Some(Verdict::Fail | Verdict::Misrouted | Verdict::Error | Verdict::ModelStale) => "×",
        Some(Verdict::NotRun | Verdict::Inconclusive | Verdict::PreconditionFailed) => "?",
        None => "",
    }
}

/// The colours of a picture that stands alone, dark enough on white and light enough on black.
const fn colour(class: &str) -> &'static str {
    match class.as_bytes() {
        b"good" => "#37a254",
        b"bad" => "#d8434d",
        b"warn" => "#d99a1c",
        b"absent" => "#9a76dd",
        _ => "#aab2bb",
    }
}

/// How wide the names, and how high a row of the picture is; how wide all clauses are together.
const PICTURE: (usize, usize, usize) = (250, 30, 960);
/// How many characters of a name are shown there.
const LONGEST_NAME: usize = 30;

impl Board {
    /// Returns the board as a strip a target: a line a clause, in the order of the page. `alone` for a file of its own.
    #[must_use]
    pub fn svg(&self, alone: bool) -> String {
        let (names, high, wide) = PICTURE;
        let count = self.clauses.len().max(1);
        let (width, height) = (names + wide + 90, self.targets.len() * high + 26);
        let told: Vec<String> = self
            .targets
            .iter()
            .map(|target| format!("{}: {}", target.name, super::super::words::score(target.score)))
            .collect();
        let told = told.join(", ");
        let mut svg = format!(
            "<svg {}class=\"strip\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{count} clauses on {} targets, \
             a line a clause. Scores: {}\" font-family=\"system-ui,sans-serif\" font-size=\"14\">",
            if alone { "xmlns=\"http://www.w3.org/2000/svg\" " } else { "" },
            self.targets.len(),
            escaped(&told),
        );
        // A picture in a README stands on white or on black.
        let ink = if alone { "#7d8590" } else { "currentColor" };
        for (at, target) in self.targets.iter().enumerate() {
            let top = at * high;
            let cut = target.name.chars().count() > LONGEST_NAME;
            let name: String = target.name.chars().take(LONGEST_NAME).chain(cut.then_some('…')).collect();
            let _ = write!(
                svg,
                "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"{ink}\">{}{}</text>",
                names - 12,
                top + 19,
                escaped(&name),
                if cut { format!("<title>{}</title>", escaped(&target.name)) } else { String::new() }
            );
            // Neighbours of one colour are one rectangle.
            let classes: Vec<&str> =
                self.clauses.iter().map(|row| row.verdicts.get(at).copied().flatten().map_or("mute", class)).collect();
            let mut start = 0;
            while let Some(class) = classes.get(start) {
                let same = classes.iter().skip(start).take_while(|other| *other == class).count();
                let (from, to) = (start * wide / count, (start + same) * wide / count);
                let fill = if alone { format!("fill=\"{}\"", colour(class)) } else { format!("class=\"{class}\"") };
                let _ = write!(
                    svg,
                    "<rect {fill} x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
                    names + from,
                    top + 3,
                    to - from,
                    high - 6
                );
                start += same;
            }
            let tier = target.tier.map_or("–", Tier::word);
            let _ = write!(svg, "<text x=\"{}\" y=\"{}\" fill=\"{ink}\">{tier}</text>", names + wide + 12, top + 19);
        }
        let mut at = names;
        for (class, word) in
            [("good", "kept"), ("bad", "fails"), ("warn", "warns"), ("absent", "not there"), ("mute", "open")]
        {
            let fill = if alone { format!("fill=\"{}\"", colour(class)) } else { format!("class=\"{class}\"") };
            let y = self.targets.len() * high + 10;
            let _ = write!(
                svg,
                "<rect {fill} x=\"{at}\" y=\"{y}\" width=\"11\" height=\"11\" rx=\"2\"/><text x=\"{}\" y=\"{}\" \
                 font-size=\"12\" fill=\"{ink}\">{word}</text>",
                at + 16,
                y + 10
            );
            at += 38 + 7 * word.len();
        }
        svg.push_str("</svg>");
        svg
    }
}

#[derive(Serialize)]
struct TrendView<'a> {
    trend: &'a Trend,
    line: Value,
    count: usize,
}

/// Draws the scores as a line over the runs.
#[expect(clippy::cast_precision_loss, reason = "a place in a drawing")]
fn line(trend: &Trend) -> Value {
    let last = trend.runs.len().saturating_sub(1).max(1);
    let points: Vec<(f64, f64)> = trend
        .runs
        .iter()
        .enumerate()
        .map(|(at, run)| (40.0 + at as f64 * 840.0 / last as f64, 130.0 - run.score * 110.0))
        .collect();
    let path: Vec<String> = points.iter().map(|(x, y)| format!("{x:.0},{y:.0}")).collect();
    let mut svg = String::from(
        "<svg class=\"line\" viewBox=\"0 0 920 160\" role=\"img\" aria-label=\"the scores, run by run\">\
         <path class=\"axis\" d=\"M40 20H880M40 130H880\"/><text x=\"30\" y=\"25\" text-anchor=\"end\">1</text>\
         <text x=\"30\" y=\"135\" text-anchor=\"end\">0</text>",
    );
    let _ = write!(svg, "<polyline points=\"{}\"/>", path.join(" "));
    for ((x, y), run) in points.iter().zip(&trend.runs) {
        let _ = write!(
            svg,
            "<circle class=\"{}\" cx=\"{x:.0}\" cy=\"{y:.0}\" r=\"5\"><title>{}: {}</title></circle>",
            class(run.verdict),
            escaped(&run.started),
            super::super::words::score(run.score)
        );
    }
    let ends = [(trend.runs.first(), "start", 40), (trend.runs.last(), "end", 880)];
    for (run, anchor, x) in ends.into_iter().take(if trend.runs.len() > 1 { 2 } else { 1 }) {
        let day = run.and_then(|run| run.started.get(..10)).unwrap_or_default();
        let _ = write!(svg, "<text x=\"{x}\" y=\"153\" text-anchor=\"{anchor}\">{}</text>", escaped(day));
    }
    svg.push_str("</svg>");
    Value::from_safe_string(svg)
}

impl Answer {
    /// Returns how it is coloured.
    const fn class(self) -> &'static str {
        match self {
            Self::Yes => "good",
            Self::Unknown => "mute",
            Self::No => "bad",
        }
    }
}

/// Returns how a word of a verdict or an answer is coloured, for templates.
pub(super) fn class_of(word: &str) -> &'static str {
    let answers = [Answer::Yes, Answer::Unknown, Answer::No];
    let answer = answers.iter().find(|answer| answer.word() == word).map(|answer| answer.class());
    let verdict = Verdict::ALL.iter().find(|verdict| verdict.word() == word).map(|verdict| class(*verdict));
    answer.or(verdict).unwrap_or("mute")
}

/// Returns a word of a verdict in running text, for templates.
pub(super) fn spoken_of(word: &str) -> String {
    Verdict::ALL.iter().find(|verdict| verdict.word() == word).map_or_else(|| word.to_owned(), |it| spoken(*it))
}

/// Returns the sign of a verdict, for templates.
pub(super) fn sign_of(word: &str) -> &'static str {
    sign(Verdict::ALL.iter().copied().find(|verdict| verdict.word() == word))
}
