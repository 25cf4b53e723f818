use super::tag::new_keys;
use super::{MOST_TAGS, NameClass, PAGE, Phases, View, classify, is_unusable, rules};
use crate::service::{
    Call, CopySnapshot, CreateSnapshot, DescribeSnapshots, Owner, OwnerKind, TagArg, TagList, Text, canonical, text,
};

/// What a twin may use: things that are known to be in order.
#[derive(Clone, Debug)]
pub struct Spare {
    /// An available snapshot that may be copied.
    pub source: Text,
    /// A name that is free.
    pub fresh: Text,
    /// An available cluster or group; `None` where there is none.
    pub owner: Option<Owner>,
    /// The ARN of an available snapshot whose tags may be changed; `None` where there is none.
    pub resource: Option<Text>,
    /// A bucket that takes exports; `None` where there is none.
    pub bucket: Option<Text>,
}

/// Returns the call without its faults, after what has to be there for it: what is in order stays as it is, what is not
/// is mended.
///
/// Empty where there is nothing to mend it with, and for DeleteSnapshot, whose twin is the deletion of what a case made.
#[must_use]
pub fn twin(view: &impl View, call: &Call, spare: &Spare) -> Vec<Call> {
    let before = match call {
        // A key can be removed only where it is.
        Call::RemoveTags { .. } => {
            spare.resource.clone().map(|arn| Call::AddTags { resource: Some(arn), tags: Some(vec![one()]) })
        }
        _ => None,
    };
    before.into_iter().chain(mended_call(view, call, spare)).collect()
}

fn mended_call(view: &impl View, call: &Call, spare: &Spare) -> Option<Call> {
    match call {
        Call::Copy(copy) if copy.bucket().is_some() => Some(Call::Copy(CopySnapshot {
            source: Some(spare.source.clone()),
            target: Some(spare.fresh.clone()),
            bucket: Some(spare.bucket.clone()?),
            ..CopySnapshot::default()
        })),
        Call::Copy(copy) => Some(Call::Copy(CopySnapshot {
            source: Some(
                copy.source.clone().filter(|name| is_copyable(view, name)).unwrap_or_else(|| spare.source.clone()),
            ),
            target: Some(spare.fresh.clone()),
            kms_key: copy.kms_key.clone().filter(|key| !is_unusable(view, key)),
            tags: mended(&copy.tags),
            ..copy.clone()
        })),
        Call::Create(create) => {
            let owner = spare.owner.as_ref()?;
            let id = |kind| (owner.kind == kind).then(|| owner.id.clone());
            Some(Call::Create(CreateSnapshot {
                name: Some(spare.fresh.clone()),
                group: id(OwnerKind::Group),
                cluster: id(OwnerKind::Cluster),
                tags: mended(&create.tags),
                ..create.clone()
            }))
        }
        Call::Restore { .. } => {
            Some(Call::Restore { cluster: Some(spare.fresh.clone()), snapshot: Some(spare.source.clone()) })
        }
        Call::Delete { .. } | Call::Fixture(_) | Call::S3(_) => None,
        Call::Describe(describe) => {
            let in_order = |given: &Text| given.parse::<usize>().is_ok_and(|size| (PAGE.0..=PAGE.1).contains(&size));
            Some(Call::Describe(DescribeSnapshots {
                max_records: describe
                    .max_records
                    .clone()
                    .map(|given| if in_order(&given) { given } else { text("20") }),
                marker: None,
                source: describe.source.clone().filter(|source| matches!(&**source, "user" | "system")),
                ..describe.clone()
            }))
        }
        Call::AddTags { tags, .. } => {
            let tags = mended(tags).filter(|tags| !tags.is_empty()).or_else(|| Some(vec![one()]));
            Some(Call::AddTags { resource: Some(spare.resource.clone()?), tags })
        }
        Call::RemoveTags { .. } => {
            Some(Call::RemoveTags { resource: Some(spare.resource.clone()?), keys: one().key.map(|key| vec![key]) })
        }
        Call::ListTags { .. } => Some(Call::ListTags { resource: Some(spare.resource.clone()?) }),
    }
}

fn is_copyable(view: &impl View, name: &str) -> bool {
    classify(name) == NameClass::Plain && canonical(name) == name && view.phases(name) == Phases::AVAILABLE
}

fn one() -> TagArg {
    TagArg { key: Some(text("twin")), value: Some(text("1")) }
}

fn mended(tags: &TagList) -> TagList {
    let given = tags.as_deref()?;
    let many = new_keys(None, given) > MOST_TAGS;
    Some(if many || !rules(given).is_empty() { vec![one()] } else { given.to_vec() })
}
