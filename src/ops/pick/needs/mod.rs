//! What a commit needs that does not apply: upstream commits that the line lacks, and that it is changed lines of. Nothing is advised that
//! was not tried.

use std::collections::{BTreeSet, HashMap};

mod clashes;

use super::report::Candidate;
use crate::Result;
use crate::format::diff::{FileDiff, Hunk};
use crate::format::excluded::Excluded;
use crate::format::moves::Moves;
use crate::git::blame::{Hands, blame};
use crate::git::drivers::Drivers;
use crate::git::timeline::Timeline;
use crate::git::{Commit, GitError, Objects, Repo};
use crate::model::progress::Watch;
use crate::model::{Conflict, Oid, PatchName};
use crate::ops::commits;
use crate::ops::moves::Proposed;
use crate::ops::rebase::repick::Version;
use crate::ops::replay::{Fate, Replay};

/// More candidates than this are not tried one by one.
const MANY: usize = 24;
/// A prerequisite's own prerequisites are looked for so many times over.
const DEPTH: usize = 3;
/// So many commits are looked into, and so many sets tried, for one pick: the largest commits would take minutes.
const MOST: usize = 120;
/// Sets of more commits than this are only tried as a whole.
const SMALL: usize = 3;

/// Finds prerequisites of commits of one line of upstream.
pub struct Needs<'a> {
    repo: &'a Repo,
    /// Upstream's line, oldest first, from the last commit that the base has, too.
    line: &'a Timeline,
    places: HashMap<Oid, usize>,
    /// Whether the line of the fork has a commit, in whatever form.
    has: &'a dyn Fn(Oid) -> bool,
    versions: HashMap<Oid, Option<std::rc::Rc<Version>>>,
    /// What had a hand in the lines where a commit conflicts with the tip at hand.
    hands: HashMap<Oid, BTreeSet<Oid>>,
    /// How much more may be looked into and tried.
    left: usize,
    /// Files that a program makes: a conflict there is none.
    generated: &'a Excluded,
    /// Where files may be that the line lacks.
    moves: &'a Moves,
    watch: &'a dyn Watch,
}

/// What is advised.
#[derive(Debug, Clone, Default)]
pub struct Advice {
    /// The commits, in order.
    pub first: Vec<Oid>,
    /// Whether the pick applies after them.
    pub makes_it_clean: bool,
    /// What is known of them.
    pub commits: Vec<commits::CommitReport>,
    /// All that was considered.
    pub candidates: Vec<Candidate>,
    /// Where what it touches and the line lacks seems to be.
    pub proposed: Option<Proposed>,
    /// Patches of the line that it comes from, which it stands on there and the line lacks.
    pub needs: Vec<PatchName>,
}

/// Commits that are tried together, in order, and how many conflicts the pick has after them.
type Trial = (Vec<Oid>, usize);

