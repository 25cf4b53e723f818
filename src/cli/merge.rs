use std::path::Path;

use super::args::MergeArgs;
use super::message::{Failure, list, out, problem};
use super::reports;
use super::select::catalogue;
use crate::record::{ClauseRecord, Log, Merged, Record, Secrets, merge as of_shards};
use crate::runner::rejudge;
use crate::spec::{Catalogue, ClauseId};

/// Makes one log of those of the shards of a run.
pub(super) fn merge(arguments: &MergeArgs) -> Result<u8, Failure> {
    let catalogue = catalogue()?;
    let to = &arguments.out;
    let mut logs = Vec::new();
    for log in &arguments.logs {
        if std::fs::canonicalize(log).ok().is_some_and(|log| std::fs::canonicalize(to).is_ok_and(|to| to == log)) {
            return Err(problem::merged_into_itself(log));
        }
        let records = Log::read_whole(log).map_err(|error| Failure::of(2, &error))?;
        if let Some(Record::Header(header)) = records.first()
            && header.catalogue != catalogue.hash()
        {
            return Err(problem::other_catalogue(log));
        }
        logs.push((log.clone(), records));
    }
    let count = logs.len();
    let clauses: Vec<ClauseRecord> =
        ClauseId::all().filter_map(|id| catalogue.clause(id)).map(ClauseRecord::of).collect();
    let folder = to.parent().unwrap_or(Path::new(""));
    let merged = of_shards(logs, &clauses, folder).map_err(|error| problem::merge(&error))?;
    let Merged { mut records, lacks, files } = merged;
    as_of_one(catalogue, &mut records);
    write(to, &records, &files)?;
    let summary = reports::summary(&records, false, None);
    out(&list::merged(count, to, &lacks, &summary));
    Ok(summary.exit_code.code())
}

/// Says what only all shards together tell: that a request succeeds of which one shard saw refusals alone, where refusals
/// share a twin, and how many different situations were met.
fn as_of_one(catalogue: &Catalogue, records: &mut Vec<Record>) {
    let mut twins: Vec<serde_json::Value> = Vec::new();
    for record in records.iter() {
        if let Record::Verdict(verdict) = record {
            twins.extend(verdict.twins.iter().filter(|deed| !twins.contains(deed)).cloned().collect::<Vec<_>>());
        }
    }
    let here = |record: &Record| matches!(record, Record::Verdict(said) if said.lives && !said.lives_elsewhere);
    let lived = records.iter().any(here);
    let mut known = records.clone();
    for record in &mut known {
        if let Record::Verdict(verdict) = record
            && !twins.is_empty()
        {
            verdict.twins.clone_from(&twins);
            verdict.lives_elsewhere |= lived;
        }
    }
    let judged = rejudge(catalogue, known);
    if !twins.is_empty() {
        *records = judged.records;
    }
    for record in records {
        if let Record::Exploration(exploration) = record {
            exploration.moments = exploration.moments.max(judged.met.moments());
            exploration.pairs = exploration.pairs.max(judged.met.pairs());
        }
    }
}

fn write(to: &Path, records: &[Record], files: &[(std::path::PathBuf, String)]) -> Result<(), Failure> {
    let folders = files.iter().map(|(file, _)| file.as_path()).chain([to]).filter_map(Path::parent);
    for folder in folders.filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| problem::unwritable(folder, &error))?;
    }
    for (file, text) in files {
        std::fs::write(file, text).map_err(|error| problem::unwritable(file, &error))?;
    }
    let log = Log::create(to, Secrets::default()).and_then(|log| log.write(records));
    log.map_err(|error| Failure::of(3, &error))
}
