use std::collections::VecDeque;
use std::path::Path;

use super::{Failure, Said};
use crate::case::{Case, Found, Need};
use crate::generate::{Firmness, Sequence, Shrinker, Signature, Tried};
use crate::record::FoundRecord;

/// A failure on its way to its shortest sequence.
pub(super) struct Hunt {
    pub(super) signature: Signature,
    /// How many sequences showed it.
    pub(super) count: usize,
    shrinker: Shrinker<Sequence>,
    queue: VecDeque<(usize, Sequence)>,
    length: usize,
    sequence: usize,
    requests: usize,
    /// What was last said of the clauses by a program that failed.
    said: Vec<(Sequence, Said)>,
    /// Whether another hunt is after the same cause, held against another clause.
    pub(super) second: bool,
    over: bool,
    told: bool,
    file: String,
    /// How much the least program is in which the same comes, and is held against another rule; and what it fails of.
    slip: Option<((usize, usize), Signature)>,
    /// Whether a sequence showed it, and not only a candidate for another.
    by_sequence: bool,
}

/// A hunt that is over: its shortest sequence, where that is to be kept, and what it said of the clauses.
pub(in super::super) struct Ended {
    pub(in super::super) case: Case,
    pub(super) said: Option<Said>,
    /// The number of the sequence that showed it first.
    pub(in super::super) sequence: usize,
}

impl Hunt {
    pub(super) fn new(
        failure: Failure,
        ordinal: usize,
        limit: usize,
        (sequence, by_sequence): (usize, bool),
        out: &Path,
    ) -> Self {
        let file = out.join("found").join(format!("{}-{ordinal}.toml", failure.signature.clause));
        Self {
            length: failure.sequence.steps().len(),
            requests: failure.requests,
            signature: failure.signature,
            count: 1,
            shrinker: Shrinker::new(failure.sequence, limit),
            queue: VecDeque::new(),
            sequence,
            said: Vec::new(),
            second: false,
            over: false,
            told: false,
            file: file.display().to_string(),
            slip: None,
            by_sequence,
        }
    }

    /// Takes in that another sequence showed it, which may have been seen before this one was over.
    pub(super) fn again(&mut self, requests: usize) {
        self.count += 1;
        self.requests = self.requests.min(requests);
    }

    /// Returns the file of its shortest sequence, under which its candidates are logged.
    pub(super) fn path(&self) -> &str {
        &self.file
    }

    /// Returns the next candidate to be tried; `room` says how many may be out at once, 0 that there is an end.
    pub(super) fn candidate(&mut self, room: usize) -> Option<(usize, Sequence)> {
        if self.over {
            return None;
        }
        if self.queue.is_empty() && !self.shrinker.is_waiting() {
            self.queue.extend(self.shrinker.propose(room));
            self.over = self.queue.is_empty();
        }
        self.queue.pop_front()
    }

    pub(super) fn take(&mut self, number: usize, tried: Tried<Sequence>, said: Option<Said>) {
        if let (Tried::Fails(sequence), Some(said)) = (&tried, said) {
            self.said.retain(|(known, _)| known != sequence);
            self.said.push((sequence.clone(), said));
        }
        self.shrinker.take(number, tried);
    }

    /// Takes in that the same came in a program, and is held against another rule there.
    pub(super) fn slipped(&mut self, to: &Failure) {
        let weight = to.sequence.weight();
        if self.slip.as_ref().is_none_or(|(known, _)| weight < *known) {
            self.slip = Some((weight, to.signature.clone()));
        }
    }

    /// Returns what less than its shortest sequence fails of, held against another rule: then this rule has nothing to do
    /// with it, if that one is told.
    pub(super) fn comes_down_to(&self) -> Option<&Signature> {
        self.slip.as_ref().filter(|(weight, _)| *weight < self.weight()).map(|(_, signature)| signature)
    }

    /// Returns how much its shortest sequence is.
    pub(super) fn weight(&self) -> (usize, usize) {
        self.shrinker.best().weight()
    }

    /// Tells whether anything was said of the clauses where it came.
    pub(super) fn is_seen(&self) -> bool {
        self.by_sequence || !self.said.is_empty()
    }

    /// Tries no more.
    pub(super) fn stop(&mut self) {
        self.over = true;
    }

    /// The number of the sequence that showed it first.
    pub(super) const fn sequence(&self) -> usize {
        self.sequence
    }

    pub(super) const fn is_over(&self) -> bool {
        self.over
    }

    /// Returns what it came to, once.
    pub(super) fn end(&mut self) -> Option<Ended> {
        if !self.over || self.told {
            return None;
        }
        self.told = true;
        let best = self.shrinker.best();
        let said = self.said.iter().find(|(known, _)| known == best).map(|(_, said)| said.clone());
        let mut case = Case {
            path: self.file.clone(),
            purpose: format!(
                "Found by a generated sequence: {} is answered against {}.",
                self.asked(),
                self.signature.clause
            ),
            clauses: vec![self.signature.clause],
            needs: best.needs().to_vec(),
            spoils: false,
            found: Some(Found {
                target: String::new(),
                version: String::new(),
                clause: self.signature.clause,
                seed: String::new(),
                length: u32::try_from(self.length).unwrap_or(u32::MAX),
            }),
            steps: best.steps().to_vec(),
        };
        let rehearsed = case.rehearse();
        if rehearsed.copies > 0 {
            case.needs.insert(0, Need::Copies(rehearsed.copies));
        }
        Some(Ended { case, said, sequence: self.sequence })
    }

    fn asked(&self) -> &'static str {
        self.signature.operation.map_or("what is asked", |operation| operation.name())
    }

    pub(super) fn record(&self) -> FoundRecord {
        let (shown, played) = self.shrinker.shown();
        FoundRecord {
            clause: self.signature.clause.name().to_owned(),
            operation: self.asked().to_owned(),
            file: self.file.clone(),
            count: self.count,
            found_length: self.length,
            length: self.shrinker.best().steps().len(),
            executions: self.shrinker.spent(),
            shown,
            played,
            flaky: self.shrinker.firmness() == Firmness::Flaky,
            requests: self.requests,
        }
    }
}
