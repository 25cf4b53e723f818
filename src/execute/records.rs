use crate::oracle::{Conflict, Judgement, Mark};
use crate::record::{JudgementRecord, OrderRecord, OverlapRecord, Record, RulingRecord};
use crate::trace::Event;

/// Returns the record of what is said of a step, its passes left out.
pub(super) fn judgement_record(case: usize, step: usize, trace: &[(Event, Judgement)]) -> Record {
    let mut record = JudgementRecord { case, step, ..JudgementRecord::default() };
    if let Some((_, judgement)) = trace.get(step) {
        record.passing = judgement.passing;
        for ruling in &judgement.rulings {
            let (reason, expected, observed) = match &ruling.mark {
                Mark::Contradicted(found) => (found.reason.word(), found.expected.clone(), found.observed.clone()),
                Mark::Inconclusive(why) => ("inconclusive", String::new(), (*why).to_owned()),
                Mark::Pass | Mark::NonStrict => continue,
            };
            let clause = ruling.clause.name().to_owned();
            record.rulings.push(RulingRecord { clause, reason: reason.to_owned(), expected, observed });
        }
    }
    Record::Judgement(record)
}

/// Returns the record of calls that overlapped and fit no order.
pub(super) fn overlap_record(case: usize, conflict: &Conflict) -> Record {
    let orders = conflict.orders.iter().map(|failed| OrderRecord {
        order: failed.order.clone(),
        at: failed.at,
        clause: failed.clause.name().to_owned(),
        expected: failed.expected.clone(),
        observed: failed.observed.clone(),
    });
    Record::Overlap(OverlapRecord {
        case,
        clause: conflict.clause.name().to_owned(),
        calls: conflict.calls.clone(),
        orders: orders.collect(),
        more: conflict.more,
    })
}
