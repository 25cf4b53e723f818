use std::borrow::Cow;

use smallvec::SmallVec;

use super::belief::Belief;
use super::blame::{by_case, may_be_for_a_tag};
use super::judgement::{Judgement, Mark, Needs, Reason};
use super::made::other_status;
use super::slot::Slot;
use super::{bucket, describe, door, export, form, tags, wording};
use crate::model::{Allowed, Answer, Phase, Phases, Prediction, Rank, described, predict, subject};
use crate::service::{
    Arn, Call, FaultCode, Indeterminate, Operation, Outcome, Reply, Snapshot, Status, Step, Text, canonical, text,
};
use crate::spec::{ClauseId, id};
use crate::trace::{Event, outcome_line};

impl Belief {
    /// Holds an event against what may be true, and learns from it.
    ///
    /// After a contradiction the belief follows what was seen; what depends on it is doubtful from then on, so that one
    /// broken rule is not reported twice.
    pub fn observe(&mut self, event: &Event) -> Judgement {
        let mut judgement = Judgement::default();
        self.hold(event, &mut judgement);
        judgement
    }

    fn hold(&mut self, event: &Event, judgement: &mut Judgement) {
        self.hold_form(event, judgement);
        self.place(event, judgement);
        if judgement.shows_lag() {
            self.know_lag();
        }
    }

    /// Holds how an answer was put on the wire against the rules about that.
    pub(super) fn hold_form(&mut self, event: &Event, judgement: &mut Judgement) {
        if !door::turns_away(&event.step, &event.outcome) {
            form::judge(self, judgement, &event.step, &event.outcome, &event.form);
        }
    }

    /// Holds what an event says, whatever its form, against what may be true.
    pub(super) fn place(&mut self, event: &Event, judgement: &mut Judgement) {
        self.now = event.interval.returned;
        let step = &event.step;
        if let Some(place) = step.dress.from {
            return self.hold_elsewhere(place, event, judgement);
        }
        if door::turned_away(judgement, step, &event.outcome) {
            return match &event.outcome {
                // Its answer may have been lost as well.
                Outcome::Indeterminate(why) => self.widen(step, why),
                outcome => self.note_refusal(step, outcome),
            };
        }
        if let Call::S3(call) = &step.call {
            return bucket::observe(self, judgement, call, &event.outcome);
        }
        match &event.outcome {
            Outcome::Indeterminate(why) => {
                judgement.unanswered = true;
                self.widen(step, why);
            }
            Outcome::Alien(alien) => {
                judgement.unanswered = true;
                door::rule_alien(judgement, step, alien);
                self.widen(step, &Indeterminate::Broken(alien.reason.clone()));
            }
            Outcome::Fault(fault) if fault.code.is_throttling() => judgement.passing = true,
            Outcome::Fault(_) | Outcome::Reply(_) => self.answered(judgement, step, &event.outcome),
        }
    }

