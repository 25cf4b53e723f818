use std::borrow::Cow;

use smallvec::{SmallVec, smallvec};

use super::{BucketSeen, Phases, TagSets, Template, Wording};
use crate::service::{Action, Dress, FaultCode, Forgery, Member, Owner, Text};
use crate::spec::{ClauseId, id};

/// What the model asks of the world. A state answers with sets of one, a belief with all that may be true.
pub trait View {
    /// Returns the phases in which the name may be, closed under hidden progress.
    fn phases(&self, name: &str) -> Phases;

    /// Tells whether a snapshot had the name before and is gone or going.
    fn was_deleted(&self, name: &str) -> bool;

    /// Returns the tags that the snapshot may have; `None` where nothing is known of them.
    fn tags(&self, name: &str) -> Option<&TagSets>;

    /// Tells whether the tag operations may not know yet that the snapshot is available; unless it says so, they do.
    fn tags_may_lag(&self, _name: &str) -> bool {
        false
    }

    /// Tells whether there is such a cluster or group; `None` where it is not known.
    fn owner_exists(&self, owner: &Owner) -> Option<bool>;

    /// Tells whether so many snapshots were made of the owners that a quota may answer.
    fn quota_may_answer(&self) -> bool;

    /// Tells whether an ARN's region and account are those of the caller; unknown ones count as theirs.
    fn is_at_home(&self, region: &str, account: &str) -> bool;

    /// Tells whether the caller's account is known, so that an ARN with another can't be its own.
    fn knows_account(&self) -> bool {
        true
    }

    /// Tells whether the key is one that may be used.
    fn knows_key(&self, key: &str) -> bool;

    /// Tells whether so many snapshots were asked for of the cluster or group that its quota must answer.
    fn quota_is_reached(&self, owner: &Owner) -> bool;

    /// Tells whether snapshots can be taken of the cluster or group at all.
    fn takes_snapshots(&self, owner: &Owner) -> bool;

    /// Tells whether a usable key is known, so that others can be told to be none.
    fn has_key(&self) -> bool;

    /// Tells whether an earlier reply gave the marker.
    fn knows_marker(&self, marker: &str) -> bool;

    /// Returns what is known of the bucket.
    fn bucket(&self, name: &str) -> BucketSeen;

    /// Tells whether the bucket holds an object with the key; `None` where it may or may not.
    fn holds(&self, bucket: &str, key: &str) -> Option<bool>;

    /// Returns how many shards the snapshot has; `None` where that is not known.
    fn shards(&self, name: &str) -> Option<usize>;

    /// Returns what the snapshot shows, or must show once it is looked at; `None` where it does not, or it is not known.
    fn shows(&self, name: &str, member: Member) -> Option<&str>;

    /// Tells whether snapshots were taken of something that was to tier its data, whatever they show of that.
    fn may_tier(&self) -> bool {
        false
    }
}

/// What the service answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A reply; the call takes effect.
    Reply,
    /// This fault; nothing changes.
    Fault(FaultCode),
}

/// How an allowed outcome stands to the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// What sources say or lean to.
    First,
    /// A listed alternative.
    Alternative,
}

/// One outcome that the specification allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// Reply or fault.
    pub answer: Answer,
    /// The phases of the prediction's subjects under which it is allowed.
    pub when: [Phases; 2],
    /// The clauses that it shows to be kept; the first is blamed when the call is answered otherwise.
    pub clauses: SmallVec<[ClauseId; 8]>,
    /// The clause to blame when another fault than an allowed one comes in place of this fault.
    pub code_clause: ClauseId,
    /// How it stands to the others.
    pub rank: Rank,
    /// Whether it is an answer of a target that is still busy: sent again before it is judged.
    pub passing: bool,
    /// Whether the call cannot succeed while the condition holds.
    pub certain: bool,
    /// The message's text, where one is known.
    pub wording: Option<Wording>,
}

/// The names on whose phases the outcomes of a call depend: the source or only name, and the target.
pub type Subjects<'c> = [Option<Cow<'c, Text>>; 2];

/// Every outcome that the specification allows for one call.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Prediction<'c> {
    /// The names on whose phases the outcomes depend.
    pub subjects: Subjects<'c>,
    /// The phases in which these may be.
    pub phases: [Phases; 2],
    /// The outcomes. Empty where nothing is said of the call.
    pub allowed: SmallVec<[Allowed; 2]>,
    /// Whether anything may come: nothing is said of the call.
    pub open: bool,
    /// The clause about how the request is put on the wire, where that is out of the ordinary: what it asks for may get lost.
    pub dressed: Option<ClauseId>,
    /// Faults that the call deserves and may not get, since another comes first; with the clause that says so.
    pub overruled: SmallVec<[(FaultCode, ClauseId); 1]>,
}

