use std::time::Duration;

use super::lane::{Lane, Stop, owner_kind};
use super::patience::Kind;
use super::player::{Played, Player, Setting};
use crate::ledger::ResourceKind;
use crate::model::Phase;
use crate::oracle::{AGAIN, Belief, Judgement};
use crate::service::{
    Build, Call, CreateSnapshot, DescribeSnapshots, FaultCode, Fields, Fixture, Indeterminate, Member, Outcome, Owner,
    OwnerKind, OwnerView, Reply, Snapshot, Status, Step, Tag, TagArg, Text, text,
};
use crate::trace::{Event, outcome_line};

/// What cases copy: a snapshot, and what it was taken of.
#[derive(Clone, Debug)]
pub struct Base {
    /// The snapshot's name.
    pub name: Text,
    /// The group or cluster; `None` where the snapshot was given.
    pub owner: Option<Owner>,
}

/// Why there is no base snapshot.
#[derive(Debug, thiserror::Error)]
pub enum FixtureError {
    /// Nothing could be made that a snapshot can be taken of.
    #[error("nothing could be made to take a snapshot of: {refusals}")]
    Owner {
        /// What came of each attempt.
        refusals: String,
        /// Whether one was refused since there is no room for more, now or ever.
        full: bool,
    },
    /// It did not become available.
    #[error("`{owner}` did not become available within {limit_s} s; last seen: {last}")]
    Slow {
        /// The group or cluster.
        owner: Text,
        /// The limit.
        limit_s: f64,
        /// The last answer.
        last: String,
    },
    /// It does not show the tags that it was to have.
    #[error("of a group with tags was asked, and it does not show them")]
    Untagged,
    /// The snapshot could not be made.
    #[error("the base snapshot could not be made: {outcome}")]
    Snapshot {
        /// The last answer.
        outcome: String,
        /// Whether there is no room for more.
        full: bool,
    },
    /// The run ends.
    #[error(transparent)]
    Stop(#[from] Stop),
}

/// Makes a group or cluster, of the first kind that is not refused, and a snapshot of it; the trace says how it went,
/// also where it fails.
///
/// # Errors
/// Where the target refuses, or does not get ready in time.
pub async fn make_base(
    lane: &Lane,
    setting: Setting,
    belief: Belief,
    tag: &str,
    (kinds, build): (&[OwnerKind], &Build),
) -> (Option<Played>, Result<Base, FixtureError>) {
    let (owner, settings) = match make_owner(lane, &setting.names.prefix, tag, (kinds, build)).await {
        Ok(made) => made,
        Err(error) => return (None, Err(error)),
    };
    let mut belief = belief;
    belief.know_owner(owner.clone(), true);
    belief.know_settings(owner.clone(), settings);
    let tags = (!lane.marks.is_empty()).then(|| given(&lane.marks));
    if let Some(tags) = &tags
        && tags_of_owner(lane, &owner).await.is_ok_and(|shown| shown.as_ref() == Some(tags))
    {
        belief.know_tagged(owner.clone(), tags.clone());
    }
    let create = |name: &Text| Call::Create(CreateSnapshot { tags: tags.clone(), ..CreateSnapshot::of(&owner, name) });
    let (played, made) = make_snapshot(lane, setting, belief, &format!("base{tag}"), create).await;
    (Some(played), made.map(|name| Base { name, owner: Some(owner) }))
}

impl FixtureError {
    /// Tells whether something was refused since there is no room for more, now or ever.
    #[must_use]
    pub const fn lacks_room(&self) -> bool {
        matches!(self, Self::Owner { full: true, .. } | Self::Snapshot { full: true, .. })
    }
}

/// Makes a snapshot under the name, or one like it, by that call, and waits for it; the trace says how it went, also where it fails.
///
/// # Errors
/// Where the target refuses, or does not get ready in time.
pub async fn make_snapshot(
    lane: &Lane,
    setting: Setting,
    belief: Belief,
    infix: &str,
    call: impl Fn(&Text) -> Call,
) -> (Played, Result<Text, FixtureError>) {
    let mut name = text(format!("{}{infix}", setting.names.prefix));
    // What it is made of may refuse for a moment.
    let begun = lane.now();
    let mut lost = 0;
    loop {
        let player = Player::new(lane, setting.clone(), belief.clone());
        let played = player.fixture(vec![call(&name).into()], std::slice::from_ref(&name)).await;
        let is_full = |(event, _): &(Event, Judgement)| is_quota(&event.outcome);
        let full = played.trace.first().is_some_and(is_full);
        let busy = played.trace.first().is_some_and(|(_, judgement)| judgement.passing);
        if (busy || full) && lane.now() - begun < lane.settle_limit && !lane.is_cancelled() {
            lane.pause(lane.poll.1).await;
            continue;
        }
        let ready = played.belief.is_in(&name, Phase::Available);
        let is_lost = |(event, _): &(Event, Judgement)| is_lost(&event.outcome);
        // One that was lost may yet come to be, and to fail may happen to any: another name is asked for.
        let failed = played.belief.is_in(&name, Phase::Failed);
        let lacks = failed || !ready && played.trace.first().is_some_and(is_lost);
        if lacks && lost < MOST_LOST && !lane.is_cancelled() {
            if failed && let Err(stop) = remove_snapshot(lane, &name).await {
                return (played, Err(stop.into()));
            }
            lost += 1;
            name = text(format!("{}{infix}-{lost}", setting.names.prefix));
            continue;
        }
        let outcome = played.trace.last().map(|(event, _)| outcome_line(&event.outcome)).unwrap_or_default();
        if !ready && lane.is_cancelled() {
            return (played, Err(Stop::Interrupted.into()));
        }
        if ready && let Err(stop) = look_back(lane, &name).await {
            return (played, Err(stop.into()));
        }
        return (played, if ready { Ok(name) } else { Err(FixtureError::Snapshot { outcome, full }) });
    }
}

/// How often what was just found available is looked at again.
const LOOKS: usize = 3;

/// Looks again at a snapshot that was just found available: where one read shows it as it was before, reads lag.
async fn look_back(lane: &Lane, name: &Text) -> Result<(), Stop> {
    for _ in 0..LOOKS {
        let answer = lane.insist(&Call::describe(name).into()).await?;
        let Outcome::Reply(Reply::Snapshots(page)) = &answer.outcome else { continue };
        let is_before = |shown: &Snapshot| {
            shown.name.as_ref() == Some(name)
                && shown.status.as_ref().is_some_and(|status| *status != Status::Available)
        };
        if page.snapshots.iter().any(is_before) {
            lane.patience.lags();
            break;
        }
    }
    Ok(())
}

/// Makes a group or cluster, of the first kind that is not refused, and waits for it; without the settings of a fixture
/// where it is refused with them. Returns besides which of them it shows.
///
/// # Errors
/// Where the target refuses, or does not get ready in time.
pub async fn make_owner(
    lane: &Lane,
    prefix: &str,
    tag: &str,
    (kinds, build): (&[OwnerKind], &Build),
) -> Result<(Owner, Fields), FixtureError> {
    let (mut refusals, mut full) = (Vec::new(), false);
    let mut build = build.clone();
    if !lane.marks.is_empty() {
        build.tags.get_or_insert_with(|| given(&lane.marks));
    }
    for kind in kinds.iter().copied() {
        let suffix = if kind == OwnerKind::Group { "g" } else { "c" };
        let owner = Owner { kind, id: text(format!("{prefix}{suffix}{tag}")) };
        let asked = |build: Build| Step::from(Call::Fixture(Fixture::make(owner.clone(), build)));
        let mut build = build.clone();
        let mut refused = ask_for_owner(lane, &owner, &asked(build.clone())).await?;
        if matches!(&refused, Some(refused @ Outcome::Fault(_)) if !lacks_room(refused)) {
            build.bare = true;
            refused = ask_for_owner(lane, &owner, &asked(build.clone())).await?;
        }
        let Some(refused) = refused else {
            let shown = wait_for_owner(lane, &owner).await?;
            let asked = build.shown();
            let kept = shown.iter().filter(|(member, value)| asked.get(*member) == Some(*value)).collect();
            return Ok((owner, kept));
        };
        let operation = if kind == OwnerKind::Group { "CreateReplicationGroup" } else { "CreateCacheCluster" };
        refusals.push(format!("{operation} -> {}", outcome_line(&refused)));
        full |= lacks_room(&refused);
        if matches!(refused, Outcome::Fault(_)) {
            lane.ledger.gone(&lane.resource(owner_kind(kind), &owner.id)).map_err(Stop::from)?;
        }
    }
    Err(FixtureError::Owner { refusals: refusals.join("; "), full })
}

/// Asks for a group or cluster, again where that was lost or there is no room yet; returns what refused it, `None` where it
/// comes.
async fn ask_for_owner(lane: &Lane, owner: &Owner, create: &Step) -> Result<Option<Outcome>, Stop> {
    let mut answer = lane.insist(create).await?;
    let mut there = false;
    for _ in 0..MOST_LOST {
        let lacks_room = lacks_room(&answer.outcome);
        if there || !lacks_room && !is_lost(&answer.outcome) {
            break;
        }
        if lacks_room {
            // There may be room a moment later.
            lane.pause(lane.poll.1).await;
        }
        answer = lane.insist(create).await?;
        // One that seemed lost may refuse it, since it was there first.
        there = !matches!(answer.outcome, Outcome::Reply(_)) && is_there(lane, owner).await?;
    }
    let comes = there || matches!(answer.outcome, Outcome::Reply(_) | Outcome::Indeterminate(Indeterminate::TimedOut));
    Ok((!comes).then_some(answer.outcome))
}

/// Tells whether it says that no more snapshots may be made.
pub(super) fn is_quota(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Fault(fault) if fault.code == FaultCode::SnapshotQuotaExceeded)
}

