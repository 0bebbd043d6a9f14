//! Patch texts from trees: new ones, and old ones that have to lead from another parent.

use std::collections::{HashMap, HashSet};

use bstr::{BStr, BString, ByteSlice};

use crate::format::diff::FileDiff;
use crate::format::patchfile::{Author, Date, Message, PatchFile};
use crate::format::refresh::refresh_file;

use crate::git::sections::{content, section, side};
use crate::git::{Change, Commit, GitError, Objects};

/// The text of a patch that has to make `changes` now. Sections that still do what they must keep their bytes, and all keep their order;
/// those of files that are new to the patch stand behind them. `None` if nothing has to change.
///
/// Each change comes with the old path by which its section is known, and with whether its blobs are those that the section was made for.
pub fn refreshed(
    objects: &Objects,
    old: &PatchFile,
    changes: &[(BString, bool, Change)],
) -> Result<Option<Vec<BString>>, GitError> {
    if changes.iter().all(|(_, keeps, _)| *keeps) && covers(changes, old) {
        return Ok(None);
    }
    let mut by_path: HashMap<&BStr, Vec<&FileDiff>> = HashMap::new();
    old.files.iter().for_each(|file| by_path.entry(file.path()).or_default().push(file));
    let mut is_same = true;
    let mut used = 0;
    let mut texts = Vec::with_capacity(changes.len());
    for at in in_order(old, changes) {
        let (path, keeps, change) = &changes[at];
        // A file that becomes a symlink has two sections: its deletion and its creation.
        let known = by_path.remove(path.as_bstr()).unwrap_or_default();
        used += known.len();
        let new = match &known[..] {
            [_, ..] if *keeps && known.iter().all(|file| starts_at(file, change)) => None,
            [file] => replaced(objects, file, change)?,
            _ => Some(section(objects, change)?),
        };
        is_same &= new.is_none();
        texts.push(match new {
            Some(bytes) => BString::from(bytes),
            None => known.iter().flat_map(|file| file.raw.iter().copied()).collect::<Vec<u8>>().into(),
        });
    }
    Ok((!is_same || used != old.files.len()).then_some(texts))
}

/// The changes in the order of the text's sections. Those that are new stand behind them.
fn in_order(old: &PatchFile, changes: &[(BString, bool, Change)]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..changes.len()).collect();
    let places = places(old);
    order.sort_by_key(|at| places.get(changes[*at].0.as_bstr()).copied().unwrap_or(usize::MAX));
    order
}

/// Where the text has each path first.
pub fn places(old: &PatchFile) -> HashMap<&BStr, usize> {
    let paths = old.files.iter().map(|file| file.path());
    paths.enumerate().map(|(at, path)| (path, at)).rev().collect()
}

/// Whether the changes are all that the text does: each path that it names is one of theirs.
fn covers(changes: &[(BString, bool, Change)], old: &PatchFile) -> bool {
    let places = changes.iter().flat_map(|(_, _, change)| [&change.old, &change.new]).flatten();
    let known: HashSet<&BStr> = places.map(|place| place.path.as_bstr()).collect();
    let paths =
        old.files.iter().flat_map(|file| [file.old_path.as_ref().filter(|_| !file.is_copy()), file.new_path.as_ref()]);
    paths.flatten().all(|path| known.contains(path.as_bstr()))
}

/// Whether a section takes what the change takes. It does not where names are swapped: then the text speaks of a rename, the change of an edit.
fn starts_at(file: &FileDiff, change: &Change) -> bool {
    file.is_copy() || file.old_path.is_none() || file.old_path.as_ref() == change.old.as_ref().map(|old| &old.path)
}

fn replaced(objects: &Objects, file: &FileDiff, change: &Change) -> Result<Option<Vec<u8>>, GitError> {
    let (old, new) = (content(objects, change.old.as_ref())?, content(objects, change.new.as_ref())?);
    Ok(refresh_file(file, side(change.old.as_ref(), &old), side(change.new.as_ref(), &new)))
}

/// What a commit says, as a patch says it.
pub fn message(commit: &Commit) -> Message {
    let author = &commit.author;
    Message {
        author: Some(Author { name: author.name.clone(), email: author.email.clone() }),
        date: Some(Date { seconds: author.seconds, offset: author.offset.clone() }),
        encoding: commit.encoding.clone(),
        text: commit.message.clone(),
    }
}
