use super::belief::Belief;
use super::slot::{Made, Slot};
use crate::model::{Allowed, Answer, Phases, Prediction, SHORTEST_LIMIT, View, is_longer, may_be_of_key, subject};
use crate::service::{Call, FaultCode, Outcome, Reply, Step, TagArg, canonical};
use crate::spec::{Catalogue, Clause, ClauseId, Severity, id};

/// Returns the clause that a call succeeds which nothing stands against.
#[must_use]
pub fn success_of(call: &Call) -> ClauseId {
    match call {
        Call::Copy(_) if call.is_export() => id::EXPORT_SUCCEEDS,
        Call::Copy(_) => id::COPY_SUCCEEDS,
        Call::Create(_) => id::CREATE_SUCCEEDS,
        Call::Delete { .. } => id::DELETE_SUCCEEDS,
        Call::Restore { .. } => id::RESTORE_SUCCEEDS,
        Call::Describe(_) | Call::Fixture(_) | Call::S3(_) => id::DESCRIBE_SUCCEEDS,
        Call::AddTags { .. } | Call::RemoveTags { .. } | Call::ListTags { .. } => id::TAGS_SUCCEEDS,
    }
}

impl Belief {
    /// Returns the rule by which a busy target may refuse, where that may be why this refusal with another code came.
    pub(super) fn busy_rule(&self, step: &Step, outcome: &Outcome, prediction: &Prediction<'_>) -> Option<ClauseId> {
        // That a name is in use is no matter of who is busy.
        let refused = matches!(outcome, Outcome::Fault(fault) if fault.code != FaultCode::SnapshotAlreadyExists)
            && prediction.allows_reply()
            && !may_be_for_a_tag(step, outcome)
            && self.rule_of_key(step, outcome).is_none()
            && rule_of_dress(outcome, prediction).is_none();
        // An owner is busy while a snapshot of it is made.
        let making = |slot: &Slot| matches!(slot.made, Made::Created(_)) && slot.truth.meets(Phases::CREATING);
        let may_refuse = |allowed: &&Allowed| {
            let of_snapshots = allowed.when.iter().any(|condition| *condition != Phases::ALL);
            allowed.passing
                && allowed.answer != Answer::Reply
                && (of_snapshots || self.slots.values().any(making))
                && self.all_subjects(prediction, allowed, Phases::meets)
        };
        prediction.allowed.iter().find(may_refuse).filter(|_| refused).map(|allowed| allowed.code_clause)
    }

