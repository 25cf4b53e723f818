use smallvec::{SmallVec, smallvec};

use super::tag::count_after;
use super::{Allowed, MOST_TAGS, NameClass, Phases, Prediction, Rank, TagMap, View, classify, rules};
use crate::service::{CopySnapshot, Dress, FaultCode, TagList, TagSpelling, Text, canonical, text};
use crate::spec::{ClauseId, id};

/// The longest name that was seen accepted (`create.name.length`).
const LONGEST_SEEN: usize = 48;

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
    pub(super) deleting_state: bool,
    pub(super) reusable: ClauseId,
    pub(super) tags_quota: ClauseId,
    pub(super) tags_all_or_nothing: Option<ClauseId>,
    pub(super) snapshot_quota: ClauseId,
}

const COPY: NewName = NewName {
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
    deleting_state: true,
    reusable: id::COPY_TARGET_REUSABLE,
    tags_quota: id::COPY_TAGS_QUOTA,
    tags_all_or_nothing: Some(id::COPY_TAGS_ALL_OR_NOTHING),
    snapshot_quota: id::COPY_QUOTA,
};

/// The outcomes of CopySnapshot.
pub(super) fn predict(view: &impl View, call: &CopySnapshot, dress: &Dress) -> Prediction {
    if call.bucket.as_deref().is_some_and(|bucket| !bucket.is_empty()) {
        return Prediction::open();
    }
    let mut outcomes: SmallVec<[Allowed; 4]> = SmallVec::new();
    let mut success = Allowed::reply(id::COPY_SUCCEEDS);
    let source = subject(call.source.as_ref());
    let target = subject(call.target.as_ref());

    required(&mut outcomes, call.source.as_ref(), &COPY);
    let mut phases = [Phases::ALL; 2];
    if let (Some(given), Some(source)) = (&call.source, &source) {
        phases[0] = view.phases(source);
        source_rules(&mut outcomes, &mut success, given, source);
        if phases[0].meets(Phases::BUSY) {
            success = success.also(id::COPY_SOURCE_BUSY);
        }
    }
    new_name(&mut outcomes, &mut success, view, call.target.as_ref(), 1, &COPY);
    if let Some(target) = &target {
        phases[1] = view.phases(target);
    }
    if source.is_some() && source == target {
        outcomes.retain(|allowed| !allowed.clauses.contains(&id::COPY_TARGET_TAKEN));
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
    tag_rules(&mut outcomes, &mut success, call.tags.as_deref(), &COPY);
    inherited_tags(&mut success, &call.tags);
    spelling(&mut outcomes, &mut success, dress, &call.tags);
    key_rules(&mut outcomes, view, call.kms_key.as_ref());
    if view.quota_may_answer() {
        outcomes.push(Allowed::fault(FaultCode::SnapshotQuotaExceeded, id::COPY_QUOTA).alternative());
    }
    if call.bucket.is_some() {
        success.clauses.insert(0, id::COPY_BUCKET_EMPTY);
    }
    finish(outcomes, success, [source, target], phases, id::COPY_FAULTS_ANY)
}

/// Returns the name under which the service keeps what is asked for; `None` where it is absent or blank.
pub(super) fn subject(name: Option<&Text>) -> Option<Text> {
    let name = name?;
    if name.trim().is_empty() {
        return None;
    }
    Some(match canonical(name) {
        std::borrow::Cow::Borrowed(_) => name.clone(),
        std::borrow::Cow::Owned(lower) => text(lower),
    })
}

/// Adds the fault for a name that is absent or blank.
pub(super) fn required(outcomes: &mut SmallVec<[Allowed; 4]>, name: Option<&Text>, clauses: &NewName) {
    match name {
        None => outcomes.push(
            Allowed::fault(FaultCode::InvalidParameterValue, clauses.required)
                .also(clauses.blank)
                .code_by(clauses.blank)
                .certain(),
        ),
        Some(name) if classify(name) == NameClass::Blank => {
            outcomes.push(Allowed::fault(FaultCode::InvalidParameterValue, clauses.blank).certain());
        }
        Some(_) => {}
    }
}

fn source_rules(outcomes: &mut SmallVec<[Allowed; 4]>, success: &mut Allowed, given: &str, source: &str) {
    let not_found = |clause| Allowed::fault(FaultCode::SnapshotNotFound, clause);
    let state = |clause| Allowed::fault(FaultCode::InvalidSnapshotState, clause);
    let unknown = not_found(id::COPY_SOURCE_UNKNOWN).certain().when_first(Phases::ABSENT);
    outcomes.push(if given.starts_with("arn:") { unknown.also(id::COPY_FOREIGN) } else { unknown });
    if classify(given) != NameClass::Plain && classify(given) != NameClass::Odd {
        let clause = if given.starts_with("arn:") { id::COPY_FOREIGN } else { id::COPY_FAULTS_ANY };
        outcomes.push(Allowed::fault(FaultCode::InvalidParameterValue, clause).alternative());
    }
    if given != source {
        outcomes.push(not_found(id::COPY_SOURCE_CASE).alternative());
        *success = success.clone().also(id::COPY_SOURCE_CASE);
    }
    outcomes.push(state(id::COPY_SOURCE_CREATING).certain().when_first(Phases::CREATING));
    outcomes.push(state(id::COPY_SOURCE_DELETING).certain().when_first(Phases::DELETING));
    outcomes.push(not_found(id::COPY_SOURCE_DELETING).certain().alternative().when_first(Phases::DELETING));
    outcomes.push(state(id::COPY_SOURCE_BUSY).alternative().passing().when_first(Phases::BUSY));
    outcomes.push(state(id::COPY_SOURCE_FAILED).when_first(Phases::FAILED));
    success.when[0] = !(Phases::ABSENT | Phases::CREATING | Phases::DELETING);
}

/// Adds what the rules for the name of a new snapshot allow. `place` says which subject the name is.
pub(super) fn new_name(
    outcomes: &mut SmallVec<[Allowed; 4]>,
    success: &mut Allowed,
    view: &impl View,
    name: Option<&Text>,
    place: usize,
    clauses: &NewName,
) {
    required(outcomes, name, clauses);
    let Some(given) = name.filter(|name| classify(name) != NameClass::Blank) else { return };
    let invalid = |clause| Allowed::fault(FaultCode::InvalidParameterValue, clause);
    match classify(given) {
        NameClass::Blank | NameClass::Plain => {}
        NameClass::Malformed => outcomes.push(invalid(clauses.malformed).certain()),
        NameClass::LeadingHyphen => outcomes.push(invalid(clauses.leading_hyphen).certain()),
        NameClass::Odd if clauses.odd_is_refused => outcomes.push(invalid(clauses.odd).certain()),
        NameClass::Odd => {
            outcomes.push(invalid(clauses.odd));
            *success = success.clone().also(clauses.odd);
        }
    }
    match given.chars().count() {
        0..=40 => {}
        41..=LONGEST_SEEN => success.clauses.insert(0, clauses.length),
        _ => {
            outcomes.push(invalid(clauses.too_long).alternative());
            *success = success.clone().also(clauses.too_long);
        }
    }
    let when = |allowed: Allowed, phases| {
        if place == 0 { allowed.when_first(phases) } else { allowed.when_second(phases) }
    };
    let exists = |clause| Allowed::fault(FaultCode::SnapshotAlreadyExists, clause);
    outcomes.push(when(exists(clauses.taken).certain(), Phases::LIVING));
    outcomes.push(when(exists(clauses.deleting).alternative().passing(), Phases::DELETING));
    if clauses.deleting_state {
        let state = Allowed::fault(FaultCode::InvalidSnapshotState, clauses.deleting);
        outcomes.push(when(state.alternative().passing(), Phases::DELETING));
    }
    if let Some(condition) = success.when.get_mut(place) {
        *condition = Phases::ABSENT | Phases::DELETING;
    }
    if view.phases(canonical(given).as_ref()).meets(Phases::DELETING) {
        *success = success.clone().also(clauses.deleting);
    }
    if view.was_deleted(canonical(given).as_ref()) {
        success.clauses.insert(0, clauses.reusable);
    }
}

/// Adds what the rules for the tags of a new snapshot allow.
pub(super) fn tag_rules(
    outcomes: &mut SmallVec<[Allowed; 4]>,
    success: &mut Allowed,
    tags: Option<&[crate::service::TagArg]>,
    clauses: &NewName,
) {
    let Some(tags) = tags else { return };
    let mut refused: SmallVec<[Allowed; 4]> = broken_tags(tags);
    let none = smallvec![std::sync::Arc::new(TagMap::new())];
    let (count, _) = count_after(Some(&none), tags);
    if count > MOST_TAGS {
        refused.push(Allowed::fault(FaultCode::TagQuotaPerResourceExceeded, clauses.tags_quota).certain());
        refused.push(Allowed::fault(FaultCode::InvalidParameterValue, clauses.tags_quota).certain().alternative());
    } else if count == MOST_TAGS {
        success.clauses.insert(0, id::TAGS_LIMIT);
    }
    if let Some(clause) = clauses.tags_all_or_nothing {
        for allowed in &mut refused {
            *allowed = allowed.clone().also(clause);
        }
    }
    outcomes.extend(refused);
    allow_odd_tags(success, tags);
    if tags.iter().any(|tag| tag.value.is_none()) {
        success.clauses.insert(0, id::TAGS_VALUE_ABSENT);
    }
}

/// Counts tags that are taken although a source speaks against them as the listed alternative that it is.
pub(super) fn allow_odd_tags(success: &mut Allowed, tags: &[crate::service::TagArg]) {
    for rule in rules(tags).iter().filter(|rule| !rule.certain) {
        *success = success.clone().also(rule.clause);
    }
}

/// Returns the faults for tags that break a rule other than their number.
pub(super) fn broken_tags(tags: &[crate::service::TagArg]) -> SmallVec<[Allowed; 4]> {
    let mut outcomes = SmallVec::new();
    for rule in rules(tags) {
        let mut fault = Allowed::fault(FaultCode::InvalidParameterValue, rule.clause);
        if rule.certain {
            fault = fault.certain();
        } else {
            fault = fault.alternative();
        }
        let mut other = fault.clone().alternative();
        other.answer = super::Answer::Fault(FaultCode::InvalidParameterCombination);
        outcomes.push(other);
        outcomes.push(fault);
    }
    outcomes
}

fn inherited_tags(success: &mut Allowed, tags: &TagList) {
    if tags.as_ref().is_some_and(Vec::is_empty) {
        *success = success.clone().also(id::COPY_TAGS_EMPTY_LIST);
    }
}

/// Adds the refusal of tags that are spelled as the user guide has them.
pub(super) fn spelling(outcomes: &mut SmallVec<[Allowed; 4]>, success: &mut Allowed, dress: &Dress, tags: &TagList) {
    if dress.tags == TagSpelling::Member && tags.is_some() {
        *success = success.clone().also(id::TAGS_SPELLING);
        outcomes.push(Allowed::fault(FaultCode::InvalidParameterValue, id::TAGS_SPELLING).alternative());
    }
}

/// Adds what a key that is not known to be usable may be answered with.
pub(super) fn key_rules(outcomes: &mut SmallVec<[Allowed; 4]>, view: &impl View, key: Option<&Text>) {
    let Some(key) = key.filter(|key| !key.is_empty()) else { return };
    if view.knows_key(key) {
        return;
    }
    for code in [
        FaultCode::InvalidParameterValue,
        FaultCode::InvalidParameterCombination,
        FaultCode::AccessDenied,
        FaultCode::from_code("InvalidKMSKeyFault"),
    ] {
        outcomes.push(Allowed::fault(code, id::COPY_KEY_GIVEN).alternative());
    }
}

/// Puts the success beside the faults where none of them is certain, and drops what the phases rule out.
pub(super) fn finish(
    mut outcomes: SmallVec<[Allowed; 4]>,
    success: Allowed,
    subjects: [Option<Text>; 2],
    phases: [Phases; 2],
    any: ClauseId,
) -> Prediction {
    let refused = outcomes.iter().any(|allowed| {
        allowed.certain && allowed.when.iter().zip(phases).all(|(condition, phases)| phases.within(*condition))
    });
    if !refused {
        outcomes.push(success);
    }
    let mut prediction = Prediction { subjects, allowed: outcomes, open: false };
    prediction.narrow(phases);
    // Several rules at once: any of their faults may answer.
    let rules = |first: &Allowed| {
        prediction
            .allowed
            .iter()
            .any(|other| other.certain && first.certain && other.clauses.first() != first.clauses.first())
    };
    let several = prediction.allowed.iter().any(rules);
    if several {
        for allowed in prediction.allowed.iter_mut().filter(|allowed| allowed.certain) {
            if allowed.rank == Rank::First {
                allowed.clauses.push(any);
            }
        }
    }
    prediction
}
