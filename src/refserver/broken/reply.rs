use std::time::Duration;

use super::effect::spoil_settings;
use super::{Broken, listed};
use crate::model::{State, marker_after};
use crate::refserver::{ACCOUNT, Defect};
use crate::service::{
    Call, CopySnapshot, CreateSnapshot, DescribeSnapshots, Fields, Kind, Member, Owner, OwnerKind, Page, Reply,
    Snapshot, Status, Step, Text, canonical, text,
};

impl Broken {
    /// Changes what the reply shows; the world stays as it is.
    pub(in crate::refserver) fn reply(&self, world: &State, step: &Step, reply: &mut Reply, now: Duration) {
        let Some(defect) = self.defect else { return };
        match (&step.call, &mut *reply) {
            (Call::Copy(call), Reply::Snapshot(shown)) => of_copy(defect, call, shown),
            (Call::Create(call), Reply::Snapshot(shown)) => of_create(defect, call, shown),
            (Call::Delete { name }, Reply::Snapshot(shown)) => match defect {
                Defect::DeleteReplyNamesOther => {
                    shown.name = Some(text(format!("not-{}", name.as_deref().unwrap_or_default())));
                }
                Defect::DeleteReplyAvailable => shown.status = Some(Status::Available),
                _ => {}
            },
            (Call::Describe(call), Reply::Snapshots(page)) => {
                of_page(defect, world, call, page, now);
                of_marker(defect, call, page);
            }
            (Call::AddTags { .. }, Reply::Tags(tags)) if defect == Defect::TagsAddShowsNew => {
                *tags = listed(&crate::model::given(super::door::tags(step)).first().cloned().unwrap_or_default());
            }
            (Call::ListTags { .. }, Reply::Tags(tags)) => match defect {
                Defect::TagsListLosesOne => drop(tags.pop()),
                Defect::TagsListDoubles => tags.extend(tags.first().cloned()),
                _ => {}
            },
            _ => {}
        }
        let is_list = matches!(&step.call, Call::Describe(call) if call.name.is_none());
        match reply {
            Reply::Snapshot(shown) => of_every(defect, shown, false, world, now),
            Reply::Snapshots(page) => {
                for shown in &mut page.snapshots {
                    of_every(defect, shown, is_list, world, now);
                }
            }
            _ => {}
        }
    }
}

fn of_copy(defect: Defect, call: &CopySnapshot, shown: &mut Snapshot) {
    match defect {
        Defect::CopyKeyedKeepsCase if call.kms_key.is_some() => shown.name.clone_from(&call.target),
        Defect::CopyReplyNamesSource => shown.name = call.source.as_deref().map(|name| text(canonical(name))),
        Defect::CopyReplyKeepsCase | Defect::CopyKeepsCase => shown.name.clone_from(&call.target),
        Defect::CopyReplyAvailable => shown.status = Some(Status::Available),
        Defect::ExportReplyRestoring if call.bucket().is_some() => shown.status = Some(Status::Restoring),
        _ => {}
    }
}

fn of_create(defect: Defect, call: &CreateSnapshot, shown: &mut Snapshot) {
    match defect {
        Defect::CreateReplyNamesOwner => shown.name = call.group.clone().or_else(|| call.cluster.clone()),
        Defect::CreateKeepsCase => shown.name.clone_from(&call.name),
        Defect::CreateReplyAvailable => shown.status = Some(Status::Available),
        _ => spoil_settings(defect, shown),
    }
}

