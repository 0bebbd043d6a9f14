//! Each hunk of a worktree's edits goes into the patch that wrote the lines which it replaces.
//!
//! The worktree shows the same before and after. A hunk goes down only if all patches between its own and the worktree's can be carried over it
//! and give what the worktree shows; what cannot stays an edit, with the reason.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use bstr::{BString, ByteSlice};
use serde::Serialize;

use super::amend::{asked, edits};
use super::edit::EditReport;
use super::owners::{Owned, applied, owned};
use super::position::{Place, Standing, Which};
use super::rebase::old::{OldQueue, OldStep};
use super::replay::{Fate, Replay, Step};
use super::resolve::Session;
use super::rework::{Rework, step_to};
use super::workbench::Workbench;
use crate::Result;
use crate::format::lines::{Lines, is_binary, line_edits};
use crate::format::quote::display;
use crate::git::{Change, Entry, Kind, Objects, Tree, diff_trees};
use crate::model::progress::Watch;
use crate::model::{Edit, Oid, PatchName};

/// What goes where.
#[derive(Debug, Clone)]
pub struct Options {
    /// Only these files, or what is below these directories, relative to the current directory.
    pub paths: Vec<PathBuf>,
    /// The worktree.
    pub which: Which,
    /// Whether nothing is written.
    pub dry_run: bool,
    /// When, in seconds since 1970.
    pub when: i64,
}

/// What went where.
#[derive(Debug, Clone, Serialize)]
pub struct AbsorbReport {
    /// The line.
    pub line: String,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// The hunks that went into a patch.
    pub absorbed: Vec<Absorbed>,
    /// The hunks that stay in the worktree.
    pub stayed: Vec<Stayed>,
    /// What the edit did to the queue; nothing if nothing went anywhere, or in a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edit: Option<EditReport>,
}

/// A hunk that went into a patch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Absorbed {
    /// The patch.
    pub patch: PatchName,
    /// The file.
    #[serde(serialize_with = "crate::model::text::bytes")]
    pub path: BString,
    /// The lines that it replaces, from 1, in front of the edits: the first, and how many.
    pub lines: (u32, u32),
}

/// A hunk that stays in the worktree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stayed {
    /// The file.
    #[serde(serialize_with = "crate::model::text::bytes")]
    pub path: BString,
    /// The lines that it replaces, from 1: the first, and how many; none if the file as a whole changes.
    pub lines: Option<(u32, u32)>,
    /// Why.
    pub why: Why,
    /// The patches that it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub patches: Vec<PatchName>,
}

/// Why a hunk stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// No patch wrote those lines: they are the base's.
    Base,
    /// Several patches wrote them.
    Several,
    /// It does not go below these patches.
    Between,
    /// The file is new, gone, binary, or has another mode.
    Whole,
}

/// One edit of one file.
struct Hunk {
    path: BString,
    entry: Entry,
    edit: Edit,
    /// The number of the patch that it belongs to.
    by: usize,
}

/// Puts a worktree's edits where they belong.
///
/// # Errors
/// The worktree stands at no patch, or the queue cannot be written. Nothing was changed then.
pub fn absorb(bench: &Workbench, options: &Options, watch: &dyn Watch) -> Result<AbsorbReport> {
    Session::refuse(bench)?;
    let mut objects = bench.repo.objects();
    let mut queue = OldQueue::read(bench, &mut objects, watch)?;
    let place = Place::find(bench, &queue.series, &options.which)?;
    let shown = queue.series.parent_tree(place.at);
    let paths = asked(&place.worktree, &options.which.here, &options.paths)?;
    let edited = edits(&mut objects, &place.worktree, shown, &paths)?;
    let names = super::position::names(bench);
    let (hunks, mut stayed) = hunks(&mut objects, &queue, place.at, (shown, edited), &names)?;
    let mut fold = Fold { queue: &queue, at: place.at, shown, new: edited };
    let (taken, left) = fold.choose(&mut objects, hunks)?;
    stayed.extend(
        left.into_iter()
            .map(|(hunk, between)| Stayed { patches: vec![names[between].clone()], ..stays(&hunk, Why::Between) }),
    );
    stayed.sort_by(|a, b| (&a.path, a.lines).cmp(&(&b.path, b.lines)));
    let absorbed: Vec<Absorbed> = taken
        .iter()
        .map(|hunk| Absorbed { patch: names[hunk.by].clone(), path: hunk.path.clone(), lines: lines(&hunk.edit) })
        .collect();
    let line = bench.manifest().line.name.clone();
    let mut report = AbsorbReport { line, dry_run: options.dry_run, absorbed, stayed, edit: None };
    if options.dry_run || taken.is_empty() {
        return Ok(report);
    }
    let trees = fold.trees(&mut objects, &taken)?.expect("it was tried");
    let shows = trees.shows;
    let mut files = BTreeMap::new();
    for (by, tree) in &trees.own {
        let (name, parent) =
            (&names[*by], by.checked_sub(1).map_or(queue.series.base, |it| queue.series.commits[it].commit));
        let ends = (parent, trees.before[by], *tree);
        let (step, text) =
            step_to(&mut objects, bench, bench.patch(name.as_str())?, super::look::parse(bench, name)?, ends)?;
        let at = bench.manifest().positions()[name];
        queue.steps[at] = step;
        files.insert(name.file(), Some(text));
    }
    let into: Vec<PatchName> = trees.own.keys().map(|by| names[*by].clone()).collect();
    let what = format!("absorb {}", super::edit::listed(&into));
    let mut rework = Rework::new(bench, what.clone(), options.when);
    rework.files = files;
    rework.stays = Some((names[place.at - 1].clone(), shows));
    rework.standing = Some(Standing { worktree: place.worktree, head: place.head });
    let reworked = rework.finish(objects, &queue.series, &queue.steps, watch)?;
    report.edit = Some(EditReport::of(bench, what, into, reworked));
    Ok(report)
}

