//! The binary `copysnap`; see the library.

fn main() -> std::process::ExitCode {
    copysnap::cli::main()
}
