use serde::Serialize;

use super::clause::ClauseResult;
use crate::oracle::Verdict;

/// Whether something can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Every clause that it relies on was seen kept.
    Yes,
    /// Some of them were not seen at all.
    Unknown,
    /// One of them is contradicted, or an operation is not there.
    No,
}

impl Answer {
    /// Returns the word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Unknown => "unknown",
            Self::No => "no",
        }
    }

    /// Returns what a verdict comes to for somebody who relies on the clause; `None` stands for a clause that no run judged.
    #[must_use]
    pub const fn of(verdict: Option<Verdict>) -> Self {
        match verdict {
            Some(Verdict::Pass | Verdict::NonStrict) => Self::Yes,
            Some(
                Verdict::Unsupported
                | Verdict::KnownFail
                | Verdict::Warn
                | Verdict::Flaky
                | Verdict::Misrouted
                | Verdict::Fail,
            ) => Self::No,
            _ => Self::Unknown,
        }
    }
}

/// What people do with copies of snapshots, and the clauses that each relies on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Workflow {
    /// What is done.
    pub name: &'static str,
    /// What it relies on.
    pub clauses: &'static [&'static str],
}

/// Every workflow that reports answer for.
pub const WORKFLOWS: &[Workflow] = &[
    Workflow {
        name: "nightly copy, keep 7",
        clauses: &[
            "copy.succeeds",
            "copy.reply.names-target",
            "copy.visible",
            "copy.settles",
            "copy.create-time",
            "describe.by-name",
            "describe.list.complete",
            "delete.succeeds",
            "delete.gone",
            "snapshot.persists",
        ],
    },
    Workflow {
        name: "copy, then restore",
        clauses: &[
            "copy.succeeds",
            "copy.visible",
            "copy.settles",
            "copy.reply.metadata",
            "describe.by-name",
            "restore.succeeds",
        ],
    },
    Workflow {
        name: "copy, then delete the source",
        clauses: &[
            "copy.succeeds",
            "copy.visible",
            "copy.settles",
            "describe.by-name",
            "delete.succeeds",
            "delete.gone",
            "copy.survives-source",
        ],
    },
    Workflow {
        name: "export to S3",
        clauses: &[
            "export.succeeds",
            "export.written",
            "export.key",
            "export.object",
            "export.source.back",
            "describe.by-name",
        ],
    },
];

/// What a target does for a workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct WorkflowAnswer {
    /// Whether it can be relied on.
    pub answer: Answer,
    /// The clauses that are in the way, or that nothing is known of.
    pub because: Vec<String>,
}

impl WorkflowAnswer {
    /// Returns what the clauses of a run come to for those that something relies on.
    #[must_use]
    pub fn of(clauses: &[&str], results: &[ClauseResult]) -> Self {
        let verdict = |id: &str| results.iter().find(|result| result.id == id).map(|result| result.verdict);
        let said: Vec<(&str, Answer)> = clauses.iter().map(|id| (*id, Answer::of(verdict(id)))).collect();
        let answer = said.iter().map(|(_, answer)| *answer).max().unwrap_or(Answer::Unknown);
        let because = said.iter().filter(|(_, own)| answer != Answer::Yes && *own == answer);
        Self { answer, because: because.map(|(id, _)| (*id).to_owned()).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::formats;
    use super::*;
    use crate::spec::Catalogue;

    #[test]
    fn workflows_rely_on_clauses_that_there_are() {
        for workflow in WORKFLOWS {
            for id in workflow.clauses {
                let known = Catalogue::embedded().is_ok_and(|all| all.named(id).is_some());
                assert!(known, "{}: {id}", workflow.name);
            }
        }
    }

    #[test]
    fn what_is_contradicted_beats_what_is_unknown() {
        let failed = formats::failed().by_clause;
        let of = |clauses: &[&str]| {
            let said = WorkflowAnswer::of(clauses, &failed);
            format!("{} {}", said.answer.word(), said.because.join(" "))
        };
        assert_eq!(of(&["copy.succeeds", "delete.gone"]), "yes ");
        assert_eq!(of(&["copy.succeeds", "copy.settles"]), "unknown copy.settles");
        assert_eq!(of(&["copy.settles", "copy.target.taken", "tags.list"]), "no copy.target.taken tags.list");
        assert_eq!(of(&["no.such-clause"]), "unknown no.such-clause");
        assert_eq!(of(&[]), "unknown ");
    }
}
