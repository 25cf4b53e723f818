use std::time::Duration;

use super::digest::Digest;
use super::script::{Script, Tool, script};
use crate::case::Case;

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
pub(super) fn scripts(digest: &Digest<'_>, path: &str) -> Vec<ToolScript> {
    let (Some(header), Some(text)) = (digest.header, digest.inputs.get(path)) else { return Vec::new() };
    let Ok(case) = Case::parse(path, text) else { return Vec::new() };
    let target = &header.target;
    let region = if target.region.is_empty() { "us-east-1" } else { &target.region };
    let limit = Duration::try_from_secs_f64(header.options.settle_limit_s).unwrap_or_default();
    let all = [("aws-cli", Tool::AwsCli), ("boto3", Tool::Boto3), ("curl", Tool::Curl)];
    let told = all.into_iter().filter_map(|(name, tool)| {
        let script = script(&Script {
            case: &case,
            tool,
            url: target.endpoint.clone(),
            region: region.to_owned(),
            own_keys: target.authority,
            account: None,
            // No log has the key itself: whoever plays the script puts in one of theirs.
            kms_key: Some(format!("arn:aws:kms:{region}:123456789012:key/00000000-0000-0000-0000-000000000000")),
            source_snapshot: None,
            settle_limit: limit,
        });
        script.ok().map(|text| ToolScript { tool: name, text })
    });
    told.collect()
}
