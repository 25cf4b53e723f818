use super::log;
use super::*;
use crate::record::Record;

#[test]
fn two_runs_differ_in_verdicts_and_the_rules_are_told_apart() {
    let (passing, failing) = (log::passing(), log::failing());
    assert!(differences(&passing, &passing, &[]).changes.is_empty());
    let all = differences(&passing, &failing, &[]).changes;
    let kind = |clause: &str| all.iter().find(|change| change.clause == clause).map(|change| change.kind);
    assert_eq!(kind("copy.target.taken"), Some("changed"));
    assert_eq!(kind("describe.no-ghosts"), Some("deleted"));
    assert_eq!(kind("delete.gone"), Some("added"));
    assert!(all.iter().all(|change| change.rules.is_none()), "one catalogue");
    let older = |changed: &str| {
        let mut older = log::passing();
        for record in &mut older {
            match record {
                Record::Header(header) => header.catalogue = "0".to_owned(),
                Record::Clause(clause) if clause.id == changed => clause.says = "Once.".to_owned(),
                _ => {}
            }
        }
        let all = differences(&older, &log::failing(), &[]).changes;
        all.into_iter().find(|change| change.clause == "copy.target.taken").and_then(|change| change.rules)
    };
    assert_eq!(older("copy.target.taken").as_deref(), Some("the clause reads otherwise"));
    assert_eq!(older("describe.no-ghosts").as_deref(), Some("other clauses changed"));
}
