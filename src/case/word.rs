use std::fmt;

use super::{BindError, Names};
use crate::service::{OwnerKind, Text, text};

/// The letter that pads.
const PADDING: char = 'x';

/// A text of a case: literal, or a name yet to be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// This text.
    Literal(Text),
    /// This text, padded with letters to a number of characters.
    Padded {
        /// The text.
        text: Text,
        /// The number of characters.
        to: u32,
    },
    /// The name that stands for the alias, filtered.
    Name {
        /// The alias, without `$`.
        alias: Text,
        /// In the order in which they are applied.
        filters: Vec<Filter>,
    },
}

/// The kind of resource that the ARN of a snapshot names.
const SNAPSHOT: &str = "snapshot";

/// What is done to a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// `upper`: to upper case.
    Upper,
    /// `pad:N`: letters at the end, up to N characters.
    Pad(u32),
    /// `suffix:X`: X at the end.
    Suffix(Text),
    /// `prefix:X`: X in front.
    Prefix(Text),
    /// `arn`: to the ARN of the snapshot of that name.
    Arn,
    /// `arn-of-region:R`: the same, in another region.
    ArnOfRegion(Text),
    /// `arn-of-account:A`: the same, of another account.
    ArnOfAccount(Text),
    /// `arn-of-kind:K`: the same, of another kind of resource.
    ArnOfKind(Text),
}

impl Filter {
    /// Every form of a filter, as error messages list them.
    pub(super) const FORMS: &'static [&'static str] =
        &["upper", "pad:N", "suffix:X", "prefix:X", "arn", "arn-of-region:R", "arn-of-account:A", "arn-of-kind:K"];

    fn from_word(word: &str) -> Option<Self> {
        let argument = |given: &str| (!given.is_empty()).then(|| text(given));
        Some(match word.split_once(':') {
            None if word == "upper" => Self::Upper,
            None if word == "arn" => Self::Arn,
            Some(("pad", number)) => Self::Pad(number.parse().ok()?),
            Some(("suffix", given)) => Self::Suffix(argument(given)?),
            Some(("prefix", given)) => Self::Prefix(argument(given)?),
            Some(("arn-of-region", given)) => Self::ArnOfRegion(argument(given)?),
            Some(("arn-of-account", given)) => Self::ArnOfAccount(argument(given)?),
            Some(("arn-of-kind", given)) => Self::ArnOfKind(argument(given)?),
            _ => return None,
        })
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let escaped = |given: &str| given.replace('|', "||");
        match self {
            Self::Upper => f.write_str("upper"),
            Self::Pad(to) => write!(f, "pad:{to}"),
            Self::Suffix(given) => write!(f, "suffix:{}", escaped(given)),
            Self::Prefix(given) => write!(f, "prefix:{}", escaped(given)),
            Self::Arn => f.write_str("arn"),
            Self::ArnOfRegion(region) => write!(f, "arn-of-region:{}", escaped(region)),
            Self::ArnOfAccount(account) => write!(f, "arn-of-account:{}", escaped(account)),
            Self::ArnOfKind(kind) => write!(f, "arn-of-kind:{}", escaped(kind)),
        }
    }
}

/// Why a string is no word.
pub(super) enum WordError {
    Alias(String),
    Filter(String),
}

impl Word {
    /// The literal text.
    #[must_use]
    pub fn literal(value: &str) -> Self {
        Self::Literal(text(value))
    }

    /// The alias's name, as it is.
    #[must_use]
    pub fn name(alias: &str) -> Self {
        Self::Name { alias: text(alias), filters: Vec::new() }
    }

    /// The word that a case file has as that string; `None` where it is none.
    #[must_use]
    pub fn written(given: &str) -> Option<Self> {
        Self::parse(given).ok()
    }