    /// Picks the clause that an outcome contradicts which is not allowed.
    ///
    /// Of several rules that the call breaks, that comes first which holds whatever is true of its subjects, then that
    /// which holds for the phases as they were last known, and of these the one whose contradiction weighs most; of those
    /// that hold in some of the phases only, the one whose weighs least.
    pub(super) fn blame(&self, step: &Step, outcome: &Outcome, prediction: &Prediction<'_>) -> ClauseId {
        let success = success_of(&step.call);
        if let Outcome::Fault(fault) = outcome
            && let Some((_, clause)) = prediction.overruled.iter().find(|(code, _)| *code == fault.code)
        {
            return *clause;
        }
        let left = || self.refusal_that_left_it(step, outcome, prediction);
        let of_form = rule_of_dress(outcome, prediction);
        if let Some(clause) = of_form.or_else(left).or_else(|| length_of_name(step, outcome)) {
            return clause;
        }
        let severity = |clause: ClauseId| {
            let clause = Catalogue::embedded().ok().and_then(|catalogue| catalogue.clause(clause));
            clause.map_or(Severity::Warn, Clause::severity)
        };
        let replied = matches!(outcome, Outcome::Reply(_));
        if !replied && prediction.allows_reply() {
            let of_quota = matches!(outcome, Outcome::Fault(fault) if fault.code == FaultCode::SnapshotQuotaExceeded);
            if of_quota && self.owners.sure_quota.is_some() && matches!(step.call, Call::Create(_)) {
                return id::CREATE_QUOTA;
            }
            // The state of a snapshot is no matter of how anything is written.
            let of_state = matches!(outcome, Outcome::Fault(fault) if fault.code == FaultCode::InvalidSnapshotState);
            let may_be_why = |clause: &ClauseId| !of_state || !OF_FORM.contains(clause);
            // Where a rule that no source settles may refuse the call, the wrong code is that rule's.
            let settled = |allowed: &&Allowed| {
                let quota = [id::COPY_QUOTA, id::CREATE_QUOTA].contains(&allowed.code_clause)
                    && self.owners.sure_quota.is_none();
                allowed.answer != Answer::Reply && !allowed.passing && !quota && may_be_why(&allowed.code_clause)
            };
            let always = |allowed: &&Allowed| self.all_subjects(prediction, allowed, Phases::within);
            let at_times = |allowed: &&Allowed| self.all_subjects(prediction, allowed, Phases::meets);
            let refusing = || prediction.allowed.iter().filter(settled);
            if let Some(refusing) = refusing().find(always) {
                return refusing.code_clause;
            }
            // … and where it is not certain that it may, it still weighs no more than that rule.
            let weak = |allowed: &&Allowed| severity(allowed.code_clause) == Severity::Warn;
            if let Some(refusing) = refusing().filter(at_times).find(weak) {
                return refusing.code_clause;
            }
            // What is special about the call stands before the rule that such calls succeed. Each of it may be why, so that
            // only what weighs least is sure.
            let reply = prediction.allowed.iter().find(|allowed| allowed.answer == Answer::Reply);
            let clauses = reply.map(|allowed| &*allowed.clauses).unwrap_or_default();
            let special = clauses.iter().position(|clause| *clause == success).map_or(1, |usual| usual.max(1));
            let special =
                clauses.iter().copied().take(special).filter(|clause| *clause != success && may_be_why(clause));
            let special = special.min_by_key(|clause| severity(*clause));
            return special.or_else(|| self.rule_of_key(step, outcome)).unwrap_or(success);
        }
        let known = |allowed: &Allowed| {
            allowed.when.iter().zip(&prediction.subjects).all(|(condition, name)| {
                let truth = name.as_ref().map(|name| self.slots.get(name).map_or(Phases::ABSENT, |slot| slot.truth));
                truth.is_none_or(|truth| truth.meets(*condition))
            })
        };
        let weight = |allowed: &&Allowed| {
            let clause =
                if replied { allowed.clauses.first().copied().unwrap_or(success) } else { allowed.code_clause };
            // A wrong code is held against the rule whose code is known least.
            let weight = severity(clause) as i8;
            let always = self.all_subjects(prediction, allowed, Phases::within);
            (!always, !known(allowed), allowed.rank, if replied && always { -weight } else { weight })
        };
        let broken = prediction.allowed.iter().filter(|allowed| allowed.certain).min_by_key(weight);
        broken.map_or(success, |allowed| {
            // Of several faults at once any may answer, and another is held against just that.
            let any = [id::COPY_FAULTS_ANY, id::CREATE_FAULTS_ANY, id::EXPORT_FAULTS_ANY]
                .into_iter()
                .find(|any| allowed.clauses.contains(any));
            match any {
                _ if replied => allowed.clauses.first().copied().unwrap_or(success),
                Some(any) => any,
                None => allowed.code_clause,
            }
        })
    }

    /// Returns the rule that a key is taken, where a call may have been refused for one that may be used, and where its key is
    /// all that tells it from what is asked for all the time.
    fn rule_of_key(&self, step: &Step, outcome: &Outcome) -> Option<ClauseId> {
        let is_plain = |slot: &Slot| !slot.is_copy() && !slot.is_automatic() && !slot.was_restored();
        let (key, tags, is_plain, clause) = match &step.call {
            Call::Copy(copy) if !step.call.is_export() => {
                let source = subject(copy.source.as_ref()).and_then(|source| self.slots.get(&source));
                (&copy.kms_key, &copy.tags, source.is_some_and(is_plain), id::COPY_KEY_GIVEN)
            }
            Call::Create(create) => (&create.kms_key, &create.tags, true, id::CREATE_KEY_GIVEN),
            _ => return None,
        };
        let is_known = key.as_deref().is_some_and(|key| self.knows_key(key));
        (may_be_of_key(outcome) && is_known && is_plain && tags.is_none()).then_some(clause)
    }

