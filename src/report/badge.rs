use serde::Serialize;

use super::summary::Summary;
use super::tier::Tier;
use super::words::{escaped, plural};
use crate::oracle::Verdict;

/// A badge, as shields.io draws one from an endpoint, and as a picture of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Badge {
    /// The version of shields' schema.
    pub schema_version: u8,
    /// What stands on the left.
    pub label: String,
    /// What stands on the right.
    pub message: String,
    /// The colour of the right, by shields' names.
    pub color: &'static str,
    /// What it stands for, at length.
    #[serde(skip)]
    pub title: String,
}

impl Badge {
    /// Returns the badge of a run, `None` where the run did not come to its end or was only a part: half a run says nothing.
    #[must_use]
    pub fn of(summary: &Summary) -> Option<Self> {
        if !summary.complete || summary.tiers.why.is_some() {
            return None;
        }
        let tiers = &summary.tiers;
        let failed = summary
            .by_clause
            .iter()
            .filter(|clause| clause.is_must() && matches!(clause.verdict, Verdict::Fail | Verdict::Misrouted))
            .count();
        let (mut message, color) = match tiers.reached {
            Some(Tier::Faithful) => ("faithful".to_owned(), "brightgreen"),
            Some(Tier::Behaviour) => ("behaviour".to_owned(), "green"),
            Some(Tier::Wire) => ("wire".to_owned(), "yellowgreen"),
            None if failed > 0 => (format!("{} not kept", plural(failed, "clause")), "red"),
            None => ("no tier".to_owned(), "orange"),
        };
        if tiers.reached.is_some() && failed > 0 {
            message.push_str(&format!(" · {} not kept", plural(failed, "clause")));
        }
        // What a target declares not to have stands on its badge.
        for area in ["export", "tags", "restore"] {
            let mut own = summary.by_clause.iter().filter(|clause| clause.area == area).peekable();
            let absent = |clause: &super::ClauseResult| clause.verdict == Verdict::NotApplicable;
            if tiers.reached.is_some() && own.peek().is_some() && own.all(absent) {
                message.push_str(&format!(" · no {area}"));
            }
        }
        let (kept, all) = summary.musts();
        let title = format!(
            "{}: {kept} of {all} MUST clauses kept; copysnap {}, catalogue {}",
            summary.target.called(),
            summary.tool,
            summary.catalogue
        );
        Some(Self { schema_version: 1, label: "CopySnapshot".to_owned(), message, color, title })
    }

    /// Returns badge.json, as shields.io reads it.
    #[must_use]
    pub fn json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Returns badge.svg.
    #[must_use]
    pub fn svg(&self) -> String {
        let [left, right] = [&self.label, &self.message].map(|text| width(text) + 12);
        let whole = left + right;
        let (label, message, title) = (escaped(&self.label), escaped(&self.message), escaped(&self.title));
        let colour = match self.color {
            "brightgreen" => "#1f7a33",
            "green" => "#2f7d31",
            "yellowgreen" => "#5b7300",
            "orange" => "#a85b00",
            _ => "#b3261e",
        };
        let words = |text: &str, at: usize, width: usize| {
            format!(
                "<text x=\"{}\" y=\"14\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\">{text}</text>",
                at + width / 2,
                width - 12
            )
        };
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{whole}\" height=\"20\" role=\"img\" \
             aria-label=\"{label}: {message}\"><title>{title}</title><clipPath id=\"r\"><rect width=\"{whole}\" height=\"20\" \
             rx=\"3\"/></clipPath><g clip-path=\"url(#r)\"><rect width=\"{left}\" height=\"20\" fill=\"#444a52\"/><rect \
             x=\"{left}\" width=\"{right}\" height=\"20\" fill=\"{colour}\"/></g><g fill=\"#fff\" text-anchor=\"middle\" \
             font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\">{}{}</g></svg>\n",
            words(&label, 0, left),
            words(&message, left, right),
        )
    }
}

/// Returns about how wide a text is in Verdana of 11 pixels.
fn width(text: &str) -> usize {
    let tenths = |c: char| match c {
        'i' | 'j' | 'l' | '.' | ',' | ' ' | '·' => 38,
        'f' | 'r' | 't' => 48,
        'm' | 'w' | 'M' | 'W' => 100,
        c if c.is_ascii_uppercase() => 78,
        _ => 70,
    };
    text.chars().map(tenths).sum::<usize>() / 10
}

#[cfg(test)]
mod tests {
    use super::super::tests::log;
    use super::*;
    use crate::report::{ReportOptions, Summary};

    fn of(records: &[crate::record::Record]) -> Option<Badge> {
        Badge::of(&Summary::of(records, ReportOptions::default()))
    }

    #[test]
    fn a_badge_says_the_tier_as_shields_takes_it() {
        let badge = of(&log::failing());
        let json = badge.as_ref().map(Badge::json).unwrap_or_default();
        assert_eq!(
            json,
            "{\n  \"schemaVersion\": 1,\n  \"label\": \"CopySnapshot\",\n  \"message\": \"2 clauses not kept\",\n  \"color\": \"red\"\n}\n"
        );
    }

    #[test]
    fn half_a_run_has_no_badge() {
        let mut cut = log::passing();
        cut.pop();
        assert_eq!(of(&cut), None);
        assert!(of(&log::passing()).is_some());
    }

    #[test]
    fn the_picture_is_well_formed_xml_whatever_the_target_is_called() {
        let mut summary = Summary::of(&log::failing(), ReportOptions::default());
        summary.target.version = "<&\"\u{0}\u{fffe}>".to_owned();
        let svg = Badge::of(&summary).map(|badge| badge.svg()).unwrap_or_default();
        assert!(roxmltree::Document::parse(&svg).is_ok(), "{svg}");
    }
}
