//! `pq why PATCH [RELEASE]`, and `pq why REV`: see `prospect.rs`

use super::forecast::{about, day};
use super::{deviation, parts, verdict};
use crate::cli::{Ctx, Exit};
use crate::model::{HeldWhy, PatchName};
use crate::ops::commits::CommitReport;
use crate::ops::deviation::{Difference, Extent};
use crate::ops::error::OpError;
use crate::ops::look::Edge;
use crate::ops::pick::{commit_of, prospect};
use crate::ops::why::{Event, EventChange, FileStat, FollowupReport, Options, Origin, Place, WhyReport, why};
use crate::ops::workbench::Access;
use crate::ui::{Report, Screen, Table, Text, bad, dim, id, name, plural, text, warn};

/// Tell the whole story of a patch: its origin, what a release has of it, and why
///
/// Without RELEASE it is told for the newest release of the base's minor version, if that is newer than the base; else for the newest
/// beyond it, else for the tip of the mainline. Nothing is written. With `-v` differences and lists are shown whole.
///
/// Of an upstream commit it says, for every line of the workspace, whether that has it, whether it would apply, and what it needs first.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The patch, or the start of its name; or an upstream commit
    #[arg(value_name = "PATCH|REV")]
    #[arg(value_hint = clap::ValueHint::Other)]
    patch: String,
    /// A release, `latest`, `latest-minor`, or any other revision
    release: Option<String>,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let options = Options { patch: args.patch, release: args.release, today: ctx.today() };
    let open = |dir| ctx.open_line(dir, Access::Read);
    let benches = ctx.place().workspace()?.into_iter().map(open).collect::<crate::Result<Vec<_>>>()?;
    let is_patch = benches.iter().any(|bench| bench.patch(&options.patch).is_ok());
    let is_commit = || benches.first().is_some_and(|bench| commit_of(bench, &options.patch).is_some());
    if !is_patch && options.release.is_none() && is_commit() {
        return ctx.emit(&prospect(&benches, &options.patch, ctx.watch())?);
    }
    if !is_patch && benches.len() > 1 {
        return Err(OpError::Neither(options.patch).into());
    }
    drop(benches);
    ctx.emit(&why(&ctx.open(Access::Read)?, &options, ctx.watch())?)
}

/// How many lines of a difference are shown before `-v` is asked for.
const LINES: usize = 60;

impl Report for WhyReport {
    const KIND: &'static str = "why/1";

    fn human(&self, screen: &mut Screen) {
        patch(self, screen);
        origins(self, screen);
        let mut left = verdict::show(self, screen);
        dependencies(self, screen);
        followups(self, screen);
        left += own_deviation(self, screen);
        history(self, screen);
        next(self, left, screen);
    }
}

pub fn limit(screen: &Screen) -> Option<usize> {
    (!screen.is_verbose()).then_some(LINES)
}

/// How many entries of a list are shown.
fn short(screen: &Screen, total: usize) -> usize {
    if screen.is_verbose() { total } else { parts::SHORT.min(total) }
}

fn more(screen: &mut Screen, total: usize) {
    if !screen.is_verbose() {
        parts::more(total).into_iter().for_each(|more| screen.line(more));
    }
}

fn patch(report: &WhyReport, screen: &mut Screen) {
    let (patch, about) = (&report.patch, &report.about);
    let place = format!("; {} of {} on {}", about.number, about.total, report.from.release);
    screen.line(text![name(&patch.name), " (", patch.kind.as_str(), ", ", parts::state(patch), place, ")"]);
    let author = about.author.as_deref().map(|author| match about.date {
        Some(date) => format!("{author}, {}", day(date)),
        None => author.to_owned(),
    });
    let cve = (!about.cve.is_empty()).then(|| about.cve.join(", "));
    let known = [
        ("subject", Some(&about.subject)),
        ("author", author.as_ref()),
        ("topic", patch.topic.as_ref()),
        ("owner", patch.owner.as_ref()),
        ("reason", about.reason.as_ref()),
        ("pr", about.pr.as_ref()),
        ("cve", cve.as_ref()),
    ];
    let mut table = Table::new();
    for (what, value) in known {
        value.into_iter().for_each(|value| table.row([text!["  ", dim(what)], text![value]]));
    }
    held(report).into_iter().for_each(|text| table.row([text!["  ", dim("held")], text]));
    screen.table(&table);
    files(&about.files, screen);
}

