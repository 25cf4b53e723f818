use anstyle::{AnsiColor, Style};

use super::clause::verdict_of;
use super::digest::{Attempt, Digest};
use super::steps::{GONE, plain_names};
use super::words::{tame, wrap};
use crate::oracle::Verdict;
use crate::record::Record;
use crate::trace::Role;

/// How wide the column of roles is, with room for `poll ×12`.
const ROLES: usize = 11;
/// How wide calls are made, so that the outcomes stand below each other.
const WIDEST_CALL: usize = 52;

/// Returns every step of the case as it was played last, one line each, with what each contradicts below it; a row of
/// equal polls is one line. Empty where the case did not run.
#[must_use]
pub fn transcript(records: &[Record], case: &str, colour: bool, width: usize) -> String {
    let digest = Digest::of(records);
    let run = digest.header.map_or("", |header| header.run.as_str());
    let Some(attempt) = digest.cases.get(case).and_then(|case| case.attempts.last()) else {
        return String::new();
    };
    let rows = rows(attempt, run);
    let widest = rows.iter().map(|row| row.call.chars().count()).max().unwrap_or_default().min(WIDEST_CALL);
    let page = Page { colour, width: width.max(60), widest };
    rows.iter().map(|row| page.row(row) + &page.rulings(attempt, row.step, run)).collect()
}

/// A line of the transcript.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    role: String,
    call: String,
    outcome: String,
    count: usize,
    step: usize,
}

/// Of a row of polls, what was asked and answered stays where either changes, and where something is said of it.
fn rows(attempt: &Attempt<'_>, run: &str) -> Vec<Row> {
    let plain = |text: &str| plain_names(text, attempt.prefix, run);
    let mut rows: Vec<Row> = Vec::new();
    let mut loss = attempt.loss();
    for step in &attempt.steps {
        if let Some((_, call)) = loss.take_if(|(after, _)| *after <= step.step) {
            let (role, outcome) = (Role::Fixture.word().to_owned(), GONE.to_owned());
            rows.push(Row { role, call: plain(&call), outcome, count: 1, step: usize::MAX });
        }
        let row = Row {
            role: step.role.clone(),
            call: plain(&step.call),
            outcome: plain(&step.outcome),
            count: 1,
            step: step.step,
        };
        match rows.last_mut() {
            Some(last) if is_same(last, &row) && !is_ruled(attempt, last.step) && !is_ruled(attempt, row.step) => {
                last.count += 1;
            }
            _ => rows.push(row),
        }
    }
    rows
}

fn is_same(one: &Row, other: &Row) -> bool {
    let role = Role::Poll.word();
    one.role == role && other.role == role && one.call == other.call && one.outcome == other.outcome
}

fn is_ruled(attempt: &Attempt<'_>, step: usize) -> bool {
    attempt.judgements.iter().any(|judgement| judgement.step == step && !judgement.rulings.is_empty())
}

struct Page {
    colour: bool,
    width: usize,
    widest: usize,
}

const DIM: Style = Style::new().dimmed();

impl Page {
    fn paint(&self, style: Style, text: &str) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    fn row(&self, row: &Row) -> String {
        let role = row.role.replace('_', " ");
        let role = if row.count > 1 { format!("{role} ×{}", row.count) } else { role };
        let given = row.role == Role::Given.word();
        let style = if given { Style::new() } else { DIM };
        let role = self.paint(DIM, &format!("{role:<ROLES$}"));
        let (call, outcome, widest) = (tame(&row.call), format!("=>  {}", tame(&row.outcome)), self.widest);
        let room = self.width.saturating_sub(ROLES);
        if call.chars().count() <= widest && widest + 2 + outcome.chars().count() <= room {
            return format!("{role}{}\n", self.paint(style, &format!("{call:<widest$}  {outcome}")));
        }
        let mut text = String::new();
        let calls = wrap(&call, room).into_iter().map(|line| (0, line));
        let outcomes = wrap(&outcome, room.saturating_sub(4)).into_iter().map(|line| (4, line));
        for (place, (indent, line)) in calls.chain(outcomes).enumerate() {
            let margin = if place == 0 { role.clone() } else { " ".repeat(ROLES) };
            text.push_str(&format!("{margin}{:indent$}{}\n", "", self.paint(style, &line)));
        }
        text
    }

