//! The parts of a diff: one [`FileDiff`] for each file, made of [`Hunk`]s or of binary content.
//!
//! The text is the one that git-diff(1) describes under "Generating patch text with -p".

use bstr::{BStr, BString, ByteSlice};

use super::quote::UnsafePath;
use crate::error::{Hint, Kind};
use crate::model::{Content, Edit, Mode, Touch};

pub use super::binary::{BinaryHunk, BinaryPatch, Encoding};
pub use super::lines::{is_binary, line_edits, similarity};

/// What a patch does to one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDiff {
    /// Where the file is before; `None` if the patch creates it.
    pub old_path: Option<BString>,
    /// Where it is after; `None` if the patch deletes it.
    pub new_path: Option<BString>,
    /// The mode before, if the text states it (`old mode`, `deleted file mode`, the `index` line).
    pub old_mode: Option<Mode>,
    /// The mode after, if the text *changes* it or creates the file (`new mode`, `new file mode`). `None` keeps the mode that the file has.
    pub new_mode: Option<Mode>,
    /// What happens to the file as a whole.
    pub action: Action,
    /// The id before from the `index` line, as written: maybe abbreviated.
    pub old_id: Option<BString>,
    /// The id after from the `index` line.
    pub new_id: Option<BString>,
    /// What happens to the content.
    pub body: Body,
    /// The exact bytes of the section, up to the next one.
    pub raw: BString,
    /// The line of the file on which it starts, from 1.
    pub line: usize,
}

/// What happens to a file as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It stays where it is.
    Modify,
    /// It is new.
    Create,
    /// It goes.
    Delete,
    /// It moves.
    Rename {
        /// How much of it stays the same, in percent, if stated.
        similarity: Option<u8>,
    },
    /// It is copied; the old one stays.
    Copy {
        /// How much of it is the same, in percent, if stated.
        similarity: Option<u8>,
    },
}

/// What happens to the content of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    None,
    /// Lines change. A submodule has one line, `Subproject commit HEX`.
    Text(Vec<Hunk>),
    /// Bytes change.
    Binary(BinaryPatch),
}

/// One run of changed lines with the lines around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// Where it starts before, from 1 (0 where there is no line).
    pub old_start: u32,
    /// How many lines it covers before.
    pub old_len: u32,
    /// Where it starts after, from 1.
    pub new_start: u32,
    /// How many lines it covers after.
    pub new_len: u32,
    /// What stands behind the second `@@`, without the blank before it.
    pub section: BString,
    /// Its lines.
    pub lines: Vec<HunkLine>,
    /// The exact bytes, from `@@` on.
    pub raw: BString,
    /// The line of the file on which it starts, from 1.
    pub line: usize,
}

/// A line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HunkLine {
    /// Whether it stays, goes or comes.
    pub kind: LineKind,
    /// The line with its newline; without one where `\ No newline at end of file` follows.
    pub text: BString,
}

/// Whether a line stays, goes or comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LineKind {
    /// It stays.
    Context,
    /// It goes.
    Remove,
    /// It comes.
    Add,
}

impl FileDiff {
    /// The path by which people know the file: the new one, or the old one of a deletion.
    pub fn path(&self) -> &BStr {
        self.new_path.as_ref().or(self.old_path.as_ref()).map(|path| path.as_bstr()).unwrap_or_default()
    }

    /// The hunks; none of a binary or pure mode change.
    pub fn hunks(&self) -> &[Hunk] {
        match &self.body {
            Body::Text(hunks) => hunks,
            _ => &[],
        }
    }

    /// Whether the old file stays although the new path is another.
    pub fn is_copy(&self) -> bool {
        matches!(self.action, Action::Copy { .. })
    }

    /// The modes before and after as far as the text tells, one standing for both where it does not change.
    pub fn modes(&self) -> (Option<Mode>, Option<Mode>) {
        let new = self.new_path.is_some().then_some(self.new_mode.or(self.old_mode)).flatten();
        (self.old_mode, new)
    }

    /// What it does to its path, as the text states it: the edits are where the hunk headers say, not where they were found to apply.
    pub fn touch(&self) -> Touch {
        let (old_mode, new_mode) = self.modes();
        let is_whole = [old_mode, new_mode].iter().flatten().any(|mode| !mode.is_file());
        let content = match &self.body {
            Body::None => Content::Same,
            Body::Text(hunks) if !is_whole => Content::Lines(hunks.iter().flat_map(Hunk::edits).collect()),
            Body::Text(_) | Body::Binary(_) => Content::Whole,
        };
        let (old_path, new_path) = (self.old_path.clone(), self.new_path.clone());
        Touch { old_path, new_path, old_mode, new_mode, is_copy: self.is_copy(), content }
    }
}

impl Hunk {
    /// The edits of the hunk, at the place that its header states.
    pub fn edits(&self) -> Vec<Edit> {
        let first = |start: u32, len: u32| if len == 0 { start } else { start.saturating_sub(1) };
        let (mut old, mut new) = (first(self.old_start, self.old_len), first(self.new_start, self.new_len));
        let mut edits = Vec::new();
        for run in self.lines.chunk_by(|a, b| (a.kind == LineKind::Context) == (b.kind == LineKind::Context)) {
            let count = |kind| run.iter().filter(|line| line.kind == kind).count() as u32;
            let context = count(LineKind::Context);
            let (old_len, new_len) = (count(LineKind::Remove), count(LineKind::Add));
            if context == 0 {
                edits.push(Edit { old_start: old, old_len, new_start: new, new_len });
            }
            old = old.saturating_add(context + old_len);
            new = new.saturating_add(context + new_len);
        }
        edits
    }

