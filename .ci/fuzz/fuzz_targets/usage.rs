#![no_main]
//! What an application was seen to do: a HAR, an export of CloudTrail, an SDK's log.

use copysnap::report::Usage;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    let _ = Usage::parse(file);
});
