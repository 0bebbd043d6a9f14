//! The queue goes somewhere else: mails, a branch, an archive.

use std::path::PathBuf;

use bstr::BString;
use flate2::{Compression, GzBuilder};
use std::io::Write;

use super::error::ExchangeError;
use super::report::{OutgoingReport, OutgoingSummary, Outgone};
use crate::Result;
use crate::format::mailbox::{self, Numbering};
use crate::format::patchfile::PatchFile;
use crate::format::tar;
use crate::git::{Commit, Objects, RefEdit};
use crate::model::progress::Watch;
use crate::model::{Oid, PatchName};
use crate::ops::chosen::Chosen;
use crate::ops::error::OpError;
use crate::ops::quilt::{chosen, materialized};
use crate::ops::rebase::{Release, Tip};
use crate::ops::workbench::Workbench;
use crate::store::write_new;

/// What goes out, and where.
#[derive(Debug, Clone)]
pub struct OutgoingOptions {
    /// Only these patches, carried onto the base; without any, all.
    pub patches: Chosen,
    /// Where to.
    pub to: Destination,
    /// Whether something that is there already is replaced.
    pub force: bool,
}

/// Where patches go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A mailbox.
    Mailbox(PathBuf),
    /// A directory with a mail for each.
    Mails(PathBuf),
    /// An archive with the patch files and a series.
    Archive(PathBuf),
    /// A branch, by its full name.
    Branch(String),
}

impl Destination {
    fn word(&self) -> &'static str {
        match self {
            Destination::Mailbox(_) | Destination::Mails(_) => "mbox",
            Destination::Archive(_) => "tar",
            Destination::Branch(_) => "git",
        }
    }

    fn shown(&self) -> String {
        match self {
            Destination::Mailbox(path) | Destination::Mails(path) | Destination::Archive(path) => {
                path.display().to_string()
            }
            Destination::Branch(name) => name.clone(),
        }
    }
}

/// A queue, or a part of it, on the base.
pub(super) struct Outgoing {
    pub(super) base: Oid,
    pub(super) tip: Tip,
    pub(super) patches: Vec<Leaving>,
}

/// A patch that goes out.
pub(super) struct Leaving {
    pub(super) name: PatchName,
    pub(super) commit: Oid,
    pub(super) text: Vec<u8>,
    pub(super) file: PatchFile,
}

impl Outgoing {
    /// The patches that are meant.
    ///
    /// # Errors
    /// One of them is held, or does not apply without the others.
    pub(super) fn read(bench: &Workbench, objects: &mut Objects, only: &Chosen, watch: &dyn Watch) -> Result<Outgoing> {
        let chosen = chosen(bench, only)?;
        let (series, texts) = materialized(bench, objects, &chosen, watch)?;
        let rows = chosen.iter().zip(texts).zip(&series.commits);
        let patches: Result<Vec<Leaving>> = rows
            .map(|((patch, text), made)| {
                let bad = |source| OpError::BadPatch { patch: patch.name.clone(), source };
                let file = PatchFile::parse(&text).map_err(bad)?;
                Ok(Leaving { name: patch.name.clone(), commit: made.commit, text, file })
            })
            .collect();
        Ok(Outgoing {
            base: series.base,
            tip: Tip { commit: series.tip(), tree: series.tip_tree() },
            patches: patches?,
        })
    }

    pub(super) fn report(
        &self,
        bench: &Workbench,
        to: &'static str,
        target: String,
        files: Vec<BString>,
    ) -> OutgoingReport {
        let line = &bench.manifest().line;
        let rows = self.patches.iter().zip(files);
        let patches = rows.map(|(one, file)| Outgone { name: one.name.clone(), file, commit: one.commit });
        OutgoingReport {
            line: line.name.clone(),
            to,
            target,
            base: Release { release: line.base.clone(), commit: self.base },
            tree: self.tip.tree,
            tip: self.tip,
            summary: OutgoingSummary { total: self.patches.len() },
            patches: patches.collect(),
        }
    }
}

/// The mailbox of the queue.
///
/// # Errors
/// A patch is held.
pub fn mailbox(bench: &Workbench, patches: &Chosen, watch: &dyn Watch) -> Result<Vec<u8>> {
    let outgoing = Outgoing::read(bench, &mut bench.repo.objects(), patches, watch)?;
    Ok(mails(&outgoing).concat())
}

fn mails(outgoing: &Outgoing) -> Vec<Vec<u8>> {
    let total = outgoing.patches.len();
    let one = |(nth, one): (usize, &Leaving)| {
        mailbox::write(&one.name, one.commit, &one.file, Numbering { nth: nth + 1, total })
    };
    outgoing.patches.iter().enumerate().map(one).collect()
}

