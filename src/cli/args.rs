use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::sweep::SweepArgs;
use super::virtual_aws::VirtualArgs;
use crate::model::is_bucket_name;
use crate::record::Shard;

/// Judges whether an endpoint copies ElastiCache snapshots as AWS does.
#[derive(Debug, Parser)]
#[command(name = "copysnap", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  conforms; warnings are allowed
  1  a clause fails, another service answers, or one of the four snapshot operations is not there
  2  the command line is wrong, or nothing matches it
  3  the target was not reached, the harness failed, or something was left behind
  4  inconclusive: interrupted, incomplete, only preconditions failed, or AWS contradicts the model
  5  a waiver is stale, or under --drift the target does not do what was recorded of it; of `judge`, a verdict differs
If several apply: 2, 1, 3, 5, 4, 0 in that order.";

#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub(super) enum Command {
    /// Run the cases against a target; without one, against the embedded reference endpoint.
    Run(Box<RunArgs>),
    /// Say what a run would ask for, make and cost, and what would not run; sends the target nothing.
    Plan(Box<PlanArgs>),
    /// Print the least that a run has to be allowed, as a policy of IAM; sends the target nothing.
    Policy(Box<PolicyArgs>),
    /// Serve the reference endpoint, whole, with one defect, or as a worthless control.
    Serve(ServeArgs),
    /// Play one case and show each of its steps.
    Replay(Box<ReplayArgs>),
    /// Make reports anew from logs: of one run, of one target over several, or of several targets beside each other.
    Report(ReportArgs),
    /// Show in what two runs differ, of one target or of two: verdicts, and how cases are answered.
    Diff(DiffArgs),
    /// Make one log of those of the shards of a run, as if it had been one run.
    Merge(MergeArgs),
    /// Judge the requests and answers of a log anew, and show in what that differs from what the log says.
    Judge(JudgeArgs),
    /// Say whether the target of a run does what an application relies on: yes (0), no (1) or unknown (4).
    Supports(SupportsArgs),
    /// Say of each clause when the authority, AWS, was last seen to agree, and where it contradicts the model (exit 4).
    Evidence(EvidenceArgs),
    /// Accept a finding of a run for a reason, until a day: writes the target's waivers.toml.
    Waive(WaiveArgs),
    /// Show what runs left on a target that were cut short, and remove it.
    Sweep(Box<SweepArgs>),
    /// List the clauses.
    Clauses {
        /// List the rows of the fact tables, each with the clauses that cover it.
        #[arg(long)]
        facts: bool,
    },
    /// Show one clause: what it says, its source, the cases that probe it and the defect that breaks it.
    Explain {
        /// The clause's id, as in `copy.target.taken`.
        clause: String,
    },
    /// List the targets, what each can do and how to get it.
    Targets {
        #[command(subcommand)]
        action: Option<TargetsAction>,
    },
    /// Print the JSON schema of the log, or of summary.json.
    Schema {
        /// Of which.
        #[arg(value_enum, default_value_t = Described::Log)]
        of: Described,
    },
    /// Print as JSON what is said of the service: its operations, members and faults.
    Service,
}

#[derive(Debug, Subcommand)]
pub(super) enum TargetsAction {
    /// Install a target that runs on this machine, in the pinned version.
    Install {
        /// Its name, or a target file.
        name: String,
    },
}

