use std::sync::Arc;
use std::time::Duration;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::bucket::Store;
use super::export::Export;
use super::owners::Owners;
use super::slot::{Held, Slot};
use super::slots::Slots;
use crate::model::{BucketSeen, Phase, Phases, TagSets, View};
use crate::service::{Arn, Fields, Member, Owner, OwnerKind, TagArg, Text, canonical, text};
use crate::spec::id;

/// Where a sequence plays, and what was declared of the target.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Home {
    /// The region.
    pub region: Text,
    /// The account; `None` until an ARN shows it.
    pub account: Option<Text>,
    /// With what every name begins that the sequence makes.
    pub prefix: Text,
    /// A KMS key that may be used; `None` where there is none.
    pub kms_key: Option<Text>,
    /// How long a target may take to settle.
    pub settle_limit: Duration,
    /// From how many snapshots on its quota may answer.
    pub quota: usize,
    /// Whether reads of the target are known to show what is over (`describe.lag`).
    #[serde(default)]
    pub reads_lag: bool,
}

/// Why a name has not settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pending {
    /// It may be in one of these phases.
    Phase(Phases),
    /// Copies of it have not settled.
    InUse,
    /// A describe may not show the last change yet.
    Lag,
}

/// What may be true of a target, as far as one sequence has touched it.
///
/// It is written down as a sequence begins: of what a sequence itself brings about, none is there yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Belief {
    pub(super) home: Arc<Home>,
    pub(super) now: Duration,
    pub(super) slots: Slots,
    #[serde(flatten)]
    pub(super) owners: Arc<Owners>,
    /// How many snapshots of the owner were surely asked for: of one that got no answer it is not sure.
    pub(super) created: usize,
    #[serde(skip)]
    pub(super) stores: FxHashMap<Text, Store>,
    #[serde(skip)]
    pub(super) exports: Vec<Export>,
    pub(super) made: usize,
    #[serde(skip)]
    pub(super) pages: Option<super::describe::Pages>,
    #[serde(skip)]
    pub(super) marker: Option<Text>,
    /// How often in a row a list could not go on after its Marker.
    #[serde(skip)]
    pub(super) places_lost: usize,
    /// How many lists in a row ended with an empty page that a Marker led to.
    pub(super) empty_ends: usize,
    /// How often in a row a list that others change has not shown what it must.
    #[serde(skip)]
    pub(super) skips: usize,
    #[serde(skip)]
    pub(super) request_ids: FxHashMap<Text, ()>,
}

impl Belief {
    /// Nothing has been asked yet.
    #[must_use]
    pub fn new(home: Home) -> Self {
        Self {
            home: Arc::new(home),
            now: Duration::ZERO,
            slots: Slots::default(),
            owners: Arc::default(),
            created: 0,
            stores: FxHashMap::default(),
            exports: Vec::new(),
            made: 0,
            pages: None,
            marker: None,
            places_lost: 0,
            empty_ends: 0,
            skips: 0,
            request_ids: FxHashMap::default(),
        }
    }

    /// Returns what may be true, without the ids of earlier answers: to be tried out.
    pub(crate) fn quiet(&self) -> Self {
        Self {
            home: self.home.clone(),
            now: self.now,
            slots: self.slots.clone(),
            owners: self.owners.clone(),
            created: self.created,
            stores: self.stores.clone(),
            exports: self.exports.clone(),
            made: self.made,
            pages: self.pages.clone(),
            marker: self.marker.clone(),
            places_lost: self.places_lost,
            empty_ends: self.empty_ends,
            skips: self.skips,
            request_ids: FxHashMap::default(),
        }
    }

    /// Takes over what the other holds for possible; the ids of earlier answers stay.
    pub(super) fn take_over(&mut self, other: Self) {
        let request_ids = std::mem::take(&mut self.request_ids);
        *self = Self { request_ids, ..other };
    }

    /// Where the sequence plays.
    #[must_use]
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Sets under which prefix the next names are made.
    pub fn set_prefix(&mut self, prefix: Text) {
        Arc::make_mut(&mut self.home).prefix = prefix;
    }

