//! `pq carry NAME... --to LINE`

use crate::cli::{Ctx, Exit};
use crate::ops::pick::{Across, Mode, across};
use crate::ops::workbench::Access;

/// Carry patches of one line of the fork to another one, older or newer
///
/// Of three texts the first that applies is taken: the one here, upstream's own backports near to that line, the upstream commit. Upstream's do
/// not replace a text that holds more than they do, or whose `deviation` is stated. Metadata goes
/// along.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The patches
    #[arg(required = true)]
    names: Vec<String>,
    /// The line that they go to
    #[arg(long, value_name = "LINE")]
    to: String,
    /// Write nothing; only say what would be
    #[arg(long)]
    dry_run: bool,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let from = ctx.open(Access::Read)?;
    let (access, mode) = if args.dry_run { (Access::Read, Mode::Try) } else { (Access::Write, Mode::Write) };
    let to = from.sibling(&args.to, access)?;
    let options = Across { names: args.names, mode, when: ctx.when() };
    ctx.emit(&across(&from, &to, &options, ctx.watch())?)
}
