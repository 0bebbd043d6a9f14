//! The commit of upstream's line at which a patch stopped to apply.
//!
//! A patch is tried alone on a commit: a three-way merge of the commit and the patch, from the patch's own parent. It breaks at the earliest
//! commit after which no trial succeeds up to the release; a break that healed again does not count.
//!
//! What a trial gives depends only on what stands at the patch's paths. A line of thousands of commits has few versions of these, so every
//! version is tried once, from the release back to the first that takes the patch. A bisection would need a few trials less and be wrong
//! where a patch breaks, heals and breaks again.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bstr::BString;
use rayon::prelude::*;

use super::replay::{Fate, Replay, Step};
use crate::git::history::cancelled;
use crate::git::objects::Fresh;
use crate::git::renames::{Moved, resembles};
use crate::git::timeline::{Timeline, Versions, version};
use crate::git::tree::At;
use crate::git::{Change, GitError, Objects, Place, Repo};
use crate::model::Oid;
use crate::model::progress::Watch;

/// A patch that does not apply.
pub struct Suspect<'a> {
    /// Its step in the old series.
    pub step: Step<'a>,
    /// The tree of the base that it was made for.
    pub base_tree: Oid,
}

/// Where a patch stopped to apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// The commit.
    pub commit: Oid,
    /// The paths of the patch that the commit touches, under all names that their files had on the line.
    pub paths: BTreeSet<BString>,
}

/// Where each patch breaks; `None` for one that applies at the end of the line, or nowhere on it.
pub fn find(
    repo: &Repo,
    fresh: &HashMap<Oid, Fresh>,
    line: &Timeline,
    suspects: &[Suspect<'_>],
    watch: &dyn Watch,
) -> Result<Vec<Option<Break>>, GitError> {
    watch.phase("looking for what broke patches", Some(suspects.len() as u64));
    let files = Files::follow(repo, fresh, line, suspects, watch)?;
    let search = |suspect: &Suspect<'_>| {
        cancelled(watch)?;
        watch.step(1);
        Search { line, files: &files, suspect, objects: repo.objects_over(fresh) }.last_break()
    };
    suspects.par_iter().map(search).collect()
}

/// The history of the files that patches touch.
struct Files {
    versions: HashMap<BString, Versions>,
    /// Where the file went that the commit with this number took away from this path.
    moves: HashMap<(BString, usize), BString>,
}

