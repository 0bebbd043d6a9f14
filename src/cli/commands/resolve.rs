//! `pq resolve [NAME]`

use std::path::PathBuf;

use jiff::Timestamp;

use super::parts;
use super::rebase::drivers;
use crate::cli::{Ctx, Exit};
use crate::model::{HeldWhy, Outcome};
use crate::ops::position::Which;
use crate::ops::rebase::PatchReport;
use crate::ops::resolve::{self, Did, Ending, Explained, HeldReport, ResolveReport};
use crate::ops::workbench::{Access, Workbench};
use crate::ui::{Report, Screen, Table, bad, dim, good, id, name, plural, text, warn};

/// Settle a held patch, or list what is held
///
/// With a name, a clean worktree gets the files as they are in front of the patch, with the patch in them as far as it goes: index stages 1, 2
/// and 3 and markers where it conflicts. Edit, `git add`, then `--done` takes the index as what the patch makes. `pq undo` takes it back.
#[derive(Debug, Default, PartialEq, Eq, clap::Args)]
pub struct Args {
    /// The patch to open; without it, what is held is listed
    #[arg(value_hint = clap::ValueHint::Other)]
    name: Option<String>,
    /// The worktree to work in, in place of the current one
    #[arg(long, value_name = "DIR", requires = "name", conflicts_with_all = ["done", "abort", "drop", "as_upstream", "all_trivial"])]
    worktree: Option<PathBuf>,
    /// Take the result and carry what waited for it
    #[arg(long, group = "end")]
    done: bool,
    /// Give up: what was made is kept under a ref, and the worktree is as it was
    #[arg(long, group = "end")]
    abort: bool,
    /// Take the patch out of the queue: nobody needs it any more
    #[arg(long, value_name = "REASON", group = "end")]
    drop: Option<String>,
    /// Take the patch out of the queue: upstream has it
    #[arg(long, value_name = "REASON", group = "end")]
    as_upstream: Option<String>,
    /// Carry every held patch that needs no person any more
    #[arg(long, group = "end", conflicts_with = "name")]
    all_trivial: bool,
    /// Leave alone what is recorded of conflicts that were settled before
    #[arg(long)]
    no_resolutions: bool,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let (when, watch) = (ctx.when(), ctx.watch());
    let is_list = args == Args::default();
    let mut bench = ctx.open(if is_list { Access::Read } else { Access::Write })?;
    bench.refuses_resolutions = args.no_resolutions;
    let name = args.name.as_deref();
    let ending = args.drop.map(Ending::Drop).or(args.as_upstream.map(Ending::Upstream));
    if args.done || args.abort {
        resolve::check_open(&bench, name)?;
    }
    ctx.emit(&match (name, ending) {
        (_, Some(ending)) => resolve::end(&bench, name, &ending, when, watch)?,
        _ if args.done => resolve::done(&bench, when, watch)?,
        _ if args.abort => resolve::abort(&bench, when)?,
        _ if args.all_trivial => resolve::all_trivial(&bench, when, watch)?,
        (Some(name), None) => open(&bench, name, args.worktree, ctx)?,
        (None, None) => resolve::list(&bench)?,
    })
}

fn open(bench: &Workbench, name: &str, worktree: Option<PathBuf>, ctx: &Ctx) -> crate::Result<ResolveReport> {
    let worktree = worktree.map(|directory| ctx.cwd.join(directory));
    resolve::start(bench, name, &Which { here: ctx.cwd.clone(), named: worktree }, ctx.watch())
}

impl Report for ResolveReport {
    const KIND: &'static str = "resolve/1";

    fn human(&self, screen: &mut Screen) {
        head(self, screen);
        self.conflicts.iter().for_each(|conflict| explained(conflict, screen));
        for file in &self.merged_by {
            screen.sentence(text![
                warn("merged by a driver, to review: "),
                &file.path,
                dim(format!(" ({})", file.driver))
            ]);
        }
        if let Some(saved) = &self.saved {
            screen.sentence(text!["what was made is kept: ", id(&saved.name)]);
            screen.sentence(text![dim(format!("  git restore --source={} -- PATH brings a file back", saved.name))]);
        }
        if !self.recorded.is_empty() {
            screen.sentence(text!["recorded for the next time: ", self.recorded.join(", ")]);
        }
        carried(&self.patches, screen);
        if matches!(self.did, Did::Listed | Did::Settled | Did::Dropped | Did::Upstreamed | Did::Carried) {
            held(&self.held, screen);
        }
        super::rebase::commands(&self.regenerate, screen);
        next(self, screen);
    }
}

