//! Carries patches from one base to another, in memory, one at a time, looking only at the paths that each patch touches.
//!
//! A patch is the step between two trees. Where the blob at a path is the same in the step's parent and in the new tip, the patch's blob is
//! taken as it is, unread. Elsewhere contents are merged ([`carry`]); renames are looked for only when a path is missing.

pub mod carry;
mod elsewhere;
mod path;
mod rules;

use std::collections::{HashMap, HashSet};

use bstr::{BStr, BString};
use rayon::prelude::*;

use crate::format::diff::FileDiff;
use crate::format::excluded::Excluded;
use crate::format::moves::Moves;
use crate::git::attributes::Attributes;
use crate::git::drivers::Drivers;
use crate::git::renames::Moved;
use crate::git::tree::At;
use crate::git::{Change, Entry, GitError, Objects, Place, Repo, Tree};
use crate::model::{Conflict, Oid, Outcome, PatchName};
use crate::ops::answers::{Answers, Asked};
use carry::Carried;
pub use elsewhere::Followed;

/// A patch as the step between two trees.
#[derive(Clone, Copy)]
pub struct Step<'a> {
    /// What differs between the tree before and the tree after.
    pub changes: &'a [Change],
    /// The sections of the patch's text, where they are at hand: they save a diff.
    pub sections: &'a [FileDiff],
}

/// What became of a step.
#[derive(Debug, Clone)]
pub enum Fate {
    /// It is part of the new series.
    Carried(Placed),
    /// It stays out.
    Conflict(Vec<Conflict>),
}

/// A step on the new series.
#[derive(Debug, Clone)]
pub struct Placed {
    /// `Unchanged`, `Merged`, `Reduced`, `Resolved`, or `Upstreamed` if nothing is left of it.
    pub outcome: Outcome,
    /// What it changes there, and which change of the old step each comes from.
    pub changes: Vec<PlacedChange>,
    /// The paths of which nothing, or less than before, is left.
    pub reduced: Vec<BString>,
    /// The paths that another rule than that for texts merged, where both sides have changed the same lines.
    pub merged_by: Vec<MergedBy>,
    /// The tree after it.
    pub tree: Oid,
}

/// One change on the new series.
#[derive(Debug, Clone)]
pub struct PlacedChange {
    /// The number of the change in the old step.
    pub from: usize,
    /// The change.
    pub change: Change,
    /// Whether the blobs are those of the old step, at the same path: then its text still fits.
    pub is_same: bool,
}

/// A file of which a person should look at what a merge has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedBy {
    /// The file.
    pub path: BString,
    /// The merge driver: a program of the user's, or `union`.
    pub driver: BString,
}

/// The new series so far.
pub struct Replay<'a> {
    objects: &'a mut Objects,
    tip: Tree,
    tip_id: Oid,
    files: HashMap<BString, Carried>,
    new_base: Oid,
    /// The tree of the base that the next steps were made for.
    old_base: Oid,
    /// By old base.
    moved: HashMap<Oid, Moved>,
    /// The paths that the step at hand leaves.
    leaving: Vec<BString>,
    /// Files that a program makes: a conflict there stops nothing.
    generated: Option<&'a Excluded>,
    /// Those at which the last step conflicted.
    left: Vec<BString>,
    /// Whether attributes are asked how to merge a file, and with which drivers; if not, every file is merged as text.
    drivers: Option<Drivers>,
    attributes: Attributes,
    /// What drivers merged in the step at hand.
    merged_by: Vec<MergedBy>,
    /// Recorded answers, while they are asked.
    answers: Option<(&'a Answers, PatchName)>,
    /// What they said to the last step.
    asked: Vec<Asked>,
    /// Where files may be that are not where a step has them.
    moves: Option<&'a Moves>,
    /// The changes of the last step where the new series has their files, if that is not where the step has them.
    elsewhere: Option<Vec<Change>>,
    /// The files for which that is so.
    followed: Vec<Followed>,
}

