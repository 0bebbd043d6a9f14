//! `pq refresh`

use std::path::PathBuf;

use super::parts::WorktreeArgs;
use super::rebase::{self, foreign};
use crate::cli::{Ctx, Exit};
use crate::ops::adopt::{self, AdoptReport, Adopted, Known};
use crate::ops::amend;
use crate::ops::look::release;
use crate::ops::refresh::{Mode, Options, RefreshReport, Stale, refresh, refresh_onto};
use crate::ops::workbench::{Access, Workbench};
use crate::ui::{Annotation, Report, Screen, Severity, Table, Verdict, id, markdown, name, plural, text, warn};

/// Put the worktree's edits into a patch; or make again what derives from the queue
///
/// In a worktree with edits, they go into the top patch, or into the one that is named, and what is above is carried over them; what conflicts
/// there is held. `git add` files that are new. Without edits, the branch is put where the queue says. With `--adopt` the queue becomes what
/// somebody made of the branch with plain git, or of a patch at a detached HEAD.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The patch that takes the edits: one that is applied; the top one without
    #[arg(conflicts_with_all = ["onto", "check", "force"], value_hint = clap::ValueHint::Other)]
    name: Option<String>,
    /// Only the edits in these files and directories
    #[arg(last = true, value_name = "PATH", conflicts_with_all = ["onto", "check", "force"])]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    worktree: WorktreeArgs,
    /// Carry the queue to that release first; `latest` and `latest-minor` are the newest of the base's minor version and beyond it
    #[arg(long, value_name = "REV")]
    onto: Option<String>,
    /// Change nothing; exit with 1 if anything would change, or if patches are held
    #[arg(long)]
    check: bool,
    /// Hold patches whose own text conflicts, even if upstream's text of the same change applies
    #[arg(long, requires = "onto")]
    no_repick: bool,
    /// Hold patches that conflict even where it is recorded how somebody settled that
    #[arg(long, requires = "onto")]
    no_resolutions: bool,
    /// Move the branch even if somebody else moved it since
    #[arg(long)]
    force: bool,
    /// Take what was made on the branch with plain git into the queue: amended, reordered, dropped and new commits, `fixup!` and its like
    #[arg(long, conflicts_with_all = ["name", "paths", "onto", "check", "force"])]
    adopt: bool,
    /// With --adopt: only say what would become of which commit
    #[arg(short = 'n', long, requires = "adopt")]
    dry_run: bool,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    if args.adopt {
        let (access, which) = (if args.dry_run { Access::Read } else { Access::Write }, args.worktree.which(ctx));
        let options = adopt::Options { which, dry_run: args.dry_run, when: ctx.when() };
        return ctx.emit(&adopt::adopt(&ctx.open(access)?, &options, ctx.watch())?);
    }
    let (access, mode) = if args.check { (Access::Read, Mode::Check) } else { (Access::Write, Mode::Write) };
    let mut bench = ctx.open(access)?;
    bench.refuses_resolutions = args.no_resolutions;
    bench.which = Some(args.worktree.which(ctx));
    if takes_edits(&args, &bench, ctx)? {
        let (which, when) = (args.worktree.which(ctx), ctx.when());
        let options = amend::Options { name: args.name, paths: args.paths, which, when };
        return ctx.emit(&amend::amend(&bench, &options, ctx.watch())?);
    }
    let options =
        Options { mode, repick: rebase::repick(args.no_repick), foreign: foreign(args.force), when: ctx.when() };
    ctx.emit(&match &args.onto {
        Some(onto) => refresh_onto(&bench, release(&bench, onto)?, &options, ctx.watch())?,
        None => refresh(&bench, &options, ctx.watch())?,
    })
}

/// Whether this is quilt's refresh: a patch or files are named, or the current worktree has edits.
fn takes_edits(args: &Args, bench: &Workbench, ctx: &Ctx) -> crate::Result<bool> {
    let which = args.worktree.which(ctx);
    let is_asked = args.name.is_some() || !args.paths.is_empty() || which.named.is_some();
    let is_free = !args.check && !args.force && args.onto.is_none() && bench.repo.worktree_at(&ctx.cwd).is_ok();
    Ok(is_asked || is_free && amend::has_edits(bench, &which, ctx.watch())?)
}

impl Report for AdoptReport {
    const KIND: &'static str = "adopt/1";

    fn human(&self, screen: &mut Screen) {
        let is_same =
            self.changed.is_empty() && self.new.is_empty() && self.dropped.is_empty() && self.folded.is_empty();
        screen.line(text![
            name(&self.line),
            ": ",
            match (self.dry_run, is_same) {
                (_, true) => "every commit is its patch's own",
                (true, false) => "the queue would be what the commits are (dry run: nothing is written)",
                (false, false) => "the queue is what the commits are",
            }
        ]);
        let mut table = Table::new();
        let row = |one: &Adopted, word: &str| {
            [text!["  ", name(&one.name)], text![word], text![id(one.commit), " ", &one.subject]]
        };
        self.changed.iter().for_each(|one| table.row(row(one, one.known.map_or("", known))));
        self.new.iter().for_each(|one| table.row(row(one, "new")));
        for one in &self.folded {
            table.row([text!["  ", name(&one.into)], text!["takes in"], text![id(one.commit), " ", &one.subject]]);
        }
        for gone in &self.dropped {
            table.row([text!["  ", name(gone)], text![warn("dropped")], text!["no commit is it any more"]]);
        }
        screen.table(&table);
        if !self.held.is_empty() {
            screen.sentence(text![
                warn(plural(self.held.len(), "patch is held: ", "patches are held: ")),
                super::parts::names(&self.held)
            ]);
        }
        match self.held.first() {
            _ if self.dry_run && !is_same => screen.next(&["pq", "refresh", "--adopt"], "does it"),
            Some(held) => {
                screen.next(&["pq", "resolve", held.as_str()], "settles the first; `pq undo` takes it all back")
            }
            None if is_same => screen.next(&["pq", "status"], ""),
            None => screen.next(&["pq", "undo"], "takes it back"),
        }
    }
}

