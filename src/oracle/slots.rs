use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::slot::Slot;
use crate::service::Text;

/// The slots of a belief by their names. A clone shares each slot until one of the two changes it, so that a belief can be
/// tried out at little cost.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Slots(FxHashMap<Text, Arc<Slot>>);

impl Slots {
    pub(super) fn get(&self, name: &str) -> Option<&Slot> {
        self.0.get(name).map(Arc::as_ref)
    }

    /// Returns the slot to be changed.
    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Slot> {
        self.0.get_mut(name).map(Arc::make_mut)
    }

    /// Returns the slot to be changed; where there is none, that of a name which no snapshot has had.
    pub(super) fn or_absent(&mut self, name: &Text) -> &mut Slot {
        Arc::make_mut(self.0.entry(name.clone()).or_insert_with(|| Arc::new(Slot::absent())))
    }

    pub(super) fn insert(&mut self, name: &Text, slot: Slot) {
        self.0.insert(name.clone(), Arc::new(slot));
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Text, &Slot)> {
        self.0.iter().map(|(name, slot)| (name, slot.as_ref()))
    }

    /// Tells whether one was copied from the other, if over others.
    pub(super) fn are_akin(&self, one: &str, other: &str) -> bool {
        let comes_from = |copy: &str, first: &str| self.get(copy).is_some_and(|slot| slot.comes_from(first));
        comes_from(one, other) || comes_from(other, one)
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &Slot> {
        self.0.values().map(Arc::as_ref)
    }

    /// Changes the slots of which `wanted` is true, and copies no other.
    pub(super) fn change(&mut self, wanted: impl Fn(&Text, &Slot) -> bool, mut change: impl FnMut(&mut Slot)) {
        for (name, slot) in &mut self.0 {
            if wanted(name, slot) {
                change(Arc::make_mut(slot));
            }
        }
    }

    /// Tells whether both have the same under each name.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let are_same = |one: &Arc<Slot>, other: &Arc<Slot>| Arc::ptr_eq(one, other) || one == other;
        if self.0.len() != other.0.len() {
            return false;
        }
        for ((name, slot), (theirs, other_slot)) in self.0.iter().zip(&other.0) {
            // Clones mostly stand in one order.
            let other_slot = if Arc::ptr_eq(name, theirs) { Some(other_slot) } else { other.0.get(name) };
            if !other_slot.is_some_and(|other| are_same(slot, other)) {
                return false;
            }
        }
        true
    }

    /// Takes over the slot of that name from the other.
    pub(super) fn take_over(&mut self, name: &Text, other: &Self) {
        if let Some(slot) = other.0.get(name) {
            self.0.insert(name.clone(), Arc::clone(slot));
        }
    }

    /// Returns the names whose slots are not the very ones of the other.
    pub(super) fn changed_since(&self, other: &Self) -> Vec<Text> {
        let changed =
            self.0.iter().filter(|(name, slot)| !other.0.get(*name).is_some_and(|old| Arc::ptr_eq(old, slot)));
        changed.map(|(name, _)| name.clone()).collect()
    }
}
