//! Differences: of patches, of what was done to the queue, and of what a worktree has more.

use bstr::BString;
use serde::Serialize;

use super::chosen::Chosen;
use super::error::OpError;
use super::materialize::materialize;
use super::position::{Place, PositionError, Which};
use super::rebase::old::OldQueue;
use super::replay::{Fate, Replay};
use super::transaction::{self, Operation};
use super::workbench::Workbench;
use crate::Result;
use crate::format::quote::display;
use crate::git::renames::join;
use crate::git::sections::sections;
use crate::git::{Commit, Objects, diff_trees};
use crate::model::progress::Watch;
use crate::model::{Oid, PatchName};

/// A difference between two points of the queue.
#[derive(Debug, Clone, Serialize)]
pub struct DiffReport {
    /// The line.
    pub line: String,
    /// The tree before.
    pub from: Oid,
    /// The tree after.
    pub to: Oid,
    /// The difference, as a patch.
    #[serde(serialize_with = "crate::model::text::bytes")]
    pub text: BString,
}

/// What patches change together; the whole queue if none is chosen.
///
/// Patches that are not all in a row are carried by themselves onto what is in front of the first one.
///
/// # Errors
/// One of them is held, or they cannot be told from what lies between them.
pub fn patches(bench: &Workbench, chosen: &Chosen, watch: &dyn Watch) -> Result<DiffReport> {
    let mut objects = bench.repo.objects();
    let mut names = chosen.names(bench)?;
    let is_open = |text: &String| text.starts_with("..") || text.ends_with("..");
    // A range that is open means what is there, and that is all that is applied.
    if chosen.selectors.iter().all(is_open) && chosen.topics.is_empty() {
        names.retain(|name| super::position::names(bench).contains(name));
    }
    let queue = OldQueue::read(bench, &mut objects, watch)?;
    let series = &queue.series;
    let (from, to) = match &names[..] {
        [] if chosen.is_nothing() => (series.base_tree, series.tip_tree()),
        [] => (series.tip_tree(), series.tip_tree()),
        names => {
            let places = places(bench, names)?;
            let (first, last) = (places[0], places[places.len() - 1]);
            match last - first + 1 == places.len() {
                true => (series.parent_tree(first), series.commits[last].tree),
                false => (series.parent_tree(first), alone(bench, &mut objects, &queue, &places)?),
            }
        }
    };
    report(bench, &objects, from, to)
}

/// Where patches stand among those that are applied, in order.
fn places(bench: &Workbench, names: &[PatchName]) -> Result<Vec<usize>> {
    let applied = super::position::names(bench);
    let place = |name: &PatchName| -> Result<usize> {
        let found = applied.iter().position(|other| other == name);
        Ok(found.ok_or_else(|| OpError::IsHeld(name.clone()))?)
    };
    let mut places: Vec<usize> = names.iter().map(place).collect::<Result<_>>()?;
    places.sort_unstable();
    Ok(places)
}

/// The tree that these patches give without what lies between them.
fn alone(bench: &Workbench, objects: &mut Objects, queue: &OldQueue<'_>, places: &[usize]) -> Result<Oid> {
    let names = super::position::names(bench);
    let mut replay = Replay::new(objects, queue.series.base_tree, queue.series.parent_tree(places[0]));
    for at in places {
        let step = queue.steps.iter().find(|step| step.patch.name == names[*at]).expect("every patch has a step");
        if let Fate::Conflict(conflicts) = replay.carry(&step.step())? {
            let paths: Vec<String> = conflicts.iter().map(|conflict| display(conflict.path.as_ref())).collect();
            let text = format!("{} changes what patches between them wrote: {}", names[*at], paths.join(", "));
            return Err(OpError::Usage(text).into());
        }
    }
    Ok(replay.tip())
}

/// What became of the end of the queue since an operation of the log: the start of its id as `pq log` shows it, or how many operations ago.
///
/// # Errors
/// There is no such operation, or what the branch was then is gone.
pub fn since(bench: &Workbench, operation: &str, watch: &dyn Watch) -> Result<DiffReport> {
    let mut objects = bench.repo.objects();
    let log = transaction::log(bench, &objects)?;
    let at = find(&log, operation).ok_or_else(|| OpError::NoSuchOperation(operation.to_owned()))?;
    let branch = bench.branch_ref();
    let moves = |operation: &Operation| operation.record.refs.iter().rev().find(|edit| edit.name == branch).cloned();
    let then = log[at..].iter().find_map(moves).and_then(|edit| edit.new);
    let then = then.ok_or_else(|| OpError::NoSuchOperation(operation.to_owned()))?;
    let from = Commit::read(&objects, then)?.tree;
    let to = materialize(bench, &mut objects, watch)?.tip_tree();
    report(bench, &objects, from, to)
}

/// How many digits of an id are needed at least.
const DIGITS: usize = 4;

fn find(log: &[Operation], text: &str) -> Option<usize> {
    if text.len() < DIGITS {
        return text.parse().ok().filter(|back| *back < log.len());
    }
    let mut found = log.iter().enumerate().filter(|(_, operation)| operation.id.to_string().starts_with(text));
    match (found.next(), found.next()) {
        (Some((at, _)), None) => Some(at),
        _ => None,
    }
}

/// What a worktree has that is in no patch yet. Files that git does not know do not count.
///
/// # Errors
/// It stands at no patch, or its files cannot be read.
pub fn worktree(bench: &Workbench, which: &Which, watch: &dyn Watch) -> Result<DiffReport> {
    let mut objects = bench.repo.objects();
    let series = materialize(bench, &mut objects, watch)?;
    let place = Place::find(bench, &series, which)?;
    let unmerged = place.worktree.unmerged()?;
    if !unmerged.is_empty() {
        let paths = unmerged.iter().map(|path| display(path.as_ref())).collect();
        return Err(PositionError::EditsConflict { worktree: place.worktree.root().to_owned(), paths }.into());
    }
    let from = series.parent_tree(place.at);
    let to = place.worktree.files_tree(&mut objects, from)?;
    report(bench, &objects, from, to)
}

fn report(bench: &Workbench, objects: &Objects, from: Oid, to: Oid) -> Result<DiffReport> {
    let changes = join(objects, diff_trees(objects, from, to)?)?;
    let text = sections(objects, &changes)?.concat();
    Ok(DiffReport { line: bench.manifest().line.name.clone(), from, to, text: text.into() })
}