impl<'a> Needs<'a> {
    /// For commits on a line of first parents of upstream.
    pub fn new(
        repo: &'a Repo,
        line: &'a Timeline,
        (generated, moves): (&'a Excluded, &'a Moves),
        has: &'a dyn Fn(Oid) -> bool,
        watch: &'a dyn Watch,
    ) -> Needs<'a> {
        let places = line.commits.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        let (versions, hands) = (HashMap::new(), HashMap::new());
        Needs { repo, line, places, has, versions, hands, left: MOST, generated, moves, watch }
    }

    /// What `pick` needs in front of it, on `tip`, of which at most `max` are advised.
    ///
    /// # Errors
    /// The repository fails.
    pub fn advise(&mut self, objects: &mut Objects, tip: Oid, pick: &Version, max: usize) -> Result<Advice> {
        self.hands.clear();
        self.left = MOST;
        let direct = self.candidates(objects, tip, pick, &mut BTreeSet::from([pick.commit]))?;
        let mut advice = Advice::default();
        let mut sets: Vec<Trial> = Vec::new();
        for id in direct.iter().take(MANY) {
            let (set, applies) =
                self.with_its_own(objects, tip, *id, &mut BTreeSet::from([pick.commit, *id]), DEPTH)?;
            let leaves = if applies { self.leaves(objects, tip, &set, pick)? } else { None };
            advice.candidates.push(self.candidate(objects, *id, &set, applies, leaves, pick)?);
            sets.extend(leaves.map(|leaves| (set, leaves)));
        }
        let best = self.best(objects, tip, pick, &sets, max)?;
        if let Some((first, leaves)) = best {
            advice.commits = first.iter().map(|id| commits::describe(objects, *id)).collect::<Result<_>>()?;
            (advice.first, advice.makes_it_clean) = (first, leaves == 0);
        }
        Ok(advice)
    }

    /// The commits that the line lacks and that had a hand in lines which the pick touches, or stands next to, and which `tip` has not as
    /// upstream has them, oldest first: where there are some, it may conflict.
    ///
    /// # Errors
    /// The repository fails.
    pub fn lacks(&self, objects: &Objects, tip: Oid, pick: &Version) -> Result<Vec<Oid>> {
        let mut found: BTreeSet<Oid> = BTreeSet::new();
        let parent = Commit::read(objects, pick.commit)?.parents[0];
        if let Some(end) = self.places.get(&parent).copied() {
            for lines in clashes::differing(objects, tip, pick)? {
                found.extend(blame(self.repo, objects, self.line, end, lines, Hands::All, self.watch)?);
            }
        }
        Ok(self.ordered(found.into_iter().filter(|id| !(self.has)(*id))))
    }

    /// The smallest set that makes the pick apply, else the one that leaves least.
    fn best(
        &mut self,
        objects: &mut Objects,
        tip: Oid,
        pick: &Version,
        sets: &[Trial],
        max: usize,
    ) -> Result<Option<Trial>> {
        let mut best: Option<Trial> = None;
        let mut consider = |set: Vec<Oid>, leaves: usize| {
            let is_better = best.as_ref().is_none_or(|(other, least)| (leaves, set.len()) < (*least, other.len()));
            if set.len() <= max && is_better {
                best = Some((set, leaves));
            }
        };
        sets.iter().for_each(|(set, leaves)| consider(set.clone(), *leaves));
        for several in combinations(sets.len(), SMALL) {
            let set = self.ordered(several.iter().flat_map(|at| sets[*at].0.iter().copied()));
            if set.len() <= max
                && !self.is_spent()
                && let Some(leaves) = self.leaves(objects, tip, &set, pick)?
            {
                consider(set, leaves);
            }
        }
        let all = self.ordered(sets.iter().flat_map(|(set, _)| set.iter().copied()));
        if let Some(leaves) = self.leaves(objects, tip, &all, pick)? {
            consider(all, leaves);
        }
        let conflicts = self.leaves(objects, tip, &[], pick)?.unwrap_or(usize::MAX);
        let best = best.filter(|(_, leaves)| *leaves < conflicts);
        best.map(|best| self.without_the_needless(objects, tip, pick, best)).transpose()
    }

    /// A commit's own needs are all who had a hand in its lines; it may apply without some of them.
    fn without_the_needless(
        &mut self,
        objects: &mut Objects,
        tip: Oid,
        pick: &Version,
        (mut set, mut leaves): Trial,
    ) -> Result<Trial> {
        for id in set.clone() {
            let rest: Vec<Oid> = set.iter().copied().filter(|other| *other != id).collect();
            if rest.is_empty() || self.is_spent() {
                break;
            }
            if let Some(after) = self.leaves(objects, tip, &rest, pick)?.filter(|after| *after <= leaves) {
                (set, leaves) = (rest, after);
            }
        }
        Ok((set, leaves))
    }

    /// The commits that the line lacks and that had a hand in what the pick conflicts with, oldest first; declared ones count, too.
    fn candidates(
        &mut self,
        objects: &mut Objects,
        tip: Oid,
        pick: &Version,
        known: &mut BTreeSet<Oid>,
    ) -> Result<Vec<Oid>> {
        if !self.hands.contains_key(&pick.commit) {
            let found = self.search(objects, tip, pick)?;
            self.hands.insert(pick.commit, found);
        }
        let mut found = self.hands[&pick.commit].clone();
        found.retain(|id| !known.contains(id) && !(self.has)(*id));
        known.extend(&found);
        Ok(self.ordered(found.into_iter()))
    }

    /// Everybody who had a hand in the lines where a commit conflicts, as far as there is room for looking.
    fn search(&mut self, objects: &mut Objects, tip: Oid, pick: &Version) -> Result<BTreeSet<Oid>> {
        let mut found: BTreeSet<Oid> = self.declared(objects, pick.commit)?.into_iter().collect();
        let parent = Commit::read(objects, pick.commit)?.parents[0];
        if let Some(end) = self.places.get(&parent).copied() {
            let conflicts = self.carried(objects, tip, pick)?.err().unwrap_or_default();
            for lines in clashes::clashes(objects, tip, pick, &conflicts)? {
                if self.is_spent() {
                    break;
                }
                found.extend(blame(self.repo, objects, self.line, end, lines, Hands::All, self.watch)?);
            }
        }
        Ok(found)
    }

    /// Whether enough was looked into; if not, one more is.
    fn is_spent(&mut self) -> bool {
        let is_spent = self.left == 0;
        self.left = self.left.saturating_sub(1);
        is_spent
    }

    /// The commits that a message says must come first.
    fn declared(&self, objects: &Objects, id: Oid) -> Result<Vec<Oid>> {
        let said = crate::format::provenance::parse(&Commit::read(objects, id)?.message);
        let find = |hex: &crate::model::Reference| self.repo.commit_by_prefix(objects, &hex.id);
        Ok(said.depends.iter().filter_map(find).filter(|id| self.places.contains_key(id)).collect())
    }

    /// A commit behind those that it needs itself, and whether it applies then.
    fn with_its_own(
        &mut self,
        objects: &mut Objects,
        tip: Oid,
        id: Oid,
        known: &mut BTreeSet<Oid>,
        depth: usize,
    ) -> Result<(Vec<Oid>, bool)> {
        let Some(version) = self.version(objects, id)? else { return Ok((vec![id], false)) };
        if self.carried(objects, tip, &version)?.is_ok() {
            return Ok((vec![id], true));
        }
        if depth == 0 || self.left == 0 {
            return Ok((vec![id], false));
        }
        let mut set = Vec::new();
        for need in self.candidates(objects, tip, &version, known)?.into_iter().take(SMALL + 1) {
            set.extend(self.with_its_own(objects, tip, need, known, depth - 1)?.0);
        }
        set.push(id);
        let set = self.ordered(set.into_iter());
        let applies = self.apply(objects, tip, &set)?.is_some();
        Ok((set, applies))
    }

    /// How many places the pick conflicts in after a set; none if the set does not apply.
    fn leaves(&mut self, objects: &mut Objects, tip: Oid, set: &[Oid], pick: &Version) -> Result<Option<usize>> {
        let Some(tree) = self.apply(objects, tip, set)? else { return Ok(None) };
        Ok(Some(match self.carried(objects, tree, pick)? {
            Ok(_) => 0,
            Err(conflicts) => clashes::places(objects, tree, pick, &conflicts)?,
        }))
    }

    /// The tree after a set of commits, if all of them apply.
    fn apply(&mut self, objects: &mut Objects, tip: Oid, set: &[Oid]) -> Result<Option<Oid>> {
        let mut tree = tip;
        for id in set {
            let Some(version) = self.version(objects, *id)? else { return Ok(None) };
            match self.carried(objects, tree, &version)? {
                Ok(after) => tree = after,
                Err(_) => return Ok(None),
            }
        }
        Ok(Some(tree))
    }

    fn version(&mut self, objects: &Objects, id: Oid) -> Result<Option<std::rc::Rc<Version>>> {
        if let Some(known) = self.versions.get(&id) {
            return Ok(known.clone());
        }
        let version = Version::read(objects, id, None)?.map(std::rc::Rc::new);
        self.versions.insert(id, version.clone());
        Ok(version)
    }

    /// The tree after a version on another tree, or its conflicts.
    fn carried(
        &self,
        objects: &mut Objects,
        tip: Oid,
        version: &Version,
    ) -> Result<Result<Oid, Vec<Conflict>>, GitError> {
        let replay = Replay::new(objects, version.base_tree, tip).with_moves(self.moves);
        let mut replay = replay.with_generated(self.generated).with_attributes(Drivers::Ignore);
        Ok(match replay.carry(&version.step())? {
            Fate::Carried(placed) => Ok(placed.tree),
            Fate::Conflict(conflicts) => Err(conflicts),
        })
    }

    /// In upstream's order, each once.
    fn ordered(&self, ids: impl Iterator<Item = Oid>) -> Vec<Oid> {
        let mut ids: Vec<Oid> = ids.collect();
        ids.sort_by_key(|id| (self.places.get(id).copied(), *id));
        ids.dedup();
        ids
    }

    fn candidate(
        &mut self,
        objects: &Objects,
        id: Oid,
        set: &[Oid],
        applies: bool,
        leaves: Option<usize>,
        pick: &Version,
    ) -> Result<Candidate> {
        let version = self.version(objects, id)?;
        let count = |section: &FileDiff| {
            let edits = section.hunks().iter().flat_map(Hunk::edits);
            edits.map(|edit| (edit.old_len + edit.new_len) as usize).sum::<usize>()
        };
        let files = version.as_ref().map_or(&[][..], |version| &version.file.files);
        Ok(Candidate {
            commit: commits::describe(objects, id)?,
            is_declared: self.declared(objects, pick.commit)?.contains(&id),
            files: files.len(),
            lines: files.iter().map(count).sum(),
            drags: set.iter().copied().filter(|other| *other != id).collect(),
            applies,
            leaves,
        })
    }
}

/// Every choice of two to `most` of `n`, small ones first, as long as there are not too many.
fn combinations(n: usize, most: usize) -> Vec<Vec<usize>> {
    let n = n.min(8);
    let mut all: Vec<Vec<usize>> = (0usize..1 << n)
        .map(|bits| (0..n).filter(|at| bits >> at & 1 == 1).collect::<Vec<_>>())
        .filter(|set| (2..=most).contains(&set.len()))
        .collect();
    all.sort_by_key(Vec::len);
    all
}

#[cfg(test)]
mod tests {
    use super::combinations;

    #[test]
    fn small_sets_come_first_and_there_are_not_too_many() {
        assert_eq!(combinations(3, 3), [vec![0, 1], vec![0, 2], vec![1, 2], vec![0, 1, 2]]);
        assert!(combinations(30, 3).len() < 100);
        assert!(combinations(1, 3).is_empty());
    }
}
