//! Where the files of one tree went in another, directory by directory: what the search for renames of single files does not see.
//!
//! Only names are compared at first: a directory that moved has its files, by the same names below it, where it is now. That it is no chance
//! is seen from the content of a few of them. A directory whose files went to several places was split.

use std::collections::{BTreeMap, HashMap, HashSet};

use bstr::{BStr, BString, ByteSlice};

use super::changes::walk;
use super::renames::likeness;
use super::{Entry, GitError, Objects, Place, Tree, diff_trees};
use crate::model::Oid;

/// So many files of a directory are compared by content with what has their names elsewhere.
const SAMPLE: usize = 12;
/// One in so many of these must be alike.
const ALIKE: usize = 3;
/// A place that none of the paths asked for leads to is told of if it got so many times fewer files than the first one at most.
const ASIDE: usize = 4;
/// A single file of the same name may be as different as this, in percent of what must be shared.
const SAME_NAME: u8 = 30;
/// More files of one name than this say nothing.
const MANY: usize = 200;

/// A path that one tree has, or that is new to it, and that has no place in the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// A file that is gone.
    File(Place),
    /// A new file whose directory is gone.
    New(BString),
}

/// Where something went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Went {
    /// Where it was: a directory, or a file.
    pub here: BString,
    /// Where it is.
    pub there: BString,
    /// How many of its files are there now.
    pub moved: usize,
    /// How many files it had.
    pub files: usize,
}

/// The files of two trees.
pub struct Whereabouts {
    old: Oid,
    /// What the old tree has more.
    gone: BTreeMap<BString, Entry>,
    /// What the new tree has more.
    added: HashMap<BString, Entry>,
    /// The same by the last part of the path.
    names: HashMap<BString, Vec<BString>>,
    /// By directory.
    known: HashMap<BString, Vec<Went>>,
}

impl Whereabouts {
    /// Compares two trees.
    ///
    /// # Errors
    /// A tree cannot be read.
    pub fn between(objects: &Objects, old: Oid, new: Oid) -> Result<Whereabouts, GitError> {
        let (mut gone, mut added) = (BTreeMap::new(), HashMap::new());
        let mut names: HashMap<BString, Vec<BString>> = HashMap::new();
        for change in diff_trees(objects, old, new)? {
            match (change.old, change.new) {
                (Some(old), None) => {
                    gone.insert(old.path, old.entry);
                }
                (None, Some(new)) => {
                    names.entry(name(new.path.as_ref()).to_owned()).or_default().push(new.path.clone());
                    added.insert(new.path, new.entry);
                }
                _ => {}
            }
        }
        Ok(Whereabouts { old, gone, added, names, known: HashMap::new() })
    }

