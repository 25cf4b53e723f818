//! What is required: the clauses of `specs/`, each with level, grade and source.
//!
//! In: the embedded TOML files. Out: the [`Catalogue`] and the [`ClauseId`]s that the model cites. Nothing here judges;
//! whether a contradiction fails or warns is a property of the clause ([`Clause::severity`]).

mod amend;
mod catalogue;
pub mod id;

pub use amend::{Amendment, patch};
pub use catalogue::{Catalogue, Clause, Grade, Level, Row, Severity, Source, SpecError};
pub use id::{ClauseId, ClauseSet};
