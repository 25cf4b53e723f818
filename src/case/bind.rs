use super::word::is_alias;
use super::{Ask, Filter, Parameter, Place, Settle, TagTemplate, Value, Word};
use crate::service::{
    Call, CopySnapshot, CreateSnapshot, DescribeSnapshots, Operation, Owner, OwnerKind, S3Action, S3Call, Step, TagArg,
    TagList, Text, canonical, text,
};

/// What the aliases of a case stand for in one run of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// What every name of the case's own begins with: at most 24 characters, lower case, as in `cs1abc-7-`.
    pub prefix: Text,
    /// The base snapshot.
    pub base: Text,
    /// What the base snapshot was taken of.
    pub owner: Owner,
    /// The region asked.
    pub region: Text,
    /// The caller's account, 12 digits.
    pub account: Text,
    /// A key that may be used; `None` where the run was given none.
    pub kms_key: Option<Text>,
    /// A second account, 12 digits; `None` where the run was given none.
    pub other_account: Option<Text>,
}

/// Why a step of a case can't be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BindError {
    /// A text to be padded is longer than that.
    #[error("`{text}` is longer than {to} characters")]
    TooLong {
        /// The text.
        text: String,
        /// The number of characters asked for.
        to: u32,
    },
    /// `$kms-key` stands in the case, and the run has none.
    #[error("the case needs a KMS key, and none is given")]
    NoKey,
    /// A bucket of the other account stands in the case, and the run has none.
    #[error("the case needs a second account, and none is given")]
    NoAccount,
}

impl Names {
    pub(super) const BASE: &'static str = "base";
    pub(super) const OWNER: &'static str = "owner";
    /// What snapshots are taken of, as any text.
    const OWNER_ID: &'static str = "owner-id";
    const KMS_KEY: &'static str = "kms-key";

    /// Returns the name that the alias, without `$`, stands for.
    ///
    /// # Errors
    /// Where it is `kms-key` and the run has none.
    pub fn name(&self, alias: &str) -> Result<Text, BindError> {
        match alias {
            Self::BASE => Ok(self.base.clone()),
            Self::OWNER_ID => Ok(self.owner.id.clone()),
            Self::KMS_KEY => self.kms_key.clone().ok_or(BindError::NoKey),
            alias => Ok(text(format!("{}{alias}", self.prefix))),
        }
    }

    /// Returns the ARN of a resource of that kind and name.
    pub(super) fn arn(&self, region: &str, account: &str, kind: &str, name: &str) -> Text {
        let partition = match region.split_once('-') {
            Some(("cn", _)) => "aws-cn",
            Some(("us", rest)) if rest.starts_with("gov-") => "aws-us-gov",
            _ => "aws",
        };
        text(format!("arn:{partition}:elasticache:{region}:{account}:{kind}:{name}"))
    }

    /// Returns the alias and filters that bind to the name, `None` where it is none of this run.
    pub(super) fn alias_of(&self, name: &str) -> Option<(Text, Vec<Filter>)> {
        if name == self.base.as_ref() {
            return Some((text(Self::BASE), Vec::new()));
        }
        let lower = name.to_ascii_lowercase();
        let upper = lower != name && lower.to_ascii_uppercase() == name;
        let kept = if upper { lower.as_str() } else { name };
        if upper && kept == self.base.as_ref() {
            return Some((text(Self::BASE), vec![Filter::Upper]));
        }
        let (alias, suffix) = self.prefix_of(kept)?;
        let mut filters = Vec::new();
        if !suffix.is_empty() {
            filters.push(Filter::Suffix(text(suffix)));
        }
        if upper {
            filters.push(Filter::Upper);
        }
        Some((text(alias), filters))
    }

    fn prefix_of<'n>(&self, name: &'n str) -> Option<(&'n str, &'n str)> {
        let rest = name.strip_prefix(self.prefix.as_ref())?;
        let free =
            |alias: &str| is_alias(alias) && ![Self::BASE, Self::OWNER, Self::OWNER_ID, Self::KMS_KEY].contains(&alias);
        (1..=rest.len()).rev().filter_map(|at| rest.split_at_checked(at)).find(|(alias, _)| free(alias))
    }
}

