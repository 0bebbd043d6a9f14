//! `pq files [PATCH...]`

use super::parts::{self, SomePatchesArgs};
use crate::cli::{Ctx, Exit};
use crate::ops::look::{FilesReport, files};
use crate::ops::workbench::Access;
use crate::ui::{Report, Screen, Table, dim, text};

/// List the files that patches or the whole queue touch, and who touches them
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    patches: SomePatchesArgs,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    ctx.emit(&files(&ctx.open(Access::Read)?, &args.patches.chosen())?)
}

impl Report for FilesReport {
    const KIND: &'static str = "files/1";

    fn human(&self, screen: &mut Screen) {
        let mut table = Table::new();
        for (path, patches) in &self.files {
            table.row([text![path], text![dim(parts::names(patches))]]);
        }
        screen.table(&table);
    }
}
