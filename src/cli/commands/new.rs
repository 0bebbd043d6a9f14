//! `pq new NAME`

use bstr::BString;

use super::parts::WorktreeArgs;
use crate::cli::error::Error;
use crate::cli::{Ctx, Exit};
use crate::format::patchfile::{Author, Date};
use crate::ops::amend::{NewPatch, new};
use crate::ops::workbench::Access;

/// Add an empty patch where the worktree stands; `pq refresh` fills it
///
/// Edits that are in the worktree already stay there, and go into the new patch with `pq refresh`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Its name
    name: String,
    /// Its message, in place of its name
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,
    /// Behind that patch, in place of where the worktree stands
    #[arg(long, value_name = "OTHER", value_hint = clap::ValueHint::Other)]
    after: Option<String>,
    #[command(flatten)]
    worktree: WorktreeArgs,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let bench = ctx.open(Access::Write)?;
    let (name, email) = bench.repo.identity().ok_or(Error::NoIdentity)?;
    let message = args.message.map(|text| BString::from(format!("{}\n", text.trim_end())));
    let patch = NewPatch {
        name: args.name,
        message,
        author: Author { name, email },
        date: Date { seconds: ctx.when(), offset: ctx.offset().into() },
        after: args.after,
    };
    ctx.emit(&new(&bench, &patch, &args.worktree.which(ctx), ctx.when(), ctx.watch())?)
}
