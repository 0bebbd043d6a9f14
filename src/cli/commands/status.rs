//! `pq status [--check] [--quick]`

use serde::Serialize;

use super::parts;
use crate::Result;
use crate::cli::{Ctx, Exit};
use crate::model::HeldWhy;
use crate::ops::look::{PatchState, State};
use crate::ops::status::{
    Breach, Deviations, Followups, Options, ReleaseNews, Rule, StatusReport, UpstreamNews, status,
};
use crate::ops::workbench::{Access, Meant};
use crate::ui::{
    Annotation, Report, Screen, Severity, Table, Text, Verdict, bad, dim, id, markdown, name, plural, text, warn,
};

/// How many patches a sentence names before `-v` is asked for.
const FEW: usize = 3;

/// Where the line stands: base, newer releases, held patches, problems
///
/// Also what the newest releases have of the queue, and how many follow-ups are missing (`pq audit` lists them). That takes a second or two when
/// the queue or upstream changed, and is remembered. In the root of a workspace: every line. No file and no branch is changed.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Exit with 1 if a patch is held or anything else is wrong
    #[arg(long)]
    check: bool,
    /// Do not look at upstream's commits: show what is remembered of them
    #[arg(long)]
    quick: bool,
    /// Only the patches of that topic
    #[arg(long, value_name = "TOPIC")]
    topic: Vec<String>,
}

pub fn run(args: Args, ctx: &Ctx) -> Result<Exit> {
    let options = Options { today: ctx.today(), quick: args.quick, topics: args.topic };
    let look = |dir| -> Result<Status> {
        let report = status(&ctx.open_line(dir, Access::Read)?, &options, ctx.watch())?;
        Ok(Status { report, check: args.check })
    };
    match ctx.place().meant()? {
        Meant::Line(dir) => ctx.emit(&look(*dir)?),
        Meant::Workspace(dirs) => ctx.emit(&Workspace { lines: dirs.into_iter().map(look).collect::<Result<_>>()? }),
    }
}

/// The status of a line.
#[derive(Debug, Serialize)]
struct Status {
    #[serde(flatten)]
    report: StatusReport,
    #[serde(skip)]
    check: bool,
}

/// The status of every line of a workspace.
#[derive(Debug, Serialize)]
struct Workspace {
    lines: Vec<Status>,
}

impl Status {
    fn show(&self, screen: &mut Screen) {
        let StatusReport { line, base, summary, branch, .. } = &self.report;
        screen.line(text![name(line), " on ", id(&base.release), dim(format!(" ({})", base.commit.short()))]);
        screen.line(self.releases());
        self.upstream(screen);
        let held = if summary.held > 0 { bad(format!("{} held", summary.held)) } else { dim("none held") };
        let count = plural(summary.total, "patch", "patches");
        screen.line(text![count, ": ", summary.applied, " applied, ", held, dim("; branch "), name(&branch.name)]);
        if screen.is_verbose() {
            screen.heading("patches");
            screen.table(&all(&self.report.patches));
        }
        if summary.held > 0 {
            screen.heading("held");
            screen.table(&held_table(&self.report.patches));
        }
        if let Some(open) = &self.report.resolving {
            screen.sentence(text![name(&open.patch), " is being settled in ", &open.worktree]);
        }
        let problems = self.problems(screen.is_verbose());
        if !problems.is_empty() {
            screen.heading("problems");
            problems.iter().for_each(|problem| screen.sentence(text!["  ", warn(problem)]));
        }
    }

    /// Everything that is wrong, in words.
    fn problems(&self, is_verbose: bool) -> Vec<String> {
        let breaches = self.report.breaches.chunk_by(|a, b| a.rule == b.rule);
        let breaches = breaches.map(|breaches| broken(breaches, if is_verbose { usize::MAX } else { FEW }));
        self.report.problems.iter().cloned().chain(breaches).collect()
    }

    fn releases(&self) -> Text {
        let latest = &self.report.latest;
        let newer =
            latest.patch.as_ref().filter(|tag| **tag != self.report.base.release).into_iter().chain(&latest.minor);
        let newer: Vec<Text> = newer.map(|tag| text![id(tag), self.contents(tag)]).collect();
        match newer.is_empty() {
            true => text![dim("no newer release in the repository")],
            false => text!["newer: "].with(Text::join(newer, ", ")),
        }
    }

