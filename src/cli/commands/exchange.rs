//! `pq import git|mbox|stgit`, and what every import of patches has in common.

use std::io::Read;
use std::path::PathBuf;

use super::parts::{SHORT, more, names};
use crate::cli::error::Error;
use crate::cli::{Ctx, Exit};
use crate::format::mailbox::Rules;
use crate::model::PatchName;
use crate::ops::edit::Target;
use crate::ops::exchange::{
    Conflicts, Fate, How, IntakeReport, IntakeSummary, Loss, MailOptions, StackOptions, import_commits, import_mails,
    import_stack,
};
use crate::ops::workbench::{Access, Workbench};
use crate::store::Letters;
use crate::ui::{Report, Screen, Verdict, bad, dim, good, id, name, plural, text, warn};

/// Where imported patches go.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("place")))]
pub struct PlaceArgs {
    /// Put the patches in front of that one
    #[arg(long, value_name = "PATCH", group = "place")]
    before: Option<String>,
    /// Put the patches right behind that one; the end of the queue by default
    #[arg(long, value_name = "PATCH", group = "place")]
    after: Option<String>,
    /// Hold what conflicts, for `pq resolve`; without this, nothing is written if something conflicts
    #[arg(long)]
    hold: bool,
    /// Only tell what would be done
    #[arg(long)]
    dry_run: bool,
}

impl PlaceArgs {
    /// For the use case, with the line that is meant.
    pub fn open(self, ctx: &Ctx) -> crate::Result<(Workbench, How)> {
        let bench = ctx.open(if self.dry_run { Access::Read } else { Access::Write })?;
        let how = How {
            target: match (self.before, self.after) {
                (Some(other), _) => Target::Before(other),
                (_, Some(other)) => Target::After(other),
                _ => Target::Last,
            },
            conflicts: if self.hold { Conflicts::Hold } else { Conflicts::Refuse },
            dry_run: self.dry_run,
            when: ctx.when(),
        };
        Ok((bench, how))
    }
}

/// Commits of the repository
///
/// Each is put onto the queue by a three-way merge of files, with its author, date, message and encoding. A merge among them is refused; what
/// conflicts is named, and nothing is written, unless `--hold` asks to hold it.
///
/// For example: pq import git v1.2..feature, or the commits by name
#[derive(Debug, clap::Args)]
pub struct GitArgs {
    /// A range of commits, or a single one
    #[arg(value_name = "A..B|COMMIT", required = true)]
    revisions: Vec<String>,
    #[command(flatten)]
    place: PlaceArgs,
}

/// `pq import git`
pub fn import_git(args: GitArgs, ctx: &Ctx) -> crate::Result<Exit> {
    let (bench, how) = args.place.open(ctx)?;
    ctx.emit(&import_commits(&bench, &args.revisions, &how, ctx.watch())?)
}

/// Mailed patches: mailboxes, files of git format-patch, maildirs
///
/// Read as `git am --keep-non-patch` reads them: encoded words, quoted-printable, base64, headers in the body; cover letters and answers are passed
/// over. Where the files are not those that a patch was made for, it is merged from those that its `index` lines name, as `git am -3` does.
#[derive(Debug, clap::Args)]
pub struct MailArgs {
    /// Mailboxes, patches, maildirs, directories with patches; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// What stands above a line of scissors, `-- >8 --`, is no part of the message
    #[arg(long)]
    scissors: bool,
    /// Carriage returns at the ends of lines are meant: the mail did not add them
    #[arg(long)]
    keep_cr: bool,
    /// The mailbox quotes `From ` in all mails, as `git format-patch --pretty=mboxrd` does
    #[arg(long)]
    mboxrd: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

/// `pq import mbox`
pub fn import_mbox(args: MailArgs, ctx: &Ctx) -> crate::Result<Exit> {
    let mut letters = Vec::new();
    for file in &args.files {
        match file.as_os_str() == "-" {
            true => letters.push(Letters { name: "standard input".to_owned(), bytes: standard_input()? }),
            false => letters.extend(Letters::read(&ctx.cwd.join(file))?),
        }
    }
    let what = args.files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(" ");
    let rules = Rules { keep_cr: args.keep_cr, scissors: args.scissors, mboxrd: args.mboxrd };
    let (bench, how) = args.place.open(ctx)?;
    ctx.emit(&import_mails(&bench, &MailOptions { what, letters, rules }, &how, ctx.watch())?)
}

/// A stack of StGit 2: its patches that are applied, then those that are not
///
/// Patches that are not applied come behind the others; those of them that conflict are held. For example: pq import stgit topic
#[derive(Debug, clap::Args)]
pub struct StackArgs {
    /// The branch of the stack, in the fork's clone
    branch: String,
    /// Take hidden patches, too
    #[arg(long)]
    hidden: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

/// `pq import stgit`
pub fn import_stgit(args: StackArgs, ctx: &Ctx) -> crate::Result<Exit> {
    let (bench, how) = args.place.open(ctx)?;
    let options = StackOptions { branch: args.branch, hidden: args.hidden };
    ctx.emit(&import_stack(&bench, &options, &how, ctx.watch())?)
}

fn standard_input() -> crate::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let failed = |source| Error::ReadMessage { path: PathBuf::from("-"), source };
    std::io::stdin().lock().read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

impl Report for IntakeReport {
    const KIND: &'static str = "import/1";