/// Tells whether a cluster or group is refused since there is no room for more.
fn lacks_room(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Fault(fault) if fault.code.is_lack_of_room())
}

/// How often what was lost on the way is asked again.
pub(super) const MOST_LOST: usize = 3;

/// Tells whether no answer came that says what became of the request, so that it may have been lost.
pub(crate) const fn is_lost(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Indeterminate(Indeterminate::Broken(_) | Indeterminate::ServerError { .. }))
}

/// Tells whether the group or cluster is shown.
async fn is_there(lane: &Lane, owner: &Owner) -> Result<bool, Stop> {
    let answer = lane.insist(&Call::Fixture(Fixture::Describe(owner.clone())).into()).await?;
    Ok(views(&answer.outcome, owner).next().is_some())
}

/// Returns tags as they are asked for.
fn given(tags: &[Tag]) -> Vec<TagArg> {
    tags.iter().map(|tag| TagArg { key: Some(tag.key.clone()), value: Some(tag.value.clone()) }).collect()
}

/// Walks how an answer shows the group or cluster.
fn views<'a>(outcome: &'a Outcome, owner: &'a Owner) -> impl Iterator<Item = &'a OwnerView> {
    let shown = match outcome {
        Outcome::Reply(Reply::Owners(owners)) => owners.as_slice(),
        _ => &[],
    };
    shown.iter().filter(|view| view.id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(&owner.id)))
}

