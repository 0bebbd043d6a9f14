//! Finds the diffs in a text.

use bstr::{BString, ByteSlice};

use super::context;
use super::names::{git_names, named};
use super::{Absent, Moves, Part};
use crate::error::{Hint, Kind};
use crate::format::diff::{Hunk, HunkLine, LineKind};
use crate::model::Mode;

/// A text that patch(1) could not read either, or that pq does not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct LooseError {
    /// The line, from 1.
    pub line: usize,
    /// Why.
    pub why: BadDiff,
}

/// What is wrong with a diff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadDiff {
    /// A hunk whose header or lines are not as they should be.
    #[error("the hunk is malformed")]
    Hunk,
    /// The text ends within a hunk, or within its last line.
    #[error("the file ends within a hunk, or its last line has no newline")]
    Truncated,
    /// A diff without context and ed scripts.
    #[error("a diff without context lines (as plain `diff` writes it), which is not read")]
    Normal,
    /// Hunks without a name.
    #[error("a hunk whose file is not named")]
    NoName,
}

impl Hint for LooseError {
    fn kind(&self) -> Kind {
        Kind::User
    }

    fn hint(&self) -> Option<String> {
        Some(match self.why {
            BadDiff::Normal => "let quilt write it anew, as a unified diff: `quilt push`, `quilt refresh`".to_owned(),
            BadDiff::Hunk | BadDiff::Truncated => {
                "it was edited or cut: correct the counts in the hunk's header (`recountdiff` can)".to_owned()
            }
            BadDiff::NoName => "write `--- a/FILE` and `+++ b/FILE` above it".to_owned(),
        })
    }
}

/// The text in front of the diff: what quilt calls the header.
pub fn header(text: &[u8]) -> &[u8] {
    let mut end = 0;
    for line in text.lines_with_terminator() {
        let names = [&b"---"[..], b"***", b"Index:"].iter().find_map(|start| line.strip_prefix(*start));
        let is_name = names
            .is_some_and(|rest| matches!(rest, [b' ' | b'\t', c, ..] if !matches!(c, b' ' | b'\t' | b'\n' | b'\r')));
        if is_name || line.starts_with(b"diff -") {
            break;
        }
        end += line.len();
    }
    &text[..end]
}

/// Reads all diffs of a text. One without any is an empty patch.
///
/// # Errors
/// The first diff that cannot be read.
pub fn parse(text: &[u8]) -> Result<Vec<Part>, LooseError> {
    let mut reader =
        Reader { lines: text.lines_with_terminator().collect(), at: 0, indent: 0, stray: None, drops_cr: false };
    let mut parts = Vec::new();
    while let Some(part) = reader.next_part()? {
        parts.push(part);
    }
    match reader.stray.filter(|_| parts.is_empty()) {
        Some(line) => Err(LooseError { line, why: BadDiff::NoName }),
        None => Ok(parts),
    }
}

