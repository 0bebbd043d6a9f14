//! `pq rebase REV`

use super::deviation;
use super::parts::{self, SHORT};
use crate::cli::{Ctx, Exit};
use crate::format::moves::read_pair;
use crate::git::drivers::Drivers;
use crate::model::{FileDeviation, Landed, Mark, Outcome, Sign};
use crate::ops::evidence::DoubtKind;
use crate::ops::look::release;
use crate::ops::rebase::{
    Duplicates, Foreign, MergedByReport, Mode, Options, PatchReport, RebaseReport, Repick, RepickReport, Review, rebase,
};
use crate::ops::workbench::Access;
use crate::ui::{
    Annotation, Report, Screen, Severity, Table, Text, Tone, Verdict, bad, dim, id, markdown, name, plural, text, toned,
};

/// Carry the queue to another release
///
/// Everything that can be carried is carried; patches that conflict, and those that need them, are held: they stay in the queue and are not
/// part of the branch. Patches that upstream has are dropped, with the evidence. `pq undo` takes it all back.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The release, or any other revision
    #[arg(required_unless_present_any = ["latest", "latest_minor"])]
    revision: Option<String>,
    /// To the newest release of the base's minor version
    #[arg(long, conflicts_with_all = ["revision", "latest_minor"])]
    latest: bool,
    /// To the newest release beyond it
    #[arg(long, conflicts_with = "revision")]
    latest_minor: bool,
    /// Only say what would become of each patch
    #[arg(long)]
    dry_run: bool,
    /// Carry patches even where the release has all lines that they add; otherwise such a patch is held
    #[arg(long)]
    keep_duplicates: bool,
    /// Hold patches whose own text conflicts, even if upstream's text of the same change applies
    #[arg(long)]
    no_repick: bool,
    /// Run no merge drivers that your git configuration defines: what wants one is merged as text
    #[arg(long)]
    no_drivers: bool,
    /// Hold patches that conflict even where it is recorded how somebody settled that
    #[arg(long)]
    no_resolutions: bool,
    /// Upstream moved a file or directory: look for it there, and write it into pq.toml
    #[arg(long, value_name = "FROM=TO", value_parser = read_pair)]
    moved: Vec<(String, String)>,
    /// Move the branch even if somebody else moved it since
    #[arg(long)]
    force: bool,
}

impl Args {
    fn onto(&self) -> &str {
        match &self.revision {
            Some(revision) => revision,
            None if self.latest => "latest",
            None => "latest-minor",
        }
    }
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let (access, mode) = if args.dry_run { (Access::Read, Mode::DryRun) } else { (Access::Write, Mode::Write) };
    let mut bench = ctx.open(access)?;
    bench.refuses_resolutions = args.no_resolutions;
    bench.state_moved(&args.moved)?;
    let (onto, commit) = release(&bench, args.onto())?;
    let duplicates = if args.keep_duplicates { Duplicates::Carry } else { Duplicates::Hold };
    let (repick, foreign) = (repick(args.no_repick), foreign(args.force));
    let drivers = if args.no_drivers { Drivers::Ignore } else { Drivers::Run };
    let options = Options { onto, commit, mode, duplicates, repick, drivers, foreign, when: ctx.when() };
    ctx.emit(&rebase(&bench, &options, ctx.watch())?)
}

/// What `--no-repick` means.
pub fn repick(is_refused: bool) -> Repick {
    if is_refused { Repick::Refuse } else { Repick::Try }
}

/// What `--force` means.
pub fn foreign(force: bool) -> Foreign {
    if force { Foreign::Overwrite } else { Foreign::Refuse }
}

impl Report for RebaseReport {
    const KIND: &'static str = "rebase/1";

    fn human(&self, screen: &mut Screen) {
        show(self, screen);
        next(self, screen);
    }

    fn markdown(&self) -> Option<String> {
        Some(in_markdown(self))
    }

