//! `pq push [NAME|N]`

use super::parts::MoveArgs;
use crate::cli::{Ctx, Exit};
use crate::ops::position::Target;

/// Apply the next patch in the worktree, or the next N, or all up to a patch
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How many, or up to which patch
    #[arg(value_name = "NAME|N", value_hint = clap::ValueHint::Other)]
    upto: Option<String>,
    /// All of them
    #[arg(short, long, conflicts_with = "upto")]
    all: bool,
    #[command(flatten)]
    way: MoveArgs,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let target = match (args.upto, args.all) {
        (_, true) => Target::End,
        (None, _) => Target::Push(1),
        (Some(upto), _) => upto.parse().map_or_else(|_| Target::Up(upto), Target::Push),
    };
    args.way.go(&target, ctx)
}
