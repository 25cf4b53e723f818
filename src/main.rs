fn main() -> std::process::ExitCode {
    copysnap::cli::main()
}
