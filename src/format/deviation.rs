//! Two versions of one change compared: the deviation of a backport from the commit it comes from.
//!
//! The idea is that of git-range-diff(1), which compares patches as texts. Here only the lines that a change removes and adds count, not
//! the lines around them and not where they stand: both belong to the release that a version was made for.

mod pairs;

use bstr::BString;
use imara_diff::{Algorithm, Diff, InternedInput, Interner};

use super::diff::{Action, Body, FileDiff, HunkLine, LineKind};
use super::lines::to_edits;
use crate::model::{
    DeviationHunk, DeviationKind, DeviationLine, Edit, Fact, FileAction, FileDeviation, Mark, Mode, Sign,
};

/// How many lines of both versions are kept around a difference.
const CONTEXT: u32 = 3;

/// How two versions of a change differ, file by file: first the files of ours, then those that only theirs touches. A file in which both
/// remove and add the same lines is not there, even if upstream moved it in between.
///
/// Both diffs must be made in the same way: a rename in one is not the same as a deletion and a creation in the other.
pub fn deviation(ours: &[FileDiff], theirs: &[FileDiff]) -> Vec<FileDeviation> {
    deviation_on(ours, theirs, &|_| false)
}

/// The same where the tree is known that ours is made for: `is_here` says of a file of theirs that this tree has it where theirs has it. The
/// same change in another file is then another change.
pub fn deviation_on(ours: &[FileDiff], theirs: &[FileDiff], is_here: &dyn Fn(&FileDiff) -> bool) -> Vec<FileDeviation> {
    pairs::pair(ours, theirs, is_here).into_iter().filter_map(|(ours, theirs)| compare(ours, theirs)).collect()
}

fn compare(ours: Option<&FileDiff>, theirs: Option<&FileDiff>) -> Option<FileDeviation> {
    let kind = match (ours, theirs) {
        (Some(_), Some(_)) => DeviationKind::Differs,
        (Some(_), None) => DeviationKind::OnlyOurs,
        _ => DeviationKind::OnlyTheirs,
    };
    let path: BString = ours.or(theirs)?.path().into();
    let their_path = theirs.map(|file| BString::from(file.path())).filter(|their_path| *their_path != path);
    let (facts, hunks) = (facts(ours, theirs), hunks(&body(ours), &body(theirs)));
    let is_same = kind == DeviationKind::Differs && facts.is_empty() && hunks.is_empty();
    (!is_same).then_some(FileDeviation { path, their_path, kind, facts, hunks })
}

fn facts(ours: Option<&FileDiff>, theirs: Option<&FileDiff>) -> Vec<Fact> {
    let mut facts = Vec::new();
    let (our_action, their_action) = (ours.map(action), theirs.map(action));
    let is_plain = |action: Option<FileAction>| matches!(action, None | Some(FileAction::Modify));
    if our_action != their_action && !(is_plain(our_action) && is_plain(their_action)) {
        facts.push(Fact::Action { ours: our_action, theirs: their_action });
    }
    if mode_change(ours) != mode_change(theirs) {
        let after = |file: Option<&FileDiff>| file.and_then(|file| file.modes().1);
        facts.push(Fact::Mode { ours: after(ours), theirs: after(theirs) });
    }
    if is_binary_different(ours, theirs) {
        facts.push(Fact::Binary);
    }
    facts
}

/// What a change does to a file as a whole.
fn action(file: &FileDiff) -> FileAction {
    match file.action {
        Action::Modify => FileAction::Modify,
        Action::Create => FileAction::Create,
        Action::Delete => FileAction::Delete,
        Action::Rename { .. } => FileAction::Rename,
        Action::Copy { .. } => FileAction::Copy,
    }
}

/// The mode that a change gives. The ordinary one of a new file is nothing to speak of, and a mode that stays is the release's.
fn mode_change(file: Option<&FileDiff>) -> Option<Mode> {
    let file = file?;
    file.new_mode.filter(|mode| file.old_path.is_some() || *mode != Mode::Regular)
}

