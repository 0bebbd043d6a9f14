//! What a patch does to a path, without its text: what the dependency graph looks at.

use bstr::BString;

use super::Mode;

/// A run of lines that is replaced: lines `old_start .. old_start + old_len` of the old file become `new_start .. new_start + new_len` of the
/// new one. Zero-based; an insertion has `old_len == 0` and stands *before* line `old_start`. Edits of one file are in order, do not
/// overlap and do not touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Edit {
    /// First old line.
    pub old_start: u32,
    /// How many old lines go.
    pub old_len: u32,
    /// First new line.
    pub new_start: u32,
    /// How many new lines come.
    pub new_len: u32,
}

impl Edit {
    /// One past the last old line.
    pub fn old_end(&self) -> u32 {
        self.old_start + self.old_len
    }

    /// One past the last new line.
    pub fn new_end(&self) -> u32 {
        self.new_start + self.new_len
    }
}

/// How the content of a touched path changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// It does not: a pure rename, copy or mode change.
    Same,
    /// Lines, exactly where they are in the file that the patch applies to.
    Lines(Vec<Edit>),
    /// As a whole: binary files, symlinks, submodules.
    Whole,
}

/// One path that a patch touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    /// Where it was before; `None` if the patch creates it.
    pub old_path: Option<BString>,
    /// Where it is after; `None` if the patch deletes it.
    pub new_path: Option<BString>,
    /// The mode before.
    pub old_mode: Option<Mode>,
    /// The mode after.
    pub new_mode: Option<Mode>,
    /// Whether `old_path` stays (a copy) although `new_path` is another.
    pub is_copy: bool,
    /// What happens to the content.
    pub content: Content,
}
