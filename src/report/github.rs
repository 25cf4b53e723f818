use super::Summary;
/// Stub.
#[must_use]
pub fn github(summary: &Summary) -> String { summary.reason.clone() }
