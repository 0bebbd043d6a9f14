//! Which patches upstream has, and how pq knows.
//!
//! Weighed before anything is merged: a patch that upstream has would at best merge to nothing, and at worst conflict or come twice.

use std::collections::BTreeSet;

use bstr::BString;
use rayon::prelude::*;

use crate::Result;
use crate::format::patch_id::patch_id;
use crate::format::patchfile::{Message, PatchFile};
use crate::git::history::{Range, Upstream, cancelled};
use crate::git::renames::join;
use crate::git::sections::sections;
use crate::git::{Change, Commit, GitError, Objects, Repo, Tree, diff_trees};
use crate::model::progress::Watch;
use crate::model::{Evidence, EvidenceKind, Landed, Oid};

/// A patch as far as evidence is concerned.
pub struct Suspect<'a> {
    /// The upstream ids that are recorded.
    pub upstream: &'a [String],
    /// Its commit on the old base.
    pub commit: Oid,
    /// What it changes there.
    pub changes: &'a [Change],
    /// Its text.
    pub file: &'a PatchFile,
}

/// Upstream has the patch.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// In what form.
    pub landed: Landed,
    /// Whether upstream's text is the same, whatever way it took.
    pub is_identical: bool,
    /// How pq knows, strongest first.
    pub evidence: Vec<Evidence>,
}

/// A landing that does not count: it was taken back later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenBack {
    /// The commit that brought it.
    pub landed: Oid,
    /// The commit that says that it takes it back; none if only the new base shows that it is gone.
    pub by: Option<Oid>,
}

/// What is known of one patch.
#[derive(Debug, Clone, Default)]
pub struct Weighed {
    /// Set if upstream has it.
    pub verdict: Option<Verdict>,
    /// Landings that do not count.
    pub taken_back: Vec<TakenBack>,
}

/// Weighs every patch against what the new base has more than the old one.
pub fn weigh(repo: &Repo, range: &Range, suspects: &[Suspect<'_>], watch: &dyn Watch) -> Result<Vec<Weighed>> {
    watch.phase("weighing evidence", Some(suspects.len() as u64));
    let named: Result<Vec<Weighed>, GitError> = suspects
        .par_iter()
        .map_init(|| repo.objects(), |objects, suspect| by_name(objects, range, suspect, watch))
        .collect();
    let mut weighed = named?;
    let open: Vec<usize> = (0..suspects.len()).filter(|at| weighed[*at].verdict.is_none()).collect();
    for (at, landed) in by_patch_id(repo, range, suspects, &open, watch)? {
        let Some(commit) = range.commit(&landed.to_string()) else { continue };
        match range.standing_reverter(commit) {
            Some(by) => note(&mut weighed[at].taken_back, TakenBack { landed, by: Some(by.id) }),
            None => {
                let evidence = vec![Evidence { kind: EvidenceKind::PatchId, commit: Some(landed), score: 1.0 }];
                weighed[at].verdict = Some(Verdict { landed: Landed::Identical, is_identical: true, evidence });
            }
        }
    }
    believe_the_trees(repo, range, &mut weighed)?;
    Ok(weighed)
}

/// Words say that a commit landed. Where the new base has in every file of it exactly what stood there before it, it is not there any more,
/// whatever took it back: the patch is kept, and the report says so.
fn believe_the_trees(repo: &Repo, range: &Range, weighed: &mut [Weighed]) -> Result<(), GitError> {
    let Some(newest) = range.commits.first() else { return Ok(()) };
    let tree = Commit::read(&repo.objects(), newest.id)?.tree;
    let claimed = weighed.par_iter_mut().filter(|one| one.verdict.is_some());
    claimed.try_for_each_init(
        || (repo.objects(), Tree::new(tree)),
        |(objects, base), one| {
            let commits = one.verdict.iter().flat_map(|verdict| &verdict.evidence).filter_map(|it| it.commit);
            for landed in commits.collect::<BTreeSet<Oid>>() {
                if is_gone(objects, base, landed)? {
                    one.verdict = None;
                    note(&mut one.taken_back, TakenBack { landed, by: None });
                }
            }
            Ok(())
        },
    )
}

/// Whether a tree has in every file that a commit changed what was there before the commit. A commit that only adds files does not tell: they
/// may have moved.
fn is_gone(objects: &Objects, tree: &mut Tree, id: Oid) -> Result<bool, GitError> {
    let commit = Commit::read(objects, id)?;
    let [parent] = commit.parents[..] else { return Ok(false) };
    let changes = diff_trees(objects, Commit::read(objects, parent)?.tree, commit.tree)?;
    for change in &changes {
        let before = change.old.as_ref().map(|old| old.entry);
        if tree.get(objects, change.path())?.file() != before {
            return Ok(false);
        }
    }
    Ok(changes.is_empty() || changes.iter().any(|change| change.old.is_some()))
}

/// By the ids that the patch and upstream's commits name.
fn by_name(objects: &Objects, range: &Range, suspect: &Suspect<'_>, watch: &dyn Watch) -> Result<Weighed, GitError> {
    cancelled(watch)?;
    watch.step(1);
    let mut weighed = Weighed::default();
    let own = suspect.commit.to_string();
    let trailer = standing(range, range.naming(&own), &mut weighed.taken_back);
    let mut evidence: Vec<Evidence> = trailer.map(|id| found(EvidenceKind::Trailer, id)).into_iter().collect();
    if evidence.is_empty() {
        for hex in suspect.upstream {
            match landing(range, hex, &mut weighed.taken_back) {
                Some(one) => evidence.push(one),
                // A patch made of several upstream commits is upstream only when all of them are.
                None => return Ok(weighed),
            }
        }
    }
    evidence.sort_by_key(|one| one.kind);
    if let Some(best) = evidence.first().cloned() {
        let is_identical = evidence.len() == 1 && same_change(objects, suspect, best.commit)?;
        let landed = match best.kind {
            EvidenceKind::Sibling => Landed::Sibling,
            _ if is_identical => Landed::Identical,
            _ => Landed::Adapted,
        };
        if is_identical {
            evidence.push(Evidence { kind: EvidenceKind::PatchId, commit: best.commit, score: 1.0 });
        }
        weighed.verdict = Some(Verdict { landed, is_identical, evidence });
    }
    Ok(weighed)
}

/// How one upstream commit got into the range, if it did and is still there.
fn landing(range: &Range, hex: &str, taken_back: &mut Vec<TakenBack>) -> Option<Evidence> {
    if let Some(id) = standing(range, range.commit(hex).into_iter(), taken_back) {
        return Some(found(EvidenceKind::Ancestor, id));
    }
    standing(range, range.naming(hex), taken_back).map(|id| found(EvidenceKind::Sibling, id))
}

fn found(kind: EvidenceKind, commit: Oid) -> Evidence {
    Evidence { kind, commit: Some(commit), score: 1.0 }
}

/// The first of some landings that was not taken back later.
fn standing<'a>(
    range: &'a Range,
    landings: impl Iterator<Item = &'a Upstream>,
    taken_back: &mut Vec<TakenBack>,
) -> Option<Oid> {
    for commit in landings {
        match range.standing_reverter(commit) {
            None => return Some(commit.id),
            Some(by) => note(taken_back, TakenBack { landed: commit.id, by: Some(by.id) }),
        }
    }
    None
}