    fn annotations(&self) -> Vec<Annotation> {
        self.patches.iter().filter(|patch| patch.outcome.is_held()).map(|patch| annotation(&self.line, patch)).collect()
    }

    fn verdict(&self) -> Verdict {
        if self.held() > 0 { Verdict::Failed } else { Verdict::Fine }
    }
}

fn annotation(line: &str, patch: &PatchReport) -> Annotation {
    let (severity, what) = match patch.outcome {
        Outcome::Blocked => (Severity::Warning, "is blocked"),
        _ => (Severity::Error, "conflicts"),
    };
    Annotation::new(severity, format!("pq: {line}"), format!("{} {what}: {}", patch.name, plain(patch)))
}

/// All but the next command.
pub fn show(report: &RebaseReport, screen: &mut Screen) {
    let RebaseReport { line, from, to, tip, .. } = report;
    let mut head = text![name(line), ": ", id(&from.release), " → ", id(&to.release)];
    if report.dry_run {
        head.push(dim(" (dry run: nothing is written)"));
    }
    screen.line(head);
    screen.line(counts(report));
    screen.line(text!["tip ", id(tip.commit), dim(format!(" (tree {})", tip.tree.short()))]);
    for (outcome, title) in GROUPS {
        group(report, screen, title, |patch| patch.outcome == outcome, |patch| text![plain(patch)]);
    }
    repicked(report, screen);
    upstreamed(report, screen);
    let is_kept = |patch: &PatchReport| !patch.reverted.is_empty() && patch.outcome != Outcome::Upstreamed;
    group(report, screen, "upstream took these back: kept", is_kept, reverted);
    let is_kept = |patch: &PatchReport| !patch.review.is_empty() && patch.outcome != Outcome::Upstreamed;
    group(report, screen, "upstream may have these: kept, to review", is_kept, review);
    let is_dropped = |patch: &PatchReport| !patch.review.is_empty() && patch.outcome == Outcome::Upstreamed;
    group(report, screen, "upstream had these and went on: dropped, to review", is_dropped, review);
    let is_driven = |patch: &PatchReport| !patch.merged_by.is_empty();
    group(report, screen, "merged by a driver: to review", is_driven, |patch| text![drivers(patch)]);
    let moved = |patch: &PatchReport| text![super::moved::list(&patch.moved)];
    group(report, screen, "files followed to where upstream moved them", |patch| !patch.moved.is_empty(), moved);
    super::moved::proposals(report.patches.iter().filter_map(|patch| patch.proposed.as_ref()), screen);
    let lost = |patch: &PatchReport| text![patch.generated.join(", ")];
    group(report, screen, "generated files: the release's are taken", |patch| !patch.generated.is_empty(), lost);
    if screen.is_verbose() {
        screen.heading("all patches");
        let mut table = Table::new();
        for patch in &report.patches {
            table.row([
                text!["  ", name(&patch.name)],
                outcome(patch),
                text![plain(patch)],
                text![dim(evidence(patch))],
            ]);
        }
        screen.table(&table);
    }
    commands(&report.regenerate, screen);
}

/// The commands that a person should run. They are words of pq.toml.
pub fn commands(regenerate: &[String], screen: &mut Screen) {
    if !regenerate.is_empty() {
        screen.heading("to run, because generated files conflicted");
        regenerate.iter().for_each(|command| screen.line(text!["  ", command]));
    }
}

/// What a person has to look at, and how it is called.
const GROUPS: [(Outcome, &str); 5] = [
    (Outcome::Conflict, "conflicts: held until a person settles them"),
    (Outcome::Blocked, "blocked: held, they need one that is"),
    (Outcome::Reduced, "reduced: upstream has a part"),
    (Outcome::Resolved, "resolved as recorded: to review"),
    (Outcome::Repicked, "picked again from upstream: to review"),
];

