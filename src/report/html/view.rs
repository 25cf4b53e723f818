use std::collections::BTreeSet;

use minijinja::Value;
use serde::Serialize;

use super::super::clause::ClauseResult;
use super::super::compare::{self, Marked};
use super::super::exit::ExitCode;
use super::super::finding::Finding;
use super::super::lifecycle::Passage;
use super::super::precedence::{LEGEND, Matrix};
use super::super::source;
use super::super::summary::{Area, CaseCounts, Summary};
use super::super::tier::TierResult;
use super::super::told::ToolScript;
use super::super::waive::{WaiverResult, age};
use super::super::words::{CONTEST, instant, meaning, rests_on, score, some_of, spoken};
use super::class;
use super::room::{Room, clip, last_of};
use crate::oracle::Verdict;
use crate::record::{DriftRecord, SupportRecord};
use crate::spec::{Grade, Level};

/// What the template shows.
#[derive(Serialize)]
pub(super) struct View<'a> {
    headline: &'static str,
    class: &'static str,
    exit_code: u8,
    reason: &'a str,
    meaning: &'static str,
    incomplete: Option<&'a str>,
    strict: bool,
    target: String,
    endpoint: &'a str,
    tier: &'static str,
    tiers: &'a [TierResult],
    no_tier: Option<&'a str>,
    score: String,
    kept: usize,
    musts: usize,
    failed: Vec<&'a str>,
    facts: Vec<(&'static str, String)>,
    controls: Vec<(&'a str, String)>,
    controls_line: String,
    counts: Vec<Word>,
    life: Option<Value>,
    passages: Vec<PassageView<'a>>,
    also: String,
    choices: Vec<Choice>,
    ids: BTreeSet<&'a str>,
    areas: Vec<AreaView<'a>>,
    findings: Vec<FindingView<'a>>,
    drift: &'a [DriftRecord],
    clauses: Vec<ClauseView<'a>>,
    waivers: Vec<WaiverView<'a>>,
    unmet: Vec<(&'static str, String)>,
    open: Vec<(String, String, &'a str)>,
    cases: &'a CaseCounts,
    support: &'a [SupportRecord],
    precedence: Option<Matrix>,
    legend_of_precedence: &'static str,
    command: &'a str,
    legend: Vec<(Word, &'static str)>,
    grades: Vec<GradeView>,
    contest: &'static [&'static str],
}

/// A filter: what it is called, and what it can be set to, value and words.
#[derive(Serialize)]
struct Choice {
    name: &'static str,
    options: Vec<(String, String)>,
}

#[derive(Serialize)]
struct PassageView<'a> {
    from: &'static str,
    to: &'static str,
    count: usize,
    class: &'static str,
    spoken: String,
    clauses: &'a [String],
}

#[derive(Serialize)]
struct WaiverView<'a> {
    about: &'a WaiverResult,
    age: String,
}

#[derive(Serialize)]
struct GradeView {
    grade: &'static str,
    says: &'static str,
    clauses: usize,
    contradicted: usize,
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
    area: &'a str,
    source: &'a str,
    link: Option<String>,
    want: Marked,
    got: Marked,
    differs: Vec<(char, String)>,
    steps: Vec<String>,
    drawing: Option<Value>,
    orders: &'a [String],
    request: Option<String>,
    response: Option<String>,
    scripts: &'a [ToolScript],
    /// Whether it has scripts for which the page has no room.
    scripts_apart: bool,
}

#[derive(Serialize)]
struct ClauseView<'a> {
    #[serde(flatten)]
    clause: &'a ClauseResult,
    spoken: String,
    class: &'static str,
    anchor: Option<String>,
    link: Option<String>,
}

