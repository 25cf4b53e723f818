use std::time::Duration;

use smallvec::SmallVec;

use crate::model::{Phase, Phases, TagMap, TagSets};
use crate::service::{Fields, Member, Owner, Text};
use crate::spec::{ClauseId, id};

/// Who looks: a describe by name and a list may lag behind each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observer {
    /// DescribeSnapshots with `SnapshotName`.
    ByName,
    /// DescribeSnapshots without.
    List,
}

/// How a snapshot came to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Made {
    /// Not by us, or not known how.
    Unknown,
    /// By CreateSnapshot, of this owner where one was named.
    Created(Option<Owner>),
    /// By CopySnapshot, of this source.
    Copied(Text),
}

/// A node's members as last bound, under what tells it from the others.
pub(super) type NodeKey = (Option<Text>, Option<Text>, Option<Text>);

/// Returns what tells a node of a snapshot from its others.
pub(super) fn node_key(fields: &Fields) -> NodeKey {
    let part = |member| fields.get(member).cloned();
    (part(Member::NodeCacheClusterId), part(Member::NodeGroupId), part(Member::CacheNodeId))
}

/// What may be true of one snapshot name.
#[derive(Clone, Debug)]
pub struct Slot {
    /// The phases in which it may truly be, before hidden progress.
    pub(super) truth: Phases,
    /// What each observer may still show besides.
    pub(super) stale: [Phases; 2],
    /// Until when an observer may lag.
    pub(super) stale_until: Duration,
    /// How many snapshots have had the name.
    pub(super) lives: u32,
    /// How the present one came to be.
    pub(super) made: Made,
    /// Whether the present one was ever shown.
    pub(super) seen: bool,
    /// Whether it was ever available, so that it can't fail any more.
    pub(super) grown: bool,
    /// Whether a copy of it was accepted before it was seen available.
    pub(super) copied_early: bool,
    /// The phase that a describe by name showed last, since the last call that could change it.
    pub(super) apparent: Option<Phase>,
    /// Copies of it that have not settled.
    pub(super) users: SmallVec<[Text; 2]>,
    /// Whether its source was deleted since.
    pub(super) source_deleted: bool,
    /// The members that it has shown, constant from then on.
    pub(super) own: Fields,
    /// The members that its source has shown, and it must share.
    pub(super) inherited: Fields,
    /// Whether the key among them is the one that the copy asked for.
    pub(super) key_given: bool,
    /// The nodes that it has shown.
    pub(super) nodes: Vec<Fields>,
    /// The nodes that its source has shown.
    pub(super) inherited_nodes: Vec<Fields>,
    /// The tags that it may have; `None` where nothing is known.
    pub(super) tags: Option<TagSets>,
    /// The clauses that the next list of tags shows to be kept or not; the first is blamed.
    pub(super) tag_clauses: SmallVec<[ClauseId; 3]>,
    /// The tags of the snapshot that had the name before.
    pub(super) old_tags: TagMap,
    /// The clause that a refused call would contradict if it had had an effect here.
    pub(super) refused: Option<ClauseId>,
    /// Whether an earlier contradiction makes everything about it doubtful.
    pub(super) suspect: bool,
}

impl Slot {
    /// A name that no snapshot has had.
    pub(super) fn absent() -> Self {
        Self {
            truth: Phases::ABSENT,
            stale: [Phases::NONE; 2],
            stale_until: Duration::ZERO,
            lives: 0,
            made: Made::Unknown,
            seen: false,
            grown: false,
            copied_early: false,
            apparent: None,
            users: SmallVec::new(),
            source_deleted: false,
            own: Fields::default(),
            inherited: Fields::default(),
            key_given: false,
            nodes: Vec::new(),
            inherited_nodes: Vec::new(),
            tags: None,
            tag_clauses: SmallVec::new(),
            old_tags: TagMap::new(),
            refused: None,
            suspect: false,
        }
    }

    /// Returns the phases in which it may be, closed under hidden progress.
    pub(super) fn phases(&self) -> Phases {
        let closed = self.truth.closed();
        if self.grown { closed & !(Phases::FAILED & !self.truth) } else { closed }
    }

    /// Tells whether nothing will change without an operation, as far as the name's own describes tell.
    ///
    /// What is shown may be what lags behind: a name used again soon may look as it did before. No describe can tell the
    /// two apart, so what looks at rest is waited for no longer; what may be true stays as wide as it was.
    pub(super) fn is_settled(&self) -> bool {
        let exact = self.truth.iter().count() == 1
            && self.truth.within(Phases::RESTING)
            && self.stale.first().is_none_or(|stale| stale.is_empty());
        self.suspect || exact || self.seems_at_rest()
    }

    /// Tells whether it was last shown in a phase that no hidden progress leaves, and that may be its own.
    pub(super) fn seems_at_rest(&self) -> bool {
        self.apparent.is_some_and(|phase| {
            Phases::one(phase).within(Phases::RESTING) && self.phases().has(phase) && !self.truth.within(Phases::ABSENT)
        })
    }

    /// Begins the life of a new snapshot under the name.
    pub(super) fn begin(&mut self, made: Made, now: Duration, limit: Duration) {
        let before = self.phases();
        if self.lives > 0 {
            self.old_tags =
                self.tags.iter().flatten().flat_map(|set| set.iter()).map(|(k, v)| (k.clone(), v.clone())).collect();
        }
        let mut next = Self::absent();
        next.truth = Phases::CREATING | Phases::COPYING;
        next.stale = self.stale.map(|stale| stale | before);
        next.stale_until = now + limit;
        next.lives = self.lives + 1;
        next.made = made;
        next.old_tags = std::mem::take(&mut self.old_tags);
        next.suspect = self.suspect;
        *self = next;
    }

    /// Narrows the truth to what is left possible, and lets the observers lag behind what is so learnt.
    pub(super) fn narrow(&mut self, phases: Phases) {
        let left = self.phases() & phases;
        if !left.is_empty() {
            self.truth = left;
        }
    }

    /// Returns the clause about the visibility of what was made.
    pub(super) fn visible_clause(&self) -> ClauseId {
        match self.made {
            Made::Copied(_) => id::COPY_VISIBLE,
            Made::Created(_) => id::CREATE_VISIBLE,
            Made::Unknown => id::SNAPSHOT_PERSISTS,
        }
    }

    /// Returns the clause about becoming available.
    pub(super) fn settles_clause(&self) -> ClauseId {
        match self.made {
            Made::Created(_) => id::CREATE_SETTLES,
            Made::Copied(_) | Made::Unknown => id::COPY_SETTLES,
        }
    }
}
