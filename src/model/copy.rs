use std::borrow::Cow;

use smallvec::SmallVec;

use super::name::{SHORTEST_LIMIT, is_longer, may_be_too_long};
use super::prediction::{Outcomes, Subjects};
use super::tag::{TagRule, new_keys};
use super::{Allowed, Answer, MOST_TAGS, NameClass, Phases, Prediction, Rank, View, classify, is_blank, rules};
use crate::service::{CopySnapshot, Dress, FaultCode, Outcome, TagArg, TagList, TagSpelling, Text, canonical, text};
use crate::spec::{ClauseId, id};

/// The clauses of the rules that CreateSnapshot and CopySnapshot share, under their own ids.
pub(super) struct NewName {
    pub(super) required: ClauseId,
    pub(super) blank: ClauseId,
    pub(super) malformed: ClauseId,
    pub(super) leading_hyphen: ClauseId,
    pub(super) odd: ClauseId,
    pub(super) odd_is_refused: bool,
    pub(super) length: ClauseId,
    pub(super) too_long: ClauseId,
    pub(super) taken: ClauseId,
    pub(super) deleting: ClauseId,
    pub(super) reusable: ClauseId,
    pub(super) tags_quota: ClauseId,
    pub(super) tags_all_or_nothing: Option<ClauseId>,
    pub(super) snapshot_quota: ClauseId,
}

pub(super) const COPY: NewName = NewName {
    required: id::COPY_REQUIRED,
    blank: id::COPY_BLANK,
    malformed: id::COPY_TARGET_MALFORMED,
    leading_hyphen: id::COPY_TARGET_LEADING_HYPHEN,
    odd: id::COPY_TARGET_ODD,
    odd_is_refused: false,
    length: id::COPY_TARGET_LENGTH,
    too_long: id::COPY_TARGET_TOO_LONG,
    taken: id::COPY_TARGET_TAKEN,
    deleting: id::COPY_TARGET_DELETING,
    reusable: id::COPY_TARGET_REUSABLE,
    tags_quota: id::COPY_TAGS_QUOTA,
    tags_all_or_nothing: Some(id::COPY_TAGS_ALL_OR_NOTHING),
    snapshot_quota: id::COPY_QUOTA,
};

/// The outcomes of CopySnapshot within the service.
pub(super) fn predict<'c>(view: &impl View, call: &'c CopySnapshot, dress: &Dress) -> Prediction<'c> {
    let source = subject(call.source.as_ref());
    let target = subject(call.target.as_ref());
    let phases = [&source, &target].map(|name| name.as_ref().map_or(Phases::ALL, |name| view.phases(name)));
    let mut outcomes = Outcomes::new(phases);
    let mut success = Allowed::reply(id::COPY_SUCCEEDS);

    if let Some((given, class)) = required(&mut outcomes, call.source.as_ref(), &COPY) {
        source_rules(&mut outcomes, &mut success, given, class, source.as_deref() == Some(given));
    }
    new_name(&mut outcomes, &mut success, view, (call.target.as_ref(), target.as_deref(), 1), &COPY);
    if source.is_some() && source == target {
        outcomes.remove(id::COPY_TARGET_TAKEN);
        let codes = [
            FaultCode::SnapshotAlreadyExists,
            FaultCode::InvalidParameterValue,
            FaultCode::InvalidParameterCombination,
        ];
        for (place, code) in codes.into_iter().enumerate() {
            let fault = Allowed::fault(code, id::COPY_TARGET_IS_SOURCE).certain();
            outcomes.push(if place == 0 { fault } else { fault.alternative() });
        }
    }
    tag_rules(&mut outcomes, &mut success, call.tags.as_deref(), dress, &COPY);
    inherited_tags(&mut success, &call.tags);
    spelling(&mut outcomes, &mut success, dress, &call.tags);
    if call.kms_key.as_deref().is_some_and(|key| is_unusable(view, key)) {
        unusable_key(&mut outcomes);
    } else {
        key_rules(&mut outcomes, view, call.kms_key.as_ref(), id::COPY_KEY_GIVEN);
    }
    if view.quota_may_answer() {
        outcomes.push(Allowed::fault(FaultCode::SnapshotQuotaExceeded, id::COPY_QUOTA).alternative());
    }
    if call.bucket.is_some() {
        success.clauses.insert(0, id::COPY_BUCKET_EMPTY);
    }
    let mut prediction = finish(outcomes, success, [source, target], id::COPY_FAULTS_ANY);
    syntax_first(&mut prediction);
    prediction
}

