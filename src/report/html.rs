use super::Summary;
/// Stub.
#[must_use]
pub fn html(summary: &Summary) -> String { summary.reason.clone() }
