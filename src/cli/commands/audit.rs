//! `pq audit [--check]`

use serde::Serialize;

use super::parts::{self, SHORT};
use crate::cli::{Ctx, Exit};
use crate::ops::audit::{self, AuditReport, Followup, Lost, Options, Severity, StaleIgnore, Trouble, Unknown, Why};
use crate::ops::look::release;
use crate::ops::workbench::Access;
use crate::ui::{
    self, Annotation, Report, Screen, Table, Text, Tone, Verdict, dim, id, markdown, name, plural, text, toned, warn,
};

/// Find upstream commits that concern what you have and that you lack
///
/// Fixes, reverts and what else upstream did later about a commit that a patch carries or the base has. Read are upstream's mainline and its
/// stable branch of the base's version, as they are in the repository: fetch first.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Exit with 1 if anything is found that pq.toml does not ignore, or if an entry there has expired
    #[arg(long)]
    check: bool,
    /// Leave out what REV has: what an earlier audit saw
    #[arg(long, value_name = "REV")]
    since: Option<String>,
    /// Also say what a move to RELEASE would lose: upstream's own backports that the base has and RELEASE lacks
    #[arg(long, value_name = "RELEASE")]
    onto: Option<String>,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let bench = ctx.open(Access::Read)?;
    let since = args.since.as_deref().map(|revision| bench.repo.resolve(revision)).transpose()?;
    let onto = args.onto.as_deref().map(|name| release(&bench, name)).transpose()?;
    let options = Options { since, onto, today: ctx.today() };
    let report = audit::audit(&bench, &options, ctx.watch())?;
    ctx.emit(&Audit { report, check: args.check })
}

#[derive(Debug, Serialize)]
struct Audit {
    #[serde(flatten)]
    report: AuditReport,
    #[serde(skip)]
    check: bool,
}

/// What each group of findings is.
fn title(severity: Severity) -> &'static str {
    match severity {
        Severity::Revert => "upstream took back what these patches carry",
        Severity::Security => "about a vulnerability",
        Severity::Fix => "fixes of what patches carry",
        Severity::Base => "fixes and reverts of what the base has",
        Severity::Note => "also about these: dependencies, mentions, and what upstream took back itself",
    }
}

/// Base and notes can be many, and are cut; what comes before them never is.
fn can_be_cut(severity: Severity) -> bool {
    matches!(severity, Severity::Base | Severity::Note)
}

impl Audit {
    fn group(&self, severity: Severity, screen: &mut Screen) {
        let found: Vec<&Followup> = self.report.followups.iter().filter(|one| one.severity == severity).collect();
        if found.is_empty() {
            return;
        }
        screen.heading(title(severity));
        let is_cut = can_be_cut(severity) && !screen.is_verbose() && found.len() > SHORT;
        let mut table = Table::new();
        for followup in &found[..if is_cut { SHORT } else { found.len() }] {
            table.row([
                text!["  ", id(followup.commit)],
                about(followup),
                text![&followup.subject],
                backports(followup),
            ]);
        }
        screen.table(&table);
        parts::more(found.len()).filter(|_| is_cut).into_iter().for_each(|more| screen.line(more));
    }

    fn lost(&self, screen: &mut Screen) {
        let (Some(onto), false) = (&self.report.onto, self.report.lost.is_empty()) else { return };
        screen.heading(format!("lost on {}: the base has these, and it does not", onto.release).as_str());
        let mut table = Table::new();
        for lost in &self.report.lost {
            table.row([
                text!["  ", id(short(&lost.upstream[0]))],
                text![toned(if lost.severity == Severity::Security { "security" } else { "" }, Tone::Bad)],
                text![&lost.subject],
                text![dim(form(lost))],
            ]);
        }
        screen.table(&table);
    }