/// Where a target is.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct TargetArgs {
    /// A built-in target (`copysnap targets`), or a target file.
    #[arg(long, value_name = "NAME|FILE")]
    pub(super) target: Option<String>,
    /// Any endpoint, by its URL; with --target, the place of that target in place of its own.
    #[arg(long, value_name = "URL")]
    pub(super) endpoint: Option<String>,
    /// Where S3 is, `{region}` standing for a bucket's region [default: the target's, the endpoint].
    #[arg(long, value_name = "URL")]
    pub(super) s3_endpoint: Option<String>,
    /// A second account of 12 digits, whose requests have it as their access key.
    #[arg(long, value_name = "ID", value_parser = account)]
    pub(super) other_account: Option<String>,
    /// The region to sign for.
    #[arg(long, value_name = "R")]
    pub(super) region: Option<String>,
    /// Ask those of AWS's endpoints that are validated by FIPS 140.
    #[arg(long)]
    pub(super) fips: bool,
    /// Ask those of AWS's endpoints that take IPv6.
    #[arg(long)]
    pub(super) dual_stack: bool,
    /// A file of AWS's shared credentials, whose profile `default` requests are signed with.
    #[arg(long, value_name = "FILE", conflicts_with = "access_key")]
    pub(super) credentials: Option<PathBuf>,
    /// The access key; `test` unless given.
    #[arg(long, value_name = "K", requires = "secret_key")]
    pub(super) access_key: Option<String>,
    /// The secret key; `test` unless given.
    #[arg(long, value_name = "K", requires = "access_key")]
    pub(super) secret_key: Option<String>,
    /// Another region, that must not show what is made in the one that is signed for.
    #[arg(long, value_name = "R")]
    pub(super) other_region: Option<String>,
    /// A KMS key that copies may be encrypted with.
    #[arg(long, value_name = "ARN")]
    pub(super) kms_key: Option<String>,
    /// Go over the quota of 20 snapshots of a node in a day, once, on a cluster made for that alone.
    #[arg(long)]
    pub(super) over_quota: bool,
    /// How long anything may take to settle [default: the target's, 60s].
    #[arg(long, value_name = "D", value_parser = duration)]
    pub(super) settle_limit: Option<Duration>,
    /// Wait up to this long for the endpoint to answer at all.
    #[arg(long, value_name = "D", value_parser = duration)]
    pub(super) wait: Option<Duration>,
    /// Copy this snapshot in place of one that is made.
    #[arg(long, value_name = "NAME")]
    pub(super) source_snapshot: Option<String>,
    /// Break the embedded endpoint in one way (`serve --list-defects`).
    #[arg(long, value_name = "NAME", conflicts_with = "endpoint")]
    pub(super) defect: Option<String>,
    /// The account that the credentials must belong to; a target that costs money is not touched without it.
    #[arg(long, value_name = "ID", value_parser = account)]
    pub(super) account: Option<String>,
    /// The ledger of what exists on the target because of us [default: ledger.jsonl where the reports go; of a target that
    /// costs money in your data folder].
    #[arg(long, value_name = "FILE")]
    pub(super) ledger: Option<PathBuf>,
    /// Where the target's waivers.toml and .snap files are [default: beside the target file, snapshots/NAME].
    #[arg(long, value_name = "DIR")]
    pub(super) snapshots: Option<PathBuf>,
    /// Count warnings as fails.
    #[arg(long)]
    pub(super) strict: bool,
    /// The seed of all that is drawn [default: random].
    #[arg(long, value_name = "S", value_parser = seed)]
    pub(super) seed: Option<u64>,
}

/// What a run may cost.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct BudgetArgs {
    /// Leave out what would cost more than this; only where the target has prices.
    #[arg(long, value_name = "X", value_parser = usd)]
    pub(super) budget_usd: Option<f64>,
    /// Leave out what is not expected to be over by then.
    #[arg(long, value_name = "D", value_parser = duration)]
    pub(super) deadline: Option<Duration>,
    /// How long a copy is expected to need there [default: 60s].
    #[arg(long, value_name = "D", value_parser = duration)]
    pub(super) copy_time: Option<Duration>,
}

#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    pub(super) target: TargetArgs,
    #[command(flatten)]
    pub(super) budget: BudgetArgs,
    /// How many cases run side by side [default: the target's, 4].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(super) lanes: Option<u16>,
    /// Only cases whose path matches, as for `run`.
    #[arg(long = "case", value_name = "GLOB|FILE|none")]
    pub(super) cases: Vec<String>,
    /// Only cases that probe this clause; may be given again.
    #[arg(long = "clause", value_name = "ID")]
    pub(super) clauses: Vec<String>,
    /// Only the Ith of N parts.
    #[arg(long, value_name = "I/N")]
    pub(super) shard: Option<Shard>,
    /// Where the run is rehearsed.
    #[arg(long, value_name = "DIR", default_value = "target/copysnap/plan")]
    pub(super) out: PathBuf,
    /// What is printed.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct PolicyArgs {
    #[command(flatten)]
    pub(super) plan: PlanArgs,
    /// Print instead who may take the role: workflows of this repository on its branch main.
    #[arg(long, value_name = "OWNER/NAME")]
    pub(super) oidc: Option<String>,
    /// Print instead the policy by which ElastiCache may export to this bucket, as a run gives it to its own.
    #[arg(long, value_name = "NAME", conflicts_with = "oidc", value_parser = bucket)]
    pub(super) bucket: Option<String>,
}

