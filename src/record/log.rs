use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Clean, DriftRecord, Waiver};
use crate::spec::Clause;

/// One line of a log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    /// What runs, against what. The first line.
    Header(Header),
    /// A clause that was selected.
    Clause(ClauseRecord),
    /// A failure that is known of the target and accepted.
    Waiver(Waiver),
    /// How the target answers an operation, beside an invented action.
    Support(SupportRecord),
    /// A case or sequence that begins, or that does not run.
    Case(CaseRecord),
    /// What is believed as a sequence of steps begins.
    Start(StartRecord),
    /// A request and its answer.
    Step(StepRecord),
    /// What happened between two steps.
    Note(NoteRecord),
    /// What is said of the step.
    Judgement(JudgementRecord),
    /// Calls that overlapped and fit no order.
    Overlap(OverlapRecord),
    /// What a case says of the clauses.
    Verdict(VerdictRecord),
    /// The steps of a case or sequence that contradicts a clause, so that a report can tell them to other tools.
    Input(InputRecord),
    /// Which of two faults in one request was answered.
    Precedence(PrecedenceRecord),
    /// Something that exists on the target because of the run, or does no more.
    Resource(ResourceRecord),
    /// What generated sequences met and found.
    Exploration(ExplorationRecord),
    /// A case in which the target no longer does what was recorded of it.
    Drift(DriftRecord),
    /// The end. Without it the run is incomplete.
    Footer(Footer),
    /// What is left of clean sequences when a log is read; it is in no log.
    #[serde(skip)]
    Clean(Box<Clean>),
}

impl Record {
    /// Returns the header of a log; `None` where it has none.
    #[must_use]
    pub fn header(log: &[Self]) -> Option<&Header> {
        log.iter().find_map(|record| if let Self::Header(header) = record { Some(header) } else { None })
    }

    /// Returns the footer of a log; `None` where it was cut short.
    #[must_use]
    pub fn footer(log: &[Self]) -> Option<&Footer> {
        log.iter().rev().find_map(|record| if let Self::Footer(footer) = record { Some(footer) } else { None })
    }

    /// Returns the number of the case that it is about; `None` where it is about none, or goes by the path.
    pub(super) const fn case_mut(&mut self) -> Option<&mut usize> {
        match self {
            Self::Case(it) => Some(&mut it.case),
            Self::Start(it) => Some(&mut it.case),
            Self::Step(it) => Some(&mut it.case),
            Self::Note(it) => Some(&mut it.case),
            Self::Judgement(it) => Some(&mut it.case),
            Self::Overlap(it) => Some(&mut it.case),
            Self::Verdict(it) => Some(&mut it.case),
            Self::Precedence(it) => Some(&mut it.case),
            Self::Header(_)
            | Self::Clause(_)
            | Self::Waiver(_)
            | Self::Support(_)
            | Self::Input(_)
            | Self::Resource(_)
            | Self::Exploration(_)
            | Self::Drift(_)
            | Self::Footer(_)
            | Self::Clean(_) => None,
        }
    }
}

/// The first line.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Header {
    /// The version of this format.
    pub schema: u32,
    /// The version of copysnap.
    pub tool: String,
    /// A hash over the clauses.
    pub catalogue: String,
    /// What is judged.
    pub target: TargetRecord,
    /// When the run started, RFC 3339.
    pub started: String,
    /// With what every name begins that the run makes; of a run that was made in shards, that of each, apart by spaces.
    pub run: String,
    /// The seed of all that is drawn.
    pub seed: String,
    /// What was asked for.
    pub options: OptionsRecord,
    /// How long the target took to answer, in milliseconds; absent where the run did not start it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_up_ms: Option<u64>,
}

/// What is judged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TargetRecord {
    /// Its name.
    pub name: String,
    /// Its version; empty where it is not known.
    pub version: String,
    /// Where it listens.
    pub endpoint: String,
    /// Where its S3 is, `{region}` standing for a bucket's region; absent for the same place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s3_endpoint: Option<String>,
    /// The region that requests name.
    pub region: String,
    /// What it can do, as declared.
    #[serde(default)]
    pub capabilities: Vec<String>,
    /// Whether it is the authority.
    #[serde(default)]
    pub authority: bool,
}