/// Takes out the faults of names that are looked up where another name can't be read (`copy.faults.syntax-first`).
fn syntax_first(prediction: &mut Prediction<'_>) {
    const SYNTAX: [ClauseId; 4] =
        [id::COPY_REQUIRED, id::COPY_BLANK, id::COPY_TARGET_MALFORMED, id::COPY_TARGET_LEADING_HYPHEN];
    const LOOKED_UP: [ClauseId; 3] = [id::COPY_SOURCE_UNKNOWN, id::COPY_FOREIGN, id::COPY_TARGET_TAKEN];
    let is_of = |allowed: &Allowed, clauses: &[ClauseId]| {
        allowed.certain && allowed.clauses.first().is_some_and(|clause| clauses.contains(clause))
    };
    if !prediction.allowed.iter().any(|allowed| is_of(allowed, &SYNTAX)) {
        return;
    }
    for allowed in prediction.allowed.iter().filter(|allowed| is_of(allowed, &LOOKED_UP)) {
        if let Answer::Fault(code) = &allowed.answer {
            prediction.overruled.push((code.clone(), id::COPY_FAULTS_SYNTAX_FIRST));
        }
    }
    if prediction.overruled.is_empty() {
        return;
    }
    prediction.allowed.retain(|allowed| !is_of(allowed, &LOOKED_UP));
    for allowed in prediction.allowed.iter_mut().filter(|allowed| is_of(allowed, &SYNTAX)) {
        allowed.show(id::COPY_FAULTS_SYNTAX_FIRST);
    }
}

/// Returns the name under which the service keeps what is asked for; `None` where it is absent or blank.
pub(crate) fn subject(name: Option<&Text>) -> Option<Cow<'_, Text>> {
    let name = name.filter(|name| !is_blank(name))?;
    Some(match canonical(name) {
        Cow::Borrowed(_) => Cow::Borrowed(name),
        Cow::Owned(lower) => Cow::Owned(text(lower)),
    })
}

/// Returns the name and its class; adds the fault where it is absent or blank.
pub(super) fn required<'a>(
    outcomes: &mut Outcomes,
    name: Option<&'a Text>,
    clauses: &NewName,
) -> Option<(&'a Text, NameClass)> {
    let Some(name) = name else {
        outcomes.push(
            Allowed::fault(FaultCode::InvalidParameterValue, clauses.required)
                .also(clauses.blank)
                .code_by(clauses.blank)
                .certain(),
        );
        return None;
    };
    let class = classify(name);
    if class == NameClass::Blank {
        outcomes.push(Allowed::fault(FaultCode::InvalidParameterValue, clauses.blank).certain());
        return None;
    }
    Some((name, class))
}

/// Adds what the rules for the source of a copy allow; `exact` where it is given as it is kept.
pub(super) fn source_rules(outcomes: &mut Outcomes, success: &mut Allowed, given: &str, class: NameClass, exact: bool) {
    let not_found = |clause| Allowed::fault(FaultCode::SnapshotNotFound, clause);
    let state = |clause| Allowed::fault(FaultCode::InvalidSnapshotState, clause);
    let invalid = |clause| Allowed::fault(FaultCode::InvalidParameterValue, clause).alternative();
    outcomes.push_in(0, Phases::ABSENT, || {
        if given.starts_with("arn:") {
            not_found(id::COPY_FOREIGN).certain().also(id::COPY_SOURCE_UNKNOWN)
        } else {
            not_found(id::COPY_SOURCE_UNKNOWN).certain()
        }
    });
    if class == NameClass::Odd || class == NameClass::Plain && may_be_too_long(given) {
        // Automatic backups have odd names, and no source says how long one may be, so only what nobody has may be taken for
        // malformed.
        outcomes.push_in(0, Phases::ABSENT, || invalid(id::COPY_FAULTS_ANY));
        if !exact {
            // Where case is minded, nobody has it.
            outcomes.push(invalid(id::COPY_SOURCE_CASE));
        }
    } else if class != NameClass::Plain {
        outcomes.push(invalid(if given.starts_with("arn:") { id::COPY_FOREIGN } else { id::COPY_FAULTS_ANY }));
    }
    if !exact {
        outcomes.push(not_found(id::COPY_SOURCE_CASE).alternative());
        success.show(id::COPY_SOURCE_CASE);
    }
    outcomes.push_in(0, Phases::CREATING, || state(id::COPY_SOURCE_CREATING).certain());
    outcomes.push_in(0, Phases::DELETING, || state(id::COPY_SOURCE_DELETING).certain());
    outcomes.push_in(0, Phases::DELETING, || not_found(id::COPY_SOURCE_DELETING).certain().alternative());
    outcomes.push_in(0, Phases::BUSY, || state(id::COPY_SOURCE_BUSY).alternative().passing());
    outcomes.push_in(0, Phases::FAILED, || state(id::COPY_SOURCE_FAILED));
    success.when[0] = !(Phases::ABSENT | Phases::CREATING | Phases::DELETING);
    if outcomes.phases(0).meets(Phases::BUSY) {
        success.show(id::COPY_SOURCE_BUSY);
    }
}

