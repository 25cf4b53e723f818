use super::message::{Failure, list, out};
use super::reports::{is_coloured, width};
use super::select::{builtin, catalogue, clause};
use crate::refserver::Defect;

/// Lists the clauses.
pub(super) fn clauses() -> Result<u8, Failure> {
    out(&list::clauses(catalogue()?.iter(), width()));
    Ok(0)
}

/// Lists the rows of the fact tables with the clauses that cover them, or why none can.
pub(super) fn facts() -> Result<u8, Failure> {
    out(&list::facts(catalogue()?.rows(), width()));
    Ok(0)
}

/// Shows one clause.
pub(super) fn explain(id: &str) -> Result<u8, Failure> {
    let id = clause(id)?;
    let Some(clause) = catalogue()?.clause(id) else { return Ok(0) };
    let cases = builtin()?.iter().filter(|case| case.clauses.contains(&id));
    let cases: Vec<&str> = cases.map(|case| case.path.as_str()).collect();
    let defects: Vec<Defect> = Defect::ALL.iter().copied().filter(|defect| defect.clause() == id).collect();
    out(&list::explanation(clause, &cases, &defects, is_coloured(), width()));
    Ok(0)
}