/// What was asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OptionsRecord {
    /// The bound of every wait, in seconds.
    pub settle_limit_s: f64,
    /// How many cases ran side by side.
    pub lanes: usize,
    /// Whether warnings count as fails.
    pub strict: bool,
    /// The case globs; empty for all.
    #[serde(default)]
    pub cases: Vec<String>,
    /// The clauses; empty for all.
    #[serde(default)]
    pub clauses: Vec<String>,
    /// Which part of the selected cases ran, `1/3`; absent where all did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    /// How many sequences were to be generated, by all shards together.
    #[serde(default)]
    pub explore: usize,
    /// Whether it was held against what was recorded of the target.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drift: bool,
    /// A defect of the embedded reference endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub defect: Option<String>,
    /// The words of the command line that reach the same target again; empty for the embedded reference endpoint.
    #[serde(default)]
    pub words: Vec<String>,
}

/// A clause, so that a report needs nothing but the log.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClauseRecord {
    /// Its id.
    pub id: String,
    /// `MUST`, `SHOULD`, `MAY`.
    pub level: String,
    /// Its grade.
    pub grade: String,
    /// What it says.
    pub says: String,
    /// Where it comes from, in one line.
    pub source: String,
    /// Why no case probes it; absent where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unprobed: Option<String>,
}

impl ClauseRecord {
    /// Returns what the catalogue has of it.
    #[must_use]
    pub fn of(clause: &Clause) -> Self {
        let member = clause.source.member.as_ref().map_or(String::new(), |member| format!(", {member}"));
        Self {
            id: clause.id.clone(),
            level: clause.level.word().to_owned(),
            grade: clause.grade.word().to_owned(),
            says: clause.says.clone(),
            source: format!("{}{member}", clause.source.name),
            unprobed: clause.unprobed.clone(),
        }
    }
}

/// How an operation is answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SupportRecord {
    /// The operation.
    pub operation: String,
    /// `supported`, `unsupported` or `misrouted`.
    pub state: String,
    /// What was seen, in one line.
    pub seen: String,
    /// What an invented action was answered with, in one line.
    pub invented: String,
    /// A command that shows it.
    pub replay: String,
}

/// Whether and why a case runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CaseState {
    /// It runs.
    Runs,
    /// It is a generated sequence, and runs.
    Drawn,
    /// It is a sequence that was found and may be made shorter, and runs.
    Tried,
    /// It does not, and for this reason.
    NotRun {
        /// The reason.
        reason: String,
    },
    /// The target lacks a capability that it needs.
    NotApplicable {
        /// Which.
        reason: String,
    },
    /// It uses an operation that the target does not have.
    Unsupported {
        /// Which.
        operation: String,
    },
    /// The harness could not run it to its end.
    Error {
        /// Why.
        reason: String,
    },
}

/// A case or sequence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CaseRecord {
    /// Its number in this run; steps name it.
    pub case: usize,
    /// Its path below `cases/`.
    pub path: String,
    /// With what its names begin.
    pub prefix: String,
    /// The clauses that it is about.
    pub clauses: Vec<String>,
    /// Whether it runs.
    pub state: CaseState,
}

/// What is believed as a sequence of steps begins: from here on its steps can be judged anew.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StartRecord {
    /// The case.
    pub case: usize,
    /// What may be true of the target.
    pub belief: serde_json::Value,
}

/// What happened between two steps, and bears on what is said of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NoteRecord {
    /// The case.
    pub case: usize,
    /// After so many steps of it.
    pub after: usize,
    /// What.
    pub what: Happened,
}