    /// Learns that reads of the target may show what is over.
    pub fn know_lag(&mut self) {
        if !self.home.reads_lag {
            Arc::make_mut(&mut self.home).reads_lag = true;
        }
    }

    /// Counts anew how many snapshots were made: of another owner from now on.
    pub fn forget_made(&mut self) {
        self.made = 0;
    }

    /// Learns that so many snapshots may have been made of the owner, by whomever, that its quota may answer.
    pub fn reach_quota(&mut self) {
        self.made = self.made.max(self.home.quota);
    }

    /// Tells whether a contradiction makes everything about the name doubtful.
    #[must_use]
    pub fn is_suspect(&self, name: &str) -> bool {
        self.slots.get(&canonical(name)).is_some_and(|slot| slot.suspect)
    }

    /// Tells whether describes may still show the snapshot that had the name before.
    pub(super) fn has_former(&self, name: &str) -> bool {
        self.slots.get(name).is_some_and(|slot| slot.has_former(self.now))
    }

    /// Learns that there is a cluster or group, or that there is none.
    pub fn know_owner(&mut self, owner: Owner, exists: bool) {
        Arc::make_mut(&mut self.owners).there.insert(owner, exists);
    }

    /// Learns that the owner's quota is to be gone over, and that one snapshot of it was asked for so far.
    pub fn know_quota(&mut self) {
        Arc::make_mut(&mut self.owners).sure_quota = Some(self.home.quota);
        self.created = 1;
        self.made = 1;
    }

    /// Tells whether as many snapshots of the owner were taken as its quota allows, where that is gone over.
    pub(super) fn is_over_quota(&self) -> bool {
        self.owners.sure_quota.is_some_and(|quota| self.created >= quota)
    }

    /// Learns that no snapshots are ever taken of a cluster, of which there is one.
    pub fn know_barren(&mut self, owner: Owner) {
        self.know_owner(owner.clone(), true);
        Arc::make_mut(&mut self.owners).barren = Some(owner);
    }

    /// Learns of a cluster or group that was asked to tier its data.
    pub fn know_tiering(&mut self, owner: Owner) {
        self.know_owner(owner, true);
        Arc::make_mut(&mut self.owners).may_tier = true;
    }

    /// Learns of a cluster or group that has just these tags.
    pub fn know_tagged(&mut self, owner: Owner, tags: Vec<TagArg>) {
        self.know_owner(owner.clone(), true);
        Arc::make_mut(&mut self.owners).tagged = Some((owner, tags));
    }

    /// Learns of what a cluster or group has shown of its settings.
    pub fn know_settings(&mut self, owner: Owner, settings: Fields) {
        Arc::make_mut(&mut self.owners).settings.push((owner, settings));
    }

    /// Learns in how many shards the snapshot was asked for.
    pub fn know_shards(&mut self, name: &str, shards: u32) {
        if let Some(slot) = self.slots.get_mut(name) {
            slot.shards = Some(shards);
            slot.held = Held::default();
        }
    }

    /// Learns of an available snapshot that the service has made by itself, and that a list shows `now`.
    pub fn know_automatic(&mut self, name: &Text, now: Duration) {
        self.know_snapshot(name);
        let until = now + self.home.settle_limit;
        if let Some(slot) = self.slots.get_mut(name) {
            slot.automatic = true;
            // A list has shown it, and a describe by its name may lag behind.
            slot.stale = [Phases::ABSENT, Phases::NONE];
            slot.stale_until = until;
        }
    }

    /// Learns that a cluster or group is gone of which the snapshots were taken.
    pub fn lose_owner(&mut self, owner: &Owner) {
        self.know_owner(owner.clone(), false);
        self.slots.change(
            |_, slot| slot.may_be_of(owner),
            |slot| {
                slot.owner_deleted = true;
                // What the next list of its tags shows.
                if slot.tags.is_some() {
                    let kept = if slot.is_copy() { id::COPY_SURVIVES_CLUSTER } else { id::SNAPSHOT_PERSISTS };
                    slot.tag_clauses.push(kept);
                }
            },
        );
        // What the service made of it by itself goes with it.
        let goes = |slot: &Slot| slot.automatic && slot.may_be_of(owner) && !slot.truth.within(Phases::ABSENT);
        let automatic = self.slots.iter().filter(|(_, slot)| goes(slot));
        for name in automatic.map(|(name, _)| name.clone()).collect::<Vec<_>>() {
            self.remove(&name);
        }
    }