/// Since when it waits, and for what.
fn held(report: &WhyReport) -> Option<Text> {
    let since = report.about.held_since.as_ref()?;
    let mut text = text!["its text is still for ", id(&since.release), "; "];
    text.append(match report.patch.why {
        Some(HeldWhy::Blocked) => text!["waits for ", bad(parts::names(&report.patch.blocked_by))],
        _ => text![bad("conflicts"), " in ", report.patch.paths.join(", ")],
    });
    Some(text)
}

fn files(files: &[FileStat], screen: &mut Screen) {
    let mut table = Table::new().right(1).right(2);
    for file in files.iter().take(short(screen, files.len())) {
        let path = text!["  ", &file.path];
        match file.is_binary {
            true => table.row([path, text!["binary"]]),
            false => table.row([path, text![format!("+{}", file.added)], text![format!("-{}", file.removed)]]),
        }
    }
    screen.table(&table);
    more(screen, files.len());
}

/// A commit in a line: who, when, what.
pub fn commit(commit: &CommitReport) -> Text {
    text![id(commit.commit), " ", about(commit)]
}

fn origins(report: &WhyReport, screen: &mut Screen) {
    screen.heading("where it comes from");
    if report.origins.is_empty() {
        screen.line(match report.about.is_ours_alone {
            true => "  said to be ours alone: `upstream = []`",
            false => "  no upstream commit is recorded",
        });
        return;
    }
    report.origins.iter().for_each(|one| origin(report, one, screen));
    if let Some(difference) = &report.deviation {
        screen.line(text!["  ours "].with(extent(difference, "it", "them")));
    }
}

fn origin(report: &WhyReport, origin: &Origin, screen: &mut Screen) {
    let Some(found) = &origin.commit else {
        screen.sentence(text!["  ", id(&origin.id), warn(": the repository has no such commit")]);
        return;
    };
    screen.sentence(text!["  "].with(commit(found)));
    let mut place = match origin.place {
        Place::Mainline => text!["on upstream's mainline"],
        Place::Branch => text!["not on upstream's mainline; on ", origin.branches.join(", ")],
        Place::Nowhere | Place::Missing => text![warn("on no branch that the repository has")],
    };
    if origin.is_in_base {
        place.append(text!["; ", warn(format!("{} has it already", report.from.release))]);
    }
    screen.line(text!["    "].with(place));
}

/// How much ours differs.
pub fn extent(difference: &Difference, it: &str, they: &str) -> Text {
    let whose = if difference.of.len() == 1 { it } else { they };
    match difference.extent {
        Extent::Identical => text!["removes and adds the same lines as ", whose],
        Extent::Whitespace => text!["differs from ", whose, " in blanks only"],
        Extent::Differs => text!["differs from ", whose, " ", deviation::extent(&difference.files)],
    }
}

fn dependencies(report: &WhyReport, screen: &mut Screen) {
    let lists = [("it needs", &report.needs, true), ("it is needed by", &report.needed_by, false)];
    for (title, edges, is_needs) in lists.into_iter().filter(|(_, edges, _)| !edges.is_empty()) {
        screen.heading(title);
        let mut table = Table::new();
        for edge in edges.iter().take(short(screen, edges.len())) {
            let other = if is_needs { &edge.to } else { &edge.from };
            table.row([text!["  ", name(other)], text![reason(edge)]]);
        }
        screen.table(&table);
        more(screen, edges.len());
    }
}

fn reason(edge: &Edge) -> String {
    use crate::graph::Reason;
    let path = edge.path.as_deref().map(|path| format!(" in {path}")).unwrap_or_default();
    match edge.reason {
        Reason::Hunk => format!("the same lines{path}"),
        Reason::Path => format!("the file{}", edge.path.as_deref().map(|path| format!(" {path}")).unwrap_or_default()),
        Reason::Explicit => "`requires` says so".to_owned(),
        Reason::Upstream => "their upstream commits say so".to_owned(),
    }
}