impl Files {
    /// All paths of the patches, and wherever their files went.
    fn follow(
        repo: &Repo,
        fresh: &HashMap<Oid, Fresh>,
        line: &Timeline,
        suspects: &[Suspect<'_>],
        watch: &dyn Watch,
    ) -> Result<Files, GitError> {
        let mut files = Files { versions: HashMap::new(), moves: HashMap::new() };
        let mut open: Vec<BString> = all_paths(suspects).into_iter().collect();
        let objects = repo.objects_over(fresh);
        let mut is_first = true;
        while !open.is_empty() {
            let versions = line.versions(repo, &open, 0..line.commits.len(), watch)?;
            files.versions.extend(open.iter().cloned().zip(versions));
            let mut found = files.moves_of(&objects, line, &open)?;
            if is_first {
                found.extend(files.moves_before(&objects, line, suspects)?);
            }
            let targets: BTreeSet<BString> = found.iter().map(|(_, target)| target.clone()).collect();
            open = targets.into_iter().filter(|target| !files.versions.contains_key(target)).collect();
            files.moves.extend(found);
            is_first = false;
        }
        Ok(files)
    }

    /// Where the commits of the line moved the files at these paths.
    fn moves_of(&self, objects: &Objects, line: &Timeline, paths: &[BString]) -> Result<Vec<Move>, GitError> {
        let mut gone: BTreeMap<usize, Vec<&BString>> = BTreeMap::new();
        for path in paths {
            let is_gone = |(at, now): &&(usize, At)| *at > 0 && now.file().is_none();
            self.versions[path].iter().filter(is_gone).for_each(|(at, _)| gone.entry(*at).or_default().push(path));
        }
        let mut moves = Vec::new();
        for (at, paths) in gone {
            for change in line.changes(objects, at)?.iter().filter(|change| change.leaves_old_path()) {
                let (Some(old), Some(new)) = (&change.old, &change.new) else { continue };
                if paths.contains(&&old.path) {
                    moves.push(((old.path.clone(), at), new.path.clone()));
                }
            }
        }
        Ok(moves)
    }

    /// Where files are at the start of the line that have another path in the patch's base.
    fn moves_before(
        &self,
        objects: &Objects,
        line: &Timeline,
        suspects: &[Suspect<'_>],
    ) -> Result<Vec<Move>, GitError> {
        let mut searches: HashMap<Oid, Moved> = HashMap::new();
        let mut moves = Vec::new();
        for suspect in suspects {
            for source in sources(suspect).filter(|source| self.at(&source.path, 0).file().is_none()) {
                let between = || Moved::between(suspect.base_tree, line.tree(0));
                let search = searches.entry(suspect.base_tree).or_insert_with(between);
                let target = search.find(objects, source)?;
                moves.extend(target.map(|target| ((source.path.clone(), 0), target)));
            }
        }
        Ok(moves)
    }

    fn at(&self, path: &BString, at: usize) -> At {
        self.versions.get(path).map_or(At::Nothing, |versions| version(versions, at))
    }

    /// Where the file that once was at `path` is at that commit.
    fn home<'a>(&'a self, path: &'a BString, at: usize) -> Option<&'a BString> {
        let mut path = path;
        // Each move is later than the one before, so this ends.
        while self.at(path, at).file().is_none() {
            let (gone, _) = self.versions[path].iter().rfind(|(from, _)| *from <= at)?;
            path = self.moves.get(&(path.clone(), *gone))?;
        }
        Some(path)
    }

    /// A path and all where its file ever went.
    fn family(&self, path: &BString) -> BTreeSet<BString> {
        let mut family = BTreeSet::new();
        let mut open = vec![path];
        while let Some(path) = open.pop() {
            if family.insert(path.clone()) {
                open.extend(self.moves.iter().filter(|((from, _), _)| from == path).map(|(_, to)| to));
            }
        }
        family
    }
}

/// From which path, by which commit, to which path.
type Move = ((BString, usize), BString);

/// The search for one patch.
struct Search<'a> {
    line: &'a Timeline,
    files: &'a Files,
    suspect: &'a Suspect<'a>,
    objects: Objects,
}

impl Search<'_> {
    fn last_break(&mut self) -> Result<Option<Break>, GitError> {
        let families: Vec<BTreeSet<BString>> =
            paths(self.suspect.step.changes).map(|path| self.files.family(path)).collect();
        let paths: BTreeSet<&BString> = families.iter().flatten().collect();
        let starts = |path: &BString| self.files.versions[path].iter().map(|(at, _)| *at);
        let all_starts: BTreeSet<usize> = paths.iter().flat_map(|path| starts(path)).collect();
        let mut tried: HashMap<Vec<At>, bool> = HashMap::new();
        let mut broken = None;
        for at in all_starts.into_iter().rev() {
            let there: Vec<At> = paths.iter().map(|path| self.files.at(path, at)).collect();
            let applies = match tried.get(&there) {
                Some(applies) => *applies,
                None => self.applies(at)?,
            };
            if applies {
                let touched = families
                    .iter()
                    .filter(|family| family.iter().any(|path| starts(path).any(|it| Some(it) == broken)));
                let paths = touched.flatten().cloned().collect();
                return Ok(broken.map(|at| Break { commit: self.line.commits[at], paths }));
            }
            tried.insert(there, applies);
            broken = Some(at);
        }
        Ok(None)
    }

    /// Whether the patch alone applies to a commit of the line.
    fn applies(&mut self, at: usize) -> Result<bool, GitError> {
        let tree = self.line.tree(at);
        let mut known = Vec::new();
        for source in sources(self.suspect).filter(|source| self.files.at(&source.path, at).file().is_none()) {
            let target = self.target(source, at)?;
            known.push((source.clone(), target));
        }
        let mut replay = Replay::new(&mut self.objects, self.suspect.base_tree, tree);
        known.into_iter().for_each(|(source, target)| replay.know(source, target));
        Ok(matches!(replay.carry(&self.suspect.step)?, Fate::Carried(_)))
    }

    /// Where a file is that is missing at its path, if it is similar enough to be the same.
    fn target(&self, source: &Place, at: usize) -> Result<Option<BString>, GitError> {
        let Some(path) = self.files.home(&source.path, at) else { return Ok(None) };
        let Some(entry) = self.files.at(path, at).file() else { return Ok(None) };
        let is_same = resembles(&self.objects, source, &Place { path: path.clone(), entry })?;
        Ok(is_same.then(|| path.clone()))
    }
}

/// The files that a patch starts from.
fn sources<'a>(suspect: &'a Suspect<'a>) -> impl Iterator<Item = &'a Place> {
    suspect.step.changes.iter().filter_map(|change| change.old.as_ref())
}

fn paths(changes: &[Change]) -> impl Iterator<Item = &BString> {
    let places = changes.iter().flat_map(|change| [&change.old, &change.new]);
    places.flatten().map(|place| &place.path)
}

fn all_paths(suspects: &[Suspect<'_>]) -> BTreeSet<BString> {
    suspects.iter().flat_map(|suspect| paths(suspect.step.changes)).cloned().collect()
}
