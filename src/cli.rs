//! Arguments, all wording, and the commands, which are calls into the other rooms.
//!
//! In: the arguments of the process. Out: what is printed, and the exit code. Nothing here decides a verdict.

mod args;
mod clauses;
mod credentials;
mod diff;
mod evidence;
mod judge;
mod known;
mod ledger;
mod merge;
mod message;
mod plan;
mod policy;
mod progress;
mod reach;
mod replay;
mod report;
mod reports;
mod run;
mod select;
mod serve;
mod session;
mod supports;
mod sweep;
mod targets;
mod virtual_aws;
mod waive;

use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command, Described};

/// Runs the command that the process was given.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            // Nothing can be said where it cannot be printed.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let ended = match arguments.command {
        Command::Run(arguments) => run::run(*arguments),
        Command::Serve(arguments) => serve::serve(&arguments),
        Command::Replay(arguments) => replay::replay(&arguments),
        Command::Report(arguments) => report::report(&arguments),
        Command::Diff(arguments) => diff::diff(&arguments),
        Command::Policy(arguments) => policy::policy(&arguments),
        Command::Plan(arguments) => plan::plan(&arguments),
        Command::Merge(arguments) => merge::merge(&arguments),
        Command::Judge(arguments) => judge::judge(&arguments),
        Command::Supports(arguments) => supports::supports(&arguments),
        Command::Evidence(arguments) => evidence::evidence(&arguments),
        Command::Waive(arguments) => waive::waive(&arguments),
        Command::Sweep(arguments) => sweep::sweep(&arguments),
        Command::Clauses { facts: false } => clauses::clauses(),
        Command::Clauses { facts: true } => clauses::facts(),
        Command::Explain { clause } => clauses::explain(&clause),
        Command::Targets { action } => targets::targets(action.as_ref()),
        Command::Schema { of } => {
            message::out(&match of {
                Described::Log => crate::report::log_schema(),
                Described::Summary => crate::report::summary_schema(),
                Described::Board => crate::report::board_schema(),
            });
            Ok(0)
        }
        Command::Service => {
            message::out(&crate::report::service());
            Ok(0)
        }
    };
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            message::failure(&failure);
            ExitCode::from(failure.code)
        }
    }
}
