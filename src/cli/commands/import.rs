//! `pq import quilt DIR`, and the other sources: see `exchange.rs`

use std::path::PathBuf;

use clap::Subcommand;

use super::exchange::{self, GitArgs, MailArgs, StackArgs};
use super::parts::{SHORT, more, names};
use crate::cli::{Ctx, Exit};
use crate::ops::edit::Target;
use crate::ops::quilt::{ImportOptions, ImportReport, ImportSummary, Imported, Loss, Mode, Moved, import};
use crate::ops::workbench::Access;
use crate::store::Foreign;
use crate::ui::{Annotation, Report, Screen, Severity, Text, bad, dim, good, id, name, plural, text, warn};

/// Take patches of another tool into the queue
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    from: From,
}

/// Where the patches come from.
#[derive(Debug, Subcommand)]
enum From {
    Git(GitArgs),
    /// A directory of guilt, such as .git/patches/BRANCH: its series, by the guards that are on there
    Guilt(Quilt),
    /// Patches of Mercurial's queues, such as .hg/patches: their series, by the guards that are on there
    #[command(name = "hg-mq")]
    HgMq(Quilt),
    Mbox(MailArgs),
    Quilt(Quilt),
    Stgit(StackArgs),
}

/// A series of quilt, such as debian/patches
///
/// Each patch is applied as `quilt push` applies it, on the queue as it is, and becomes exact text. That the queue then has the same tree
/// is checked, and said. Hunks may be at other lines than they say; context is given up only with `--fuzz`.
///
/// To start a queue: pq init queue --upstream . --base v1.2, then pq --queue queue import quilt debian/patches
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("place")))]
struct Quilt {
    /// The directory that holds `series`, or a series file; `patches` and `debian/patches` below it are found, too
    directory: PathBuf,
    /// How many lines of context a hunk may give up, at either end; quilt's own default is 2
    #[arg(long, value_name = "LINES", default_value_t = 0)]
    fuzz: u32,
    /// The guards that are on, divided by commas; without this, a guard in the series is an error
    #[arg(long, value_name = "NAMES")]
    guards: Option<String>,
    /// Put the patches in front of that one
    #[arg(long, value_name = "PATCH", group = "place")]
    before: Option<String>,
    /// Put the patches right behind that one; the end of the queue by default
    #[arg(long, value_name = "PATCH", group = "place")]
    after: Option<String>,
    /// Only tell what would be done
    #[arg(long)]
    dry_run: bool,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    match args.from {
        From::Git(args) => exchange::import_git(args, ctx),
        From::Guilt(args) | From::HgMq(args) => quilt(with_guards(args, ctx)?, ctx),
        From::Mbox(args) => exchange::import_mbox(args, ctx),
        From::Quilt(args) => quilt(args, ctx),
        From::Stgit(args) => exchange::import_stgit(args, ctx),
    }
}

/// guilt and Mercurial have a file that says which guards are on; without it, none is.
fn with_guards(args: Quilt, ctx: &Ctx) -> crate::Result<Quilt> {
    if args.guards.is_some() {
        return Ok(args);
    }
    let file = Foreign::find(&ctx.cwd.join(&args.directory))?.read("guards".into())?;
    let list = file.map(|bytes| String::from_utf8_lossy(&bytes).split_whitespace().collect::<Vec<_>>().join(","));
    Ok(Quilt { guards: Some(list.unwrap_or_default()), ..args })
}

fn quilt(args: Quilt, ctx: &Ctx) -> crate::Result<Exit> {
    let guards =
        |list: String| list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let options = ImportOptions {
        source: ctx.cwd.join(args.directory),
        fuzz: args.fuzz,
        guards: args.guards.map(guards),
        target: match (args.before, args.after) {
            (Some(other), _) => Target::Before(other),
            (_, Some(other)) => Target::After(other),
            _ => Target::Last,
        },
        mode: if args.dry_run { Mode::DryRun } else { Mode::Write },
        when: ctx.when(),
    };
    let access = if args.dry_run { Access::Read } else { Access::Write };
    ctx.emit(&import(&ctx.open(access)?, &options, ctx.watch())?)
}

impl Report for ImportReport {
    const KIND: &'static str = "import/1";

