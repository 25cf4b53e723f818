use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::args::PolicyArgs;
use super::message::{Failure, out};
use super::plan::rehearse;
use super::reach::Choice;
use crate::record::Record;
use crate::service::{Operation, Permissions};
use crate::wire::bucket_policy;

/// What every name looks like that a run makes: `cs`, nine letters or digits, a hyphen.
const OURS: &str = "cs?????????-*";

/// Prints the least that a run has to be allowed, as a policy of IAM; or who may take that role; or what lets `ElastiCache`
/// export to a bucket.
pub(super) fn policy(arguments: &PolicyArgs) -> Result<u8, Failure> {
    let account = arguments.plan.target.account.as_deref().unwrap_or("ACCOUNT");
    if let Some(repository) = &arguments.oidc {
        out(&pretty(&trust(account, repository))?);
        return Ok(0);
    }
    if let Some(bucket) = &arguments.bucket {
        let region = Choice::of(&arguments.plan.target)?.target.region;
        out(&pretty(&bucket_policy(bucket, Permissions::ALL, &region, None))?);
        return Ok(0);
    }
    let rehearsal = rehearse(&arguments.plan)?;
    let calls = Record::footer(&rehearsal.records).map(|footer| &footer.calls);
    let asked: BTreeSet<Operation> = Operation::ALL
        .iter()
        .copied()
        .filter(|operation| calls.is_some_and(|calls| calls.contains_key(operation.name())))
        .collect();
    let source = arguments.plan.target.source_snapshot.as_deref();
    out(&pretty(&least(&asked, &rehearsal.target.region, account, source))?);
    Ok(0)
}

fn pretty(policy: &Value) -> Result<String, Failure> {
    Ok(serde_json::to_string_pretty(policy).map_err(|error| Failure::of(3, &error))? + "\n")
}

/// Returns the actions that a request needs.
fn actions(operation: Operation) -> Vec<String> {
    let name = operation.name();
    let needed: &[&str] = match operation {
        // It sets who owns the objects, and by ACL who may write.
        Operation::CreateBucket => &["CreateBucket", "PutBucketAcl", "PutBucketOwnershipControls"],
        Operation::ListObjectsV2 => &["ListBucket"],
        Operation::HeadObject => &["GetObject"],
        // They may be given tags: the run's own, or a case's.
        Operation::CreateReplicationGroup
        | Operation::CreateCacheCluster
        | Operation::CreateSnapshot
        | Operation::CopySnapshot => &[name, "AddTagsToResource"],
        _ => &[name],
    };
    needed.iter().map(|action| format!("{}:{action}", operation.service())).collect()
}

/// Returns on what the operation may be allowed: never more than what a run makes, where IAM can tell.
fn resources(operation: Operation, region: &str, account: &str, source: Option<&str>) -> Vec<String> {
    let of = |kind: &str, name: &str| format!("arn:aws:elasticache:{region}:{account}:{kind}:{name}");
    let snapshot = || of("snapshot", OURS);
    match operation {
        // A listing of everything names nothing.
        Operation::GetCallerIdentity
        | Operation::DescribeReplicationGroups
        | Operation::DescribeCacheClusters
        | Operation::DescribeSnapshots => vec!["*".to_owned()],
        Operation::CopySnapshot | Operation::ListTagsForResource => {
            std::iter::once(snapshot()).chain(source.map(|name| of("snapshot", name))).collect()
        }
        Operation::CreateSnapshot => vec![snapshot(), of("replicationgroup", OURS), of("cluster", OURS)],
        Operation::CreateReplicationGroup | Operation::CreateCacheCluster => vec![
            of("replicationgroup", OURS),
            of("cluster", OURS),
            snapshot(),
            of("subnetgroup", "*"),
            of("parametergroup", "*"),
        ],
        Operation::DeleteReplicationGroup | Operation::DeleteCacheCluster => {
            vec![of("replicationgroup", OURS), of("cluster", OURS), snapshot()]
        }
        Operation::PutObject | Operation::HeadObject | Operation::GetObject | Operation::DeleteObject => {
            vec![format!("arn:aws:s3:::{OURS}/*")]
        }
        operation if operation.is_s3() => vec![format!("arn:aws:s3:::{OURS}")],
        _ => vec![snapshot()],
    }
}

/// Returns the least policy under which those operations can be asked for.
fn least(asked: &BTreeSet<Operation>, region: &str, account: &str, source: Option<&str>) -> Value {
    let mut by_resources: BTreeMap<Vec<String>, BTreeSet<String>> = BTreeMap::new();
    for operation in asked {
        let on = resources(*operation, region, account, source);
        by_resources.entry(on).or_default().extend(actions(*operation));
    }
    let statements: Vec<Value> = by_resources
        .into_iter()
        .map(|(resources, actions)| json!({ "Effect": "Allow", "Action": actions, "Resource": resources }))
        .collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// Returns who may take the role: workflows of that repository on its branch `main`, by GitHub's OIDC.
fn trust(account: &str, repository: &str) -> Value {
    const ISSUER: &str = "token.actions.githubusercontent.com";
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Federated": format!("arn:aws:iam::{account}:oidc-provider/{ISSUER}") },
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": { "StringEquals": {
                format!("{ISSUER}:aud"): "sts.amazonaws.com",
                format!("{ISSUER}:sub"): format!("repo:{repository}:ref:refs/heads/main"),
            } },
        }],
    })
}
