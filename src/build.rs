//! Has the embedded files read anew where one is added or changed.

fn main() {
    for folder in ["specs", "cases", "snapshots"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