fn group(
    report: &RebaseReport,
    screen: &mut Screen,
    title: &str,
    is_member: impl Fn(&PatchReport) -> bool,
    about: impl Fn(&PatchReport) -> Text,
) {
    let members: Vec<&PatchReport> = report.patches.iter().filter(|patch| is_member(patch)).collect();
    if members.is_empty() {
        return;
    }
    screen.heading(title);
    // Held patches are never left out.
    let limit = if screen.is_verbose() || members[0].outcome.is_held() { members.len() } else { SHORT };
    let mut table = Table::new();
    members.iter().take(limit).for_each(|patch| table.row([text!["  ", name(&patch.name)], about(patch)]));
    screen.table(&table);
    parts::more(members.len()).filter(|_| limit < members.len()).into_iter().for_each(|more| screen.line(more));
}

/// What each patch that was picked again said before and does not any more, whole: a line of ours that is gone must be seen.
fn repicked(report: &RebaseReport, screen: &mut Screen) {
    let changes = report.patches.iter().filter_map(|patch| Some((&patch.name, &patch.repicked.as_ref()?.change)));
    let changes: Vec<_> = changes.filter(|(_, change)| !change.is_empty()).collect();
    if !changes.is_empty() {
        screen.heading("what these said: ours, and what they say now: theirs");
    }
    for (patch, change) in changes {
        screen.line(text!["  ", name(patch)]);
        deviation::show(change, None, screen);
    }
}

fn upstreamed(report: &RebaseReport, screen: &mut Screen) {
    if report.count(Outcome::Upstreamed) == 0 {
        return;
    }
    let forms = [
        (Landed::Identical, "upstream has these, line for line: dropped"),
        (Landed::Adapted, "upstream has these in other words: dropped"),
        (Landed::Sibling, "upstream backported these itself: dropped"),
    ];
    for (landed, title) in forms {
        group(report, screen, title, |patch| patch.landed == Some(landed), |patch| text![plain(patch)]);
    }
}

/// What is to say of a patch, in a line.
pub fn plain(patch: &PatchReport) -> String {
    match patch.outcome {
        Outcome::Conflict => {
            let one = |conflict: &crate::ops::rebase::ConflictReport| {
                let known = conflict.regions.map(|known| format!(", {}", parts::regions(known, &conflict.disputed)));
                let moved = conflict.new_path.as_ref().map(|path| format!(", renamed to {path}"));
                let (known, moved) = (known.unwrap_or_default(), moved.unwrap_or_default());
                format!("{} ({}{moved}{known})", conflict.path, parts::word(&conflict.kind))
            };
            patch.conflicts.iter().map(one).collect::<Vec<_>>().join(", ")
        }
        Outcome::Blocked => format!("by {}", parts::names(&patch.blocked_by)),
        Outcome::Reduced => patch.reduced.join(", "),
        Outcome::Upstreamed => landing(patch),
        Outcome::Resolved => patch.resolutions.join(", "),
        Outcome::Repicked => patch.repicked.as_ref().map(other_text).unwrap_or_default(),
        _ => String::new(),
    }
}

/// Where the text is from, and how far it is from the recorded commit.
pub fn other_text(it: &RepickReport) -> String {
    let branch = it.branch.as_ref().map(|branch| {
        let short = branch.strip_prefix("refs/heads/").or_else(|| branch.strip_prefix("refs/remotes/"));
        format!(" on {}", short.unwrap_or(branch))
    });
    let (before, after) = (distance(&it.before), distance(&it.after));
    format!(
        "{}{}; from upstream's commit it differs in {after}, ours did in {before}; {} of ours gone",
        it.commit.short(),
        branch.unwrap_or_default(),
        plural(gone(&it.change), "line", "lines"),
    )
}

/// How many lines that the old text adds the new one does not.
fn gone(change: &[FileDeviation]) -> usize {
    let lines = change.iter().flat_map(|file| &file.hunks).flat_map(|hunk| &hunk.lines);
    lines.filter(|line| line.mark == Mark::Ours && line.sign == Sign::Add).count()
}

