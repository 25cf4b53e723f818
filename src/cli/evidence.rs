use jiff::{Timestamp, ToSpan as _};

use super::args::{EvidenceArgs, Format};
use super::known;
use super::message::{Failure, evidence as words, out, problem};
use super::reach::named;
use super::reports;
use super::select::catalogue;
use crate::record::{Header, Log, Record};
use crate::report::{Evidence, Stands, sightings};
use crate::spec::patch;

/// Says of each clause when the authority was last seen to agree, and proposes a change of those that it contradicts.
pub(super) fn evidence(arguments: &EvidenceArgs) -> Result<u8, Failure> {
    let (target, _) = named(&arguments.target)?;
    if !target.authority {
        return Err(problem::no_authority(&target.name));
    }
    let catalogue = catalogue()?;
    let folder = known::beside(arguments.snapshots.as_deref(), &arguments.target, &target.name);
    let mut seen = known::sightings(&folder, &target.name)?;
    for path in &arguments.logs {
        let records = Log::read(path).map_err(|error| Failure::of(2, &error))?;
        let is_of_it = |header: &&Header| header.target.name == target.name && header.target.authority;
        match Record::header(&records).filter(is_of_it) {
            None => return Err(problem::log_of_another(path, &target.name)),
            Some(_) => seen.add(sightings(&records, catalogue)),
        }
    }
    if arguments.bless {
        known::record(&folder, &seen)?;
    }
    let evidence = Evidence::of(&target.name, catalogue, &seen);
    let days = arguments.stale.map(|days| Timestamp::now().checked_sub((i64::from(days) * 24).hours()));
    let then = days.transpose().map_err(|error| Failure::of(2, &error))?;
    match arguments.format {
        Format::Json => out(&(serde_json::to_string_pretty(&evidence).unwrap_or_default() + "\n")),
        Format::Human | Format::Github => out(&words::shown(&evidence, then, reports::is_coloured(), reports::width())),
    }
    let patch = patch(evidence.amendments());
    match &arguments.patch {
        Some(file) => reports::put(file, Some(&patch).filter(|patch| !patch.is_empty()).map(String::as_str))?,
        None if arguments.format == Format::Json => {}
        None => out(&words::proposed(&patch)),
    }
    let disagrees = evidence.standing(Stands::Disagrees).next().is_some();
    let stale = then.is_some_and(|then| evidence.not_since(then).next().is_some());
    Ok(if disagrees || stale { 4 } else { 0 })
}
