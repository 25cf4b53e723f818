#![no_main]
//! A case file: an error has its place, and a case is the same when it is written and read again.

use copysnap::case::Case;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(case) = Case::parse("fuzz", text) else { return };
    let again = Case::parse("fuzz", &case.render());
    let again = again.unwrap_or_else(|error| panic!("{error}\n{}", case.render()));
    assert_eq!(told(&again), told(&case), "{}", case.render());
});

/// All of a case but for the lines of the file that its steps stand in.
fn told(case: &Case) -> String {
    let text = format!("{case:?}");
    text.split(", line: ").map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit())).collect()
}
