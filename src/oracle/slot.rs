use std::mem;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::describe::Listed;
use crate::model::{Phase, Phases, TagMap, TagSets};
use crate::service::{Fields, Member, Members, Owner, OwnerKind, Snapshot, Text};
use crate::spec::{ClauseId, ClauseSet, id};

/// Who looks: a describe by name and a list may lag behind each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observer {
    /// DescribeSnapshots with `SnapshotName`.
    ByName,
    /// DescribeSnapshots without.
    List,
}

/// How a snapshot came to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Made {
    /// Not by us, or not known how.
    Unknown,
    /// By CreateSnapshot, of this owner where one was named.
    Created(Option<Owner>),
    /// By CopySnapshot, of this source.
    Copied(Text),
}

/// What is known of the source that a copy was made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Origin {
    /// Whether it is a copy itself.
    pub(super) copy: bool,
    /// Whether the service made it by itself.
    pub(super) automatic: bool,
}

/// For how long it is looked at again whether a snapshot is as it was before, and since it is at rest that it may be.
pub const AGAIN: Duration = Duration::from_secs(3);

/// The clauses that a snapshot keeps as it has shown itself.
///
/// They follow from the rest of a slot and spare looking at it again, so that slots with and without them are equal.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    /// Those of its members; `None` where they are to be looked at anew.
    pub(super) members: Option<ClauseSet>,
    /// Those of its nodes, and whether they are so of one that is at rest; `None` where they are to be looked at anew.
    pub(super) nodes: Option<(bool, ClauseSet)>,
}

impl Held {
    /// Returns the clauses of its nodes, where it is at rest or not as when they were ruled on.
    pub(super) fn nodes(&self, at_rest: bool) -> Option<ClauseSet> {
        self.nodes.filter(|(then, _)| *then == at_rest).map(|(_, clauses)| clauses)
    }
}

