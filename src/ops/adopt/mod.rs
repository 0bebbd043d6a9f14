//! What a person did to the branch with plain git becomes part of the queue: commits map back to patches.
//!
//! The tree at the end is the tip's, or nothing is written. Patches whose commit is gone are dropped, new commits become new patches.

mod chain;
mod error;
mod matching;
mod plan;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde::Serialize;

use self::chain::Link;
use self::plan::Laid;
use super::error::OpError;
use super::import::describe;
use super::position::Which;
use super::publish::is_foreign;
use super::rebase::Tip;
use super::rebase::old::{OldQueue, OldStep};
use super::resolve::Session;
use super::rework::{Lands, Rework, empty_file, step_to};
use super::workbench::Workbench;
use crate::Result;
use crate::git::worktree::Head;
use crate::git::{Commit, Objects, Worktree};
use crate::model::progress::Watch;
use crate::model::text::visible;
use crate::model::{Oid, Patch, PatchName};
pub use error::AdoptError;
pub use matching::Known;

/// What to take.
#[derive(Debug, Clone)]
pub struct Options {
    /// The worktree: if HEAD is at no branch there, what was made on a patch is taken.
    pub which: Which,
    /// Whether nothing is written.
    pub dry_run: bool,
    /// When, in seconds since 1970.
    pub when: i64,
}

/// What commits became of which patches.
#[derive(Debug, Clone, Serialize)]
pub struct AdoptReport {
    /// The line.
    pub line: String,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// The last of the commits.
    pub from: Oid,
    /// Patches that are as they were.
    pub unchanged: Vec<PatchName>,
    /// Patches that another commit is, in the new order.
    pub changed: Vec<Adopted>,
    /// Commits that became new patches, in the new order.
    pub new: Vec<Adopted>,
    /// Commits that were folded into a patch.
    pub folded: Vec<Folded>,
    /// Patches whose commit is gone.
    pub dropped: Vec<PatchName>,
    /// The patches in their new order, without the held ones.
    pub order: Vec<PatchName>,
    /// The end of the series; in a dry run the commits' own.
    pub tip: Tip,
    /// Patches that conflict now, or wait for one that does.
    pub held: Vec<PatchName>,
}

/// A commit that is a patch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Adopted {
    /// The patch.
    pub name: PatchName,
    /// The commit.
    pub commit: Oid,
    /// Its subject.
    pub subject: String,
    /// How it was known; missing of a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known: Option<Known>,
}

/// A commit that was folded into a patch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Folded {
    /// The patch.
    pub into: PatchName,
    /// The commit.
    pub commit: Oid,
    /// Its subject.
    pub subject: String,
}

/// Where the commits are.
struct Source {
    tip: Oid,
    /// The worktree, if HEAD is at no branch: patches above stay.
    detached: Option<Worktree>,
}

/// A patch of the new series.
struct Row {
    patch: Patch,
    laid: Laid,
    /// The number of the old patch, and how it was known.
    old: Option<(usize, Known)>,
}

/// Takes the commits of the branch, or of a detached HEAD, into the queue.
///
/// # Errors
/// They cannot be a queue, or the worktree is not clean. Nothing was changed then.
pub fn adopt(bench: &Workbench, options: &Options, watch: &dyn Watch) -> Result<AdoptReport> {
    Session::refuse(bench)?;
    let mut objects = bench.repo.objects();
    let queue = OldQueue::read(bench, &mut objects, watch)?;
    let Some(source) = source(bench, &queue, &options.which)? else { return Ok(nothing(bench, &queue, options)) };
    let chain = chain::read(bench, &objects, source.tip)?;
    let rows = rows(bench, &mut objects, &queue, &chain)?;
    let above = above(bench, &source, &rows)?;
    let mut report = report(bench, &queue, &chain, &rows, &above, options, &source);
    if options.dry_run {
        return Ok(report);
    }
    let what = "refresh --adopt".to_owned();
    let mut rework = Rework::new(bench, what, options.when);
    edit_document(&mut rework, &rows, &report)?;
    let mut steps = Vec::new();
    let (mut parent, positions) = (queue.series.base, bench.manifest().positions());
    for row in &rows {
        let (step, text) = step(bench, &mut objects, &queue, &chain, row, parent)?;
        parent = step.commit;
        if let Some(text) = text {
            rework.files.insert(row.patch.name.file(), Some(text));
        }
        steps.push(step);
    }
    let end = chain.last().map_or(queue.series.base_tree, |last| last.commit.tree);
    let last = rows.last().map(|row| row.patch.name.clone());
    rework.stays = last.clone().map(|last| (last, end));
    match source.detached {
        Some(worktree) => rework.lands = last.map(|at| Lands { worktree, from: source.tip, tree: end, at }),
        None => rework.adopts = Some(source.tip),
    }
    let mut old: Vec<Option<OldStep<'_>>> = queue.steps.into_iter().map(Some).collect();
    steps.extend(above.iter().filter_map(|name| old[positions[name]].take()));
    let mut by_name: BTreeMap<PatchName, OldStep<'_>> =
        steps.into_iter().map(|step| (step.patch.name.clone(), step)).collect();
    let order: Vec<PatchName> = rework.document.manifest().patches.iter().map(|patch| patch.name.clone()).collect();
    let held = |name: &PatchName| positions.get(name).copied();
    let mut all = Vec::new();
    for name in &order {
        let step = by_name.remove(name).or_else(|| old[held(name)?].take());
        all.extend(step);
    }
    let reworked = rework.finish(objects, &queue.series, &all, watch)?;
    (report.tip, report.held) = (reworked.tip, reworked.newly_held());
    Ok(report)
}

