//! Worktrees that go along when a branch moves.
//!
//! A worktree that has the branch checked out, with nothing in it that is not committed, shows the new tip afterwards. Any other stands in the
//! way of the move, before anything is written.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::git::worktree::{Head, Index, Layout};
use crate::git::{Commit, GitError, Kind, Objects, RefEdit, Repo, Worktree};
use crate::model::Oid;

/// A worktree that is switched. Part of the marker of an operation, so that it can be finished after a kill.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Follow {
    /// Its directory.
    pub root: PathBuf,
    /// What it has checked out before and after.
    pub head: (Head, Head),
    /// What it shows before.
    pub from: Layout,
    /// What it shows after.
    pub to: Layout,
    /// What becomes of entries of the index that a person has made since.
    #[serde(default)]
    pub index: Index,
}

/// The worktrees that have a branch checked out which moves, checked; without those whose way is known.
///
/// # Errors
/// One of them cannot go along: nothing is written then.
pub fn all(repo: &Repo, objects: &mut Objects, refs: &[RefEdit], known: &[Follow]) -> Result<Vec<Follow>> {
    let mut follows = Vec::new();
    for edit in refs.iter().filter(|edit| edit.name.starts_with("refs/heads/") && edit.old != edit.new) {
        let is_open = |worktree: &Worktree| known.iter().all(|follow| follow.root != worktree.root());
        for worktree in repo.worktrees_on(&edit.name)?.into_iter().filter(is_open) {
            follows.push(one(&worktree, objects, edit)?);
        }
    }
    Ok(follows)
}

fn one(worktree: &Worktree, objects: &mut Objects, edit: &RefEdit) -> Result<Follow> {
    let Some(new) = edit.new else {
        let branch = edit.name.trim_start_matches("refs/heads/").to_owned();
        return Err(GitError::CheckedOut { branch, worktree: worktree.root().to_owned() }.into());
    };
    worktree.check_clean()?;
    let from = layout(objects, edit.old)?;
    let to = layout(objects, Some(new))?;
    worktree.check_switch(objects, &from, &to)?;
    let head = Head::Branch(edit.name.clone());
    Ok(Follow { root: worktree.root().to_owned(), head: (head.clone(), head), from, to, index: Index::Careful })
}

/// What a commit shows; nothing where there is none yet.
pub fn layout(objects: &mut Objects, commit: Option<Oid>) -> Result<Layout> {
    Ok(Layout::of(match commit {
        Some(commit) => Commit::read(objects, commit)?.tree,
        None => objects.write(Kind::Tree, Vec::new()),
    }))
}

impl Follow {
    /// Switches the worktree.
    ///
    /// # Errors
    /// The disk refuses, or another process works there. The marker stays then, and the next command goes on.
    pub fn go(&self, repo: &Repo, objects: &Objects, why: &str) -> Result<()> {
        let worktree = repo.worktree_at(&self.root)?;
        if self.head.0 != self.head.1 && worktree.head()? == self.head.0 {
            worktree.set_head(&self.head.0, &self.head.1, why)?;
        }
        worktree.switch(objects, &self.from, &self.to, self.index)?;
        Ok(())
    }

    /// Goes on after a kill, unless the worktree is gone or a person has checked out something else since.
    ///
    /// # Errors
    /// As [`Follow::go`].
    pub fn finish(&self, repo: &Repo, marker: &Path) -> Result<()> {
        let Ok(worktree) = repo.worktree_at(&self.root) else { return Ok(()) };
        let head = worktree.head()?;
        if head != self.head.0 && head != self.head.1 {
            return Ok(());
        }
        let objects = repo.objects();
        worktree.clean_up(&objects, &self.from, &self.to, marker)?;
        self.go(repo, &objects, "recover")
    }
}