impl Ask {
    /// Returns the request with its names given; `index` is the number of the repetition, from 1.
    ///
    /// # Errors
    /// Where a name to be padded is longer than asked for, or the run has no key for `$kms-key`.
    pub fn bind(&self, names: &Names, index: u32) -> Result<Step, BindError> {
        let bound = Bound { ask: self, names, repetition: (self.repeat > 1).then_some(index) };
        let call = match self.operation {
            Operation::CopySnapshot => Call::Copy(CopySnapshot {
                source: bound.word(Parameter::SourceSnapshotName)?,
                target: bound.word(Parameter::TargetSnapshotName)?,
                bucket: bound.word(Parameter::TargetBucket)?,
                kms_key: bound.word(Parameter::KmsKeyId)?,
                tags: bound.tags()?,
            }),
            Operation::CreateSnapshot => Call::Create(CreateSnapshot {
                name: bound.word(Parameter::SnapshotName)?,
                group: bound.owner(Parameter::ReplicationGroupId, OwnerKind::Group)?,
                cluster: bound.owner(Parameter::CacheClusterId, OwnerKind::Cluster)?,
                kms_key: bound.word(Parameter::KmsKeyId)?,
                tags: bound.tags()?,
            }),
            Operation::DeleteSnapshot => Call::Delete { name: bound.word(Parameter::SnapshotName)? },
            Operation::AddTagsToResource => {
                Call::AddTags { resource: bound.word(Parameter::ResourceName)?, tags: bound.tags()? }
            }
            Operation::RemoveTagsFromResource => {
                Call::RemoveTags { resource: bound.word(Parameter::ResourceName)?, keys: bound.keys()? }
            }
            Operation::CreateCacheCluster => Call::Restore {
                cluster: bound.word(Parameter::CacheClusterId)?,
                snapshot: bound.word(Parameter::SnapshotName)?,
            },
            Operation::ListTagsForResource => Call::ListTags { resource: bound.word(Parameter::ResourceName)? },
            operation if operation.is_s3() => Call::S3(bound.s3()?),
            // The parser lets nothing else through.
            _ => Call::Describe(DescribeSnapshots {
                name: bound.word(Parameter::SnapshotName)?,
                group: bound.owner(Parameter::ReplicationGroupId, OwnerKind::Group)?,
                cluster: bound.owner(Parameter::CacheClusterId, OwnerKind::Cluster)?,
                source: bound.word(Parameter::SnapshotSource)?,
                max_records: bound.word(Parameter::MaxRecords)?,
                marker: bound.word(Parameter::Marker)?,
                node_group_config: match self.value(Parameter::ShowNodeGroupConfig) {
                    Some(Value::Flag(flag)) => Some(*flag),
                    _ => None,
                },
            }),
        };
        Ok(Step { call, dress: self.dress.clone() })
    }

    /// Returns the request of a case that binds to the step, `None` for a fixture's.
    #[must_use]
    pub fn of(step: &Step, names: &Names) -> Option<Self> {
        let word = |value: &Text| Value::Word(Word::of(value, names));
        let words = |pairs: &[(Parameter, &Option<Text>)]| -> Vec<(Parameter, Value)> {
            pairs.iter().filter_map(|(parameter, value)| Some((*parameter, word(value.as_ref()?)))).collect()
        };
        let mut with = match &step.call {
            Call::Copy(copy) => words(&[
                (Parameter::SourceSnapshotName, &copy.source),
                (Parameter::TargetSnapshotName, &copy.target),
                (Parameter::TargetBucket, &copy.bucket),
                (Parameter::KmsKeyId, &copy.kms_key),
            ]),
            Call::Create(create) => words(&[
                (Parameter::SnapshotName, &create.name),
                (Parameter::ReplicationGroupId, &create.group),
                (Parameter::CacheClusterId, &create.cluster),
                (Parameter::KmsKeyId, &create.kms_key),
            ]),
            Call::Delete { name } => words(&[(Parameter::SnapshotName, name)]),
            Call::Describe(describe) => words(&[
                (Parameter::SnapshotName, &describe.name),
                (Parameter::ReplicationGroupId, &describe.group),
                (Parameter::CacheClusterId, &describe.cluster),
                (Parameter::SnapshotSource, &describe.source),
                (Parameter::MaxRecords, &describe.max_records),
                (Parameter::Marker, &describe.marker),
            ]),
            Call::AddTags { resource, .. } | Call::RemoveTags { resource, .. } | Call::ListTags { resource } => {
                words(&[(Parameter::ResourceName, resource)])
            }
            Call::Restore { cluster, snapshot } => {
                words(&[(Parameter::CacheClusterId, cluster), (Parameter::SnapshotName, snapshot)])
            }
            Call::S3(call) => match &call.action {
                S3Action::CreateBucket { .. }
                | S3Action::PutPolicy { .. }
                | S3Action::DeletePolicy
                | S3Action::PutTagging { .. }
                | S3Action::DeleteBucket => return None,
                action => {
                    let body = if let S3Action::PutObject { body, .. } = action { Some(body.clone()) } else { None };
                    words(&[
                        (Parameter::Bucket, &Some(call.bucket.clone())),
                        (Parameter::Key, &call.key().cloned()),
                        (Parameter::Body, &body),
                    ])
                }
            },
            Call::Fixture(_) => return None,
        };
        for (parameter, value) in &mut with {
            if is_owner(*parameter, value, names) {
                (*parameter, *value) = (Parameter::Owner, Value::Owner);
            }
        }
        match &step.call {
            Call::Copy(CopySnapshot { tags: Some(tags), .. })
            | Call::Create(CreateSnapshot { tags: Some(tags), .. })
            | Call::AddTags { tags: Some(tags), .. } => {
                let part = |part: &Option<Text>| part.as_ref().map(|text| Word::of(text, names));
                let template = |tag: &TagArg| TagTemplate { key: part(&tag.key), value: part(&tag.value) };
                with.push((Parameter::Tags, Value::Tags(tags.iter().map(template).collect())));
            }
            Call::RemoveTags { keys: Some(keys), .. } => {
                with.push((Parameter::TagKeys, Value::Keys(keys.iter().map(|key| Word::of(key, names)).collect())));
            }
            Call::Describe(DescribeSnapshots { node_group_config: Some(flag), .. }) => {
                with.push((Parameter::ShowNodeGroupConfig, Value::Flag(*flag)));
            }
            _ => {}
        }
        Some(Self { dress: step.dress.clone(), ..Self::new(step.call.operation(), with) })
    }
}

