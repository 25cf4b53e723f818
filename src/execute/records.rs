use crate::oracle::{Conflict, Judgement, Mark};
use crate::record::{JudgementRecord, OrderRecord, OverlapRecord, Record, RulingRecord};
use crate::spec::ClauseId;
use crate::trace::Event;

/// Returns the record of what is said of a step, its passes left out.
pub(crate) fn judgement_record(case: usize, step: usize, trace: &[(Event, Judgement)]) -> Record {
    let mut record = JudgementRecord { case, step, ..JudgementRecord::default() };
    if let Some((_, judgement)) = trace.get(step) {
        record.passing = judgement.passing;
        for ruling in &judgement.rulings {
            record.rulings.extend(ruling_record(ruling.clause, &ruling.mark));
        }
    }
    Record::Judgement(record)
}

/// Returns the record of what is said of a clause; a pass has none.
pub(super) fn ruling_record(clause: ClauseId, mark: &Mark) -> Option<RulingRecord> {
    let (reason, expected, observed) = match mark {
        Mark::Contradicted(found) => (found.reason.word(), found.expected.clone(), found.observed.clone()),
        Mark::Inconclusive(why) => ("inconclusive", String::new(), (*why).to_owned()),
        Mark::Pass | Mark::NonStrict => return None,
    };
    Some(RulingRecord { clause: clause.name().to_owned(), reason: reason.to_owned(), expected, observed })
}

/// Returns the record of calls that overlapped and fit no order.
pub(crate) fn overlap_record(case: usize, conflict: &Conflict) -> Record {
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
