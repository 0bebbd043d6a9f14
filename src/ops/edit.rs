//! Edits of the queue: drop, move, rename, and the words of a patch. Patches above an edit are carried over it, in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bstr::BString;
use serde::Serialize;

use super::error::OpError;
use super::materialize::{Series, graph, materialize};
use super::rebase::Tip;
use super::rebase::carry::{OldQueue, OldStep};
use super::replay::{Fate, Replay, Step};
use super::rework::{Rework, Reworked};
use super::text;
use super::transaction::{self, Changeset};
use super::workbench::{Workbench, held_ref};
use crate::Result;
use crate::format::patchfile::PatchFile;
use crate::git::renames::join;
use crate::git::{Change, Objects, RefEdit, diff_trees};
use crate::graph::Graph;
use crate::model::progress::Watch;
use crate::model::{Oid, Outcome, PatchName};

/// What an edit did.
#[derive(Debug, Clone, Serialize)]
pub struct EditReport {
    /// The line.
    pub line: String,
    /// What was done, in words.
    pub done: String,
    /// The patches that it was done to.
    pub patches: Vec<PatchName>,
    /// The end of the series after it.
    pub tip: Tip,
    /// Patches whose text had to change.
    pub rewritten: Vec<PatchName>,
    /// Patches that conflict now, or wait for one that does.
    pub held: Vec<PatchName>,
}

impl EditReport {
    /// What was done to these patches.
    pub(super) fn of(bench: &Workbench, done: String, patches: Vec<PatchName>, reworked: Reworked<'_>) -> EditReport {
        let held = reworked.newly_held();
        let line = bench.manifest().line.name.clone();
        EditReport { line, done, patches, tip: reworked.tip, rewritten: reworked.rewritten, held }
    }

    /// Nothing was there to do.
    pub(super) fn nothing(bench: &Workbench, series: &Series, asked: &str, patches: Vec<PatchName>) -> EditReport {
        let (line, done) = (bench.manifest().line.name.clone(), format!("nothing: {asked} has nothing to take"));
        let tip = Tip { commit: series.tip(), tree: series.tip_tree() };
        EditReport { line, done, patches, tip, rewritten: Vec::new(), held: Vec::new() }
    }
}

/// Where a patch goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// In front of that patch.
    Before(String),
    /// Right behind that patch.
    After(String),
    /// To the front.
    First,
    /// To the end.
    Last,
}

/// Takes patches out of the queue.
pub fn drop(bench: &Workbench, names: &[String], when: i64, watch: &dyn Watch) -> Result<EditReport> {
    let names = known(bench, names)?;
    let what = format!("drop {}", listed(&names));
    let gone: BTreeSet<&PatchName> = names.iter().collect();
    let keeps = |name: &&PatchName| !gone.contains(*name);
    let order: Vec<PatchName> = all(bench).filter(keeps).cloned().collect();
    let mut objects = bench.repo.objects();
    check_order(bench, &mut objects, &order, &what, watch)?;
    let mut rework = Rework::new(bench, what.clone(), when);
    for name in &names {
        rework.document.remove(name);
        rework.files.insert(name.file(), None);
        rework.refs.extend(held_gone(bench, name)?);
    }
    let report = in_order(rework, objects, &order, watch)?;
    Ok(EditReport { patches: names, done: what, ..report })
}

/// Moves a patch to another place in the series.
pub fn move_to(bench: &Workbench, name: &str, target: &Target, when: i64, watch: &dyn Watch) -> Result<EditReport> {
    let name = bench.patch(name)?.name.clone();
    let mut order: Vec<PatchName> = all(bench).filter(|other| **other != name).cloned().collect();
    let at = match target {
        Target::First => 0,
        Target::Last => order.len(),
        Target::Before(other) => place(bench, &order, other)?,
        Target::After(other) => place(bench, &order, other)? + 1,
    };
    order.insert(at, name.clone());
    let what = match target {
        Target::First => format!("move {name} --first"),
        Target::Last => format!("move {name} --last"),
        Target::Before(other) => format!("move {name} --before {other}"),
        Target::After(other) => format!("move {name} --after {other}"),
    };
    let mut objects = bench.repo.objects();
    check_order(bench, &mut objects, &order, &what, watch)?;
    let mut rework = Rework::new(bench, what, when);
    rework.document.move_to(&name, at);
    let report = in_order(rework, objects, &order, watch)?;
    Ok(EditReport { patches: vec![name], ..report })
}

