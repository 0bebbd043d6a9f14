//! Where files went: pairs of a deletion and an addition with the same or a similar content.
//!
//! The rule is git's: same content first, then the most similar of at least half; files of the same name are preferred.

use std::collections::{HashMap, HashSet};

use bstr::{BString, ByteSlice};

use super::{Change, GitError, Objects, Place, diff_trees};
use crate::format::lines::{Fingerprint, is_binary};
use crate::model::{Mode, Oid};

/// Percent of the larger file that must be shared.
pub(super) const ENOUGH: u8 = 50;
/// More candidates than this are not compared by content: the limit that git has for merges.
const MAX_CANDIDATES: usize = 7000;
/// Larger files are only ever renamed as they are.
const MAX_SIZE: u64 = 4 << 20;

/// Joins deletions and additions of one patch that are really renames. The order is that of the new paths.
pub fn join(objects: &Objects, changes: Vec<Change>) -> Result<Vec<Change>, GitError> {
    let deleted: Vec<Place> = changes.iter().filter(|c| c.new.is_none()).filter_map(|c| c.old.clone()).collect();
    if deleted.is_empty() || changes.iter().all(|change| change.old.is_some()) {
        return Ok(changes);
    }
    let added = changes.iter().filter(|c| c.old.is_none()).filter_map(|c| c.new.clone()).collect();
    let mut search = Search::new(added);
    let mut renamed = HashMap::new();
    for source in &deleted {
        if let Some(target) = search.take(objects, source)? {
            renamed.insert(target.path, source.clone());
        }
    }
    let sources: HashSet<BString> = renamed.values().map(|source| source.path.clone()).collect();
    let joined = changes.into_iter().filter_map(|mut change| match &change.new {
        None => (!sources.contains(change.path())).then_some(change),
        Some(new) => {
            if let Some(source) = renamed.remove(&new.path) {
                change.old = Some(source);
            }
            Some(change)
        }
    });
    Ok(joined.collect())
}

/// Whether a file may have become another: at least half of it is there.
pub fn resembles(objects: &Objects, source: &Place, target: &Place) -> Result<bool, GitError> {
    Ok(Search::new(vec![target.clone()]).find(objects, source)?.is_some())
}

/// How much of the larger of two files is in the other one too, in percent; nothing if they have no lines and are not the same.
pub fn likeness(objects: &Objects, source: &Place, target: &Place) -> Result<u8, GitError> {
    if source.entry == target.entry {
        return Ok(100);
    }
    let both = (fingerprint(objects, source)?, fingerprint(objects, target)?);
    Ok(if let (Some(source), Some(target)) = both { source.similarity(&target) } else { 0 })
}

/// Where the files of one base went in another, found when somebody asks.
pub struct Moved {
    old: Oid,
    new: Oid,
    /// What the new tree has more, and what it lacks.
    both: Option<(Search, Search)>,
    /// By path and content: patches change a file on its way, and with it what it resembles.
    known: HashMap<Place, Option<BString>>,
}

impl Moved {
    /// Between two trees. Nothing is read yet.
    pub fn between(old: Oid, new: Oid) -> Self {
        Moved { old, new, both: None, known: HashMap::new() }
    }

    /// Where `source` went is known already.
    pub fn know(&mut self, source: Place, target: Option<BString>) {
        self.known.insert(source, target);
    }

    /// Where `source`, which the new tree lacks, went.
    pub fn find(&mut self, objects: &Objects, source: &Place) -> Result<Option<BString>, GitError> {
        if let Some(known) = self.known.get(source) {
            return Ok(known.clone());
        }
        // Two empty files have nothing in common: a merge of git's does not follow one to the other, either.
        // A submodule is a commit of another repository.
        let is_empty = source.entry.mode != Mode::Submodule && objects.size(source.entry.id)? == 0;
        let found = if is_empty { None } else { self.search(objects, source)? };
        self.known.insert(source.clone(), found.clone());
        Ok(found)
    }

