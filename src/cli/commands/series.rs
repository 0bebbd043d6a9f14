//! `pq series`

use super::parts;
use crate::cli::{Ctx, Exit};
use crate::ops::lines::{LinesReport, On, lines};
use crate::ops::look::{SeriesReport, series};
use crate::ops::workbench::Access;
use crate::ui::{Report, Screen, Span, Table, bad, dim, good, markdown, name, plural, text, warn};

/// List the patches in order
///
/// With `-v` also where each comes from, who answers for it and the feature that it belongs to.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which line of the workspace has what: as a patch, in its base, with another text, or not at all
    #[arg(long)]
    lines: bool,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    if args.lines {
        let dirs = ctx.place().workspace()?;
        let benches = dirs.into_iter().map(|dir| ctx.open_line(dir, Access::Read)).collect::<crate::Result<_>>()?;
        return ctx.emit(&lines(benches, ctx.watch())?);
    }
    ctx.emit(&series(&ctx.open(Access::Read)?)?)
}

impl Report for LinesReport {
    const KIND: &'static str = "lines/1";

    fn human(&self, screen: &mut Screen) {
        let mut table = Table::new();
        let titles = self.lines.iter().map(|line| text![name(&line.name), dim(format!(" on {}", line.base))]);
        table.row([text!["patch"]].into_iter().chain(titles).collect::<Vec<_>>());
        for patch in &self.patches {
            let states = patch.on.iter().map(|on| text![state(*on)]);
            table.row([text![name(&patch.name)]].into_iter().chain(states).collect::<Vec<_>>());
        }
        screen.table(&table);
        match self.lost().next() {
            Some(first) => {
                let count = plural(self.lost().count(), "patch is", "patches are");
                screen.sentence(text![warn(format!("{count} missing on a newer line"))]);
                screen.next(&["pq", "carry", first.name.as_str(), "--to", "LINE"], "takes it there");
            }
            None => screen.next(&["pq", "status"], ""),
        }
    }
}

fn state(on: On) -> Span {
    match on {
        On::Patch => good("patch"),
        On::Drifted => warn("other text"),
        On::Held => bad("held"),
        On::Base => dim("in the base"),
        On::Missing => dim("-"),
    }
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
