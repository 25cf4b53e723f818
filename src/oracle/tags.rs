use std::sync::Arc;

use smallvec::SmallVec;

use super::belief::Belief;
use super::judgement::{Judgement, Mark, Needs, Reason};
use super::slot::Slot;
use crate::model::{Phases, TagMap, TagSets, View, added, removed, rules};
use crate::service::{Arn, Call, Owner, OwnerKind, Step, Tag, TagArg, TagSpelling, Text, canonical, text};
use crate::spec::{ClauseId, id};
use crate::trace::short;

/// Rules on the reply of a tag operation, and learns from it.
pub(super) fn judge(belief: &mut Belief, judgement: &mut Judgement, step: &Step, shown: &[Tag]) {
    let arn = resource(&step.call).and_then(Arn::parse);
    let Some(arn) = arn.filter(|arn| arn.kind == "snapshot") else {
        return of_another_kind(belief, judgement, step, shown);
    };
    let name = &*canonical(arn.name);
    if belief.may_be_export(name) {
        // Of whose tags it is, it does not say.
        if step.call.is_write() {
            widen(belief, step);
        }
        return;
    }
    let slot = belief.slots.get(name);
    let unread = slot.and_then(|slot| slot.tag_clauses.first().copied());
    if slot.is_some_and(|slot| !slot.answers_tags && slot.truth.within(Phases::RESTING))
        && let Some(slot) = belief.slots.get_mut(name)
    {
        slot.answers_tags = true;
    }
    if step.call.is_write() {
        change(belief, step, name);
    }
    let observed = observed(belief, name, shown);
    if observed.len() != shown.len() {
        judgement.contradict(id::TAGS_LIST, Reason::Unexpected, "each key once", words_of(shown));
    }
    match &step.call {
        // What is shown for the ARN of another account or region is none of ours.
        Call::ListTags { .. } | Call::RemoveTags { .. } if !belief.is_at_home(arn.region, arn.account) => {}
        Call::ListTags { .. } => listed(belief, judgement, name, observed),
        Call::AddTags { tags, .. } => {
            // A reply without what was just added is wrong whatever was there before.
            let kept = has_all(&observed, tags.as_deref().unwrap_or_default());
            full_set(belief, judgement, name, &observed, unread.filter(|_| kept));
        }
        Call::RemoveTags { keys, .. } => {
            let gone = keys.iter().flatten().all(|key| !observed.contains_key(key));
            left(belief, judgement, name, &observed, unread.filter(|_| gone));
        }
        _ => {}
    }
}

/// Tells whether these are among the tags; of a key that is given twice, with either value.
fn has_all(observed: &TagMap, tags: &[TagArg]) -> bool {
    let is_value = |tag: &TagArg, value: &Text| **value == *tag.value.as_deref().unwrap_or_default();
    tags.iter().filter_map(|tag| tag.key.as_ref()).all(|key| {
        let mut given = tags.iter().filter(|tag| tag.key.as_ref() == Some(key));
        observed.get(key).is_some_and(|value| given.any(|tag| is_value(tag, value)))
    })
}

/// Returns the tags shown: the set that was thought of, where they are just that, in order, and else a new one.
fn observed(belief: &Belief, name: &str, shown: &[Tag]) -> Arc<TagMap> {
    let mut thought = belief.slots.get(name).into_iter().flat_map(|slot| slot.tags.iter().flatten());
    let is_shown = |set: &&Arc<TagMap>| set.iter().eq(shown.iter().map(|tag| (&tag.key, &tag.value)));
    thought.find(is_shown).cloned().unwrap_or_else(|| {
        let mut observed = TagMap::new();
        observed.extend(shown.iter().map(|tag| (tag.key.clone(), tag.value.clone())));
        Arc::new(observed)
    })
}

/// Takes into account that a change of tags may have happened or not.
pub(super) fn widen(belief: &mut Belief, step: &Step) {
    let Some(name) = resource(&step.call).and_then(Arn::snapshot_in) else { return };
    let name = &*canonical(name);
    let before = belief.slots.get(name).and_then(|slot| slot.tags.clone());
    change(belief, step, name);
    if let (Some(slot), Some(before)) = (belief.slots.get_mut(name), before)
        && let Some(sets) = &mut slot.tags
    {
        sets.extend(before);
    }
}

/// Returns the resource that a tag operation names, without spaces around it.
fn resource(call: &Call) -> Option<&str> {
    let (Call::AddTags { resource, .. } | Call::RemoveTags { resource, .. } | Call::ListTags { resource }) = call
    else {
        return None;
    };
    resource.as_deref().map(str::trim)
}

