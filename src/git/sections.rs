//! Sections of patches from trees.

use std::sync::Arc;

use bstr::ByteSlice;

use super::{Change, GitError, Objects, Place};
use crate::format::render::{Side, render_file};
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

/// The content of a file; none of a submodule.
pub fn content(objects: &Objects, place: Option<&Place>) -> Result<Arc<[u8]>, GitError> {
    match place {
        Some(place) if place.entry.mode != Mode::Submodule => objects.blob(place.entry.id),
        _ => Ok(Arc::default()),
    }
}

/// A file as one side of a change.
pub fn side<'a>(place: Option<&'a Place>, bytes: &'a [u8]) -> Option<Side<'a>> {
    place.map(|place| Side { path: place.path.as_bstr(), mode: place.entry.mode, id: place.entry.id, bytes })
}