    fn human(&self, screen: &mut Screen) {
        let patches = plural(self.summary.total, "patch", "patches");
        let verb = if self.dry_run { "would come" } else { "came" };
        let to = text![" to ", name(&self.line), " on ", id(&self.base.release)];
        screen.sentence(text![patches, " ", verb, " from ", &self.source].with(to));
        screen.line(placed(&self.summary));
        for patch in self.patches.iter().filter(|patch| patch.placement == Fate::Held) {
            screen.line(text![warn("held: "), name(&patch.name), " conflicts in ", patch.paths.join(", ")]);
        }
        for other in &self.held {
            screen.line(text![warn("held: "), name(other), ", which was there before"]);
        }
        for one in &self.passed_over {
            screen.line(text![dim("passed over: "), &one.source, ": ", one.why]);
        }
        show_losses(self, screen);
        if !self.rewritten.is_empty() {
            screen.line(text!["rewritten behind them: ", names(&self.rewritten)]);
        }
        match self.proof.equal {
            Some(true) => screen.line(text![good("the tree is the source's"), " (", self.proof.queue_tree, ")"]),
            Some(false) => screen.line(bad("the tree differs from the source's")),
            None => screen.line(dim("they stand on other files than at the source: there is no tree to compare with")),
        }
        let is_held = self.summary.held > 0 || !self.held.is_empty();
        screen.next(if is_held { &["pq", "resolve"] } else { &["pq", "status"] }, "");
    }

    fn verdict(&self) -> Verdict {
        match self.summary.held > 0 || !self.held.is_empty() {
            true => Verdict::Failed,
            false => Verdict::Fine,
        }
    }
}

fn placed(summary: &IntakeSummary) -> String {
    let kinds = [
        (summary.exact, "as at the source"),
        (summary.merged, "merged with the queue"),
        (summary.empty, "without a change"),
        (summary.held, "held"),
    ];
    kinds.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect::<Vec<_>>().join(", ")
}

fn show_losses(report: &IntakeReport, screen: &mut Screen) {
    for loss in Loss::ALL {
        let with = report.patches.iter().filter(|patch| patch.losses.contains(&loss));
        let with: Vec<PatchName> = with.map(|patch| patch.name.clone()).collect();
        if with.is_empty() {
            continue;
        }
        let shown = if screen.is_verbose() { with.len() } else { SHORT.min(with.len()) };
        screen.line(text![dim(said(loss)), " ", with.len(), ": ", names(&with[..shown])]);
        if let Some(more) = more(with.len()).filter(|_| shown < with.len()) {
            screen.line(more);
        }
    }
}

fn said(loss: Loss) -> &'static str {
    match loss {
        Loss::Author => "nobody is named as the author of",
        Loss::Date => "no date is stated of",
        Loss::Committer => "a queue keeps the author and not the committer of",
        Loss::Signature => "a queue keeps no signature of",
        Loss::Notes => "the notes below the message were left out of",
        Loss::Attachments => "attachments were left out of",
        Loss::Charset => "the message is UTF-8 now, in another charset at the source, of",
    }
}