impl Settle {
    /// Returns the names, as the service keeps them.
    ///
    /// # Errors
    /// As [`Ask::bind`].
    pub fn bind(&self, names: &Names) -> Result<Vec<Text>, BindError> {
        let mut bound = Vec::new();
        for index in 1..=self.repeat {
            for word in &self.names {
                let name = word.bind(names, (self.repeat > 1).then_some(index))?;
                bound.push(text(canonical(&name)));
            }
        }
        Ok(bound)
    }
}

fn is_owner(parameter: Parameter, value: &Value, names: &Names) -> bool {
    let kind = match parameter {
        Parameter::ReplicationGroupId => OwnerKind::Group,
        Parameter::CacheClusterId => OwnerKind::Cluster,
        _ => return false,
    };
    names.owner.kind == kind && matches!(value, Value::Word(Word::Literal(id)) if *id == names.owner.id)
}

struct Bound<'a> {
    ask: &'a Ask,
    names: &'a Names,
    repetition: Option<u32>,
}

impl Bound<'_> {
    fn bind(&self, word: &Word) -> Result<Text, BindError> {
        word.bind(self.names, self.repetition)
    }

    fn word(&self, parameter: Parameter) -> Result<Option<Text>, BindError> {
        match self.ask.value(parameter) {
            Some(Value::Word(word)) => self.bind(word).map(Some),
            _ => Ok(None),
        }
    }

    /// A call of S3, signed for where the bucket is by whoever owns it.
    fn s3(&self) -> Result<S3Call, BindError> {
        let word = |parameter| Ok(self.word(parameter)?.unwrap_or_default());
        let place = self.ask.bucket().map_or(Place::Here, |(_, kind)| kind.place);
        let action = match self.ask.operation {
            Operation::PutObject => S3Action::PutObject { key: word(Parameter::Key)?, body: word(Parameter::Body)? },
            Operation::HeadObject => S3Action::HeadObject { key: word(Parameter::Key)? },
            Operation::GetObject => S3Action::GetObject { key: word(Parameter::Key)? },
            Operation::DeleteObject => S3Action::DeleteObject { key: word(Parameter::Key)? },
            // The parser lets nothing else through.
            _ => S3Action::ListObjects { token: None },
        };
        Ok(S3Call {
            bucket: word(Parameter::Bucket)?,
            region: if place == Place::Elsewhere { text(self.names.other_region()) } else { self.names.region.clone() },
            account: match place {
                Place::Foreign => Some(self.names.other_account.clone().ok_or(BindError::NoAccount)?),
                Place::Here | Place::Elsewhere | Place::Missing => None,
            },
            action,
        })
    }

    fn owner(&self, parameter: Parameter, kind: OwnerKind) -> Result<Option<Text>, BindError> {
        let owner = &self.names.owner;
        match self.ask.value(Parameter::Owner) {
            Some(_) if owner.kind == kind => Ok(Some(owner.id.clone())),
            _ => self.word(parameter),
        }
    }

    fn tags(&self) -> Result<TagList, BindError> {
        let part = |part: &Option<Word>| part.as_ref().map(|word| self.bind(word)).transpose();
        match self.ask.value(Parameter::Tags) {
            Some(Value::Tags(tags)) => tags
                .iter()
                .map(|tag| Ok(TagArg { key: part(&tag.key)?, value: part(&tag.value)? }))
                .collect::<Result<_, _>>()
                .map(Some),
            Some(Value::TagCount(count)) => Ok(Some(
                (1..=*count)
                    .map(|n| TagArg { key: Some(text(format!("k{n}"))), value: Some(text(format!("v{n}"))) })
                    .collect(),
            )),
            _ => Ok(None),
        }
    }

    fn keys(&self) -> Result<Option<Vec<Text>>, BindError> {
        match self.ask.value(Parameter::TagKeys) {
            Some(Value::Keys(keys)) => keys.iter().map(|key| self.bind(key)).collect::<Result<_, _>>().map(Some),
            _ => Ok(None),
        }
    }
}