/// A text, line by line.
pub(super) struct Reader<'a> {
    lines: Vec<&'a [u8]>,
    pub(super) at: usize,
    /// How far the diff is indented: patch(1) reads such ones, too.
    indent: usize,
    /// The first hunk without a header, by its line from 1.
    stray: Option<usize>,
    /// Whether the header lines end in a carriage return: then it is taken from all lines.
    drops_cr: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn error(&self, why: BadDiff) -> LooseError {
        LooseError { line: self.at + 1, why }
    }

    /// The line here as the diff means it.
    pub(super) fn peek(&self) -> Option<&'a [u8]> {
        let line = *self.lines.get(self.at)?;
        let blanks = line.iter().take(self.indent).take_while(|byte| **byte == b' ').count();
        Some(&line[blanks..])
    }

    fn text(&self, line: &[u8]) -> BString {
        let ended = line.strip_suffix(b"\n");
        match ended.and_then(|line| line.strip_suffix(b"\r")).filter(|_| self.drops_cr) {
            Some(text) => [text, b"\n"].concat().into(),
            None => line.into(),
        }
    }

    /// The next diff; garbage in front of it is passed over.
    fn next_part(&mut self) -> Result<Option<Part>, LooseError> {
        let mut part = Part::default();
        let (mut is_started, mut has_stars) = (false, false);
        // What `diff --git` is followed by makes a diff even without a hunk.
        let mut is_extended = false;
        while let Some(raw) = self.lines.get(self.at).copied() {
            let line = raw.trim_start_with(|c| c == ' ');
            let indent = raw.len() - line.len();
            if is_extended && (line.starts_with(b"diff --git ") || self.ends_header(line)) {
                return Ok(Some(part));
            }
            if line.starts_with(b"@@ -") && line[4..].first().is_some_and(u8::is_ascii_digit) {
                // A hunk without a header above it is text that quotes one.
                if part.line != 0 {
                    self.indent = indent;
                    self.read_unified(&mut part)?;
                    return Ok(Some(part));
                }
                self.stray.get_or_insert(self.at + 1);
            }
            if line.starts_with(b"***************") && self.is_context_hunk() {
                self.indent = indent;
                context::read_hunks(self, &mut part)?;
                return Ok(Some(part));
            }
            if part.is_git && (line.starts_with(b"GIT binary patch") || line.starts_with(b"Binary files ")) {
                part.is_binary = true;
                self.at += 1;
                return Ok(Some(part));
            }
            if !is_started && self.is_normal_diff(line) {
                return Err(self.error(BadDiff::Normal));
            }
            if let Some(extended) = read_header(&mut part, &mut has_stars, line, self.at + 1) {
                is_started = true;
                is_extended |= extended;
                self.drops_cr = line.ends_with(b"\r\n");
            }
            self.at += 1;
        }
        Ok(is_extended.then_some(part))
    }

    /// Whether a header without hunks ends in front of this line: what follows is no header line of git's any more.
    fn ends_header(&self, line: &[u8]) -> bool {
        let more: [&[u8]; 14] = [
            b"index ",
            b"old mode ",
            b"new mode ",
            b"deleted file",
            b"new file",
            b"rename ",
            b"copy ",
            b"similarity ",
            b"dissimilarity ",
            b"--- ",
            b"+++ ",
            b"@@ -",
            b"GIT binary",
            b"Binary files",
        ];
        !more.iter().any(|start| line.starts_with(start))
    }

    /// `*** 1,5 ****` below the stars.
    fn is_context_hunk(&self) -> bool {
        let below = self.lines.get(self.at + 1).map(|line| line.trim_start_with(|c| c == ' '));
        below.is_some_and(|line| line.starts_with(b"*** ") && line.trim_end().ends_with(b" ****"))
    }

    /// `5,7c9` and a line of the change below it.
    fn is_normal_diff(&self, line: &[u8]) -> bool {
        let command = line.trim_end();
        let is_range = |text: &[u8]| {
            !text.is_empty()
                && text.split(|byte| *byte == b',').all(|n| !n.is_empty() && n.iter().all(u8::is_ascii_digit))
        };
        let Some(at) = command.find_byteset(b"acd") else { return false };
        let below = self.lines.get(self.at + 1).is_some_and(|below| matches!(below, [b'<' | b'>', b' ', ..]));
        below && is_range(&command[..at]) && is_range(&command[at + 1..])
    }

    fn read_unified(&mut self, part: &mut Part) -> Result<(), LooseError> {
        let mut is_first = true;
        while let Some(line) = self.peek().filter(|line| line.starts_with(b"@@ -")) {
            let mut hunk = unified_header(line).ok_or_else(|| self.error(BadDiff::Hunk))?;
            hunk.line = self.at + 1;
            if is_first {
                set_absent(part, (hunk.old_start, hunk.old_len), (hunk.new_start, hunk.new_len));
                is_first = false;
            }
            self.at += 1;
            self.read_hunk(&mut hunk)?;
            part.hunks.push(hunk);
        }
        Ok(())
    }

    fn read_hunk(&mut self, hunk: &mut Hunk) -> Result<(), LooseError> {
        let (mut old, mut new) = (hunk.old_len, hunk.new_len);
        while old > 0 || new > 0 {
            let (kind, text) = self.hunk_line(old.max(new))?;
            let takes = |left: &mut u32, is_on: bool| match is_on {
                true => left.checked_sub(1).map(|less| *left = less),
                false => Some(()),
            };
            takes(&mut old, kind != LineKind::Add).ok_or_else(|| self.error(BadDiff::Hunk))?;
            takes(&mut new, kind != LineKind::Remove).ok_or_else(|| self.error(BadDiff::Hunk))?;
            self.at += 1;
            hunk.lines.push(HunkLine { kind, text: self.ended(text) });
        }
        Ok(())
    }

    /// A line without its newline where `\ No newline at end of file` follows, which is passed over.
    pub(super) fn ended(&mut self, mut text: BString) -> BString {
        if self.peek().is_some_and(|line| line.starts_with(b"\\")) {
            self.at += 1;
            text.pop();
        }
        text
    }

    fn hunk_line(&self, left: u32) -> Result<(LineKind, BString), LooseError> {
        let Some(line) = self.peek() else {
            // Blank lines at the end of a file get lost easily: up to two of them are taken for granted.
            return if left < 3 { Ok((LineKind::Context, "\n".into())) } else { Err(self.error(BadDiff::Truncated)) };
        };
        if !line.ends_with(b"\n") {
            return Err(self.error(BadDiff::Truncated));
        }
        match line.first() {
            Some(b' ') => Ok((LineKind::Context, self.text(&line[1..]))),
            Some(b'-') => Ok((LineKind::Remove, self.text(&line[1..]))),
            Some(b'+') => Ok((LineKind::Add, self.text(&line[1..]))),
            // An editor took the blank of an empty line away.
            Some(b'\n' | b'\t') => Ok((LineKind::Context, self.text(line))),
            Some(b'\r') if line == b"\r\n" => Ok((LineKind::Context, self.text(line))),
            _ => Err(self.error(BadDiff::Hunk)),
        }
    }

    /// The text of a line of a context diff, behind its two signs.
    pub(super) fn behind_sign(&self, line: &[u8]) -> BString {
        self.text(line.get(2..).unwrap_or(b"\n"))
    }
}

