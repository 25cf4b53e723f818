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

/// Returns the class of a name. The length is not looked at.
///
/// Source: user guide, "Making manual backups", and the text of the identifier error.
#[must_use]
pub fn classify(name: &str) -> NameClass {
    if name.trim().is_empty() {
        return NameClass::Blank;
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let odd = |byte: u8| matches!(byte, b'.' | b'_');
    let first = name.bytes().next().unwrap_or_default();
    if name.contains("--") || name.ends_with('-') || !name.bytes().all(|byte| plain(byte) || odd(byte)) {
        NameClass::Malformed
    } else if first == b'-' {
        NameClass::LeadingHyphen
    } else if !first.is_ascii_alphabetic() || name.bytes().any(odd) {
        NameClass::Odd
    } else {
        NameClass::Plain
    }
}