    /// What a release has of the queue.
    fn contents(&self, tag: &str) -> String {
        let total = self.report.summary.total;
        let mut known = self.report.upstream.iter().flat_map(|news| &news.releases);
        match known.find(|news| news.release == tag && total > 0) {
            Some(ReleaseNews { has, reverted, review, .. }) => {
                let rest = [(*reverted, "taken back"), (*review, "to review")];
                let rest = rest.into_iter().filter(|(count, _)| *count > 0);
                let rest: String = rest.map(|(count, what)| format!(", {count} {what}")).collect();
                format!(" (has {has} of {total}{rest})")
            }
            None => String::new(),
        }
    }

    /// What upstream did later, and what nobody looked at.
    fn upstream(&self, screen: &mut Screen) {
        let Some(UpstreamNews { followups, deviations, left_out, .. }) = &self.report.upstream else {
            screen.line(dim("what upstream has of it: not looked at: pq status"));
            return;
        };
        followups.iter().for_each(|counts| screen.line(missing(counts)));
        deviations.iter().filter(|found| found.differ > 0).for_each(|found| screen.line(differing(found)));
        left_out.iter().for_each(|what| screen.sentence(text![dim("left out: "), dim(what)]));
    }

    fn next(&self, screen: &mut Screen) {
        let report = &self.report;
        let held = report.patches.iter().find(|patch| patch.state == State::Held);
        let newer =
            report.latest.patch.as_ref().filter(|tag| **tag != report.base.release).or(report.latest.minor.as_ref());
        if report.resolving.is_some() {
            screen.next(&["pq", "resolve"], "says what is open, and how it ends");
        } else if let Some(patch) = held {
            screen.next(&["pq", "show", patch.name.as_str()], "the first that waits for a person");
        } else if report.branch.is_foreign {
            screen.next(&["pq", "refresh", "--adopt", "--dry-run"], "says what the queue would take of it");
        } else if !report.branch.is_current {
            screen.next(&["pq", "refresh"], "moves the branch to the end of the queue");
        } else if let Some(release) = newer {
            screen.next(&["pq", "rebase", release, "--dry-run"], "says what becomes of every patch");
        } else {
            screen.next(&["pq", "series"], "");
        }
    }

    fn markdown(&self) -> String {
        let StatusReport { line, base, summary, patches, .. } = &self.report;
        let mut text = format!("### {} on {}\n\n", markdown::code(line), markdown::code(&base.release));
        text += &format!("{}, {} held\n", plural(summary.total, "patch", "patches"), summary.held);
        if summary.held > 0 {
            let held = patches.iter().filter(|patch| patch.state == State::Held);
            let rows = held.map(|patch| {
                [markdown::code(patch.name.as_str()), why(patch).0.to_owned(), parts::codes(&why(patch).1)]
            });
            text += &format!("\n{}", markdown::table(["held", "why", "where"], rows));
        }
        let problems = self.problems(false);
        let items: String = problems.iter().map(|problem| format!("- {}\n", markdown::code(problem))).collect();
        text + if problems.is_empty() { "" } else { "\n" } + &items
    }

    fn remarks(&self) -> Vec<Annotation> {
        let held = self.report.patches.iter().filter(|patch| patch.state == State::Held);
        let held = held.map(|patch| {
            let (why, of_what) = why(patch);
            let message = format!("{} is held: {why} {}", patch.name, of_what.join(", "));
            Annotation::new(Severity::Error, format!("pq: {}", self.report.line), message)
        });
        let problem = |text| Annotation::new(Severity::Warning, format!("pq: {}", self.report.line), text);
        held.chain(self.problems(false).into_iter().map(problem)).collect()
    }

    fn is_failed(&self) -> bool {
        let StatusReport { summary, problems, breaches, .. } = &self.report;
        self.check && (summary.held > 0 || !problems.is_empty() || !breaches.is_empty())
    }
}

/// Follow-ups by how much they matter.
fn missing(counts: &Followups) -> Text {
    let some = [
        (counts.revert, plural(counts.revert, "revert", "reverts")),
        (counts.security, plural(counts.security, "about security", "about security")),
        (counts.fix, plural(counts.fix, "fix", "fixes")),
        (counts.base, plural(counts.base, "fix to the base", "fixes to the base")),
        (counts.note, plural(counts.note, "note", "notes")),
    ];
    let some: Vec<String> = some.into_iter().filter(|(count, _)| *count > 0).map(|(_, words)| words).collect();
    match some.is_empty() {
        true => text![dim("follow-ups missing: none")],
        false => text!["follow-ups missing: ", some.join(", "), dim(": pq audit")],
    }
}

