//! Where files went: pairs of a deletion and an addition with the same or a similar content.
//!
//! The rule is git's: same content first, then the most similar of at least half; files of the same name are preferred.

use std::collections::{HashMap, HashSet};

use bstr::{BString, ByteSlice};

use super::{Change, GitError, Objects, Place, diff_trees};
use crate::format::diff::{is_binary, similarity};
use crate::model::Oid;

/// Percent of the larger file that must be shared.
const ENOUGH: u8 = 50;
/// More candidates than this are not compared by content: git's own limit.
const MAX_CANDIDATES: usize = 1000;
/// Larger files are only ever renamed as they are.
const MAX_SIZE: u64 = 4 << 20;

/// Joins deletions and additions of one patch that are really renames. The order is that of the new paths.
pub fn join(objects: &Objects, changes: Vec<Change>) -> Result<Vec<Change>, GitError> {
    let deleted: Vec<Place> = changes.iter().filter(|c| c.new.is_none()).filter_map(|c| c.old.clone()).collect();
    if deleted.is_empty() || changes.iter().all(|change| change.old.is_some()) {
        return Ok(changes);
    }
    let added = changes.iter().filter(|c| c.old.is_none()).filter_map(|c| c.new.clone()).collect();
    let mut search = Search::new(objects, added);
    let mut renamed = HashMap::new();
    for source in &deleted {
        if let Some(target) = search.take(source)? {
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

/// Where the files of one base went in another, found when somebody asks.
pub struct Moved {
    old: Oid,
    new: Oid,
    /// What the new tree has more, and what it lacks.
    both: Option<(Vec<Place>, Vec<Place>)>,
    known: HashMap<BString, Option<BString>>,
}

impl Moved {
    /// Between two trees. Nothing is read yet.
    pub fn between(old: Oid, new: Oid) -> Self {
        Moved { old, new, both: None, known: HashMap::new() }
    }

    /// Where `source`, which the new tree lacks, went.
    pub fn find(&mut self, objects: &Objects, source: &Place) -> Result<Option<BString>, GitError> {
        if let Some(known) = self.known.get(&source.path) {
            return Ok(known.clone());
        }
        let found = self.search(objects, source)?;
        self.known.insert(source.path.clone(), found.clone());
        Ok(found)
    }

    /// Two files may resemble one that was added; it came from the one that resembles it most. So the search goes both ways.
    fn search(&mut self, objects: &Objects, source: &Place) -> Result<Option<BString>, GitError> {
        if self.both.is_none() {
            let changes = diff_trees(objects, self.old, self.new)?;
            let (added, rest): (Vec<Change>, Vec<Change>) = changes.into_iter().partition(|c| c.old.is_none());
            let gone = rest.into_iter().filter(|c| c.new.is_none()).filter_map(|c| c.old).collect();
            self.both = Some((added.into_iter().filter_map(|c| c.new).collect(), gone));
        }
        let Some((added, gone)) = &self.both else { return Ok(None) };
        let Some(target) = Search::new(objects, added.clone()).take(source)? else { return Ok(None) };
        if target.entry == source.entry {
            return Ok(Some(target.path));
        }
        let origin = Search::new(objects, gone.clone()).take(&target)?;
        Ok(origin.is_none_or(|origin| origin.path == source.path).then_some(target.path))
    }
}

struct Search<'a> {
    objects: &'a Objects,
    added: Vec<Place>,
}

impl<'a> Search<'a> {
    fn new(objects: &'a Objects, added: Vec<Place>) -> Self {
        Search { objects, added }
    }

    /// The best target for `source`; no other source gets it again.
    fn take(&mut self, source: &Place) -> Result<Option<Place>, GitError> {
        let best = match self.same_content(source) {
            Some(at) => Some(at),
            None => self.similar(source)?,
        };
        Ok(best.map(|at| self.added.swap_remove(at)))
    }

    fn same_content(&self, source: &Place) -> Option<usize> {
        let same = |place: &Place| place.entry.id == source.entry.id && place.entry.mode.same_type(source.entry.mode);
        let mut found = (0..self.added.len()).filter(|at| same(&self.added[*at])).collect::<Vec<_>>();
        found.sort_by_key(|at| (name(&self.added[*at].path) != name(&source.path), self.added[*at].path.clone()));
        found.first().copied()
    }

    fn similar(&self, source: &Place) -> Result<Option<usize>, GitError> {
        if !source.entry.mode.is_file() || self.objects.size(source.entry.id)? > MAX_SIZE {
            return Ok(None);
        }
        let bytes = self.objects.blob(source.entry.id)?;
        if bytes.is_empty() || is_binary(&bytes) {
            return Ok(None);
        }
        let (same_name, other): (Vec<usize>, Vec<usize>) =
            (0..self.added.len()).partition(|at| name(&self.added[*at].path) == name(&source.path));
        if let Some(found) = self.best(&bytes, &same_name)? {
            return Ok(Some(found));
        }
        if other.len() > MAX_CANDIDATES {
            return Ok(None);
        }
        self.best(&bytes, &other)
    }

    fn best(&self, bytes: &[u8], candidates: &[usize]) -> Result<Option<usize>, GitError> {
        let mut best = None;
        for at in candidates {
            let entry = self.added[*at].entry;
            if !entry.mode.is_file() || !could_match(bytes.len() as u64, self.objects.size(entry.id)?) {
                continue;
            }
            let score = similarity(bytes, &self.objects.blob(entry.id)?);
            if score >= ENOUGH && best.is_none_or(|(_, best)| score > best) {
                best = Some((*at, score));
            }
        }
        Ok(best.map(|(at, _)| at))
    }
}

/// Whether two files of these sizes can share half of the larger one.
fn could_match(a: u64, b: u64) -> bool {
    a.max(b) <= MAX_SIZE && a.min(b) * 100 >= a.max(b) * u64::from(ENOUGH)
}

fn name(path: &[u8]) -> &[u8] {
    path.rsplit_once_str("/").map_or(path, |(_, name)| name)
}
