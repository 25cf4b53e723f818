use std::path::PathBuf;
use std::time::Duration;

use super::budget::Budget;
use super::resume::Resumed;
use crate::case::Case;
use crate::endpoint::{EndpointError, Settings};
use crate::ledger::LedgerError;
use crate::record::{LogError, Recorded, Shard, Waiver};
use crate::refserver::StartError;
use crate::service::Text;
use crate::sign::Credentials;
use crate::spec::ClauseId;
use crate::target::Target;

/// What is to be run, and against what.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The target, with what was said on the command line already in it.
    pub target: Target,
    /// Where it listens.
    pub url: String,
    /// With what requests are signed.
    pub credentials: Credentials,
    /// The cases, in the order in which they are to be begun.
    pub cases: Vec<Case>,
    /// The clauses that count.
    pub clauses: Vec<ClauseId>,
    /// The globs and ids that selected them, for the log.
    pub selection: (Vec<String>, Vec<String>),
    /// Which part of the selected cases they are, and of the sequences; `None` where they are all.
    pub shard: Option<Shard>,
    /// The failures that are known and accepted, for the log.
    pub waivers: Vec<Waiver>,
    /// What was recorded of the target, and the run is held against; `None` to hold it against nothing.
    pub recorded: Option<Recorded>,
    /// Whether cases that show what else lives on the target are played alone, so that each shows the same every time.
    pub apart: bool,
    /// The seed of all that is drawn.
    pub seed: u64,
    /// Whether warnings count as fails.
    pub strict: bool,
    /// The folder for the log; it exists.
    pub out: PathBuf,
    /// The ledger.
    pub ledger: PathBuf,
    /// What a run left that was cut short, and this one goes on with; `None` to begin anew.
    pub resumed: Option<Resumed>,
    /// A snapshot to copy in place of one that is made; `None` to make one.
    pub source_snapshot: Option<Text>,
    /// The defect of the embedded reference endpoint, for the log.
    pub defect: Option<String>,
    /// How long the target took to start; `None` where the run did not start it.
    pub start_up: Option<Duration>,
    /// What it may cost.
    pub budget: Budget,
    /// How long the run may take; `None` for as long as it takes.
    pub time_limit: Option<Duration>,
    /// What is to be tried that no case tries.
    pub explore: Explore,
    /// The words of the command line that reach the same target again, for the log; without secrets.
    pub words: Vec<String>,
}

/// How often a read is sent again that a target fails to answer where requests cost: there a run is not to be spoilt by the
/// way to the target, and elsewhere that is what is to be found.
const INSISTS: u32 = 6;

impl Plan {
    /// Returns how the endpoint is reached.
    #[must_use]
    pub fn settings(&self) -> Settings {
        settings(&self.target, &self.url, &self.credentials)
    }
}

/// Returns how a target is reached.
pub(super) fn settings(target: &Target, url: &str, credentials: &Credentials) -> Settings {
    let Target { region, s3_endpoint, request_limit, pace, costs_money, settle_limit, poll_start, poll_most, .. } =
        target;
    let usual = Settings {
        s3_url: s3_endpoint.clone(),
        region: region.clone(),
        credentials: credentials.clone(),
        request_limit: *request_limit,
        pace: *pace,
        ..Settings::new(url)
    };
    if !costs_money {
        return usual;
    }
    let throttle_limit = (*settle_limit).max(usual.throttle_limit);
    Settings { backoff: (*poll_start / 10, *poll_most), insists: INSISTS, throttle_limit, ..usual }
}

/// How much is to be explored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explore {
    /// How many sequences are generated, by all shards together.
    pub sequences: usize,
    /// How many executions may be spent on making one finding shorter.
    pub shrink_limit: usize,
    /// The folder in which findings are kept for good; `None` to keep none.
    pub keep: Option<PathBuf>,
}

/// Where a run has got to, for whoever watches.
pub trait Progress: Send + Sync {
    /// What is done now that is no case.
    fn stage(&self, what: &str);
    /// How many cases there are.
    fn total(&self, cases: usize);
    /// A case begins.
    fn begun(&self, path: &str);
    /// A case has ended, and whether something is to be said of it.
    fn ended(&self, path: &str, contradicted: bool);
}

/// Nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _: &str) {}
    fn total(&self, _: usize) {}
    fn begun(&self, _: &str) {}
    fn ended(&self, _: &str, _: bool) {}
}

/// Why a run could not even begin.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The log cannot be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The ledger cannot be written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// There can be no client for the endpoint.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The run that was cut short is another than the one that is to go on with it.
    #[error("the run cannot be gone on with: {0}")]
    Resume(String),
    /// What was left behind cannot be removed.
    #[error("{0}")]
    Sweep(String),
    /// The clauses cannot be read.
    #[error("{0}")]
    Spec(String),
    /// A control cannot be started.
    #[error("control `{name}`")]
    Control {
        /// Its name.
        name: String,
        /// Why.
        source: StartError,
    },
    /// A folder cannot be made.
    #[error("failed to make folder `{}`", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}
