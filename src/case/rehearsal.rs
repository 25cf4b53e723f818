use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Ask, BucketKind, Case, CaseStep, Expect, Names, Need, Place};
use crate::model::{
    Answer, BucketFacts, BucketSeen, CallerMay, Phase, Phases, Prediction, TagMap, TagSets, View, added, export_key,
    given, predict, removed,
};
use crate::service::{
    Arn, Call, CopySnapshot, Dress, Member, Owner, OwnerKind, S3Action, S3Call, Step, TagArg, Text, canonical,
    owner_tags, text,
};
use crate::spec::ClauseId;

/// What comes to light when a case is played against the model alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rehearsed {
    /// The clauses on which the model's predictions rest.
    pub provoked: BTreeSet<ClauseId>,
    /// How many copies may succeed.
    pub copies: u32,
    /// Whether it would make, change or delete the base.
    pub writes_to_base: bool,
    /// How many snapshots of the owner may be made.
    pub creates: u32,
    /// What the case's author has wrong, each with its place: `copy/a:7: …`.
    pub mistakes: Vec<String>,
}

impl Case {
    /// Plays the case against the model alone: every call that may succeed does, and time passes where the case waits.
    #[must_use]
    pub fn rehearse(&self) -> Rehearsed {
        rehearse(self)
    }
}

/// One world: what is true if every call that may succeed does.
pub(super) struct World {
    names: Names,
    phases: BTreeMap<String, Phases>,
    tags: BTreeMap<String, TagSets>,
    deleted: BTreeSet<String>,
    barren: bool,
    /// Whether what snapshots are taken of tiers its data.
    tiering: bool,
    /// Whether that has tags.
    tagged: bool,
    /// How many shards the base has, and so its copies.
    shards: usize,
    quota: Option<usize>,
    created: usize,
    keys: BTreeMap<String, Text>,
    objects: BTreeMap<(Text, String), bool>,
    exports: Vec<CopySnapshot>,
}

impl View for World {
    fn phases(&self, name: &str) -> Phases {
        self.phases.get(name).copied().unwrap_or(Phases::ABSENT)
    }
    fn was_deleted(&self, name: &str) -> bool {
        self.deleted.contains(name)
    }
    fn tags(&self, name: &str) -> Option<&TagSets> {
        self.tags.get(name)
    }
    fn owner_exists(&self, owner: &Owner) -> Option<bool> {
        Some(*owner == self.names.owner)
    }
    fn quota_may_answer(&self) -> bool {
        false
    }
    fn is_at_home(&self, region: &str, account: &str) -> bool {
        region == self.names.region.as_ref() && account == self.names.account.as_ref()
    }
    fn knows_key(&self, key: &str) -> bool {
        self.names.kms_key.as_deref() == Some(key)
    }
    fn takes_snapshots(&self, _owner: &Owner) -> bool {
        !self.barren
    }
    fn quota_is_reached(&self, _owner: &Owner) -> bool {
        self.quota.is_some_and(|quota| self.created >= quota)
    }
    fn has_key(&self) -> bool {
        self.names.kms_key.is_some()
    }
    fn knows_marker(&self, _marker: &str) -> bool {
        false
    }
    fn bucket(&self, name: &str) -> BucketSeen {
        let kind = name.strip_prefix(&*self.names.prefix).and_then(BucketKind::of_alias);
        match kind {
            None => BucketSeen::Unknown,
            Some(BucketKind { place: Place::Missing, .. }) => BucketSeen::Missing,
            Some(kind) => BucketSeen::There(BucketFacts {
                elsewhere: kind.place == Place::Elsewhere,
                foreign: kind.place == Place::Foreign,
                acl: kind.acl().unwrap_or_default(),
                policy: kind.policy().unwrap_or_default(),
                acl_counts: true,
                caller: if kind.denied { CallerMay::Nothing } else { CallerMay::All },
            }),
        }
    }
    fn holds(&self, bucket: &str, key: &str) -> Option<bool> {
        match self.objects.get(&(text(bucket), key.to_owned())) {
            None => Some(false),
            Some(true) => Some(true),
            Some(false) => None,
        }
    }
    fn shards(&self, _name: &str) -> Option<usize> {
        Some(self.shards)
    }
    fn shows(&self, name: &str, member: Member) -> Option<&str> {
        match member {
            Member::KmsKeyId => self.keys.get(name).map(|key| &**key),
            // What the case has snapshots taken of is what tiers its data.
            Member::DataTiering if self.tiering && *name != *self.names.base => Some("enabled"),
            _ => None,
        }
    }
}

