//! `pq series`

use super::parts;
use crate::cli::{Ctx, Exit};
use crate::ops::look::{SeriesReport, series};
use crate::ops::workbench::Access;
use crate::ui::{Report, Screen, Table, dim, markdown, name, text};

/// List the patches in order
///
/// With `-v` also where each comes from, who answers for it and the feature that it belongs to.
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_: Args, ctx: &Ctx) -> crate::Result<Exit> {
    ctx.emit(&series(&ctx.open(Access::Read)?)?)
}

impl Report for SeriesReport {
    const KIND: &'static str = "series/1";

    fn human(&self, screen: &mut Screen) {
        let mut table = Table::new().right(0);
        for entry in &self.patches {
            let (patch, number) = (&entry.state, entry.number);
            if screen.is_verbose() {
                let upstream = patch
                    .upstream
                    .iter()
                    .map(|id| id.chars().take(12).collect::<String>())
                    .collect::<Vec<_>>()
                    .join(" ");
                let about = [&patch.owner, &patch.topic].into_iter().flatten().cloned().collect::<Vec<_>>().join(", ");
                table.row([
                    text![number],
                    text![name(&patch.name)],
                    text![parts::state(patch)],
                    text![patch.kind.as_str()],
                    text![dim(upstream)],
                    text![dim(about)],
                    text![&entry.subject],
                ]);
            } else {
                let held = if patch.why.is_some() { text![parts::state(patch)] } else { text![] };
                table.row([text![number], text![name(&patch.name)], held, text![&entry.subject]]);
            }
        }
        screen.table(&table);
        match self.patches.first() {
            Some(first) => screen.next(&["pq", "show", first.state.name.as_str()], ""),
            None => screen.line(dim("the queue is empty")),
        }
    }

    fn markdown(&self) -> Option<String> {
        let rows = self.patches.iter().map(|entry| {
            let patch = &entry.state;
            [
                entry.number.to_string(),
                markdown::code(patch.name.as_str()),
                patch.kind.as_str().to_owned(),
                if patch.why.is_some() { "held" } else { "applied" }.to_owned(),
                markdown::code(&entry.subject),
            ]
        });
        Some(markdown::table(["", "patch", "kind", "state", "subject"], rows))
    }
}
