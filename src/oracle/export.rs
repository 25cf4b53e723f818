use std::collections::BTreeSet;
use std::time::Duration;

use smallvec::SmallVec;

use super::belief::Belief;
use super::bucket::Store;
use super::judge::phase_of;
use super::judgement::{Judgement, Mark, Needs, Reason};
use super::slot::Slot;
use crate::model::{BucketSeen, NameClass, Phase, Phases, classify, export_key, is_longer, subject};
use crate::service::{CopySnapshot, Member, Snapshot, Status, Text, text};
use crate::spec::{ClauseId, id};

/// The longest name that an export may be shown under as a snapshot.
const LONGEST_SHOWN: usize = 255;

/// An export that was accepted, or may have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Export {
    pub(super) source: Text,
    /// Its name as it was given, and as a snapshot would have it.
    pub(super) target: Text,
    pub(super) kept: Text,
    pub(super) bucket: Text,
    pub(super) shards: Option<usize>,
    /// The clauses that it shows to be kept once its objects are there.
    pub(super) clauses: SmallVec<[ClauseId; 8]>,
    pub(super) found: BTreeSet<usize>,
    /// The keys that were there before it.
    pub(super) held: BTreeSet<Text>,
    /// Whether it is shown no more as a snapshot, or never can be.
    pub(super) unshown: bool,
    /// Whether its source was seen to be available afterwards.
    pub(super) released: bool,
    /// Whether nothing is to be said of it any more.
    pub(super) doubtful: bool,
    /// Until when a describe may show it as a snapshot because it lags.
    pub(super) shown_until: Duration,
    /// The status under which it was shown as a snapshot.
    pub(super) shown: Option<Status>,
}

impl Export {
    pub(super) fn is_written(&self) -> bool {
        self.found.len() >= self.shards.unwrap_or(1).max(1)
    }

    pub(super) fn is_settled(&self) -> bool {
        self.doubtful || (self.is_written() && self.unshown && self.released)
    }

    /// Tells whether it is the same export, whatever is known of it.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.source == other.source && self.target == other.target && self.bucket == other.bucket
    }

    pub(super) fn is_of(&self, name: &str) -> bool {
        *self.source == *name || *self.kept == *name || *self.bucket == *name
    }

    /// Returns which of its shards has the key, and whether the key keeps the case of the name.
    pub(super) fn shard_of(&self, shown: &str) -> Option<(usize, bool)> {
        if self.held.contains(shown) {
            return None;
        }
        let numbers = 1..=self.shards.unwrap_or(9999).max(1);
        let (name, number) = shown.strip_suffix(".rdb")?.rsplit_once('-')?;
        let number = number.parse().ok().filter(|number| numbers.contains(number) && number_is(number, shown))?;
        match name {
            name if *name == *self.target => Some((number, true)),
            name if *name == *self.kept => Some((number, false)),
            _ => None,
        }
    }

    /// Returns the keys that are not there yet, as they are expected.
    pub(super) fn missing(&self) -> String {
        let missing = (1..=self.shards.unwrap_or(1).max(1)).filter(|shard| !self.found.contains(shard));
        missing.map(|shard| format!("`{}`", export_key(&self.target, shard))).collect::<Vec<_>>().join(", ")
    }
}

/// Tells whether the number stands in the key in four digits.
fn number_is(number: &usize, shown: &str) -> bool {
    shown.ends_with(&format!("-{number:04}.rdb"))
}

