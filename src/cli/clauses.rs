use std::collections::BTreeMap;

use super::message::{Failure, list, out};
use super::reports::{is_coloured, width};
use super::select::{builtin, catalogue, clause};
use crate::refserver::Defect;

/// Lists the clauses.
pub(super) fn clauses() -> Result<u8, Failure> {
    out(&list::clauses(catalogue()?.iter(), width()));
    Ok(0)
}

/// Lists the rows of the fact tables with the clauses that cover them.
pub(super) fn facts() -> Result<u8, Failure> {
    let mut rows: BTreeMap<_, (&str, Vec<&str>)> = BTreeMap::new();
    for clause in catalogue()?.iter() {
        for fact in &clause.facts {
            rows.entry(place(fact)).or_insert_with(|| (fact, Vec::new())).1.push(&clause.id);
        }
    }
    out(&list::facts(rows.into_values(), width()));
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

/// Splits a row's name, so that U2 comes before U10, and section 2 before 2.1.
fn place(fact: &str) -> (String, Vec<u32>) {
    let table: String = fact.chars().take_while(|c| !c.is_ascii_digit()).collect();
    let number = fact.get(table.len()..).unwrap_or_default();
    (table, number.split('.').filter_map(|part| part.parse().ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_ordered_by_number() {
        assert_eq!(place("U10"), ("U".to_owned(), vec![10]));
        assert!(place("U2") < place("U10"));
        assert!(place("2") < place("2.1"));
    }
}
