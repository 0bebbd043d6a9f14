//! Files that the new series has at another place than a step, because they moved, as `[[moved]]` in pq.toml says.
//!
//! A change is given the paths of the new series before it is merged: that is the three-way merge with the paths of base and patch rewritten.
//! Only paths that the new series lacks are looked for.
//!
//! | what the step does | where it is done |
//! |---|---|
//! | it changes a file | where a file is that resembles it; if none does, where git's own search finds it; else where a file of that name is |
//! | it deletes a file | where a file is that resembles it |
//! | it adds a file | where its directory is: the nearest one above it that is at one of the two places and not at the other |
//! | it makes the move itself | there: a step that moves files as an entry says is not led back by it |

use std::collections::HashSet;

use bstr::{BStr, BString, ByteSlice};

use super::{Replay, Step};
use crate::format::moves::{Candidate, Moves};
use crate::git::renames::resembles;
use crate::git::tree::At;
use crate::git::{Change, GitError, Place};

/// A file of a step that is somewhere else in the new series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// Where the step has it.
    pub from: BString,
    /// Where the new series has it.
    pub path: BString,
    /// The moves that lead there: older and newer places.
    pub by: Vec<(BString, BString)>,
}

/// What a step says that matters for all of its files.
struct Whole<'s> {
    /// The paths that it leaves.
    leaves: HashSet<&'s BStr>,
    /// The moves that it makes itself.
    own: Vec<(BString, BString)>,
}

