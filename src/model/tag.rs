use std::collections::BTreeMap;
use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use super::MOST_TAGS;
use super::name::is_longer;
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
        if is_longer(key, 128) {
            add(id::TAGS_KEY_TOO_LONG, true);
        }
        if is_longer(value, 256) {
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

/// The characters that both pages of the user guide allow, however narrow letters are taken.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '.' | ':' | '=' | '+' | '-' | '@')
}

/// Returns the tags that a resource may have after exactly these were given: with a key given twice, the first or the
/// last value (`tags.duplicate`); an absent value is empty (`tags.value.absent`).
#[must_use]
pub fn given(tags: &[TagArg]) -> TagSets {
    let none: TagSets = smallvec![Arc::default()];
    if tags.is_empty() { none } else { added(none, tags).unwrap_or_default() }
}

/// Returns the tags that a resource may have after these were added to what it had; `None` where there are too many
/// possibilities to tell apart. An existing key's value is replaced (`tags.add.overwrites`).
#[must_use]
pub fn added(before: TagSets, tags: &[TagArg]) -> Option<TagSets> {
    let pairs =
        || tags.iter().filter_map(|tag| Some((tag.key.clone()?, tag.value.clone().unwrap_or_else(|| text("")))));
    let each_key_once = tags.len() == 1 || new_keys(None, tags) == pairs().count();
    let mut after = TagSets::new();
    for mut set in before {
        let first = (!each_key_once).then(|| {
            let mut first = Arc::clone(&set);
            let reversed: Vec<_> = pairs().collect();
            Arc::make_mut(&mut first).extend(reversed.into_iter().rev());
            first
        });
        Arc::make_mut(&mut set).extend(pairs());
        insert(&mut after, set);
        first.into_iter().for_each(|first| insert(&mut after, first));
    }
    (after.len() <= MOST_SETS).then_some(after)
}

/// Returns the tags that a resource may have after these keys were removed.
#[must_use]
pub fn removed(before: TagSets, keys: &[Text]) -> TagSets {
    let mut after = TagSets::new();
    for mut set in before {
        if keys.iter().any(|key| set.contains_key(key)) {
            let left = Arc::make_mut(&mut set);
            keys.iter().for_each(|key| drop(left.remove(key)));
        }
        insert(&mut after, set);
    }
    after
}

/// Returns the least and the most number of tags that a resource may have after these were added.
#[must_use]
pub(crate) fn count_after(before: Option<&TagSets>, tags: &[TagArg]) -> (usize, usize) {
    let counts = before.into_iter().flatten().map(|set| set.len() + new_keys(Some(set), tags));
    let bounds = counts.fold(None, |bounds: Option<(usize, usize)>, count| {
        Some(bounds.map_or((count, count), |(least, most)| (least.min(count), most.max(count))))
    });
    bounds.unwrap_or_else(|| {
        let given = new_keys(None, tags);
        (given, given.max(MOST_TAGS + 1))
    })
}

/// Returns how many keys of the tags are not in the set.
pub(crate) fn new_keys(set: Option<&TagMap>, tags: &[TagArg]) -> usize {
    let keys = tags.iter().filter_map(|tag| tag.key.as_deref());
    let mut keys: SmallVec<[&str; 4]> = keys.filter(|key| set.is_none_or(|set| !set.contains_key(*key))).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.len()
}

pub(crate) fn insert(sets: &mut TagSets, set: Arc<TagMap>) {
    if !sets.contains(&set) {
        TagSets::push(sets, set);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> Vec<TagArg> {
        pairs.iter().map(|(key, value)| TagArg { key: Some(text(key)), value: Some(text(value)) }).collect()
    }

    /// The sets as they are written, in their order.
    fn told(sets: &TagSets) -> Vec<String> {
        let mut told: Vec<String> = sets
            .iter()
            .map(|set| set.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" "))
            .collect();
        told.sort();
        told
    }

    #[test]
    fn of_a_key_that_is_given_twice_either_value_may_stay() {
        let before = given(&tags(&[("a", "0"), ("z", "9")]));
        assert_eq!(told(&before), ["a=0 z=9"]);
        let once = added(before.clone(), &tags(&[("a", "1"), ("b", "2")])).unwrap_or_default();
        assert_eq!(told(&once), ["a=1 b=2 z=9"]);
        let twice = added(before, &tags(&[("a", "1"), ("b", "2"), ("a", "3")])).unwrap_or_default();
        assert_eq!(told(&twice), ["a=1 b=2 z=9", "a=3 b=2 z=9"]);
        assert_eq!(told(&removed(twice, &[text("a")])), ["b=2 z=9"], "what differs no more is one set");
    }

    #[test]
    fn more_sets_than_are_kept_apart_are_none() {
        let twice = tags(&[("a", "1"), ("a", "2")]);
        let sets = |count: usize| -> TagSets {
            (0..count).flat_map(|number| given(&tags(&[(&format!("k{number}"), "")]))).collect()
        };
        assert_eq!(added(sets(MOST_SETS / 2), &twice).map(|sets| sets.len()), Some(MOST_SETS));
        assert_eq!(added(sets(MOST_SETS / 2 + 1), &twice), None);
    }

    #[test]
    fn what_is_counted_is_the_most_and_the_least_that_may_be_there() {
        let one_or_two: TagSets =
            [tags(&[("a", "")]), tags(&[("b", ""), ("c", "")])].iter().flat_map(|tags| given(tags)).collect();
        assert_eq!(count_after(Some(&one_or_two), &tags(&[("a", "1")])), (1, 3));
        let twice = tags(&[("a", "1"), ("a", "2")]);
        assert_eq!(count_after(None, &twice), (1, MOST_TAGS + 1), "what nobody knows may be full");
    }
}
