//! `pq export quilt|debian DIR`, and the other targets: see `outgoing.rs`

use std::path::PathBuf;

use clap::Subcommand;

use super::outgoing;
use super::parts::OnlyArgs;
use crate::cli::{Ctx, Exit};
use crate::ops::quilt::{ExportOptions, ExportReport, Flavor, export};
use crate::ops::workbench::Access;
use crate::ui::{Report, Screen, good, id, name, plural, text, warn};

/// Write the queue as patches for another tool
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    to: To,
}

/// What the patches are for.
#[derive(Debug, Subcommand)]
enum To {
    Quilt(Series),
    Debian(Debian),
    Git(outgoing::GitArgs),
    Mbox(outgoing::MailArgs),
    Stgit(outgoing::StackArgs),
    Tar(outgoing::TarArgs),
}

/// A directory for quilt: `series`, and patches that it pushes to the queue's tree
///
/// A patch that was imported and not touched since gets the header back that it came with, byte for byte. What quilt cannot hold (binary
/// content, submodules, a file that becomes a directory) is an error.
#[derive(Debug, clap::Args)]
struct Series {
    /// Where to write: a new or empty directory, or one that an export wrote
    directory: PathBuf,
    #[command(flatten)]
    only: OnlyArgs,
    /// Leave out what quilt cannot hold, and name it
    #[arg(long)]
    skip_unsupported: bool,
    /// Replace files in the directory that no export wrote
    #[arg(long)]
    force: bool,
}

/// The patches of a Debian source package: the same, with the fields of DEP-3 in every header
///
/// Fields that a header lacks are filled from pq.toml and the patch: Origin, Forwarded, Last-Update. For example: pq export debian
/// debian/patches
#[derive(Debug, clap::Args)]
struct Debian {
    #[command(flatten)]
    series: Series,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let (flavor, series) = match args.to {
        To::Quilt(series) => (Flavor::Quilt, series),
        To::Debian(debian) => (Flavor::Debian, debian.series),
        To::Git(args) => return outgoing::export_git(args, ctx),
        To::Mbox(args) => return outgoing::export_mbox(args, ctx),
        To::Stgit(args) => return outgoing::export_stgit(args, ctx),
        To::Tar(args) => return outgoing::export_tar(args, ctx),
    };
    let options = ExportOptions {
        directory: ctx.cwd.join(series.directory),
        flavor,
        patches: series.only.chosen(),
        skip_unsupported: series.skip_unsupported,
        force: series.force,
    };
    ctx.emit(&export(&ctx.open(Access::Read)?, &options, ctx.watch())?)
}

impl Report for ExportReport {
    const KIND: &'static str = "export/1";

    fn human(&self, screen: &mut Screen) {
        let patches = plural(self.summary.total, "patch", "patches");
        screen.sentence(text![patches, " in ", &self.directory, ", for ", id(&self.base.release)]);
        if self.summary.original_headers > 0 {
            let headers = plural(self.summary.original_headers, "header", "headers");
            screen.line(text![headers, " as imported"]);
        }
        for patch in self.patches.iter().filter(|patch| patch.renamed) {
            screen.line(text![warn("renamed: "), name(&patch.name), " is ", &patch.file]);
        }
        for (patch, skipped) in self.patches.iter().flat_map(|patch| patch.skipped.iter().map(move |one| (patch, one)))
        {
            screen.line(text![warn("left out: "), name(&patch.name), ": ", &skipped.path, " (", skipped.why, ")"]);
        }
        match self.tree == self.queue_tree {
            true => screen.line(text![good("quilt push -a gives the queue's tree"), " (", self.tree, ")"]),
            false => screen.line(text![warn("without what was left out, quilt push -a gives the tree "), self.tree]),
        }
    }
}
