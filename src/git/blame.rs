//! Which commits of a line wrote, changed or took away some lines of a file.
//!
//! As `git blame` goes back from version to version, but along one line of first parents and only for the lines that are asked for. Beside
//! the commit that wrote a line, a commit counts that took lines away between or next to them: a change that was made after it does not fit
//! where they still stand. Renames are followed. Where a merge on the line brought a file, the merged side is asked.

use std::ops::Range;

use bstr::BString;

use super::timeline::{Timeline, version};
use super::tree::At;
use super::{Commit, GitError, Objects, Repo};
use crate::format::lines::{is_binary, line_edits};
use crate::git::history;
use crate::model::progress::Watch;
use crate::model::{Edit, Oid};

/// Some lines of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    /// The file, at the end of the line of commits.
    pub path: BString,
    /// The lines, from 0.
    pub ranges: Vec<Range<u32>>,
}

/// Whose hand counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hands {
    /// Whoever wrote a line that is still there.
    Writers,
    /// Whoever took lines away between or next to them, or moved the file, too.
    All,
}

/// The commits of `line`, up to and with the one numbered `end`, that had a hand in these lines, oldest first.
///
/// # Errors
/// A version of the file cannot be read.
pub fn blame(
    repo: &Repo,
    objects: &Objects,
    line: &Timeline,
    end: usize,
    lines: Lines,
    hands: Hands,
    watch: &dyn Watch,
) -> Result<Vec<Oid>, GitError> {
    let mut found = Vec::new();
    let (mut lines, mut end) = (Some(lines), end);
    while let Some(open) = lines.take() {
        let mut walk = Walk { repo, objects, line, hands, watch, found: &mut found };
        if let Some((rest, before)) = walk.back(end, open)? {
            (lines, end) = (Some(rest), before);
        }
    }
    found.reverse();
    Ok(found)
}

struct Walk<'a> {
    repo: &'a Repo,
    objects: &'a Objects,
    line: &'a Timeline,
    hands: Hands,
    watch: &'a dyn Watch,
    /// Newest first.
    found: &'a mut Vec<Oid>,
}

impl Walk<'_> {
    /// Goes back as long as the file has this path. What is left under another one, and the commit to go on with.
    fn back(&mut self, end: usize, lines: Lines) -> Result<Option<(Lines, usize)>, GitError> {
        let paths = [lines.path.clone()];
        let versions = self.line.versions(self.repo, &paths, 0..end + 1, self.watch)?.remove(0);
        let mut ranges = lines.ranges;
        let Some(mut now) = version(&versions, end).file() else { return Ok(None) };
        let changes = versions.iter().rev().filter(|(at, _)| *at > 0 && *at <= end);
        for (at, _) in changes {
            if ranges.is_empty() {
                return Ok(None);
            }
            match version(&versions, at - 1) {
                At::File(before) => {
                    let (is_touched, rest) = self.through(before.id, now.id, &ranges)?;
                    if is_touched {
                        self.blame(*at, &lines.path, now.id, &ranges)?;
                    }
                    (ranges, now) = (rest, before);
                }
                _ => return self.origin(*at, &lines.path, &ranges),
            }
        }
        Ok(None)
    }

    /// A commit that made the file: of another one, or out of nothing.
    fn origin(&mut self, at: usize, path: &BString, ranges: &[Range<u32>]) -> Result<Option<(Lines, usize)>, GitError> {
        for change in self.line.changes(self.objects, at)?.iter().filter(|change| change.leaves_old_path()) {
            let (Some(old), Some(new)) = (&change.old, &change.new) else { continue };
            if new.path == *path {
                let (is_touched, rest) = self.through(old.entry.id, new.entry.id, ranges)?;
                if is_touched || self.hands == Hands::All {
                    self.found.push(self.line.commits[at]);
                }
                return Ok(Some((Lines { path: old.path.clone(), ranges: rest }, at - 1)));
            }
        }
        self.found.push(self.line.commits[at]);
        Ok(None)
    }

    /// Notes a commit that touched the lines; of a merge, those of its side, if it took the side's file as it is.
    fn blame(&mut self, at: usize, path: &BString, blob: Oid, ranges: &[Range<u32>]) -> Result<(), GitError> {
        let id = self.line.commits[at];
        let parents = Commit::read(self.objects, id)?.parents;
        if let [first, second] = parents[..] {
            let side = side(self.repo, second, first)?;
            let side = Timeline::read(self.repo, side, self.watch)?;
            let last = side.commits.len() - 1;
            let versions = side.versions(self.repo, std::slice::from_ref(path), last..last + 1, self.watch)?;
            if version(&versions[0], last).file().is_some_and(|entry| entry.id == blob) {
                let lines = Lines { path: path.clone(), ranges: ranges.to_vec() };
                let found = blame(self.repo, self.objects, &side, last, lines, self.hands, self.watch)?;
                if !found.is_empty() {
                    self.found.extend(found.into_iter().rev());
                    return Ok(());
                }
            }
        }
        self.found.push(id);
        Ok(())
    }

    /// Whether a change touches lines of its new version, and what of them stood in the old one.
    fn through(&self, old: Oid, new: Oid, ranges: &[Range<u32>]) -> Result<(bool, Vec<Range<u32>>), GitError> {
        if old == new {
            return Ok((false, ranges.to_vec()));
        }
        let (old, new) = (self.objects.blob(old)?, self.objects.blob(new)?);
        if is_binary(&old) || is_binary(&new) {
            return Ok((true, Vec::new()));
        }
        Ok(through(&line_edits(&old, &new), ranges, self.hands))
    }
}

