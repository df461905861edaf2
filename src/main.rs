//! The `tillpost` program: parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    tillpost::cli::main()
}
