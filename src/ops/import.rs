//! A fork's branch becomes a queue.
//!
//! The branch is walked so that every commit comes after its parents and a merge right after all that it joins. On a linear history each
//! commit's tree is taken as it is. Where the history forks, commits of the other side are carried onto the line; what a merge commit holds
//! beyond that becomes a patch of its own, so that the last tree is always the branch's.

use std::collections::{HashMap, HashSet};

use bstr::ByteSlice;
use rayon::prelude::*;

use super::replay::{Fate, Replay, Step};
use super::text;
use crate::Result;
use crate::format::patchfile::PatchFile;
use crate::format::provenance::{self, style::Style};
use crate::git::history::cancelled;
use crate::git::renames::join;
use crate::git::repo::Step as HistoryStep;
use crate::git::sections::sections;
use crate::git::{Commit, Objects, Repo, diff_trees};
use crate::model::progress::Watch;
use crate::model::{Oid, Patch, PatchKind, PatchMeta, PatchName};

/// A branch as a queue.
pub struct Imported {
    /// The patches and the bytes of their files, in order.
    pub patches: Vec<(Patch, Vec<u8>)>,
    /// The commits whose changes could not be carried onto the line one by one: the patch of the merge after them holds their changes.
    pub folded: Vec<Oid>,
    /// Ids that messages name and the repository does not have, by patch.
    pub unresolved: Vec<(PatchName, String)>,
    /// How many merges there were.
    pub merges: usize,
}

/// A commit of the branch, placed on the line.
struct Placed {
    commit: Commit,
    /// The tree before and after, on the line.
    trees: (Oid, Oid),
}

/// Turns what `from` has beyond `base` into patches.
pub fn import(repo: &Repo, objects: &mut Objects, base: Oid, from: Oid, watch: &dyn Watch) -> Result<Imported> {
    let steps = repo.range(&[from], &[base])?;
    let order = parents_first(from, &steps);
    watch.phase("reading the branch", Some(order.len() as u64));
    let mut line = Line::start(objects, base, first_parents(from, &steps))?;
    for step in &order {
        cancelled(watch)?;
        watch.step(1);
        line.add(step)?;
    }
    line.finish(from)?;
    let Line { placed, folded, merges, .. } = line;
    watch.phase("writing patches", Some(placed.len() as u64));
    let fresh = objects.snapshot();
    let texts: Result<Vec<Vec<u8>>> = placed
        .par_iter()
        .map_init(|| repo.objects_over(&fresh), |reader, placed| render(reader, placed, watch))
        .collect();
    let mut imported = Imported { patches: Vec::new(), folded, unresolved: Vec::new(), merges };
    let mut taken = HashSet::new();
    for (placed, text) in placed.iter().zip(texts?) {
        let patch = describe(repo, objects, &placed.commit, &mut taken, &mut imported.unresolved, None);
        imported.patches.push((patch, text));
    }
    Ok(imported)
}

struct Line<'a> {
    objects: &'a mut Objects,
    base_tree: Oid,
    tip: Oid,
    placed: Vec<Placed>,
    folded: Vec<Oid>,
    merges: usize,
    /// The commits on the branch's own line of first parents: what came before one of them is all that it contains.
    main: HashSet<Oid>,
}

impl<'a> Line<'a> {
    fn start(objects: &'a mut Objects, base: Oid, main: HashSet<Oid>) -> Result<Self> {
        let base_tree = Commit::read(objects, base)?.tree;
        Ok(Line { objects, base_tree, tip: base_tree, placed: Vec::new(), folded: Vec::new(), merges: 0, main })
    }

    fn add(&mut self, step: &HistoryStep) -> Result<()> {
        let commit = Commit::read(self.objects, step.id)?;
        let is_merge = step.parents.len() > 1;
        self.merges += usize::from(is_merge);
        if is_merge {
            // Everything that the merge joins stands on the line: what differs now is what the merge itself did.
            if self.main.contains(&step.id) && commit.tree != self.tip {
                let tree = commit.tree;
                self.place(commit, tree);
            }
            return Ok(());
        }
        let parent_tree = match step.parents.first() {
            Some(parent) => Commit::read(self.objects, *parent)?.tree,
            None => self.objects.write(crate::git::Kind::Tree, Vec::new()),
        };
        let tree = match parent_tree == self.tip {
            true => Some(commit.tree),
            false => self.carried(parent_tree, commit.tree)?,
        };
        match tree {
            Some(tree) => self.place(commit, tree),
            None => self.folded.push(step.id),
        }
        Ok(())
    }

    fn place(&mut self, commit: Commit, tree: Oid) {
        self.placed.push(Placed { commit, trees: (self.tip, tree) });
        self.tip = tree;
    }

