//! `pq fsck [--fix]`

use super::parts;
use crate::cli::{Ctx, Exit};
use crate::ops::fsck::{FsckReport, Mode, fsck};
use crate::ui::{Annotation, Report, Screen, Verdict, good, name, plural, text};

/// Check what pq keeps beside the patches: log, refs, memory
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Mend what can be mended: set the refs of held patches, forget what can be made again
    #[arg(long)]
    fix: bool,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let mode = if args.fix { Mode::Fix } else { Mode::Check };
    ctx.emit(&fsck(ctx.place().line()?, mode, ctx.watch())?)
}

impl Report for FsckReport {
    const KIND: &'static str = "fsck/1";

    fn human(&self, screen: &mut Screen) {
        let log = plural(self.operations, "operation", "operations");
        screen.line(text![name(&self.line), ": ", log, " in the log"]);
        parts::show_findings(&self.findings, screen);
        match self.findings.iter().all(|finding| finding.fixed) {
            true => screen.line(good("all is well")),
            false => screen.next(&["pq", "verify"], "checks the patches"),
        }
    }

    fn annotations(&self) -> Vec<Annotation> {
        parts::annotations(&self.line, &self.findings)
    }

    fn verdict(&self) -> Verdict {
        parts::verdict(&self.findings)
    }
}