/// What a step does to one path of the new series.
enum Do {
    /// Nothing: it is as the patch wants it already.
    Nothing,
    /// It becomes this.
    Put { change: Change, how: How },
    /// Both sides changed it.
    Stop(Conflict),
    /// Both sides changed a file that a program makes: it stays as it is.
    Leave(BString),
    /// Both sides changed it, and the driver left it as it is.
    Keep,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// The old step's blobs.
    Taken,
    /// A merge.
    Merged,
    /// A merge of which less is left than the patch had.
    Reduced,
    /// A merge that recorded answers settled.
    Resolved,
}

impl<'a> Replay<'a> {
    /// Starts on `new_base`, for steps of a series on `old_base` (both trees).
    pub fn new(objects: &'a mut Objects, old_base: Oid, new_base: Oid) -> Self {
        Replay {
            objects,
            tip: Tree::new(new_base),
            tip_id: new_base,
            files: HashMap::new(),
            new_base,
            old_base,
            moved: HashMap::new(),
            leaving: Vec::new(),
            generated: None,
            left: Vec::new(),
            drivers: None,
            attributes: Attributes::default(),
            merged_by: Vec::new(),
            answers: None,
            asked: Vec::new(),
            moves: None,
            elsewhere: None,
            followed: Vec::new(),
        }
    }

    /// Where both sides changed a file, the attributes of the new series say how it is merged, as with git.
    pub fn with_attributes(self, drivers: Drivers) -> Self {
        Replay { drivers: Some(drivers), ..self }
    }

    /// These files are made by a program: where a step conflicts in one, the new base's side stays, and the rest is carried.
    pub fn with_generated(self, generated: &'a Excluded) -> Self {
        Replay { generated: Some(generated), ..self }
    }

    /// Files that the new series lacks are looked for where these say that they moved.
    pub fn with_moves(self, moves: &'a Moves) -> Self {
        Replay { moves: Some(moves).filter(|moves| !moves.is_empty()), ..self }
    }

    /// The generated paths at which the last step conflicted, whatever became of the rest of it.
    pub fn left(&self) -> &[BString] {
        &self.left
    }

    /// What drivers merged in the last step.
    pub fn merged_by(&self) -> &[MergedBy] {
        &self.merged_by
    }

    /// What recorded answers said to the last step.
    pub fn asked(&self) -> &[Asked] {
        &self.asked
    }

    /// Carries one step of a patch; where it conflicts, recorded answers are asked.
    pub fn carry_with(&mut self, answers: &'a Answers, patch: &PatchName, step: &Step<'_>) -> Result<Fate, GitError> {
        self.answers = Some((answers, patch.clone()));
        let fate = self.carry(step);
        self.answers = None;
        fate
    }

    /// What a step would conflict with: the number of the change and its conflict. Nothing is carried.
    pub fn clashes(&mut self, step: &Step<'_>) -> Result<Vec<(usize, Conflict)>, GitError> {
        let dones = self.place_all(step)?;
        let conflicts = dones.iter().enumerate().filter_map(|(at, done)| Some((at, done.conflict()?.clone())));
        Ok(conflicts.collect())
    }

    /// The new series goes on from another tree.
    pub fn jump(&mut self, tree: Oid) {
        self.tip = Tree::new(tree);
        self.tip_id = tree;
    }

    /// The next steps were made for another base than the first ones: files are looked for from there.
    pub fn set_old_base(&mut self, tree: Oid) {
        self.old_base = tree;
    }

    /// Where a file of the old base, missing from the new one, went is known already.
    pub fn know(&mut self, source: Place, target: Option<BString>) {
        let (from, to) = (self.old_base, self.new_base);
        self.moved.entry(from).or_insert_with(|| Moved::between(from, to)).know(source, target);
    }

