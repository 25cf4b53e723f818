//! What a reply shows of one name: whether, and in which phase, it may, and what is learnt of it.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{Phase, Phases};
use crate::oracle::belief::{Belief, Home};
use crate::oracle::compare::{self, Where};
use crate::oracle::export;
use crate::oracle::judge::phase_of;
use crate::oracle::judgement::{Judgement, Mark, Needs, Reason};
use crate::oracle::slot::{Observer, Slot};
use crate::service::{DescribeSnapshots, Snapshot, Text};
use crate::spec::{ClauseId, id};

/// What a reply shows of one name.
pub(super) struct Sight<'a> {
    pub(super) name: &'a Text,
    /// `None` where the reply shows none of that name.
    pub(super) snapshot: Option<&'a Snapshot>,
    pub(super) observer: Observer,
    pub(super) place: Where,
}

/// How what is shown stands to what may be true.
enum Standing {
    /// It may be true.
    True,
    /// It was true a while ago, or is after all although it was missed.
    Late,
}

impl<'a> Sight<'a> {
    /// What the reply to that describe shows of the name.
    pub(super) fn of(
        name: &'a Text,
        snapshot: Option<&'a Snapshot>,
        observer: Observer,
        call: &DescribeSnapshots,
    ) -> Self {
        Self { name, snapshot, observer, place: Where::of(call) }
    }

    /// Returns the phase that is shown; `None` where the snapshot has no status that is known.
    fn phase(&self) -> Option<Phase> {
        self.snapshot.map_or(Some(Phase::Absent), phase_of)
    }

    /// Rules on the members of the snapshot, if there is one.
    fn members(&self, home: &mut Arc<Home>, judgement: &mut Judgement, slot: &mut Slot) {
        if let Some(snapshot) = self.snapshot {
            compare::judge(home, judgement, self.name, slot, snapshot, self.place);
        }
    }
}

/// Rules on whether, and in which phase, a name may be shown, and learns from it.
pub(super) fn shown(belief: &mut Belief, judgement: &mut Judgement, sight: &Sight<'_>) {
    let name = sight.name;
    if !has_known_status(belief, judgement, sight) {
        return;
    }
    if !belief.exports.is_empty() && export::row(belief, judgement, name, sight.snapshot) {
        return;
    }
    let (now, limit) = (belief.now, belief.home.settle_limit);
    let Some(slot) = belief.slots.get_mut(name) else {
        never_made(judgement, name, sight.snapshot, None);
        return;
    };
    slot.lower |= sight.snapshot.is_some_and(|shown| shown.name.as_ref() == Some(name));
    if slot.lives == 0 && !slot.suspect {
        taken_back(slot, judgement, sight, now, limit);
        return;
    }
    let Some(phase) = sight.phase() else { return };
    if slot.suspect {
        slot.truth = Phases::one(phase);
        let doubtful = Mark::Inconclusive("an earlier contradiction makes it doubtful");
        judgement.mark(slot.visible_clause(), doubtful, Needs::Life);
        sight.members(&mut belief.home, judgement, slot);
        return;
    }
    let lagging = slot.may_lag(sight.observer, phase, now);
    let mut as_former = None;
    if let Some(shown) = sight.snapshot.filter(|shown| !lagging && slot.may_be_former(shown, now)) {
        let said = as_former.insert(compare::looked_at(&belief.home, name, slot, shown, sight.place));
        if slot.may_be_there_or_not() || !slot.phases().has(phase) || said.contradictions().next().is_some() {
            slot.again.get_or_insert(now);
            judgement.lags();
            return;
        }
    } else if sight.snapshot.is_some() && !lagging {
        slot.tell_apart(phase, now);
    }
    let Some(standing) = follows(slot, judgement, sight, (phase, lagging), now, limit) else { return };
    let at_rest_of = match standing {
        Standing::True => slot.at_rest_of().filter(|_| !slot.is_guess(now)).cloned(),
        Standing::Late => None,
    };
    let is_unmade = phase == Phase::Absent && !slot.grown && !slot.failed;
    if let Some(said) = as_former {
        judgement.add(said);
    } else if !lagging || slot.lives <= 1 {
        // What lags may be the snapshot that had the name before.
        sight.members(&mut belief.home, judgement, slot);
    }
    // What was to stay as it was did.
    if let Some(clause) = slot.refused.filter(|_| judgement.contradictions().next().is_none()) {
        judgement.mark(clause, Mark::Pass, Needs::Twin);
    }
    if let Some(source) = at_rest_of.and_then(|source| belief.slots.get_mut(&source)) {
        source.users.retain(|user| user != name);
        if is_unmade {
            source.held_until = source.held_until.max(Some(now + limit));
        }
    }
    if sight.observer == Observer::ByName && !lagging {
        export::source_shown(belief, judgement, name, phase);
    }
}

