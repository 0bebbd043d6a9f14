//! Edits of a worktree become part of a patch, as quilt's `refresh` has it; and new patches, for edits to come.

use std::path::{Component, Path, PathBuf};

use bstr::{BString, ByteSlice, ByteVec};

use super::edit::EditReport;
use super::error::OpError;
use super::position::{Place, PositionError, Standing, Which};
use super::rebase::old::OldQueue;
use super::replay::{Fate, Replay, Step};
use super::resolve::Session;
use super::rework::{Rework, empty_file, step_to};
use super::workbench::Workbench;
use crate::Result;
use crate::format::patchfile::{Author, Date, Message, PatchFile};
use crate::format::quote::display;
use crate::git::renames::join;
use crate::git::{Commit, Objects, Tree, Worktree, diff_trees};
use crate::model::progress::Watch;
use crate::model::{Oid, Patch, PatchMeta, PatchName};
use crate::store::canonical;

/// What goes where.
#[derive(Debug, Clone)]
pub struct Options {
    /// The patch; the top one without.
    pub name: Option<String>,
    /// Only these files, or what is below these directories, relative to the current directory; everything that git knows without.
    pub paths: Vec<PathBuf>,
    /// The worktree.
    pub which: Which,
    /// When, in seconds since 1970.
    pub when: i64,
}

/// Whether a worktree of the queue has edits that are in no patch.
///
/// # Errors
/// Its files cannot be compared.
pub fn has_edits(bench: &Workbench, which: &Which, watch: &dyn Watch) -> Result<bool> {
    let mut objects = bench.repo.objects();
    let series = super::materialize::materialize(bench, &mut objects, watch)?;
    let Ok(place) = Place::find(bench, &series, which) else { return Ok(false) };
    let tree = series.parent_tree(place.at);
    Ok(!place.worktree.unstaged()?.is_empty() || !place.worktree.staged(tree)?.is_empty())
}

/// Puts a worktree's edits into a patch. What is above is carried over it; what conflicts there is held.
///
/// # Errors
/// The edits do not fit into that patch, or the queue cannot be written. Nothing was changed then.
pub fn amend(bench: &Workbench, options: &Options, watch: &dyn Watch) -> Result<EditReport> {
    Session::refuse(bench)?;
    let mut objects = bench.repo.objects();
    let mut queue = OldQueue::read(bench, &mut objects, watch)?;
    let place = Place::find(bench, &queue.series, &options.which)?;
    let name = target(bench, &place, options.name.as_deref())?;
    let shown = queue.series.parent_tree(place.at);
    let edited =
        edits(&mut objects, &place.worktree, shown, &asked(&place.worktree, &options.which.here, &options.paths)?)?;
    let what = format!("refresh {name}");
    if edited == shown {
        return Ok(EditReport::nothing(bench, &queue.series, &what, vec![name]));
    }
    let at = bench.manifest().applied().position(|patch| patch.name == name).expect("it is applied");
    let tree = own_tree(&mut objects, &queue, at, (shown, edited), &name)?;
    let parent = at.checked_sub(1).map_or(queue.series.base, |before| queue.series.commits[before].commit);
    let ends = (parent, queue.series.parent_tree(at), tree);
    let patch = bench.patch(name.as_str())?;
    let position = bench.manifest().positions()[&name];
    let (step, text) = step_to(&mut objects, bench, patch, super::look::parse(bench, &name)?, ends)?;
    queue.steps[position] = step;
    let mut rework = Rework::new(bench, what.clone(), options.when);
    rework.files.insert(name.file(), Some(text));
    rework.stays = Some((super::position::names(bench)[place.at - 1].clone(), edited));
    rework.standing = Some(Standing { worktree: place.worktree, head: place.head });
    let reworked = rework.finish(objects, &queue.series, &queue.steps, watch)?;
    Ok(EditReport::of(bench, what, vec![name], reworked))
}

/// The patch that the edits are for: one that is applied.
fn target(bench: &Workbench, place: &Place, name: Option<&str>) -> Result<PatchName> {
    let names = super::position::names(bench);
    let Some(name) = name else {
        let top = place.at.checked_sub(1).ok_or(PositionError::AtStart)?;
        return Ok(names[top].clone());
    };
    let name = bench.patch(name)?.name.clone();
    match names.iter().position(|other| *other == name) {
        None => Err(OpError::IsHeld(name).into()),
        Some(at) if at >= place.at => {
            Err(PositionError::NotApplied { name, worktree: place.worktree.root().to_owned() }.into())
        }
        Some(_) => Ok(name),
    }
}

/// The tree that the worktree shows, with the edits that are meant.
pub(super) fn edits(objects: &mut Objects, worktree: &Worktree, shown: Oid, paths: &[BString]) -> Result<Oid> {
    worktree.check_settled()?;
    let unmerged = worktree.unmerged()?;
    if !unmerged.is_empty() {
        let paths = unmerged.iter().map(|path| display(path.as_ref())).collect();
        return Err(PositionError::EditsConflict { worktree: worktree.root().to_owned(), paths }.into());
    }
    let all = worktree.files_tree(objects, shown)?;
    if paths.is_empty() {
        return Ok(all);
    }
    let mut tree = Tree::new(shown);
    let mut missed: Vec<&BString> = paths.iter().collect();
    for change in diff_trees(objects, shown, all)? {
        let path = change.path();
        if paths.iter().any(|asked| covers(asked, path)) {
            missed.retain(|asked| !covers(asked, path));
            tree.set(objects, path, change.new.as_ref().map(|new| new.entry))?;
        }
    }
    match missed.is_empty() {
        true => Ok(tree.write(objects)),
        false => {
            let paths = missed.into_iter().map(|path| display(path.as_ref())).collect();
            Err(PositionError::Untouched { paths }.into())
        }
    }
}

