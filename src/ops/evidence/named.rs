//! Evidence by the ids that patches and upstream's commits name.

use std::collections::HashMap;

use rayon::prelude::*;

use super::similar::Same;
use super::trees::{Likeness, likeness};
use super::{Company, Doubt, DoubtKind, News, Suspect, TakenBack, Verdict, Weighed, found};
use crate::Result;
use crate::format::provenance;
use crate::git::history::{Upstream, cancelled};
use crate::git::objects::Fresh;
use crate::git::{Commit, GitError, Objects, Repo};
use crate::model::progress::Watch;
use crate::model::{CommitFacts, Evidence, EvidenceKind, Landed, Oid, Signature};

/// What the names say of each patch.
pub(super) fn weigh(
    repo: &Repo,
    fresh: &HashMap<Oid, Fresh>,
    news: &News,
    suspects: &[Suspect<'_>],
    watch: &dyn Watch,
) -> Result<Vec<Weighed>> {
    let weigh = |objects: &mut Objects, suspect: &Suspect<'_>| {
        cancelled(watch)?;
        watch.step(1);
        Names { repo, objects, news, weighed: Weighed::default() }.weigh(suspect)
    };
    let weighed: Result<_, GitError> = suspects.par_iter().map_init(|| repo.objects_over(fresh), weigh).collect();
    Ok(weighed?)
}

/// The search for one patch.
struct Names<'a> {
    repo: &'a Repo,
    objects: &'a Objects,
    news: &'a News,
    weighed: Weighed,
}

impl Names<'_> {
    fn weigh(mut self, suspect: &Suspect<'_>) -> Result<Weighed, GitError> {
        let own = suspect.commit.to_string();
        let mut evidence: Vec<Evidence> = self.trailer(&own).into_iter().collect();
        if evidence.is_empty() {
            for hex in suspect.upstream {
                match self.landing(hex)? {
                    Some(one) => evidence.push(one),
                    // A patch made of several upstream commits is upstream only when all of them are.
                    None => return Ok(self.weighed),
                }
            }
        }
        evidence.sort_by_key(|one| one.kind);
        if !evidence.is_empty() {
            self.judge(suspect, evidence)?;
        }
        Ok(self.weighed)
    }

    /// A commit that says it comes from this one.
    fn trailer(&mut self, own: &str) -> Option<Evidence> {
        let news = self.news;
        self.standing(news.range.naming(own)).map(|id| found(EvidenceKind::Trailer, id, 1.0))
    }

    /// How one upstream commit got into the range, if it did and is still there. One that upstream picked from another commit is there with
    /// that one, too.
    fn landing(&mut self, hex: &str) -> Result<Option<Evidence>, GitError> {
        let known = self.landed(hex);
        if known.is_some() {
            return Ok(known);
        }
        let Some(id) = self.repo.commit_by_prefix(self.objects, hex) else { return Ok(None) };
        let said = provenance::parse(&Commit::read(self.objects, id)?.message);
        let origins: Option<Vec<Evidence>> = said.refs.iter().map(|origin| self.landed(&origin.id)).collect();
        // It is there with its origins, and not itself.
        let first = origins.into_iter().flatten().next();
        Ok(first.map(|origin| Evidence { kind: EvidenceKind::Sibling, ..origin }))
    }

    fn landed(&mut self, hex: &str) -> Option<Evidence> {
        let news = self.news;
        if let Some(id) = self.standing(news.range.commit(hex).into_iter()) {
            return Some(found(EvidenceKind::Ancestor, id, 1.0));
        }
        self.standing(news.range.naming(hex)).map(|id| found(EvidenceKind::Sibling, id, 1.0))
    }

    /// The first of some landings that was not taken back later.
    fn standing<'u>(&mut self, landings: impl Iterator<Item = &'u Upstream>) -> Option<Oid> {
        for commit in landings {
            match self.news.range.standing_reverter(commit) {
                None => return Some(commit.id),
                Some(by) => self.weighed.note(TakenBack { landed: commit.id, by: Some(by.id) }),
            }
        }
        None
    }

    /// The lines of some commits together. A merge counts with what it brought to its first parent.
    fn lines_of(&self, facts: &[&CommitFacts]) -> Result<Signature, GitError> {
        let mut all = Vec::new();
        for one in facts {
            match &one.change {
                Some(change) => all.push(change.signature.clone()),
                None => all.push(super::trees::lines_of(self.objects, one.id)?),
            }
        }
        Ok(Signature::union(&all))
    }

    /// Whether the commits have enough lines to share at least one, or touch other files.
    fn is_elsewhere(
        &self,
        suspect: &Suspect<'_>,
        facts: &[&CommitFacts],
        theirs: &Signature,
    ) -> Result<bool, GitError> {
        const ENOUGH: usize = 4;
        if suspect.looks.signature.count().min(theirs.count()) >= ENOUGH {
            return Ok(true);
        }
        for one in facts {
            if super::trees::share_a_path(self.objects, suspect, one.id)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Compares the patch with the commits that are said to be it.
    fn judge(&mut self, suspect: &Suspect<'_>, mut evidence: Vec<Evidence>) -> Result<(), GitError> {
        let facts: Vec<&CommitFacts> = evidence.iter().filter_map(|one| self.news.facts_of(one.commit?)).collect();
        let theirs = self.lines_of(&facts)?;
        if suspect.looks.signature.is_opposite_of(&theirs) {
            // The id is that of a commit which the patch takes back.
            return Ok(());
        }
        if is_another(suspect, &facts, &theirs) && self.is_elsewhere(suspect, &facts, &theirs)? {
            let doubts = evidence.into_iter().map(|evidence| Doubt { why: DoubtKind::OtherChange, evidence });
            self.weighed.doubts.extend(doubts);
            return Ok(());
        }
        let ours = &suspect.looks;
        let is_identical = match evidence[..] {
            [Evidence { commit: Some(commit), .. }] => likeness(self.objects, suspect, commit)? == Likeness::Same,
            _ => theirs.exact == ours.signature.exact && !ours.has_excluded && theirs.count() > 0,
        };
        let landed = match evidence[0].kind {
            EvidenceKind::Sibling => Landed::Sibling,
            _ if is_identical => Landed::Identical,
            _ => Landed::Adapted,
        };
        if is_identical && evidence.len() == 1 {
            evidence.push(Evidence { kind: EvidenceKind::PatchId, ..evidence[0].clone() });
        }
        let company = Company::of(&suspect.looks.signature, &facts);
        self.weighed.verdict = Some(Verdict { landed, is_identical, company, evidence });
        Ok(())
    }
}

/// Whether what is said to be the patch may be another change altogether: a wrong id. Author, date and subject differ, and no line is shared.
fn is_another(suspect: &Suspect<'_>, facts: &[&CommitFacts], theirs: &Signature) -> bool {
    let looks = &suspect.looks;
    let knows_author = !looks.email.is_empty();
    let is_alike = |facts: &&CommitFacts| {
        let same = Same::of(looks, facts);
        same.author || same.date || same.title
    };
    let overlap = looks.signature.overlap(theirs);
    knows_author && !facts.iter().any(is_alike) && overlap.ours > 0 && overlap.shared == 0
}