    /// The lines before: context and removed ones.
    pub fn old_lines(&self) -> impl Iterator<Item = &BStr> {
        self.lines.iter().filter(|line| line.kind != LineKind::Add).map(|line| line.text.as_bstr())
    }

    /// The lines after: context and added ones.
    pub fn new_lines(&self) -> impl Iterator<Item = &BStr> {
        self.lines.iter().filter(|line| line.kind != LineKind::Remove).map(|line| line.text.as_bstr())
    }

    /// How many context lines stand before the first change and behind the last one.
    pub fn context(&self) -> (usize, usize) {
        let is_context = |line: &&HunkLine| line.kind == LineKind::Context;
        (self.lines.iter().take_while(is_context).count(), self.lines.iter().rev().take_while(is_context).count())
    }
}

/// A patch that cannot be read: where and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct ParseError {
    /// The line of the file, from 1.
    pub line: usize,
    /// What is wrong there.
    pub why: Malformed,
}

/// What can be wrong with a patch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Neither a mail header nor a diff.
    #[error("there is neither a mail header nor a diff")]
    NotAPatch,
    /// The mail is encoded as base64 or quoted-printable.
    #[error("the mail is encoded as {0}, so its diff cannot be read as it stands")]
    TransferEncoding(String),
    /// Another mail begins: the file is a mailbox.
    #[error("a second patch begins: the file is a mailbox")]
    SecondPatch,
    /// `X-Pq-…` headers or the lines below them are not as pq writes them.
    #[error("{0} is not as pq writes it")]
    Verbatim(&'static str),
    /// A path may not be written.
    #[error("the path {path} is not safe: {why}")]
    UnsafePath {
        /// The path, quoted.
        path: String,
        /// Why.
        why: UnsafePath,
    },
    /// A path cannot be read, or none is there.
    #[error("the paths of the file cannot be told from its headers")]
    Paths,
    /// Two headers name different paths.
    #[error("the headers disagree about the path: {0} and {1}")]
    PathsDisagree(String, String),
    /// A mode that git does not have.
    #[error("{0} is not a file mode")]
    Mode(String),
    /// Headers contradict each other.
    #[error("the headers contradict each other: {0}")]
    Contradiction(&'static str),
    /// A header line that cannot be read.
    #[error("this header line cannot be read")]
    Header,
    /// A rename or copy with one side only.
    #[error("a rename or copy states one side only")]
    OneSided,
    /// Two sections for one path.
    #[error("{0} was changed further up already")]
    DuplicatePath(String),
    /// A section without a change.
    #[error("the section of {0} changes nothing")]
    ChangesNothing(String),
    /// `@@` without the file it belongs to.
    #[error("a hunk without a file header")]
    StrayHunk,
    /// `@@` line that cannot be read.
    #[error("the hunk header cannot be read")]
    HunkHeader,
    /// Too few or too many lines.
    #[error("the hunk has {found} {side} lines where its header says {stated}")]
    LineCount {
        /// `old` or `new`.
        side: &'static str,
        /// What the header says.
        stated: u32,
        /// What is there, at least.
        found: u32,
    },
    /// A line more than the hunk header says.
    #[error("the hunk goes on after the lines that its header counts")]
    TooManyLines,
    /// The file ends within a hunk.
    #[error("the file ends within a hunk: {0} more lines are due")]
    TruncatedHunk(u32),
    /// The last line of the file has no newline.
    #[error("the file ends within a line")]
    TruncatedLine,
    /// A hunk of context only.
    #[error("the hunk changes nothing")]
    EmptyHunk,
    /// `\ No newline at end of file` where it cannot be.
    #[error("`\\ No newline at end of file` does not belong here")]
    NoNewline,
    /// `---` and `+++` without a hunk.
    #[error("file headers without a hunk")]
    NoHunk,
    /// `Binary files differ`: the content is missing.
    #[error("the patch says that binary files differ, but does not hold their content")]
    BinaryMissing,
    /// A binary patch that cannot be read.
    #[error("binary patch: {0}")]
    Binary(#[from] super::binary::BinaryError),
}

impl Hint for ParseError {
    fn kind(&self) -> Kind {
        Kind::User
    }

    fn hint(&self) -> Option<String> {
        let hint = match &self.why {
            Malformed::BinaryMissing => "make the patch again with `git format-patch --binary` or `git diff --binary`",
            Malformed::SecondPatch => "import it with `pq import mbox`",
            Malformed::TransferEncoding(_) => "let git decode it: `git mailinfo message patch <FILE`",
            Malformed::LineCount { .. } | Malformed::TooManyLines | Malformed::TruncatedHunk(_) => {
                "the file was edited or cut: restore it, or correct the counts of the hunk with `rediff` or `recountdiff`"
            }
            Malformed::UnsafePath { .. } => {
                "pq never writes there: correct the path in the patch, or leave the file out of it"
            }
            Malformed::DuplicatePath(_) => {
                "join the two sections into one: apply the patch in a clone and run `git diff` there"
            }
            Malformed::NotAPatch => "a patch file is what `git format-patch` or `git diff` writes",
            _ => "restore the file from version control, or make the patch again with `git format-patch`",
        };
        Some(hint.to_owned())
    }
}
