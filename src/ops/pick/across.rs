//! Patches of one line of the fork for another one, older or newer.
//!
//! Of three texts the first that applies is taken: ours, as the other line has it; upstream's own backports that are near to the line; the
//! upstream commit. Upstream's never take the place of one that holds more, or that differs for a reason which pq.toml states. What a patch says
//! of itself goes along.

use std::collections::{HashMap, HashSet};

use super::work::Applied;
use super::{About, Conflicts, PickError, PickReport, Picked, Source, Why};
use super::{Advice, Made, Mode, New, Options, Outcomes, Sources, Tried, Work, known::Known, style, write};
use crate::Result;
use crate::format::deviation::deviation;
use crate::format::excluded::Excluded;
use crate::format::moves::Moves;
use crate::format::patchfile::{Message, PatchFile};
use crate::format::provenance;
use crate::git::Objects;
use crate::model::progress::Watch;
use crate::model::{Conflict, Oid, Outcome, Patch, PatchMeta, PatchName, Requirement};
use crate::ops::error::OpError;
use crate::ops::look;
use crate::ops::materialize::{Series, graph, materialize};
use crate::ops::moves::Finder;
use crate::ops::rebase::RepickReport;
use crate::ops::rebase::old::{OldQueue, OldStep};
use crate::ops::rebase::repick::{Texts, Version, holds_more};
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
    let graph = graph(from, &mut objects, watch)?;
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
    let (new, failed, pulls) = (Vec::new(), Vec::new(), HashMap::new());
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
        pulls,
        new,
        failed,
        watch,
    };
    for (at, patch) in patches {
        let needs = graph.all_needs(at).into_iter().map(|at| graph.names()[at].clone()).collect();
        let commit = series.commits[at].commit;
        work.bring(&mut objects, &Brought { from, patch, commit, needs })?;
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

/// A patch of another line.
struct Brought<'a> {
    /// That line.
    from: &'a Workbench,
    patch: &'a Patch,
    /// What it is there.
    commit: Oid,
    /// The patches in front of it that it needs there.
    needs: Vec<PatchName>,
}

