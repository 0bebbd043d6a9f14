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
use crate::format::excluded::Excluded;
use crate::git::drivers::Drivers;
use crate::git::history::cancelled;
use crate::git::objects::Fresh;
use crate::git::renames::{Moved, resembles};
use crate::git::timeline::{Timeline, Versions, version};
use crate::git::tree::At;
use crate::git::{Change, GitError, Objects, Place, Repo};
use crate::model::progress::Watch;
use crate::model::{Conflict, ConflictKind, Oid};

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

/// Where each patch breaks; `None` for one that applies at the end of the line, or nowhere on it. Conflicts in generated files do not count.
pub fn find(
    repo: &Repo,
    fresh: &HashMap<Oid, Fresh>,
    line: &Timeline,
    suspects: &[Suspect<'_>],
    generated: &Excluded,
    watch: &dyn Watch,
) -> Result<Vec<Option<Break>>, GitError> {
    watch.phase("looking for what broke patches", Some(suspects.len() as u64));
    let files = Files::follow(repo, fresh, line, suspects, watch)?;
    let search = |suspect: &Suspect<'_>| {
        cancelled(watch)?;
        watch.step(1);
        Search { line, files: &files, suspect, generated, objects: repo.objects_over(fresh) }.last_break()
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
            for source in sources(suspect.step.changes).filter(|source| self.at(&source.path, 0).file().is_none()) {
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
    generated: &'a Excluded,
    objects: Objects,
}

impl Search<'_> {
    fn last_break(&mut self) -> Result<Option<Break>, GitError> {
        let changes = self.suspect.step.changes;
        let families: Vec<BTreeSet<BString>> = changes.iter().map(|change| self.family(change)).collect();
        let starts = |family: &BTreeSet<BString>| -> BTreeSet<usize> {
            family.iter().flat_map(|path| self.files.versions[path].iter().map(|(at, _)| *at)).collect()
        };
        let starts: Vec<BTreeSet<usize>> = families.iter().map(starts).collect();
        let all: BTreeSet<usize> = starts.iter().flatten().copied().collect();
        let mut broken = None;
        let mut trials = Trials::default();
        for at in all.into_iter().rev() {
            if self.applies(at, &families, &mut trials)? {
                let touched = |commit| families.iter().zip(&starts).filter(move |(_, starts)| starts.contains(&commit));
                let paths = |commit| touched(commit).flat_map(|(family, _)| family).cloned().collect();
                return Ok(broken.map(|at| Break { commit: self.line.commits[at], paths: paths(at) }));
            }
            broken = Some(at);
        }
        Ok(None)
    }

    /// The paths of a change, and all where its file ever went.
    fn family(&self, change: &Change) -> BTreeSet<BString> {
        paths(std::slice::from_ref(change)).flat_map(|path| self.files.family(path)).collect()
    }

    /// Whether the patch alone applies to a commit of the line. The change that stopped it last is tried first.
    fn applies(&mut self, at: usize, families: &[BTreeSet<BString>], trials: &mut Trials) -> Result<bool, GitError> {
        let Step { changes, sections } = self.suspect.step;
        if let Some(stopper) = trials.stopper {
            let there: Vec<At> = families[stopper].iter().map(|path| self.files.at(path, at)).collect();
            let stops = match trials.stops.get(&(stopper, there.clone())) {
                Some(stops) => *stops,
                None => {
                    let alone = Step { changes: std::slice::from_ref(&changes[stopper]), sections };
                    self.conflicts(at, &alone)?.iter().any(is_its_own)
                }
            };
            trials.stops.insert((stopper, there), stops);
            if stops {
                return Ok(false);
            }
        }
        let conflicts = self.conflicts(at, &Step { changes, sections })?;
        let stops = |change: &Change| {
            let is_there =
                |conflict: &&Conflict| paths(std::slice::from_ref(change)).any(|path| *path == conflict.path);
            conflicts.iter().filter(|conflict| is_its_own(conflict)).any(|conflict| is_there(&conflict))
        };
        trials.stopper = changes.iter().position(stops);
        Ok(conflicts.is_empty())
    }

    fn conflicts(&mut self, at: usize, step: &Step<'_>) -> Result<Vec<Conflict>, GitError> {
        let mut known = Vec::new();
        for source in sources(step.changes).filter(|source| self.files.at(&source.path, at).file().is_none()) {
            known.push((source.clone(), self.target(source, at)?));
        }
        let (from, to) = (self.suspect.base_tree, self.line.tree(at));
        // Programs are not run so often: what a driver would have merged is looked for as if it were text.
        let replay = Replay::new(&mut self.objects, from, to);
        let mut replay = replay.with_generated(self.generated).with_attributes(Drivers::Ignore);
        known.into_iter().for_each(|(source, target)| replay.know(source, target));
        Ok(match replay.carry(step)? {
            Fate::Carried(_) => Vec::new(),
            Fate::Conflict(conflicts) => conflicts,
        })
    }

    /// Where a file is that is missing at its path, if it is similar enough to be the same.
    fn target(&self, source: &Place, at: usize) -> Result<Option<BString>, GitError> {
        let Some(path) = self.files.home(&source.path, at) else { return Ok(None) };
        let Some(entry) = self.files.at(path, at).file() else { return Ok(None) };
        let is_same = resembles(&self.objects, source, &Place { path: path.clone(), entry })?;
        Ok(is_same.then(|| path.clone()))
    }
}

/// What is known from newer commits.
#[derive(Default)]
struct Trials {
    /// The number of a change that is enough to stop the patch.
    stopper: Option<usize>,
    /// Whether a change alone stops it, by its number and what stands at its paths.
    stops: HashMap<(usize, Vec<At>), bool>,
}

/// Whether it is a conflict of one change with what stands at its own paths, whatever the other changes do.
fn is_its_own(conflict: &Conflict) -> bool {
    !matches!(conflict.kind, ConflictKind::FileDirectory | ConflictKind::Rename)
}

/// The files that a patch starts from.
fn sources(changes: &[Change]) -> impl Iterator<Item = &Place> {
    changes.iter().filter_map(|change| change.old.as_ref())
}

fn paths(changes: &[Change]) -> impl Iterator<Item = &BString> {
    let places = changes.iter().flat_map(|change| [&change.old, &change.new]);
    places.flatten().map(|place| &place.path)
}

fn all_paths(suspects: &[Suspect<'_>]) -> BTreeSet<BString> {
    suspects.iter().flat_map(|suspect| paths(suspect.step.changes)).cloned().collect()
}