fn of_page(defect: Defect, world: &State, call: &DescribeSnapshots, page: &mut Page, now: Duration) {
    let is_copy = |shown: &Snapshot| {
        shown.name.as_deref().and_then(|name| world.snapshot(name)).is_some_and(|living| living.is_copy)
    };
    match (defect, &call.name) {
        (Defect::DescribeNameIsPrefix, Some(name)) => {
            let name = canonical(name);
            let begins = world.snapshots().filter(|(other, _)| other.starts_with(&*name));
            page.snapshots = begins.map(|(_, living)| living.shown(now)).collect();
        }
        (Defect::DescribeInvents, Some(name)) if page.snapshots.is_empty() => {
            let key = canonical(name);
            if world.snapshot(&key).is_none() && !crate::model::View::was_deleted(world, &key) {
                let name = Some(text(key));
                page.snapshots.push(Snapshot { name, status: Some(Status::Available), ..Snapshot::default() });
            }
        }
        (Defect::DescribeCaseEchoes, Some(name)) => {
            for shown in &mut page.snapshots {
                shown.name = Some(name.clone());
            }
        }
        (Defect::DescribeListWithoutCopies, None) => page.snapshots.retain(|shown| !is_copy(shown)),
        (Defect::DescribeListWithoutOrphans, None) => page.snapshots.retain(|shown| !is_orphan(world, shown)),
        (Defect::DescribeListWithoutShards, None) if is_of_everything(call) => {
            page.snapshots.retain(|shown| shown.nodes.len() < 2);
        }
        (Defect::DescribeListWithoutTiered, None) if is_of_everything(call) => {
            page.snapshots.retain(|shown| shown.fields.get(Member::DataTiering) != Some("enabled"));
        }
        (Defect::DescribeOwnerNeverAutomatic, None) if call.group.is_some() || call.cluster.is_some() => {
            page.snapshots.retain(|shown| shown.fields.get(Member::SnapshotSource) != Some("automated"));
        }
        (Defect::DescribeListDoubles, None) => page.snapshots.extend(page.snapshots.first().cloned()),
        (Defect::DescribeGroupWithoutCopies, _) if call.group.is_some() => {
            page.snapshots.retain(|shown| !is_copy(shown))
        }
        (Defect::DescribeUserWithoutCopies, _) if call.source.as_deref() == Some("user") => {
            page.snapshots.retain(|shown| !is_copy(shown));
        }
        (Defect::StatusPending, _) => {
            for shown in page.snapshots.iter_mut().filter(|shown| shown.status == Some(Status::Creating)) {
                shown.status = Some(Status::Other(text("pending")));
            }
        }
        _ => {}
    }
}

/// Tells whether no filter is given.
const fn is_of_everything(call: &DescribeSnapshots) -> bool {
    call.name.is_none() && call.group.is_none() && call.cluster.is_none() && call.source.is_none()
}

fn is_orphan(world: &State, shown: &Snapshot) -> bool {
    let of = |member, kind| Some(Owner { kind, id: text(shown.fields.get(member)?) });
    let group = of(Member::ReplicationGroupId, OwnerKind::Group);
    let owner = group.or_else(|| of(Member::CacheClusterId, OwnerKind::Cluster));
    owner.is_some_and(|owner| world.owner(&owner).is_none())
}

fn of_marker(defect: Defect, call: &DescribeSnapshots, page: &mut Page) {
    match defect {
        Defect::PageSkipsOne if page.marker.is_some() => drop(page.snapshots.pop()),
        Defect::PageRepeatsOne if page.marker.is_some() => {
            let last_but_one = page.snapshots.iter().rev().nth(1).and_then(|shown| shown.name.as_deref());
            page.marker = last_but_one.map(marker_after);
        }
        Defect::PageLosesRest => page.marker = None,
        Defect::DescribeSystemEmpty if call.source.as_deref() == Some("system") => page.snapshots.clear(),
        Defect::PageMarkerOnLast if page.marker.is_none() => {
            page.marker = page.snapshots.last().and_then(|shown| shown.name.as_deref()).map(marker_after);
        }
        _ => {}
    }
}

