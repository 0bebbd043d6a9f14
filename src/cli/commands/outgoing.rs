//! `pq export mbox|git|stgit|tar`

use std::path::PathBuf;

use super::parts::OnlyArgs;
use crate::cli::{Ctx, Exit};
use crate::ops::exchange::{Destination, OutgoingOptions, OutgoingReport, archive, export_stack, export_to, mailbox};
use crate::ops::workbench::Access;
use crate::ui::{Report, Screen, good, id, name, plural, text};

/// Which patches go out.
#[derive(Debug, clap::Args)]
pub struct ChoiceArgs {
    #[command(flatten)]
    only: OnlyArgs,
    /// Replace what is there already
    #[arg(long)]
    force: bool,
}

impl ChoiceArgs {
    fn to(self, to: Destination) -> OutgoingOptions {
        OutgoingOptions { patches: self.only.chosen(), to, force: self.force }
    }
}

/// Mails that `git am` takes: a mailbox, or a file for each
///
/// `git am` on the base gives the same files, authors and dates; `pq import mbox` gives the same queue. Lines that the mail would change are
/// quoted, so that carriage returns and Latin-1 survive.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("target").required(true)))]
pub struct MailArgs {
    /// The mailbox; `-` is standard output
    #[arg(group = "target")]
    file: Option<PathBuf>,
    /// A directory for files such as 0001-NAME.patch
    #[arg(long, value_name = "DIR", group = "target")]
    dir: Option<PathBuf>,
    #[command(flatten)]
    choice: ChoiceArgs,
}

/// `pq export mbox`
pub fn export_mbox(args: MailArgs, ctx: &Ctx) -> crate::Result<Exit> {
    let bench = ctx.open(Access::Read)?;
    let to = match (args.file, args.dir) {
        (Some(file), _) if file.as_os_str() == "-" => {
            return ctx.write(&mailbox(&bench, &args.choice.only.chosen(), ctx.watch())?);
        }
        (Some(file), _) => Destination::Mailbox(ctx.cwd.join(file)),
        (None, directory) => Destination::Mails(ctx.cwd.join(directory.unwrap_or_default())),
    };
    ctx.emit(&export_to(&bench, &args.choice.to(to), ctx.watch())?)
}

/// A branch of the repository with the commits of the queue
///
/// The branch moves only forward, unless it is forced. For a file to send, follow with `git bundle create FILE BASE..NAME`.
#[derive(Debug, clap::Args)]
pub struct GitArgs {
    /// The branch, for example refs/heads/for-review, or only its name
    #[arg(long = "ref", value_name = "NAME")]
    branch: String,
    #[command(flatten)]
    choice: ChoiceArgs,
}

/// `pq export git`
pub fn export_git(args: GitArgs, ctx: &Ctx) -> crate::Result<Exit> {
    let full = if args.branch.starts_with("refs/") { args.branch } else { format!("refs/heads/{}", args.branch) };
    let bench = ctx.open(Access::Write)?;
    ctx.emit(&export_to(&bench, &args.choice.to(Destination::Branch(full)), ctx.watch())?)
}

/// An archive with the patch files and a series file; packed if its name ends in .gz or .tgz
#[derive(Debug, clap::Args)]
pub struct TarArgs {
    /// The archive; `-` is standard output
    file: PathBuf,
    #[command(flatten)]
    choice: ChoiceArgs,
}

/// `pq export tar`
pub fn export_tar(args: TarArgs, ctx: &Ctx) -> crate::Result<Exit> {
    let bench = ctx.open(Access::Read)?;
    if args.file.as_os_str() == "-" {
        return ctx.write(&archive(&bench, &args.choice.only.chosen(), ctx.watch())?);
    }
    let to = Destination::Archive(ctx.cwd.join(args.file));
    ctx.emit(&export_to(&bench, &args.choice.to(to), ctx.watch())?)
}

/// A stack of StGit 2: a branch whose patches are applied; those that are held are not
#[derive(Debug, clap::Args)]
pub struct StackArgs {
    /// The branch, which is made
    branch: String,
    /// Replace a stack or a branch that is there already
    #[arg(long)]
    force: bool,
}

/// `pq export stgit`
pub fn export_stgit(args: StackArgs, ctx: &Ctx) -> crate::Result<Exit> {
    let bench = ctx.open(Access::Write)?;
    ctx.emit(&export_stack(&bench, &args.branch, args.force, ctx.when(), ctx.watch())?)
}

impl Report for OutgoingReport {
    const KIND: &'static str = "export/1";

    fn human(&self, screen: &mut Screen) {
        let patches = plural(self.summary.total, "patch", "patches");
        screen.sentence(text![
            patches,
            " of ",
            name(&self.line),
            " in ",
            &self.target,
            ", for ",
            id(&self.base.release)
        ]);
        for patch in self.patches.iter().filter(|_| screen.is_verbose()).collect::<Vec<_>>() {
            screen.line(text![name(&patch.name), ": ", &patch.file]);
        }
        screen.line(text![good("they give the tree "), self.tree]);
    }
}