    fn ignored(&self, screen: &mut Screen) {
        let ignored = &self.report.ignored;
        if ignored.followups.is_empty() && ignored.lost.is_empty() {
            return;
        }
        screen.heading("ignored, as pq.toml says");
        let mut table = Table::new();
        let mut row = |commit: String, subject: &str, reason: &str| {
            table.row([text!["  ", dim(commit)], text![dim(subject)], text![dim(reason)]]);
        };
        for one in &ignored.followups {
            row(one.finding.commit.short(), &one.finding.subject, &one.reason);
        }
        for one in &ignored.lost {
            row(short(&one.finding.upstream[0]), &one.finding.subject, &one.reason);
        }
        screen.table(&table);
    }

    fn unknown(&self, screen: &mut Screen) {
        if self.report.unknown.is_empty() {
            return;
        }
        screen.heading("recorded upstream commits about which nothing can be found");
        self.report.unknown.iter().for_each(|one| screen.sentence(text!["  ", warn(nowhere(one))]));
    }

    fn stale(&self, screen: &mut Screen) {
        if self.report.stale_ignores.is_empty() {
            return;
        }
        screen.heading("entries of [[ignore]] in pq.toml to look at");
        self.report.stale_ignores.iter().for_each(|entry| screen.sentence(text!["  ", warn(trouble(entry))]));
    }

    fn head(&self) -> Text {
        let AuditReport { line, base, branches, .. } = &self.report;
        let branch =
            |branch: &audit::Branch| text![plain(&branch.name), " ", dim(format!("({})", branch.commit.short()))];
        let branches = Text::join(branches.iter().map(branch), ", ");
        text![name(line), " on ", id(&base.release), ", against "].with(branches)
    }

    fn counts(&self) -> String {
        let AuditReport { followups, lost, onto, ignored, .. } = &self.report;
        let count = |severity| followups.iter().filter(|one| one.severity == severity).count();
        let some = Severity::ALL.into_iter().filter(|severity| count(*severity) > 0);
        let some: Vec<String> = some.map(|severity| format!("{} {}", count(severity), severity.as_str())).collect();
        let mut words = match followups.len() {
            0 => "no follow-up that the base and the queue lack".to_owned(),
            some => plural(some, "follow-up", "follow-ups") + " in neither the base nor the queue",
        };
        if !some.is_empty() {
            words += &format!(": {}", some.join(", "));
        }
        if let Some(onto) = onto {
            words += &format!("; {} on {}", plural(lost.len(), "lost fix", "lost fixes"), onto.release);
        }
        match ignored.followups.len() + ignored.lost.len() {
            0 => words,
            some => words + &format!("; {some} ignored"),
        }
    }
}

/// What a follow-up has to do with what.
fn about(followup: &Followup) -> Text {
    let carried = text![toned(followup.relation.as_str(), tone(followup)), " "];
    match &followup.patch {
        Some(patch) => carried.with(text![name(patch)]),
        None => carried.with(text![id(short(&followup.carried))]),
    }
}

fn tone(followup: &Followup) -> Tone {
    match followup.severity {
        Severity::Revert | Severity::Security => Tone::Bad,
        Severity::Fix => Tone::Warn,
        Severity::Base | Severity::Note => Tone::Plain,
    }
}

fn backports(followup: &Followup) -> Text {
    let mut words = Vec::new();
    if let Some(by) = followup.taken_back_by {
        words.push(format!("taken back by {}", by.short()));
    }
    if let Some(backport) = followup.backports.first() {
        words.push(format!("upstream's backport: {}", backport.short()));
    }
    text![dim(words.join(", "))]
}

fn form(lost: &Lost) -> String {
    let mut words = format!("backported as {}", lost.commit.short());
    if let Some(patch) = &lost.patch {
        words += &format!(", once your patch {patch}");
    }
    if let Some(by) = lost.taken_back_by {
        words += &format!(", taken back there by {}", by.short());
    }
    words
}

/// A recorded id that leads nowhere.
fn nowhere(one: &Unknown) -> String {
    let Unknown { patch, id, why } = one;
    match why {
        Why::Missing => format!("{patch}: {id} is no commit of the repository"),
        Why::Elsewhere => format!("{patch}: {id} is on none of these branches and not in the base"),
    }
}

