//! What was done to a patch, as the log of this clone's operations tells.

use std::rc::Rc;

use bstr::ByteSlice;

use super::report::{Event, EventChange, Move};
use crate::Result;
use crate::format::manifest::Document;
use crate::git::{Objects, Tree};
use crate::model::{Manifest, Oid, Patch, PatchName};
use crate::ops::transaction::{self, Operation};
use crate::ops::workbench::Workbench;

const MANIFEST: &str = "pq.toml";

/// How many operations are looked at.
const MANY: usize = 200;

/// The operations that touched a patch, the last one first. A queue without a log has none.
pub fn history(bench: &Workbench, name: &PatchName) -> Result<Vec<Event>> {
    let objects = bench.repo.objects();
    let log = transaction::log(bench, &objects)?;
    let (mut events, mut name) = (Vec::new(), name.clone());
    let mut later: Option<State<'_>> = None;
    for (at, operation) in log.iter().enumerate().take(MANY) {
        let mut now = match later.take() {
            Some(state) => state,
            None => State::of(bench, &objects, operation, None)?,
        };
        let before = log.get(at + 1).map(|before| State::of(bench, &objects, before, Some(&now)));
        let mut before = before.transpose()?;
        if let Some(event) = event(operation, before.as_mut(), &mut now, &name)? {
            name = event.renamed_from.clone().unwrap_or(name);
            events.push(event);
        }
        later = before;
    }
    Ok(events)
}

/// The queue after an operation.
struct State<'a> {
    objects: &'a Objects,
    tree: Tree,
    file: Option<Oid>,
    manifest: Rc<Option<Manifest>>,
}

impl<'a> State<'a> {
    /// Most operations leave pq.toml as it is: then it is not read again.
    fn of(
        bench: &Workbench,
        objects: &'a Objects,
        operation: &Operation,
        known: Option<&State<'_>>,
    ) -> Result<State<'a>> {
        let mut tree = Tree::new(operation.tree);
        let file = tree.get(objects, MANIFEST.as_bytes().as_bstr())?.file().map(|file| file.id);
        let manifest = match known.filter(|known| known.file == file) {
            Some(known) => known.manifest.clone(),
            None => Rc::new(file.and_then(|file| manifest(bench, objects, file))),
        };
        Ok(State { objects, tree, file, manifest })
    }

    fn patches(&self) -> impl Iterator<Item = &Patch> {
        self.manifest.iter().flat_map(|manifest| &manifest.patches)
    }

    fn patch(&self, name: &PatchName) -> Option<&Patch> {
        self.patches().find(|patch| patch.name == *name)
    }

    /// The blob of a patch's file.
    fn text(&mut self, name: &PatchName) -> Result<Option<Oid>> {
        Ok(self.tree.get(self.objects, name.file().as_bytes().as_bstr())?.file().map(|file| file.id))
    }

    fn base(&self) -> Option<(&str, Oid)> {
        self.manifest.as_ref().as_ref().map(|manifest| (manifest.line.base.as_str(), manifest.line.base_commit))
    }
}

/// One that this version can read.
fn manifest(bench: &Workbench, objects: &Objects, blob: Oid) -> Option<Manifest> {
    let text = String::from_utf8(objects.blob(blob).ok()?.to_vec()).ok()?;
    Some(Document::parse(&text, MANIFEST, bench.dir.workspace()).ok()?.manifest().clone())
}

/// What an operation did to a patch, if anything.
fn event(
    operation: &Operation,
    mut before: Option<&mut State<'_>>,
    now: &mut State<'_>,
    name: &PatchName,
) -> Result<Option<Event>> {
    let (mut changes, mut renamed_from, mut base) = (Vec::new(), None, None);
    let was = before.as_ref().is_some_and(|before| before.patch(name).is_some());
    match (was, now.patch(name).is_some(), before.as_mut()) {
        (false, false, _) => {}
        (true, false, _) => changes.push(EventChange::Dropped),
        (false, true, Some(before)) => {
            renamed_from = former_name(before, now, name)?;
            changes.push(if renamed_from.is_some() { EventChange::Renamed } else { EventChange::Added });
        }
        (_, true, None) => changes.push(EventChange::Added),
        (true, true, Some(before)) => {
            base = moved(before, now);
            changes.extend(base.as_ref().map(|_| EventChange::Rebased));
            changes.extend((before.text(name)? != now.text(name)?).then_some(EventChange::Rewritten));
            changes.extend(waiting(before, now, name));
        }
    }
    let record = &operation.record;
    let event =
        Event { operation: operation.id, what: record.what.clone(), when: record.when, changes, renamed_from, base };
    Ok((!event.changes.is_empty()).then_some(event))
}

/// The patch that had the same text under a name that is gone.
fn former_name(before: &mut State<'_>, now: &mut State<'_>, name: &PatchName) -> Result<Option<PatchName>> {
    let text = now.text(name)?;
    let gone: Vec<PatchName> =
        before.patches().map(|patch| patch.name.clone()).filter(|name| now.patch(name).is_none()).collect();
    for name in gone {
        if before.text(&name)? == text {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

fn moved(before: &State<'_>, now: &State<'_>) -> Option<Move> {
    let (from, to) = before.base().zip(now.base()).filter(|(from, to)| from != to)?;
    Some(Move { from: from.0.to_owned(), to: to.0.to_owned() })
}

fn waiting(before: &State<'_>, now: &State<'_>, name: &PatchName) -> Option<EventChange> {
    let is_held = |state: &State<'_>| state.patch(name).is_some_and(|patch| patch.meta.held.is_some());
    match (is_held(before), is_held(now)) {
        (false, true) => Some(EventChange::Held),
        (true, false) => Some(EventChange::Settled),
        _ => None,
    }
}
