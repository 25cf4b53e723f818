use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::args::{TargetArgs, duration};
use super::ledger;
use super::message::{Failure, list, out, problem};
use super::reach::{Choice, Way};
use super::session::Session;
use crate::runner::Sweep;

/// What is to be removed.
#[derive(Debug, Args)]
pub(super) struct SweepArgs {
    #[command(flatten)]
    pub(super) target: TargetArgs,
    /// Also what has the strict prefix of a run that began longer ago than this, in the ledger or not.
    #[arg(long, value_name = "D", value_parser = duration)]
    pub(super) older_than: Option<Duration>,
    /// Remove it; without this it is shown and nothing is changed.
    #[arg(long)]
    pub(super) yes: bool,
    /// Where the reports of the run went that is swept after.
    #[arg(long, value_name = "DIR", default_value = "target/copysnap/latest")]
    pub(super) out: PathBuf,
}

/// Shows or removes what runs left behind.
pub(super) fn sweep(arguments: &SweepArgs) -> Result<u8, Failure> {
    let choice = Choice::of(&arguments.target)?;
    let Way::Listens(_) = choice.way else { return Err(problem::nothing_outlives(&choice.target.name)) };
    let ledger = ledger::path(&arguments.target, &choice.target, &arguments.out);
    if arguments.older_than.is_none() && !ledger.exists() {
        return Err(problem::no_ledger(&ledger));
    }
    if arguments.older_than.is_some() && choice.target.account.is_none() {
        return Err(problem::no_account_to_sweep());
    }
    let session = Session::open(&arguments.out, false)?;
    let make = |target, url, credentials| Sweep {
        target,
        url,
        credentials,
        ledger: ledger.clone(),
        out: arguments.out.clone(),
        older_than: arguments.older_than,
        dry: !arguments.yes,
    };
    let swept = session.sweep(choice, &arguments.target, make)?;
    out(&list::swept(&swept, arguments.yes, &ledger));
    // What is still there counts as left behind, also where it was only looked at.
    let there = if arguments.yes { swept.left.len() } else { swept.found.len() };
    Ok(if there == 0 { 0 } else { 3 })
}
