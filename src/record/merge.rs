use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{
    CaseState, ClauseRecord, ExplorationRecord, Footer, Header, MetRecord, Record, Shard, SupportRecord, VerdictRecord,
};
use crate::oracle::Verdict;
use crate::spec::id;

/// What a run expects where every copy of it failed.
pub const ONE_AVAILABLE: &str = "a copy that becomes available, or none at all";

/// Why logs are not the shards of one run.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// It is the log of a whole run.
    #[error("log `{}` is of no shard", log.display())]
    Whole {
        /// Which.
        log: PathBuf,
    },
    /// A shard that was given before.
    #[error("shard {shard} is given twice: `{}` and `{}`", first.display(), second.display())]
    Twice {
        /// Which.
        shard: Shard,
        /// The one log of it.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// Two logs that are not of one run.
    #[error("the logs are not of one run: {what} of `{}` is {one}, of `{}` {other}", first.display(), second.display())]
    Differs {
        /// In what.
        what: &'static str,
        /// The one log.
        first: PathBuf,
        /// What it is there.
        one: String,
        /// The other log.
        second: PathBuf,
        /// What it is there.
        other: String,
    },
}

/// The log of a run that was made in shards.
#[derive(Clone, Debug, Default)]
pub struct Merged {
    /// What it says.
    pub records: Vec<Record>,
    /// What it lacks of the whole run, in words; empty where nothing.
    pub lacks: Vec<String>,
    /// The sequences that found something, as files: where the log says that they are, and their text.
    pub files: Vec<(PathBuf, String)>,
}

/// A log on its way into another.
struct Part {
    shard: Shard,
    log: PathBuf,
    header: Header,
    records: Vec<Record>,
}

/// Returns the log of the one run of which the logs are the shards. `all` are the clauses that count where none were
/// chosen; what sequences found goes by files in `folder`.
///
/// # Errors
/// Where a log is of a whole run, or of another run than the first, or a shard is given twice.
pub fn merge(logs: Vec<(PathBuf, Vec<Record>)>, all: &[ClauseRecord], folder: &Path) -> Result<Merged, MergeError> {
    let mut parts = parts(logs)?;
    parts.sort_by_key(|part| part.shard.part);
    let lacks = lacks(&parts);
    let mut merged = Merged { lacks, ..Merged::default() };
    let Some(first) = parts.first() else { return Ok(merged) };
    let header = header(&parts, first);
    let chosen = !header.options.cases.is_empty() || !header.options.clauses.is_empty();
    merged.records.push(Record::Header(header));
    let given: BTreeSet<String> = parts.iter().flat_map(clauses).collect();
    let counts = all.iter().filter(|clause| !chosen || given.contains(&clause.id));
    merged.records.extend(counts.cloned().map(Record::Clause));
    merged.records.extend(once(&parts, |record| matches!(record, Record::Waiver(_))));
    merged.records.extend(supports(&parts).into_iter().map(Record::Support));
    let footer = footer(&parts, &merged.lacks);
    let exploration = explored(&parts, folder);
    let available = parts.iter().any(has_available);
    let mut first_number = 0;
    for part in parts {
        let mut body = Body::new(part.shard, folder, first_number);
        for record in part.records {
            if !(available && is_all_failed(&record)) {
                merged.records.extend(body.take(record));
            }
        }
        first_number = body.next;
        merged.files.extend(body.files);
    }
    merged.records.extend(exploration.map(Record::Exploration));
    merged.records.push(Record::Footer(footer));
    Ok(merged)
}

/// Sees that the logs are shards of one run, each once.
fn parts(logs: Vec<(PathBuf, Vec<Record>)>) -> Result<Vec<Part>, MergeError> {
    let mut parts: Vec<Part> = Vec::new();
    for (log, records) in logs {
        let header = Record::header(&records).cloned().unwrap_or_default();
        let shard = header.options.shard.as_deref().and_then(|word| word.parse::<Shard>().ok());
        let Some(shard) = shard else { return Err(MergeError::Whole { log }) };
        if let Some(first) = parts.first() {
            let pairs = aspects(&first.header, first.shard).into_iter().zip(aspects(&header, shard));
            if let Some(((what, one), (_, other))) = pairs.into_iter().find(|((_, one), (_, other))| one != other) {
                return Err(MergeError::Differs { what, first: first.log.clone(), one, second: log, other });
            }
        }
        if let Some(known) = parts.iter().find(|part| part.shard == shard) {
            return Err(MergeError::Twice { shard, first: known.log.clone(), second: log });
        }
        parts.push(Part { shard, log, header, records });
    }
    Ok(parts)
}