    /// The tree that a commit of another side gives on the line; `None` if it conflicts.
    fn carried(&mut self, parent_tree: Oid, tree: Oid) -> Result<Option<Oid>> {
        let changes = join(self.objects, diff_trees(self.objects, parent_tree, tree)?)?;
        let mut replay = Replay::new(self.objects, self.base_tree, self.tip);
        match replay.carry(&Step { changes: &changes, sections: &[] })? {
            Fate::Carried(placed) => Ok(Some(placed.tree)),
            Fate::Conflict(_) => Ok(None),
        }
    }

    /// What is still missing becomes a patch of its own.
    fn finish(&mut self, from: Oid) -> Result<()> {
        let last = Commit::read(self.objects, from)?;
        if last.tree != self.tip {
            let tree = last.tree;
            let message = "Changes of the branch that belong to no single commit\n\n\
                           [ no upstream commit ]\n\n\
                           Left over when the branch was made into a queue: the branch's tree minus all patches before this one.\n";
            let commit = Commit { message: message.into(), encoding: None, ..last };
            self.place(commit, tree);
        }
        Ok(())
    }
}

/// The commits so that each comes after its parents, and the first parent's side of a merge before the others: depth first, without
/// recursion, since histories are deep.
pub(super) fn parents_first(from: Oid, steps: &[HistoryStep]) -> Vec<HistoryStep> {
    let by_id: HashMap<Oid, &HistoryStep> = steps.iter().map(|step| (step.id, step)).collect();
    let mut done: HashSet<Oid> = HashSet::new();
    let mut order = Vec::with_capacity(steps.len());
    let mut stack = vec![(from, 0)];
    while let Some((id, next)) = stack.pop() {
        let Some(step) = by_id.get(&id).filter(|_| !done.contains(&id)) else { continue };
        match step.parents.get(next) {
            Some(parent) => {
                stack.push((id, next + 1));
                stack.push((*parent, 0));
            }
            None => {
                done.insert(id);
                order.push((*step).clone());
            }
        }
    }
    order
}

/// The commits that are reached from the branch by first parents alone.
fn first_parents(from: Oid, steps: &[HistoryStep]) -> HashSet<Oid> {
    let by_id: HashMap<Oid, &HistoryStep> = steps.iter().map(|step| (step.id, step)).collect();
    let next = |id: &Oid| by_id.get(id)?.parents.first().copied().filter(|parent| by_id.contains_key(parent));
    std::iter::successors(Some(from), next).collect()
}

fn render(reader: &Objects, placed: &Placed, watch: &dyn Watch) -> Result<Vec<u8>> {
    cancelled(watch)?;
    watch.step(1);
    let (old, new) = placed.trees;
    let changes = join(reader, diff_trees(reader, old, new)?)?;
    let sections = sections(reader, &changes)?;
    Ok(PatchFile::new(text::message(&placed.commit), sections)?.to_bytes())
}

/// Name and metadata of a patch, read from the commit's message.
pub(super) fn describe(
    repo: &Repo,
    objects: &Objects,
    commit: &Commit,
    taken: &mut HashSet<String>,
    unresolved: &mut Vec<(PatchName, String)>,
    style: Option<&Style>,
) -> Patch {
    let name = PatchName::from_subject(&commit.subject().to_str_lossy()).unused(taken);
    taken.insert(name.folded());
    let (meta, missing) = origin(repo, objects, &commit.message, style);
    unresolved.extend(missing.into_iter().map(|id| (name.clone(), id)));
    Patch { name, meta }
}

/// What a message says of where a patch comes from, in any notation or in the project's own, and the ids in it that the repository does not have.
pub(super) fn origin(
    repo: &Repo,
    objects: &Objects,
    message: &[u8],
    style: Option<&Style>,
) -> (PatchMeta, Vec<String>) {
    let found = provenance::parse(message);
    let (mut upstream, mut unresolved) = (Vec::new(), Vec::new());
    let own = style.map(|style| style.read(message)).unwrap_or_default();
    for hex in found.refs.iter().map(|reference| reference.id.clone()).chain(own) {
        let id = match repo.commit_by_prefix(objects, &hex) {
            Some(id) => id.to_string(),
            None => {
                unresolved.push(hex.clone());
                hex
            }
        };
        if !upstream.contains(&id) {
            upstream.push(id);
        }
    }
    let is_none = found.explicitly_none && upstream.is_empty();
    let meta = PatchMeta {
        kind: match () {
            () if is_none => Some(PatchKind::Fork),
            () if !upstream.is_empty() => Some(PatchKind::Backport),
            () => None,
        },
        upstream: (is_none || !upstream.is_empty()).then_some(upstream),
        cve: found.cves,
        ..PatchMeta::default()
    };
    (meta, unresolved)
}
