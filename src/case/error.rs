/// Why a text is no case: where, and chained to it, what.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed to parse case `{file}:{line}:{column}`")]
pub struct CaseError {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
    /// What is wrong.
    #[source]
    pub mistake: Mistake,
    /// What may have been meant; `None` where nothing is near.
    pub hint: Option<String>,
}

/// What is wrong with a case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// The text is no TOML.
    #[error("{0}")]
    Toml(String),
    /// A word that is none of a closed list: a key, a clause, an operation.
    #[error("unknown {what} `{word}`")]
    Unknown {
        /// What the list is of.
        what: &'static str,
        /// The word.
        word: String,
    },
    /// A key that must be there is not.
    #[error("`{key}` is missing")]
    Missing {
        /// The key.
        key: &'static str,
    },
    /// A value is of another type.
    #[error("`{key}` must be {wanted}")]
    Type {
        /// The key.
        key: String,
        /// What it must be.
        wanted: &'static str,
    },
    /// A call does not take the parameter.
    #[error("`{operation}` has no parameter `{parameter}`")]
    Parameter {
        /// The operation.
        operation: &'static str,
        /// The parameter.
        parameter: String,
    },
    /// Two keys that exclude each other.
    #[error("`{one}` and `{other}` can't stand together")]
    Together {
        /// One.
        one: &'static str,
        /// The other.
        other: String,
    },
    /// What follows `$` is no alias.
    #[error("`${0}` is no alias: lower-case letters, digits and single hyphens, a letter first")]
    Alias(String),
    /// The alias means something else than a name here.
    #[error("`${0}` can't stand here")]
    Reserved(String),
    /// The base snapshot would be deleted, or its tags changed.
    #[error("`$base` serves other cases too: it is never deleted or tagged")]
    Base,
    /// The name of what is made, changed or deleted is the same in every run.
    #[error("`{parameter}` must be made from an alias, so that cases never meet")]
    Shared {
        /// The parameter.
        parameter: &'static str,
    },
}
