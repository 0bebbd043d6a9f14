//! One file per command. Each has its `Args`, and `run`, which turns them into options, makes one call and ends with `ctx.emit(&report)`.
//!
//! A new command is a file here, a variant with its arm below, and its name in [`super::help::GROUPS`].

mod completions;
mod diff;
mod files;
mod graph;
mod init;
mod man;
mod parts;
mod rebase;
mod refresh;
mod series;
mod show;
mod status;

use clap::Subcommand;

use super::{Ctx, Exit};

/// The commands. The first line of what is said of their `Args` is their line in `pq --help`.
#[derive(Debug, Subcommand)]
pub enum Command {
    Completions(completions::Args),
    Diff(diff::Args),
    Files(files::Args),
    Graph(graph::Args),
    Init(init::Args),
    Man(man::Args),
    Rebase(rebase::Args),
    Refresh(refresh::Args),
    Series(series::Args),
    Show(show::Args),
    Status(status::Args),
}

/// Runs the command.
pub fn run(command: Command, ctx: &Ctx) -> crate::Result<Exit> {
    match command {
        Command::Completions(args) => completions::run(args, ctx),
        Command::Diff(args) => diff::run(args, ctx),
        Command::Files(args) => files::run(args, ctx),
        Command::Graph(args) => graph::run(args, ctx),
        Command::Init(args) => init::run(args, ctx),
        Command::Man(args) => man::run(args, ctx),
        Command::Rebase(args) => rebase::run(args, ctx),
        Command::Refresh(args) => refresh::run(args, ctx),
        Command::Series(args) => series::run(args, ctx),
        Command::Show(args) => show::run(args, ctx),
        Command::Status(args) => status::run(args, ctx),
    }
}
