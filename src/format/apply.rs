//! Applies a diff to the content that it was made for, without fuzz: the placement of git-apply(1), so that `git am` gives the same tree.
//!
//! Every context and removed line must match. A hunk is tried where its header says, then one line further down, one further up, two
//! further down and so on. One that starts at line 0 or 1 must match at the beginning of the file; one without context behind its last
//! change must match at the end. Lines that an earlier hunk of the same file covered are not matched again. The one deviation from git:
//! where it would join two lines, one of which ends the file without a newline, the hunk does not apply.

use bstr::{BStr, BString, ByteSlice};

use super::binary::{BinaryError, BinaryPatch};
use super::diff::{Action, Body, FileDiff, Hunk, HunkLine, LineKind};
use super::lines;
use crate::error::{Hint, Kind};
use crate::model::{Content, Edit, Mode};

/// What applying the hunks of one file gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The content after.
    pub bytes: Vec<u8>,
    /// Where lines really changed: in order, context excluded.
    pub edits: Vec<Edit>,
}

/// Why a diff does not apply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// The lines of a hunk are not in the file.
    #[error("hunk {hunk} (line {line} of the patch) does not apply: its lines are not in the file near line {near}")]
    HunkDoesNotMatch {
        /// Which hunk, from 1.
        hunk: usize,
        /// Where it stands in the patch, from 1.
        line: usize,
        /// Where it was expected in the file, from 1.
        near: u32,
    },
    /// A line would follow one that has no newline.
    #[error("a hunk adds lines behind the last line of the file, which has no newline: they would become one")]
    JoinsLines,
    /// The patch creates a file that is there.
    #[error("the patch creates the file, but it exists")]
    Exists,
    /// The patch changes or deletes a file that is not there.
    #[error("the patch changes the file, but it does not exist")]
    Missing,
    /// The patch deletes a file and leaves content.
    #[error("the patch deletes the file, but not all of its lines")]
    LeavesContent,
    /// The file is of another type.
    #[error("the file is a {found:?}, but the patch was made for a {stated:?}")]
    Type {
        /// What the patch says.
        stated: Mode,
        /// What the file is.
        found: Mode,
    },
    /// The file is not the one that the binary patch was made for.
    #[error("the binary patch was made for other content: {stated}, not {found}")]
    OtherContent {
        /// The id in the patch.
        stated: BString,
        /// The id of the content.
        found: String,
    },
    /// The binary patch cannot be used.
    #[error("binary patch: {0}")]
    Binary(#[from] BinaryError),
}

impl Hint for ApplyError {
    fn kind(&self) -> Kind {
        Kind::User
    }

    fn hint(&self) -> Option<String> {
        Some(
            "the patch was made for other content: run `pq refresh` on the base it belongs to, or restore it"
                .to_owned(),
        )
    }
}

impl FileDiff {
    /// The content after, `None` if the file is deleted, and what changed. `pre` is the content before, `None` if there is no file; of a
    /// submodule it is `Subproject commit HEX` and a newline.
    pub fn apply(&self, pre: Option<&[u8]>) -> Result<(Option<Vec<u8>>, Content), ApplyError> {
        let pre = match (self.action, pre) {
            (Action::Create, Some(_)) => return Err(ApplyError::Exists),
            (Action::Create, None) => &[],
            (_, None) => return Err(ApplyError::Missing),
            (_, Some(pre)) => pre,
        };
        let (post, content) = self.apply_body(pre)?;
        match self.action {
            Action::Delete if post.is_empty() => Ok((None, content)),
            Action::Delete => Err(ApplyError::LeavesContent),
            _ => Ok((Some(post), content)),
        }
    }

    fn apply_body(&self, pre: &[u8]) -> Result<(Vec<u8>, Content), ApplyError> {
        let (old_mode, new_mode) = self.modes();
        let is_whole = [old_mode, new_mode].into_iter().flatten().any(|mode| !mode.is_file());
        match &self.body {
            Body::None => Ok((pre.to_vec(), Content::Same)),
            Body::Binary(patch) => Ok((self.apply_binary(patch, pre)?, Content::Whole)),
            Body::Text(hunks) => {
                let applied = apply_hunks(pre, hunks)?;
                Ok((applied.bytes, if is_whole { Content::Whole } else { Content::Lines(applied.edits) }))
            }
        }
    }

    fn apply_binary(&self, patch: &BinaryPatch, pre: &[u8]) -> Result<Vec<u8>, ApplyError> {
        if self.action != Action::Create {
            check_id(self.old_id.as_ref(), pre)?;
        }
        let post = patch.forward.apply(pre)?;
        if self.action != Action::Delete {
            check_id(self.new_id.as_ref(), &post)?;
        }
        Ok(post)
    }

