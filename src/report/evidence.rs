use jiff::Timestamp;
use serde::Serialize;

use super::clause::ClauseResult;
use super::summary::{ReportOptions, Summary};
use crate::oracle::Verdict;
use crate::record::{Disagreement, Header, Record, Seen, Sighting, Sightings, steady};
use crate::spec::{Amendment, Catalogue, Clause};

/// How the clauses stand with an authority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The authority.
    pub target: String,
    /// Clause by clause, in the order of the catalogue.
    pub clauses: Vec<Standing>,
}

/// How a clause stands with an authority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// The clause.
    pub clause: String,
    /// `MUST`, `SHOULD`, `MAY`.
    pub level: &'static str,
    /// How well it is known.
    pub grade: &'static str,
    /// What it says.
    pub says: String,
    /// What the last run that saw something says of it.
    pub state: Stands,
    /// When it was last seen to agree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreed: Option<Seen>,
    /// When and how it was seen to disagree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disagreed: Option<Disagreement>,
    /// Why no case can show it; absent where one can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unprobed: Option<String>,
}

/// What the last run that saw something says of a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stands {
    /// The authority does what the clause says.
    Agrees,
    /// The authority contradicts it: the clause or the model is wrong.
    Disagrees,
    /// No run saw either.
    Unseen,
}

impl Evidence {
    /// Returns how the clauses stand after all that was seen.
    #[must_use]
    pub fn of(target: &str, catalogue: &Catalogue, sightings: &Sightings) -> Self {
        let standing = |clause: &Clause| {
            let sighting = sightings.of(&clause.id).cloned().unwrap_or_default();
            let state = match &sighting {
                against if against.is_against() => Stands::Disagrees,
                Sighting { agreed: Some(_), .. } => Stands::Agrees,
                Sighting { .. } => Stands::Unseen,
            };
            Standing {
                clause: clause.id.clone(),
                level: clause.level.word(),
                grade: clause.grade.word(),
                says: clause.says.clone(),
                state,
                agreed: sighting.agreed,
                disagreed: sighting.disagreed,
                unprobed: clause.unprobed.clone(),
            }
        };
        Self { target: target.to_owned(), clauses: catalogue.iter().map(standing).collect() }
    }

    /// Walks the clauses that stand so.
    pub fn standing(&self, state: Stands) -> impl Iterator<Item = &Standing> {
        self.clauses.iter().filter(move |standing| standing.state == state)
    }

    /// Walks the clauses that a case can show and that were not seen to agree since then.
    pub fn not_since(&self, then: Timestamp) -> impl Iterator<Item = &Standing> {
        let since = move |standing: &&Standing| standing.agreed.as_ref().is_some_and(|seen| seen.at >= then);
        self.clauses.iter().filter(move |standing| standing.unprobed.is_none() && !since(standing))
    }

    /// Returns what would have to change in the clauses so that they say what the authority does.
    pub fn amendments(&self) -> impl Iterator<Item = Amendment> {
        self.standing(Stands::Disagrees).filter_map(|standing| {
            let against = standing.disagreed.as_ref()?;
            Some(Amendment {
                clause: standing.clause.clone(),
                run: against.run.clone(),
                place: format!("{} in {}", self.target, against.region),
                case: against.case.clone(),
                day: against.at.to_string().get(..10).unwrap_or_default().to_owned(),
                expected: against.expected.clone(),
                observed: against.observed.clone(),
            })
        })
    }
}

/// Returns what a run saw of the clauses, if its target is the authority. Of a clause that read otherwise then, it saw
/// nothing.
#[must_use]
pub fn sightings(records: &[Record], catalogue: &Catalogue) -> Sightings {
    let mut sightings = Sightings::default();
    let Some(header) = Record::header(records).filter(|header| header.target.authority) else { return sightings };
    // A run takes longer than a second.
    let started = header.started.parse::<Timestamp>().ok().and_then(|at| Timestamp::from_second(at.as_second()).ok());
    let Some(at) = started else { return sightings };
    let summary = Summary::of(records, ReportOptions::default());
    let is_same = |result: &&ClauseResult| catalogue.named(&result.id).is_some_and(|clause| clause.says == result.says);
    for result in summary.by_clause.iter().filter(is_same) {
        if let Some(sighting) = sighting(&summary, header, &result.id, result.verdict, at) {
            sightings.insert(&result.id, sighting);
        }
    }
    sightings
}

fn sighting(summary: &Summary, header: &Header, clause: &str, verdict: Verdict, at: Timestamp) -> Option<Sighting> {
    let (region, run) = (header.target.region.clone(), header.run.clone());
    if verdict.is_kept() {
        return Some(Sighting { agreed: Some(Seen { at, region, run }), disagreed: None });
    }
    let finding = summary.findings_of(clause).into_iter().find(|finding| finding.verdict == Verdict::ModelStale)?;
    let disagreed = Disagreement {
        since: at,
        at,
        region,
        run,
        case: finding.case.clone(),
        expected: steady(&finding.expected),
        observed: steady(&finding.observed),
    };
    Some(Sighting { agreed: None, disagreed: Some(disagreed) })
}
