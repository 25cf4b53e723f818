use std::time::Duration;

use rustc_hash::FxHashSet;

use super::other_case;
use super::sight::{Sight, never_made, shown};
use crate::model::{Phase, Phases, View};
use crate::oracle::belief::Belief;
use crate::oracle::judgement::{Judgement, Mark, Needs, Reason};
use crate::oracle::slot::{Observer, Slot};
use crate::service::{
    Call, DescribeSnapshots, Member, Outcome, Owner, OwnerKind, Page, Reply, Step, Text, canonical, text,
};
use crate::spec::{ClauseId, id};

/// How often in a row the end of a list may be deleted while it is read.
const EMPTY_ENDS: usize = 3;

/// How often in a row a list that others change is asked for again, where it does not show what it must.
const MOST_SKIPS: usize = 6;

/// A listing that goes over several pages.
#[derive(Clone, Debug)]
pub(in crate::oracle) struct Pages {
    call: DescribeSnapshots,
    seen: FxHashSet<Text>,
    /// The names as they were shown: what differs in case only is not shown twice.
    spelt: FxHashSet<Text>,
    twice: Option<Text>,
    count: usize,
    /// Whether the last page held as many as were asked for.
    full: bool,
}

/// Rules on a page of a listing that is by no name.
pub(super) fn list(belief: &mut Belief, judgement: &mut Judgement, call: &DescribeSnapshots, page: &Page) {
    page_size(judgement, call, page);
    let continued = call.marker().is_some();
    if continued {
        belief.places_lost = 0;
    }
    let mut pages = match belief.pages.take() {
        Some(pages) if continued && same_filters(&pages.call, call) => pages,
        _ if continued => return,
        _ => {
            let (seen, spelt) = (FxHashSet::default(), FxHashSet::default());
            Pages { call: call.clone(), seen, spelt, twice: None, count: 0, full: false }
        }
    };
    pages.count += 1;
    let was_full = std::mem::replace(&mut pages.full, page.snapshots.len() >= page_limit(call).1);
    for snapshot in &page.snapshots {
        let Some(observed) = &snapshot.name else { continue };
        let name = text(canonical(observed));
        let ours = name.starts_with(&*belief.home.prefix);
        let first = pages.spelt.insert(observed.clone());
        // Who had the name before may be shown beside who has it, and of what others have nothing is known.
        if !first && pages.twice.is_none() && (ours || belief.slots.contains(&name)) && !belief.has_former(&name) {
            pages.twice = Some(name.clone());
        }
        pages.seen.insert(name.clone());
        if belief.slots.contains(&name) || belief.is_export(&name) {
            other_case(belief, judgement, &name, snapshot, None);
            shown(belief, judgement, &Sight::of(&name, Some(snapshot), Observer::List, call));
            if let Some(slot) = belief.slots.get_mut(&name) {
                slot.listed.note(call);
            }
        } else if ours {
            never_made(judgement, &name, Some(snapshot), None);
        }
    }
    belief.marker.clone_from(&page.marker);
    if page.marker.is_some() {
        belief.pages = Some(pages);
        return;
    }
    last_page(belief, judgement, call, page, was_full);
    if pages.seen.is_empty() && may_be_empty(belief, call) {
        return;
    }
    // Only what nobody else changes meanwhile stays the same from page to page.
    if pages.count == 1 || is_of_own_owner(belief, call) {
        whole_list(belief, judgement, call, &pages);
    } else {
        changing_list(belief, judgement, call, &pages);
    }
}

/// Rules on a listing of several pages that others change meanwhile: what stands at the end of a page may be in none, but
/// not time and again.
fn changing_list(belief: &mut Belief, judgement: &mut Judgement, call: &DescribeSnapshots, pages: &Pages) {
    let lacking = belief.lacking(call, |name| pages.seen.contains(name), belief.now);
    let missing = lacking.filter(|(_, _, standing)| *standing == Standing::Missing);
    let missing: Vec<Text> = missing.map(|(name, ..)| name.clone()).collect();
    belief.lack(call, &missing);
    belief.skips = if missing.is_empty() { 0 } else { belief.skips + 1 };
    let Some(name) = missing.into_iter().min() else { return };
    if belief.skips < MOST_SKIPS {
        judgement.passing = true;
        return;
    }
    belief.skips = 0;
    let expected = format!("`{name}` on one of {} pages", pages.count);
    let observed = format!("on none, {MOST_SKIPS} times in a row");
    judgement.contradict(id::DESCRIBE_LIST_COMPLETE, Reason::Missing, expected, observed);
}

