//! Evidence by taking patches out of the new base: what can be taken out is there, and nobody need have said a word about it.

use std::collections::{HashMap, HashSet};

use bstr::BStr;
use rayon::prelude::*;

use super::company::bringers;
use super::trees::{Files, Standing, numbers};
use super::{Company, News, Suspect, Trees, Verdict, Weighed, open};
use crate::Result;
use crate::format::diff::LineKind;
use crate::git::history::cancelled;
use crate::git::{Change, GitError, Objects, Repo, Tree};
use crate::model::progress::Watch;
use crate::model::{CommitFacts, Evidence, EvidenceKind, Landed, Oid};
use crate::ops::replay::{Replay, Step};

/// Finds patches that the new base has without a word about it: those that can be taken out of it, whole. Several that stand one on the
/// other have to be taken out from the end.
pub(super) fn find(
    repo: &Repo,
    objects: &mut Objects,
    news: &News,
    trees: Trees<'_>,
    suspects: &[Suspect<'_>],
    weighed: &mut [Weighed],
    watch: &dyn Watch,
) -> Result<()> {
    watch.phase("looking for changes in the new base", None);
    let candidates = removable(repo, trees.new_base, suspects, &open(weighed))?;
    // What is tried here is of no use to anybody later.
    let mut objects = repo.objects_over(&objects.snapshot());
    let candidates = without_moved(&mut objects, trees, suspects, candidates)?;
    let mut replay = Replay::new(&mut objects, trees.old_tip, trees.new_base).with_moves(trees.moves);
    for at in candidates.into_iter().rev() {
        cancelled(watch)?;
        let changes: Vec<Change> = suspects[at].changes.iter().map(reversed).collect();
        if replay.carry_whole(&Step { changes: &changes, sections: &[] })? {
            let one = &mut weighed[at];
            let whole = Evidence { kind: EvidenceKind::ReverseApplies, commit: None, score: 1.0 };
            let mut verdict = Verdict::one(Landed::Identical, true, whole);
            // Which commits brought it is no more than likely; that it is there is certain.
            verdict.evidence.extend(bringers(&suspects[at].looks.signature, &news.facts));
            let brought: Vec<&CommitFacts> = verdict.commits().filter_map(|id| news.facts_of(id)).collect();
            verdict.company = Company::of(&suspects[at].looks.signature, &brought);
            verdict.evidence.sort_by_key(|evidence| evidence.kind);
            one.doubts.clear();
            one.verdict = Some(verdict);
        }
    }
    Ok(())
}

/// The patches of which the new base may have every added line, in the files where they add it; or the next patches took it away. The others
/// need not be tried.
fn removable(repo: &Repo, new_base: Oid, suspects: &[Suspect<'_>], open: &[usize]) -> Result<Vec<usize>> {
    let mut rewritten: HashMap<&BStr, HashSet<u32>> = HashMap::new();
    for file in open.iter().flat_map(|at| &suspects[*at].file.files) {
        rewritten.entry(file.path()).or_default().extend(numbers(file, LineKind::Remove));
    }
    let is_candidate = |(objects, base, files): &mut (Objects, Tree, Files), at: &usize| {
        let suspect = &suspects[*at];
        let mut there = Standing { objects, base, files };
        let is = suspect.is_applied && !suspect.changes.is_empty() && there.may_have_all_added(suspect, &rewritten)?;
        Ok((*at, is))
    };
    let start = || (repo.objects(), Tree::new(new_base), Files::default());
    let found: Result<Vec<(usize, bool)>, GitError> = open.par_iter().map_init(start, is_candidate).collect();
    Ok(found?.into_iter().filter(|(_, is)| *is).map(|(at, _)| at).collect())
}

/// Without the patches that delete a file which the new base has elsewhere: it would come back where it was, but it is not gone. What the old
/// series has there, too, is another file.
fn without_moved(
    objects: &mut Objects,
    trees: Trees<'_>,
    suspects: &[Suspect<'_>],
    candidates: Vec<usize>,
) -> Result<Vec<usize>> {
    let mut old_tip = Tree::new(trees.old_tip);
    let mut there = Replay::new(objects, trees.old_base, trees.new_base).with_moves(trees.moves);
    let mut left = Vec::new();
    for at in candidates {
        let mut has_moved = false;
        for gone in suspects[at].changes.iter().filter(|change| change.new.is_none()).filter_map(|it| it.old.as_ref()) {
            if let Some(path) = there.whereabouts(gone)? {
                has_moved |= old_tip.get(there.objects(), path.as_ref())?.file().is_none();
            }
        }
        if !has_moved {
            left.push(at);
        }
    }
    Ok(left)
}

fn reversed(change: &Change) -> Change {
    Change { old: change.new.clone(), new: change.old.clone(), is_copy: false }
}
