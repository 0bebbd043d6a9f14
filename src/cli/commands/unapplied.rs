//! `pq unapplied`

use super::parts::{NamesReport, WorktreeArgs};
use crate::cli::{Ctx, Exit};
use crate::ops::position::PositionError;

/// List the patches that are not applied in the worktree
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    worktree: WorktreeArgs,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let report = args.worktree.position(ctx)?;
    let names = report.unapplied.clone();
    match names.is_empty() {
        true => Err(PositionError::AtEnd(report.top.clone()).into()),
        false => ctx.emit(&NamesReport { names, report }),
    }
}
