use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{CaseError, Mistake};

/// How alike two words must be for one to be a hint for the other.
const ALIKE: f64 = 0.85;

/// A file under the parser.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
    /// Whether the base snapshot is made for the case alone.
    pub(super) owns_base: bool,
}

impl Reader<'_> {
    /// Returns the line and the column of a place, both from 1.
    pub(super) fn place(&self, at: usize) -> (u32, u32) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }

    pub(super) fn fail(&self, span: Range<usize>, mistake: Mistake) -> CaseError {
        let (line, column) = self.place(span.start);
        CaseError { file: self.file.to_owned(), line, column, mistake, hint: None }
    }

    /// The error for a word that is none of a list, with the nearest of the list as its hint.
    pub(super) fn unknown<'w>(
        &self,
        span: Range<usize>,
        mistake: Mistake,
        word: &str,
        known: impl IntoIterator<Item = &'w str>,
    ) -> CaseError {
        let near = known.into_iter().map(|known| (strsim::jaro_winkler(word, known), known));
        let nearest = near.filter(|(alike, _)| *alike >= ALIKE).max_by(|one, other| one.0.total_cmp(&other.0));
        let hint = nearest.map(|(_, known)| format!("did you mean `{known}`?"));
        CaseError { hint, ..self.fail(span, mistake) }
    }
}

/// A table of the file.
#[derive(Clone)]
pub(super) struct Table<'a, 'i> {
    pub(super) reader: Reader<'a>,
    pub(super) table: &'a DeTable<'i>,
    pub(super) span: Range<usize>,
}

/// A value of the file, under the key that it is known by.
#[derive(Clone)]
pub(super) struct Item<'a, 'i> {
    pub(super) reader: Reader<'a>,
    pub(super) key: &'a str,
    pub(super) key_span: Range<usize>,
    pub(super) value: &'a Spanned<DeValue<'i>>,
}

impl<'a, 'i> Table<'a, 'i> {
    /// Refuses keys that are not in the list.
    pub(super) fn only(&self, what: &'static str, known: &[&'static str]) -> Result<(), CaseError> {
        for item in self.items() {
            if !known.contains(&item.key) {
                let mistake = Mistake::Unknown { what, word: item.key.to_owned() };
                return Err(self.reader.unknown(item.key_span.clone(), mistake, item.key, known.iter().copied()));
            }
        }
        Ok(())
    }

    /// Walks the entries in the order of the file.
    pub(super) fn items(&self) -> impl Iterator<Item = Item<'a, 'i>> + use<'a, 'i> {
        let reader = self.reader;
        let mut items: Vec<_> = self
            .table
            .iter()
            .map(|(key, value)| Item { reader, key: key.get_ref(), key_span: key.span(), value })
            .collect();
        items.sort_by_key(|item| item.key_span.start);
        items.into_iter()
    }

    pub(super) fn get(&self, key: &str) -> Option<Item<'a, 'i>> {
        self.items().find(|item| item.key == key)
    }

    pub(super) fn require(&self, key: &'static str) -> Result<Item<'a, 'i>, CaseError> {
        self.get(key).ok_or_else(|| self.reader.fail(self.span.clone(), Mistake::Missing { key }))
    }

    /// Returns the flag, false where it is absent.
    pub(super) fn flag(&self, key: &str) -> Result<bool, CaseError> {
        self.get(key).map_or(Ok(false), |item| item.flag())
    }

    /// Returns the text, `None` where it is absent.
    pub(super) fn text(&self, key: &str) -> Result<Option<&'a str>, CaseError> {
        self.get(key).map(|item| item.text()).transpose()
    }

    /// Returns the number, 1 where it is absent.
    pub(super) fn count(&self, key: &str) -> Result<u32, CaseError> {
        self.get(key).map_or(Ok(1), |item| item.count())
    }
}

impl<'a, 'i> Item<'a, 'i> {
    pub(super) fn fail(&self, mistake: Mistake) -> CaseError {
        self.reader.fail(self.value.span(), mistake)
    }

    pub(super) fn wrong(&self, wanted: &'static str) -> CaseError {
        self.fail(Mistake::Type { key: self.key.to_owned(), wanted })
    }

    pub(super) fn text(&self) -> Result<&'a str, CaseError> {
        self.value.get_ref().as_str().ok_or_else(|| self.wrong("a string"))
    }

    pub(super) fn flag(&self) -> Result<bool, CaseError> {
        self.value.get_ref().as_bool().ok_or_else(|| self.wrong("true or false"))
    }

    /// A number of 1 or more.
    pub(super) fn count(&self) -> Result<u32, CaseError> {
        let number = self.value.get_ref().as_integer().filter(|number| number.radix() == 10);
        let number = number.and_then(|number| number.as_str().parse().ok()).filter(|count| *count > 0);
        number.ok_or_else(|| self.wrong("a number above 0"))
    }

    pub(super) fn table(&self) -> Result<Table<'a, 'i>, CaseError> {
        let table = self.value.get_ref().as_table().ok_or_else(|| self.wrong("a table"))?;
        Ok(Table { reader: self.reader, table, span: self.value.span() })
    }

    /// Returns the members of an array, each under the array's own key.
    pub(super) fn members(&self) -> Result<Vec<Self>, CaseError> {
        let array = self.value.get_ref().as_array().ok_or_else(|| self.wrong("a list"))?;
        Ok(array.iter().map(|value| Self { value, ..self.clone() }).collect())
    }

    /// The same, of a list that is not empty.
    pub(super) fn some(&self) -> Result<Vec<Self>, CaseError> {
        Some(self.members()?)
            .filter(|members| !members.is_empty())
            .ok_or_else(|| self.wrong("a list with something in it"))
    }
}
