//! The `pq` binary: everything is in the library.

fn main() -> std::process::ExitCode {
    pq::cli::main()
}
