use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::judgement::{Contradiction, Judgement, Mark, Needs};
use crate::service::{Call, Operation, Outcome};
use crate::spec::{Catalogue, ClauseId, Severity, id};
use crate::trace::Event;

/// What is said of a clause, worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is kept.
    Pass,
    /// It is kept by a listed alternative.
    NonStrict,
    /// A capability is absent, or a state was never shown.
    NotApplicable,
    /// No case that probes it ran.
    NotRun,
    /// The operation is answered like an invented action.
    Unsupported,
    /// The target does not live, or refuses the request without its fault too.
    PreconditionFailed,
    /// Nothing can be said.
    Inconclusive,
    /// It is contradicted, and a waiver accepts that.
    KnownFail,
    /// A SHOULD, or a clause that no source settles, is contradicted.
    Warn,
    /// It is kept at times.
    Flaky,
    /// A waiver for it matches nothing.
    StaleWaiver,
    /// Another service answered.
    Misrouted,
    /// It is contradicted.
    Fail,
    /// The authority disagrees: the model is wrong.
    ModelStale,
    /// The harness itself failed.
    Error,
}

impl Verdict {
    /// Every verdict, worst last.
    pub const ALL: &'static [Self] = &[
        Self::Pass,
        Self::NonStrict,
        Self::NotApplicable,
        Self::NotRun,
        Self::Unsupported,
        Self::PreconditionFailed,
        Self::Inconclusive,
        Self::KnownFail,
        Self::Warn,
        Self::Flaky,
        Self::StaleWaiver,
        Self::Misrouted,
        Self::Fail,
        Self::ModelStale,
        Self::Error,
    ];

    /// Returns the JSON spelling.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::NonStrict => "non_strict",
            Self::NotApplicable => "not_applicable",
            Self::NotRun => "not_run",
            Self::Unsupported => "unsupported",
            Self::PreconditionFailed => "precondition_failed",
            Self::Inconclusive => "inconclusive",
            Self::KnownFail => "known_fail",
            Self::Warn => "warn",
            Self::Flaky => "flaky",
            Self::StaleWaiver => "stale_waiver",
            Self::Misrouted => "misrouted",
            Self::Fail => "fail",
            Self::ModelStale => "model_stale",
            Self::Error => "error",
        }
    }

    /// Tells whether the clause is kept.
    #[must_use]
    pub const fn is_kept(self) -> bool {
        matches!(self, Self::Pass | Self::NonStrict)
    }

    /// Joins what two observations say: a contradiction beats all, and what was seen kept beats what could not be seen.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        let blind = |verdict: Self| verdict >= Self::NotApplicable && verdict <= Self::Inconclusive;
        match (self.is_kept(), other.is_kept()) {
            (true, false) if blind(other) => self,
            (false, true) if blind(self) => other,
            _ => self.max(other),
        }
    }
}

/// Which event of a case contradicts a clause, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The event's place in the trace.
    pub event: usize,
    /// What was expected and observed.
    pub contradiction: Contradiction,
}

/// What has to succeed before a refusal of it says something. A copy to a bucket is another deed than one within the
/// service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    operation: Operation,
    exports: bool,
}

impl Deed {
    /// Returns the deed that a call is.
    #[must_use]
    pub fn of(call: &Call) -> Self {
        Self { operation: call.operation(), exports: call.is_export() }
    }

    /// Returns the deed that a ruling is about: what a look at a bucket or a snapshot says of refused exports is about
    /// an export.
    fn asked(clause: ClauseId, call: &Call) -> Self {
        if clause == id::EXPORT_REFUSAL_NO_EFFECT {
            return Self { operation: Operation::CopySnapshot, exports: true };
        }
        Self::of(call)
    }
}

/// What a case says of the clauses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseVerdicts {
    /// A verdict for each clause that was ruled on, with the first evidence against it.
    pub clauses: BTreeMap<ClauseId, (Verdict, Option<Evidence>)>,
    /// Whether the target showed something it had made, did not show a name that was never made, and showed a deleted
    /// one gone.
    pub lives: bool,
    /// Whether that was seen elsewhere, and not in the case.
    pub lives_elsewhere: bool,
    /// What was known to succeed from elsewhere.
    pub twins: Vec<Deed>,
}