/// Rules on the status of what is shown; returns whether it is one that can be gone by.
fn has_known_status(belief: &mut Belief, judgement: &mut Judgement, sight: &Sight<'_>) -> bool {
    let Some(snapshot) = sight.snapshot else { return true };
    let (reason, observed) = match &snapshot.status {
        Some(status) if Phase::of(status).is_some() => {
            judgement.pass(id::SNAPSHOT_STATUS_KNOWN);
            return true;
        }
        Some(status) => (Reason::Malformed, format!("SnapshotStatus `{status}`")),
        None => (Reason::Missing, "none".to_owned()),
    };
    let expected = "a SnapshotStatus, one of those that the API reference names";
    judgement.contradict(id::SNAPSHOT_STATUS_KNOWN, reason, expected, observed);
    if let Some(slot) = belief.slots.get_mut(sight.name) {
        sight.members(&mut belief.home, judgement, slot);
        slot.suspect = true;
    }
    false
}

/// Rules on a name whose one call that was to make a snapshot was refused.
fn taken_back(slot: &mut Slot, judgement: &mut Judgement, sight: &Sight<'_>, now: Duration, limit: Duration) {
    if slot.refused == Some(id::COPY_TAGS_ALL_OR_NOTHING)
        && matches!(sight.snapshot.and_then(phase_of), Some(Phase::Creating | Phase::Deleting))
        && now.saturating_sub(*slot.again.get_or_insert(now)) < limit
    {
        // What could not be tagged is taken back, and may be seen until it is.
        judgement.passing = true;
        return;
    }
    slot.again = None;
    never_made(judgement, sight.name, sight.snapshot, slot.refused);
}

/// Rules on the phase that is shown, and learns from it; `lagging` tells that it may be what was before. Returns `None` where
/// nothing more can be said of what is shown.
fn follows(
    slot: &mut Slot,
    judgement: &mut Judgement,
    sight: &Sight<'_>,
    (phase, lagging): (Phase, bool),
    now: Duration,
    limit: Duration,
) -> Option<Standing> {
    let by_name = sight.observer == Observer::ByName;
    let truth = slot.phases();
    let before = slot.apparent;
    if by_name {
        slot.apparent = Some(phase);
    }
    if truth.has(phase) {
        let before = slot.truth;
        if !lagging || slot.was_looked_at_again(now) {
            slot.again = None;
        }
        learn(slot, judgement, (phase, lagging), sight.observer, now);
        if slot.truth != before {
            slot.stale_until = slot.stale_until.max(now + limit);
        }
        return Some(Standing::True);
    }
    if lagging {
        judgement.lags();
        return Some(Standing::Late);
    }
    if by_name && slot.may_go_still(phase, now) {
        judgement.lags();
        return None;
    }
    if slot.may_be_again(phase, now) {
        slot.again.get_or_insert(now);
        slot.apparent = before;
        judgement.lags();
        return None;
    }
    slot.again = None;
    if slot.is_spared(phase, now) {
        slot.truth = Phases::one(phase);
        return Some(Standing::Late);
    }
    let clause = blame(slot, phase, sight.observer, before);
    let reason = match phase {
        Phase::Absent => Reason::Missing,
        _ if truth == Phases::ABSENT => Reason::Unexpected,
        _ => Reason::Wrong,
    };
    let name = sight.name;
    judgement.contradict(clause, reason, format!("`{name}` {truth}"), format!("`{name}` {}", phase.word()));
    slot.truth = Phases::one(phase);
    slot.suspect = true;
    slot.refused = None;
    None
}