/// The branch, if it is where pq did not put it; else a detached HEAD that is at no patch.
fn source(bench: &Workbench, queue: &OldQueue<'_>, which: &Which) -> Result<Option<Source>> {
    let is_known = |id: Oid| id == queue.series.base || queue.series.commits.iter().any(|made| made.commit == id);
    if let Some(tip) = bench.repo.read_ref(&bench.branch_ref())?
        && is_foreign(bench, &queue.series, tip)?
    {
        super::publish::movable(bench)?;
        return Ok(Some(Source { tip, detached: None }));
    }
    if let Ok(worktree) = which.open(bench)
        && let Head::Commit(tip) = worktree.head()?
        && !is_known(tip)
    {
        worktree.check_clean()?;
        return Ok(Some(Source { tip, detached: Some(worktree) }));
    }
    Ok(None)
}

/// Every commit is its patch's own.
fn nothing(bench: &Workbench, queue: &OldQueue<'_>, options: &Options) -> AdoptReport {
    let (commit, order) = (queue.series.tip(), super::position::names(bench));
    AdoptReport {
        line: bench.manifest().line.name.clone(),
        dry_run: options.dry_run,
        from: commit,
        unchanged: order.clone(),
        changed: Vec::new(),
        new: Vec::new(),
        folded: Vec::new(),
        dropped: Vec::new(),
        order,
        tip: Tip { commit, tree: queue.series.tip_tree() },
        held: Vec::new(),
    }
}

/// The new series: each commit with the patch that it is.
fn rows(bench: &Workbench, objects: &mut Objects, queue: &OldQueue<'_>, chain: &[Link]) -> Result<Vec<Row>> {
    let laid = plan::lay(objects, queue.series.base_tree, chain)?;
    let old: Vec<Oid> = queue.series.commits.iter().map(|made| made.commit).collect();
    let open: Vec<usize> = laid.iter().map(|laid| laid.group.main).collect();
    let known = matching::of(objects, &old, chain, &open)?;
    let applied: Vec<&Patch> = bench.manifest().applied().collect();
    let mut taken: HashSet<String> = bench.manifest().patches.iter().map(|patch| patch.name.folded()).collect();
    let mut rows = Vec::new();
    for laid in laid {
        let old = known.get(&laid.group.main).copied();
        let patch = match old {
            Some((at, _)) => applied[at].clone(),
            None => {
                let (commit, style) = (&chain[laid.group.main].commit, bench.provenance_style());
                describe(&bench.repo, objects, commit, &mut taken, &mut Vec::new(), style.as_ref())
            }
        };
        rows.push(Row { patch, laid, old });
    }
    Ok(rows)
}

/// The patches that stay as they are above a detached HEAD: all behind the last one that is below it.
fn above(bench: &Workbench, source: &Source, rows: &[Row]) -> Result<Vec<PatchName>> {
    if source.detached.is_none() {
        return Ok(Vec::new());
    }
    // A date or a likeness alone is no proof that HEAD stands in the queue.
    let is_proof = |row: &Row| matches!(row.old, Some((_, Known::Id | Known::Words | Known::Subject)));
    if !rows.iter().any(is_proof) {
        return Err(AdoptError::NoPatch.into());
    }
    let highest = rows.iter().filter_map(|row| Some(row.old?.0)).max().ok_or(AdoptError::NoPatch)?;
    Ok(super::position::names(bench).split_off(highest + 1))
}

