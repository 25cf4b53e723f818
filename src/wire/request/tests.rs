use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

use super::*;
use crate::service::Shape;
use crate::wire::{form_decode, form_encode};

fn sent(call: Call, dress: Dress) -> String {
    form_encode(&params(&Step { call, dress }))
}

fn read(form: &str) -> Result<Step, RequestError> {
    read_request(&form_decode(form.as_bytes()).unwrap_or_default())
}

fn tag(key: Option<&str>, value: Option<&str>) -> TagArg {
    TagArg { key: key.map(text), value: value.map(text) }
}

fn copy() -> CopySnapshot {
    CopySnapshot { source: Some(text("a")), target: Some(text("B")), ..CopySnapshot::default() }
}

fn owner(kind: OwnerKind) -> Owner {
    Owner { kind, id: text("cs-1") }
}

#[test]
fn a_copy_is_serialised_as_botocore_does() {
    let call = Call::Copy(CopySnapshot {
        bucket: Some(text("")),
        tags: Some(vec![tag(Some("k"), Some("v")), tag(Some("k2"), None)]),
        ..copy()
    });
    assert_eq!(
        sent(call, Dress::default()),
        "Action=CopySnapshot&Version=2015-02-02&SourceSnapshotName=a&TargetSnapshotName=B&TargetBucket=\
         &Tags.Tag.1.Key=k&Tags.Tag.1.Value=v&Tags.Tag.2.Key=k2"
    );
    let blank = Call::Copy(CopySnapshot { source: Some(text("")), tags: Some(Vec::new()), ..CopySnapshot::default() });
    assert_eq!(sent(blank, Dress::default()), "Action=CopySnapshot&Version=2015-02-02&SourceSnapshotName=&Tags=");
}

#[test]
fn every_operation_has_its_parameters() {
    let lines = [
        (
            Call::Create(CreateSnapshot {
                name: Some(text("a")),
                group: Some(text("g")),
                cluster: Some(text("c")),
                kms_key: Some(text("k")),
                tags: None,
            }),
            "CreateSnapshot&Version=2015-02-02&ReplicationGroupId=g&CacheClusterId=c&SnapshotName=a&KmsKeyId=k",
        ),
        (Call::Delete { name: Some(text("a")) }, "DeleteSnapshot&Version=2015-02-02&SnapshotName=a"),
        (
            Call::Describe(DescribeSnapshots {
                name: Some(text("a")),
                group: Some(text("g")),
                cluster: Some(text("c")),
                source: Some(text("user")),
                max_records: Some(text("x")),
                marker: Some(text("m")),
                node_group_config: Some(true),
            }),
            "DescribeSnapshots&Version=2015-02-02&ReplicationGroupId=g&CacheClusterId=c&SnapshotName=a\
             &SnapshotSource=user&Marker=m&MaxRecords=x&ShowNodeGroupConfig=true",
        ),
        (
            Call::AddTags { resource: Some(text("r")), tags: Some(vec![tag(Some("k"), Some(""))]) },
            "AddTagsToResource&Version=2015-02-02&ResourceName=r&Tags.Tag.1.Key=k&Tags.Tag.1.Value=",
        ),
        (
            Call::RemoveTags { resource: Some(text("r")), keys: Some(vec![text("k"), text("l")]) },
            "RemoveTagsFromResource&Version=2015-02-02&ResourceName=r&TagKeys.member.1=k&TagKeys.member.2=l",
        ),
        (
            Call::RemoveTags { resource: None, keys: Some(Vec::new()) },
            "RemoveTagsFromResource&Version=2015-02-02&TagKeys=",
        ),
        (Call::ListTags { resource: Some(text("r")) }, "ListTagsForResource&Version=2015-02-02&ResourceName=r"),
        (
            Call::Fixture(Fixture::Create(owner(OwnerKind::Group))),
            "CreateReplicationGroup&Version=2015-02-02&ReplicationGroupId=cs-1&ReplicationGroupDescription=copysnap\
             &Engine=redis&CacheNodeType=cache.t4g.micro&NumCacheClusters=1&AutomaticFailoverEnabled=false\
             &Port=7001&PreferredMaintenanceWindow=wed%3A10%3A00-wed%3A11%3A00&SnapshotWindow=02%3A30-03%3A30\
             &AutoMinorVersionUpgrade=false",
        ),
        (
            Call::Fixture(Fixture::Create(owner(OwnerKind::Cluster))),
            "CreateCacheCluster&Version=2015-02-02&CacheClusterId=cs-1&Engine=redis&CacheNodeType=cache.t4g.micro\
             &NumCacheNodes=1&Port=7001&PreferredMaintenanceWindow=wed%3A10%3A00-wed%3A11%3A00&SnapshotWindow=02%3A30-03%3A30\
             &AutoMinorVersionUpgrade=false",
        ),
        (
            Call::Fixture(Fixture::Describe(owner(OwnerKind::Cluster))),
            "DescribeCacheClusters&Version=2015-02-02&CacheClusterId=cs-1",
        ),
        (
            Call::Fixture(Fixture::Delete(owner(OwnerKind::Group))),
            "DeleteReplicationGroup&Version=2015-02-02&ReplicationGroupId=cs-1",
        ),
        (Call::Fixture(Fixture::WhoAmI), "GetCallerIdentity&Version=2011-06-15"),
    ];
    for (call, line) in lines {
        assert_eq!(sent(call.clone(), Dress::default()), format!("Action={line}"));
        assert_eq!(read(&format!("Action={line}")), Ok(Step::from(call)));
    }
}

