//! Worktrees that stand at a patch while the queue goes back or forth along its log.

use std::collections::BTreeMap;

use bstr::ByteSlice;

use super::{Ways, names};
use crate::Result;
use crate::format::manifest::Document;
use crate::git::Objects;
use crate::model::{PatchName, Silent};
use crate::ops::follow::Follow;
use crate::ops::materialize::{Files, Series, materialize, materialize_on};
use crate::ops::rebase::Tip;
use crate::ops::workbench::Workbench;

/// The commits of the queue as it is, if a worktree may stand at one of them. Those that do have no edits.
///
/// # Errors
/// One of them has edits that are in no patch.
pub fn standing(bench: &Workbench, objects: &mut Objects) -> Result<Option<Series>> {
    if bench.repo.detached_worktrees()?.is_empty() {
        return Ok(None);
    }
    // Undo also mends a patch that somebody damaged. Nothing stands at a commit of such a queue: it has none.
    let Ok(series) = materialize(bench, objects, &Silent) else { return Ok(None) };
    movable(bench, &series)?;
    Ok(Some(series))
}

/// An error if a worktree stands at one of these commits and has edits that are in no patch.
///
/// # Errors
/// See above.
pub fn movable(bench: &Workbench, series: &Series) -> Result<()> {
    for (worktree, id) in bench.repo.detached_worktrees()? {
        if series.commits.iter().any(|made| made.commit == id) {
            worktree.check_clean()?;
        }
    }
    Ok(())
}

/// The ways of the worktrees that stand at a patch of `old` to where it is in a queue of these files.
///
/// # Errors
/// Something is in the way of one of them.
pub fn travels(
    bench: &Workbench,
    objects: &mut Objects,
    old: &Series,
    files: &BTreeMap<String, Vec<u8>>,
) -> Result<Vec<Follow>> {
    // The queue may have been no better then: its files come back all the same, and worktrees stay.
    let Some((applied, new)) = series_of(bench, objects, files) else { return Ok(Vec::new()) };
    between(bench, objects, old, &new, &applied)
}

/// The ways of the worktrees that stand at a patch of `old` to where it is in `new`, the patches of which are `applied`.
///
/// # Errors
/// One of them has edits that are in no patch, or something is in its way.
pub fn between(
    bench: &Workbench,
    objects: &mut Objects,
    old: &Series,
    new: &Series,
    applied: &[PatchName],
) -> Result<Vec<Follow>> {
    let commits = applied.iter().zip(new.commits.iter().map(|made| (made.commit, made.tree))).collect();
    let base = (new.base, new.base_tree);
    let tip = Tip { commit: new.tip(), tree: new.tip_tree() };
    let ways = Ways { bench, old, names: &names(bench), commits: &commits, base, tip };
    ways.follow(objects, None, None)
}

/// The patches of a queue that are not held, and their commits.
fn series_of(
    bench: &Workbench,
    objects: &mut Objects,
    files: &BTreeMap<String, Vec<u8>>,
) -> Option<(Vec<PatchName>, Series)> {
    let text = files.get("pq.toml")?.to_str().ok()?;
    let document = Document::parse(text, "pq.toml", bench.dir.workspace()).ok()?;
    let applied: Vec<PatchName> = document.manifest().applied().map(|patch| patch.name.clone()).collect();
    let bytes = applied.iter().map(|name| files.get(&name.file()).map(Vec::as_slice)).collect::<Option<_>>()?;
    let files = Files { names: applied.iter().collect(), bytes };
    let series = materialize_on(bench, objects, document.manifest().line.base_commit, &files, &Silent).ok()?;
    Some((applied, series))
}
