//! `pq init [DIR] --upstream REPO --base REV`

use std::path::PathBuf;

use crate::cli::{Ctx, Exit};
use crate::ops::init::{InitReport, Options, init};
use crate::ui::{Annotation, Report, Screen, Severity, Text, Verdict, bad, dim, good, id, name, plural, text, warn};

/// Make a queue, empty or from a fork's branch
///
/// With `--from`, every commit that the branch has beyond the base becomes a patch, merges included, and the queue's tree is compared with
/// the branch's: pq init queue --upstream . --base v1.13.7 --from our-1.13
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The directory of the queue; it is made if it does not exist. The current one by default
    directory: Option<PathBuf>,
    /// The fork's clone, which has upstream's history
    #[arg(long, value_name = "REPO")]
    upstream: PathBuf,
    /// The release that the queue stands on
    #[arg(long, value_name = "REV")]
    base: String,
    /// The branch that becomes the queue
    #[arg(long, value_name = "REV")]
    from: Option<String>,
    /// The line's name; the directory's by default
    #[arg(long)]
    name: Option<String>,
    /// The branch to publish the queue as; pq/NAME by default
    #[arg(long)]
    branch: Option<String>,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let options = Options {
        dir: ctx.cwd.join(args.directory.unwrap_or_default()),
        upstream: ctx.cwd.join(args.upstream),
        base: args.base,
        from: args.from,
        name: args.name,
        branch: args.branch,
        when: ctx.when(),
    };
    ctx.emit(&init(&options, ctx.watch())?)
}

impl InitReport {
    fn counts(&self) -> String {
        let summary = &self.summary;
        let patches = plural(summary.total, "patch", "patches");
        let kinds = [
            (summary.backport, "with an upstream commit"),
            (summary.no_upstream, "explicitly without"),
            (summary.unknown, "that do not say"),
        ];
        let kinds = kinds.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}"));
        let kinds = kinds.collect::<Vec<_>>().join(", ");
        if kinds.is_empty() { patches } else { format!("{patches}: {kinds}") }
    }
}

impl Report for InitReport {
    const KIND: &'static str = "init/1";

    fn human(&self, screen: &mut Screen) {
        screen.sentence(text![name(&self.line), " in ", &self.directory, ", on ", id(&self.base.release)]);
        screen.line(self.counts());
        if self.merges > 0 {
            screen.line(plural(self.merges, "merge was put in a row", "merges were put in a row"));
        }
        match self.tree_equal {
            Some(true) => screen.line(text![good("the tree is the branch's"), " (", self.tip.tree, ")"]),
            Some(false) => screen.line(text![bad("the tree differs from the branch's"), " (", self.tip.tree, ")"]),
            None => {}
        }
        if !self.folded.is_empty() {
            screen.line(warn(plural(self.folded.len(), "commit is", "commits are") + FOLDED));
            let ids = self.folded.iter().map(|commit| text![*commit]);
            screen.line(text!["  "].with(Text::join(ids, " ")));
        }
        for one in &self.unresolved {
            screen.line(text![
                warn("not found: "),
                name(&one.patch),
                " names ",
                id(&one.id),
                dim(", which is not in the repository")
            ]);
        }
        screen.line(text!["branch ", name(&self.branch), " at ", id(self.tip.commit)]);
        screen.next(&["pq", "--queue", &self.directory.to_string_lossy(), "status"], "");
    }

    fn annotations(&self) -> Vec<Annotation> {
        let differs = Annotation::new(Severity::Error, "pq init", "the queue's tree differs from the branch's");
        (self.tree_equal == Some(false)).then_some(differs).into_iter().collect()
    }

    fn verdict(&self) -> Verdict {
        if self.tree_equal == Some(false) { Verdict::Failed } else { Verdict::Fine }
    }
}

const FOLDED: &str = " part of the patch of the merge after them, since they conflict in a row:";