    /// Where these went, as far as it can be seen: directories where most files went along, else files.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn find(&mut self, objects: &Objects, missing: &[Missing]) -> Result<Vec<Went>, GitError> {
        let mut found: Vec<Went> = Vec::new();
        for one in missing {
            let is_led = found.iter().any(|went| self.leads(went, one));
            if is_led {
                continue;
            }
            let mut wents = self.directory(objects, one)?;
            let most = wents.iter().map(|went| went.moved).max().unwrap_or_default();
            wents.retain(|went| self.leads(went, one) || went.moved * ASIDE >= most);
            if let (true, Missing::File(place)) = (wents.is_empty(), one) {
                wents.extend(self.file(objects, place)?);
            }
            wents.retain(|went| !found.contains(went));
            found.extend(wents);
        }
        Ok(found)
    }

    /// The widest directory above a path that moved for the most part, and took the path's place along.
    fn directory(&mut self, objects: &Objects, missing: &Missing) -> Result<Vec<Went>, GitError> {
        let mut best: Vec<Went> = Vec::new();
        let mut above = parent(missing.path());
        while let Some(directory) = above {
            let wents = self.of(objects, directory)?;
            let is_useful = wents.iter().any(|went| self.leads(went, missing));
            if is_useful {
                best = wents;
            } else if !best.is_empty() {
                break;
            }
            above = parent(directory);
        }
        Ok(best)
    }

    /// Whether a path has a place where its directory went.
    fn leads(&self, went: &Went, missing: &Missing) -> bool {
        let Some(rest) = missing.path().strip_prefix(went.here.as_bytes()) else { return false };
        match missing {
            Missing::File(_) => self.added.contains_key(&BString::from([went.there.as_bytes(), rest].concat())),
            Missing::New(_) => rest.starts_with(b"/"),
        }
    }

    /// Where the files of a directory went, if most of them did.
    fn of(&mut self, objects: &Objects, directory: &BStr) -> Result<Vec<Went>, GitError> {
        if let Some(known) = self.known.get(directory) {
            return Ok(known.clone());
        }
        let wents = self.spread(objects, directory)?;
        self.known.insert(directory.to_owned(), wents.clone());
        Ok(wents)
    }

    fn spread(&self, objects: &Objects, directory: &BStr) -> Result<Vec<Went>, GitError> {
        let mut targets: BTreeMap<&BStr, Vec<(&BString, &BString)>> = BTreeMap::new();
        let start = BString::from([directory.as_bytes(), b"/"].concat());
        let below = || self.gone.range(start.clone()..).take_while(|(path, _)| path.starts_with(&start));
        for (path, _) in below() {
            let rest = &path[directory.len()..];
            let others = self.names.get(name(path.as_ref())).filter(|others| others.len() <= MANY);
            for other in others.into_iter().flatten() {
                if let Some(target) = other.strip_suffix(rest).filter(|target| !target.is_empty()) {
                    targets.entry(target.as_bstr()).or_default().push((path, other));
                }
            }
        }
        let mut targets: Vec<_> = targets.into_iter().collect();
        targets.sort_by_key(|(target, pairs)| (std::cmp::Reverse(pairs.len()), target.to_owned()));
        let files = count(objects, self.old, directory)?;
        let mut taken: HashSet<&BString> = HashSet::new();
        let mut wents = Vec::new();
        for (target, mut pairs) in targets {
            pairs.retain(|(path, _)| !taken.contains(path));
            if !pairs.is_empty() && self.are_alike(objects, &pairs)? {
                taken.extend(pairs.iter().map(|(path, _)| *path));
                let (here, there) = (directory.to_owned(), target.to_owned());
                wents.push(Went { here, there, moved: pairs.len(), files });
            }
        }
        let is_most = files > 1 && taken.len() * 2 > files;
        Ok(if is_most { wents } else { Vec::new() })
    }

    /// Whether files that have the same names have the same content often enough.
    fn are_alike(&self, objects: &Objects, pairs: &[(&BString, &BString)]) -> Result<bool, GitError> {
        let step = pairs.len().div_ceil(SAMPLE).max(1);
        let sample: Vec<_> = pairs.iter().step_by(step).collect();
        let mut alike = 0;
        for (old, new) in &sample {
            let [source, target] = [(*old, self.gone[*old]), (*new, self.added[*new])]
                .map(|(path, entry)| Place { path: path.clone(), entry });
            alike += usize::from(likeness(objects, &source, &target)? >= super::renames::ENOUGH);
        }
        Ok(alike * ALIKE >= sample.len())
    }

    /// The file of the same name that is most like one that is gone.
    fn file(&self, objects: &Objects, source: &Place) -> Result<Option<Went>, GitError> {
        let others = self.names.get(name(source.path.as_ref())).filter(|others| others.len() <= MANY);
        let mut best: Option<(u8, &BString)> = None;
        for other in others.into_iter().flatten() {
            let target = Place { path: other.clone(), entry: self.added[other] };
            let score = likeness(objects, source, &target)?;
            if score >= SAME_NAME && best.is_none_or(|(most, _)| score > most) {
                best = Some((score, other));
            }
        }
        let went = |there: &BString| Went { here: source.path.clone(), there: there.clone(), moved: 1, files: 1 };
        Ok(best.map(|(_, there)| went(there)))
    }
}

impl Missing {
    /// The path.
    pub fn path(&self) -> &BStr {
        match self {
            Missing::File(place) => place.path.as_ref(),
            Missing::New(path) => path.as_ref(),
        }
    }
}

/// How many files a directory has.
fn count(objects: &Objects, tree: Oid, directory: &BStr) -> Result<usize, GitError> {
    let mut files = 0;
    let id = Tree::new(tree).directory(objects, directory)?;
    walk(objects, None, id, &mut |_, _, _| files += 1)?;
    Ok(files)
}

fn parent(path: &BStr) -> Option<&BStr> {
    path.rfind_byte(b'/').map(|at| path[..at].as_bstr())
}

fn name(path: &BStr) -> &BStr {
    path.rfind_byte(b'/').map_or(path, |at| path[at + 1..].as_bstr())
}