/// Adds what the rules for the name of a new snapshot allow: the name as given, as it is kept, and which subject it is.
pub(super) fn new_name(
    outcomes: &mut Outcomes,
    success: &mut Allowed,
    view: &impl View,
    (given, kept, place): (Option<&Text>, Option<&Text>, usize),
    clauses: &NewName,
) {
    let Some((given, class)) = required(outcomes, given, clauses) else { return };
    let invalid = |clause| Allowed::fault(FaultCode::InvalidParameterValue, clause);
    match class {
        NameClass::Blank | NameClass::Plain => {}
        NameClass::Malformed => outcomes.push(invalid(clauses.malformed).certain()),
        NameClass::LeadingHyphen => outcomes.push(invalid(clauses.leading_hyphen).certain()),
        NameClass::Odd if clauses.odd_is_refused => outcomes.push(invalid(clauses.odd).certain()),
        NameClass::Odd => {
            outcomes.push(invalid(clauses.odd));
            success.show(clauses.odd);
        }
    }
    if may_be_too_long(given) {
        outcomes.push(invalid(clauses.too_long).alternative());
        success.show(clauses.too_long);
    } else if is_longer(given, SHORTEST_LIMIT) {
        success.clauses.insert(0, clauses.length);
    }
    let exists = |clause| Allowed::fault(FaultCode::SnapshotAlreadyExists, clause);
    outcomes.push_in(place, Phases::LIVING, || exists(clauses.taken).certain());
    outcomes.push_in(place, Phases::DELETING, || exists(clauses.deleting).alternative().passing());
    let state = || Allowed::fault(FaultCode::InvalidSnapshotState, clauses.deleting);
    outcomes.push_in(place, Phases::DELETING, || state().alternative().passing());
    if let Some(condition) = success.when.get_mut(place) {
        *condition = Phases::ABSENT | Phases::DELETING;
    }
    if outcomes.phases(place).meets(Phases::DELETING) {
        success.show(clauses.deleting);
    }
    if kept.is_some_and(|name| view.was_deleted(name)) {
        success.clauses.insert(0, clauses.reusable);
    }
}

/// Adds what the rules for the tags of a new snapshot allow.
pub(super) fn tag_rules(
    outcomes: &mut Outcomes,
    success: &mut Allowed,
    tags: Option<&[TagArg]>,
    dress: &Dress,
    clauses: &NewName,
) {
    let Some(tags) = tags else { return };
    let broken = rules(tags);
    let mut refused = broken_tags(&broken);
    let count = new_keys(None, tags);
    if count > MOST_TAGS {
        refused.push(Allowed::fault(FaultCode::TagQuotaPerResourceExceeded, clauses.tags_quota).certain());
        refused.push(Allowed::fault(FaultCode::InvalidParameterValue, clauses.tags_quota).certain().alternative());
    } else if count == MOST_TAGS {
        success.clauses.insert(0, id::TAGS_LIMIT);
    }
    if let Some(clause) = clauses.tags_all_or_nothing {
        refused.iter_mut().for_each(|allowed| allowed.show(clause));
    }
    passed_over(&mut refused, dress);
    outcomes.extend(refused);
    allow_odd_tags(success, &broken);
    if tags.iter().any(TagArg::is_without_value) {
        success.clauses.insert(0, id::TAGS_VALUE_ABSENT);
    }
}