impl PartialEq for Held {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// What may be true of one snapshot name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Slot {
    /// The phases in which it may truly be, before hidden progress.
    pub(super) truth: Phases,
    /// What each observer may still show besides.
    pub(super) stale: [Phases; 2],
    /// Until when an observer may lag.
    pub(super) stale_until: Duration,
    /// Since when it is shown again as it was before; `None` where it is not.
    pub(super) again: Option<Duration>,
    /// The phases in which it may be although it was missed, where an answer was lost: that of a call that deletes it and was
    /// not carried out, or of one that makes it and was.
    pub(super) spared: Phases,
    /// How many snapshots have had the name.
    pub(super) lives: u32,
    /// How the present one came to be.
    pub(super) made: Made,
    /// Whether the present one was ever shown.
    pub(super) seen: bool,
    /// Whether it was ever shown in lower case.
    pub(super) lower: bool,
    /// With which filters a list has shown it.
    pub(super) listed: Listed,
    /// Whether it was ever available, so that it can't fail any more.
    pub(super) grown: bool,
    /// How many shards it holds, where it was asked for in cluster mode.
    pub(super) shards: Option<u32>,
    /// The snapshots that had the name before, which describes may show still, the last first; `None` where they no longer may.
    pub(super) former: Option<Arc<Former>>,
    /// Whether it was shown, as more than begun, as the one before it can't have been.
    pub(super) told_apart: bool,
    /// Whether it was shown `creating`, also by the reply that made it.
    pub(super) begun: bool,
    /// Whether the service made it by itself.
    pub(super) automatic: bool,
    /// Whether what it was taken of was deleted since.
    pub(super) owner_deleted: bool,
    /// Until when it may show that a cluster is made from it.
    pub(super) restoring_until: Option<Duration>,
    /// The clause by which it can't become available; `None` where it can.
    pub(super) doomed: Option<ClauseId>,
    /// Whether it was shown `failed`.
    pub(super) failed: bool,
    /// When it was first shown at rest; `None` where it was not yet, or before the sequence.
    pub(super) rested_at: Option<Duration>,
    /// Whether a copy of it was accepted before it was seen available.
    pub(super) copied_early: bool,
    /// The phase that a describe by name showed last, since the last call that could change it.
    pub(super) apparent: Option<Phase>,
    /// Copies of it that have not settled.
    pub(super) users: SmallVec<[Text; 2]>,
    /// Whether it may be being exported.
    pub(super) exporting: bool,
    /// Until when it may refuse to be copied or deleted although what used it is over: an export is written, or a copy was deleted
    /// before it was made.
    pub(super) held_until: Option<Duration>,
    /// What it may have shown while it was copied, exported or restored from.
    pub(super) busied: Phases,
    /// Whether its source was deleted since.
    pub(super) source_deleted: bool,
    /// The members that it has shown, constant from then on.
    pub(super) own: Fields,
    /// What it must show: what its source has shown, but for its own name and origin, and the key that was asked for.
    pub(super) inherited: Fields,
    /// What it was copied from.
    pub(super) origin: Origin,
    /// The names that it was copied from, over copies of copies, the nearest first.
    pub(super) lineage: SmallVec<[Text; 2]>,
    /// Whether the key among them is the one that was asked for.
    pub(super) key_given: bool,
    /// Whether a key was given neither for it nor for what it was copied from.
    pub(super) keyless: bool,
    /// The clauses that it keeps as it has shown itself.
    #[serde(skip)]
    pub(super) held: Held,
    /// The nodes that it has shown.
    pub(super) nodes: SmallVec<[Fields; 1]>,
    /// The nodes that its source has shown.
    pub(super) inherited_nodes: SmallVec<[Fields; 1]>,
    /// Whether a tag operation has answered for it since it is at rest.
    pub(super) answers_tags: bool,
    /// The tags that it may have; `None` where nothing is known.
    pub(super) tags: Option<TagSets>,
    /// The clauses that the next list of tags shows to be kept or not; the first is blamed.
    pub(super) tag_clauses: SmallVec<[ClauseId; 8]>,
    /// The tags of the snapshot that had the name before; `None` where there was none, or nothing is known.
    pub(super) old_tags: Option<Arc<TagMap>>,
    /// The clause that a refused call would contradict if it had had an effect here.
    pub(super) refused: Option<ClauseId>,
    /// Whether a call that should have made it was refused, so that what is refused since may be for that.
    pub(super) denied: bool,
    /// Whether an earlier contradiction makes everything about it doubtful.
    pub(super) suspect: bool,
}

/// A deleted snapshot, after whose deletion another has its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Former {
    /// The members that it has shown.
    fields: Fields,
    /// The nodes that it has shown.
    nodes: SmallVec<[Fields; 1]>,
    /// Whether it was shown `failed`.
    failed: bool,
    /// When it was first shown at rest; `None` where it was not, or long before.
    rested_at: Option<Duration>,
    /// Until when a describe may show it.
    until: Duration,
    /// The one that had the name before it, as long as that may be shown too.
    before: Option<Arc<Former>>,
}

impl Former {
    /// Tells whether a describe may show it still.
    fn is_shown(&self, now: Duration) -> bool {
        now <= self.until
    }

    /// Tells whether what a describe shows may be this one, or one before it.
    fn may_be(&self, shown: &Snapshot, now: Duration) -> bool {
        let is_as = |was: &Fields, is: &Fields| was.unlike(is).is_empty();
        let is_as_it_was = match shown.status.as_ref().and_then(Phase::of) {
            Some(Phase::Available | Phase::Deleting) => true,
            Some(Phase::Failed) => self.failed,
            Some(Phase::Creating | Phase::Copying) => self.rested_at.is_some_and(|at| now.saturating_sub(at) <= AGAIN),
            _ => false,
        };
        self.is_shown(now)
            && is_as_it_was
            && is_as(&self.fields, &shown.fields)
            && self.nodes.iter().zip(&shown.nodes).all(|(was, is)| is_as(was, &is.fields))
            || self.before.as_ref().is_some_and(|before| before.may_be(shown, now))
    }
}

