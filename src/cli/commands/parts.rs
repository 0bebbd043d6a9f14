//! Pieces that reports of several commands are made of.

use std::path::PathBuf;

use serde::Serialize;

use crate::cli::{Ctx, Exit};
use crate::model::PatchName;
use crate::ops::answers::Regions;
use crate::ops::chosen::{Chosen, Dependents};
use crate::ops::look::{PatchState, State};
use crate::ops::position::{Edits, PositionReport, Target, Which, go, position};
use crate::ops::verify::{self as finding, Finding};
use crate::ops::workbench::Access;
use crate::ui::{
    Annotation, Report, Screen, Severity, Show, Span, Text, Tone, Verdict, bad, dim, markdown, name, plural, text,
    toned,
};

/// How many entries of a list are shown before `-v` is asked for.
pub const SHORT: usize = 10;

/// Which worktree a command is about.
#[derive(Debug, clap::Args)]
pub struct WorktreeArgs {
    /// The worktree, in place of the current one
    #[arg(long, value_name = "DIR")]
    worktree: Option<PathBuf>,
}

impl WorktreeArgs {
    /// For the use cases.
    pub fn which(&self, ctx: &Ctx) -> Which {
        Which { here: ctx.cwd.clone(), named: self.worktree.as_ref().map(|directory| ctx.cwd.join(directory)) }
    }

    /// Where it stands.
    pub fn position(&self, ctx: &Ctx) -> crate::Result<PositionReport> {
        position(&ctx.open(Access::Read)?, &self.which(ctx), ctx.watch())
    }
}

/// The patches that a command is about.
#[derive(Debug, clap::Args)]
pub struct PatchesArgs {
    /// The patches: names or their starts, numbers, `@top`, `NAME^`, `NAME~2`, or ranges `A..B`
    #[arg(value_name = "PATCH", required_unless_present = "topic", value_hint = clap::ValueHint::Other)]
    patches: Vec<String>,
    /// All patches of that topic
    #[arg(long, value_name = "TOPIC")]
    topic: Vec<String>,
}

impl PatchesArgs {
    /// For the use cases.
    pub fn chosen(self, with_dependents: bool) -> Chosen {
        let dependents = if with_dependents { Dependents::Take } else { Dependents::Refuse };
        Chosen { selectors: self.patches, topics: self.topic, dependents }
    }
}

/// The patches that a command is about; all of them if none is named.
#[derive(Debug, clap::Args)]
pub struct SomePatchesArgs {
    /// The patches: names or their starts, numbers, `@top`, `NAME^`, `NAME~2`, or ranges `A..B`; all of them by default
    #[arg(value_name = "PATCH", value_hint = clap::ValueHint::Other)]
    patches: Vec<String>,
    /// All patches of that topic
    #[arg(long, value_name = "TOPIC")]
    topic: Vec<String>,
}

impl SomePatchesArgs {
    /// For the use cases.
    pub fn chosen(self) -> Chosen {
        Chosen { selectors: self.patches, topics: self.topic, ..Chosen::default() }
    }
}

/// The patches that leave; all by default.
#[derive(Debug, clap::Args)]
pub struct OnlyArgs {
    /// Only these patches, carried onto the base one after the other
    #[arg(long, value_name = "PATCH", num_args = 1..)]
    patches: Vec<String>,
    /// Only the patches of that topic, in the same way
    #[arg(long, value_name = "TOPIC")]
    topic: Vec<String>,
}

impl OnlyArgs {
    /// For the use cases.
    pub fn chosen(self) -> Chosen {
        Chosen { selectors: self.patches, topics: self.topic, ..Chosen::default() }
    }
}

/// How a worktree moves through the queue.
#[derive(Debug, clap::Args)]
pub struct MoveArgs {
    /// Carry edits along that are in no patch yet, if they fit there
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    worktree: WorktreeArgs,
}

impl MoveArgs {
    /// Moves it.
    pub fn go(&self, target: &Target, ctx: &Ctx) -> crate::Result<Exit> {
        let edits = if self.keep { Edits::Keep } else { Edits::Refuse };
        let mut bench = ctx.open(Access::Write)?;
        bench.which = Some(self.worktree.which(ctx));
        ctx.emit(&go(&bench, &self.worktree.which(ctx), target, edits, ctx.watch())?)
    }
}

