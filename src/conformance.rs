//! `cargo test --test conformance`: the trials; with `COPYSNAP_TARGET=moto` the cases against that target; with
//! `COPYSNAP_FULL` as many drawn histories as are asked for.
use std::process::ExitCode;

use copysnap::trials::{Place, conformance};

fn main() -> ExitCode {
    let place = Place {
        root: env!("CARGO_MANIFEST_DIR").into(),
        binary: env!("CARGO_BIN_EXE_copysnap").into(),
        scratch: env!("CARGO_TARGET_TMPDIR").into(),
        full: std::env::var_os("COPYSNAP_FULL").is_some(),
    };
    conformance(place, std::env::var("COPYSNAP_TARGET").ok().as_deref())
}