/// Rules on a name that no snapshot has; `refused` is the clause of the call that was to make one.
pub(super) fn never_made(
    judgement: &mut Judgement,
    name: &Text,
    snapshot: Option<&Snapshot>,
    refused: Option<ClauseId>,
) {
    match snapshot {
        None => {
            judgement.pass(id::DESCRIBE_NO_GHOSTS);
            judgement.pass(id::DESCRIBE_BY_NAME_UNKNOWN);
            if let Some(clause) = refused {
                judgement.mark(clause, Mark::Pass, Needs::Twin);
                if clause == id::COPY_TAGS_ALL_OR_NOTHING {
                    judgement.mark(id::COPY_REFUSAL_NO_EFFECT, Mark::Pass, Needs::Twin);
                }
            }
        }
        Some(snapshot) => {
            let clause = refused.unwrap_or(id::DESCRIBE_NO_GHOSTS);
            let status = snapshot.status.as_ref().map_or("(no status)", |status| status.word());
            judgement.contradict(clause, Reason::Unexpected, format!("no `{name}`"), format!("`{name}` {status}"));
        }
    }
}

/// Learns from a phase that may be true, though it may also be what was before if it is `lagging`.
fn learn(
    slot: &mut Slot,
    judgement: &mut Judgement,
    (phase, lagging): (Phase, bool),
    observer: Observer,
    now: Duration,
) {
    let one = Phases::one(phase);
    if !lagging {
        // What it has passed, the other observer may still show.
        let passed = slot.phases() & !one.closed();
        let [by_name, list] = &mut slot.stale;
        let (own, other) = if observer == Observer::List { (list, by_name) } else { (by_name, list) };
        (*own, *other) = (Phases::NONE, *other | passed);
        // A list may lag behind the truth, so it narrows no further than what it shows.
        slot.truth = one;
        if phase == Phase::Copying && !slot.grown {
            // No source says which of a new one's first statuses comes first.
            slot.truth |= Phases::CREATING;
            slot.busied |= one;
        }
        let restores = slot.restoring_until.is_some_and(|until| now <= until);
        let rest = if phase == Phase::Failed { Phases::FAILED } else { slot.rest() };
        // Where it is used in several ways at once, it may show one after the other.
        let uses = [
            (!slot.users.is_empty(), Phases::COPYING),
            (restores, Phases::RESTORING),
            (slot.exporting, Phases::COPYING | Phases::EXPORTING),
        ];
        let uses = uses.into_iter().filter(|(is_used, _)| *is_used).fold(Phases::NONE, |all, (_, uses)| all | uses);
        if !uses.is_empty() && one.meets(uses | rest) {
            slot.truth |= uses | rest;
        }
    }
    if lagging && slot.lives > 1 {
        // It may be the one that had the name before.
        return;
    }
    if matches!(phase, Phase::Available | Phase::Failed) && !slot.grown && !slot.failed {
        slot.rested_at = Some(now);
    }
    slot.begun |= phase == Phase::Creating;
    match phase {
        Phase::Absent => {
            if slot.truth == Phases::ABSENT {
                judgement.pass(slot.gone_clause());
            }
        }
        Phase::Available => {
            if let Some(clause) = slot.doomed.filter(|_| !slot.grown) {
                let expected = "a refusal, or a copy that fails";
                judgement.contradict(clause, Reason::Unexpected, expected, "a copy that is available");
            }
            if slot.grown {
                judgement.pass(id::SNAPSHOT_PERSISTS);
                if slot.source_deleted {
                    judgement.pass(id::COPY_SURVIVES_SOURCE);
                }
                if slot.owner_deleted && slot.is_copy() {
                    judgement.pass(id::COPY_SURVIVES_CLUSTER);
                }
            }
            slot.grown = true;
            slot.seen = true;
            judgement.pass(slot.visible_clause());
            judgement.pass(slot.settles_clause());
            judgement.pass(id::SNAPSHOT_NEVER_BACK);
        }
        Phase::Failed if slot.doomed.is_some() => {
            (slot.seen, slot.failed) = (true, true);
            for clause in slot.doomed.into_iter().chain([id::COPY_FAILED]) {
                judgement.mark(clause, Mark::NonStrict, Needs::Life);
            }
        }
        Phase::Failed => {
            (slot.seen, slot.failed) = (true, true);
            let reason = "the snapshot failed, which may happen";
            judgement.mark(slot.settles_clause(), Mark::Inconclusive(reason), Needs::Life);
            judgement.mark(id::COPY_FAILED, Mark::NonStrict, Needs::Life);
        }
        Phase::Restoring if slot.restoring_until.is_some() => {
            judgement.pass(id::RESTORE_SOURCE_STATUS);
            slot.seen = true;
        }
        Phase::Copying | Phase::Restoring | Phase::Exporting if slot.grown => {
            if slot.exporting {
                judgement.pass(id::EXPORT_SOURCE_STATUS);
            } else {
                judgement.mark(id::COPY_SOURCE_STATUS, Mark::NonStrict, Needs::Life);
            }
            slot.seen = true;
        }
        _ => slot.seen = true,
    }
    if phase == Phase::Available && slot.restoring_until.is_some() {
        judgement.mark(id::RESTORE_SOURCE_STATUS, Mark::NonStrict, Needs::Life);
    }
    if phase == Phase::Available && !slot.users.is_empty() {
        judgement.mark(id::COPY_SOURCE_STATUS, Mark::Pass, Needs::Life);
    }
    if phase == Phase::Available && slot.exporting {
        judgement.pass(id::EXPORT_SOURCE_STATUS);
    }
}

