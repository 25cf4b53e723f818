//! copysnap judges whether an endpoint copies ElastiCache snapshots as AWS does.
//!
//! # Problem
//! Emulators of AWS answer CopySnapshot in their own ways, and a test that only asks "did it reply 200?" lets all of
//! them pass, as does one that learns what is right from what it is shown. What is right stands in AWS's documentation
//! and API model, leaves much open, and takes time: a copy becomes available at some moment, a name is free again at
//! another. So there is a reference state machine that says for every request which answers are allowed, and an oracle
//! that keeps track of all that may be true of the target and says which rule an answer breaks.
//!
//! # Data flow
//! ```text
//! specs/ ── spec ──┐                             snapshots/ ── target ── launch, refserver
//!                  ├── model ── oracle ◄─────────┐                            │
//! cases/ ── case ──┘             │               │                            ▼
//!              │                 ▼               └── execute ◄── wire ◄── endpoint ──► the target
//!              └── runner ──► record (log.jsonl) ◄────┘  │       sign
//!                                │                       └── ledger
//!                                ▼
//!                report: terminal, JSON, JUnit, HTML, Markdown, exit code ── cli
//! ```
//! A run asks the target which operations it has, makes a base snapshot a lane, and plays the cases. Each step is bound
//! to real names, signed, sent and read back to an outcome; the oracle asks the model what may follow from each state
//! that it believes in, drops the states that the outcome excludes, and names the clause that an outcome contradicts. Calls that overlap are
//! sent over connections of their own, released together, and judged together: some order of them has to fit.
//! All of it goes to the log; every report is made from the log, and from nothing else.
//!
//! # Codemap
//! The modules below, in the order in which they may use each other: each names only those above it.
//! - `service`: operations, replies, faults, names and snapshots as values. `trace`: steps with their outcomes and
//!   intervals, and the one-line notation of every report. `spec`: the clauses of `specs/` and their ids.
//! - `model`: the reference state machine, a file an operation; gives the allowed outcomes, each with its clauses.
//! - `case`: case files, parsed and rendered. `oracle`: belief, judgements, verdicts, and the orders of calls
//!   that overlapped. `generate`: sequences nobody wrote, what they met, and how one that failed gets short.
//! - `wire`: the Query protocol both ways, bytes to outcomes and back. `sign`: SigV4 both ways.
//! - `target`: target.toml. `endpoint`: the only HTTP client. `ledger`: what exists because of us. `record`: the log.
//!   `execute`: plays one case. `refserver`: the model behind HTTP, its defects, the worthless controls. `launch`:
//!   installs and starts targets. `runner`: lanes, bases, the order of cases, exploration, the end.
//! - `report`: the summary and every format of it, of one run, of several targets and over time; tiers; what an
//!   application relies on; what the authority was seen to agree with. `trials`: the test suite as data. `cli`: arguments and wording.
//!
//! A new rule begins as a clause in `specs/`, is cited where the model decides it, tried by a case, and broken by a
//! defect of `refserver`; a trial holds that none of the four is missing.
//!
//! # Invariants
//! - Nothing from `service` to `generate` touches a network, disk, clock, environment, or randomness of its own.
//! - `model` never matches, compares or prints; it returns what is allowed. `oracle` never learns a target's name.
//! - Nothing but `endpoint` makes an HTTP client, nothing but `ledger` decides what is left behind, and nothing is sent
//!   that makes something before the ledger has it.
//! - `report` reads no target and no file. Whatever a report says, the log says.
//! - What the target does is data, never an `Err`: an error is the harness's own inability.
//! - No clause passes on a target that did not show that it lives, and none about a refusal unless the same request
//!   without its fault succeeds; so a worthless target scores nothing. Where sources leave a choice, each choice is
//!   allowed; so a correct one is never accused.
//! - Every wait has a bound, and running into it is an outcome.
//!
//! # Words
//! A *clause* is one statement that one observation can contradict. An *operation* is asked, an *outcome* observed; a
//! *step* is both, a *trace* a sequence of steps. A *state* is one world of the model, the *belief* all that may be true,
//! a *prediction* the outcomes that the model allows. A *judgement* is said of a step, a *verdict* of a clause or run.
//! To *settle* is to wait, bounded, until nothing changes without an operation. A *twin* is the same request without its
//! fault. A *defect* is one broken rule of the reference endpoint, a *control* a worthless target. *Snapshot* alone is
//! ElastiCache's, and *fault* is AWS's error reply, never an injected one.

// core: values in, values out
pub mod service;
pub mod trace;
pub mod spec;
pub mod model;
pub mod case;
pub mod oracle;
pub mod generate;

// codec: bytes, still no I/O
pub mod wire;
pub mod sign;

// shell: the only rooms that touch the world
pub mod target;
pub mod endpoint;
pub mod ledger;
pub mod record;
pub mod execute;
pub mod refserver;
pub mod launch;
pub mod runner;
pub mod report;
pub mod trials;
pub mod cli;
