use std::collections::BTreeMap;

use serde::Serialize;

use super::clause::{self, ClauseResult};
use super::digest::{Digest, FIXTURE};
use super::exit::{self, ExitCode};
use super::finding::{self, Finding};
use super::lifecycle::LifeCycle;
use super::tier::Tiers;
use super::waive::{self, WaiverResult};
use super::words::{self, plural, spoken};
use crate::oracle::Verdict;
use crate::record::{CaseState, DriftRecord, ExplorationRecord, PrecedenceRecord, Record, SupportRecord};

/// What a caller adds to a log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReportOptions {
    /// Whether warnings count as fails, also where the run was not started so.
    pub strict: bool,
    /// The scores of the worthless targets, by name; empty where none were measured.
    pub controls: BTreeMap<String, f64>,
}

/// What a run comes to: `summary.json`, and all that other reports show.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Summary {
    /// The version of this format.
    pub schema: u32,
    /// `pass`, `warn`, `fail`, `inconclusive` or `error`.
    pub verdict: Verdict,
    /// What the process returns.
    pub exit_code: ExitCode,
    /// Whether all that was to run ran.
    pub complete: bool,
    /// What was judged.
    pub target: Target,
    /// The defect of the embedded reference endpoint; absent where it was whole, or another target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub defect: Option<String>,
    /// The seed of all that was drawn.
    pub seed: String,
    /// How many clauses have each verdict; every verdict stands here.
    pub clauses: BTreeMap<Verdict, usize>,
    /// Of the selected MUST clauses that apply, the share that is kept, cut to four places; of none, 0.
    pub score: f64,
    /// How many steps were judged.
    pub steps: usize,
    /// How many requests were sent.
    pub requests: usize,
    /// How long the run took, in seconds.
    pub elapsed_s: f64,
    /// How many executions shrinking took.
    pub executions_to_shrink: usize,
    /// What contradicts a clause, worst first.
    pub findings: Vec<Finding>,
    /// How much was left behind.
    pub leaked: usize,
    /// What that costs for each day that it stays, in US dollars; absent where nothing was, or no prices are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leak_usd_a_day: Option<f64>,
    /// Why this exit code, in one line.
    pub reason: String,
    /// Why the run is incomplete, in one line; absent where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<String>,
    /// Whether warnings count as fails.
    pub strict: bool,
    /// With what every name begins that the run made.
    pub run: String,
    /// The hash over the clauses.
    pub catalogue: String,
    /// The version of copysnap.
    pub tool: String,
    /// When the run started, RFC 3339.
    pub started: String,
    /// The command that judges the same target again.
    pub command: String,
    /// The scores of the worthless targets.
    pub controls: BTreeMap<String, f64>,
    /// What became of the cases.
    pub cases: CaseCounts,
    /// What generated sequences came to; absent where there were none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exploration: Option<ExplorationRecord>,
    /// How the target answers each operation.
    pub support: Vec<SupportRecord>,
    /// Which of two faults in one copy was answered, pair by pair.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub precedence: Vec<PrecedenceRecord>,
    /// Where the target does not do what was recorded of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<DriftRecord>,
    /// What has become of the waivers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<WaiverResult>,
    /// Kept and not, by the first part of the clauses' ids.
    pub areas: Vec<Area>,
    /// Which tier is reached, and what the others lack.
    pub tiers: Tiers,
    /// What snapshots went through, and how often.
    pub life_cycle: LifeCycle,
    /// How long the target took to answer after it was started, in milliseconds; absent where the run did not start it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_up_ms: Option<u64>,
    /// Clause by clause, in the order of the log.
    pub by_clause: Vec<ClauseResult>,
}

/// What was judged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// Its version; empty where it is not known.
    pub version: String,
    /// Where it listens.
    pub endpoint: String,
}

/// What became of the cases; one that was played several times counts once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct CaseCounts {
    /// Played to their end.
    pub ran: usize,
    /// Begun and not ended.
    pub cut_short: usize,
    /// Left out.
    pub not_run: usize,
    /// They need what the target declares not to have.
    pub not_applicable: usize,
    /// They use an operation that is not there.
    pub unsupported: usize,
    /// The harness could not run them.
    pub error: usize,
    /// Those that did not run, and why.
    pub skipped: Vec<Skipped>,
}

/// A case that did not run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Skipped {
    /// Its path below `cases/`.
    pub case: String,
    /// Why.
    pub reason: String,
}

/// The clauses of one area.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Area {
    /// Its name.
    pub area: String,
    /// How many clauses are kept.
    pub kept: usize,
    /// How many apply.
    pub total: usize,
    /// How many fail, or another service answered.
    pub failed: usize,
    /// How many warn.
    pub warned: usize,
}

