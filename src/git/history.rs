//! What came between two releases: one walk, read in parallel.

mod titles;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use bstr::BString;
use rayon::prelude::*;

use super::commit::{self, Actor};
use super::repo::Step;
use super::{Commit, GitError, Objects, Repo};
use crate::format::provenance;
use crate::model::progress::Watch;
use crate::model::{CommitFacts, Oid, Provenance, Reference};

pub use titles::{TakesBack, Titled, settle};

/// The commits that one release has and another lacks.
pub struct Range {
    /// Newest first; a commit comes before its parents, whatever their clocks said.
    pub commits: Vec<Upstream>,
    by_id: HashMap<Oid, usize>,
    named: Names,
    reverted: Names,
}

/// What pq needs to know of an upstream commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// The commit.
    pub id: Oid,
    /// Its parents.
    pub parents: Vec<Oid>,
    /// The commits that its message says it comes from: hexadecimal, maybe abbreviated.
    pub names: Vec<String>,
    /// The commits that it says it reverts.
    pub reverts: Vec<String>,
    /// What it is called, and what it reverts in other words than by id. In a range, the ids that this gives are in `names` and `reverts`.
    pub titled: Titled,
}

/// A commit with everything that its message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// The commit.
    pub id: Oid,
    /// Its parents.
    pub parents: Vec<Oid>,
    /// Who wrote it and when.
    pub author: Actor,
    /// The message.
    pub message: BString,
    /// What the message says about other commits.
    pub provenance: Provenance,
}

impl Described {
    /// Reads one commit.
    pub fn read(objects: &Objects, step: &Step) -> Result<Described, GitError> {
        let commit = Commit::read(objects, step.id)?;
        let provenance = provenance::parse(&commit.message);
        let (id, parents) = (step.id, step.parents.clone());
        Ok(Described { id, parents, author: commit.author, message: commit.message, provenance })
    }

    /// The first line of the message.
    pub fn subject(&self) -> &[u8] {
        commit::subject(&self.message)
    }
}

impl From<&Described> for Upstream {
    fn from(commit: &Described) -> Upstream {
        Upstream::of(commit.id, &commit.parents, commit.subject(), &commit.provenance)
    }
}

impl Upstream {
    fn of(id: Oid, parents: &[Oid], subject: &[u8], said: &Provenance) -> Upstream {
        let hex = |reference: &Reference| reference.id.clone();
        Upstream {
            id,
            parents: parents.to_vec(),
            // What is brought back comes from what it brings back.
            names: said.refs.iter().chain(&said.reapplies).map(hex).collect(),
            reverts: said.reverts.iter().map(hex).collect(),
            titled: Titled::of(subject, said),
        }
    }
}

impl From<&CommitFacts> for Upstream {
    fn from(commit: &CommitFacts) -> Upstream {
        Upstream::of(commit.id, &commit.parents, &commit.subject, &commit.provenance)
    }
}

/// Reads the commits that can be reached from `tips` and not from `hidden`, in parallel. A commit comes before its parents.
pub fn describe(repo: &Repo, tips: &[Oid], hidden: &[Oid], watch: &dyn Watch) -> Result<Vec<Described>, GitError> {
    read_each(repo, tips, hidden, watch, |commit| commit)
}

/// The same, without their messages.
pub fn upstreams(repo: &Repo, tips: &[Oid], hidden: &[Oid], watch: &dyn Watch) -> Result<Vec<Upstream>, GitError> {
    read_each(repo, tips, hidden, watch, |commit| Upstream::from(&commit))
}

fn read_each<T: Send>(
    repo: &Repo,
    tips: &[Oid],
    hidden: &[Oid],
    watch: &dyn Watch,
    keep: impl Fn(Described) -> T + Sync,
) -> Result<Vec<T>, GitError> {
    let steps = steps(repo, tips, hidden)?;
    watch.phase("reading upstream's commits", Some(steps.len() as u64));
    let read = |objects: &mut Objects, step| {
        cancelled(watch)?;
        watch.step(1);
        Described::read(objects, step).map(&keep)
    };
    steps.par_iter().map_init(|| repo.objects(), read).collect()
}

