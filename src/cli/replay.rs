use std::io::IsTerminal as _;

use super::args::{Format, ReplayArgs};
use super::message::Failure;
use super::message::{list, out};
use super::reach::Choice;
use super::reports;
use super::select::{Selection, one};
use super::session::{Job, Session};
use crate::report;
use crate::runner::Explore;

/// Plays one case, shows its steps, and makes the reports.
pub(super) fn replay(arguments: &ReplayArgs) -> Result<u8, Failure> {
    let case = one(&arguments.case)?;
    let choice = Choice::of(&arguments.target)?;
    let session = Session::open(&arguments.out, std::io::stderr().is_terminal())?;
    let (path, purpose) = (case.path.clone(), case.purpose.clone());
    let selection = Selection { clauses: case.clauses.clone(), cases: vec![case] };
    let job = Job {
        selection,
        words: (vec![path.clone()], Vec::new()),
        lanes: Some(1),
        time_limit: None,
        explore: Explore::default(),
    };
    let records = session.run(choice, &arguments.target, job)?;
    let steps = report::transcript(&records, &path, reports::is_coloured(), reports::width());
    out(&list::played(&path, &purpose, &steps, reports::width()));
    let summary = reports::summary(&records, arguments.target.strict, None);
    Ok(reports::give(&arguments.out, &summary, Format::Human))
}
