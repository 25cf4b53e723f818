use super::Summary;

/// Returns `summary.json`.
#[must_use]
pub fn json(summary: &Summary) -> String {
    // A summary is words and numbers, which serialise always.
    let mut text = serde_json::to_string_pretty(summary).unwrap_or_default();
    text.push('\n');
    text
}
