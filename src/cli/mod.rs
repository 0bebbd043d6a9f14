//! The command line: arguments, environment, Ctrl-C and exit codes.
//!
//! `commands/` has one file per command, which turns arguments into options, makes one call and shows one report.

mod args;
mod commands;
mod ctx;
mod env;
mod error;
mod exit;
mod help;
mod interrupt;
mod reference;

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

pub use ctx::Ctx;
pub use exit::Exit;
pub use reference::reference;

use crate::ui::{self, Color, Look, Ui};

/// Runs the process.
pub fn main() -> ExitCode {
    guarded(|| run(&std::env::args_os().collect::<Vec<_>>())).into()
}

/// A panic has been reported by its hook when it arrives here; what is left to do is the exit code.
fn guarded(body: impl FnOnce() -> Exit) -> Exit {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(Exit::Bug)
}

fn run(argv: &[OsString]) -> Exit {
    let color = env::color(args::color_in(argv), |name| std::env::var_os(name));
    ui::install_hooks(Look::of_stderr(color).color);
    interrupt::install();
    match args::parse(argv) {
        Ok(cli) => run_command(cli, color),
        Err(error) => help::say(&error, color),
    }
}

fn run_command(cli: args::Cli, color: Color) -> Exit {
    let ui = Ui::new(cli.global.format, cli.global.volume(), color);
    // The context is gone, and with it the line of progress, before an error is said.
    let result = Ctx::new(cli.global, ui).and_then(|ctx| commands::run(cli.command, &ctx));
    result.unwrap_or_else(|error| {
        ui.error(&error);
        error.kind().into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_bug() {
        assert_eq!(guarded(|| Exit::Fine), Exit::Fine);
        assert_eq!(guarded(|| panic!("as this test wants")), Exit::Bug);
    }
}
