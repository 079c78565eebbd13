//! The `jpegasus` binary: maps a run to an exit code, nothing else.

fn main() -> std::process::ExitCode {
    jpegasus::cli::main()
}