/// Where a side is from, and how many lines it has: what has neither is no file.
pub(super) fn set_absent(part: &mut Part, old: (u32, u32), new: (u32, u32)) {
    if old.0 == 0 {
        part.old_absent = part.old_absent.max(Absent::Maybe);
    } else if part.old_absent == Absent::Yes && !part.is_git {
        part.old_absent = Absent::No;
    }
    if new.0 == 0 {
        part.new_absent = part.new_absent.max(Absent::Maybe);
    } else if part.new_absent == Absent::Yes && !part.is_git {
        part.new_absent = Absent::No;
    }
}

/// Takes a line of a header; whether it is one that makes a diff without hunks. `None` if it is none.
fn read_header(part: &mut Part, has_stars: &mut bool, line: &[u8], number: usize) -> Option<bool> {
    let keys: [&[u8]; 14] = [
        b"--- ",
        b"+++ ",
        b"*** ",
        b"Index:",
        b"diff --git ",
        b"index ",
        b"old mode ",
        b"new mode ",
        b"deleted file mode ",
        b"new file mode ",
        b"rename from ",
        b"rename to ",
        b"copy from ",
        b"copy to ",
    ];
    let (key, value) = keys.iter().find_map(|key| Some((*key, line.strip_prefix(*key)?)))?;
    let is_gits = !matches!(key, b"--- " | b"+++ " | b"*** " | b"Index:" | b"diff --git ");
    if is_gits && !part.is_git {
        return None;
    }
    if part.line == 0 || key == b"diff --git " {
        part.line = number;
    }
    match key {
        b"--- " | b"*** " | b"+++ " | b"Index:" => {
            let found = named(value)?;
            let absent = if found.is_epoch { Absent::Yes } else { Absent::No };
            match key {
                b"Index:" => part.index = found.name,
                b"*** " => {
                    (part.old, part.old_absent) = (found.name, absent);
                    *has_stars = true;
                }
                // Of a context diff, `---` names the file after.
                b"--- " if std::mem::take(has_stars) => (part.new, part.new_absent) = (found.name, absent),
                b"--- " => (part.old, part.old_absent) = (found.name, part.old_absent.max(absent)),
                _ => (part.new, part.new_absent) = (found.name, part.new_absent.max(absent)),
            }
            return Some(false);
        }
        b"diff --git " => {
            let line = part.line;
            *part = Part { is_git: true, line, index: part.index.take(), ..Part::default() };
            if let Some((old, new)) = git_names(value) {
                (part.old, part.new) = (Some(old), Some(new));
            }
            return Some(false);
        }
        b"index " => {
            let mode = value.trim().rsplit(|byte| *byte == b' ').next().and_then(mode);
            if let Some(mode) = mode.filter(|_| value.trim().contains(&b' ')) {
                (part.old_mode, part.new_mode) = (Some(mode), Some(mode));
            }
        }
        b"old mode " => part.old_mode = mode(value),
        b"new mode " => part.new_mode = mode(value),
        b"deleted file mode " => (part.old_mode, part.new_absent) = (mode(value), Absent::Yes),
        b"new file mode " => (part.new_mode, part.old_absent) = (mode(value), Absent::Yes),
        b"rename from " | b"rename to " => part.moves = Some(Moves::Rename),
        _ => part.moves = Some(Moves::Copy),
    }
    Some(true)
}

fn mode(value: &[u8]) -> Option<Mode> {
    Mode::from_octal(value.trim())
}

/// `@@ -1,2 +3,4 @@ section`
fn unified_header(line: &[u8]) -> Option<Hunk> {
    let rest = line.strip_prefix(b"@@ -")?;
    let (old, rest) = range(rest)?;
    let (new, rest) = range(rest.strip_prefix(b" +")?)?;
    let section = rest.strip_prefix(b" @")?.trim_start_with(|c| c == '@').trim();
    Some(Hunk {
        old_start: old.0,
        old_len: old.1,
        new_start: new.0,
        new_len: new.1,
        section: section.into(),
        lines: Vec::new(),
        raw: BString::default(),
        line: 0,
    })
}

fn range(text: &[u8]) -> Option<((u32, u32), &[u8])> {
    let (start, rest) = number(text)?;
    match rest.strip_prefix(b",") {
        Some(rest) => number(rest).map(|(len, rest)| ((start, len), rest)),
        None => Some(((start, 1), rest)),
    }
}

pub(super) fn number(text: &[u8]) -> Option<(u32, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    Some((text[..digits].to_str().ok()?.parse().ok()?, &text[digits..]))
}
