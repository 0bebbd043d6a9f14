//! `pq undo`

use serde::Serialize;

use crate::cli::{Ctx, Exit};
use crate::ops::undo::{TravelReport, undo};
use crate::ops::workbench::Access;
use crate::ui::{Report, Screen, dim, good, id, name, text};

/// Take the last command back: files, branch and refs
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_: Args, ctx: &Ctx) -> crate::Result<Exit> {
    ctx.emit(&Undone(undo(&ctx.open(Access::Write)?, ctx.when())?))
}

#[derive(Debug, Serialize)]
struct Undone(TravelReport);

impl Report for Undone {
    const KIND: &'static str = "undo/1";

    fn human(&self, screen: &mut Screen) {
        screen.line(text![name(&self.0.line), ": ", good("taken back: "), &self.0.operation.what]);
        if let Some(next) = &self.0.next {
            screen.line(text!["the one before is: ", next]);
        }
        if let Some(saved) = &self.0.saved {
            screen.sentence(text!["what was made is kept: ", id(&saved.name)]);
            screen.sentence(text![dim(format!("  git restore --source={} -- PATH brings a file back", saved.name))]);
        }
        match &self.0.reopens {
            Some(patch) => screen.next(&["pq", "resolve", patch], "opens it again"),
            None => screen.next(&["pq", "redo"], "does it again"),
        }
    }
}
