use super::args::{Format, SupportsArgs};
use super::message::{Failure, list, out, problem};
use super::reports;
use crate::record::Log;
use crate::report::{Answer, Supports, Usage};

/// The largest file of an application that is read, in bytes.
const LARGEST: u64 = 512 << 20;

/// Says whether the target of a run does what an application relies on.
pub(super) fn supports(arguments: &SupportsArgs) -> Result<u8, Failure> {
    let file = &arguments.from;
    let records = Log::read(&arguments.log).map_err(|error| Failure::of(2, &error))?;
    let size = std::fs::metadata(file).map_err(|error| problem::unreadable(file, &error))?.len();
    if size > LARGEST {
        return Err(problem::too_large(file, LARGEST));
    }
    let text = std::fs::read(file).map_err(|error| problem::unreadable(file, &error))?;
    let usage = Usage::parse(&text).map_err(|error| problem::usage_file(file, &error))?;
    let summary = reports::summary(&records, false, None);
    let said = Supports::of(&summary, usage);
    match arguments.format {
        Format::Json => out(&(serde_json::to_string_pretty(&said).unwrap_or_default() + "\n")),
        Format::Human | Format::Github => out(&list::supports(&said, reports::width())),
    }
    Ok(match said.answer {
        Answer::Yes => 0,
        Answer::No => 1,
        Answer::Unknown => 4,
    })
}
