use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::clause::ClauseResult;
use super::summary::Summary;
use super::tier::Tier;
use super::words::{instant, score, some_of, spoken, tame};
use super::workflow::{Answer, WORKFLOWS, WorkflowAnswer};
use crate::oracle::Verdict;
use crate::service::Operation;

/// The most steps of a finding that the page of several targets shows.
const STEPS: usize = 12;
/// The most characters of a value or a step there.
const LONG: usize = 400;

/// Several targets, clause by clause: `summary.json` of several logs.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Board {
    /// The version of this format.
    pub schema: u32,
    /// The targets, the one that keeps most first.
    pub targets: Vec<Column>,
    /// What people choose by.
    pub choices: Vec<ChoiceRow>,
    /// What people do with copies.
    pub workflows: Vec<WorkflowRow>,
    /// Clause by clause, so that those which the same targets keep stand together.
    pub clauses: Vec<Row>,
    /// Why the verdicts may not be of the same rules; absent where they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<String>,
    /// What contradicts a clause, target by target.
    #[serde(skip)]
    pub(super) evidence: Vec<Evidence>,
}

/// One target.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Column {
    /// Its folder beside the page.
    pub folder: String,
    /// Its name and version.
    pub name: String,
    /// Where it listened.
    pub endpoint: String,
    /// What the run came to.
    pub verdict: Verdict,
    /// The exit code of the run.
    pub exit_code: u8,
    /// The highest tier that is reached; absent where none is.
    pub tier: Option<Tier>,
    /// The share of the MUST clauses that are kept.
    pub score: f64,
    /// When the run started.
    pub started: String,
    /// Why the run is incomplete; absent where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<String>,
    /// How many runs of it there are.
    pub runs: usize,
}

/// A question that people choose by, with an answer for each target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ChoiceRow {
    /// The question.
    pub name: &'static str,
    /// The answers: whether it is good, where that can be said, and the words.
    pub cells: Vec<(Option<Answer>, String)>,
}

/// A workflow, with an answer for each target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct WorkflowRow {
    /// What is done.
    pub name: &'static str,
    /// The clauses that it relies on.
    pub clauses: &'static [&'static str],
    /// Whether each target does it.
    pub cells: Vec<WorkflowAnswer>,
}

/// A clause, with a verdict for each target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Row {
    /// Its id.
    pub clause: String,
    /// The first part of its id.
    pub area: String,
    /// MUST, SHOULD, MAY.
    pub level: String,
    /// How well it is known.
    pub grade: String,
    /// What it says.
    pub says: String,
    /// The verdicts; absent where a run did not have the clause.
    pub verdicts: Vec<Option<Verdict>>,
    /// The evidence of each target, by its place.
    #[serde(skip)]
    pub(super) shown: Vec<Option<usize>>,
}

/// What contradicts a clause on one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Evidence {
    pub(super) target: usize,
    pub(super) clause: String,
    pub(super) verdict: Verdict,
    pub(super) expected: String,
    pub(super) observed: String,
    pub(super) steps: Vec<String>,
    /// Its place among the findings of the target's own report.
    pub(super) finding: usize,
}

impl Board {
    /// Returns the board of these targets; each has how many runs there are of it, of which its summary is the newest.
    #[must_use]
    pub fn of(summaries: &[(Summary, usize)]) -> Self {
        let folders = folders(summaries.iter().map(|(summary, _)| summary));
        let mut all: Vec<(&Summary, usize, String)> =
            summaries.iter().zip(folders).map(|((summary, runs), folder)| (summary, *runs, folder)).collect();
        all.sort_by(|one, other| other.0.score.total_cmp(&one.0.score).then_with(|| one.2.cmp(&other.2)));
        let sorted: Vec<&Summary> = all.iter().map(|(summary, ..)| *summary).collect();
        let mut board = Self {
            schema: 1,
            targets: all.iter().map(|(summary, runs, folder)| Column::of(summary, *runs, folder)).collect(),
            choices: choices(&sorted),
            workflows: WORKFLOWS
                .iter()
                .map(|workflow| WorkflowRow {
                    name: workflow.name,
                    clauses: workflow.clauses,
                    cells: sorted.iter().map(|it| WorkflowAnswer::of(workflow.clauses, &it.by_clause)).collect(),
                })
                .collect(),
            clauses: Vec::new(),
            rules: rules(&sorted),
            evidence: Vec::new(),
        };
        board.rows(&sorted);
        board
    }