impl Target {
    /// Returns name and version, as far as they are known; an endpoint given by its URL has no name of its own.
    #[must_use]
    pub fn named(&self) -> String {
        let name = if self.name == "endpoint" { "" } else { &*self.name };
        [name, &*self.version].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// Returns what it is called: its name and version, else where it listens.
    #[must_use]
    pub fn called(&self) -> String {
        let named = self.named();
        if named.is_empty() { self.endpoint.clone() } else { named }
    }
}

impl Summary {
    /// Returns what the records come to.
    #[must_use]
    pub fn of(records: &[Record], options: ReportOptions) -> Self {
        let digest = Digest::of(records);
        let header = digest.header.cloned().unwrap_or_default();
        let mut by_clause = clause::results(&digest);
        let mut findings = finding::findings(&digest, &by_clause);
        let options_of = &header.options;
        let all = options_of.cases.is_empty() && options_of.shard.is_none();
        let whole = all && digest.footer.is_some_and(|footer| footer.complete);
        let waivers = waive::settle(&digest, &mut by_clause, whole);
        findings.extend(waive::findings(&digest, &by_clause, &waivers));
        finding::sort(&mut findings);
        let mut clauses: BTreeMap<Verdict, usize> = Verdict::ALL.iter().map(|verdict| (*verdict, 0)).collect();
        for result in &by_clause {
            *clauses.entry(result.verdict).or_default() += 1;
        }
        let strict = options.strict || header.options.strict;
        let incomplete = match digest.footer {
            None => Some("incomplete: the log has no footer".to_owned()),
            Some(footer) if footer.complete => None,
            Some(footer) if footer.why.is_empty() => Some("incomplete: the run did not come to its end".to_owned()),
            Some(footer) => Some(format!("incomplete: {}", footer.why)),
        };
        let no_tier = match &incomplete {
            Some(why) => Some(why.clone()),
            None if all && options_of.clauses.is_empty() => None,
            None => Some("only a part of the clauses was to be judged".to_owned()),
        };
        let cases = cases(&digest);
        let (exit_code, reason) = exit::decide(&digest, &by_clause, &waivers, incomplete.as_deref(), strict);
        let footer = digest.footer;
        let lacks_s3 = digest.supports.iter().any(|it| it.operation == clause::S3 && it.state == "unsupported");
        Self {
            schema: 1,
            verdict: exit_code.verdict(by_clause.iter().any(|result| result.verdict == Verdict::Warn) || lacks_s3),
            exit_code,
            complete: incomplete.is_none(),
            command: finding::again(&header),
            target: Target {
                name: header.target.name,
                version: header.target.version,
                endpoint: header.target.endpoint,
            },
            defect: header.options.defect,
            seed: header.seed,
            clauses,
            score: score(&by_clause),
            steps: footer.map_or(digest.steps, |footer| footer.steps),
            requests: footer.map_or(digest.requests, |footer| footer.requests),
            elapsed_s: footer.map_or_else(|| seconds(digest.last_ns), |footer| footer.elapsed_s),
            executions_to_shrink: digest.exploration.map_or(0, |record| record.executions_to_shrink),
            exploration: digest.exploration.cloned(),
            findings,
            leaked: digest.leaked,
            leak_usd_a_day: footer.and_then(|footer| footer.leak_usd_a_day),
            reason,
            incomplete,
            strict,
            run: header.run,
            catalogue: header.catalogue,
            tool: header.tool,
            started: header.started,
            controls: options.controls,
            cases,
            support: digest.supports.iter().map(|support| (*support).clone()).collect(),
            precedence: digest.precedence.iter().map(|record| (*record).clone()).collect(),
            areas: areas(&by_clause),
            tiers: Tiers::of(&by_clause, no_tier),
            life_cycle: LifeCycle::of(&digest, &by_clause),
            start_up_ms: header.start_up_ms,
            waivers,
            drift: digest.drifts.iter().map(|drift| (*drift).clone()).collect(),
            by_clause,
        }
    }

    /// Tells whether a clause with that verdict counts as a fail in this run.
    #[must_use]
    pub fn is_failure(&self, verdict: Verdict) -> bool {
        matches!(verdict, Verdict::Fail | Verdict::Misrouted) || (self.strict && verdict == Verdict::Warn)
    }

    /// Walks the verdicts that clauses have, with how many have it.
    pub fn counts(&self) -> impl Iterator<Item = (Verdict, usize)> {
        self.clauses.iter().filter(|(_, count)| **count > 0).map(|(verdict, count)| (*verdict, *count))
    }