/// Picks the clause that a phase contradicts; `before` is the one that was shown last.
fn blame(slot: &Slot, phase: Phase, observer: Observer, before: Option<Phase>) -> ClauseId {
    if let Some(clause) = slot.refused {
        return clause;
    }
    let truth = slot.truth;
    match phase {
        Phase::Absent if observer == Observer::List => id::DESCRIBE_LIST_COMPLETE,
        Phase::Absent if !slot.seen => slot.visible_clause(),
        Phase::Absent | Phase::Deleting | Phase::Failed if slot.owner_deleted && slot.is_copy() => {
            id::COPY_SURVIVES_CLUSTER
        }
        Phase::Absent if slot.source_deleted => id::COPY_SURVIVES_SOURCE,
        Phase::Absent => id::SNAPSHOT_PERSISTS,
        _ if truth.within(Phases::ABSENT | Phases::DELETING) && before == Some(Phase::Deleting) => {
            id::SNAPSHOT_NEVER_BACK
        }
        _ if truth.within(Phases::ABSENT | Phases::DELETING) => slot.gone_clause(),
        Phase::Deleting if slot.source_deleted => id::COPY_SURVIVES_SOURCE,
        Phase::Deleting => id::SNAPSHOT_PERSISTS,
        Phase::Creating if slot.copied_early => id::COPY_SOURCE_CREATING,
        Phase::Creating => id::SNAPSHOT_NEVER_BACK,
        Phase::Failed if slot.source_deleted => id::COPY_SURVIVES_SOURCE,
        Phase::Failed => id::SNAPSHOT_PERSISTS,
        Phase::Copying | Phase::Exporting if slot.restoring_until.is_some() => id::RESTORE_SOURCE_STATUS,
        Phase::Available | Phase::Copying | Phase::Restoring | Phase::Exporting if slot.exporting => {
            id::EXPORT_SOURCE_STATUS
        }
        Phase::Available | Phase::Copying | Phase::Restoring | Phase::Exporting => id::COPY_SOURCE_STATUS,
    }
}