/// Counts tags that are taken although a source speaks against them as the listed alternative that it is.
pub(super) fn allow_odd_tags(success: &mut Allowed, broken: &[TagRule]) {
    broken.iter().filter(|rule| !rule.certain).for_each(|rule| success.show(rule.clause));
}

/// Returns the faults for tags that break a rule other than their number.
pub(super) fn broken_tags(broken: &[TagRule]) -> SmallVec<[Allowed; 4]> {
    let mut outcomes = SmallVec::new();
    for rule in broken {
        let mut fault = Allowed::fault(FaultCode::InvalidParameterValue, rule.clause);
        if rule.certain {
            fault = fault.certain();
        } else {
            fault = fault.alternative();
        }
        let mut other = fault.clone().alternative();
        other.answer = Answer::Fault(FaultCode::InvalidParameterCombination);
        outcomes.push(other);
        outcomes.push(fault);
    }
    outcomes
}

fn inherited_tags(success: &mut Allowed, tags: &TagList) {
    if tags.as_ref().is_some_and(Vec::is_empty) {
        success.show(id::COPY_TAGS_EMPTY_LIST);
    }
}

/// Takes the certainty from faults of tags that are spelled as the user guide has them, and may not be read at all.
pub(super) fn passed_over(refused: &mut [Allowed], dress: &Dress) {
    if dress.tags == TagSpelling::Member {
        refused.iter_mut().for_each(|fault| fault.certain = false);
    }
}

/// Adds the refusal of tags that are spelled as the user guide has them.
pub(super) fn spelling(outcomes: &mut Outcomes, success: &mut Allowed, dress: &Dress, tags: &TagList) {
    if dress.tags == TagSpelling::Member && tags.is_some() {
        success.show(id::TAGS_SPELLING);
        outcomes.push(Allowed::fault(FaultCode::InvalidParameterValue, id::TAGS_SPELLING).alternative());
    }
}

/// Tells whether a key is none that may be used: there is one that may, and this is not it. Of an alias nothing is known.
#[must_use]
pub fn is_unusable(view: &impl View, key: &str) -> bool {
    let is_alias = key.starts_with("alias/") || key.contains(":alias/");
    !key.is_empty() && !is_alias && view.has_key() && !view.knows_key(key)
}

/// Adds what a copy with such a key may be refused with; where it is accepted, it fails.
fn unusable_key(outcomes: &mut Outcomes) {
    let refused = |code| Allowed::fault(code, id::COPY_KEY_UNUSABLE);
    let [first, others @ ..] = key_faults();
    outcomes.push(refused(first));
    for code in others {
        outcomes.push(refused(code).alternative());
    }
}

/// Tells whether a request may have been refused for its key.
#[must_use]
pub fn may_be_of_key(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Fault(fault) if key_faults().contains(&fault.code))
}

/// Returns what a service may refuse a key with, the likeliest first: no source says which.
fn key_faults() -> [FaultCode; 5] {
    [
        FaultCode::InvalidParameterValue,
        FaultCode::InvalidParameterCombination,
        FaultCode::AccessDenied,
        FaultCode::AccessDeniedException,
        FaultCode::from_code("InvalidKMSKeyFault"),
    ]
}

/// Adds what a key that is not known to be usable may be answered with, or one that is empty, though that is as good as none.
pub(super) fn key_rules(outcomes: &mut Outcomes, view: &impl View, key: Option<&Text>, clause: ClauseId) {
    let Some(key) = key.filter(|key| !view.knows_key(key)) else { return };
    if key.is_empty() {
        return outcomes.push(Allowed::fault(FaultCode::InvalidParameterValue, clause).alternative());
    }
    for code in key_faults() {
        outcomes.push(Allowed::fault(code, clause).alternative());
    }
}

/// Puts the success beside the faults where none of them is certain, and says where several rules hold at once.
pub(super) fn finish(outcomes: Outcomes, success: Allowed, subjects: Subjects<'_>, any: ClauseId) -> Prediction<'_> {
    let mut prediction = outcomes.finish(success, subjects);
    // Several rules at once: any of their faults may answer.
    let mut rules = prediction.allowed.iter().filter(|allowed| allowed.certain).map(|allowed| allowed.clauses.first());
    let one = rules.next();
    if rules.any(|rule| Some(rule) != one) {
        for allowed in prediction.allowed.iter_mut().filter(|allowed| allowed.certain) {
            if allowed.rank == Rank::First {
                allowed.clauses.push(any);
            }
        }
    }
    prediction
}
