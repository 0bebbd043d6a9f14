//! The answer to everything that one patch conflicts with: kept where the answers to its hunks do not explain what a person made of it.
//!
//! It is keyed by the three entries of every path that conflicts and by the patch, and says what leads from a tree that is well defined to
//! the person's result: the new series with all of the patch that can be carried, and upstream's side where it cannot. It is taken only if
//! every file that it edits is there exactly as it was, so nothing of it can land in the wrong place.

use bstr::BString;

use super::Answers;
use crate::Result;
use crate::format::excluded::Excluded;
use crate::format::lines::is_binary;
use crate::format::patchfile::{Message, PatchFile};
use crate::format::resolution::Clash;
use crate::format::settle::Merge;
use crate::git::apply::Stack;
use crate::git::drivers::Drivers;
use crate::git::renames::join;
use crate::git::sections::sections;
use crate::git::{Change, Entry, GitError, Objects, Tree, diff_trees};
use crate::model::{Conflict, ConflictKind, Oid, PatchName};
use crate::ops::rebase::kept::has_true_ids;
use crate::ops::rebase::old::OldStep;
use crate::ops::replay::{Placed, PlacedChange, Replay};
use crate::ops::text;

/// A patch that such an answer settled.
#[derive(Debug, Clone)]
pub struct WholeAnswer {
    /// What it does on the new series.
    pub placed: Placed,
    /// Its new text.
    pub sections: Vec<BString>,
    /// The file of the answer.
    pub file: String,
}

/// A patch in front of a tree that it conflicts with.
pub struct Whole<'a> {
    /// The patch.
    pub step: &'a OldStep<'a>,
    /// The tree in front of it.
    pub tip: Oid,
    /// What a program makes.
    pub generated: &'a Excluded,
}

/// What a patch conflicts with, as the key of an answer.
pub fn question(
    objects: &Objects,
    tip: Oid,
    changes: &[Change],
    conflicts: &[(usize, Conflict)],
) -> Result<Vec<Clash>, GitError> {
    let mut tree = Tree::new(tip);
    let mut question = Vec::with_capacity(conflicts.len());
    for (at, conflict) in conflicts {
        let ours = tree.get(objects, conflict.path.as_ref())?.file();
        let (old, new) = (changes[*at].old.as_ref(), changes[*at].new.as_ref());
        let sides = [old.map(|place| place.entry), ours, new.map(|place| place.entry)];
        let side = |entry: Option<Entry>| entry.map(|entry| (entry.mode, entry.id));
        question.push(Clash { path: conflict.path.clone(), kind: conflict.kind, sides: sides.map(side) });
    }
    question.sort();
    Ok(question)
}

