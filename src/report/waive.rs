use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};
use serde::Serialize;

use super::clause::{self, ClauseResult, ROUTED, SUPPORTED, TAGS};
use super::digest::{Attempt, Digest, FIXTURE};
use super::finding::{self, Finding};
use super::steps::plain_names;
use super::words::spoken;
use crate::oracle::Verdict;
use crate::record::{EvidenceRecord, Record, SupportRecord, Waiver};

/// For how many days a waiver holds at most.
pub const LONGEST: i64 = 180;

/// What an attempt says of a clause, waivers applied.
pub(super) struct Ruled<'a> {
    pub(super) clause: &'a str,
    pub(super) verdict: Verdict,
    /// The first step against it that no waiver accepts, or else the first.
    pub(super) evidence: Option<Cow<'a, EvidenceRecord>>,
    /// The place of the waiver that accepts the evidence, where all that speaks against it is accepted.
    pub(super) waiver: Option<usize>,
    /// The places of all waivers that accept something of it.
    pub(super) accepting: Vec<usize>,
}

/// What has become of a waiver in a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct WaiverResult {
    /// The waiver as it stood in its file.
    #[serde(flatten)]
    pub waiver: Waiver,
    /// Whether it accepted something.
    pub used: bool,
    /// Why it is red; absent where it is in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale: Option<String>,
}

/// Returns what an attempt says of the clauses. One other failure of the same clause, at any step, is not waived with it.
///
/// What speaks against a clause on the authority speaks against the model.
pub(super) fn ruled<'a>(attempt: &Attempt<'a>, waivers: &[&Waiver], run: &str, is_authority: bool) -> Vec<Ruled<'a>> {
    let Some(verdict) = attempt.verdict else { return Vec::new() };
    let plain = |text: &str| plain_names(text, attempt.prefix, run);
    let said = verdict.clauses.iter().map(|said| {
        let verdict = match clause::verdict_of(&said.verdict) {
            Verdict::Fail | Verdict::Warn if is_authority => Verdict::ModelStale,
            verdict => verdict,
        };
        let evidence = said.evidence.as_ref().map(Cow::Borrowed);
        let mut ruled = Ruled { clause: &said.clause, verdict, evidence, waiver: None, accepting: Vec::new() };
        let Some(first) = said.evidence.as_ref().filter(|_| waivers.iter().any(|it| it.clause == said.clause)) else {
            return ruled;
        };
        let rulings = attempt
            .judgements
            .iter()
            .flat_map(|judgement| judgement.rulings.iter().map(|ruling| (judgement.step, ruling)))
            .filter(|(_, ruling)| ruling.clause == said.clause && ruling.reason != Verdict::Inconclusive.word());
        let all = rulings.map(|(step, ruling)| EvidenceRecord {
            step,
            reason: ruling.reason.clone(),
            expected: ruling.expected.clone(),
            observed: ruling.observed.clone(),
        });
        let mut open: Option<EvidenceRecord> = None;
        for evidence in std::iter::once(first.clone()).chain(all) {
            let (expected, observed) = (plain(&evidence.expected), plain(&evidence.observed));
            let places = all_accepting(waivers, &said.clause, &expected, &observed).collect::<Vec<_>>();
            if places.is_empty() {
                open = open.or(Some(evidence));
            }
            ruled.accepting.extend(places);
        }
        match open {
            Some(evidence) => ruled.evidence = Some(Cow::Owned(evidence)),
            None => {
                ruled.verdict = Verdict::KnownFail;
                ruled.waiver = ruled.accepting.first().copied();
            }
        }
        ruled
    });
    said.collect()
}

/// Returns the place of the first waiver of the clause that accepts that.
pub(super) fn accepting(waivers: &[&Waiver], clause: &str, expected: &str, observed: &str) -> Option<usize> {
    all_accepting(waivers, clause, expected, observed).next()
}

fn all_accepting(waivers: &[&Waiver], clause: &str, expected: &str, observed: &str) -> impl Iterator<Item = usize> {
    let accepts = move |waiver: &Waiver| waiver.known && waiver.clause == clause && waiver.accepts(expected, observed);
    waivers.iter().enumerate().filter(move |(_, waiver)| accepts(waiver)).map(|(place, _)| place)
}

/// Returns the clause that an answer to the probe speaks against, and what is expected and observed; `None` where it
/// speaks against none.
pub(super) fn probed(support: &SupportRecord, run: &str) -> Option<(&'static str, String, String)> {
    let operation = &support.operation;
    let seen = plain_names(&support.seen, "", run);
    match support.state.as_str() {
        "misrouted" => Some((ROUTED, format!("{operation} is answered by ElastiCache"), seen)),
        "unsupported" if clause::is_essential(operation) => Some((
            SUPPORTED,
            format!("{operation} has an answer of its own"),
            format!("{seen}, as an invented action is"),
        )),
        "unsupported" if clause::is_of_tags(operation) => {
            Some((TAGS, format!("{operation} has an answer of its own"), format!("{seen}, as an invented action is")))
        }
        _ => None,
    }
}

