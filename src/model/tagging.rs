use std::borrow::Cow;

use smallvec::smallvec;

use super::copy::{allow_odd_tags, broken_tags, finish, passed_over, spelling};
use super::prediction::Outcomes;
use super::tag::count_after;
use super::{Allowed, MOST_TAGS, NameClass, Phase, Phases, Prediction, View, classify, is_blank, rules};
use crate::service::{Arn, Dress, FaultCode, Owner, OwnerKind, TagArg, TagList, TagSpelling, Text, canonical, text};
use crate::spec::id;

/// The outcomes of AddTagsToResource.
pub(super) fn add(view: &impl View, resource: Option<&Text>, tags: &TagList, dress: &Dress) -> Prediction<'static> {
    let Some(mut call) = TagCall::new(view, resource) else { return Prediction::open() };
    spelling(&mut call.outcomes, &mut call.success, dress, tags);
    match tags.as_deref() {
        None => call.outcomes.extend(missing()),
        Some([]) => {
            call.outcomes.push(Allowed::fault(FaultCode::InvalidParameterValue, id::TAGS_REQUIRED).alternative())
        }
        Some(tags) => {
            let broken = rules(tags);
            let mut refused = broken_tags(&broken);
            allow_odd_tags(&mut call.success, &broken);
            let before = call.name.as_ref().and_then(|name| view.tags(name));
            let (least, most) = count_after(before, tags);
            let quota = |code| Allowed::fault(code, id::TAGS_ADD_QUOTA);
            if least > MOST_TAGS {
                refused.push(quota(FaultCode::TagQuotaPerResourceExceeded).certain());
                refused.push(quota(FaultCode::InvalidParameterValue).certain().alternative());
            } else if most > MOST_TAGS {
                let too_many = || quota(FaultCode::TagQuotaPerResourceExceeded).alternative();
                call.outcomes.push_in(0, !Phases::ABSENT, too_many);
            } else if most == MOST_TAGS {
                call.success.clauses.insert(0, id::TAGS_LIMIT);
            }
            if tags.iter().any(TagArg::is_without_value) {
                call.success.clauses.insert(0, id::TAGS_VALUE_ABSENT);
            }
            if dress.tags == TagSpelling::Member {
                // A service that passes them over sees a call without tags.
                refused.extend(missing().map(Allowed::alternative));
            }
            passed_over(&mut refused, dress);
            call.outcomes.extend(refused);
        }
    }
    call.finish()
}

/// The outcomes of RemoveTagsFromResource.
pub(super) fn remove(view: &impl View, resource: Option<&Text>, keys: Option<&[Text]>) -> Prediction<'static> {
    let Some(mut call) = TagCall::new(view, resource) else { return Prediction::open() };
    match keys {
        None => call.outcomes.extend(missing()),
        Some([]) => {
            call.outcomes.push(Allowed::fault(FaultCode::InvalidParameterValue, id::TAGS_REQUIRED).alternative())
        }
        Some(keys) => {
            let sets = call.name.as_ref().and_then(|name| view.tags(name));
            let all_there =
                sets.is_some_and(|sets| sets.iter().all(|set| keys.iter().all(|key| set.contains_key(key))));
            if !all_there {
                let absent = || Allowed::fault(FaultCode::TagNotFound, id::TAGS_REMOVE_ABSENT_KEY).alternative();
                call.outcomes.push_in(0, !Phases::ABSENT, absent);
                call.success.show(id::TAGS_REMOVE_ABSENT_KEY);
            }
        }
    }
    call.finish()
}

/// The outcomes of ListTagsForResource.
pub(super) fn list(view: &impl View, resource: Option<&Text>) -> Prediction<'static> {
    TagCall::new(view, resource).map_or_else(Prediction::open, TagCall::finish)
}

/// What a tag operation without a part that it must have is refused with; no source settles the code.
fn missing() -> [Allowed; 3] {
    let refused = |code| Allowed::fault(code, id::TAGS_REQUIRED).certain();
    [
        refused(FaultCode::InvalidParameterValue),
        refused(FaultCode::MissingParameter).alternative(),
        refused(FaultCode::ValidationError).alternative(),
    ]
}

/// What a tag operation for the ARN of another account or region may be refused with beside InvalidARN.
fn foreign() -> [Allowed; 4] {
    [
        FaultCode::SnapshotNotFound,
        FaultCode::InvalidParameterValue,
        FaultCode::AccessDenied,
        FaultCode::AccessDeniedException,
    ]
    .map(|code| Allowed::fault(code, id::TAGS_ARN_FOREIGN))
}

struct TagCall {
    outcomes: Outcomes,
    success: Allowed,
    name: Option<Cow<'static, Text>>,
}

