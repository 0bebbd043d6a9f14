//! One file per command. Each has its `Args`, and `run`, which turns them into options, makes one call and ends with `ctx.emit(&report)`.
//!
//! A new command is a file here, a variant with its arm below, and its name in [`super::help::GROUPS`].

mod absorb;
mod annotate;
mod applied;
mod audit;
mod carry;
mod completions;
mod demo;
mod deviation;
mod diff;
mod drop;
mod edit;
mod exchange;
mod export;
mod files;
mod find;
mod fold;
mod forecast;
mod fsck;
mod goto;
mod graph;
mod header;
mod import;
mod init;
mod log;
mod man;
mod merge_driver;
mod move_;
mod moved;
mod new;
mod next;
mod outgoing;
mod parts;
mod pick;
mod pop;
mod prev;
mod prospect;
mod publish;
mod push;
mod rebase;
mod redo;
mod refresh;
mod rename;
mod resolutions;
mod resolve;
mod series;
mod show;
mod split;
mod squash;
mod status;
mod top;
mod try_;
mod unapplied;
mod undo;
mod verdict;
mod verify;
mod why;

use clap::Subcommand;

use super::{Ctx, Exit};

/// The commands. The first line of what is said of their `Args` is their line in `pq --help`.
#[derive(Debug, Subcommand)]
pub enum Command {
    Absorb(absorb::Args),
    Annotate(annotate::Args),
    Applied(applied::Args),
    Audit(audit::Args),
    Carry(carry::Args),
    Completions(completions::Args),
    Demo(demo::Args),
    Diff(diff::Args),
    Drop(drop::Args),
    Edit(edit::Args),
    Export(export::Args),
    Files(files::Args),
    Find(find::Args),
    Fold(fold::Args),
    Forecast(forecast::Args),
    Fsck(fsck::Args),
    Goto(goto::Args),
    Graph(graph::Args),
    Header(header::Args),
    Import(import::Args),
    Init(init::Args),
    Log(log::Args),
    Man(man::Args),
    MergeDriver(merge_driver::Args),
    Move(move_::Args),
    New(new::Args),
    Next(next::Args),
    Pick(pick::Args),
    Pop(pop::Args),
    Prev(prev::Args),
    Publish(publish::Args),
    Push(push::Args),
    Rebase(rebase::Args),
    Redo(redo::Args),
    Refresh(refresh::Args),
    Rename(rename::Args),
    Resolutions(resolutions::Args),
    Resolve(resolve::Args),
    Series(series::Args),
    Show(show::Args),
    Split(split::Args),
    Squash(squash::Args),
    Status(status::Args),
    Top(top::Args),
    Try(try_::Args),
    Unapplied(unapplied::Args),
    Undo(undo::Args),
    Verify(verify::Args),
    Why(why::Args),
}

/// Runs the command.
pub fn run(command: Command, ctx: &Ctx) -> crate::Result<Exit> {
    match command {
        Command::Absorb(args) => absorb::run(args, ctx),
        Command::Annotate(args) => annotate::run(args, ctx),
        Command::Applied(args) => applied::run(args, ctx),
        Command::Audit(args) => audit::run(args, ctx),
        Command::Carry(args) => carry::run(args, ctx),
        Command::Completions(args) => completions::run(args, ctx),
        Command::Demo(args) => demo::run(args, ctx),
        Command::Diff(args) => diff::run(args, ctx),
        Command::Drop(args) => drop::run(args, ctx),
        Command::Edit(args) => edit::run(args, ctx),
        Command::Export(args) => export::run(args, ctx),
        Command::Files(args) => files::run(args, ctx),
        Command::Find(args) => find::run(args, ctx),
        Command::Fold(args) => fold::run(args, ctx),
        Command::Forecast(args) => forecast::run(args, ctx),
        Command::Fsck(args) => fsck::run(args, ctx),
        Command::Goto(args) => goto::run(args, ctx),
        Command::Graph(args) => graph::run(args, ctx),
        Command::Header(args) => header::run(args, ctx),
        Command::Import(args) => import::run(args, ctx),
        Command::Init(args) => init::run(args, ctx),
        Command::Log(args) => log::run(args, ctx),
        Command::Man(args) => man::run(args, ctx),
        Command::MergeDriver(args) => merge_driver::run(args, ctx),
        Command::Move(args) => move_::run(args, ctx),
        Command::New(args) => new::run(args, ctx),
        Command::Next(args) => next::run(args, ctx),
        Command::Pick(args) => pick::run(args, ctx),
        Command::Pop(args) => pop::run(args, ctx),
        Command::Prev(args) => prev::run(args, ctx),
        Command::Publish(args) => publish::run(args, ctx),
        Command::Push(args) => push::run(args, ctx),
        Command::Rebase(args) => rebase::run(args, ctx),
        Command::Redo(args) => redo::run(args, ctx),
        Command::Refresh(args) => refresh::run(args, ctx),
        Command::Rename(args) => rename::run(args, ctx),
        Command::Resolutions(args) => resolutions::run(args, ctx),
        Command::Resolve(args) => resolve::run(args, ctx),
        Command::Series(args) => series::run(args, ctx),
        Command::Show(args) => show::run(args, ctx),
        Command::Split(args) => split::run(args, ctx),
        Command::Squash(args) => squash::run(args, ctx),
        Command::Status(args) => status::run(args, ctx),
        Command::Top(args) => top::run(args, ctx),
        Command::Try(args) => try_::run(args, ctx),
        Command::Unapplied(args) => unapplied::run(args, ctx),
        Command::Undo(args) => undo::run(args, ctx),
        Command::Verify(args) => verify::run(args, ctx),
        Command::Why(args) => why::run(args, ctx),
    }
}