    /// Returns what the model allows for a step now.
    #[must_use]
    pub fn predict<'c>(&self, step: &'c Step) -> Prediction<'c> {
        predict(self, step)
    }

    fn answered(&mut self, judgement: &mut Judgement, step: &Step, outcome: &Outcome) {
        if let (Call::Describe(call), Outcome::Reply(Reply::Snapshots(page))) = (&step.call, outcome)
            && let Some(shown) = described(self, step)
        {
            judgement.succeeded = true;
            shown.into_iter().for_each(|clause| judgement.pass(clause));
            return describe::judge(self, judgement, call, page, None);
        }
        let prediction = predict(self, step);
        if prediction.open {
            judgement.succeeded = matches!(outcome, Outcome::Reply(_));
            if let Outcome::Reply(reply) = outcome
                && step.call.is_write()
            {
                self.follow(step, reply);
            }
            return;
        }
        if let (Call::Describe(call), Outcome::Reply(Reply::Snapshots(page))) = (&step.call, outcome)
            && prediction.allows_reply()
        {
            judgement.succeeded = true;
            for allowed in prediction.allowed.iter().filter(|allowed| allowed.answer == Answer::Reply) {
                allowed.clauses.iter().for_each(|clause| judgement.pass(*clause));
            }
            describe::judge(self, judgement, call, page, prediction.dressed);
            return;
        }
        if let (Call::Describe(call), Outcome::Fault(fault)) = (&step.call, outcome)
            && describe::not_found(self, judgement, call, &fault.code)
        {
            return;
        }
        let mut matched: SmallVec<[&Allowed; 4]> = SmallVec::new();
        for allowed in prediction.allowed.iter().filter(|allowed| answers(&allowed.answer, outcome)) {
            matched.push(allowed);
        }
        if matched.is_empty() && self.goes_still(judgement, step, outcome, &prediction) {
            return;
        }
        if matched.is_empty() && describe::loses_its_place(self, step, outcome)
            || bucket::is_news(self, step, outcome, &matched)
        {
            judgement.passing = true;
        } else if matched.is_empty() {
            self.not_allowed(judgement, step, outcome, &prediction);
        } else {
            self.allowed(judgement, step, outcome, &prediction, &matched);
        }
    }

    /// Tells whether the answer would be right if a name that was taken to be gone were there still, and rules that it may be.
    fn goes_still(
        &mut self,
        judgement: &mut Judgement,
        step: &Step,
        outcome: &Outcome,
        prediction: &Prediction<'_>,
    ) -> bool {
        let now = self.now;
        let still = |name: &Text| self.slots.get(name).filter(|slot| !slot.suspect).map(|slot| slot.still(now));
        let going: SmallVec<[(Text, Phases); 2]> = prediction
            .subjects
            .iter()
            .flatten()
            .filter_map(|name| Some((Text::clone(name), still(name).filter(|phases| !phases.is_empty())?)))
            .collect();
        if going.is_empty() {
            return false;
        }
        let mut then = self.quiet();
        for (name, still) in &going {
            then.slots.or_absent(name).truth = Phases::ABSENT | *still;
        }
        if !predict(&then, step).allowed.iter().any(|allowed| answers(&allowed.answer, outcome)) {
            return false;
        }
        // What is done to one that a call without an answer left or made is done; all else is asked again.
        let mut spared = false;
        for (name, _) in going {
            let slot = self.slots.or_absent(&name);
            slot.again.get_or_insert(now);
            if step.call.is_write() && matches!(outcome, Outcome::Reply(_)) && !slot.spared.is_empty() {
                slot.truth |= slot.spared;
                spared = true;
            }
        }
        if let (true, Outcome::Reply(reply)) = (spared, outcome) {
            self.apply(&mut Judgement::default(), step, reply);
        }
        judgement.passing = !spared;
        judgement.pass(id::DESCRIBE_LAG);
        true
    }

    fn allowed(
        &mut self,
        judgement: &mut Judgement,
        step: &Step,
        outcome: &Outcome,
        prediction: &Prediction<'_>,
        matched: &[&Allowed],
    ) {
        let mut doubtful = false;
        for (place, (name, phases)) in prediction.subjects.iter().zip(prediction.phases).enumerate() {
            // What can be but one thing is no longer narrowed, nor doubted.
            let Some(name) = name.as_ref().filter(|_| !phases.is_single()) else { continue };
            let passing = self.may_pass(name);
            let Some(slot) = self.slots.get(name) else { continue };
            doubtful |= slot.suspect;
            // What answers may be an export that is shown under the name, and says nothing of a snapshot.
            if passing {
                continue;
            }
            let conditions = matched.iter().filter_map(|allowed| allowed.when.get(place));
            let left = slot.narrowed(conditions.fold(Phases::NONE, |union, phases| union | *phases));
            if left != slot.truth
                && let Some(slot) = self.slots.get_mut(name)
            {
                slot.truth = left;
            }
        }
        let refused = matches!(outcome, Outcome::Fault(_));
        let needs = if refused { Needs::Twin } else { Needs::Life };
        let best = matched.iter().map(|allowed| allowed.rank).min();
        // An export shows nothing to be kept before its objects are there.
        let exports = !refused && step.call.is_export();
        let mut later = SmallVec::new();
        for allowed in matched {
            for clause in &allowed.clauses {
                let mark = if doubtful {
                    Mark::Inconclusive("an earlier contradiction makes it doubtful")
                } else if Some(allowed.rank) != best {
                    continue;
                } else if exports {
                    later.push(*clause);
                    continue;
                } else if allowed.rank == Rank::First {
                    Mark::Pass
                } else {
                    Mark::NonStrict
                };
                judgement.mark(*clause, mark, needs);
            }
        }
        if let Outcome::Fault(fault) = outcome {
            wording::judge(judgement, matched, &fault.message);
        }
        judgement.passing = matched.iter().all(|allowed| allowed.passing);
        judgement.refused = refused && !judgement.passing;
        judgement.succeeded = !refused;
        match (outcome, &step.call) {
            (Outcome::Reply(reply), Call::Copy(call)) if exports => {
                if let Reply::Snapshot(shown) = reply {
                    export::rule_reply(judgement, call, shown);
                } else {
                    self.bare(judgement, step);
                }
                export::accepted(self, call, later, doubtful);
            }
            (Outcome::Reply(reply), _) => self.apply(judgement, step, reply),
            _ => self.note_refusal(step, outcome),
        }
    }

    /// Remembers which clause a refused call would contradict if it had had an effect.
    fn note_refusal(&mut self, step: &Step, outcome: &Outcome) {
        if let Call::Copy(copy) = &step.call
            && step.call.is_export()
        {
            return export::note_refusal(self, copy);
        }
        let mut note = |name: Option<&Text>, clause: ClauseId| {
            let Some(name) = subject(name) else { return };
            self.slots.or_absent(&name).refused = Some(clause);
        };
        match &step.call {
            Call::Copy(copy) => {
                let clause =
                    if copy.tags.is_some() { id::COPY_TAGS_ALL_OR_NOTHING } else { id::COPY_REFUSAL_NO_EFFECT };
                let broken = copy
                    .tags
                    .as_deref()
                    .is_some_and(|tags| tags.len() > crate::model::MOST_TAGS || !crate::model::rules(tags).is_empty());
                // Refused for its name, it says nothing of its tags.
                let taken = matches!(outcome, Outcome::Fault(fault) if fault.code == FaultCode::SnapshotAlreadyExists);
                note(copy.target.as_ref(), if broken && !taken { clause } else { id::COPY_REFUSAL_NO_EFFECT });
                note(copy.source.as_ref(), id::COPY_REFUSAL_NO_EFFECT);
            }
            Call::Create(create) => note(create.name.as_ref(), id::CREATE_REFUSAL_NO_EFFECT),
            Call::Delete { name } => note(name.as_ref(), id::DELETE_REFUSAL_NO_EFFECT),
            Call::AddTags { resource, .. } | Call::RemoveTags { resource, .. } => {
                let Some(arn) = resource.as_deref().and_then(Arn::parse) else { return };
                let of_snapshot = arn.kind == "snapshot";
                note(Some(&text(arn.name)), if of_snapshot { id::TAGS_REFUSAL_NO_EFFECT } else { id::TAGS_ARN_KIND });
            }
            Call::Describe(_) | Call::ListTags { .. } | Call::Restore { .. } | Call::Fixture(_) | Call::S3(_) => {}
        }
    }

    fn not_allowed(&mut self, judgement: &mut Judgement, step: &Step, outcome: &Outcome, prediction: &Prediction<'_>) {
        let busy = self.busy_rule(step, outcome, prediction);
        // Asked again at rest, the same answer is held against what must succeed then.
        judgement.passing = busy.is_some();
        let clause = busy.unwrap_or_else(|| by_case(self.blame(step, outcome, prediction), outcome));
        let doubtful = |slot: &Slot| {
            slot.suspect || slot.denied && matches!(outcome, Outcome::Fault(_)) && !prediction.allows_reply()
        };
        let mut subjects = prediction.subjects.iter().flatten();
        if subjects.any(|name| self.slots.get(name).is_some_and(doubtful)) {
            judgement.mark(clause, Mark::Inconclusive("an earlier contradiction makes it doubtful"), Needs::Life);
        } else if !prediction.allows_reply() && may_be_for_a_tag(step, outcome) {
            judgement.mark(clause, Mark::Inconclusive("a tag may be why"), Needs::Life);
        } else {
            let reason = match outcome {
                Outcome::Reply(_) => Reason::Unexpected,
                _ => Reason::Wrong,
            };
            judgement.contradict(clause, reason, prediction.words(), outcome_line(outcome));
        }
        if let Outcome::Reply(reply) = outcome {
            // What should have been refused was done.
            self.follow(step, reply);
        } else if let (Call::Describe(call), Outcome::Fault(_)) = (&step.call, outcome) {
            // What it shows of the name cannot be known.
            if let Some(slot) = subject(call.name.as_ref()).and_then(|name| self.slots.get_mut(&name)) {
                slot.suspect = true;
            }
        } else if step.call.is_write() && prediction.allows_reply() {
            // What should have been done was refused: it may have been done nevertheless.
            let makes = matches!(step.call, Call::Copy(_) | Call::Create(_));
            for name in touched(&step.call) {
                let slot = self.slots.or_absent(&name);
                slot.refused = None;
                slot.denied |= makes;
            }
            self.note_refusal(step, outcome);
        }
    }

    /// Follows a reply of which nothing is said, and doubts what it touched.
    fn follow(&mut self, step: &Step, reply: &Reply) {
        self.apply(&mut Judgement::default(), step, reply);
        for name in touched(&step.call) {
            self.slots.or_absent(&name).suspect = true;
        }
    }

    /// Learns from a reply what it did, and compares what it shows.
    fn apply(&mut self, judgement: &mut Judgement, step: &Step, reply: &Reply) {
        match (&step.call, reply) {
            (Call::Copy(call), _) if step.call.is_export() => export::accepted(self, call, SmallVec::new(), true),
            (Call::Copy(call), Reply::Snapshot(shown)) => self.copied(judgement, step, call, shown),
            (Call::Create(call), Reply::Snapshot(shown)) => self.created(judgement, step, call, shown),
            (Call::Delete { name: Some(name) }, Reply::Snapshot(shown)) => self.deleted(judgement, name, shown),
            (Call::AddTags { .. } | Call::RemoveTags { .. } | Call::ListTags { .. }, Reply::Tags(shown)) => {
                tags::judge(self, judgement, step, shown);
            }
            (Call::Restore { cluster, snapshot }, _) => {
                if !matches!(reply, Reply::Owner(_)) {
                    self.bare(judgement, step);
                }
                self.restored(cluster.as_ref(), snapshot.as_ref());
            }
            (Call::Copy(call), _) => {
                self.bare(judgement, step);
                self.make_copy(step, call);
            }
            (Call::Create(call), _) => {
                self.bare(judgement, step);
                self.make(step, call);
                self.created += 1;
            }
            (Call::Delete { name: Some(name) }, _) => {
                self.bare(judgement, step);
                self.remove(name);
            }
            _ => self.bare(judgement, step),
        }
    }

    fn bare(&self, judgement: &mut Judgement, step: &Step) {
        let operation = step.call.operation();
        let payload = match operation {
            Operation::DescribeSnapshots => "a list of snapshots",
            Operation::AddTagsToResource | Operation::RemoveTagsFromResource | Operation::ListTagsForResource => {
                "a TagList"
            }
            Operation::CreateCacheCluster => "a CacheCluster",
            _ => "a Snapshot",
        };
        judgement.contradict(
            id::WIRE_RESULT,
            Reason::Missing,
            format!("{}Result with {payload}", operation.name()),
            "a reply without it",
        );
    }

    pub(super) fn remove(&mut self, asked: &Text) {
        let Some(name) = subject(Some(asked)) else { return };
        let (now, limit) = (self.now, self.home.settle_limit);
        // What is deleted may be an export that is shown under the name.
        let may_be_export = self.may_be_export(&name);
        let Some(slot) = self.slots.get_mut(&name) else { return };
        let before = slot.phases();
        slot.suspect |= may_be_export;
        slot.truth = Phases::DELETING;
        slot.spared = Phases::NONE;
        slot.apparent = None;
        slot.again = None;
        for stale in &mut slot.stale {
            *stale |= before & !Phases::DELETING;
        }
        slot.stale_until = now + limit;
        slot.users.clear();
        export::source_deleted(self, &name);
        self.slots
            .change(|_, other| !other.source_deleted && other.is_copy_of(&name), |other| other.source_deleted = true);
    }

    fn deleted(&mut self, judgement: &mut Judgement, asked: &Text, shown: &Snapshot) {
        let Some(name) = subject(Some(asked)) else { return };
        self.replied(judgement, Some(&name), &name, shown, [id::DELETE_REPLY_NAMES_SNAPSHOT; 2]);
        match &shown.status {
            Some(Status::Deleting) => judgement.pass(id::DELETE_REPLY_STATUS),
            status => other_status(judgement, id::DELETE_REPLY_STATUS, "SnapshotStatus deleting", status.as_ref()),
        }
        self.remove(asked);
    }

    /// Takes into account that a write may have happened or not.
    pub(super) fn widen(&mut self, step: &Step, why: &Indeterminate) {
        if matches!(why, Indeterminate::NotConnected(_)) || !step.call.is_write() {
            return;
        }
        let prediction = predict(self, step);
        if !prediction.allows_reply() {
            return;
        }
        let before: SmallVec<[(Cow<'_, Text>, Option<Slot>); 2]> = touched(&step.call)
            .into_iter()
            .map(|name| {
                let old = self.slots.get(&name).cloned();
                (name, old)
            })
            .collect();
        match &step.call {
            Call::Copy(call) if step.call.is_export() => export::accepted(self, call, SmallVec::new(), true),
            Call::Copy(call) => drop(self.make_copy(step, call)),
            Call::Create(call) => drop(self.make(step, call)),
            Call::Delete { name: Some(name) } => self.remove(name),
            Call::Restore { cluster, snapshot } => self.restored(cluster.as_ref(), snapshot.as_ref()),
            Call::AddTags { .. } | Call::RemoveTags { .. } => tags::widen(self, step),
            _ => {}
        }
        for (name, old) in before {
            let phases = old.as_ref().map_or(Phases::ABSENT, |old| old.phases() | old.still(self.now));
            if let Some(slot) = self.slots.get_mut(&name) {
                slot.spared = match &step.call {
                    Call::Delete { .. } => phases,
                    Call::Copy(_) | Call::Create(_) => slot.phases(),
                    _ => slot.spared,
                };
                slot.truth |= phases;
                if old.is_some_and(|old| !old.phases().within(Phases::ABSENT))
                    && !matches!(step.call, Call::Delete { .. })
                {
                    slot.suspect |= !matches!(step.call, Call::AddTags { .. } | Call::RemoveTags { .. });
                }
            }
        }
    }
}

/// Returns the names whose snapshots a call makes or removes.
pub(super) fn touched(call: &Call) -> SmallVec<[Cow<'_, Text>; 2]> {
    match call {
        // An export makes no snapshot.
        Call::Copy(_) if call.is_export() => SmallVec::new(),
        Call::Copy(copy) => subject(copy.target.as_ref()).into_iter().collect(),
        Call::Create(create) => subject(create.name.as_ref()).into_iter().collect(),
        Call::Delete { name } => subject(name.as_ref()).into_iter().collect(),
        Call::AddTags { resource: arn, .. } | Call::RemoveTags { resource: arn, .. } => {
            let name = arn.as_deref().and_then(Arn::snapshot_in);
            name.map(|name| Cow::Owned(text(canonical(name)))).into_iter().collect()
        }
        Call::Describe(_) | Call::ListTags { .. } | Call::Restore { .. } | Call::Fixture(_) | Call::S3(_) => {
            SmallVec::new()
        }
    }
}

fn answers(answer: &Answer, outcome: &Outcome) -> bool {
    match (answer, outcome) {
        (Answer::Reply, Outcome::Reply(_)) => true,
        (Answer::Fault(code), Outcome::Fault(fault)) => *code == fault.code,
        _ => false,
    }
}

/// Shows a snapshot's phase, `None` for a word that no source knows.
pub(super) fn phase_of(snapshot: &Snapshot) -> Option<Phase> {
    snapshot.status.as_ref().and_then(Phase::of)
}
