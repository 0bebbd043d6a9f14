//! `pq edit NAME`

use super::parts::MoveArgs;
use crate::cli::{Ctx, Exit};
use crate::ops::position::Target;

/// Put the worktree at a patch to edit it: change files, then `pq refresh`
///
/// `pq push -a` leads back to the end of the queue. What is above the patch is carried over the edit by `pq refresh`.
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
