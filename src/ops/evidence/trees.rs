//! Evidence by what stands in the files of the new base.

use std::collections::{BTreeSet, HashMap, HashSet};

use bstr::{BStr, BString, ByteSlice};
use rayon::prelude::*;

use super::company::bringers;
use super::{Company, Doubt, DoubtKind, News, Suspect, TakenBack, Verdict, Weighed};
use crate::Result;
use crate::format::diff::{FileDiff, LineKind};
use crate::format::patch_id::patch_id;
use crate::format::patchfile::{Message, PatchFile};
use crate::format::signature::{line_number, signature};
use crate::git::renames::join;
use crate::git::sections::sections;
use crate::git::{Change, Commit, GitError, Objects, Place, Repo, Tree, diff_trees};
use crate::model::{Evidence, EvidenceKind, Oid, Signature};

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
            there.check_gone(news, one)?;
            there.check_surplus(news, suspect, one)
        },
    );
    Ok(checked?)
}

/// The lines of the files of a tree, as numbers, by path.
pub(super) type Files = HashMap<BString, HashSet<u32>>;

/// So many lines beyond those of the commit that it names are more than an adaptation.
const MUCH: usize = 8;
/// Fewer lines in a file that the commit does not touch are not worth a word.
const FEW: usize = 4;

/// What stands in the new base.
pub(super) struct Standing<'a> {
    pub objects: &'a Objects,
    pub base: &'a mut Tree,
    pub files: &'a mut Files,
}