impl Default for Slot {
    fn default() -> Self {
        Self::absent()
    }
}

impl Slot {
    /// A name that no snapshot has had.
    pub(super) fn absent() -> Self {
        Self {
            truth: Phases::ABSENT,
            stale: [Phases::NONE; 2],
            stale_until: Duration::ZERO,
            again: None,
            spared: Phases::NONE,
            lives: 0,
            made: Made::Unknown,
            seen: false,
            lower: false,
            listed: Listed::default(),
            grown: false,
            shards: None,
            former: None,
            told_apart: false,
            begun: false,
            automatic: false,
            owner_deleted: false,
            restoring_until: None,
            doomed: None,
            failed: false,
            rested_at: None,
            copied_early: false,
            apparent: None,
            users: SmallVec::new(),
            exporting: false,
            held_until: None,
            busied: Phases::NONE,
            source_deleted: false,
            own: Fields::default(),
            inherited: Fields::default(),
            origin: Origin::default(),
            lineage: SmallVec::new(),
            key_given: false,
            keyless: false,
            held: Held::default(),
            nodes: SmallVec::new(),
            inherited_nodes: SmallVec::new(),
            answers_tags: false,
            tags: None,
            tag_clauses: SmallVec::new(),
            old_tags: None,
            refused: None,
            denied: false,
            suspect: false,
        }
    }

    /// Returns the phases in which it may be, closed under hidden progress.
    pub(super) fn phases(&self) -> Phases {
        let never = match (self.grown, self.failed) {
            (true, _) => Phases::FAILED,
            (false, true) => Phases::AVAILABLE,
            (false, false) => Phases::NONE,
        };
        self.truth.closed() & !(never & !self.truth)
    }

    /// Returns the phase in which it rests between its uses: one that failed stays so.
    pub(super) fn rest(&self) -> Phases {
        if self.failed && !self.grown { Phases::FAILED } else { Phases::AVAILABLE }
    }

    /// Returns the source that it uses no more: a copy at rest does not.
    pub(super) fn at_rest_of(&self) -> Option<&Text> {
        self.source().filter(|_| self.truth.within(Phases::RESTING))
    }

    /// Returns the phases in which the next call may meet it: once an export of it is written, or a copy of it that was being made
    /// is gone, that may not be over yet.
    pub(super) fn phases_met(&self, now: Duration) -> Phases {
        let phases = self.phases();
        let may_be_held = self.held_until.is_some_and(|until| now <= until) && phases.has(Phase::Available);
        if may_be_held { phases | Phases::EXPORTING } else { phases }
    }

    /// Returns what it was copied from; `None` where it was not made as a copy.
    pub(super) const fn source(&self) -> Option<&Text> {
        match &self.made {
            Made::Copied(source) => Some(source),
            Made::Unknown | Made::Created(_) => None,
        }
    }

    /// Tells whether it was made as a copy.
    pub(super) fn is_copy(&self) -> bool {
        self.source().is_some()
    }

    /// Tells whether the service made it by itself.
    pub(super) fn is_automatic(&self) -> bool {
        self.automatic || self.own.get(Member::SnapshotSource) == Some("automated")
    }

    /// Returns the member as it has shown it, or else as its source has.
    pub(super) fn shows(&self, member: Member) -> Option<&str> {
        self.own.get(member).or_else(|| self.inherited.get(member))
    }

    /// Tells whether it, or what it is a copy of, may have been taken of that cluster or group: it has shown no other. The
    /// clusters that a group is made of are called by it and a number.
    pub(super) fn may_be_of(&self, owner: &Owner) -> bool {
        let shown = |member| self.shows(member);
        let mut ids = [Member::ReplicationGroupId, Member::CacheClusterId].into_iter().filter_map(shown).peekable();
        let is_it = |id: &str| match id.get(..owner.id.len()).zip(id.get(owner.id.len()..)) {
            Some((first, rest)) if first.eq_ignore_ascii_case(&owner.id) => {
                rest.is_empty() || owner.kind == OwnerKind::Group && is_number_of_node(rest)
            }
            _ => false,
        };
        ids.peek().is_none() || ids.any(is_it)
    }

