use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::value::Datetime;

use crate::spec::Catalogue;
use crate::target::{Misread, place};

/// What stands for any text in an accepted outcome.
pub const ANY: char = '…';

/// A failure of a target that is known, and accepted for a reason until a day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Waiver {
    /// The clause that fails.
    pub clause: String,
    /// The member or operation that the difference is about; absent for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is observed, and accepted; `…` stands for any text.
    pub outcome: String,
    /// Why it is accepted; empty where nobody says.
    #[serde(default)]
    pub reason: String,
    /// Where more is to be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The last day on which it holds, `2027-03-01`.
    pub expires: String,
    /// The day on which it was written; absent where the file does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// A case that shows it; where that did not run, nobody can say that the waiver is not needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// The file that it stands in.
    pub file: String,
    /// Its line there, from 1.
    pub line: usize,
    /// Whether there is such a clause.
    pub known: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct File {
    #[serde(default)]
    waiver: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct Entry {
    clause: Spanned<String>,
    field: Option<Spanned<String>>,
    outcome: Spanned<String>,
    #[serde(default)]
    reason: String,
    link: Option<String>,
    expires: Spanned<Datetime>,
    since: Option<Spanned<Datetime>>,
    case: Option<String>,
}

impl Waiver {
    /// Returns the waivers of a file; `file` is what errors and reports call it.
    ///
    /// A waiver that is red - without a reason, expired, of no clause, not needed - is read as any other: only a run
    /// can say so.
    ///
    /// # Errors
    /// Where the text is no TOML, has a key that is not known, lacks one that is needed, accepts anything at all, or has
    /// no day in `expires`; with line and column.
    pub fn parse(text: &str, file: &str, catalogue: &Catalogue) -> Result<Vec<Self>, Misread> {
        let at = |span: Range<usize>, (what, hint)| Misread::at(text, file, span, what, hint);
        let parsed: File = toml::from_str(text).map_err(|error| Misread::toml(text, file, &error))?;
        let mut waivers = Vec::new();
        for entry in parsed.waiver {
            let line = place(text, entry.span().start).0;
            let entry = entry.into_inner();
            for (given, key) in
                [(Some(&entry.clause), "clause"), (Some(&entry.outcome), "outcome"), (entry.field.as_ref(), "field")]
            {
                if let Some(given) = given.filter(|given| given.get_ref().trim().is_empty()) {
                    return Err(at(given.span(), (format!("`{key}` is empty"), None)));
                }
            }
            if entry.outcome.get_ref().chars().all(|c| c == ANY || c.is_whitespace()) {
                let hint = Some("say what is observed; `copysnap waive` writes it".to_owned());
                return Err(at(entry.outcome.span(), ("`outcome` accepts anything".to_owned(), hint)));
            }
            let day = |given: &Spanned<Datetime>, key: &str| match (given.get_ref().date, given.get_ref().time) {
                (Some(date), None) => Ok(date.to_string()),
                _ => Err(at(given.span(), (format!("`{key}` is a day, such as 2027-03-01"), None))),
            };
            let expires = day(&entry.expires, "expires")?;
            let since = entry.since.as_ref().map(|given| day(given, "since")).transpose()?;
            waivers.push(Self {
                known: catalogue.named(entry.clause.get_ref()).is_some(),
                clause: entry.clause.into_inner(),
                field: entry.field.map(Spanned::into_inner),
                outcome: entry.outcome.into_inner(),
                reason: entry.reason.trim().to_owned(),
                link: entry.link,
                expires,
                since,
                case: entry.case,
                file: file.to_owned(),
                line,
            });
        }
        Ok(waivers)
    }

    /// Tells whether it accepts that this is observed where that is expected.
    #[must_use]
    pub fn accepts(&self, expected: &str, observed: &str) -> bool {
        self.is_about(expected, observed) && fits(&self.outcome, observed)
    }

    /// Tells whether the difference is about its field: one of the two begins with it.
    fn is_about(&self, expected: &str, observed: &str) -> bool {
        self.field.as_deref().is_none_or(|field| [expected, observed].iter().any(|text| subject(text) == Some(field)))
    }

    /// Returns where it stands: `file:line`.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

/// Returns the member or operation that a value begins with: `SnapshotStatus` of `SnapshotStatus creating`.
#[must_use]
pub fn subject(text: &str) -> Option<&str> {
    let word = text.split([' ', ':', ',']).next()?;
    let mut plain = word.chars();
    let is_name = word.len() > 2 && plain.next().is_some_and(|c| c.is_ascii_uppercase());
    (is_name && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')).then_some(word)
}

/// Tells whether the text is as the pattern says, in which `…` stands for any text.
#[must_use]
pub fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split(ANY);
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, between)) = parts.split_last() else { return rest.is_empty() };
    for part in between {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    const ONE: &str = "# Kept.\n[[waiver]]\nclause = \"copy.target.taken\"\noutcome = \"200 … creating\"\nreason = \"r\"\nexpires = 2027-03-01\n";

    fn read(text: &str) -> Result<Vec<Waiver>, Misread> {
        Waiver::parse(text, "waivers.toml", Catalogue::embedded().unwrap())
    }

    /// Line, column, what is wrong, and the hint.
    fn refused(text: &str) -> (usize, usize, String, String) {
        let Misread { line, column, what, hint, .. } = read(text).unwrap_err();
        (line, column, what, hint.unwrap_or_default())
    }

    #[test]
    fn a_waiver_knows_where_it_stands_and_whether_its_clause_is_there() {
        let waivers = read(&format!("{ONE}\n{}", ONE.replace("copy.target.taken", "copy.nowhere"))).unwrap();
        let seen: Vec<_> = waivers.iter().map(|waiver| (waiver.line, waiver.known, &*waiver.expires)).collect();
        assert_eq!(seen, [(2, true, "2027-03-01"), (9, false, "2027-03-01")]);
        assert_eq!(waivers.first().unwrap().place(), "waivers.toml:2");
    }

    #[test]
    fn what_is_malformed_is_said_with_line_and_column() {
        let without = |line: &str| ONE.lines().filter(|one| !one.starts_with(line)).collect::<Vec<_>>().join("\n");
        let with = |old: &str, new: &str| ONE.replace(old, new);
        for (text, line, column, what, hint) in [
            (with("reason", "reson"), 5, 1, "unknown key `reson`", "did you mean `reason`?"),
            (without("outcome"), 2, 1, "there is no `outcome`", ""),
            (without("expires"), 2, 1, "there is no `expires`", ""),
            (
                with("200 … creating", "…"),
                4,
                11,
                "`outcome` accepts anything",
                "say what is observed; `copysnap waive` writes it",
            ),
            (with("copy.target.taken", " "), 3, 10, "`clause` is empty", ""),
            (with("2027-03-01", "2027-03-01T10:00:00Z"), 6, 11, "`expires` is a day, such as 2027-03-01", ""),
            (with("\"r\"", "7"), 5, 10, "invalid type: integer `7`, expected a string", ""),
        ] {
            assert_eq!(refused(&text), (line, column, what.to_owned(), hint.to_owned()));
        }
    }

    #[test]
    fn a_waiver_without_a_reason_is_read_and_left_to_the_run() {
        let text: String =
            ONE.lines().filter(|line| !line.starts_with("reason")).map(|line| format!("{line}\n")).collect();
        assert_eq!(read(&text).unwrap().first().unwrap().reason, "");
    }

    #[test]
    fn an_outcome_is_accepted_with_any_text_in_its_gaps_alone() {
        for (pattern, text, wanted) in [
            ("200 … creating", "200 a creating", true),
            ("200 … creating", "200 a available", false),
            ("200 … creating", "200 a creating, and more", false),
            ("… and … more", "`base` and 57 more", true),
            ("… and … more", "`base` and 57", false),
            ("a…a", "a", false),
            ("[]", "[]", true),
            ("[]", "[x=1]", false),
        ] {
            assert_eq!(fits(pattern, text), wanted, "{pattern} {text}");
        }
    }

    #[test]
    fn a_field_narrows_what_is_accepted() {
        let waiver = Waiver { field: Some("Port".to_owned()), outcome: "Port …".to_owned(), ..Waiver::default() };
        assert!(waiver.accepts("Port 6379", "Port 6380"));
        assert!(!waiver.accepts("PortRange 1", "PortRange 2"));
        let any = Waiver { outcome: "[]".to_owned(), field: Some("ARN".to_owned()), ..Waiver::default() };
        assert!(!any.accepts("[x=1]", "[]"));
        assert_eq!(subject("CopySnapshot has an answer of its own"), Some("CopySnapshot"));
        assert_eq!(subject("NodeSnapshots.SnapshotCreateTime: an instant"), Some("NodeSnapshots.SnapshotCreateTime"));
        assert_eq!(subject("InvalidParameterValue (400)"), Some("InvalidParameterValue"));
        assert_eq!(subject("ARN arn:aws:x"), Some("ARN"));
        assert_eq!(subject("`a` settles"), None);
    }
}
