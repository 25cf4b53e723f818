use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::lanes::verdict_record;
use crate::oracle::{CaseVerdicts, Deed, Judgement, Verdict};
use crate::record::VerdictRecord;
use crate::spec::Catalogue;
use crate::trace::Event;

/// A case as it was played.
type Trace = Vec<(Event, Judgement)>;

/// What is known to succeed where the refusals of a run share a twin, whether the target lives, and the cases that wait for
/// either.
#[derive(Debug, Default)]
pub(super) struct SharedTwins {
    known: Mutex<Vec<Deed>>,
    /// Whether the target showed in some case that it lives.
    lived: AtomicBool,
    open: Mutex<Vec<(VerdictRecord, Trace)>>,
}

impl SharedTwins {
    /// Returns what a run begins with that knows so much, and whether the target lives.
    pub(super) const fn knowing(known: Vec<Deed>, lived: bool) -> Self {
        Self { known: Mutex::new(known), lived: AtomicBool::new(lived), open: Mutex::new(Vec::new()) }
    }

    /// Tells whether the target showed in some case that it lives.
    pub(super) fn lives(&self) -> bool {
        self.lived.load(Ordering::Relaxed)
    }

    /// Takes in what succeeded in a case, and returns all that is known.
    pub(super) fn learn(&self, trace: &[(Event, Judgement)]) -> Vec<Deed> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for (event, judgement) in trace {
            let deed = Deed::of(&event.step.call);
            if judgement.succeeded && !known.contains(&deed) {
                known.push(deed);
            }
        }
        known.clone()
    }

    /// Remembers a case in which a refusal had no twin, or that did not show that the target lives.
    pub(super) fn keep(&self, said: &VerdictRecord, trace: &[(Event, Judgement)]) {
        let open = said.clauses.iter().any(|said| said.verdict == Verdict::PreconditionFailed.word());
        self.lived.fetch_or(said.lives && !said.lives_elsewhere, Ordering::Relaxed);
        if open {
            self.open.lock().unwrap_or_else(PoisonError::into_inner).push((said.clone(), trace.to_vec()));
        }
    }

    /// Returns what such cases say now that the run is over: the twin, or the sign of life, may have come after them.
    pub(super) fn settled(&self, catalogue: &Catalogue) -> Vec<VerdictRecord> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let lived = self.lived.load(Ordering::Relaxed);
        let open = std::mem::take(&mut *self.open.lock().unwrap_or_else(PoisonError::into_inner));
        let said = open.into_iter().filter_map(|(before, trace)| {
            let mut now = verdict_record(&CaseVerdicts::of_run(catalogue, &trace, &known, lived), before.case);
            // What was seen to stay without an answer in several attempts no trace tells.
            for said in &mut now.clauses {
                if let Some(before) = before.clauses.iter().find(|before| before.clause == said.clause)
                    && before.verdict != Verdict::PreconditionFailed.word()
                {
                    said.clone_from(before);
                }
            }
            let unsaid = |clause: &str| now.clauses.iter().all(|said| said.clause != clause);
            let rest: Vec<_> = before.clauses.iter().filter(|said| unsaid(&said.clause)).cloned().collect();
            now.clauses.extend(rest);
            (now.clauses != before.clauses).then_some(now)
        });
        said.collect()
    }
}
