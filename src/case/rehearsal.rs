//! Plays the built-in cases against the model alone, to show that each provokes what it says.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::builtin::files;
use super::*;
use crate::model::{Answer, Phases, Prediction, TagMap, TagSets, View, added, given, predict, removed};
use crate::service::{Arn, Call, Dress, Operation, Owner, OwnerKind, Step, TagArg, Text, canonical, text};
use crate::spec::{Catalogue, ClauseId};

/// One world: what is true if every call that may succeed does.
struct World {
    names: Names,
    phases: BTreeMap<String, Phases>,
    tags: BTreeMap<String, TagSets>,
    deleted: BTreeSet<String>,
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
    fn knows_marker(&self, _marker: &str) -> bool {
        false
    }
}

impl World {
    fn new() -> Self {
        let names = Names {
            prefix: text("cs0abc123-45-"),
            base: text("cs0abc123-base"),
            owner: Owner { kind: OwnerKind::Group, id: text("cs0abc123-g") },
            region: text("us-east-1"),
            account: text("123456789012"),
            kms_key: Some(text("arn:aws:kms:us-east-1:123456789012:key/1")),
        };
        let base = names.base.to_string();
        Self {
            phases: BTreeMap::from([(base.clone(), Phases::AVAILABLE)]),
            tags: BTreeMap::from([(base, untagged())]),
            deleted: BTreeSet::new(),
            names,
        }
    }

    fn settle(&mut self, name: &str) {
        let phases = self.phases.remove(name);
        if phases.is_some_and(|phases| !phases.within(Phases::DELETING.closed())) {
            self.phases.insert(name.to_owned(), Phases::AVAILABLE);
        }
    }

    fn make(&mut self, name: Option<&Text>, tags: Option<&Vec<TagArg>>, inherited: TagSets) {
        let name = canonical(name.unwrap()).into_owned();
        self.tags.insert(name.clone(), tags.map_or(inherited, |tags| given(tags)));
        self.phases.insert(name, Phases::CREATING.closed());
    }

    /// What a successful call does.
    fn apply(&mut self, call: &Call) {
        match call {
            Call::Copy(copy) => {
                let source = canonical(copy.source.as_deref().unwrap()).into_owned();
                let inherited = self.tags.get(&source).cloned().unwrap();
                self.make(copy.target.as_ref(), copy.tags.as_ref(), inherited);
                *self.phases.get_mut(&source).unwrap() |= Phases::COPYING;
            }
            Call::Create(create) => self.make(create.name.as_ref(), create.tags.as_ref(), untagged()),
            Call::Delete { name } => {
                let name = canonical(name.as_deref().unwrap()).into_owned();
                self.phases.insert(name.clone(), Phases::DELETING.closed());
                self.deleted.insert(name);
            }
            Call::AddTags { resource, tags: Some(tags) } => {
                let sets = self.tags.get_mut(name_in(resource)).unwrap();
                *sets = added(sets, tags).unwrap();
            }
            Call::RemoveTags { resource, keys: Some(keys) } => {
                let sets = self.tags.get_mut(name_in(resource)).unwrap();
                *sets = removed(sets, keys);
            }
            _ => {}
        }
    }

    /// The case's own names whose state decides how a write goes.
    fn moving<'c>(&self, call: &'c Call) -> Option<&'c str> {
        let subjects = match call {
            Call::Copy(copy) => [copy.source.as_deref(), copy.target.as_deref()],
            Call::Create(create) => [create.name.as_deref(), None],
            Call::Delete { name } => [name.as_deref(), None],
            Call::AddTags { resource, .. } | Call::RemoveTags { resource, .. } | Call::ListTags { resource } => {
                [resource.as_deref().and_then(Arn::parse).map(|arn| arn.name), None]
            }
            Call::Describe(_) | Call::Fixture(_) => [None, None],
        };
        let own = subjects.into_iter().flatten().filter(|name| *canonical(name) != *self.names.base);
        own.into_iter().find(|name| !self.phases(&canonical(name)).within(Phases::RESTING))
    }
}

fn untagged() -> TagSets {
    std::iter::once(Arc::new(TagMap::new())).collect()
}

fn name_in(resource: &Option<Text>) -> &str {
    Arn::parse(resource.as_deref().unwrap()).unwrap().name
}

/// What came to light when a case was played.
#[derive(Default)]
struct Rehearsed {
    /// The clauses on which the model's predictions rest.
    provoked: BTreeSet<ClauseId>,
    copies: u32,
    creates: u32,
    mistakes: Vec<String>,
}