#[test]
fn every_operation_reads_and_writes_its_inputs_and_no_other() {
    for operation in Operation::ALL.iter().filter(|operation| !operation.is_s3()) {
        for input in Input::ALL {
            let name = input.name();
            let given = |key: &str, value: &str| format!("Action={}&{key}={value}", operation.name());
            // What makes a fixture is read where it is what we make one with.
            let made_with = || GROUP.iter().chain(CLUSTER).chain(SHARDED);
            let setting = SETTINGS.iter().find(|(known, ..)| known == input).map(|(.., value)| *value);
            let own = made_with().find(|(known, _)| known == input).map(|(_, value)| *value).or(setting);
            // Some of it belongs to shards.
            let of_shards = !GROUP.iter().chain(CLUSTER).any(|(known, _)| known == input)
                && SHARDED.iter().any(|(known, _)| known == input);
            let form = match input.shape() {
                Shape::Tags => given(&format!("{name}.Tag.1.Key"), "k"),
                Shape::Keys => given(&format!("{name}.member.1"), "k"),
                Shape::Text | Shape::Integer => given(name, own.unwrap_or("20")),
                Shape::Boolean => given(name, own.unwrap_or("true")),
            };
            // And the settings are there together or not at all.
            let rest: String = SETTINGS.iter().map(|(key, _, value)| format!("&{}={value}", key.name())).collect();
            let form = if setting.is_some() { format!("{form}{rest}") } else { form };
            let form = if of_shards { format!("{form}&NumNodeGroups=2") } else { form };
            let is_its = operation.inputs().contains(input);
            let is_sent = |call: Call| params(&call.into()).iter().any(|(key, _)| key.split('.').next() == Some(name));
            let done = read(&form).map(|step| (step.dress.extra.is_empty(), is_sent(step.call)));
            assert_eq!(done, Ok((is_its, is_its)), "{form}");
        }
        assert!(operation.required().iter().all(|input| operation.inputs().contains(input)), "{operation:?}");
    }
}

#[test]
fn a_dress_changes_what_is_sent() {
    let bare = |dress| sent(Call::Copy(copy()), dress);
    assert_eq!(
        bare(Dress { action: Action::Absent, version: Action::Named(text("2014-07-15")), ..Dress::default() }),
        "Version=2014-07-15&SourceSnapshotName=a&TargetSnapshotName=B"
    );
    assert_eq!(
        bare(Dress {
            action: Action::Named(text("CopySnapshots")),
            version: Action::Absent,
            reversed: true,
            extra: vec![(text("X"), text("1"))],
            ..Dress::default()
        }),
        "X=1&TargetSnapshotName=B&SourceSnapshotName=a&Action=CopySnapshots"
    );
    let tagged = Call::Copy(CopySnapshot { tags: Some(vec![tag(Some("k"), Some("v"))]), ..CopySnapshot::default() });
    assert_eq!(
        sent(tagged, Dress { tags: TagSpelling::Member, ..Dress::default() }),
        "Action=CopySnapshot&Version=2015-02-02&Tags.member.1.Key=k&Tags.member.1.Value=v"
    );
}

#[test]
fn a_missing_action_and_an_unknown_one_are_told_apart() {
    assert_eq!(read("Version=2015-02-02"), Err(RequestError::MissingAction));
    assert_eq!(read("Action="), Err(RequestError::MissingAction));
    assert_eq!(read("Action=CopySnapshots"), Err(RequestError::UnknownAction(text("CopySnapshots"))));
}

#[test]
fn what_is_asked_of_a_bucket_is_no_action() {
    for operation in Operation::ALL.iter().filter(|operation| operation.is_s3()) {
        let name = operation.name();
        assert_eq!(read(&format!("Action={name}")), Err(RequestError::UnknownAction(text(name))));
    }
}

#[test]
fn what_an_operation_does_not_know_is_kept_beside_it() {
    let form = "X=1&Action=DeleteSnapshot&SnapshotName=a&SnapshotName=b&Tags.Tag.1.Key=k";
    let extra = [("X", "1"), ("SnapshotName", "b"), ("Tags.Tag.1.Key", "k")];
    let extra = extra.into_iter().map(|(key, value)| (text(key), text(value))).collect();
    let dress = Dress { version: Action::Absent, extra, ..Dress::default() };
    assert_eq!(read(form), Ok(Step { call: Call::Delete { name: Some(text("a")) }, dress }));
}