/// Rules on the last page of a list.
///
/// A list that is filtered page by page ends with an empty one where nothing of the rest is let through, and so does any
/// after a full page, where it is for the next to show that there is none. What was on the rest of one that is not filtered may
/// have been deleted meanwhile, but not time and again, unless pages are of different age.
fn last_page(belief: &mut Belief, judgement: &mut Judgement, call: &DescribeSnapshots, page: &Page, was_full: bool) {
    if call.marker().is_none() || !page.snapshots.is_empty() {
        belief.empty_ends = 0;
        judgement.pass(id::DESCRIBE_PAGE_LAST);
    } else if was_full || call.is_filtered() || belief.home.reads_lag {
        judgement.mark(id::DESCRIBE_PAGE_LAST, Mark::NonStrict, Needs::Life);
    } else {
        belief.empty_ends += 1;
        if belief.empty_ends == EMPTY_ENDS {
            let observed = format!("a Marker that leads to an empty page, {EMPTY_ENDS} times in a row");
            judgement.contradict(id::DESCRIBE_PAGE_LAST, Reason::Unexpected, "no Marker on the last page", observed);
        }
    }
}

/// Tells whether only snapshots of a cluster or group are asked for that nobody else takes snapshots of.
fn is_of_own_owner(belief: &Belief, call: &DescribeSnapshots) -> bool {
    let own = |id: &Option<Text>, kind| {
        id.as_ref().is_some_and(|id| belief.owners.is_there(&Owner { kind, id: id.clone() }) == Some(true))
    };
    own(&call.group, OwnerKind::Group) || own(&call.cluster, OwnerKind::Cluster)
}

/// Tells whether a list may leave out whatever fits it: it is of a cluster or group that is gone, or never was
/// (`describe.owner.unknown`).
pub(super) fn may_be_empty(belief: &Belief, call: &DescribeSnapshots) -> bool {
    let is_there = |id: &Option<Text>, kind| {
        let id = id.as_deref().filter(|id| !id.is_empty()).map(|id| text(canonical(id)));
        id.is_none_or(|id| belief.owner_exists(&Owner { kind, id }) == Some(true))
    };
    !is_there(&call.cluster, OwnerKind::Cluster) || !is_there(&call.group, OwnerKind::Group)
}

/// Returns how many snapshots a page may have, and the clause that says so.
fn page_limit(call: &DescribeSnapshots) -> (ClauseId, usize) {
    let asked =
        call.max_records.as_deref().filter(|given| !given.is_empty()).and_then(|given| given.parse::<usize>().ok());
    asked.map_or((id::DESCRIBE_PAGE_DEFAULT, crate::model::PAGE.1), |most| (id::DESCRIBE_PAGE_SIZE, most))
}

fn page_size(judgement: &mut Judgement, call: &DescribeSnapshots, page: &Page) {
    let (clause, most) = page_limit(call);
    let count = page.snapshots.len();
    if count > most {
        judgement.contradict(
            clause,
            Reason::Unexpected,
            format!("at most {most} snapshots"),
            format!("{count} snapshots"),
        );
    } else if page.marker.is_some() {
        judgement.pass(clause);
    }
}

fn same_filters(left: &DescribeSnapshots, right: &DescribeSnapshots) -> bool {
    left.cluster == right.cluster && left.group == right.group && left.source == right.source
}

/// Rules on a listing of which every page was seen.
fn whole_list(belief: &mut Belief, judgement: &mut Judgement, call: &DescribeSnapshots, pages: &Pages) {
    let (complete, unique) = if pages.count > 1 {
        (id::DESCRIBE_PAGE_COMPLETE, id::DESCRIBE_PAGE_COMPLETE)
    } else if call.source.as_deref() == Some("system") {
        (id::DESCRIBE_SOURCE_SYSTEM, id::DESCRIBE_LIST_NO_DUPLICATES)
    } else {
        (id::DESCRIBE_LIST_COMPLETE, id::DESCRIBE_LIST_NO_DUPLICATES)
    };
    match &pages.twice {
        Some(name) => judgement.contradict(unique, Reason::Unexpected, format!("`{name}` once"), "twice"),
        None if !pages.seen.is_empty() => judgement.pass(unique),
        None => {}
    }
    let (mut held, mut missing, mut filtered) = (0_usize, Vec::new(), None);
    let mut lagging = false;
    let mut again: Vec<Text> = Vec::new();
    for (name, slot) in belief.slots.iter().filter(|(_, slot)| fits(slot, call) && !slot.suspect) {
        match Standing::of(slot, pages.seen.contains(name), belief.now) {
            Standing::There => held += 1,
            Standing::MayBeGone => {}
            Standing::MayCome => lagging = true,
            Standing::MayComeAgain => {
                lagging = true;
                again.push(name.clone());
            }
            Standing::Missing => {
                filtered = filtered.or_else(|| slot.listed.withheld_by(call));
                missing.push(name.clone());
            }
        }
    }
    for name in again {
        if let Some(slot) = belief.slots.get_mut(&name) {
            slot.again.get_or_insert(belief.now);
        }
    }
    // A list that shows nothing of what is gone has caught up with the deletion.
    let caught_up = |name: &Text, slot: &Slot| {
        slot.truth == Phases::ABSENT
            && slot.lives > 0
            && !pages.seen.contains(name)
            && slot.stale.get(1).is_some_and(|stale| !stale.is_empty())
    };
    belief.slots.change(caught_up, |slot| slot.stale.iter_mut().skip(1).for_each(|stale| *stale = Phases::NONE));
    missing.sort();
    belief.lack(call, &missing);
    if let Some(name) = missing.first() {
        let count = missing.len();
        let others = if count == 1 { String::new() } else { format!(" and {} more", count - 1) };
        let clause = filtered.filter(|_| pages.count == 1).unwrap_or(complete);
        judgement.contradict(clause, Reason::Missing, format!("`{name}`{others} in the list"), "not there");
    } else if lagging {
        judgement.lags();
    } else if held > 0 {
        judgement.pass(complete);
        judgement.mark(id::DESCRIBE_ORDER, Mark::Pass, Needs::Life);
    }
}

