//! Evidence by what stands in the files of the new base.

use std::collections::{BTreeSet, HashMap, HashSet};

use bstr::{BStr, BString, ByteSlice};
use rayon::prelude::*;

use super::{Company, Doubt, DoubtKind, News, Suspect, TakenBack, Trees, Verdict, Weighed, open, similar};
use crate::Result;
use crate::format::diff::{FileDiff, HunkLine, LineKind};
use crate::format::patch_id::patch_id;
use crate::format::patchfile::{Message, PatchFile};
use crate::format::signature::line_number;
use crate::git::history::cancelled;
use crate::git::renames::join;
use crate::git::sections::sections;
use crate::git::{Change, Commit, GitError, Objects, Repo, Tree, diff_trees};
use crate::model::progress::Watch;
use crate::model::{CommitFacts, Evidence, EvidenceKind, Landed, Oid, Signature};
use crate::ops::replay::{Replay, Step};

/// Checks what words and looks say against the new base.
pub(super) fn check(
    repo: &Repo,
    news: &News,
    suspects: &[Suspect<'_>],
    new_base: Oid,
    weighed: &mut [Weighed],
) -> Result<()> {
    let claimed = weighed.par_iter_mut().zip(suspects).filter(|(one, _)| one.verdict.is_some());
    let checked: Result<(), GitError> = claimed.try_for_each_init(
        || (repo.objects(), Tree::new(new_base), Files::default()),
        |(objects, base, files), (one, suspect)| {
            let mut there = Standing { objects, base, files };
            there.check_gone(one)?;
            there.check_surplus(news, suspect, one)
        },
    );
    Ok(checked?)
}

/// The lines of the files of a tree, as numbers, by path.
type Files = HashMap<BString, HashSet<u32>>;

/// So many lines beyond those of the commit that it names are more than an adaptation.
const MUCH: usize = 20;

/// What stands in the new base.
struct Standing<'a> {
    objects: &'a Objects,
    base: &'a mut Tree,
    files: &'a mut Files,
}