fn followups(report: &WhyReport, screen: &mut Screen) {
    let Some(found) = report.followups.as_ref().filter(|found| !found.is_empty()) else { return };
    screen.heading("what upstream did later about it");
    for one in found.iter().take(short(screen, found.len())) {
        followup(report, one, screen);
    }
    more(screen, found.len());
}

fn followup(report: &WhyReport, one: &FollowupReport, screen: &mut Screen) {
    let it = &one.followup;
    let author = it.author.split(" <").next().unwrap_or_default();
    screen.sentence(text!["  ", id(it.commit), format!(" {} {author}: {}", day(it.date), it.subject)]);
    let carried: String = it.carried.chars().take(12).collect();
    let there = one.is_in_release.then(|| format!("{} has it", report.to.release));
    let back = it.taken_back_by.map(|by| format!("taken back by {}", by.short()));
    let ignored = one.ignored.as_ref().map(|reason| format!("ignored: {reason}"));
    let mut line = text!["    ", it.relation.as_str(), " ", id(carried)];
    [there, back, ignored].into_iter().flatten().for_each(|remark| line.push(dim(format!("; {remark}"))));
    screen.line(line);
}

/// How it differs from its recorded commits, unless the difference from what the release has was enough for one page.
fn own_deviation(report: &WhyReport, screen: &mut Screen) -> usize {
    let shown = verdict::shown_difference(report, screen);
    let is_new = |one: &&Difference| shown.is_none_or(|shown| screen.is_verbose() && shown.of != one.of);
    let differs = |one: &&Difference| one.extent == Extent::Differs && is_new(one);
    let Some(difference) = report.deviation.as_ref().filter(differs) else { return 0 };
    screen.heading("how ours differs from where it comes from");
    report.about.stated_deviation.iter().for_each(|why| screen.sentence(text!["  why, by pq.toml: ", why]));
    deviation::show(&difference.files, limit(screen), screen)
}

/// That it was added once, and nothing since, is no news.
fn history(report: &WhyReport, screen: &mut Screen) {
    let is_news = |event: &Event| event.changes != [EventChange::Added];
    if !screen.is_verbose() && !report.history.iter().any(is_news) {
        return;
    }
    if !report.history.is_empty() {
        screen.heading("what was done to it here");
    }
    let mut table = Table::new();
    for event in report.history.iter().take(short(screen, report.history.len())) {
        table.row([
            text!["  ", id(event.operation)],
            text![dim(day(event.when))],
            text![what(event)],
            text![dim(&event.what)],
        ]);
    }
    screen.table(&table);
    more(screen, report.history.len());
}

fn what(event: &Event) -> String {
    let one = |change: &EventChange| match change {
        EventChange::Added => "added".to_owned(),
        EventChange::Dropped => "dropped".to_owned(),
        EventChange::Renamed => {
            format!("renamed from {}", event.renamed_from.as_ref().map_or("", PatchName::as_str))
        }
        EventChange::Rebased => match &event.base {
            Some(base) => format!("{} → {}", base.from, base.to),
            None => "another base".to_owned(),
        },
        EventChange::Rewritten => "its text changed".to_owned(),
        EventChange::Held => "held".to_owned(),
        EventChange::Settled => "settled".to_owned(),
    };
    event.changes.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn next(report: &WhyReport, left: usize, screen: &mut Screen) {
    let (patch, release) = (report.patch.name.as_str(), report.to.release.as_str());
    let blocker = report.forecast.patch.blocked_by.first().map(PatchName::as_str);
    match blocker {
        _ if left > 0 => {
            let what_for = format!("the other {} of the difference", plural(left, "line", "lines"));
            screen.next(&["pq", "why", patch, release, "-v"], &what_for);
        }
        Some(blocker) => screen.next(&["pq", "why", blocker, release], "the patch that it waits for"),
        None if report.from.commit == report.to.commit => screen.next(&["pq", "show", patch], "its text"),
        None if report.forecast.patch.outcome.is_held() => {
            screen.next(&["pq", "show", patch], "what has to be settled")
        }
        None => screen.next(&["pq", "rebase", release, "--dry-run"], "the whole queue on it"),
    }
}