    fn rulings(&self, attempt: &Attempt<'_>, step: usize, run: &str) -> String {
        let mut text = String::new();
        for ruling in attempt.judgements.iter().filter(|judgement| judgement.step == step).flat_map(|all| &all.rulings)
        {
            let said =
                attempt.verdict.and_then(|verdict| verdict.clauses.iter().find(|one| one.clause == ruling.clause));
            // What nothing is held against is open here, whatever else is said of the clause in the case.
            let open = ruling.expected.is_empty() && verdict_of(&ruling.reason) == Verdict::Inconclusive;
            let said = said.filter(|_| !open);
            let verdict = said.map_or(Verdict::Inconclusive, |said| verdict_of(&said.verdict));
            let style = match verdict {
                Verdict::Fail | Verdict::Error | Verdict::ModelStale | Verdict::Misrouted => AnsiColor::Red,
                _ => AnsiColor::Yellow,
            };
            let style = Style::new().fg_color(Some(style.into()));
            let head =
                format!("{}  {}", self.paint(style, &verdict.word().replace('_', " ").to_uppercase()), ruling.clause);
            text.push_str(&format!("{:ROLES$}{head}\n", ""));
            let both = [("expected", &ruling.expected), (if open { "since" } else { "observed" }, &ruling.observed)];
            for (label, words) in both.into_iter().skip(usize::from(open)) {
                let words = plain_names(words, attempt.prefix, run);
                for (place, line) in wrap(&tame(&words), self.width.saturating_sub(ROLES + 14)).iter().enumerate() {
                    let label = self.paint(DIM, &format!("{:<10}", if place == 0 { label } else { "" }));
                    text.push_str(&format!("{:pad$}{label}{line}\n", "", pad = ROLES + 4));
                }
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{
        CaseRecord, CaseState, ClauseVerdict, Header, JudgementRecord, RulingRecord, StepRecord, VerdictRecord,
    };

    fn step(number: usize, role: Role, call: &str, outcome: &str) -> Record {
        let operation = call.split(' ').next().unwrap_or_default().to_owned();
        let (role, call, outcome) = (role.word().to_owned(), call.to_owned(), outcome.to_owned());
        Record::Step(StepRecord { case: 7, step: number, role, operation, call, outcome, ..StepRecord::default() })
    }

    #[test]
    fn polls_are_folded_and_what_is_contradicted_stands_below_its_step() {
        let case = CaseRecord {
            case: 7,
            path: "copy/x".to_owned(),
            prefix: "-7-".to_owned(),
            clauses: Vec::new(),
            state: CaseState::Runs,
        };
        let ruling = RulingRecord {
            clause: "copy.target.taken".to_owned(),
            reason: "wrong".to_owned(),
            expected: "SnapshotAlreadyExistsFault".to_owned(),
            observed: "200".to_owned(),
        };
        let open = RulingRecord {
            clause: "copy.target.taken".to_owned(),
            reason: "inconclusive".to_owned(),
            observed: "an earlier contradiction".to_owned(),
            ..RulingRecord::default()
        };
        let said = ClauseVerdict { clause: ruling.clause.clone(), verdict: "fail".to_owned(), evidence: None };
        let records = [
            Record::Header(Header { run: "1k2".to_owned(), ..Header::default() }),
            Record::Case(case),
            step(0, Role::Given, "CopySnapshot cs1k2-0-base -> cs1k2-7-a", "200"),
            step(1, Role::Poll, "DescribeSnapshots cs1k2-7-a", "creating"),
            step(2, Role::Poll, "DescribeSnapshots cs1k2-7-a", "creating"),
            step(3, Role::Poll, "DescribeSnapshots cs1k2-7-a", "available"),
            step(4, Role::Given, "CopySnapshot cs1k2-0-base -> cs1k2-7-a", "200"),
            Record::Judgement(JudgementRecord { case: 7, step: 4, rulings: vec![ruling, open], passing: false }),
            Record::Verdict(VerdictRecord { case: 7, lives: true, clauses: vec![said], ..VerdictRecord::default() }),
        ];
        let wanted = "\
given      CopySnapshot base -> a  =>  200
poll ×2    DescribeSnapshots a     =>  creating
poll       DescribeSnapshots a     =>  available
given      CopySnapshot base -> a  =>  200
           FAIL  copy.target.taken
               expected  SnapshotAlreadyExistsFault
               observed  200
           INCONCLUSIVE  copy.target.taken
               since     an earlier contradiction
";
        assert_eq!(transcript(&records, "copy/x", false, 100), wanted);
        assert_eq!(transcript(&records, "copy/y", false, 100), "");
    }
}
