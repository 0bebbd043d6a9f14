//! Several patches become one.

use std::collections::BTreeSet;

use bstr::{BString, ByteSlice};

use super::chosen::{Chosen, Order};
use super::edit::{EditReport, all, listed};
use super::error::OpError;
use super::rebase::old::{OldQueue, OldStep};
use super::replay::{Fate, Replay};
use super::rework::{Rework, step_to};
use super::workbench::Workbench;
use crate::Result;
use crate::format::patchfile::{Message, PatchFile};
use crate::format::quote::display;
use crate::git::Objects;
use crate::model::progress::Watch;
use crate::model::{Oid, Patch, PatchMeta, PatchName};

/// Makes one patch of several: the messages one after the other, author and date of the first one, the metadata of all.
///
/// What stands between them goes behind them; where it cannot, in front of them.
///
/// # Errors
/// One is held; or something stands between them that can go neither way. Nothing was changed then.
pub fn squash(
    bench: &Workbench,
    chosen: &Chosen,
    new: Option<&str>,
    when: i64,
    watch: &dyn Watch,
) -> Result<EditReport> {
    let mut objects = bench.repo.objects();
    let names = in_order(bench, &chosen.names(bench)?)?;
    let name = new_name(bench, &names, new)?;
    let what = format!("squash {}", listed(&names));
    let order = order(bench, &mut objects, &names, &what, watch)?;
    let queue = OldQueue::read(bench, &mut objects, watch)?;
    let window = Window::of(bench, &queue, &names);
    let trees = window.carry(&mut objects, &queue, &order, &names)?;
    let mut rework = Rework::new(bench, what.clone(), when);
    let meta = joined(bench, &names);
    let patch = Patch { name: name.clone(), meta };
    let file = joined_file(bench, &names)?;
    let (step, text) = step_to(&mut objects, bench, &patch, file, (queue.series.base, trees.0, trees.1))?;
    edit_document(&mut rework, &names, &patch, &order)?;
    rework.files.insert(name.file(), Some(text));
    // The end of what was moved around shows the same as before.
    let last = window.places.iter().filter_map(|at| position(&order, &window.names[*at])).max();
    let last = last.map(|at| order[at].clone()).filter(|last| !names.contains(last)).unwrap_or_else(|| name.clone());
    rework.stays = Some((last, window.end));
    let mut steps: Vec<OldStep<'_>> = Vec::new();
    let mut old: Vec<Option<OldStep<'_>>> = queue.steps.into_iter().map(Some).collect();
    let positions = bench.manifest().positions();
    let mut own = Some(step);
    for next in &order {
        match names.contains(next) {
            true => steps.extend(own.take()),
            false => steps.extend(old[positions[next]].take()),
        }
    }
    let reworked = rework.finish(objects, &queue.series, &steps, watch)?;
    Ok(EditReport::of(bench, what, vec![name], reworked))
}

fn position(order: &[PatchName], name: &PatchName) -> Option<usize> {
    order.iter().position(|other| other == name)
}

/// The patches in the order of the series: at least two, none of them held.
fn in_order(bench: &Workbench, names: &[PatchName]) -> Result<Vec<PatchName>> {
    let names: Vec<PatchName> = all(bench).filter(|name| names.contains(name)).cloned().collect();
    if names.len() < 2 {
        return Err(OpError::Usage("to make one patch of several, name at least two".to_owned()).into());
    }
    let held = bench.manifest().held().find(|patch| names.contains(&patch.name));
    match held {
        Some(held) => Err(OpError::IsHeld(held.name.clone()).into()),
        None => Ok(names),
    }
}

fn new_name(bench: &Workbench, names: &[PatchName], new: Option<&str>) -> Result<PatchName> {
    let Some(new) = new else { return Ok(names[0].clone()) };
    let name: PatchName = new.parse().map_err(|why| OpError::BadName { name: new.to_owned(), why })?;
    match all(bench).any(|other| !names.contains(other) && other.folded() == name.folded()) {
        true => Err(OpError::NameTaken(name).into()),
        false => Ok(name),
    }
}

/// The series with the patches in a row, what was between them behind them, or in front.
fn order(
    bench: &Workbench,
    objects: &mut Objects,
    names: &[PatchName],
    what: &str,
    watch: &dyn Watch,
) -> Result<Vec<PatchName>> {
    let needs = Order::read(bench, objects, watch)?;
    let together = |at: &PatchName| -> Vec<PatchName> {
        let at = all(bench).take_while(|name| *name != at).filter(|name| !names.contains(name)).count();
        let mut order: Vec<PatchName> = all(bench).filter(|name| !names.contains(name)).cloned().collect();
        order.splice(at..at, names.iter().cloned());
        order
    };
    let (at_first, at_last) = (together(&names[0]), together(&names[names.len() - 1]));
    if needs.broken(&at_first).is_empty() || !needs.broken(&at_last).is_empty() {
        needs.check(objects, &at_first, what, watch)?;
        return Ok(at_first);
    }
    Ok(at_last)
}

/// The part of the series from the first of the patches to the last.
struct Window {
    names: Vec<PatchName>,
    /// The places in it, among the patches that are applied.
    places: Vec<usize>,
    /// The trees in front of it and at its end.
    start: Oid,
    end: Oid,
}

impl Window {
    fn of(bench: &Workbench, queue: &OldQueue<'_>, names: &[PatchName]) -> Window {
        let applied = super::position::names(bench);
        let place = |name| position(&applied, name).expect("none of them is held");
        let (first, last) = (place(&names[0]), place(&names[names.len() - 1]));
        let (start, end) = (queue.series.parent_tree(first), queue.series.commits[last].tree);
        Window { names: applied, places: (first..=last).collect(), start, end }
    }

