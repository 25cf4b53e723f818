//! What Rust's own libraries for stateful tests do with two workloads, in rows that `.ci/beside/run` collects:
//!
//! - `map20 LIBRARY`: how many steps a second are drawn, played on a model and a map, and compared, 20 a sequence.
//! - `snap30 LIBRARY`: how many executions, and steps of these, it takes to make a failing sequence small, and what remains.
//!
//! Both are as the project's design has them: eight keys, values of a byte, Put : Get : Del = 3 : 2 : 1; and six names of
//! snapshots, of which a copy loses the key, so that `Create(a, key) Copy(a, b) Describe(b)` is the shortest that fails.

mod hegel;
mod map20;
mod ours;
mod psm;
mod snap30;

use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["map20", "proptest-state-machine"] => map20::row(psm::map20),
        ["map20", "proptest"] => map20::row(psm::vectors),
        ["map20", "hegel"] => map20::row(hegel::map20),
        ["snap30", "copysnap"] => snap30::row(&ours::runs(200)),
        ["snap30", "proptest-state-machine"] => snap30::row(&psm::runs(200)),
        ["snap30", "hegel"] => snap30::row(&hegel::runs(20)),
        _ => {
            eprintln!("usage: copysnap-beside map20|snap30 LIBRARY");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