fn report(
    bench: &Workbench,
    queue: &OldQueue<'_>,
    chain: &[Link],
    rows: &[Row],
    above: &[PatchName],
    options: &Options,
    source: &Source,
) -> AdoptReport {
    let names = super::position::names(bench);
    let mut report = AdoptReport {
        from: source.tip,
        unchanged: Vec::new(),
        order: rows.iter().map(|row| row.patch.name.clone()).chain(above.iter().cloned()).collect(),
        tip: Tip { commit: source.tip, tree: chain.last().map_or(queue.series.base_tree, |last| last.commit.tree) },
        ..nothing(bench, queue, options)
    };
    for row in rows {
        let (name, link) = (row.patch.name.clone(), &chain[row.laid.group.main]);
        let known = row.old.map(|(_, known)| known);
        let adopted = Adopted { name: name.clone(), commit: link.id, subject: visible(link.commit.subject()), known };
        match row.old {
            Some((_, Known::Id)) if row.laid.group.fixes.is_empty() => report.unchanged.push(name.clone()),
            Some(_) => report.changed.push(adopted),
            None => report.new.push(adopted),
        }
        report.folded.extend(row.laid.group.fixes.iter().map(|at| Folded {
            into: name.clone(),
            commit: chain[*at].id,
            subject: visible(chain[*at].commit.subject()),
        }));
    }
    let stays: BTreeSet<&PatchName> = report.order.iter().collect();
    report.dropped = names.into_iter().filter(|name| !stays.contains(name)).collect();
    report
}

/// The new series with its metadata. A held patch stays behind the patch that it stands behind now.
fn edit_document(rework: &mut Rework<'_>, rows: &[Row], report: &AdoptReport) -> Result<()> {
    let mut order: Vec<PatchName> = report.order.clone();
    let mut before: Option<PatchName> = None;
    for patch in &rework.bench.manifest().patches {
        if patch.meta.held.is_some() {
            let behind = before.as_ref().and_then(|before| order.iter().position(|name| name == before));
            order.insert(behind.map_or(0, |behind| behind + 1), patch.name.clone());
        }
        if order.contains(&patch.name) {
            before = Some(patch.name.clone());
        }
    }
    for name in &report.dropped {
        rework.leave_out(name)?;
    }
    for row in rows.iter().filter(|row| row.old.is_none()) {
        rework.document.insert(usize::MAX, &row.patch);
    }
    for (at, name) in order.iter().enumerate() {
        if rework.document.manifest().patches[at].name != *name {
            rework.document.move_to(name, at);
        }
    }
    check_requires(rework)
}

/// An error if a patch stands in front of one that it requires.
fn check_requires(rework: &Rework<'_>) -> Result<()> {
    let manifest = rework.document.manifest();
    let positions = manifest.positions();
    let mut reasons = Vec::new();
    for patch in &manifest.patches {
        let late = patch.meta.requires.iter().filter(|name| positions.get(name) > positions.get(&patch.name));
        reasons.extend(late.map(|needed| format!("{} needs {needed} (requires)", patch.name)));
    }
    match reasons.is_empty() {
        true => Ok(()),
        false => Err(OpError::BreaksDependencies { what: "the branch's order".to_owned(), reasons }.into()),
    }
}

/// A row as a step, and the text that it needs, if its own is not right any more.
fn step<'a>(
    bench: &'a Workbench,
    objects: &mut Objects,
    queue: &OldQueue<'_>,
    chain: &[Link],
    row: &'a Row,
    parent: Oid,
) -> Result<(OldStep<'a>, Option<Vec<u8>>)> {
    let message = plan::message(chain, &row.laid.group);
    let file = match row.old {
        None => empty_file(message),
        Some((at, _)) => {
            let old = super::look::parse(bench, &row.patch.name)?;
            let was = Commit::read(objects, queue.series.commits[at].commit)?;
            // A file without an author stays one: what its commit says of that is made up.
            if super::text::message(&was) == message { old } else { old.with_message(message) }
        }
    };
    let (step, text) = step_to(objects, bench, &row.patch, file, (parent, row.laid.trees.0, row.laid.trees.1))?;
    let is_same = row.old.is_some() && bench.file(&row.patch.name) == text;
    Ok((step, (!is_same).then_some(text)))
}
