//! Where a pick meets lines that its tip has otherwise.

use std::ops::Range;

use crate::format::diff::{FileDiff, Hunk};
use crate::format::lines::{is_binary, line_edits};
use crate::format::merge::{Merged, merge};
use crate::git::blame::Lines;
use crate::git::renames::Moved;
use crate::git::tree::At;
use crate::git::{Change, GitError, Objects, Tree};
use crate::model::{Conflict, ConflictKind, Oid};
use crate::ops::rebase::repick::Version;

/// How many places conflict: regions of a text, or paths.
pub(super) fn places(objects: &Objects, tip: Oid, pick: &Version, conflicts: &[Conflict]) -> Result<usize, GitError> {
    let mut tree = Tree::new(tip);
    let mut count = 0;
    for conflict in conflicts {
        let change = pick.changes.iter().find(|change| is_at(change, conflict));
        count += change
            .map_or(Ok(1), |change| Ok::<_, GitError>(regions(objects, &mut tree, change, conflict)?.len().max(1)))?;
    }
    Ok(count)
}

fn is_at(change: &Change, conflict: &Conflict) -> bool {
    [&change.old, &change.new].into_iter().flatten().any(|place| place.path == conflict.path)
}

/// The lines of the pick's parent that conflict on another tree, with one line around them.
pub(super) fn clashes(
    objects: &Objects,
    tip: Oid,
    pick: &Version,
    conflicts: &[Conflict],
) -> Result<Vec<Lines>, GitError> {
    let mut tree = Tree::new(tip);
    let mut found = Vec::new();
    for change in &pick.changes {
        let Some(old) = &change.old else { continue };
        let Some(conflict) = conflicts.iter().find(|conflict| is_at(change, conflict)) else { continue };
        let mut ranges = regions(objects, &mut tree, change, conflict)?;
        if ranges.is_empty() {
            // The file is not there, or moved: all that the pick changes in it.
            ranges = touched(pick, change).collect();
        }
        found.push(Lines { path: old.path.clone(), ranges: ranges.into_iter().map(wider).collect() });
    }
    Ok(found)
}

/// The lines of its parent that a pick changes where the tip differs from that parent, with one line around them.
pub(super) fn differing(objects: &Objects, tip: Oid, pick: &Version) -> Result<Vec<Lines>, GitError> {
    let (mut tree, mut moved) = (Tree::new(tip), Moved::between(pick.base_tree, tip));
    let mut found = Vec::new();
    for change in &pick.changes {
        let Some(old) = &change.old else { continue };
        let to = match tree.get(objects, old.path.as_ref())? {
            At::File(_) => None,
            _ => moved.find(objects, old)?,
        };
        let other = match tree.get(objects, to.as_ref().unwrap_or(&old.path).as_ref())? {
            At::File(ours) if ours.id == old.entry.id => continue,
            At::File(ours) => others(&objects.blob(old.entry.id)?, &objects.blob(ours.id)?),
            _ => None,
        };
        // Nothing to compare with: all that the pick changes in it.
        let differs = |lines: &Range<u32>| other.as_ref().is_none_or(|other| other.iter().any(|it| meet(it, lines)));
        let ranges: Vec<_> = touched(pick, change).filter(differs).map(wider).collect();
        found.push(Lines { path: old.path.clone(), ranges });
    }
    Ok(found)
}

/// The lines of a text that another one has otherwise; of binary files nothing is known.
fn others(base: &[u8], ours: &[u8]) -> Option<Vec<Range<u32>>> {
    let is_text = !is_binary(base) && !is_binary(ours);
    is_text.then(|| line_edits(base, ours).iter().map(|edit| edit.old_start..edit.old_end()).collect())
}

/// Changes of the same lines, or of lines that stand next to each other, which git does not merge either.
fn meet(a: &Range<u32>, b: &Range<u32>) -> bool {
    a.start <= b.end && b.start <= a.end
}

/// The lines of its parent that a pick changes in one file.
fn touched<'p>(pick: &'p Version, change: &'p Change) -> impl Iterator<Item = Range<u32>> + 'p {
    let sections = pick.file.files.iter().filter(|section| section.path() == change.path());
    sections.flat_map(FileDiff::hunks).flat_map(Hunk::edits).map(|edit| edit.old_start..edit.old_end())
}

fn wider(range: Range<u32>) -> Range<u32> {
    range.start.saturating_sub(1)..range.end + 1
}

/// The regions of the pick's parent that conflict in one file; none if it is not its lines that do.
fn regions(
    objects: &Objects,
    tip: &mut Tree,
    change: &Change,
    conflict: &Conflict,
) -> Result<Vec<Range<u32>>, GitError> {
    let (Some(old), Some(new)) = (&change.old, &change.new) else { return Ok(Vec::new()) };
    let At::File(ours) = tip.get(objects, conflict.path.as_ref())? else { return Ok(Vec::new()) };
    if conflict.kind != ConflictKind::Content {
        return Ok(Vec::new());
    }
    let [base, ours, theirs] = [old.entry.id, ours.id, new.entry.id].map(|id| objects.blob(id));
    let (base, ours, theirs) = (base?, ours?, theirs?);
    if [&base, &ours, &theirs].iter().any(|text| is_binary(text)) {
        return Ok(Vec::new());
    }
    Ok(match merge(&base, &ours, &theirs) {
        Merged::Conflict(ranges) => ranges,
        Merged::Clean(_) => Vec::new(),
    })
}
