use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::target::Misread;

/// What the head of a file says.
const HEAD: &str = "\
# What the authority was seen to do, clause by clause: when it last agreed, and since when it does not.
# `copysnap evidence LOG --bless` and `copysnap run --bless` write it.
";

/// What an authority was seen to do of each clause: the newest of all runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sightings(BTreeMap<String, Sighting>);

/// What an authority was seen to do of one clause.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sighting {
    /// When it was last seen to agree.
    pub agreed: Option<Seen>,
    /// When and how it was seen to disagree.
    pub disagreed: Option<Disagreement>,
}

/// A run that saw something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct Seen {
    /// When the run started.
    pub at: Timestamp,
    /// The region that it asked.
    pub region: String,
    /// With what every name of it begins.
    pub run: String,
}

/// What was seen against a clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct Disagreement {
    /// When the first run started that saw it.
    pub since: Timestamp,
    /// When the last one did.
    pub at: Timestamp,
    /// The region that the last one asked.
    pub region: String,
    /// With what every name of the last one begins.
    pub run: String,
    /// The case that showed it.
    pub case: String,
    /// What the model expects.
    pub expected: String,
    /// What was observed in its place.
    pub observed: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct File<E> {
    #[serde(default = "Vec::new")]
    clause: Vec<E>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct Entry {
    id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    agreed: Option<Seen>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    disagreed: Option<Disagreement>,
}

impl Sighting {
    /// Tells whether the last that was seen of the clause is against it.
    #[must_use]
    pub fn is_against(&self) -> bool {
        let agreed = self.agreed.as_ref().map(|seen| seen.at);
        self.disagreed.as_ref().is_some_and(|against| agreed.is_none_or(|agreed| agreed < against.at))
    }

    /// Takes in what another run saw; in whatever order runs are taken in, and however often, it comes to the same.
    fn add(&mut self, other: Self) {
        if let Some(seen) = other.agreed
            && self.agreed.as_ref().is_none_or(|known| known.at < seen.at)
        {
            self.agreed = Some(seen);
        }
        if let Some(against) = other.disagreed {
            self.disagreed = Some(match self.disagreed.take() {
                Some(known) => {
                    let since = known.since.min(against.since);
                    let newer = if known.at < against.at { against } else { known };
                    Disagreement { since, ..newer }
                }
                None => against,
            });
        }
    }
}

impl Sightings {
    /// Reads a file; `file` is what errors call it.
    ///
    /// # Errors
    /// Where the text is no TOML, has a key that is not known or lacks one that is needed, has an instant that is none,
    /// or has a clause twice; with line and column.
    pub fn parse(text: &str, file: &str) -> Result<Self, Misread> {
        let parsed: File<Spanned<Entry>> = toml::from_str(text).map_err(|error| Misread::toml(text, file, &error))?;
        let mut sightings = BTreeMap::new();
        for entry in parsed.clause {
            let span = entry.span();
            let Entry { id, agreed, disagreed } = entry.into_inner();
            match sightings.entry(id) {
                Slot::Vacant(slot) => {
                    slot.insert(Sighting { agreed, disagreed });
                }
                Slot::Occupied(slot) => {
                    let what = format!("the clause `{}` stands twice", slot.key());
                    return Err(Misread::at(text, file, span, what, Some("leave one of them".to_owned())));
                }
            }
        }
        Ok(Self(sightings))
    }

    /// Returns the file.
    ///
    /// # Errors
    /// Where TOML cannot say it.
    pub fn render(&self) -> Result<String, toml::ser::Error> {
        let entry = |(id, sighting): (&String, &Sighting)| {
            let Sighting { agreed, disagreed } = sighting.clone();
            Entry { id: id.clone(), agreed, disagreed }
        };
        toml::to_string(&File { clause: self.0.iter().map(entry).collect() }).map(|text| format!("{HEAD}\n{text}"))
    }

    /// Takes in what was seen of a clause.
    pub fn insert(&mut self, clause: &str, sighting: Sighting) {
        self.0.entry(clause.to_owned()).or_default().add(sighting);
    }

    /// Takes in what other runs saw.
    pub fn add(&mut self, other: Self) {
        for (clause, sighting) in other.0 {
            self.0.entry(clause).or_default().add(sighting);
        }
    }

    /// Returns what was seen of a clause; `None` where nothing was.
    #[must_use]
    pub fn of(&self, clause: &str) -> Option<&Sighting> {
        self.0.get(clause)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-{text}Z").parse().unwrap()
    }

    fn agreed(when: &str) -> Sighting {
        let seen = Seen { at: at(when), region: "us-east-1".to_owned(), run: format!("cs{}", when.len()) };
        Sighting { agreed: Some(seen), disagreed: None }
    }

    fn against(when: &str) -> Sighting {
        let disagreed = Disagreement {
            since: at(when),
            at: at(when),
            region: "eu-west-1".to_owned(),
            run: "cs9".to_owned(),
            case: "copy/plain".to_owned(),
            expected: "200".to_owned(),
            observed: format!("a \"quoted\" answer of {when}"),
        };
        Sighting { agreed: None, disagreed: Some(disagreed) }
    }

    fn of(all: &[(&str, Sighting)]) -> Sightings {
        let mut sightings = Sightings::default();
        for (clause, sighting) in all {
            sightings.insert(clause, sighting.clone());
        }
        sightings
    }

    #[test]
    fn what_is_written_is_read_back() {
        let sightings = of(&[
            ("copy.succeeds", agreed("27T03:17:00")),
            ("tags.list", agreed("26T03:17:00")),
            ("tags.list", against("27T03:17:00.25")),
        ]);
        let text = sightings.render().unwrap();
        assert!(text.starts_with("# What the authority"), "{text}");
        assert!(text.contains("at = \"2026-11-27T03:17:00Z\""), "{text}");
        assert_eq!(Sightings::parse(&text, "e").unwrap(), sightings);
        assert_eq!(Sightings::parse("", "e").unwrap(), Sightings::default());
    }

    #[test]
    fn runs_come_to_the_same_in_any_order_and_however_often() {
        let runs = [agreed("20T01:00:00"), against("22T01:00:00"), against("25T01:00:00"), agreed("21T01:00:00")];
        let mut forth = Sightings::default();
        let mut back = Sightings::default();
        for (one, other) in runs.iter().zip(runs.iter().rev()) {
            forth.insert("a", one.clone());
            back.insert("a", other.clone());
            back.insert("a", other.clone());
        }
        back.add(forth.clone());
        assert_eq!(forth, back);
        let known = forth.of("a").unwrap();
        assert!(known.is_against());
        assert_eq!(known.agreed.as_ref().unwrap().at, at("21T01:00:00"));
        let disagreed = known.disagreed.as_ref().unwrap();
        assert_eq!((disagreed.since, disagreed.at), (at("22T01:00:00"), at("25T01:00:00")));
        forth.insert("a", agreed("26T01:00:00"));
        assert!(!forth.of("a").unwrap().is_against());
        assert!(forth.of("b").is_none());
    }

    #[test]
    fn what_is_no_file_of_evidence_is_said_with_line_and_column() {
        let whole = of(&[("a", agreed("27T03:17:00"))]).render().unwrap();
        for (text, line, column, what) in [
            (whole.replace("region", "regoin"), 9, 1, "unknown key `regoin`"),
            (
                whole.replace("T03:17:00Z", ""),
                8,
                6,
                "failed to find time component, which is required for parsing a timestamp",
            ),
            (format!("{whole}\n[[clause]]\nid = \"a\"\n"), 12, 1, "the clause `a` stands twice"),
            (whole.replace("id = \"a\"", ""), 4, 1, "there is no `id`"),
        ] {
            let wrong = Sightings::parse(&text, "evidence.toml").unwrap_err();
            assert_eq!((wrong.line, wrong.column, &*wrong.what), (line, column, what), "{text}");
            assert!(wrong.to_string().starts_with("evidence.toml:"), "{wrong}");
        }
    }
}
