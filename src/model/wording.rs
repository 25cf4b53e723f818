use std::sync::Arc;

use crate::service::{Text, text};
use crate::spec::ClauseId;

/// A text that is documented or observed for an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Template {
    /// The clause that says so.
    pub clause: ClauseId,
    /// The text; `%s` stands for what differs.
    pub text: &'static str,
}

/// A text, and what may stand where it leaves room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wording {
    /// Just the text.
    Fixed(&'static Template),
    /// One of these, the text filled in.
    OneOf(&'static Template, Arc<[Text]>),
    /// The text with anything for each `%s`.
    Free(&'static Template),
}

impl Wording {
    /// Returns the text with its clause.
    #[must_use]
    pub const fn template(&self) -> &'static Template {
        match self {
            Self::Fixed(template) | Self::OneOf(template, _) | Self::Free(template) => template,
        }
    }

    /// Returns a text that is one of them; `own` stands where anything may.
    #[must_use]
    pub fn one(&self, own: &str) -> Text {
        match self {
            Self::Fixed(template) => text(template.text),
            Self::OneOf(template, texts) => texts.first().cloned().unwrap_or_else(|| text(template.text)),
            Self::Free(template) => text(template.text.replace("%s", own)),
        }
    }

    /// Tells whether a message is one of them.
    #[must_use]
    pub fn is_said_by(&self, message: &str) -> bool {
        match self {
            Self::Fixed(template) => message == template.text,
            Self::OneOf(_, texts) => texts.iter().any(|text| **text == *message),
            Self::Free(template) => fits(template.text, message),
        }
    }
}

/// Tells whether the message is the text with anything for each `%s`.
fn fits(text: &str, message: &str) -> bool {
    let mut parts = text.split("%s");
    let Some(mut rest) = parts.next().and_then(|first| message.strip_prefix(first)) else { return false };
    let mut ends = true;
    for part in parts {
        ends = part.is_empty() || rest.ends_with(part);
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    ends && (text.contains("%s") || rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_text_leaves_room_only_where_it_says_so() {
        let text = "ElastiCache has not been granted READ permissions %s on the S3 Bucket.";
        assert!(fits(text, "ElastiCache has not been granted READ permissions cs-1 on the S3 Bucket."));
        assert!(fits(text, "ElastiCache has not been granted READ permissions a on the S3 Bucket. on the S3 Bucket."));
        assert!(!fits(text, "ElastiCache has not been granted READ_ACP permissions cs-1 on the S3 Bucket."));
        assert!(!fits(text, "ElastiCache has not been granted READ permissions cs-1 on the S3 Bucket"));
        assert!(!fits(text, "ElastiCache has not been granted READ permissions cs-1"));
        assert!(fits("a %s b %s", "a 1 b 2"));
        assert!(fits("plain", "plain") && !fits("plain", "plainer"));
    }
}
