//! Switching a worktree from one layout to another.
//!
//! Files first, one by one; then the index, as a whole, through its lock. A switch that was killed is finished by running it again: what is
//! as it was before, or as it should be, becomes as it should be; what is neither was written by a person since, and stays.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufWriter, Write};
use std::path::Path;

use bstr::{BStr, BString, ByteSlice};
use gix::index::entry::{Flags, Mode as IndexMode, Stage as IndexStage, Stat};

use serde::{Deserialize, Serialize};

use super::files::at;
use super::{Layout, Worktree, WorktreeError, shown};
use crate::git::changes::walk;
use crate::git::objects::{from_gix, to_gix};
use crate::git::{Entry, GitError, Objects, Tree};
use crate::model::{Mode, Oid};

/// What to do with entries of the index that are neither as before nor as they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Index {
    /// They stay: a person made them.
    #[default]
    Careful,
    /// They become as they should be: what they were has been saved.
    Replace,
}

/// A path that a switch is about.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Step {
    /// The file before.
    pub from: Option<Entry>,
    /// The file after.
    pub to: Option<Entry>,
}

/// What stands at a path of the worktree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Now {
    Before,
    After,
    /// A person wrote it.
    Else,
}

type Steps = BTreeMap<BString, Step>;

/// Stage and content of an entry of the index.
type Staged = (u8, u32, Oid);

impl Worktree {
    /// Makes files and index those of another layout, and says which paths a person has written since and were left alone.
    ///
    /// # Errors
    /// The index is locked, or the disk refuses. Then it can be run again.
    pub fn switch(
        &self,
        objects: &Objects,
        from: &Layout,
        to: &Layout,
        index: Index,
    ) -> Result<Vec<BString>, GitError> {
        let mut steps = steps(objects, from, to)?;
        if index == Index::Replace {
            let mut after = Tree::new(to.tree);
            for path in self.staged(to.tree)? {
                // The file is as it should be already, or it is among the steps.
                let entry = after.get(objects, path.as_ref())?.file();
                steps.entry(path).or_insert(Step { from: entry, to: entry });
            }
        }
        if steps.is_empty() {
            return Ok(Vec::new());
        }
        let lock = self.lock()?;
        let now = self.write_files(objects, to.tree, &steps)?;
        let mut file = self.index()?;
        let mut kept = self.write_entries(&mut file, (from, to), &steps, &now, index)?;
        file.remove_tree();
        file.remove_resolve_undo();
        self.commit_index(&file, lock)?;
        kept.extend(now.into_iter().filter(|(_, now)| *now == Now::Else).map(|(path, _)| path));
        kept.sort();
        kept.dedup();
        Ok(kept)
    }

    /// Takes away what a killed switch left: its locks of index and HEAD, if they are not older than `marker`, and temporary files.
    pub fn clean_up(&self, objects: &Objects, from: &Layout, to: &Layout, marker: &Path) -> Result<(), GitError> {
        let written = |path: &Path| fs_err::metadata(path).and_then(|meta| meta.modified()).ok();
        for lock in [self.repo.index_path().with_extension("lock"), self.repo.git_dir().join("HEAD.lock")] {
            if written(&lock).zip(written(marker)).is_some_and(|(lock, marker)| lock >= marker) {
                fs_err::remove_file(&lock).map_err(at(&lock))?;
            }
        }
        let files = self.files()?;
        steps(objects, from, to)?.keys().try_for_each(|path| files.clean(path.as_ref()))
    }

    /// An error if another process is at work on the index: a switch would stop there, with HEAD moved already.
    ///
    /// # Errors
    /// See above.
    pub fn check_unlocked(&self) -> Result<(), GitError> {
        // No lock is taken where there is none: a kill would leave it.
        match self.repo.index_path().with_extension("lock").exists() {
            true => self.lock().map(drop),
            false => Ok(()),
        }
    }

    fn lock(&self) -> Result<gix::lock::File, GitError> {
        let immediately = gix::lock::acquire::Fail::Immediately;
        let lock = gix::lock::File::acquire_to_update_resource(self.repo.index_path(), immediately, None, 0);
        let locked = |source| WorktreeError::Locked { worktree: self.root.clone(), source: Box::new(source) };
        Ok(lock.map_err(locked)?)
    }

    fn commit_index(&self, file: &gix::index::File, lock: gix::lock::File) -> Result<(), GitError> {
        let path = self.repo.index_path();
        let mut out = BufWriter::new(lock);
        file.write_to(&mut out, gix::index::write::Options::default()).map_err(GitError::gix("write the index"))?;
        out.flush().map_err(at(&path))?;
        let lock = out.into_inner().map_err(|error| at(&path)(error.into_error()))?;
        lock.commit().map_err(|error| at(&path)(error.error))?;
        Ok(())
    }

