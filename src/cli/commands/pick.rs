//! `pq pick REV...` and `pq try REV...`

use super::parts;
use crate::cli::{Ctx, Exit};
use crate::format::moves::read_pair;
use crate::ops::commits::CommitReport;
use crate::ops::pick::{About, Candidate, Conflicts, Failed, Mode, Options, PickReport, Picked, Sources, Why, pick};
use crate::ops::workbench::Access;
use crate::ui::{Report, Screen, Verdict, bad, dim, good, id, name, plural, text, warn};

/// Take upstream commits into the queue, as backports that say where they come from
///
/// Commits, ranges A..B and pull requests, in upstream's order. What the base or the queue has already is left out, with the commit or patch
/// that has it. For one that does not apply, the upstream commits are named that should come first; every set was tried.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    what: What,
    /// Add what does not apply as a held patch, for `pq resolve`
    #[arg(long)]
    hold: bool,
    /// Behind that patch, in place of the end of the queue
    #[arg(long, value_name = "OTHER")]
    after: Option<String>,
}

/// What to pick: the same for `pq try`.
#[derive(Debug, clap::Args)]
pub struct What {
    /// Upstream commits, or ranges of them
    #[arg(value_name = "REV|A..B", required_unless_present = "pr")]
    revisions: Vec<String>,
    /// The commits of a merged pull request
    #[arg(long, value_name = "N|URL")]
    pr: Vec<String>,
    /// The feature that the new patches belong to
    #[arg(long, value_name = "NAME")]
    topic: Option<String>,
    /// Take the commits along that a pick needs to apply, if not more than MAX do
    #[arg(long, value_name = "MAX", num_args = 0..=1, default_missing_value = "5", require_equals = true)]
    with_prerequisites: Option<usize>,
    /// Take upstream's later fixes to the picks along
    #[arg(long)]
    with_followups: bool,
    /// Take each commit's own text, even if upstream has a backport of it that is nearer
    #[arg(long)]
    mainline_only: bool,
    /// Upstream moved a file or directory: look for it there, and write it into pq.toml with what is picked
    #[arg(long, value_name = "FROM=TO", value_parser = read_pair)]
    moved: Vec<(String, String)>,
}

impl What {
    fn options(self, mode: Mode, conflicts: Conflicts, after: Option<String>, when: i64) -> Options {
        let sources = if self.mainline_only { Sources::Mainline } else { Sources::Nearest };
        Options {
            revisions: self.revisions,
            pulls: self.pr,
            topic: self.topic,
            after,
            prerequisites: self.with_prerequisites,
            followups: self.with_followups,
            sources,
            conflicts,
            mode,
            when,
        }
    }

    /// Says what picking would come to.
    pub fn attempt(self, ctx: &Ctx) -> crate::Result<Exit> {
        let mut bench = ctx.open(Access::Read)?;
        bench.state_moved(&self.moved)?;
        let options = self.options(Mode::Try, Conflicts::Leave, None, ctx.when());
        ctx.emit(&pick(&bench, &options, ctx.watch())?)
    }
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let conflicts = if args.hold { Conflicts::Hold } else { Conflicts::Leave };
    let mut bench = ctx.open(Access::Write)?;
    bench.state_moved(&args.what.moved)?;
    let options = args.what.options(Mode::Write, conflicts, args.after, ctx.when());
    ctx.emit(&pick(&bench, &options, ctx.watch())?)
}

impl Report for PickReport {
    const KIND: &'static str = "pick/1";

    fn human(&self, screen: &mut Screen) {
        let would = if self.dry_run { "would be picked" } else { "picked" };
        screen.line(text![
            name(&self.line),
            ": ",
            good(format!("{} {would}", plural(self.picked.len(), "commit", "commits"))),
            if self.failed.is_empty() { String::new() } else { format!(", {} not", self.failed.len()) },
        ]);
        self.picked.iter().for_each(|one| picked(one, screen));
        self.failed.iter().for_each(|one| failed(one, screen));
        if !self.held.is_empty() {
            screen.sentence(text![warn("held since: "), parts::names(&self.held)]);
        }
        super::rebase::commands(&self.regenerate, screen);
        next(self, screen);
    }

    fn verdict(&self) -> Verdict {
        let is_held = self.picked.iter().any(|one| !one.conflicts.is_empty()) || !self.held.is_empty();
        if self.failed.is_empty() && !is_held { Verdict::Fine } else { Verdict::Failed }
    }
}

fn picked(one: &Picked, screen: &mut Screen) {
    let word = if one.conflicts.is_empty() { good(one.outcome.as_str()) } else { bad("held") };
    screen.line(text![
        "  ",
        name(&one.name),
        "  ",
        word,
        "  ",
        id(one.about.commit.commit),
        " ",
        &one.about.commit.subject
    ]);
    if let Some(other) = &one.repicked {
        screen.sentence(text!["    ", warn("ours conflicts: in its place "), super::rebase::other_text(other)]);
    } else if let Some(source) = &one.source {
        screen.sentence(text![dim(format!("    the text of {} on {}", source.commit.short(), source.branch))]);
    }
    if let Some(other) = one.needed_by {
        screen.sentence(text![dim(format!("    taken along for {}", other.short()))]);
    }
    conflicts(&one.conflicts, screen);
    one.proposed.iter().for_each(|it| super::moved::proposed(it, screen));
    if !one.generated.is_empty() {
        let count = plural(one.generated.len(), "generated file is", "generated files are");
        screen.sentence(text![dim(format!("    {count} left as it was"))]);
    }
    super::moved::followed(&one.moved, screen);
    about(&one.about, screen);
}