    /// Returns the rule that a refused call leaves nothing, where what it should not have made is answered as one that is
    /// there, or whose name is in use, and nothing else ever had the name.
    fn refusal_that_left_it(&self, step: &Step, outcome: &Outcome, prediction: &Prediction<'_>) -> Option<ClauseId> {
        let is_in_use = matches!(outcome, Outcome::Fault(fault) if fault.code == FaultCode::SnapshotAlreadyExists);
        let is_there = matches!(outcome, Outcome::Reply(_)) && !prediction.allows_reply();
        let left = match &step.call {
            Call::Copy(copy) if is_in_use => subject(copy.target.as_ref()),
            Call::Create(create) if is_in_use => subject(create.name.as_ref()),
            Call::Delete { name } if is_there => subject(name.as_ref()),
            Call::AddTags { .. } | Call::RemoveTags { .. } | Call::ListTags { .. } if is_there => {
                prediction.subjects.iter().flatten().next().cloned()
            }
            _ => None,
        }?;
        self.slots.get(&left).filter(|slot| slot.lives == 0 && !slot.suspect)?.refused
    }

    /// Tells whether what may be true of each of the call's subjects compares so with the condition of an outcome.
    fn all_subjects(
        &self,
        prediction: &Prediction<'_>,
        allowed: &Allowed,
        compares: impl Fn(Phases, Phases) -> bool,
    ) -> bool {
        allowed.when.iter().zip(&prediction.subjects).all(|(condition, name)| {
            let truth = name.as_ref().map(|name| self.slots.get(name).map_or(Phases::ABSENT, Slot::phases));
            truth.is_none_or(|truth| compares(truth, *condition))
        })
    }
}

/// The clauses that say that something may be written so.
const OF_FORM: [ClauseId; 6] = [
    id::COPY_SOURCE_CASE,
    id::COPY_TARGET_LENGTH,
    id::CREATE_NAME_LENGTH,
    id::EXPORT_NAME_CHARACTERS,
    id::EXPORT_NAME_LENGTH,
    id::EXPORT_NAME_IS_SOURCE,
];

/// Returns the rule about how a request is put on the wire, where one of an odd form is refused as one that can't be read,
/// whatever its operation would have said of it.
fn rule_of_dress(outcome: &Outcome, prediction: &Prediction<'_>) -> Option<ClauseId> {
    let Outcome::Fault(fault) = outcome else { return None };
    let unread = [FaultCode::MissingAction, FaultCode::MalformedQueryString, FaultCode::InvalidQueryParameter];
    prediction.dressed.filter(|_| unread.contains(&fault.code))
}

/// Returns the rule about the length of names where the new name may be too long for those who take another to be enforced.
fn length_of_name(step: &Step, outcome: &Outcome) -> Option<ClauseId> {
    let (name, clause) = match &step.call {
        Call::Copy(copy) if !step.call.is_export() => (copy.target.as_ref()?, id::COPY_TARGET_LENGTH),
        Call::Create(create) => (create.name.as_ref()?, id::CREATE_NAME_LENGTH),
        _ => return None,
    };
    let invalid = matches!(outcome, Outcome::Fault(fault) if fault.code == FaultCode::InvalidParameterValue);
    (invalid && is_longer(name, SHORTEST_LIMIT)).then_some(clause)
}

/// A name that is kept in the case in which it was sent is another name: that it was taken is not what was overlooked.
pub(super) fn by_case(clause: ClauseId, outcome: &Outcome) -> ClauseId {
    let kept = matches!(outcome, Outcome::Reply(Reply::Snapshot(shown))
        if shown.name.as_ref().is_some_and(|name| canonical(name) != **name));
    match clause {
        id::COPY_TARGET_TAKEN if kept => id::COPY_TARGET_LOWER_CASE,
        id::CREATE_NAME_TAKEN if kept => id::CREATE_NAME_LOWER_CASE,
        other => other,
    }
}

/// Tells whether a call may have been refused for a tag without a value, or one whose key is like a reserved one, which is
/// no fault: then the code says nothing of another rule that may refuse the call.
pub(super) fn may_be_for_a_tag(step: &Step, outcome: &Outcome) -> bool {
    let tags = match &step.call {
        Call::Copy(copy) => copy.tags.as_deref(),
        Call::Create(create) => create.tags.as_deref(),
        Call::AddTags { tags, .. } => tags.as_deref(),
        _ => None,
    };
    let invalid = matches!(outcome, Outcome::Fault(fault) if fault.code == FaultCode::InvalidParameterValue);
    let seems_reserved = |tag: &TagArg| tag.key.as_deref().is_some_and(|key| key.to_ascii_lowercase().contains("aws"));
    invalid && tags.unwrap_or_default().iter().any(|tag| tag.is_without_value() || seems_reserved(tag))
}