/// The commits that can be reached from `tips` and not from `hidden`, each before its parents.
pub fn steps(repo: &Repo, tips: &[Oid], hidden: &[Oid]) -> Result<Vec<Step>, GitError> {
    Ok(children_first(repo.range(tips, hidden)?))
}

/// Commits by the ids that they name, abbreviated or not: looked up by the first digits, then compared.
#[derive(Default)]
struct Names(HashMap<String, Vec<(String, usize)>>);

/// The fewest digits that an abbreviated id has.
const SHORTEST: usize = 7;

impl Names {
    fn add(&mut self, hex: &str, commit: usize) {
        if let Some(key) = hex.get(..SHORTEST) {
            self.0.entry(key.to_owned()).or_default().push((hex.to_owned(), commit));
        }
    }

    fn find<'a>(&'a self, hex: &'a str) -> impl Iterator<Item = usize> + 'a {
        let listed = hex.get(..SHORTEST).and_then(|key| self.0.get(key));
        let fits = move |(name, _): &&(String, usize)| name.starts_with(hex) || hex.starts_with(name.as_str());
        listed.into_iter().flatten().filter(fits).map(|(_, commit)| *commit)
    }
}

impl Range {
    /// Of commits that follow `old`, each before its parents.
    pub fn after(repo: &Repo, old: Oid, mut commits: Vec<Upstream>) -> Result<Range, GitError> {
        settle(repo, &mut commits, old)?;
        Ok(Range::new(commits))
    }

    /// Of commits that were read already, each before its parents.
    pub fn of(commits: &[Described]) -> Range {
        Range::new(commits.iter().map(Upstream::from).collect())
    }

    /// Of such commits, each before its parents.
    pub fn new(commits: Vec<Upstream>) -> Range {
        let (mut by_id, mut named, mut reverted) = (HashMap::new(), Names::default(), Names::default());
        for (at, commit) in commits.iter().enumerate() {
            by_id.insert(commit.id, at);
            commit.names.iter().for_each(|hex| named.add(hex, at));
            commit.reverts.iter().for_each(|hex| reverted.add(hex, at));
        }
        let mut range = Range { commits, by_id, named, reverted };
        range.read_titles();
        range.read_merges();
        range
    }

    /// Who reverts a merge takes back every commit that came with it.
    fn read_merges(&mut self) {
        let mut taken = Vec::new();
        for (by, commit) in self.commits.iter().enumerate() {
            let merges = commit.reverts.iter().filter_map(|hex| self.position(self.commit(hex)?.id));
            for merge in merges.filter(|merge| self.commits[*merge].parents.len() > 1) {
                let first = self.commits[merge].parents[0];
                let before = self.by_id.get(&first).map(|at| self.history(*at)).unwrap_or_default();
                let came = self
                    .history(merge)
                    .into_iter()
                    .filter(|at| !before.contains(at) && Some(*at) != self.position(first));
                taken.extend(came.map(|at| (self.commits[at].id.to_string(), by)));
            }
        }
        taken.into_iter().for_each(|(hex, by)| self.reverted.add(&hex, by));
    }

    /// The commit itself, if the range has it. `hex` may be abbreviated.
    pub fn commit(&self, hex: &str) -> Option<&Upstream> {
        match hex.parse::<Oid>() {
            Ok(id) => self.by_id.get(&id).map(|at| &self.commits[*at]),
            Err(_) => {
                let mut fitting = self.commits.iter().filter(|commit| commit.id.to_string().starts_with(hex));
                fitting.next().filter(|_| fitting.next().is_none())
            }
        }
    }

    /// The place of a commit in `commits`.
    pub fn position(&self, id: Oid) -> Option<usize> {
        self.by_id.get(&id).copied()
    }

    /// The line of first parents that ends at `tip`, oldest first. It starts with the last commit that the old release has, too: the fork
    /// point; or with the root of a history that has nothing to do with the old release.
    pub fn first_parents(&self, tip: Oid) -> Vec<Oid> {
        let parent = |id: &Oid| self.by_id.get(id).and_then(|at| self.commits[*at].parents.first().copied());
        let mut line: Vec<Oid> = std::iter::successors(Some(tip), parent).collect();
        line.reverse();
        line
    }