/// The archive of the queue, not packed.
///
/// # Errors
/// A patch is held.
pub fn archive(bench: &Workbench, patches: &Chosen, watch: &dyn Watch) -> Result<Vec<u8>> {
    let mut objects = bench.repo.objects();
    let outgoing = Outgoing::read(bench, &mut objects, patches, watch)?;
    tar_of(bench, &objects, &outgoing)
}

/// Writes the queue, or a part of it.
///
/// # Errors
/// A patch is held, or something is there already.
pub fn export_to(bench: &Workbench, options: &OutgoingOptions, watch: &dyn Watch) -> Result<OutgoingReport> {
    let mut objects = bench.repo.objects();
    let outgoing = Outgoing::read(bench, &mut objects, &options.patches, watch)?;
    let numbered = |suffix: &str| numbered(&outgoing, suffix);
    let files: Vec<BString> = match &options.to {
        Destination::Mailbox(path) => {
            write_new(path, &mails(&outgoing).concat(), options.force)?;
            numbered("")
        }
        Destination::Mails(directory) => {
            let names = numbered(".patch");
            for (name, mail) in names.iter().zip(mails(&outgoing)) {
                write_new(&directory.join(name.to_string()), &mail, options.force)?;
            }
            names
        }
        Destination::Archive(path) => {
            let bytes = tar_of(bench, &objects, &outgoing)?;
            let is_packed = path.extension().is_some_and(|suffix| suffix == "gz" || suffix == "tgz");
            write_new(path, &if is_packed { packed(&bytes) } else { bytes }, options.force)?;
            outgoing.patches.iter().map(|one| format!("{}.patch", one.name).into()).collect()
        }
        Destination::Branch(name) => {
            let edit = branch_edit(bench, name, outgoing.tip.commit, options.force)?;
            bench.repo.write_objects(&mut objects)?;
            bench.repo.update_refs(&edit.into_iter().collect::<Vec<_>>(), "export git")?;
            numbered("")
        }
    };
    Ok(outgoing.report(bench, options.to.word(), options.to.shown(), files))
}

/// `0001-NAME`, with as many digits as are needed.
fn numbered(outgoing: &Outgoing, suffix: &str) -> Vec<BString> {
    let digits = outgoing.patches.len().to_string().len().max(4);
    let name = |(at, one): (usize, &Leaving)| {
        format!("{:0digits$}-{}{suffix}", at + 1, one.name.as_str().replace('/', "-")).into()
    };
    outgoing.patches.iter().enumerate().map(name).collect()
}

/// The patch files as they are, and their order, in a directory that is named after the line. The time of all is that of the base.
fn tar_of(bench: &Workbench, objects: &Objects, outgoing: &Outgoing) -> Result<Vec<u8>> {
    let line = &bench.manifest().line;
    let file = |name: &str| format!("{}/{name}", line.name.replace('/', "-"));
    let mut series = format!("# This series applies on Git commit {}\n", outgoing.base);
    let mut files = Vec::new();
    for one in &outgoing.patches {
        series.push_str(&format!("{}.patch\n", one.name));
        files.push((file(&format!("{}.patch", one.name)), one.text.clone()));
    }
    files.insert(0, (file("series"), series.into_bytes()));
    let seconds = Commit::read(objects, outgoing.base)?.committer.seconds;
    Ok(tar::archive(&files, u64::try_from(seconds).unwrap_or(0)))
}

/// gzip, without a time: the same bytes every time.
fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut writer = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    let done = writer.write_all(bytes).and_then(|()| writer.finish());
    done.expect("a Vec takes everything")
}

/// Where a branch moves: only forward, unless it is forced, and never where somebody has it checked out.
pub(super) fn branch_edit(bench: &Workbench, name: &str, tip: Oid, force: bool) -> Result<Option<RefEdit>> {
    let branch = || name.trim_start_matches("refs/heads/").to_owned();
    if name == bench.branch_ref() {
        return Err(ExchangeError::OwnBranch(branch()).into());
    }
    let old = bench.repo.read_ref(name)?;
    if old == Some(tip) {
        return Ok(None);
    }
    if let Some(worktree) = bench.repo.worktrees_on(name)?.first() {
        return Err(ExchangeError::CheckedOut { branch: branch(), worktree: worktree.root().to_owned() }.into());
    }
    if let Some(old) = old.filter(|_| !force) {
        // What is not written yet cannot have anything that is.
        let is_behind = bench.repo.resolve(&tip.to_string()).is_ok() && bench.repo.merge_base(old, tip)? == Some(old);
        if !is_behind {
            return Err(ExchangeError::BranchTaken { branch: branch(), found: old }.into());
        }
    }
    Ok(Some(RefEdit { name: name.to_owned(), old, new: Some(tip) }))
}