/// What has to be the same in all shards of a run.
fn aspects(header: &Header, shard: Shard) -> Vec<(&'static str, String)> {
    let (target, options) = (&header.target, &header.options);
    // Of one that is started anew for each shard, the place is another each time.
    let place = if target.name == "endpoint" { target.endpoint.as_str() } else { "" };
    let or = |text: &str, none: &str| if text.is_empty() { none.to_owned() } else { text.to_owned() };
    vec![
        ("the number of shards", shard.of.to_string()),
        ("the version of copysnap", or(&header.tool, "unknown")),
        ("the catalogue", or(&header.catalogue, "unknown")),
        ("the target", or([&*target.name, place].join(" ").trim(), "unknown")),
        ("the target's version", or(&target.version, "unknown")),
        ("the region", or(&target.region, "unknown")),
        ("the defect", options.defect.clone().unwrap_or_else(|| "none".to_owned())),
        ("what the target can do", or(&target.capabilities.join(", "), "nothing")),
        ("the seed", header.seed.clone()),
        ("the selection of cases", or(&options.cases.join(", "), "all")),
        ("the selection of clauses", or(&options.clauses.join(", "), "all")),
        ("the number of sequences", options.explore.to_string()),
        ("the settle limit in seconds", options.settle_limit_s.to_string()),
        ("whether warnings count as fails", options.strict.to_string()),
        ("whether it was held against what was recorded", options.drift.to_string()),
    ]
}

/// Returns what is missing of the whole run.
fn lacks(parts: &[Part]) -> Vec<String> {
    let of = parts.first().map_or(0, |part| part.shard.of);
    let missing = (1..=of).filter(|place| parts.iter().all(|part| part.shard.part != *place));
    let mut lacks: Vec<String> = missing.map(|part| format!("shard {} is missing", Shard { part, of })).collect();
    for part in parts {
        match Record::footer(&part.records) {
            None => lacks.push(format!("shard {} was cut short: its log has no footer", part.shard)),
            Some(footer) if footer.complete => {}
            Some(footer) if footer.why.is_empty() => {
                lacks.push(format!("shard {} did not come to its end", part.shard))
            }
            Some(footer) => lacks.push(format!("shard {}: {}", part.shard, footer.why)),
        }
    }
    lacks
}

fn header(parts: &[Part], first: &Part) -> Header {
    let mut header = first.header.clone();
    header.options.shard = None;
    header.started = parts.iter().map(|part| &part.header.started).min().cloned().unwrap_or_default();
    let runs: Vec<&str> = parts.iter().map(|part| part.header.run.as_str()).collect();
    header.run = runs.join(" ");
    header
}

fn clauses(part: &Part) -> impl Iterator<Item = String> {
    part.records.iter().filter_map(|record| match record {
        Record::Clause(clause) => Some(clause.id.clone()),
        _ => None,
    })
}

/// Returns each such record that some shard has, once.
fn once(parts: &[Part], is_it: fn(&Record) -> bool) -> Vec<Record> {
    let mut found: Vec<Record> = Vec::new();
    for record in parts.iter().flat_map(|part| &part.records).filter(|record| is_it(record)) {
        if !found.contains(record) {
            found.push(record.clone());
        }
    }
    found
}

/// Returns how the target answers each operation; where shards saw it answer in two ways, the worse.
fn supports(parts: &[Part]) -> Vec<SupportRecord> {
    let grave = |support: &SupportRecord| {
        ["supported", "unsupported", "misrouted"].iter().position(|word| *word == support.state)
    };
    let mut found: Vec<SupportRecord> = Vec::new();
    for record in parts.iter().flat_map(|part| &part.records) {
        let Record::Support(support) = record else { continue };
        match found.iter_mut().find(|known| known.operation == support.operation) {
            Some(known) if grave(known) < grave(support) => *known = support.clone(),
            Some(_) => {}
            None => found.push(support.clone()),
        }
    }
    found
}

fn footer(parts: &[Part], lacks: &[String]) -> Footer {
    let footers = || parts.iter().filter_map(|part| Some((part, Record::footer(&part.records)?)));
    let failures = footers().filter(|(_, footer)| !footer.failure.is_empty());
    let failures: Vec<String> =
        failures.map(|(part, footer)| format!("shard {}: {}", part.shard, footer.failure)).collect();
    Footer {
        complete: lacks.is_empty() && failures.is_empty(),
        why: lacks.join("; "),
        failure: failures.join("; "),
        reached: footers().all(|(_, footer)| footer.reached),
        requests: footers().map(|(_, footer)| footer.requests).sum(),
        calls: calls(footers().map(|(_, footer)| footer)),
        steps: footers().map(|(_, footer)| footer.steps).sum(),
        leaked: footers().map(|(_, footer)| footer.leaked).sum(),
        leak_usd_a_day: footers().filter_map(|(_, footer)| footer.leak_usd_a_day).reduce(|one, other| one + other),
        elapsed_s: elapsed(footers().map(|(part, footer)| (part.header.started.as_str(), footer.elapsed_s))),
    }
}

fn calls<'a>(footers: impl Iterator<Item = &'a Footer>) -> BTreeMap<String, usize> {
    let mut calls = BTreeMap::new();
    for (operation, count) in footers.flat_map(|footer| &footer.calls) {
        *calls.entry(operation.clone()).or_default() += count;
    }
    calls
}