impl CaseVerdicts {
    /// Joins the judgements of one case.
    ///
    /// Nothing passes without proof of life, and no refusal passes unless a call of the same operation succeeds; where
    /// the target says that it has no room for that, the refusal counts as not run.
    /// `twins` are what is known to succeed from elsewhere.
    #[must_use]
    pub fn of(catalogue: &Catalogue, trace: &[(Event, Judgement)], twins: &[Deed]) -> Self {
        Self::of_run(catalogue, trace, twins, false)
    }

    /// Joins the judgements of one case of a run in which the target showed elsewhere that it lives, where it did.
    #[must_use]
    pub fn of_run(catalogue: &Catalogue, trace: &[(Event, Judgement)], twins: &[Deed], elsewhere: bool) -> Self {
        let passed = |wanted: &[ClauseId]| {
            trace.iter().any(|(_, judgement)| wanted.iter().any(|clause| judgement.passes(*clause)))
        };
        let here = passed(&[id::COPY_VISIBLE, id::CREATE_VISIBLE])
            && passed(&[id::DESCRIBE_NO_GHOSTS])
            && passed(&[id::DELETE_GONE]);
        let lives = here || elsewhere;
        let succeeded = |deed: Deed| {
            let is_it = |event: &Event| Deed::of(&event.step.call) == deed;
            twins.contains(&deed) || trace.iter().any(|(event, judgement)| judgement.succeeded && is_it(event))
        };
        let lacks_room = |deed: Deed| {
            let says_so = |outcome: &Outcome| matches!(outcome, Outcome::Fault(fault) if fault.code.is_lack_of_room());
            trace.iter().any(|(event, _)| Deed::of(&event.step.call) == deed && says_so(&event.outcome))
        };
        let mut clauses: BTreeMap<ClauseId, (Verdict, Option<Evidence>)> = BTreeMap::new();
        for (index, (event, judgement)) in trace.iter().enumerate() {
            for (clause, mark, needs) in judgement.marks() {
                let (verdict, evidence) = match mark {
                    Mark::Contradicted(contradiction) => {
                        let verdict = contradicted(catalogue, clause);
                        (verdict, Some(Evidence { event: index, contradiction: contradiction.as_ref().clone() }))
                    }
                    Mark::Inconclusive(_) => (Verdict::Inconclusive, None),
                    Mark::Pass | Mark::NonStrict if !lives => (Verdict::PreconditionFailed, None),
                    Mark::Pass | Mark::NonStrict
                        if needs == Needs::Twin && !succeeded(Deed::asked(clause, &event.step.call)) =>
                    {
                        // Where nothing can be made for want of room, the target is not to blame that it can't be seen.
                        let room = lacks_room(Deed::of(&event.step.call));
                        (if room { Verdict::NotRun } else { Verdict::PreconditionFailed }, None)
                    }
                    Mark::Pass => (Verdict::Pass, None),
                    Mark::NonStrict => (Verdict::NonStrict, None),
                };
                let entry = clauses.entry(clause).or_insert((verdict, None));
                entry.0 = entry.0.join(verdict);
                if entry.1.is_none() {
                    entry.1 = evidence;
                }
            }
        }
        Self { clauses, lives, lives_elsewhere: lives && !here, twins: twins.to_vec() }
    }
}

/// Returns what a contradiction of the clause amounts to.
fn contradicted(catalogue: &Catalogue, clause: ClauseId) -> Verdict {
    if clause == id::FRONT_ROUTED {
        return Verdict::Misrouted;
    }
    match catalogue.clause(clause).map(crate::spec::Clause::severity) {
        Some(Severity::Fail) => Verdict::Fail,
        Some(Severity::Warn) | None => Verdict::Warn,
    }
}