    /// Returns in one line what the worthless targets score.
    pub(super) fn controls_line(&self) -> String {
        let best = self.controls.iter().max_by(|one, other| one.1.total_cmp(other.1));
        let Some((name, most)) = best else { return "not measured for this catalogue".to_owned() };
        let most =
            if *most > 0.0 { format!("at most {} ({name})", words::score(*most)) } else { "0.000 each".to_owned() };
        format!("{} score {most}", plural(self.controls.len(), "worthless target"))
    }

    /// Returns the counts in one line: `3 pass · 1 fail`.
    pub(super) fn counted(&self) -> String {
        self.counts().map(|(verdict, count)| format!("{count} {}", spoken(verdict))).collect::<Vec<_>>().join(" · ")
    }

    /// Returns the findings of a clause.
    pub(super) fn findings_of(&self, clause: &str) -> Vec<&Finding> {
        self.findings.iter().filter(|finding| finding.clause == clause).collect()
    }

    /// Returns the clauses that could not be judged, by verdict and reason, gravest first.
    pub(super) fn open(&self) -> Vec<(Verdict, &str, Vec<&str>)> {
        const LISTED: [Verdict; 5] =
            [Verdict::Error, Verdict::Inconclusive, Verdict::PreconditionFailed, Verdict::Unsupported, Verdict::NotRun];
        let mut groups: BTreeMap<(usize, &str), (Verdict, Vec<&str>)> = BTreeMap::new();
        for result in &self.by_clause {
            if let Some(place) = LISTED.iter().position(|verdict| *verdict == result.verdict)
                && self.findings_of(&result.id).is_empty()
            {
                let group = groups.entry((place, &result.why)).or_insert_with(|| (result.verdict, Vec::new()));
                group.1.push(&result.id);
            }
        }
        groups.into_iter().map(|((_, why), (verdict, ids))| (verdict, why, ids)).collect()
    }

    /// Returns how many MUST clauses are kept, and how many apply.
    #[must_use]
    pub fn musts(&self) -> (usize, usize) {
        musts(&self.by_clause)
    }
}

fn musts(results: &[ClauseResult]) -> (usize, usize) {
    let apply = || results.iter().filter(|result| result.is_must() && result.verdict != Verdict::NotApplicable);
    (apply().filter(|result| result.verdict.is_kept()).count(), apply().count())
}

/// Cut and not rounded: a run that misses one clause in twenty thousand has no score of 1.
#[expect(clippy::cast_precision_loss, reason = "a share of ten thousand")]
pub(super) fn score(results: &[ClauseResult]) -> f64 {
    let (kept, all) = musts(results);
    (kept * 10_000).checked_div(all).unwrap_or_default() as f64 / 10_000.0
}

#[expect(clippy::cast_precision_loss, reason = "a time to show")]
fn seconds(ns: u64) -> f64 {
    (ns / 1_000_000) as f64 / 1000.0
}

fn areas(results: &[ClauseResult]) -> Vec<Area> {
    let mut areas: Vec<Area> = Vec::new();
    for result in results.iter().filter(|result| result.verdict != Verdict::NotApplicable) {
        let place = areas.iter().position(|area| area.area == result.area).unwrap_or_else(|| {
            areas.push(Area { area: result.area.clone(), ..Area::default() });
            areas.len() - 1
        });
        if let Some(area) = areas.get_mut(place) {
            area.total += 1;
            area.kept += usize::from(result.verdict.is_kept());
            area.failed += usize::from(matches!(result.verdict, Verdict::Fail | Verdict::Misrouted));
            area.warned += usize::from(result.verdict == Verdict::Warn);
        }
    }
    areas
}

fn cases(digest: &Digest<'_>) -> CaseCounts {
    let mut counts = CaseCounts::default();
    for (path, case) in digest.cases.iter().filter(|(path, _)| **path != FIXTURE) {
        let Some(record) = case.record else { continue };
        let reason = match &record.state {
            CaseState::Drawn | CaseState::Tried => continue,
            _ if case.ran() => {
                counts.ran += 1;
                continue;
            }
            CaseState::Runs => {
                counts.cut_short += 1;
                "the run ended before it did".to_owned()
            }
            CaseState::NotRun { reason } => {
                counts.not_run += 1;
                reason.clone()
            }
            CaseState::NotApplicable { reason } => {
                counts.not_applicable += 1;
                reason.clone()
            }
            CaseState::Unsupported { operation } => {
                counts.unsupported += 1;
                format!("{operation} is not there")
            }
            CaseState::Error { reason } => {
                counts.error += 1;
                format!("the harness failed: {reason}")
            }
        };
        counts.skipped.push(Skipped { case: (*path).to_owned(), reason });
    }
    counts
}
