use std::sync::Arc;

use super::effect::Scene;
use super::{Broken, listed};
use crate::model::{MOST_TAGS, Owned, State, TagMap, given, rules};
use crate::refserver::Defect;
use crate::refserver::worlds::Said;
use crate::service::{Arn, Call, Fixture, Reply, Step, TagArg, Text, canonical, text};
use crate::spec::id;

impl Broken {
    /// Changes which tags the call has left.
    pub(super) fn tagged(&mut self, defect: Defect, scene: &Scene<'_>, world: &mut State, said: &mut Said) {
        match (&scene.step.call, &*said) {
            (Call::Copy(call), Said::Reply(_)) => {
                let source = call.source.as_deref().and_then(|source| scene.before.snapshot(source));
                let inherited = source.map(|source| source.tag_map()).unwrap_or_default();
                let asked = call.tags.as_deref();
                let tags = match defect {
                    Defect::CopyTagsMerged if asked.is_some() => joined(&inherited, &given_tags(scene.step)),
                    Defect::CopyTagsMergedWithKey if asked.is_some() && call.kms_key.is_some() => {
                        joined(&inherited, &given_tags(scene.step))
                    }
                    Defect::CopyTagsNotInherited if asked.is_none() => TagMap::new(),
                    Defect::CopyTagsEmptyListTags if asked == Some(&[]) => one_tag("copied", "true"),
                    _ => return,
                };
                set_tags(world, call.target.as_deref(), tags);
            }
            (Call::Create(call), Said::Reply(_)) => {
                let tags = match defect {
                    Defect::CreateInventsTag if call.tags.is_none() => one_tag("Name", "snapshot"),
                    Defect::CreateTagsBorn if call.tags.is_none() => {
                        let owner = call.owner().and_then(|owner| self.born_with.get(&owner.id));
                        owner.map(|tags| tags_of(tags.as_deref().unwrap_or_default())).unwrap_or_default()
                    }
                    Defect::CreateTagsNotInherited if call.tags.is_none() => TagMap::new(),
                    Defect::CreateTagsMerged if call.tags.is_some() => {
                        let owned = call.owner().and_then(|owner| world.owner(&owner)).map(Owned::tags);
                        joined(
                            &owned.and_then(|tags| tags.first().cloned()).unwrap_or_default(),
                            &given_tags(scene.step),
                        )
                    }
                    _ => return,
                };
                set_tags(world, call.name.as_deref(), tags);
            }
            (Call::Fixture(Fixture::Build(owner, build)), Said::Reply(_)) => {
                self.born_with.insert(text(canonical(&owner.id)), build.tags.clone());
            }
            (Call::AddTags { resource, .. } | Call::RemoveTags { resource, .. }, _) => {
                let name = resource.as_deref().and_then(Arn::parse).map(|arn| text(canonical(arn.name)));
                let before = name.as_deref().and_then(|name| scene.before.snapshot(name));
                let (Some(name), Some(before)) = (name, before) else { return };
                self.retagged(defect, scene, world, &name, &before.tag_map(), said);
            }
            _ => {}
        }
    }

    fn retagged(
        &mut self,
        defect: Defect,
        scene: &Scene<'_>,
        world: &mut State,
        name: &Text,
        before: &TagMap,
        said: &mut Said,
    ) {
        let adds = matches!(scene.step.call, Call::AddTags { .. });
        let asked = given_tags(scene.step);
        let after = match (defect, &*said) {
            (Defect::TagsAddKeepsOld, Said::Reply(_)) if adds => joined(&asked, before),
            (Defect::TagsAddReplaces, Said::Reply(_)) if adds => asked,
            (Defect::TagsAddKeepsTwelve, Said::Reply(_)) if adds => {
                joined(before, &asked.into_iter().take(12).collect())
            }
            (Defect::TagsRemoveNothing, Said::Reply(_)) if !adds => before.clone(),
            (Defect::TagsRemoveAll, Said::Reply(_)) if !adds => TagMap::new(),
            (Defect::TagsRemoveShowsOld, Said::Reply(_)) if !adds => {
                *said = Said::Reply(Reply::Tags(listed(before)));
                return;
            }
            (Defect::TagsRefusalKeepsGood, Said::Fault(..)) if adds && asked.len() <= MOST_TAGS => {
                let is_good = |key: &Text, value: &Text| {
                    rules(&[TagArg { key: Some(key.clone()), value: Some(value.clone()) }]).is_empty()
                };
                let good = asked.into_iter().filter(|(key, value)| is_good(key, value));
                before.clone().into_iter().chain(good).collect()
            }
            (Defect::TagsRefusalApplies, Said::Fault(_, Some(id::TAGS_ADD_QUOTA))) => {
                let room = MOST_TAGS.saturating_sub(before.len());
                let new = asked.into_iter().filter(|(key, _)| !before.contains_key(key)).take(room);
                before.clone().into_iter().chain(new).collect()
            }
            (Defect::CopyTagsAliased | Defect::CopyTagsAliasedTwice, Said::Reply(_)) if adds => {
                let tags = world.snapshot(name).map(|living| living.tag_map()).unwrap_or_default();
                let is_aliased = |source: &Text| match defect {
                    Defect::CopyTagsAliasedTwice => self.copied_from.get(source) == Some(name),
                    _ => source == name,
                };
                let copies = self.copied_from.iter().filter(|(_, source)| is_aliased(source)).map(|(copy, _)| copy);
                for copy in copies.cloned().collect::<Vec<_>>() {
                    set_tags(world, Some(&copy), tags.as_ref().clone());
                }
                return;
            }
            _ => return,
        };
        if let Said::Reply(reply) = said {
            *reply = Reply::Tags(listed(&after));
        }
        set_tags(world, Some(name), after);
    }

    /// Gives a new snapshot the tags of the deleted one whose name it has.
    pub(super) fn revive_tags(&mut self, defect: Defect, world: &mut State, name: &str) {
        if defect != Defect::DeleteKeepsTags {
            return;
        }
        let Some(old) = self.tags_of_the_deleted.get(canonical(name).as_ref()) else { return };
        let new = world.snapshot(name).map(|living| living.tag_map()).unwrap_or_default();
        set_tags(world, Some(name), joined(old, &new));
    }
}

fn given_tags(step: &Step) -> TagMap {
    tags_of(super::door::tags(step))
}

fn tags_of(tags: &[TagArg]) -> TagMap {
    given(tags).first().map(|tags| tags.as_ref().clone()).unwrap_or_default()
}

/// Returns both; where both have a key, the second one's value.
fn joined(first: &TagMap, second: &TagMap) -> TagMap {
    first.iter().chain(second).map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn one_tag(key: &str, value: &str) -> TagMap {
    TagMap::from([(text(key), text(value))])
}

fn set_tags(world: &mut State, name: Option<&str>, tags: TagMap) {
    if let Some(living) = name.and_then(|name| world.snapshot_mut(name)) {
        living.set_tags(Arc::new(tags));
    }
}