/// Learns that an export was accepted, or may have been where it is `doubtful`.
pub(super) fn accepted(belief: &mut Belief, call: &CopySnapshot, clauses: SmallVec<[ClauseId; 8]>, doubtful: bool) {
    let (Some(source), Some(kept)) = (subject(call.source.as_ref()), subject(call.target.as_ref())) else { return };
    let (source, kept) = (source.into_owned(), kept.into_owned());
    let (Some(bucket), Some(target)) = (call.bucket().cloned(), call.target.clone()) else { return };
    belief.made += 1;
    let shards = crate::model::View::shards(belief, &source);
    if let Some(slot) = belief.slots.get_mut(&source) {
        slot.is_copied(Phases::COPYING | Phases::EXPORTING, belief.now, belief.home.reads_lag);
        slot.exporting = true;
    }
    if let Some(slot) = belief.slots.get_mut(&kept).filter(|_| kept != source) {
        slot.refused = None;
    }
    if let Some(store) = belief.stores.get_mut(&bucket) {
        for name in [&target, &kept] {
            for shard in 1..=shards.unwrap_or(1).max(1) {
                store.objects.entry(text(export_key(name, shard))).or_default();
            }
        }
    }
    let can_be_shown = matches!(classify(&kept), NameClass::Plain | NameClass::Odd)
        && !is_longer(&kept, LONGEST_SHOWN)
        && kept != source
        && belief.slots.get(&kept).is_none_or(|slot| slot.suspect || slot.phases().has(Phase::Absent));
    // What has failed may be taken, and its export fail; which of two exports under one name an object is of, it does not
    // say.
    let failed = belief.slots.get(&source).is_some_and(|slot| slot.truth.meets(Phases::FAILED));
    let mut alike = doubtful || failed;
    for other in belief.exports.iter_mut().filter(|other| other.bucket == bucket && other.kept == kept) {
        if !other.is_settled() || other.doubtful {
            other.doubtful = true;
            alike = true;
        }
    }
    let held = belief.stores.get(&bucket).map(Store::keys).unwrap_or_default();
    belief.exports.push(Export {
        source,
        target,
        kept,
        bucket,
        shards,
        clauses,
        found: BTreeSet::new(),
        unshown: !can_be_shown,
        released: false,
        held,
        doubtful: alike,
        shown: None,
        // A name that no snapshot can be made with may still be shown for as long as it is exported.
        shown_until: belief.now + belief.home.settle_limit,
    });
}

/// Rules on the reply to an export.
pub(super) fn rule_reply(judgement: &mut Judgement, call: &CopySnapshot, shown: &Snapshot) {
    let is = |name: &Option<Text>| {
        let shown = shown.name.as_ref();
        name.as_ref().is_some_and(|name| shown.is_some_and(|shown| shown.eq_ignore_ascii_case(name)))
    };
    // What is not shown contradicts nothing: no source says what the reply holds.
    let status =
        matches!(shown.status, None | Some(Status::Creating | Status::Copying | Status::Exporting | Status::Available));
    let source = shown.fields.get(Member::SnapshotSource).is_none_or(|word| matches!(word, "manual" | "automated"));
    if (shown.name.is_none() || is(&call.target) || is(&call.source)) && status && source {
        let first = is(&call.target) && shown.status == Some(Status::Creating);
        judgement.mark(id::EXPORT_REPLY, if first { Mark::Pass } else { Mark::NonStrict }, Needs::Life);
        return;
    }
    judgement.contradict(
        id::EXPORT_REPLY,
        Reason::Wrong,
        "the name of export or source, creating, copying, exporting or available, manual or automated",
        format!(
            "{}, {}, {}",
            shown.name.as_deref().unwrap_or("no name"),
            shown.status.as_ref().map_or("no status", Status::word),
            shown.fields.get(Member::SnapshotSource).map_or("no source", |word| word)
        ),
    );
}

/// Remembers that an export was refused, and so must have left nothing.
pub(super) fn note_refusal(belief: &mut Belief, call: &CopySnapshot) {
    let (Some(bucket), Some(target)) = (call.bucket(), call.target.as_ref()) else { return };
    if let Some(store) = belief.stores.get_mut(bucket) {
        store.refused.push(target.clone());
    }
    for name in [subject(call.target.as_ref()), subject(call.source.as_ref())].into_iter().flatten() {
        belief.slots.or_absent(&name).refused = Some(id::EXPORT_REFUSAL_NO_EFFECT);
    }
}

/// Learns that a snapshot is being deleted: what is exported of it may come or not.
pub(super) fn source_deleted(belief: &mut Belief, name: &str) {
    for export in belief.exports.iter_mut().filter(|export| *export.source == *name) {
        if export.is_written() {
            export.released = true;
        } else {
            export.doubtful = true;
        }
    }
}

