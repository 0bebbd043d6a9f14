//! What is kept of a held patch: the trees that a three-way merge needs.

use crate::Result;
use crate::format::diff::FileDiff;
use crate::format::patchfile::PatchFile;
use crate::git::apply::{Made, Stack};
use crate::git::{Change, Commit, Objects, Place};
use crate::model::{Held, Oid, Patch};
use crate::ops::workbench::Workbench;

/// A held patch on its old base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Its commit.
    pub commit: Oid,
    /// The tree in front of it.
    pub parent_tree: Oid,
    /// Its tree.
    pub tree: Oid,
    /// The tree of the base.
    pub base_tree: Oid,
}

impl Kept {
    /// From its commit. In a clone that does not have it, from the patch's text and the base alone, if the text starts from files of the base
    /// that no patch in front of it had changed. `None`: it has to be fetched.
    ///
    /// # Errors
    /// The repository fails.
    pub fn read(bench: &Workbench, objects: &mut Objects, patch: &Patch, held: &Held) -> Result<Option<Kept>> {
        let Ok(base) = Commit::read(objects, held.base_commit) else { return Ok(None) };
        if let Some((parent_tree, tree)) = trees(objects, held.commit) {
            return Ok(Some(Kept { commit: held.commit, parent_tree, tree, base_tree: base.tree }));
        }
        let Ok(file) = PatchFile::parse(bench.file(&patch.name)) else { return Ok(None) };
        let made = Stack::new(objects, held.base_commit, base.tree).push(&patch.name, &file);
        let made = made.ok().filter(|made| has_true_ids(made, &file));
        Ok(made.map(|made| Kept { commit: made.commit, parent_tree: base.tree, tree: made.tree, base_tree: base.tree }))
    }
}

fn trees(objects: &Objects, commit: Oid) -> Option<(Oid, Oid)> {
    let commit = Commit::read(objects, commit).ok()?;
    let parent = Commit::read(objects, *commit.parents.first()?).ok()?;
    (objects.has(parent.tree) && objects.has(commit.tree)).then_some((parent.tree, commit.tree))
}

/// Whether every file before and after is the one that the text names. Where it names none, that the lines fit has to do.
pub fn has_true_ids(made: &Made, file: &PatchFile) -> bool {
    let is_true = |(change, section): (&Change, &FileDiff)| {
        is(&section.old_id, change.old.as_ref()) && is(&section.new_id, change.new.as_ref())
    };
    made.changes.iter().zip(&file.files).all(is_true)
}

fn is(stated: &Option<bstr::BString>, place: Option<&Place>) -> bool {
    match (stated, place) {
        (Some(stated), Some(place)) => place.entry.id.to_string().as_bytes().starts_with(&stated.to_ascii_lowercase()),
        _ => true,
    }
}
