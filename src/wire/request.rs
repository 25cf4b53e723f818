use std::collections::BTreeMap;

use thiserror::Error;

use crate::service::{
    Action, Build, Call, CopySnapshot, CreateSnapshot, DescribeSnapshots, Dress, ENGINE, Fixture, Input, NODE_TYPE,
    Operation, Owner, OwnerKind, SETTINGS, Step, TIERING, TagArg, TagList, TagSpelling, Text, text,
};

/// What a fixture group is made with, beside its id: one node, cluster mode disabled.
const GROUP: &[(Input, &str)] = &[
    (Input::ReplicationGroupDescription, "copysnap"),
    (Input::Engine, ENGINE),
    (Input::CacheNodeType, NODE_TYPE),
    (Input::NumCacheClusters, "1"),
    (Input::AutomaticFailoverEnabled, "false"),
];

/// What a fixture cluster is made with, beside its id: one node.
pub(crate) const CLUSTER: &[(Input, &str)] =
    &[(Input::Engine, ENGINE), (Input::CacheNodeType, NODE_TYPE), (Input::NumCacheNodes, "1")];

/// What a group in cluster mode is made with besides, in place of one node without.
const SHARDED: &[(Input, &str)] = &[
    (Input::ReplicasPerNodeGroup, "0"),
    (Input::AutomaticFailoverEnabled, "true"),
    (Input::CacheParameterGroupName, "default.redis7.cluster.on"),
];

/// For how many days the service keeps the backups that it makes by itself.
const RETENTION: &str = "3";

/// The parameter that makes a body long.
pub(crate) const PADDING: &str = "Padding";

/// Why parameters are no request of this service.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RequestError {
    /// No `Action`, or an empty one.
    #[error("no `Action` is named")]
    MissingAction,
    /// An `Action` that is not one of ours.
    #[error("no action is called `{0}`")]
    UnknownAction(Text),
}

/// Returns the API version that an SDK sends with the operation.
#[must_use]
pub const fn version(operation: Operation) -> &'static str {
    match operation {
        Operation::GetCallerIdentity => "2011-06-15",
        _ => "2015-02-02",
    }
}

/// Returns the parameters of a request in the order in which they travel, as botocore serialises them.
///
/// Absent members are left out, empty strings are sent, an empty list is a bare key with an empty value.
#[must_use]
pub fn params(step: &Step) -> Vec<(String, String)> {
    let operation = step.call.operation();
    let mut writer = Writer(Vec::new());
    writer.labelled("Action", &step.dress.action, operation.name());
    writer.labelled("Version", &step.dress.version, version(operation));
    let labels = writer.0.len();
    writer.call(&step.call, step.dress.tags);
    if step.dress.repeated {
        let again = writer.0.get(labels..).unwrap_or_default().to_vec();
        writer.0.extend(again);
    }
    for (key, value) in &step.dress.extra {
        writer.put(key, value);
    }
    if step.dress.padded > 0 {
        writer.put(PADDING, &"x".repeat(usize::try_from(step.dress.padded).unwrap_or_default() << 10));
    }
    if step.dress.reversed {
        writer.0.reverse();
    }
    writer.0
}

