//! Markers of conflicts that are left in what a person made of a held patch.
//!
//! A line that looks like a marker may belong to a file: a title underlined with equal signs. So markers are counted: what counts is a line
//! that is there more often than both sides of the file account for.

use std::collections::{BTreeMap, BTreeSet};

use bstr::{BStr, BString, ByteSlice};

use super::ResolveError;
use super::session::Session;
use crate::Result;
use crate::format::marks::markers;
use crate::format::quote::display;
use crate::git::attributes::Attributes;
use crate::git::changes::walk;
use crate::git::{Entry, GitError, Objects, Tree};
use crate::model::Oid;
use crate::model::text::visible;

/// How often each line that looks like a marker is there.
type Counts = BTreeMap<Vec<u8>, usize>;

/// An error if any file that differs from the target has markers that no side of the conflict had.
///
/// # Errors
/// See above; or an object is missing.
pub fn check(objects: &Objects, session: &Session, (target, result): (Oid, Oid)) -> Result<()> {
    let mut found = Vec::new();
    let mut known = Known::new(objects, session, target)?;
    let (mut tree, mut attributes) = (Tree::new(result), Attributes::default());
    for (path, entry) in changed(objects, target, result)? {
        let own = attributes.marker_width(objects, &mut tree, path.as_ref())?;
        let widths: BTreeSet<usize> = known.widths.iter().copied().chain([own]).collect();
        for width in widths {
            let mut left = known.count(&path, width)?;
            for (line, text) in markers(&objects.blob(entry.id)?, width) {
                match left.get_mut(text) {
                    Some(count) if *count > 0 => *count -= 1,
                    _ => found.push(format!("{}:{line}: {}", display(path.as_ref()), visible(text))),
                }
            }
        }
    }
    found.dedup();
    match found.is_empty() {
        true => Ok(()),
        false => Err(ResolveError::Markers(found).into()),
    }
}

/// The files of the result that are not those of the target.
fn changed(objects: &Objects, target: Oid, result: Oid) -> Result<Vec<(BString, Entry)>, GitError> {
    let mut changed = Vec::new();
    walk(objects, Some(target), Some(result), &mut |path, _, entry| {
        changed.extend(entry.filter(|entry| entry.mode.is_file()).map(|entry| (path.to_owned(), entry)));
    })?;
    Ok(changed)
}

/// What the files had before a person edited them.
struct Known<'a> {
    objects: &'a Objects,
    session: &'a Session,
    target: Tree,
    scene: Tree,
    /// How wide the markers are that were written.
    widths: BTreeSet<usize>,
}

impl<'a> Known<'a> {
    fn new(objects: &'a Objects, session: &'a Session, target: Oid) -> Result<Known<'a>, GitError> {
        let (mut tree, mut attributes) = (Tree::new(target), Attributes::default());
        let paths: BTreeSet<&BStr> = session.scene.unmerged.iter().map(|stage| stage.path.as_bstr()).collect();
        let widths = paths.into_iter().map(|path| attributes.marker_width(objects, &mut tree, path));
        let widths = widths.collect::<Result<_, _>>()?;
        Ok(Known { objects, session, target: tree, scene: Tree::new(session.scene.tree), widths })
    }

    /// How often each marker may be in a file.
    fn count(&mut self, path: &BString, width: usize) -> Result<Counts, GitError> {
        let stages = self.session.scene.unmerged.iter().filter(|stage| stage.path == *path);
        let stages: Vec<(u8, Entry)> = stages.map(|stage| (stage.stage, stage.entry)).collect();
        let side = |wanted: u8| stages.iter().find(|(stage, _)| *stage == wanted).map(|(_, entry)| *entry);
        if stages.len() > 1 {
            return self.both(side(1), side(2), side(3), width);
        }
        // Without stages, the file as it was opened has what both sides did to it.
        let there = [self.target.get(self.objects, path.as_ref())?, self.scene.get(self.objects, path.as_ref())?];
        let there: Vec<Entry> = there.into_iter().filter_map(|at| at.file()).collect();
        match stages.is_empty() && !there.is_empty() {
            true => self.most(there, width),
            // A name that is new, or one of two that the file has: what conflicts may have come from anywhere.
            false => self.most(self.session.scene.unmerged.iter().map(|stage| stage.entry), width),
        }
    }

    /// What is left where both sides are taken.
    fn both(
        &self,
        base: Option<Entry>,
        ours: Option<Entry>,
        theirs: Option<Entry>,
        width: usize,
    ) -> Result<Counts, GitError> {
        let mut all = self.most([base, ours, theirs].into_iter().flatten(), width)?;
        let [base, ours, theirs] = [self.of(base, width)?, self.of(ours, width)?, self.of(theirs, width)?];
        for (line, count) in &mut all {
            let of = |counts: &Counts| counts.get(line).copied().unwrap_or(0);
            *count = (*count).max((of(&ours) + of(&theirs)).saturating_sub(of(&base)));
        }
        Ok(all)
    }

    /// The highest count of each marker.
    fn most(&self, entries: impl IntoIterator<Item = Entry>, width: usize) -> Result<Counts, GitError> {
        let mut most = Counts::new();
        for entry in entries {
            for (line, count) in self.of(Some(entry), width)? {
                let known = most.entry(line).or_default();
                *known = count.max(*known);
            }
        }
        Ok(most)
    }

    fn of(&self, entry: Option<Entry>, width: usize) -> Result<Counts, GitError> {
        let mut counts = Counts::new();
        if let Some(entry) = entry.filter(|entry| entry.mode.is_file()) {
            let text = self.objects.blob(entry.id)?;
            markers(&text, width).for_each(|(_, line)| *counts.entry(line.to_vec()).or_default() += 1);
        }
        Ok(counts)
    }
}