    fn rows(&mut self, summaries: &[&Summary]) {
        let mut known = BTreeSet::new();
        for result in summaries.iter().flat_map(|summary| &summary.by_clause) {
            if !known.insert(&result.id) {
                continue;
            }
            let verdicts = summaries.iter().map(|summary| verdict(summary, &result.id)).collect();
            let shown = summaries.iter().enumerate().map(|(at, summary)| self.show(at, summary, &result.id)).collect();
            self.clauses.push(Row {
                clause: result.id.clone(),
                area: result.area.clone(),
                level: result.level.clone(),
                grade: result.grade.clone(),
                says: result.says.clone(),
                verdicts,
                shown,
            });
        }
        // Those that most targets keep first; within as many, those that the same ones keep.
        let rank = |verdict: &Option<Verdict>| match Answer::of(*verdict) {
            Answer::Yes => 0,
            Answer::No => 1,
            Answer::Unknown => 2,
        };
        self.clauses.sort_by_cached_key(|row| {
            let pattern: Vec<u8> = row.verdicts.iter().map(rank).collect();
            let kept = pattern.iter().filter(|rank| **rank == 0).count();
            (usize::MAX - kept, pattern, row.verdicts.clone(), row.clause.clone())
        });
    }

    /// Keeps what contradicts the clause on a target, and returns its place.
    fn show(&mut self, target: usize, summary: &Summary, clause: &str) -> Option<usize> {
        let finding = summary.findings.iter().position(|finding| finding.clause == clause)?;
        let about = summary.findings.get(finding)?;
        let left = about.steps.len().saturating_sub(STEPS);
        let note = (left > 0).then(|| format!("… {left} steps before"));
        let steps = about.steps.iter().skip(left).map(|step| short(step));
        self.evidence.push(Evidence {
            target,
            clause: clause.to_owned(),
            verdict: about.verdict,
            expected: short(&about.expected),
            observed: short(&about.observed),
            steps: note.into_iter().chain(steps).collect(),
            finding,
        });
        Some(self.evidence.len() - 1)
    }