impl Prediction<'_> {
    /// Nothing is said of the call.
    #[must_use]
    pub fn open() -> Self {
        Self { open: true, ..Self::default() }
    }

    /// Returns the codes and replies that may come in the world as it is believed to be, for reports.
    #[must_use]
    pub fn words(&self) -> String {
        // What a busy target says for a while is no answer to wait for.
        let lasting = self.allowed.iter().any(|allowed| !allowed.passing);
        self.words_of(|allowed| !lasting || !allowed.passing)
    }

    /// The same for a caller who does not ask again: with what a busy target says for a while.
    #[must_use]
    pub fn words_at_once(&self) -> String {
        self.words_of(|_| true)
    }

    fn words_of(&self, told: impl Fn(&Allowed) -> bool) -> String {
        let mut words: Vec<String> = Vec::new();
        for allowed in self.allowed.iter().filter(|allowed| told(allowed)) {
            let word = match &allowed.answer {
                Answer::Reply => "a reply (200)".to_owned(),
                Answer::Fault(code) => match code.status() {
                    Some(status) => format!("{code} ({status})"),
                    None => code.to_string(),
                },
            };
            if !words.contains(&word) {
                words.push(word);
            }
        }
        words.join(" or ")
    }

    /// Tells whether a reply is among the outcomes.
    #[must_use]
    pub fn allows_reply(&self) -> bool {
        self.open || self.allowed.iter().any(|allowed| allowed.answer == Answer::Reply)
    }

    /// Puts the clauses about how a request is put on the wire before the others, so that they are blamed first.
    pub(crate) fn dress(&mut self, dress: &Dress) {
        if dress.is_plain() {
            return;
        }
        let mut blamed: SmallVec<[ClauseId; 8]> = SmallVec::new();
        if dress.get {
            blamed.push(id::FRONT_GET);
        }
        if dress.reversed {
            blamed.push(id::FRONT_PARAMETER_ORDER);
        }
        if !dress.extra.is_empty() {
            blamed.push(id::FRONT_UNKNOWN_PARAMETERS);
        }
        let odd: [(bool, ClauseId, &[FaultCode]); 5] = [
            (dress.version == Action::Absent, id::FRONT_VERSION_ABSENT, UNVERSIONED),
            (matches!(dress.version, Action::Named(_)), id::FRONT_VERSION_UNKNOWN, UNVERSIONED),
            (dress.odd_type().is_some(), id::FRONT_CONTENT_TYPE, UNREADABLE),
            (dress.repeated, id::FRONT_REPEATED_PARAMETERS, UNREADABLE),
            (dress.padded > 0, id::FRONT_OVERSIZED, UNREADABLE),
        ];
        for (_, clause, codes) in odd.into_iter().filter(|(is_so, ..)| *is_so) {
            blamed.push(clause);
            self.allowed.extend(codes.iter().map(|code| Allowed::fault(code.clone(), clause).alternative()));
        }
        self.dressed = blamed.first().copied();
        if blamed.is_empty() {
            return;
        }
        for allowed in &mut self.allowed {
            if allowed.answer == Answer::Reply {
                let mut clauses = blamed.clone();
                clauses.extend(allowed.clauses.iter().copied());
                allowed.clauses = clauses;
            }
        }
    }
}

impl Allowed {
    /// A reply that shows the clause to be kept, whatever the phases.
    pub(crate) fn reply(clause: ClauseId) -> Self {
        Self {
            answer: Answer::Reply,
            when: [Phases::ALL; 2],
            clauses: smallvec![clause],
            code_clause: clause,
            rank: Rank::First,
            passing: false,
            certain: false,
            wording: None,
        }
    }

    /// A fault that may come, whatever the phases.
    pub(crate) fn fault(code: FaultCode, clause: ClauseId) -> Self {
        Self { answer: Answer::Fault(code), ..Self::reply(clause) }
    }

    /// … and without which the call cannot be answered while the condition holds.
    pub(crate) fn certain(mut self) -> Self {
        self.certain = true;
        self
    }

    pub(crate) fn alternative(mut self) -> Self {
        self.rank = Rank::Alternative;
        self
    }

    pub(crate) fn passing(mut self) -> Self {
        self.passing = true;
        self
    }

    pub(crate) fn code_by(mut self, clause: ClauseId) -> Self {
        self.code_clause = clause;
        self
    }

    pub(crate) fn text(self, template: &'static Template) -> Self {
        self.worded(Wording::Fixed(template))
    }

    pub(crate) fn worded(mut self, wording: Wording) -> Self {
        self.wording = Some(wording);
        self
    }

    pub(crate) fn also(mut self, clause: ClauseId) -> Self {
        self.show(clause);
        self
    }

    /// Adds a clause that it shows to be kept besides.
    pub(crate) fn show(&mut self, clause: ClauseId) {
        if !self.clauses.contains(&clause) {
            self.clauses.push(clause);
        }
    }

    /// Tells whether it may come in one of these phases.
    fn may_come(&self, phases: [Phases; 2]) -> bool {
        self.when.iter().zip(phases).all(|(condition, phases)| condition.meets(phases))
    }

    /// Tells whether it, or an outcome like it, comes for sure in each of these phases.
    fn must_come(&self, phases: [Phases; 2]) -> bool {
        self.certain && self.when.iter().zip(phases).all(|(condition, phases)| phases.within(*condition))
    }
}

/// The outcomes of a call while its rules are gone through. What the phases of the subjects rule out is left out at once.
pub(crate) struct Outcomes {
    phases: [Phases; 2],
    allowed: SmallVec<[Allowed; 2]>,
}

