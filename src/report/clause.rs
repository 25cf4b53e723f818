use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::digest::{Attempt, Case, Digest};
use super::waive;
use crate::oracle::Verdict;
use crate::record::{CaseState, ClauseRecord};
use crate::service::Operation;
use crate::spec::Level;

/// The clause about the four snapshot operations being there.
pub(super) const SUPPORTED: &str = "front.supported";
/// The clause about this service answering, and no other.
pub(super) const ROUTED: &str = "front.routed";
/// The clause that says that tag operations are accepted.
pub(super) const TAGS: &str = "tags.succeeds";

const DEAD: &str = "the target did not show that it lives";

/// What a run says of one clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ClauseResult {
    /// The clause's id.
    pub id: String,
    /// The first part of the id.
    pub area: String,
    /// `MUST`, `SHOULD`, `MAY`.
    pub level: String,
    /// How well it is known.
    pub grade: String,
    /// What all cases together say of it.
    pub verdict: Verdict,
    /// What it says.
    pub says: String,
    /// Where it comes from.
    pub source: String,
    /// Why it was not judged; empty where it was.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// How many cases ruled on it.
    pub cases: usize,
    /// The place of the waiver that accepts that it is open.
    #[serde(skip)]
    pub(super) waiver: Option<usize>,
}

impl ClauseResult {
    /// Tells whether it is a MUST.
    #[must_use]
    pub fn is_must(&self) -> bool {
        self.level == Level::Must.word()
    }
}

/// What the cases said of a clause.
#[derive(Default)]
struct Said<'a> {
    verdict: Option<Verdict>,
    paths: BTreeSet<&'a str>,
    /// In how many sequences besides.
    sequences: usize,
    open: BTreeMap<Verdict, String>,
}

impl Said<'_> {
    fn join(&mut self, verdict: Verdict) {
        self.verdict = Some(self.verdict.map_or(verdict, |known| known.join(verdict)));
    }
}

/// Returns the verdict that is written so; a word that nobody knows is a fault of the harness that wrote it.
pub(super) fn verdict_of(word: &str) -> Verdict {
    Verdict::ALL.iter().copied().find(|verdict| verdict.word() == word).unwrap_or(Verdict::Error)
}

/// Tells whether a target without the operation cannot conform.
pub(super) fn is_essential(operation: &str) -> bool {
    use Operation::{CopySnapshot, CreateSnapshot, DeleteSnapshot, DescribeSnapshots};
    [CopySnapshot, CreateSnapshot, DescribeSnapshots, DeleteSnapshot].iter().any(|known| known.name() == operation)
}

/// Tells whether it is an operation on tags. That S3 is not there is said of no clause: exports are then not judged.
pub(super) fn is_of_tags(operation: &str) -> bool {
    use Operation::{AddTagsToResource, ListTagsForResource, RemoveTagsFromResource};
    [AddTagsToResource, RemoveTagsFromResource, ListTagsForResource].iter().any(|known| known.name() == operation)
}

/// What stands for S3 among the operations.
pub(super) const S3: &str = "S3";

/// Returns what the run says of each selected clause, in the order of the log.
pub(super) fn results(digest: &Digest<'_>) -> Vec<ClauseResult> {
    let mut said: BTreeMap<&str, Said<'_>> = BTreeMap::new();
    let run_lives = any_lives(digest);
    for (path, attempt, ruling) in digest.said() {
        let word = ruling.verdict;
        // A sequence holds what it was drawn with: that nothing of it could succeed says nothing of a target that lives.
        if word == Verdict::PreconditionFailed && run_lives && digest.cases.get(path).is_some_and(Case::is_sequence) {
            continue;
        }
        let entry = said.entry(ruling.clause).or_default();
        entry.join(word);
        entry.paths.insert(path);
        if let Some(waiver) = ruling.waiver.and_then(|place| digest.waivers.get(place)) {
            entry.open.entry(word).or_insert_with(|| waive::accepted(waiver));
        }
        if matches!(word, Verdict::NotRun | Verdict::PreconditionFailed | Verdict::Inconclusive) {
            entry.open.entry(word).or_insert_with(|| why_open(attempt, word, ruling.clause));
        }
    }
    for (clause, verdicts) in digest.clean.iter().flat_map(|clean| &clean.said) {
        let entry = said.entry(clause).or_default();
        verdicts.keys().for_each(|word| entry.join(verdict_of(word)));
        entry.sequences = verdicts.values().sum();
    }
    for (clause, verdict) in support(digest) {
        let entry = said.entry(clause).or_default();
        entry.join(verdict);
        entry.open.entry(verdict).or_insert_with(|| match verdict {
            Verdict::PreconditionFailed => DEAD.to_owned(),
            _ => String::new(),
        });
    }
    digest
        .clauses
        .iter()
        .map(|clause| {
            let entry = said.get(clause.id.as_str());
            let (verdict, why) = match entry.and_then(|said| said.verdict.map(|verdict| (said, verdict))) {
                Some((said, verdict)) => (verdict, said.open.get(&verdict).cloned().unwrap_or_default()),
                None => unsaid(digest, clause, run_lives),
            };
            let waiver = waive::of_open(digest, &clause.id, verdict, &why);
            let (verdict, why) = match waiver.and_then(|place| digest.waivers.get(place)) {
                Some(waiver) => (Verdict::KnownFail, waive::accepted(waiver)),
                None => (verdict, why),
            };
            ClauseResult {
                id: clause.id.clone(),
                area: clause.id.split('.').next().unwrap_or_default().to_owned(),
                level: clause.level.clone(),
                grade: clause.grade.clone(),
                verdict,
                says: clause.says.clone(),
                source: clause.source.clone(),
                why,
                cases: entry.map_or(0, |said| said.paths.len() + said.sequences),
                waiver,
            }
        })
        .collect()
}