    /// Tells whether it was copied from that name, if over others.
    pub(super) fn comes_from(&self, name: &str) -> bool {
        self.lineage.iter().any(|forebear| **forebear == *name)
    }

    /// Tells whether it was made as a copy of that name.
    pub(super) fn is_copy_of(&self, name: &str) -> bool {
        self.source().is_some_and(|source| **source == *name)
    }

    /// Tells whether nothing will change without an operation, as far as the name's own describes tell.
    ///
    /// What is shown may be what lags behind: a name used again soon may look as it did before. No describe can tell the
    /// two apart, so what looks at rest is waited for no longer; what may be true stays as wide as it was.
    pub(super) fn is_settled(&self) -> bool {
        let exact = self.truth.iter().count() == 1
            && self.truth.within(Phases::RESTING)
            && self.stale.first().is_none_or(|stale| stale.is_empty());
        self.suspect || (self.again.is_none() && (exact || self.seems_at_rest()))
    }

    /// Tells whether it was last shown in a phase that no hidden progress leaves, and that may be its own.
    pub(super) fn seems_at_rest(&self) -> bool {
        self.apparent.is_some_and(|phase| Phases::one(phase).within(Phases::RESTING) && self.phases().has(phase))
    }

    /// Tells whether an observer may show the phase although it has shown the truth: of one that is new, that it is not
    /// there, of one that has just been made, that it is being made, of one that is gone or going, what it was, and of one
    /// that is used no more, that it is. Reads need not follow each other in time (`describe.lag`), but what is looked at
    /// again and again shows the truth sooner or later.
    pub(super) fn may_be_again(&self, phase: Phase, now: Duration) -> bool {
        let was_busy = self.busied.has(phase);
        let making = phase == Phase::Creating || phase == Phase::Copying && self.is_copy();
        let was_made = making && self.rested_at.is_some_and(|at| now.saturating_sub(at) <= AGAIN);
        let may_have_been = match phase {
            Phase::Available => true,
            Phase::Failed => self.failed,
            // It was deleted while it was made.
            Phase::Creating | Phase::Copying if !self.grown && !self.failed => true,
            _ => was_busy || was_made,
        };
        let going = self.truth.within(Phases::ABSENT | Phases::DELETING) && may_have_been;
        let rests = self.truth.within(Phases::AVAILABLE | Phases::BUSY) && was_busy;
        let is_before = phase == Phase::Absent || self.truth == Phases::ABSENT || going || rests || was_made;
        is_before && now <= self.stale_until && !self.was_looked_at_again(now)
    }

    /// Tells whether an observer that shows it in that phase may lag.
    pub(super) fn may_lag(&self, observer: Observer, phase: Phase, now: Duration) -> bool {
        let [by_name, list] = self.stale;
        let stale = if observer == Observer::List { list } else { by_name };
        stale.has(phase) && now <= self.stale_until
    }

    /// Notes that it is used, and may show that it is, if it may be there and done.
    pub(super) fn is_used(&mut self, phases: Phases) {
        let rest = self.rest();
        if self.phases().meets(rest | Phases::BUSY) {
            self.truth |= phases | rest;
            self.busied |= phases;
        }
    }

    /// Learns that a copy or an export of it was accepted, so that it is at rest: where reads lag, they may show for a while
    /// that it was being made.
    pub(super) fn is_copied(&mut self, phases: Phases, now: Duration, reads_lag: bool) {
        self.is_used(phases);
        self.apparent = None;
        if !self.grown {
            self.copied_early = true;
            self.rested_at = self.rested_at.or(reads_lag.then_some(now));
        }
    }

