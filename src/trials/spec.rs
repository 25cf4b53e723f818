use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use libtest_mimic::{Failed, Trial};

use super::source::files;
use super::stage::Stage;
use super::{none, trial};
use crate::case::Cases;
use crate::refserver::Defect;
use crate::service::Operation;
use crate::spec::{Catalogue, Clause, ClauseId, Level};

/// Rooms whose naming a clause is no decision by it.
const NOT_CITING: &[&str] = &["spec", "refserver", "case", "trials", "bench", "cli"];

/// Returns the trials about clauses, cases and defects fitting each other.
pub(super) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let mut trials = vec![
        trial("spec", "catalogue", "fits the ids that the code cites", || {
            Catalogue::embedded().map(drop).map_err(Failed::from)
        }),
        trial("spec", "cases", "can all be parsed", || Cases::builtin().map(drop).map_err(Failed::from)),
        trial("spec", "facts", "are each covered by a clause, or say why none can", facts),
        trial("spec", "cases", "try without CopySnapshot what is not about copies", without_copies),
    ];
    for clause in Catalogue::embedded().into_iter().flat_map(Catalogue::iter) {
        let (area, name) = clause.id.split_once('.').unwrap_or(("clause", &clause.id));
        let stage = Arc::clone(stage);
        let claim = format!("{name} is cited, probed and killed, or says why not");
        trials.push(trial("spec", area, &claim, move || fits(clause, &stage.place.root)));
    }
    trials
}

fn fits(clause: &Clause, root: &Path) -> Result<(), Failed> {
    let id = ClauseId::from_name(&clause.id).ok_or("no id in src/spec/id.rs")?;
    let cases = Cases::builtin()?;
    let probing: Vec<&str> =
        cases.iter().filter(|case| case.clauses.contains(&id)).map(|case| case.path.as_str()).collect();
    let killing: Vec<&str> =
        Defect::ALL.iter().filter(|defect| defect.clause() == id).map(|defect| defect.name()).collect();
    let mut wrong = Vec::new();
    // What permits everything decides nothing.
    let permits_all = clause.level == Level::May && clause.undefected.is_some();
    if !permits_all && !cited(root)?.contains(&clause.id) {
        wrong.push("nothing in the model or the oracle cites it".to_owned());
    }
    match (&clause.unprobed, probing.first()) {
        (None, None) => wrong.push("no case names it, and `unprobed` gives no reason".to_owned()),
        (Some(_), Some(case)) => wrong.push(format!("`unprobed` stands there, yet case `{case}` names it")),
        _ => {}
    }
    match (&clause.undefected, killing.first()) {
        (None, None) if clause.unprobed.is_none() => {
            wrong.push("no defect breaks it, and `undefected` gives no reason".to_owned());
        }
        (Some(_), Some(defect)) => wrong.push(format!("`undefected` stands there, yet defect `{defect}` breaks it")),
        _ => {}
    }
    none(&wrong)
}

/// Returns the ids that the code decides by, written as constants or as they are.
fn cited(root: &Path) -> Result<&'static BTreeSet<String>, Failed> {
    static CITED: OnceLock<BTreeSet<String>> = OnceLock::new();
    if let Some(cited) = CITED.get() {
        return Ok(cited);
    }
    let files = files(root)?;
    let code: Vec<&str> =
        files.iter().filter(|file| !NOT_CITING.contains(&file.room())).map(|file| file.text.as_str()).collect();
    let words: BTreeSet<&str> =
        code.iter().flat_map(|text| text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')).collect();
    let cited = ClauseId::all().map(ClauseId::name).filter(|id| {
        let constant = id.replace(['.', '-'], "_").to_uppercase();
        words.contains(constant.as_str()) || code.iter().any(|text| text.contains(&format!("\"{id}\"")))
    });
    Ok(CITED.get_or_init(|| cited.map(str::to_owned).collect()))
}

/// Every row of the tables of facts stands once, and has clauses or a reason; clauses name no row that there is not.
fn facts() -> Result<(), Failed> {
    let catalogue = Catalogue::embedded()?;
    let tables = [("S", 6), ("E", 22), ("U", 44)];
    let known = tables.into_iter().flat_map(|(table, last)| (1..=last).map(move |number| format!("{table}{number}")));
    let known: BTreeSet<String> = known.collect();
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for (row, clauses) in catalogue.rows() {
        let fact = &row.fact;
        if !known.contains(fact) || !seen.insert(fact.clone()) {
            wrong.push(format!("specs/facts.toml: {fact} is no row, or stands there twice"));
        }
        match (&row.unobservable, clauses.first()) {
            (Some(_), Some(clause)) => wrong.push(format!("{fact}: `unobservable`, yet `{}` speaks of it", clause.id)),
            (None, None) => {
                wrong.push(format!("{fact} ({}): no clause speaks of it, and no reason is given", row.about));
            }
            _ => {}
        }
    }
    wrong.extend(known.difference(&seen).map(|fact| format!("specs/facts.toml lacks {fact}")));
    for clause in catalogue.iter() {
        // Beside the tables there are sections, which have numbers alone.
        let is_section = |fact: &str| fact.starts_with(|first: char| first.is_ascii_digit());
        let strange = clause.facts.iter().filter(|fact| !is_section(fact) && !known.contains(*fact));
        wrong.extend(strange.map(|fact| format!("{}: there is no row {fact}", clause.id)));
    }
    none(&wrong)
}

/// A target without CopySnapshot is still judged by all that is not about copies.
fn without_copies() -> Result<(), Failed> {
    let tried: BTreeSet<ClauseId> = Cases::builtin()?
        .iter()
        .filter(|case| case.count(Operation::CopySnapshot) == 0)
        .flat_map(|case| case.clauses.iter().copied())
        .collect();
    let only_by_copies: Vec<String> = Catalogue::embedded()?
        .iter()
        .filter(|clause| !matches!(clause.area(), "copy" | "export") && clause.unprobed.is_none())
        // It is about a snapshot that is being copied.
        .filter(|clause| clause.id != "delete.source-in-use")
        .filter(|clause| !ClauseId::from_name(&clause.id).is_some_and(|id| tried.contains(&id)))
        .map(|clause| format!("{}: only cases with CopySnapshot name it", clause.id))
        .collect();
    none(&only_by_copies)
}