/// What happens between two steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// So many steps follow that overlap.
    Together(usize),
    /// These names did not settle in the time that was granted.
    GaveUp {
        /// The names.
        names: Vec<String>,
        /// Whether that was the whole limit, so that it is held against the target.
        held: bool,
    },
    /// What the snapshots were taken of is gone; it is written as in a start's belief.
    OwnerGone(serde_json::Value),
    /// The wait for the last step is over; this is said of it besides.
    Ruled {
        /// What is said.
        ruling: RulingRecord,
    },
    /// What exports hold of their sources is over.
    ExportsEnded,
    /// The run holds so many snapshots that a quota may answer from now on, whatever the case made of them.
    QuotaNear,
}

/// A request and its answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StepRecord {
    /// The case.
    pub case: usize,
    /// Its place in the case.
    pub step: usize,
    /// Why it was sent.
    pub role: String,
    /// The operation.
    pub operation: String,
    /// The call in one line.
    pub call: String,
    /// The call member by member, and how it is put on the wire where that is out of the ordinary.
    #[serde(default)]
    pub input: serde_json::Value,
    /// The outcome in one line.
    pub outcome: String,
    /// When it was sent, in nanoseconds since the run started.
    pub called_ns: u64,
    /// When its answer was there.
    pub returned_ns: u64,
    /// How often it was sent again because of throttling.
    #[serde(default)]
    pub retries: u32,
    /// Which of the lanes that overlapped it was sent in, from 1; absent where none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lane: Option<usize>,
    /// The HTTP method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// The request's headers, less secrets.
    #[serde(default)]
    pub request_headers: Vec<(String, String)>,
    /// The request's body.
    #[serde(default)]
    pub request: String,
    /// The HTTP status; 0 where there was no answer.
    pub status: u16,
    /// The answer's headers.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The answer's body, up to a cap.
    #[serde(default)]
    pub body: String,
    /// The body's bytes in hexadecimal, where they are no UTF-8; the body then has other characters in place of some.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub bytes: String,
    /// Whether the body is not the whole answer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// Why no answer came; absent where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<serde_json::Value>,
}

/// What is said of a step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JudgementRecord {
    /// The case.
    pub case: usize,
    /// The step.
    pub step: usize,
    /// Clause by clause; passes are counted once a case, in its verdict.
    pub rulings: Vec<RulingRecord>,
    /// Whether the answer was one of a busy or lagging target.
    #[serde(default)]
    pub passing: bool,
}

/// What a step says against a clause.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RulingRecord {
    /// The clause.
    pub clause: String,
    /// `wrong`, `missing`, `malformed`, `unexpected`, or `inconclusive`.
    pub reason: String,
    /// What was expected.
    pub expected: String,
    /// What was observed.
    pub observed: String,
}

/// The smallest set of calls, some of which overlapped, whose answers fit no order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OverlapRecord {
    /// The case.
    pub case: usize,
    /// The clause that says so.
    pub clause: String,
    /// The steps, by when they were sent.
    pub calls: Vec<usize>,
    /// Why each order of them fails.
    pub orders: Vec<OrderRecord>,
    /// How many orders there are besides.
    #[serde(default)]
    pub more: usize,
}

/// Why an order of overlapping calls fails.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrderRecord {
    /// The steps in this order.
    pub order: Vec<usize>,
    /// The step whose answer is contradicted if those before it came first.
    pub at: usize,
    /// The clause that it contradicts then.
    pub clause: String,
    /// What was expected there.
    pub expected: String,
    /// What was observed.
    pub observed: String,
}

/// Which step contradicts a clause.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceRecord {
    /// The step.
    pub step: usize,
    /// In what way.
    pub reason: String,
    /// What was expected.
    pub expected: String,
    /// What was observed.
    pub observed: String,
}

/// What a case says of one clause.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClauseVerdict {
    /// The clause.
    pub clause: String,
    /// The verdict in its JSON spelling.
    pub verdict: String,
    /// The first step against it; absent where none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceRecord>,
}

