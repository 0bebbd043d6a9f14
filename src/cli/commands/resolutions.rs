//! `pq resolutions [list|show NAME|prune|import [DIR]]`

use std::path::PathBuf;

use super::parts;
use crate::cli::{Ctx, Exit};
use crate::ops::OpError;
use crate::ops::resolutions::{self, Did, ResolutionReport, ResolutionsReport};
use crate::ops::workbench::Access;
use crate::ui::{Report, Screen, Table, bad, dim, good, markdown, name, plural, text, warn};

/// Look at what is recorded of settled conflicts, or clear it up
///
/// `pq resolve --done` records how each conflict was settled, as a small file in `resolutions/`; where the same conflict comes back, it is
/// settled the same way. `list` is the default. `show` shows one. `prune` deletes those of patches that left the queue. `import` takes over
/// what `git rerere` recorded, from DIR or the repository's rr-cache.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to do
    #[arg(value_enum, default_value = "list", hide_default_value = true)]
    action: Action,
    /// The resolution to show, or the start of its name; the directory to import from
    #[arg(value_name = "NAME|DIR")]
    what: Option<PathBuf>,
    /// Only say what would be deleted or taken over
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Action {
    List,
    Show,
    Prune,
    Import,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let is_read = args.dry_run || matches!(args.action, Action::List | Action::Show);
    let bench = ctx.open(if is_read { Access::Read } else { Access::Write })?;
    let report = match (args.action, args.what) {
        (Action::List, None) => resolutions::list(&bench)?,
        (Action::Show, Some(name)) => resolutions::show(&bench, &name.to_string_lossy())?,
        (Action::Prune, None) => resolutions::prune(&bench, args.dry_run, ctx.when())?,
        (Action::Import, directory) => {
            let directory = directory.map(|directory| ctx.cwd.join(directory));
            resolutions::import(&bench, directory.as_deref(), args.dry_run)?
        }
        (Action::Show, None) => return Err(OpError::ResolutionWords("say which one to show").into()),
        (Action::List | Action::Prune, Some(_)) => {
            return Err(OpError::ResolutionWords("a name goes with `show`, a directory with `import`").into());
        }
    };
    ctx.emit(&report)
}

impl Report for ResolutionsReport {
    const KIND: &'static str = "resolutions/1";

    fn human(&self, screen: &mut Screen) {
        let count = plural(self.resolutions.len(), "resolution", "resolutions");
        let line = text![name(&self.line), ": "];
        let would = if self.dry_run { " (dry run: nothing is written)" } else { "" };
        match self.did {
            Did::Shown => {}
            Did::Listed if self.resolutions.is_empty() => screen.line(line.with(text![dim("nothing is recorded")])),
            Did::Listed => screen.line(line.with(text![count, " recorded"])),
            Did::Pruned => screen.line(line.with(text![good(count), " of patches that are gone: deleted", dim(would)])),
            Did::Imported => screen.line(line.with(text![good(count), " taken over from git", dim(would)])),
        }
        if let Some(text) = &self.text {
            self.resolutions.iter().for_each(|it| screen.line(text![dim(&it.file)]));
            screen.patch(text.as_bytes());
            return;
        }
        let mut table = Table::new();
        self.resolutions.iter().for_each(|it| table.row(row(it)));
        screen.table(&table);
        for broken in &self.broken {
            screen.sentence(text!["  ", bad("error: "), &broken.text]);
            broken.hint.iter().for_each(|hint| screen.sentence(text!["    ", dim(hint)]));
        }
        match self.resolutions.first() {
            Some(first) if self.did == Did::Listed => {
                screen.next(&["pq", "resolutions", "show", short(&first.file)], "");
            }
            Some(_) if self.did == Did::Pruned && self.dry_run => {
                screen.next(&["pq", "resolutions", "prune"], "deletes them; `pq undo` brings them back");
            }
            Some(_) if self.did == Did::Pruned => screen.next(&["pq", "undo"], "brings them back"),
            _ => {}
        }
    }

    fn markdown(&self) -> Option<String> {
        let rows = self.resolutions.iter().map(|it| {
            [
                markdown::code(short(&it.file)),
                it.kind.to_owned(),
                parts::codes(&it.paths),
                it.patch.as_ref().map(markdown::code).unwrap_or_default(),
            ]
        });
        Some(markdown::table(["resolution", "kind", "paths", "patch"], rows))
    }
}

/// The name of its file.
fn short(file: &str) -> &str {
    file.rsplit('/').next().unwrap_or(file)
}

fn row(it: &ResolutionReport) -> [crate::ui::Text; 4] {
    let gone = if it.patch.is_some() && !it.in_queue { text![warn(" (left the queue)")] } else { text![] };
    let patch = it.patch.as_ref().map(|patch| text![name(patch)]).unwrap_or_else(|| text![]);
    let releases = [&it.from, &it.onto].into_iter().flatten().cloned().collect::<Vec<_>>().join(" → ");
    [
        text!["  ", short(&it.file)],
        text![it.kind],
        text![it.paths.join(", ")],
        patch.with(gone).with(text![dim(format!(" {releases}"))]),
    ]
}
