use std::collections::BTreeMap;
use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use super::MOST_TAGS;
use crate::service::{TagArg, Text, text};
use crate::spec::{ClauseId, id};

/// The tags of one resource.
pub type TagMap = BTreeMap<Text, Text>;

/// The tags that a resource may have: usually one set.
pub type TagSets = SmallVec<[Arc<TagMap>; 1]>;

/// The most sets that are told apart; where a call would leave more, nothing is known any more.
const MOST_SETS: usize = 16;

/// A rule that a list of tags breaks, and whether the call can succeed nevertheless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TagRule {
    /// The clause.
    pub clause: ClauseId,
    /// Whether the call is refused for sure.
    pub certain: bool,
}

/// Returns the rules that the tags of a request break, apart from their number.
#[must_use]
pub fn rules(tags: &[TagArg]) -> SmallVec<[TagRule; 2]> {
    let mut broken: SmallVec<[TagRule; 2]> = SmallVec::new();
    let mut add = |clause, certain| {
        if !broken.iter().any(|rule: &TagRule| rule.clause == clause) {
            broken.push(TagRule { clause, certain });
        }
    };
    for (index, tag) in tags.iter().enumerate() {
        let key = tag.key.as_deref().unwrap_or_default();
        let value = tag.value.as_deref().unwrap_or_default();
        if key.is_empty() {
            add(id::TAGS_KEY_EMPTY, true);
        }
        if key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            add(id::TAGS_KEY_RESERVED, true);
        }
        if key.chars().count() > 128 {
            add(id::TAGS_KEY_TOO_LONG, true);
        }
        if value.chars().count() > 256 {
            add(id::TAGS_VALUE_TOO_LONG, true);
        }
        if !key.chars().chain(value.chars()).all(is_plain) {
            add(id::TAGS_CHARSET, false);
        }
        if tags.iter().take(index).any(|earlier| earlier.key == tag.key) {
            add(id::TAGS_DUPLICATE, false);
        }
    }
    broken
}

/// The characters that both pages of the user guide allow.
fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, ' ' | '_' | '.' | ':' | '=' | '+' | '-' | '@')
}

/// Returns the tags that a resource may have after exactly these were given: with a key given twice, the first or the
/// last value (`tags.duplicate`); an absent value is empty (`tags.value.absent`).
#[must_use]
pub fn given(tags: &[TagArg]) -> TagSets {
    added(&smallvec![Arc::new(TagMap::new())], tags).unwrap_or_default()
}

/// Returns the tags that a resource may have after these were added to what it had; `None` where there are too many
/// possibilities to tell apart. An existing key's value is replaced (`tags.add.overwrites`).
#[must_use]
pub fn added(before: &TagSets, tags: &[TagArg]) -> Option<TagSets> {
    let pairs =
        || tags.iter().filter_map(|tag| Some((tag.key.clone()?, tag.value.clone().unwrap_or_else(|| text("")))));
    let mut after = TagSets::new();
    for set in before {
        let last: TagMap = set.iter().map(|(key, value)| (key.clone(), value.clone())).chain(pairs()).collect();
        let mut first = set.as_ref().clone();
        let reversed: Vec<_> = pairs().collect();
        first.extend(reversed.into_iter().rev());
        insert(&mut after, last);
        insert(&mut after, first);
    }
    (after.len() <= MOST_SETS).then_some(after)
}

/// Returns the tags that a resource may have after these keys were removed.
#[must_use]
pub fn removed(before: &TagSets, keys: &[Text]) -> TagSets {
    let mut after = TagSets::new();
    for set in before {
        let rest = set.iter().filter(|(key, _)| !keys.contains(key));
        insert(&mut after, rest.map(|(key, value)| (key.clone(), value.clone())).collect());
    }
    after
}

/// Returns the least and the most number of tags that a resource may have after these were added.
#[must_use]
pub(crate) fn count_after(before: Option<&TagSets>, tags: &[TagArg]) -> (usize, usize) {
    let counts = before.into_iter().flatten().map(|set| {
        let mut keys: Vec<&str> =
            tags.iter().filter_map(|tag| tag.key.as_deref()).filter(|key| !set.contains_key(*key)).collect();
        keys.sort_unstable();
        keys.dedup();
        set.len() + keys.len()
    });
    let bounds = counts.fold(None, |bounds: Option<(usize, usize)>, count| {
        Some(bounds.map_or((count, count), |(least, most)| (least.min(count), most.max(count))))
    });
    bounds.unwrap_or((0, MOST_TAGS + 1))
}

pub(crate) fn insert(sets: &mut TagSets, set: TagMap) {
    if !sets.iter().any(|known| **known == set) {
        sets.push(Arc::new(set));
    }
}