/// How many backports are not what upstream did.
fn differing(found: &Deviations) -> Text {
    let Deviations { compared, differ, silent } = found;
    let silent = match silent.len() {
        0 => ", and each says why".to_owned(),
        silent => format!(", {silent} without a word why"),
    };
    text![
        format!("differ from upstream: {differ} of {}{silent}", plural(*compared, "backport", "backports")),
        dim(": pq diff --deviation")
    ]
}

/// The patches that break one rule.
fn broken(breaches: &[Breach], most: usize) -> String {
    let patches = plural(breaches.len(), "patch", "patches");
    let have = if breaches.len() == 1 { "has" } else { "have" };
    let what = match breaches[0].rule {
        Rule::Owner => format!("{have} no owner"),
        Rule::Reason => format!("{have} no reason"),
        Rule::Deviation => format!("{have} no reason for the deviation from upstream"),
        Rule::DropAfter => format!("{have} no drop-after"),
        Rule::Expired => "should have gone".to_owned(),
    };
    let limit = |breach: &Breach| breach.drop_after.as_ref().map(|release| format!(" after {release}"));
    let named = |breach: &Breach| format!("{}{}", breach.patch, limit(breach).unwrap_or_default());
    let names: Vec<String> = breaches.iter().take(most).map(named).collect();
    let more = breaches.len().saturating_sub(most);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{patches} {what}: {}{more}", names.join(", "))
}

/// Why a patch is held, and by which paths or patches.
fn why(patch: &PatchState) -> (&'static str, Vec<String>) {
    match patch.why {
        Some(HeldWhy::Blocked) => ("waits for", patch.blocked_by.iter().map(ToString::to_string).collect()),
        _ => ("conflicts in", patch.paths.clone()),
    }
}

fn held_table(patches: &[PatchState]) -> Table {
    let mut table = Table::new();
    for patch in patches.iter().filter(|patch| patch.state == State::Held) {
        let (why, of_what) = why(patch);
        let owner = patch.owner.as_ref().map(|owner| format!("({owner})")).unwrap_or_default();
        table.row([text!["  ", name(&patch.name)], text![bad(why)], text![of_what.join(", ")], text![dim(owner)]]);
    }
    table
}

fn all(patches: &[PatchState]) -> Table {
    let mut table = Table::new();
    for patch in patches {
        let upstream =
            patch.upstream.iter().map(|id| id.chars().take(12).collect::<String>()).collect::<Vec<_>>().join(" ");
        table.row([
            text!["  ", name(&patch.name)],
            text![patch.kind.as_str()],
            text![parts::state(patch)],
            text![dim(upstream)],
        ]);
    }
    table
}

impl Report for Status {
    const KIND: &'static str = "status/1";

    fn human(&self, screen: &mut Screen) {
        self.show(screen);
        self.next(screen);
    }

    fn markdown(&self) -> Option<String> {
        Some(Status::markdown(self))
    }

    fn annotations(&self) -> Vec<Annotation> {
        self.remarks()
    }

    fn verdict(&self) -> Verdict {
        if self.is_failed() { Verdict::Failed } else { Verdict::Fine }
    }
}

impl Report for Workspace {
    const KIND: &'static str = "workspace-status/1";

    fn human(&self, screen: &mut Screen) {
        for (at, line) in self.lines.iter().enumerate() {
            if at > 0 {
                screen.blank();
            }
            line.show(screen);
        }
        if let Some(line) = self.lines.first() {
            screen.next(&["pq", "--line", &line.report.line, "status"], "one line and what to do there");
        }
    }

    fn markdown(&self) -> Option<String> {
        Some(self.lines.iter().map(Status::markdown).collect::<Vec<_>>().join("\n"))
    }

    fn annotations(&self) -> Vec<Annotation> {
        self.lines.iter().flat_map(Status::remarks).collect()
    }

    fn verdict(&self) -> Verdict {
        if self.lines.iter().any(Status::is_failed) { Verdict::Failed } else { Verdict::Fine }
    }
}