/// Returns the request that the parameters make; whatever is not a parameter of its operation is in `dress.extra`, in
/// the order sent. Of a parameter that is sent twice the first counts; where both say the same, and the operation knows
/// it, `dress.repeated` tells of the second.
///
/// How a request came (`get`, `unsigned`) is not in its parameters; their order is not kept.
///
/// # Errors
///
/// Where `Action` is missing or empty, and where it names no operation.
pub fn read_request(params: &[(String, String)]) -> Result<Step, RequestError> {
    let mut reader = Reader(Vec::with_capacity(params.len()));
    let mut again = Vec::new();
    for (place, pair) in params.iter().enumerate() {
        if params.iter().take(place).any(|earlier| earlier == pair) {
            again.push(pair);
        } else {
            reader.0.push(pair.clone());
        }
    }
    let action = reader.named("Action").filter(|action| !action.is_empty()).ok_or(RequestError::MissingAction)?;
    let unknown = || RequestError::UnknownAction(action.clone());
    let operation = Operation::from_name(&action).ok_or_else(unknown)?;
    let version = match reader.named("Version") {
        None => Action::Absent,
        Some(given) if *given == *version(operation) => Action::Own,
        Some(given) => Action::Named(given),
    };
    let (call, tags) = reader.call(operation).ok_or_else(unknown)?;
    // What is no parameter of the operation says no more where it is sent twice.
    let of_call = |pair: &(String, String)| !["Action", "Version"].contains(&&*pair.0) && !reader.0.contains(pair);
    let repeated = again.into_iter().any(of_call);
    let extra = reader.0.iter().map(|(key, value)| (text(key), text(value))).collect();
    Ok(Step { call, dress: Dress { version, extra, tags, repeated, ..Dress::default() } })
}

struct Writer(Vec<(String, String)>);

impl Writer {
    fn put(&mut self, key: &str, value: &str) {
        self.0.push((key.to_owned(), value.to_owned()));
    }

    fn some(&mut self, input: Input, value: Option<&Text>) {
        self.part(input.name(), value);
    }

    fn part(&mut self, key: &str, value: Option<&Text>) {
        if let Some(value) = value {
            self.put(key, value);
        }
    }

    fn own(&mut self, made_with: &[(Input, &str)]) {
        for (key, value) in made_with {
            self.put(key.name(), value);
        }
    }

    fn settings(&mut self) {
        for (input, _, value) in SETTINGS {
            self.put(input.name(), value);
        }
    }

    fn labelled(&mut self, key: &str, label: &Action, own: &str) {
        match label {
            Action::Own => self.put(key, own),
            Action::Absent => {}
            Action::Named(name) => self.put(key, name),
        }
    }

    fn call(&mut self, call: &Call, spelling: TagSpelling) {
        match call {
            Call::Copy(copy) => {
                self.some(Input::SourceSnapshotName, copy.source.as_ref());
                self.some(Input::TargetSnapshotName, copy.target.as_ref());
                self.some(Input::TargetBucket, copy.bucket.as_ref());
                self.some(Input::KmsKeyId, copy.kms_key.as_ref());
                self.tags(&copy.tags, spelling);
            }
            Call::Create(create) => {
                self.some(Input::ReplicationGroupId, create.group.as_ref());
                self.some(Input::CacheClusterId, create.cluster.as_ref());
                self.some(Input::SnapshotName, create.name.as_ref());
                self.some(Input::KmsKeyId, create.kms_key.as_ref());
                self.tags(&create.tags, spelling);
            }
            Call::Delete { name } => self.some(Input::SnapshotName, name.as_ref()),
            Call::Describe(describe) => {
                self.some(Input::ReplicationGroupId, describe.group.as_ref());
                self.some(Input::CacheClusterId, describe.cluster.as_ref());
                self.some(Input::SnapshotName, describe.name.as_ref());
                self.some(Input::SnapshotSource, describe.source.as_ref());
                self.some(Input::Marker, describe.marker.as_ref());
                self.some(Input::MaxRecords, describe.max_records.as_ref());
                if let Some(shown) = describe.node_group_config {
                    self.put(Input::ShowNodeGroupConfig.name(), if shown { "true" } else { "false" });
                }
            }
            Call::AddTags { resource, tags } => {
                self.some(Input::ResourceName, resource.as_ref());
                self.tags(tags, spelling);
            }
            Call::RemoveTags { resource, keys } => {
                self.some(Input::ResourceName, resource.as_ref());
                match keys.as_deref() {
                    None => {}
                    Some([]) => self.put(Input::TagKeys.name(), ""),
                    Some(keys) => {
                        for (number, key) in (1..).zip(keys) {
                            self.put(&format!("TagKeys.member.{number}"), key);
                        }
                    }
                }
            }
            Call::ListTags { resource } => self.some(Input::ResourceName, resource.as_ref()),
            Call::Restore { cluster, snapshot } => {
                self.some(Input::CacheClusterId, cluster.as_ref());
                self.some(Input::SnapshotName, snapshot.as_ref());
                self.own(CLUSTER);
            }
            Call::Fixture(fixture) => self.fixture(fixture),
            // It travels without parameters.
            Call::S3(_) => {}
        }
    }