    /// The mode after, given the mode before: a section that does not change the mode keeps the one that the file has, whatever the
    /// text says. `None` where there is no file.
    pub fn result_mode(&self, pre: Option<Mode>) -> Result<Option<Mode>, ApplyError> {
        match (self.action, pre) {
            (Action::Create, Some(_)) => Err(ApplyError::Exists),
            (Action::Create, None) => Ok(Some(self.new_mode.unwrap_or(Mode::Regular))),
            (_, None) => Err(ApplyError::Missing),
            (action, Some(found)) => match self.old_mode.filter(|stated| !stated.same_type(found)) {
                Some(stated) => Err(ApplyError::Type { stated, found }),
                None => Ok((action != Action::Delete).then_some(self.new_mode.unwrap_or(found))),
            },
        }
    }
}

/// As git does it: a binary patch applies only to the very content that its full id names. (Ids of repositories with SHA-256 are not
/// checked.)
fn check_id(stated: Option<&BString>, content: &[u8]) -> Result<(), ApplyError> {
    let Some(stated) = stated.filter(|id| id.len() == 40) else { return Ok(()) };
    let found = blob_id(content);
    match stated.eq_ignore_ascii_case(found.as_bytes()) {
        true => Ok(()),
        false => Err(ApplyError::OtherContent { stated: stated.clone(), found }),
    }
}

/// The SHA-1 id of a blob, in hexadecimal.
fn blob_id(content: &[u8]) -> String {
    let mut hasher = sha1dc::Hasher::new();
    hasher.update(format!("blob {}\0", content.len()).as_bytes());
    hasher.update(content);
    hasher.finalize().unwrap_or_else(|collision| collision.digest()).to_string()
}

/// Applies hunks to a text. See the module for where they go.
pub fn apply_hunks(pre: &[u8], hunks: &[Hunk]) -> Result<Applied, ApplyError> {
    let mut image = Image::new(pre);
    for (nth, hunk) in hunks.iter().enumerate() {
        let wanted: Vec<&BStr> = hunk.old_lines().collect();
        let at = image.find(hunk, &wanted).ok_or(ApplyError::HunkDoesNotMatch {
            hunk: nth + 1,
            line: hunk.line,
            near: hunk.old_start,
        })?;
        image.splice(at, &hunk.lines);
    }
    image.finish(pre.len())
}

/// A line of the file while hunks are applied to it.
#[derive(Clone, Copy)]
struct Line<'a> {
    text: &'a BStr,
    /// Which old line it is; none of an added one.
    origin: Option<u32>,
    /// Whether a hunk covers it: then no other one may.
    covered: bool,
}

/// The file while hunks are applied: `done` up to the end of the furthest hunk so far, behind it the old lines from `next` on. Hunks mostly
/// come in order, so nothing that was done has to move.
struct Image<'a> {
    old: Vec<&'a BStr>,
    next: usize,
    done: Vec<Line<'a>>,
}

impl<'a> Image<'a> {
    fn new(pre: &'a [u8]) -> Self {
        Image { old: lines::split(pre).collect(), next: 0, done: Vec::new() }
    }

    fn len(&self) -> usize {
        self.done.len() + self.old.len() - self.next
    }