fn rehearse(case: &Case) -> Rehearsed {
    let mut seen = Rehearsed::default();
    let mut world = World::new();
    for step in &case.steps {
        let asks = match step {
            CaseStep::Send(ask) => std::slice::from_ref(ask),
            CaseStep::Together(asks) => asks,
            CaseStep::Settle(settle) => {
                settle.bind(&world.names).unwrap().iter().for_each(|name| world.settle(name));
                continue;
            }
        };
        let overlapping = matches!(step, CaseStep::Together(_));
        for ask in asks {
            for index in 1..=ask.repeat {
                let step = ask.bind(&world.names, index).unwrap();
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
    if prediction.allows_reply() && !step.dress.unsigned {
        match &step.call {
            Call::Copy(_) => seen.copies += 1,
            Call::Create(_) => seen.creates += 1,
            _ => {}
        }
        world.apply(&step.call);
    }
}

fn allows(prediction: &Prediction, expect: &Expect) -> bool {
    prediction.allowed.iter().any(|allowed| match (&allowed.answer, expect) {
        (Answer::Reply, Expect::Success) => true,
        (Answer::Fault(code), Expect::Fault(expected)) => code == expected,
        _ => false,
    })
}

fn builtin() -> impl ExactSizeIterator<Item = &'static Case> {
    Cases::builtin().unwrap().iter()
}

#[test]
fn every_case_is_a_file_as_it_is_rendered() {
    let texts: BTreeMap<String, &str> = files().collect();
    assert_eq!(texts.len(), builtin().len());
    for case in builtin() {
        let file = format!("cases/{}.toml", case.path);
        similar_asserts::assert_eq!(case.render(), texts.get(&file).copied().unwrap_or_default(), "{file}");
    }
}

#[test]
fn every_case_goes_as_its_author_expects() {
    let mistakes: Vec<String> = builtin().flat_map(|case| rehearse(case).mistakes).collect();
    assert_eq!(mistakes, [""; 0]);
}

#[test]
fn every_case_provokes_the_clauses_that_it_names() {
    let rehearsed: Vec<_> = builtin().map(|case| (case, rehearse(case).provoked)).collect();
    // The others are about effects and forms, which no prediction of an answer rests on.
    let of_answers: BTreeSet<ClauseId> = rehearsed.iter().flat_map(|(_, provoked)| provoked).copied().collect();
    let mut idle = Vec::new();
    for (case, provoked) in &rehearsed {
        let unprovoked = case.clauses.iter().filter(|clause| of_answers.contains(clause) && !provoked.contains(clause));
        idle.extend(unprovoked.map(|clause| format!("{}: {clause}", case.path)));
    }
    assert_eq!(idle, [""; 0]);
}

#[test]
fn every_case_states_what_it_needs() {
    let mut wrong = Vec::new();
    for case in builtin() {
        let seen = rehearse(case);
        let tags = |ask: &Ask| {
            ask.value(Parameter::Tags).is_some() || Parameter::of(ask.operation).contains(&Parameter::ResourceName)
        };
        let mut needs: BTreeSet<Need> = BTreeSet::new();
        needs.extend((seen.copies > 0).then_some(Need::Copies(seen.copies)));
        needs.extend((seen.creates > 0).then_some(Need::Creates(seen.creates)));
        needs.extend(case.asks().any(tags).then_some(Need::Tags));
        needs.extend(case.asks().any(|ask| ask.value(Parameter::KmsKeyId).is_some()).then_some(Need::KmsKey));
        needs.extend(case.asks().any(|ask| ask.dress.unsigned).then_some(Need::Signatures));
        // Of what kind the owner must be, the steps do not show.
        needs.extend(case.needs.contains(&Need::Cluster).then_some(Need::Cluster));
        if needs != case.needs.iter().copied().collect() {
            wrong.push(format!("{}: {needs:?}", case.path));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn every_clause_that_can_be_probed_has_a_case() {
    let named: BTreeSet<ClauseId> = builtin().flat_map(|case| case.clauses.iter().copied()).collect();
    for clause in Catalogue::embedded().unwrap().iter() {
        let id = ClauseId::from_name(&clause.id).unwrap();
        assert_eq!(named.contains(&id), clause.unprobed.is_none(), "{id}");
    }
}

#[test]
fn what_is_not_about_copies_is_tried_without_copysnapshot() {
    let without: BTreeSet<ClauseId> = builtin()
        .filter(|case| case.count(Operation::CopySnapshot) == 0)
        .flat_map(|case| case.clauses.iter().copied())
        .collect();
    let only_by_copies: Vec<&str> = Catalogue::embedded()
        .unwrap()
        .iter()
        .filter(|clause| clause.area() != "copy" && clause.unprobed.is_none())
        .filter(|clause| !ClauseId::from_name(&clause.id).is_some_and(|id| without.contains(&id)))
        .map(|clause| clause.id.as_str())
        .collect();
    assert_eq!(only_by_copies, ["delete.source-in-use"]);
}
