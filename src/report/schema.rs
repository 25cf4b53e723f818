use crate::record::Record;

/// Returns the JSON schema of one line of a log.
#[must_use]
pub fn log_schema() -> String {
    let mut text = serde_json::to_string_pretty(&schemars::schema_for!(Record)).unwrap_or_default();
    text.push('\n');
    text
}
