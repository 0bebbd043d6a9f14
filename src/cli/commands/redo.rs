//! `pq redo`

use serde::Serialize;

use crate::cli::{Ctx, Exit};
use crate::ops::undo::{TravelReport, redo};
use crate::ops::workbench::Access;
use crate::ui::{Report, Screen, good, name, text};

/// Do again what was taken back last
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_: Args, ctx: &Ctx) -> crate::Result<Exit> {
    ctx.emit(&Redone(redo(&ctx.open(Access::Write)?, ctx.when())?))
}

#[derive(Debug, Serialize)]
struct Redone(TravelReport);

impl Report for Redone {
    const KIND: &'static str = "redo/1";

    fn human(&self, screen: &mut Screen) {
        screen.line(text![name(&self.0.line), ": ", good("done again: "), &self.0.operation.what]);
        screen.next(&["pq", "undo"], "takes it back");
    }
}