    /// Works out beforehand, with all processors, what lies between the two bases in the files that these steps touch first.
    ///
    /// Only a head start: what is not prepared is worked out when it is needed.
    pub fn prepare<'s>(&mut self, repo: &Repo, steps: impl Iterator<Item = Step<'s>>) -> Result<(), GitError> {
        let mut seen: HashSet<&BStr> = HashSet::new();
        let mut jobs = Vec::new();
        for change in steps.flat_map(|step| step.changes) {
            let Some(old) = change.old.as_ref().filter(|old| seen.insert(old.path.as_ref())) else { continue };
            let has_lines = |entry: Entry| entry.mode.is_file();
            if let At::File(tip) = self.tip.get(self.objects, old.path.as_ref())?
                && tip.id != old.entry.id
                && change.new.as_ref().is_some_and(|new| new.entry.id != old.entry.id && new.entry.id != tip.id)
                && has_lines(tip)
                && has_lines(old.entry)
            {
                jobs.push((&old.path, old.entry.id, tip.id));
            }
        }
        let start = |reader: &mut Objects, (path, parent, tip): (&BString, Oid, Oid)| {
            let carried = Carried::start(reader, parent, tip)?;
            Ok(carried.map(|carried| (path.clone(), carried)))
        };
        let started: Result<Vec<_>, GitError> = jobs.into_par_iter().map_init(|| repo.objects(), start).collect();
        self.files.extend(started?.into_iter().flatten());
        Ok(())
    }

    /// The tree that the new series starts on.
    pub fn base(&self) -> Oid {
        self.new_base
    }

    /// The tree of the new series after the steps so far.
    pub fn tip(&self) -> Oid {
        self.tip_id
    }

    /// The objects, old and new.
    pub fn objects(&mut self) -> &mut Objects {
        self.objects
    }

    /// Carries one step. After a conflict the tip is as it was.
    pub fn carry(&mut self, step: &Step<'_>) -> Result<Fate, GitError> {
        let dones = self.place_all(step)?;
        let conflicts: Vec<Conflict> = dones.iter().filter_map(Do::conflict).cloned().collect();
        if !conflicts.is_empty() {
            return Ok(Fate::Conflict(conflicts));
        }
        self.put(&dones)?;
        Ok(Fate::Carried(self.placed(step, dones)))
    }

    /// Carries one step if it changes the tip as much as it changed its own parent, and says whether it did; if not, the tip is as it was.
    pub fn carry_whole(&mut self, step: &Step<'_>) -> Result<bool, GitError> {
        let dones = self.place_all(step)?;
        let is_whole = dones.iter().all(|done| matches!(done, Do::Put { how: How::Taken | How::Merged, .. }));
        if is_whole {
            self.put(&dones)?;
        }
        Ok(is_whole)
    }

    /// Carries what can be carried of one step, and says what cannot: the number of the change and its conflict.
    pub fn carry_some(&mut self, step: &Step<'_>) -> Result<Vec<(usize, Conflict)>, GitError> {
        let dones = self.place_all(step)?;
        self.put(&dones)?;
        let conflicts = dones.iter().enumerate().filter_map(|(at, done)| Some((at, done.conflict()?.clone())));
        Ok(conflicts.collect())
    }

    /// Whether a step applies and leaves something. Nothing is carried.
    pub fn would_change(&mut self, step: &Step<'_>) -> Result<bool, GitError> {
        let dones = self.place_all(step)?;
        Ok(dones.iter().all(|done| done.conflict().is_none()) && dones.iter().any(|done| done.change().is_some()))
    }

    /// What each change of a step does.
    fn place_all(&mut self, step: &Step<'_>) -> Result<Vec<Do>, GitError> {
        let sections: HashMap<&BStr, &FileDiff> =
            step.sections.iter().map(|section| (section.path(), section)).collect();
        self.elsewhere = self.follow_moves(step.changes)?;
        let moved = self.elsewhere.take();
        let changes = moved.as_deref().unwrap_or(step.changes);
        let leaving = changes.iter().filter(|change| change.leaves_old_path());
        self.merged_by.clear();
        self.leaving = leaving.filter_map(|change| change.old.as_ref()).map(|old| old.path.clone()).collect();
        self.asked.clear();
        let mut dones = Vec::with_capacity(changes.len());
        for (own, change) in step.changes.iter().zip(changes) {
            dones.push(match self.place(change, sections.get(own.path()).copied())? {
                Do::Stop(_) if self.is_generated(change) => Do::Leave(change.path().to_owned()),
                // The text names the file at its own path.
                Do::Put { change: put, how: How::Taken } if change != own => Do::Put { change: put, how: How::Merged },
                done => done,
            });
        }
        self.left = dones.iter().filter_map(Do::left).cloned().collect();
        self.elsewhere = moved;
        Ok(dones)
    }

    /// Whether all that a change touches is made by a program.
    fn is_generated(&self, change: &Change) -> bool {
        let mut places = [&change.old, &change.new].into_iter().flatten();
        self.generated.is_some_and(|generated| places.all(|place| generated.has(place.path.as_ref())))
    }

    /// Makes it so.
    fn put(&mut self, dones: &[Do]) -> Result<(), GitError> {
        // What goes makes room first: a rename may lead to a path that another one leaves.
        for change in dones.iter().filter_map(Do::change).filter(|change| change.leaves_old_path()) {
            if let Some(old) = &change.old {
                self.tip.set(self.objects, old.path.as_ref(), None)?;
            }
        }
        for new in dones.iter().filter_map(Do::change).filter_map(|change| change.new.as_ref()) {
            self.tip.set(self.objects, new.path.as_ref(), Some(new.entry))?;
        }
        self.tip_id = self.tip.write(self.objects);
        Ok(())
    }

    fn placed(&mut self, step: &Step<'_>, dones: Vec<Do>) -> Placed {
        let is_kept = dones.iter().any(|done| matches!(done, Do::Keep));
        let mut placed = Placed {
            outcome: if self.left.is_empty() && !is_kept { Outcome::Unchanged } else { Outcome::Merged },
            changes: Vec::new(),
            reduced: Vec::new(),
            merged_by: std::mem::take(&mut self.merged_by),
            tree: self.tip_id,
        };
        let changes = self.elsewhere.as_deref().unwrap_or(step.changes);
        for (from, done) in dones.into_iter().enumerate() {
            match done {
                Do::Put { change, how } => {
                    match how {
                        How::Taken => {}
                        How::Resolved => {}
                        How::Merged if placed.outcome == Outcome::Unchanged => placed.outcome = Outcome::Merged,
                        How::Merged => {}
                        How::Reduced => placed.reduced.push(change.path().to_owned()),
                    }
                    placed.changes.push(PlacedChange { from, change, is_same: how == How::Taken });
                }
                Do::Leave(_) | Do::Keep => {}
                Do::Nothing | Do::Stop(_) => placed.reduced.push(changes[from].path().to_owned()),
            }
        }
        let is_all_there = placed.changes.is_empty() && self.left.is_empty() && !is_kept;
        if is_all_there && !step.changes.is_empty() {
            placed.outcome = Outcome::Upstreamed;
        } else if self.asked.iter().any(|asked| !asked.used.is_empty()) {
            placed.outcome = Outcome::Resolved;
        } else if !placed.reduced.is_empty() {
            placed.outcome = Outcome::Reduced;
        }
        placed
    }
}

impl Do {
    fn conflict(&self) -> Option<&Conflict> {
        match self {
            Do::Stop(conflict) => Some(conflict),
            _ => None,
        }
    }

    fn left(&self) -> Option<&BString> {
        match self {
            Do::Leave(path) => Some(path),
            _ => None,
        }
    }

    fn change(&self) -> Option<&Change> {
        match self {
            Do::Put { change, .. } => Some(change),
            _ => None,
        }
    }
}

/// The mode that both sides agree on, if they do.
fn merge_modes(old: Entry, tip: Entry, new: Entry) -> Option<crate::model::Mode> {
    match () {
        () if tip.mode == old.mode => Some(new.mode),
        () if new.mode == old.mode || new.mode == tip.mode => Some(tip.mode),
        () => None,
    }
}