impl World {
    fn new(case: &Case) -> Self {
        let kind = if case.wants(Need::Cluster) { OwnerKind::Cluster } else { OwnerKind::Group };
        let names = Names {
            prefix: text("cs0abc123-45-"),
            base: text("cs0abc123-base"),
            owner: Owner { kind, id: text("cs0abc123-g") },
            region: text("us-east-1"),
            account: text("123456789012"),
            kms_key: Some(text("arn:aws:kms:us-east-1:123456789012:key/1")),
            other_account: Some(text("210987654321")),
        };
        Self::of(case, names)
    }

    /// The world in which nothing is there but what the case needs.
    pub(super) fn of(case: &Case, names: Names) -> Self {
        let base = names.base.to_string();
        // The base is the first of twenty.
        let (quota, created) = if case.wants(Need::Quota) { (Some(20), 1) } else { (None, 0) };
        Self {
            phases: BTreeMap::from([(base.clone(), Phases::AVAILABLE)]),
            tags: BTreeMap::from([(base, untagged())]),
            deleted: BTreeSet::new(),
            barren: case.wants(Need::Memcached),
            tiering: case.wants(Need::Tiering),
            tagged: case.wants(Need::OwnerTags),
            shards: case.shards().unwrap_or(1) as usize,
            quota,
            created,
            keys: BTreeMap::new(),
            objects: BTreeMap::new(),
            exports: Vec::new(),
            names,
        }
    }

    pub(super) fn settle(&mut self, name: &str) {
        let phases = self.phases.remove(name);
        if phases.is_some_and(|phases| !phases.within(Phases::DELETING.closed())) {
            self.phases.insert(name.to_owned(), Phases::AVAILABLE);
        }
        let is_of = |export: &CopySnapshot| {
            [&export.source, &export.target, &export.bucket].into_iter().flatten().any(|one| *canonical(one) == *name)
        };
        for export in self.exports.extract_if(.., |export| is_of(export)) {
            let (Some(bucket), Some(target)) = (export.bucket(), export.target.as_ref()) else { continue };
            // Under which of two spellings it is, the model leaves open.
            if *canonical(target) == **target {
                let keys = (1..=self.shards).map(|shard| (bucket.clone(), export_key(target, shard)));
                self.objects.extend(keys.map(|key| (key, true)));
            }
        }
    }

    /// What an accepted export does.
    fn export(&mut self, copy: &CopySnapshot) {
        let (Some(bucket), Some(target)) = (copy.bucket(), copy.target.as_ref()) else { return };
        for name in [&**target, &canonical(target)] {
            for shard in 1..=self.shards {
                self.objects.entry((bucket.clone(), export_key(name, shard))).or_insert(false);
            }
        }
        let source = canonical(copy.source.as_deref().unwrap_or_default()).into_owned();
        if let Some(phases) = self.phases.get_mut(&source) {
            *phases |= Phases::BUSY;
        }
        self.exports.push(copy.clone());
    }

    fn store(&mut self, call: &S3Call) {
        match &call.action {
            S3Action::PutObject { key, .. } => drop(self.objects.insert((call.bucket.clone(), key.to_string()), true)),
            S3Action::DeleteObject { key } => drop(self.objects.remove(&(call.bucket.clone(), key.to_string()))),
            _ => {}
        }
    }

    /// The objects that may be there.
    pub(super) fn objects(&self) -> Vec<(Text, String)> {
        self.objects.keys().cloned().collect()
    }

