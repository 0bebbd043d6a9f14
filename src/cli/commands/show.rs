//! `pq show NAME`

use bstr::ByteSlice;
use serde::Serialize;

use super::parts;
use crate::cli::{Ctx, Exit};
use crate::format::quote::display;
use crate::ops::look::{ShowReport, show};
use crate::ops::workbench::Access;
use crate::ui::{Report, Screen, Table, id, name, text};

/// Show a patch: what is known of it, and its text
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The patch: its name or the start of it, its number, `@top`
    #[arg(value_hint = clap::ValueHint::Other)]
    name: String,
    /// In place of the text its hunks, numbered as `pq split --hunk` takes them
    #[arg(long)]
    hunks: bool,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let report = show(&ctx.open(Access::Read)?, &args.name)?;
    if args.hunks { ctx.emit(&Hunks(report)) } else { ctx.emit(&report) }
}

/// The hunks of a patch.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Hunks(ShowReport);

impl Report for Hunks {
    const KIND: &'static str = "show/1";

    fn human(&self, screen: &mut Screen) {
        let mut table = Table::new();
        for hunk in &self.0.hunks {
            let size = format!("+{} -{}", hunk.lines.0, hunk.lines.1);
            let place = format!("{}:{}", display(hunk.path.as_bstr()), hunk.number);
            table.row([text![name(place)], text![size], text![&hunk.place]]);
        }
        screen.table(&table);
    }
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
