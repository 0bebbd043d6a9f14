//! Where upstream seems to have moved what a patch touches and the target lacks: a proposal for `[[moved]]`, tried before it is made.

use std::collections::HashMap;

use bstr::{BStr, BString, ByteSlice};
use serde::Serialize;

use super::replay::{Fate, Replay, Step};
use crate::format::excluded::Excluded;
use crate::format::moves::{Moves, with_pairs};
use crate::git::drivers::Drivers;
use crate::git::tree::At;
use crate::git::whereabouts::{Missing, Went, Whereabouts};
use crate::git::{GitError, Objects, Tree};
use crate::model::text::visible;
use crate::model::{Conflict, MovedPath, Oid};

/// What is proposed for a patch that conflicts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proposed {
    /// The moves.
    pub moves: Vec<Proposal>,
    /// Whether the patch applies with them.
    pub applies: bool,
}

/// A move that pq.toml does not state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proposal {
    /// Upstream's older place.
    pub from: String,
    /// Its newer place.
    pub to: String,
    /// How many files are at both places.
    pub moved: usize,
    /// How many files there are at the place that the patch was made for.
    pub files: usize,
}

/// Which of two trees is the newer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Newer {
    /// The one that the patch was made for.
    Patch,
    /// The one that it goes to.
    Target,
}

/// A patch that conflicts.
pub struct Case<'c> {
    /// What it changes.
    pub step: Step<'c>,
    /// The tree of the base that it was made for.
    pub base: Oid,
    /// The base that it goes to.
    pub onto: Oid,
    /// The tree that it goes to: the base, and the patches in front.
    pub tip: Oid,
    /// Where it conflicts.
    pub conflicts: &'c [Conflict],
    /// Which of them is newer.
    pub newer: Newer,
}

/// Looks for moves, and remembers what lies between two trees.
pub struct Finder<'f> {
    stated: &'f [MovedPath],
    generated: &'f Excluded,
    known: HashMap<(Oid, Oid), Whereabouts>,
}

impl<'f> Finder<'f> {
    /// Beside what pq.toml states.
    pub fn new(stated: &'f [MovedPath], generated: &'f Excluded) -> Finder<'f> {
        Finder { stated, generated, known: HashMap::new() }
    }

    /// Where what the target lacks went; `None` if it lacks nothing, or if nobody can tell.
    ///
    /// # Errors
    /// The repository fails.
    pub fn propose(&mut self, objects: &mut Objects, case: &Case<'_>) -> Result<Option<Proposed>, GitError> {
        let missing = missing(objects, case)?;
        if missing.is_empty() {
            return Ok(None);
        }
        let known = match self.known.entry((case.base, case.onto)) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(none) => {
                none.insert(Whereabouts::between(objects, case.base, case.onto)?)
            }
        };
        let moves: Vec<Proposal> =
            known.find(objects, &missing)?.iter().filter_map(|went| proposal(went, case.newer)).collect();
        if moves.is_empty() {
            return Ok(None);
        }
        let pairs: Vec<(String, String)> = moves.iter().map(|one| (one.from.clone(), one.to.clone())).collect();
        let all = Moves::stated(&with_pairs(self.stated, &pairs));
        let replay = Replay::new(objects, case.base, case.tip).with_moves(&all);
        let mut replay = replay.with_generated(self.generated).with_attributes(Drivers::Ignore);
        Ok(match replay.carry(&case.step)? {
            Fate::Carried(_) => Some(Proposed { moves, applies: true }),
            // What is there conflicts otherwise than what is not: still a step forward, unless it makes more conflicts.
            Fate::Conflict(conflicts) if conflicts.len() <= case.conflicts.len() && conflicts != case.conflicts => {
                Some(Proposed { moves, applies: false })
            }
            Fate::Conflict(_) => None,
        })
    }
}

/// What the step touches and the target has no place for.
fn missing(objects: &Objects, case: &Case<'_>) -> Result<Vec<Missing>, GitError> {
    let (mut tip, mut base) = (Tree::new(case.tip), Tree::new(case.base));
    let mut found = Vec::new();
    for change in case.step.changes {
        if let Some(old) = &change.old {
            let conflicts = case.conflicts.iter().any(|conflict| conflict.path == old.path);
            if conflicts && tip.get(objects, old.path.as_ref())?.file().is_none() {
                found.push(Missing::File(old.clone()));
            }
        }
        let Some(new) = change.new.as_ref().filter(|new| change.old.as_ref().is_none_or(|old| old.path != new.path))
        else {
            continue;
        };
        for directory in directories(new.path.as_ref()) {
            if base.get(objects, directory)? == At::Directory {
                if tip.get(objects, directory)? != At::Directory {
                    found.push(Missing::New(new.path.clone()));
                }
                break;
            }
        }
    }
    Ok(found)
}

/// The directories above a path, the nearest first.
fn directories(path: &BStr) -> impl Iterator<Item = &BStr> {
    let slashes = path.iter().enumerate().rev().filter(|(_, byte)| **byte == b'/');
    slashes.map(|(at, _)| path[..at].as_bstr())
}

/// In words of pq.toml, which has only text.
fn proposal(went: &Went, newer: Newer) -> Option<Proposal> {
    let text = |path: &BString| path.to_str().ok().filter(|text| visible(path) == *text).map(str::to_owned);
    let (here, there) = (text(&went.here)?, text(&went.there)?);
    let (from, to) = match newer {
        Newer::Target => (here, there),
        Newer::Patch => (there, here),
    };
    Some(Proposal { from, to, moved: went.moved, files: went.files })
}
