use crate::oracle::Verdict;
use crate::record::ExplorationRecord;
use crate::spec::Grade;

/// Returns in one line what generated sequences met and found, and what they never met though they can.
pub(super) fn explored(record: &ExplorationRecord) -> String {
    let met = format!(
        "{} met {} in {} situations",
        plural(record.sequences, "sequence"),
        plural(record.met.len(), "clause"),
        record.moments
    );
    let never: Vec<&str> = record.never.iter().map(String::as_str).collect();
    let never = if never.is_empty() { String::new() } else { format!("; never met: {}", some_of(&never, 4)) };
    let found = match record.found.len() {
        0 => String::new(),
        count => {
            let steps: usize = record.found.iter().map(|found| found.length).sum();
            let tries = plural(record.executions_to_shrink, "execution");
            format!("; {} found, {} in all after {tries}", plural(count, "cause"), plural(steps, "step"))
        }
    };
    format!("{met}{never}{found}")
}

/// Returns `1 case`, `2 cases`.
pub(super) fn plural(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

/// Returns the verdict in running text: `not run`.
pub(super) fn spoken(verdict: Verdict) -> String {
    if verdict == Verdict::NonStrict { "non-strict".to_owned() } else { verdict.word().replace('_', " ") }
}

/// Returns what it means when a clause has that verdict.
pub(super) const fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "It was seen kept, on a target that had shown that it lives.",
        Verdict::NonStrict => "It was seen kept by an alternative that the clause lists.",
        Verdict::NotApplicable => "The target declares not to have what it is about, or never came into the state.",
        Verdict::NotRun => "No case that probes it ran.",
        Verdict::Unsupported => "An operation is answered as an action is that nobody ever made up a meaning for.",
        Verdict::PreconditionFailed => {
            "The target did not show that it lives, or refuses the same request without its fault too."
        }
        Verdict::Inconclusive => "What was seen says neither.",
        Verdict::KnownFail => "It is contradicted, and a waiver accepts that for a reason.",
        Verdict::Warn => "A SHOULD, or a clause that no source settles, is contradicted.",
        Verdict::Flaky => "It is kept at times.",
        Verdict::StaleWaiver => "A waiver is not needed any more, has expired, or gives no reason.",
        Verdict::Misrouted => "Another service answered.",
        Verdict::Fail => "It is contradicted.",
        Verdict::ModelStale => "AWS itself contradicts it: the clause is wrong.",
        Verdict::Error => "The harness failed.",
    }
}

/// How somebody says that a clause is wrong, and what comes of it.
pub(super) const CONTEST: &[&str] = &[
    "A clause may be wrong. `copysnap explain ID` shows where one comes from, and `copysnap replay CASE` plays what is held \
     against it again. Who thinks that AWS does otherwise opens an issue with the id of the clause and what speaks against \
     it: a page of AWS's documentation, a version of its API model, or a recording of AWS itself with its day and region. \
     What another emulator does is no evidence.",
    "A clause that is contested with evidence of the same grade becomes disputed, allows both, and fails nobody. Until then \
     a waiver with a reason and a link says that the finding is known; it stands in every report, with its age.",
];

/// Returns on what a grade rests.
pub(super) const fn rests_on(grade: Grade) -> &'static str {
    match grade {
        Grade::Documented => "AWS's documentation says it",
        Grade::Modelled => "AWS's API model says it",
        Grade::Observed => "a recording of AWS shows it",
        Grade::Inferred => "reasoning that is written out in the clause: a contradiction warns",
        Grade::Disputed => "sources disagree or are silent, and each reading is allowed: a contradiction warns",
    }
}

/// Returns up to `most` of them, and how many more there are: `a, b and 3 more`.
pub(super) fn some_of(all: &[&str], most: usize) -> String {
    let more = all.len().saturating_sub(most);
    let shown: Vec<&str> = all.iter().take(most).copied().collect();
    match (more, shown.as_slice()) {
        (0, [first @ .., last]) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        (0, _) => shown.join(", "),
        _ => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Breaks a text into lines of at most `width` characters, at spaces where there are any; line breaks are kept.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(20);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        let mut length = 0;
        for word in paragraph.split(' ') {
            let mut word: Vec<char> = word.chars().collect();
            if length > 0 && length + 1 + word.len() > width {
                lines.push(std::mem::take(&mut line));
                length = 0;
            }
            if length > 0 {
                line.push(' ');
                length += 1;
            }
            while word.len() > width {
                let rest = word.split_off(width);
                lines.push(std::mem::replace(&mut word, rest).into_iter().collect());
            }
            length += word.len();
            line.extend(word);
        }
        lines.push(line);
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// Returns the text with control characters, which could move a cursor or colour a screen, and with what turns the
/// direction of a text round, made visible.
#[must_use]
pub fn tame(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}');
    text.chars().map(|c| if c.is_control() && c != '\n' || turns(c) { '\u{fffd}' } else { c }).collect()
}

/// Returns the text as XML takes it, between tags and between quotes.
pub(super) fn escaped(text: &str) -> String {
    let plain = |c: char| if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') { '\u{fffd}' } else { c };
    let text: String = text.chars().map(plain).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Returns the word as a shell takes it, quoted only where it has to be.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// Returns an RFC 3339 instant to the second: `2026-11-22T10:00:00Z`.
pub(super) fn instant(started: &str) -> String {
    match started.split_once('.') {
        Some((second, fraction)) => format!("{second}{}", fraction.trim_start_matches(|c: char| c.is_ascii_digit())),
        None => started.to_owned(),
    }
}

/// Returns a score to three places, never rounded up.
pub(super) fn score(score: f64) -> String {
    format!("{:.3}", (score * 1000.0 + 1e-6).floor() / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_cut_and_say_so() {
        assert_eq!(some_of(&["a"], 3), "a");
        assert_eq!(some_of(&["a", "b"], 3), "a and b");
        assert_eq!(some_of(&["a", "b", "c", "d"], 2), "a, b and 2 more");
    }

    #[test]
    fn lines_are_broken_at_spaces_and_long_words_anywhere() {
        assert_eq!(wrap("one two three four five", 20), ["one two three four", "five"]);
        assert_eq!(wrap("a 0123456789012345678901234", 20), ["a", "01234567890123456789", "01234"]);
        assert_eq!(wrap("", 20), [""]);
    }

    #[test]
    fn a_shell_gets_its_words_whole() {
        assert_eq!(quoted("http://127.0.0.1:1/"), "http://127.0.0.1:1/");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }

    #[test]
    fn instants_are_cut_to_the_second() {
        assert_eq!(instant("2026-11-22T23:44:07.944436844Z"), "2026-11-22T23:44:07Z");
        assert_eq!(instant("2026-11-22T10:00:00Z"), "2026-11-22T10:00:00Z");
    }

    #[test]
    fn scores_are_not_rounded_up() {
        assert_eq!(score(0.9999), "0.999");
        assert_eq!(score(0.95), "0.950");
        assert_eq!(score(1.0), "1.000");
    }
}