#[test]
fn only_what_an_operation_knows_counts_as_repeated() {
    for (form, repeated) in [
        ("Action=DeleteSnapshot&SnapshotName=a&SnapshotName=a", true),
        ("Action=DeleteSnapshot&SnapshotName=a&X=1&X=1", false),
        ("Action=GetCallerIdentity&X=1&X=1", false),
        ("Action=GetCallerIdentity&Action=GetCallerIdentity", false),
    ] {
        let step = read(form);
        assert_eq!(step.as_ref().ok().map(|step| step.dress.repeated), Some(repeated), "{form}");
        let again = step.as_ref().ok().map(|step| read_request(&params(step)));
        assert_eq!(again, Some(step), "{form}");
    }
}

#[test]
fn tags_are_read_by_number_in_either_spelling() {
    let tags = Some(vec![tag(Some("k"), Some("v")), tag(None, Some("w")), tag(Some("x"), None)]);
    let add = |tags| Call::AddTags { resource: None, tags };
    for (prefix, spelling) in [("Tags.Tag", TagSpelling::Tag), ("Tags.member", TagSpelling::Member)] {
        let form = format!(
            "Action=AddTagsToResource&Version=2015-02-02&{prefix}.10.Key=x&{prefix}.1.Key=k&{prefix}.1.Value=v\
             &{prefix}.2.Value=w"
        );
        let dress = Dress { tags: spelling, ..Dress::default() };
        assert_eq!(read(&form), Ok(Step { call: add(tags.clone()), dress }));
    }
    let malformed = "Tags.Tag.0.Key=a&Tags.Tag.+1.Key=b&Tags.Tag.x.Key=c&Tags.Tag.1.Name=d&Tags.Tag.1=e&Tags=f";
    let form = format!("Action=AddTagsToResource&Version=2015-02-02&{}", malformed.replace('+', "%2B"));
    let read = read(&form);
    assert_eq!(read.as_ref().map(|step| &step.call), Ok(&add(None)));
    assert_eq!(read.map(|step| step.dress.extra.len()), Ok(6));
}

fn any_text() -> impl Strategy<Value = Text> {
    ".{0,6}".prop_map(text)
}

/// A tag without key and value leaves nothing on the wire.
fn any_tags() -> impl Strategy<Value = TagList> {
    let some = (of(any_text()), of(any_text())).prop_map(|(key, value)| TagArg { key, value });
    of(vec(some.prop_filter("travels", |tag| tag.key.is_some() || tag.value.is_some()), 0..12))
}

fn any_call() -> impl Strategy<Value = Call> {
    let maybe = || of(any_text());
    let owner = (prop_oneof![Just(OwnerKind::Group), Just(OwnerKind::Cluster)], any_text());
    prop_oneof![
        (maybe(), maybe(), maybe(), maybe(), any_tags()).prop_map(|(source, target, bucket, kms_key, tags)| {
            Call::Copy(CopySnapshot { source, target, bucket, kms_key, tags })
        }),
        (maybe(), maybe(), maybe(), maybe(), any_tags()).prop_map(|(name, group, cluster, kms_key, tags)| {
            Call::Create(CreateSnapshot { name, group, cluster, kms_key, tags })
        }),
        maybe().prop_map(|name| Call::Delete { name }),
        (maybe(), maybe(), maybe(), maybe(), maybe(), maybe(), any::<Option<bool>>()).prop_map(
            |(name, group, cluster, source, max_records, marker, node_group_config)| {
                Call::Describe(DescribeSnapshots {
                    name,
                    group,
                    cluster,
                    source,
                    max_records,
                    marker,
                    node_group_config,
                })
            }
        ),
        (maybe(), any_tags()).prop_map(|(resource, tags)| Call::AddTags { resource, tags }),
        (maybe(), of(vec(any_text(), 0..12))).prop_map(|(resource, keys)| Call::RemoveTags { resource, keys }),
        maybe().prop_map(|resource| Call::ListTags { resource }),
        Just(Call::Fixture(Fixture::WhoAmI)),
        (owner, 0..3).prop_map(|((kind, id), which)| {
            let owner = Owner { kind, id };
            Call::Fixture(match which {
                0 => Fixture::Create(owner),
                1 => Fixture::Describe(owner),
                _ => Fixture::Delete(owner),
            })
        }),
    ]
}

proptest! {
    #[test]
    fn what_was_sent_is_read(call in any_call(), reversed: bool) {
        let dressed = Step { call, dress: Dress { reversed, ..Dress::default() } };
        let travelled = form_decode(form_encode(&params(&dressed)).as_bytes());
        let read = travelled.ok().and_then(|params| read_request(&params).ok());
        prop_assert_eq!(read, Some(Step::from(dressed.call)));
    }

    #[test]
    fn no_parameters_make_the_reader_panic(
        params in vec(("Action|Version|Tags|(Tags\\.(Tag|member)|TagKeys\\.member)\\.[0-9x]{0,3}(\\.Key|\\.Value)?", ".{0,4}"), 0..8),
        operation in 0..Operation::ALL.len(),
    ) {
        let action = Operation::ALL.get(operation).map(|operation| ("Action".to_owned(), operation.name().to_owned()));
        let params: Vec<_> = action.into_iter().chain(params).collect();
        let is_action = Operation::ALL.get(operation).is_some_and(|operation| !operation.is_s3());
        prop_assert_eq!(read_request(&params).is_ok(), is_action);
    }
}
