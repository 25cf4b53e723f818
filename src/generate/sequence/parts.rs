use super::BASE;
use crate::case::{Ask, CaseStep, Filter, Parameter, TagTemplate, Value, Word};
use crate::service::{Operation, text};

pub(super) fn word(ask: &Ask, parameter: Parameter) -> Option<&Word> {
    match ask.value(parameter) {
        Some(Value::Word(word)) => Some(word),
        _ => None,
    }
}

pub(super) fn source(ask: &Ask) -> Option<&Word> {
    word(ask, Parameter::SourceSnapshotName)
}

/// The name that a request makes.
pub(super) fn made(ask: &Ask) -> Option<&Word> {
    match ask.operation {
        Operation::CopySnapshot => word(ask, Parameter::TargetSnapshotName),
        Operation::CreateSnapshot => word(ask, Parameter::SnapshotName),
        _ => None,
    }
}

/// The name that a request makes, changes or removes.
pub(super) fn written(ask: &Ask) -> Option<&Word> {
    match ask.operation {
        Operation::DeleteSnapshot => word(ask, Parameter::SnapshotName),
        Operation::AddTagsToResource | Operation::RemoveTagsFromResource => word(ask, Parameter::ResourceName),
        _ => made(ask),
    }
}

/// The name that a word comes to, whatever its case, in whatever form; `None` for a literal.
pub(super) fn key(word: &Word) -> Option<String> {
    let Word::Name { alias, filters } = word else { return None };
    let told = filters.iter().filter(|filter| matches!(filter, Filter::Pad(_) | Filter::Suffix(_) | Filter::Prefix(_)));
    Some(told.fold(alias.to_string(), |name, filter| format!("{name}|{filter}")))
}

/// The names that a step speaks of.
pub(super) fn names(step: &CaseStep) -> impl Iterator<Item = String> {
    words(step).into_iter().filter_map(|word| key(&word)).filter(|name| name != BASE && name != "kms-key")
}

pub(super) fn words(step: &CaseStep) -> Vec<Word> {
    let mut words = Vec::new();
    let mut copy = step.clone();
    let seen = std::cell::RefCell::new(&mut words);
    words_mut(&mut copy, &|word: &mut Word| seen.borrow_mut().push(word.clone()));
    words
}

pub(super) fn words_mut(step: &mut CaseStep, change: &impl Fn(&mut Word)) {
    let ask = |ask: &mut Ask| {
        for (_, value) in &mut ask.with {
            match value {
                Value::Word(word) => change(word),
                Value::Keys(keys) => keys.iter_mut().for_each(change),
                Value::Tags(tags) => {
                    tags.iter_mut().flat_map(|tag| [&mut tag.key, &mut tag.value]).flatten().for_each(change);
                }
                Value::TagCount(_) | Value::Flag(_) | Value::Owner => {}
            }
        }
    };
    match step {
        CaseStep::Settle(settle) => settle.names.iter_mut().for_each(change),
        step => step.asks_mut().for_each(ask),
    }
}

/// Walks the numbers of a step that may be smaller, each with the least that makes sense.
pub(super) fn each_number(step: &mut CaseStep, number: &mut impl FnMut(u64, &mut u32)) {
    let mut ask = |ask: &mut Ask| {
        for (_, value) in &mut ask.with {
            match value {
                Value::TagCount(count) => number(1, count),
                Value::Word(Word::Name { filters, .. }) => {
                    for filter in filters {
                        if let Filter::Pad(to) = filter {
                            number(40, to);
                        }
                    }
                }
                _ => {}
            }
        }
    };
    step.asks_mut().for_each(&mut ask);
}

/// Tells whether a request without the parameter is another request.
pub(super) fn is_needed(operation: Operation, parameter: Parameter) -> bool {
    let names_cluster = operation == Operation::CreateCacheCluster && parameter == Parameter::CacheClusterId;
    let is_always = matches!(
        parameter,
        Parameter::SourceSnapshotName
            | Parameter::TargetSnapshotName
            | Parameter::SnapshotName
            | Parameter::ResourceName
            | Parameter::Owner
            | Parameter::TagKeys
            | Parameter::Bucket
            | Parameter::Key
            | Parameter::Body
    );
    is_always || names_cluster
}

pub(super) fn tags(ask: &mut Ask, change: impl Fn(&mut Vec<TagTemplate>)) {
    for (_, value) in &mut ask.with {
        if let Value::Tags(tags) = value {
            change(tags);
        }
    }
}

/// Puts the plainest keys and values in the place of any others.
pub(super) fn plain_tags(tags: &mut [TagTemplate]) {
    for (place, tag) in tags.iter_mut().enumerate() {
        tag.key = Some(Word::Literal(text(format!("k{place}"))));
        tag.value = Some(Word::literal("v"));
    }
}

/// Takes from names what makes capitals of them.
pub(super) fn unfiltered(ask: &mut Ask) {
    for (_, value) in &mut ask.with {
        if let Value::Word(Word::Name { filters, .. }) = value {
            filters.retain(|filter| *filter != Filter::Upper);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_that_is_made_keeps_its_name_and_a_filter_may_go() {
        assert!(is_needed(Operation::CreateCacheCluster, Parameter::CacheClusterId));
        assert!(!is_needed(Operation::DescribeSnapshots, Parameter::CacheClusterId));
    }
}
