//! One file per command. Each has its `Args`, and `run`, which turns them into options, makes one call and ends with `ctx.emit(&report)`.
//!
//! A new command is a file here, a variant with its arm below, and its name in [`super::help::GROUPS`].

mod completions;
mod demo;
mod man;

use clap::Subcommand;

use super::{Ctx, Exit};

/// The commands. The first line of what is said of their `Args` is their line in `pq --help`.
#[derive(Debug, Subcommand)]
pub enum Command {
    Completions(completions::Args),
    Demo(demo::Args),
    Man(man::Args),
}

/// Runs the command.
pub fn run(command: Command, ctx: &Ctx) -> crate::Result<Exit> {
    match command {
        Command::Completions(args) => completions::run(args, ctx),
        Command::Demo(args) => demo::run(args, ctx),
        Command::Man(args) => man::run(args, ctx),
    }
}