fn is_binary_different(ours: Option<&FileDiff>, theirs: Option<&FileDiff>) -> bool {
    let binary = |file: Option<&FileDiff>| match file.map(|file| &file.body) {
        Some(Body::Binary(patch)) => Some(patch.forward.clone()),
        _ => None,
    };
    // A delta depends on the old content, so the same new content can be written in two ways.
    let new_id = |file: Option<&FileDiff>| file?.new_id.clone().filter(|id| id.len() >= 40);
    let same_id = new_id(ours).is_some() && new_id(ours) == new_id(theirs);
    let (a, b) = (binary(ours), binary(theirs));
    a != b && !(a.is_some() && b.is_some() && same_id)
}

/// The lines that a change removes and adds, in order.
fn body(file: Option<&FileDiff>) -> Vec<&HunkLine> {
    let lines = file.into_iter().flat_map(FileDiff::hunks).flat_map(|hunk| &hunk.lines);
    lines.filter(|line| line.kind != LineKind::Context).collect()
}

fn hunks(ours: &[&HunkLine], theirs: &[&HunkLine]) -> Vec<DeviationHunk> {
    if by_sign(ours) == by_sign(theirs) {
        return Vec::new();
    }
    let interner = Interner::new(ours.len() + theirs.len());
    let mut input = InternedInput { before: Vec::new(), after: Vec::new(), interner };
    input.update_before(ours.iter().copied());
    input.update_after(theirs.iter().copied());
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_no_heuristic(&input);
    let edits = to_edits(&diff);
    let groups = edits.chunk_by(|a, b| b.old_start - a.old_end() <= 2 * CONTEXT);
    groups.map(|group| hunk(ours, theirs, group)).filter(|hunk| !is_reordered(hunk)).collect()
}

/// Removed and added lines apart. Whether a removed line stands before or behind an added one depends on the context lines between them
/// and so on the release: the order counts only among lines of one sign.
fn by_sign<'a>(lines: &[&'a HunkLine]) -> (Vec<&'a HunkLine>, Vec<&'a HunkLine>) {
    lines.iter().partition(|line| line.kind == LineKind::Remove)
}

/// The same for a part: if it holds for every hunk of a file, it holds for the file.
fn is_reordered(hunk: &DeviationHunk) -> bool {
    let texts = |mark, sign| hunk.side(mark).filter(move |line| line.sign == sign).map(|line| &line.text);
    [Sign::Remove, Sign::Add].into_iter().all(|sign| texts(Mark::Ours, sign).eq(texts(Mark::Theirs, sign)))
}

fn hunk(ours: &[&HunkLine], theirs: &[&HunkLine], group: &[Edit]) -> DeviationHunk {
    let (first, last) = (group.first(), group.last());
    let mut at = first.map_or(0, |edit| edit.old_start.saturating_sub(CONTEXT));
    let end = last.map_or(0, |edit| edit.old_end() + CONTEXT).min(ours.len() as u32);
    let mut lines = Vec::new();
    for edit in group {
        push(&mut lines, Mark::Both, ours, at, edit.old_start);
        push(&mut lines, Mark::Ours, ours, edit.old_start, edit.old_end());
        push(&mut lines, Mark::Theirs, theirs, edit.new_start, edit.new_end());
        at = edit.old_end();
    }
    push(&mut lines, Mark::Both, ours, at, end);
    DeviationHunk { lines }
}

fn push(out: &mut Vec<DeviationLine>, mark: Mark, lines: &[&HunkLine], from: u32, to: u32) {
    let sign = |line: &HunkLine| if line.kind == LineKind::Remove { Sign::Remove } else { Sign::Add };
    let line = |line: &&HunkLine| DeviationLine { mark, sign: sign(line), text: line.text.clone() };
    out.extend(lines[from as usize..to as usize].iter().map(line));
}

#[cfg(test)]
mod tests;
