//! Where a worktree stands in the queue: at some patch, or at none.
//!
//! A position is nothing but the commit that HEAD is at: the commits of a queue are a pure function of its files, so which patch is the last
//! one below HEAD can always be read off. At the end of the queue HEAD is on the line's branch, elsewhere at a commit.

mod error;
mod go;
mod travel;
mod ways;

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::materialize::{Series, materialize};
use super::workbench::Workbench;
use crate::Result;
use crate::git::worktree::Head;
use crate::git::{Objects, Worktree};
use crate::model::PatchName;
use crate::model::progress::Watch;
pub use error::PositionError;
pub use go::{Edits, Target, go, recover};
pub use travel::{between, movable, standing, travels};
pub use ways::{Standing, Ways};

/// Which worktree is meant.
#[derive(Debug, Clone)]
pub struct Which {
    /// The directory that the command was started in: its worktree, if it is one of the upstream repository; else the main one.
    pub here: PathBuf,
    /// A worktree that was named.
    pub named: Option<PathBuf>,
}

impl Which {
    /// The worktree.
    ///
    /// # Errors
    /// There is none, or the directory that was named is of another repository.
    pub fn open(&self, bench: &Workbench) -> Result<Worktree> {
        if let Some(directory) = &self.named {
            return Ok(bench.repo.worktree_at(directory)?);
        }
        let found = match bench.repo.worktree_at(&self.here) {
            Ok(found) => Some(found),
            Err(_) => bench.repo.main_worktree()?,
        };
        Ok(found.ok_or_else(|| PositionError::NoWorktree(bench.repo.common_dir()))?)
    }
}

/// A worktree in the queue.
pub struct Place {
    /// The worktree.
    pub worktree: Worktree,
    /// What is checked out there.
    pub head: Head,
    /// How many of the patches that are not held are below HEAD.
    pub at: usize,
}

impl Place {
    /// Where the worktree stands.
    ///
    /// # Errors
    /// HEAD is at no commit of the queue.
    pub fn find(bench: &Workbench, series: &Series, which: &Which) -> Result<Place> {
        let worktree = which.open(bench)?;
        let head = worktree.head()?;
        let commit = match &head {
            Head::Commit(id) => Some(*id),
            Head::Branch(name) => bench.repo.read_ref(name)?,
        };
        let is_ours = |name: &String| *name == bench.branch_ref();
        let place = commit.and_then(|id| match () {
            () if id == series.base => Some(0),
            () => series.commits.iter().position(|made| made.commit == id).map(|at| at + 1),
        });
        // Another branch may well be at the base or a patch: moving it would not be ours.
        let is_meant = match &head {
            Head::Branch(name) => is_ours(name),
            Head::Commit(_) => true,
        };
        match place.filter(|_| is_meant) {
            Some(at) => Ok(Place { worktree, head, at }),
            None => Err(PositionError::elsewhere(bench, &worktree, &head, commit).into()),
        }
    }
}

/// Where a worktree stands. Its fields are those of `position/1`.
#[derive(Debug, Clone, Serialize)]
pub struct PositionReport {
    /// The line.
    pub line: String,
    /// The worktree's directory.
    pub worktree: String,
    /// How many patches are applied there.
    pub at: usize,
    /// The last one that is.
    pub top: Option<PatchName>,
    /// The one before it.
    pub previous: Option<PatchName>,
    /// The first one that is not.
    pub next: Option<PatchName>,
    /// Those that are, in order.
    pub applied: Vec<PatchName>,
    /// Those that are not, in order. Held ones are neither.
    pub unapplied: Vec<PatchName>,
    /// The line's branch, if it is checked out.
    pub branch: Option<String>,
    /// Where it stood before, if it was moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<usize>,
    /// Paths with edits that were carried along; they are in the index.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<String>,
}

/// Where the worktree stands.
///
/// # Errors
/// HEAD is at no commit of the queue.
pub fn position(bench: &Workbench, which: &Which, watch: &dyn Watch) -> Result<PositionReport> {
    let mut objects = bench.repo.objects();
    let series = materialize(bench, &mut objects, watch)?;
    let place = Place::find(bench, &series, which)?;
    Ok(report(bench, place.worktree.root(), &place.head, place.at))
}

fn report(bench: &Workbench, worktree: &Path, head: &Head, at: usize) -> PositionReport {
    let names: Vec<PatchName> = names(bench);
    let branch = matches!(head, Head::Branch(_)).then(|| bench.manifest().line.branch.clone());
    PositionReport {
        line: bench.manifest().line.name.clone(),
        worktree: worktree.display().to_string(),
        at,
        top: at.checked_sub(1).map(|top| names[top].clone()),
        previous: at.checked_sub(2).map(|before| names[before].clone()),
        next: names.get(at).cloned(),
        applied: names[..at].to_vec(),
        unapplied: names[at..].to_vec(),
        branch,
        from: None,
        kept: Vec::new(),
    }
}

/// The patches that a worktree can stand at.
pub fn names(bench: &Workbench) -> Vec<PatchName> {
    bench.manifest().applied().map(|patch| patch.name.clone()).collect()
}

/// The commits of the queue, written: a worktree can be moved there.
fn written(bench: &Workbench, objects: &mut Objects, watch: &dyn Watch) -> Result<Series> {
    let series = materialize(bench, objects, watch)?;
    bench.repo.write_objects(objects)?;
    Ok(series)
}
