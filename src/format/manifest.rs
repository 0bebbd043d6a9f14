//! `pq.toml`: the queue as people read and edit it.
//!
//! [`Document`] is the text and what it means. Reading goes through toml_edit's parser and checks everything at once;
//! edits go line by line, so that comments, order and layout of whatever they do not touch stay as they are.
//! `docs/reference/pq-toml.md` says what every key means.

mod blocks;
mod check;
mod error;
mod keys;
mod layout;
mod list;
mod mend;
mod metadata;
mod moved;
mod policy;
mod read;
#[cfg(test)]
mod tests;
mod three_way;
mod write;

pub use error::{ManifestError, Problem};
pub use mend::{Mended, mend};
pub use three_way::{Merge, merge};

use crate::model::{Line, Manifest, MovedPath, Oid, Patch, PatchMeta, PatchName, Policy, Publishing, Upstream};
use check::{Stated, Wanted};
use layout::Layout;

/// The file of a line: its text, with comments, and what it means. Every edit changes both.
#[derive(Debug, Clone)]
pub struct Document {
    text: String,
    manifest: Manifest,
    /// Made of `text` at the first edit; from then on it is the text.
    layout: Option<Layout>,
}

/// The file at the root of several lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// The upstream of every line that states none itself.
    pub upstream: Option<Upstream>,
    /// The policy of every line that states none itself.
    pub policy: Policy,
    /// Where the lines are: patterns of directories below the root, one name or pattern per component.
    pub lines: Vec<String>,
}

/// What a `pq.toml` can be.
#[derive(Debug, Clone)]
pub enum Root {
    /// One line.
    Line(Box<Document>),
    /// The root of several.
    Workspace(Box<Workspace>),
}

/// Reads a `pq.toml` of either kind. `file` names it in messages.
///
/// # Errors
/// Everything that is wrong in the file.
pub fn parse_root(text: &str, file: &str) -> Result<Root, ManifestError> {
    Ok(match check::read(text, file, Wanted::Any)? {
        Stated::Line(manifest) => Root::Line(Box::new(Document::new(text, *manifest))),
        Stated::Workspace(workspace) => Root::Workspace(workspace),
    })
}

/// What a file is, before it is checked. See [`peek`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Peek {
    /// Whether it has `[workspace]`.
    pub is_workspace: bool,
    /// The `repo` of its own `[upstream]`.
    pub repo: Option<String>,
    /// The name in `[line]`.
    pub line: Option<String>,
}

/// Looks what kind of file a text is, and what it says of itself.
///
/// # Errors
/// The text is not valid TOML. Nothing else is checked.
pub fn peek(text: &str, file: &str) -> Result<Peek, ManifestError> {
    let toml = check::toml_of(text, file)?;
    let text = |table: &str, key: &str| toml.get(table).and_then(|table| table.get(key)?.as_str()).map(str::to_owned);
    let is_workspace = toml.contains_key("workspace");
    Ok(Peek { is_workspace, repo: text("upstream", "repo"), line: text("line", "name") })
}

impl Document {
    /// Reads the file of a line. `file` names it in messages; from the workspace that it belongs to it takes what it does not state.
    ///
    /// # Errors
    /// Everything that is wrong in the file.
    pub fn parse(text: &str, file: &str, workspace: Option<&Workspace>) -> Result<Document, ManifestError> {
        match check::read(text, file, Wanted::Line { workspace })? {
            Stated::Line(manifest) => Ok(Document::new(text, *manifest)),
            Stated::Workspace(_) => unreachable!("a line was asked for"),
        }
    }

    /// A fresh file for a line with no patches, which states its upstream.
    pub fn create(upstream: &Upstream, line: &Line) -> Document {
        Document::fresh(write::fresh(Some(upstream), line), upstream, line)
    }

    /// A fresh file for a line with no patches that inherits the upstream of its workspace.
    pub fn create_member(inherited: &Upstream, line: &Line) -> Document {
        Document::fresh(write::fresh(None, line), inherited, line)
    }

    fn fresh(text: String, upstream: &Upstream, line: &Line) -> Document {
        let (upstream, line) = (upstream.clone(), line.clone());
        let (patches, generated, ignores, moved) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (publishing, policy) = (Publishing::default(), Policy::default());
        let manifest = Manifest { upstream, line, publishing, patches, generated, ignores, moved, policy };
        Document { text, manifest, layout: None }
    }

    fn new(text: &str, manifest: Manifest) -> Document {
        Document { text: text.to_owned(), manifest, layout: None }
    }

    /// What the file means.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The file. Without an edit it is what was parsed, byte for byte.
    pub fn to_text(&self) -> String {
        self.layout.as_ref().map_or_else(|| self.text.clone(), Layout::render)
    }

