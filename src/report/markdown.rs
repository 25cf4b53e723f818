use super::Summary;
/// Stub.
#[must_use]
pub fn markdown(summary: &Summary) -> String { summary.reason.clone() }
