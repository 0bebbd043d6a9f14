//! Evidence by what a change looks like: Gerrit's id, the patch id, who wrote it and when, what it is called, and its lines.
//!
//! Author, author date and subject survive a pick, and together they mean one change; the one exception are bots that make the same bump on
//! several branches in the same second. One of the three may differ if the lines agree. Lines alone never prove anything: they ask for review.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bstr::{BString, ByteSlice};
use rayon::prelude::*;

use super::trees::Likeness;
use super::{Company, Doubt, DoubtKind, Looks, News, Suspect, TakenBack, Verdict, Weighed, found, open, trees};
use crate::Result;
use crate::format::provenance;
use crate::git::history::cancelled;
use crate::git::objects::Fresh;
use crate::git::{GitError, Objects, Repo};
use crate::model::progress::Watch;
use crate::model::{ChangeFacts, CommitFacts, EvidenceKind, Landed, Oid, Overlap, Signature};

/// A commit that may be the same change.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Its place among the commits.
    pub at: usize,
    /// What the two have in common beside lines.
    pub same: Same,
    /// The lines that they have in common.
    pub lines: Overlap,
    /// Of these the added ones.
    pub added: Overlap,
}

/// What two changes have in common beside lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Same {
    /// Gerrit's id.
    pub change_id: bool,
    /// The patch id.
    pub patch_id: bool,
    /// The author's address.
    pub author: bool,
    /// The author date.
    pub date: bool,
    /// The subject.
    pub title: bool,
}

/// How far a candidate can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// It is the change.
    Certain,
    /// It may be.
    Unsure(DoubtKind),
}

/// A candidate that was judged.
#[derive(Debug, Clone)]
pub struct Match {
    /// The candidate.
    pub candidate: Candidate,
    /// How far it can be trusted.
    pub trust: Trust,
    /// Why.
    pub kind: EvidenceKind,
    /// The same without the patch id.
    pub otherwise: Option<(Trust, EvidenceKind)>,
}