impl Whole<'_> {
    /// What carries the patch: what conflicts must be the same for all who ask.
    pub fn replay<'o>(&'o self, objects: &'o mut Objects) -> Replay<'o> {
        let replay = Replay::new(objects, self.step.base_tree, self.tip);
        replay.with_generated(self.generated).with_attributes(Drivers::Run)
    }

    /// The tree in front of the person's edits.
    fn start(&self, objects: &mut Objects) -> Result<Oid, GitError> {
        let mut replay = self.replay(objects);
        replay.carry_some(&self.step.step())?;
        Ok(replay.tip())
    }

    /// What leads from there to a result.
    pub fn diff(&self, objects: &mut Objects, result: Oid) -> Result<BString, GitError> {
        let start = self.start(objects)?;
        let changes = join(objects, diff_trees(objects, start, result)?)?;
        Ok(sections(objects, &changes)?.concat().into())
    }

    /// The tree that a diff leads to, if everything is as it was.
    pub fn apply(&self, objects: &mut Objects, diff: &BString) -> Result<Option<Oid>> {
        let start = self.start(objects)?;
        if diff.is_empty() {
            return Ok(Some(start));
        }
        let Ok(file) = PatchFile::new(Message::default(), vec![diff.to_vec()]) else { return Ok(None) };
        let made = Stack::new(objects, self.step.commit, start).push(&self.step.patch.name, &file);
        Ok(made.ok().filter(|made| has_true_ids(made, &file)).map(|made| made.tree))
    }

    /// What the answers make of the patch; nothing if there is none, or if they disagree.
    pub fn ask(
        &self,
        objects: &mut Objects,
        answers: &Answers,
        conflicts: &[(usize, Conflict)],
    ) -> Result<Option<WholeAnswer>> {
        let question = question(objects, self.tip, &self.step.changes, conflicts)?;
        let name = &self.step.patch.name;
        let is_own = answers.wholes(name, &question).any(|(known, _)| known.line.is_none());
        let mut found: Option<(Oid, String)> = None;
        for (known, diff) in answers.wholes(name, &question).filter(|(known, _)| known.line.is_none() || !is_own) {
            let Some(tree) = self.apply(objects, diff)? else { continue };
            match &found {
                Some((other, _)) if *other != tree => return Ok(None),
                Some(_) => {}
                None => found = Some((tree, known.file.clone())),
            }
        }
        let Some((tree, file)) = found else { return Ok(None) };
        if tree == self.tip || self.is_contradicted(objects, answers, conflicts, tree)? {
            return Ok(None);
        }
        let (placed, sections) = self.placed(objects, tree)?;
        Ok(Some(WholeAnswer { placed, sections, file }))
    }

    /// Whether somebody answered a hunk of it otherwise, in another clone.
    fn is_contradicted(
        &self,
        objects: &Objects,
        answers: &Answers,
        conflicts: &[(usize, Conflict)],
        result: Oid,
    ) -> Result<bool> {
        for (at, conflict) in conflicts.iter().filter(|(_, conflict)| conflict.kind == ConflictKind::Content) {
            let Some(Sides { texts: [base, ours, theirs], result }) =
                sides(objects, &self.step.changes[*at], conflict, self.tip, result)?
            else {
                continue;
            };
            let hunks = Merge::of(&base, &ours, &theirs).answers(&result);
            let contradicts = |(path, known): (&BString, &crate::format::resolution::Hunk)| {
                let same = |it: &&crate::format::resolution::Hunk| it.sides()[..3] == known.sides()[..3];
                *path == conflict.path && hunks.iter().filter(same).any(|it| it.answer != known.answer)
            };
            if answers.hunks_of(&self.step.patch.name).any(contradicts) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn placed(&self, objects: &Objects, tree: Oid) -> Result<(Placed, Vec<BString>)> {
        let changes = join(objects, diff_trees(objects, self.tip, tree)?)?;
        let mut old = self.step.file.clone();
        // What was copied from where is not asked again: the new text has the file whole.
        old.files.retain(|section| !section.is_copy());
        let rows: Vec<(BString, bool, Change)> =
            changes.iter().map(|change| (change.path().to_owned(), false, change.clone())).collect();
        let sections = text::refreshed(objects, &old, &rows)?
            .unwrap_or_else(|| old.files.iter().map(|section| section.raw.clone()).collect());
        let changes = changes.into_iter().map(|change| PlacedChange { from: 0, change, is_same: false }).collect();
        let outcome = crate::model::Outcome::Resolved;
        Ok((Placed { outcome, changes, reduced: Vec::new(), merged_by: Vec::new(), tree }, sections))
    }
}

/// The texts of a conflict, and what a person made of them.
pub(super) struct Sides {
    /// Base, upstream's, the patch's.
    pub texts: [std::sync::Arc<[u8]>; 3],
    /// The answer.
    pub result: std::sync::Arc<[u8]>,
}

/// The texts of a conflict; none if one of them has no lines, or the result is not where it is looked for.
pub(super) fn sides(
    objects: &Objects,
    change: &Change,
    conflict: &Conflict,
    tip: Oid,
    result: Oid,
) -> Result<Option<Sides>, GitError> {
    let (Some(old), Some(new)) = (&change.old, &change.new) else { return Ok(None) };
    let moves = old.path != new.path && old.path == conflict.path;
    let place = if moves { &new.path } else { &conflict.path };
    let ours = Tree::new(tip).get(objects, conflict.path.as_ref())?.file();
    let answer = Tree::new(result).get(objects, place.as_ref())?.file();
    let (Some(ours), Some(answer)) = (ours, answer) else { return Ok(None) };
    let entries = [old.entry, ours, new.entry, answer];
    if !entries.iter().all(|entry| entry.mode.is_file()) {
        return Ok(None);
    }
    let [base, ours, theirs, answer] = entries.map(|entry| objects.blob(entry.id));
    let (texts, result) = ([base?, ours?, theirs?], answer?);
    let has_lines = texts.iter().chain([&result]).all(|text| !is_binary(text));
    Ok(has_lines.then_some(Sides { texts, result }))
}

/// The patch by its name, for errors.
pub(super) fn name<'a>(whole: &'a Whole<'_>) -> &'a PatchName {
    &whole.step.patch.name
}
