//! `pq diff [NAME | A..B]`

use bstr::ByteSlice;

use crate::cli::{Ctx, Exit};
use crate::ops::look::{DiffReport, diff};
use crate::ops::workbench::Access;
use crate::ui::{Report, Screen};

/// Show what a patch, a run of patches or the whole queue changes
///
/// The output is a patch for `git apply`. Held patches are not in it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A patch, or the first and the last of several: NAME, A..B, A.., ..B; the whole queue by default
    #[arg(value_name = "NAME | A..B")]
    range: Option<String>,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let (first, last) = match &args.range {
        Some(range) => ends(range),
        None => (None, None),
    };
    ctx.emit(&diff(&ctx.open(Access::Read)?, first, last, ctx.watch())?)
}

/// The ends of a range. No name holds two dots.
fn ends(range: &str) -> (Option<&str>, Option<&str>) {
    let (first, last) = range.split_once("..").unwrap_or((range, range));
    let end = |name| Some(name).filter(|name: &&str| !name.is_empty());
    (end(first), end(last))
}

impl Report for DiffReport {
    const KIND: &'static str = "diff/1";

    fn human(&self, screen: &mut Screen) {
        screen.patch(self.text.as_bytes());
    }
}