impl<'a> View<'a> {
    pub(super) fn of(summary: &'a Summary) -> Self {
        let (kept, musts) = summary.musts();
        let failed =
            |clause: &&ClauseResult| matches!(clause.verdict, Verdict::Fail | Verdict::Misrouted) && clause.is_must();
        let room = Room::of(&summary.findings);
        let life = &summary.life_cycle;
        let is_stale = summary.exit_code == ExitCode::Inconclusive
            && summary.by_clause.iter().any(|clause| clause.verdict == Verdict::ModelStale);
        Self {
            headline: if is_stale { "The model is stale" } else { headline(summary.verdict) },
            class: class(summary.verdict),
            exit_code: summary.exit_code.code(),
            reason: &summary.reason,
            meaning: if is_stale { STALE } else { summary.exit_code.meaning() },
            incomplete: summary.incomplete.as_deref(),
            strict: summary.strict,
            target: summary.target.named(),
            endpoint: &summary.target.endpoint,
            tier: summary.tiers.word(),
            tiers: &summary.tiers.tiers,
            no_tier: summary.tiers.why.as_deref(),
            score: score(summary.score),
            kept,
            musts,
            failed: summary.by_clause.iter().filter(failed).map(|clause| &*clause.id).collect(),
            facts: facts(summary),
            controls: summary.controls.iter().map(|(name, value)| (&**name, score(*value))).collect(),
            controls_line: summary.controls_line(),
            counts: summary.counts().map(|(verdict, count)| Word::of(verdict, count)).collect(),
            life: (!life.is_empty()).then(|| Value::from_safe_string(life.svg(class))),
            passages: life.passages.iter().chain(&life.others).map(PassageView::of).collect(),
            also: life
                .others
                .iter()
                .map(|it| format!("{} → {} {}×", it.from, it.to, it.count))
                .collect::<Vec<_>>()
                .join(", "),
            choices: choices(summary),
            ids: summary.by_clause.iter().map(|clause| &*clause.id).collect(),
            areas: summary.areas.iter().map(AreaView::of).collect(),
            findings: summary
                .findings
                .iter()
                .enumerate()
                .map(|(at, finding)| FindingView::of(at, finding, &summary.by_clause, room))
                .collect(),
            clauses: summary.by_clause.iter().map(|clause| ClauseView::of(clause, &summary.findings)).collect(),
            waivers: summary
                .waivers
                .iter()
                .map(|it| WaiverView { about: it, age: age(it, &summary.started) })
                .collect(),
            unmet: unmet(summary),
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
            grades: grades(summary),
            contest: CONTEST,
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
    fn of(at: usize, finding: &'a Finding, clauses: &'a [ClauseResult], room: Room) -> Self {
        let lines = compare::lines(&finding.expected, &finding.observed).unwrap_or_default();
        let [want, got] = [&finding.expected, &finding.observed].map(|text| clip(text, room.value));
        let (want, got) = compare::marked(&want, &got);
        let source = clauses.iter().find(|clause| clause.id == finding.clause).map_or("", |clause| &clause.source);
        let scripts = room.scripts(&finding.scripts);
        Self {
            anchor: anchor(at),
            spoken: spoken(finding.verdict),
            class: class(finding.verdict),
            area: finding.clause.split('.').next().unwrap_or_default(),
            source,
            link: source::address(source),
            want,
            got,
            differs: lines.into_iter().take(40).map(|line| (line.sign, clip(&line.text, room.value / 20))).collect(),
            steps: last_of(&finding.steps, room.value),
            drawing: finding.overlap.as_ref().map(|overlap| Value::from_safe_string(overlap.svg())),
            orders: finding.overlap.as_ref().map_or(&[], |overlap| &overlap.orders),
            request: finding.exchange.as_ref().map(|exchange| clip(&exchange.request, room.wire)),
            response: finding.exchange.as_ref().map(|exchange| clip(&exchange.response, room.wire)),
            scripts,
            scripts_apart: scripts.len() < finding.scripts.len(),
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
            link: source::address(&clause.source),
            clause,
        }
    }
}

fn anchor(at: usize) -> String {
    format!("finding-{}", at + 1)
}

/// What it means that the authority contradicts a clause.
const STALE: &str = "The target is the authority, and it contradicts the model: what is wrong is a clause, or the code \
    that decides it, and not the target. The command copysnap evidence says since when, and proposes a change.";

const fn headline(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "Conforms",
        Verdict::Warn => "Conforms, with warnings",
        Verdict::Fail => "Does not conform",
        Verdict::Inconclusive => "Inconclusive",
        _ => "Could not be judged",
    }
}

impl<'a> PassageView<'a> {
    fn of(passage: &'a Passage) -> Self {
        Self {
            from: passage.from,
            to: passage.to,
            count: passage.count,
            class: passage.verdict.map_or("mute", class),
            spoken: passage.verdict.map_or_else(|| "not judged".to_owned(), spoken),
            clauses: &passage.clauses,
        }
    }
}

/// Returns by what findings and clauses can be chosen.
fn choices(summary: &Summary) -> Vec<Choice> {
    let has = |found: &dyn Fn(&ClauseResult) -> bool| summary.by_clause.iter().any(found);
    let same = |word: &str| (word.to_owned(), word.to_owned());
    let found = |verdict: Verdict| summary.findings.iter().any(|finding| finding.verdict == verdict);
    let verdicts = Verdict::ALL.iter().filter(|verdict| has(&|clause| clause.verdict == **verdict) || found(**verdict));
    let verdicts = verdicts.map(|verdict| (verdict.word().to_owned(), spoken(*verdict))).collect();
    let levels = [Level::Must, Level::Should, Level::May].map(Level::word);
    let levels = levels.into_iter().filter(|level| has(&|clause| clause.level == *level)).map(same).collect();
    let grades = GRADES.map(Grade::word).into_iter().filter(|grade| has(&|clause| clause.grade == *grade));
    let areas: BTreeSet<&str> = summary.by_clause.iter().map(|clause| &*clause.area).collect();
    vec![
        Choice { name: "verdict", options: verdicts },
        Choice { name: "level", options: levels },
        Choice { name: "grade", options: grades.map(same).collect() },
        Choice { name: "area", options: areas.into_iter().map(same).collect() },
    ]
}

const GRADES: [Grade; 5] = [Grade::Documented, Grade::Modelled, Grade::Observed, Grade::Inferred, Grade::Disputed];

fn grades(summary: &Summary) -> Vec<GradeView> {
    let of = |grade: Grade| {
        let own = || summary.by_clause.iter().filter(move |clause| clause.grade == grade.word());
        let against = |clause: &&ClauseResult| summary.findings.iter().any(|finding| finding.clause == clause.id);
        let contradicted = own().filter(against).count();
        GradeView { grade: grade.word(), says: rests_on(grade), clauses: own().count(), contradicted }
    };
    GRADES.map(of).into_iter().filter(|grade| grade.clauses > 0).collect()
}

/// Returns what was possible and never met.
fn unmet(summary: &Summary) -> Vec<(&'static str, String)> {
    let list = |ids: Vec<&str>| if ids.is_empty() { None } else { Some(some_of(&ids, 24)) };
    let unseen = summary.life_cycle.unseen();
    let shown = !summary.life_cycle.is_empty();
    let passages = list(unseen.iter().map(String::as_str).filter(|_| shown).collect());
    let never = summary.exploration.iter().flat_map(|it| it.never.iter().map(String::as_str)).collect();
    let states = |clause: &&ClauseResult| clause.verdict == Verdict::NotApplicable;
    let states = list(summary.by_clause.iter().filter(states).map(|clause| &*clause.id).collect());
    let all = [
        ("passages in the life of a snapshot", passages),
        ("clauses that generated sequences can meet and did not", list(never)),
        ("clauses about what the target declares not to have, or never showed", states),
    ];
    all.into_iter().filter_map(|(what, ids)| Some((what, ids?))).collect()
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
        ("start-up", summary.start_up_ms.map_or_else(|| "not started by the run".to_owned(), |ms| format!("{ms} ms"))),
    ]
}
