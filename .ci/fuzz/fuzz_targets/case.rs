#![no_main]
//! A case file: an error has its place, and a case is the same when it is written and read again.

use copysnap::case::Case;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(case) = Case::parse("fuzz", text) else { return };
    let again = Case::parse("fuzz", &case.render());
    assert_eq!(again.as_ref().ok(), Some(&case), "{}", case.render());
});
