//! Patches of one line of the fork for another one, older or newer.
//!
//! Of three texts the first that applies is taken: ours, as the other line has it; upstream's own backports that are near to the line; the
//! upstream commit. What a patch says of itself goes along.

use std::collections::{HashMap, HashSet};

use super::{Advice, Made, Mode, New, Options, Outcomes, Sources, Tried, Work, known::Known, style, write};
use super::{Conflicts, PickError, PickReport, Picked, Source, Why};
use crate::Result;
use crate::format::excluded::Excluded;
use crate::format::moves::Moves;
use crate::format::patchfile::PatchFile;
use crate::git::Objects;
use crate::model::progress::Watch;
use crate::model::{Oid, Patch, PatchMeta, PatchName};
use crate::ops::error::OpError;
use crate::ops::look;
use crate::ops::materialize::{Series, materialize};
use crate::ops::moves::Finder;
use crate::ops::rebase::old::{OldQueue, OldStep};
use crate::ops::rebase::repick::{Texts, Version};
use crate::ops::resolve::Session;
use crate::ops::rework::step_to;
use crate::ops::upstream::Index;
use crate::ops::workbench::Workbench;

/// What goes from line to line.
#[derive(Debug, Clone)]
pub struct Across {
    /// The patches.
    pub names: Vec<String>,
    /// Whether anything is written.
    pub mode: Mode,
    /// When, in seconds since 1970.
    pub when: i64,
}

/// Carries patches of `from` to the end of `to`.
///
/// # Errors
/// The lines do not share a repository, a patch is held, or the queue cannot be written.
pub fn across(from: &Workbench, to: &Workbench, across: &Across, watch: &dyn Watch) -> Result<PickReport> {
    check(from, to)?;
    if across.mode == Mode::Write {
        Session::refuse(to)?;
    }
    let (series, patches) = chosen(from, &across.names, watch)?;
    let mut objects = to.repo.objects();
    let queue = OldQueue::read(to, &mut objects, watch)?;
    let mut index = Index::open(&to.repo, &to.manifest().generated);
    let known = Known::read(to, &mut index, watch)?;
    let generated = Excluded::stated(&to.manifest().generated);
    let moves = Moves::stated(&to.manifest().moved);
    let finder = Finder::new(&to.manifest().moved, &generated);
    let release = (to.manifest().line.base.as_str(), queue.series.base);
    let texts = Texts::new(to, &mut index, &generated, release, queue.series.base);
    let options = options(across);
    let taken: HashSet<String> = to.manifest().patches.iter().map(|patch| patch.name.folded()).collect();
    let (tip, tree) = (queue.series.tip(), queue.series.tip_tree());
    let (bench, style, lines) = (to, style::Style::None, HashMap::new());
    let (new, failed) = (Vec::new(), Vec::new());
    let mut work = Work {
        bench,
        options: &options,
        known: &known,
        texts,
        generated: &generated,
        moves: &moves,
        finder,
        style,
        tip,
        tree,
        taken,
        lines,
        new,
        failed,
        watch,
    };
    for (at, patch) in patches {
        work.bring(&mut objects, from, patch, series.commits[at].commit)?;
    }
    let Work { new, failed, .. } = work;
    let at = to.manifest().patches.len();
    let what = format!("carry {} from {}", across.names.join(" "), from.manifest().line.name);
    let outcomes = Outcomes { at, new, failed, what, mode: across.mode, when: across.when };
    let report = write(to, objects, queue, outcomes, watch)?;
    Ok(PickReport { from: Some(from.manifest().line.name.clone()), ..report })
}

fn check(from: &Workbench, to: &Workbench) -> Result<()> {
    let (source, target) = (from.manifest().line.name.clone(), to.manifest().line.name.clone());
    if from.repo.common_dir() != to.repo.common_dir() {
        return Err(PickError::OtherRepository { from: source, to: target }.into());
    }
    if from.dir.root() == to.dir.root() {
        return Err(PickError::SameLine(source).into());
    }
    Ok(())
}