fn bucket(name: &str) -> Result<String, String> {
    if is_bucket_name(name) {
        return Ok(name.to_owned());
    }
    Err("no bucket can have that name: 3 to 63 lower-case letters, digits, hyphens and dots".to_owned())
}

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    pub(super) target: TargetArgs,
    /// How many generated sequences to try besides the cases [default: the target's, 50; none where cases are chosen].
    #[arg(long, value_name = "N")]
    pub(super) explore: Option<u32>,
    /// How many executions to spend on making one finding shorter [default: 100, 12 where requests cost].
    #[arg(long, value_name = "N")]
    pub(super) shrink_limit: Option<u32>,
    /// Keep what sequences find: write it to cases/regressions/.
    #[arg(long)]
    pub(super) keep: bool,
    /// Go on with a run that was cut short: what its log has stays, what it left on the target is removed, and what is
    /// missing is played.
    #[arg(long, conflicts_with = "bless")]
    pub(super) resume: bool,
    /// End the run after this long; what it made is still removed.
    #[arg(long, value_name = "D", value_parser = duration)]
    pub(super) time_limit: Option<Duration>,
    #[command(flatten)]
    pub(super) budget: BudgetArgs,
    /// How many cases run side by side [default: the target's, 4].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(super) lanes: Option<u16>,
    /// Only cases whose path matches, as in `copy/*`, or a case file of your own; may be given again. The clauses that they
    /// probe count, and whatever else they contradict.
    #[arg(long = "case", value_name = "GLOB|FILE|none")]
    pub(super) cases: Vec<String>,
    /// Only cases that probe this clause, and no other clause counts; may be given again.
    #[arg(long = "clause", value_name = "ID")]
    pub(super) clauses: Vec<String>,
    /// Only the Ith of N parts: every Nth case from the Ith on, with the clauses that they probe, and every Nth sequence.
    /// With the same --seed, `copysnap merge` makes the log of one run of them.
    #[arg(long, value_name = "I/N")]
    pub(super) shard: Option<Shard>,
    /// Hold what each case does against what was recorded of the target.
    #[arg(long, conflicts_with = "bless")]
    pub(super) drift: bool,
    /// Record what each case does, in place of what was recorded of the target before.
    #[arg(long)]
    pub(super) bless: bool,
    /// Measure the scores of the worthless controls anew, before the run.
    #[arg(long)]
    pub(super) controls: bool,
    /// Where the log and the reports go.
    #[arg(long, value_name = "DIR", default_value = "target/copysnap/latest")]
    pub(super) out: PathBuf,
    /// What is printed.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// The port on 127.0.0.1; 0 for a free one.
    #[arg(long, default_value_t = 0)]
    pub(super) port: u16,
    /// How long creating, copying and deleting take.
    #[arg(long, value_name = "D", default_value = "50ms", value_parser = duration)]
    pub(super) settle: Duration,
    /// Choose at random among what the specification allows.
    #[arg(long, value_name = "SEED", value_parser = seed)]
    pub(super) choice: Option<u64>,
    /// Break one rule.
    #[arg(long, value_name = "NAME")]
    pub(super) defect: Option<String>,
    /// Be worthless in one way.
    #[arg(long, value_name = "NAME", conflicts_with = "defect")]
    pub(super) control: Option<String>,
    /// List the defects and controls, and end.
    #[arg(long)]
    pub(super) list_defects: bool,
    /// How many snapshots may be asked for of one cluster or group [default: as many as one likes].
    #[arg(long, value_name = "N")]
    pub(super) quota: Option<usize>,
    /// Refuse requests that are not signed, or wrongly.
    #[arg(long)]
    pub(super) require_sigv4: bool,
    #[command(flatten)]
    pub(super) virtual_aws: VirtualArgs,
}

#[derive(Debug, Args)]
pub(super) struct ReplayArgs {
    /// A case's path, as in `copy/target-taken`, or a case file.
    pub(super) case: String,
    #[command(flatten)]
    pub(super) target: TargetArgs,
    /// Print it as a script for that tool, or as a case file, in place of playing it.
    #[arg(long = "as", value_name = "TOOL", value_enum)]
    pub(super) as_tool: Option<AsTool>,
    /// Where the log and the reports go.
    #[arg(long, value_name = "DIR", default_value = "target/copysnap/replay")]
    pub(super) out: PathBuf,
}

/// What a case can be printed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum AsTool {
    /// A case file.
    Case,
    /// A shell script that calls the AWS CLI.
    AwsCli,
    /// A Python script that uses boto3.
    Boto3,
    /// A shell script that calls curl.
    Curl,
}

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// The logs of runs: of one, of one target over time, or of several targets.
    #[arg(value_name = "LOG", required = true)]
    pub(super) logs: Vec<PathBuf>,
    /// Where the reports go.
    #[arg(long, value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Count warnings as fails.
    #[arg(long)]
    pub(super) strict: bool,
    /// What is printed.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// The log of the run before.
    pub(super) before: PathBuf,
    /// The log of the run after.
    pub(super) after: PathBuf,
    /// Show of each case that is answered otherwise in what.
    #[arg(long)]
    pub(super) steps: bool,
}

