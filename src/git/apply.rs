//! Materializes a queue: base and patch files become trees and commits, a pure function of both.
//!
//! The committer and both dates are the author's, so that the same base and the same files give the same ids on every machine.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bstr::{BStr, BString, ByteSlice};

use super::commit::Actor;
use super::objects::{Fresh, Kind};
use super::tree::At;
use super::{Change, Commit, Entry, GitError, Objects, Place, Tree};
use crate::error::{self, Hint};
use crate::format::apply::ApplyError;
use crate::format::diff::{Action, Body, FileDiff};
use crate::format::patchfile::{Message, PatchFile};
use crate::model::{Content, Mode, Oid, PatchName, Touch};

/// What a patch became.
#[derive(Debug, Clone)]
pub struct Made {
    /// The commit.
    pub commit: Oid,
    /// Its tree.
    pub tree: Oid,
    /// What differs between its parent's tree and its own, one for each section of the text.
    pub changes: Vec<Change>,
    /// The same as the dependency graph sees it, with the exact places of the edits.
    pub touches: Vec<Touch>,
}

/// A patch that does not fit its base.
#[derive(Debug, thiserror::Error)]
pub enum MaterializeError {
    /// A section does not apply.
    #[error("patches/{patch}.patch:{line}: {why}")]
    DoesNotApply {
        /// The patch.
        patch: PatchName,
        /// The line on which the section starts.
        line: usize,
        /// Why.
        why: Misfit,
    },
    /// The repository fails.
    #[error(transparent)]
    Git(#[from] GitError),
}

/// Why a section does not fit.
#[derive(Debug, thiserror::Error)]
pub enum Misfit {
    /// The path should be there and is not.
    #[error("{0} does not exist in front of this patch")]
    Missing(String),
    /// The path is there and should not be.
    #[error("{0} exists already in front of this patch")]
    Exists(String),
    /// The path leads through something that is not a directory, a symlink for one.
    #[error("{0} leads through a file or symlink")]
    Through(String),
    /// It is of another type.
    #[error("{path} is {actual}, where the patch expects {expected}")]
    Type {
        /// The path.
        path: String,
        /// What it is.
        actual: &'static str,
        /// What the patch says.
        expected: &'static str,
    },
    /// The hunks do not fit.
    #[error("{path}: {source}")]
    Hunks {
        /// The path.
        path: String,
        /// Why.
        source: ApplyError,
    },
    /// A submodule section that is not one line with a commit id.
    #[error("{0} is a submodule, whose patch must be one `Subproject commit` line")]
    Submodule(String),
}

impl Hint for MaterializeError {
    fn kind(&self) -> error::Kind {
        match self {
            MaterializeError::DoesNotApply { .. } => error::Kind::User,
            MaterializeError::Git(error) => error.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            MaterializeError::DoesNotApply { patch, .. } => Some(format!(
                "patch files apply to the base in pq.toml, in the order of `series`: restore patches/{patch}.patch or the order \
                 (`pq undo` takes back pq's last change), and move to another base with `pq rebase`"
            )),
            MaterializeError::Git(error) => error.hint(),
        }
    }
}

/// Patches on a base, one after the other.
pub struct Stack<'a> {
    objects: &'a mut Objects,
    tree: Tree,
    /// The last commit; none before the first one of a new history.
    commit: Option<Oid>,
    /// Blobs that were seen: the next patch often needs the last one's result.
    blobs: HashMap<Oid, Arc<[u8]>>,
}

/// One section, worked out and not put yet.
struct Ready {
    change: Change,
    touch: Touch,
}

impl<'a> Stack<'a> {
    /// Starts on the commit `base` with the tree `tree`.
    pub fn new(objects: &'a mut Objects, base: Oid, tree: Oid) -> Self {
        Stack { objects, tree: Tree::new(tree), commit: Some(base), blobs: HashMap::new() }
    }

    /// Starts a new history: the first patch becomes a commit without a parent.
    pub fn root(objects: &'a mut Objects) -> Self {
        let empty = objects.write(Kind::Tree, Vec::new());
        Stack { objects, tree: Tree::new(empty), commit: None, blobs: HashMap::new() }
    }

