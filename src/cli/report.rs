use std::collections::BTreeMap;
use std::path::Path;

use super::args::{Format, ReportArgs};
use super::message::{self, Failure, err, list, out, problem};
use super::reports;
use crate::record::Log;
use crate::report::{Board, ExitCode, Summary, Trend, board_html, board_markdown, folders, github, trend_html};

/// What only a report of one target has, and would be of another run beside one of several.
const OF_ONE: &[&str] = &["badge.svg", "badge.json", "junit.xml", "trend.html", "trend.md"];

/// Makes the reports of logs anew: of one run, of one target over several runs, or of several targets.
pub(super) fn report(arguments: &ReportArgs) -> Result<u8, Failure> {
    let folder = &arguments.out;
    std::fs::create_dir_all(folder).map_err(|error| problem::unwritable(folder, &error))?;
    // By target, in the order in which each was first named.
    let mut targets: Vec<Vec<Summary>> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for log in &arguments.logs {
        let records = Log::read(log).map_err(|error| Failure::of(2, &error))?;
        let summary = reports::summary(&records, arguments.strict, None);
        let place = *places.entry(identity(&summary)).or_insert(targets.len());
        match targets.get_mut(place) {
            Some(runs) => runs.push(summary),
            None => targets.push(vec![summary]),
        }
    }
    for runs in &mut targets {
        runs.sort_by(|one, other| one.started.cmp(&other.started).then_with(|| one.run.cmp(&other.run)));
    }
    match targets.as_slice() {
        [runs] => of_one(folder, runs, arguments.format, true),
        _ => of_several(folder, &targets, arguments.format),
    }
}

/// Returns what makes two logs those of one target: its name, or where it is if it has none.
fn identity(summary: &Summary) -> String {
    match summary.target.name.as_str() {
        "" | "endpoint" => summary.target.endpoint.clone(),
        // A reference endpoint with a defect is another target.
        name => format!("{name} {}", summary.defect.as_deref().unwrap_or_default()),
    }
}

/// Writes the reports of the newest run, and the trend where there are several; `said` for those that are printed.
fn of_one(folder: &Path, runs: &[Summary], format: Format, said: bool) -> Result<u8, Failure> {
    let Some(newest) = runs.last() else { return Ok(ExitCode::Usage.code()) };
    let code = if said {
        reports::give(folder, newest, format)
    } else {
        newest.exit_code.join(reports::files(folder, newest)).code()
    };
    let trend = (runs.len() > 1).then(|| Trend::of(runs));
    for (name, text) in
        [("trend.html", trend.as_ref().map(trend_html)), ("trend.md", trend.as_ref().map(Trend::markdown))]
    {
        reports::put(&folder.join(name), text.as_deref())?;
    }
    Ok(code)
}

fn of_several(folder: &Path, targets: &[Vec<Summary>], format: Format) -> Result<u8, Failure> {
    let newest: Vec<(Summary, usize)> =
        targets.iter().filter_map(|runs| Some((runs.last()?.clone(), runs.len()))).collect();
    let folders = folders(newest.iter().map(|(summary, _)| summary));
    let mut code = ExitCode::Conforms;
    for (runs, name) in targets.iter().zip(&folders) {
        let own = folder.join(name);
        std::fs::create_dir_all(&own).map_err(|error| problem::unwritable(&own, &error))?;
        of_one(&own, runs, format, false)?;
        code = runs.last().map_or(code, |summary| code.join(summary.exit_code));
    }
    let board = Board::of(&newest);
    for (name, text) in [
        ("report.html", board_html(&board)),
        ("report.md", board_markdown(&board)),
        ("summary.json", board.json()),
        ("matrix.svg", board.svg(true) + "\n"),
    ] {
        reports::put(&folder.join(name), Some(&text))?;
    }
    for name in OF_ONE {
        reports::put(&folder.join(name), None)?;
    }
    match format {
        Format::Json => out(&board.json()),
        Format::Human => {
            out(&list::board(&board));
            err(&message::written_board(folder));
        }
        Format::Github => {
            for (summary, _) in &newest {
                out(&github(summary));
            }
            reports::summarise(&board_markdown(&board))?;
        }
    }
    Ok(code.code())
}
