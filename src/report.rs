//! What a run comes to, in every format, from its log alone.
//!
//! In: the [`Record`](crate::record::Record)s of one run. Out: a [`Summary`], and from it text: for a terminal, as JSON,
//! JUnit's XML, Markdown, one HTML file, and GitHub's annotations. Nothing here reads or writes a file, asks a target,
//! or reads a clock; nothing here judges a step: a clause's verdict is joined from what the cases said of it.

mod badge;
mod clause;
mod compare;
mod controls;
mod diff;
mod digest;
mod evidence;
mod exit;
mod finding;
mod github;
mod html;
mod json;
mod junit;
mod lifecycle;
mod markdown;
mod matrix;
mod overlap;
mod precedence;
mod schema;
mod script;
mod service;
mod source;
mod steps;
mod summary;
mod supports;
mod terminal;
mod tier;
mod told;
mod transcript;
mod trend;
mod usage;
mod waive;
mod words;
mod workflow;

pub use badge::Badge;
pub use clause::ClauseResult;
pub use controls::{ControlScore, ControlScores};
pub use diff::{Change, Differences, differences};
pub use evidence::{Evidence, Standing, Stands, sightings};
pub use exit::ExitCode;
pub use finding::{Exchange, Finding};
pub use github::github;
pub use html::{board_html, html, trend_html};
pub use json::json;
pub use junit::junit;
pub use lifecycle::{LifeCycle, Passage};
pub use markdown::markdown;
pub use matrix::{Board, ChoiceRow, Column, Row, WorkflowRow, board_markdown, folders};
pub use overlap::{Bar, Overlap};
pub use schema::{board_schema, log_schema, summary_schema};
pub use script::{Script, Seen, Tool, script};
pub use service::service;
pub use summary::{Area, CaseCounts, ReportOptions, Skipped, Summary, Target};
pub use supports::{Relied, Supports};
pub use terminal::terminal;
pub use tier::{Tier, TierResult, Tiers};
pub use told::ToolScript;
pub use transcript::transcript;
pub use trend::{Course, Run, Trend};
pub use usage::{OperationUse, Usage, UsageError};
pub use waive::{Against, Failing, LONGEST, WaiverResult, failing, said_of};
pub use words::tame;
pub use workflow::{Answer, WORKFLOWS, Workflow, WorkflowAnswer};

#[cfg(test)]
mod tests;