/// What a person should know of a commit before taking it.
pub fn about(about: &About, screen: &mut Screen) {
    if about.on_mainline == Some(false) {
        screen.sentence(text!["    ", warn("it is not on upstream's mainline")]);
    }
    if let Some(by) = &about.reverted_by {
        screen.sentence(text!["    ", warn("upstream took it back: "), id(by.commit), " ", &by.subject]);
    }
    for fix in &about.followups {
        screen.sentence(text!["    ", warn("upstream fixed it later: "), id(fix.commit), " ", &fix.subject]);
    }
}

fn failed(one: &Failed, screen: &mut Screen) {
    let commit = &one.about.commit;
    screen.line(text!["  ", bad("not picked"), "  ", id(one.upstream), " ", &commit.subject]);
    why_not(one, screen);
    about(&one.about, screen);
}

/// Why a commit is not picked, and what would help.
pub fn why_not(one: &Failed, screen: &mut Screen) {
    let by = one.by.as_deref().unwrap_or_default();
    match one.why {
        Why::InBase => screen.sentence(text!["    the base has it: ", by]),
        Why::InQueue => screen.sentence(text!["    the queue has it: ", by]),
        Why::Empty => screen.sentence(text!["    what it changes is there already"]),
        Why::Conflict => {
            conflicts(&one.conflicts, screen);
            one.proposed.iter().for_each(|it| super::moved::proposed(it, screen));
            advice(one, screen);
        }
    }
}

fn conflicts(conflicts: &[crate::ops::pick::ConflictReport], screen: &mut Screen) {
    for conflict in conflicts {
        screen.sentence(text!["    ", parts::word(&conflict.kind), ": ", &conflict.path]);
    }
}

fn advice(one: &Failed, screen: &mut Screen) {
    if !one.needs.is_empty() {
        screen.sentence(text!["    ", good("there it stands on: "), parts::names(&one.needs)]);
    }
    if !one.prerequisites.is_empty() {
        let what = if one.makes_it_clean { "it applies after:" } else { "less of it conflicts after:" };
        screen.sentence(text!["    ", good(what)]);
        let first = |first: &CommitReport| screen.sentence(text!["      ", id(first.commit), " ", &first.subject]);
        one.first.iter().for_each(first);
    }
    let others = one.candidates.iter().filter(|other| !one.prerequisites.contains(&other.commit.commit));
    let others: Vec<&Candidate> = others.collect();
    if !others.is_empty() {
        screen.sentence(text![dim("    others that had a hand in these lines:")]);
        let most = if screen.is_verbose() { usize::MAX } else { parts::SHORT };
        for other in others.iter().take(most) {
            let size = format!(" ({}, {})", plural(other.files, "file", "files"), plural(other.lines, "line", "lines"));
            screen.sentence(text!["      ", id(other.commit.commit), " ", &other.commit.subject, dim(size)]);
        }
    }
}

fn next(report: &PickReport, screen: &mut Screen) {
    let (words, what_for) = match (resolve(report), follow(report).or_else(|| help(report))) {
        (Some(words), _) => (words, "settles it"),
        (None, Some(next)) => next,
        _ if report.dry_run || report.picked.is_empty() => return,
        _ => (vec!["undo".to_owned()], "takes it back"),
    };
    // What comes from another line is typed there.
    let line = report.from.as_ref().map(|_| ["--line", report.line.as_str()]);
    let before = ["pq"].into_iter().chain(line.into_iter().flatten());
    screen.next(&before.chain(words.iter().map(String::as_str)).collect::<Vec<_>>(), what_for);
}

/// A command behind `pq`, and what it is for.
type Next = (Vec<String>, &'static str);

fn resolve(report: &PickReport) -> Option<Vec<String>> {
    let held = report.picked.iter().find(|one| !one.conflicts.is_empty()).filter(|_| !report.dry_run)?;
    Some(vec!["resolve".to_owned(), held.name.to_string()])
}

fn follow(report: &PickReport) -> Option<Next> {
    let one = report.failed.iter().find(|one| one.proposed.as_ref().is_some_and(|it| it.applies))?;
    let options = super::moved::options(one.proposed.iter());
    let words = ["pick".to_owned()].into_iter().chain(options).chain([one.upstream.short()]).collect();
    one.about.is_upstream.then_some((words, "follows what moved, and writes it into pq.toml"))
}

fn help(report: &PickReport) -> Option<Next> {
    let is_upstream = |one: &&Failed| one.about.is_upstream;
    let clean = report.failed.iter().filter(is_upstream).find(|one| one.makes_it_clean);
    let conflicting = report.failed.iter().filter(is_upstream).find(|one| one.why == Why::Conflict);
    let words = |option: &str, one: &Failed| vec!["pick".to_owned(), option.to_owned(), one.upstream.short()];
    let clean = clean.map(|one| (words("--with-prerequisites", one), "takes along what it needs"));
    clean.or_else(|| conflicting.map(|one| (words("--hold", one), "adds it, to be settled")))
}