/// Rules on the reply for a cluster or group that has a snapshot's name: it is none of the snapshot's matters.
fn of_another_kind(belief: &mut Belief, judgement: &mut Judgement, step: &Step, shown: &[Tag]) {
    let Some(arn) = resource(&step.call).and_then(Arn::parse) else { return };
    let Some(kind) = OwnerKind::from_word(arn.kind) else { return };
    let name = text(canonical(arn.name));
    let is_there = belief.owner_exists(&Owner { kind, id: name.clone() }) != Some(false);
    let Some(slot) = belief.slots.get_mut(&name).filter(|slot| slot.lives > 0 && !slot.suspect) else { return };
    let given = match &step.call {
        Call::AddTags { tags, .. } => tags.as_deref().unwrap_or_default(),
        _ => &[],
    };
    let was_given = |tag: &Tag| given.iter().any(|given| given.key.as_ref() == Some(&tag.key));
    let is_its = |tag: &Tag| slot.tags.iter().flatten().any(|set| set.get(&tag.key) == Some(&tag.value));
    if !is_there && shown.iter().any(|tag| is_its(tag) && !was_given(tag)) {
        let expected = format!("no tags of the snapshot `{name}`, since there is no such {}", arn.kind);
        judgement.contradict(id::TAGS_ARN_KIND, Reason::Unexpected, expected, words_of(shown));
    }
    if step.call.is_write() && !slot.tag_clauses.contains(&id::TAGS_ARN_KIND) {
        // What the next list of the snapshot's tags shows.
        slot.tag_clauses.push(id::TAGS_ARN_KIND);
    }
}

fn change(belief: &mut Belief, step: &Step, name: &str) {
    let Some(slot) = belief.slots.get_mut(name) else { return };
    let before = slot.tags.take();
    let mut clauses: SmallVec<[ClauseId; 8]> = SmallVec::new();
    slot.tags = match (&step.call, before) {
        (Call::AddTags { tags, .. }, Some(before)) => {
            let tags = tags.as_deref().unwrap_or_default();
            let overwrites = before
                .iter()
                .any(|set| tags.iter().any(|tag| tag.key.as_ref().is_some_and(|key| set.contains_key(key))));
            clauses.push(if overwrites { id::TAGS_ADD_OVERWRITES } else { id::TAGS_LIST });
            clauses.extend(odd_clauses(tags));
            let passed_over = (step.dress.tags == TagSpelling::Member).then(|| before.clone());
            let mut after = added(before, tags);
            if let (Some(sets), Some(before)) = (&mut after, passed_over) {
                sets.extend(before);
                clauses.insert(0, id::TAGS_SPELLING);
            }
            after
        }
        (Call::RemoveTags { keys, .. }, Some(before)) => {
            clauses.push(id::TAGS_REMOVE_REST);
            Some(removed(before, keys.as_deref().unwrap_or_default()))
        }
        (_, before) => before,
    };
    slot.refused = None;
    slot.tag_clauses = clauses;
    let (after, lineage) = (slot.tags.clone(), slot.lineage.clone());
    // A change on one side must not show on the other.
    let is_new = |kin: &Slot| !kin.tag_clauses.contains(&id::COPY_TAGS_INDEPENDENT);
    // When a copy takes over the tags of its source is not known: as it is asked for, or as it is done.
    let takes_over = |kin: &Slot| {
        let inherits = |clause: &ClauseId| INHERITING.contains(clause);
        !kin.truth.within(Phases::RESTING) && kin.is_copy_of(name) && kin.tag_clauses.iter().any(inherits)
    };
    let is_changed = |other: &Text, kin: &Slot| {
        if kin.comes_from(name) { is_new(kin) || takes_over(kin) } else { lineage.contains(other) && is_new(kin) }
    };
    belief.slots.change(is_changed, |kin| {
        if takes_over(kin) {
            match (&mut kin.tags, &after) {
                (Some(sets), Some(after)) => {
                    for set in after {
                        if !sets.contains(set) {
                            TagSets::push(sets, Arc::clone(set));
                        }
                    }
                }
                (sets, _) => *sets = None,
            }
        }
        if is_new(kin) {
            kin.tag_clauses.push(id::COPY_TAGS_INDEPENDENT);
        }
    });
}

/// The clauses about copies whose tags may be those of their source.
const INHERITING: [ClauseId; 3] = [id::COPY_TAGS_INHERITED, id::COPY_TAGS_EMPTY_LIST, id::TAGS_SPELLING];

