//! Carries the whole queue to another release: plan, replay in memory, then write everything at once.

pub mod evidence;
mod materialize;
mod report;

use std::collections::{BTreeMap, BTreeSet};

use bstr::BString;

use super::materialize::{Series, graph, materialize};
use super::replay::{Fate, Placed, Replay, Step};
use super::workbench::Workbench;
use crate::Result;
use crate::format::patchfile::PatchFile;
use crate::git::apply::Stack;
use crate::git::history::{Range, cancelled};
use crate::git::{Change, Commit, Objects, diff_trees};
use crate::model::progress::Watch;
use crate::model::{Conflict, Held, HeldWhy, Oid, Outcome, Patch, PatchName};
use crate::ops::error::OpError;
use evidence::{Suspect, Verdict, Weighed};
use rayon::prelude::*;
pub use report::{ConflictReport, EvidenceReport, PatchReport, RebaseReport, Release, Reverted, Tip};

/// What to carry the queue to.
#[derive(Debug, Clone)]
pub struct Options {
    /// The release, as typed: recorded as `base`.
    pub onto: String,
    /// Its commit.
    pub commit: Oid,
    /// Whether to write the result.
    pub mode: Mode,
    /// What to do with a branch that pq did not leave where it is.
    pub foreign: Foreign,
    /// When, in seconds since 1970.
    pub when: i64,
}

/// Whether anything is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nothing is: only the report is made.
    DryRun,
    /// Patch files, pq.toml and the branch.
    Write,
}

/// What to do with a published branch that holds something that pq did not put there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// Leave everything as it is and say so.
    Refuse,
    /// Move it all the same; the log keeps what it was.
    Overwrite,
}

/// A patch of the old series as the step that it makes there.
struct OldStep<'a> {
    patch: &'a Patch,
    /// Its commit on its own base: the line's, or an older one if it is held.
    commit: Oid,
    changes: Vec<Change>,
    file: PatchFile,
    /// The base of the queue that its text was made for.
    base: (String, Oid),
    /// That base's tree.
    base_tree: Oid,
}

/// What became of one patch.
struct Carried<'a> {
    step: OldStep<'a>,
    weighed: Weighed,
    result: Become,
}

enum Become {
    Placed(Placed),
    Upstreamed(Verdict),
    Conflict(Vec<Conflict>),
    Blocked(Vec<PatchName>),
}

impl Carried<'_> {
    fn outcome(&self) -> Outcome {
        match &self.result {
            Become::Placed(placed) => placed.outcome,
            Become::Upstreamed(_) => Outcome::Upstreamed,
            Become::Conflict(_) => Outcome::Conflict,
            Become::Blocked(_) => Outcome::Blocked,
        }
    }

    /// Its place in the new series, if it is part of it.
    fn placed(&self) -> Option<&Placed> {
        match &self.result {
            Become::Placed(placed) if placed.outcome != Outcome::Upstreamed => Some(placed),
            _ => None,
        }
    }

    /// What pq.toml says of the patch from now on, if it is held.
    fn held(&self) -> Option<Held> {
        let (why, blocked_by, paths) = match &self.result {
            Become::Conflict(conflicts) => {
                let paths: BTreeSet<String> =
                    conflicts.iter().map(|c| crate::format::quote::display(c.path.as_ref())).collect();
                (HeldWhy::Conflict, Vec::new(), paths.into_iter().collect())
            }
            Become::Blocked(by) => (HeldWhy::Blocked, by.clone(), Vec::new()),
            _ => return None,
        };
        let (base, base_commit) = self.step.base.clone();
        Some(Held { why, base, base_commit, commit: self.step.commit, blocked_by, paths })
    }
}

/// Carries the queue.
pub fn rebase(bench: &Workbench, options: &Options, watch: &dyn Watch) -> Result<RebaseReport> {
    bench.check_order()?;
    let mut objects = bench.repo.objects();
    let series = materialize(bench, &mut objects, watch)?;
    let new_tree = Commit::read(&objects, options.commit)?.tree;
    let range = Range::read(&bench.repo, series.base, options.commit, watch)?;
    let steps = old_steps(bench, &objects, &series)?;
    let weighed = weigh(bench, &range, &steps, watch)?;
    let mut replay = Replay::new(&mut objects, series.base_tree, new_tree);
    let carried = replay_all(bench, &mut replay, steps, weighed, watch)?;
    let tree = replay.tip();
    let made = materialize::texts_and_commits(&bench.repo, &mut objects, &carried, options.commit, watch)?;
    let report = report::build(bench, options, &carried, made.tip(options.commit), tree);
    if options.mode == Mode::Write {
        materialize::write(bench, objects, options, &series, &carried, made)?;
    }
    Ok(report)
}

