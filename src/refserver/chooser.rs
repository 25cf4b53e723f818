use std::time::Duration;

use super::virtual_aws::{Timing, VirtualAws};
use crate::model::{Allowed, BadMarker, Freedom, ListOrder, OtherSource, Phase, Prediction, Rank, UnknownOwner};
use crate::service::{Member, Reply, Snapshot, text};
use crate::wire::{Instants, Style};

/// Chooses where the specification leaves a choice: at random by a seed, or what sources say or lean to.
#[derive(Clone, Debug)]
pub(super) struct Chooser {
    seed: Option<u64>,
    state: u64,
    /// What it never shows, where that does not change from one reply to the next.
    never: Option<Hidden>,
    settle: Duration,
    timing: Option<Timing>,
}

/// What is left out of a snapshot.
#[derive(Clone, Debug)]
struct Hidden {
    members: Vec<Member>,
    nodes: bool,
}

impl Chooser {
    pub(super) fn new(seed: Option<u64>, settle: Duration, virtual_aws: Option<&VirtualAws>) -> Self {
        let timing = virtual_aws.map(Timing::new);
        let mut chooser = Self { seed, state: seed.unwrap_or_default(), never: None, settle, timing };
        if seed.is_some_and(|seed| seed % 2 == 0) {
            chooser.never = Some(chooser.hidden());
        }
        chooser
    }

    /// Returns the outcome that comes, of those that are allowed; `at_rest` tells of an outcome that only a busy
    /// service may give, although the prediction cannot know whether it is busy.
    pub(super) fn outcome<'a>(
        &mut self,
        prediction: &'a Prediction<'_>,
        at_rest: impl Fn(&Allowed) -> bool,
    ) -> Option<&'a Allowed> {
        let allowed = &prediction.allowed;
        if self.seed.is_none() {
            return allowed.iter().find(|allowed| allowed.rank == Rank::First).or(allowed.first());
        }
        let reply = allowed.iter().find(|allowed| allowed.answer == crate::model::Answer::Reply);
        let faults: Vec<&Allowed> = allowed
            .iter()
            .filter(|allowed| allowed.answer != crate::model::Answer::Reply && !at_rest(allowed))
            .collect();
        match reply {
            Some(reply) if faults.is_empty() || self.coin() => Some(reply),
            _ => faults.get(self.below(faults.len())).copied().or(reply),
        }
    }

    /// Returns what a call does where it may do several things.
    pub(super) fn freedom(&mut self) -> Freedom {
        let timed = self.timing.as_mut().map(Timing::freedom);
        let free = self.any_freedom();
        match timed {
            None => free,
            Some(Freedom { takes, named_after, listed_after, lingers, copy_fails, .. }) => {
                Freedom { takes, named_after, listed_after, lingers, copy_fails, ..free }
            }
        }
    }

    fn any_freedom(&mut self) -> Freedom {
        let Some(seed) = self.seed else {
            return Freedom { takes: self.settle, ..Freedom::default() };
        };
        let takes = self.part_of(self.settle);
        Freedom {
            takes,
            named_after: self.part_of(takes),
            listed_after: self.part_of(takes),
            lingers: self.part_of(takes),
            first: if self.one_in(4) { Phase::Copying } else { Phase::Creating },
            source_copying: self.coin(),
            restores_unseen: self.coin(),
            copy_fails: self.one_in(50),
            size_later: self.coin(),
            own_create_time: self.coin(),
            no_retention: self.one_in(4),
            empty_list_clears: self.coin(),
            first_tag_wins: self.coin(),
            tags_late: self.coin(),
            ignores_member_tags: self.coin(),
            export_source: match self.below(3) {
                0 => Phase::Available,
                1 => Phase::Copying,
                _ => Phase::Exporting,
            },
            export_shown: self.coin(),
            export_names_source: self.one_in(4),
            export_status: match self.below(4) {
                0 => Phase::Available,
                1 => Phase::Copying,
                2 => Phase::Creating,
                _ => Phase::Exporting,
            },
            export_lower: self.coin(),
            minds_case: self.coin(),
            order: match seed % 3 {
                0 => ListOrder::Backwards,
                1 => ListOrder::Names,
                _ => ListOrder::Scattered(seed),
            },
            short_page: if self.one_in(4) { Some(1 + self.below(20)) } else { None },
            unknown_owner: if self.coin() { UnknownOwner::Manual } else { UnknownOwner::Nothing },
            other_source: match self.below(3) {
                0 => OtherSource::Filters,
                1 => OtherSource::Nothing,
                _ => OtherSource::Ignored,
            },
            removal_lists_none: self.coin(),
            bad_marker: if self.coin() { BadMarker::Nothing } else { BadMarker::FirstPage },
        }
    }

    /// Leaves out what may be left out of a reply, and reorders what has no order.
    pub(super) fn present(&mut self, reply: &mut Reply) {
        if self.seed.is_none() {
            return;
        }
        match reply {
            Reply::Snapshot(snapshot) => self.leave_out(snapshot),
            Reply::Snapshots(page) => {
                if page.marker.is_none() && self.coin() {
                    page.marker = Some(text(""));
                }
                for snapshot in &mut page.snapshots {
                    self.leave_out(snapshot);
                }
            }
            Reply::Tags(tags) => {
                let by = self.below(tags.len());
                tags.rotate_left(by);
            }
            Reply::Owner(_) | Reply::Owners(_) | Reply::Identity(_) | Reply::S3(_) | Reply::Bare => {}
        }
    }

    /// Tells whether buckets take no ACLs, as new ones do on AWS.
    pub(super) fn refuses_acls(&self) -> bool {
        self.seed.is_some_and(|seed| seed % 3 == 1)
    }

    /// Returns how an answer is written.
    pub(super) fn style(&mut self) -> Style {
        if self.seed.is_none() {
            return Style::default();
        }
        Style {
            order: if self.coin() { Some(self.next()) } else { None },
            unknown: if self.one_in(4) { vec![(text("MemberOfTheFuture"), text("1"))] } else { Vec::new() },
            instants: if self.coin() { Instants::Milliseconds } else { Instants::Aws },
            ..Style::default()
        }
    }

    /// Returns the media type of an answer.
    pub(super) fn content_type(&mut self) -> &'static str {
        if self.seed.is_some() && self.coin() { "text/xml;charset=utf-8" } else { "text/xml" }
    }

    fn hidden(&mut self) -> Hidden {
        Hidden { members: Member::ALL.iter().copied().filter(|_| self.one_in(8)).collect(), nodes: self.one_in(16) }
    }

    fn leave_out(&mut self, snapshot: &mut Snapshot) {
        let hidden = self.never.clone().unwrap_or_else(|| self.hidden());
        for member in hidden.members {
            snapshot.fields.set(member, "");
            for node in &mut snapshot.nodes {
                node.fields.set(member, "");
            }
        }
        if hidden.nodes {
            snapshot.nodes.clear();
        }
        if self.one_in(2) {
            for node in &mut snapshot.nodes {
                node.configured &= node.fields.get(Member::ConfigurationReplicaCount).is_some();
            }
        }
    }

    fn coin(&mut self) -> bool {
        self.one_in(2)
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn below(&mut self, n: usize) -> usize {
        let n = u64::try_from(n.max(1)).unwrap_or(1);
        usize::try_from(self.next() % n).unwrap_or_default()
    }

    fn part_of(&mut self, whole: Duration) -> Duration {
        whole.mul_f64(self.below(1001) as f64 / 1000.0)
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
