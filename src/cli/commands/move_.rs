//! `pq move NAME`

use crate::cli::{Ctx, Exit};
use crate::ops::edit::{Target, move_to};
use crate::ops::workbench::Access;

/// Move a patch to another place in the series
///
/// Patches that it passes are carried over it; refused if one of them conflicts or a dependency breaks.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("place").required(true)))]
pub struct Args {
    /// The patch
    name: String,
    /// In front of that patch
    #[arg(long, value_name = "OTHER", group = "place")]
    before: Option<String>,
    /// Right behind that patch
    #[arg(long, value_name = "OTHER", group = "place")]
    after: Option<String>,
    /// To the front
    #[arg(long, group = "place")]
    first: bool,
    /// To the end
    #[arg(long, group = "place")]
    last: bool,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let target = match (args.before, args.after) {
        (Some(other), _) => Target::Before(other),
        (_, Some(other)) => Target::After(other),
        _ if args.first => Target::First,
        _ => Target::Last,
    };
    ctx.emit(&move_to(&ctx.open(Access::Write)?, &args.name, &target, ctx.when(), ctx.watch())?)
}
