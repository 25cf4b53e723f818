//! The trials of `cargo test --test conformance`, and those with which other crates judge their own endpoint.
//!
//! In: a [`Place`], or a target. Out: libtest-mimic trials, one a thing that can be wrong, named as claims. Their kinds:
//! `tidy` (this source), `spec` (clauses, cases and defects fit each other), `model` (each case against the model
//! alone), `law` (properties of model and oracle), `desk` (what the oracle says of the reference and of its defects, in the
//! process, is what it said before), `overlap` (histories of
//! overlapping calls: made by hand, against every order, and what the model itself does), `case` (each case, and all together, on the reference endpoint),
//! `kill` (each defect is caught by its clause), `control` (worthless targets score nothing), `drift` (what the
//! reference answers is what was recorded), `cli` (the binary, also on a virtual AWS), `independent` (an endpoint written apart from the model
//! is never accused). Nothing here needs a network beyond the loopback interface, and nothing is ignored.
//!
//! # In your own crate
//! ```no_run
//! fn main() -> std::process::ExitCode {
//!     // Started in this process, on a thread of its own; or wherever it is.
//!     let url = "http://127.0.0.1:4566";
//!     copysnap::trials::main(url)
//! }
//! ```
//! as a test target with `harness = false`. One trial a case: it fails with the finding's text where the case
//! contradicts a clause. A case that can't run there passes, and its kind says so: `unsupported`, `not run`. What is
//! known of the endpoint lies in `snapshots/endpoint/` of the crate: `waivers.toml`, by which a known failure fails
//! nothing, and `<area>/<case>.snap`, which a case is held against as soon as there is one file; `INSTA_UPDATE=always`
//! records them, `cargo insta review` shows what is another now. [`against`] takes a target file and another folder.

mod against;
mod alone;
mod case;
mod cloud;
mod command;
mod control;
mod desk;
mod drift;
mod explore;
mod independent;
mod kill;
mod law;
mod merge;
mod model;
mod overlap;
mod plan;
mod rejudge;
mod report;
mod secrets;
mod seen;
mod source;
mod spec;
mod stage;
mod tidy;
mod waive;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};

use crate::target::Target;
use stage::Stage;

pub use against::{AgainstError, against};

/// How many trials of cases run side by side on a target unless `--test-threads` says: they wait more than they work.
const THREADS: usize = 8;
/// … of the trials of this crate, most of which have an endpoint of their own.
const OWN_THREADS: usize = 24;

/// Where the trials of this crate find what they need.
#[derive(Clone, Debug)]
pub struct Place {
    /// The folder of Cargo.toml.
    pub root: PathBuf,
    /// The binary `copysnap`.
    pub binary: PathBuf,
    /// A folder for logs; it may be emptied at any time.
    pub scratch: PathBuf,
    /// Whether what is drawn is drawn as often as is asked for, not as often as there is time for every day.
    pub full: bool,
}

/// Runs trials by the arguments of the process, as `cargo test` hands them on, and returns the exit code.
///
/// The arguments tell the maker which trials are wanted at all. Where there can be none, one failed trial says why.
pub fn run<E: std::error::Error>(trials: impl FnOnce(&Arguments) -> Result<Vec<Trial>, E>) -> ExitCode {
    run_in(THREADS, trials)
}

fn run_in<E: std::error::Error>(threads: usize, trials: impl FnOnce(&Arguments) -> Result<Vec<Trial>, E>) -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(threads));
    let trials = trials(&arguments).unwrap_or_else(|error| {
        let why = source::chain(&error);
        vec![Trial::test("trials::can_be_made", move || Err(Failed::from(why))).with_kind("error")]
    });
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Runs the cases against the endpoint as trials of the process, by the arguments that `cargo test` hands on, and returns
/// the exit code.
///
/// The endpoint is its URL. What is known of it lies in `snapshots/endpoint/` of the folder that the process runs in, as
/// for `copysnap run --endpoint`.
#[must_use]
pub fn main(endpoint: &str) -> ExitCode {
    let folder = Path::new("snapshots").join("endpoint");
    run(|arguments| against(&Target::for_endpoint(endpoint)?, Some(endpoint), &folder, arguments))
}

/// Runs the trials of this crate; with `target` those of the cases on that target in their place.
#[must_use]
pub fn conformance(place: Place, target: Option<&str>) -> ExitCode {
    match target {
        Some(name) => {
            run(|arguments| against(&Target::builtin(name)?, None, &place.root.join("snapshots").join(name), arguments))
        }
        None => run_in(OWN_THREADS, |arguments| own(place, arguments.exact)),
    }
}

fn own(place: Place, one: bool) -> Result<Vec<Trial>, AgainstError> {
    let stage = Arc::new(Stage::new(place, one)?);
    let mut trials = tidy::trials(&stage);
    trials.extend(spec::trials(&stage));
    trials.extend(model::trials());
    // What waits most begins first: what computes fills the gaps. A busy machine can't tell a control from one that is down.
    trials.extend(control::trials(&stage));
    trials.extend(independent::trials(&stage));
    trials.extend(explore::trials(&stage));
    trials.extend(case::trials(&stage));
    trials.extend(drift::trials(&stage));
    trials.extend(kill::trials(&stage));
    trials.extend(law::trials(stage.place.full));
    trials.extend(desk::trials(&stage));
    trials.extend(overlap::trials(stage.place.full));
    trials.extend(command::trials(&stage));
    trials.extend(cloud::trials(&stage));
    trials.extend(report::trials(&stage));
    trials.extend(rejudge::trials(&stage));
    trials.extend(secrets::trials(&stage));
    trials.extend(merge::trials(&stage));
    trials.extend(plan::trials(&stage));
    trials.extend(waive::trials(&stage));
    Ok(trials)
}

/// A claim about the binary, and what it takes to hold it.
type Check = (&'static str, fn(&Stage) -> Result<(), Failed>);

/// Returns a trial a claim.
fn checks<'a>(stage: &'a Arc<Stage>, area: &'a str, all: &'a [Check]) -> impl Iterator<Item = Trial> + 'a {
    all.iter().copied().map(move |(claim, check)| {
        let stage = Arc::clone(stage);
        trial("cli", area, claim, move || check(&stage))
    })
}

/// Returns a trial of that kind; the name is made of an area and a claim, with what is no letter or digit as `_`.
fn trial(kind: &str, area: &str, claim: &str, check: impl FnOnce() -> Result<(), Failed> + Send + 'static) -> Trial {
    let word = |text: &str| text.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    Trial::test(format!("{}::{}", word(area), word(claim)), check).with_kind(kind)
}

/// Succeeds where the list of what is wrong is empty, else fails with it, one a line.
fn none(wrong: &[String]) -> Result<(), Failed> {
    if wrong.is_empty() { Ok(()) } else { Err(Failed::from(wrong.join("\n"))) }
}