impl Standing<'_> {
    /// A landing that the new base has no more does not count, whatever took it back. One that is sure to be the same commit counts where its
    /// files went on since: then its lines went by a later decision of upstream, which is for a person to see.
    fn check_gone(&mut self, news: &News, one: &mut Weighed) -> Result<(), GitError> {
        let commits: BTreeSet<Oid> = one.verdict.iter().flat_map(Verdict::commits).collect();
        let is_named = one.verdict.as_ref().is_some_and(Verdict::is_named);
        for landed in commits {
            let Some(changes) = changes_of(self.objects, landed)? else { continue };
            let is_as_before = self.is_as_before(&changes)?;
            let is_gone = is_as_before || self.is_undone(news, landed, &changes)?;
            let is_taken_back = !is_named || is_as_before && (changes.is_empty() || has_opposite(news, landed));
            if is_gone && is_taken_back {
                one.verdict = None;
                one.note(TakenBack { landed, by: None });
            } else if is_gone {
                let evidence = Evidence { kind: EvidenceKind::Lines, commit: Some(landed), score: 0.0 };
                one.doubts.push(Doubt { why: DoubtKind::LinesGone, evidence });
            }
        }
        Ok(())
    }

    /// Whether the new base has in every file exactly what stood there before a change. One that only adds files does not tell: they may have
    /// moved.
    fn is_as_before(&mut self, changes: &[Change]) -> Result<bool, GitError> {
        for change in changes {
            let before = change.old.as_ref().map(|old| old.entry);
            if self.base.get(self.objects, change.path())?.file() != before {
                return Ok(false);
            }
        }
        Ok(changes.is_empty() || changes.iter().any(|change| change.old.is_some()))
    }

    /// Whether the new base has none of the lines that a change brought, and all that it took away; or a later commit is its opposite. Lines
    /// that its files have anyway do not tell.
    fn is_undone(&mut self, news: &News, landed: Oid, changes: &[Change]) -> Result<bool, GitError> {
        let (mut standing, mut gone, mut restored, mut lost) = (0, 0, 0, 0);
        for change in changes {
            let before = lines_at(self.objects, change.old.as_ref())?;
            let after = lines_at(self.objects, change.new.as_ref())?;
            // A file that is not there may have moved.
            let Some(there) = self.lines(change.path())? else { continue };
            let count = |lines: &HashSet<u32>, others| {
                let all = lines.difference(others);
                let there = all.clone().filter(|line| there.contains(line)).count();
                (there, all.count() - there)
            };
            let (brought, taken) = (count(&after, &before), count(&before, &after));
            (standing, gone) = (standing + brought.0, gone + brought.1);
            (restored, lost) = (restored + taken.0, lost + taken.1);
        }
        let is_as_before = standing == 0 && lost == 0 && (restored > 0 || gone > 0 && !has_evolved(news, landed));
        Ok(is_as_before || gone + restored > 0 && has_opposite(news, landed))
    }

    /// A patch may hold much more than the commits that it is said to be, or files that they do not touch. What is more is lost with the patch,
    /// unless the new base has that, too: then other commits brought it.
    fn check_surplus(&mut self, news: &News, suspect: &Suspect<'_>, one: &mut Weighed) -> Result<(), GitError> {
        let Some(verdict) = one.verdict.as_mut().filter(|verdict| !verdict.is_identical) else { return Ok(()) };
        let facts = verdict.commits().filter_map(|id| news.facts_of(id)?.change.as_ref());
        let theirs = Signature::union(facts.map(|change| &change.signature));
        let ours = &suspect.looks.signature;
        let overlap = ours.overlap(&theirs);
        if overlap.of_theirs() < 0.9 {
            return Ok(());
        }
        // Who keeps author, date and title adapts, and may have needed more for that in the same files.
        let is_adapted =
            verdict.commits().any(|id| news.facts_of(id).is_some_and(|facts| suspect.looks.are_those_of(facts)));
        let is_much = !is_adapted && overlap.ours - overlap.shared >= MUCH.max(overlap.theirs);
        let touched = names_of(self.objects, verdict.commits())?;
        let rest = ours.without(&theirs);
        // A file of another name is one that the commit lacks only if its lines are others, too.
        let is_extra = |file: &FileDiff| {
            let (all, extra) = (added(file).count(), added(file).filter(|line| rest.has_added(*line)).count());
            !touched.contains(name(file.path())) && 2 * extra > all
        };
        let counted = suspect.file.files.iter().filter(|file| !news.excluded.has(file.path()));
        let files: Vec<&FileDiff> = counted.filter(|file| is_much || is_extra(file)).collect();
        match self.standing(&files, &rest)? {
            None => {}
            Some(true) => {
                let bringers = bringers(&rest, &news.facts);
                if !bringers.is_empty() {
                    verdict.company = Company::Split;
                    verdict.evidence.extend(bringers);
                }
            }
            Some(false) => {
                let evidence = one.verdict.take().into_iter().flat_map(|verdict| verdict.evidence);
                one.doubts.extend(evidence.map(|evidence| Doubt { why: DoubtKind::Surplus, evidence }));
            }
        }
        Ok(())
    }

    /// Whether the new base has most of the lines of `rest` that these files add; none if these are few.
    fn standing(&mut self, files: &[&FileDiff], rest: &Signature) -> Result<Option<bool>, GitError> {
        let (mut all, mut standing) = (0, 0);
        for file in files {
            let lines: HashSet<u32> = added(file).filter(|line| rest.has_added(*line)).collect();
            all += lines.len();
            if let Some(known) = self.lines(file.path())? {
                standing += lines.intersection(known).count();
            }
        }
        Ok((all >= FEW).then_some(2 * standing >= all))
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

    /// As [`Standing::has_all_added`], as far as files are where they were, and lines were not rewritten by other patches.
    pub fn may_have_all_added(
        &mut self,
        suspect: &Suspect<'_>,
        rewritten: &HashMap<&BStr, HashSet<u32>>,
    ) -> Result<bool, GitError> {
        for file in &suspect.file.files {
            let is_rewritten = |line: &u32| rewritten.get(file.path()).is_some_and(|lines| lines.contains(line));
            let has_moved = file.old_path.is_some() && self.base.get(self.objects, file.path())?.file().is_none();
            let mut wanted = added(file).filter(|line| !has_moved && !is_rewritten(line)).peekable();
            if wanted.peek().is_none() {
                continue;
            }
            let Some(known) = self.lines(file.path())? else { return Ok(false) };
            if wanted.any(|line| !known.contains(&line)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether all lines that the patch adds stand in the files that it adds them to.
    pub fn has_all_added(&mut self, files: &[FileDiff]) -> Result<bool, GitError> {
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

/// The lines of a file; none if it is not there or has none.
pub(super) fn lines_at(objects: &Objects, place: Option<&Place>) -> Result<HashSet<u32>, GitError> {
    let place = place.filter(|place| place.entry.mode.is_file());
    let bytes = place.map(|place| objects.blob(place.entry.id)).transpose()?;
    Ok(bytes.iter().flat_map(|bytes| bytes.lines()).filter_map(line_number).collect())
}

/// Whether later commits put other lines in the place of those that `landed` added. If none did, or one took more than it gave, they are
/// gone.
fn has_evolved(news: &News, landed: Oid) -> bool {
    let (Some(at), Some(facts)) = (news.range.position(landed), news.facts_of(landed)) else { return true };
    let Some(ours) = facts.change.as_ref().map(|change| change.signature.opposite()) else { return true };
    let later = news.facts[..at].iter().filter_map(|facts| Some(&facts.change.as_ref()?.signature));
    let takers: Vec<bool> = later
        .map(|later| (later.overlap(&ours).shared, later.added.len()))
        .filter(|(taken, _)| *taken > 0)
        .map(|(taken, given)| given >= taken)
        .collect();
    !takers.is_empty() && takers.into_iter().all(|is_exchange| is_exchange)
}

/// Whether a commit after `landed` takes its lines away and does little else, and no later one brings them again.
fn has_opposite(news: &News, landed: Oid) -> bool {
    let (Some(at), Some(facts)) = (news.range.position(landed), news.facts_of(landed)) else { return false };
    let Some(ours) = facts.change.as_ref().map(|change| &change.signature) else { return false };
    let opposite = ours.opposite();
    let later = news.facts[..at].iter().filter_map(|facts| Some(&facts.change.as_ref()?.signature));
    // Newest first. A commit that moves the lines both takes and brings them.
    let last = later.map(|later| (opposite.overlap(later), ours.overlap(later))).find(|(takes, brings)| {
        takes.of_ours() >= 0.9 && takes.jaccard() >= 0.5 || brings.of_ours() >= 0.9 || brings.jaccard() > 0.5
    });
    last.is_some_and(|(takes, brings)| takes.shared > 2 * brings.shared)
}

/// The lines that a section adds, as numbers.
fn added(file: &FileDiff) -> impl Iterator<Item = u32> {
    numbers(file, LineKind::Add)
}

/// The lines of one kind in a section, as numbers.
pub(super) fn numbers(file: &FileDiff, kind: LineKind) -> impl Iterator<Item = u32> {
    let lines = file.hunks().iter().flat_map(|hunk| &hunk.lines);
    lines.filter(move |line| line.kind == kind).filter_map(|line| line_number(&line.text))
}

/// How far the change of upstream's commit is that of a patch, in all its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    /// Line for line.
    Same,
    /// But for blanks, which a patch id ignores.
    ButForBlanks,
    /// Not at all.
    Other,
}

/// Compares upstream's commit with the patch.
pub(super) fn likeness(objects: &Objects, suspect: &Suspect<'_>, commit: Oid) -> Result<Likeness, GitError> {
    let Some(changes) = commit_changes(objects, commit)? else { return Ok(Likeness::Other) };
    if changes == suspect.changes {
        return Ok(Likeness::Same);
    }
    if paths(&changes) != paths(suspect.changes) {
        return Ok(Likeness::Other);
    }
    let ours = &suspect.file.files;
    let Ok(PatchFile { files: theirs, .. }) = PatchFile::new(Message::default(), sections(objects, &changes)?) else {
        return Ok(Likeness::Other);
    };
    Ok(match patch_id(&theirs) {
        id if id.is_none() || id != patch_id(ours) => Likeness::Other,
        _ if signature(&theirs).exact == signature(ours).exact => Likeness::Same,
        // Of a change of blanks nothing is left without them.
        _ if ours.iter().all(changes_blanks_only) => Likeness::Other,
        _ => Likeness::ButForBlanks,
    })
}

/// Whether a file's old and new lines are the same but for blanks.
fn changes_blanks_only(file: &FileDiff) -> bool {
    let text = |kind: LineKind| -> Vec<u8> {
        let lines = file.hunks().iter().flat_map(|hunk| &hunk.lines).filter(|line| line.kind == kind);
        lines.flat_map(|line| line.text.iter().copied()).filter(|byte| !byte.is_ascii_whitespace()).collect()
    };
    !file.hunks().is_empty() && text(LineKind::Remove) == text(LineKind::Add)
}

/// Whether upstream's commit touches a file that the patch touches; names are enough, directories change.
pub(super) fn share_a_path(objects: &Objects, suspect: &Suspect<'_>, commit: Oid) -> Result<bool, GitError> {
    let Some(changes) = commit_changes(objects, commit)? else { return Ok(false) };
    let names = |changes| -> HashSet<&[u8]> { paths(changes).into_iter().map(name).collect() };
    Ok(!names(&changes).is_disjoint(&names(suspect.changes)))
}

/// The names of all files that commits touch.
fn names_of(objects: &Objects, commits: impl Iterator<Item = Oid>) -> Result<HashSet<Vec<u8>>, GitError> {
    let mut names = HashSet::new();
    for id in commits {
        let changes = changes_of(objects, id)?.unwrap_or_default();
        names.extend(paths(&changes).into_iter().map(|path| name(path).to_vec()));
    }
    Ok(names)
}

/// The last part of a path.
fn name(path: &BStr) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
}

/// Every path that some changes touch.
fn paths(changes: &[Change]) -> BTreeSet<&BStr> {
    let places = changes.iter().flat_map(|change| [&change.old, &change.new]);
    places.flatten().map(|place| place.path.as_bstr()).collect()
}

/// What a commit changes against its first parent, renames joined.
fn commit_changes(objects: &Objects, id: Oid) -> Result<Option<Vec<Change>>, GitError> {
    changes_of(objects, id)?.map(|changes| join(objects, changes)).transpose()
}

/// What a commit changes against its first parent, path by path.
fn changes_of(objects: &Objects, id: Oid) -> Result<Option<Vec<Change>>, GitError> {
    let commit = Commit::read(objects, id)?;
    let Some(parent) = commit.parents.first() else { return Ok(None) };
    let parent = Commit::read(objects, *parent)?;
    Ok(Some(diff_trees(objects, parent.tree, commit.tree)?))
}

/// The lines that a commit changes against its first parent.
pub(super) fn lines_of(objects: &Objects, id: Oid) -> Result<Signature, GitError> {
    let changes = changes_of(objects, id)?.unwrap_or_default();
    let file = PatchFile::new(Message::default(), sections(objects, &changes)?).ok();
    Ok(file.map(|file| signature(&file.files)).unwrap_or_default())
}

/// Whether upstream's commit touches a path that the patch touches.
pub(super) fn share_this_path(objects: &Objects, suspect: &Suspect<'_>, commit: Oid) -> Result<bool, GitError> {
    let theirs = changes_of(objects, commit)?.unwrap_or_default();
    Ok(!paths(&theirs).is_disjoint(&paths(suspect.changes)))
}
