//! Where worktrees that show a patch of the queue go when the queue changes.

use std::collections::BTreeMap;

use crate::Result;
use crate::git::worktree::{Head, Index, Layout};
use crate::git::{Objects, Worktree};
use crate::model::{Oid, PatchName};
use crate::ops::follow::Follow;
use crate::ops::materialize::Series;
use crate::ops::rebase::Tip;
use crate::ops::resolve::Back;
use crate::ops::workbench::Workbench;

/// The worktree that an edit comes from. It may have edits: those that became part of the queue are as they should be, others stay.
pub struct Standing {
    /// The worktree.
    pub worktree: Worktree,
    /// What is checked out.
    pub head: Head,
}

/// The queue before and after an edit.
pub struct Ways<'a> {
    /// The line.
    pub bench: &'a Workbench,
    /// The commits before.
    pub old: &'a Series,
    /// Their patches.
    pub names: &'a [PatchName],
    /// The commit and tree of each patch after.
    pub commits: &'a BTreeMap<&'a PatchName, (Oid, Oid)>,
    /// The base after, and its tree.
    pub base: (Oid, Oid),
    /// The end of the series after.
    pub tip: Tip,
}

impl Ways<'_> {
    /// The ways of all worktrees that stand at a patch. Those on the branch go with it; one at the base may as well show the release, and stays.
    ///
    /// # Errors
    /// One of them has edits that are not in a patch, or something else is in its way.
    pub fn follow(
        &self,
        objects: &mut Objects,
        standing: Option<&Standing>,
        stand_at: Option<&PatchName>,
    ) -> Result<Vec<Follow>> {
        let mut follows = Vec::new();
        if let Some(standing) = standing {
            follows.extend(self.way(objects, &standing.worktree, &standing.head, stand_at)?);
        }
        self.others(objects, standing.map(|standing| &standing.worktree), &mut follows)?;
        Ok(follows)
    }

    /// The same where a held patch was settled in one of them, which goes back to where it was.
    ///
    /// # Errors
    /// As above.
    pub fn follow_back(&self, objects: &mut Objects, back: &Back<'_>) -> Result<Vec<Follow>> {
        let (home, to) = match self.goal(back.home(), None) {
            Some((head, _, tree)) => (head, Layout::of(tree)),
            None => (back.home().clone(), back.home_layout(self.bench, objects)?),
        };
        let from = Layout::of(back.result);
        back.worktree.check_switch(objects, &from, &to)?;
        let (root, head) = (back.worktree.root().to_owned(), (back.worktree.head()?, home));
        let mut follows = vec![Follow { root, head, from, to, index: Index::Careful }];
        self.others(objects, Some(back.worktree), &mut follows)?;
        Ok(follows)
    }

    /// Those at a patch beside one whose way is known.
    fn others(&self, objects: &mut Objects, known: Option<&Worktree>, follows: &mut Vec<Follow>) -> Result<()> {
        for (worktree, id) in self.bench.repo.detached_worktrees()? {
            let is_other = known.is_none_or(|known| known.root() != worktree.root());
            if is_other && self.place(id).is_some_and(|at| at > 0) {
                worktree.check_clean()?;
                follows.extend(self.way(objects, &worktree, &Head::Commit(id), None)?);
            }
        }
        Ok(())
    }

    fn way(
        &self,
        objects: &mut Objects,
        worktree: &Worktree,
        head: &Head,
        stand_at: Option<&PatchName>,
    ) -> Result<Option<Follow>> {
        let Some((to_head, before, after)) = self.goal(head, stand_at) else { return Ok(None) };
        let (from, to) = (Layout::of(before), Layout::of(after));
        worktree.check_switch(objects, &from, &to)?;
        let (root, head) = (worktree.root().to_owned(), (head.clone(), to_head));
        Ok(Some(Follow { root, head, from, to, index: Index::Careful }))
    }

    /// What is checked out after, and the trees before and after; nothing for what is no place in the queue.
    fn goal(&self, head: &Head, stand_at: Option<&PatchName>) -> Option<(Head, Oid, Oid)> {
        match head {
            Head::Branch(name) if *name == self.bench.branch_ref() => {
                Some((head.clone(), self.old.tip_tree(), self.tip.tree))
            }
            Head::Branch(_) => None,
            Head::Commit(id) => {
                let at = self.place(*id)?;
                let (commit, tree) = self.after(*id, at, stand_at);
                Some((Head::Commit(commit), self.old.parent_tree(at), tree))
            }
        }
    }

    /// How many patches are below a commit of the old series.
    fn place(&self, id: Oid) -> Option<usize> {
        match id == self.old.base {
            true => Some(0),
            false => self.old.commits.iter().position(|made| made.commit == id).map(|at| at + 1),
        }
    }

    /// The commit of a patch; if it is gone, of one that shows the same files, such as what it was squashed into; else of the nearest one below
    /// that is left. A commit that is still one of the queue stays, by whatever name.
    fn after(&self, id: Oid, at: usize, stand_at: Option<&PatchName>) -> (Oid, Oid) {
        let of = |name: &PatchName| self.commits.get(name);
        let same = || self.commits.values().find(|(commit, _)| *commit == id);
        let own = || self.names[..at].last().and_then(of);
        let alike = || self.commits.values().find(|(_, tree)| *tree == self.old.parent_tree(at));
        let below = || self.names[..at].iter().rev().find_map(of);
        let found = stand_at.and_then(of).or_else(same).or_else(own).or_else(alike).or_else(below);
        found.copied().unwrap_or(self.base)
    }
}
