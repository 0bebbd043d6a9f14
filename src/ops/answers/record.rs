//! What is to be recorded of a patch that a person settled.
//!
//! First each conflict of lines by itself. Whether that is enough is tried out: the patch is carried once more with all answers, and must
//! give the person's result. If it does not, because the person edited something elsewhere as well, or because it is a conflict of another
//! kind, the answer to the whole is recorded too, and those to the hunks are marked as partial.

use std::collections::BTreeMap;

use super::whole::{name, sides};
use super::{Answers, Known, Whole, question};
use crate::Result;
use crate::format::resolution::{Answer, Clash, Reach, Resolution};
use crate::format::settle::Merge;
use crate::git::Objects;
use crate::model::{Conflict, ConflictKind, Oid, Outcome};
use crate::ops::rebase::carry::doubled;
use crate::ops::replay::Fate;
use crate::store::QueueDir;

/// Files to write.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recording {
    /// By path relative to the queue's directory; without bytes what goes because a new answer takes its place.
    pub files: BTreeMap<String, Option<Vec<u8>>>,
    /// The answers by which the result comes back, new or not.
    pub kept: Vec<String>,
}

/// What to record of a patch that a person settled.
pub fn record(
    objects: &mut Objects,
    known: &Answers,
    whole: &Whole<'_>,
    (onto, result): (&str, Oid),
) -> Result<Recording> {
    let step = whole.step;
    let mut clashes = whole.replay(objects).clashes(&step.step())?;
    if clashes.is_empty() {
        clashes = doubled(step).into_iter().enumerate().collect();
    }
    let work = Work { whole, onto, result, question: question(objects, whole.tip, &step.changes, &clashes)? };
    let hunks = work.hunks(objects, &clashes, Reach::Full)?;
    let answers = work.replaced(known, &hunks);
    if !hunks.is_empty() && work.gives_result(objects, &answers)? {
        return Ok(work.recording(known, hunks));
    }
    let diff = whole.diff(objects, result)?;
    let mut records = work.hunks(objects, &clashes, Reach::Partial)?;
    if whole.apply(objects, &diff)? == Some(result) {
        let question = work.question.clone();
        records.push(work.resolution(Answer::Whole { question, diff }));
    }
    Ok(work.recording(known, records))
}

struct Work<'a> {
    whole: &'a Whole<'a>,
    onto: &'a str,
    result: Oid,
    question: Vec<Clash>,
}

impl Work<'_> {
    fn resolution(&self, answer: Answer) -> Resolution {
        Resolution {
            patch: Some(name(self.whole).to_string()),
            from: Some(self.whole.step.base.0.clone()),
            onto: Some(self.onto.to_owned()),
            answer,
        }
    }

    fn hunks(&self, objects: &Objects, clashes: &[(usize, Conflict)], reach: Reach) -> Result<Vec<Resolution>> {
        let mut all = Vec::new();
        for (at, conflict) in clashes.iter().filter(|(_, conflict)| conflict.kind == ConflictKind::Content) {
            let change = &self.whole.step.changes[*at];
            let Some(sides) = sides(objects, change, conflict, self.whole.tip, self.result)? else { continue };
            let [base, ours, theirs] = &sides.texts;
            let hunks = Merge::of(base, ours, theirs).answers(&sides.result);
            all.extend(
                hunks
                    .into_iter()
                    .map(|hunk| self.resolution(Answer::Hunk { path: Some(conflict.path.clone()), reach, hunk })),
            );
        }
        Ok(all)
    }

    /// Whether carrying the patch with these answers gives the result.
    fn gives_result(&self, objects: &mut Objects, answers: &Answers) -> Result<bool> {
        let step = self.whole.step;
        let mut replay = self.whole.replay(objects);
        let fate = replay.carry_with(answers, name(self.whole), &step.step())?;
        Ok(matches!(fate, Fate::Carried(placed) if placed.outcome == Outcome::Resolved && placed.tree == self.result))
    }

    /// The answers as they will be.
    fn replaced(&self, known: &Answers, new: &[Resolution]) -> Answers {
        let old = known.0.iter().filter(|it| !self.is_replaced(it, new)).cloned();
        let new = new.iter().map(|it| Known { file: it.file_name(), line: None, resolution: it.clone() });
        Answers(old.chain(new).collect())
    }

    /// Whether a new answer takes the place of one: the last word on one and the same question is what counts.
    fn is_replaced(&self, known: &Known, new: &[Resolution]) -> bool {
        if known.line.is_some() || !known.is_for(name(self.whole)) {
            return false;
        }
        match &known.resolution.answer {
            Answer::Whole { question, .. } => *question == self.question,
            Answer::Hunk { path, hunk, .. } => new.iter().any(|new| {
                matches!(&new.answer, Answer::Hunk { path: p, hunk: h, .. } if p == path && h.sides()[..3] == hunk.sides()[..3])
            }),
        }
    }

    fn recording(&self, known: &Answers, new: Vec<Resolution>) -> Recording {
        let mut recording = Recording::default();
        let is_same = |it: &Known, new: &Resolution| {
            it.line.is_none() && it.is_for(name(self.whole)) && it.resolution.answer == new.answer
        };
        for it in known.0.iter().filter(|it| self.is_replaced(it, &new)) {
            match new.iter().any(|new| is_same(it, new)) {
                true => recording.kept.push(it.file.clone()),
                false => drop(recording.files.insert(it.file.clone(), None)),
            }
        }
        for new in new.iter().filter(|new| !known.0.iter().any(|it| is_same(it, new))) {
            let file = QueueDir::resolution_path(&new.file_name());
            recording.kept.push(file.clone());
            recording.files.insert(file, Some(new.to_bytes()));
        }
        recording
    }
}
