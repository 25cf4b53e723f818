use super::judgement::{Judgement, Mark, Needs, Reason};
use crate::model::{Allowed, Wording};

/// Rules on the text of an error, where one is known. Of several that may come each is as good.
pub(super) fn judge(judgement: &mut Judgement, matched: &[&Allowed], message: &str) {
    let known = || matched.iter().filter_map(|allowed| allowed.wording.as_ref().map(|wording| (allowed, wording)));
    // Where a rule without a known text may have refused, any text may have come.
    let silent = matched.iter().any(|allowed| allowed.wording.is_none());
    let mut fits = false;
    for (_, wording) in known().filter(|(_, wording)| is_one(wording, message)) {
        judgement.mark(wording.template().clause, Mark::Pass, Needs::Twin);
        fits = true;
    }
    if fits || silent {
        return;
    }
    let Some((_, first)) = known().min_by_key(|(allowed, _)| allowed.rank) else { return };
    judgement.contradict(first.template().clause, Reason::Wrong, first.one("…").to_string(), message);
}

fn is_one(wording: &Wording, message: &str) -> bool {
    match wording {
        Wording::Fixed(template) => message == template.text,
        Wording::OneOf(_, texts) => texts.iter().any(|text| **text == *message),
        Wording::Free(template) => fits(template.text, message),
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