fn of_every(defect: Defect, shown: &mut Snapshot, is_list: bool, world: &State, now: Duration) {
    match defect {
        Defect::ListWithoutStatus if is_list => shown.status = None,
        Defect::MemberDrifts if is_list => shown.fields.set(Member::EngineVersion, "7.1.0"),
        Defect::CreateTimeMoves => {
            let moving = text(world.instant(now).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string());
            for node in &mut shown.nodes {
                node.fields.set(Member::CacheNodeCreateTime, &moving);
            }
        }
        Defect::AutomaticIsManual => {
            rewrite(shown, |member, _| (member == Member::SnapshotSource).then(|| "manual".to_owned()))
        }
        Defect::CreateDropsShard => shown.nodes.truncate(1),
        Defect::CreateShardsAlike => {
            let groups = shown.nodes.iter_mut().filter(|node| node.fields.get(Member::NodeGroupId).is_some());
            groups.for_each(|node| node.fields.set(Member::NodeGroupId, "0001"));
        }
        Defect::ShardedShowsCluster if shown.nodes.len() > 1 => {
            shown.fields.set(Member::CacheClusterId, "the-first-0001-001");
        }
        Defect::ConfigurationOfFirst => {
            let first = shown.nodes.first().cloned();
            for (node, first) in shown.nodes.iter_mut().zip(first.iter().cycle()).filter(|(node, _)| node.configured) {
                for member in Member::ALL.iter().filter(|member| member.is_of_configuration()) {
                    node.fields.set(*member, first.fields.get(*member).unwrap_or_default());
                }
            }
        }
        Defect::SourceIsUser => {
            rewrite(shown, |member, _| (member == Member::SnapshotSource).then(|| "user".to_owned()))
        }
        Defect::ArnWrongRegion => rewrite_arn(shown, |arn| arn.replace(&*world.home().region, "us-east-9")),
        Defect::ArnWrongAccount => rewrite_arn(shown, |arn| arn.replace(&*world.home().account, "999999999999")),
        Defect::ArnHomeAccount => rewrite_arn(shown, |arn| arn.replace(&*world.home().account, ACCOUNT)),
        Defect::ArnHomeRegion => rewrite_arn(shown, |arn| arn.replace(&*world.home().region, "us-east-1")),
        Defect::ArnOfCluster => rewrite_arn(shown, |arn| arn.replace(":snapshot:", ":cluster:")),
        Defect::IntegerWithFraction => rewrite(shown, |member, value| match member.kind() {
            Kind::Integer => Some(format!("{value}.0")),
            _ => None,
        }),
        Defect::BooleanCapital => rewrite(shown, |member, value| match (member.kind(), value) {
            (Kind::Boolean, "true") => Some("True".to_owned()),
            (Kind::Boolean, _) => Some("False".to_owned()),
            _ => None,
        }),
        Defect::TieringFalse => rewrite(shown, |member, _| (member == Member::DataTiering).then(|| "false".to_owned())),
        Defect::TimestampsInSeconds => rewrite(shown, |member, value| {
            let seconds = value.parse::<jiff::Timestamp>().ok()?.as_second();
            (member.kind() == Kind::Instant).then(|| seconds.to_string())
        }),
        Defect::TimestampsWithoutZone => rewrite(shown, |member, value| {
            (member.kind() == Kind::Instant).then(|| value.trim_end_matches('Z').to_owned())
        }),
        _ => {}
    }
}

fn rewrite_arn(shown: &mut Snapshot, change: impl Fn(&str) -> String) {
    rewrite(shown, |member, value| (member == Member::Arn).then(|| change(value)));
}

/// Changes the members for which a new text is given.
fn rewrite(shown: &mut Snapshot, change: impl Fn(Member, &str) -> Option<String>) {
    let of = |fields: &Fields| -> Vec<(Member, Text)> {
        fields.iter().filter_map(|(member, value)| Some((member, text(change(member, value)?)))).collect()
    };
    for (member, value) in of(&shown.fields) {
        shown.fields.set(member, value);
    }
    for node in &mut shown.nodes {
        for (member, value) in of(&node.fields) {
            node.fields.set(member, value);
        }
    }
}
