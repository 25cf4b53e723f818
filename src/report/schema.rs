use super::matrix::Board;
use super::summary::Summary;
use crate::record::Record;

/// Returns the JSON schema of one line of a log.
#[must_use]
pub fn log_schema() -> String {
    text(&schemars::schema_for!(Record))
}

/// Returns the JSON schema of `summary.json`, as of one run.
#[must_use]
pub fn summary_schema() -> String {
    written::<Summary>()
}

/// Returns the JSON schema of `summary.json`, as of several targets.
#[must_use]
pub fn board_schema() -> String {
    written::<Board>()
}

/// Returns the schema of what is written: what is left out where it is empty is not required.
fn written<T: schemars::JsonSchema>() -> String {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    text(&settings.into_generator().into_root_schema_for::<T>())
}

fn text(schema: &schemars::Schema) -> String {
    let mut text = serde_json::to_string_pretty(schema).unwrap_or_default();
    text.push('\n');
    text
}