    /// Applies a patch on top. Nothing of it stays if a section does not fit.
    pub fn push(&mut self, name: &PatchName, file: &PatchFile) -> Result<Made, MaterializeError> {
        let leaving: Vec<&BStr> = file
            .files
            .iter()
            .filter(|section| leaves(section))
            .filter_map(|s| s.old_path.as_ref().map(|p| p.as_bstr()))
            .collect();
        if let Some((line, why)) = clash(&file.files) {
            return Err(MaterializeError::DoesNotApply { patch: name.clone(), line, why });
        }
        let mut readies = Vec::with_capacity(file.files.len());
        for section in &file.files {
            let ready = self.ready(section, &leaving)?;
            readies.push(ready.map_err(|why| MaterializeError::DoesNotApply {
                patch: name.clone(),
                line: section.line,
                why,
            })?);
        }
        self.put(&readies)?;
        let tree = self.tree.write(self.objects);
        let commit = self.objects.write(Kind::Commit, commit(tree, self.commit, &file.message).to_bytes());
        self.commit = Some(commit);
        let (changes, touches) = readies.into_iter().map(|ready| (ready.change, ready.touch)).unzip();
        Ok(Made { commit, tree, changes, touches })
    }

    fn put(&mut self, readies: &[Ready]) -> Result<(), GitError> {
        for change in readies.iter().map(|ready| &ready.change).filter(|change| change.leaves_old_path()) {
            if let Some(old) = &change.old {
                self.tree.set(self.objects, old.path.as_ref(), None)?;
            }
        }
        for new in readies.iter().filter_map(|ready| ready.change.new.as_ref()) {
            self.tree.set(self.objects, new.path.as_ref(), Some(new.entry))?;
        }
        Ok(())
    }

    fn ready(&mut self, section: &FileDiff, leaving: &[&BStr]) -> Result<Result<Ready, Misfit>, GitError> {
        let old = match &section.old_path {
            Some(path) => match self.existing(section, path)? {
                Ok(place) => Some(place),
                Err(misfit) => return Ok(Err(misfit)),
            },
            None => None,
        };
        let moves = section.new_path != section.old_path;
        if let Some(path) = section.new_path.as_ref().filter(|_| moves) {
            let found = self.tree.get(self.objects, path.as_ref())?;
            if found != At::Nothing && !self.is_left(path.as_ref(), leaving)? {
                let path = show(path.as_ref());
                return Ok(Err(if found == At::Blocked { Misfit::Through(path) } else { Misfit::Exists(path) }));
            }
        }
        self.result(section, old)
    }

    /// Whether nothing stands at a path once the patch has left its old paths.
    fn is_left(&self, path: &BStr, leaving: &[&BStr]) -> Result<bool, GitError> {
        let mut tree = self.tree.clone();
        for gone in leaving {
            tree.set(self.objects, gone, None)?;
        }
        Ok(tree.get(self.objects, path)? == At::Nothing)
    }

    fn existing(&mut self, section: &FileDiff, path: &BString) -> Result<Result<Place, Misfit>, GitError> {
        let entry = match self.tree.get(self.objects, path.as_ref())? {
            At::File(entry) => entry,
            At::Blocked => return Ok(Err(Misfit::Through(show(path.as_ref())))),
            At::Nothing | At::Directory => return Ok(Err(Misfit::Missing(show(path.as_ref())))),
        };
        Ok(match section.old_mode {
            Some(expected) if !expected.same_type(entry.mode) => {
                Err(Misfit::Type { path: show(path.as_ref()), actual: word(entry.mode), expected: word(expected) })
            }
            _ => Ok(Place { path: path.clone(), entry }),
        })
    }

    fn result(&mut self, section: &FileDiff, old: Option<Place>) -> Result<Result<Ready, Misfit>, GitError> {
        let mode = section.new_mode.or(old.as_ref().map(|old| old.entry.mode)).unwrap_or(Mode::Regular);
        let is_submodule = [Some(mode), old.as_ref().map(|old| old.entry.mode)].contains(&Some(Mode::Submodule));
        let before = match &old {
            Some(old) if old.entry.mode == Mode::Submodule => Some(subproject(old.entry.id)),
            Some(old) => Some(self.blob(old.entry.id)?),
            None => None,
        };
        let (after, content) = match section.apply(before.as_deref()) {
            Ok(applied) => applied,
            Err(source) => return Ok(Err(Misfit::Hunks { path: show(section.path()), source })),
        };
        let id = match (&section.new_path, after, &old) {
            (None, _, _) => None,
            (Some(_), _, Some(old)) if section.body == Body::None => Some(old.entry.id),
            (Some(path), Some(bytes), _) if is_submodule => match submodule_id(&bytes) {
                Some(id) => Some(id),
                None => return Ok(Err(Misfit::Submodule(show(path.as_ref())))),
            },
            (Some(_), bytes, old) => Some(self.keep(bytes.unwrap_or_default(), old.as_ref())),
        };
        let new = section.new_path.clone().zip(id).map(|(path, id)| Place { path, entry: Entry { mode, id } });
        let content = if mode.is_file() { content } else { whole(content) };
        Ok(Ok(ready(section, old, new, content)))
    }