fn head(report: &ResolveReport, screen: &mut Screen) {
    let patch = report.patch.as_ref().map(ToString::to_string).unwrap_or_default();
    let worktree = report.worktree.clone().unwrap_or_default();
    let line = text![name(&report.line), ": "];
    screen.sentence(match report.did {
        Did::Listed if report.held.is_empty() => line.with(text![good("nothing is held")]),
        Did::Listed => line.with(text![bad(plural(report.held.len(), "patch is held", "patches are held"))]),
        Did::Opened => line.with(text![name(&patch), " is open in ", worktree]),
        Did::Settled => line.with(text![name(&patch), good(" is settled")]),
        Did::Aborted if report.worktree.is_none() => line.with(text![name(&patch), " is closed"]),
        Did::Aborted => line.with(text![name(&patch), " is left as it was, ", worktree, " too"]),
        Did::Dropped => line.with(text![name(&patch), " is dropped"]),
        Did::Upstreamed => line.with(text![name(&patch), " is dropped: upstream has it"]),
        Did::Carried if nothing_carried(report) => line.with(text!["nothing can be carried without a person"]),
        Did::Carried => line.with(text!["what needs no person is carried"]),
    });
    if let (Did::Listed, Some(patch)) = (report.did, &report.patch) {
        let overtaken = if is_overtaken(report) { warn(", and is not held any more") } else { dim("") };
        screen.sentence(text![name(patch), " is open in ", report.worktree.clone().unwrap_or_default(), overtaken]);
    }
    if let Some(left) = &report.left_alone {
        screen.sentence(text![&left.worktree, " is gone or shows something else, and is left alone"]);
        screen.sentence(text!["before, ", name(&left.home), " was checked out there"]);
    }
    if let Some(wanted) = &report.wanted {
        screen.sentence(text![
            "it wants: ",
            &wanted.subject,
            dim(format!(" ({}, for {})", wanted.author, wanted.base))
        ]);
        wanted.reason.iter().for_each(|reason| screen.sentence(text!["because: ", reason]));
    }
    if let Some(tip) = &report.tip {
        screen.line(text!["tip ", id(tip.commit), dim(format!(" (tree {})", tip.tree.short()))]);
    }
}

/// Whether all that is held needs a person.
fn nothing_carried(report: &ResolveReport) -> bool {
    report.patches.iter().all(|one| one.outcome.is_held())
}

/// Whether the patch that is open was settled otherwise.
fn is_overtaken(report: &ResolveReport) -> bool {
    report.patch.as_ref().is_some_and(|patch| report.held.iter().all(|one| one.name != *patch))
}

fn explained(conflict: &Explained, screen: &mut Screen) {
    screen.heading(&conflict.path);
    screen.sentence(text!["  ", warn(&conflict.what)]);
    if let Some(regions) = conflict.regions {
        screen.sentence(text!["  recorded: ", parts::regions(regions, &conflict.disputed)]);
    }
    if !conflict.resolutions.is_empty() {
        screen.sentence(text!["  filled in, to review: ", conflict.resolutions.join(", ")]);
    }
    for culprit in &conflict.culprits {
        let pr = culprit.pr.as_ref().map(|pr| format!(", {pr}")).unwrap_or_default();
        let about = format!(" ({}, {}{pr})", culprit.author, day(culprit.date));
        screen.sentence(text!["  upstream: ", id(culprit.id.short()), " ", &culprit.subject, dim(about)]);
    }
    for way in &conflict.ways {
        screen.sentence(text!["  ", way.means, ": ", name(&way.command)]);
    }
}

fn day(seconds: i64) -> String {
    Timestamp::from_second(seconds).map(|at| at.strftime("%Y-%m-%d").to_string()).unwrap_or_default()
}

fn carried(patches: &[PatchReport], screen: &mut Screen) {
    let mut table = Table::new();
    for patch in patches.iter().filter(|patch| !patch.outcome.is_held()) {
        let word = if patch.outcome == Outcome::Unchanged { "carried" } else { patch.outcome.as_str() };
        let by = match patch.merged_by.is_empty() {
            true => String::new(),
            false => format!(", by a driver, to review: {}", drivers(patch)),
        };
        let by = match patch.generated.is_empty() {
            true => by,
            false => format!("{by}, without its changes of generated files: {}", patch.generated.join(", ")),
        };
        table.row([text!["  ", name(&patch.name)], text![format!("{word}{by}")]]);
    }
    if !table.is_empty() {
        screen.heading("carried");
        screen.table(&table);
    }
}

fn held(held: &[HeldReport], screen: &mut Screen) {
    if held.is_empty() {
        return;
    }
    screen.heading("held, in the order that frees most");
    for one in held {
        let waiting = match one.waiting.len() {
            0 => String::new(),
            count => format!(", {} for it", plural(count, "patch waits", "patches wait")),
        };
        let owner = one.owner.as_ref().map(|owner| format!(", {owner}")).unwrap_or_default();
        let since = one.since.map(|since| format!(", since {}", day(since))).unwrap_or_default();
        let why = match one.why {
            HeldWhy::Conflict => one.paths.join(", "),
            HeldWhy::Blocked => format!("waits for {}", parts::names(&one.blocked_by)),
        };
        screen.sentence(text!["  ", name(&one.name), ": ", warn(why), dim(format!("{since}{owner}{waiting}"))]);
        if !one.saved.is_empty() {
            screen.sentence(text!["    given up before, what was made is kept: ", id(one.saved.join(", "))]);
        }
        if let Some(fetch) = &one.fetch {
            screen.sentence(text!["    not to be settled here before: ", name(fetch)]);
        }
    }
}

fn next(report: &ResolveReport, screen: &mut Screen) {
    let open = report.held.iter().find(|one| one.fetch.is_none());
    match (report.did, open) {
        (Did::Opened, _) => screen.next(&["pq", "resolve", "--done"], "takes the result; `--abort` gives it up"),
        (Did::Listed, _) if is_overtaken(report) => {
            screen.next(&["pq", "resolve", "--abort"], "keeps what was made, and puts the worktree back");
        }
        (Did::Listed, _) if report.patch.is_some() => screen.next(&["pq", "resolve", "--done"], "takes the result"),
        (_, Some(first)) => screen.next(&["pq", "resolve", first.name.as_str()], "opens it"),
        (Did::Listed | Did::Aborted, None) => screen.next(&["pq", "status"], ""),
        (Did::Carried, None) if nothing_carried(report) => screen.next(&["pq", "status"], ""),
        (_, None) => screen.next(&["pq", "undo"], "takes it back"),
    }
}
