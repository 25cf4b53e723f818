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
    name.len() > LONGEST_SEEN && name.chars().count() > LONGEST_SEEN
}

/// Tells whether a name is empty, or white space only.
pub(crate) fn is_blank(name: &str) -> bool {
    !name.starts_with(|first: char| first.is_ascii_graphic()) && name.trim().is_empty()
}

/// Returns the class of a name. The length is not looked at.
///
/// Source: user guide, "Making manual backups", and the text of the identifier error.
#[must_use]
pub fn classify(name: &str) -> NameClass {
    if is_blank(name) {
        return NameClass::Blank;
    }
    let first = name.bytes().next().unwrap_or_default();
    let (mut malformed, mut odd, mut last) = (false, false, 0);
    for byte in name.bytes() {
        match byte {
            b'-' => malformed |= last == b'-',
            b'.' | b'_' => odd = true,
            _ => malformed |= !byte.is_ascii_alphanumeric(),
        }
        last = byte;
    }
    if malformed || last == b'-' {
        NameClass::Malformed
    } else if first == b'-' {
        NameClass::LeadingHyphen
    } else if odd || !first.is_ascii_alphabetic() {
        NameClass::Odd
    } else {
        NameClass::Plain
    }
}
