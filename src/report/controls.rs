use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ReportOptions, Summary};
use crate::record::Record;

/// The scores as they were measured for the clauses of that commit.
const EMBEDDED: &str = include_str!("../../snapshots/controls.json");

/// What a worthless target comes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlScore {
    /// Its name.
    pub name: String,
    /// Its score.
    pub score: f64,
    /// The exit code of a run against it.
    pub exit_code: u8,
}

/// What all worthless targets come to, for one catalogue of clauses.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlScores {
    /// The hash over the clauses.
    pub catalogue: String,
    /// One a control, in the order of the list of all.
    pub controls: Vec<ControlScore>,
}

impl ControlScores {
    /// Returns the scores that were measured when this was built, for whatever clauses; `None` where there are none.
    #[must_use]
    pub fn embedded() -> Option<Self> {
        serde_json::from_str(EMBEDDED).ok()
    }

    /// Returns what the logs come to.
    #[must_use]
    pub fn of<'a>(runs: impl IntoIterator<Item = (&'a str, &'a [Record])>) -> Self {
        let mut scores = Self::default();
        for (name, records) in runs {
            let summary = Summary::of(records, ReportOptions::default());
            scores.catalogue = summary.catalogue;
            let exit_code = summary.exit_code.code();
            scores.controls.push(ControlScore { name: name.to_owned(), score: summary.score, exit_code });
        }
        scores
    }

    /// Returns the scores by name.
    #[must_use]
    pub fn by_name(&self) -> BTreeMap<String, f64> {
        self.controls.iter().map(|control| (control.name.clone(), control.score)).collect()
    }

    /// Returns the text of `snapshots/controls.json`.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}