impl Work<'_> {
    fn bring(&mut self, objects: &mut Objects, brought: &Brought<'_>) -> Result<()> {
        let message = look::parse(brought.from, &brought.patch.name)?.message;
        let ids = self.origins(objects, &brought.patch.meta, &message);
        let id = ids.first().copied().unwrap_or(brought.commit);
        let mut about = self.known.about(objects, id)?;
        if ids.is_empty() {
            (about.is_upstream, about.on_mainline) = (false, None);
        }
        if let Some((why, by)) = self.has_all(&ids)? {
            self.fail(id, about, why, Some(by), Vec::new(), Advice::default());
            return Ok(());
        }
        let ours = Version::read(objects, brought.commit, None)?;
        match (self.best_of(objects, brought, &ids)?, ours) {
            (Tried::Applies { version, applied }, Some(ours)) => {
                let taken = self.taken(objects, (brought, &ours), &ids, (version, applied), about)?;
                self.add(objects, (id, taken), brought, message)?;
            }
            (Tried::Conflicts { version, conflicts }, _) => {
                let advice = self.help(objects, brought, &ids, (&version, &conflicts))?;
                self.fail(id, about, Why::Conflict, None, conflicts, advice);
            }
            (Tried::Empty | Tried::Applies { .. }, _) => {
                self.fail(id, about, Why::Empty, None, Vec::new(), Advice::default())
            }
        }
        Ok(())
    }

    /// The upstream commits that a patch comes from: those that pq.toml records, else those that its message names.
    fn origins(&self, objects: &Objects, meta: &PatchMeta, message: &Message) -> Vec<Oid> {
        let find = |hex: &str| self.bench.repo.commit_by_prefix(objects, hex);
        match meta.upstream() {
            [] => provenance::parse(&message.text).refs.iter().filter_map(|named| find(&named.id)).collect(),
            recorded => recorded.iter().filter_map(|hex| find(hex)).collect(),
        }
    }

    /// What has the first of some commits, if the line has all of them.
    fn has_all(&self, ids: &[Oid]) -> Result<Option<(Why, String)>> {
        let found: Option<Vec<_>> = ids.iter().map(|id| self.has_already(*id)).collect::<Result<_>>()?;
        Ok(found.and_then(|found| found.into_iter().next()))
    }

    /// The first text that applies: ours, else upstream's, unless ours holds what that one has not, or differs from it for a reason that
    /// pq.toml states; otherwise what ours conflicts with.
    fn best_of(&mut self, objects: &mut Objects, brought: &Brought<'_>, ids: &[Oid]) -> Result<Tried> {
        let Some(version) = Version::read(objects, brought.commit, None)? else { return Ok(Tried::Empty) };
        let first = self.try_version(objects, version)?;
        let Tried::Conflicts { version, .. } = &first else { return Ok(first) };
        let ([id], None) = (ids, Requirement::Deviation.value(brought.patch)) else { return Ok(first) };
        let (generated, ours) = (self.generated, &version.file.files);
        let suits = |other: &Version| !holds_more(generated, &deviation(ours, &other.file.files));
        let other = self.attempt_of(objects, *id, &suits)?;
        Ok(other.filter(|other| !matches!(other, Tried::Conflicts { .. })).unwrap_or(first))
    }

    /// What would help one that conflicts: patches of its own line, or commits of upstream.
    fn help(
        &mut self,
        objects: &mut Objects,
        brought: &Brought<'_>,
        ids: &[Oid],
        (version, conflicts): (&Version, &[Conflict]),
    ) -> Result<Advice> {
        let mut advice = match ids {
            [id] => match Version::read(objects, *id, None)? {
                Some(original) => self.advise(objects, *id, &original)?,
                None => Advice::default(),
            },
            _ => Advice::default(),
        };
        advice.proposed = self.propose(objects, version, conflicts)?;
        advice.needs = brought.needs.iter().filter(|name| !self.taken.contains(&name.folded())).cloned().collect();
        Ok(advice)
    }

    /// A patch in the text that applies.
    fn taken(
        &mut self,
        objects: &mut Objects,
        (brought, ours): (&Brought<'_>, &Version),
        ids: &[Oid],
        (version, applied): (Version, Applied),
        about: About,
    ) -> Result<Taken> {
        let proposed = self.propose(objects, &version, &[])?;
        let (name, moved) = (self.free_name(&brought.patch.name), applied.moved());
        let line = format!("line {}", brought.from.manifest().line.name);
        let is_ours = version.commit == ours.commit;
        let branch = if is_ours { Some(line) } else { version.branch.clone() };
        let report = Picked {
            name,
            upstream: ids.to_vec(),
            about,
            source: branch.map(|branch| Source { commit: version.commit, branch }),
            outcome: if is_ours { applied.outcome } else { Outcome::Repicked },
            needed_by: None,
            conflicts: Vec::new(),
            generated: applied.left,
            moved,
            repicked: if is_ours { None } else { Some(self.repicked(objects, ours, &version, ids)?) },
            proposed,
        };
        let deviation = match is_ours {
            true => brought.patch.meta.deviation.clone(),
            false => self.deviation(objects, ids[0], &version)?,
        };
        Ok(Taken { report, file: version.file, tree: applied.tree, deviation })
    }

    /// How another text than ours differs from it.
    fn repicked(&self, objects: &Objects, ours: &Version, version: &Version, ids: &[Oid]) -> Result<RepickReport> {
        let original = Version::read(objects, ids[0], None)?;
        let from = |text: &Version| {
            original.as_ref().map(|own| deviation(&text.file.files, &own.file.files)).unwrap_or_default()
        };
        let change = deviation(&ours.file.files, &version.file.files);
        let (commit, branch) = (version.commit, version.branch.clone());
        Ok(RepickReport { commit, branch, before: from(ours), after: from(version), change })
    }

    fn add(
        &mut self,
        objects: &mut Objects,
        (id, taken): (Oid, Taken),
        brought: &Brought<'_>,
        message: Message,
    ) -> Result<()> {
        let Taken { report, file, tree, deviation } = taken;
        // What it required there may not be here; what the text needs is found anew.
        let is_here = |name: &&PatchName| self.taken.contains(&name.folded()) && **name != report.name;
        let requires = brought.patch.meta.requires.iter().filter(is_here).cloned().collect();
        let meta = PatchMeta { requires, held: None, deviation, ..brought.patch.meta.clone() };
        let patch = Patch { name: report.name.clone(), meta };
        let file = file.with_message(message);
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

/// What a patch is on the line that it comes to.
struct Taken {
    report: Picked,
    file: PatchFile,
    tree: Oid,
    /// Why it differs from upstream's commit.
    deviation: Option<String>,
}
