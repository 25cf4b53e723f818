//! Case files: curated and regression inputs as text, parsed to [`Case`]s and rendered back; `$aliases` to real names.
//!
//! In: the text of a TOML file, the [`Names`] of a run. Out: [`Case`]s, and the [`Step`](crate::service::Step)s that they
//! ask for. Nothing here reads a file, sends anything, or says what the answer must be: the model supplies that.
//!
//! # Strings
//! A string that begins with `$` is a name: an alias, then filters, as in `"$a|upper"` or `"$a|pad:48|arn"`. `$base` is
//! the base snapshot, `$kms-key` the key given for the run, `$owner` (as `Owner` alone) what the base was taken of, and
//! `$owner-id` its id, where any text may stand; every other alias is a name of the case's own. Aliases are lower-case letters, digits and single hyphens.
//! `$bucket` is an empty bucket of the case's own that takes exports; what follows in its alias says how it differs:
//! `-elsewhere` (in another region), `-foreign` (of the other account), `-missing` (never made), `-by-acl`, `-by-policy`
//! (granted by one of the two alone), `-denied` (its policy denies the caller what an export asks of him), `-without-read`, `-without-write`, `-without-read-acp`, `-without-grants` (what is
//! not granted), and a number where a case has several alike.
//! Filters: `upper`, `pad:N` (letters up to N characters), `suffix:X`, `prefix:X`, `arn`, `arn-of-region:R`,
//! `arn-of-account:A`, `arn-of-kind:K`. A `|` in a filter's text is written `||`.
//! Any other string is literal, `|` included; `{ text = "k", pad = 129 }` is a long one, and `{ text = "$x" }` one that
//! begins with `$`. In a step with `repeat`, `#` stands for the number of the repetition, from 1.

mod ask;
mod bind;
mod bucket;
mod builtin;
mod error;
mod pairs;
mod parse;
mod reader;
mod rehearsal;
mod render;
mod tell;
mod types;
mod word;

pub use ask::{Ask, Expect, Parameter, TagTemplate, Value};
pub use bind::{BindError, Names};
pub use bucket::{Bucket, BucketKind, By, Place, buckets_of, other_region};
pub use builtin::{Cases, PatternError};
pub use error::{CaseError, Mistake};
pub use pairs::{Wrong, pair_of};
pub use rehearsal::Rehearsed;
pub use tell::{Telling, Told};
pub use types::{Case, CaseStep, Found, Need, Settle};
pub use word::{Filter, Word};

#[cfg(test)]
mod tests;
