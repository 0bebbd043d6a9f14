//! Whether a change came alone, as a part of a larger commit, or in several.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::{Verdict, Weighed, found};
use crate::model::{CommitFacts, Evidence, EvidenceKind, Oid, Signature};

/// Whether a change came alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Company {
    /// It is a commit of its own.
    Alone,
    /// It is a part of a larger commit.
    Squashed,
    /// Several commits make it.
    Split,
}

impl Company {
    /// Of a change that these commits brought.
    pub(super) fn of(ours: &Signature, commits: &[&CommitFacts]) -> Company {
        let change = |facts: &CommitFacts| facts.change.as_ref().map(|change| ours.overlap(&change.signature));
        match commits {
            [] => Company::Alone,
            [only] => match change(only) {
                Some(overlap) if overlap.of_ours() >= 0.9 && overlap.theirs >= 2 * overlap.ours => Company::Squashed,
                _ => Company::Alone,
            },
            _ => Company::Split,
        }
    }
}

/// A commit that brought several patches is larger than each of them, unless it is one of them line for line.
pub(super) fn mark_squashed(weighed: &mut [Weighed]) {
    let only = |verdict: &Verdict| -> Option<Oid> {
        let is_a_patch = verdict.evidence.iter().any(|evidence| evidence.kind == EvidenceKind::PatchId);
        let commits: BTreeSet<Oid> = verdict.commits().collect();
        commits.first().copied().filter(|_| commits.len() == 1 && !is_a_patch)
    };
    let mut brought: HashMap<Oid, usize> = HashMap::new();
    let verdicts = weighed.iter().filter_map(|one| one.verdict.as_ref());
    verdicts.filter_map(only).for_each(|id| *brought.entry(id).or_default() += 1);
    for verdict in weighed.iter_mut().filter_map(|one| one.verdict.as_mut()) {
        if only(verdict).is_some_and(|id| brought[&id] > 1) {
            verdict.company = Company::Squashed;
        }
    }
}

/// The fewest commits, as far as lines tell, that together bring all lines of a change: each with the share of the lines that it has.
///
/// None if they do not have nearly all of them. A greedy cover: each time the commit that has most of what is missing, the smaller one of two equals.
pub(super) fn bringers(ours: &Signature, facts: &[Arc<CommitFacts>]) -> Vec<Evidence> {
    let mut missing = ours.clone();
    let mut bringers = Vec::new();
    while missing.count() * 20 > ours.count() {
        let changed = facts.iter().filter_map(|facts| Some((facts.id, &facts.change.as_ref()?.signature)));
        let sharing = changed.map(|(id, theirs)| (missing.overlap(theirs), id, theirs));
        let best = sharing.max_by_key(|(overlap, ..)| (overlap.shared, std::cmp::Reverse(overlap.theirs)));
        let Some((overlap, id, theirs)) = best.filter(|(overlap, ..)| overlap.shared > 0) else { return Vec::new() };
        bringers.push(found(EvidenceKind::Lines, id, overlap.shared as f64 / ours.count() as f64));
        missing = missing.without(theirs);
    }
    bringers
}
