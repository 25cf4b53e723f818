use jiff::Timestamp;

use crate::service::{Kind, Text, text};

/// Returns the one text of an ISO 8601 instant, so that equal instants are equal texts: UTC, `Z`, milliseconds only
/// where there are some, nothing finer. `None` where the text is no date and time with a zone.
#[must_use]
pub fn instant(value: &str) -> Option<Text> {
    // The parser also takes a space for the `T`, and a zone's name in brackets; most SDKs take neither.
    if value.as_bytes().get(10) != Some(&b'T') || value.contains('[') {
        return None;
    }
    let instant: Timestamp = value.parse().ok()?;
    let digits = if instant.subsec_millisecond() == 0 { 0 } else { 3 };
    Some(text(format!("{instant:.digits$}")))
}

/// Returns a member's text in its one form, or nothing where it is not of its kind.
pub(super) fn of_kind(kind: Kind, value: &str) -> Option<Text> {
    match kind {
        Kind::Text => Some(text(value)),
        Kind::Integer => value.trim().parse::<i64>().is_ok().then(|| text(value.trim())),
        Kind::Boolean => matches!(value.trim(), "true" | "false").then(|| text(value.trim())),
        Kind::Instant => instant(value.trim()),
        Kind::Words(words) => words.contains(&value).then(|| text(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_instants_have_one_text() {
        for (written, wanted) in [
            ("2015-02-02T18:46:57.972Z", Some("2015-02-02T18:46:57.972Z")),
            ("2015-02-02T18:46:57.500Z", Some("2015-02-02T18:46:57.500Z")),
            ("2015-02-02T20:46:57.5+02:00", Some("2015-02-02T18:46:57.500Z")),
            ("2015-02-02T18:54:12Z", Some("2015-02-02T18:54:12Z")),
            ("2015-02-02T18:54:12.000Z", Some("2015-02-02T18:54:12Z")),
            ("2015-02-02T18:54:12.000123456Z", Some("2015-02-02T18:54:12Z")),
            ("2015-02-02T18:54:12-00:30", Some("2015-02-02T19:24:12Z")),
            ("2015-02-02T18:54:12", None),
            ("2015-02-02 18:54:12Z", None),
            ("2015-02-02T18:54:12Z[UTC]", None),
            ("2015-02-30T18:54:12Z", None),
            ("1422903252", None),
            ("", None),
        ] {
            assert_eq!(instant(written).as_deref(), wanted, "{written}");
        }
    }

    #[test]
    fn only_numbers_booleans_and_instants_are_trimmed() {
        assert_eq!(of_kind(Kind::Integer, " 7\n").as_deref(), Some("7"));
        assert_eq!(of_kind(Kind::Integer, "seven"), None);
        assert_eq!(of_kind(Kind::Boolean, " true ").as_deref(), Some("true"));
        assert_eq!(of_kind(Kind::Boolean, "True"), None);
        assert_eq!(of_kind(Kind::Text, " a ").as_deref(), Some(" a "));
        assert_eq!(of_kind(Kind::Words(&["enabled"]), "enabled ").as_deref(), None);
    }
}
