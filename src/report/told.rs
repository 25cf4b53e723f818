use std::time::Duration;

use super::digest::Digest;
use super::script::{Script, Seen, Tool, script};
use crate::case::Case;
use crate::record::StepRecord;
use crate::service::{Input, Operation};

/// The script of a finding for one tool.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ToolScript {
    /// The tool.
    pub tool: &'static str,
    /// The whole script.
    pub text: String,
}

/// Returns the scripts that show a case or sequence of the log again; none where the log does not have its steps, or
/// where they need what no script can know.
pub(super) fn scripts(digest: &Digest<'_>, path: &str, seen: Seen<'_>) -> Vec<ToolScript> {
    digest.inputs.get(path).map(|text| told(digest, path, text, seen)).unwrap_or_default()
}

/// Returns the scripts that make a base as the log's fixture did, whose step showed something; none where it was of
/// another operation.
pub(super) fn scripts_of_base(digest: &Digest<'_>, step: &StepRecord, seen: Seen<'_>) -> Vec<ToolScript> {
    if step.operation != Operation::CreateSnapshot.name() {
        return Vec::new();
    }
    let of_cluster = step.call.contains(Input::CacheClusterId.name());
    let needs = if of_cluster { r#""creates:1", "cluster""# } else { r#""creates:1""# };
    let clause = seen.clause;
    let text = format!(
        "purpose = \"A snapshot for cases to copy.\"\nclauses = [\"{clause}\"]\nneeds = [{needs}]\n\n[[step]]\ncall = \
         \"CreateSnapshot\"\nwith = {{ SnapshotName = \"$a\", Owner = \"$owner\" }}\n\n[[step]]\nsettle = [\"$a\"]\n\n\
         [[step]]\ncall = \"DescribeSnapshots\"\nwith = {{ SnapshotName = \"$a\" }}\n"
    );
    told(digest, "base/made", &text, seen)
}

fn told(digest: &Digest<'_>, path: &str, text: &str, seen: Seen<'_>) -> Vec<ToolScript> {
    let (Some(header), Ok(case)) = (digest.header, Case::parse(path, text)) else { return Vec::new() };
    let target = &header.target;
    let region = if target.region.is_empty() { "us-east-1" } else { &target.region };
    let limit = Duration::try_from_secs_f64(header.options.settle_limit_s).unwrap_or_default();
    let all = [("aws-cli", Tool::AwsCli), ("boto3", Tool::Boto3), ("curl", Tool::Curl)];
    let told = all.into_iter().filter_map(|(name, tool)| {
        let script = script(&Script {
            case: &case,
            tool,
            url: target.endpoint.clone(),
            s3_url: target.s3_endpoint.clone(),
            region: region.to_owned(),
            own_keys: target.authority,
            account: None,
            other_account: None,
            other_region: None,
            // No log has the key itself: whoever plays the script puts in one of theirs.
            kms_key: Some(format!("arn:aws:kms:{region}:123456789012:key/00000000-0000-0000-0000-000000000000")),
            source_snapshot: None,
            settle_limit: limit,
            seen: Some(seen),
        });
        script.ok().map(|text| ToolScript { tool: name, text })
    });
    told.collect()
}
