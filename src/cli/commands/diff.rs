//! `pq diff [PATCH...]`

use std::path::PathBuf;

use bstr::ByteSlice;

use super::parts::SomePatchesArgs;
use crate::cli::{Ctx, Exit};
use crate::ops::diff::{DiffReport, patches, since, worktree};
use crate::ops::position::Which;
use crate::ops::workbench::Access;
use crate::ui::{Report, Screen};

/// Show what a patch, several patches or the whole queue changes
///
/// The output is a patch for `git apply`. Held patches are not in it. Patches that are not in a row are shown without what lies between them.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    patches: SomePatchesArgs,
    /// What became of the end of the queue since an operation: the start of its id in `pq log`, or how many operations ago
    #[arg(long, value_name = "OPERATION", conflicts_with_all = ["patches", "topic"])]
    since: Option<String>,
    /// The edits of a worktree that are in no patch yet: what `pq refresh` would take
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true, conflicts_with_all = ["patches", "topic", "since"])]
    worktree: Option<Option<PathBuf>>,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let bench = ctx.open(Access::Read)?;
    let which = |directory: Option<PathBuf>| Which {
        here: ctx.cwd.clone(),
        named: directory.map(|directory| ctx.cwd.join(directory)),
    };
    ctx.emit(&match (args.since, args.worktree) {
        (Some(operation), _) => since(&bench, &operation, ctx.watch())?,
        (_, Some(directory)) => worktree(&bench, &which(directory), ctx.watch())?,
        _ => patches(&bench, &args.patches.chosen(), ctx.watch())?,
    })
}

impl Report for DiffReport {
    const KIND: &'static str = "diff/1";

    fn human(&self, screen: &mut Screen) {
        screen.patch(self.text.as_bytes());
    }
}