/// Returns the place of the waiver that accepts the answer to the probe. It has to name the operation: that one is not
/// there does not excuse another.
pub(super) fn of_probe(support: &SupportRecord, waivers: &[&Waiver], run: &str) -> Option<usize> {
    let (clause, expected, observed) = probed(support, run)?;
    let place = accepting(waivers, clause, &expected, &observed)?;
    waivers.get(place).filter(|waiver| waiver.field.as_deref() == Some(&support.operation)).map(|_| place)
}

/// Returns what an open clause comes to where a waiver accepts why it is open, `inconclusive: …`.
pub(super) fn of_open(digest: &Digest<'_>, clause: &str, verdict: Verdict, why: &str) -> Option<usize> {
    matches!(verdict, Verdict::Inconclusive | Verdict::PreconditionFailed)
        .then(|| accepting(&digest.waivers, clause, "", &opened(verdict, why)))
        .flatten()
}

/// Returns what a waiver of an open clause accepts.
pub(super) fn opened(verdict: Verdict, why: &str) -> String {
    format!("{}: {why}", spoken(verdict))
}

/// Returns what has become of the waivers, and makes the clauses of those that are red red.
pub(super) fn settle(digest: &Digest<'_>, results: &mut [ClauseResult], whole: bool) -> Vec<WaiverResult> {
    let by_clause: BTreeSet<usize> = results.iter().filter_map(|result| result.waiver).collect();
    let mut settled = Vec::new();
    for (place, waiver) in digest.waivers.iter().enumerate() {
        let used = digest.used.contains(&place) || by_clause.contains(&place);
        let result = results.iter_mut().find(|result| result.id == waiver.clause);
        let judged = result.as_ref().is_some_and(|result| is_judged(result.verdict));
        let seen = waiver.case.as_deref().is_none_or(|case| {
            digest
                .cases
                .get(case)
                .is_some_and(|case| case.ran() && !case.attempts.iter().any(|attempt| attempt.is_race(usize::MAX)))
        });
        let idle = !used && judged && seen && whole;
        let stale = red(waiver, digest.today)
            .or_else(|| idle.then(|| "it is not needed any more: nothing of the kind is seen".to_owned()));
        if let (Some(result), Some(why)) = (result, &stale)
            && (result.verdict.is_kept() || result.verdict == Verdict::KnownFail)
        {
            result.verdict = Verdict::StaleWaiver;
            result.why = format!("{}: {why}", waiver.place());
        }
        settled.push(WaiverResult { waiver: (*waiver).clone(), used, stale });
    }
    settled
}

/// Tells whether a run with that verdict says whether the clause still fails.
const fn is_judged(verdict: Verdict) -> bool {
    !matches!(
        verdict,
        Verdict::NotApplicable
            | Verdict::NotRun
            | Verdict::PreconditionFailed
            | Verdict::Inconclusive
            | Verdict::ModelStale
            | Verdict::Error
    )
}

/// Returns why a waiver is red whatever the target does.
fn red(waiver: &Waiver, today: Option<Date>) -> Option<String> {
    if !waiver.known {
        return Some("there is no such clause".to_owned());
    }
    if waiver.reason.is_empty() {
        return Some("it gives no reason".to_owned());
    }
    let expires: Date = waiver.expires.parse().ok()?;
    let today = today?;
    if expires < today {
        return Some(format!("it expired on {expires}"));
    }
    let longest: Span = LONGEST.days();
    let last = today.checked_add(longest).ok()?;
    (expires > last).then(|| format!("it expires on {expires}, more than {LONGEST} days after the run"))
}

/// Returns a finding for each waiver that is red.
pub(super) fn findings(digest: &Digest<'_>, results: &[ClauseResult], waivers: &[WaiverResult]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for settled in waivers {
        let Some(why) = &settled.stale else { continue };
        let waiver = &settled.waiver;
        let known = results.iter().find(|result| result.id == waiver.clause);
        let about =
            known.map_or(["", "", "A waiver names a clause that there is."], |it| [&it.level, &it.grade, &it.says]);
        findings.push(Finding {
            expected: format!("a waiver that is needed, gives a reason and holds: {}", waiver.outcome),
            observed: format!("{why}; {}", waiver.place()),
            reason: "unexpected".to_owned(),
            replay: digest.header.map(finding::again).unwrap_or_default(),
            ..finding::bare(&waiver.clause, about, Verdict::StaleWaiver)
        });
    }
    findings
}