#[derive(Debug, Args)]
pub(super) struct MergeArgs {
    /// The logs of the shards, each of `run --shard I/N` with the same seed.
    #[arg(value_name = "LOG", required = true)]
    pub(super) logs: Vec<PathBuf>,
    /// The log that is made of them; what sequences found goes into folders beside it.
    #[arg(long, value_name = "LOG")]
    pub(super) out: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct JudgeArgs {
    /// The log of a run.
    pub(super) log: PathBuf,
    /// Where the log with the new verdicts and its reports go; without it none are written.
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Count warnings as fails.
    #[arg(long)]
    pub(super) strict: bool,
}

#[derive(Debug, Args)]
pub(super) struct SupportsArgs {
    /// The log of a run against the target.
    pub(super) log: PathBuf,
    /// What the application asks: a HAR, an export of CloudTrail, or a debug log of botocore, the AWS CLI or the AWS SDK for
    /// JavaScript. Of it nothing but the names of operations, parameters and faults is ever shown.
    #[arg(long, value_name = "FILE")]
    pub(super) from: PathBuf,
    /// What is printed.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct EvidenceArgs {
    /// The logs of runs that are taken in besides what is recorded; a run that is recorded already changes nothing.
    #[arg(value_name = "LOG")]
    pub(super) logs: Vec<PathBuf>,
    /// The authority: a built-in target, or a target file with `authority = true`.
    #[arg(long, value_name = "NAME|FILE", default_value = "aws")]
    pub(super) target: String,
    /// Where its evidence.toml is [default: beside the target file, snapshots/NAME].
    #[arg(long, value_name = "DIR")]
    pub(super) snapshots: Option<PathBuf>,
    /// Record what the logs show in evidence.toml.
    #[arg(long, requires = "logs")]
    pub(super) bless: bool,
    /// Only clauses that were not seen to agree for this many days; exit code 4 where there are any.
    #[arg(long, value_name = "DAYS")]
    pub(super) stale: Option<u16>,
    /// Where the proposed change of specs/ goes; it is never applied [default: it is printed].
    #[arg(long, value_name = "FILE")]
    pub(super) patch: Option<PathBuf>,
    /// What is printed.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct WaiveArgs {
    /// The clauses whose findings are accepted, as in `copy.target.taken`; `all` for whatever the run found.
    #[arg(value_name = "FINDING", required = true)]
    pub(super) findings: Vec<String>,
    /// Why they are accepted.
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: String,
    /// Where more is to be read.
    #[arg(long, value_name = "URL")]
    pub(super) link: Option<String>,
    /// For how many days from today, at most 180.
    #[arg(long, value_name = "N", default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=180))]
    pub(super) days: u16,
    /// The log of the run that found them.
    #[arg(long, value_name = "LOG", default_value = "target/copysnap/latest/log.jsonl")]
    pub(super) log: PathBuf,
    /// Where the target's waivers.toml is [default: where that run looked for it].
    #[arg(long, value_name = "DIR")]
    pub(super) snapshots: Option<PathBuf>,
}

/// What `run` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// The report for people.
    Human,
    /// summary.json.
    Json,
    /// Annotations for GitHub's workflows; the page of the workflow's run gets report.md.
    Github,
}

/// What a schema describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Described {
    /// One line of log.jsonl.
    Log,
    /// summary.json of one run.
    Summary,
    /// summary.json of several targets.
    Board,
}

/// Reads `300ms`, `60s`, `2m`, `1h 30m`; a bare number is seconds.
pub(super) fn duration(word: &str) -> Result<Duration, String> {
    if let Ok(seconds) = word.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string());
    }
    let signed: jiff::SignedDuration =
        word.parse().map_err(|_| "a duration is a number and a unit, as in 300ms, 60s or 2m".to_owned())?;
    Duration::try_from(signed).map_err(|_| "a duration is not negative".to_owned())
}

/// Reads an amount of money.
fn usd(word: &str) -> Result<f64, String> {
    let parsed = word.parse::<f64>().ok().filter(|usd| usd.is_finite() && *usd >= 0.0);
    parsed.ok_or_else(|| "a budget is a number of US dollars, as in 0.05".to_owned())
}

/// Reads 12 digits.
fn account(word: &str) -> Result<String, String> {
    let plain = word.len() == 12 && word.bytes().all(|byte| byte.is_ascii_digit());
    if plain { Ok(word.to_owned()) } else { Err("an account is 12 digits".to_owned()) }
}

/// Reads a number, in decimal or after `0x` in hexadecimal.
pub(super) fn seed(word: &str) -> Result<u64, String> {
    let parsed = match word.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => word.parse(),
    };
    parsed.map_err(|_| "a seed is a number from 0 to 18446744073709551615, or 0x and hexadecimal digits".to_owned())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
mod tests;
