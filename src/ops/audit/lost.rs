//! What a move to another release would lose: upstream's own backports that the base has and the release lacks.
//!
//! A patch of the queue cannot be lost: a rebase carries it, unless the release has it. What upstream itself backported to the old base is in
//! no patch, and nothing would carry it. That it was a patch once does not help: an earlier rebase dropped it because the base has it.

use std::collections::{HashMap, HashSet};

use super::identity::{Identity, originals};
use super::report::described;
use super::scene::Scene;
use super::{Lost, Severity};
use crate::Result;
use crate::format::words;
use crate::git::history::{Described, Range, Upstream, describe};
use crate::model::Oid;
use crate::model::progress::Watch;

/// Every backport of the base that stands, of which the release has neither the original nor a backport, and no patch has it either; the
/// most important first, then the newest.
pub fn lost(scene: &Scene<'_>, onto: Oid, watch: &dyn Watch) -> Result<Vec<Lost>> {
    let target = Target::read(scene, onto, watch)?;
    let mut lost: Vec<Lost> = scene.own.iter().filter_map(|commit| target.lost(commit)).collect();
    lost.sort_by_key(|one| one.severity);
    Ok(lost)
}

/// Whether a move to some release could lose what an id, abbreviated or not, names: a backport of the base, or the original of one.
pub fn could_name(scene: &Scene<'_>, id: &str) -> bool {
    let is_it = |whole: &String| whole.starts_with(id);
    scene.own.iter().any(|commit| is_it(&commit.id.to_string()) || scene.same_as(commit).iter().any(is_it))
}

/// The release that the line may move to.
struct Target<'a> {
    scene: &'a Scene<'a>,
    /// What it has and the base has not.
    range: Range,
    /// The same by author, date and subject.
    identities: HashMap<Identity, String>,
    /// What the base has and it has not.
    left: HashSet<Oid>,
    /// The upstream commits that it has by backports which the base has too.
    shared: HashSet<String>,
    /// Originals of backports that are not in its history.
    outside: HashSet<Oid>,
}

impl<'a> Target<'a> {
    fn read(scene: &'a Scene<'a>, onto: Oid, watch: &dyn Watch) -> Result<Target<'a>> {
        let commits = describe(scene.repo, &[onto], &[scene.base], watch)?;
        let ids = |tips: &[Oid], hidden| -> Result<HashSet<Oid>> {
            Ok(scene.repo.range(tips, &[hidden])?.into_iter().map(|step| step.id).collect())
        };
        let left = ids(&[scene.base], onto)?;
        let is_shared = |commit: &&Described| !left.contains(&commit.id) && scene.stands_in_base(commit);
        let shared = scene.own.iter().filter(is_shared).flat_map(|commit| scene.same_as(commit)).collect();
        let originals_of_own = scene.own.iter().flat_map(|commit| scene.same_as(commit));
        let found: Vec<Oid> =
            originals_of_own.filter_map(|id| id.parse().ok()).filter(|id| scene.is_found(*id)).collect();
        let outside = ids(&found, onto)?;
        let (range, identities) = (Range::of(&commits), originals(&commits, &HashSet::new()));
        Ok(Target { scene, range, identities, left, shared, outside })
    }

    fn lost(&self, commit: &Described) -> Option<Lost> {
        let is_carried = self.scene.is_carried(&commit.id.to_string());
        if is_carried || !self.left.contains(&commit.id) || !self.scene.stands_in_base(commit) || self.has_same(commit)
        {
            return None;
        }
        let is_missing = |origin: &String| !self.scene.is_carried(origin) && !self.has(origin);
        // Of an id that points nowhere nothing can be said: rebased branches leave such trailers.
        let known = self.scene.same_as(commit).into_iter().filter(|origin| self.is_commit(origin));
        let upstream: Vec<String> = known.filter(is_missing).collect();
        let taken_back_by = upstream.iter().find_map(|origin| self.taken_back_by(origin));
        let severity = if words::is_dangerous(&commit.message) { Severity::Security } else { Severity::Fix };
        let (subject, author, date) = described(commit);
        let lost = Lost { patch: None, upstream, commit: commit.id, severity, subject, author, date, taken_back_by };
        (!lost.upstream.is_empty()).then_some(lost)
    }

    /// Whether the release has a commit with the same author, date and subject that was not taken back.
    fn has_same(&self, commit: &Described) -> bool {
        let same = self.identities.get(&Identity::of(commit)).and_then(|id| self.range.commit(id));
        same.is_some_and(|same| self.range.stands(same))
    }

    /// Whether the release has an upstream commit, itself or backported, and did not take it back.
    fn has(&self, origin: &str) -> bool {
        let is_ancestor = self.is_commit(origin) && origin.parse().is_ok_and(|id| !self.outside.contains(&id));
        let stands = |commit: &Upstream| self.range.stands(commit);
        let is_standing = is_ancestor && self.range.commit(origin).is_none_or(stands);
        is_standing || self.shared.contains(origin) || self.range.naming(origin).any(stands)
    }

    fn is_commit(&self, origin: &str) -> bool {
        origin.parse().is_ok_and(|id| self.scene.is_found(id))
    }

    /// The commit of the release that took an upstream commit back.
    fn taken_back_by(&self, origin: &str) -> Option<Oid> {
        let mut landed = self.range.commit(origin).into_iter().chain(self.range.naming(origin));
        landed.find_map(|commit| self.range.standing_reverter(commit)).map(|by| by.id)
    }
}
