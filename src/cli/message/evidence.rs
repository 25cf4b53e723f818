use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use jiff::Timestamp;

use super::list::{plain, wrap};
use super::plural;
use crate::report::{Evidence, Standing, Stands};

const RED: Style = AnsiColor::Red.on_default().bold();
/// How wide the word before a clause is.
const WORD: usize = 12;

/// Returns how the clauses stand with the authority: those that it contradicts first, then by when it was last seen to
/// agree, the oldest first. With an instant, in place of all others, only those that were not seen to agree since.
pub(in crate::cli) fn shown(evidence: &Evidence, since: Option<Timestamp>, colour: bool, width: usize) -> String {
    let mut text = String::new();
    for standing in evidence.standing(Stands::Disagrees) {
        contradicted(&mut text, standing, colour, width);
    }
    let mut others: Vec<&Standing> = match since {
        Some(since) => evidence.not_since(since).filter(|it| it.state != Stands::Disagrees).collect(),
        None => evidence.clauses.iter().filter(|it| it.state != Stands::Disagrees).collect(),
    };
    others.sort_by_key(|standing| (standing.state == Stands::Unseen, standing.agreed.as_ref().map(|seen| seen.at)));
    for standing in others {
        let _ = match (&standing.agreed, &standing.unprobed) {
            (Some(seen), _) => writeln!(text, "{:<WORD$}{}   {}", day(seen.at), standing.clause, plain(&seen.region)),
            (None, None) => writeln!(text, "{:<WORD$}{}", "not seen", standing.clause),
            (None, Some(why)) => {
                let said = format!("{}   no case can show it: {why}", standing.clause);
                labelled(&mut text, 0, ("not seen", WORD), &said, width);
                Ok(())
            }
        };
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text + &counted(evidence, since)
}

fn contradicted(text: &mut String, standing: &Standing, colour: bool, width: usize) {
    let Some(against) = &standing.disagreed else { return };
    let word = format!("{:<WORD$}", "DISAGREES");
    let word = if colour { format!("{RED}{word}{RED:#}") } else { word };
    let _ = writeln!(text, "{word}{}   {} · {}", standing.clause, standing.level, standing.grade);
    let since = match &standing.agreed {
        Some(seen) if against.since > seen.at => format!(
            "it agreed until {}, and disagrees since {}: the service has changed",
            day(seen.at),
            day(against.since)
        ),
        Some(seen) => format!(
            "it disagreed first on {}, agreed on {}, and disagrees again: not always the same",
            day(against.since),
            day(seen.at)
        ),
        None => {
            format!(
                "it was never seen to agree; first seen on {}: the model may always have been wrong",
                day(against.since)
            )
        }
    };
    let shown = format!("by {}, in {}, run {}, {}", against.case, against.region, against.run, against.at);
    for (label, said) in [
        ("", &standing.says),
        ("expected", &against.expected),
        ("observed", &against.observed),
        ("since", &since),
        ("shown", &shown),
    ] {
        let head = if label.is_empty() { 0 } else { 10 };
        labelled(text, WORD, (label, head), &plain(said), width);
    }
    text.push('\n');
}

/// Adds a text in lines that fit: before the first the label, which takes `head` columns, before the others as much room.
fn labelled(text: &mut String, indent: usize, (label, head): (&str, usize), said: &str, width: usize) {
    for (at, line) in wrap(said, width.saturating_sub(indent + head)).iter().enumerate() {
        let label = if at == 0 { label } else { "" };
        let _ = writeln!(text, "{:indent$}{label:<head$}{line}", "");
    }
}

fn counted(evidence: &Evidence, since: Option<Timestamp>) -> String {
    let count = |state| evidence.standing(state).count();
    let (all, agrees, against) = (evidence.clauses.len(), count(Stands::Agrees), count(Stands::Disagrees));
    let days = || evidence.standing(Stands::Agrees).filter_map(|standing| Some(standing.agreed.as_ref()?.at));
    let when = match (days().min(), days().max()) {
        (Some(oldest), Some(newest)) => format!(", the newest seen on {}, the oldest on {}", day(newest), day(oldest)),
        _ => String::new(),
    };
    let mut text = format!("{}: {agrees} of {} agree{when}; ", plain(&evidence.target), plural(all, "clause"));
    let _ = write!(text, "{against} disagree, {} not seen", count(Stands::Unseen));
    if let Some(since) = since {
        let _ = write!(text, "; {} not seen to agree since {}", evidence.not_since(since).count(), day(since));
    }
    text + "\n"
}

/// Returns a proposed change of the clauses, and what it is for; nothing where there is none.
pub(in crate::cli) fn proposed(patch: &str) -> String {
    if patch.is_empty() {
        return String::new();
    }
    let lines: String = patch.lines().map(|line| plain(line) + "\n").collect();
    format!("\nproposed, and not applied (`--patch FILE`, then `git apply FILE`):\n\n{lines}")
}

fn day(at: Timestamp) -> String {
    at.to_string().get(..10).unwrap_or_default().to_owned()
}