    /// Returns the member as the snapshot has shown it.
    #[must_use]
    pub fn shown(&self, name: &str, member: Member) -> Option<&str> {
        self.slots.get(name).and_then(|slot| slot.own.get(member))
    }

    /// Returns how many nodes the snapshot has shown.
    #[must_use]
    pub fn nodes(&self, name: &str) -> usize {
        self.slots.get(name).map_or(0, |slot| slot.nodes.len())
    }

    /// Learns of a snapshot that was there before the sequence: available, nothing else known.
    pub fn know_snapshot(&mut self, name: &Text) {
        let mut slot = Slot::absent();
        slot.truth = Phases::AVAILABLE;
        slot.lives = 1;
        slot.seen = true;
        slot.grown = true;
        self.slots.insert(name, slot);
    }

    /// Takes what is known of these names and of the owners into a new sequence; everything else is forgotten.
    #[must_use]
    pub fn carry(&self, names: &[Text]) -> Self {
        let mut next = Self::new(Home::clone(&self.home));
        next.owners = Arc::new(self.owners.carried());
        next.made = self.made;
        for name in names {
            if let Some(slot) = self.slots.get(name) {
                let mut slot = slot.clone();
                slot.users.clear();
                (slot.exporting, slot.held_until) = (false, None);
                slot.refused = None;
                slot.restoring_until = None;
                if !self.home.reads_lag {
                    // Nobody shows any more how it was made.
                    slot.rested_at = None;
                }
                slot.suspect = false;
                next.slots.insert(name, slot);
            }
        }
        next
    }

    /// Returns why the name has not settled, `None` where it has.
    #[must_use]
    pub fn pending(&self, name: &str) -> Option<Pending> {
        let slot = self.slots.get(&canonical(name))?;
        let exported = slot.exporting && !self.exporting(&[Text::from(&*canonical(name))]).is_empty();
        let in_use =
            exported || slot.users.iter().any(|user| self.slots.get(user).is_some_and(|user| !user.is_settled()));
        if slot.is_settled() && !in_use {
            return None;
        }
        Some(if in_use {
            Pending::InUse
        } else if slot.truth.iter().count() == 1 && slot.truth.within(Phases::RESTING) {
            Pending::Lag
        } else {
            Pending::Phase(slot.phases())
        })
    }

    /// Returns which of the names, and of the copies of them that have not settled, may still change; copies first, since
    /// a source settles after them.
    #[must_use]
    pub fn unsettled(&self, names: &[Text]) -> Vec<Text> {
        let mut unsettled: Vec<Text> = Vec::new();
        let mut add = |name: &Text| {
            if self.pending(name).is_some() && !unsettled.contains(name) {
                unsettled.push(name.clone());
            }
        };
        // A look in another case may find nothing, and says nothing then.
        let lower: Vec<Text> = names.iter().map(|name| text(canonical(name))).collect();
        for name in &lower {
            for user in self.slots.get(name).map(|slot| slot.users.as_slice()).unwrap_or_default() {
                // One that is in use itself, but at rest, is waited for no longer.
                if self.slots.get(user).is_some_and(|user| !user.is_settled()) {
                    add(user);
                }
            }
        }
        let sources = |name: &&Text| self.slots.get(name).is_some_and(|slot| !slot.users.is_empty());
        lower.iter().filter(|name| !sources(name)).for_each(&mut add);
        lower.iter().filter(sources).for_each(&mut add);
        for name in self.exporting(names) {
            if !unsettled.contains(&name) {
                unsettled.push(name);
            }
        }
        unsettled
    }

    /// Tells whether the snapshot was made as a copy.
    #[must_use]
    pub fn is_copy(&self, name: &str) -> bool {
        self.slots.get(name).is_some_and(Slot::is_copy)
    }

