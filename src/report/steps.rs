use std::collections::BTreeSet;

use super::digest::Attempt;
use crate::record::{EvidenceRecord, StepRecord, numbered};
use crate::service::Operation;
use crate::trace::Role;

/// How wide the calls are made, so that the outcomes stand below each other.
const WIDEST_CALL: usize = 44;
/// How many steps that differ in the number of a name alone are shown one by one.
const MOST_ALIKE: usize = 4;
/// What comes of the deletion of what the snapshots were taken of, once it was waited for.
pub(super) const GONE: &str = "gone";

/// Returns the steps that lead to the evidence, one line each: a case's own steps up to it, the deletion of what its
/// snapshots were taken of, and of the others those that concern its snapshots; of a row of polls, the last of each call,
/// and of a longer row of steps that differ in the number of a name alone, the first and the last.
pub(super) fn lines(attempt: &Attempt<'_>, evidence: &EvidenceRecord, run: &str) -> Vec<String> {
    let upto: Vec<&StepRecord> = attempt.steps.iter().copied().filter(|step| step.step <= evidence.step).collect();
    let kept = concerning(&upto, evidence);
    let plain = |text: &str| plain_names(text, attempt.prefix, run);
    let mut shown: Vec<(String, String)> = kept.iter().map(|step| (plain(&step.call), plain(&step.outcome))).collect();
    if let Some((after, call)) = attempt.loss()
        && let Some(place) = kept.iter().position(|step| step.step >= after)
    {
        shown.insert(place, (plain(&call), GONE.to_owned()));
    }
    let width = shown.iter().map(|(call, _)| call.chars().count()).max().unwrap_or_default().min(WIDEST_CALL);
    let digits = shown.len().to_string().len();
    let line = |(index, (call, outcome)): (usize, &(String, String))| {
        format!("{:>digits$}  {call:<width$}  =>  {outcome}", index + 1)
    };
    let mut lines = Vec::new();
    let mut steps = shown.iter().enumerate();
    for row in shown.chunk_by(is_alike) {
        let mut row: Vec<String> = steps.by_ref().take(row.len()).map(line).collect();
        if row.len() > MOST_ALIKE {
            let between = row.len() - 2;
            row.splice(1..=between, [format!("{:>digits$}  {between} more of that kind", "…")]);
        }
        lines.append(&mut row);
    }
    lines
}

/// Tells whether two steps differ in no more than the numbers that names end with.
fn is_alike(one: &(String, String), other: &(String, String)) -> bool {
    unnumbered(&one.0).eq(unnumbered(&other.0)) && unnumbered(&one.1).eq(unnumbered(&other.1))
}

/// Returns the text without the digits that follow a letter or a hyphen.
fn unnumbered(text: &str) -> impl Iterator<Item = char> {
    let mut in_name = false;
    text.chars().filter(move |&c| {
        let number = c.is_ascii_digit();
        in_name = if number { in_name } else { c.is_alphabetic() || c == '-' };
        !(number && in_name)
    })
}

fn concerning<'a>(upto: &[&'a StepRecord], evidence: &EvidenceRecord) -> Vec<&'a StepRecord> {
    let Some((last, before)) = upto.split_last() else { return Vec::new() };
    let mut names: BTreeSet<String> = names(last).into_iter().collect();
    // A call that names no snapshot, such as a listing, concerns all of them.
    let all = names.is_empty();
    names.extend([&evidence.expected, &evidence.observed].into_iter().flat_map(|text| spoken_of(text)));
    let mut kept = Vec::new();
    if last.step == evidence.step {
        kept.push(*last);
    }
    for (place, step) in before.iter().enumerate().rev() {
        let rest = before.get(place + 1..).unwrap_or_default();
        if is_role(step, &[Role::Fixture]) || is_repeated(step, rest, last) {
            continue;
        }
        let own = self::names(step);
        let subject = own.last();
        if is_role(step, &[Role::Given]) || all || subject.is_some_and(|subject| names.contains(subject)) {
            kept.push(step);
            names.extend(own);
        }
    }
    kept.reverse();
    kept
}

fn is_role(step: &StepRecord, roles: &[Role]) -> bool {
    roles.iter().any(|role| role.word() == step.role)
}

/// Tells whether the same call is sent again before anything but polls and repetitions happens.
fn is_repeated(step: &StepRecord, rest: &[&StepRecord], last: &StepRecord) -> bool {
    let waits = |other: &&&StepRecord| is_role(other, &[Role::Poll, Role::Again]);
    let again = rest.iter().copied().chain([last]).collect::<Vec<_>>();
    let mut row = again.iter().take_while(waits);
    let repeats = if is_role(step, &[Role::Poll]) { Role::Poll } else { Role::Again };
    row.any(|other| other.call == step.call && other.role == repeats.word())
}

