#![no_main]
//! An answer of ElastiCache: whatever comes, it is read, and what is shown of it cannot steer a terminal.

use copysnap::report::tame;
use copysnap::service::Operation;
use copysnap::trace::outcome_line;
use copysnap::wire::read_answer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, u16, &[u8])| {
    let (which, status, body) = input;
    let operations: Vec<Operation> = Operation::ALL.iter().copied().filter(|operation| !operation.is_s3()).collect();
    let Some(operation) = operations.get(usize::from(which) % operations.len()) else { return };
    let (outcome, _) = read_answer(*operation, status, Some("text/xml"), None, body);
    let shown = tame(&outcome_line(&outcome));
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
});