fn trouble(entry: &StaleIgnore) -> String {
    match (entry.trouble, entry.expires) {
        (Trouble::Expired, Some(last)) => format!("{} expired after {last} ({})", entry.id, entry.reason),
        _ => format!("{} matches nothing that was found ({})", entry.id, entry.reason),
    }
}

/// The first twelve digits.
fn short(id: &str) -> String {
    id.chars().take(12).collect()
}

/// A branch as people call it.
fn plain(name: &str) -> &str {
    name.strip_prefix("refs/heads/").or_else(|| name.strip_prefix("refs/remotes/")).unwrap_or(name)
}

impl Report for Audit {
    const KIND: &'static str = "audit/1";

    fn human(&self, screen: &mut Screen) {
        screen.line(self.head());
        screen.sentence(self.counts().as_str());
        Severity::ALL.into_iter().for_each(|severity| self.group(severity, screen));
        self.lost(screen);
        self.ignored(screen);
        self.unknown(screen);
        self.stale(screen);
        let worst = Severity::ALL.into_iter().find_map(|severity| {
            self.report.followups.iter().filter(|one| one.severity == severity).find_map(|one| one.patch.as_ref())
        });
        match worst {
            Some(patch) => screen.next(&["pq", "show", patch.as_str()], "the first patch that this is about"),
            None => screen.next(&["pq", "status"], ""),
        }
    }

    fn markdown(&self) -> Option<String> {
        let code = |text: &str| markdown::code(text);
        let mut out =
            format!("### {} on {}\n\n{}\n", code(&self.report.line), code(&self.report.base.release), self.counts());
        let followups = Severity::ALL
            .into_iter()
            .flat_map(|severity| self.report.followups.iter().filter(move |one| one.severity == severity));
        let rows: Vec<[String; 5]> = followups
            .map(|one| {
                let of = one.patch.as_ref().map_or_else(|| short(&one.carried), ToString::to_string);
                let relation = one.relation.as_str().to_owned();
                [one.severity.as_str().to_owned(), code(&one.commit.short()), relation, code(&of), code(&one.subject)]
            })
            .collect();
        if !rows.is_empty() {
            out += &format!("\n{}", markdown::table(["severity", "commit", "does", "to", "subject"], rows));
        }
        let lost =
            self.report.lost.iter().map(|one| [code(&short(&one.upstream[0])), code(&form(one)), code(&one.subject)]);
        if !self.report.lost.is_empty() {
            out += &format!("\n{}", markdown::table(["lost", "how the base has it", "subject"], lost));
        }
        let notes = self.report.unknown.iter().map(nowhere).chain(self.report.stale_ignores.iter().map(trouble));
        let notes: String = notes.map(|note| format!("- {}\n", code(&note))).collect();
        Some(if notes.is_empty() { out } else { format!("{out}\n{notes}") })
    }

    fn annotations(&self) -> Vec<Annotation> {
        let title = || format!("pq: {}", self.report.line);
        let followup = |one: &Followup| {
            let message = format!("{}: {} {}", one.commit.short(), about(one).render(false), one.subject);
            Annotation::new(weight(one.severity), title(), message)
        };
        let lost = |one: &Lost| {
            let message = format!("lost: {} {} ({})", short(&one.upstream[0]), one.subject, form(one));
            Annotation::new(weight(one.severity), title(), message)
        };
        let stale = |entry: &StaleIgnore| Annotation::new(ui::Severity::Warning, title(), trouble(entry));
        let unknown = |one: &Unknown| Annotation::new(ui::Severity::Notice, title(), nowhere(one));
        let report = &self.report;
        let found = report.followups.iter().map(followup).chain(report.lost.iter().map(lost));
        found.chain(report.unknown.iter().map(unknown)).chain(report.stale_ignores.iter().map(stale)).collect()
    }

    fn verdict(&self) -> Verdict {
        if self.check && self.report.has_findings() { Verdict::Failed } else { Verdict::Fine }
    }
}

fn weight(severity: Severity) -> ui::Severity {
    match severity {
        Severity::Revert | Severity::Security => ui::Severity::Error,
        Severity::Fix | Severity::Base => ui::Severity::Warning,
        Severity::Note => ui::Severity::Notice,
    }
}