/// Waits until a group or cluster is available; returns what it shows of its settings then.
async fn wait_for_owner(lane: &Lane, owner: &Owner) -> Result<Fields, FixtureError> {
    let begun = lane.now();
    let mut pause = lane.poll.0;
    loop {
        let answer = lane.insist(&Call::Fixture(Fixture::Describe(owner.clone())).into()).await?;
        let ready = views(&answer.outcome, owner).find(|view| view.status.as_deref() == Some("available"));
        if let Some(view) = ready {
            return Ok(view.settings.clone());
        }
        if lane.is_cancelled() {
            return Err(Stop::Interrupted.into());
        }
        if lane.now() - begun > lane.settle_limit {
            let status = views(&answer.outcome, owner).find_map(|view| view.status.clone());
            return Err(FixtureError::Slow {
                owner: owner.id.clone(),
                limit_s: lane.settle_limit.as_secs_f64(),
                last: status.map_or_else(|| outcome_line(&answer.outcome), |status| format!("`{status}`")),
            });
        }
        lane.pause(pause).await;
        pause = (pause * 3 / 2).min(lane.poll.1);
    }
}

/// Returns the ARN that a group or cluster shows; `None` where it shows none.
async fn arn_of(lane: &Lane, owner: &Owner) -> Result<Option<Text>, Stop> {
    let described = lane.insist(&Call::Fixture(Fixture::Describe(owner.clone())).into()).await?;
    Ok(views(&described.outcome, owner).find_map(|view| view.arn.clone()))
}

