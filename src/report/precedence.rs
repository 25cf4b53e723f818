use crate::case::Wrong;
use crate::record::PrecedenceRecord;

/// What the signs of the matrix mean.
pub(super) const LEGEND: &str =
    "< the fault of the row, ^ that of the column, = not to be told apart, x neither, ? one of them is no fault here";

/// Which of two faults in one copy was answered, as a matrix.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub(super) struct Matrix {
    /// The faults, by the words of the log.
    pub(super) words: Vec<String>,
    /// A row a fault, of signs against the faults that come after it; empty where the two exclude each other.
    pub(super) rows: Vec<Vec<&'static str>>,
}

impl Matrix {
    /// Returns the matrix of these records, `None` where there are none.
    pub(super) fn of(records: &[PrecedenceRecord]) -> Option<Self> {
        let mut words: Vec<&str> =
            records.iter().flat_map(|record| [record.first.as_str(), record.second.as_str()]).collect();
        let place = |word: &&str| {
            let known = Wrong::ALL.iter().position(|known| known.word() == *word).unwrap_or(Wrong::ALL.len());
            (known, (*word).to_owned())
        };
        words.sort_by_key(place);
        words.dedup();
        let cell = |row: &str, column: &str| {
            records.iter().rev().find_map(|record| match (record.first.as_str(), record.second.as_str()) {
                (first, second) if (first, second) == (row, column) => Some(sign(&record.won, false)),
                (first, second) if (first, second) == (column, row) => Some(sign(&record.won, true)),
                _ => None,
            })
        };
        let rows = words.iter().enumerate().map(|(at, row)| {
            let later = words.iter().enumerate();
            later.map(|(column, word)| if column > at { cell(row, word).unwrap_or("") } else { "" }).collect()
        });
        let rows: Vec<Vec<&'static str>> = rows.collect();
        (!words.is_empty()).then(|| Self { words: words.into_iter().map(str::to_owned).collect(), rows })
    }

    /// Returns the matrix in lines: the columns are numbered as the rows are.
    pub(super) fn lines(&self) -> Vec<String> {
        let widest = self.words.iter().map(String::len).max().unwrap_or_default() + 3;
        let numbers = (1..=self.words.len()).skip(1).map(|number| format!("{number:>3}"));
        let head = format!("{:widest$}{}", "", numbers.collect::<String>());
        let rows = self.words.iter().zip(&self.rows).zip(1..).take(self.words.len().saturating_sub(1));
        let rows = rows.map(|((word, signs), number)| {
            let signs: String = signs.iter().skip(1).map(|sign| format!("{sign:>3}")).collect();
            format!("{:<widest$}{signs}", format!("{number} {word}"))
        });
        let last = self.words.last().map(|word| format!("{} {word}", self.words.len()));
        std::iter::once(head).chain(rows).chain(last).map(|line| line.trim_end().to_owned()).collect()
    }
}

fn sign(won: &str, turned: bool) -> &'static str {
    match (won, turned) {
        ("first", false) | ("second", true) => "<",
        ("second", false) | ("first", true) => "^",
        ("either", _) => "=",
        ("neither", _) => "x",
        _ => "?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(first: &str, second: &str, won: &str) -> PrecedenceRecord {
        PrecedenceRecord {
            first: first.to_owned(),
            second: second.to_owned(),
            won: won.to_owned(),
            ..PrecedenceRecord::default()
        }
    }

    #[test]
    fn the_matrix_shows_who_won() {
        let records = [
            record("unknown-source", "taken-target", "second"),
            record("unsigned", "unknown-source", "first"),
            record("unsigned", "taken-target", "either"),
            record("taken-target", "bad-tag", "neither"),
            record("unknown-source", "bad-tag", "unknown"),
        ];
        let matrix = Matrix::of(&records).unwrap_or_default();
        let wanted = [
            "                   2  3  4",
            "1 unsigned         <  =",
            "2 unknown-source      ^  ?",
            "3 taken-target           x",
            "4 bad-tag",
        ];
        assert_eq!(matrix.lines(), wanted);
        assert_eq!(Matrix::of(&[]), None);
    }
}