/// How a snapshot that a list lets through stands to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It is in it.
    There,
    /// It is not, and may be gone.
    MayBeGone,
    /// It is not, since the list may not have caught up with it.
    MayCome,
    /// It is not, though a list has shown it: this one may be older.
    MayComeAgain,
    /// It is not, and must be.
    Missing,
}

impl Standing {
    fn of(slot: &Slot, is_there: bool, now: Duration) -> Self {
        let lags = slot.stale.get(1).is_some_and(|stale| stale.has(Phase::Absent)) && now <= slot.stale_until;
        if is_there {
            Self::There
        } else if slot.phases().has(Phase::Absent) {
            Self::MayBeGone
        } else if lags {
            Self::MayCome
        } else if slot.may_be_again(Phase::Absent, now) {
            Self::MayComeAgain
        } else {
            Self::Missing
        }
    }
}

impl Belief {
    /// Returns a list with fewer filters beside an answer: it tells whether a filter withholds a snapshot that is not in
    /// the answer, which came at `now`, or whether no list shows it yet. `None` where none is lacking, or that is known.
    #[must_use]
    pub fn list_beside(&self, step: &Step, outcome: &Outcome, now: Duration) -> Option<DescribeSnapshots> {
        let (Call::Describe(call), Outcome::Reply(Reply::Snapshots(page))) = (&step.call, outcome) else { return None };
        let is_whole = call.name.is_none() && call.marker().is_none() && page.marker.is_none();
        let is_withheld = page.snapshots.is_empty() && may_be_empty(self, call);
        if !is_whole || !call.is_filtered() || step.dress.from.is_some() || is_withheld {
            return None;
        }
        let is_there = |name: &Text| {
            page.snapshots.iter().any(|shown| shown.name.as_deref().is_some_and(|shown| canonical(shown) == **name))
        };
        self.lacking(call, is_there, now).find_map(|(_, slot, _)| slot.listed.to_ask(call))
    }

    fn lack(&mut self, call: &DescribeSnapshots, missing: &[Text]) {
        for name in missing {
            if let Some(slot) = self.slots.get_mut(name) {
                slot.listed.lack(call);
            }
        }
    }

    /// Walks what a list lets through and does not show, though it may not be gone.
    fn lacking<'a>(
        &'a self,
        call: &'a DescribeSnapshots,
        is_there: impl Fn(&Text) -> bool + 'a,
        now: Duration,
    ) -> impl Iterator<Item = (&'a Text, &'a Slot, Standing)> {
        let listed = self.slots.iter().filter(|(_, slot)| fits(slot, call) && !slot.suspect);
        let standing = move |(name, slot)| (name, slot, Standing::of(slot, is_there(name), now));
        listed.map(standing).filter(|(_, _, standing)| !matches!(standing, Standing::There | Standing::MayBeGone))
    }
}

/// Tells whether a snapshot must be in a list, as far as what it has shown of itself says.
pub(super) fn fits(slot: &Slot, call: &DescribeSnapshots) -> bool {
    let of = |wanted: &Option<Text>, member| match wanted.as_deref().filter(|wanted| !wanted.is_empty()) {
        None => true,
        Some(wanted) => slot.shows(member).is_some_and(|shown| shown.eq_ignore_ascii_case(wanted)),
    };
    let source = match call.source.as_deref() {
        None => true,
        Some("user") => slot.own.get(Member::SnapshotSource).is_some_and(|shown| shown == "manual"),
        Some("system") => slot.own.get(Member::SnapshotSource).is_some_and(|shown| shown == "automated"),
        Some(_) => false,
    };
    slot.lives > 0 && source && of(&call.cluster, Member::CacheClusterId) && of(&call.group, Member::ReplicationGroupId)
}