    fn human(&self, screen: &mut Screen) {
        let patches = plural(self.summary.total, "patch", "patches");
        let verb = if self.dry_run { "would come" } else { "came" };
        screen.sentence(text![
            patches,
            " ",
            verb,
            " from ",
            &self.source,
            " to ",
            name(&self.line),
            " on ",
            id(&self.base.release)
        ]);
        screen.line(placed(&self.summary));
        let moved: Vec<(&Imported, &Moved)> =
            self.patches.iter().flat_map(|patch| patch.moved.iter().map(move |hunk| (patch, hunk))).collect();
        let (doubtful, plain): (Vec<_>, Vec<_>) =
            moved.into_iter().partition(|(_, hunk)| !hunk.look_alikes.is_empty() || hunk.fuzz > 0);
        for (patch, hunk) in doubtful {
            screen.line(doubt(patch, hunk));
        }
        let limit = if screen.is_verbose() { usize::MAX } else { 0 };
        for (patch, hunk) in plain.iter().take(limit) {
            screen.line(text![dim("moved: ")].with(place_of(patch, hunk)));
        }
        show_losses(&self.patches, screen);
        for one in &self.guarded {
            screen.line(text![dim("left out by its guards: "), name(&one.file)]);
        }
        for said in &self.remarks {
            screen.line(text![warn("series, line "), said.line, ": ", &said.what]);
        }
        if !self.rewritten.is_empty() {
            screen.line(text!["rewritten behind them: ", names(&self.rewritten)]);
        }
        match self.proof.equal {
            true => screen.line(text![
                good("the tree is the one that quilt push -a leaves"),
                " (",
                self.proof.queue_tree,
                ")"
            ]),
            false => screen.line(bad("the tree differs from the one that quilt push -a leaves")),
        }
        screen.next(&["pq", "status"], "");
    }

    fn annotations(&self) -> Vec<Annotation> {
        let hunks = self.patches.iter().flat_map(|patch| patch.moved.iter().map(move |hunk| (patch, hunk)));
        let doubtful = hunks.filter(|(_, hunk)| !hunk.look_alikes.is_empty() || hunk.fuzz > 0);
        let told = |(patch, hunk): (&Imported, &Moved)| {
            Annotation::new(Severity::Warning, "pq import", doubt(patch, hunk).render(false))
        };
        doubtful.map(told).collect()
    }
}

fn placed(summary: &ImportSummary) -> String {
    let kinds = [
        (summary.exact, "exactly where they say"),
        (summary.offset, "with a hunk at another line"),
        (summary.fuzz, "with fuzz"),
        (summary.empty, "without a change"),
    ];
    kinds.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect::<Vec<_>>().join(", ")
}

fn place_of(patch: &Imported, hunk: &Moved) -> Text {
    text![
        name(&patch.name),
        " line ",
        hunk.hunk,
        ": ",
        &hunk.path,
        " at ",
        hunk.at as usize,
        ", not ",
        hunk.stated as usize
    ]
}

/// A hunk that a person should look at.
fn doubt(patch: &Imported, hunk: &Moved) -> Text {
    let place = text![name(&patch.name), " line ", hunk.hunk, ": ", &hunk.path, " at ", hunk.at as usize];
    let stated = if hunk.at == hunk.stated { text![] } else { text![" (stated: ", hunk.stated as usize, ")"] };
    let fuzz = match hunk.fuzz {
        0 => text![],
        fuzz => text![", ", plural(fuzz as usize, "line", "lines"), " of context given up"],
    };
    let others: Vec<String> = hunk.look_alikes.iter().take(SHORT).map(u32::to_string).collect();
    let others = if others.is_empty() { text![] } else { text![", would fit as well at ", others.join(", ")] };
    text![warn("look at ")].with(place).with(stated).with(fuzz).with(others)
}

fn show_losses(patches: &[Imported], screen: &mut Screen) {
    let kinds = [
        (Loss::Author, "no author is named"),
        (Loss::Date, "no date is stated"),
        (Loss::Time, "a day is stated, and no time"),
        (Loss::Options, "-p0, -R and the like are not needed any more"),
        (Loss::Compression, "was packed"),
    ];
    for (loss, what) in kinds {
        let with: Vec<_> =
            patches.iter().filter(|patch| patch.losses.contains(&loss)).map(|patch| patch.name.clone()).collect();
        if with.is_empty() {
            continue;
        }
        let shown = if screen.is_verbose() { with.len() } else { SHORT.min(with.len()) };
        screen.line(text![dim(what), ": ", names(&with[..shown])]);
        if let Some(more) = more(with.len()).filter(|_| shown < with.len()) {
            screen.line(more);
        }
    }
}
