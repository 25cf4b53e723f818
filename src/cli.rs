//! Arguments, all wording, and the commands, which are calls into the other rooms.
//!
//! In: the arguments of the process. Out: what is printed, and the exit code. Nothing here decides a verdict.

mod args;
mod message;
mod progress;
mod run;
mod serve;

use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};

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
        _ => Err(message::Failure::usage("not yet")),
    };
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            message::failure(&failure);
            ExitCode::from(failure.code)
        }
    }
}