/// Adds a landing that does not count, unless it was found before, by other evidence.
fn note(taken_back: &mut Vec<TakenBack>, one: TakenBack) {
    if !taken_back.contains(&one) {
        taken_back.push(one);
    }
}

/// Whether upstream's commit makes the same change as the patch.
fn same_change(objects: &Objects, suspect: &Suspect<'_>, commit: Option<Oid>) -> Result<bool, GitError> {
    let Some(commit) = commit else { return Ok(false) };
    let Some(changes) = commit_changes(objects, commit)? else { return Ok(false) };
    if changes == suspect.changes {
        return Ok(true);
    }
    if paths(&changes) != paths(suspect.changes) {
        return Ok(false);
    }
    Ok(id_of_changes(objects, &changes)?.is_some_and(|id| Some(id) == patch_id(&suspect.file.files)))
}

/// Open patches and the commits of the range that make the same change.
fn by_patch_id(
    repo: &Repo,
    range: &Range,
    suspects: &[Suspect<'_>],
    open: &[usize],
    watch: &dyn Watch,
) -> Result<Vec<(usize, Oid)>> {
    let sets: Vec<BTreeSet<BString>> = open.iter().map(|at| paths(suspects[*at].changes)).collect();
    watch.phase("comparing with upstream's commits", None);
    let candidates = range.touching(repo, &sets, watch)?;
    let found: Result<Vec<Vec<(usize, Oid)>>, GitError> = candidates
        .par_iter()
        .map_init(
            || repo.objects(),
            |objects, (commit, sets)| {
                let mut same = Vec::new();
                for set in sets {
                    cancelled(watch)?;
                    let at = open[*set];
                    if same_change(objects, &suspects[at], Some(*commit))? {
                        same.push((at, *commit));
                    }
                }
                Ok(same)
            },
        )
        .collect();
    Ok(found?.concat())
}

/// Every path that some changes touch.
pub fn paths(changes: &[Change]) -> BTreeSet<BString> {
    let places = changes.iter().flat_map(|change| [&change.old, &change.new]);
    places.flatten().map(|place| place.path.clone()).collect()
}

/// What a commit changes against its only parent.
fn commit_changes(objects: &Objects, id: Oid) -> Result<Option<Vec<Change>>, GitError> {
    let commit = Commit::read(objects, id)?;
    let [parent] = commit.parents[..] else { return Ok(None) };
    let parent = Commit::read(objects, parent)?;
    let changes = diff_trees(objects, parent.tree, commit.tree)?;
    Ok(Some(join(objects, changes)?))
}

fn id_of_changes(objects: &Objects, changes: &[Change]) -> Result<Option<[u8; 20]>, GitError> {
    let file = PatchFile::new(Message::default(), sections(objects, changes)?).ok();
    Ok(file.and_then(|file| patch_id(&file.files)))
}
