//! What is kept of a held patch: the trees that a three-way merge needs.

use std::collections::HashSet;

use bstr::BString;

use crate::Result;
use crate::format::diff::FileDiff;
use crate::format::patchfile::PatchFile;
use crate::git::apply::{Made, Stack};
use crate::git::{Change, Commit, Objects, Place, diff_trees};
use crate::model::{Held, Oid, Patch};
use crate::ops::materialize::Series;
use crate::ops::replay::{Fate, Replay, Step};
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
    /// From its commit. In a clone that does not have it, from the patch's text, the base, and the patches in front of it in `series`: those that
    /// changed its files are carried back to its base. Taken only if every file is the one that its text names. `None`: it has to be fetched.
    ///
    /// # Errors
    /// The repository fails.
    pub fn read(
        bench: &Workbench,
        objects: &mut Objects,
        series: &Series,
        patch: &Patch,
        held: &Held,
    ) -> Result<Option<Kept>> {
        let Ok(base) = Commit::read(objects, held.base_commit) else { return Ok(None) };
        if let Some((parent_tree, tree)) = trees(objects, held.commit) {
            return Ok(Some(Kept { commit: held.commit, parent_tree, tree, base_tree: base.tree }));
        }
        let Ok(file) = PatchFile::parse(bench.file(&patch.name)) else { return Ok(None) };
        let made = |objects: &mut Objects, front: Oid| {
            let made = Stack::new(objects, held.base_commit, front).push(&patch.name, &file);
            let made = made.ok().filter(|made| has_true_ids(made, &file));
            made.map(|made| Kept { commit: made.commit, parent_tree: front, tree: made.tree, base_tree: base.tree })
        };
        if let Some(made) = made(objects, base.tree) {
            return Ok(Some(made));
        }
        let front = Rebuilt { bench, series, held, base_tree: base.tree }.front(objects, patch, &file)?;
        Ok(made(objects, front))
    }
}

/// The old series in front of a held patch, as far as it can be made again.
struct Rebuilt<'a> {
    bench: &'a Workbench,
    series: &'a Series,
    held: &'a Held,
    base_tree: Oid,
}

impl Rebuilt<'_> {
    /// The tree after those patches in front that its files depend on.
    fn front(&self, objects: &mut Objects, patch: &Patch, file: &PatchFile) -> Result<Oid> {
        let mut tree = self.base_tree;
        for (at, other, text) in self.needed(patch, file) {
            let step = match &other.meta.held {
                Some(held) => self.of_held(objects, other, held, &text, tree),
                None => Some((self.series.parent_tree(at), self.series.commits[at].tree, self.series.base_tree)),
            };
            let Some((from, to, base)) = step else { continue };
            let changes = diff_trees(objects, from, to)?;
            let mut replay = Replay::new(objects, base, tree);
            // One that does not go there leaves a file that is not the one looked for: that is seen at the end.
            if let Fate::Carried(placed) = replay.carry(&Step { changes: &changes, sections: &[] })? {
                tree = placed.tree;
            }
        }
        Ok(tree)
    }

    /// The trees before and after a held patch, and of its base: kept, or by its text, which was made for the same series.
    fn of_held(
        &self,
        objects: &mut Objects,
        other: &Patch,
        held: &Held,
        text: &PatchFile,
        tree: Oid,
    ) -> Option<(Oid, Oid, Oid)> {
        if held.base_commit != self.held.base_commit {
            return None;
        }
        let known = trees(objects, held.commit);
        let by_text = |objects: &mut Objects| {
            let made = Stack::new(objects, held.base_commit, tree).push(&other.name, text).ok()?;
            Some((tree, made.tree))
        };
        let (from, to) = known.or_else(|| by_text(objects))?;
        Some((from, to, self.base_tree))
    }

    /// The patches in front that touch its files, or those of one that does; with their places among the ones that are applied.
    fn needed(&self, patch: &Patch, file: &PatchFile) -> Vec<(usize, &Patch, PatchFile)> {
        let patches = &self.bench.manifest().patches;
        let before = patches.iter().take_while(|other| other.name != patch.name);
        let mut at = 0;
        let mut front = Vec::new();
        for other in before {
            let Ok(text) = PatchFile::parse(self.bench.file(&other.name)) else { continue };
            front.push((at, other, text));
            at += usize::from(other.meta.held.is_none());
        }
        let mut wanted: HashSet<BString> = paths(file).cloned().collect();
        let mut needed: Vec<_> = Vec::new();
        for one in front.into_iter().rev() {
            if paths(&one.2).any(|path| wanted.contains(path)) {
                wanted.extend(paths(&one.2).cloned());
                needed.push(one);
            }
        }
        needed.reverse();
        needed
    }
}

fn paths(file: &PatchFile) -> impl Iterator<Item = &BString> {
    file.files.iter().flat_map(|section| [&section.old_path, &section.new_path]).flatten()
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