    /// The line there, unless a hunk covers it already.
    fn free(&self, at: usize) -> Option<&'a BStr> {
        match self.done.get(at) {
            Some(line) => (!line.covered).then_some(line.text),
            None => self.old.get(self.next + at - self.done.len()).copied(),
        }
    }

    fn matches(&self, at: usize, wanted: &[&BStr]) -> bool {
        let is = |(nth, text): (usize, &&BStr)| self.free(at + nth).is_some_and(|line| git_matches(line, text));
        at + wanted.len() <= self.len() && wanted.iter().enumerate().all(is)
    }

    /// Where git would put the hunk, if its lines really are there.
    fn find(&self, hunk: &Hunk, wanted: &[&BStr]) -> Option<usize> {
        let at = self.find_as_git(hunk, wanted)?;
        wanted.iter().enumerate().all(|(nth, text)| self.free(at + nth) == Some(text)).then_some(at)
    }

    fn find_as_git(&self, hunk: &Hunk, wanted: &[&BStr]) -> Option<usize> {
        let at_start = hunk.old_start <= 1;
        let at_end = hunk.context().1 == 0;
        let last = self.len().checked_sub(wanted.len())?;
        if at_start || at_end {
            let at = if at_start { 0 } else { last };
            return (self.matches(at, wanted) && (!at_end || at == last)).then_some(at);
        }
        let stated = (hunk.new_start as usize).saturating_sub(1).min(self.len());
        if self.matches(stated, wanted) { Some(stated) } else { self.nearest(stated, wanted) }
    }

    /// The match that is nearest to `stated`, the one further down of two.
    fn nearest(&self, stated: usize, wanted: &[&BStr]) -> Option<usize> {
        let (closed, open) = match wanted.split_last() {
            Some((last, rest)) if !last.ends_with(b"\n") => (rest, Some(*last)),
            _ => (wanted, None),
        };
        let fits = |at: &usize| {
            open.is_none_or(|open| self.free(*at + closed.len()).is_some_and(|line| git_matches(line, open)))
        };
        self.all_matches(closed).into_iter().filter(fits).min_by_key(|at| (at.abs_diff(stated), *at < stated))
    }

    /// All places of these lines, by the search of Knuth, Morris and Pratt, so that files of equal lines take no longer than others.
    fn all_matches(&self, wanted: &[&BStr]) -> Vec<usize> {
        if wanted.is_empty() {
            return (0..self.len()).collect();
        }
        let borders = borders(wanted);
        let mut found = Vec::new();
        let mut matched = 0;
        for at in 0..self.len() {
            let line = self.free(at);
            while matched > 0 && (matched == wanted.len() || line != Some(wanted[matched])) {
                matched = borders[matched - 1];
            }
            matched += usize::from(line == Some(wanted[matched]));
            if matched == wanted.len() {
                found.push(at + 1 - matched);
            }
        }
        found
    }

    /// Puts the hunk's lines in the place of those that match it at `at`.
    fn splice(&mut self, at: usize, lines: &'a [HunkLine]) {
        let len = lines.iter().filter(|line| line.kind != LineKind::Add).count();
        self.advance(at + len);
        let mut old = self.done[at..at + len].iter();
        let mut new = Vec::with_capacity(lines.len());
        for line in lines {
            let text = line.text.as_bstr();
            match line.kind {
                LineKind::Add => new.push(Line { text, origin: None, covered: true }),
                LineKind::Remove => drop(old.next()),
                LineKind::Context => new.extend(old.next().map(|line| Line { covered: true, ..*line })),
            }
        }
        self.done.splice(at..at + len, new);
    }

    /// Moves old lines to `done` until it has this many.
    fn advance(&mut self, len: usize) {
        while self.done.len() < len {
            self.done.push(Line { text: self.old[self.next], origin: Some(self.next as u32), covered: false });
            self.next += 1;
        }
    }

    fn finish(mut self, size: usize) -> Result<Applied, ApplyError> {
        let (added, old_len) = (|line: &&Line| line.origin.is_none(), self.old.len() as u32);
        let room = size + self.done.iter().filter(added).map(|line| line.text.len()).sum::<usize>();
        self.advance(self.len());
        let joined = self.done.iter().rev().skip(1).any(|line| !line.text.ends_with(b"\n"));
        if joined {
            return Err(ApplyError::JoinsLines);
        }
        let mut bytes = Vec::with_capacity(room);
        self.done.iter().for_each(|line| bytes.extend_from_slice(line.text));
        Ok(Applied { bytes, edits: edits(&self.done, old_len) })
    }
}

/// Equal, or in git's eyes equal: it lets a line without a newline match one that has blanks and a newline behind it.
fn git_matches(line: &BStr, wanted: &BStr) -> bool {
    line == wanted
        || !wanted.ends_with(b"\n")
            && line.strip_prefix(wanted.as_bytes()).is_some_and(|rest| rest.trim_ascii().is_empty())
}

/// For each prefix, the length of the longest proper one that it also ends with.
fn borders(wanted: &[&BStr]) -> Vec<usize> {
    let mut borders = vec![0; wanted.len()];
    let mut len = 0;
    for at in 1..wanted.len() {
        while len > 0 && wanted[at] != wanted[len] {
            len = borders[len - 1];
        }
        len += usize::from(wanted[at] == wanted[len]);
        borders[at] = len;
    }
    borders
}

/// Old lines keep their order, so the gaps between those that are left, and the lines without origin, are the edits.
fn edits(lines: &[Line], old_len: u32) -> Vec<Edit> {
    let mut edits = Vec::new();
    let (mut old, mut new) = (0, 0);
    let ends = (0u32..).zip(lines).filter_map(|(at, line)| Some((line.origin?, at)));
    for (old_end, new_end) in ends.chain(std::iter::once((old_len, lines.len() as u32))) {
        if old_end > old || new_end > new {
            edits.push(Edit { old_start: old, old_len: old_end - old, new_start: new, new_len: new_end - new });
        }
        (old, new) = (old_end + 1, new_end + 1);
    }
    edits
}

#[cfg(test)]
mod tests;
