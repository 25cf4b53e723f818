use std::collections::BTreeMap;
use std::sync::OnceLock;

use include_dir::{Dir, include_dir};
use serde::{Deserialize, Serialize};

use super::ClauseId;

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/specs");

/// How binding a clause is (RFC 2119).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// Required.
    Must,
    /// Expected; a contradiction is a warning.
    Should,
    /// Allowed.
    May,
}

impl Level {
    /// Returns the word in specs and reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Must => "MUST",
            Self::Should => "SHOULD",
            Self::May => "MAY",
        }
    }
}

/// How well a clause is known, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// AWS's documentation says it.
    Documented,
    /// AWS's API model says it.
    Modelled,
    /// A recording of AWS shows it.
    Observed,
    /// Reasoning, written out in the clause.
    Inferred,
    /// Sources disagree or are silent: a set is allowed.
    Disputed,
}

impl Grade {
    /// Returns the word in specs and reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Modelled => "modelled",
            Self::Observed => "observed",
            Self::Inferred => "inferred",
            Self::Disputed => "disputed",
        }
    }
}

/// What a contradiction of a clause amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A warning; a fail under `--strict`.
    Warn,
    /// A fail.
    Fail,
}

/// Where a clause comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The document, model or recording.
    pub name: String,
    /// The member or page in it; absent where the name says all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// The day on which it was read.
    pub read: toml::value::Datetime,
}

/// One normative statement that one observation can contradict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// Dotted, permanent, never used again.
    pub id: String,
    /// MUST, SHOULD or MAY.
    pub level: Level,
    /// How well it is known.
    pub grade: Grade,
    /// Where it comes from.
    pub source: Source,
    /// The rows of the fact tables that it covers.
    pub facts: Vec<String>,
    /// The statement, in our words.
    pub says: String,
    /// The allowed set, in words, where sources leave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allows: Option<String>,
    /// One line: a request and what follows.
    pub example: String,
    /// Why no case probes it; absent where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unprobed: Option<String>,
    /// Why no defect of the reference server breaks it; absent where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undefected: Option<String>,
}

impl Clause {
    /// Returns whether a contradiction fails or warns: a MUST that is documented, modelled or observed fails.
    #[must_use]
    pub fn severity(&self) -> Severity {
        if self.level == Level::Must && self.grade <= Grade::Observed { Severity::Fail } else { Severity::Warn }
    }

    /// Returns the first part of the id, the file that it stands in.
    #[must_use]
    pub fn area(&self) -> &str {
        self.id.split('.').next().unwrap_or_default()
    }
}

/// Why the catalogue cannot be used: a mistake in `specs/`.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    /// A file is not what a clause file should be.
    #[error("failed to parse `specs/{file}`: {reason}")]
    Parse {
        /// The file below `specs/`.
        file: String,
        /// Line, column and what is wrong.
        reason: String,
    },
    /// Two clauses have one id.
    #[error("clause `{id}` stands twice in `specs/`")]
    Twice {
        /// The id.
        id: String,
    },
    /// The model cites a clause that no file has.
    #[error("the model cites clause `{id}`, which no file of `specs/` has")]
    Missing {
        /// The id.
        id: String,
    },
    /// A file has a clause that the model does not cite.
    #[error("clause `{id}` of `specs/` is not cited by the model")]
    Uncited {
        /// The id.
        id: String,
    },
}

/// A row of the tables of facts that the clauses are made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its name: S1 to S6 and E1 to E22 are the documented outcomes of CopySnapshot, U1 to U44 the open questions.
    pub fact: String,
    /// What it is about, in a few words.
    pub about: String,
    /// Why no clause can speak of it; absent where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unobservable: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    clause: Vec<Clause>,
    #[serde(default)]
    row: Vec<Row>,
}

/// Walks the files of `specs/`: name and text, in the order of the names.
pub(super) fn files() -> impl Iterator<Item = (String, &'static str)> {
    let mut files: Vec<_> = FILES.files().collect();
    files.sort_by_key(|file| file.path());
    files.into_iter().map(|file| (file.path().display().to_string(), file.contents_utf8().unwrap_or_default()))
}

/// Tells whether a text can be a file of `specs/`.
#[cfg(test)]
pub(super) fn is_file(text: &str) -> bool {
    toml::from_str::<File>(text).is_ok()
}

/// Every clause.
#[derive(Clone, Debug)]
pub struct Catalogue {
    clauses: Vec<Clause>,
    rows: Vec<Row>,
    places: BTreeMap<String, usize>,
    by_id: Vec<usize>,
}

impl Catalogue {
    /// Returns the embedded catalogue, read once.
    ///
    /// # Errors
    /// Where `specs/` and the ids that the model cites do not fit; a trial holds that they do.
    pub fn embedded() -> Result<&'static Self, &'static SpecError> {
        static CATALOGUE: OnceLock<Result<Catalogue, SpecError>> = OnceLock::new();
        CATALOGUE.get_or_init(Self::read).as_ref()
    }

    fn read() -> Result<Self, SpecError> {
        let (mut clauses, mut rows) = (Vec::new(), Vec::new());
        for (name, text) in files() {
            let parsed: File = toml::from_str(text)
                .map_err(|error| SpecError::Parse { file: name, reason: error.to_string().replace('\n', " ") })?;
            clauses.extend(parsed.clause);
            rows.extend(parsed.row);
        }
        let mut places = BTreeMap::new();
        for (place, clause) in clauses.iter().enumerate() {
            if places.insert(clause.id.clone(), place).is_some() {
                return Err(SpecError::Twice { id: clause.id.clone() });
            }
            if ClauseId::from_name(&clause.id).is_none() {
                return Err(SpecError::Uncited { id: clause.id.clone() });
            }
        }
        let by_id = ClauseId::all()
            .map(|id| places.get(id.name()).copied().ok_or_else(|| SpecError::Missing { id: id.name().to_owned() }))
            .collect::<Result<_, _>>()?;
        Ok(Self { clauses, rows, places, by_id })
    }

    /// Walks the clauses in the order of the files.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Clause> {
        self.clauses.iter()
    }

    /// Walks the rows of the tables of facts, each with the clauses that speak of it.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = (&Row, Vec<&Clause>)> {
        self.rows.iter().map(|row| {
            let speaking = self.clauses.iter().filter(|clause| clause.facts.contains(&row.fact));
            (row, speaking.collect())
        })
    }

    /// Returns the clause of that id.
    #[must_use]
    pub fn clause(&self, id: ClauseId) -> Option<&Clause> {
        self.by_id.get(id.index()).and_then(|place| self.clauses.get(*place))
    }

    /// Returns the clause whose id is written so.
    #[must_use]
    pub fn named(&self, id: &str) -> Option<&Clause> {
        self.places.get(id).and_then(|place| self.clauses.get(*place))
    }

    /// Returns a hash over all that the clauses say, so that two logs tell whether they were judged by the same ones.
    #[must_use]
    pub fn hash(&self) -> String {
        let text = serde_json::to_string(&self.clauses).unwrap_or_default();
        // FNV-1a, 64 bits: an identity of our own text, not a defence.
        let hash = text
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        format!("{hash:016x}")
    }
}