/// The patches in the order of their line, with their places among those that are not held; their commits are written.
fn chosen<'a>(from: &'a Workbench, names: &[String], watch: &dyn Watch) -> Result<(Series, Vec<(usize, &'a Patch)>)> {
    let mut objects = from.repo.objects();
    let series = materialize(from, &mut objects, watch)?;
    from.repo.write_objects(&mut objects)?;
    let mut wanted = Vec::new();
    for name in names {
        let name = &from.patch(name)?.name;
        let found = from.manifest().applied().enumerate().find(|(_, patch)| patch.name == *name);
        wanted.push(found.ok_or_else(|| OpError::IsHeld(name.clone()))?);
    }
    wanted.sort_by_key(|(at, _)| *at);
    wanted.dedup_by_key(|(at, _)| *at);
    Ok((series, wanted))
}

/// What the work goes by that picks and carries share.
fn options(across: &Across) -> Options {
    Options {
        revisions: Vec::new(),
        pulls: Vec::new(),
        topic: None,
        after: None,
        prerequisites: None,
        followups: false,
        sources: Sources::Nearest,
        conflicts: Conflicts::Leave,
        mode: across.mode,
        when: across.when,
    }
}

impl Work<'_> {
    /// One patch of another line, whose commit there is `ours`.
    fn bring(&mut self, objects: &mut Objects, from: &Workbench, patch: &Patch, ours: Oid) -> Result<()> {
        let hexes = patch.meta.upstream().iter();
        let ids: Vec<Oid> = hexes.filter_map(|hex| self.bench.repo.commit_by_prefix(objects, hex)).collect();
        let id = ids.first().copied().unwrap_or(ours);
        let about = self.known.about(objects, id)?;
        for id in &ids {
            if let Some((why, by)) = self.has_already(*id)? {
                self.fail(*id, about, why, Some(by), Vec::new(), Advice::default());
                return Ok(());
            }
        }
        let (why, conflicts) = match self.best_of(objects, ours, &ids)? {
            Tried::Applies { version, applied } => {
                let line = format!("line {}", from.manifest().line.name);
                let branch = if version.commit == ours { Some(line) } else { version.branch.clone() };
                let source = branch.map(|branch| Source { commit: version.commit, branch });
                let (name, conflicts) = (self.free_name(&patch.name), Vec::new());
                let (moved, outcome, tree) = (applied.moved(), applied.outcome, applied.tree);
                let (upstream, needed_by, generated) = (ids, None, applied.left);
                let report = Picked {
                    name,
                    upstream,
                    about,
                    source,
                    outcome,
                    needed_by,
                    conflicts,
                    generated,
                    moved,
                    proposed: None,
                };
                let file = version.file.with_message(look::parse(from, &patch.name)?.message);
                return self.add(objects, (id, report), &patch.meta, file, tree);
            }
            Tried::Empty => (Why::Empty, Vec::new()),
            Tried::Conflicts { conflicts, .. } => (Why::Conflict, conflicts),
        };
        self.fail(id, about, why, None, conflicts, Advice::default());
        Ok(())
    }

    /// The first text that applies: ours, else upstream's; otherwise what ours conflicts with.
    fn best_of(&mut self, objects: &mut Objects, ours: Oid, ids: &[Oid]) -> Result<Tried> {
        let Some(version) = Version::read(objects, ours, None)? else { return Ok(Tried::Empty) };
        let first = self.try_version(objects, version)?;
        match (&first, ids) {
            (Tried::Conflicts { .. }, [id]) => match self.attempt(objects, *id)? {
                applies @ Tried::Applies { .. } => Ok(applies),
                _ => Ok(first),
            },
            _ => Ok(first),
        }
    }

    fn add(
        &mut self,
        objects: &mut Objects,
        (id, report): (Oid, Picked),
        meta: &PatchMeta,
        file: PatchFile,
        tree: Oid,
    ) -> Result<()> {
        // What it required there may not be here; that the text needs is found anew.
        let meta = PatchMeta { requires: Vec::new(), held: None, ..meta.clone() };
        let patch = Patch { name: report.name.clone(), meta };
        let (step, _) = step_to(objects, self.bench, &patch, file, (self.tip, self.tree, tree))?;
        let OldStep { commit, changes, file, base, base_tree, .. } = step;
        (self.tip, self.tree) = (commit, tree);
        self.push(id, New { patch, made: Made { commit, changes, file, base, base_tree }, report });
        Ok(())
    }

    fn free_name(&mut self, name: &PatchName) -> PatchName {
        let name = name.clone().unused(&self.taken);
        self.taken.insert(name.folded());
        name
    }
}
