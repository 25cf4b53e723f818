use std::fmt;
use std::str::FromStr;

/// One of several parts of a run: what is numbered falls to them in turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    pub part: usize,
    /// Of so many.
    pub of: usize,
}

impl Shard {
    /// The only part.
    pub const WHOLE: Self = Self { part: 1, of: 1 };

    /// Returns which of all, from 0, is this part's own of that place.
    #[must_use]
    pub const fn number(self, place: usize) -> usize {
        self.part.saturating_sub(1) + place * self.of
    }

    /// Returns how many of `all` are this part's own.
    #[must_use]
    pub const fn share(self, all: usize) -> usize {
        all.saturating_sub(self.part.saturating_sub(1)).div_ceil(if self.of == 0 { 1 } else { self.of })
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let parsed = word.split_once('/').and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
        match parsed {
            Some((part, of)) if part >= 1 && part <= of => Ok(Self { part, of }),
            _ => Err("a shard is I/N with I from 1 to N, as in 2/3".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_falls_to_one_part() {
        for (all, of) in [(50, 8), (7, 8), (0, 3), (9, 3), (1, 1)] {
            let parts = || (1..=of).map(|part| Shard { part, of });
            let mut numbers: Vec<usize> =
                parts().flat_map(|shard| (0..shard.share(all)).map(move |place| shard.number(place))).collect();
            numbers.sort_unstable();
            assert_eq!(numbers, (0..all).collect::<Vec<_>>(), "{all} in {of}");
        }
    }
}