/// Rules on a name under which an export may be shown as a snapshot; tells whether nothing else is to be said of it.
pub(super) fn row(belief: &mut Belief, judgement: &mut Judgement, name: &Text, snapshot: Option<&Snapshot>) -> bool {
    let slot = belief.slots.get(name);
    let never = slot.is_none_or(|slot| slot.lives == 0 && !slot.suspect);
    let phase = snapshot.and_then(phase_of);
    // Whether no snapshot of its own may have the name, and what is shown is none.
    let free = never
        || slot.is_some_and(|slot| {
            let phases = slot.phases();
            !slot.suspect && phases.has(Phase::Absent) && phase.is_none_or(|phase| !phases.has(phase))
        });
    let now = belief.now;
    let until = now + belief.home.settle_limit;
    let running = |export: &Export| {
        export.kept == *name && export.source != *name && (export.doubtful || !(export.is_written() && export.unshown))
    };
    if !belief.exports.iter().any(running) {
        let over = belief.exports.iter().any(|export| export.kept == *name && export.source != *name);
        if !over || !never {
            return false;
        }
        // A describe may lag: what was missed is shown now, and waited for again.
        let late = |export: &&mut Export| export.kept == *name && now <= export.shown_until;
        match (snapshot, belief.exports.iter_mut().find(late)) {
            (None, _) => judgement.pass(id::EXPORT_NO_SNAPSHOT),
            (Some(snapshot), Some(export)) => {
                export.unshown = false;
                export.shown.clone_from(&snapshot.status);
            }
            (Some(snapshot), None) => still_shown(belief, judgement, name, snapshot),
        }
        return true;
    }
    // It may be either, where nobody knows whether the snapshot is still there.
    let either = |slot: &&mut Slot| {
        let phases = slot.phases();
        phases.has(Phase::Absent) && phase.is_some_and(|phase| phase != Phase::Deleting && phases.has(phase))
    };
    if let Some(slot) = belief.slots.get_mut(name).filter(either) {
        slot.suspect = true;
    }
    // Of several exports under one name any may be what is shown.
    let mut all_doubtful = true;
    for export in belief.exports.iter_mut().filter(|export| running(export)) {
        all_doubtful &= export.doubtful;
        match snapshot {
            None if export.is_written() && !export.doubtful => {
                export.unshown = true;
                export.shown_until = until;
                if never {
                    judgement.pass(id::EXPORT_NO_SNAPSHOT);
                }
            }
            None => {}
            Some(snapshot) if free => export.shown.clone_from(&snapshot.status),
            Some(_) => export.unshown = true,
        }
    }
    if let (Some(snapshot), true, true) = (snapshot, never, all_doubtful) {
        suspect(belief, name, snapshot);
    }
    // What a snapshot of that name showed before, its absence is learnt from.
    if snapshot.is_some() { free } else { never }
}

fn still_shown(belief: &mut Belief, judgement: &mut Judgement, name: &Text, snapshot: &Snapshot) {
    let status = snapshot.status.as_ref().map_or("(no status)", Status::word);
    let expected = format!("no snapshot `{name}` once it is exported");
    judgement.contradict(id::EXPORT_NO_SNAPSHOT, Reason::Unexpected, expected, format!("`{name}` {status}"));
    suspect(belief, name, snapshot);
}

/// What should not be there has to be removed nevertheless.
fn suspect(belief: &mut Belief, name: &Text, snapshot: &Snapshot) {
    let slot = belief.slots.or_absent(name);
    slot.truth = snapshot.status.as_ref().and_then(Phase::of).map_or(Phases::ALL, Phases::one);
    slot.lives = 1;
    slot.suspect = true;
}