    /// Takes a snapshot that a describe missed, while it was deleted, to be on its way still; returns whether it may be.
    pub(super) fn may_go_still(&mut self, phase: Phase, now: Duration) -> bool {
        let missed =
            phase == Phase::Deleting && self.lives > 0 && self.truth == Phases::ABSENT && now <= self.stale_until;
        if missed {
            (self.truth, self.again) = (Phases::DELETING, None);
        }
        missed
    }

    /// Tells whether what a describe shows may be the snapshot that had the name before: reads need not follow each other in
    /// time (`describe.lag`), but not for as long as it is looked at again.
    pub(super) fn may_be_former(&self, shown: &Snapshot, now: Duration) -> bool {
        !self.was_looked_at_again(now) && self.former.as_ref().is_some_and(|former| former.may_be(shown, now))
    }

    /// Tells whether a list may show the snapshot that had the name before beside it.
    pub(super) fn has_former(&self, now: Duration) -> bool {
        self.former.as_ref().is_some_and(|former| former.is_shown(now))
    }

    /// Tells whether it was shown as available by nothing that may not have been the snapshot that had the name before.
    pub(super) fn is_guess(&self, now: Duration) -> bool {
        !self.told_apart && self.has_former(now)
    }

    /// Tells whether nobody knows if there is one, since a call that makes or deletes it got no answer.
    pub(super) fn may_be_there_or_not(&self) -> bool {
        let gone = Phases::ABSENT | Phases::DELETING;
        self.phases().meets(gone) && !self.phases().within(gone)
    }

    /// Tells whether it is there although a describe missed it: a call that got no answer was not carried out where it
    /// deletes, or was where it makes.
    pub(super) fn is_spared(&self, phase: Phase, now: Duration) -> bool {
        self.truth == Phases::ABSENT && self.spared.has(phase) && now <= self.stale_until
    }

    /// Learns that it is shown itself, in that phase: what was shown before may have been the one that had the name before it,
    /// also that this is made, or that it failed. One that was deleted meanwhile may have failed before.
    pub(super) fn tell_apart(&mut self, phase: Phase, now: Duration) {
        let begun = Phases::CREATING | Phases::COPYING;
        let is_deleted = self.truth.within(Phases::ABSENT | Phases::DELETING);
        let is_made = (begun | Phases::AVAILABLE | Phases::FAILED).has(phase);
        if is_made && self.is_guess(now) && !self.phases().has(phase) {
            if !is_deleted {
                (self.truth, self.grown, self.failed) = (begun, false, false);
            } else if phase == Phase::Failed {
                (self.grown, self.failed) = (false, true);
            }
        }
        self.told_apart |= !begun.has(phase);
    }

    /// Returns the phases in which it may be although it was taken to be gone: one that is new may be missing from a describe
    /// (`describe.lag`). None where it is gone for sure.
    pub(super) fn still(&self, now: Duration) -> Phases {
        let is_sure = self.lives == 0 || self.truth != Phases::ABSENT || now > self.stale_until;
        if is_sure || self.was_looked_at_again(now) { Phases::NONE } else { Phases::DELETING | self.spared }
    }

    /// Tells whether it was looked at again for as long as reads need not follow each other.
    pub(super) fn was_looked_at_again(&self, now: Duration) -> bool {
        self.again.is_some_and(|since| now.saturating_sub(since) >= AGAIN)
    }

    /// Begins the life of a new snapshot under the name.
    pub(super) fn begin(&mut self, made: Made, now: Duration, limit: Duration) {
        let before = self.phases();
        if self.lives > 0 {
            self.old_tags = self.tags.take().and_then(|sets| sets.into_iter().reduce(merged));
        }
        let former = (self.lives > 0 && now <= self.stale_until).then(|| {
            let (fields, nodes) = (mem::take(&mut self.own), mem::take(&mut self.nodes));
            let before = self.former.take().filter(|before| before.is_shown(now));
            let (failed, rested_at, until) = (self.failed, self.rested_at, self.stale_until);
            Arc::new(Former { fields, nodes, failed, rested_at, until, before })
        });
        *self = Self {
            truth: Phases::CREATING | Phases::COPYING,
            stale: self.stale.map(|stale| stale | before),
            stale_until: now + limit,
            lives: self.lives + 1,
            made,
            former,
            old_tags: self.old_tags.take(),
            suspect: self.suspect,
            ..Self::absent()
        };
    }