    /// Says what S3 may answer.
    pub(super) fn words_of_s3(&self, call: &S3Call) -> String {
        if let BucketSeen::There(BucketFacts { caller: CallerMay::Nothing, .. }) = self.bucket(&call.bucket) {
            return "AccessDenied (403)".to_owned();
        }
        match &call.action {
            S3Action::HeadObject { key } | S3Action::GetObject { key } => match self.holds(&call.bucket, key) {
                Some(true) => "the object".to_owned(),
                Some(false) => "no such object (404)".to_owned(),
                None => "the object or no such object (404)".to_owned(),
            },
            S3Action::ListObjects { .. } => {
                let keys = |sure: bool| {
                    let of_it = self.objects.iter().filter(move |(key, held)| key.0 == call.bucket && **held == sure);
                    of_it.map(|(key, _)| key.1.as_str()).collect::<Vec<_>>().join(", ")
                };
                match (keys(true), keys(false)) {
                    (sure, open) if sure.is_empty() && open.is_empty() => "no objects".to_owned(),
                    (sure, open) if open.is_empty() => format!("objects {sure}"),
                    (sure, open) if sure.is_empty() => format!("perhaps objects {open}"),
                    (sure, open) => format!("objects {sure}; perhaps {open}"),
                }
            }
            _ => "done (2xx)".to_owned(),
        }
    }

    fn make(&mut self, name: Option<&Text>, tags: Option<&Vec<TagArg>>, inherited: TagSets) {
        let Some(name) = name.map(|name| canonical(name).into_owned()) else { return };
        self.tags.insert(name.clone(), tags.map_or(inherited, |tags| given(tags)));
        self.phases.insert(name, Phases::CREATING.closed());
    }

    /// A new snapshot has the key, or none.
    fn lock(&mut self, name: Option<&Text>, key: Option<Text>) {
        let Some(name) = name.map(|name| canonical(name).into_owned()) else { return };
        match key {
            Some(key) => self.keys.insert(name, key),
            None => self.keys.remove(&name),
        };
    }

    /// What a successful call does.
    pub(super) fn apply(&mut self, call: &Call) {
        match call {
            Call::Copy(copy) if copy.bucket().is_some() => self.export(copy),
            Call::S3(call) => self.store(call),
            Call::Copy(copy) => {
                let source = canonical(copy.source.as_deref().unwrap_or_default()).into_owned();
                let inherited = self.tags.get(&source).cloned().unwrap_or_else(untagged);
                let key = copy.kms_key.clone().or_else(|| self.keys.get(&source).cloned());
                self.lock(copy.target.as_ref(), key);
                self.make(copy.target.as_ref(), copy.tags.as_ref(), inherited);
                if let Some(phases) = self.phases.get_mut(&source) {
                    *phases |= Phases::COPYING;
                }
            }
            Call::Create(create) => {
                self.created += 1;
                self.lock(create.name.as_ref(), create.kms_key.clone());
                let inherited = if self.tagged { given(&owner_tags()) } else { untagged() };
                self.make(create.name.as_ref(), create.tags.as_ref(), inherited);
            }
            Call::Delete { name } => {
                let name = canonical(name.as_deref().unwrap_or_default()).into_owned();
                self.phases.insert(name.clone(), Phases::DELETING.closed());
                self.deleted.insert(name);
            }
            Call::AddTags { resource, tags: Some(tags) } => {
                if let Some(sets) = self.tags.get_mut(name_in(resource))
                    && let Some(with) = added(sets.clone(), tags)
                {
                    *sets = with;
                }
            }
            Call::RemoveTags { resource, keys: Some(keys) } => {
                if let Some(sets) = self.tags.get_mut(name_in(resource)) {
                    *sets = removed(std::mem::take(sets), keys);
                }
            }
            Call::Restore { snapshot: Some(name), .. } => {
                if let Some(phases) = self.phases.get_mut(canonical(name).as_ref()) {
                    *phases |= Phases::one(Phase::Restoring);
                }
            }
            _ => {}
        }
    }

