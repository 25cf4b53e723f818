#![no_main]
//! A file of waivers.

use copysnap::record::Waiver;
use copysnap::spec::Catalogue;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str, &str)| {
    let (text, expected, observed) = input;
    let Ok(catalogue) = Catalogue::embedded() else { return };
    for waiver in Waiver::parse(text, "fuzz", catalogue).unwrap_or_default() {
        let _ = (waiver.place(), waiver.accepts(expected, observed));
    }
});