/// Every patch as a step; the held ones on the base that their text was made for.
fn old_steps<'a>(bench: &'a Workbench, objects: &Objects, series: &Series) -> Result<Vec<OldStep<'a>>> {
    let line = &bench.manifest().line;
    let mut position = 0;
    let mut places = Vec::new();
    for patch in &bench.manifest().patches {
        places.push(match &patch.meta.held {
            Some(held) => {
                let missing = || OpError::HeldCommitMissing { patch: patch.name.clone(), commit: held.commit };
                let commit = Commit::read(objects, held.commit).map_err(|_| missing())?;
                let parent = commit.parents.first().copied().ok_or_else(missing)?;
                let parent_tree = Commit::read(objects, parent).map_err(|_| missing())?.tree;
                let base_tree = Commit::read(objects, held.base_commit).map_err(|_| missing())?.tree;
                (patch, held.commit, (parent_tree, commit.tree), (held.base.clone(), held.base_commit), base_tree)
            }
            None => {
                let (made, parent) = (&series.commits[position], series.parent_tree(position));
                position += 1;
                (patch, made.commit, (parent, made.tree), (line.base.clone(), line.base_commit), series.base_tree)
            }
        });
    }
    // Trees of files that were edited by hand are not in the repository yet.
    let fresh = objects.snapshot();
    let steps: Result<Vec<OldStep<'a>>> = places
        .into_par_iter()
        .map_init(
            || bench.repo.objects_over(&fresh),
            |reader, (patch, commit, (parent_tree, tree), base, base_tree)| {
                let bytes = bench.file(&patch.name);
                let bad = |source| OpError::BadPatch { patch: patch.name.clone(), source };
                let file = PatchFile::parse(bytes).map_err(bad)?;
                let changes = diff_trees(reader, parent_tree, tree)?;
                if patch.meta.held.is_some() {
                    check_held_text(reader, patch, &file, parent_tree, tree)?;
                }
                Ok(OldStep { patch, commit, changes: with_renames(changes, &file), file, base, base_tree })
            },
        )
        .collect();
    steps
}

/// A held patch is carried from the trees that were kept for it: its file must still say the same.
pub(super) fn check_held_text(
    objects: &mut Objects,
    patch: &Patch,
    file: &PatchFile,
    parent: Oid,
    tree: Oid,
) -> Result<()> {
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

fn weigh(bench: &Workbench, range: &Range, steps: &[OldStep<'_>], watch: &dyn Watch) -> Result<Vec<Weighed>> {
    let suspects: Vec<Suspect<'_>> = steps
        .iter()
        .map(|step| Suspect {
            upstream: step.patch.meta.upstream(),
            commit: step.commit,
            changes: &step.changes,
            file: &step.file,
        })
        .collect();
    evidence::weigh(&bench.repo, range, &suspects, watch)
}

fn replay_all<'a>(
    bench: &Workbench,
    replay: &mut Replay<'_>,
    steps: Vec<OldStep<'a>>,
    weighed: Vec<Weighed>,
    watch: &dyn Watch,
) -> Result<Vec<Carried<'a>>> {
    watch.phase("comparing the bases", None);
    let open = steps.iter().zip(&weighed).filter(|(_, weighed)| weighed.verdict.is_none());
    replay.prepare(&bench.repo, open.map(|(step, _)| Step { changes: &step.changes, sections: &step.file.files }))?;
    watch.phase("carrying patches", Some(steps.len() as u64));
    let mut needs = Needs::default();
    let mut held: BTreeSet<PatchName> = BTreeSet::new();
    let mut carried = Vec::with_capacity(steps.len());
    for (step, weighed) in steps.into_iter().zip(weighed) {
        cancelled(watch)?;
        watch.step(1);
        replay.set_old_base(step.base_tree);
        let blocked_by = needs.blocked_by(bench, replay.objects(), step.patch, &held, watch)?;
        let result = match &weighed.verdict {
            Some(verdict) => Become::Upstreamed(verdict.clone()),
            None if !blocked_by.is_empty() => Become::Blocked(blocked_by),
            None => match replay.carry(&Step { changes: &step.changes, sections: &step.file.files })? {
                Fate::Carried(placed) => Become::Placed(placed),
                Fate::Conflict(conflicts) => Become::Conflict(conflicts),
            },
        };
        if matches!(result, Become::Conflict(_) | Become::Blocked(_)) {
            held.insert(step.patch.name.clone());
        }
        carried.push(Carried { step, weighed, result });
    }
    Ok(carried)
}

/// Who needs whom, worked out when the first patch is held.
#[derive(Default)]
struct Needs(Option<BTreeMap<PatchName, Vec<PatchName>>>);

impl Needs {
    /// The held patches that a patch needs: directly, since what they hold up is held itself.
    fn blocked_by(
        &mut self,
        bench: &Workbench,
        objects: &mut Objects,
        patch: &Patch,
        held: &BTreeSet<PatchName>,
        watch: &dyn Watch,
    ) -> Result<Vec<PatchName>> {
        if held.is_empty() {
            return Ok(Vec::new());
        }
        if self.0.is_none() {
            self.0 = Some(Needs::of(bench, objects, watch)?);
        }
        let inferred = self.0.as_ref().and_then(|needs| needs.get(&patch.name)).cloned().unwrap_or_default();
        let recorded = patch.meta.held.iter().flat_map(|held| held.blocked_by.clone());
        let needed: BTreeSet<PatchName> =
            inferred.into_iter().chain(recorded).chain(patch.meta.requires.clone()).collect();
        Ok(needed.into_iter().filter(|name| held.contains(name)).collect())
    }

    fn of(bench: &Workbench, objects: &mut Objects, watch: &dyn Watch) -> Result<BTreeMap<PatchName, Vec<PatchName>>> {
        let graph = graph(bench, objects, watch)?;
        let names = graph.names();
        let needs = |at: usize| graph.needs(at).into_iter().map(|to| names[to].clone()).collect();
        Ok(names.iter().enumerate().map(|(at, name)| (name.clone(), needs(at))).collect())
    }
}