/// Returns why something is accepted and until when, in one line.
pub(super) fn accepted(waiver: &Waiver) -> String {
    let reason = if waiver.reason.is_empty() { "no reason is given" } else { &waiver.reason };
    let link = waiver.link.as_ref().map(|link| format!(" ({link})")).unwrap_or_default();
    format!("until {}: {reason}{link}", waiver.expires)
}

/// Returns how old a waiver was on the day of the run, and how long it still holds from then.
pub(super) fn age(settled: &WaiverResult, started: &str) -> String {
    let day = |text: &str| text.get(..10).and_then(|day| day.parse::<Date>().ok());
    let days = |from: Date, to: Date| from.until(to).map(|span| span.get_days()).unwrap_or_default();
    let Some(today) = day(started) else { return String::new() };
    let told = |count: i32| super::words::plural(usize::try_from(count).unwrap_or_default(), "day");
    let old = settled.waiver.since.as_deref().and_then(day).map(|since| days(since, today));
    let left = day(&settled.waiver.expires).map(|expires| days(today, expires));
    let old = old.map_or_else(|| "written on no known day".to_owned(), |old| format!("{} old", told(old)));
    match left {
        Some(left) if left >= 0 => format!("{old}, {} left", told(left)),
        Some(left) => format!("{old}, expired {} before", told(-left)),
        None => old,
    }
}

/// A failure that no waiver accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// The clause.
    pub clause: String,
    /// What was expected.
    pub expected: String,
    /// What was observed, or why the clause is open.
    pub observed: String,
    /// The case that shows it first; empty where the probe does.
    pub case: String,
}

/// Returns every failure of a run that no waiver accepts, each once, and every MUST that is open.
#[must_use]
pub fn failing(records: &[Record]) -> Vec<Failing> {
    let digest = Digest::of(records);
    let run = digest.header.map_or("", |header| &header.run);
    let mut all: Vec<Failing> = Vec::new();
    let mut add = |clause: &str, expected: String, observed: String, case: &str| {
        let is_it =
            |known: &Failing| known.clause == clause && known.expected == expected && known.observed == observed;
        if !all.iter().any(is_it) {
            let case = if case == FIXTURE { String::new() } else { case.to_owned() };
            all.push(Failing { clause: clause.to_owned(), expected, observed, case });
        }
    };
    for support in &digest.supports {
        if let Some((clause, expected, observed)) =
            probed(support, run).filter(|_| !digest.waived.contains_key(&*support.operation))
        {
            add(clause, expected, observed, "");
        }
    }
    for (path, attempt, said) in digest.said() {
        let selected = digest.clauses.iter().any(|clause| clause.id == said.clause);
        let Some(evidence) = said.evidence.as_ref().filter(|_| said.waiver.is_none() && selected) else { continue };
        let plain = |text: &str| plain_names(text, attempt.prefix, run);
        add(said.clause, plain(&evidence.expected), plain(&evidence.observed), path);
        for ruling in attempt.judgements.iter().flat_map(|judgement| &judgement.rulings) {
            if ruling.clause == said.clause && ruling.reason != Verdict::Inconclusive.word() {
                add(said.clause, plain(&ruling.expected), plain(&ruling.observed), path);
            }
        }
    }
    for result in clause::results(&digest) {
        if result.is_must() && matches!(result.verdict, Verdict::Inconclusive | Verdict::PreconditionFailed) {
            add(&result.id, String::new(), opened(result.verdict, &result.why), "");
        }
    }
    all
}

/// What a case says against a clause, waivers applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Against {
    /// The clause.
    pub clause: String,
    /// What it amounts to.
    pub verdict: Verdict,
    /// The step that says so, with what was expected and observed; `None` where nothing speaks against it.
    pub evidence: Option<(usize, String, String)>,
}

/// Returns what a case says of the clauses as it was played last, waivers applied.
#[must_use]
pub fn said_of(records: &[Record], case: &str) -> Vec<Against> {
    let digest = Digest::of(records);
    let run = digest.header.map_or("", |header| &header.run);
    let Some(attempt) = digest.cases.get(case).and_then(|case| case.attempts.last()) else { return Vec::new() };
    let plain = |text: &str| plain_names(text, attempt.prefix, run);
    let said = attempt.said.iter().map(|said| Against {
        clause: said.clause.to_owned(),
        verdict: said.verdict,
        evidence: said.evidence.as_ref().map(|it| (it.step, plain(&it.expected), plain(&it.observed))),
    });
    said.collect()
}
