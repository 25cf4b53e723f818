use serde::Serialize;

use super::clause::ClauseResult;
use super::words::{plural, some_of};
use crate::oracle::Verdict;
use crate::spec::{Grade, Level};

/// What a target can be relied on for, in a word. Each takes in those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Requests are understood, and answers have the right form, codes and statuses.
    Wire,
    /// What is asked for is done: copies, their life, their tags, refusals, exports.
    Behaviour,
    /// Whatever AWS does that any source speaks of: races, which fault is answered, messages, what is only inferred.
    Faithful,
}

/// The areas whose settled clauses make the tier *wire*.
const WIRE: &[&str] = &["wire", "front"];
/// The grades that settle a clause.
const SETTLED: &[Grade] = &[Grade::Documented, Grade::Modelled, Grade::Observed];

impl Tier {
    /// Every tier, lowest first.
    pub const ALL: &'static [Self] = &[Self::Wire, Self::Behaviour, Self::Faithful];

    /// Returns the word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Wire => "wire",
            Self::Behaviour => "behaviour",
            Self::Faithful => "faithful",
        }
    }

    /// Returns which clauses it takes, as reports say it.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Wire => "every MUST of the areas wire and front that is documented, modelled or observed",
            Self::Behaviour => {
                "also every other MUST that is documented, modelled or observed, but for calls at the same time"
            }
            Self::Faithful => {
                "also every MUST about calls at the same time, every MUST that is inferred or disputed, and every SHOULD"
            }
        }
    }

    /// Returns the tier that a clause belongs to; `None` for a MAY.
    fn of(clause: &ClauseResult) -> Option<Self> {
        let settled = SETTLED.iter().any(|grade| grade.word() == clause.grade);
        let overlaps = clause.area == "overlap" || clause.id.contains(".race.");
        match clause.level.as_str() {
            level if level == Level::Must.word() && settled && !overlaps => {
                Some(if WIRE.contains(&clause.area.as_str()) { Self::Wire } else { Self::Behaviour })
            }
            level if level == Level::Must.word() || level == Level::Should.word() => Some(Self::Faithful),
            _ => None,
        }
    }
}

/// What a run says of the tiers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Tiers {
    /// The highest that is reached; absent where none is.
    pub reached: Option<Tier>,
    /// Why no tier can be given at all; absent where one could.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Tier by tier, lowest first.
    pub tiers: Vec<TierResult>,
}

/// What a run says of one tier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct TierResult {
    /// The tier.
    pub tier: Tier,
    /// Which clauses it takes besides those of the tiers before it.
    pub rule: &'static str,
    /// Whether it is reached, and every tier before it.
    pub reached: bool,
    /// How many of its own clauses are kept.
    pub kept: usize,
    /// How many of its own clauses apply.
    pub of: usize,
    /// Those of its own clauses that apply and were not seen kept.
    pub lacking: Vec<String>,
}

impl Tiers {
    /// Returns what the clauses come to; `why` is why no tier can be given.
    pub(super) fn of(results: &[ClauseResult], why: Option<String>) -> Self {
        let mut tiers: Vec<TierResult> = Vec::new();
        for tier in Tier::ALL.iter().copied() {
            let own = || results.iter().filter(move |result| Tier::of(result) == Some(tier));
            let applies = || own().filter(|result| result.verdict != Verdict::NotApplicable);
            let lacking: Vec<String> =
                applies().filter(|result| !result.verdict.is_kept()).map(|result| result.id.clone()).collect();
            let (kept, of) = (applies().count() - lacking.len(), applies().count());
            let before = tiers.last().is_none_or(|before| before.reached);
            let reached = why.is_none() && before && lacking.is_empty() && kept > 0;
            tiers.push(TierResult { tier, rule: tier.rule(), reached, kept, of, lacking });
        }
        let reached = tiers.iter().filter(|result| result.reached).map(|result| result.tier).max();
        Self { reached, why, tiers }
    }

    /// Returns the tier, or that there is none.
    #[must_use]
    pub fn word(&self) -> &'static str {
        self.reached.map_or("none", Tier::word)
    }

    /// Returns in one line which tier is reached and what the next one lacks.
    pub(super) fn line(&self) -> String {
        if let Some(why) = &self.why {
            return format!("none: {why}");
        }
        let Some(next) = self.tiers.iter().find(|result| !result.reached) else {
            return self.word().to_owned();
        };
        let ids: Vec<&str> = next.lacking.iter().map(String::as_str).collect();
        let lacks = if ids.is_empty() { "a clause that applies".to_owned() } else { some_of(&ids, 3) };
        let missing = plural(next.lacking.len(), "clause");
        let missing = if ids.len() > 3 { format!(" ({missing})") } else { String::new() };
        format!("{}; {} lacks {lacks}{missing}", self.word(), next.tier.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clause(id: &str, level: &str, grade: &str, verdict: Verdict) -> ClauseResult {
        ClauseResult {
            id: id.to_owned(),
            area: id.split('.').next().unwrap_or_default().to_owned(),
            level: level.to_owned(),
            grade: grade.to_owned(),
            verdict,
            says: String::new(),
            source: String::new(),
            why: String::new(),
            cases: 1,
            waiver: None,
        }
    }

    /// The verdicts of a settled clause of `wire`, of one of `copy`, of a race, of an inferred one, and of a SHOULD.
    fn check(verdicts: [Verdict; 5], wanted: &str) {
        let [wire, copy, race, inferred, should] = verdicts;
        let results = [
            clause("wire.result", "MUST", "modelled", wire),
            clause("copy.succeeds", "MUST", "documented", copy),
            clause("copy.race.one-winner", "MUST", "documented", race),
            clause("front.unsigned", "MUST", "inferred", inferred),
            clause("wire.error.message", "SHOULD", "documented", should),
        ];
        assert_eq!(Tiers::of(&results, None).line(), wanted, "{verdicts:?}");
    }

    #[test]
    fn a_tier_needs_every_clause_of_it_and_of_those_below() {
        use Verdict::{Fail, Inconclusive, KnownFail, NonStrict, NotApplicable, NotRun, Pass, Unsupported, Warn};
        check([Pass; 5], "faithful");
        check([Pass, NonStrict, Pass, NotApplicable, Pass], "faithful");
        check([Pass, Pass, Pass, Pass, Warn], "behaviour; faithful lacks wire.error.message");
        check([Pass, Pass, Fail, Warn, Pass], "behaviour; faithful lacks copy.race.one-winner and front.unsigned");
        for open in [Fail, NotRun, Inconclusive, Unsupported, KnownFail] {
            check([Pass, open, Pass, Pass, Pass], "wire; behaviour lacks copy.succeeds");
            check([open, Pass, Pass, Pass, Pass], "none; wire lacks wire.result");
        }
        check([NotApplicable; 5], "none; wire lacks a clause that applies");
    }

    #[test]
    fn a_part_of_a_run_has_no_tier() {
        let results = [clause("wire.result", "MUST", "modelled", Verdict::Pass)];
        let tiers = Tiers::of(&results, Some("only some cases were chosen".to_owned()));
        assert_eq!(tiers.line(), "none: only some cases were chosen");
        assert_eq!(tiers.reached, None);
    }
}