impl Replay<'_> {
    /// The files of the last step that were found elsewhere.
    pub fn followed(&self) -> &[Followed] {
        &self.followed
    }

    /// The changes of a step where the new series has their files, if that is not where the step has them.
    pub fn elsewhere(&mut self, step: &Step<'_>) -> Result<Option<Vec<Change>>, GitError> {
        self.follow_moves(step.changes)
    }

    /// The changes of the last step where the new series has their files, if that is not where the step has them.
    pub fn moved_changes(&self) -> Option<&[Change]> {
        self.elsewhere.as_deref()
    }

    /// The files of a step whose changes are not where its text has them: they were followed before.
    pub fn followed_before(&self, step: &Step<'_>) -> Vec<Followed> {
        let Some(moves) = self.moves else { return Vec::new() };
        let texts: HashSet<&BStr> = step.sections.iter().map(|section| section.path()).collect();
        let changes: HashSet<&BStr> = step.changes.iter().map(Change::path).collect();
        let mut found = Vec::new();
        for path in texts.iter().filter(|path| !changes.contains(**path)) {
            let there = |one: &Candidate| changes.contains(one.path.as_bstr()) && !texts.contains(one.path.as_bstr());
            let one = moves.candidates(path).into_iter().find(there);
            found.extend(one.map(|one| Followed { from: (*path).to_owned(), path: one.path, by: one.by }));
        }
        found.sort_by(|a: &Followed, b| a.from.cmp(&b.from));
        found
    }

    /// Where a file is that a step deletes and the new series lacks at its path: where `[[moved]]` says, else where the search for renames finds it.
    pub fn whereabouts(&mut self, gone: &Place) -> Result<Option<BString>, GitError> {
        if self.has_file(gone.path.as_ref())? {
            return Ok(None);
        }
        let stated = match self.moves {
            Some(moves) => self.home(moves, gone, true)?,
            None => None,
        };
        match stated {
            Some(home) => Ok(Some(home.path)),
            None => Ok(self.follow(gone)?.map(|place| place.path)),
        }
    }

    pub(super) fn follow_moves(&mut self, changes: &[Change]) -> Result<Option<Vec<Change>>, GitError> {
        self.followed.clear();
        let Some(moves) = self.moves else { return Ok(None) };
        let whole = self.whole(moves, changes)?;
        let moved: Result<Vec<Change>, GitError> =
            changes.iter().map(|change| self.change_elsewhere(moves, &whole, change)).collect();
        let moved = moved?;
        Ok((!self.followed.is_empty()).then_some(moved))
    }

    fn whole<'s>(&mut self, moves: &Moves, changes: &'s [Change]) -> Result<Whole<'s>, GitError> {
        let leaving = changes.iter().filter(|change| change.leaves_old_path());
        let leaves: HashSet<&BStr> = leaving.filter_map(|it| it.old.as_ref()).map(|old| old.path.as_bstr()).collect();
        let new = changes.iter().filter_map(|change| change.new.as_ref());
        let makes: HashSet<&BStr> = new.map(|new| new.path.as_bstr()).collect();
        let mut own = Vec::new();
        for path in &leaves {
            let made = moves.candidates(path).into_iter().filter(|one| makes.contains(one.path.as_bstr()));
            let made: Vec<Candidate> = made.collect();
            if !made.is_empty() && self.has_file(path)? {
                own.extend(made.into_iter().flat_map(|one| one.by));
            }
        }
        Ok(Whole { leaves, own })
    }

    fn change_elsewhere(&mut self, moves: &Moves, whole: &Whole<'_>, change: &Change) -> Result<Change, GitError> {
        let mut moved = change.clone();
        let home = match &change.old {
            Some(old) if !self.has_file(old.path.as_ref())? => self.home(moves, old, change.new.is_none())?,
            _ => None,
        };
        if let (Some(old), Some(home)) = (&mut moved.old, &home) {
            old.path = home.path.clone();
        }
        let stays = change.old.as_ref().map(|old| &old.path) == change.new.as_ref().map(|new| &new.path);
        let target = match (&change.new, &home) {
            (Some(_), Some(home)) if stays => Some(home.clone()),
            (Some(new), _) if !stays && !self.has_file(new.path.as_ref())? => {
                self.new_place(moves, whole, change.old.as_ref(), new, home.as_ref())?
            }
            _ => None,
        };
        if let (Some(new), Some(target)) = (&mut moved.new, &target) {
            new.path = target.path.clone();
        }
        for (own, place, found) in [(&change.new, &moved.new, &target), (&change.old, &moved.old, &home)] {
            if let (Some(own), Some(place), Some(found)) = (own, place, found) {
                let by = found.by.clone();
                self.followed.push(Followed { from: own.path.clone(), path: place.path.clone(), by });
                break;
            }
        }
        Ok(moved)
    }

    fn has_file(&mut self, path: &BStr) -> Result<bool, GitError> {
        Ok(self.tip.get(self.objects, path)?.file().is_some())
    }

    /// Where a file is that is not where the step has it.
    fn home(&mut self, moves: &Moves, source: &Place, is_gone: bool) -> Result<Option<Candidate>, GitError> {
        let mut first = None;
        for one in moves.candidates(source.path.as_ref()) {
            let Some(entry) = self.tip.get(self.objects, one.path.as_ref())?.file() else { continue };
            let place = Place { path: one.path.clone(), entry };
            let is_it = place.entry == source.entry || resembles(self.objects, source, &place)?;
            if is_it || (one.tail == 0 && !is_gone) {
                return Ok(Some(one));
            }
            first = first.or(Some(one));
        }
        match first {
            Some(first) if !is_gone && self.follow(source)?.is_none() => Ok(Some(first)),
            _ => Ok(None),
        }
    }

    /// Where a step makes a file that is new at its path.
    fn new_place(
        &mut self,
        moves: &Moves,
        whole: &Whole<'_>,
        old: Option<&Place>,
        new: &Place,
        home: Option<&Candidate>,
    ) -> Result<Option<Candidate>, GitError> {
        let candidates = moves.candidates(new.path.as_ref());
        // A file that gets another name below a directory that moved gets it there.
        if let Some(beside) = home.and_then(|home| candidates.iter().find(|one| one.by == home.by)) {
            return Ok(Some(beside.clone()));
        }
        let mut best: Option<(usize, Candidate)> = None;
        for one in candidates {
            let is_own = one.by.iter().any(|by| whole.own.contains(by));
            let undoes = old.is_some_and(|old| old.path == one.path) || whole.leaves.contains(one.path.as_bstr());
            if is_own || undoes || one.tail == 0 {
                continue;
            }
            if let Some(depth) = self.directory_depth(new.path.as_ref(), &one)?
                && best.as_ref().is_none_or(|(deepest, _)| depth > *deepest)
            {
                best = Some((depth, one));
            }
        }
        Ok(best.map(|(_, one)| one))
    }

    /// How deep below the moved directory the nearest directory of a new file is that the other place has and this one lacks; `None` if this
    /// place has one that is as near, or neither has any.
    fn directory_depth(&mut self, path: &BStr, other: &Candidate) -> Result<Option<usize>, GitError> {
        let tail = &path[path.len() - other.tail..];
        for at in tail.rfind_iter("/").collect::<Vec<_>>() {
            let below = tail.len() - at;
            let here = path[..path.len() - below].as_bstr();
            let there = other.path[..other.path.len() - below].as_bstr();
            if self.tip.get(self.objects, here)? == At::Directory {
                return Ok(None);
            }
            if self.tip.get(self.objects, there)? == At::Directory {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }
}