fn lines(edit: &Edit) -> (u32, u32) {
    (edit.old_start + 1, edit.old_len)
}

fn stays(hunk: &Hunk, why: Why) -> Stayed {
    Stayed { path: hunk.path.clone(), lines: Some(lines(&hunk.edit)), why, patches: Vec::new() }
}

/// The edits that belong to one patch each, and those that do not.
fn hunks(
    objects: &mut Objects,
    queue: &OldQueue<'_>,
    at: usize,
    (shown, edited): (Oid, Oid),
    names: &[PatchName],
) -> Result<(Vec<Hunk>, Vec<Stayed>)> {
    let (mut hunks, mut stayed) = (Vec::new(), Vec::new());
    for change in diff_trees(objects, shown, edited)? {
        let path = change.path().to_owned();
        let Some((entry, old, new)) = texts(objects, &change)? else {
            stayed.push(Stayed { path, lines: None, why: Why::Whole, patches: Vec::new() });
            continue;
        };
        let owned = owned(objects, queue, at, path.as_ref())?;
        for edit in line_edits(&old, &new) {
            let owners = owners_of(&owned, &edit);
            let hunk =
                Hunk { path: path.clone(), entry, edit, by: owners.iter().flatten().next().copied().unwrap_or(0) };
            match &owners.iter().collect::<Vec<_>>()[..] {
                [Some(_)] => hunks.push(hunk),
                [] | [None] => stayed.push(stays(&hunk, Why::Base)),
                several => {
                    let patches = several.iter().filter_map(|by| Some(names[(**by)?].clone())).collect();
                    stayed.push(Stayed { patches, ..stays(&hunk, Why::Several) });
                }
            }
        }
    }
    Ok((hunks, stayed))
}

/// Both texts of a file whose lines alone change.
fn texts(objects: &Objects, change: &Change) -> Result<Option<(Entry, BString, BString)>> {
    let (Some(old), Some(new)) = (&change.old, &change.new) else { return Ok(None) };
    if old.entry.mode != new.entry.mode || !old.entry.mode.is_file() {
        return Ok(None);
    }
    let (before, after) = (objects.blob(old.entry.id)?, objects.blob(new.entry.id)?);
    let is_text = !is_binary(&before) && !is_binary(&after);
    Ok(is_text.then(|| (old.entry, before.to_vec().into(), after.to_vec().into())))
}

/// Who wrote the lines that an edit replaces; of an insertion, who wrote the lines beside it.
fn owners_of(owned: &Owned, edit: &Edit) -> BTreeSet<Option<usize>> {
    let (start, end) = (edit.old_start as usize, edit.old_end() as usize);
    match edit.old_len {
        0 => start.checked_sub(1).into_iter().chain([start]).filter_map(|at| owned.lines.get(at)).copied().collect(),
        _ => owned.lines[start..end].iter().copied().collect(),
    }
}

/// The hunks that go down, and the others, each with the number of the patch that is in the way.
type Chosen = (Vec<Hunk>, Vec<(Hunk, usize)>);

/// Hunks on their way down.
struct Fold<'f, 'a> {
    queue: &'f OldQueue<'a>,
    at: usize,
    shown: Oid,
    new: Oid,
}

/// The queue with hunks in its patches.
struct Trees {
    /// The new tree of each patch that takes something.
    own: BTreeMap<usize, Oid>,
    /// The tree in front of it.
    before: BTreeMap<usize, Oid>,
    /// What the worktree shows of it.
    shows: Oid,
}

impl Fold<'_, '_> {
    /// The hunks that go down together, and the others, each with the patch that is in the way.
    fn choose(&mut self, objects: &mut Objects, hunks: Vec<Hunk>) -> Result<Chosen> {
        if self.trees(objects, &hunks)?.is_some() {
            return Ok((hunks, Vec::new()));
        }
        let (mut taken, mut left): Chosen = (Vec::new(), Vec::new());
        for hunk in hunks {
            taken.push(hunk);
            if self.trees(objects, &taken)?.is_none() {
                let hunk = taken.pop().expect("it was pushed");
                let between = self.obstacle(objects, &hunk)?;
                left.push((hunk, between));
            }
        }
        Ok((taken, left))
    }

