//! How our version of a change differs from another one, usually upstream's: its deviation.

use bstr::BString;
use serde::Serialize;

use super::Mode;

/// The difference between two versions of a change, in one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileDeviation {
    /// Where the file is in ours, or in theirs where ours does not touch it.
    #[serde(serialize_with = "super::text::bytes")]
    pub path: BString,
    /// Where it is in theirs, if that is another place: upstream moved it in between.
    #[serde(serialize_with = "super::text::option", skip_serializing_if = "Option::is_none")]
    pub their_path: Option<BString>,
    /// Which of the two touches it.
    pub kind: DeviationKind,
    /// What differs beside lines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// The lines that differ.
    pub hunks: Vec<DeviationHunk>,
}

/// Which of two versions touches a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviationKind {
    /// Ours alone.
    OnlyOurs,
    /// Theirs alone.
    OnlyTheirs,
    /// Both, differently.
    Differs,
}

/// A difference that is not one of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Fact {
    /// The bytes of a binary file.
    Binary,
    /// What the mode becomes, as far as the texts tell; nothing where a side does not have the file.
    Mode {
        /// In ours.
        ours: Option<Mode>,
        /// In theirs.
        theirs: Option<Mode>,
    },
    /// What happens to the file as a whole; nothing where a side does not have it.
    Action {
        /// In ours.
        ours: Option<FileAction>,
        /// In theirs.
        theirs: Option<FileAction>,
    },
}

/// What a change does to a file as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileAction {
    /// Changes it where it is.
    Modify,
    /// Makes it.
    Create,
    /// Deletes it.
    Delete,
    /// Moves it.
    Rename,
    /// Makes it of another file, which stays.
    Copy,
}

/// A run of lines that a change removes or adds, some of which only one version has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviationHunk {
    /// The lines, with a few that both versions have around them.
    pub lines: Vec<DeviationLine>,
}

/// A line that a change removes or adds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviationLine {
    /// Who has it.
    pub mark: Mark,
    /// Whether it goes or comes.
    pub sign: Sign,
    /// The line with its newline; without one at the end of a file that has none there.
    #[serde(serialize_with = "super::text::bytes")]
    pub text: BString,
}

/// Which version has a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// Both.
    Both,
    /// Ours alone.
    Ours,
    /// Theirs alone.
    Theirs,
}

/// Whether a change removes or adds a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum Sign {
    /// It goes.
    #[serde(rename = "-")]
    Remove,
    /// It comes.
    #[serde(rename = "+")]
    Add,
}

impl FileDeviation {
    /// Whether both versions say the same but for blanks and line breaks, as `git diff -w` would have it.
    pub fn is_whitespace_only(&self) -> bool {
        let is_blank = |hunk: &DeviationHunk| {
            [Sign::Remove, Sign::Add]
                .into_iter()
                .all(|sign| hunk.ink(Mark::Ours, sign).eq(hunk.ink(Mark::Theirs, sign)))
        };
        self.kind == DeviationKind::Differs && self.facts.is_empty() && self.hunks.iter().all(is_blank)
    }
}

impl DeviationHunk {
    /// The lines of one version, those of both included.
    pub fn side(&self, mark: Mark) -> impl Iterator<Item = &DeviationLine> {
        self.lines.iter().filter(move |line| line.mark == mark || line.mark == Mark::Both)
    }

    /// What a version removes or adds, without blanks.
    fn ink(&self, mark: Mark, sign: Sign) -> impl Iterator<Item = u8> {
        let lines = self.side(mark).filter(move |line| line.sign == sign);
        lines.flat_map(|line| line.text.iter().copied()).filter(|byte| !byte.is_ascii_whitespace())
    }
}