/// Learns from a source that was shown by name.
pub(super) fn source_shown(belief: &mut Belief, judgement: &mut Judgement, name: &Text, phase: Phase) {
    // What fails for reasons of its own is at rest too, and says nothing of its export.
    if !matches!(phase, Phase::Available | Phase::Failed) {
        return;
    }
    let mut of_it = false;
    for export in belief.exports.iter_mut().filter(|export| export.source == *name && !export.doubtful) {
        of_it = true;
        if export.is_written() && !export.released {
            export.released = true;
            if phase == Phase::Available {
                judgement.pass(id::EXPORT_SOURCE_BACK);
            }
        }
    }
    let over = |export: &Export| export.source != *name || (export.released && !export.doubtful);
    if of_it
        && belief.exports.iter().all(over)
        && let Some(slot) = belief.slots.get_mut(name).filter(|slot| slot.exporting)
    {
        let until = belief.now + belief.home.settle_limit;
        (slot.exporting, slot.held_until) = (false, Some(until));
        slot.truth = match phase {
            Phase::Available if slot.users.is_empty() => Phases::AVAILABLE,
            _ => slot.truth & !Phases::EXPORTING,
        };
        slot.stale_until = slot.stale_until.max(until);
    }
}

impl Belief {
    /// Returns which snapshots have to be looked at before the exports of, to or into the names have settled.
    pub(super) fn exporting(&self, names: &[Text]) -> Vec<Text> {
        let mut pending: Vec<Text> = Vec::new();
        for export in self.exports.iter().filter(|export| !export.is_settled()) {
            if !names.iter().any(|name| export.is_of(name)) {
                continue;
            }
            // Where nothing comes to the bucket, it may be a snapshot that came in its place.
            let shown = (!export.unshown).then_some(&export.kept);
            let source =
                (export.is_written() && !export.released && !self.seems_back(&export.source)).then_some(&export.source);
            for name in shown.into_iter().chain(source) {
                if !pending.contains(name) {
                    pending.push(name.clone());
                }
            }
        }
        pending
    }

    /// Tells whether a source was last shown available where what lags would look the same: no describe can tell the two
    /// apart, so it is waited for no longer.
    fn seems_back(&self, source: &Text) -> bool {
        let lags = |slot: &Slot| slot.stale.first().is_some_and(|stale| stale.has(Phase::Available));
        self.slots.get(source).is_some_and(|slot| slot.apparent == Some(Phase::Available) && lags(slot))
    }

    /// Returns which buckets have to be looked at before the exports of, to or into the names have settled.
    #[must_use]
    pub fn unwritten(&self, names: &[Text]) -> Vec<Text> {
        let mut buckets: Vec<Text> = Vec::new();
        let unwritten = self.exports.iter().filter(|export| !export.is_settled() && !export.is_written());
        for export in unwritten.filter(|export| names.iter().any(|name| export.is_of(name))) {
            if !buckets.contains(&export.bucket) {
                buckets.push(export.bucket.clone());
            }
        }
        buckets
    }

    /// Lets go of sources that are available, although it is not known whether they are still being exported.
    pub fn end_exports(&mut self) {
        let rests = |_: &Text, slot: &Slot| slot.exporting && slot.apparent == Some(Phase::Available);
        let until = self.now + self.home.settle_limit;
        self.slots.change(rests, |slot| {
            (slot.exporting, slot.held_until) = (false, Some(until));
            slot.truth = Phases::AVAILABLE;
        });
    }

    /// Tells whether the name is that of an export, and no snapshot's that is known.
    #[must_use]
    pub fn is_export(&self, name: &str) -> bool {
        self.exports.iter().any(|export| *export.kept == *name)
            && self.slots.get(name).is_none_or(|slot| slot.lives == 0 && !slot.suspect)
    }

    /// Tells whether what is shown under the name may be an export: the snapshot that had the name may be gone.
    pub(super) fn may_be_export(&self, name: &str) -> bool {
        self.exports.iter().any(|export| *export.kept == *name)
            && self.slots.get(name).is_none_or(|slot| slot.phases().has(Phase::Absent))
    }

    /// Returns what exports are called, as a snapshot would be.
    #[must_use]
    pub fn exports(&self) -> Vec<Text> {
        self.exports.iter().map(|export| export.kept.clone()).collect()
    }

