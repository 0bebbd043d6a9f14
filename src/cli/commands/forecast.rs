//! `pq forecast RELEASE…`

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::parts;
use super::rebase::{outcome, plain, repick};
use crate::cli::{Ctx, Exit};
use crate::model::{Oid, Outcome};
use crate::ops::commits::CommitReport;
use crate::ops::forecast::{ForecastReport, PatchForecast, ReleaseForecast, forecast, newer};
use crate::ops::look::release;
use crate::ops::workbench::{Access, Workbench};
use crate::ui::{
    Annotation, Report, Screen, Severity, Table, Text, Verdict, bad, dim, id, markdown, name, plural, text,
};

/// What would become of the queue on these releases; nothing is written
///
/// For every patch that would conflict it names the commit of upstream that broke it: the first after which the patch, tried alone, never
/// applies again. Exits with 1 if any patch would be held on any of them.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Releases, branches, or any other revisions
    #[arg(value_name = "RELEASE", required_unless_present_any = ["latest", "latest_minor", "newer"])]
    revisions: Vec<String>,
    /// The newest release of the base's minor version
    #[arg(long)]
    latest: bool,
    /// The newest release beyond it
    #[arg(long)]
    latest_minor: bool,
    /// Every final release that is newer than the base, the oldest first
    #[arg(long)]
    newer: bool,
    /// Hold patches whose own text conflicts, even if upstream's text of the same change applies
    #[arg(long)]
    no_repick: bool,
    /// Hold patches that conflict even where it is recorded how somebody settled that
    #[arg(long)]
    no_resolutions: bool,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let mut bench = ctx.open(Access::Read)?;
    bench.refuses_resolutions = args.no_resolutions;
    ctx.emit(&forecast(&bench, &args.releases(&bench)?, repick(args.no_repick), ctx.watch())?)
}

impl Args {
    /// What is asked for, each release once.
    fn releases(&self, bench: &Workbench) -> crate::Result<Vec<(String, Oid)>> {
        let named = self.revisions.iter().map(String::as_str);
        let words = [("latest", self.latest), ("latest-minor", self.latest_minor)];
        let words = words.into_iter().filter(|(_, is_asked)| *is_asked).map(|(word, _)| word);
        let mut all = if self.newer { newer(bench)? } else { Vec::new() };
        for word in named.chain(words) {
            all.push(release(bench, word)?);
        }
        let mut seen = BTreeSet::new();
        all.retain(|(name, _)| seen.insert(name.clone()));
        Ok(all)
    }
}

impl Report for ForecastReport {
    const KIND: &'static str = "forecast/1";

    fn human(&self, screen: &mut Screen) {
        if self.releases.is_empty() {
            screen.line(text![name(&self.line), ": no release is newer than ", id(&self.from.release)]);
            return;
        }
        screen.line(text![name(&self.line), " on ", id(&self.from.release), ": ", patches(self)]);
        screen.table(&summaries(self));
        matrix(self, screen);
        conflicts(self, screen);
        super::rebase::commands(&commands(self), screen);
        let carried =
            self.releases.iter().rfind(|release| release.patches.iter().all(|it| !it.patch.outcome.is_held()));
        let next = carried.or(self.releases.first()).map_or("", |release| release.to.release.as_str());
        screen.next(&["pq", "rebase", next, "--dry-run"], "one of them in detail");
    }

    fn markdown(&self) -> Option<String> {
        Some(in_markdown(self))
    }

    fn annotations(&self) -> Vec<Annotation> {
        self.releases.iter().flat_map(|release| annotations(&self.line, release)).collect()
    }

    fn verdict(&self) -> Verdict {
        if self.holds() { Verdict::Failed } else { Verdict::Fine }
    }
}

fn patches(report: &ForecastReport) -> String {
    plural(report.releases.first().map_or(0, |release| release.patches.len()), "patch", "patches")
}

/// A line for each release: how many patches came to what.
fn summaries(report: &ForecastReport) -> Table {
    let mut table = Table::new();
    for release in &report.releases {
        table.row([text!["  ", id(&release.to.release)], text![dim(release.to.commit.short())], counts(release)]);
    }
    table
}

fn counts(release: &ReleaseForecast) -> Text {
    let some = Outcome::ALL.into_iter().filter(|outcome| release.count(*outcome) > 0);
    let some = some.map(|outcome| {
        let count = format!("{} {}", release.count(outcome), outcome.as_str());
        if outcome.is_held() { text![bad(count)] } else { text![count] }
    });
    Text::join(some, ", ")
}

/// The patches by their place in the series, each on every release.
fn rows(report: &ForecastReport) -> impl Iterator<Item = Vec<&PatchForecast>> {
    let count = report.releases.first().map_or(0, |release| release.patches.len());
    (0..count).map(|at| report.releases.iter().map(|release| &release.patches[at]).collect())
}

/// Whether nobody needs to look: the patch is carried to all of them.
fn is_quiet(row: &[&PatchForecast]) -> bool {
    row.iter().all(|it| matches!(it.patch.outcome, Outcome::Unchanged | Outcome::Merged))
}

fn matrix(report: &ForecastReport, screen: &mut Screen) {
    let shown: Vec<_> = rows(report).filter(|row| screen.is_verbose() || !is_quiet(row)).collect();
    if shown.is_empty() {
        return;
    }
    screen.heading("patches by releases");
    let mut table = Table::new();
    let titles = report.releases.iter().map(|release| text![id(&release.to.release)]);
    table.row(std::iter::once(text![]).chain(titles).collect::<Vec<_>>());
    for row in &shown {
        let cells = row.iter().map(|it| outcome(&it.patch));
        table.row(std::iter::once(text!["  ", name(&row[0].patch.name)]).chain(cells).collect::<Vec<_>>());
    }
    screen.table(&table);
    let quiet = rows(report).count() - shown.len();
    if quiet > 0 {
        screen.line(dim(format!("  … and {quiet} that every release takes (-v shows them)")));
    }
}