/// Returns the tags that a group or cluster shows, in the order of their keys; `None` where it shows none.
///
/// # Errors
/// Where the ledger cannot be written.
pub async fn tags_of_owner(lane: &Lane, owner: &Owner) -> Result<Option<Vec<TagArg>>, Stop> {
    let resource = arn_of(lane, owner).await?;
    let listed = lane.insist(&Call::ListTags { resource }.into()).await?;
    let Outcome::Reply(Reply::Tags(mut tags)) = listed.outcome else { return Ok(None) };
    tags.sort_unstable();
    Ok(Some(given(&tags)))
}

/// For how long a group or cluster is looked at until it shows its new tags.
const TAGS_SHOW: Duration = Duration::from_secs(3);

/// Gives a group or cluster other tags, all at once, and takes away those of its first ones that are not among them; tells
/// whether it shows them then.
///
/// # Errors
/// Where the ledger cannot be written.
pub async fn change_tags(lane: &Lane, owner: &Owner, first: &[TagArg], tags: &[TagArg]) -> Result<bool, Stop> {
    let resource = arn_of(lane, owner).await?;
    let old = first.iter().filter(|tag| tags.iter().all(|new| new.key != tag.key));
    let keys = old.filter_map(|tag| tag.key.clone()).collect();
    let add = Call::AddTags { resource: resource.clone(), tags: Some(tags.to_vec()) };
    for call in [add, Call::RemoveTags { resource, keys: Some(keys) }] {
        if !matches!(lane.insist(&call.into()).await?.outcome, Outcome::Reply(_)) {
            return Ok(false);
        }
    }
    let begun = lane.now();
    while lane.now() - begun < TAGS_SHOW && !lane.is_cancelled() {
        if tags_of_owner(lane, owner).await?.is_some_and(|shown| shown == tags) {
            return Ok(true);
        }
        lane.pause(lane.poll.1).await;
    }
    Ok(false)
}

/// Waits for the snapshot that the service takes of an owner by itself; `None` where none comes within the limit.
///
/// # Errors
/// Where the ledger cannot be written.
pub async fn automatic_of(lane: &Lane, owner: &Owner, limit: Duration) -> Result<Option<Text>, Stop> {
    let begun = lane.now();
    let mut pause = lane.poll.0;
    let id = |kind| (owner.kind == kind).then(|| owner.id.clone());
    let (group, cluster) = (id(OwnerKind::Group), id(OwnerKind::Cluster));
    // Whether lists show it, by its owner and by what made it, is for cases to see: any will do.
    let of_owner = DescribeSnapshots { group, cluster, ..DescribeSnapshots::default() };
    let made = DescribeSnapshots { source: Some(text("system")), ..DescribeSnapshots::default() };
    let both = DescribeSnapshots { source: made.source.clone(), ..of_owner.clone() };
    let describes = [of_owner, both, made].map(Call::Describe);
    let dated = format!("{}-", owner.id);
    let of_itself = |shown: &&Snapshot| {
        let name = shown.name.as_deref().unwrap_or_default();
        let is_owners = |member| shown.fields.get(member) == Some(&*owner.id);
        let is_of_it =
            name.contains(&dated) || is_owners(Member::ReplicationGroupId) || is_owners(Member::CacheClusterId);
        is_of_it && (name.starts_with("automatic.") || shown.fields.get(Member::SnapshotSource) == Some("automated"))
    };
    loop {
        for describe in &describes {
            let answer = lane.insist(&describe.clone().into()).await?;
            let Outcome::Reply(Reply::Snapshots(page)) = &answer.outcome else { continue };
            let ready =
                page.snapshots.iter().filter(of_itself).find(|snapshot| snapshot.status == Some(Status::Available));
            if let Some(name) = ready.and_then(|snapshot| snapshot.name.clone()) {
                lane.ledger.intend(lane.resource(ResourceKind::Snapshot, &name))?;
                look_back(lane, &name).await?;
                if lane.patience.reads_lag() {
                    // Since when it is at rest, nobody knows.
                    lane.pause(AGAIN).await;
                }
                return Ok(Some(name));
            }
        }
        if lane.is_cancelled() || lane.now() - begun > limit {
            return Ok(None);
        }
        lane.pause(pause).await;
        pause = (pause * 3 / 2).min(lane.poll.1);
    }
}

