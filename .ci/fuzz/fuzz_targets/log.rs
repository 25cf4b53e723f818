#![no_main]
//! A log that anybody may have written: every report is made of it, none can steer a terminal or run a script, and it
//! can be judged anew.

use std::path::Path;

use copysnap::record::Log;
use copysnap::report::{self, ReportOptions, Summary};
use copysnap::runner::rejudge;
use copysnap::spec::Catalogue;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|lines: &[u8]| {
    let (Ok(records), Ok(catalogue)) = (Log::parse(lines, Path::new("fuzz")), Catalogue::embedded()) else { return };
    let summary = Summary::of(&records, ReportOptions::default());
    for text in [report::json(&summary), report::junit(&summary), report::markdown(&summary), report::html(&summary)] {
        assert!(!text.contains('\u{1b}'));
    }
    assert!(!report::terminal(&summary, false, 100).contains('\u{1b}'));
    let _ = (report::github(&summary), report::Badge::of(&summary));
    let _ = rejudge(catalogue, records);
});