    fn build(&mut self, owner: &Owner, build: &Build) {
        let engine = build.engine.as_deref().unwrap_or(ENGINE);
        let one_node = [Input::NumCacheClusters, Input::AutomaticFailoverEnabled];
        self.put(id_key(owner.kind).name(), &owner.id);
        for (key, value) in made_with(owner.kind) {
            match key {
                Input::Engine => self.put(key.name(), engine),
                Input::CacheNodeType if build.tiering => self.put(key.name(), TIERING),
                key if build.shards.is_some() && one_node.contains(key) => {}
                key => self.put(key.name(), value),
            }
        }
        if let Some(shards) = build.shards {
            self.put(Input::NumNodeGroups.name(), &shards.to_string());
            self.own(SHARDED);
        }
        // Memcached has no backups, and no window for them.
        if engine != "memcached" && !build.bare {
            self.settings();
        }
        if build.backups {
            self.put(Input::SnapshotRetentionLimit.name(), RETENTION);
        }
        if build.tiering {
            self.put(Input::DataTieringEnabled.name(), "true");
        }
        self.tags(&build.tags, TagSpelling::default());
    }

    fn fixture(&mut self, fixture: &Fixture) {
        match fixture {
            Fixture::Create(owner) => {
                self.put(id_key(owner.kind).name(), &owner.id);
                self.own(made_with(owner.kind));
                self.settings();
            }
            Fixture::Build(owner, build) => self.build(owner, build),
            // Without an id, every group or cluster is asked for.
            Fixture::Describe(owner) if owner.id.is_empty() => {}
            Fixture::Describe(owner) | Fixture::Delete(owner) => self.put(id_key(owner.kind).name(), &owner.id),
            Fixture::WhoAmI => {}
        }
    }

    fn tags(&mut self, tags: &TagList, spelling: TagSpelling) {
        let prefix = prefix(spelling);
        match tags.as_deref() {
            None => {}
            Some([]) => self.put(Input::Tags.name(), ""),
            Some(tags) => {
                for (number, tag) in (1..).zip(tags) {
                    self.part(&format!("{prefix}{number}.Key"), tag.key.as_ref());
                    self.part(&format!("{prefix}{number}.Value"), tag.value.as_ref());
                }
            }
        }
    }
}

const fn id_key(kind: OwnerKind) -> Input {
    match kind {
        OwnerKind::Group => Input::ReplicationGroupId,
        OwnerKind::Cluster => Input::CacheClusterId,
    }
}

const fn made_with(kind: OwnerKind) -> &'static [(Input, &'static str)] {
    match kind {
        OwnerKind::Group => GROUP,
        OwnerKind::Cluster => CLUSTER,
    }
}

const fn prefix(spelling: TagSpelling) -> &'static str {
    match spelling {
        TagSpelling::Tag => "Tags.Tag.",
        TagSpelling::Member => "Tags.member.",
    }
}

/// The parameters that no one has taken yet.
struct Reader(Vec<(String, String)>);

impl Reader {
    fn take(&mut self, input: Input) -> Option<Text> {
        self.named(input.name())
    }

    fn named(&mut self, key: &str) -> Option<Text> {
        self.take_if(key, |_| true)
    }