/// Rules on the full set that a reply shows. Where the tags before were not read back, they may be what is wrong: then
/// `unread` is the clause about them.
fn full_set(
    belief: &mut Belief,
    judgement: &mut Judgement,
    name: &str,
    observed: &Arc<TagMap>,
    unread: Option<ClauseId>,
) {
    let Some(slot) = belief.slots.get_mut(name) else { return };
    let Some(sets) = &mut slot.tags else { return };
    if slot.suspect {
        return;
    }
    if sets.contains(observed) {
        judgement.pass(id::TAGS_ADD_FULL_SET);
    } else {
        let clause = telling(&slot.tag_clauses, sets, observed).or(unread).unwrap_or(id::TAGS_ADD_FULL_SET);
        contradict(judgement, &slot.tag_clauses, clause, sets, observed);
        if unread.is_some() {
            // It is the tags that were wrong before, and a list may show them so.
            TagSets::push(sets, Arc::clone(observed));
        }
    }
}

/// Rules on what the reply to a removal lists: what is left, or nothing, which says nothing. `unread` is as for the full
/// set.
fn left(belief: &mut Belief, judgement: &mut Judgement, name: &str, observed: &Arc<TagMap>, unread: Option<ClauseId>) {
    let Some(slot) = belief.slots.get_mut(name) else { return };
    let Some(sets) = &mut slot.tags else { return };
    if slot.suspect || observed.is_empty() || sets.contains(observed) {
        return;
    }
    let clause = unread.unwrap_or(id::TAGS_REMOVE_REST);
    contradict(judgement, &slot.tag_clauses, clause, sets, observed);
    // They may be what a list shows, and what a copy inherits.
    TagSets::push(sets, Arc::clone(observed));
}

/// Returns the clauses about tags that need not be taken, and may not be changed where they are.
pub(super) fn odd_clauses(tags: &[TagArg]) -> impl Iterator<Item = ClauseId> {
    let broken: SmallVec<[ClauseId; 2]> = rules(tags).iter().map(|rule| rule.clause).collect();
    broken.into_iter().filter(|clause| ODD.contains(clause))
}

const ODD: [ClauseId; 2] = [id::TAGS_DUPLICATE, id::TAGS_CHARSET];

/// Picks those clauses among the ones that the next list of tags decides.
fn odd(clauses: &[ClauseId]) -> impl Iterator<Item = ClauseId> {
    clauses.iter().copied().filter(|clause| ODD.contains(clause))
}

/// Says that other tags are shown than may be there: against the clause, and those among `waiting` that a list decides.
fn contradict(judgement: &mut Judgement, waiting: &[ClauseId], clause: ClauseId, sets: &TagSets, observed: &TagMap) {
    for clause in odd(waiting).chain([clause]) {
        judgement.contradict(
            clause,
            Reason::Wrong,
            words(sets, observed),
            pairs(observed, sets.first().map(|set| &**set)),
        );
    }
}

fn listed(belief: &mut Belief, judgement: &mut Judgement, name: &str, observed: Arc<TagMap>) {
    let Some(slot) = belief.slots.get_mut(name) else { return };
    let Some(sets) = &slot.tags else {
        slot.tags = Some(TagSets::from_iter([observed]));
        return;
    };
    if slot.suspect {
        judgement.mark(id::TAGS_LIST, Mark::Inconclusive("an earlier contradiction makes it doubtful"), Needs::Life);
        return;
    }
    if sets.contains(&observed) {
        judgement.pass(id::TAGS_LIST);
        for clause in slot.tag_clauses.drain(..) {
            judgement.pass(clause);
        }
        if let Some(clause) = slot.refused {
            judgement.mark(clause, Mark::Pass, Needs::Twin);
        }
        if slot.old_tags.iter().flat_map(|old| old.keys()).any(|key| !observed.contains_key(key)) {
            judgement.pass(id::DELETE_TAGS_GONE);
        }
        if has_keys_by_case(&observed) {
            judgement.pass(id::TAGS_KEY_CASE);
        }
        if observed.values().any(|value| value.contains(['&', '<', '>', '"', '\''])) {
            judgement.pass(id::WIRE_ESCAPING);
        }
        slot.tags = Some(TagSets::from_iter([observed]));
    } else {
        let source = slot.source().cloned();
        let of_source = source.and_then(|source| belief.slots.get(&source)?.tags.clone());
        let Some(slot) = belief.slots.get_mut(name) else { return };
        let Some(sets) = &slot.tags else { return };
        let clause = blame(slot, sets, &observed, of_source.as_ref());
        contradict(judgement, &slot.tag_clauses, clause, sets, &observed);
        slot.tags = Some(TagSets::from_iter([observed]));
        slot.tag_clauses.clear();
    }
}

