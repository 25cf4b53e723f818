/// How the rules for names of snapshots see a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameClass {
    /// Absent, empty, or white space only.
    Blank,
    /// A letter first, then letters, digits and single hyphens, no hyphen at the end.
    Plain,
    /// Plain but for dots, underscores or a leading digit, as automatic backups have them.
    Odd,
    /// A hyphen first.
    LeadingHyphen,
    /// Two hyphens in a row, a hyphen last, or any other character.
    Malformed,
}

/// The longest name that the user guide allows, in characters.
pub const SHORTEST_LIMIT: usize = 40;

/// The longest name that was seen accepted (`create.name.length`), in characters.
pub(super) const LONGEST_SEEN: usize = 48;

/// Tells whether a name is longer than any that was seen accepted, so that it may be none.
pub(super) fn may_be_too_long(name: &str) -> bool {
    is_longer(name, LONGEST_SEEN)
}

/// Tells whether a name has more characters than that.
pub(crate) fn is_longer(name: &str, limit: usize) -> bool {
    name.len() > limit && name.chars().count() > limit
}

/// Tells whether a name is empty, or white space only.
pub(crate) fn is_blank(name: &str) -> bool {
    !name.as_bytes().first().is_some_and(u8::is_ascii_graphic) && name.trim().is_empty()
}

const LETTER_OR_DIGIT: u8 = 1;
const HYPHEN: u8 = 2;
/// A dot or an underscore.
const MARK: u8 = 4;
const OTHER: u8 = 8;

/// Of what kind each byte of a name is.
const KINDS: [u8; 256] = {
    let mut kinds = [OTHER; 256];
    let mut left: &mut [u8] = &mut kinds;
    let mut byte = 0_u8;
    while let Some((kind, others)) = left.split_first_mut() {
        *kind = match byte {
            b'-' => HYPHEN,
            b'.' | b'_' => MARK,
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => LETTER_OR_DIGIT,
            _ => OTHER,
        };
        byte = byte.wrapping_add(1);
        left = others;
    }
    kinds
};

/// Returns the class of a name. The length is not looked at.
///
/// Source: user guide, "Making manual backups", and the text of the identifier error.
#[must_use]
pub fn classify(name: &str) -> NameClass {
    if is_blank(name) {
        return NameClass::Blank;
    }
    let first = name.bytes().next().unwrap_or_default();
    let (mut met, mut doubled, mut last) = (0, 0, 0);
    for byte in name.bytes() {
        let kind = KINDS.get(usize::from(byte)).copied().unwrap_or(OTHER);
        met |= kind;
        doubled |= kind & last;
        last = kind;
    }
    let malformed = met & OTHER != 0 || (doubled | last) & HYPHEN != 0;
    let odd = met & MARK != 0;
    if malformed {
        NameClass::Malformed
    } else if first == b'-' {
        NameClass::LeadingHyphen
    } else if odd || !first.is_ascii_alphabetic() {
        NameClass::Odd
    } else {
        NameClass::Plain
    }
}