/// What the commits look like of which nothing is known by name.
pub(super) fn weigh(
    repo: &Repo,
    fresh: &HashMap<Oid, Fresh>,
    news: &News,
    suspects: &[Suspect<'_>],
    weighed: &mut [Weighed],
    watch: &dyn Watch,
) -> Result<()> {
    let open = open(weighed);
    let looks: Vec<&Looks> = open.iter().map(|at| &suspects[*at].looks).collect();
    watch.phase("comparing with upstream's commits", None);
    let matches = find(&looks, &news.facts, watch)?;
    let decide = |objects: &mut Objects, (at, matches): (usize, Vec<Match>)| {
        let mut one = Weighed::default();
        decide(objects, news, &suspects[at], matches, &mut one)?;
        Ok((at, one))
    };
    let jobs: Vec<(usize, Vec<Match>)> = open.into_iter().zip(matches).filter(|(_, found)| !found.is_empty()).collect();
    let decided: Result<Vec<_>, GitError> =
        jobs.into_par_iter().map_init(|| repo.objects_over(fresh), decide).collect();
    for (at, one) in decided? {
        weighed[at].verdict = one.verdict;
        weighed[at].doubts.extend(one.doubts);
        one.taken_back.into_iter().for_each(|it| weighed[at].note(it));
    }
    Ok(())
}

/// How many doubts are worth a person's time.
const MANY: usize = 2;

/// Takes the best match that still stands.
fn decide(
    objects: &Objects,
    news: &News,
    suspect: &Suspect<'_>,
    matches: Vec<Match>,
    weighed: &mut Weighed,
) -> Result<(), GitError> {
    for one in matches {
        let facts = &news.facts[one.candidate.at];
        let score = one.candidate.score();
        if let Some(by) = news.range.standing_reverter(&news.range.commits[one.candidate.at]) {
            if one.trust == Trust::Certain {
                weighed.note(TakenBack { landed: facts.id, by: Some(by.id) });
            }
            continue;
        }
        let likeness = match one.candidate.same.patch_id {
            true => trees::likeness(objects, suspect, facts.id)?,
            false => Likeness::Other,
        };
        // A patch id leaves the excluded paths out: it counts only if these are the same, too.
        let (trust, kind) = match (one.kind, likeness) {
            (EvidenceKind::PatchId, Likeness::Other) => match one.otherwise {
                Some(otherwise) => otherwise,
                None => continue,
            },
            _ => (one.trust, one.kind),
        };
        let trust = if speaks_of_all(suspect, kind) { trust } else { trust.max(of_a_part(&one.candidate)) };
        let is_doubtful = trust == Trust::Certain && is_doubtful(objects, suspect, facts, kind, score)?;
        let trust = if is_doubtful { Trust::Unsure(DoubtKind::Similar) } else { trust };
        match trust {
            Trust::Certain if weighed.verdict.is_none() => {
                let is_identical = likeness == Likeness::Same;
                let landed = if is_identical { Landed::Identical } else { Landed::Adapted };
                let company = Company::of(&suspect.looks.signature, &[facts]);
                let verdict = Verdict::one(landed, is_identical, found(kind, facts.id, score));
                weighed.verdict = Some(Verdict { company, ..verdict });
            }
            Trust::Certain => {}
            Trust::Unsure(why) if weighed.doubts.len() < MANY => {
                weighed.doubts.push(Doubt { why, evidence: found(kind, facts.id, score) });
            }
            Trust::Unsure(_) => {}
        }
    }
    if weighed.verdict.is_some() {
        weighed.doubts.clear();
    }
    Ok(())
}

/// Whether a match of this kind is about the whole patch. One that is made of several upstream commits has the message of the first of them, and
/// its lines are soon most of the lines: only the text of all of it tells that the others are there, too.
fn speaks_of_all(suspect: &Suspect<'_>, kind: EvidenceKind) -> bool {
    suspect.upstream.len() < 2 || kind == EvidenceKind::PatchId
}

/// What a match is worth that may be one of several commits.
fn of_a_part(candidate: &Candidate) -> Trust {
    let is_part = candidate.lines.of_theirs() >= 0.9 && candidate.lines.shared > 0;
    Trust::Unsure(if is_part { DoubtKind::Part } else { DoubtKind::Similar })
}

/// Whether a match by looks is a coincidence, or the opposite.
fn is_doubtful(
    objects: &Objects,
    suspect: &Suspect<'_>,
    facts: &CommitFacts,
    kind: EvidenceKind,
    score: f64,
) -> Result<bool, GitError> {
    let is_opposite = |change: &ChangeFacts| suspect.looks.signature.is_opposite_of(&change.signature);
    Ok(match () {
        () if facts.change.as_ref().is_some_and(is_opposite) => true,
        // The same lines under the same title come in many files: license headers, versions.
        () if kind == EvidenceKind::Lines => !trees::share_this_path(objects, suspect, facts.id)?,
        // In one and the same file all lines may well be others; without even that, it is a coincidence.
        () => score < 0.3 && !trees::share_a_path(objects, suspect, facts.id)?,
    })
}

/// For each of `looks` the commits that are or may be the same change, the most certain first.
pub fn find(looks: &[&Looks], facts: &[Arc<CommitFacts>], watch: &dyn Watch) -> Result<Vec<Vec<Match>>, GitError> {
    let keys = Keys::of(looks);
    let candidates: Result<Vec<Vec<(usize, Candidate)>>, GitError> = (0..facts.len())
        .into_par_iter()
        .map(|at| {
            cancelled(watch)?;
            Ok(keys.candidates(at, &facts[at]))
        })
        .collect();
    let mut of_each: Vec<Vec<Candidate>> = vec![Vec::new(); looks.len()];
    candidates?.into_iter().flatten().for_each(|(which, candidate)| of_each[which].push(candidate));
    Ok(looks.iter().zip(of_each).map(|(looks, candidates)| judge_all(looks, candidates, facts)).collect())
}

/// By what a commit is compared with the patches.
struct Keys<'a> {
    looks: &'a [&'a Looks],
    change_ids: HashMap<&'a str, Vec<usize>>,
    patch_ids: HashMap<Option<[u8; 20]>, Vec<usize>>,
    dates: HashMap<i64, Vec<usize>>,
    titles: HashMap<BString, Vec<usize>>,
    removed: HashMap<u32, Vec<usize>>,
    added: HashMap<u32, Vec<usize>>,
}

