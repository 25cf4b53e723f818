use std::collections::BTreeSet;

use serde::Serialize;

use super::matrix::named;
use super::summary::Summary;
use super::words::{instant, plural, spoken, tame};
use crate::oracle::Verdict;

/// What became of one target over several runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trend {
    /// What it is called in the newest run.
    pub target: String,
    /// The runs, oldest first.
    pub runs: Vec<Run>,
    /// The clauses whose verdicts changed, those that changed last first.
    pub changed: Vec<Course>,
    /// The clauses whose verdicts did not.
    pub steady: Vec<Course>,
}

/// One of the runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Run {
    /// When it started.
    pub started: String,
    /// The version of the target.
    pub version: String,
    /// What it came to.
    pub verdict: Verdict,
    /// The tier, or `none`.
    pub tier: &'static str,
    /// The score.
    pub score: f64,
    /// The hash over the clauses.
    pub catalogue: String,
    /// Whether the clauses are not those of the run before.
    pub other_rules: bool,
    /// Whether all that was to run ran.
    pub complete: bool,
}

/// The verdicts of one clause, run by run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Course {
    /// The clause.
    pub clause: String,
    /// MUST, SHOULD, MAY.
    pub level: String,
    /// What it says.
    pub says: String,
    /// The verdicts; absent where a run does not have the clause.
    pub verdicts: Vec<Option<Verdict>>,
    /// When it changed, and how, a line each.
    pub changes: Vec<String>,
}

impl Trend {
    /// Returns the trend of these runs of one target, in whatever order.
    #[must_use]
    pub fn of(summaries: &[Summary]) -> Self {
        let mut sorted: Vec<&Summary> = summaries.iter().collect();
        sorted.sort_by(|one, other| one.started.cmp(&other.started).then_with(|| one.run.cmp(&other.run)));
        let mut runs: Vec<Run> = Vec::new();
        for summary in &sorted {
            let other_rules = runs.last().is_some_and(|before| before.catalogue != summary.catalogue);
            runs.push(Run {
                started: instant(&summary.started),
                version: summary.target.version.clone(),
                verdict: summary.verdict,
                tier: summary.tiers.word(),
                score: summary.score,
                catalogue: summary.catalogue.clone(),
                other_rules,
                complete: summary.complete,
            });
        }
        let mut known = BTreeSet::new();
        // What the newest run says of a clause is what is shown of it.
        let all = sorted.iter().rev().flat_map(|summary| &summary.by_clause);
        let courses = all.filter(|result| known.insert(result.id.clone())).map(|result| {
            let of =
                |summary: &&Summary| summary.by_clause.iter().find(|it| it.id == result.id).map(|found| found.verdict);
            let verdicts: Vec<Option<Verdict>> = sorted.iter().map(of).collect();
            let changes = changes(&verdicts, &runs);
            let (clause, level, says) = (result.id.clone(), result.level.clone(), result.says.clone());
            Course { clause, level, says, verdicts, changes }
        });
        let (mut changed, steady): (Vec<Course>, Vec<Course>) = courses.partition(|course| !course.changes.is_empty());
        let last = |course: &Course| course.changes.last().cloned();
        changed.sort_by(|one, other| last(other).cmp(&last(one)).then_with(|| one.clause.cmp(&other.clause)));
        let target = sorted.last().map(|summary| named(summary)).unwrap_or_default();
        Self { target, runs, changed, steady }
    }

    /// Returns the trend as Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        use super::markdown::{code, prose, row};
        let mut page = vec![format!("# {}: {}", prose(&self.target), plural(self.runs.len(), "run")), String::new()];
        page.extend(["| run | version | verdict | tier | score |", "|---|---|---|---|--:|"].map(str::to_owned));
        for run in &self.runs {
            let mut verdict = spoken(run.verdict);
            verdict.push_str(if run.complete { "" } else { ", incomplete" });
            verdict.push_str(if run.other_rules { ", by other clauses than before" } else { "" });
            let score = super::words::score(run.score);
            page.push(row(&[&run.started, &run.version, &verdict, run.tier, &score]));
        }
        page.extend([String::new(), format!("## What changed ({})", self.changed.len())]);
        for course in &self.changed {
            page.extend([String::new(), format!("### {}", code(&course.clause)), String::new()]);
            page.push(prose(&course.says));
            page.push(String::new());
            page.extend(course.changes.iter().map(|change| format!("- {}", prose(change))));
        }
        page.extend([String::new(), format!("{} did not change.", plural(self.steady.len(), "clause"))]);
        tame(&page.join("\n")) + "\n"
    }
}

/// Returns when a verdict changed, and how. A run that was not to judge the clause changes nothing.
fn changes(verdicts: &[Option<Verdict>], runs: &[Run]) -> Vec<String> {
    let mut changes = Vec::new();
    let mut before: Option<Verdict> = None;
    for (after, run) in verdicts.iter().zip(runs) {
        let Some(after) = *after else { continue };
        if let Some(before) = before.filter(|before| *before != after) {
            let version = if run.version.is_empty() { String::new() } else { format!(" ({})", run.version) };
            let rules = if run.other_rules { "; the clauses are not those of the run before" } else { "" };
            changes.push(format!("{}{version}: {} → {}{rules}", run.started, spoken(before), spoken(after)));
        }
        before = Some(after);
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::super::tests::{formats, log};
    use super::super::{ReportOptions, Summary};
    use super::*;

    fn night(day: u8, version: &str, records: &[crate::record::Record]) -> Summary {
        let mut summary = Summary::of(records, ReportOptions::default());
        summary.started = format!("2026-11-{day:02}T01:00:00.5Z");
        summary.target.version = version.to_owned();
        summary
    }

    #[test]
    fn it_says_when_a_clause_changed() {
        let nights =
            [night(3, "1.1", &log::passing()), night(1, "1.0", &log::failing()), night(2, "1.0", &log::failing())];
        let trend = Trend::of(&nights);
        assert_eq!(
            trend.runs.iter().map(|run| &*run.started).collect::<Vec<_>>(),
            ["2026-11-01T01:00:00Z", "2026-11-02T01:00:00Z", "2026-11-03T01:00:00Z"]
        );
        let of = |clause: &str| trend.changed.iter().find(|course| course.clause == clause);
        assert_eq!(
            of("copy.target.taken").map(|course| course.changes.join("; ")).as_deref(),
            Some("2026-11-03T01:00:00Z (1.1): fail → non-strict")
        );
        assert_eq!(of("copy.succeeds"), None);
        assert_eq!(of("wire.request-id"), None, "the last run was not to judge it");
        assert!(trend.steady.iter().any(|course| course.clause == "copy.succeeds"));
        assert!(trend.markdown().contains("- 2026-11-03T01:00:00Z (1.1): fail → non-strict"), "{}", trend.markdown());
    }

    #[test]
    fn one_run_changes_nothing() {
        let trend = Trend::of(&[formats::failed()]);
        assert!(trend.changed.is_empty());
    }
}