    /// Carries the part in its new order: the trees in front of the patches and behind them.
    fn carry(
        &self,
        objects: &mut Objects,
        queue: &OldQueue<'_>,
        order: &[PatchName],
        names: &[PatchName],
    ) -> Result<(Oid, Oid)> {
        let here: BTreeSet<&PatchName> = self.places.iter().map(|at| &self.names[*at]).collect();
        let mut replay = Replay::new(objects, queue.series.base_tree, self.start);
        let mut ends: Option<(Oid, Oid)> = None;
        for name in order.iter().filter(|name| here.contains(name)) {
            let before = replay.tip();
            let step = queue.steps.iter().find(|step| step.patch.name == *name).expect("every patch has a step");
            if let Fate::Conflict(conflicts) = replay.carry(&step.step())? {
                let paths: Vec<String> = conflicts.iter().map(|it| display(it.path.as_ref())).collect();
                return Err(OpError::DoesNotCommute { patch: name.clone(), paths }.into());
            }
            if names.contains(name) {
                ends = Some((ends.map_or(before, |(start, _)| start), replay.tip()));
            }
        }
        match ends {
            Some(ends) if replay.tip() == self.end => Ok(ends),
            _ => Err(OpError::DoesNotCommute { patch: names[names.len() - 1].clone(), paths: Vec::new() }.into()),
        }
    }
}

/// One line of the series and one table in place of several; who needed one of them needs the new one.
fn edit_document(rework: &mut Rework<'_>, names: &[PatchName], patch: &Patch, order: &[PatchName]) -> Result<()> {
    let others: Vec<Patch> =
        rework.bench.manifest().patches.iter().filter(|it| !names.contains(&it.name)).cloned().collect();
    for name in &names[1..] {
        rework.leave_out(name)?;
    }
    if names[0] != patch.name {
        rework.files.insert(names[0].file(), None);
        rework.document.rename(&names[0], &patch.name);
    }
    rework.document.set_meta(&patch.name, &patch.meta);
    for other in others.iter().filter(|other| other.meta.requires.iter().any(|name| names.contains(name))) {
        let mut meta = other.meta.clone();
        let renamed =
            meta.requires.into_iter().map(|name| if names.contains(&name) { patch.name.clone() } else { name });
        let mut seen = BTreeSet::new();
        meta.requires = renamed.filter(|name| seen.insert(name.clone())).collect();
        rework.document.set_meta(&other.name, &meta);
    }
    let place = order.iter().take_while(|name| !names.contains(name)).count();
    rework.document.move_to(&patch.name, place);
    Ok(())
}

/// The message and the sections of all; a file that several touch gets a new section.
fn joined_file(bench: &Workbench, names: &[PatchName]) -> Result<PatchFile> {
    let files: Vec<PatchFile> = names.iter().map(|name| super::look::parse(bench, name)).collect::<Result<_>>()?;
    let texts: Vec<&[u8]> = files.iter().map(|file| file.message.text.trim_end()).collect();
    let text: BString = [&texts.join(&b"\n\n"[..])[..], b"\n"].concat().into();
    let first = &files[0];
    let sections: Vec<_> = files.iter().flat_map(|file| &file.files).collect();
    let paths = |at: usize| [&sections[at].old_path, &sections[at].new_path].into_iter().flatten();
    let is_alone = |at: &usize| {
        let others = (0..sections.len()).filter(|other| other != at);
        others.flat_map(paths).all(|other| paths(*at).all(|path| path != other))
    };
    let alone = (0..sections.len()).filter(is_alone).map(|at| sections[at].raw.clone()).collect();
    let bad = |source| OpError::BadPatch { patch: names[0].clone(), source };
    let file = first.with_message(Message { text, ..first.message.clone() });
    Ok(file.with_sections(alone).map_err(bad)?)
}

/// What is known of all: lists together, of single facts the first.
fn joined(bench: &Workbench, names: &[PatchName]) -> PatchMeta {
    let metas: Vec<&PatchMeta> =
        bench.manifest().patches.iter().filter(|it| names.contains(&it.name)).map(|it| &it.meta).collect();
    let mut meta = metas[0].clone();
    for other in &metas[1..] {
        if let Some(ids) = &other.upstream {
            add(meta.upstream.get_or_insert_default(), ids);
        }
        add(&mut meta.cve, &other.cve);
        add(&mut meta.requires, &other.requires);
        meta.kind = meta.kind.or(other.kind);
        meta.topic = meta.topic.or_else(|| other.topic.clone());
        meta.pr = meta.pr.or_else(|| other.pr.clone());
        meta.owner = meta.owner.or_else(|| other.owner.clone());
        meta.reason = both(meta.reason, other.reason.as_ref());
        meta.deviation = both(meta.deviation, other.deviation.as_ref());
        // It may go only when all of them may.
        meta.drop_after = meta.drop_after.filter(|it| Some(it) == other.drop_after.as_ref());
    }
    meta.requires.retain(|name| !names.contains(name));
    meta
}

fn add<T: Clone + PartialEq>(all: &mut Vec<T>, more: &[T]) {
    for one in more {
        if !all.contains(one) {
            all.push(one.clone());
        }
    }
}

fn both(first: Option<String>, second: Option<&String>) -> Option<String> {
    match (first, second) {
        (Some(first), Some(second)) if first != *second => Some(format!("{first}; {second}")),
        (first, second) => first.or_else(|| second.cloned()),
    }
}