/// A line that so many patches have does not bring any of them together with a commit.
const COMMON: usize = 50;

impl<'a> Keys<'a> {
    fn of(looks: &'a [&'a Looks]) -> Keys<'a> {
        let mut keys = Keys {
            looks,
            change_ids: HashMap::new(),
            patch_ids: HashMap::new(),
            dates: HashMap::new(),
            titles: HashMap::new(),
            removed: HashMap::new(),
            added: HashMap::new(),
        };
        for (which, looks) in looks.iter().enumerate() {
            looks.change_id.iter().for_each(|id| keys.change_ids.entry(id).or_default().push(which));
            if looks.patch_id.is_some() || looks.has_excluded {
                keys.patch_ids.entry(looks.patch_id).or_default().push(which);
            }
            looks.seconds.iter().for_each(|date| keys.dates.entry(*date).or_default().push(which));
            keys.titles.entry(title(&looks.subject)).or_default().push(which);
            looks.signature.removed.iter().for_each(|line| keys.removed.entry(*line).or_default().push(which));
            looks.signature.added.iter().for_each(|line| keys.added.entry(*line).or_default().push(which));
        }
        for lines in [&mut keys.removed, &mut keys.added] {
            lines.retain(|_, who| who.len() < COMMON);
        }
        keys
    }

    /// The patches that a commit may be.
    fn candidates(&self, at: usize, facts: &CommitFacts) -> Vec<(usize, Candidate)> {
        let Some(change) = &facts.change else { return Vec::new() };
        let mut near: HashSet<usize> = HashSet::new();
        let listed = [
            facts.provenance.change_id.as_ref().and_then(|id| self.change_ids.get(id.as_str())),
            self.patch_ids.get(&change.patch_id).filter(|_| change.patch_id.is_some() || change.has_excluded),
            self.dates.get(&facts.seconds),
            self.titles.get(&title(&facts.subject)),
        ];
        near.extend(listed.into_iter().flatten().flatten());
        let removed = change.signature.removed.iter().filter_map(|line| self.removed.get(line));
        let added = change.signature.added.iter().filter_map(|line| self.added.get(line));
        near.extend(removed.chain(added).flatten());
        let near = near.into_iter().map(|which| (which, compare(self.looks[which], at, facts)));
        near.filter(|(_, candidate)| candidate.is_near()).collect()
    }
}

fn compare(looks: &Looks, at: usize, facts: &CommitFacts) -> Candidate {
    let change = facts.change.as_ref();
    let same = Same::of(looks, facts);
    let overlap = |measure: fn(&_, &_) -> Overlap| {
        change.map(|change| measure(&looks.signature, &change.signature)).unwrap_or_default()
    };
    let (lines, added) = (overlap(Signature::overlap), overlap(Signature::overlap_of_added));
    Candidate { at, same, lines, added }
}

impl Same {
    /// What a patch and a commit have in common beside lines.
    pub(super) fn of(looks: &Looks, facts: &CommitFacts) -> Same {
        let is_same_change = |change: &ChangeFacts| {
            let has_id = change.patch_id.is_some() || change.has_excluded && looks.has_excluded;
            has_id && change.patch_id == looks.patch_id
        };
        Same {
            change_id: looks.change_id.is_some() && looks.change_id == facts.provenance.change_id,
            patch_id: facts.change.as_ref().is_some_and(is_same_change),
            author: !looks.email.is_empty() && looks.email.eq_ignore_ascii_case(&facts.email),
            date: looks.seconds == Some(facts.seconds),
            title: !looks.subject.is_empty() && title(&looks.subject) == title(&facts.subject),
        }
    }
}

/// Fewer lines say nothing by themselves.
const FEW: usize = 4;

impl Candidate {
    fn is_near(&self) -> bool {
        let Same { change_id, patch_id, author, date, title } = self.same;
        change_id
            || patch_id
            || title
            || date && author
            || self.may_be_by_lines()
            || self.may_be_alone()
            || self.is_part()
            || self.is_in_larger()
    }

