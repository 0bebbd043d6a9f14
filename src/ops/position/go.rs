//! From one patch to another: push, pop and goto.

use std::path::PathBuf;

use bstr::ByteSlice;

use super::{Place, PositionError, PositionReport, Which, report, written};
use crate::Result;
use crate::format::quote::display;
use crate::git::renames::join;
use crate::git::worktree::{Head, Index, Layout};
use crate::git::{GitError, Objects, Worktree, diff_trees};
use crate::model::progress::Watch;
use crate::model::{Oid, PatchName};
use crate::ops::error::OpError;
use crate::ops::follow::{Follow, layout};
use crate::ops::materialize::Series;
use crate::ops::replay::{Fate, Replay, Step};
use crate::ops::resolve::Session;
use crate::ops::workbench::Workbench;
use crate::store::pending;

/// Where to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// To a patch: it is the last one that is applied.
    Patch(String),
    /// The same, which must be above.
    Up(String),
    /// The same, which must be below.
    Down(String),
    /// That many patches up.
    Push(usize),
    /// That many patches down.
    Pop(usize),
    /// To the base: nothing is applied.
    Base,
    /// To the end: everything is.
    End,
}

/// What to do with edits that are in no patch yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edits {
    /// Refuse to go.
    Refuse,
    /// Carry them along by a merge.
    Keep,
}

/// Moves a worktree.
///
/// # Errors
/// There is nothing to go to, or the worktree is not clean. Nothing was changed then.
pub fn go(
    bench: &Workbench,
    which: &Which,
    target: &Target,
    edits: Edits,
    watch: &dyn Watch,
) -> Result<PositionReport> {
    Session::refuse(bench)?;
    let mut objects = bench.repo.objects();
    let series = written(bench, &mut objects, watch)?;
    let worktree = which.open(bench)?;
    let from = Place::find(bench, &series, which).ok().map(|place| place.at);
    let at = goal(bench, &series, target, || Ok(Place::find(bench, &series, which)?.at))?;
    let head = worktree.head()?;
    let to = head_at(bench, &series, &worktree, at)?;
    let (mut follow, kept) = way(bench, &mut objects, &worktree, &head, series.parent_tree(at), edits)?;
    follow.head.1 = to.clone();
    switch(bench, &follow, "goto")?;
    let mut report = report(bench, worktree.root(), &to, at);
    report.from = from;
    report.kept = kept;
    Ok(report)
}

/// How many patches are applied at the target; `here` tells how many are now.
fn goal(bench: &Workbench, series: &Series, target: &Target, here: impl Fn() -> Result<usize>) -> Result<usize> {
    let end = series.commits.len();
    let place = |name: &str| -> Result<(usize, PatchName)> {
        let name = bench.patch(name)?.name.clone();
        let found = bench.manifest().applied().position(|patch| patch.name == name);
        Ok((found.map(|at| at + 1).ok_or_else(|| OpError::IsHeld(name.clone()))?, name))
    };
    let last = || bench.manifest().applied().last().map(|patch| patch.name.clone());
    Ok(match target {
        Target::Base if here().is_ok_and(|at| at == 0) => return Err(PositionError::AtStart.into()),
        Target::Base => 0,
        Target::End if here().is_ok_and(|at| at == end) => return Err(PositionError::AtEnd(last()).into()),
        Target::End => end,
        Target::Patch(name) => place(name)?.0,
        Target::Up(name) => match place(name)? {
            (at, name) if at <= here()? => return Err(PositionError::OtherWay { name, above: false }.into()),
            (at, _) => at,
        },
        Target::Down(name) => match place(name)? {
            (at, name) if at > here()? => return Err(PositionError::OtherWay { name, above: true }.into()),
            (at, _) => at,
        },
        Target::Push(_) if here()? == end => return Err(PositionError::AtEnd(last()).into()),
        Target::Push(n) if here()? + n > end => {
            return Err(PositionError::TooMany { asked: *n, there: end - here()?, above: true }.into());
        }
        Target::Push(n) => here()? + n,
        Target::Pop(_) if here()? == 0 => return Err(PositionError::AtStart.into()),
        Target::Pop(n) => {
            let there = here()?;
            there.checked_sub(*n).ok_or(PositionError::TooMany { asked: *n, there, above: false })?
        }
    })
}

