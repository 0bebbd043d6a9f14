//! Patch texts from trees: new ones, and old ones that have to lead from another parent.

use std::collections::HashMap;
use std::sync::Arc;

use bstr::{BStr, BString, ByteSlice};

use crate::format::diff::FileDiff;
use crate::format::patchfile::{Author, Date, Message, PatchFile};
use crate::format::refresh::refresh_file;
use crate::format::render::{Side, render_file};
use crate::git::{Change, Commit, GitError, Objects, Place};
use crate::model::Mode;

/// The sections of a patch that makes these changes.
pub fn sections(objects: &Objects, changes: &[Change]) -> Result<Vec<Vec<u8>>, GitError> {
    changes.iter().map(|change| section(objects, change)).collect()
}

/// One section.
pub fn section(objects: &Objects, change: &Change) -> Result<Vec<u8>, GitError> {
    let (old, new) = (content(objects, change.old.as_ref())?, content(objects, change.new.as_ref())?);
    Ok(render_file(side(change.old.as_ref(), &old), side(change.new.as_ref(), &new), change.is_copy))
}

/// The text of a patch that has to make `changes` now. Sections that still do what they must keep their bytes; `None` if all of them do and
/// none has to go.
///
/// Each change comes with the old path by which its section is known, and with whether its blobs are those that the section was made for.
pub fn refreshed(
    objects: &Objects,
    old: &PatchFile,
    changes: &[(BString, bool, Change)],
) -> Result<Option<Vec<BString>>, GitError> {
    let mut by_path: HashMap<&BStr, Vec<&FileDiff>> = HashMap::new();
    old.files.iter().for_each(|file| by_path.entry(file.path()).or_default().push(file));
    let mut is_same = true;
    let mut used = 0;
    let mut texts = Vec::with_capacity(changes.len());
    for (path, keeps, change) in changes {
        // A file that becomes a symlink has two sections: its deletion and its creation.
        let known = by_path.remove(path.as_bstr()).unwrap_or_default();
        used += known.len();
        let new = match &known[..] {
            [] => Some(section(objects, change)?),
            _ if *keeps => None,
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

fn replaced(objects: &Objects, file: &FileDiff, change: &Change) -> Result<Option<Vec<u8>>, GitError> {
    let (old, new) = (content(objects, change.old.as_ref())?, content(objects, change.new.as_ref())?);
    Ok(refresh_file(file, side(change.old.as_ref(), &old), side(change.new.as_ref(), &new)))
}

fn content(objects: &Objects, place: Option<&Place>) -> Result<Arc<[u8]>, GitError> {
    match place {
        Some(place) if place.entry.mode != Mode::Submodule => objects.blob(place.entry.id),
        _ => Ok(Arc::default()),
    }
}

fn side<'a>(place: Option<&'a Place>, bytes: &'a [u8]) -> Option<Side<'a>> {
    place.map(|place| Side { path: place.path.as_bstr(), mode: place.entry.mode, id: place.entry.id, bytes })
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
