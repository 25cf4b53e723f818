use super::args::DiffArgs;
use super::message::{Failure, list, out};
use super::select::builtin;
use crate::case::Case;
use crate::record::Log;
use crate::report::differences;

/// Prints in what two runs differ.
pub(super) fn diff(arguments: &DiffArgs) -> Result<u8, Failure> {
    let read = |log| Log::read(log).map_err(|error| Failure::of(2, &error));
    let (before, after) = (read(&arguments.before)?, read(&arguments.after)?);
    let cases: Vec<Case> = builtin()?.iter().cloned().collect();
    out(&list::differences(&differences(&before, &after, &cases), arguments.steps));
    Ok(0)
}