    /// The patch nearest to the worktree that a hunk does not get below; its own, if the patches in between make something else of it.
    fn obstacle(&self, objects: &mut Objects, hunk: &Hunk) -> Result<usize> {
        for at in (hunk.by + 1..self.at).rev() {
            if self.down(objects, &[hunk], at - 1)?.is_none() {
                return Ok(at);
            }
        }
        Ok(hunk.by)
    }

    /// The tree of the worktree with these hunks and no others.
    fn with(&self, objects: &mut Objects, hunks: &[&Hunk]) -> Result<Oid> {
        let mut tree = Tree::new(self.shown);
        let mut edited = Tree::new(self.new);
        let mut by_path: BTreeMap<&BString, Vec<&Hunk>> = BTreeMap::new();
        hunks.iter().for_each(|hunk| by_path.entry(&hunk.path).or_default().push(hunk));
        for (path, hunks) in by_path {
            let entry = hunks[0].entry;
            let new = edited.get(objects, path.as_ref())?.file().map_or(entry.id, |entry| entry.id);
            let (old, new) = (objects.blob(entry.id)?, objects.blob(new)?);
            let (old, new) = (Lines::of(&old), Lines::of(&new));
            let (mut text, mut at) = (Vec::new(), 0);
            for hunk in hunks {
                text.extend_from_slice(old.slice(at..hunk.edit.old_start));
                text.extend_from_slice(new.slice(hunk.edit.new_start..hunk.edit.new_end()));
                at = hunk.edit.old_end();
            }
            text.extend_from_slice(old.slice(at..old.count()));
            let id = objects.write(Kind::Blob, text);
            tree.set(objects, path.as_ref(), Some(Entry { id, ..entry }))?;
        }
        Ok(tree.write(objects))
    }

    /// The tree behind a patch with hunks of the worktree; `None` if they conflict there.
    fn down(&self, objects: &mut Objects, hunks: &[&Hunk], by: usize) -> Result<Option<Oid>> {
        let new = self.with(objects, hunks)?;
        let changes = diff_trees(objects, self.shown, new)?;
        let mut replay = Replay::new(objects, self.shown, self.queue.series.commits[by].tree);
        Ok(match replay.carry(&Step { changes: &changes, sections: &[] })? {
            Fate::Carried(placed) => Some(placed.tree),
            Fate::Conflict(_) => None,
        })
    }

    /// All patches up to the worktree's with these hunks in theirs; `None` unless that gives what the worktree shows.
    fn trees(&self, objects: &mut Objects, hunks: &[Hunk]) -> Result<Option<Trees>> {
        let mut by_patch: BTreeMap<usize, Vec<&Hunk>> = BTreeMap::new();
        hunks.iter().for_each(|hunk| by_patch.entry(hunk.by).or_default().push(hunk));
        let shows = self.with(objects, &hunks.iter().collect::<Vec<_>>())?;
        let mut trees = Trees { own: BTreeMap::new(), before: BTreeMap::new(), shows };
        let Some(first) = by_patch.keys().next().copied() else { return Ok(Some(trees)) };
        let steps = applied(self.queue);
        let mut tip = self.queue.series.parent_tree(first);
        for (at, step) in steps.iter().enumerate().take(self.at).skip(first) {
            let Some(hunks) = by_patch.get(&at) else {
                match self.over(objects, step, at, tip)? {
                    Some(tree) => tip = tree,
                    None => return Ok(None),
                }
                continue;
            };
            let Some(own) = self.down(objects, hunks, at)? else { return Ok(None) };
            trees.own.insert(at, own);
            trees.before.insert(at, self.queue.series.parent_tree(at));
            // The patch as it will be, over what the patches below have more now.
            let changes = diff_trees(objects, self.queue.series.parent_tree(at), own)?;
            let mut replay = Replay::new(objects, self.queue.series.parent_tree(at), tip);
            match replay.carry(&Step { changes: &changes, sections: &[] })? {
                Fate::Carried(placed) => tip = placed.tree,
                Fate::Conflict(_) => return Ok(None),
            }
        }
        Ok((tip == shows).then_some(trees))
    }

    /// A patch that takes nothing, over what the patches below have more.
    fn over(&self, objects: &mut Objects, step: &OldStep<'_>, at: usize, tip: Oid) -> Result<Option<Oid>> {
        let mut replay = Replay::new(objects, self.queue.series.parent_tree(at), tip);
        Ok(match replay.carry(&step.step())? {
            Fate::Carried(placed) => Some(placed.tree),
            Fate::Conflict(_) => None,
        })
    }
}

/// A hunk's place, for people.
pub fn place(path: &BString, lines: Option<(u32, u32)>) -> String {
    let path = display(path.as_bstr());
    match lines {
        None => path,
        Some((at, 0)) => format!("{path}, in front of line {at}"),
        Some((at, 1)) => format!("{path}, line {at}"),
        Some((at, count)) => format!("{path}, lines {at}-{}", at + count - 1),
    }
}
