use proptest::strategy::{Strategy, ValueTree};
use proptest::string::string_regex;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::service::{Text, text};

/// How many texts of each kind are drawn.
const SIZE: usize = 24;

/// Texts for arguments, drawn once from the seed: a step takes one of them, which is faster than drawing one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Keys of tags, in order by every rule.
    pub keys: Vec<Text>,
    /// Values of tags, in order by every rule.
    pub values: Vec<Text>,
    /// Texts that no rule forbids and that are easily mangled on the way: XML's and the query's own characters.
    pub hostile: Vec<Text>,
    /// What may follow a name in a name.
    pub suffixes: Vec<Text>,
}

impl Pool {
    /// The texts of that seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut bytes = [0; 32];
        for (byte, from) in bytes.iter_mut().zip(seed.to_le_bytes()) {
            *byte = from;
        }
        let config = Config { failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
        let mut draw = |pattern: &str, first: &[&str]| -> Vec<Text> {
            let drawn = string_regex(pattern).into_iter().flat_map(|strategy| {
                (0..SIZE)
                    .filter_map(|_| strategy.new_tree(&mut runner).ok())
                    .map(|tree| text(tree.current()))
                    .collect::<Vec<_>>()
            });
            let mut texts: Vec<Text> = first.iter().map(|given| text(*given)).chain(drawn).collect();
            texts.dedup();
            texts
        };
        Self {
            keys: draw("[a-zA-Z0-9]([a-zA-Z0-9 _.:=+@-]{0,14}[a-zA-Z0-9])?", &["k", "K", "team", "te", "Name"]),
            values: draw("([a-zA-Z0-9]([a-zA-Z0-9 _.:=+@-]{0,22}[a-zA-Z0-9])?)?", &["", "v", "V", "one two"]),
            hostile: draw("[a-z0-9][<>&\"'%+;,/\\\\\\[\\]{}~a-z0-9]{0,12}[a-z0-9]", &["a&amp;b", "x<y>z", "1+1=2%"]),
            suffixes: draw("[a-z0-9]{1,6}(-[a-z0-9]{1,4})?", &["x"]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::rules;
    use crate::service::TagArg;

    #[test]
    fn the_pool_is_the_seeds() {
        assert_eq!(Pool::new(7), Pool::new(7));
        assert_ne!(Pool::new(7), Pool::new(8));
    }

    #[test]
    fn keys_and_values_are_in_order() {
        let pool = Pool::new(1);
        for (key, value) in pool.keys.iter().zip(pool.values.iter().cycle()) {
            let tag = TagArg { key: Some(key.clone()), value: Some(value.clone()) };
            assert!(rules(std::slice::from_ref(&tag)).is_empty(), "{tag:?}");
        }
        assert!(pool.keys.len() > 20 && pool.values.len() > 20 && pool.hostile.len() > 20);
    }
}