/// Returns what the answers to the probe say, clause by clause.
fn support(digest: &Digest<'_>) -> Vec<(&'static str, Verdict)> {
    let mut said = Vec::new();
    let essential = || digest.supports.iter().filter(|support| is_essential(&support.operation));
    if digest.answered("unsupported").any(|support| is_essential(&support.operation)) {
        said.push((SUPPORTED, Verdict::Unsupported));
    } else if essential().any(|support| support.state == "unsupported") {
        said.push((SUPPORTED, Verdict::KnownFail));
    } else if essential().count() == 4 && essential().all(|support| support.state == "supported") {
        said.push((SUPPORTED, if any_lives(digest) { Verdict::Pass } else { Verdict::PreconditionFailed }));
    }
    let mut of = |clause, state: &str, verdict, is_it: fn(&str) -> bool| {
        let all = || digest.supports.iter().filter(|support| support.state == state && is_it(&support.operation));
        if all().next().is_some() {
            let open = all().any(|support| !digest.waived.contains_key(&*support.operation));
            said.push((clause, if open { verdict } else { Verdict::KnownFail }));
        }
    };
    of(ROUTED, "misrouted", Verdict::Misrouted, |_| true);
    of(TAGS, "unsupported", Verdict::Warn, is_of_tags);
    said
}

/// Tells whether the target showed anywhere in the run that it lives.
fn any_lives(digest: &Digest<'_>) -> bool {
    digest.clean.is_some_and(|clean| clean.lives) || digest.cases.values().flat_map(|case| &case.attempts).any(lives)
}

fn lives(attempt: &Attempt<'_>) -> bool {
    attempt.verdict.is_some_and(|verdict| verdict.lives)
}

fn why_open(attempt: &Attempt<'_>, verdict: Verdict, clause: &str) -> String {
    match verdict {
        Verdict::NotRun => return "the target had no room for the cluster that it takes".to_owned(),
        Verdict::PreconditionFailed if lives(attempt) => {
            return "the same request without its fault did not succeed".to_owned();
        }
        Verdict::PreconditionFailed => return DEAD.to_owned(),
        _ => {}
    }
    let mut rulings = attempt.judgements.iter().flat_map(|judgement| &judgement.rulings);
    let ruling = rulings.find(|ruling| ruling.clause == clause && ruling.reason == Verdict::Inconclusive.word());
    ruling
        .map(|ruling| if ruling.observed.is_empty() { ruling.expected.clone() } else { ruling.observed.clone() })
        .unwrap_or_default()
}

/// Returns the verdict of a clause that no case ruled on, and why none did.
fn unsaid(digest: &Digest<'_>, clause: &ClauseRecord, run_lives: bool) -> (Verdict, String) {
    if let Some(reason) = &clause.unprobed {
        return (Verdict::NotApplicable, reason.clone());
    }
    let listing: Vec<&Case<'_>> = digest
        .cases
        .values()
        .filter(|case| case.record.is_some_and(|record| record.clauses.contains(&clause.id)))
        .collect();
    if listing.iter().any(|case| case.ran()) {
        // On a target that does not live, that something was never shown says nothing of the target's kind.
        return if run_lives {
            (Verdict::NotApplicable, "what it speaks of was never shown".to_owned())
        } else {
            (Verdict::PreconditionFailed, DEAD.to_owned())
        };
    }
    let states = || listing.iter().filter_map(|case| case.record.map(|record| &record.state));
    if let Some(reason) = states().find_map(|state| match state {
        CaseState::Error { reason } => Some(reason),
        _ => None,
    }) {
        return (Verdict::Error, reason.clone());
    }
    let absent = states().all(|state| matches!(state, CaseState::Unsupported { .. } | CaseState::NotApplicable { .. }));
    let verdict =
        match states().find(|state| matches!(state, CaseState::Unsupported { .. })).or_else(|| states().next()) {
            Some(CaseState::Unsupported { .. }) if absent => Verdict::Unsupported,
            Some(_) if absent => Verdict::NotApplicable,
            _ => Verdict::NotRun,
        };
    let reason = states().find_map(|state| match (verdict, state) {
        (Verdict::Unsupported, CaseState::Unsupported { operation }) => Some(format!("{operation} is not there")),
        (Verdict::NotApplicable, CaseState::NotApplicable { reason })
        | (Verdict::NotRun, CaseState::NotRun { reason }) => Some(reason.clone()),
        _ => None,
    });
    let reason = reason.unwrap_or_else(|| {
        let cut = listing.iter().any(|case| case.cut_short());
        if cut || !digest.footer.is_some_and(|footer| footer.complete) {
            "the run ended before a case could tell"
        } else {
            "no case that probes it was to run"
        }
        .to_owned()
    });
    (verdict, reason)
}
