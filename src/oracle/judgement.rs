use smallvec::SmallVec;

use crate::spec::{ClauseId, ClauseSet, id};

/// In what way an answer differs from what is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Another value than the one that must be there.
    Wrong,
    /// Something that must be there is not.
    Missing,
    /// A text that is not of its type.
    Malformed,
    /// Something is there that must not be.
    Unexpected,
}

impl Reason {
    /// Returns the word in reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::Unexpected => "unexpected",
        }
    }
}

/// What was expected and what was seen instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// In what way they differ.
    pub reason: Reason,
    /// What the clause asks for.
    pub expected: String,
    /// What came.
    pub observed: String,
}

/// What an event says of a clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It is kept.
    Pass,
    /// It is kept by a listed alternative.
    NonStrict,
    /// It is contradicted.
    Contradicted(Box<Contradiction>),
    /// Nothing can be said, for this reason.
    Inconclusive(&'static str),
}

/// What must be shown besides, before a mark may count as a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// That the target lives.
    Life,
    /// That, and that the request succeeds without its fault.
    Twin,
}

/// What an event says of one clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// The clause.
    pub clause: ClauseId,
    /// What is said of it.
    pub mark: Mark,
    /// What a pass needs.
    pub needs: Needs,
}

/// What is said of one event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// The clauses that are kept as sources say, and need nothing but that the target lives: most of what is ever said.
    pub kept: ClauseSet,
    /// What else is said, clause by clause.
    pub rulings: SmallVec<[Ruling; 4]>,
    /// Whether the answer is one of a target that is still busy, or one that lags: worth asking again.
    pub passing: bool,
    /// Whether the call was answered by an allowed reply, as a twin has to be.
    pub succeeded: bool,
    /// Whether the call was refused as allowed, so that a twin and a read-back are wanted.
    pub refused: bool,
    /// Whether the outcome was not an answer of the service.
    pub unanswered: bool,
    /// Whether nobody asks but for contradictions: nothing else is noted then.
    pub(super) brief: bool,
}

impl Judgement {
    /// One that notes contradictions and nothing else.
    pub(super) fn brief() -> Self {
        Self { brief: true, ..Self::default() }
    }

    pub(crate) fn pass(&mut self, clause: ClauseId) {
        if !self.brief {
            self.kept.insert(clause);
        }
    }

    /// Rules that all of them are kept.
    pub(super) fn pass_all(&mut self, clauses: ClauseSet) {
        if !self.brief {
            self.kept |= clauses;
        }
    }

    /// Rules that a describe lags: it is to be asked again.
    pub(super) fn lags(&mut self) {
        self.pass(id::DESCRIBE_LAG);
        self.passing = true;
    }

    /// Tells whether a describe that lags was seen.
    #[must_use]
    pub fn shows_lag(&self) -> bool {
        self.passing && self.kept.contains(id::DESCRIBE_LAG)
    }

    pub(crate) fn mark(&mut self, clause: ClauseId, mark: Mark, needs: Needs) {
        if mark == Mark::Pass && needs == Needs::Life {
            self.pass(clause);
        } else if !self.brief || matches!(mark, Mark::Contradicted(_)) {
            self.rulings.push(Ruling { clause, mark, needs });
        }
    }

    pub(crate) fn contradict(
        &mut self,
        clause: ClauseId,
        reason: Reason,
        expected: impl Into<String>,
        observed: impl Into<String>,
    ) {
        let contradiction = Contradiction { reason, expected: expected.into(), observed: observed.into() };
        self.mark(clause, Mark::Contradicted(Box::new(contradiction)), Needs::Life);
    }

    /// Adds what another judgement of the same event says, and takes over what it says of the answer.
    pub(super) fn extend(&mut self, other: Self) {
        self.flags_of(&other);
        self.add(other);
    }

    /// Adds what another judgement of the same event says of clauses.
    pub(super) fn add(&mut self, other: Self) {
        self.kept |= other.kept;
        self.rulings.extend(other.rulings);
    }

    /// Leaves what the other judgement says of clauses as well.
    pub(super) fn retain(&mut self, other: &Self) {
        self.kept &= other.kept;
        self.rulings.retain(|ruling| other.rulings.contains(ruling));
    }

    /// Rules as told, and returns the clauses that are kept by that; `None` where anything else was said.
    pub(super) fn only_kept(&mut self, rule: impl FnOnce(&mut Self)) -> Option<ClauseSet> {
        let (before, others) = (std::mem::take(&mut self.kept), self.rulings.len());
        rule(self);
        let kept = self.kept;
        self.kept |= before;
        (!self.brief && self.rulings.len() == others).then_some(kept)
    }

    /// Takes over what another judgement of the same event says of the answer, clauses apart.
    pub(super) fn flags_of(&mut self, other: &Self) {
        self.passing = other.passing;
        self.succeeded = other.succeeded;
        self.refused = other.refused;
        self.unanswered = other.unanswered;
    }

    /// Tells whether it says nothing but that clauses are kept.
    #[must_use]
    pub fn only_passes(&self) -> bool {
        self.rulings.iter().all(|ruling| matches!(ruling.mark, Mark::Pass | Mark::NonStrict))
    }

    /// Walks what is said of clauses, and what a pass of them needs.
    pub fn marks(&self) -> impl Iterator<Item = (ClauseId, &Mark, Needs)> {
        let kept = self.kept.iter().map(|clause| (clause, &Mark::Pass, Needs::Life));
        kept.chain(self.rulings.iter().map(|ruling| (ruling.clause, &ruling.mark, ruling.needs)))
    }

    /// Tells whether the clause is kept as sources say, whatever that needs.
    #[must_use]
    pub fn passes(&self, clause: ClauseId) -> bool {
        self.marks().any(|(of, mark, _)| of == clause && *mark == Mark::Pass)
    }

    /// Walks the contradictions.
    pub fn contradictions(&self) -> impl Iterator<Item = (ClauseId, &Contradiction)> {
        self.rulings.iter().filter_map(|ruling| match &ruling.mark {
            Mark::Contradicted(contradiction) => Some((ruling.clause, contradiction.as_ref())),
            Mark::Pass | Mark::NonStrict | Mark::Inconclusive(_) => None,
        })
    }
}
