//! `pq fold FILE`

use std::path::PathBuf;

use super::header::read;
use super::parts::WorktreeArgs;
use crate::cli::{Ctx, Exit};
use crate::ops::fold::fold;
use crate::ops::workbench::Access;

/// Make a patch text part of the top patch, applied as `git apply` does
///
/// The top is that of the worktree, which must be clean; without a worktree it is the last patch. What the text says of author, date and subject
/// is not kept.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The patch file; `-` is standard input
    file: PathBuf,
    #[command(flatten)]
    worktree: WorktreeArgs,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let text = read(&args.file, &ctx.cwd)?;
    let mut bench = ctx.open(Access::Write)?;
    bench.which = Some(args.worktree.which(ctx));
    let file = args.file.display().to_string();
    ctx.emit(&fold(&bench, (&file, &text), ctx.when(), ctx.watch())?)
}
