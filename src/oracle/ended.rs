use super::belief::Belief;
use super::slot::Slot;
use crate::model::View;
use crate::service::{Member, Text};

/// Copies that have something in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyKind {
    /// Nothing but that they are copies.
    Any,
    /// Their sources are copies.
    OfCopy,
    /// The service made their sources by itself.
    OfAutomatic,
    /// They have a key of their own.
    Keyed,
    /// Their sources have several shards.
    Sharded,
}

impl CopyKind {
    /// Every kind; what all copies are first.
    pub const ALL: [Self; 5] = [Self::Any, Self::OfCopy, Self::OfAutomatic, Self::Keyed, Self::Sharded];

    /// Returns what reports call them, and one of them.
    #[must_use]
    pub const fn words(self) -> [&'static str; 2] {
        match self {
            Self::Any => ["copies", "a copy"],
            Self::OfCopy => ["copies of copies", "a copy of a copy"],
            Self::OfAutomatic => ["copies of automatic snapshots", "a copy of an automatic snapshot"],
            Self::Keyed => ["copies with a KmsKeyId of their own", "a copy with a KmsKeyId of its own"],
            Self::Sharded => ["copies of several shards", "a copy of several shards"],
        }
    }
}

impl Belief {
    /// Returns the copies of the kind that might have become available: those that did, and those that failed instead.
    #[must_use]
    pub fn ended_copies(&self, kind: CopyKind) -> (Vec<&Text>, Vec<&Text>) {
        let ended = |wanted: fn(&Slot) -> bool| {
            let copies = self.slots.iter().filter(|(_, slot)| slot.doomed.is_none() && wanted(slot));
            copies.filter(|(_, slot)| self.is_of_kind(slot, kind)).map(|(name, _)| name).collect()
        };
        (ended(|slot| slot.grown), ended(|slot| slot.failed && !slot.grown))
    }

    fn is_of_kind(&self, slot: &Slot, kind: CopyKind) -> bool {
        // With a key that nobody said may be used, a copy may well fail.
        let has_usable_key = || slot.inherited.get(Member::KmsKeyId).is_some_and(|key| self.knows_key(key));
        slot.is_copy()
            && match kind {
                CopyKind::Any => true,
                CopyKind::OfCopy => slot.origin.copy,
                CopyKind::OfAutomatic => slot.origin.automatic,
                CopyKind::Keyed => slot.key_given && has_usable_key(),
                CopyKind::Sharded => slot.inherited_nodes.len() > 1,
            }
    }
}