    fn blob(&mut self, id: Oid) -> Result<Arc<[u8]>, GitError> {
        if let Some(bytes) = self.blobs.get(&id) {
            return Ok(bytes.clone());
        }
        self.objects.blob(id)
    }

    fn keep(&mut self, bytes: Vec<u8>, old: Option<&Place>) -> Oid {
        let bytes: Arc<[u8]> = bytes.into();
        let id = Objects::id_of(Kind::Blob, &bytes);
        if let Some(old) = old {
            self.blobs.remove(&old.entry.id);
        }
        self.blobs.insert(id, bytes.clone());
        self.objects.insert(id, Fresh { kind: Kind::Blob, bytes, like: old.map(|old| old.entry.id) });
        id
    }
}

fn ready(section: &FileDiff, old: Option<Place>, new: Option<Place>, content: Content) -> Ready {
    let is_copy = matches!(section.action, Action::Copy { .. });
    let touch = Touch {
        old_path: old.as_ref().map(|old| old.path.clone()),
        new_path: new.as_ref().map(|new| new.path.clone()),
        old_mode: old.as_ref().map(|old| old.entry.mode),
        new_mode: new.as_ref().map(|new| new.entry.mode),
        is_copy,
        content,
    };
    Ready { change: Change { old, new, is_copy }, touch }
}

/// Symlinks and submodules change as a whole, though their patches look like lines.
fn whole(content: Content) -> Content {
    match content {
        Content::Same => Content::Same,
        _ => Content::Whole,
    }
}

/// A section that needs a directory where another one makes a file: each is held against the tree in front of the patch, which does not
/// show it.
fn clash(sections: &[FileDiff]) -> Option<(usize, Misfit)> {
    let made: HashSet<&BStr> =
        sections.iter().filter_map(|section| Some(section.new_path.as_ref()?.as_bstr())).collect();
    sections.iter().find_map(|section| {
        let path = section.new_path.as_ref()?;
        let mut above = path.find_iter("/").map(|slash| path[..slash].as_bstr());
        above.any(|above| made.contains(above)).then(|| (section.line, Misfit::Through(show(path.as_ref()))))
    })
}

/// Whether the old path is free afterwards.
fn leaves(section: &FileDiff) -> bool {
    matches!(section.action, Action::Delete | Action::Rename { .. })
}

/// The one line that stands for a submodule in a patch.
fn subproject(id: Oid) -> Arc<[u8]> {
    format!("Subproject commit {id}\n").into_bytes().into()
}

fn submodule_id(bytes: &[u8]) -> Option<Oid> {
    let hex = bytes.strip_prefix(b"Subproject commit ")?;
    Oid::from_hex(hex.strip_suffix(b"\n").unwrap_or(hex)).ok()
}

/// A path as people may see it.
fn show(path: &BStr) -> String {
    crate::format::quote::quote(path).to_str_lossy().into_owned()
}

fn word(mode: Mode) -> &'static str {
    match mode {
        Mode::Regular | Mode::Executable => "a regular file",
        Mode::Symlink => "a symlink",
        Mode::Submodule => "a submodule",
    }
}

/// The commit of a patch.
pub fn commit(tree: Oid, parent: Option<Oid>, message: &Message) -> Commit {
    let author = actor(message);
    Commit {
        tree,
        parents: parent.into_iter().collect(),
        committer: author.clone(),
        author,
        encoding: message.encoding.clone(),
        message: message.text.clone(),
    }
}

/// The author; a patch without one has an unknown author at the beginning of time, so that the ids stay a pure function.
fn actor(message: &Message) -> Actor {
    let (name, email) = match &message.author {
        Some(author) => (author.name.clone(), author.email.clone()),
        None => ("unknown".into(), "unknown@localhost".into()),
    };
    let (seconds, offset) = match &message.date {
        Some(date) => (date.seconds, date.offset.clone()),
        None => (0, "+0000".into()),
    };
    Actor { name, email, seconds, offset }
}
