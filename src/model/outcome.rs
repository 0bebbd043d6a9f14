//! What becomes of each patch on a new base.

use bstr::BString;
use serde::{Deserialize, Serialize};

/// What became of a patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The same blobs on both bases: carried without looking at content.
    Unchanged,
    /// Merged, clean.
    Merged,
    /// Conflicted, and a recorded resolution settled it.
    Resolved,
    /// Another text of the same change applied.
    Repicked,
    /// Upstream has it: dropped before merging.
    Upstreamed,
    /// Upstream has part of it: the rest is carried.
    Reduced,
    /// Held for a person.
    Conflict,
    /// Held because it needs a patch that is held.
    Blocked,
}

impl Outcome {
    /// All of them, in the order of reports.
    pub const ALL: [Outcome; 8] = [
        Outcome::Unchanged,
        Outcome::Merged,
        Outcome::Resolved,
        Outcome::Repicked,
        Outcome::Upstreamed,
        Outcome::Reduced,
        Outcome::Conflict,
        Outcome::Blocked,
    ];

    /// The word for it, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Unchanged => "unchanged",
            Outcome::Merged => "merged",
            Outcome::Resolved => "resolved",
            Outcome::Repicked => "repicked",
            Outcome::Upstreamed => "upstreamed",
            Outcome::Reduced => "reduced",
            Outcome::Conflict => "conflict",
            Outcome::Blocked => "blocked",
        }
    }

    /// Whether the patch waits for a person.
    pub fn is_held(self) -> bool {
        matches!(self, Outcome::Conflict | Outcome::Blocked)
    }
}

/// How a path conflicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConflictKind {
    /// Both sides changed the same lines.
    Content,
    /// Both sides changed a file that has no lines.
    Binary,
    /// The patch changes what upstream deleted, or the other way round.
    ModifyDelete,
    /// Both sides added the path, with different content.
    AddAdd,
    /// Both sides renamed it, to different names, or renamed it onto another file.
    Rename,
    /// A file where the other side has a directory.
    FileDirectory,
    /// Both sides changed the mode, or the kind of file.
    Mode,
    /// Both sides moved the symlink.
    Symlink,
    /// Both sides moved the submodule.
    Submodule,
    /// It would merge, but the new base has all that the patch adds already.
    Duplicate,
}

impl ConflictKind {
    /// All of them.
    pub const ALL: [ConflictKind; 10] = [
        ConflictKind::Content,
        ConflictKind::Binary,
        ConflictKind::ModifyDelete,
        ConflictKind::AddAdd,
        ConflictKind::Rename,
        ConflictKind::FileDirectory,
        ConflictKind::Mode,
        ConflictKind::Symlink,
        ConflictKind::Submodule,
        ConflictKind::Duplicate,
    ];

    /// The word for it, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            ConflictKind::Content => "content",
            ConflictKind::Binary => "binary",
            ConflictKind::ModifyDelete => "modify-delete",
            ConflictKind::AddAdd => "add-add",
            ConflictKind::Rename => "rename",
            ConflictKind::FileDirectory => "file-directory",
            ConflictKind::Mode => "mode",
            ConflictKind::Symlink => "symlink",
            ConflictKind::Submodule => "submodule",
            ConflictKind::Duplicate => "duplicate",
        }
    }

    /// The kind that a word is for.
    pub fn from_word(word: &str) -> Option<ConflictKind> {
        ConflictKind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// One path that kept a patch from being carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The path, on the new base.
    pub path: BString,
    /// How it conflicts.
    pub kind: ConflictKind,
}
