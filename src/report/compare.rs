use similar::{ChangeTag, TextDiff};

/// How long a value may be to stand on its line.
const SHORT: usize = 72;
/// How much of two values has to be the same for what differs to be worth a mark: else nearly all of it would be.
const ALIKE: f32 = 0.4;
/// How many equal lines are shown beside those that differ.
const AROUND: usize = 2;

/// One line of a comparison: `-` only expected, `+` only observed, a space for both, `…` for a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) sign: char,
    pub(super) text: String,
}

/// Returns the lines in which two long values differ; `None` where they read better below each other.
pub(super) fn lines(expected: &str, observed: &str) -> Option<Vec<Line>> {
    let long = |text: &str| text.contains('\n') || text.chars().count() > SHORT;
    let broken = expected.contains('\n') || observed.contains('\n');
    let worth = broken || (long(expected) && long(observed));
    if !worth {
        return None;
    }
    let (old, new) = (split(expected), split(observed));
    let diff = TextDiff::from_slices(&old, &new);
    let mut lines = Vec::new();
    for (index, group) in diff.grouped_ops(AROUND).iter().enumerate() {
        if index > 0 {
            lines.push(Line { sign: '…', text: String::new() });
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            lines.push(Line { sign, text: change.value().to_owned() });
        }
    }
    let shared = lines.iter().any(|line| line.sign == ' ');
    (shared || broken).then_some(lines)
}

/// A text in parts, each with whether it is what differs.
pub(super) type Marked = Vec<(bool, String)>;

/// Returns both texts with what differs marked, word by word.
pub(super) fn marked(expected: &str, observed: &str) -> (Marked, Marked) {
    let diff = TextDiff::from_words(expected, observed);
    if diff.ratio() < ALIKE {
        return (vec![(false, expected.to_owned())], vec![(false, observed.to_owned())]);
    }
    let (mut old, mut new) = (Marked::new(), Marked::new());
    let add = |side: &mut Marked, differs: bool, text: &str| match side.last_mut() {
        Some((same, whole)) if *same == differs => whole.push_str(text),
        _ => side.push((differs, text.to_owned())),
    };
    for change in diff.iter_all_changes() {
        match change.tag() {
            ChangeTag::Delete => add(&mut old, true, change.value()),
            ChangeTag::Insert => add(&mut new, true, change.value()),
            ChangeTag::Equal => {
                add(&mut old, false, change.value());
                add(&mut new, false, change.value());
            }
        }
    }
    (old, new)
}

/// Breaks at line ends; a long single line at the commas of a list.
fn split(text: &str) -> Vec<&str> {
    if text.contains('\n') { text.lines().collect() } else { text.split_inclusive(", ").map(str::trim_end).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expected: &str, observed: &str, wanted: Option<&[&str]>) {
        let lines = lines(expected, observed);
        let shown =
            lines.map(|lines| lines.iter().map(|line| format!("{}{}", line.sign, line.text)).collect::<Vec<_>>());
        assert_eq!(shown.as_ref().map(|lines| lines.iter().map(String::as_str).collect::<Vec<_>>()).as_deref(), wanted);
    }

    #[test]
    fn what_differs_is_marked() {
        let plain = |text: &str| (false, text.to_owned());
        let (old, new) = marked("Port 6379 of `a`", "Port 6380 of `a`");
        assert_eq!(old, [plain("Port "), (true, "6379".to_owned()), plain(" of `a`")]);
        assert_eq!(new, [plain("Port "), (true, "6380".to_owned()), plain(" of `a`")]);
        assert_eq!(marked("a reply (200)", "404 <html>"), (vec![plain("a reply (200)")], vec![plain("404 <html>")]));
    }

    #[test]
    fn short_values_stand_below_each_other() {
        check("400 SnapshotAlreadyExistsFault", "200 b creating", None);
    }

    #[test]
    fn many_lines_are_compared_line_by_line() {
        check("a\nb\nc", "a\nx\nc", Some(&[" a", "-b", "+x", " c"]));
    }

    #[test]
    fn a_long_list_is_compared_item_by_item() {
        let list = |port: &str| {
            format!("Engine redis, EngineVersion 7.1, CacheNodeType cache.t3.micro, Port {port}, NumCacheNodes 1")
        };
        let wanted =
            [" EngineVersion 7.1,", " CacheNodeType cache.t3.micro,", "-Port 6379,", "+Port 6380,", " NumCacheNodes 1"];
        check(&list("6379"), &list("6380"), Some(&wanted));
    }
}