/// What is checked out there: the branch at the end, if it is there and no other worktree has it.
fn head_at(bench: &Workbench, series: &Series, worktree: &Worktree, at: usize) -> Result<Head> {
    let commit = at.checked_sub(1).map_or(series.base, |top| series.commits[top].commit);
    let is_end = at == series.commits.len();
    let is_free = || -> Result<bool, GitError> {
        let users = bench.repo.worktrees_on(&bench.branch_ref())?;
        Ok(users.iter().all(|user| user.root() == worktree.root()))
    };
    let is_there = is_end && bench.repo.read_ref(&bench.branch_ref())? == Some(commit);
    Ok(if is_there && is_free()? { Head::Branch(bench.branch_ref()) } else { Head::Commit(commit) })
}

/// From what the worktree shows to a tree, and the paths of edits that are carried along.
fn way(
    bench: &Workbench,
    objects: &mut Objects,
    worktree: &Worktree,
    head: &Head,
    tree: Oid,
    edits: Edits,
) -> Result<(Follow, Vec<String>)> {
    let commit = match head {
        Head::Commit(id) => Some(*id),
        Head::Branch(name) => bench.repo.read_ref(name)?,
    };
    let mut from = layout(objects, commit)?;
    let (mut to, mut index, mut kept) = (Layout::of(tree), Index::Careful, Vec::new());
    match edits {
        Edits::Refuse => worktree.check_clean()?,
        Edits::Keep => {
            worktree.check_settled()?;
            let edited = worktree.files_tree(objects, from.tree)?;
            if edited != from.tree {
                (to.tree, kept) = carried(objects, worktree, from.tree, edited, tree)?;
                (from.tree, index) = (edited, Index::Replace);
                bench.repo.write_objects(objects)?;
            }
        }
    }
    worktree.check_switch(objects, &from, &to)?;
    let head = (head.clone(), head.clone());
    Ok((Follow { root: worktree.root().to_owned(), head, from, to, index }, kept))
}

/// Edits on another tree, and their paths.
fn carried(objects: &mut Objects, worktree: &Worktree, old: Oid, edited: Oid, new: Oid) -> Result<(Oid, Vec<String>)> {
    let changes = join(objects, diff_trees(objects, old, edited)?)?;
    let paths = changes.iter().map(|change| display(change.path().as_bstr())).collect();
    match Replay::new(objects, old, new).carry(&Step { changes: &changes, sections: &[] })? {
        Fate::Carried(placed) => Ok((placed.tree, paths)),
        Fate::Conflict(conflicts) => {
            let paths = conflicts.iter().map(|it| display(it.path.as_ref())).collect();
            Err(PositionError::EditsConflict { worktree: worktree.root().to_owned(), paths }.into())
        }
    }
}

/// Switches a worktree, so that a kill at any moment is made good by [`recover`].
fn switch(bench: &Workbench, follow: &Follow, why: &str) -> Result<()> {
    let text = serde_json::to_vec(follow).expect("plain values have a text");
    let marker = marker(bench);
    pending::write(&marker, &text)?;
    let done = follow.go(&bench.repo, &bench.repo.objects(), why);
    if done.is_ok() {
        pending::clear(&marker)?;
    }
    done
}

/// Finishes the switch that a killed process began. The caller holds the lock.
///
/// # Errors
/// The disk refuses.
pub fn recover(bench: &Workbench) -> Result<()> {
    let file = marker(bench);
    let Some(bytes) = pending::read(&file)? else { return Ok(()) };
    // Killed while it wrote the marker: nothing else had happened yet.
    if let Ok(follow) = serde_json::from_slice::<Follow>(&bytes) {
        follow.finish(&bench.repo, &file)?;
    }
    Ok(pending::clear(&file)?)
}

fn marker(bench: &Workbench) -> PathBuf {
    bench.state().directory.join("switch")
}
