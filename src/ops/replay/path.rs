//! One path of a step: which case of a three-way merge it is.

use std::sync::Arc;

use bstr::{BStr, BString};

use super::carry::{Between, Carried, pass};
use super::{Do, How, Replay, merge_modes};
use crate::format::apply::apply_hunks;
use crate::format::diff::{Body, FileDiff, is_binary, line_edits};
use crate::format::merge::{Merged, merge};
use crate::format::union::union;
use crate::git::objects::{Fresh, Kind};
use crate::git::renames::Moved;
use crate::git::tree::At;
use crate::git::{Change, Entry, GitError, Objects, Place};
use crate::model::{Conflict, ConflictKind, Edit, Oid};

impl Replay<'_> {
    /// What a change does to the new series.
    pub(super) fn place(&mut self, change: &Change, section: Option<&FileDiff>) -> Result<Do, GitError> {
        match (&change.old, &change.new) {
            (None, Some(new)) => self.create(new, section),
            (Some(old), None) => self.delete(old),
            (Some(old), Some(new)) => self.modify(old, new, change.is_copy, section),
            (None, None) => Ok(Do::Nothing),
        }
    }

    fn create(&mut self, new: &Place, section: Option<&FileDiff>) -> Result<Do, GitError> {
        match self.tip.get(self.objects, new.path.as_ref())? {
            At::File(entry) if entry == new.entry => return Ok(Do::Nothing),
            At::File(entry) => return self.add_add(new, entry),
            At::Nothing | At::Directory | At::Blocked => {}
        }
        if !self.is_free(new.path.as_ref())? {
            return Ok(stop(&new.path, ConflictKind::FileDirectory));
        }
        let how = if self.is_stale_copy(new, section)? { How::Merged } else { How::Taken };
        Ok(Do::Put { change: Change { old: None, new: Some(new.clone()), is_copy: false }, how })
    }

    /// Whether nothing is in the way at a path once the step has left its old paths.
    fn is_free(&mut self, path: &BStr) -> Result<bool, GitError> {
        if self.tip.get(self.objects, path)? == At::Nothing {
            return Ok(true);
        }
        let mut left = self.tip.clone();
        for gone in &self.leaving {
            left.set(self.objects, gone.as_ref(), None)?;
        }
        Ok(left.get(self.objects, path)? == At::Nothing)
    }

    /// Whether the text makes the file by copying one that is another by now: then the text would give another content.
    fn is_stale_copy(&mut self, new: &Place, section: Option<&FileDiff>) -> Result<bool, GitError> {
        let Some(section) = section.filter(|section| section.is_copy()) else { return Ok(false) };
        let source = section.old_path.clone().unwrap_or_default();
        let Some(source) = self.tip.get(self.objects, source.as_ref())?.file() else { return Ok(true) };
        let made = match source.mode.is_file() {
            true => section.apply(Some(&self.objects.blob(source.id)?)).ok().and_then(|(bytes, _)| bytes),
            false => None,
        };
        Ok(made.is_none_or(|bytes| Objects::id_of(Kind::Blob, &bytes) != new.entry.id))
    }

    fn delete(&mut self, old: &Place) -> Result<Do, GitError> {
        match self.tip.get(self.objects, old.path.as_ref())? {
            At::File(entry) if entry == old.entry => {
                let change = Change { old: Some(old.clone()), new: None, is_copy: false };
                Ok(Do::Put { change, how: How::Taken })
            }
            At::File(_) => Ok(stop(&old.path, ConflictKind::ModifyDelete)),
            At::Directory => Ok(stop(&old.path, ConflictKind::FileDirectory)),
            // Upstream moved it, and thought it worth keeping.
            At::Nothing | At::Blocked => Ok(match self.follow(old)? {
                Some(place) => stop(&place.path, ConflictKind::ModifyDelete),
                None => Do::Nothing,
            }),
        }
    }

    fn modify(&mut self, old: &Place, new: &Place, is_copy: bool, section: Option<&FileDiff>) -> Result<Do, GitError> {
        let renames = old.path != new.path;
        let tip = match self.tip.get(self.objects, old.path.as_ref())? {
            At::File(entry) => Place { path: old.path.clone(), entry },
            At::Directory => return Ok(stop(&old.path, ConflictKind::FileDirectory)),
            At::Nothing | At::Blocked if renames && self.has(new)? => return Ok(Do::Nothing),
            At::Nothing | At::Blocked => match self.follow(old)? {
                Some(place) => place,
                None => return Ok(stop(&old.path, ConflictKind::ModifyDelete)),
            },
        };
        if tip.path != old.path && !old.entry.mode.same_type(new.entry.mode) {
            let kind = without_lines(&[old.entry, tip.entry, new.entry]).unwrap_or(ConflictKind::Mode);
            return Ok(stop(&tip.path, kind));
        }
        let target = match (renames, tip.path == old.path) {
            (true, true) => new.path.clone(),
            (true, false) if tip.path == new.path => new.path.clone(),
            (true, false) => return Ok(stop(&tip.path, ConflictKind::Rename)),
            (false, _) => tip.path.clone(),
        };
        if renames && tip.path != target && !self.is_free(target.as_ref())? {
            let is_file = matches!(self.tip.get(self.objects, target.as_ref())?, At::File(_));
            return Ok(stop(&target, if is_file { ConflictKind::Rename } else { ConflictKind::FileDirectory }));
        }
        self.content(old, new, tip, target, is_copy, section)
    }

    /// Whether exactly this stands there already.
    fn has(&mut self, place: &Place) -> Result<bool, GitError> {
        Ok(self.tip.get(self.objects, place.path.as_ref())? == At::File(place.entry))
    }

    fn content(
        &mut self,
        old: &Place,
        new: &Place,
        tip: Place,
        target: BString,
        is_copy: bool,
        section: Option<&FileDiff>,
    ) -> Result<Do, GitError> {
        let done = |id: Oid, mode, how| {
            let entry = Entry { mode, id };
            if entry == tip.entry && target == tip.path {
                return Do::Nothing;
            }
            let new = Some(Place { path: target.clone(), entry });
            Do::Put { change: Change { old: Some(tip.clone()), new, is_copy }, how }
        };
        let Some(mode) = merge_modes(old.entry, tip.entry, new.entry) else {
            return Ok(stop(&tip.path, ConflictKind::Mode));
        };
        let stays = tip.path == old.path && target == new.path;
        if tip.entry.id == old.entry.id {
            let how = if stays && tip.entry.mode == old.entry.mode { How::Taken } else { How::Merged };
            return Ok(done(new.entry.id, mode, how));
        }
        if new.entry.id == old.entry.id {
            return Ok(done(tip.entry.id, mode, How::Merged));
        }
        if new.entry.id == tip.entry.id {
            return Ok(done(tip.entry.id, mode, How::Reduced));
        }
        if let Some(kind) = without_lines(&[old.entry, tip.entry, new.entry]) {
            return Ok(stop(&tip.path, kind));
        }
        match self.merge(old, &tip, new.entry.id, target.as_ref(), section)? {
            Content::Kept => Ok(Do::Keep),
            Content::Resolved(id) => Ok(done(id, mode, How::Resolved)),
            Content::Merged(id) => Ok(done(id, mode, How::Merged)),
            Content::Reduced(id) => Ok(done(id, mode, How::Reduced)),
            Content::Stop(kind) => Ok(stop(&tip.path, kind)),
        }
    }

    /// Merges the text of a step into a file. Where `both` is set, both sides have a say where they disagree.
    pub(super) fn merge_text(
        &mut self,
        old: &Place,
        tip: &Place,
        new: Oid,
        target: &BStr,
        section: Option<&FileDiff>,
        both: bool,
    ) -> Result<Content, GitError> {
        let carried = match self.files.remove(&tip.path) {
            Some(carried) if carried.parent == old.entry.id && carried.tip == tip.entry.id => carried,
            _ => match Carried::start(self.objects, old.entry.id, tip.entry.id)? {
                Some(carried) => carried,
                None => return Ok(Content::Stop(ConflictKind::Binary)),
            },
        };
        let Some((result, edits)) = self.result(&carried, new, section)? else {
            return Ok(Content::Stop(ConflictKind::Binary));
        };
        let (bytes, between, how) = match pass(&carried, &edits, &result) {
            Some((bytes, between)) => (bytes, between, How::Merged),
            None => match merge(&carried.parent_bytes, &carried.tip_bytes, &result) {
                Merged::Conflict(_) if both => {
                    let bytes = union(&carried.parent_bytes, &carried.tip_bytes, &result);
                    self.note(target, "union");
                    let between = Between::of(&result, &bytes);
                    (bytes, between, How::Merged)
                }
                Merged::Conflict(_) => {
                    let Some(bytes) = self.ask([&old.path, &tip.path], &carried, &result) else {
                        self.files.insert(tip.path.clone(), carried);
                        return Ok(Content::Stop(ConflictKind::Content));
                    };
                    let between = Between::of(&result, &bytes);
                    (bytes, between, How::Resolved)
                }
                Merged::Clean(bytes) => {
                    let is_less = changed_lines(&line_edits(&carried.tip_bytes, &bytes)) < changed_lines(&edits);
                    let between = Between::of(&result, &bytes);
                    (bytes, between, if is_less { How::Reduced } else { How::Merged })
                }
            },
        };
        let tip_bytes: Arc<[u8]> = bytes.into();
        let id = Objects::id_of(Kind::Blob, &tip_bytes);
        let fresh = Fresh { kind: Kind::Blob, bytes: tip_bytes.clone(), like: Some(tip.entry.id) };
        self.objects.insert(id, fresh);
        let after = Carried { parent: new, parent_bytes: result, tip: id, tip_bytes, between };
        self.files.insert(target.to_owned(), after);
        Ok(match how {
            How::Resolved => Content::Resolved(id),
            How::Reduced => Content::Reduced(id),
            How::Taken | How::Merged => Content::Merged(id),
        })
    }

    /// What recorded answers make of a conflict, if they settle all of it.
    fn ask(&mut self, paths: [&BString; 2], carried: &Carried, result: &[u8]) -> Option<Vec<u8>> {
        let (answers, patch) = self.answers.as_ref()?;
        let (asked, text) = answers.ask(patch, paths, [&carried.parent_bytes, &carried.tip_bytes, result]);
        self.asked.push(asked);
        text
    }

    /// What the patch makes of its parent, and by which edits: from its text if that is at hand, else by a diff.
    fn result(&self, carried: &Carried, new: Oid, section: Option<&FileDiff>) -> Result<Option<Edited>, GitError> {
        if let Some(FileDiff { body: Body::Text(hunks), .. }) = section
            && let Ok(applied) = apply_hunks(&carried.parent_bytes, hunks)
        {
            return Ok(Some((applied.bytes.into(), applied.edits)));
        }
        let bytes = self.objects.blob(new)?;
        if is_binary(&bytes) {
            return Ok(None);
        }
        let edits = line_edits(&carried.parent_bytes, &bytes);
        Ok(Some((bytes, edits)))
    }

    /// Where a file of the old series, missing from the new one, went.
    pub(super) fn follow(&mut self, old: &Place) -> Result<Option<Place>, GitError> {
        let (from, to) = (self.old_base, self.new_base);
        let moved = self.moved.entry(from).or_insert_with(|| Moved::between(from, to));
        let Some(path) = moved.find(self.objects, old)? else { return Ok(None) };
        let entry = self.tip.get(self.objects, path.as_ref())?.file();
        Ok(entry.map(|entry| Place { path, entry }))
    }
}

/// A text, and the edits that led to it.
type Edited = (Arc<[u8]>, Vec<Edit>);

pub(super) enum Content {
    /// As it is, because a driver says so.
    Kept,
    Merged(Oid),
    Reduced(Oid),
    Resolved(Oid),
    Stop(ConflictKind),
}

pub(super) fn stop(path: &BString, kind: ConflictKind) -> Do {
    Do::Stop(Conflict { path: path.clone(), kind })
}

/// What kind of conflict it is when something without lines was changed on both sides.
fn without_lines(entries: &[Entry]) -> Option<ConflictKind> {
    use crate::model::Mode;
    let any = |mode| entries.iter().any(|entry| entry.mode == mode);
    match () {
        () if any(Mode::Submodule) => Some(ConflictKind::Submodule),
        () if any(Mode::Symlink) => Some(ConflictKind::Symlink),
        () => None,
    }
}

fn changed_lines(edits: &[Edit]) -> u64 {
    edits.iter().map(|edit| u64::from(edit.old_len) + u64::from(edit.new_len)).sum()
}