    /// Tells whether what was shown of the name may all be the snapshot that had it before, so that another look may show more.
    #[must_use]
    pub fn is_guess(&self, name: &str) -> bool {
        self.slots.get(name).is_some_and(|slot| slot.is_guess(self.now))
    }

    /// Returns the names that may be in use, in no particular order.
    pub fn names(&self) -> impl Iterator<Item = &Text> {
        self.slots.iter().filter(|(_, slot)| !slot.phases().within(Phases::ABSENT)).map(|(name, _)| name)
    }

    /// Tells whether the name is believed to be in this one phase.
    #[must_use]
    pub fn is_in(&self, name: &str, phase: Phase) -> bool {
        self.slots.get(&canonical(name)).is_some_and(|slot| slot.truth == Phases::one(phase))
    }

    /// Returns those, of the name and all that it was copied from or to, that are at rest and whose tags were not shown as they
    /// must be now.
    #[must_use]
    pub fn unread_tags(&self, name: &str) -> Vec<Text> {
        let name = canonical(name);
        let kin = |other: &Text| **other == *name || self.slots.are_akin(&name, other);
        let unread =
            |slot: &Slot| slot.truth == Phases::AVAILABLE && slot.tags.is_some() && !slot.tag_clauses.is_empty();
        let names = self.slots.iter().filter(|(other, slot)| unread(slot) && kin(other));
        let mut names: Vec<Text> = names.map(|(name, _)| name.clone()).collect();
        names.sort();
        names
    }

    /// Returns the phases in which the name may be, as a describe by name may show them.
    #[must_use]
    pub fn may_show(&self, name: &str) -> Phases {
        self.slots
            .get(&canonical(name))
            .map_or(Phases::ABSENT, |slot| slot.phases() | slot.stale.first().copied().unwrap_or_default())
    }

    /// Returns the ARN of a snapshot of that name: the one that it has shown, or else the one that it must have, where the
    /// account is known.
    #[must_use]
    pub fn arn(&self, name: &str) -> Option<Text> {
        let shown = self.slots.get(name).and_then(|slot| slot.own.get(Member::Arn));
        if let Some(shown) = shown {
            return Some(text(shown));
        }
        let account = self.home.account.as_deref()?;
        Some(crate::service::text(format!("arn:aws:elasticache:{}:{account}:snapshot:{name}", self.home.region)))
    }

    /// Rules that names did not settle within the limit, and makes all that follows about them doubtful.
    pub fn give_up(&mut self, names: &[Text]) -> super::Judgement {
        let mut judgement = super::Judgement::default();
        self.give_up_exports(&mut judgement, names);
        for name in names {
            let lower = canonical(name);
            let Some(slot) = self.slots.get_mut(&lower) else { continue };
            if slot.suspect || slot.is_settled() {
                continue;
            }
            let clause = slot.unsettled_clause();
            judgement.contradict(
                clause,
                super::Reason::Wrong,
                format!("`{name}` settles within {} s", self.home.settle_limit.as_secs_f64()),
                format!("`{name}` is still {}", slot.phases() | slot.stale.first().copied().unwrap_or_default()),
            );
            slot.suspect = true;
        }
        judgement
    }
}

impl View for Belief {
    fn phases(&self, name: &str) -> Phases {
        // What is being exported may be shown as a snapshot meanwhile.
        let passing = self.may_pass(name);
        let known = |slot: &Slot| match slot.phases_met(self.now) {
            _ if slot.suspect || passing => Phases::ALL,
            // What was shown as available may have been the snapshot before it.
            phases if slot.is_guess(self.now) && phases.has(Phase::Available) => phases | Phases::CREATING,
            phases => phases,
        };
        self.slots.get(name).map_or(if passing { Phases::ALL } else { Phases::ABSENT }, known)
    }

    fn was_deleted(&self, name: &str) -> bool {
        self.slots.get(name).is_some_and(|slot| slot.lives > 0 && slot.truth.within(Phases::ABSENT | Phases::DELETING))
    }

    fn tags(&self, name: &str) -> Option<&TagSets> {
        // Of what is exported under the name, nobody knows the tags.
        let known = |slot: &&Slot| !slot.suspect && !self.may_be_export(name);
        self.slots.get(name).filter(known).and_then(|slot| slot.tags.as_ref())
    }