    fn take_if(&mut self, key: &str, fits: impl Fn(&str) -> bool) -> Option<Text> {
        let at = self.0.iter().position(|(known, _)| known == key)?;
        let fits = self.0.get(at).is_some_and(|(_, value)| fits(value));
        fits.then(|| text(self.0.remove(at).1))
    }

    fn call(&mut self, operation: Operation) -> Option<(Call, TagSpelling)> {
        let mut spelling = TagSpelling::default();
        let call = match operation {
            Operation::CopySnapshot => Call::Copy(CopySnapshot {
                source: self.take(Input::SourceSnapshotName),
                target: self.take(Input::TargetSnapshotName),
                bucket: self.take(Input::TargetBucket),
                kms_key: self.take(Input::KmsKeyId),
                tags: self.tags(&mut spelling),
            }),
            Operation::CreateSnapshot => Call::Create(CreateSnapshot {
                name: self.take(Input::SnapshotName),
                group: self.take(Input::ReplicationGroupId),
                cluster: self.take(Input::CacheClusterId),
                kms_key: self.take(Input::KmsKeyId),
                tags: self.tags(&mut spelling),
            }),
            Operation::DeleteSnapshot => Call::Delete { name: self.take(Input::SnapshotName) },
            Operation::DescribeSnapshots => Call::Describe(DescribeSnapshots {
                name: self.take(Input::SnapshotName),
                group: self.take(Input::ReplicationGroupId),
                cluster: self.take(Input::CacheClusterId),
                source: self.take(Input::SnapshotSource),
                max_records: self.take(Input::MaxRecords),
                marker: self.take(Input::Marker),
                node_group_config: self
                    .take_if(Input::ShowNodeGroupConfig.name(), |value| matches!(value, "true" | "false"))
                    .map(|value| &*value == "true"),
            }),
            Operation::AddTagsToResource => {
                Call::AddTags { resource: self.take(Input::ResourceName), tags: self.tags(&mut spelling) }
            }
            Operation::RemoveTagsFromResource => {
                Call::RemoveTags { resource: self.take(Input::ResourceName), keys: self.tag_keys() }
            }
            Operation::ListTagsForResource => Call::ListTags { resource: self.take(Input::ResourceName) },
            Operation::CreateReplicationGroup => self.made(OwnerKind::Group),
            Operation::CreateCacheCluster => match self.take(Input::SnapshotName) {
                None => self.made(OwnerKind::Cluster),
                Some(snapshot) => {
                    self.take_own(CLUSTER);
                    Call::Restore { cluster: self.take(Input::CacheClusterId), snapshot: Some(snapshot) }
                }
            },
            Operation::DescribeReplicationGroups => Call::Fixture(Fixture::Describe(self.owner(OwnerKind::Group))),
            Operation::DescribeCacheClusters => Call::Fixture(Fixture::Describe(self.owner(OwnerKind::Cluster))),
            Operation::DeleteReplicationGroup => Call::Fixture(Fixture::Delete(self.owner(OwnerKind::Group))),
            Operation::DeleteCacheCluster => Call::Fixture(Fixture::Delete(self.owner(OwnerKind::Cluster))),
            Operation::GetCallerIdentity => Call::Fixture(Fixture::WhoAmI),
            // S3 has no actions.
            Operation::CreateBucket
            | Operation::PutBucketPolicy
            | Operation::PutBucketTagging
            | Operation::DeleteBucketPolicy
            | Operation::PutObject
            | Operation::HeadObject
            | Operation::GetObject
            | Operation::DeleteObject
            | Operation::ListObjectsV2
            | Operation::ListBuckets
            | Operation::DeleteBucket => return None,
        };
        Some((call, spelling))
    }

    fn owner(&mut self, kind: OwnerKind) -> Owner {
        Owner { kind, id: self.take(id_key(kind)).unwrap_or_default() }
    }

