use std::io::IsTerminal as _;
use std::path::PathBuf;

use super::args::{BudgetArgs, Format, RunArgs};
use super::known;
use super::message::{Failure, err, list};
use super::reach::Choice;
use super::reports;
use super::select::{catalogue, select};
use super::session::{Job, Session};
use crate::report::sightings;
use crate::runner::{Budget, Explore};
use crate::target::Target;

/// How many executions one finding may take to become shorter.
const SHRINK_LIMIT: u32 = 100;
/// … where requests cost.
const SHRINK_LIMIT_PAID: u32 = 12;
/// Where findings are kept.
const REGRESSIONS: &str = "cases/regressions";

/// Runs the cases and makes the reports.
pub(super) fn run(arguments: RunArgs) -> Result<u8, Failure> {
    let choice = Choice::of(&arguments.target)?;
    let explore = explore(&arguments, &choice.target);
    // What falls to a shard may show any clause where sequences do.
    let explores = explore.sequences > 0;
    let selection = select(&arguments.cases, &arguments.clauses, arguments.shard, explores)?;
    let folder = known::folder(&arguments.target, &choice.target.name);
    let session = Session::open(&arguments.out, arguments.format == Format::Human && std::io::stderr().is_terminal())?;
    let controls = if arguments.controls { Some(session.measure()?) } else { None };
    let job = Job {
        selection,
        words: (arguments.cases, arguments.clauses),
        shard: arguments.shard,
        waivers: known::waivers(&folder)?,
        recorded: if arguments.drift { Some(known::recorded(&folder, &choice.target.name)?) } else { None },
        apart: arguments.drift || arguments.bless,
        lanes: arguments.lanes,
        time_limit: arguments.time_limit,
        budget: budget(&arguments.budget),
        explore,
        resume: arguments.resume,
    };
    let (name, is_authority) = (choice.target.name.clone(), choice.target.authority);
    let cases = if arguments.bless { job.selection.cases.clone() } else { Vec::new() };
    let records = session.run(choice, &arguments.target, job)?;
    if arguments.bless {
        err(&list::blessed(&folder, &known::bless(&folder, &records, &cases)?));
        if is_authority {
            let mut seen = known::sightings(&folder, &name)?;
            seen.add(sightings(&records, catalogue()?));
            known::record(&folder, &seen)?;
        }
    }
    let summary = reports::summary(&records, arguments.target.strict, controls.as_ref());
    Ok(reports::give(&arguments.out, &summary, arguments.format))
}

/// Returns what the run may cost.
pub(super) fn budget(arguments: &BudgetArgs) -> Budget {
    let known = Budget::default();
    Budget {
        usd: arguments.budget_usd,
        deadline: arguments.deadline,
        copy_time: arguments.copy_time.unwrap_or(known.copy_time),
        ..known
    }
}

/// Returns how much is to be explored: what was asked for, or what the target says where no cases were chosen.
fn explore(arguments: &RunArgs, target: &Target) -> Explore {
    let chosen = !arguments.cases.is_empty() || !arguments.clauses.is_empty();
    let sequences = arguments.explore.unwrap_or(if chosen { 0 } else { target.explore });
    let limit = arguments.shrink_limit.unwrap_or(if target.costs_money { SHRINK_LIMIT_PAID } else { SHRINK_LIMIT });
    Explore {
        sequences: usize::try_from(sequences).unwrap_or(usize::MAX),
        shrink_limit: usize::try_from(limit).unwrap_or(usize::MAX),
        keep: arguments.keep.then(|| PathBuf::from(REGRESSIONS)),
    }
}