    fn may_be_by_lines(&self) -> bool {
        self.lines.ours >= FEW && self.lines.jaccard() >= 0.5
    }

    /// Whether it shares enough with a large patch to be it, if nothing else does.
    fn may_be_alone(&self) -> bool {
        let jaccard = self.lines.jaccard();
        if self.lines.shared < FEW - 1 {
            // Two lines in common may well be a brace and a return.
            return false;
        }
        self.lines.ours >= 3 * FEW && jaccard >= 0.35 || self.same.author && self.lines.ours >= FEW && jaccard >= 0.15
    }

    /// How much of the patch the commit accounts for: of a much larger one only our share tells.
    fn score(&self) -> f64 {
        let is_part_of_it = self.is_in_larger() && !self.may_be_by_lines();
        if is_part_of_it { self.lines.of_ours() } else { self.lines.jaccard() }
    }

    /// Whether the commit does most of what the patch does, and much else.
    fn is_in_larger(&self) -> bool {
        self.lines.shared >= 2 * FEW && self.lines.of_ours() >= 0.8
    }

    /// Whether all that the commit does is a part of the patch that is worth a word.
    fn is_part(&self) -> bool {
        self.lines.theirs >= FEW && self.lines.of_theirs() >= 0.9 && self.lines.of_ours() >= 0.2
    }
}

fn judge_all(looks: &Looks, candidates: Vec<Candidate>, facts: &[Arc<CommitFacts>]) -> Vec<Match> {
    let titled = candidates.iter().filter(|candidate| candidate.same.title).count();
    let bump = |candidate: &Candidate| {
        let facts = &facts[candidate.at];
        let is_bump = |lines: &Signature| lines.is_bump;
        // Of a change of excluded paths no line is left that could tell; a program's is a bump.
        let is_blank = |lines: &Signature| lines.count() == 0;
        let theirs = facts.change.as_ref().map(|change| &change.signature);
        let either = |is: fn(&Signature) -> bool| is(&looks.signature) || theirs.is_some_and(is);
        match is_bot(facts) {
            true => (either(is_bump) || either(is_blank)).then_some(Bump::ByBot),
            false => either(is_bump).then_some(Bump::ByPerson),
        }
    };
    let alone = alone(&candidates).filter(|candidate| bump(candidate).is_none()).cloned();
    let judged = candidates.into_iter().filter_map(|candidate| {
        let (trust, kind) = judge(&candidate, bump(&candidate), titled == 1)?;
        let same = Same { patch_id: false, ..candidate.same };
        let otherwise = judge(&Candidate { same, ..candidate.clone() }, bump(&candidate), titled == 1);
        Some(Match { candidate, trust, kind, otherwise })
    });
    let mut matches: Vec<Match> = judged.collect();
    if matches.is_empty() {
        let (trust, kind) = (Trust::Unsure(DoubtKind::Similar), EvidenceKind::Lines);
        matches.extend(alone.map(|candidate| Match { candidate, trust, kind, otherwise: None }));
    }
    let order = |one: &Match| (one.trust, one.kind, std::cmp::Reverse((one.candidate.lines.jaccard() * 1e6) as u64));
    matches.sort_by_key(|one| (order(one), one.candidate.at));
    matches
}

/// A change of nothing but version numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bump {
    ByPerson,
    /// Programs make the same bump on many branches, some in one and the same second.
    ByBot,
}

/// Whether a program wrote a commit, by the custom of calling it a bot.
fn is_bot(facts: &CommitFacts) -> bool {
    let words = |text: &BString| -> bool {
        let mut words = text.split(|byte| !byte.is_ascii_alphanumeric());
        words.any(|word| word.to_ascii_lowercase().ends_with(b"bot"))
    };
    words(&facts.name) || words(&facts.email)
}

