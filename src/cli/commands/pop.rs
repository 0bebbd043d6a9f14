//! `pq pop [NAME|N]`

use super::parts::MoveArgs;
use crate::cli::{Ctx, Exit};
use crate::ops::position::Target;

/// Take the last patch out of the worktree, or the last N, or all above a patch
///
/// The queue and its branch stay what they are: only the worktree moves.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How many, or down to which patch
    #[arg(value_name = "NAME|N", value_hint = clap::ValueHint::Other)]
    downto: Option<String>,
    /// All of them
    #[arg(short, long, conflicts_with = "downto")]
    all: bool,
    #[command(flatten)]
    way: MoveArgs,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let target = match (args.downto, args.all) {
        (_, true) => Target::Base,
        (None, _) => Target::Pop(1),
        (Some(downto), _) => downto.parse().map_or_else(|_| Target::Down(downto), Target::Pop),
    };
    args.way.go(&target, ctx)
}