    /// The commits of the range that say they come from `hex`, newest first.
    pub fn naming<'a>(&'a self, hex: &'a str) -> impl Iterator<Item = &'a Upstream> {
        self.named.find(hex).map(|at| &self.commits[at])
    }

    /// Whether what `commit` brought is still there: no later commit of the range reverts it, or what it comes from, unless that one is
    /// reverted again.
    pub fn stands(&self, commit: &Upstream) -> bool {
        self.standing_reverter(commit).is_none()
    }

    /// The later commit that took back what `commit` brought.
    pub fn standing_reverter(&self, commit: &Upstream) -> Option<&Upstream> {
        let at = *self.by_id.get(&commit.id)?;
        self.reverter(at, &|_| true).map(|by| &self.commits[by])
    }

    /// Every later commit that took back what `commit` brought, newest first, whether or not it was taken back itself.
    pub fn reverters(&self, commit: &Upstream) -> Vec<&Upstream> {
        let places = self.by_id.get(&commit.id).map(|at| self.takers_back(*at)).unwrap_or_default();
        places.into_iter().map(|at| &self.commits[at]).collect()
    }

    /// The place of the commit that took back what another one brought, of those that count.
    fn reverter(&self, at: usize, counts: &dyn Fn(usize) -> bool) -> Option<usize> {
        self.takers_back(at).into_iter().find(|by| counts(*by) && self.reverter(*by, counts).is_none())
    }

    /// The places of the later commits that say that they take back what another one brought, newest first.
    fn takers_back(&self, at: usize) -> Vec<usize> {
        let commit = &self.commits[at];
        let id = commit.id.to_string();
        let ids = [&id].into_iter().chain(&commit.names);
        // Who reverts a revert brings back what that one took: this can be taken again on top of it, and not on another branch.
        let reverted = commit.reverts.iter().filter_map(|hex| self.by_id.get(&hex.parse().ok()?));
        let brought = reverted.flat_map(|earlier| &self.commits[*earlier].reverts);
        let again = brought.flat_map(|hex| self.reverted.find(hex));
        let again = again.filter(|by| *by < at && self.history(*by).contains(&at));
        // Newest first: a later commit has a smaller number, so this ends.
        let mut later: Vec<usize> =
            ids.flat_map(|hex| self.reverted.find(hex)).filter(|by| *by < at).chain(again).collect();
        later.sort_unstable();
        later.dedup();
        later
    }

    /// The places of the commits of the range that are in the history of one of them.
    fn history(&self, at: usize) -> HashSet<usize> {
        let (mut seen, mut open) = (HashSet::new(), vec![at]);
        while let Some(at) = open.pop() {
            let parents = self.commits[at].parents.iter().filter_map(|id| self.by_id.get(id).copied());
            open.extend(parents.filter(|parent| seen.insert(*parent)));
        }
        seen
    }
}

/// In an order where every commit comes before its parents, and otherwise stays where it was.
fn children_first(steps: Vec<Step>) -> Vec<Step> {
    let by_id: HashMap<Oid, usize> = steps.iter().enumerate().map(|(at, step)| (step.id, at)).collect();
    let parents = |at: usize| steps[at].parents.iter().filter_map(|id| by_id.get(id).copied());
    let mut children = vec![0; steps.len()];
    (0..steps.len()).flat_map(parents).for_each(|parent| children[parent] += 1);
    let mut ready: BinaryHeap<Reverse<usize>> = (0..steps.len()).filter(|at| children[*at] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(steps.len());
    while let Some(Reverse(at)) = ready.pop() {
        order.push(at);
        for parent in parents(at) {
            children[parent] -= 1;
            if children[parent] == 0 {
                ready.push(Reverse(parent));
            }
        }
    }
    order.into_iter().map(|at| steps[at].clone()).collect()
}

/// An error if the person asked to stop.
pub fn cancelled(watch: &dyn Watch) -> Result<(), GitError> {
    match watch.is_cancelled() {
        true => Err(GitError::Interrupted),
        false => Ok(()),
    }
}
