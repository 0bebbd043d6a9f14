//! `pq show NAME`

use bstr::ByteSlice;

use super::parts;
use crate::cli::{Ctx, Exit};
use crate::ops::look::{ShowReport, show};
use crate::ops::workbench::Access;
use crate::ui::{Report, Screen, Table, id, name, text};

/// Show a patch: what is known of it, and its text
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The patch, or the start of its name
    name: String,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    ctx.emit(&show(&ctx.open(Access::Read)?, &args.name)?)
}

impl Report for ShowReport {
    const KIND: &'static str = "show/1";

    fn human(&self, screen: &mut Screen) {
        let patch = &self.patch;
        let mut table = Table::new();
        table
            .row([text!["patch"], text![name(&patch.name), " (", patch.kind.as_str(), ", ", parts::state(patch), ")"]]);
        patch.upstream.iter().for_each(|commit| table.row([text!["upstream"], text![id(commit)]]));
        for path in &patch.paths {
            table.row([text!["conflict"], text![path]]);
        }
        if !patch.blocked_by.is_empty() {
            table.row([text!["waits for"], text![parts::names(&patch.blocked_by)]]);
        }
        let known = [("topic", &patch.topic), ("owner", &patch.owner), ("reason", &self.reason)];
        for (what, value) in known {
            value.iter().for_each(|value| table.row([text![what], text![value]]));
        }
        screen.table(&table);
        screen.blank();
        screen.patch(self.text.as_bytes());
    }
}