/// The line of first parents of a side that was merged into `main`, oldest first, with the commit in front of it.
fn side(repo: &Repo, tip: Oid, main: Oid) -> Result<Vec<Oid>, GitError> {
    let steps = history::steps(repo, &[tip], &[main])?;
    let parents: std::collections::HashMap<Oid, Option<Oid>> =
        steps.iter().map(|step| (step.id, step.parents.first().copied())).collect();
    let mut line: Vec<Oid> = std::iter::successors(Some(tip), |id| parents.get(id).copied().flatten()).collect();
    line.reverse();
    Ok(line)
}

/// Whether edits touch lines of the new text, and what of them stood in the old one.
fn through(edits: &[Edit], ranges: &[Range<u32>], hands: Hands) -> (bool, Vec<Range<u32>>) {
    let (mut is_touched, mut rest) = (false, Vec::new());
    for range in ranges {
        let (mut at, mut offset) = (range.start, 0i64);
        let old = |line: u32, offset: i64| (i64::from(line) + offset) as u32;
        for edit in edits {
            let is_before = edit.new_end() < range.start || edit.new_len > 0 && edit.new_end() == range.start;
            let is_behind = edit.new_start > range.end || edit.new_len > 0 && edit.new_start == range.end;
            if is_behind {
                break;
            }
            if !is_before {
                is_touched |= edit.new_len > 0 || hands == Hands::All;
                if edit.new_start > at {
                    rest.push(old(at, offset)..old(edit.new_start, offset));
                }
                at = at.max(edit.new_end());
            }
            offset = i64::from(edit.old_end()) - i64::from(edit.new_end());
        }
        if at < range.end {
            rest.push(old(at, offset)..old(range.end, offset));
        }
    }
    (is_touched, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(old_start: u32, old_len: u32, new_start: u32, new_len: u32) -> Edit {
        Edit { old_start, old_len, new_start, new_len }
    }

    #[test]
    fn lines_are_followed_through_edits_that_do_not_touch_them() {
        let edits = [edit(2, 0, 2, 3), edit(10, 4, 13, 0)];
        let (is_touched, rest) = through(&edits, &[6..8, 20..22], Hands::All);
        assert!(!is_touched);
        assert_eq!(rest, [3..5, 21..23]);
    }

    #[test]
    fn what_was_written_between_them_and_taken_away_next_to_them_counts() {
        let (around, below) = (1..9, 3..5);
        let one = |edit: Edit, range: &Range<u32>, hands| through(&[edit], std::slice::from_ref(range), hands);
        assert_eq!(one(edit(4, 1, 4, 2), &around, Hands::All), (true, vec![1..4, 5..8]));
        let same = vec![below.clone(); 1];
        assert_eq!(one(edit(5, 2, 5, 0), &below, Hands::All), (true, same.clone()));
        assert_eq!(one(edit(6, 2, 6, 0), &below, Hands::All), (false, same.clone()));
        assert_eq!(one(edit(5, 2, 5, 0), &below, Hands::Writers), (false, same));
        assert_eq!(one(edit(2, 3, 2, 5), &below, Hands::All), (true, vec![]));
    }
}