/// The candidate that shares a good part of the lines, where no other shares a third of that.
fn alone(candidates: &[Candidate]) -> Option<&Candidate> {
    let jaccard = |candidate: &&Candidate| candidate.lines.jaccard();
    let best = candidates.iter().max_by(|a, b| jaccard(a).total_cmp(&jaccard(b)))?;
    let others = candidates.iter().filter(|other| other.at != best.at);
    let is_alone = best.may_be_alone() && others.map(|other| jaccard(&other)).all(|other| 3.0 * other < jaccard(&best));
    is_alone.then_some(best)
}

/// Whether a candidate is the change. The numbers were found on the backports of a large project: see docs/dev/evidence.md.
fn judge(candidate: &Candidate, bump: Option<Bump>, is_only_one_of_title: bool) -> Option<(Trust, EvidenceKind)> {
    use EvidenceKind::{AuthorDateSubject, ChangeId, Lines, PatchId};
    let Same { change_id, patch_id, author, date, title } = candidate.same;
    let (lines, added) = (&candidate.lines, &candidate.added);
    let jaccard = lines.jaccard();
    let unsure = Trust::Unsure(DoubtKind::Similar);
    if change_id {
        // One id may stand on several parts of a change.
        let is_it = lines.shared > 0 || lines.ours == 0;
        return Some((if is_it { Trust::Certain } else { unsure }, ChangeId));
    }
    if patch_id {
        return Some((Trust::Certain, PatchId));
    }
    if let Some(bump) = bump {
        // Bumps have one title and one look: what counts is the new version.
        let is_bot = bump == Bump::ByBot;
        return match () {
            () if date && title && added.shared > 0 => Some((Trust::Certain, AuthorDateSubject)),
            () if author && date && title && !is_bot => Some((Trust::Certain, AuthorDateSubject)),
            () if author && title && is_only_one_of_title && (date || !is_bot) => Some((unsure, AuthorDateSubject)),
            () if title && jaccard == 1.0 => Some((Trust::Certain, Lines)),
            () if title && !is_bot && jaccard >= 0.5 && (added.of_ours() == 1.0 || added.of_theirs() == 1.0) => {
                Some((unsure, Lines))
            }
            () => None,
        };
    }
    match () {
        () if author && date && title => Some((Trust::Certain, AuthorDateSubject)),
        // A script makes several commits in one second: without the title, more must be the same.
        () if date && (title && jaccard >= 0.3 || author && jaccard >= 0.5) && lines.shared > 1 => {
            Some((Trust::Certain, AuthorDateSubject))
        }
        () if date && (author || title) && lines.shared > 0 => Some((unsure, AuthorDateSubject)),
        () if author && title && jaccard >= 0.5 => Some((Trust::Certain, AuthorDateSubject)),
        () if title && jaccard >= 0.7 && lines.ours >= FEW => Some((Trust::Certain, Lines)),
        () if title && (is_only_one_of_title || jaccard >= 0.5) => Some((unsure, AuthorDateSubject)),
        () if candidate.may_be_by_lines() || candidate.is_in_larger() => Some((unsure, Lines)),
        () if candidate.is_part() => Some((Trust::Unsure(DoubtKind::Part), Lines)),
        () => None,
    }
}

/// A subject for comparing: without the numbers of pull requests at its end, the branch in front of it, and blanks that are too many.
fn title(subject: &[u8]) -> BString {
    let (title, _) = provenance::title(subject);
    let mut words: Vec<&[u8]> = title.fields().collect();
    if words.len() > 1 && is_mark(words[0]) {
        words.remove(0);
    }
    bstr::join(" ", words).into()
}

/// Whether a first word says where a change was taken to or from: `[v1.13]`, `v1.13:`, `BACKPORT:`.
fn is_mark(word: &[u8]) -> bool {
    let inner = word.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]")).or_else(|| word.strip_suffix(b":"));
    let is_version = |text: &[u8]| {
        let digits = text.strip_prefix(b"v").unwrap_or(text);
        digits.contains(&b'.') && digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
    };
    let is_tag = |text: &[u8]| [&b"UPSTREAM"[..], b"BACKPORT", b"FROMGIT", b"FROMLIST"].contains(&text);
    inner.is_some_and(|text| is_version(text) || is_tag(text))
}

#[cfg(test)]
mod tests;
