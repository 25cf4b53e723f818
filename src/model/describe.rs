use smallvec::{SmallVec, smallvec};

use super::copy::subject;
use super::name::may_be_too_long;
use super::prediction::Outcomes;
use super::{Allowed, NameClass, PAGE, Phases, Prediction, Template, View, classify};
use crate::service::{DescribeSnapshots, FaultCode, Owner, OwnerKind, Text};
use crate::spec::{ClauseId, id};

/// The text for a page that is too large, observed.
const TOO_LARGE: Template =
    Template { clause: id::DESCRIBE_PAGE_TOO_LARGE_MESSAGE, text: "Cannot return more than 50 records per page." };

/// Returns the clauses that a reply shows to be kept; `None` where it may have to be refused.
pub(super) fn shown(view: &impl View, call: &DescribeSnapshots) -> Option<SmallVec<[ClauseId; 4]>> {
    call.max_records.is_none().then(|| kept(view, call))
}

fn kept(view: &impl View, call: &DescribeSnapshots) -> SmallVec<[ClauseId; 4]> {
    let mut kept = smallvec![id::DESCRIBE_SUCCEEDS];
    if owners(call).any(|owner| view.owner_exists(&owner) != Some(true)) {
        kept.push(id::DESCRIBE_OWNER_UNKNOWN);
    }
    if has_other_source(call) {
        kept.push(id::DESCRIBE_SOURCE_OTHER);
    }
    if call.marker().is_some_and(|marker| !view.knows_marker(marker)) {
        kept.push(id::DESCRIBE_MARKER_BAD);
    }
    kept
}

/// The outcomes of DescribeSnapshots; what a page may hold is for the belief to say.
pub(super) fn predict<'c>(view: &impl View, call: &'c DescribeSnapshots) -> Prediction<'c> {
    let name = subject(call.name.as_ref());
    let mut outcomes = Outcomes::new([name.as_ref().map_or(Phases::ALL, |name| view.phases(name)), Phases::ALL]);
    page_rules(&mut outcomes, call.max_records.as_deref());

    if let Some(given) = call.name.as_ref() {
        let not_found = |clause| Allowed::fault(FaultCode::SnapshotNotFound, clause).alternative();
        outcomes.push_in(0, Phases::ABSENT, || not_found(id::DESCRIBE_BY_NAME_UNKNOWN));
        if classify(given) != NameClass::Plain || may_be_too_long(given) {
            let clause = id::DESCRIBE_BY_NAME_UNKNOWN;
            let malformed = || Allowed::fault(FaultCode::InvalidParameterValue, clause).alternative();
            outcomes.push_in(0, Phases::ABSENT, malformed);
        }
        if name.as_deref() != Some(given) {
            outcomes.push(not_found(id::DESCRIBE_CASE));
            outcomes.push(Allowed::fault(FaultCode::InvalidParameterValue, id::DESCRIBE_CASE).alternative());
        }
        if call.is_filtered() {
            outcomes.push(Allowed::fault(FaultCode::InvalidParameterCombination, id::DESCRIBE_COMBINED).alternative());
            outcomes.push(not_found(id::DESCRIBE_COMBINED));
        }
    } else if call.cluster.is_some() && call.group.is_some() {
        outcomes.push(Allowed::fault(FaultCode::InvalidParameterCombination, id::DESCRIBE_COMBINED).alternative());
    }
    for owner in owners(call) {
        if view.owner_exists(&owner) != Some(true) {
            // DescribeSnapshots declares no fault for an unknown group, so that one of those that it declares may stand in.
            let of_group = (owner.kind == OwnerKind::Group).then_some(FaultCode::InvalidParameterValue);
            for code in [FaultCode::CacheClusterNotFound, FaultCode::SnapshotNotFound].into_iter().chain(of_group) {
                outcomes.push(Allowed::fault(code, id::DESCRIBE_OWNER_UNKNOWN).alternative());
            }
        }
    }
    if has_other_source(call) {
        outcomes.push(Allowed::fault(FaultCode::InvalidParameterValue, id::DESCRIBE_SOURCE_OTHER).alternative());
    }
    let marker = call.marker();
    if marker.is_some() && name.is_some() {
        // None of its own, so that nothing may come after it.
        outcomes.push(Allowed::fault(FaultCode::SnapshotNotFound, id::DESCRIBE_MARKER_BAD).alternative());
    }
    if marker.is_some_and(|marker| !view.knows_marker(marker)) {
        outcomes.push(Allowed::fault(FaultCode::InvalidParameterValue, id::DESCRIBE_MARKER_BAD).alternative());
    }
    let mut success = Allowed::reply(id::DESCRIBE_SUCCEEDS);
    kept(view, call).into_iter().for_each(|clause| success.show(clause));
    outcomes.finish(success, [name, None])
}

fn has_other_source(call: &DescribeSnapshots) -> bool {
    call.source.as_deref().is_some_and(|source| source != "user" && source != "system")
}

/// Walks the owners that a describe filters by.
pub(super) fn owners(call: &DescribeSnapshots) -> impl Iterator<Item = Owner> {
    let of = |id: &Option<Text>, kind| id.as_ref().filter(|id| !id.is_empty()).map(|id| Owner { kind, id: id.clone() });
    of(&call.cluster, OwnerKind::Cluster).into_iter().chain(of(&call.group, OwnerKind::Group))
}

fn page_rules(outcomes: &mut Outcomes, max_records: Option<&str>) {
    let Some(given) = max_records.filter(|given| !given.is_empty()) else { return };
    let invalid = |clause| Allowed::fault(FaultCode::InvalidParameterValue, clause).certain();
    match given.parse::<i64>() {
        Err(_) => {
            let clause = id::DESCRIBE_PAGE_NOT_A_NUMBER;
            outcomes.push(invalid(clause));
            for code in [FaultCode::ValidationError, FaultCode::MalformedQueryString, FaultCode::InvalidQueryParameter]
            {
                outcomes.push(Allowed::fault(code, clause).certain().alternative());
            }
        }
        Ok(size) if size > PAGE.1 as i64 => {
            outcomes.push(invalid(id::DESCRIBE_PAGE_TOO_LARGE).text(&TOO_LARGE));
        }
        Ok(size) if size < PAGE.0 as i64 => outcomes.push(invalid(id::DESCRIBE_PAGE_TOO_SMALL)),
        Ok(_) => {}
    }
}
