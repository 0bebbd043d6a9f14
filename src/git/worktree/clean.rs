//! What stands against switching a worktree.

use std::collections::BTreeSet;
use std::path::Path;

use bstr::{BStr, BString, ByteSlice};
use gix::index::entry::Flags;
use gix::status::UntrackedFiles;

use super::switch::steps;
use super::{Layout, Worktree, WorktreeError, shown};
use crate::git::objects::to_gix;
use crate::git::{Entry, GitError, Objects};
use crate::model::{Mode, Oid};

impl Worktree {
    /// An error unless the files that git knows are those of the commit that is checked out, and nothing is half done. Files that git does
    /// not know do not count here.
    ///
    /// # Errors
    /// See above: each says what to do.
    pub fn check_clean(&self) -> Result<(), GitError> {
        let tree = self.repo.head_tree_id_or_empty().map_err(GitError::gix("read HEAD"))?;
        self.check_settled()?;
        let mut paths = self.staged(crate::git::objects::from_gix(&tree))?;
        paths.extend(self.unstaged()?);
        self.dirty(paths)
    }

    /// An error if something is half done in the worktree, or if it is of a kind that pq does not switch.
    pub fn check_settled(&self) -> Result<(), GitError> {
        if let Some(what) = self.repo.state().map(words) {
            return Err(WorktreeError::Busy { worktree: self.root.clone(), what }.into());
        }
        let index = self.index()?;
        let skips = |entry: &gix::index::Entry| entry.flags.contains(Flags::SKIP_WORKTREE) || entry.mode.is_sparse();
        match index.entries().iter().any(skips) {
            true => Err(WorktreeError::Sparse { worktree: self.root.clone() }.into()),
            false => Ok(()),
        }
    }

    /// An error that names these paths, if there are any.
    pub(super) fn dirty(&self, paths: BTreeSet<BString>) -> Result<(), GitError> {
        match paths.is_empty() {
            true => Ok(()),
            false => Err(WorktreeError::Dirty { worktree: self.root.clone(), paths: shown(paths) }.into()),
        }
    }

    /// The paths of which the index has something else than a tree.
    pub fn staged(&self, tree: Oid) -> Result<BTreeSet<BString>, GitError> {
        type Row = (BString, u32, u32, gix::ObjectId);
        let index = self.index()?;
        let rows = |file: &gix::index::File| -> BTreeSet<Row> {
            let row = |entry: &gix::index::Entry| {
                (entry.path(file).to_owned(), entry.stage_raw(), entry.mode.bits(), entry.id)
            };
            file.entries().iter().map(row).collect()
        };
        let wanted = self.repo.index_from_tree(&to_gix(tree)).map_err(GitError::gix("read a tree"))?;
        let (found, wanted) = (rows(&index), rows(&wanted));
        Ok(found.symmetric_difference(&wanted).map(|(path, ..)| path.clone()).collect())
    }

    /// The paths of which the files differ from the index. Submodules are not looked into.
    pub fn unstaged(&self) -> Result<BTreeSet<BString>, GitError> {
        let compare = || -> gix::Result<BTreeSet<BString>> {
            let status = self.repo.status(gix::progress::Discard)?;
            let status = status.untracked_files(UntrackedFiles::None).index_worktree_submodules(None);
            let mut paths = BTreeSet::new();
            for item in status.into_index_worktree_iter(None)? {
                let item = item?;
                if item.summary().is_some() {
                    paths.insert(item.rela_path().to_owned());
                }
            }
            Ok(paths)
        };
        compare().map_err(GitError::gix("compare a worktree with its index"))
    }

    /// An error if switching from a layout that is there, clean, to another one would overwrite what git does not know, or cannot be done: a file has
    /// to be converted, and that fails.
    ///
    /// # Errors
    /// See above.
    pub fn check_switch(&self, objects: &Objects, from: &Layout, to: &Layout) -> Result<(), GitError> {
        let steps = steps(objects, from, to)?;
        let index = self.index()?;
        let mut files = self.files()?;
        let mut in_the_way = BTreeSet::new();
        for (path, step) in &steps {
            let Some(entry) = step.to else { continue };
            let obstacles = self.obstacles(&index, path.as_ref(), entry)?;
            if !obstacles.is_empty() && !files.is(path.as_ref(), Some(entry))? {
                in_the_way.extend(obstacles);
            }
        }
        if !in_the_way.is_empty() {
            return Err(WorktreeError::InTheWay { worktree: self.root.clone(), paths: shown(in_the_way) }.into());
        }
        let mut filters = self.filters(objects, to.tree, steps.keys())?;
        let written =
            steps.iter().filter_map(|(path, step)| Some((path, step.to.filter(|entry| entry.mode.is_file())?)));
        for (path, entry) in
            written.filter(|(path, _)| steps[*path].from.map(|from| from.id) != steps[*path].to.map(|to| to.id))
        {
            filters.check(path.as_ref(), entry.id)?;
        }
        Ok(())
    }

    /// The files that git does not know and that are in the way of a file at `path`: there, above it or below it.
    fn obstacles(&self, index: &gix::index::File, path: &BStr, entry: Entry) -> Result<Vec<BString>, GitError> {
        let is_known = |path: &BStr| index.entry_by_path(path).is_some() || index.entry_range(path).is_some();
        for slash in path.find_iter("/").chain([path.len()]) {
            let part = path[..slash].as_bstr();
            let Ok(meta) = fs_err::symlink_metadata(self.place(part)?) else { return Ok(Vec::new()) };
            match meta.is_dir() {
                true if slash < path.len() || entry.mode == Mode::Submodule => {}
                true => {
                    let mut files = Vec::new();
                    files_below(&self.place(part)?, part, &mut files);
                    files.retain(|file| !is_known(file.as_ref()));
                    return Ok(files);
                }
                // What git knows goes away first.
                false if is_known(part) => return Ok(Vec::new()),
                false => return Ok(vec![part.to_owned()]),
            }
        }
        Ok(Vec::new())
    }
}

/// Every file below a directory, by its path in the worktree. Symlinks are files.
fn files_below(directory: &Path, path: &BStr, found: &mut Vec<BString>) {
    for entry in fs_err::read_dir(directory).into_iter().flatten().flatten() {
        let mut below = path.to_owned();
        below.push(b'/');
        below.extend_from_slice(entry.file_name().as_encoded_bytes());
        match entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            true => files_below(&entry.path(), below.as_ref(), found),
            false => found.push(below),
        }
    }
}

fn words(state: gix::state::InProgress) -> &'static str {
    use gix::state::InProgress;
    match state {
        InProgress::ApplyMailbox | InProgress::ApplyMailboxRebase => "`git am`",
        InProgress::Bisect => "`git bisect`",
        InProgress::CherryPick | InProgress::CherryPickSequence => "`git cherry-pick`",
        InProgress::Merge => "`git merge`",
        InProgress::Rebase | InProgress::RebaseInteractive => "`git rebase`",
        InProgress::Revert | InProgress::RevertSequence => "`git revert`",
    }
}
