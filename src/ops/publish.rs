//! The line's branch: moved only from where pq left it, and never under a person's feet.

use std::path::Path;

use super::error::OpError;
use super::materialize::Series;
use super::transaction;
use super::workbench::Workbench;
use crate::Result;
use crate::git::Worktree;
use crate::model::Oid;

/// What the branch points at, if it may be moved: it does not exist, pq put it there, or it is at a commit of the queue as it is.
pub fn expected_branch(bench: &Workbench, base: Oid, commits: &[Oid]) -> Result<Option<Oid>> {
    expected_branch_but(bench, base, commits, None)
}

/// The same; the worktree in `excused` may have files that are not committed.
pub fn expected_branch_but(
    bench: &Workbench,
    base: Oid,
    commits: &[Oid],
    excused: Option<&Path>,
) -> Result<Option<Oid>> {
    let worktrees = bench.repo.worktrees_on(&bench.branch_ref())?;
    let mut others = worktrees.iter().filter(|worktree| Some(worktree.root()) != excused);
    others.try_for_each(ready)?;
    let name = bench.branch_ref();
    let Some(found) = bench.repo.read_ref(&name)? else { return Ok(None) };
    if found == base || commits.contains(&found) || last_published(bench)? == Some(found) {
        return Ok(Some(found));
    }
    Err(OpError::ForeignBranch { branch: bench.manifest().line.branch.clone(), found }.into())
}

/// An error if a worktree has the branch checked out and cannot follow it: files that are not committed, a merge that is half done.
pub fn movable(bench: &Workbench) -> Result<()> {
    let worktrees = bench.repo.worktrees_on(&bench.branch_ref())?;
    worktrees.iter().try_for_each(ready)
}

/// An error if a worktree cannot be switched: it would be found out with the queue written already.
fn ready(worktree: &Worktree) -> Result<()> {
    worktree.check_clean()?;
    Ok(worktree.check_unlocked()?)
}

/// Whether a person moved the branch there: it is not the end of the queue, and not where pq left it. (Where pq left it, it is the queue's files
/// that were changed.)
///
/// # Errors
/// The log cannot be read.
pub fn is_foreign(bench: &Workbench, series: &Series, found: Oid) -> Result<bool> {
    Ok(found != series.tip() && last_published(bench)? != Some(found))
}

/// Where the log says that pq left the branch.
fn last_published(bench: &Workbench) -> Result<Option<Oid>> {
    let name = bench.branch_ref();
    let log = transaction::log(bench, &bench.repo.objects())?;
    let moved = log.iter().flat_map(|operation| operation.record.refs.iter().rev()).find(|edit| edit.name == name);
    Ok(moved.and_then(|edit| edit.new))
}
