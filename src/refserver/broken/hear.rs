use super::Broken;
use crate::model::State;
use crate::refserver::Defect;
use crate::service::{
    Arn, Call, CopySnapshot, CreateSnapshot, DescribeSnapshots, Owner, OwnerKind, Step, TagArg, Text, text,
};

/// The characters of the longest name that is not shortened by the defects that shorten names.
const LONGEST: usize = 48;

impl Broken {
    /// Changes what is asked before it is decided whether it may be done.
    pub(in crate::refserver) fn hear(&self, step: &mut Step, world: &State) {
        let Some(defect) = self.defect else { return };
        match (defect, &mut step.call) {
            (Defect::CopyFromArnAccepted, Call::Copy(CopySnapshot { source: Some(source), .. })) => {
                if let Some(arn) = Arn::parse(source) {
                    *source = text(arn.name);
                }
            }
            (Defect::CopyWithoutTargetAccepted, Call::Copy(CopySnapshot { source: Some(source), target, .. })) => {
                target.get_or_insert_with(|| text(format!("copy-of-{source}")));
            }
            (Defect::CreateWithoutNameAccepted, Call::Create(CreateSnapshot { name, group, cluster, .. })) => {
                let owner = group.as_deref().or(cluster.as_deref()).unwrap_or_default();
                name.get_or_insert_with(|| text(format!("snapshot-of-{owner}")));
            }
            (Defect::CopyTooLongTruncated, Call::Copy(CopySnapshot { target: Some(name), .. }))
            | (Defect::CreateTooLongTruncated, Call::Create(CreateSnapshot { name: Some(name), .. })) => {
                *name = text(name.chars().take(LONGEST).collect::<String>());
            }
            (
                Defect::CreateClusterIsPrefix,
                Call::Create(CreateSnapshot { cluster: Some(cluster), group: None, .. }),
            ) if !cluster.is_empty() => {
                let mut longer = world.owners(OwnerKind::Cluster).filter(|id| id.starts_with(&**cluster));
                if let Some(whole) = longer.next() {
                    *cluster = whole.clone();
                }
            }
            (
                Defect::TagsForeignArnAccepted | Defect::TagsKindIgnored,
                Call::AddTags { resource: Some(resource), .. }
                | Call::RemoveTags { resource: Some(resource), .. }
                | Call::ListTags { resource: Some(resource) },
            ) => {
                let of_kind = |arn: &Arn<'_>| match defect {
                    Defect::TagsKindIgnored => world.snapshot(arn.name).is_some(),
                    _ => arn.kind == "snapshot",
                };
                if let Some(arn) = Arn::parse(resource).filter(of_kind) {
                    *resource = world.arn(arn.name);
                }
            }
            _ => {}
        }
    }

    /// Changes what is done, now that it has been decided that it may be done.
    pub(in crate::refserver) fn mistake(&self, step: &mut Step, world: &State) {
        let Some(defect) = self.defect else { return };
        match &mut step.call {
            Call::Describe(call) => mistake_describe(defect, call, world),
            Call::Copy(CopySnapshot { bucket, .. }) if defect == Defect::ExportIgnoresBucket => *bucket = None,
            Call::Copy(CopySnapshot { tags, .. }) if defect == Defect::CopyTagsIgnored => *tags = None,
            Call::Create(CreateSnapshot { tags, .. }) if defect == Defect::CreateTagsIgnored => *tags = None,
            Call::Copy(CopySnapshot { tags: Some(tags), .. })
            | Call::Create(CreateSnapshot { tags: Some(tags), .. })
            | Call::AddTags { tags: Some(tags), .. } => mistake_tags(defect, tags),
            _ => {}
        }
    }
}

fn mistake_describe(defect: Defect, call: &mut DescribeSnapshots, world: &State) {
    let stranger = |id: &Option<Text>, kind| {
        id.clone().is_some_and(|id| !id.is_empty() && world.owner(&Owner { kind, id }).is_none())
    };
    match defect {
        Defect::DescribeNameIgnored => call.name = None,
        Defect::DescribeClusterIgnored => call.cluster = None,
        Defect::DescribeGroupIgnored => call.group = None,
        Defect::DescribeUnknownOwnerShowsAll => {
            if stranger(&call.cluster, OwnerKind::Cluster) {
                call.cluster = None;
            }
            if stranger(&call.group, OwnerKind::Group) {
                call.group = None;
            }
        }
        Defect::DescribeOwnerHidesAutomatic
            if call.source.is_none() && call.name.is_none() && (call.group.is_some() || call.cluster.is_some()) =>
        {
            call.source = Some(text("user"));
        }
        Defect::DescribeUserShowsAutomatic if call.source.as_deref() == Some("user") => call.source = None,
        Defect::DescribeSystemShowsAll if call.source.as_deref() == Some("system") => call.source = None,
        Defect::DescribeCombinedIgnored if call.name.is_some() => {
            (call.source, call.cluster, call.group) = (None, None, None);
        }
        Defect::PageIgnoresMaxRecords => call.max_records = None,
        Defect::PageDefault100 if call.max_records.is_none() => call.max_records = Some(text("100")),
        Defect::PageMarkerLoops => call.marker = None,
        Defect::NodeGroupConfigAlways => call.node_group_config = Some(true),
        _ => {}
    }
}

fn mistake_tags(defect: Defect, tags: &mut Vec<TagArg>) {
    match defect {
        Defect::TagsKeyLowerCased => {
            for key in tags.iter_mut().filter_map(|tag| tag.key.as_mut()) {
                *key = text(key.to_lowercase());
            }
        }
        Defect::TagsCharactersStripped => {
            for part in tags.iter_mut().flat_map(|tag| [&mut tag.key, &mut tag.value]).flatten() {
                *part = text(
                    part.chars().filter(|c| c.is_alphanumeric() || " _.:\\=+-@/".contains(*c)).collect::<String>(),
                );
            }
        }
        Defect::TagsEmptyKeyAccepted => tags.retain(|tag| tag.key.as_deref().is_some_and(|key| !key.is_empty())),
        Defect::TagsDuplicateDropped => {
            let all = tags.clone();
            tags.retain(|tag| all.iter().filter(|other| other.key == tag.key).count() == 1);
        }
        _ => {}
    }
}
