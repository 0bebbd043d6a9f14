//! `pq diff [PATCH...]`

use std::path::PathBuf;

use bstr::ByteSlice;

use super::deviation::show;
use super::parts::SomePatchesArgs;
use super::why::commit;
use crate::cli::{Ctx, Exit};
use crate::ops::deviation::{DeviationReport, Extent, PatchDeviation, deviations};
use crate::ops::diff::{DiffReport, patches, since, worktree};
use crate::ops::position::Which;
use crate::ops::workbench::Access;
use crate::ui::{Report, Screen, dim, good, name, text};

/// Show what patches change, or how they differ from upstream's commits
///
/// The output is a patch for `git apply`. Held patches are not in it. Patches that are not in a row are shown without what lies between them.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    patches: SomePatchesArgs,
    /// How the patches differ from the upstream commits that they come from; those that do, if no patch is named
    #[arg(long, conflicts_with_all = ["since", "worktree"])]
    deviation: bool,
    /// What became of the end of the queue since an operation: the start of its id in `pq log`, or how many operations ago
    #[arg(long, value_name = "OPERATION", conflicts_with_all = ["patches", "topic"])]
    since: Option<String>,
    /// The edits of a worktree that are in no patch yet: what `pq refresh` would take
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true, conflicts_with_all = ["patches", "topic", "since"])]
    worktree: Option<Option<PathBuf>>,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let bench = ctx.open(Access::Read)?;
    if args.deviation {
        return ctx.emit(&deviations(&bench, &args.patches.chosen(), ctx.watch())?);
    }
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

impl Report for DeviationReport {
    const KIND: &'static str = "deviation/1";

    fn human(&self, screen: &mut Screen) {
        if self.patches.is_empty() {
            screen.line(good("every backport is what upstream did"));
        }
        self.patches.iter().for_each(|patch| differing(patch, screen));
    }
}

fn differing(patch: &PatchDeviation, screen: &mut Screen) {
    screen.line(name(&patch.patch));
    patch.upstream.iter().for_each(|origin| screen.line(text!["  of "].with(commit(origin))));
    patch.stated.iter().for_each(|why| screen.sentence(text!["  why: ", why]));
    match &patch.difference {
        None => screen.line(dim("  there is no commit of upstream to compare it with")),
        Some(found) if found.extent == Extent::Identical => screen.line(good("  it is the same")),
        Some(found) => drop(show(&found.files, None, screen)),
    }
}
