//! Which hunks of a patch a release has.
//!
//! A rule of lines, without a look at where they stand. A line tells something if it is not blank and the patch alone makes the difference: an
//! added line that the file did not have before the patch, a removed one that it does not have after it. The release has a hunk if all its
//! added lines of that sort stand in the file, and none of the removed ones; it lacks it if it is the other way round. Of a hunk without such
//! lines nothing can be said.

use std::collections::HashSet;

use bstr::{BStr, BString, ByteSlice};

use super::report::{HunkReport, HunkState};
use crate::Result;
use crate::format::diff::{FileDiff, Hunk, LineKind};
use crate::format::signature::line_number;
use crate::git::renames::Moved;
use crate::git::{Change, Entry, GitError, Objects, Tree};
use crate::model::Oid;
use crate::model::text::visible;
use crate::ops::rebase::old::OldStep;

/// The lines of a file, as numbers.
type Lines = HashSet<u32>;

/// What the tree of a release has of each hunk of a patch.
pub fn hunks(objects: &Objects, step: &OldStep<'_>, release: Oid) -> Result<Vec<HunkReport>> {
    let mut there = There { objects, tree: Tree::new(release), moved: Moved::between(step.base_tree, release) };
    let mut reports = Vec::new();
    for section in &step.file.files {
        if section.hunks().is_empty() {
            continue;
        }
        let sides = there.sides(&step.changes, section)?;
        reports.extend(section.hunks().iter().map(|hunk| HunkReport {
            path: visible(section.path()),
            line: hunk.new_start,
            section: hunk.section.clone(),
            state: sides.state(hunk),
        }));
    }
    Ok(reports)
}

/// Where the release is looked into.
struct There<'a> {
    objects: &'a Objects,
    tree: Tree,
    moved: Moved,
}

impl There<'_> {
    fn sides(&mut self, changes: &[Change], section: &FileDiff) -> Result<Sides> {
        let change = changes.iter().find(|change| change.path() == section.path());
        let old = change.and_then(|change| change.old.as_ref());
        let new = change.and_then(|change| change.new.as_ref());
        let mut now = self.tree.get(self.objects, section.path())?.file();
        if let Some(old) = old.filter(|_| now.is_none()) {
            let target: Option<BString> = self.moved.find(self.objects, old)?;
            let path: &BStr = target.as_ref().map_or(old.path.as_bstr(), |target| target.as_bstr());
            now = self.tree.get(self.objects, path)?.file();
        }
        Ok(Sides {
            before: self.lines(old.map(|old| old.entry))?,
            after: self.lines(new.map(|new| new.entry))?,
            now: self.lines(now)?,
        })
    }

    fn lines(&self, entry: Option<Entry>) -> Result<Lines, GitError> {
        let Some(entry) = entry.filter(|entry| entry.mode.is_file()) else { return Ok(Lines::new()) };
        Ok(self.objects.blob(entry.id)?.lines().filter_map(line_number).collect())
    }
}

/// A file before and after the patch, and in the release.
struct Sides {
    before: Lines,
    after: Lines,
    now: Lines,
}

impl Sides {
    fn state(&self, hunk: &Hunk) -> HunkState {
        let of = |kind: LineKind, elsewhere: &Lines| -> Lines {
            let lines = hunk.lines.iter().filter(|line| line.kind == kind);
            lines.filter_map(|line| line_number(&line.text)).filter(|line| !elsewhere.contains(line)).collect()
        };
        let (added, removed) = (of(LineKind::Add, &self.before), of(LineKind::Remove, &self.after));
        let came = added.intersection(&self.now).count();
        let went = removed.difference(&self.now).count();
        match (added.len() + removed.len(), came + went) {
            (0, _) => HunkState::Unclear,
            (all, done) if all == done => HunkState::There,
            // A removed line may be gone for any reason: without an added one it is no sign that a part is there.
            (_, _) if came == 0 && !added.is_empty() || came + went == 0 => HunkState::Missing,
            _ => HunkState::Partly,
        }
    }
}
