use std::io::IsTerminal as _;

use super::args::{Format, ReportArgs, RunArgs};
use super::message::{Failure, problem};
use super::reach::Choice;
use super::reports;
use super::select::select;
use super::session::{Job, Session};
use crate::record::Log;

/// Runs the cases and makes the reports.
pub(super) fn run(arguments: RunArgs) -> Result<u8, Failure> {
    let selection = select(&arguments.cases, &arguments.clauses, arguments.shard)?;
    let choice = Choice::of(&arguments.target)?;
    let session = Session::open(&arguments.out, arguments.format == Format::Human && std::io::stderr().is_terminal())?;
    let controls = if arguments.controls { Some(session.measure()?) } else { None };
    let job = Job {
        selection,
        words: (arguments.cases, arguments.clauses),
        lanes: arguments.lanes,
        time_limit: arguments.time_limit,
    };
    let records = session.run(choice, &arguments.target, job)?;
    let summary = reports::summary(&records, arguments.target.strict, controls.as_ref());
    Ok(reports::give(&arguments.out, &summary, arguments.format))
}

/// Makes the reports of a log anew.
pub(super) fn report(arguments: &ReportArgs) -> Result<u8, Failure> {
    let records = Log::read(&arguments.log).map_err(|error| Failure::of(2, &error))?;
    std::fs::create_dir_all(&arguments.out).map_err(|error| problem::unwritable(&arguments.out, &error))?;
    let summary = reports::summary(&records, arguments.strict, None);
    Ok(reports::give(&arguments.out, &summary, arguments.format))
}