    /// The case's own names whose state decides how a write goes.
    fn moving<'c>(&self, call: &'c Call) -> Option<&'c str> {
        let subjects = match call {
            // What an export is called is no snapshot's name.
            Call::Copy(copy) if copy.bucket().is_some() => [copy.source.as_deref(), None],
            Call::Copy(copy) => [copy.source.as_deref(), copy.target.as_deref()],
            Call::Create(create) => [create.name.as_deref(), None],
            Call::Delete { name } => [name.as_deref(), None],
            Call::AddTags { resource, .. } | Call::RemoveTags { resource, .. } | Call::ListTags { resource } => {
                [resource.as_deref().and_then(Arn::parse).map(|arn| arn.name), None]
            }
            Call::Restore { snapshot, .. } => [snapshot.as_deref(), None],
            Call::Describe(_) | Call::Fixture(_) | Call::S3(_) => [None, None],
        };
        let own = subjects.into_iter().flatten().filter(|name| *canonical(name) != *self.names.base);
        own.into_iter().find(|name| !self.phases(&canonical(name)).within(Phases::RESTING))
    }
}

fn untagged() -> TagSets {
    std::iter::once(Arc::new(TagMap::new())).collect()
}

fn name_in(resource: &Option<Text>) -> &str {
    resource.as_deref().and_then(Arn::snapshot_in).unwrap_or_default()
}

fn rehearse(case: &Case) -> Rehearsed {
    let mut seen = Rehearsed::default();
    let mut world = World::new(case);
    for step in &case.steps {
        if let CaseStep::Settle(settle) = step {
            match settle.bind(&world.names) {
                Ok(names) => names.iter().for_each(|name| world.settle(name)),
                Err(error) => seen.mistakes.push(format!("{}:{}: {error}", case.path, settle.line)),
            }
        }
        let overlapping = matches!(step, CaseStep::Together(_));
        for ask in step.asks() {
            for index in 1..=ask.repeat {
                let step = match ask.bind(&world.names, index) {
                    Ok(step) => step,
                    Err(error) => {
                        seen.mistakes.push(format!("{}:{}: {error}", case.path, ask.line));
                        continue;
                    }
                };
                if let Some(name) = world.moving(&step.call).filter(|_| !overlapping && !ask.once) {
                    seen.mistakes.push(format!("{}:{}: `{name}` is not settled", case.path, ask.line));
                }
                play(case, ask, &step, &mut world, &mut seen);
            }
        }
    }
    seen
}

fn play(case: &Case, ask: &Ask, step: &Step, world: &mut World, seen: &mut Rehearsed) {
    if matches!(step.call, Call::S3(_)) {
        return world.apply(&step.call);
    }
    seen.writes_to_base |= step.call.writes_to(&world.names.base);
    let prediction = predict(world, step);
    seen.provoked.extend(prediction.allowed.iter().flat_map(|allowed| allowed.clauses.iter().copied()));
    let mut note = |what: &str| seen.mistakes.push(format!("{}:{}: {what}", case.path, ask.line));
    if prediction.open {
        note("the model says nothing of this call");
    }
    match &ask.expect {
        Some(expect) if !allows(&prediction, expect) => {
            note(&format!("{} is not allowed, but {}", expect.word(), prediction.words()));
        }
        None if prediction.allowed.len() == 1 && !prediction.allows_reply() && ask.dress == Dress::default() => {
            note(&format!("the fault is settled, so `expect` it: {}", prediction.words()));
        }
        _ => {}
    }
    if prediction.allows_reply() && step.dress.is_signed() && step.dress.from.is_none() {
        match &step.call {
            Call::Copy(_) => seen.copies += 1,
            Call::Create(_) => seen.creates += 1,
            _ => {}
        }
        // What is asked from elsewhere changes nothing here.
        if step.dress.from.is_none() {
            world.apply(&step.call);
        }
    }
}

fn allows(prediction: &Prediction<'_>, expect: &Expect) -> bool {
    prediction.allowed.iter().any(|allowed| match (&allowed.answer, expect) {
        (Answer::Reply, Expect::Success) => true,
        (Answer::Fault(code), Expect::Fault(expected)) => code == expected,
        _ => false,
    })
}
