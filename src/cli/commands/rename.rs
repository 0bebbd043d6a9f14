//! `pq rename OLD NEW`

use crate::cli::{Ctx, Exit};
use crate::ops::edit::rename;
use crate::ops::workbench::Access;

/// Give a patch another name; its text and its commit stay what they are
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The patch
    #[arg(value_hint = clap::ValueHint::Other)]
    old: String,
    /// The new name
    new: String,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    ctx.emit(&rename(&ctx.open(Access::Write)?, &args.old, &args.new, ctx.when())?)
}
