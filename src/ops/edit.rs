//! Edits of the queue: drop, move, rename, and the words of a patch. Patches above an edit are carried over it, in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bstr::BString;
use serde::Serialize;

use super::answers::renamed;
use super::chosen::{Chosen, Dependents, Order};
use super::error::OpError;
use super::materialize::{Series, materialize};
use super::rebase::Tip;
use super::rebase::old::{OldQueue, OldStep};
use super::replay::{Fate, Replay, Step};
use super::rework::{Rework, Reworked};
use super::text;
use super::transaction::{self, Changeset};
use super::workbench::{Workbench, held_ref};
use crate::Result;
use crate::format::patchfile::PatchFile;
use crate::git::renames::join;
use crate::git::{Change, Objects, RefEdit, diff_trees};
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
///
/// # Errors
/// Another patch needs one of them, unless those go, too.
pub fn drop(bench: &Workbench, chosen: &Chosen, when: i64, watch: &dyn Watch) -> Result<EditReport> {
    let mut names = chosen.names(bench)?;
    let mut objects = bench.repo.objects();
    let needs = Order::read(bench, &mut objects, watch)?;
    if chosen.dependents == Dependents::Take {
        names = needs.with_dependents(&names);
    }
    let what = format!("drop {}", listed(&names));
    let order: Vec<PatchName> = all(bench).filter(|name| !names.contains(name)).cloned().collect();
    needs.check(&mut objects, &order, &what, watch)?;
    let mut rework = Rework::new(bench, what.clone(), when);
    for name in &names {
        rework.leave_out(name)?;
    }
    let report = in_order(rework, objects, &order, watch)?;
    Ok(EditReport { patches: names, done: what, ..report })
}

/// Moves patches to another place in the series. Among themselves they keep their order.
///
/// # Errors
/// The new order breaks a dependency, unless the patches in question go along.
pub fn move_to(
    bench: &Workbench,
    chosen: &Chosen,
    target: &Target,
    when: i64,
    watch: &dyn Watch,
) -> Result<EditReport> {
    let named = chosen.names(bench)?;
    let mut moved: BTreeSet<PatchName> = named.iter().cloned().collect();
    let mut objects = bench.repo.objects();
    let needs = Order::read(bench, &mut objects, watch)?;
    let mut order = moved_to(bench, &moved, target)?;
    if chosen.dependents == Dependents::Take {
        order = with_dependents(bench, &needs, &mut moved, target)?;
    }
    let names: Vec<PatchName> = needs.in_series(&moved).cloned().collect();
    let what = match target {
        Target::First => format!("move {} --first", listed(&names)),
        Target::Last => format!("move {} --last", listed(&names)),
        Target::Before(other) => format!("move {} --before {other}", listed(&names)),
        Target::After(other) => format!("move {} --after {other}", listed(&names)),
    };
    needs.check(&mut objects, &order, &what, watch)?;
    let mut rework = Rework::new(bench, what, when);
    for (at, name) in order.iter().enumerate().filter(|(_, name)| moved.contains(*name)) {
        let mut others = rework.document.manifest().patches.iter().filter(|patch| patch.name != *name);
        let before = at.checked_sub(1).and_then(|before| others.position(|patch| patch.name == order[before]));
        let place = before.map_or(0, |before| before + 1);
        rework.document.move_to(name, place);
    }
    let report = in_order(rework, objects, &order, watch)?;
    Ok(EditReport { patches: names, ..report })
}

/// The series with some of its patches elsewhere, and with those that would stand on the wrong side of one of them. These are added to `moved`.
fn with_dependents(
    bench: &Workbench,
    needs: &Order<'_>,
    moved: &mut BTreeSet<PatchName>,
    target: &Target,
) -> Result<Vec<PatchName>> {
    loop {
        let order = moved_to(bench, moved, target)?;
        let broken = needs.broken(&order).into_iter().flat_map(|one| [one.from, one.to]);
        let along: Vec<PatchName> = broken.filter(|name| !moved.contains(name)).collect();
        if along.is_empty() {
            return Ok(order);
        }
        moved.extend(along);
    }
}

/// The series with some of its patches elsewhere.
fn moved_to(bench: &Workbench, moved: &BTreeSet<PatchName>, target: &Target) -> Result<Vec<PatchName>> {
    let mut order: Vec<PatchName> = all(bench).filter(|name| !moved.contains(*name)).cloned().collect();
    let at = match target {
        Target::First => 0,
        Target::Last => order.len(),
        Target::Before(other) => place(bench, &order, other)?,
        Target::After(other) => place(bench, &order, other)? + 1,
    };
    order.splice(at..at, all(bench).filter(|name| moved.contains(*name)).cloned());
    Ok(order)
}

/// Carries the patches in another order.
pub(super) fn in_order(
    rework: Rework<'_>,
    mut objects: Objects,
    order: &[PatchName],
    watch: &dyn Watch,
) -> Result<EditReport> {
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
    let mut files = renamed(&bench.dir, &old, &new)?;
    files.insert(old.file(), None);
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

pub(super) fn all(bench: &Workbench) -> impl Iterator<Item = &PatchName> {
    bench.manifest().patches.iter().map(|patch| &patch.name)
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

pub(super) fn held_gone(bench: &Workbench, name: &PatchName) -> Result<Option<RefEdit>> {
    let name = bench.held_ref(name);
    let old = bench.repo.read_ref(&name)?;
    Ok(old.map(|old| RefEdit { name, old: Some(old), new: None }))
}

pub(super) fn listed(names: &[PatchName]) -> String {
    names.iter().map(PatchName::as_str).collect::<Vec<_>>().join(" ")
}
