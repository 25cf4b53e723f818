use std::path::Path;

use super::args::JudgeArgs;
use super::message::{Failure, list, out, problem};
use super::reports;
use super::select::catalogue;
use crate::record::{Log, Record, Secrets};
use crate::report::ExitCode;
use crate::runner::rejudge;

/// Judges a log anew, and prints in what that differs from what the log says.
pub(super) fn judge(arguments: &JudgeArgs) -> Result<u8, Failure> {
    let records = Log::read_whole(&arguments.log).map_err(|error| Failure::of(2, &error))?;
    if !records.iter().any(|record| matches!(record, Record::Start(_))) {
        return Err(problem::no_starts(&arguments.log));
    }
    let judged = rejudge(catalogue()?, records);
    let summary = reports::summary(&judged.records, arguments.strict, None);
    let mut code = summary.exit_code;
    if !judged.left.is_empty() {
        code = code.join(ExitCode::Inconclusive);
    }
    if !judged.differences.is_empty() {
        code = code.join(ExitCode::Stale);
    }
    out(&list::rejudged(&judged, &summary, code));
    if let Some(folder) = &arguments.out {
        write(folder, &judged.records)?;
        code = code.join(reports::files(folder, &summary));
    }
    Ok(code.code())
}

fn write(folder: &Path, records: &[Record]) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| problem::unwritable(folder, &error))?;
    let log = Log::create(&folder.join("log.jsonl"), Secrets::default()).and_then(|log| log.write(records));
    log.map_err(|error| Failure::of(3, &error))
}
