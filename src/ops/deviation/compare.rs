//! The patch against commits of upstream.

use std::collections::HashMap;

use bstr::BString;

use super::{Difference, Extent};
use crate::Result;
use crate::format::deviation::deviation;
use crate::format::diff::{Body, FileDiff};
use crate::format::patchfile::{Message, PatchFile};
use crate::git::renames::join;
use crate::git::sections::sections;
use crate::git::{Commit, Objects, diff_trees};
use crate::model::{FileDeviation, Oid};

/// How the change of `ours` differs from that of `commits` together, which are given oldest first.
///
/// Both sides are made from trees in the same way, so that a rename is one on both. None where a change is that of a root, or cannot be
/// written as a patch: there is nothing to compare then.
pub fn difference(objects: &Objects, ours: Oid, commits: &[Oid]) -> Result<Option<Difference>> {
    let changes = commits.iter().map(|id| change(objects, *id)).collect::<Result<Option<Vec<_>>>>()?;
    let (Some(theirs), Some(ours)) = (changes, change(objects, ours)?) else { return Ok(None) };
    let files = deviation(&ours, &together(theirs));
    let extent = match () {
        () if files.is_empty() => Extent::Identical,
        () if files.iter().all(FileDeviation::is_whitespace_only) => Extent::Whitespace,
        () => Extent::Differs,
    };
    Ok(Some(Difference { of: commits.to_vec(), extent, files }))
}

/// What a commit changes against its first parent: of the merge of a pull request, the whole request.
fn change(objects: &Objects, id: Oid) -> Result<Option<Vec<FileDiff>>> {
    let commit = Commit::read(objects, id)?;
    let Some(parent) = commit.parents.first() else { return Ok(None) };
    let parent = Commit::read(objects, *parent)?.tree;
    let changes = join(objects, diff_trees(objects, parent, commit.tree)?)?;
    let file = PatchFile::new(Message::default(), sections(objects, &changes)?);
    Ok(file.ok().map(|file| file.files))
}

/// Several changes as one: the hunks of each file one after the other. A line that one adds and a later one removes again stays in both lists.
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
