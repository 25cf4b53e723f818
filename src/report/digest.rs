use std::collections::BTreeMap;

use crate::record::{
    CaseRecord, CaseState, ClauseRecord, ClauseVerdict, Footer, Header, JudgementRecord, Record, StepRecord,
    SupportRecord, VerdictRecord,
};

/// The records of a log, in the order in which reports ask for them.
#[derive(Default)]
pub(super) struct Digest<'a> {
    pub(super) header: Option<&'a Header>,
    pub(super) clauses: Vec<&'a ClauseRecord>,
    pub(super) supports: Vec<&'a SupportRecord>,
    /// By path: a case that was played several times counts once.
    pub(super) cases: BTreeMap<&'a str, Case<'a>>,
    pub(super) footer: Option<&'a Footer>,
    pub(super) leaked: usize,
    pub(super) steps: usize,
    pub(super) requests: usize,
    pub(super) last_ns: u64,
}

/// A case with all its attempts.
#[derive(Default)]
pub(super) struct Case<'a> {
    /// What was last said of whether it runs.
    pub(super) record: Option<&'a CaseRecord>,
    /// Those that ran, by number.
    pub(super) attempts: BTreeMap<usize, Attempt<'a>>,
}

/// A case as it was played once.
#[derive(Default)]
pub(super) struct Attempt<'a> {
    pub(super) prefix: &'a str,
    pub(super) steps: Vec<&'a StepRecord>,
    pub(super) judgements: Vec<&'a JudgementRecord>,
    /// Absent where it was cut short, or given up and played again.
    pub(super) verdict: Option<&'a VerdictRecord>,
}

impl<'a> Digest<'a> {
    pub(super) fn of(records: &'a [Record]) -> Self {
        let mut digest = Self::default();
        let mut attempts: BTreeMap<usize, Attempt<'a>> = BTreeMap::new();
        let mut places: BTreeMap<usize, &'a str> = BTreeMap::new();
        for record in records {
            match record {
                Record::Header(header) => digest.header = Some(header),
                Record::Clause(clause) => digest.clauses.push(clause),
                Record::Support(support) => digest.supports.push(support),
                Record::Case(case) => {
                    digest.cases.entry(&case.path).or_default().record = Some(case);
                    if case.state == CaseState::Runs {
                        attempts.entry(case.case).or_default().prefix = &case.prefix;
                        places.insert(case.case, &case.path);
                    }
                }
                Record::Step(step) => {
                    digest.steps += 1;
                    digest.requests += 1 + step.retries as usize;
                    digest.last_ns = digest.last_ns.max(step.returned_ns);
                    attempts.entry(step.case).or_default().steps.push(step);
                }
                Record::Judgement(judgement) => attempts.entry(judgement.case).or_default().judgements.push(judgement),
                Record::Verdict(verdict) => attempts.entry(verdict.case).or_default().verdict = Some(verdict),
                Record::Resource(resource) => digest.leaked += usize::from(resource.state == "leaked"),
                Record::Footer(footer) => digest.footer = Some(footer),
            }
        }
        for (number, mut attempt) in attempts {
            if let Some(path) = places.get(&number) {
                attempt.steps.sort_by_key(|step| step.step);
                digest.cases.entry(path).or_default().attempts.insert(number, attempt);
            }
        }
        if let Some(footer) = digest.footer {
            digest.leaked = digest.leaked.max(footer.leaked);
        }
        digest
    }

    /// Walks what was said of the clauses: path, attempt, and clause by clause.
    pub(super) fn said(&self) -> impl Iterator<Item = (&'a str, &Attempt<'a>, &'a VerdictRecord, &'a ClauseVerdict)> {
        self.cases.iter().flat_map(|(path, case)| {
            case.attempts.values().filter_map(|attempt| attempt.verdict.map(|verdict| (attempt, verdict))).flat_map(
                move |(attempt, verdict)| verdict.clauses.iter().map(move |said| (*path, attempt, verdict, said)),
            )
        })
    }
}

impl Case<'_> {
    /// Tells whether it was played to its end.
    pub(super) fn ran(&self) -> bool {
        self.attempts.values().any(|attempt| attempt.verdict.is_some())
    }

    /// Tells whether it was begun and has no end.
    pub(super) fn cut_short(&self) -> bool {
        !self.ran() && self.record.is_some_and(|record| record.state == CaseState::Runs)
    }
}