    /// Two files may resemble one that was added; it came from the one that resembles it most. So the search goes both ways.
    fn search(&mut self, objects: &Objects, source: &Place) -> Result<Option<BString>, GitError> {
        let (added, gone) = match &mut self.both {
            Some(both) => both,
            none => none.insert(both_sides(objects, self.old, self.new)?),
        };
        let Some(at) = added.find(objects, source)? else { return Ok(None) };
        let target = &added.places[at];
        if target.entry == source.entry {
            return Ok(Some(target.path.clone()));
        }
        let origin = gone.find(objects, target)?;
        let is_origin = origin.is_none_or(|at| gone.places[at].path == source.path);
        Ok(is_origin.then(|| target.path.clone()))
    }
}

/// What `new` has more than `old`, and what it lacks.
fn both_sides(objects: &Objects, old: Oid, new: Oid) -> Result<(Search, Search), GitError> {
    let changes = diff_trees(objects, old, new)?;
    let (added, rest): (Vec<Change>, Vec<Change>) = changes.into_iter().partition(|change| change.old.is_none());
    let gone = rest.into_iter().filter(|change| change.new.is_none()).filter_map(|change| change.old);
    Ok((Search::new(added.into_iter().filter_map(|change| change.new).collect()), Search::new(gone.collect())))
}

/// Files among which the other end of a rename is looked for.
struct Search {
    places: Vec<Place>,
    /// What each holds, read when it is first compared; `None` inside for what has no lines.
    contents: Vec<Option<Option<Fingerprint>>>,
}

impl Search {
    fn new(places: Vec<Place>) -> Self {
        Search { contents: vec![None; places.len()], places }
    }

    /// The best target for `source`; no other source gets it again.
    fn take(&mut self, objects: &Objects, source: &Place) -> Result<Option<Place>, GitError> {
        let found = self.find(objects, source)?;
        Ok(found.map(|at| {
            self.contents.swap_remove(at);
            self.places.swap_remove(at)
        }))
    }

    /// The position of the best target.
    fn find(&mut self, objects: &Objects, source: &Place) -> Result<Option<usize>, GitError> {
        if let Some(at) = self.same_content(source) {
            return Ok(Some(at));
        }
        let Some(content) = fingerprint(objects, source)? else { return Ok(None) };
        let (same_name, other): (Vec<usize>, Vec<usize>) =
            (0..self.places.len()).partition(|at| name(&self.places[*at].path) == name(&source.path));
        match self.best(objects, &content, &same_name)? {
            None if other.len() <= MAX_CANDIDATES => self.best(objects, &content, &other),
            found => Ok(found),
        }
    }

    fn same_content(&self, source: &Place) -> Option<usize> {
        let same = |place: &Place| place.entry.id == source.entry.id && place.entry.mode.same_type(source.entry.mode);
        let found = (0..self.places.len()).filter(|at| same(&self.places[*at]));
        found.min_by_key(|at| (name(&self.places[*at].path) != name(&source.path), self.places[*at].path.clone()))
    }

    fn best(
        &mut self,
        objects: &Objects,
        content: &Fingerprint,
        candidates: &[usize],
    ) -> Result<Option<usize>, GitError> {
        let mut best = None;
        for at in candidates {
            if self.contents[*at].is_none() {
                self.contents[*at] = Some(fingerprint(objects, &self.places[*at])?);
            }
            let Some(Some(candidate)) = &self.contents[*at] else { continue };
            let score = content.similarity(candidate);
            if score >= ENOUGH && best.is_none_or(|(_, best)| score > best) {
                best = Some((*at, score));
            }
        }
        Ok(best.map(|(at, _)| at))
    }
}

/// What a file holds, for comparing; `None` for what is only ever renamed as it is.
fn fingerprint(objects: &Objects, place: &Place) -> Result<Option<Fingerprint>, GitError> {
    if !place.entry.mode.is_file() || objects.size(place.entry.id)? > MAX_SIZE {
        return Ok(None);
    }
    let bytes = objects.blob(place.entry.id)?;
    Ok((!bytes.is_empty() && !is_binary(&bytes)).then(|| Fingerprint::of(&bytes)))
}

fn name(path: &[u8]) -> &[u8] {
    path.rsplit_once_str("/").map_or(path, |(_, name)| name)
}
