#![no_main]
//! A target file.

use copysnap::target::Target;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(target) = Target::parse(text, "fuzz") {
        let _ = (target.endpoint_url(), target.s3_url(), target.sts_url());
    }
});
