//! `pq squash PATCH...`

use super::parts::PatchesArgs;
use crate::cli::{Ctx, Exit};
use crate::ops::squash::squash;
use crate::ops::workbench::Access;

/// Make one patch of several; the tree at the end stays what it is
///
/// The messages are joined, author and date are those of the first patch, and the metadata is that of all. What stands between them goes behind
/// them, or in front of them; refused if it can go neither way.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    patches: PatchesArgs,
    /// The name of the one patch, in place of the first one's
    #[arg(long, value_name = "NEW")]
    name: Option<String>,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let chosen = args.patches.chosen(false);
    ctx.emit(&squash(&ctx.open(Access::Write)?, &chosen, args.name.as_deref(), ctx.when(), ctx.watch())?)
}
