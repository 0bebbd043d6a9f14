//! The queue before it is carried: every patch as the step that it makes on its own base.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bstr::BString;
use rayon::prelude::*;

use super::kept::Kept;
use crate::Result;
use crate::format::moves::Moves;
use crate::format::patchfile::PatchFile;
use crate::git::apply::Stack;
use crate::git::{Change, Objects, diff_trees};
use crate::model::progress::Watch;
use crate::model::{Oid, Patch};
use crate::ops::breaks;
use crate::ops::error::OpError;
use crate::ops::materialize::{Series, materialize};
use crate::ops::replay::{Replay, Step};
use crate::ops::workbench::Workbench;

/// A patch of the old series as the step that it makes there.
#[derive(Debug, Clone)]
pub struct OldStep<'a> {
    /// Which.
    pub patch: &'a Patch,
    /// Its commit on its own base: the line's, or an older one if it is held.
    pub commit: Oid,
    /// What it changes there.
    pub changes: Vec<Change>,
    /// Its text.
    pub file: PatchFile,
    /// The base of the queue that its text was made for.
    pub base: (String, Oid),
    /// That base's tree.
    pub base_tree: Oid,
    /// The commit as pq.toml names it: another one where it was made again, in a clone that lacks it.
    pub named: Oid,
}

impl OldStep<'_> {
    /// As the replay takes it.
    pub fn step(&self) -> Step<'_> {
        Step { changes: &self.changes, sections: &self.file.files }
    }

    /// The same with its files at other places.
    pub(super) fn at(&self, changes: Option<&[Change]>) -> Cow<'_, Self> {
        let Some(changes) = changes else { return Cow::Borrowed(self) };
        Cow::Owned(OldStep { changes: changes.to_vec(), ..self.clone() })
    }

    /// As the search for what broke it takes it.
    pub fn suspect(&self) -> breaks::Suspect<'_> {
        breaks::Suspect { step: self.step(), base_tree: self.base_tree }
    }
}

/// The queue on its old base: the same whatever it is carried to.
pub struct OldQueue<'a> {
    /// Its commits.
    pub series: Series,
    /// Every patch, the held ones too.
    pub steps: Vec<OldStep<'a>>,
}

impl<'a> OldQueue<'a> {
    /// From the files.
    pub fn read(bench: &'a Workbench, objects: &mut Objects, watch: &dyn Watch) -> Result<OldQueue<'a>> {
        let series = materialize(bench, objects, watch)?;
        OldQueue::of(bench, objects, series)
    }

    /// From its commits. `objects` knows them.
    pub fn of(bench: &'a Workbench, objects: &mut Objects, series: Series) -> Result<OldQueue<'a>> {
        let steps = old_steps(bench, objects, &series)?;
        Ok(OldQueue { series, steps })
    }
}

/// Every patch as a step; the held ones on the base that their text was made for.
fn old_steps<'a>(bench: &'a Workbench, objects: &mut Objects, series: &Series) -> Result<Vec<OldStep<'a>>> {
    let line = &bench.manifest().line;
    let mut position = 0;
    let mut places = Vec::new();
    for patch in &bench.manifest().patches {
        places.push(match &patch.meta.held {
            Some(held) => {
                let missing = || OpError::HeldCommitMissing { patch: patch.name.clone(), commit: held.commit };
                let kept = Kept::read(bench, objects, series, patch, held)?.ok_or_else(missing)?;
                let (trees, base) = ((kept.parent_tree, kept.tree), (held.base.clone(), held.base_commit));
                (patch, (kept.commit, held.commit), trees, base, kept.base_tree, series.parent_tree(position))
            }
            None => {
                let (made, parent) = (&series.commits[position], series.parent_tree(position));
                position += 1;
                let base = (line.base.clone(), line.base_commit);
                (patch, (made.commit, made.commit), (parent, made.tree), base, series.base_tree, parent)
            }
        });
    }
    // Trees of files that were edited by hand are not in the repository yet.
    let fresh = objects.snapshot();
    let moves = Moves::stated(&bench.manifest().moved);
    let steps: Result<Vec<OldStep<'a>>> = places
        .into_par_iter()
        .map_init(
            || bench.repo.objects_over(&fresh),
            |reader, (patch, (commit, named), (parent_tree, tree), base, base_tree, target)| {
                let bytes = bench.file(&patch.name);
                let bad = |source| OpError::BadPatch { patch: patch.name.clone(), source };
                let file = PatchFile::parse(bytes).map_err(bad)?;
                let mut changes = with_renames(diff_trees(reader, parent_tree, tree)?, &file);
                if patch.meta.held.is_some() {
                    check_held_text(reader, patch, &file, parent_tree, tree)?;
                    // Whoever settles it works with the files where the line has them.
                    let step = Step { changes: &changes, sections: &[] };
                    let moved = Replay::new(reader, base_tree, target).with_moves(&moves).elsewhere(&step)?;
                    changes = moved.unwrap_or(changes);
                }
                Ok(OldStep { patch, commit, changes, file, base, base_tree, named })
            },
        )
        .collect();
    steps
}

/// A held patch is carried from the trees that were kept for it: its file must still say the same.
fn check_held_text(objects: &mut Objects, patch: &Patch, file: &PatchFile, parent: Oid, tree: Oid) -> Result<()> {
    let changed = || OpError::HeldTextChanged(patch.name.clone());
    let commit = patch.meta.held.as_ref().map_or(parent, |held| held.commit);
    let made = Stack::new(objects, commit, parent).push(&patch.name, file).map_err(|_| changed())?;
    if made.tree == tree { Ok(()) } else { Err(changed().into()) }
}

/// Joins the deletions and additions that the patch's own text calls renames and copies.
fn with_renames(changes: Vec<Change>, file: &PatchFile) -> Vec<Change> {
    let moves = file.files.iter().filter(|section| section.old_path.is_some() && section.new_path.is_some());
    let moves: Vec<_> = moves.filter(|section| section.old_path != section.new_path && !section.is_copy()).collect();
    if moves.is_empty() {
        return changes;
    }
    let mut by_old: BTreeMap<BString, Change> = BTreeMap::new();
    let mut rest = Vec::new();
    for change in changes {
        match (&change.old, &change.new) {
            (Some(old), None) if moves.iter().any(|section| section.old_path.as_ref() == Some(&old.path)) => {
                by_old.insert(old.path.clone(), change);
            }
            _ => rest.push(change),
        }
    }
    for change in &mut rest {
        let target = change.new.as_ref().map(|new| &new.path);
        let section = moves.iter().find(|section| change.old.is_none() && section.new_path.as_ref() == target);
        if let Some(source) = section.and_then(|section| section.old_path.as_ref()).and_then(|old| by_old.remove(old)) {
            change.old = source.old;
        }
    }
    rest.extend(by_old.into_values());
    rest
}