/// What a case says of the clauses.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VerdictRecord {
    /// The case.
    pub case: usize,
    /// Whether the target proved that it lives.
    pub lives: bool,
    /// Clause by clause.
    pub clauses: Vec<ClauseVerdict>,
    /// Whether it was other cases in which the target proved that, as it may where the refusals of a run share a twin.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lives_elsewhere: bool,
    /// What is known from other cases to succeed, where the refusals of a run share a twin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub twins: Vec<serde_json::Value>,
}

/// A case or sequence as its file has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InputRecord {
    /// Its path, as the record of the case has it.
    pub path: String,
    /// The text of a case file.
    pub text: String,
}

/// Which of two faults in one copy was answered; the case is about nothing else.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PrecedenceRecord {
    /// The case.
    pub case: usize,
    /// The one fault, such as `unknown-source`.
    pub first: String,
    /// The other.
    pub second: String,
    /// How each was answered alone; empty where it was not sent alone.
    pub alone: [String; 2],
    /// How both were answered in one request.
    pub together: String,
    /// `first`, `second`, `either` where they can't be told apart, `neither`, or `unknown` where one alone is no fault here.
    pub won: String,
}

/// Something made by the run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceRecord {
    /// `snapshot`, `group`, `cluster` …
    pub resource: String,
    /// Its name.
    pub name: String,
    /// `leaked`: it could not be shown to be gone.
    pub state: String,
}

/// What generated sequences came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExplorationRecord {
    /// How many sequences were to be tried.
    pub wanted: usize,
    /// How many were played.
    pub sequences: usize,
    /// How many of them were planned ahead rather than drawn.
    pub planned: usize,
    /// How many steps they had, waits among them.
    pub steps: usize,
    /// How many requests the run had sent before the first of them.
    #[serde(default)]
    pub requests_before: usize,
    /// How many executions shrinking took.
    pub executions_to_shrink: usize,
    /// How often each clause was ruled on that was.
    pub met: Vec<MetRecord>,
    /// How many different situations were met: phases of a name, operation, outcome.
    pub moments: usize,
    /// How many different pairs of an operation with its outcome and the next operation.
    pub pairs: usize,
    /// The clauses that sequences can reach on this target and none met.
    pub never: Vec<String>,
    /// What was found, one entry a cause.
    pub found: Vec<FoundRecord>,
}

/// How often something was met.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MetRecord {
    /// The clause.
    pub clause: String,
    /// How often.
    pub count: usize,
}

/// A cause of failures, with the shortest sequence that shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FoundRecord {
    /// The clause.
    pub clause: String,
    /// The operation whose answer contradicts it.
    pub operation: String,
    /// The file with the sequence.
    pub file: String,
    /// How many sequences showed it.
    pub count: usize,
    /// How many steps led to it when it was found.
    pub found_length: usize,
    /// How many steps are left.
    pub length: usize,
    /// How many executions shrinking took.
    pub executions: usize,
    /// How often those steps showed it.
    pub shown: usize,
    /// … of so many times that they were played.
    pub played: usize,
    /// Whether it shows only at times.
    pub flaky: bool,
    /// How many requests the run had sent when it was first seen.
    pub requests: usize,
}

/// The last line.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Footer {
    /// Whether all that was to run ran.
    pub complete: bool,
    /// Why not; empty where it did.
    #[serde(default)]
    pub why: String,
    /// What the harness could not do; empty where nothing.
    #[serde(default)]
    pub failure: String,
    /// Whether the target could be reached.
    pub reached: bool,
    /// How many requests were sent.
    pub requests: usize,
    /// How often each operation was asked for, what no step stands for among them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub calls: BTreeMap<String, usize>,
    /// How many steps were judged.
    pub steps: usize,
    /// What was left behind.
    pub leaked: usize,
    /// What that costs for each day that it stays, in US dollars, a group being taken for one node; absent where nothing
    /// was left, or the target has no prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leak_usd_a_day: Option<f64>,
    /// In seconds.
    pub elapsed_s: f64,
}
