//! What stood at some paths along a line of commits.
//!
//! Only directories that lead to one of the paths are read, and only where they differ from the commit before.

use std::collections::BTreeMap;
use std::ops::Range;

use bstr::{BString, ByteSlice};
use rayon::prelude::*;

use super::history::cancelled;
use super::renames::join;
use super::tree::{At, entries, file_at};
use super::{Change, Commit, GitError, Kind, Objects, Repo, diff_trees};
use crate::model::Oid;
use crate::model::progress::Watch;

/// Commits, oldest first, each the first parent of the next.
pub struct Timeline {
    /// The commits.
    pub commits: Vec<Oid>,
    trees: Vec<Oid>,
}

/// What stands at a path from one commit on, by the number of the commit; until the next one says otherwise.
pub type Versions = Vec<(usize, At)>;

/// So many commits are looked at by one thread in one go: the first of them is read in full.
const CHUNK: usize = 128;

impl Timeline {
    /// Of these commits.
    pub fn read(repo: &Repo, commits: Vec<Oid>, watch: &dyn Watch) -> Result<Timeline, GitError> {
        let tree = |objects: &mut Objects, id: &Oid| {
            cancelled(watch)?;
            Ok(Commit::read(objects, *id)?.tree)
        };
        let trees: Result<Vec<Oid>, GitError> = commits.par_iter().map_init(|| repo.objects(), tree).collect();
        Ok(Timeline { trees: trees?, commits })
    }

    /// The tree of the commit with that number.
    pub fn tree(&self, at: usize) -> Oid {
        self.trees[at]
    }

    /// What stood at each of these paths in a part of the line.
    pub fn versions(
        &self,
        repo: &Repo,
        paths: &[BString],
        part: Range<usize>,
        watch: &dyn Watch,
    ) -> Result<Vec<Versions>, GitError> {
        let look = |objects: &mut Objects, (chunk, trees): (usize, &[Oid])| {
            let mut places = Places::new(paths);
            let mut versions: Vec<Versions> = vec![Vec::new(); paths.len()];
            for (at, tree) in trees.iter().enumerate() {
                cancelled(watch)?;
                places.look(objects, *tree)?;
                let now = versions.iter_mut().zip(&places.now);
                now.for_each(|(versions, now)| add(versions, part.start + chunk * CHUNK + at, *now));
            }
            Ok(versions)
        };
        let chunks = self.trees[part.clone()].par_chunks(CHUNK).enumerate();
        let found: Result<Vec<Vec<Versions>>, GitError> = chunks.map_init(|| repo.objects(), look).collect();
        let mut all: Vec<Versions> = vec![Vec::new(); paths.len()];
        for chunk in found? {
            for (versions, more) in all.iter_mut().zip(chunk) {
                more.into_iter().for_each(|(at, now)| add(versions, at, now));
            }
        }
        Ok(all)
    }

    /// What a commit changes against the one before it on the line, renames joined.
    pub fn changes(&self, objects: &Objects, at: usize) -> Result<Vec<Change>, GitError> {
        let Some(before) = at.checked_sub(1) else { return Ok(Vec::new()) };
        join(objects, diff_trees(objects, self.trees[before], self.trees[at])?)
    }
}

fn add(versions: &mut Versions, at: usize, now: At) {
    if versions.last().is_none_or(|(_, last)| *last != now) {
        versions.push((at, now));
    }
}

/// What stands at a path at one commit.
pub fn version(versions: &Versions, at: usize) -> At {
    let after = versions.partition_point(|(from, _)| *from <= at);
    after.checked_sub(1).map_or(At::Nothing, |before| versions[before].1)
}

/// What stands at some paths of one tree after the other.
struct Places {
    root: Node,
    now: Vec<At>,
}

/// A directory on the way to a path.
#[derive(Default)]
struct Node {
    /// The tree that was there last.
    seen: Option<Oid>,
    /// The number of the path that ends here.
    end: Option<usize>,
    below: BTreeMap<BString, Node>,
}

impl Places {
    fn new(paths: &[BString]) -> Places {
        let mut root = Node::default();
        for (number, path) in paths.iter().enumerate() {
            let leaf = path.split_str("/").fold(&mut root, |node, name| node.below.entry(name.into()).or_default());
            leaf.end = Some(number);
        }
        Places { root, now: vec![At::Nothing; paths.len()] }
    }

    fn look(&mut self, objects: &Objects, tree: Oid) -> Result<(), GitError> {
        self.root.directory(objects, tree, &mut self.now)
    }
}

impl Node {
    fn directory(&mut self, objects: &Objects, tree: Oid, now: &mut [At]) -> Result<(), GitError> {
        self.say(At::Directory, now);
        if self.below.is_empty() || self.seen == Some(tree) {
            return Ok(());
        }
        let bytes = objects.read(tree, Kind::Tree)?;
        let mut found = BTreeMap::new();
        for entry in entries(&bytes, tree.as_bytes().len()) {
            let entry = entry.ok_or(GitError::Malformed { id: tree, expected: "tree" })?;
            if self.below.contains_key(entry.name) {
                found.insert(entry.name, entry);
            }
        }
        for (name, node) in &mut self.below {
            match found.get(name.as_bstr()) {
                Some(entry) if entry.is_directory() => node.directory(objects, entry.id, now)?,
                Some(entry) => node.leaf(file_at(entry.mode, entry.id)?, At::Blocked, now),
                None => node.leaf(At::Nothing, At::Nothing, now),
            }
        }
        self.seen = Some(tree);
        Ok(())
    }

    /// Not a directory: what stands here, and what that is to every path below.
    fn leaf(&mut self, here: At, below: At, now: &mut [At]) {
        self.seen = None;
        self.say(here, now);
        self.below.values_mut().for_each(|node| node.leaf(below, below, now));
    }

    fn say(&self, here: At, now: &mut [At]) {
        if let Some(number) = self.end {
            now[number] = here;
        }
    }
}
