use super::plan::Plan;
use super::share::S3;
use crate::case::{Case, Need, Parameter};
use crate::execute::{Support, operations};
use crate::record::CaseState;
use crate::service::{Elsewhere, Operation};
use crate::target::Capability;

/// Says of each case whether it can run.
pub(super) fn sort_out(plan: &Plan, support: &Support, s3: bool) -> (Vec<Case>, Vec<(Case, CaseState)>) {
    let mut runs = Vec::new();
    let mut other = Vec::new();
    for case in &plan.cases {
        match obstacle(case, plan, support, s3) {
            None => runs.push(case.clone()),
            Some(state) => other.push((case.clone(), state)),
        }
    }
    (runs, other)
}

fn obstacle(case: &Case, plan: &Plan, support: &Support, s3: bool) -> Option<CaseState> {
    let mut needed = operations(case);
    if plan.source_snapshot.is_none() {
        needed.push(Operation::CreateSnapshot);
    }
    if case.needs.contains(&Need::Tags) {
        needed.extend([
            Operation::ListTagsForResource,
            Operation::AddTagsToResource,
            Operation::RemoveTagsFromResource,
        ]);
    }
    if let Some(operation) = needed.into_iter().find(|operation| !support.has(*operation)) {
        return Some(CaseState::Unsupported { operation: operation.name().to_owned() });
    }
    for need in &case.needs {
        let place = match need {
            Need::OtherAccount => Some(Elsewhere::Account),
            Need::OtherRegion => Some(Elsewhere::Region),
            Need::At(place) => Some(*place),
            _ => None,
        };
        if let Some(refused) = place.and_then(|place| support.turned_away(place)) {
            return Some(CaseState::NotRun { reason: format!("what is declared elsewhere is turned away: {refused}") });
        }
        match need {
            Need::Copies(count) if plan.target.copies.is_some_and(|most| *count > most) => {
                return Some(CaseState::NotRun {
                    reason: format!("it needs {count} copies, and the target declares fewer"),
                });
            }
            Need::Creates(count)
                if plan.target.costs_money
                    && !case.needs.contains(&Need::Quota)
                    && *count > plan.target.snapshots_per_node =>
            {
                let most = plan.target.snapshots_per_node;
                return Some(CaseState::NotRun {
                    reason: format!("it needs {count} snapshots of a node, the quota is {most}"),
                });
            }
            Need::KmsKey if !plan.target.has(Capability::KmsKey) => {
                return Some(CaseState::NotApplicable { reason: "no KMS key is declared".to_owned() });
            }
            Need::Cluster if plan.target.costs_money || plan.source_snapshot.is_some() => {
                return Some(CaseState::NotRun { reason: "no cluster is made for one case here".to_owned() });
            }
            Need::OtherAccount | Need::At(Elsewhere::Account) if plan.target.other_account.is_none() => {
                return Some(CaseState::NotApplicable { reason: "no second account is declared".to_owned() });
            }
            Need::OtherRegion | Need::At(Elsewhere::Region) if plan.target.other_region.is_none() => {
                return Some(CaseState::NotApplicable { reason: "no other region is declared".to_owned() });
            }
            Need::Automatic if plan.target.automatic_backups_within().is_none() => {
                let reason = "the target declares no automatic backups that come in time".to_owned();
                return Some(CaseState::NotApplicable { reason });
            }
            Need::Restores if !plan.target.has(Capability::Restores) && !support.restores => {
                let reason = "the target takes any name for that of a snapshot to make a cluster from, or makes none: \
                              declare `restores` where it does"
                    .to_owned();
                return Some(CaseState::NotApplicable { reason });
            }
            Need::Quota if !plan.target.has(Capability::Quota) => {
                let reason = "the target declares no quota that may be gone over".to_owned();
                return Some(CaseState::NotApplicable { reason });
            }
            Need::Restores
            | Need::Quota
            | Need::OwnerGone(_)
            | Need::Shards(_)
            | Need::Valkey
            | Need::Tiering
            | Need::OwnerTags
            | Need::At(_)
            | Need::Memcached
            | Need::Automatic
                if plan.target.costs_money || plan.source_snapshot.is_some() =>
            {
                return Some(CaseState::NotRun { reason: "no cluster is made for one case here".to_owned() });
            }
            Need::Bucket if !plan.target.has(Capability::S3) => {
                return Some(CaseState::NotApplicable { reason: "no S3 is declared".to_owned() });
            }
            Need::Bucket if !s3 => return Some(CaseState::Unsupported { operation: S3.to_owned() }),
            Need::Signatures if !plan.target.has(Capability::ChecksSignatures) && !support.signatures => {
                return Some(CaseState::NotApplicable { reason: "the target does not check signatures".to_owned() });
            }
            _ => {}
        }
    }
    if plan.source_snapshot.is_some() && case.rehearse().writes_to_base {
        return Some(CaseState::NotRun { reason: "it would touch the snapshot that is given".to_owned() });
    }
    let owned = case.asks().any(|ask| ask.value(Parameter::Owner).is_some());
    if plan.source_snapshot.is_some() && owned {
        return Some(CaseState::NotRun { reason: "a snapshot is given, and no cluster".to_owned() });
    }
    None
}
