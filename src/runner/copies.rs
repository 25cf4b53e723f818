use std::sync::PoisonError;

use super::share::Shared;
use crate::execute::Played;
use crate::oracle::{CopyKind, Mark, Reason, Verdict};
use crate::record::{ClauseVerdict, EvidenceRecord, ONE_AVAILABLE, VerdictRecord};
use crate::service::{Call, Text};
use crate::spec::id;

/// How the copies of a run ended, kind by kind.
#[derive(Debug)]
pub(super) struct Copies([Tally; CopyKind::ALL.len()]);

/// How the copies of a kind ended, and what the first case said in which one failed.
#[derive(Debug)]
struct Tally {
    kind: CopyKind,
    available: usize,
    failed: usize,
    first: Option<(VerdictRecord, usize)>,
}

/// How likely it may be at most that copies fail by chance, for that to be held against a target.
const BY_CHANCE: f64 = 1e-6;

impl Default for Copies {
    fn default() -> Self {
        Self(CopyKind::ALL.map(|kind| Tally { kind, available: 0, failed: 0, first: None }))
    }
}

impl Copies {
    /// Returns what the first case with a failed copy says where all failed that could have become available, or all of a
    /// kind while others did not; one that fails says nothing.
    pub(super) fn always_failed(&mut self) -> Vec<VerdictRecord> {
        let [all, kinds @ ..] = &mut self.0;
        if let Some(record) = all.always_failed(ONE_AVAILABLE.to_owned(), String::new()) {
            return vec![record];
        }
        let of_kind = |tally: &mut Tally| {
            let (available, failed) = (all.available - tally.available, all.failed - tally.failed);
            // How often one fails that is of no such kind, of so many as were seen.
            let rate = (failed + 1) as f64 / (available + failed + 2) as f64;
            let by_chance = i32::try_from(tally.failed).map_or(0.0, |count| rate.powi(count));
            let [_, one] = tally.kind.words();
            let others = format!("; of {} other copies {failed}", available + failed);
            (by_chance < BY_CHANCE).then(|| tally.always_failed(format!("{one} that becomes available"), others))?
        };
        kinds.iter_mut().filter_map(of_kind).collect()
    }
}

impl Tally {
    fn always_failed(&mut self, expected: String, others: String) -> Option<VerdictRecord> {
        let (mut record, step) = self.first.clone().filter(|_| self.failed > 1 && self.available == 0)?;
        let [copies, _] = self.kind.words();
        let evidence = EvidenceRecord {
            step,
            reason: Reason::Wrong.word().to_owned(),
            expected,
            observed: format!("all of {} {copies} failed{others}", self.failed),
        };
        let clause = id::COPY_SETTLES.name().to_owned();
        record.clauses.retain(|said| said.clause != clause);
        let verdict = Verdict::Fail.word().to_owned();
        record.clauses.push(ClauseVerdict { clause, verdict, evidence: Some(evidence) });
        Some(record)
    }
}

impl Shared {
    /// Counts how the copies of a case ended; returns whether it is the first of a kind in which one failed.
    pub(super) fn count_copies(&self, played: &Played, record: &VerdictRecord) -> bool {
        let mut is_first = false;
        let mut copies = self.copies.lock().unwrap_or_else(PoisonError::into_inner);
        for tally in &mut copies.0 {
            let (available, failed) = played.belief.ended_copies(tally.kind);
            tally.available += available.len();
            tally.failed += failed.len();
            if tally.first.is_none()
                && let Some(step) = shown_failed(played, &failed)
            {
                tally.first = Some((record.clone(), step));
                is_first = true;
            }
        }
        is_first
    }
}

/// Returns the step that first showed one of them as failed.
fn shown_failed(played: &Played, names: &[&Text]) -> Option<usize> {
    played.trace.iter().position(|(event, judgement)| {
        let Call::Describe(describe) = &event.step.call else { return false };
        let is_one = describe.name.as_ref().is_some_and(|name| names.iter().any(|one| one.eq_ignore_ascii_case(name)));
        let rulings = || judgement.rulings.iter();
        is_one
            && rulings().any(|ruling| ruling.clause == id::COPY_SETTLES && matches!(ruling.mark, Mark::Inconclusive(_)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copies(ended: [(usize, usize); CopyKind::ALL.len()]) -> Vec<String> {
        let mut copies = Copies::default();
        for (tally, (available, failed)) in copies.0.iter_mut().zip(ended) {
            (tally.available, tally.failed) = (available, failed);
            let record =
                VerdictRecord { case: 0, lives: true, lives_elsewhere: false, clauses: Vec::new(), twins: Vec::new() };
            tally.first = (failed > 0).then_some((record, 0));
        }
        let said = copies.always_failed();
        let evidence = said.iter().flat_map(|record| &record.clauses).filter_map(|said| said.evidence.as_ref());
        evidence.map(|evidence| evidence.observed.clone()).collect()
    }

    #[test]
    fn copies_that_always_fail_are_told_from_those_that_fail_at_times() {
        let none = (0, 0);
        assert_eq!(copies([(0, 9), (0, 4), none, none, none]), ["all of 9 copies failed"]);
        assert_eq!(copies([(0, 1), none, none, none, none]), [""; 0]);
        assert_eq!(
            copies([(400, 4), (0, 4), none, (90, 0), none]),
            ["all of 4 copies of copies failed; of 400 other copies 0"]
        );
        // By chance, or with others of the kind that do not.
        assert_eq!(copies([(300, 100), (0, 4), none, none, none]), [""; 0]);
        assert_eq!(copies([(400, 9), (1, 9), none, none, none]), [""; 0]);
    }
}