impl Outcomes {
    pub(crate) const fn new(phases: [Phases; 2]) -> Self {
        Self { phases, allowed: SmallVec::new_const() }
    }

    /// Returns the phases in which the subject of that place may be.
    pub(crate) fn phases(&self, place: usize) -> Phases {
        self.phases.get(place).copied().unwrap_or(Phases::ALL)
    }

    /// Adds an outcome, where the phases leave it possible.
    pub(crate) fn push(&mut self, allowed: Allowed) {
        if allowed.may_come(self.phases) {
            self.allowed.push(allowed);
        }
    }

    /// Adds an outcome that may come while the subject of that place is in one of the phases.
    pub(crate) fn push_in(&mut self, place: usize, phases: Phases, allowed: impl FnOnce() -> Allowed) {
        if self.phases(place).meets(phases) {
            let mut allowed = allowed();
            if let Some(condition) = allowed.when.get_mut(place) {
                *condition = phases;
            }
            self.allowed.push(allowed);
        }
    }

    pub(crate) fn extend(&mut self, allowed: impl IntoIterator<Item = Allowed>) {
        allowed.into_iter().for_each(|allowed| self.push(allowed));
    }

    /// Takes out the outcomes that show the clause to be kept.
    pub(crate) fn remove(&mut self, clause: ClauseId) {
        self.allowed.retain(|allowed| !allowed.clauses.contains(&clause));
    }

    /// Puts the success beside the faults where none of them is certain.
    pub(crate) fn finish(mut self, success: Allowed, subjects: Subjects<'_>) -> Prediction<'_> {
        if !self.allowed.iter().any(|allowed| allowed.must_come(self.phases)) {
            self.push(success);
        }
        Prediction { subjects, phases: self.phases, allowed: self.allowed, ..Prediction::default() }
    }
}

/// What the front door refuses a request with whose version it does not know.
const UNVERSIONED: &[FaultCode] = &[
    FaultCode::InvalidAction,
    FaultCode::MissingParameter,
    FaultCode::ValidationError,
    FaultCode::InvalidParameterValue,
];

/// What the front door refuses a request with that it does not read.
const UNREADABLE: &[FaultCode] = &[
    FaultCode::MalformedQueryString,
    FaultCode::InvalidQueryParameter,
    FaultCode::MissingAction,
    FaultCode::InvalidAction,
    FaultCode::MissingParameter,
    FaultCode::ValidationError,
    FaultCode::InvalidParameterValue,
    FaultCode::InvalidParameterCombination,
];

/// The outcomes of a request without a signature, or with a forged one, on a target that checks signatures.
pub(crate) fn not_signed(forged: Option<Forgery>) -> Prediction<'static> {
    use FaultCode as F;
    let (clause, first, others): (_, _, &[FaultCode]) = match forged {
        None => (id::FRONT_UNSIGNED, F::MissingAuthenticationToken, &[F::IncompleteSignature, F::InvalidClientTokenId]),
        Some(Forgery::Wrong) => (id::FRONT_SIGNATURE_WRONG, F::SignatureDoesNotMatch, &[F::IncompleteSignature]),
        Some(Forgery::Expired) => {
            (id::FRONT_SIGNATURE_EXPIRED, F::RequestExpired, &[F::SignatureDoesNotMatch, F::ExpiredToken])
        }
        Some(Forgery::UnknownKey) => {
            (id::FRONT_SIGNATURE_UNKNOWN_KEY, F::InvalidClientTokenId, &[F::SignatureDoesNotMatch])
        }
        Some(Forgery::Incomplete) => (
            id::FRONT_SIGNATURE_INCOMPLETE,
            F::IncompleteSignature,
            &[F::SignatureDoesNotMatch, F::MissingAuthenticationToken],
        ),
    };
    let refused = |code| Allowed::fault(code, clause).certain();
    let mut allowed: SmallVec<[Allowed; 2]> = smallvec![refused(first)];
    allowed.extend(others.iter().map(|code| refused(code.clone()).alternative()));
    allowed.extend([F::AccessDenied, F::AccessDeniedException].map(|code| refused(code).alternative()));
    Prediction { allowed, ..Prediction::default() }
}

/// The outcomes of a request that names no action, or an unknown one.
pub(crate) fn front_door(dress: &Dress) -> Prediction<'static> {
    let (clause, first, others): (_, _, &[FaultCode]) = match dress.action {
        Action::Absent => (
            id::FRONT_MISSING_ACTION,
            FaultCode::MissingAction,
            &[FaultCode::InvalidAction, FaultCode::MissingParameter, FaultCode::ValidationError],
        ),
        Action::Own | Action::Named(_) => (id::FRONT_UNKNOWN_ACTION, FaultCode::InvalidAction, &[]),
    };
    let mut allowed: SmallVec<[Allowed; 2]> = smallvec![Allowed::fault(first, clause).certain()];
    allowed.extend(others.iter().map(|code| Allowed::fault(code.clone(), clause).certain().alternative()));
    Prediction { allowed, ..Prediction::default() }
}