    /// Returns `summary.json` of several targets.
    #[must_use]
    pub fn json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

impl Column {
    fn of(summary: &Summary, runs: usize, folder: &str) -> Self {
        Self {
            folder: folder.to_owned(),
            name: named(summary),
            endpoint: summary.target.endpoint.clone(),
            verdict: summary.verdict,
            exit_code: summary.exit_code.code(),
            tier: summary.tiers.reached,
            score: summary.score,
            started: instant(&summary.started),
            incomplete: summary.incomplete.clone(),
            runs,
        }
    }
}

/// Returns what a target is called, and its defect where it has one.
pub(super) fn named(summary: &Summary) -> String {
    let called = summary.target.called();
    summary.defect.as_ref().map_or(called.clone(), |defect| format!("{called} {defect}"))
}

fn verdict(summary: &Summary, clause: &str) -> Option<Verdict> {
    summary.by_clause.iter().find(|result| result.id == clause).map(|result| result.verdict)
}

fn short(text: &str) -> String {
    match text.char_indices().nth(LONG) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn rules(summaries: &[&Summary]) -> Option<String> {
    let catalogues: BTreeSet<&str> = summaries.iter().map(|summary| summary.catalogue.as_str()).collect();
    (catalogues.len() > 1).then(|| {
        let all: Vec<&str> = catalogues.into_iter().collect();
        format!("the runs were not judged by the same clauses: the catalogues are {}", some_of(&all, 6))
    })
}

/// Returns a folder for each target: its name in letters, digits and hyphens, and none twice.
pub fn folders<'a>(summaries: impl Iterator<Item = &'a Summary>) -> Vec<String> {
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let mut folder = |summary: &Summary| {
        let name = if summary.target.name.is_empty() || summary.target.name == "endpoint" {
            summary.target.endpoint.clone()
        } else {
            format!("{} {}", summary.target.name, summary.defect.as_deref().unwrap_or_default())
        };
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        let words: String = name.chars().take(200).map(plain).collect();
        let words: Vec<&str> = words.split('-').filter(|word| !word.is_empty() && *word != "http").collect();
        let name: String = words.join("-").chars().take(40).collect();
        let name = if name.is_empty() { "target".to_owned() } else { name };
        let count = taken.entry(name.clone()).or_default();
        *count += 1;
        if *count == 1 { name } else { format!("{name}-{count}") }
    };
    summaries.map(&mut folder).collect()
}

/// Which of the MUST clauses of one kind a target keeps.
fn kept(summary: &Summary, is_it: impl Fn(&ClauseResult) -> bool) -> (Option<Answer>, String) {
    let own: Vec<&ClauseResult> = summary
        .by_clause
        .iter()
        .filter(|it| it.is_must() && is_it(it) && it.verdict != Verdict::NotApplicable)
        .collect();
    let kept = own.iter().filter(|result| result.verdict.is_kept()).count();
    if own.is_empty() {
        return (None, "does not apply".to_owned());
    }
    if own.iter().all(|result| result.verdict == Verdict::Unsupported) {
        return (Some(Answer::No), "not there".to_owned());
    }
    let answers = own.iter().map(|result| Answer::of(Some(result.verdict)));
    (answers.max(), if kept == own.len() { "yes".to_owned() } else { format!("{kept} of {} clauses", own.len()) })
}

fn choices(summaries: &[&Summary]) -> Vec<ChoiceRow> {
    type Ask = (&'static str, fn(&Summary) -> (Option<Answer>, String));
    const ASKS: &[Ask] = &[
        ("run", |it| (Some(judged(it)), spoken(it.verdict))),
        ("tier", |it| (it.tiers.reached.map(|_| Answer::Yes), it.tiers.word().to_owned())),
        ("score", |it| {
            let (kept, all) = it.musts();
            (None, format!("{} ({kept} of {all})", score(it.score)))
        }),
        ("implements CopySnapshot", |it| {
            let copy = Operation::CopySnapshot.name();
            match it.support.iter().find(|support| support.operation == copy).map(|support| support.state.as_str()) {
                Some("supported") => match Answer::of(verdict(it, "copy.succeeds")) {
                    Answer::Yes => (Some(Answer::Yes), "yes".to_owned()),
                    other => (Some(other), "answers, and copies nothing".to_owned()),
                },
                Some(state) => (Some(Answer::No), state.to_owned()),
                None => (Some(Answer::Unknown), "unknown".to_owned()),
            }
        }),
        ("export to S3", |it| kept(it, |clause| clause.area == "export")),
        ("tags", |it| kept(it, |clause| clause.area == "tags" || clause.id.contains(".tags."))),
        ("KMS keys", |it| kept(it, |clause| clause.id.starts_with("copy.key."))),
        ("life cycle", |it| {
            let of = ["settles", "visible", "gone", "status", "never-back", "persists", "known"];
            kept(it, |clause| clause.area != "wire" && clause.id.rsplit('.').next().is_some_and(|it| of.contains(&it)))
        }),
        ("races", |it| kept(it, |clause| clause.area == "overlap" || clause.id.contains(".race."))),
        ("start-up", |it| (None, it.start_up_ms.map_or_else(|| "–".to_owned(), |ms| format!("{ms} ms")))),
        ("requests per second", |it| (None, rate(it))),
        ("judged on", |it| (None, it.started.get(..10).unwrap_or(&it.started).to_owned())),
    ];
    let row = |(name, ask): &Ask| ChoiceRow { name, cells: summaries.iter().map(|it| ask(it)).collect() };
    ASKS.iter().map(row).collect()
}

const fn judged(summary: &Summary) -> Answer {
    match summary.verdict {
        Verdict::Pass | Verdict::Warn => Answer::Yes,
        Verdict::Fail => Answer::No,
        _ => Answer::Unknown,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate to show")]
fn rate(summary: &Summary) -> String {
    if summary.elapsed_s > 0.0 {
        format!("{:.0}", summary.requests as f64 / summary.elapsed_s)
    } else {
        "–".to_owned()
    }
}

/// Returns `report.md` of several targets.
#[must_use]
pub fn board_markdown(board: &Board) -> String {
    use super::markdown::{prose, row};
    let mut page = vec![format!("# {} targets, {} clauses", board.targets.len(), board.clauses.len())];
    for said in board.rules.iter().cloned().chain(
        board
            .targets
            .iter()
            .filter_map(|target| target.incomplete.as_ref().map(|why| format!("{}: {why}", target.name))),
    ) {
        page.extend([String::new(), format!("> {}", prose(&said))]);
    }
    let names: Vec<&str> = board.targets.iter().map(|target| target.name.as_str()).collect();
    let head = |page: &mut Vec<String>, title: &str| {
        page.extend([String::new(), format!("## {title}"), String::new()]);
        page.push(row(&[&[""], names.as_slice()].concat()));
        page.push(format!("|---|{}", "---|".repeat(names.len())));
    };
    head(&mut page, "To choose by");
    for choice in &board.choices {
        let cells: Vec<&str> = choice.cells.iter().map(|(_, words)| words.as_str()).collect();
        page.push(row(&[&[choice.name], cells.as_slice()].concat()));
    }
    head(&mut page, "Workflows");
    for workflow in &board.workflows {
        let cells: Vec<String> = workflow.cells.iter().map(told).collect();
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        page.push(row(&[&[workflow.name], cells.as_slice()].concat()));
    }
    head(&mut page, "Clauses");
    for clause in &board.clauses {
        let cells: Vec<String> = clause.verdicts.iter().map(|it| it.map(spoken).unwrap_or_default()).collect();
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        page.push(row(&[&[clause.clause.as_str()], cells.as_slice()].concat()));
    }
    tame(&page.join("\n")) + "\n"
}

fn told(said: &WorkflowAnswer) -> String {
    let because: Vec<&str> = said.because.iter().map(String::as_str).collect();
    if because.is_empty() {
        said.answer.word().to_owned()
    } else {
        format!("{}: {}", said.answer.word(), some_of(&because, 2))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::formats;
    use super::*;

    fn board() -> Board {
        Board::of(&[(formats::failed(), 1), (formats::passed(), 3)])
    }

    #[test]
    fn the_one_that_keeps_most_stands_first() {
        let board = board();
        let names: Vec<&str> = board.targets.iter().map(|target| &*target.name).collect();
        assert_eq!(names, ["reference 0.1.0", "http://localhost:4566"]);
        assert_eq!(board.targets.iter().map(|it| &*it.folder).collect::<Vec<_>>(), ["reference", "localhost-4566"]);
    }

    #[test]
    fn clauses_that_the_same_targets_keep_stand_together() {
        let board = board();
        let kept =
            |row: &Row| row.verdicts.iter().map(|it| u8::from(Answer::of(*it) == Answer::Yes)).collect::<Vec<_>>();
        let patterns: Vec<Vec<u8>> = board.clauses.iter().map(kept).collect();
        let mut seen = patterns.clone();
        seen.dedup();
        let distinct: BTreeSet<_> = patterns.iter().collect();
        assert_eq!(seen.len(), distinct.len(), "{patterns:?}");
        assert_eq!(patterns.first(), Some(&vec![1, 1]));
    }

    #[test]
    fn a_finding_is_the_evidence_of_its_clause() {
        let board = board();
        let row = board.clauses.iter().find(|row| row.clause == "copy.target.taken");
        let place = row.and_then(|row| row.shown.get(1).copied().flatten());
        let evidence = place.and_then(|place| board.evidence.get(place));
        assert_eq!(evidence.map(|it| &*it.observed), Some("200 b creating"));
        assert!(evidence.is_some_and(|it| it.target == 1 && !it.steps.is_empty()));
    }

    #[test]
    fn two_targets_of_one_name_have_folders_of_their_own() {
        let twice = [formats::failed(), formats::failed()];
        assert_eq!(folders(twice.iter()), ["localhost-4566", "localhost-4566-2"]);
        let mut odd = formats::failed();
        odd.target.name = "../../<b>\u{0}".to_owned();
        assert_eq!(folders([odd].iter()), ["b"]);
    }

    #[test]
    fn the_board_as_markdown() {
        let text = board_markdown(&board());
        assert!(text.contains("| copy.target.taken | non-strict | fail |"), "{text}");
        assert!(text.contains("| export to S3 | unknown: export.succeeds, export.written and 4 more |"), "{text}");
    }
}
