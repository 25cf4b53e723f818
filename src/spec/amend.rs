use similar::TextDiff;
use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Table, value};

use super::catalogue;

/// The keys of a clause, in the order in which the files have them.
const ORDER: [&str; 10] =
    ["id", "level", "grade", "source", "facts", "says", "allows", "example", "unprobed", "undefected"];

/// What the authority was seen to do against a clause.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amendment {
    /// The clause.
    pub clause: String,
    /// The run that saw it last, by what every name of it begins with.
    pub run: String,
    /// The authority, and its region.
    pub place: String,
    /// The case that shows it.
    pub case: String,
    /// The day, `2026-11-27`.
    pub day: String,
    /// What the model expects.
    pub expected: String,
    /// What was observed in its place.
    pub observed: String,
}

/// Returns a change of `specs/` by which the clauses take in what was observed, as `git apply` reads it; empty where
/// there is nothing to change. It is for a person to finish: what a clause says, and the model that decides it, do not
/// follow by themselves.
#[must_use]
pub fn patch(amendments: impl Iterator<Item = Amendment>) -> String {
    let amendments: Vec<Amendment> = amendments.collect();
    let mut patch = String::new();
    if amendments.is_empty() {
        return patch;
    }
    for (name, text) in catalogue::files() {
        let Ok(mut document) = text.parse::<DocumentMut>() else { continue };
        if let Some(clauses) = document.get_mut("clause").and_then(|item| item.as_array_of_tables_mut()) {
            for amendment in &amendments {
                amend(clauses, amendment);
            }
        }
        let after = document.to_string();
        let diff = TextDiff::from_lines(text, &*after);
        patch += &diff.unified_diff().header(&format!("a/specs/{name}"), &format!("b/specs/{name}")).to_string();
    }
    patch
}

fn amend(clauses: &mut ArrayOfTables, amendment: &Amendment) {
    let is_it = |table: &&mut Table| table.get("id").and_then(|id| id.as_str()) == Some(&*amendment.clause);
    let Some(table) = clauses.iter_mut().find(is_it) else { return };
    let Amendment { run, place, case, day, expected, observed, .. } = amendment;
    let mut source = InlineTable::new();
    source.insert("name", format!("recording of {place}, run {run}").into());
    source.insert("member", format!("case {case}").into());
    if let Ok(day) = day.parse::<toml_edit::Datetime>() {
        source.insert("read", day.into());
    }
    let allows = table.get("allows").and_then(|known| known.as_str());
    let allows = allows.map_or_else(String::new, |known| format!("{}; ", known.trim_end_matches('.')));
    for (key, new) in [
        ("grade", value("observed")),
        ("source", value(source)),
        ("allows", value(format!("{allows}observed: {observed}"))),
    ] {
        // In its place, a key stays as it is written.
        *table.entry(key).or_insert_with(Item::default) = new;
    }
    table.sort_values_by(|one, _, other, _| {
        let place = |key: &toml_edit::Key| ORDER.iter().position(|known| *known == key.get());
        place(one).cmp(&place(other))
    });
    if let Some(mut says) = table.key_mut("says") {
        let expected = expected.replace(char::is_control, " ");
        let note = format!("# The model expected: {expected}. To be said anew, here and in the model.\n");
        says.leaf_decor_mut().set_prefix(note);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn seen() -> Amendment {
        Amendment {
            clause: "copy.target.taken".to_owned(),
            run: "cs1abc".to_owned(),
            place: "aws in us-east-1".to_owned(),
            case: "copy/target-taken".to_owned(),
            day: "2026-11-27".to_owned(),
            expected: "SnapshotAlreadyExistsFault (400)".to_owned(),
            observed: "InvalidParameterValue (400)".to_owned(),
        }
    }

    #[test]
    fn a_change_is_of_that_clause_alone_and_can_be_applied() {
        let patch = patch(std::iter::once(seen()));
        let lines: Vec<&str> = patch.lines().collect();
        assert_eq!(
            lines.iter().take(2).copied().collect::<Vec<_>>(),
            ["--- a/specs/copy.toml", "+++ b/specs/copy.toml"]
        );
        let changed = |sign: char| {
            let lines = lines.iter().skip(2).filter(move |line| line.starts_with(sign));
            lines.map(|line| line.split_once(['=', ':']).map_or(*line, |(key, _)| key.trim_end())).collect::<Vec<_>>()
        };
        assert_eq!(changed('+'), ["+grade", "+source", "+# The model expected", "+allows"]);
        assert_eq!(changed('-'), ["-grade", "-source"]);
        assert!(lines.contains(&"+allows = \"observed: InvalidParameterValue (400)\""), "{patch}");
    }

    #[test]
    fn what_no_clause_is_about_changes_nothing() {
        assert_eq!(patch(std::iter::empty()), "");
        assert_eq!(patch(std::iter::once(Amendment { clause: "copy.nowhere".to_owned(), ..seen() })), "");
    }

    /// Every clause can be amended, and its file can be read afterwards.
    #[test]
    fn what_is_proposed_is_a_catalogue() {
        for (name, text) in catalogue::files() {
            let mut document: DocumentMut = text.parse().unwrap();
            let Some(clauses) = document.get_mut("clause").and_then(|item| item.as_array_of_tables_mut()) else {
                continue;
            };
            let ids: Vec<String> = clauses.iter().map(|table| table["id"].as_str().unwrap().to_owned()).collect();
            for id in ids {
                amend(clauses, &Amendment { clause: id, observed: "\"\\\n\u{1b}".to_owned(), ..seen() });
            }
            assert!(catalogue::is_file(&document.to_string()), "{name}");
        }
    }
}