/// The paths that were named, from the top of the worktree.
pub(super) fn asked(worktree: &Worktree, here: &Path, paths: &[PathBuf]) -> Result<Vec<BString>> {
    let one = |path: &PathBuf| {
        let missed = || PositionError::Untouched { paths: vec![path.display().to_string()] };
        Ok(inside(worktree, here, path).ok_or_else(missed)?)
    };
    paths.iter().map(one).collect()
}

/// A path from the top of a worktree, if it is inside; `path` is relative to `here`.
pub(super) fn inside(worktree: &Worktree, here: &Path, path: &Path) -> Option<BString> {
    let mut whole = PathBuf::new();
    for part in canonical(here).join(path).components() {
        match part {
            Component::ParentDir => drop(whole.pop()),
            Component::CurDir => {}
            other => whole.push(other),
        }
    }
    let inside = whole.strip_prefix(worktree.root()).ok()?;
    Vec::from_path_buf(inside.to_owned()).ok().map(BString::from)
}

/// Whether a path is what was asked for, or below it.
pub(super) fn covers(asked: &BString, path: &bstr::BStr) -> bool {
    let asked = asked.trim_end_with(|c| c == '/');
    path.strip_prefix(asked).is_some_and(|rest| rest.is_empty() || rest[0] == b'/' || asked.is_empty())
}

/// The tree of a patch with the edits that were made further up.
fn own_tree(
    objects: &mut Objects,
    queue: &OldQueue<'_>,
    at: usize,
    (shown, edited): (Oid, Oid),
    name: &PatchName,
) -> Result<Oid> {
    let own = queue.series.commits[at].tree;
    if own == shown {
        return Ok(edited);
    }
    let changes = join(objects, diff_trees(objects, shown, edited)?)?;
    match Replay::new(objects, shown, own).carry(&Step { changes: &changes, sections: &[] })? {
        Fate::Carried(placed) => Ok(placed.tree),
        Fate::Conflict(conflicts) => {
            let paths = conflicts.iter().map(|it| display(it.path.as_ref())).collect();
            Err(PositionError::DoNotFit { name: name.clone(), paths }.into())
        }
    }
}

/// What a new patch says.
#[derive(Debug, Clone)]
pub struct NewPatch {
    /// Its name.
    pub name: String,
    /// Its message; the name without.
    pub message: Option<BString>,
    /// Who writes it.
    pub author: Author,
    /// When, with the offset of the place.
    pub date: Date,
    /// Behind that patch; where the worktree stands without, or at the end.
    pub after: Option<String>,
}

/// Adds a patch that changes nothing yet, and stands at it. Edits in the worktree stay what they are.
///
/// # Errors
/// The name is taken or none.
pub fn new(bench: &Workbench, new: &NewPatch, which: &Which, when: i64, watch: &dyn Watch) -> Result<EditReport> {
    Session::refuse(bench)?;
    let name: PatchName = new.name.parse().map_err(|why| OpError::BadName { name: new.name.clone(), why })?;
    let mut taken = bench.manifest().patches.iter().map(|patch| patch.name.folded());
    if taken.any(|other| other == name.folded()) {
        return Err(OpError::NameTaken(name).into());
    }
    let mut objects = bench.repo.objects();
    let mut queue = OldQueue::read(bench, &mut objects, watch)?;
    let place = Place::find(bench, &queue.series, which).ok();
    let (at, below) = new_place(bench, new.after.as_deref(), place.as_ref())?;
    let patch = Patch { name: name.clone(), meta: PatchMeta::default() };
    let commit = below.checked_sub(1).map_or(queue.series.base, |top| queue.series.commits[top].commit);
    let tree = Commit::read(&objects, commit)?.tree;
    let (step, text) = step_to(&mut objects, bench, &patch, first_text(new, &name), (commit, tree, tree))?;
    let what = format!("new {name}");
    let mut rework = Rework::new(bench, what.clone(), when);
    rework.document.insert(at, &patch);
    rework.files.insert(name.file(), Some(text));
    // A worktree that stands elsewhere is not moved: its edits are not for this patch.
    if let Some(place) = place.filter(|place| place.at == below) {
        rework.standing = Some(Standing { worktree: place.worktree, head: place.head });
        rework.stand_at = Some(name.clone());
    }
    let mut steps = std::mem::take(&mut queue.steps);
    steps.insert(at, step);
    let reworked = rework.finish(objects, &queue.series, &steps, watch)?;
    Ok(EditReport::of(bench, what, vec![name.clone()], reworked))
}

fn first_text(new: &NewPatch, name: &PatchName) -> PatchFile {
    let text = new.message.clone().unwrap_or_else(|| format!("{name}\n").into());
    empty_file(Message { author: Some(new.author.clone()), date: Some(new.date.clone()), encoding: None, text })
}

/// The place of a new patch among all patches, and how many of those that are applied are below it.
fn new_place(bench: &Workbench, after: Option<&str>, place: Option<&Place>) -> Result<(usize, usize)> {
    let patches = &bench.manifest().patches;
    let at = match (after, place) {
        (Some(after), _) => bench.manifest().positions()[&bench.patch(after)?.name] + 1,
        (None, Some(place)) if place.at == super::position::names(bench).len() => patches.len(),
        (None, Some(place)) => match place.at.checked_sub(1) {
            Some(top) => bench.manifest().positions()[&super::position::names(bench)[top]] + 1,
            None => 0,
        },
        (None, None) => patches.len(),
    };
    Ok((at, patches[..at].iter().filter(|patch| patch.meta.held.is_none()).count()))
}