/// How much differs.
fn distance(deviation: &[FileDeviation]) -> String {
    if deviation.is_empty() {
        return "nothing".to_owned();
    }
    let lines = deviation.iter().flat_map(|file| &file.hunks).flat_map(|hunk| &hunk.lines);
    let lines = lines.filter(|line| line.mark != Mark::Both).count();
    format!("{} of {}", plural(lines, "line", "lines"), plural(deviation.len(), "file", "files"))
}

/// The commit that proves it, and how.
fn landing(patch: &PatchReport) -> String {
    let Some(best) = patch.evidence.first() else { return String::new() };
    let commit = best.commit.map(|commit| commit.short()).unwrap_or_default();
    let adapted = patch.landed == Some(Landed::Sibling) && patch.text == Some(Landed::Adapted);
    let words = if adapted { ", in other words" } else { "" };
    format!("{commit} ({}{words})", parts::word(&best.kind)).trim_start().to_owned()
}

/// The files that merge drivers merged.
pub fn drivers(patch: &PatchReport) -> String {
    let one = |it: &MergedByReport| format!("{} ({})", it.path, it.driver);
    patch.merged_by.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn evidence(patch: &PatchReport) -> String {
    let one = |evidence: &crate::ops::rebase::EvidenceReport| {
        let commit = evidence.commit.map(|commit| format!(" {}", commit.short())).unwrap_or_default();
        format!("{}{commit}", parts::word(&evidence.kind))
    };
    patch.evidence.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn reverted(patch: &PatchReport) -> Text {
    let one = |it: &crate::ops::rebase::Reverted| match it.by {
        Some(by) => text!["landed as ", id(it.landed), ", taken back by ", id(by)],
        None => text!["landed as ", id(it.landed), ", gone again since"],
    };
    Text::join(patch.reverted.iter().map(one), "; ")
}

/// What a person should look at.
fn review(patch: &PatchReport) -> Text {
    let one = |it: &Review| {
        let commit = it.evidence.commit.map(|commit| commit.short()).unwrap_or_default();
        let percent = (it.evidence.score * 100.0).round();
        match it.why {
            DoubtKind::Similar => text![id(commit), " is similar", dim(format!(" ({percent} % of the lines)"))],
            DoubtKind::Part => text![id(commit), " has a part of it", dim(format!(" ({percent} % of the lines)"))],
            DoubtKind::OtherChange => text![id(commit), " is said to be it, and is another change"],
            DoubtKind::LinesGone => text![id(commit), " is there, and its lines are gone since"],
            DoubtKind::NothingLeft => text![id(commit), " is the same change, and merging it leaves nothing"],
            DoubtKind::Surplus => text!["it holds more than ", id(commit), ", which is all that upstream has"],
        }
    };
    Text::join(patch.review.iter().map(one), "; ")
}

/// Its outcome, in its colour.
pub fn outcome(patch: &PatchReport) -> Text {
    let tone = match patch.outcome {
        Outcome::Unchanged => Tone::Dim,
        Outcome::Merged | Outcome::Upstreamed => Tone::Good,
        Outcome::Resolved | Outcome::Repicked | Outcome::Reduced => Tone::Warn,
        Outcome::Conflict | Outcome::Blocked => Tone::Bad,
    };
    text![toned(patch.outcome.as_str(), tone)]
}

fn counts(report: &RebaseReport) -> Text {
    let total = plural(report.patches.len(), "patch", "patches");
    let some = Outcome::ALL.into_iter().filter(|outcome| report.count(*outcome) > 0);
    let some = some.map(|outcome| {
        let count = format!("{} {}", report.count(outcome), outcome.as_str());
        if outcome.is_held() { text![bad(count)] } else { text![count] }
    });
    let some = Text::join(some, ", ");
    if report.patches.is_empty() { text![total] } else { text![total, ": "].with(some) }
}

fn next(report: &RebaseReport, screen: &mut Screen) {
    let held = report.patches.iter().find(|patch| patch.outcome == Outcome::Conflict);
    // What is carried already stays where it is until that is taken back.
    let open = report.patches.iter().filter(|patch| report.dry_run || patch.outcome == Outcome::Conflict);
    let moved = open.filter_map(|patch| patch.proposed.as_ref()).filter(|it| it.applies);
    let moved = super::moved::options(moved);
    if !moved.is_empty() {
        let words = ["pq", "rebase", report.to.release.as_str()].into_iter().chain(moved.iter().map(String::as_str));
        return screen.next(&words.collect::<Vec<_>>(), "follows what moved, and writes it into pq.toml");
    }
    match held {
        _ if report.dry_run => screen.next(&["pq", "rebase", &report.to.release], "does it"),
        Some(patch) => screen.next(&["pq", "show", patch.name.as_str()], "the first that waits for a person"),
        None => screen.next(&["pq", "diff"], "the whole queue on its new base; `pq undo` takes it back"),
    }
}

/// For a pull request: what happened, then every patch that is not as it was.
pub fn in_markdown(report: &RebaseReport) -> String {
    let RebaseReport { line, from, to, tip, .. } = report;
    let code = |text: &str| markdown::code(text);
    let mut text = format!("### {}: {} → {}\n\n", code(line), code(&from.release), code(&to.release));
    text += &format!("{}\n\n", counts(report).render(false));
    let changed = report
        .patches
        .iter()
        .filter(|patch| patch.outcome != Outcome::Unchanged || !patch.reverted.is_empty() || !patch.review.is_empty());
    let rows: Vec<[String; 3]> = changed.map(|patch| [code(patch.name.as_str()), cell(patch), remark(patch)]).collect();
    if !rows.is_empty() {
        text += &markdown::table(["patch", "outcome", "why"], rows);
        text.push('\n');
    }
    text += &commands_in_markdown(&report.regenerate);
    let dry = if report.dry_run { ", nothing was written" } else { "" };
    text + &format!("Tip {}, tree {}{dry}.\n", code(&tip.commit.to_string()), code(&tip.tree.to_string()))
}

/// The same for a pull request.
pub fn commands_in_markdown(regenerate: &[String]) -> String {
    if regenerate.is_empty() {
        return String::new();
    }
    let commands: String = regenerate.iter().map(|command| format!("- {}\n", markdown::code(command))).collect();
    format!("To run, because generated files conflicted:\n\n{commands}\n")
}

fn cell(patch: &PatchReport) -> String {
    let word = patch.outcome.as_str();
    match patch.landed {
        _ if patch.outcome.is_held() => format!("**{word}**"),
        Some(landed) => format!("{word}, {}", parts::word(&landed)),
        None => word.to_owned(),
    }
}

fn remark(patch: &PatchReport) -> String {
    let about = plain(patch);
    let about = (!about.is_empty()).then(|| markdown::code(about));
    let generated =
        (!patch.generated.is_empty()).then(|| format!("the release's {}", markdown::code(patch.generated.join(", "))));
    let driven =
        (!patch.merged_by.is_empty()).then(|| format!("merged by a driver: {}", markdown::code(drivers(patch))));
    let moved =
        (!patch.moved.is_empty()).then(|| format!("followed {}", markdown::code(super::moved::list(&patch.moved))));
    let proposed = patch.proposed.as_ref().map(|it| {
        let options = markdown::code(super::moved::options(std::iter::once(it)).join(" "));
        format!("{} {options}", if it.applies { "applies with" } else { "moved, it seems:" })
    });
    let taken_back = (!patch.reverted.is_empty()).then(|| reverted(patch).render(false));
    let to_review = (!patch.review.is_empty()).then(|| review(patch).render(false));
    about
        .into_iter()
        .chain(generated)
        .chain(driven)
        .chain(moved)
        .chain(proposed)
        .chain(taken_back)
        .chain(to_review)
        .collect::<Vec<_>>()
        .join("; ")
}