impl Report for PositionReport {
    const KIND: &'static str = "position/1";

    fn human(&self, screen: &mut Screen) {
        let all = self.applied.len() + self.unapplied.len();
        let place = match &self.top {
            Some(top) => text!["at ", name(top), format!(" ({} of {all})", self.at)],
            None => text!["at the base: no patch is applied"],
        };
        screen.line(text![name(&self.line), ": "].with(place));
        if !self.kept.is_empty() {
            screen.sentence(text!["edits that came along: ", self.kept.join(", ")]);
        }
        match &self.next {
            Some(_) => screen.next(&["pq", "push"], "applies the next one"),
            None => screen.next(&["pq", "status"], ""),
        }
    }
}

/// Names out of a position, a line each.
#[derive(Debug, Serialize)]
pub struct NamesReport {
    /// What was asked for.
    pub names: Vec<PatchName>,
    /// All that is known.
    #[serde(flatten)]
    pub report: PositionReport,
}

impl Report for NamesReport {
    const KIND: &'static str = "position/1";

    fn human(&self, screen: &mut Screen) {
        self.names.iter().for_each(|one| screen.line(text![one]));
    }
}

/// The word that JSON has for a plain value.
pub fn word(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

/// Whether a patch is part of the branch, in a word.
pub fn state(patch: &PatchState) -> Span {
    match patch.state {
        State::Applied => dim("applied"),
        State::Held => bad("held"),
    }
}

/// How much of a file's conflicts is recorded.
pub fn regions(it: Regions, disputed: &[String]) -> String {
    let total = plural(it.total, "conflict", "conflicts");
    match it.disagreements {
        0 => format!("{} of {total} known", it.known),
        count if disputed.is_empty() => format!("{} of {total} known, records disagree about {count}", it.known),
        count => format!("{} of {total} known, records disagree about {count}: {}", it.known, disputed.join(", ")),
    }
}

/// Names divided by commas.
pub fn names(names: &[PatchName]) -> String {
    names.iter().map(PatchName::as_str).collect::<Vec<_>>().join(", ")
}

/// Markdown: code spans divided by commas.
pub fn codes<T: AsRef<str>>(words: &[T]) -> String {
    words.iter().map(|word| markdown::code(word.as_ref())).collect::<Vec<_>>().join(", ")
}

/// How many more there are than are shown.
pub fn more(total: usize) -> Option<Span> {
    (total > SHORT).then(|| dim(format!("  … and {} more (-v shows them)", total - SHORT).as_str().show()))
}

/// Findings, a line each, with what to do below it.
pub fn show_findings(findings: &[Finding], screen: &mut Screen) {
    for finding in findings {
        let (word, tone) = match finding.severity {
            _ if finding.fixed => ("mended: ", Tone::Good),
            finding::Severity::Error => ("error: ", Tone::Bad),
            finding::Severity::Warning => ("warning: ", Tone::Warn),
        };
        screen.sentence(text!["  ", toned(word, tone)].with(subject(finding)));
        if let Some(hint) = finding.hint.as_ref().filter(|_| !finding.fixed) {
            screen.sentence(text!["    ", dim(hint)]);
        }
    }
}

fn subject(finding: &Finding) -> Text {
    match &finding.patch {
        // The text of most errors begins with the file, and so with the patch.
        Some(patch) if !finding.text.contains(patch.as_str()) => text![name(patch), ": ", &finding.text],
        _ => text![&finding.text],
    }
}

/// Findings for GitHub.
pub fn annotations(line: &str, findings: &[Finding]) -> Vec<Annotation> {
    let open = findings.iter().filter(|finding| !finding.fixed);
    let one = |finding: &Finding| {
        let severity = match finding.severity {
            finding::Severity::Error => Severity::Error,
            finding::Severity::Warning => Severity::Warning,
        };
        Annotation::new(severity, format!("pq: {line}"), subject(finding).render(false))
    };
    open.map(one).collect()
}

/// Whether an error is left.
pub fn verdict(findings: &[Finding]) -> Verdict {
    if findings.iter().any(Finding::is_open_error) { Verdict::Failed } else { Verdict::Fine }
}
