//! `pq annotate FILE`

use std::path::PathBuf;

use bstr::ByteSlice;

use crate::cli::{Ctx, Exit};
use crate::ops::find::{AnnotateReport, Options, annotate};
use crate::ops::workbench::Access;
use crate::ui::{Report, Screen, Table, dim, name, text};

/// Show a file with the patch that wrote each line
///
/// The file is looked at where the worktree stands in the queue; at the end of the queue, if it stands nowhere. Renames are followed. Lines
/// without a patch are the base's.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file
    file: PathBuf,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let options = Options { file: args.file, lines: None, here: ctx.cwd.clone() };
    ctx.emit(&annotate(&ctx.open(Access::Read)?, &options, ctx.watch())?)
}

impl Report for AnnotateReport {
    const KIND: &'static str = "annotate/1";

    fn human(&self, screen: &mut Screen) {
        let mut table = Table::new();
        // Tabs would be escaped: they are shown as blanks.
        for (at, line) in self.lines.iter().enumerate() {
            let patch = line.patch.as_ref().map(ToString::to_string).unwrap_or_default();
            table.row([
                text![name(patch)],
                text![dim((at + 1).to_string())],
                text![line.text.replace("\t", "    ").as_bstr()],
            ]);
        }
        screen.table(&table);
    }
}