    /// Returns how many objects of exports have been seen, so that somebody who waits sees that something happens.
    #[must_use]
    pub fn exported(&self) -> usize {
        self.exports.iter().map(|export| export.found.len() + usize::from(export.unshown)).sum()
    }

    /// Returns the objects that are known to be there: bucket and key.
    #[must_use]
    pub fn objects(&self) -> Vec<(Text, Text)> {
        let objects = self.stores.iter().flat_map(|(bucket, store)| {
            store.objects.iter().filter(|(_, held)| held.sure).map(|(key, _)| (bucket.clone(), key.clone()))
        });
        let mut objects: Vec<(Text, Text)> = objects.collect();
        objects.sort();
        objects
    }

    /// Rules that exports of, to or into the names did not settle within the limit.
    pub(super) fn give_up_exports(&mut self, judgement: &mut Judgement, names: &[Text]) {
        let limit = self.home.settle_limit.as_secs_f64();
        for export in &mut self.exports {
            if export.is_settled() || !names.iter().any(|name| export.is_of(name)) {
                continue;
            }
            if export.is_written() && self.slots.get(&export.source).is_some_and(|source| source.suspect) {
                export.doubtful = true;
                continue;
            }
            if export.shown == Some(Status::Failed) && !export.is_written() {
                let reason = "the export is shown as failed, which may happen";
                judgement.mark(id::EXPORT_WRITTEN, Mark::Inconclusive(reason), Needs::Life);
                export.doubtful = true;
                continue;
            }
            let (clause, expected, observed) = if !export.is_written() {
                let part = !export.found.is_empty();
                let instead =
                    export.shown.as_ref().map(|status| format!("none, but a snapshot `{}` {status}", export.kept));
                (
                    if part { id::EXPORT_SHARDS } else { id::EXPORT_WRITTEN },
                    format!("{} in `{}` within {limit} s", export.missing(), export.bucket),
                    instead.unwrap_or_else(|| if part { "not there" } else { "no such object" }.to_owned()),
                )
            } else if !export.unshown {
                (
                    id::EXPORT_NO_SNAPSHOT,
                    format!("no snapshot `{}` within {limit} s of its export", export.kept),
                    format!("`{}` {}", export.kept, export.shown.as_ref().map_or("shown", Status::word)),
                )
            } else {
                (
                    id::EXPORT_SOURCE_BACK,
                    format!("`{}` available within {limit} s of its export", export.source),
                    "it is not".to_owned(),
                )
            };
            judgement.contradict(clause, Reason::Wrong, expected, observed);
            export.doubtful = true;
            if export.shown.is_some() {
                let slot = self.slots.or_absent(&export.kept);
                slot.truth = Phases::AVAILABLE;
                slot.lives = 1;
                slot.suspect = true;
            }
            if let Some(slot) = self.slots.get_mut(&export.source) {
                slot.exporting = false;
                let back = slot.apparent == Some(Phase::Available);
                slot.truth = if back { Phases::AVAILABLE } else { slot.truth };
                slot.suspect |= !back;
            }
        }
    }

    /// Tells whether an export that has not settled may be shown as a snapshot of that name.
    pub(super) fn may_pass(&self, name: &str) -> bool {
        let may =
            |export: &Export| *export.kept == *name && *export.source != *name && (export.doubtful || !export.unshown);
        self.exports.iter().any(may)
    }

    pub(super) fn bucket_seen(&self, name: &str) -> BucketSeen {
        match self.stores.get(name) {
            Some(store) => store.facts.map_or(BucketSeen::Unknown, BucketSeen::There),
            // A bucket of the sequence's own that was not made is not there.
            None if name.starts_with(&*self.home.prefix) => BucketSeen::Missing,
            None => BucketSeen::Unknown,
        }
    }

    pub(super) fn bucket_holds(&self, bucket: &str, key: &str) -> Option<bool> {
        match self.stores.get(bucket).and_then(|store| store.objects.get(key)) {
            None => Some(false),
            Some(held) if held.sure => Some(true),
            Some(_) => None,
        }
    }
}
