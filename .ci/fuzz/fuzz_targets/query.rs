#![no_main]
//! A request of the Query protocol: what is read of a form is what is sent for it, and is read the same again.

use copysnap::wire::{form_decode, form_encode, params, read_request};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|form: &[u8]| {
    let Ok(pairs) = form_decode(form) else { return };
    assert_eq!(form_decode(form_encode(&pairs).as_bytes()).as_ref(), Ok(&pairs));
    let Ok(step) = read_request(&pairs) else { return };
    assert_eq!(read_request(&params(&step)).as_ref(), Ok(&step));
});
