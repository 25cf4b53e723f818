use super::waiver::ANY;

/// Returns what is observed with `…` for all that may be another next time: ids, instants, the rest of a listing, the
/// number of a base snapshot.
#[must_use]
pub fn steady(observed: &str) -> String {
    if let Some((_, rest)) = observed.strip_prefix('`').and_then(|rest| rest.split_once('`')) {
        // Which other snapshot was shown is chance.
        match rest.trim_start() {
            "too" => return format!("`{ANY}` too"),
            "" => return format!("`{ANY}"),
            more if more.starts_with("and ") && more.ends_with(" more") => return format!("`{ANY}"),
            _ => {}
        }
    }
    if observed.starts_with("none: in the order") {
        // Which of the calls that overlapped was first is chance.
        return format!("none: in the order {ANY}");
    }
    let observed = match observed.split_once('[') {
        // What else lives on the target is nobody's fault.
        Some((before, list)) if list.contains(", ") && !list.contains('=') => format!("{before}[{ANY}"),
        _ => observed.to_owned(),
    };
    let mut out = String::new();
    let mut word = String::new();
    let part = |c: char| c.is_ascii_alphanumeric() || "-.:+_".contains(c);
    for c in observed.chars() {
        if part(c) {
            word.push(c);
            continue;
        }
        finish(&mut out, &mut word);
        out.push(c);
    }
    finish(&mut out, &mut word);
    counted(&out)
}

fn finish(out: &mut String, word: &mut String) {
    let digits = word.strip_prefix("base").filter(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    if digits.is_some() {
        out.push_str("base");
        out.push(ANY);
    } else if is_volatile(word) {
        let bare = word.trim_end_matches(['.', ':']);
        out.push(ANY);
        out.push_str(word.get(bare.len()..).unwrap_or_default());
    } else {
        out.push_str(word);
    }
    word.clear();
}

/// Tells whether a word is an id, an instant, or a long number.
fn is_volatile(word: &str) -> bool {
    let all = |wanted: fn(u8) -> bool| word.bytes().all(wanted);
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let id = word.len() == 36 && word.matches('-').count() == 4 && all(|b| b.is_ascii_hexdigit() || b == b'-');
    let instant = digits >= 8 && all(|b| b.is_ascii_digit() || b"-.:+TZ".contains(&b));
    id || instant
}

/// Puts the sign for any text in place of a number before `more` and `snapshots`.
fn counted(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let is_count = |at: usize| {
        let next = words.get(at + 1).map(|next| next.trim_end_matches([',', '.']));
        let number = words.get(at).is_some_and(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit()));
        number && matches!(next, Some("more" | "snapshots"))
    };
    let any = ANY.to_string();
    let kept: Vec<&str> = words.iter().enumerate().map(|(at, word)| if is_count(at) { &*any } else { *word }).collect();
    kept.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_another_next_time_is_left_open() {
        for (observed, wanted) in [
            ("SnapshotStatus available", "SnapshotStatus available"),
            ("200 a b available", "200 a b available"),
            ("200 [base available, base3 available] and 24 more", "200 […"),
            ("[x=1, y=2]", "[x=1, y=2]"),
            ("`base3` too", "`…` too"),
            ("`BASE`", "`…"),
            ("`base3` is still creating", "`base…` is still creating"),
            ("`base` and 57 more", "`…"),
            ("61 snapshots", "… snapshots"),
            ("NodeSnapshots.SnapshotCreateTime `1795657623.607747`", "NodeSnapshots.SnapshotCreateTime `…`"),
            ("`1795657623.607747`", "`…"),
            ("a7a1b1a5-a3be-4cf7-92ef-9dba8b101c94", "…"),
            ("2026-11-26T01:48:55Z", "…"),
            (
                "x-amzn-RequestId 47e4c850-c355-4e91-9cff-04af067504a6, as in the body",
                "x-amzn-RequestId …, as in the body",
            ),
            ("404 text/html: an empty body, 3 of 3 times", "404 text/html: an empty body, 3 of 3 times"),
        ] {
            assert_eq!(steady(observed), wanted);
        }
    }
}