/// Returns the snapshots that a call names, the one that it acts on last, in lower case.
fn names(step: &StepRecord) -> Vec<String> {
    let snapshots = Operation::from_name(&step.operation).is_some_and(Operation::is_modelled);
    let Some((_, rest)) = step.call.split_once(&step.operation).filter(|_| snapshots) else { return Vec::new() };
    let rest = rest.strip_prefix(')').unwrap_or(rest);
    let head = rest.split(", ").next().unwrap_or_default();
    head.split(" -> ")
        .map(|name| name.trim().trim_matches('"'))
        .filter(|name| !name.is_empty() && !name.starts_with('('))
        .map(|name| name.rsplit(':').next().unwrap_or(name).to_lowercase())
        .collect()
}

/// Returns what stands between backticks, in lower case.
fn spoken_of(text: &str) -> impl Iterator<Item = String> {
    text.split('`').skip(1).step_by(2).map(str::to_lowercase)
}

/// Returns the text with the names that the run made up as the case has them: `cs1k2-7-a` is `a`.
pub(super) fn plain_names(text: &str, prefix: &str, run: &str) -> String {
    let mut text = text.to_owned();
    if prefix.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        text = cut(&text, prefix, false);
    }
    // Of a log that was merged, each shard has a run's id of its own.
    run.split(' ').filter(|run| !run.is_empty()).fold(text, |text, run| cut(&text, run, true))
}

