//! The patch against commits of upstream.

use std::collections::{HashMap, HashSet};

use bstr::{BStr, BString, ByteSlice};

use super::compose::{Composed, compose};
use super::{Difference, Extent};
use crate::Result;
use crate::format::deviation::deviation_on;
use crate::format::diff::{Action, Body, FileDiff};
use crate::format::patchfile::{Message, PatchFile};
use crate::git::renames::join;
use crate::git::sections::sections;
use crate::git::tree::{At, Tree};
use crate::git::{Commit, GitError, Objects, Repo, diff_trees};
use crate::model::{FileDeviation, Oid};

/// How the change of `ours` differs from that of `commits` together, which are given oldest first.
///
/// Both sides are made from trees in the same way, so that a rename is one on both. None where a change is that of a root, or cannot be
/// written as a patch: there is nothing to compare then.
pub fn difference(repo: &Repo, objects: &Objects, ours: Oid, commits: &[Oid]) -> Result<Option<Difference>> {
    let changes = commits.iter().map(|id| change(objects, *id)).collect::<Result<Option<Vec<_>>>>()?;
    let (Some(theirs), Some(files)) = (changes, change(objects, ours)?) else { return Ok(None) };
    let theirs = match theirs.len() {
        0 | 1 => together(theirs),
        _ => match composed(repo, objects, ours, commits)? {
            Some(Theirs::Ours) => files.clone(),
            Some(Theirs::Files(files)) => files,
            None => together(theirs),
        },
    };
    let here = here(objects, (ours, &files), (commits[0], &theirs))?;
    let files = deviation_on(&files, &theirs, &|file| here.contains(file.path()));
    let extent = match () {
        () if files.is_empty() => Extent::Identical,
        () if files.iter().all(FileDeviation::is_whitespace_only) => Extent::Whitespace,
        () => Extent::Differs,
    };
    Ok(Some(Difference { of: commits.to_vec(), extent, files }))
}

/// What several commits come to.
enum Theirs {
    /// What ours does.
    Ours,
    /// This.
    Files(Vec<FileDiff>),
}

fn composed(repo: &Repo, objects: &Objects, ours: Oid, commits: &[Oid]) -> Result<Option<Theirs>> {
    let mut objects = repo.objects_over(&objects.snapshot());
    Ok(match compose(repo, &mut objects, ours, commits)? {
        Composed::Ours => Some(Theirs::Ours),
        Composed::Trees(before, after) => between(&objects, before, after)?.map(Theirs::Files),
        Composed::Unknown => None,
    })
}

/// The paths of theirs that ours leaves although the tree that it is made for has them; of a new file, the directory that it comes into.
fn here(objects: &Objects, ours: (Oid, &[FileDiff]), theirs: (Oid, &[FileDiff])) -> Result<HashSet<BString>, GitError> {
    let parent = |id| -> Result<Tree, GitError> {
        let parent = Commit::read(objects, id)?.parents[0];
        Ok(Tree::new(Commit::read(objects, parent)?.tree))
    };
    let (mut our_base, mut their_base) = (parent(ours.0)?, parent(theirs.0)?);
    let touched: HashSet<&BStr> = ours.1.iter().map(FileDiff::path).collect();
    let mut found = HashSet::new();
    for file in theirs.1.iter().filter(|file| !touched.contains(file.path())) {
        let is_here = match (&file.action, &file.old_path) {
            (Action::Create, _) | (_, None) => match home(objects, &mut their_base, file.path())? {
                Some(home) => our_base.get(objects, home)? == At::Directory,
                None => true,
            },
            (_, Some(old)) => our_base.get(objects, old.as_bstr())?.file().is_some(),
        };
        if is_here {
            found.insert(file.path().to_owned());
        }
    }
    Ok(found)
}

/// The nearest directory above a path that a tree has; none if that is the whole tree.
fn home<'a>(objects: &Objects, tree: &mut Tree, path: &'a BStr) -> Result<Option<&'a BStr>, GitError> {
    let mut path = path;
    while let Some(end) = path.rfind_byte(b'/') {
        path = &path[..end];
        if tree.get(objects, path)? == At::Directory {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// What a commit changes against its first parent: of the merge of a pull request, the whole request.
fn change(objects: &Objects, id: Oid) -> Result<Option<Vec<FileDiff>>> {
    let commit = Commit::read(objects, id)?;
    let Some(parent) = commit.parents.first() else { return Ok(None) };
    between(objects, Commit::read(objects, *parent)?.tree, commit.tree)
}

/// What leads from one tree to another.
fn between(objects: &Objects, before: Oid, after: Oid) -> Result<Option<Vec<FileDiff>>> {
    let changes = join(objects, diff_trees(objects, before, after)?)?;
    let file = PatchFile::new(Message::default(), sections(objects, &changes)?);
    Ok(file.ok().map(|file| file.files))
}

/// Several changes that cannot be merged, as one: the hunks of each file one after the other. A line that one adds and a later one removes again stays in both lists.
fn together(changes: Vec<Vec<FileDiff>>) -> Vec<FileDiff> {
    let mut all: Vec<FileDiff> = Vec::new();
    let mut places: HashMap<BString, usize> = HashMap::new();
    for file in changes.into_iter().flatten() {
        let known = file.old_path.as_ref().and_then(|path| places.get(path)).copied();
        if let Some(at) = known {
            append(&mut all[at], file);
            places.insert(all[at].path().into(), at);
        } else {
            places.insert(file.path().into(), all.len());
            all.push(file);
        }
    }
    all
}

/// Adds what a later change does to the same file.
fn append(file: &mut FileDiff, later: FileDiff) {
    file.new_path = later.new_path;
    file.new_id = later.new_id;
    file.new_mode = later.new_mode.or(file.new_mode);
    match (&mut file.body, later.body) {
        (Body::Text(hunks), Body::Text(more)) => hunks.extend(more),
        (Body::None, body) => file.body = body,
        _ => {}
    }
}