/// What has to be run for any of the releases.
fn commands(report: &ForecastReport) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let all = report.releases.iter().flat_map(|release| &release.regenerate);
    all.filter(|command| seen.insert(*command)).cloned().collect()
}

/// A conflict, and the releases where it is the same.
struct Same<'a> {
    on: Vec<&'a str>,
    patch: &'a PatchForecast,
}

fn same_conflicts(report: &ForecastReport) -> Vec<Same<'_>> {
    let mut all: Vec<Same<'_>> = Vec::new();
    for row in rows(report) {
        let first = all.len();
        for (release, patch) in report.releases.iter().zip(row) {
            if patch.patch.outcome != Outcome::Conflict {
                continue;
            }
            let is_same = |same: &&mut Same<'_>| {
                same.patch.patch.conflicts == patch.patch.conflicts && same.patch.breaks_at == patch.breaks_at
            };
            match all[first..].iter_mut().find(is_same) {
                Some(same) => same.on.push(&release.to.release),
                None => all.push(Same { on: vec![&release.to.release], patch }),
            }
        }
    }
    all
}

fn conflicts(report: &ForecastReport, screen: &mut Screen) {
    let all = same_conflicts(report);
    if all.is_empty() {
        return;
    }
    screen.heading("conflicts");
    for Same { on, patch } in all {
        screen.sentence(text!["  ", name(&patch.patch.name), dim(" on "), on.join(", "), ": ", plain(&patch.patch)]);
        if let Some(broken) = &patch.breaks_at {
            screen.sentence(text!["    since ", id(broken.commit), " ", about(broken)]);
        }
    }
}

/// Who broke it, when, with which change.
pub fn about(broken: &CommitReport) -> String {
    let author = broken.author.split(" <").next().unwrap_or_default();
    let pr = broken.pr.filter(|pr| !broken.subject.contains(&format!("(#{pr})"))).map(|pr| format!(" (#{pr})"));
    format!("{} {author}: {}{}", day(broken.date), broken.subject, pr.unwrap_or_default())
}

pub fn day(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |time| time.strftime("%Y-%m-%d").to_string())
}

fn annotations(line: &str, release: &ReleaseForecast) -> Vec<Annotation> {
    let held = release.patches.iter().filter(|it| it.patch.outcome.is_held());
    let one = |it: &PatchForecast| {
        let severity = if it.patch.outcome == Outcome::Blocked { Severity::Warning } else { Severity::Error };
        let since = it.breaks_at.as_ref().map(|it| format!(", since {} {}", it.commit.short(), about(it)));
        let what = if it.patch.outcome == Outcome::Blocked { "would be blocked" } else { "would conflict" };
        let (patch, about) = (&it.patch.name, plain(&it.patch));
        let text = format!("{patch} {what} on {}: {about}{}", release.to.release, since.unwrap_or_default());
        Annotation::new(severity, format!("pq: {line}"), text)
    };
    held.map(one).collect()
}

fn in_markdown(report: &ForecastReport) -> String {
    let code = |text: &str| markdown::code(text);
    if report.releases.is_empty() {
        return format!("### {}\n\nNo release is newer than {}.\n", code(&report.line), code(&report.from.release));
    }
    let mut text = format!("### {} on {}: {}\n\n", code(&report.line), code(&report.from.release), patches(report));
    let summary = report.releases.iter().map(|release| [code(&release.to.release), counts(release).render(false)]);
    text += &markdown::table(["release", "patches"], summary);
    let shown: Vec<Vec<String>> = rows(report).filter(|row| !is_quiet(row)).map(|row| markdown_row(&row)).collect();
    if !shown.is_empty() {
        let titles = report.releases.iter().map(|release| code(&release.to.release));
        let titles: Vec<String> = std::iter::once("patch".to_owned()).chain(titles).collect();
        text += &format!("\n{}", markdown::table(titles, shown));
    }
    let conflicts: Vec<[String; 4]> = same_conflicts(report).iter().map(markdown_conflict).collect();
    if !conflicts.is_empty() {
        text += &format!("\n{}", markdown::table(["conflict", "on", "where", "since"], conflicts));
    }
    let commands = super::rebase::commands_in_markdown(&commands(report));
    if commands.is_empty() { text } else { format!("{text}\n{commands}") }
}

fn markdown_row(row: &[&PatchForecast]) -> Vec<String> {
    let cell = |it: &&PatchForecast| match it.patch.outcome.as_str() {
        word if it.patch.outcome.is_held() => format!("**{word}**"),
        word => word.to_owned(),
    };
    std::iter::once(markdown::code(row[0].patch.name.as_str())).chain(row.iter().map(cell)).collect()
}

fn markdown_conflict(same: &Same<'_>) -> [String; 4] {
    let since = same.patch.breaks_at.as_ref();
    let since = since.map(|it| format!("{} {}", markdown::code(it.commit.short()), markdown::code(about(it))));
    [
        markdown::code(same.patch.patch.name.as_str()),
        parts::codes(&same.on),
        markdown::code(plain(&same.patch.patch)),
        since.unwrap_or_default(),
    ]
}