fn known(known: Known) -> &'static str {
    match known {
        Known::Id => "",
        Known::Words => "same author, date and subject",
        Known::Date => "same author and date",
        Known::Subject => "same author and subject",
        Known::Diff => "a similar change",
    }
}

impl Report for RefreshReport {
    const KIND: &'static str = "refresh/1";

    fn human(&self, screen: &mut Screen) {
        if let Some(rebase) = &self.rebase {
            rebase::show(rebase, screen);
            screen.heading(if self.check { "would change" } else { "changed" });
        } else {
            screen.line(text![name(&self.line), ": ", self.verdict_in_words()]);
        }
        let changes =
            self.changes.iter().filter(|change| self.rebase.is_none() || !matches!(change, Stale::Patch { .. }));
        changes.for_each(|change| screen.sentence(text!["  ", warn(sentence(change, self.check))]));
        if self.rebase.is_none() && !self.held.is_empty() {
            screen.line(text![
                warn(plural(self.held.len(), "patch is held: ", "patches are held: ")),
                super::parts::names(&self.held)
            ]);
        }
        let onto = self.rebase.as_ref().map(|rebase| rebase.to.release.as_str());
        match self.held.first() {
            _ if self.check && onto.is_some() => {
                screen.next(&["pq", "refresh", "--onto", onto.unwrap_or_default()], "does it");
            }
            Some(patch) => screen.next(&["pq", "show", patch.as_str()], "the first that waits for a person"),
            None if self.check && !self.changes.is_empty() => screen.next(&["pq", "refresh"], "makes it again"),
            None => screen.next(&["pq", "status"], ""),
        }
    }

    fn markdown(&self) -> Option<String> {
        let mut text = match &self.rebase {
            Some(rebase) => rebase::in_markdown(rebase),
            None => format!("### {}\n\n{}\n", markdown::code(&self.line), self.verdict_in_words()),
        };
        if self.rebase.is_none() && !(self.changes.is_empty() && self.held.is_empty()) {
            let changes = self
                .changes
                .iter()
                .map(|change| [kind(change).to_owned(), markdown::code(sentence(change, self.check))]);
            let held = self.held.iter().map(|patch| ["held".to_owned(), markdown::code(patch.as_str())]);
            text += &format!("\n{}", markdown::table(["what", ""], changes.chain(held)));
        }
        Some(text)
    }

    fn annotations(&self) -> Vec<Annotation> {
        let title = || format!("pq: {}", self.line);
        let severity = if self.check { Severity::Error } else { Severity::Notice };
        let stale = self.changes.iter().map(|change| Annotation::new(severity, title(), sentence(change, self.check)));
        let held = self.held.iter().map(|patch| Annotation::new(Severity::Error, title(), format!("{patch} is held")));
        stale.chain(held).collect()
    }

    fn verdict(&self) -> Verdict {
        let is_stale = self.check && !self.changes.is_empty();
        // A check asks whether something would change. That patches are held is nothing new then: `pq status --check` fails on it.
        let is_held = !self.held.is_empty() && (!self.check || self.rebase.is_some());
        if is_stale || is_held { Verdict::Failed } else { Verdict::Fine }
    }
}

impl RefreshReport {
    fn verdict_in_words(&self) -> &'static str {
        match (self.changes.is_empty(), self.check) {
            (true, _) => "everything is as it should be",
            (false, true) => "not everything is as it should be (check: nothing is written)",
            (false, false) => "refreshed",
        }
    }
}

fn kind(change: &Stale) -> &'static str {
    match change {
        Stale::Branch { .. } => "branch",
        Stale::Patch { .. } => "patch",
        Stale::Order { .. } => "order",
        Stale::Stray { .. } => "stray",
    }
}

fn sentence(change: &Stale, check: bool) -> String {
    match change {
        Stale::Branch { name, from, to } => {
            let (from, would) = (from.map(|id| id.short()), if check { "would move" } else { "moved" });
            match from {
                Some(from) => format!("the branch {name} {would} from {from} to {}", to.short()),
                None => {
                    format!("the branch {name} {} at {}", if check { "would be made" } else { "was made" }, to.short())
                }
            }
        }
        Stale::Patch { name, outcome } => format!("{name}: {}", outcome.as_str()),
        Stale::Order { reason } => format!("the order of the series: {reason}"),
        Stale::Stray { file } => format!("{file} is in no series"),
    }
}
