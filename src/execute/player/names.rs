use crate::service::{Arn, Call, Text, canonical, text};

/// Returns the snapshots that a call names, as the service keeps them.
pub(super) fn named(call: &Call) -> Vec<Text> {
    let names: [Option<&Text>; 2] = match call {
        Call::Copy(copy) => [copy.source.as_ref(), copy.target.as_ref()],
        Call::Create(create) => [create.name.as_ref(), None],
        Call::Delete { name } => [name.as_ref(), None],
        Call::Describe(describe) => [describe.name.as_ref(), None],
        Call::AddTags { resource, .. } | Call::RemoveTags { resource, .. } | Call::ListTags { resource } => {
            let arn = resource.as_deref().and_then(Arn::parse);
            return arn.map(|arn| text(canonical(arn.name))).into_iter().collect();
        }
        Call::Fixture(_) | Call::S3(_) => [None, None],
    };
    names.into_iter().flatten().map(|name| text(canonical(name))).collect()
}

/// Tells whether a name that is not as the service keeps it is of the case nevertheless.
pub(super) fn is_ours(name: &str, prefix: &str) -> bool {
    name.to_ascii_lowercase().contains(prefix)
}