    /// Tells whether a cluster was made from it.
    pub(super) const fn was_restored(&self) -> bool {
        self.restoring_until.is_some()
    }

    /// Returns the members that a copy of it must share: what it has shown, or else what its own source has.
    pub(super) fn heritage(&self) -> Fields {
        if self.inherited.members().within(self.own.members()) {
            return self.own.clone();
        }
        let mut heritage = self.inherited.clone();
        for (member, value) in self.own.iter() {
            heritage.set(member, value);
        }
        heritage
    }

    /// Returns the member as its source has shown it, `None` where it need not share it.
    pub(super) fn inherited(&self, member: Member) -> Option<&str> {
        self.inherited.get(member).filter(|_| !Self::ITS_OWN.meets(Members::one(member)))
    }

    /// The members of a copy that are no matter of its source's.
    pub(super) const ITS_OWN: Members = Members::of(&[Member::Arn, Member::SnapshotSource]);

    /// Returns the truth narrowed to what is left possible in these phases; as it was where nothing is.
    ///
    /// No source says which of a new copy's first statuses comes first: one that was met as `copying` may be `creating` next.
    pub(super) fn narrowed(&self, phases: Phases) -> Phases {
        let left = self.phases() & phases;
        if left.is_empty() {
            return self.truth;
        }
        let begins_still = left.has(Phase::Copying) && self.is_copy() && !self.grown && !self.begun;
        let next = if begins_still { self.truth & Phases::CREATING } else { Phases::NONE };
        left | next
    }

    /// Returns the clause about the visibility of what was made.
    pub(super) fn visible_clause(&self) -> ClauseId {
        match self.made {
            Made::Copied(_) => id::COPY_VISIBLE,
            Made::Created(_) => id::CREATE_VISIBLE,
            Made::Unknown => id::SNAPSHOT_PERSISTS,
        }
    }

    /// Returns the clause about being gone for good.
    pub(super) fn gone_clause(&self) -> ClauseId {
        if self.automatic && self.owner_deleted { id::SNAPSHOT_AUTOMATIC_GOES } else { id::DELETE_GONE }
    }

    /// Returns the clause about coming to rest, or being gone.
    pub(super) fn unsettled_clause(&self) -> ClauseId {
        if self.truth.meets(Phases::DELETING) || self.truth == Phases::ABSENT {
            self.gone_clause()
        } else if !self.seen && (self.truth.within(Phases::RESTING) || self.apparent == Some(Phase::Absent)) {
            self.visible_clause()
        } else {
            self.settles_clause()
        }
    }

    /// Returns the clause about becoming available.
    pub(super) fn settles_clause(&self) -> ClauseId {
        if self.restoring_until.is_some() {
            return id::RESTORE_SOURCE_STATUS;
        }
        match self.made {
            Made::Created(_) => id::CREATE_SETTLES,
            Made::Copied(_) | Made::Unknown => id::COPY_SETTLES,
        }
    }
}

/// Tells whether it is what the id of a group's cluster has after that of the group: `-001`, `-0001-001`.
fn is_number_of_node(rest: &str) -> bool {
    rest.strip_prefix('-').is_some_and(|numbers| {
        numbers.split('-').all(|number| !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()))
    })
}

fn merged(mut left: Arc<TagMap>, right: Arc<TagMap>) -> Arc<TagMap> {
    Arc::make_mut(&mut left).extend(right.iter().map(|(key, value)| (key.clone(), value.clone())));
    left
}