    fn tags_may_lag(&self, name: &str) -> bool {
        self.slots.get(name).is_some_and(|slot| slot.lives > 0 && !slot.answers_tags)
    }

    fn owner_exists(&self, owner: &Owner) -> Option<bool> {
        // A case makes no owner, so none has a name of the case's own, nor is any group called like a cluster of its own.
        let is_of_case = owner.id.starts_with(&*self.home.prefix);
        let is_cluster = || {
            let cluster = Owner { kind: OwnerKind::Cluster, id: owner.id.clone() };
            owner.kind == OwnerKind::Group && self.owners.is_there(&cluster) == Some(true)
        };
        self.owners.is_there(owner).or_else(|| (is_of_case || is_cluster()).then_some(false))
    }

    fn quota_may_answer(&self) -> bool {
        self.made >= self.home.quota
    }

    fn is_at_home(&self, region: &str, account: &str) -> bool {
        *region == *self.home.region && self.home.account.as_deref().is_none_or(|home| home == account)
    }

    fn knows_account(&self) -> bool {
        self.home.account.is_some()
    }

    fn knows_key(&self, key: &str) -> bool {
        self.home.kms_key.as_deref() == Some(key)
    }

    fn quota_is_reached(&self, _owner: &Owner) -> bool {
        self.is_over_quota()
    }

    fn takes_snapshots(&self, owner: &Owner) -> bool {
        self.owners.barren.as_ref() != Some(owner)
    }

    fn has_key(&self) -> bool {
        self.home.kms_key.is_some()
    }

    fn knows_marker(&self, marker: &str) -> bool {
        self.marker.as_deref() == Some(marker)
    }

    fn bucket(&self, name: &str) -> BucketSeen {
        self.bucket_seen(name)
    }

    fn holds(&self, bucket: &str, key: &str) -> Option<bool> {
        self.bucket_holds(bucket, key)
    }

    fn shards(&self, name: &str) -> Option<usize> {
        let slot = self.slots.get(name)?;
        let nodes = if slot.nodes.is_empty() { &slot.inherited_nodes } else { &slot.nodes };
        let asked = slot.shards.and_then(|shards| usize::try_from(shards).ok());
        let listed = || Some(nodes.len()).filter(|count| *count > 0);
        let groups = || self.shows(name, Member::NumNodeGroups).and_then(|groups| groups.parse().ok());
        asked.or_else(listed).or_else(groups).filter(|count| *count > 0)
    }

    fn may_tier(&self) -> bool {
        self.owners.may_tier
    }

    fn shows(&self, name: &str, member: Member) -> Option<&str> {
        self.slots.get(name).filter(|slot| !slot.suspect)?.shows(member)
    }
}

/// Tells whether an ARN is that of the snapshot of this name, here; the account is learnt from the first one seen.
pub(super) fn arn_contradiction(home: &mut Arc<Home>, name: &str, value: &str) -> Option<String> {
    let expected = |home: &Home| {
        let account = home.account.as_deref().unwrap_or("<account>");
        format!("arn:aws:elasticache:{}:{account}:snapshot:{name}", home.region)
    };
    if let Some(account) = home.account.as_deref() {
        // The usual one is not worth taking apart.
        let rest = value.strip_prefix("arn:aws:elasticache:").and_then(|rest| rest.strip_prefix(&*home.region));
        let rest = rest.and_then(|rest| rest.strip_prefix(':')?.strip_prefix(account)?.strip_prefix(":snapshot:"));
        if rest == Some(name) {
            return None;
        }
    }
    let Some(arn) = Arn::parse(value) else { return Some(expected(home)) };
    let twelve = arn.account.len() == 12 && arn.account.bytes().all(|byte| byte.is_ascii_digit());
    if home.account.is_none() && twelve {
        Arc::make_mut(home).account = Some(text(arn.account));
    }
    let right = arn.kind == "snapshot"
        && arn.name == name
        && arn.region == &*home.region
        && home.account.as_deref() == Some(arn.account);
    (!right).then(|| expected(home))
}
