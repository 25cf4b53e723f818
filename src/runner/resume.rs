use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize as _;

use super::plan::{Plan, RunError};
use crate::ledger::RunId;
use crate::oracle::{Deed, Verdict};
use crate::record::{CaseState, Header, Log, Record};
use crate::service::Operation;
use crate::spec::Catalogue;

/// How many numbers may have been given out that the log of a run that was killed does not know of.
const UNKNOWN: usize = 100;

/// What the log of a run says that was cut short: who it was, and what it need not do again.
#[derive(Clone, Debug, Default)]
pub struct Resumed {
    header: Header,
    complete: bool,
    done: BTreeSet<String>,
    supported: BTreeSet<String>,
    twins: Vec<Deed>,
    explored: bool,
    lives: bool,
    next: usize,
    requests: usize,
    steps: usize,
    calls: BTreeMap<&'static str, usize>,
    last_ns: u64,
}

impl Resumed {
    /// Returns what a log says; `None` where there is none, or it was cut before its first line was whole.
    ///
    /// # Errors
    /// Where it cannot be read, or is no log.
    pub fn read(path: &Path) -> Result<Option<Self>, RunError> {
        let whole = std::fs::metadata(path).is_ok_and(|found| found.len() > 0);
        if !whole || !Log::has_a_line(path)? {
            return Ok(None);
        }
        let mut resumed = Self::default();
        let mut paths: BTreeMap<usize, String> = BTreeMap::new();
        for record in Log::read(path)? {
            match record {
                Record::Header(header) => resumed.header = header,
                Record::Support(support) => drop(resumed.supported.insert(support.operation)),
                Record::Case(case) if case.case != usize::MAX => {
                    resumed.next = resumed.next.max(case.case + 1 + UNKNOWN);
                    if case.state == CaseState::Runs {
                        paths.insert(case.case, case.path);
                    }
                }
                Record::Step(step) => {
                    resumed.steps += 1;
                    resumed.requests += 1 + step.retries as usize;
                    if let Some(operation) = Operation::ALL.iter().find(|known| known.name() == step.operation) {
                        *resumed.calls.entry(operation.name()).or_default() += 1 + step.retries as usize;
                    }
                    resumed.last_ns = resumed.last_ns.max(step.returned_ns);
                }
                Record::Verdict(verdict) => {
                    resumed.lives |= verdict.lives && !verdict.lives_elsewhere;
                    // A refusal without a twin is tried again: the twin may have come after it.
                    let failed = Verdict::PreconditionFailed.word();
                    if verdict.clauses.iter().all(|said| said.verdict != failed) {
                        resumed.done.extend(paths.get(&verdict.case).cloned());
                    }
                    if !verdict.twins.is_empty() {
                        resumed.twins = verdict.twins.iter().filter_map(|deed| Deed::deserialize(deed).ok()).collect();
                    }
                }
                Record::Clean(clean) => {
                    resumed.next = resumed.next.max(clean.last_case.map_or(0, |last| last + 1 + UNKNOWN));
                    resumed.steps += clean.steps;
                    resumed.last_ns = resumed.last_ns.max(clean.last_ns);
                    resumed.lives |= clean.lives;
                    for (operation, count) in clean.calls {
                        resumed.requests += count;
                        *resumed.calls.entry(operation).or_default() += count;
                    }
                }
                Record::Exploration(_) => resumed.explored = true,
                Record::Footer(footer) => resumed.complete = footer.complete,
                _ => {}
            }
        }
        Ok(Some(resumed))
    }

    /// Returns how often each operation was called.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<&'static str, usize> {
        self.calls.clone()
    }

    /// Returns the seed of all that was drawn.
    #[must_use]
    pub fn seed(&self) -> Option<u64> {
        u64::from_str_radix(self.header.seed.trim_start_matches("0x"), 16).ok()
    }

    /// Tells whether nothing is left to do.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    /// Returns who the run is, and when it began.
    ///
    /// # Errors
    /// Where the plan is another, or the log does not say.
    pub(super) fn identity(&self, plan: &Plan, catalogue: &Catalogue) -> Result<(RunId, Timestamp), RunError> {
        let Header { target, options, .. } = &self.header;
        let differs = |what: &str, was: &str| RunError::Resume(format!("{what} was {was}"));
        if target.name != plan.target.name {
            return Err(differs("its target", &target.name));
        }
        if target.endpoint != plan.url || target.region != plan.target.region {
            return Err(differs("its endpoint", &format!("{} in {}", target.endpoint, target.region)));
        }
        if self.header.catalogue != catalogue.hash() {
            return Err(RunError::Resume("its clauses were others".to_owned()));
        }
        let shard = plan.shard.map(|shard| shard.to_string());
        if (&options.cases, &options.clauses, &options.shard) != (&plan.selection.0, &plan.selection.1, &shard) {
            let words = [&*options.cases, &*options.clauses].concat().join(" ");
            return Err(differs("what it was to play", if words.is_empty() { "everything" } else { &words }));
        }
        let known = RunId::parse(&self.header.run).zip(self.header.started.parse().ok());
        known.ok_or_else(|| RunError::Resume("its log does not say who it was".to_owned()))
    }

    pub(super) fn has_played(&self, path: &str) -> bool {
        self.done.contains(path)
    }

    pub(super) fn has_probed(&self, operation: &str) -> bool {
        self.supported.contains(operation)
    }

    pub(super) const fn has_explored(&self) -> bool {
        self.explored
    }

    pub(super) const fn lives(&self) -> bool {
        self.lives
    }

    /// Returns the first number that no case of it had.
    pub(super) const fn next_number(&self) -> usize {
        self.next
    }

    /// Returns what is known to succeed.
    pub(super) fn twins(&self) -> Vec<Deed> {
        self.twins.clone()
    }

    /// Returns how many requests and steps it is known to have sent.
    pub(super) const fn counted(&self) -> (usize, usize) {
        (self.requests, self.steps)
    }

    /// Returns how long it is known to have taken.
    pub(super) const fn took(&self) -> Duration {
        Duration::from_nanos(self.last_ns)
    }
}