    pub(super) fn parse(written: &str) -> Result<Self, WordError> {
        let Some(name) = written.strip_prefix('$') else { return Ok(Self::literal(written)) };
        let mut parts = split(name).into_iter();
        let alias = parts.next().unwrap_or_default();
        if !is_alias(&alias) {
            return Err(WordError::Alias(alias));
        }
        let filters =
            parts.map(|part| Filter::from_word(&part).ok_or(WordError::Filter(part))).collect::<Result<_, _>>()?;
        Ok(Self::Name { alias: text(alias), filters })
    }

    /// Returns the text, with `#` as the repetition's number where there is one.
    ///
    /// # Errors
    /// Where a text to be padded is longer than asked for, or the run has no key for `$kms-key`.
    pub fn bind(&self, names: &Names, repetition: Option<u32>) -> Result<Text, BindError> {
        let numbered = |given: &Text| match repetition {
            Some(number) if given.contains('#') => text(given.replace('#', &number.to_string())),
            _ => given.clone(),
        };
        match self {
            Self::Literal(given) => Ok(numbered(given)),
            Self::Padded { text, to } => pad(numbered(text), *to),
            Self::Name { alias, filters } => {
                let mut name = names.name(alias)?;
                for filter in filters {
                    name = match filter {
                        Filter::Upper => text(name.to_ascii_uppercase()),
                        Filter::Pad(to) => pad(name, *to)?,
                        Filter::Suffix(given) => text(format!("{name}{}", numbered(given))),
                        Filter::Prefix(given) => text(format!("{}{name}", numbered(given))),
                        Filter::Arn => names.arn(&names.region, &names.account, SNAPSHOT, &name),
                        Filter::ArnOfRegion(region) => names.arn(region, &names.account, SNAPSHOT, &name),
                        Filter::ArnOfAccount(account) => names.arn(&names.region, account, SNAPSHOT, &name),
                        Filter::ArnOfKind(kind) => names.arn(&names.region, &names.account, kind, &name),
                    };
                }
                Ok(name)
            }
        }
    }

    /// Returns the word that binds to the text: a name of this run as its alias, any other text literally.
    #[must_use]
    pub fn of(value: &str, names: &Names) -> Self {
        let in_arn = |kind: &str| {
            let own = names.arn(&names.region, &names.account, kind, "");
            let (alias, mut filters) = names.alias_of(value.strip_prefix(own.as_ref())?)?;
            filters.push(if kind == SNAPSHOT { Filter::Arn } else { Filter::ArnOfKind(text(kind)) });
            Some((alias, filters))
        };
        let mut kinds = std::iter::once(SNAPSHOT).chain(OwnerKind::ALL.map(OwnerKind::word));
        match kinds.find_map(in_arn).or_else(|| names.alias_of(value)) {
            Some((alias, filters)) => Self::Name { alias, filters },
            None => Self::literal(value),
        }
    }

    /// Tells whether it names the base snapshot itself, in whatever form.
    pub(super) fn is_base(&self) -> bool {
        matches!(self, Self::Name { alias, filters }
            if alias.as_ref() == Names::BASE
                && !filters.iter().any(|it| matches!(it, Filter::Pad(_) | Filter::Suffix(_) | Filter::Prefix(_))))
    }
}

/// Lower-case letters, digits and single hyphens, a letter first and no hyphen last.
pub(super) fn is_alias(alias: &str) -> bool {
    alias.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && alias.starts_with(|first: char| first.is_ascii_lowercase())
        && !alias.ends_with('-')
        && !alias.contains("--")
}

fn pad(value: Text, to: u32) -> Result<Text, BindError> {
    let missing = usize::try_from(to).unwrap_or(usize::MAX).checked_sub(value.chars().count());
    let missing = missing.ok_or_else(|| BindError::TooLong { text: value.to_string(), to })?;
    Ok(text(value.chars().chain(std::iter::repeat_n(PADDING, missing)).collect::<String>()))
}

/// Splits at each single `|`; a double one is one of the text.
fn split(written: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut rest = written.chars().peekable();
    while let Some(next) = rest.next() {
        if next == '|' && rest.next_if_eq(&'|').is_none() {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(next);
        }
    }
    parts
}
