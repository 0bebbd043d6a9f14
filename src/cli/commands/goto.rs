//! `pq goto NAME`

use super::parts::MoveArgs;
use crate::cli::{Ctx, Exit};
use crate::ops::position::Target;

/// Put the worktree at a patch: it is the last one that is applied
///
/// HEAD is at the patch's commit, or on the line's branch at the end of the queue. Only the files that differ are touched.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The patch
    #[arg(value_hint = clap::ValueHint::Other)]
    name: String,
    #[command(flatten)]
    way: MoveArgs,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    args.way.go(&Target::Patch(args.name), ctx)
}