/// Picks the clause that other tags than may be there contradict; `of_source` are those that its source may have.
fn blame(slot: &Slot, sets: &TagSets, observed: &TagMap, of_source: Option<&TagSets>) -> ClauseId {
    let expected = |key: &Text| sets.iter().any(|set| set.contains_key(key));
    let plain = |part: &str| {
        let signs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#39;", "'"), ("&amp;", "&")];
        signs.iter().fold(part.to_owned(), |plain, (entity, sign)| plain.replace(entity, sign))
    };
    let is_expected =
        |key: &str, value: &str| sets.iter().flat_map(|set| set.iter()).any(|(k, v)| (&**k, &**v) == (key, value));
    let escaped = |(key, value): (&Text, &Text)| {
        let (plain_key, plain_value) = (plain(key), plain(value));
        (plain_key != **key || plain_value != **value) && is_expected(&plain_key, &plain_value)
    };
    if observed.iter().any(escaped) {
        return id::WIRE_ESCAPING;
    }
    let had = |key: &Text| slot.old_tags.as_ref().and_then(|old| old.get(key));
    let has_source = |key: &Text, value: &Text| of_source.into_iter().flatten().any(|set| set.get(key) == Some(value));
    let old = |(key, value): (&Text, &Text)| !expected(key) && had(key) == Some(value) && !has_source(key, value);
    if observed.iter().any(old) {
        return id::DELETE_TAGS_GONE;
    }
    if let Some(clause) = telling(&slot.tag_clauses, sets, observed) {
        return clause;
    }
    // What was not read back since may be what is wrong, before any refusal.
    slot.tag_clauses.first().copied().or(slot.refused).unwrap_or(id::TAGS_LIST)
}

/// Returns the clause that is told by what is wrong, whatever was done before; `None` where more than one may be.
fn telling(waiting: &[ClauseId], sets: &TagSets, observed: &TagMap) -> Option<ClauseId> {
    if loses_by_case(sets, observed) {
        Some(id::TAGS_KEY_CASE)
    } else if loses_emptiness(waiting.first().copied(), sets, observed) {
        Some(id::TAGS_VALUE_ABSENT)
    } else {
        None
    }
}

/// Tells whether nothing is wrong but that values are not empty that should be, or that these alone of all are not there;
/// `since` is the clause about what was done last.
fn loses_emptiness(since: Option<ClauseId>, sets: &TagSets, observed: &TagMap) -> bool {
    if since == Some(id::TAGS_ADD_OVERWRITES) {
        return false;
    }
    // What was added may not have been added at all.
    let all_at_once = since.is_some_and(|clause| clause != id::TAGS_LIST) && !observed.is_empty();
    let is_right = |set: &TagMap, key: &Text| match (set.get(key), observed.get(key)) {
        (Some(wanted), None) => all_at_once && wanted.is_empty(),
        (Some(wanted), Some(shown)) => wanted == shown || wanted.is_empty(),
        (None, _) => false,
    };
    sets.iter().any(|set| set.keys().chain(observed.keys()).all(|key| is_right(set, key)))
}

/// Tells whether a key is not there, and another is that differs from it in case only.
fn loses_by_case(sets: &TagSets, observed: &TagMap) -> bool {
    let lost = |key: &Text| !observed.contains_key(key) && observed.keys().any(|shown| shown.eq_ignore_ascii_case(key));
    sets.iter().all(|set| set.keys().any(lost))
}

fn has_keys_by_case(set: &TagMap) -> bool {
    set.keys().any(|key| set.keys().any(|other| key != other && key.eq_ignore_ascii_case(other)))
}

fn words(sets: &TagSets, observed: &TagMap) -> String {
    let all: Vec<String> = sets.iter().map(|set| pairs(&**set, Some(observed))).collect();
    all.join(" or ")
}

fn words_of(tags: &[Tag]) -> String {
    pairs(tags.iter().map(|tag| (&tag.key, &tag.value)), None)
}

/// Writes some of the tags: of many, those first that are not `beside` them too, whose like is cut short.
fn pairs<'a>(tags: impl IntoIterator<Item = (&'a Text, &'a Text)>, beside: Option<&TagMap>) -> String {
    const MOST: usize = 8;
    let is_beside = |key: &Text, value: &Text| beside.is_some_and(|beside| beside.get(key) == Some(value));
    let mut all: Vec<(bool, String)> = tags
        .into_iter()
        .map(|(key, value)| (is_beside(key, value), format!("{key}={value}")))
        .map(|(same, pair)| (same, if same { short(&pair) } else { pair }))
        .collect();
    let more = if all.len() > MOST { format!(" and {} more", all.len() - MOST) } else { String::new() };
    if all.len() > MOST {
        all.sort_by_key(|(same, _)| *same);
    }
    let shown: Vec<String> = all.into_iter().take(MOST).map(|(_, pair)| pair).collect();
    format!("[{}]{more}", shown.join(" "))
}
