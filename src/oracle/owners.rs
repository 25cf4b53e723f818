use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::model::{TagSets, given};
use crate::service::{Fields, Owner, TagArg};

/// What is known of the clusters and groups that snapshots are taken of.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Owners {
    /// Whether they are there.
    #[serde(with = "list", rename = "owners")]
    pub(super) there: FxHashMap<Owner, bool>,
    /// The one of which no snapshots are ever taken.
    pub(super) barren: Option<Owner>,
    /// Whether one was asked to tier its data.
    #[serde(default)]
    pub(super) may_tier: bool,
    /// One that has just these tags.
    #[serde(default)]
    pub(super) tagged: Option<(Owner, Vec<TagArg>)>,
    /// What they have shown of their settings.
    #[serde(default)]
    pub(super) settings: Vec<(Owner, Fields)>,
    /// How many snapshots may be taken of the one whose quota is to be gone over.
    pub(super) sure_quota: Option<usize>,
}

impl Owners {
    /// Tells whether it is there; `None` where that is not known.
    pub(super) fn is_there(&self, owner: &Owner) -> Option<bool> {
        self.there.get(owner).copied()
    }

    /// Returns what of it another sequence is to know.
    pub(super) fn carried(&self) -> Self {
        Self { there: self.there.clone(), tagged: self.tagged.clone(), ..Self::default() }
    }

    /// Returns what it has shown of its settings.
    pub(super) fn settings_of(&self, owner: &Owner) -> Option<&Fields> {
        self.settings.iter().rev().find(|(known, _)| is_same(owner, known)).map(|(_, settings)| settings)
    }

    /// Returns the tags that snapshots of it are made with where none are given.
    pub(super) fn handed_on(&self, owner: Option<&Owner>) -> TagSets {
        match (owner, &self.tagged) {
            (Some(owner), Some((tagged, tags))) if is_same(owner, tagged) => given(tags),
            _ => given(&[]),
        }
    }
}

fn is_same(one: &Owner, other: &Owner) -> bool {
    one.kind == other.kind && one.id.eq_ignore_ascii_case(&other.id)
}

/// The owners as a list: what a map is looked up by is a text in JSON.
mod list {
    use rustc_hash::FxHashMap;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::service::Owner;

    pub(super) fn serialize<S: Serializer>(owners: &FxHashMap<Owner, bool>, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(owners.iter())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<FxHashMap<Owner, bool>, D::Error> {
        Ok(Vec::deserialize(from)?.into_iter().collect())
    }
}
