//! `pq verify`

use super::parts;
use crate::cli::{Ctx, Exit};
use crate::ops::verify::{VerifyReport, verify};
use crate::ops::workbench::Access;
use crate::ui::{Annotation, Report, Screen, Verdict, good, id, name, plural, text};

/// Check from scratch everything that the queue promises
///
/// Every patch applies, the base is what it was, the order keeps the dependencies, recorded commits exist, the branch is the queue.
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_: Args, ctx: &Ctx) -> crate::Result<Exit> {
    ctx.emit(&verify(&ctx.open(Access::Read)?, ctx.watch())?)
}

impl Report for VerifyReport {
    const KIND: &'static str = "verify/1";

    fn human(&self, screen: &mut Screen) {
        let count = plural(self.checked, "patch", "patches");
        screen.line(text![name(&self.line), " on ", id(&self.base.release), ": ", count, " checked"]);
        parts::show_findings(&self.findings, screen);
        match &self.tip {
            Some(tip) if self.findings.is_empty() => screen.line(text![good("all is well"), ", tip ", id(tip.commit)]),
            _ => screen.next(&["pq", "status"], ""),
        }
    }

    fn annotations(&self) -> Vec<Annotation> {
        parts::annotations(&self.line, &self.findings)
    }

    fn verdict(&self) -> Verdict {
        parts::verdict(&self.findings)
    }
}