    /// Puts the queue on another base.
    pub fn set_base(&mut self, base: &str, commit: Oid) {
        self.layout().set_line("base", base);
        self.layout().set_line("base-commit", &commit.to_string());
        self.manifest.line.base = base.to_owned();
        self.manifest.line.base_commit = commit;
    }

    /// Publishes the queue as another branch.
    pub fn set_branch(&mut self, branch: &str) {
        self.layout().set_line("branch", branch);
        self.manifest.line.branch = branch.to_owned();
    }

    /// Adds a patch at a position of the series, or at its end if there are fewer. Whether it was added: a name stands
    /// there once.
    ///
    /// The patches that it requires must be in the series by the time the file is written.
    pub fn insert(&mut self, at: usize, patch: &Patch) -> bool {
        if self.position(&patch.name).is_some() {
            return false;
        }
        let at = at.min(self.manifest.patches.len());
        self.layout().series().insert(at, patch.name.as_str());
        let bare = Patch { name: patch.name.clone(), meta: PatchMeta::default() };
        self.manifest.patches.insert(at, bare);
        self.replace_meta(at, patch.meta.clone());
        true
    }

    /// Removes a patch, its metadata and its name in the lists of other patches. Whether it was there.
    ///
    /// Comments on lines of their own stay, except those in the removed tables and directly above them.
    pub fn remove(&mut self, name: &PatchName) -> bool {
        let Some(at) = self.position(name) else {
            return false;
        };
        self.edit_references(name, None);
        self.layout().series().remove(at);
        self.layout().remove_patch(name.as_str());
        self.manifest.patches.remove(at);
        true
    }

    /// Renames a patch, also in the lists of other patches. Whether it could be done: the old name stands in the
    /// series, the new one does not.
    pub fn rename(&mut self, old: &PatchName, new: &PatchName) -> bool {
        let Some(at) = self.position(old).filter(|_| self.position(new).is_none()) else {
            return false;
        };
        self.edit_references(old, Some(new));
        self.layout().series().rename(at, new.as_str());
        self.layout().rename_patch(old.as_str(), new.as_str());
        self.manifest.patches[at].name = new.clone();
        true
    }

    /// Moves a patch to a position of the series, counted without it, or to the end. Whether it was there. Its metadata
    /// stays where it is.
    pub fn move_to(&mut self, name: &PatchName, at: usize) -> bool {
        let Some(from) = self.position(name) else {
            return false;
        };
        let at = at.min(self.manifest.patches.len() - 1);
        self.layout().series().move_to(from, at);
        let patch = self.manifest.patches.remove(from);
        self.manifest.patches.insert(at, patch);
        true
    }

    /// Gives a patch other metadata: only the keys that differ are written. Whether the patch was there.
    pub fn set_meta(&mut self, name: &PatchName, meta: &PatchMeta) -> bool {
        let Some(at) = self.position(name) else {
            return false;
        };
        self.replace_meta(at, meta.clone());
        true
    }

    /// Says where upstream moved files: all of it, one entry for each `from`. Tables that say the same already keep their lines and comments.
    pub fn set_moved(&mut self, moved: &[MovedPath]) {
        if self.manifest.moved != moved {
            let was = self.manifest.moved.clone();
            self.layout().set_moved(&was, moved);
            self.manifest.moved = moved.to_vec();
        }
    }

    fn position(&self, name: &PatchName) -> Option<usize> {
        self.manifest.patches.iter().position(|patch| patch.name == *name)
    }

    fn layout(&mut self) -> &mut Layout {
        self.layout.get_or_insert_with(|| Layout::of(&self.text, &self.manifest))
    }

    fn replace_meta(&mut self, at: usize, meta: PatchMeta) {
        self.layout();
        let (above, rest) = self.manifest.patches.split_at_mut(at);
        let patch = &mut rest[0];
        let has_table = |patch: &&Patch| patch.meta != PatchMeta::default();
        let before = above.iter().rev().find(has_table).map(|patch| patch.name.as_str());
        if let Some(layout) = &mut self.layout {
            layout.set_patch(patch.name.as_str(), before, &patch.meta, &meta);
        }
        patch.meta = meta;
    }

    /// Changes a name in the lists of all patches, or deletes it there.
    fn edit_references(&mut self, name: &PatchName, now: Option<&PatchName>) {
        let edit = |list: &[PatchName]| -> Vec<PatchName> {
            list.iter().filter_map(|other| if other == name { now } else { Some(other) }).cloned().collect()
        };
        for at in 0..self.manifest.patches.len() {
            let meta = &self.manifest.patches[at].meta;
            let blocked_by = meta.held.iter().flat_map(|held| &held.blocked_by);
            if !meta.requires.iter().chain(blocked_by).any(|other| other == name) {
                continue;
            }
            let mut meta = meta.clone();
            meta.requires = edit(&meta.requires);
            if let Some(held) = &mut meta.held {
                held.blocked_by = edit(&held.blocked_by);
            }
            self.replace_meta(at, meta);
        }
    }
}