/// Removes `start`, and if `number` a number after it, wherever a name goes on behind it.
fn cut(text: &str, start: &str, number: bool) -> String {
    let (lower, start) = (text.to_ascii_lowercase(), start.to_ascii_lowercase());
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (at, _) in lower.match_indices(&start) {
        let mut end = at + start.len();
        if number {
            let token = lower.get(end..).unwrap_or_default().strip_prefix('-').and_then(|rest| rest.split_once('-'));
            let Some((token, _)) =
                token.filter(|(token, _)| !token.is_empty() && token.chars().all(|c| c.is_ascii_alphanumeric()))
            else {
                continue;
            };
            end += 1 + token.len();
        }
        end += usize::from(lower.get(end..).is_some_and(|rest| rest.starts_with('-')));
        let begin = if number && lower.get(..at).is_some_and(|before| before.ends_with("cs")) { at - 2 } else { at };
        let goes_on = lower.get(end..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()));
        if goes_on && begin >= done {
            out.push_str(text.get(done..begin).unwrap_or_default());
            done = end;
            if let Some((word, digits)) = lower.get(end..).filter(|_| number).and_then(numbered) {
                out.push_str(text.get(end..end + word).unwrap_or_default());
                done = end + word + digits;
            }
        }
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::{Owner, OwnerKind, text};

    fn step(number: usize, role: Role, call: &str) -> StepRecord {
        let operation = call.split(' ').next().unwrap_or_default().to_owned();
        let (role, call) = (role.word().to_owned(), call.to_owned());
        StepRecord { step: number, role, operation, call, outcome: "200".to_owned(), ..StepRecord::default() }
    }

    fn check(steps: &[(Role, &str)], wanted: &[&str]) {
        check_about("", steps, wanted);
    }

    fn check_about(observed: &str, steps: &[(Role, &str)], wanted: &[&str]) {
        let steps: Vec<StepRecord> =
            steps.iter().enumerate().map(|(number, (role, call))| step(number, *role, call)).collect();
        let evidence =
            EvidenceRecord { step: steps.len() - 1, observed: observed.to_owned(), ..EvidenceRecord::default() };
        let attempt = Attempt { steps: steps.iter().collect(), ..Attempt::default() };
        let lines = lines(&attempt, &evidence, "");
        let calls: Vec<&str> =
            lines.iter().filter_map(|line| Some(line.trim_end_matches("=>  200").split_once("  ")?.1.trim())).collect();
        assert_eq!(calls, wanted);
    }

    #[test]
    fn of_a_row_of_polls_the_last_of_each_call_stays() {
        check(
            &[
                (Role::Given, "CopySnapshot s -> a"),
                (Role::Poll, "DescribeSnapshots s"),
                (Role::Poll, "DescribeSnapshots a"),
                (Role::Poll, "DescribeSnapshots a"),
                (Role::Given, "CopySnapshot s -> a"),
            ],
            &["CopySnapshot s -> a", "DescribeSnapshots s", "DescribeSnapshots a", "CopySnapshot s -> a"],
        );
    }

    #[test]
    fn of_a_long_row_of_one_kind_the_first_and_the_last_stay() {
        let copies: Vec<String> = (1..=12).map(|number| format!("CopySnapshot s -> p-{number}")).collect();
        let mut steps: Vec<(Role, &str)> = copies.iter().map(|call| (Role::Given, call.as_str())).collect();
        steps.extend([(Role::Given, "DescribeSnapshots (all), MaxRecords=20"); 2]);
        check(
            &steps,
            &[
                "CopySnapshot s -> p-1",
                "10 more of that kind",
                "CopySnapshot s -> p-12",
                "DescribeSnapshots (all), MaxRecords=20",
                "DescribeSnapshots (all), MaxRecords=20",
            ],
        );
        let differ = ["DescribeSnapshots (all), MaxRecords=1", "DescribeSnapshots (all), MaxRecords=2"];
        let steps: Vec<(Role, &str)> = differ.iter().cycle().take(6).map(|call| (Role::Given, *call)).collect();
        check(&steps, &differ.repeat(3));
    }

    #[test]
    fn a_busy_answer_gives_way_to_the_repetition() {
        check(
            &[
                (Role::Given, "CopySnapshot s -> a"),
                (Role::Poll, "DescribeSnapshots s"),
                (Role::Again, "CopySnapshot s -> a"),
                (Role::ReadBack, "DescribeSnapshots a"),
            ],
            &["DescribeSnapshots s", "CopySnapshot s -> a", "DescribeSnapshots a"],
        );
    }

    #[test]
    fn what_is_seen_after_the_clean_up_follows_from_it() {
        check(
            &[
                (Role::Given, "CopySnapshot s -> a"),
                (Role::Cleanup, "DeleteSnapshot b"),
                (Role::Cleanup, "DeleteSnapshot a"),
                (Role::Poll, "DescribeSnapshots a"),
            ],
            &["CopySnapshot s -> a", "DeleteSnapshot a", "DescribeSnapshots a"],
        );
    }

    #[test]
    fn what_concerns_other_snapshots_is_left_out() {
        check(
            &[
                (Role::Fixture, "CreateSnapshot s, ReplicationGroupId=g"),
                (Role::Life, "CopySnapshot s -> life"),
                (Role::Life, "DescribeSnapshots life"),
                (Role::Life, "DescribeSnapshots s"),
                (Role::Given, "CopySnapshot s -> A"),
                (Role::Given, "CopySnapshot a -> b"),
                (Role::Given, "DeleteSnapshot x"),
                (Role::ReadBack, "DescribeSnapshots b"),
            ],
            &[
                "DescribeSnapshots s",
                "CopySnapshot s -> A",
                "CopySnapshot a -> b",
                "DeleteSnapshot x",
                "DescribeSnapshots b",
            ],
        );
    }

    #[test]
    fn the_deletion_of_what_the_snapshots_were_taken_of_stands_where_it_happened() {
        let steps = [step(0, Role::Given, "CopySnapshot s -> a"), step(1, Role::ReadBack, "DescribeSnapshots a")];
        let owner = Owner { kind: OwnerKind::Group, id: text("cs1k2-000-g02") };
        for (after, place) in [(0, 0), (1, 1)] {
            let steps = steps.iter().collect();
            let attempt = Attempt { steps, owner_gone: Some((after, owner.clone())), ..Attempt::default() };
            let lines = lines(&attempt, &EvidenceRecord { step: 1, ..EvidenceRecord::default() }, "1k2");
            let wanted = format!("{}  DeleteReplicationGroup g  =>  gone", place + 1);
            assert_eq!(lines.get(place), Some(&wanted));
        }
        let attempt = Attempt { steps: steps.iter().collect(), owner_gone: Some((2, owner)), ..Attempt::default() };
        assert_eq!(lines(&attempt, &EvidenceRecord { step: 1, ..EvidenceRecord::default() }, "1k2").len(), 2);
    }

    #[test]
    fn a_snapshot_that_the_finding_names_concerns_it() {
        check_about(
            "`a` is still creating",
            &[
                (Role::Given, "CopySnapshot s -> a"),
                (Role::Poll, "DescribeSnapshots a"),
                (Role::Poll, "DescribeSnapshots x"),
                (Role::Poll, "DescribeSnapshots s"),
            ],
            &["CopySnapshot s -> a", "DescribeSnapshots a", "DescribeSnapshots s"],
        );
    }

    #[test]
    fn made_up_names_read_as_the_case_has_them() {
        let plain = |text| plain_names(text, "-7-", "1k2");
        assert_eq!(plain("CopySnapshot cs1k2-000-base02 -> CS1K2-007-A"), "CopySnapshot base -> A");
        assert_eq!(
            plain("arn:aws:elasticache:r:1:snapshot:cs1k2-7-a, `cs1k2-7-`"),
            "arn:aws:elasticache:r:1:snapshot:a, `cs1k2-7-`"
        );
        assert_eq!(plain_names("400 x-1-a", "x-1-", ""), "400 a");
    }
}
