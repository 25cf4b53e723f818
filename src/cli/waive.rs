use std::collections::BTreeSet;

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

use super::args::WaiveArgs;
use super::known::{self, WAIVERS};
use super::message::{Failure, list, out, problem};
use super::select::clause;
use crate::record::{Log, Record, Waiver, steady, subject};
use crate::report::{Failing, failing};
use crate::service::{Member, Operation};

/// Writes waivers for findings of a run beside those that are there; what stands in the file stays as it is.
pub(super) fn waive(arguments: &WaiveArgs) -> Result<u8, Failure> {
    if arguments.reason.trim().is_empty() {
        return Err(problem::no_reason());
    }
    let all = arguments.findings.iter().any(|finding| finding == "all");
    for finding in arguments.findings.iter().filter(|finding| *finding != "all") {
        clause(finding)?;
    }
    let records = Log::read(&arguments.log).map_err(|error| Failure::of(2, &error))?;
    let header = Record::header(&records);
    let folder = arguments.snapshots.clone().or_else(|| header.map(known::folder_of_log)).unwrap_or_default();
    let file = folder.join(WAIVERS);
    let before = known::waivers(&folder)?;
    let wanted = |failing: &&Failing| all || arguments.findings.contains(&failing.clause);
    let failing = failing(&records);
    let found: Vec<&Failing> = failing.iter().filter(wanted).collect();
    let shown: BTreeSet<&str> = found.iter().map(|failing| failing.clause.as_str()).collect();
    if let Some(absent) = arguments.findings.iter().find(|finding| *finding != "all" && !shown.contains(&***finding)) {
        return Err(problem::no_finding(absent, &arguments.log, failing.iter().map(|failing| &*failing.clause)));
    }
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let expires = today.checked_add(i64::from(arguments.days).days());
    let expires = expires.map_err(|error| Failure::of(3, &error))?.to_string();
    let mut added: Vec<Waiver> = Vec::new();
    for failing in found {
        let accepts =
            |waiver: &Waiver| waiver.clause == failing.clause && waiver.accepts(&failing.expected, &failing.observed);
        if before.iter().any(accepts) {
            continue;
        }
        let waiver = Waiver {
            clause: failing.clause.clone(),
            field: subject(&failing.expected).filter(|word| is_field(word)).map(str::to_owned),
            outcome: steady(&failing.observed),
            reason: arguments.reason.trim().to_owned(),
            link: arguments.link.clone(),
            expires: expires.clone(),
            since: Some(today.to_string()),
            case: Some(failing.case.clone()).filter(|case| !case.is_empty()),
            ..Waiver::default()
        };
        // One whose gaps take this in by chance may not do so next time.
        let is_it = |known: &Waiver| Waiver { case: waiver.case.clone(), ..known.clone() } == waiver;
        if !added.iter().any(is_it) {
            added.push(waiver);
        }
    }
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    let text = with(&text, &added).map_err(|error| Failure::of(2, &error))?;
    std::fs::create_dir_all(&folder).map_err(|error| problem::unwritable(&folder, &error))?;
    std::fs::write(&file, text).map_err(|error| problem::unwritable(&file, &error))?;
    out(&list::waived(&file, &added));
    Ok(0)
}

/// Tells whether a word is the name of an operation, or of a member of a reply.
fn is_field(word: &str) -> bool {
    let last = word.rsplit('.').next().unwrap_or(word);
    let is_member = |member: &Member| member.path() == word || member.path().rsplit('.').next() == Some(last);
    let head = ["SnapshotName", "SnapshotStatus"].contains(&word);
    head || Operation::from_name(word).is_some() || Member::ALL.iter().any(is_member)
}

/// Returns the text with the waivers at its end.
fn with(text: &str, added: &[Waiver]) -> Result<String, toml_edit::TomlError> {
    let mut document: DocumentMut = text.parse()?;
    // What stands at the end stays before what is added.
    let mut end = document.trailing().as_str().unwrap_or_default().to_owned();
    document.set_trailing("");
    let tables = document.entry("waiver").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    if let Some(tables) = tables.as_array_of_tables_mut() {
        for waiver in added {
            let mut table = Table::new();
            if !(text.is_empty() && tables.is_empty()) {
                table.decor_mut().set_prefix(format!("{}\n", std::mem::take(&mut end)));
            }
            let mut put = |key: &str, given: Option<&String>| {
                if let Some(given) = given {
                    table.insert(key, value(given.as_str()));
                }
            };
            put("clause", Some(&waiver.clause));
            put("field", waiver.field.as_ref());
            put("outcome", Some(&waiver.outcome));
            put("reason", Some(&waiver.reason));
            put("link", waiver.link.as_ref());
            put("case", waiver.case.as_ref());
            for (key, day) in [("since", waiver.since.as_ref()), ("expires", Some(&waiver.expires))] {
                if let Some(day) = day.and_then(|day| day.parse::<toml_edit::Datetime>().ok()) {
                    table.insert(key, value(day));
                }
            }
            tables.push(table);
        }
    }
    if added.is_empty() {
        document.set_trailing(end);
    }
    Ok(document.to_string())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::spec::Catalogue;

    #[test]
    fn what_stands_in_the_file_stays() {
        let text = "# Ours.\n\n[[waiver]]\nclause  = \"copy.succeeds\" # why\noutcome = \"x\"\nreason = \"r\"\nexpires = 2027-01-01\n# The end.\n";
        let added = Waiver {
            clause: "create.name.lower-case".to_owned(),
            field: Some("SnapshotName".to_owned()),
            outcome: "SnapshotName \"A\"".to_owned(),
            reason: "known".to_owned(),
            link: Some("https://example.org/1".to_owned()),
            expires: "2027-02-01".to_owned(),
            since: Some("2026-12-01".to_owned()),
            ..Waiver::default()
        };
        let new = with(text, std::slice::from_ref(&added)).unwrap();
        assert!(new.starts_with(text), "{new}");
        assert!(with("# Ours.\n", std::slice::from_ref(&added)).unwrap().starts_with("# Ours.\n\n[[waiver]]\n"));
        let read = Waiver::parse(&new, "w", Catalogue::embedded().unwrap()).unwrap();
        let last = read.last().unwrap().clone();
        assert_eq!(Waiver { file: String::new(), line: 0, known: false, ..last }, added);
        let fresh = with("", std::slice::from_ref(&added)).unwrap();
        assert!(fresh.starts_with("[[waiver]]\nclause = \"create.name.lower-case\"\n"), "{fresh}");
    }

    #[test]
    fn members_and_operations_are_fields() {
        for (word, wanted) in [
            ("SnapshotStatus", true),
            ("NodeSnapshots.SnapshotCreateTime", true),
            ("CopySnapshot", true),
            ("InvalidParameterValue", false),
        ] {
            assert_eq!(is_field(word), wanted, "{word}");
        }
    }
}