/// Returns how long it took from the first start to the last end, in seconds.
fn elapsed<'a>(runs: impl Iterator<Item = (&'a str, f64)>) -> f64 {
    let spans = runs.filter_map(|(started, took)| {
        let begun = started.parse::<Timestamp>().ok()?.as_duration().as_secs_f64();
        Some((begun, begun + took))
    });
    let whole = spans.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
    whole.map_or(0.0, |(begun, ended)| ended - begun)
}

/// Adds up what the shards' sequences came to. How many different situations were met can't be added up: it is at least
/// what one shard met.
fn explored(parts: &[Part], folder: &Path) -> Option<ExplorationRecord> {
    let mut sum: Option<ExplorationRecord> = None;
    let mut met: BTreeMap<String, usize> = BTreeMap::new();
    for part in parts {
        let all = part.records.iter().filter_map(|record| match record {
            Record::Exploration(exploration) => Some(exploration),
            _ => None,
        });
        for it in all {
            let sum = sum
                .get_or_insert_with(|| ExplorationRecord { never: it.never.clone(), ..ExplorationRecord::default() });
            sum.wanted += it.wanted;
            sum.sequences += it.sequences;
            sum.planned += it.planned;
            sum.steps += it.steps;
            sum.requests_before += it.requests_before;
            sum.executions_to_shrink += it.executions_to_shrink;
            sum.moments = sum.moments.max(it.moments);
            sum.pairs = sum.pairs.max(it.pairs);
            sum.never.retain(|clause| it.never.contains(clause));
            for entry in &it.met {
                *met.entry(entry.clause.clone()).or_default() += entry.count;
            }
            sum.found.extend(it.found.iter().cloned().map(|mut found| {
                found.file = moved(&found.file, part.shard, folder);
                found
            }));
        }
    }
    let mut sum = sum?;
    sum.met = met.into_iter().map(|(clause, count)| MetRecord { clause, count }).collect();
    Some(sum)
}

fn has_available(part: &Part) -> bool {
    let kept = |verdict: &VerdictRecord| {
        verdict
            .clauses
            .iter()
            .any(|said| said.clause == id::COPY_SETTLES.name() && said.verdict == Verdict::Pass.word())
    };
    part.records.iter().any(|record| matches!(record, Record::Verdict(verdict) if kept(verdict)))
}

/// Tells whether it is what a shard says where every copy of its own failed.
fn is_all_failed(record: &Record) -> bool {
    let Record::Verdict(verdict) = record else { return false };
    let mut evidence = verdict.clauses.iter().filter_map(|said| said.evidence.as_ref());
    evidence.any(|evidence| evidence.expected == ONE_AVAILABLE)
}

/// Returns where what a shard found lies beside the merged log.
fn moved(file: &str, shard: Shard, folder: &Path) -> String {
    let path = Path::new(file);
    let below = path.parent().and_then(Path::file_name);
    let mut place = folder.join(format!("shard-{}", shard.part));
    place.extend(below);
    place.extend(path.file_name());
    place.display().to_string()
}

/// What a shard played, as it is to stand in the merged log.
struct Body<'a> {
    shard: Shard,
    folder: &'a Path,
    first: usize,
    next: usize,
    /// The sequences of which the file lies elsewhere now.
    moved: BTreeMap<String, String>,
    files: Vec<(PathBuf, String)>,
}

impl<'a> Body<'a> {
    fn new(shard: Shard, folder: &'a Path, first: usize) -> Self {
        Self { shard, folder, first, next: first, moved: BTreeMap::new(), files: Vec::new() }
    }

    /// Returns the record with the number that the case has among all; `None` where something of all shards stands for it.
    fn take(&mut self, mut record: Record) -> Option<Record> {
        if let Some(number) = record.case_mut() {
            *number = self.number(*number);
        }
        match &mut record {
            Record::Header(_)
            | Record::Clause(_)
            | Record::Waiver(_)
            | Record::Support(_)
            | Record::Exploration(_)
            | Record::Footer(_) => return None,
            Record::Case(case) if matches!(case.state, CaseState::Drawn | CaseState::Tried) => {
                let place = moved(&case.path, self.shard, self.folder);
                self.moved.insert(std::mem::replace(&mut case.path, place.clone()), place);
            }
            Record::Input(input) => {
                if let Some(place) = self.moved.get(&input.path) {
                    input.path.clone_from(place);
                    self.files.push((PathBuf::from(place), input.text.clone()));
                }
            }
            _ => {}
        }
        Some(record)
    }

    /// What did not run has no number.
    fn number(&mut self, number: usize) -> usize {
        if number == usize::MAX {
            return number;
        }
        let number = self.first + number;
        self.next = self.next.max(number + 1);
        number
    }
}

#[cfg(test)]
mod tests;
