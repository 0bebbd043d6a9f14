//! `pq absorb [-- PATH...]`

use std::path::PathBuf;

use super::parts::WorktreeArgs;
use crate::cli::{Ctx, Exit};
use crate::ops::absorb::{self, AbsorbReport, Options, Stayed, Why, place};
use crate::ops::workbench::Access;
use crate::ui::{Report, Screen, Table, dim, name, plural, text, warn};

/// Put each edit of the worktree into the patch that last wrote those lines
///
/// Files do not change: what goes into no patch stays an edit, and is listed with the reason. What conflicts above the worktree's patch is held.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only the edits in these files and directories
    #[arg(last = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Only say what would go where
    #[arg(short = 'n', long)]
    dry_run: bool,
    #[command(flatten)]
    worktree: WorktreeArgs,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let access = if args.dry_run { Access::Read } else { Access::Write };
    let (which, when) = (args.worktree.which(ctx), ctx.when());
    let options = Options { paths: args.paths, which, dry_run: args.dry_run, when };
    ctx.emit(&absorb::absorb(&ctx.open(access)?, &options, ctx.watch())?)
}

impl Report for AbsorbReport {
    const KIND: &'static str = "absorb/1";

    fn human(&self, screen: &mut Screen) {
        let count = plural(self.absorbed.len(), "hunk", "hunks");
        let what = match (self.dry_run, self.absorbed.is_empty()) {
            (_, true) => "nothing belongs to one patch alone".to_owned(),
            (true, false) => format!("{count} would go into patches (dry run: nothing is written)"),
            (false, false) => format!("{count} absorbed"),
        };
        screen.line(text![name(&self.line), ": ", what]);
        let mut table = Table::new();
        for hunk in &self.absorbed {
            table.row([text!["  ", name(&hunk.patch)], text![place(&hunk.path, Some(hunk.lines))]]);
        }
        screen.table(&table);
        if !self.stayed.is_empty() {
            screen.heading("stays in the worktree");
            self.stayed
                .iter()
                .for_each(|hunk| screen.sentence(text!["  ", place(&hunk.path, hunk.lines), ": ", warn(why(hunk))]));
        }
        if let Some(edit) = self.edit.as_ref().filter(|edit| !edit.held.is_empty()) {
            screen.sentence(text![warn("held: "), super::parts::names(&edit.held), dim(" (they conflict with it)")]);
        }
        match (&self.edit, self.dry_run && !self.absorbed.is_empty()) {
            (Some(edit), _) if !edit.held.is_empty() => {
                screen.next(&["pq", "resolve", edit.held[0].as_str()], "settles the first")
            }
            (Some(_), _) => screen.next(&["pq", "undo"], "takes it back"),
            (None, true) => screen.next(&["pq", "absorb"], "does it"),
            (None, false) if !self.stayed.is_empty() => {
                screen.next(&["pq", "refresh", "NAME"], "puts edits into a patch of your choice")
            }
            (None, false) => screen.next(&["pq", "status"], ""),
        }
    }
}

fn why(hunk: &Stayed) -> String {
    let names = super::parts::names(&hunk.patches);
    match hunk.why {
        Why::Base => "no patch wrote these lines".to_owned(),
        Why::Several => format!("several wrote these lines: {names}"),
        Why::Between => format!("it cannot go below {names}"),
        Why::Whole => "not lines alone: the file is new, gone, binary or has another mode".to_owned(),
    }
}