/// Deletes a group or cluster and waits until it is gone or going, for as long as a target may take to settle.
///
/// # Errors
/// Where the ledger cannot be written.
pub async fn remove_owner(lane: &Lane, owner: &Owner) -> Result<bool, Stop> {
    let begun = lane.now();
    let mut pause = lane.poll.0;
    let delete = Step::from(Call::Fixture(Fixture::Delete(owner.clone())));
    let describe = Step::from(Call::Fixture(Fixture::Describe(owner.clone())));
    let mut asked = lane.insist(&delete).await?;
    loop {
        let answer = lane.insist(&describe).await?;
        let gone = match &answer.outcome {
            // A deletion cannot be cancelled, and there are targets that show it for ever.
            Outcome::Reply(Reply::Owners(_)) => {
                views(&answer.outcome, owner).all(|view| view.status.as_deref() == Some("deleting"))
            }
            Outcome::Fault(_) => answer.form.status == 404,
            _ => false,
        };
        if gone {
            lane.ledger.gone(&lane.resource(owner_kind(owner.kind), &owner.id))?;
            return Ok(true);
        }
        if lane.now() - begun > lane.settle_limit.max(LEAST_FOR_OWNER) {
            return Ok(false);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(lane.poll.1);
        // A group that is still being backed up refuses to go; what was lost on the way is asked again.
        if matches!(asked.outcome, Outcome::Fault(_) | Outcome::Indeterminate(_)) {
            asked = lane.insist(&delete).await?;
        }
    }
}

/// Waits until a group or cluster that is being deleted is not shown any more, for as long as a target may take to settle
/// at first, and for less where one did not go in that time.
///
/// # Errors
/// Where the ledger cannot be written.
pub(super) async fn wait_until_gone(lane: &Lane, owner: &Owner) -> Result<(), Stop> {
    let begun = lane.now();
    let mut pause = lane.poll.0;
    let (limit, _) = lane.patience.grant(Kind::OwnerGone, lane.settle_limit);
    while is_there(lane, owner).await? && !lane.is_cancelled() {
        if lane.now() - begun >= limit {
            lane.patience.ran_out(Kind::OwnerGone);
            return Ok(());
        }
        lane.pause(pause).await;
        pause = (pause * 3 / 2).min(lane.poll.1);
    }
    Ok(())
}

/// Removes the clusters that were made from snapshots under a prefix.
///
/// # Errors
/// Where the ledger cannot be written.
pub(super) async fn remove_clusters(lane: &Lane, prefix: &str) -> Result<(), Stop> {
    for resource in lane.ledger.open_resources() {
        if resource.kind == ResourceKind::Cluster && resource.name.starts_with(prefix) {
            remove_owner(lane, &Owner { kind: OwnerKind::Cluster, id: resource.name.clone() }).await?;
        }
    }
    Ok(())
}

/// The least time that a group or cluster is granted to go.
const LEAST_FOR_OWNER: Duration = Duration::from_secs(5);

/// Removes a snapshot that the run made for all cases of a lane; tells whether it is gone.
///
/// # Errors
/// Where the ledger cannot be written.
pub async fn remove_snapshot(lane: &Lane, name: &Text) -> Result<bool, Stop> {
    let begun = lane.now();
    let mut pause = lane.poll.0;
    let delete = Step::from(Call::Delete { name: Some(name.clone()) });
    let describe = Step::from(Call::describe(name));
    let mut asked = lane.insist(&delete).await?;
    let mut unseen = 0;
    loop {
        let answer = lane.insist(&describe).await?;
        let gone = match &answer.outcome {
            Outcome::Reply(Reply::Snapshots(page)) => {
                !page.snapshots.iter().any(|snapshot| snapshot.name.as_deref() == Some(&**name))
            }
            Outcome::Fault(_) => answer.form.status == 404,
            _ => false,
        };
        let again = match &asked.outcome {
            Outcome::Fault(fault) => fault.code == FaultCode::InvalidSnapshotState,
            lost => matches!(lost, Outcome::Indeterminate(_)),
        };
        // What is too new to be deleted may be too new to be shown.
        unseen = if gone { unseen + 1 } else { 0 };
        if gone && (!again || unseen >= MOST_UNSEEN) {
            lane.ledger.gone(&lane.resource(ResourceKind::Snapshot, name))?;
            return Ok(true);
        }
        if lane.now() - begun > lane.settle_limit {
            return Ok(false);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(lane.poll.1);
        if again {
            asked = lane.insist(&delete).await?;
        }
    }
}

/// How often in a row a snapshot has not to be shown that refused to be deleted.
const MOST_UNSEEN: u32 = 5;