    /// Writes the files of a tree and deletes others, and says what stands at each path then.
    fn write_files(&self, objects: &Objects, tree: Oid, steps: &Steps) -> Result<HashMap<BString, Now>, GitError> {
        let mut files = self.files()?;
        let mut now = HashMap::new();
        for (path, step) in steps {
            let found = match () {
                () if files.is(path.as_ref(), step.to)? => Now::After,
                () if files.is(path.as_ref(), step.from)? => Now::Before,
                // The directory of a submodule may be missing.
                () if is_submodule(step.from) && files.is(path.as_ref(), None)? => Now::Before,
                () => Now::Else,
            };
            now.insert(path.clone(), found);
        }
        let open = |path: &BString| now[path] == Now::Before;
        for (path, _) in steps.iter().filter(|(path, step)| open(path) && step.to.is_none()) {
            files.remove(path.as_ref())?;
        }
        let mut filters = self.filters(objects, tree, steps.keys())?;
        let mut blocked = Vec::new();
        for (path, entry) in
            steps.iter().filter(|(path, _)| open(path)).filter_map(|(path, step)| Some((path, step.to?)))
        {
            if !files.put(&mut filters, objects, path.as_ref(), entry)? {
                blocked.push(path.clone());
            }
        }
        now.values_mut().filter(|now| **now == Now::Before).for_each(|now| *now = Now::After);
        now.extend(blocked.into_iter().map(|path| (path, Now::Else)));
        Ok(now)
    }

    /// Puts the entries of these paths into the index, and says which ones a person has changed.
    fn write_entries(
        &self,
        file: &mut gix::index::File,
        (from, to): (&Layout, &Layout),
        steps: &Steps,
        now: &HashMap<BString, Now>,
        index: Index,
    ) -> Result<Vec<BString>, GitError> {
        let mut present: HashMap<&BStr, Vec<Staged>> = HashMap::new();
        // What `git add -N` made has no content yet: it is no entry that could be lost.
        let is_there = |entry: &&gix::index::Entry| !entry.flags.contains(Flags::INTENT_TO_ADD);
        for entry in file.entries().iter().filter(is_there).filter(|entry| steps.contains_key(entry.path(file))) {
            let staged = (entry.stage_raw() as u8, entry.mode.bits(), from_gix(&entry.id));
            present.entry(entry.path(file)).or_default().push(staged);
        }
        let (mut kept, mut wanted) = (Vec::new(), BTreeMap::new());
        for (path, step) in steps {
            let (before, after) = (staged(from, path, step.from), staged(to, path, step.to));
            let found = present.get(path.as_bstr()).map(Vec::as_slice).unwrap_or_default();
            match index == Index::Replace || found == before || found == after {
                true => drop(wanted.insert(path.clone(), after)),
                false => kept.push(path.clone()),
            }
        }
        file.remove_entries(|_, path, _| wanted.contains_key(path));
        for (path, entries) in wanted {
            let is_there = now[&path] == Now::After && entries.len() == 1;
            let stat = if is_there { self.stat(path.as_ref())? } else { Stat::default() };
            for (stage, mode, id) in entries {
                let mode = IndexMode::from_bits_truncate(mode);
                let flags = Flags::from_stage(stage_of(stage));
                let stat = if stage == 0 { stat } else { Stat::default() };
                file.dangerously_push_entry(stat, to_gix(id), flags, mode, path.as_ref());
            }
        }
        file.sort_entries();
        Ok(kept)
    }

    /// What git remembers of a file, so that it need not read it again.
    fn stat(&self, path: &BStr) -> Result<Stat, GitError> {
        let meta = gix::index::fs::Metadata::from_path_no_follow(&self.place(path)?);
        Ok(meta.ok().and_then(|meta| Stat::from_fs(&meta).ok()).unwrap_or_default())
    }
}

/// Every path of which files or stages differ.
pub(super) fn steps(objects: &Objects, from: &Layout, to: &Layout) -> Result<Steps, GitError> {
    let mut steps = Steps::new();
    walk(objects, Some(from.tree), Some(to.tree), &mut |path, from, to| {
        steps.insert(path.to_owned(), Step { from, to });
    })?;
    if from.unmerged != to.unmerged {
        let (mut before, mut after) = (Tree::new(from.tree), Tree::new(to.tree));
        for stage in from
            .unmerged
            .iter()
            .chain(&to.unmerged)
            .filter(|stage| from.unmerged.contains(stage) != to.unmerged.contains(stage))
        {
            let path = stage.path.as_bstr();
            let step = Step { from: before.get(objects, path)?.file(), to: after.get(objects, path)?.file() };
            steps.insert(stage.path.clone(), step);
        }
    }
    match steps.keys().find(|path| crate::format::quote::check_path(path).is_err()) {
        Some(path) => Err(WorktreeError::BadPath { path: shown([path]).concat() }.into()),
        None => Ok(steps),
    }
}

/// The entries that a path has in the index of a layout.
fn staged(layout: &Layout, path: &BString, entry: Option<Entry>) -> Vec<Staged> {
    let stages = layout.unmerged.iter().filter(|stage| stage.path == *path);
    let mut stages: Vec<Staged> = stages.map(|it| (it.stage, bits(it.entry.mode), it.entry.id)).collect();
    stages.sort_unstable();
    if stages.is_empty() {
        stages.extend(entry.map(|entry| (0, bits(entry.mode), entry.id)));
    }
    stages
}

pub(super) fn bits(mode: Mode) -> u32 {
    u32::from_str_radix(mode.as_octal(), 8).expect("six octal digits")
}

fn is_submodule(entry: Option<Entry>) -> bool {
    entry.is_some_and(|entry| entry.mode == Mode::Submodule)
}

fn stage_of(stage: u8) -> IndexStage {
    match stage {
        1 => IndexStage::Base,
        2 => IndexStage::Ours,
        3 => IndexStage::Theirs,
        _ => IndexStage::Unconflicted,
    }
}
