use crate::oracle::{Conflict, Contradiction, Judgement, Reason};
use crate::service::Operation;
use crate::spec::ClauseId;
use crate::trace::Event;

/// What makes two failures the same one: a shorter sequence counts only if it fails so.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Signature {
    /// The clause that is contradicted.
    pub clause: ClauseId,
    /// The operation whose answer contradicts it; `None` where the clause is about every answer, or several are needed.
    pub operation: Option<Operation>,
    /// In what way.
    pub reason: Reason,
    /// What was expected, without names, numbers and messages.
    pub expected: String,
    /// What was observed, likewise.
    pub observed: String,
}

impl Signature {
    /// The signature of a contradiction; `run` is what every name of the run has in it.
    #[must_use]
    pub fn of(clause: ClauseId, event: &Event, found: &Contradiction, run: &str) -> Self {
        if Conflict::is_told_by(found) {
            // The next time other calls are in each other's way, and others are the last.
            let (expected, observed) = ("an order".to_owned(), "none".to_owned());
            return Self { clause, operation: None, reason: found.reason, expected, observed };
        }
        Self {
            clause,
            operation: (!is_of_any(clause)).then(|| event.step.call.operation()),
            reason: found.reason,
            expected: class(&found.expected, run),
            observed: class(&found.observed, run),
        }
    }

    /// Tells whether what was asked and seen is the same, whatever rule it is held against.
    #[must_use]
    pub fn has_cause_of(&self, other: &Self) -> bool {
        let cause = |signature: &Self| {
            (signature.operation, signature.reason, signature.expected.clone(), signature.observed.clone())
        };
        cause(self) == cause(other)
    }

    /// Tells whether the other may come down to this one: the same was asked and seen, and is held against another rule;
    /// what calls show that overlap comes down to what one of them shows alone, and how several faults are answered to
    /// how one is.
    #[must_use]
    pub fn underlies(&self, other: &Self) -> bool {
        let overlap = |signature: &Self| signature.clause.name().starts_with("overlap.");
        let several = |signature: &Self| signature.clause.name().ends_with(".faults.any");
        let alike = self.operation == other.operation;
        self.clause != other.clause
            && (self.has_cause_of(other)
                || alike && overlap(other) && !overlap(self)
                || alike && several(other) && !several(self) && self.observed == other.observed)
    }

    /// Walks the failures of a trace, each with its place.
    pub fn all<'a>(
        trace: &'a [(Event, Judgement)],
        run: &'a str,
    ) -> impl Iterator<Item = (usize, Self, &'a Contradiction)> {
        trace.iter().enumerate().flat_map(move |(place, (event, judgement))| {
            judgement.contradictions().map(move |(clause, found)| (place, Self::of(clause, event, found, run), found))
        })
    }
}

/// Tells whether the clause is about the form of any answer.
fn is_of_any(clause: ClauseId) -> bool {
    clause.name().starts_with("wire.")
}

/// Returns a text without what differs from one execution to the next: names of the run, numbers, quoted messages.
fn class(text: &str, run: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut quoted = false;
    let mut text = text.to_owned();
    // What a list holds differs from one sequence to the next.
    while let Some((from, upto)) = text.find('[').and_then(|from| Some((from, from + text.get(from..)?.find(']')?))) {
        text.replace_range(from..=upto, "…");
    }
    for word in text.split_inclusive([' ', ',', '`', ':', '=']) {
        let was_quoted = quoted;
        let quotes = word.bytes().filter(|byte| *byte == b'"').count();
        quoted ^= quotes % 2 == 1;
        if was_quoted || quotes > 0 {
            continue;
        }
        let (bare, end) = match word.char_indices().next_back() {
            Some((at, last)) if !last.is_alphanumeric() => (word.get(..at).unwrap_or_default(), last),
            _ => (word, ' '),
        };
        if !run.is_empty() && bare.to_ascii_lowercase().contains(run) {
            out.push('$');
        } else {
            // A status is no number that differs.
            let keeps = bare.len() == 3 && out.is_empty();
            let mut number = false;
            for c in bare.chars() {
                let digit = c.is_ascii_digit() && !keeps;
                if digit && !number {
                    out.push('#');
                } else if !digit {
                    out.push(c);
                }
                number = digit;
            }
        }
        if end != ' ' || !out.ends_with(' ') {
            out.push(end);
        }
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::{Call, Form, Indeterminate, Outcome};
    use crate::spec::id;
    use crate::trace::{Interval, Role};

    #[test]
    fn what_differs_from_run_to_run_is_left_out() {
        for (text, wanted) in [
            ("200 cs1k2-7-a creating", "200 $ creating"),
            ("200 CS1K2-9-B creating", "200 $ creating"),
            ("400 InvalidSnapshotState \"The snapshot cs1k2-7-a is 3.\"", "400 InvalidSnapshotState"),
            ("404 SnapshotNotFoundFault", "404 SnapshotNotFoundFault"),
            ("`cs1k2-7-a` settles within 60 s", "`$` settles within # s"),
            ("at most 20", "at most #"),
            ("200 [cs1k2-7-a available, cs1k2-8-b available] and 3 more", "200 … and # more"),
            ("tags [k=v K=x]", "tags …"),
        ] {
            assert_eq!(class(text, "1k2"), wanted, "{text}");
        }
    }

    #[test]
    fn whichever_calls_fit_no_order_it_is_the_same_failure() {
        let event = |call: Call| Event {
            role: Role::Given,
            step: call.into(),
            outcome: Outcome::Indeterminate(Indeterminate::TimedOut),
            form: Form::default(),
            interval: Interval::default(),
        };
        let none = |calls: usize, observed: &str| Contradiction {
            reason: Reason::Wrong,
            expected: format!("an order of these {calls} calls in which each may be answered as it was"),
            observed: observed.to_owned(),
        };
        let of = |event: &Event, found: &Contradiction| Signature::of(id::COPY_RACE_ONE_WINNER, event, found, "1k2");
        let (delete, list) = (event(Call::Delete { name: None }), event(Call::ListTags { resource: None }));
        let one = of(&delete, &none(2, "none: in the order 1 2, call 2 should be answered by a reply (200)"));
        assert_eq!(one, of(&list, &none(3, "none: in the order 2 1 3, call 1 should not be answered")));
        let other = Contradiction { reason: Reason::Wrong, expected: String::new(), observed: String::new() };
        assert_ne!(of(&delete, &other), of(&list, &other));
    }
}