/// Carries the patches in another order.
fn in_order(rework: Rework<'_>, mut objects: Objects, order: &[PatchName], watch: &dyn Watch) -> Result<EditReport> {
    let (bench, what) = (rework.bench, rework.what.clone());
    let queue = OldQueue::read(bench, &mut objects, watch)?;
    let mut steps: HashMap<&PatchName, OldStep<'_>> =
        queue.steps.into_iter().map(|step| (&step.patch.name, step)).collect();
    let steps: Vec<OldStep<'_>> = order.iter().filter_map(|name| steps.remove(name)).collect();
    let reworked = rework.finish(objects, &queue.series, &steps, watch)?;
    Ok(EditReport::of(bench, what, Vec::new(), reworked))
}

/// Gives a patch another name. Its commit stays what it is.
pub fn rename(bench: &Workbench, old: &str, new: &str, when: i64) -> Result<EditReport> {
    let old = bench.patch(old)?.name.clone();
    let new: PatchName = new.parse().map_err(|why| OpError::BadName { name: new.to_owned(), why })?;
    if all(bench).any(|name| *name != old && name.folded() == new.folded()) {
        return Err(OpError::NameTaken(new).into());
    }
    let what = format!("rename {old} {new}");
    let mut objects = bench.repo.objects();
    let mut document = bench.document();
    document.rename(&old, &new);
    let mut files = BTreeMap::from([(old.file(), None)]);
    files.insert(new.file(), Some(bench.file(&old).to_vec()));
    files.insert("pq.toml".to_owned(), Some(document.to_text().into_bytes()));
    let mut refs: Vec<RefEdit> = held_gone(bench, &old)?.into_iter().collect();
    if let Some(held) = refs.first().and_then(|edit| edit.old) {
        let name = held_ref(&bench.manifest().line.branch, &new);
        refs.push(RefEdit { old: bench.repo.read_ref(&name)?, name, new: Some(held) });
    }
    let series = materialize(bench, &mut objects, &crate::model::Silent)?;
    let tip = Tip { commit: series.tip(), tree: series.tip_tree() };
    transaction::commit(
        bench,
        &mut objects,
        Changeset { what: what.clone(), when, files, refs, ..Changeset::default() },
    )?;
    Ok(EditReport {
        line: bench.manifest().line.name.clone(),
        done: what,
        patches: vec![new],
        tip,
        rewritten: Vec::new(),
        held: Vec::new(),
    })
}

/// Gives a patch another message; author and date stay.
pub fn set_message(
    bench: &Workbench,
    name: &str,
    message: BString,
    when: i64,
    watch: &dyn Watch,
) -> Result<EditReport> {
    let patch = bench.patch(name)?;
    let name = patch.name.clone();
    let bad = |source| OpError::BadPatch { patch: name.clone(), source };
    let file = PatchFile::parse(bench.file(&name)).map_err(bad)?;
    let new = crate::format::patchfile::Message { text: message, ..file.message.clone() };
    let bytes = file.with_message(new).to_bytes();
    let mut objects = bench.repo.objects();
    let mut queue = OldQueue::read(bench, &mut objects, watch)?;
    let at = bench.manifest().positions()[&name];
    queue.steps[at].file = PatchFile::parse(&bytes).map_err(bad)?;
    let what = format!("header {name}");
    let mut rework = Rework::new(bench, what.clone(), when);
    rework.files.insert(name.file(), Some(bytes));
    let reworked = rework.finish(objects, &queue.series, &queue.steps, watch)?;
    Ok(EditReport::of(bench, what, vec![name], reworked))
}

/// The texts that patches, named by their positions among those that are applied, need one after the other on another tree.
pub(super) fn carry_onto(
    bench: &Workbench,
    objects: &mut Objects,
    series: &Series,
    order: &[usize],
    onto: Oid,
    what: &str,
    watch: &dyn Watch,
) -> Result<BTreeMap<PatchName, Vec<u8>>> {
    let names: Vec<&PatchName> = bench.manifest().applied().map(|patch| &patch.name).collect();
    let mut replay = Replay::new(objects, series.base_tree, onto);
    let (mut texts, mut conflicts) = (BTreeMap::new(), Vec::new());
    watch.phase("carrying patches", Some(order.len() as u64));
    for at in order {
        crate::git::history::cancelled(watch)?;
        watch.step(1);
        let name = names[*at];
        let bad = |source| OpError::BadPatch { patch: name.clone(), source };
        let file = PatchFile::parse(bench.file(name)).map_err(bad)?;
        let changes = diff_trees(replay.objects(), series.parent_tree(*at), series.commits[*at].tree)?;
        let changes = join(replay.objects(), changes)?;
        match replay.carry(&Step { changes: &changes, sections: &file.files })? {
            Fate::Carried(placed) if placed.outcome == Outcome::Unchanged => {}
            Fate::Carried(placed) => {
                let changes: Vec<(BString, bool, Change)> = placed
                    .changes
                    .iter()
                    .map(|change| (changes[change.from].path().to_owned(), change.is_same, change.change.clone()))
                    .collect();
                if let Some(sections) = text::refreshed(replay.objects(), &file, &changes)? {
                    texts.insert(name.clone(), file.with_sections(sections).map_err(bad)?.to_bytes());
                }
            }
            Fate::Conflict(paths) => conflicts.push((name.clone(), paths)),
        }
    }
    if conflicts.is_empty() {
        return Ok(texts);
    }
    let paths = conflicts.iter().flat_map(|(_, paths)| paths).map(|c| crate::format::quote::display(c.path.as_ref()));
    let paths = paths.collect::<BTreeSet<_>>().into_iter().collect();
    let patches = conflicts.into_iter().map(|(name, _)| name).collect();
    Err(OpError::EditConflicts { what: what.to_owned(), patches, paths }.into())
}

