//! `pq move PATCH...`

use super::parts::PatchesArgs;
use crate::cli::{Ctx, Exit};
use crate::ops::edit::{Target, move_to};
use crate::ops::workbench::Access;

/// Move patches to another place in the series
///
/// Several keep their order among themselves. Patches that they pass are carried over them. Refused if that breaks a dependency, with the lines
/// that say why.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("place").required(true)))]
pub struct Args {
    #[command(flatten)]
    patches: PatchesArgs,
    /// In front of that patch
    #[arg(long, value_name = "OTHER", group = "place", value_hint = clap::ValueHint::Other)]
    before: Option<String>,
    /// Right behind that patch
    #[arg(long, value_name = "OTHER", group = "place", value_hint = clap::ValueHint::Other)]
    after: Option<String>,
    /// To the front
    #[arg(long, group = "place")]
    first: bool,
    /// To the end
    #[arg(long, group = "place")]
    last: bool,
    /// Move along what needs them, or what they need, where that would stand on the wrong side
    #[arg(long)]
    with_dependents: bool,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let target = match (args.before, args.after) {
        (Some(other), _) => Target::Before(other),
        (_, Some(other)) => Target::After(other),
        _ if args.first => Target::First,
        _ => Target::Last,
    };
    let chosen = args.patches.chosen(args.with_dependents);
    ctx.emit(&move_to(&ctx.open(Access::Write)?, &chosen, &target, ctx.when(), ctx.watch())?)
}
