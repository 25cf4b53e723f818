use super::super::told::ToolScript;
use crate::report::finding::Finding;

/// How many bytes all requests and answers take together once they are escaped, so that the file stays below two megabytes.
const WIRE: usize = 400_000;
/// How many one request or answer takes.
const WIRE_EACH: usize = 12_000;
/// How many all expected and observed values take, and how many all steps do.
const VALUES: usize = 120_000;
/// How many one value takes, or the steps of one finding.
const VALUES_EACH: usize = 4_000;
/// How many all scripts take.
const SCRIPTS: usize = 700_000;

/// How much room a finding has; of scripts, how much the longest take that are shown.
#[derive(Clone, Copy)]
pub(super) struct Room {
    pub(super) value: usize,
    pub(super) wire: usize,
    scripts: usize,
}

impl Room {
    pub(super) fn of(findings: &[Finding]) -> Self {
        let pairs = 2 * findings.len().max(1);
        // The shortest ones come first: as many findings as can be have theirs.
        let mut taken: Vec<usize> = findings.iter().map(|finding| cost_of(&finding.scripts)).collect();
        taken.sort_unstable();
        let mut spent = 0;
        let fits = |one: &&usize| {
            spent += **one;
            spent <= SCRIPTS
        };
        Self {
            value: (VALUES / pairs).min(VALUES_EACH),
            wire: (WIRE / pairs).min(WIRE_EACH),
            scripts: taken.iter().take_while(fits).last().copied().unwrap_or_default(),
        }
    }

    /// Returns the scripts where they fit: a part of one is worth nothing.
    pub(super) fn scripts<'a>(&self, scripts: &'a [ToolScript]) -> &'a [ToolScript] {
        if cost_of(scripts) <= self.scripts { scripts } else { &[] }
    }
}

fn cost_of(scripts: &[ToolScript]) -> usize {
    scripts.iter().flat_map(|script| script.text.chars()).map(cost).sum()
}

/// Returns how many bytes a character takes once it is escaped.
const fn cost(c: char) -> usize {
    if matches!(c, '<' | '>' | '&' | '"' | '\'' | '/') { 6 } else { c.len_utf8() }
}

/// Cuts a text to so many bytes, and says that it did.
pub(super) fn clip(text: &str, most: usize) -> String {
    let mut spent = 0;
    for (at, c) in text.char_indices() {
        spent += cost(c);
        if spent > most {
            let (shown, rest) = text.split_at(at);
            return format!("{shown}\n… {} characters more stand in the log", rest.chars().count());
        }
    }
    text.to_owned()
}

/// Keeps the last steps, and says how many came before.
pub(super) fn last_of(steps: &[String], most: usize) -> Vec<String> {
    let mut spent = 0;
    let fits = |step: &&String| {
        spent += step.chars().map(cost).sum::<usize>();
        spent <= most
    };
    let shown = steps.iter().rev().take_while(fits).count();
    let left = steps.len() - shown;
    let note = (left > 0).then(|| format!("… {left} steps before stand in the log"));
    note.into_iter().chain(steps.iter().skip(left).cloned()).collect()
}