impl TagCall {
    /// The rules for `ResourceName`; `None` where it names no snapshot but another kind of resource.
    fn new(view: &impl View, resource: Option<&Text>) -> Option<Self> {
        let mut call =
            Self { outcomes: Outcomes::new([Phases::ALL; 2]), success: Allowed::reply(id::TAGS_SUCCEEDS), name: None };
        let given = resource.map(|resource| resource.trim()).unwrap_or_default();
        if given.is_empty() {
            call.outcomes.extend(missing());
            call.outcomes.push(Allowed::fault(FaultCode::InvalidArn, id::TAGS_REQUIRED).certain().alternative());
            return Some(call);
        }
        let invalid_arn = |clause| Allowed::fault(FaultCode::InvalidArn, clause);
        let Some(arn) = Arn::parse(given) else {
            call.outcomes.push(invalid_arn(id::TAGS_ARN_MALFORMED).certain());
            let value = Allowed::fault(FaultCode::InvalidParameterValue, id::TAGS_ARN_MALFORMED);
            call.outcomes.push(value.certain().alternative());
            return Some(call);
        };
        // Of other resources, and of other partitions, nothing is known.
        if arn.partition != "aws" {
            return None;
        }
        if arn.kind != "snapshot" {
            return call.of_no_owner(view, &arn);
        }
        let not_found = |clause| Allowed::fault(FaultCode::SnapshotNotFound, clause);
        if !view.is_at_home(arn.region, arn.account) {
            call.outcomes.push(invalid_arn(id::TAGS_ARN_FOREIGN).certain());
            call.outcomes.extend(foreign().map(|fault| fault.certain().alternative()));
            return Some(call);
        }
        let name = (!is_blank(arn.name)).then(|| text(canonical(arn.name)));
        call.outcomes = Outcomes::new([name.as_ref().map_or(Phases::ALL, |name| view.phases(name)), Phases::ALL]);
        call.outcomes.push_in(0, Phases::ABSENT, || not_found(id::TAGS_UNKNOWN_SNAPSHOT).certain());
        call.outcomes.push_in(0, Phases::ABSENT, || invalid_arn(id::TAGS_UNKNOWN_SNAPSHOT).certain().alternative());
        if classify(arn.name) != NameClass::Plain {
            let value = Allowed::fault(FaultCode::InvalidParameterValue, id::TAGS_ARN_MALFORMED);
            call.outcomes.push_in(0, Phases::ABSENT, || value.alternative());
        }
        if name.as_deref() != Some(arn.name) {
            call.outcomes.push(not_found(id::TAGS_ARN_FOREIGN).alternative());
            call.outcomes.push(invalid_arn(id::TAGS_ARN_FOREIGN).alternative());
        }
        // What has failed stays so, also while it is copied or exported; what is on its way is asked again.
        let phases = call.outcomes.phases(0);
        if phases.has(Phase::Failed) && phases.within(Phases::FAILED | Phases::BUSY) {
            call.outcomes.push(not_found(id::TAGS_NOT_AVAILABLE));
        } else {
            let moving = !(Phases::ABSENT | Phases::AVAILABLE);
            call.outcomes.push_in(0, moving, || not_found(id::TAGS_NOT_AVAILABLE).passing());
            // That it is available these operations may learn later than a describe.
            if name.as_ref().is_some_and(|name| view.tags_may_lag(name)) {
                let late = || not_found(id::TAGS_NOT_AVAILABLE).alternative().passing();
                call.outcomes.push_in(0, Phases::AVAILABLE, late);
            }
        }
        if !view.knows_account() {
            call.outcomes.push(invalid_arn(id::TAGS_ARN_FOREIGN).alternative());
            call.outcomes.extend(foreign().map(Allowed::alternative));
        }
        call.success.when[0] = !Phases::ABSENT;
        call.name = name.map(Cow::Owned);
        Some(call)
    }

    /// The rules for a cluster or group that is not there; `None` where it may be, and for yet other resources.
    fn of_no_owner(mut self, view: &impl View, arn: &Arn<'_>) -> Option<Self> {
        let kind = OwnerKind::from_word(arn.kind)?;
        let is_absent = view.owner_exists(&Owner { kind, id: text(arn.name) }) == Some(false);
        if !is_absent || !view.is_at_home(arn.region, arn.account) {
            return None;
        }
        let clause = id::TAGS_ARN_KIND;
        let [not_found, other] = match kind {
            OwnerKind::Cluster => [FaultCode::CacheClusterNotFound, FaultCode::ReplicationGroupNotFound],
            OwnerKind::Group => [FaultCode::ReplicationGroupNotFound, FaultCode::CacheClusterNotFound],
        };
        self.outcomes.push(Allowed::fault(not_found, clause));
        for code in [
            other,
            FaultCode::InvalidArn,
            FaultCode::SnapshotNotFound,
            FaultCode::InvalidParameterValue,
            FaultCode::AccessDenied,
            FaultCode::AccessDeniedException,
        ] {
            self.outcomes.push(Allowed::fault(code, clause).alternative());
        }
        self.success = Allowed::reply(clause).alternative();
        Some(self)
    }

    fn finish(mut self) -> Prediction<'static> {
        if self.success.code_clause == id::TAGS_ARN_KIND {
            // Nothing else is shown to be kept by a reply for what is not there.
            self.success.clauses = smallvec![id::TAGS_ARN_KIND];
        }
        finish(self.outcomes, self.success, [self.name, None], id::TAGS_UNKNOWN_SNAPSHOT)
    }
}
