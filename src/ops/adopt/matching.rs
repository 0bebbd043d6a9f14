//! Which commit is which patch.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

use bstr::ByteSlice;
use serde::Serialize;

use super::chain::Link;
use crate::Result;
use crate::git::sections::section;
use crate::git::{Commit, Objects, diff_trees};
use crate::model::Oid;

/// How a commit was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Known {
    /// It is the patch's own commit.
    Id,
    /// Author, date and subject are the patch's.
    Words,
    /// Author and date are the patch's and no other's.
    Date,
    /// Author and subject are the patch's.
    Subject,
    /// It does much of what the patch did.
    Diff,
}

/// How much two differences must have in common: half of all lines that either changes.
const ALIKE: f64 = 0.5;

/// For each commit the number of its patch. `open` are the commits that can be one: those for other commits are not.
///
/// # Errors
/// An object is missing.
pub fn of(objects: &Objects, old: &[Oid], chain: &[Link], open: &[usize]) -> Result<BTreeMap<usize, (usize, Known)>> {
    let mut found = Found { commits: open.to_vec(), patches: (0..old.len()).collect(), pairs: BTreeMap::new() };
    let read: Result<Vec<Commit>, _> = old.iter().map(|id| Commit::read(objects, *id)).collect();
    let read = read?;
    let who = |commit: &Commit| (commit.author.name.clone(), commit.author.email.clone());
    let when = |commit: &Commit| (commit.author.seconds, commit.author.offset.clone());
    let subject = |commit: &Commit| commit.subject().to_vec();
    found.by(Known::Id, false, |at| chain[at].id, |at| old[at]);
    let words = |commit: &Commit| (who(commit), when(commit), subject(commit));
    found.by(Known::Words, false, |at| words(&chain[at].commit), |at| words(&read[at]));
    let date = |commit: &Commit| (who(commit), when(commit));
    found.by(Known::Date, true, |at| date(&chain[at].commit), |at| date(&read[at]));
    let titled = |commit: &Commit| (who(commit), subject(commit));
    found.by(Known::Subject, false, |at| titled(&chain[at].commit), |at| titled(&read[at]));
    found.by_diff(objects, chain, &read)?;
    Ok(found.pairs)
}

struct Found {
    /// The commits that are no patch yet.
    commits: Vec<usize>,
    /// The patches that have no commit yet.
    patches: Vec<usize>,
    pairs: BTreeMap<usize, (usize, Known)>,
}

impl Found {
    /// Pairs what has the same key: several in their order, unless only what is unique counts.
    fn by<K: Eq + Hash>(
        &mut self,
        how: Known,
        is_unique: bool,
        commit: impl Fn(usize) -> K,
        patch: impl Fn(usize) -> K,
    ) {
        let mut by_key: HashMap<K, (Vec<usize>, Vec<usize>)> = HashMap::new();
        self.commits.iter().for_each(|at| by_key.entry(commit(*at)).or_default().0.push(*at));
        self.patches.iter().for_each(|at| by_key.entry(patch(*at)).or_default().1.push(*at));
        for (commits, patches) in by_key.into_values() {
            if is_unique && (commits.len() > 1 || patches.len() > 1) {
                continue;
            }
            commits.into_iter().zip(patches).for_each(|(commit, patch)| self.pair(commit, patch, how));
        }
    }

    fn pair(&mut self, commit: usize, patch: usize, how: Known) {
        self.commits.retain(|other| *other != commit);
        self.patches.retain(|other| *other != patch);
        self.pairs.insert(commit, (patch, how));
    }

    /// The most alike first.
    fn by_diff(&mut self, objects: &Objects, chain: &[Link], patches: &[Commit]) -> Result<()> {
        if self.commits.is_empty() || self.patches.is_empty() {
            return Ok(());
        }
        let lines = |commit: &Commit| changed(objects, commit);
        let commits: Vec<_> =
            self.commits.iter().map(|at| Ok((*at, lines(&chain[*at].commit)?))).collect::<Result<_>>()?;
        let patches: Vec<_> = self.patches.iter().map(|at| Ok((*at, lines(&patches[*at])?))).collect::<Result<_>>()?;
        let mut scores: Vec<(f64, usize, usize)> = Vec::new();
        for (commit, ours) in &commits {
            scores.extend(patches.iter().map(|(patch, theirs)| (alike(ours, theirs), *commit, *patch)));
        }
        scores.retain(|(score, ..)| *score >= ALIKE);
        scores.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        for (_, commit, patch) in scores {
            if self.commits.contains(&commit) && self.patches.contains(&patch) {
                self.pair(commit, patch, Known::Diff);
            }
        }
        Ok(())
    }
}

/// The lines that a commit adds and removes, each with its file.
fn changed(objects: &Objects, commit: &Commit) -> Result<BTreeSet<Vec<u8>>> {
    let Some(parent) = commit.parents.first() else { return Ok(BTreeSet::new()) };
    let mut lines = BTreeSet::new();
    for change in diff_trees(objects, Commit::read(objects, *parent)?.tree, commit.tree)? {
        let text = section(objects, &change)?;
        let is_change = |line: &&[u8]| line.starts_with(b"+") || line.starts_with(b"-");
        // What stands in front of the first hunk is the same for every change of the file.
        let body = text.split(|byte| *byte == b'\n').skip_while(|line| !line.starts_with(b"@@"));
        for line in body.filter(is_change) {
            lines.insert([change.path().as_bytes(), b"\0", line].concat());
        }
    }
    Ok(lines)
}

fn alike(a: &BTreeSet<Vec<u8>>, b: &BTreeSet<Vec<u8>>) -> f64 {
    let common = a.intersection(b).count();
    let all = a.len() + b.len() - common;
    if all == 0 { 0.0 } else { common as f64 / all as f64 }
}
