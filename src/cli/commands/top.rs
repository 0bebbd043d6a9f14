//! `pq top`

use super::parts::{NamesReport, WorktreeArgs};
use crate::cli::{Ctx, Exit};
use crate::ops::position::PositionError;

/// Print the last patch that is applied in the worktree
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    worktree: WorktreeArgs,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let report = args.worktree.position(ctx)?;
    let name = report.top.clone().ok_or(PositionError::AtStart)?;
    ctx.emit(&NamesReport { names: vec![name], report })
}
