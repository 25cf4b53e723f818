use std::io::IsTerminal as _;

use super::args::{AsTool, Format, ReplayArgs, TargetArgs};
use super::known;
use super::message::Failure;
use super::message::{list, out};
use super::reach::{Choice, Way};
use super::reports;
use super::select::{Selection, one};
use super::session::{Job, Session};
use crate::case::Case;
use crate::report::{self, Script, Tool, script};
use crate::runner::{Budget, Explore};

/// Plays one case, shows its steps, and makes the reports.
pub(super) fn replay(arguments: &ReplayArgs) -> Result<u8, Failure> {
    let case = one(&arguments.case)?;
    if let Some(tool) = arguments.as_tool {
        return print(&case, tool, &arguments.target);
    }
    let choice = Choice::of(&arguments.target)?;
    let session = Session::open(&arguments.out, std::io::stderr().is_terminal())?;
    let (path, purpose) = (case.path.clone(), case.purpose.clone());
    let selection = Selection { clauses: case.clauses.clone(), cases: vec![case] };
    let job = Job {
        selection,
        words: (vec![path.clone()], Vec::new()),
        shard: None,
        waivers: known::waivers(&known::folder(&arguments.target, &choice.target.name))?,
        recorded: None,
        apart: false,
        lanes: Some(1),
        time_limit: None,
        budget: Budget::default(),
        explore: Explore::default(),
        resume: false,
    };
    let records = session.run(choice, &arguments.target, job)?;
    let steps = report::transcript(&records, &path, reports::is_coloured(), reports::width());
    out(&list::played(&path, &purpose, &steps, reports::width()));
    let summary = reports::summary(&records, arguments.target.strict, None);
    Ok(reports::give(&arguments.out, &summary, Format::Human))
}

/// Prints the case for another tool; nothing is asked of the target.
fn print(case: &Case, tool: AsTool, arguments: &TargetArgs) -> Result<u8, Failure> {
    let tool = match tool {
        AsTool::Case => {
            out(&case.render());
            return Ok(0);
        }
        AsTool::AwsCli => Tool::AwsCli,
        AsTool::Boto3 => Tool::Boto3,
        AsTool::Curl => Tool::Curl,
    };
    let choice = Choice::of(arguments)?;
    let target = &choice.target;
    let url = match (&choice.way, &target.endpoint) {
        (Way::Listens(url), _) => url.clone(),
        (_, Some(url)) => url.replace("{region}", &target.region),
        // Where `copysnap serve --port` listens, if it is told to.
        _ => "http://127.0.0.1:4566".to_owned(),
    };
    let request = Script {
        case,
        tool,
        url,
        s3_url: target.s3_endpoint.clone(),
        region: target.region.clone(),
        own_keys: target.costs_money || arguments.access_key.is_some(),
        account: target.account.clone(),
        other_account: target.other_account.clone(),
        other_region: target.other_region.clone(),
        kms_key: target.kms_key.clone(),
        source_snapshot: arguments.source_snapshot.clone(),
        settle_limit: target.settle_limit,
        seen: None,
    };
    let text = script(&request).map_err(|error| Failure::of(2, &error))?;
    out(&text);
    Ok(0)
}
