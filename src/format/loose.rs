//! Patches as patch(1) takes them: any text with diffs in it, placed by searching for the lines.
//!
//! What pq writes is exact and is read strictly ([`super::section`], [`super::apply`]). What others kept for quilt was only ever read by
//! GNU patch 2.7, which guesses: which of the names on a header is the file, how many leading parts to take away, where a hunk belongs if
//! its line numbers are off, which context to give up. This module makes the same guesses, and says which.
//!
//! | file | what it does |
//! |---|---|
//! | `parse` | unified and context diffs in any text, with the extended headers of git |
//! | `context` | the hunks of context diffs |
//! | `names` | the names and dates on header lines |
//! | `place` | where hunks go: offsets, fuzz, look-alikes |

use bstr::BString;

use super::diff::{Hunk, HunkLine, LineKind};
use crate::model::Mode;

mod context;
mod names;
mod parse;
mod place;

pub use names::strip;
pub use parse::{BadDiff, LooseError, header, parse};
pub use place::{Misplaced, Placed, Placement, place};

/// What a patch does to one file, as far as its text tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// The name on the `---` line (of a context diff: `***`), or on the `diff --git` line; `None` for `/dev/null`.
    pub old: Option<BString>,
    /// The name on the `+++` line.
    pub new: Option<BString>,
    /// The name on the `Index:` line, which counts if there is no other.
    pub index: Option<BString>,
    /// Whether it begins with `diff --git`.
    pub is_git: bool,
    /// What git's header lines say of the mode before.
    pub old_mode: Option<Mode>,
    /// The same of the mode after.
    pub new_mode: Option<Mode>,
    /// `rename from` and `rename to`, or the same with `copy`.
    pub moves: Option<Moves>,
    /// Whether there is no file before.
    pub old_absent: Absent,
    /// Whether there is no file after.
    pub new_absent: Absent,
    /// `GIT binary patch`, which patch(1) refuses.
    pub is_binary: bool,
    /// The hunks.
    pub hunks: Vec<Hunk>,
    /// The line on which its header starts, from 1.
    pub line: usize,
}

/// How a file gets to another path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moves {
    /// It leaves the old one.
    Rename,
    /// It stays there, too.
    Copy,
}

/// Whether a header says that there is no file on a side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Absent {
    /// It says nothing of the kind.
    #[default]
    No,
    /// There are no lines: the file may be missing, or empty.
    Maybe,
    /// `/dev/null`, a date at the beginning of time, or git's words for it.
    Yes,
}

impl Part {
    /// The part that takes this one back: what patch(1) does with `-R`.
    pub fn reversed(self) -> Part {
        Part {
            old: self.new,
            new: self.old,
            old_mode: self.new_mode,
            new_mode: self.old_mode,
            old_absent: self.new_absent,
            new_absent: self.old_absent,
            hunks: self.hunks.into_iter().map(reversed_hunk).collect(),
            ..self
        }
    }
}

fn reversed_hunk(hunk: Hunk) -> Hunk {
    let turn = |line: HunkLine| {
        let kind = match line.kind {
            LineKind::Context => LineKind::Context,
            LineKind::Remove => LineKind::Add,
            LineKind::Add => LineKind::Remove,
        };
        HunkLine { kind, ..line }
    };
    let mut lines: Vec<HunkLine> = hunk.lines.into_iter().map(turn).collect();
    // Within a run of changes, patch(1) takes lines away first.
    for run in lines.chunk_by_mut(|a, b| (a.kind == LineKind::Context) == (b.kind == LineKind::Context)) {
        run.sort_by_key(|line| line.kind == LineKind::Add);
    }
    let (old_start, old_len) = (hunk.new_start, hunk.new_len);
    let (new_start, new_len) = (hunk.old_start, hunk.old_len);
    Hunk { old_start, old_len, new_start, new_len, lines, ..hunk }
}

#[cfg(test)]
mod tests;
