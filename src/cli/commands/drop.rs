//! `pq drop PATCH...`

use super::parts::PatchesArgs;
use crate::cli::{Ctx, Exit};
use crate::ops::edit::{EditReport, drop};
use crate::ops::workbench::Access;
use crate::ui::{Report, Screen, dim, good, id, name, plural, text, warn};

/// Take patches out of the queue
///
/// Refused if a patch that stays needs one of them, with the lines that say why. `pq undo` brings them back.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    patches: PatchesArgs,
    /// Take the patches that need them out, too
    #[arg(long)]
    with_dependents: bool,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let chosen = args.patches.chosen(args.with_dependents);
    ctx.emit(&drop(&ctx.open(Access::Write)?, &chosen, ctx.when(), ctx.watch())?)
}

/// What every edit says.
impl Report for EditReport {
    const KIND: &'static str = "edit/1";

    fn human(&self, screen: &mut Screen) {
        screen.line(text![name(&self.line), ": ", good("done: "), &self.done]);
        if !self.rewritten.is_empty() {
            let count = plural(self.rewritten.len(), "patch has", "patches have");
            screen.line(text![count, " a new text: ", super::parts::names(&self.rewritten)]);
        }
        if !self.held.is_empty() {
            let count = plural(self.held.len(), "patch is held: ", "patches are held: ");
            screen.sentence(text![warn(count), super::parts::names(&self.held)]);
        }
        screen.line(text!["tip ", id(self.tip.commit), dim(format!(" (tree {})", self.tip.tree.short()))]);
        match self.held.first() {
            Some(held) => {
                screen.next(&["pq", "resolve", held.as_str()], "settles the first; `pq undo` takes it all back")
            }
            None => screen.next(&["pq", "undo"], "takes it back"),
        }
    }
}