/// An error that names every dependency which the new order breaks.
fn check_order(
    bench: &Workbench,
    objects: &mut Objects,
    order: &[PatchName],
    what: &str,
    watch: &dyn Watch,
) -> Result<()> {
    let mut reasons = held_needs(bench, order);
    let graph: Graph = graph(bench, objects, watch)?;
    let positions: HashMap<&PatchName, usize> = graph.names().iter().enumerate().map(|(at, name)| (name, at)).collect();
    let places: Vec<usize> = order.iter().filter_map(|name| positions.get(name).copied()).collect();
    let now: Vec<usize> = (0..positions.len()).collect();
    // What was broken before is not this edit's doing.
    let before: BTreeSet<String> = graph.check_order(&now).iter().map(ToString::to_string).collect();
    reasons
        .extend(graph.check_order(&places).iter().map(ToString::to_string).filter(|reason| !before.contains(reason)));
    match reasons.is_empty() {
        true => Ok(()),
        false => Err(OpError::BreaksDependencies { what: what.to_owned(), reasons }.into()),
    }
}

/// The held patches that others state as required and the new order has not. That a held patch waits for one that goes is no reason to
/// keep it: it will be tried without.
fn held_needs(bench: &Workbench, order: &[PatchName]) -> Vec<String> {
    let present: BTreeSet<&PatchName> = order.iter().collect();
    let places: BTreeMap<&PatchName, usize> = order.iter().enumerate().map(|(at, name)| (name, at)).collect();
    let mut reasons = Vec::new();
    for patch in bench.manifest().patches.iter().filter(|patch| present.contains(&patch.name)) {
        let stated = patch.meta.requires.iter().filter(|name| is_held(bench, name));
        for missing in stated.filter(|name| !present.contains(name)) {
            reasons.push(format!("{} needs {missing}", patch.name));
        }
        let waits_for = patch.meta.held.iter().flat_map(|held| &held.blocked_by);
        let stated = patch.meta.requires.iter().filter(|name| is_held(bench, name));
        for later in waits_for.chain(stated).filter(|name| places.get(name) > places.get(&patch.name)) {
            reasons.push(format!("{} waits for {later}", patch.name));
        }
    }
    reasons
}

fn all(bench: &Workbench) -> impl Iterator<Item = &PatchName> {
    bench.manifest().patches.iter().map(|patch| &patch.name)
}

fn is_held(bench: &Workbench, name: &PatchName) -> bool {
    bench.manifest().patch(name.as_str()).is_some_and(|patch| patch.meta.held.is_some())
}

fn known(bench: &Workbench, names: &[String]) -> Result<Vec<PatchName>> {
    names.iter().map(|name| Ok(bench.patch(name)?.name.clone())).collect()
}

pub(super) fn place(bench: &Workbench, order: &[PatchName], name: &str) -> Result<usize> {
    let name = &bench.patch(name)?.name;
    let found = order.iter().position(|other| other == name);
    Ok(found.ok_or_else(|| OpError::Usage(format!("{name} cannot move relative to itself")))?)
}

/// The place behind a patch among all patches, or the end, and how many of those that are not held are in front of it.
///
/// # Errors
/// There is no such patch.
pub fn place_behind(bench: &Workbench, after: Option<&str>) -> Result<(usize, usize)> {
    let patches = &bench.manifest().patches;
    let at = match after {
        Some(after) => bench.manifest().positions()[&bench.patch(after)?.name] + 1,
        None => patches.len(),
    };
    Ok((at, patches[..at].iter().filter(|patch| patch.meta.held.is_none()).count()))
}

fn held_gone(bench: &Workbench, name: &PatchName) -> Result<Option<RefEdit>> {
    let name = bench.held_ref(name);
    let old = bench.repo.read_ref(&name)?;
    Ok(old.map(|old| RefEdit { name, old: Some(old), new: None }))
}

fn listed(names: &[PatchName]) -> String {
    names.iter().map(PatchName::as_str).collect::<Vec<_>>().join(" ")
}