    fn made(&mut self, kind: OwnerKind) -> Call {
        let mut spelling = TagSpelling::default();
        let engine = self.take_if(Input::Engine.name(), |engine| engine != ENGINE);
        let memcached = engine.as_deref() == Some("memcached");
        let build = Build {
            engine,
            shards: self
                .take_if(Input::NumNodeGroups.name(), |shards| {
                    kind == OwnerKind::Group && shards.parse::<u32>().is_ok()
                })
                .and_then(|shards| shards.parse().ok()),
            backups: self
                .take_if(Input::SnapshotRetentionLimit.name(), |days| days.parse().is_ok_and(|days: u32| days > 0))
                .is_some(),
            tiering: kind == OwnerKind::Group
                && self.take_if(Input::DataTieringEnabled.name(), |enabled| enabled == "true").is_some(),
            bare: !memcached && !self.has_settings(),
            tags: self.tags(&mut spelling),
        };
        if !build.bare {
            for (input, _, own) in SETTINGS {
                self.take_if(input.name(), |value| value == own);
            }
        }
        if build.shards.is_some() {
            self.take_own(SHARDED);
        }
        if build.tiering {
            self.take_if(Input::CacheNodeType.name(), |node| node == TIERING);
        }
        self.take_own(made_with(kind));
        let owner = self.owner(kind);
        Call::Fixture(Fixture::make(owner, build))
    }

    fn has_settings(&self) -> bool {
        SETTINGS.iter().all(|(input, _, own)| self.0.iter().any(|(key, value)| key == input.name() && value == own))
    }

    fn take_own(&mut self, made_with: &[(Input, &str)]) {
        for (key, own) in made_with {
            self.take_if(key.name(), |value| value == *own);
        }
    }

    /// Takes the tags in either spelling; where both are there, the one that comes first.
    fn tags(&mut self, spelling: &mut TagSpelling) -> TagList {
        let spellings = [TagSpelling::Tag, TagSpelling::Member];
        let first = self
            .0
            .iter()
            .find_map(|(key, _)| spellings.into_iter().find(|spelling| tag_part(key, prefix(*spelling)).is_some()));
        let Some(found) = first else {
            return self.take_if(Input::Tags.name(), str::is_empty).map(|_| Vec::new());
        };
        *spelling = found;
        let mut tags: BTreeMap<u32, TagArg> = BTreeMap::new();
        self.0.retain(|(key, value)| {
            let Some((number, part)) = tag_part(key, prefix(found)) else { return true };
            let tag = tags.entry(number).or_default();
            let slot = match part {
                Part::Key => &mut tag.key,
                Part::Value => &mut tag.value,
            };
            let repeated = slot.is_some();
            if !repeated {
                *slot = Some(text(value));
            }
            repeated
        });
        Some(tags.into_values().collect())
    }

    fn tag_keys(&mut self) -> Option<Vec<Text>> {
        let mut keys: BTreeMap<u32, Text> = BTreeMap::new();
        self.0.retain(|(key, value)| {
            let Some(number) = key.strip_prefix("TagKeys.member.").and_then(list_number) else { return true };
            let repeated = keys.contains_key(&number);
            if !repeated {
                keys.insert(number, text(value));
            }
            repeated
        });
        if keys.is_empty() {
            return self.take_if(Input::TagKeys.name(), str::is_empty).map(|_| Vec::new());
        }
        Some(keys.into_values().collect())
    }
}

enum Part {
    Key,
    Value,
}

fn tag_part(key: &str, prefix: &str) -> Option<(u32, Part)> {
    let (number, part) = key.strip_prefix(prefix)?.split_once('.')?;
    let part = match part {
        "Key" => Part::Key,
        "Value" => Part::Value,
        _ => return None,
    };
    Some((list_number(number)?, part))
}

/// Returns the place in a list, counted from 1.
fn list_number(digits: &str) -> Option<u32> {
    let number = digits.parse().ok().filter(|number| *number > 0)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(number)
}

#[cfg(test)]
mod tests;
