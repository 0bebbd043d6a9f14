//! `pq merge-driver BASE OURS THEIRS`

use std::path::PathBuf;

use crate::cli::{Ctx, Exit};
use crate::ops::merge_driver::{MergeReport, merge_files};
use crate::ui::{Report, Screen, Verdict, text, warn};

/// Merge two edits of a pq.toml by what they mean, for git
///
/// Series, patches' tables and the base are merged value by value, the rest line by line. Where two people want different things, ours stays, a
/// block at the top of the file names them, and the exit code is 1. `--install` prints how to tell git.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The common ancestor, %O
    #[arg(required_unless_present = "install")]
    base: Option<PathBuf>,
    /// Ours, %A: the result is written there
    #[arg(required_unless_present = "install")]
    ours: Option<PathBuf>,
    /// Theirs, %B
    #[arg(required_unless_present = "install")]
    theirs: Option<PathBuf>,
    /// What the file is called, %P
    path: Option<PathBuf>,
    /// Print what to put into git's configuration and attributes; nothing is changed
    #[arg(long)]
    install: bool,
}

const INSTALL: &str = "\
git config merge.pq.name 'pq.toml by what it means'
git config merge.pq.driver 'pq merge-driver %O %A %B %P'
echo 'pq.toml merge=pq' >> .gitattributes
";

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let (Some(base), Some(ours), Some(theirs)) = (args.base, args.ours, args.theirs) else {
        return ctx.write(INSTALL.as_bytes());
    };
    let name = args.path.unwrap_or_else(|| ours.clone());
    ctx.emit(&merge_files(&ctx.cwd.join(base), &ctx.cwd.join(ours), &ctx.cwd.join(theirs), &name)?)
}

impl Report for MergeReport {
    const KIND: &'static str = "merge-driver/1";

    fn human(&self, screen: &mut Screen) {
        for conflict in &self.conflicts {
            screen.line(text![warn("conflict: "), &self.file, ": ", conflict]);
        }
    }

    fn verdict(&self) -> Verdict {
        if self.conflicts.is_empty() { Verdict::Fine } else { Verdict::Failed }
    }
}