impl Standing<'_> {
    /// Where the new base has in every file of a landing exactly what stood there before it, it is not there any more, whatever took it back.
    fn check_gone(&mut self, one: &mut Weighed) -> Result<(), GitError> {
        let commits = one.verdict.iter().flat_map(Verdict::commits);
        for landed in commits.collect::<BTreeSet<Oid>>() {
            if self.is_gone(landed)? {
                one.verdict = None;
                one.note(TakenBack { landed, by: None });
            }
        }
        Ok(())
    }

    /// A commit that only adds files does not tell: they may have moved.
    fn is_gone(&mut self, id: Oid) -> Result<bool, GitError> {
        let commit = Commit::read(self.objects, id)?;
        let [parent] = commit.parents[..] else { return Ok(false) };
        let changes = diff_trees(self.objects, Commit::read(self.objects, parent)?.tree, commit.tree)?;
        for change in &changes {
            let before = change.old.as_ref().map(|old| old.entry);
            if self.base.get(self.objects, change.path())?.file() != before {
                return Ok(false);
            }
        }
        Ok(changes.is_empty() || changes.iter().any(|change| change.old.is_some()))
    }

    /// A patch may hold much more than the commit that it names. What is more is lost with the patch, unless the new base has that, too.
    fn check_surplus(&mut self, news: &News, suspect: &Suspect<'_>, one: &mut Weighed) -> Result<(), GitError> {
        let Some(verdict) = one.verdict.as_ref().filter(|verdict| !verdict.is_identical) else { return Ok(()) };
        let facts = verdict.commits().filter_map(|id| news.facts_of(id)?.change.as_ref());
        let theirs = Signature::union(facts.map(|change| &change.signature));
        let overlap = suspect.looks.signature.overlap(&theirs);
        let is_more = overlap.of_theirs() >= 0.9 && overlap.ours - overlap.shared >= MUCH.max(overlap.theirs);
        if !is_more || self.has_most_of(suspect, &theirs)? {
            return Ok(());
        }
        let Some(Verdict { evidence, .. }) = one.verdict.take() else { return Ok(()) };
        one.doubts.extend(evidence.into_iter().map(|evidence| Doubt { why: DoubtKind::Surplus, evidence }));
        Ok(())
    }

    /// Whether most of the lines stand in the new base that the patch adds beyond `theirs`.
    fn has_most_of(&mut self, suspect: &Suspect<'_>, theirs: &Signature) -> Result<bool, GitError> {
        let (mut all, mut standing) = (0, 0);
        for file in &suspect.file.files {
            let lines: Vec<u32> = added(file).filter(|line| theirs.added.binary_search(line).is_err()).collect();
            all += lines.len();
            if let Some(known) = self.lines(file.path())? {
                standing += lines.iter().filter(|line| known.contains(line)).count();
            }
        }
        Ok(2 * standing >= all)
    }

    /// The lines of a file of the new base.
    fn lines(&mut self, path: &BStr) -> Result<Option<&HashSet<u32>>, GitError> {
        if !self.files.contains_key(path) {
            let Some(entry) = self.base.get(self.objects, path)?.file() else { return Ok(None) };
            let bytes = if entry.mode.is_file() { self.objects.blob(entry.id)? } else { Default::default() };
            self.files.insert(path.to_owned(), bytes.lines().filter_map(line_number).collect());
        }
        Ok(self.files.get(path))
    }

    /// Whether all lines that the patch adds stand in the files that it adds them to.
    fn has_all_added(&mut self, files: &[FileDiff]) -> Result<bool, GitError> {
        for file in files {
            let path = file.new_path.as_ref().or(file.old_path.as_ref());
            let Some(path) = path.filter(|_| added(file).next().is_some()) else { continue };
            let Some(known) = self.lines(path.as_bstr())? else { return Ok(false) };
            if added(file).any(|line| !known.contains(&line)) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Finds patches that merge cleanly and should not: the new base has all that they add, in the same files, and it was not there before.
pub struct Doubles {
    base: Tree,
    files: Files,
}

/// So many lines that came in the same words are no accident, whatever else the patch does.
const NO_ACCIDENT: usize = 5;

impl Doubles {
    /// For patches on a base.
    pub fn new(new_base: Oid) -> Doubles {
        Doubles { base: Tree::new(new_base), files: Files::default() }
    }

    /// Whether the base has what the patch adds. Lines that its files had before it do not count, nor lines without a word in them.
    pub fn has(&mut self, objects: &Objects, changes: &[Change], file: &PatchFile) -> Result<bool, GitError> {
        let mut there = Standing { objects, base: &mut self.base, files: &mut self.files };
        if !there.has_all_added(&file.files)? {
            return Ok(false);
        }
        let (mut count, mut removes) = (0, false);
        for section in &file.files {
            let lines = section.hunks().iter().flat_map(|hunk| &hunk.lines);
            let has_words = |line: &&HunkLine| line.text.iter().filter(|byte| byte.is_ascii_alphanumeric()).count() > 2;
            let of = |kind: LineKind| lines.clone().filter(has_words).filter(move |line| line.kind == kind);
            removes |= of(LineKind::Remove).next().is_some();
            let mut added: HashSet<u32> = of(LineKind::Add).filter_map(|line| line_number(&line.text)).collect();
            before(objects, changes, section)?.iter().for_each(|line| {
                added.remove(line);
            });
            count += added.len();
        }
        Ok(count >= NO_ACCIDENT || count > 0 && !removes)
    }
}

/// The lines of a file before the patch.
fn before(objects: &Objects, changes: &[Change], section: &FileDiff) -> Result<HashSet<u32>, GitError> {
    let change = changes.iter().find(|change| change.path() == section.path());
    let old = change.and_then(|change| change.old.as_ref()).filter(|old| old.entry.mode.is_file());
    let bytes = old.map(|old| objects.blob(old.entry.id)).transpose()?;
    Ok(bytes.iter().flat_map(|bytes| bytes.lines()).filter_map(line_number).collect())
}

/// The lines that a section adds, as numbers.
fn added(file: &FileDiff) -> impl Iterator<Item = u32> {
    let lines = file.hunks().iter().flat_map(|hunk| &hunk.lines);
    lines.filter(|line| line.kind == LineKind::Add).filter_map(|line| line_number(&line.text))
}

/// Finds patches that the new base has without a word about it: those that can be taken out of it, whole. Several that stand one on the
/// other have to be taken out from the end.
pub(super) fn find(
    repo: &Repo,
    objects: &mut Objects,
    news: &News,
    trees: Trees,
    suspects: &[Suspect<'_>],
    weighed: &mut [Weighed],
    watch: &dyn Watch,
) -> Result<()> {
    watch.phase("looking for changes in the new base", None);
    let candidates = removable(repo, trees.new_base, suspects, &open(weighed))?;
    // What is tried here is of no use to anybody later.
    let mut objects = repo.objects_over(&objects.snapshot());
    let mut replay = Replay::new(&mut objects, trees.old_tip, trees.new_base);
    for at in candidates.into_iter().rev() {
        cancelled(watch)?;
        let changes: Vec<Change> = suspects[at].changes.iter().map(reversed).collect();
        if replay.carry_whole(&Step { changes: &changes, sections: &[] })? {
            let one = &mut weighed[at];
            let whole = Evidence { kind: EvidenceKind::ReverseApplies, commit: None, score: 1.0 };
            let mut verdict = Verdict::one(Landed::Identical, true, whole);
            // Which commits brought it is no more than likely; that it is there is certain.
            verdict.evidence.extend(similar::bringers(&suspects[at].looks, &news.facts));
            let brought: Vec<&CommitFacts> = verdict.commits().filter_map(|id| news.facts_of(id)).collect();
            verdict.company = Company::of(&suspects[at].looks.signature, &brought);
            verdict.evidence.sort_by_key(|evidence| evidence.kind);
            one.doubts.clear();
            one.verdict = Some(verdict);
        }
    }
    Ok(())
}

/// The patches of which the new base has every added line, in the files where they add it. The others need not be tried.
fn removable(repo: &Repo, new_base: Oid, suspects: &[Suspect<'_>], open: &[usize]) -> Result<Vec<usize>> {
    let is_candidate = |(objects, base, files): &mut (Objects, Tree, Files), at: &usize| {
        let suspect = &suspects[*at];
        let mut there = Standing { objects, base, files };
        let is = suspect.is_applied && !suspect.changes.is_empty() && there.has_all_added(&suspect.file.files)?;
        Ok((*at, is))
    };
    let start = || (repo.objects(), Tree::new(new_base), Files::default());
    let found: Result<Vec<(usize, bool)>, GitError> = open.par_iter().map_init(start, is_candidate).collect();
    Ok(found?.into_iter().filter(|(_, is)| *is).map(|(at, _)| at).collect())
}

fn reversed(change: &Change) -> Change {
    Change { old: change.new.clone(), new: change.old.clone(), is_copy: false }
}

/// Whether upstream's commit makes the same change as the patch, in all its files.
pub(super) fn same_change(objects: &Objects, suspect: &Suspect<'_>, commit: Oid) -> Result<bool, GitError> {
    let Some(changes) = commit_changes(objects, commit)? else { return Ok(false) };
    if changes == suspect.changes {
        return Ok(true);
    }
    if paths(&changes) != paths(suspect.changes) {
        return Ok(false);
    }
    let file = PatchFile::new(Message::default(), sections(objects, &changes)?).ok();
    let theirs = file.and_then(|file| patch_id(&file.files));
    Ok(theirs.is_some() && theirs == patch_id(&suspect.file.files))
}

/// Whether upstream's commit touches a file that the patch touches; names are enough, directories change.
pub(super) fn share_a_path(objects: &Objects, suspect: &Suspect<'_>, commit: Oid) -> Result<bool, GitError> {
    let Some(changes) = commit_changes(objects, commit)? else { return Ok(false) };
    let names = |changes| -> HashSet<Vec<u8>> {
        let name = |path: &BStr| path.rsplit(|byte| *byte == b'/').next().unwrap_or_default().to_vec();
        paths(changes).into_iter().map(name).collect()
    };
    Ok(!names(&changes).is_disjoint(&names(suspect.changes)))
}

/// Every path that some changes touch.
fn paths(changes: &[Change]) -> BTreeSet<&BStr> {
    let places = changes.iter().flat_map(|change| [&change.old, &change.new]);
    places.flatten().map(|place| place.path.as_bstr()).collect()
}

/// What a commit changes against its only parent.
fn commit_changes(objects: &Objects, id: Oid) -> Result<Option<Vec<Change>>, GitError> {
    let commit = Commit::read(objects, id)?;
    let [parent] = commit.parents[..] else { return Ok(None) };
    let parent = Commit::read(objects, parent)?;
    let changes = diff_trees(objects, parent.tree, commit.tree)?;
    Ok(Some(join(objects, changes)?))
}
