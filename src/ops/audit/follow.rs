//! Follow-ups: what upstream did later about a commit that the fork has.

use std::collections::{HashMap, HashSet};

use super::report::described;
use super::scene::Scene;
use super::{Followup, Relation, Severity};
use crate::format::words;
use crate::git::history::Described;
use crate::model::Oid;

/// Every follow-up that is in neither the base nor the queue: those of the patches in the order of the queue, then those of the base; of
/// each, what matters most first, then the newest first.
pub fn followups(scene: &Scene<'_>) -> Vec<Followup> {
    let commits: HashMap<Oid, &Described> = scene.news.iter().map(|commit| (commit.id, commit)).collect();
    let finder = Finder { scene, commits };
    let found = finder.fold(scene.news.iter().flat_map(|commit| finder.of(commit)).collect());
    let mut followups: Vec<(Option<usize>, Followup)> =
        found.iter().map(|finding| (finding.patch, finder.report(finding))).collect();
    followups.sort_by_key(|(patch, followup)| (patch.unwrap_or(usize::MAX), followup.severity));
    followups.into_iter().map(|(_, followup)| followup).collect()
}

/// A follow-up in the making.
struct Finding<'a> {
    patch: Option<usize>,
    carried: String,
    commit: &'a Described,
    relation: Relation,
    backports: Vec<Oid>,
    taken_back_by: Option<Oid>,
}

struct Finder<'a> {
    scene: &'a Scene<'a>,
    commits: HashMap<Oid, &'a Described>,
}

impl<'a> Finder<'a> {
    /// What one commit is a follow-up of.
    fn of(&self, commit: &'a Described) -> Vec<Finding<'a>> {
        let (scene, id) = (self.scene, commit.id.to_string());
        let targets = self.targets(commit);
        if targets.is_empty() || scene.is_commit_known(commit) {
            return Vec::new();
        }
        let origins = scene.same_as(commit);
        let Ok(taken_back_by) = self.taken_back_by(&id) else { return Vec::new() };
        let mut found: Vec<Finding<'a>> = Vec::new();
        for (relation, target) in targets.iter().filter(|(_, target)| !origins.contains(target) && *target != id) {
            for (patch, carried) in self.having(*relation, target) {
                if !found.iter().any(|other| (other.patch, &other.carried) == (patch, &carried)) {
                    found.push(Finding {
                        patch,
                        carried,
                        commit,
                        relation: *relation,
                        backports: Vec::new(),
                        taken_back_by,
                    });
                }
            }
        }
        found
    }

    /// The commit that took another one back, if one did. An error if the fork has that one: then it does without both on purpose.
    fn taken_back_by(&self, id: &str) -> Result<Option<Oid>, ()> {
        let range = &self.scene.news_range;
        let Some(by) = range.commit(id).and_then(|commit| range.standing_reverter(commit)) else { return Ok(None) };
        let is_known = self.commits.get(&by.id).is_some_and(|by| self.scene.is_commit_known(by));
        if is_known { Err(()) } else { Ok(Some(by.id)) }
    }

    /// What a commit says about others, the strongest relation first.
    fn targets(&self, commit: &Described) -> Vec<(Relation, String)> {
        let (scene, said) = (self.scene, &commit.provenance);
        let as_is = |relation, references| scene.all(references).into_iter().map(move |id| (relation, id));
        let mut targets = self.taken_back(commit);
        targets.extend(as_is(Relation::Fixes, &said.fixes));
        targets.extend(as_is(Relation::Reapplies, &said.reapplies));
        targets.extend(as_is(Relation::Depends, &said.needed_by));
        targets.extend(as_is(Relation::Depends, &said.depends));
        targets.extend(words::ids(&commit.message).into_iter().map(|id| (Relation::Mentions, id)));
        targets.sort_by_key(|(relation, _)| *relation);
        targets
    }

    /// What a commit reverts. Where that is a revert which the fork lacks, it brings back what that one took; and so on.
    fn taken_back(&self, commit: &Described) -> Vec<(Relation, String)> {
        let mut targets = Vec::new();
        let mut seen = HashSet::from([commit.id]);
        let mut open = vec![(commit, Relation::Reverts)];
        while let Some((commit, relation)) = open.pop() {
            for id in self.scene.all(&commit.provenance.reverts) {
                let earlier =
                    id.parse().ok().and_then(|id| self.commits.get(&id)).filter(|_| !self.scene.is_known(&id));
                targets.push((relation, id));
                if let Some(earlier) = earlier.filter(|earlier| seen.insert(earlier.id)) {
                    let other = if relation == Relation::Reverts { Relation::Reapplies } else { Relation::Reverts };
                    open.push((earlier, other));
                }
            }
        }
        targets
    }

    /// Who has a commit: patches, or the base. A mention of what the base has means nothing: messages tell history.
    fn having(&self, relation: Relation, target: &str) -> Vec<(Option<usize>, String)> {
        let scene = self.scene;
        if scene.is_carried(target) {
            let carriers = scene.carriers(target).into_iter();
            return carriers.map(|carried| (Some(carried.patch), carried.upstream.clone())).collect();
        }
        let is_of_base = relation != Relation::Mentions && scene.is_in_base(target);
        if is_of_base { vec![(None, scene.root(target))] } else { Vec::new() }
    }

    /// Lets upstream's own backport of a follow-up stand with the follow-up: a person needs to see it once.
    fn fold(&self, findings: Vec<Finding<'a>>) -> Vec<Finding<'a>> {
        let key = |finding: &Finding<'_>, id: String| (finding.patch, finding.carried.clone(), id);
        let places: HashMap<_, usize> =
            findings.iter().enumerate().map(|(at, one)| (key(one, one.commit.id.to_string()), at)).collect();
        let original = |finding: &Finding<'_>| {
            let mut origins = self.scene.same_as(finding.commit).into_iter();
            origins.find_map(|origin| places.get(&key(finding, origin)).copied())
        };
        let originals: Vec<Option<usize>> = findings.iter().map(original).collect();
        let mut backports: HashMap<usize, Vec<Oid>> = HashMap::new();
        for (finding, original) in findings.iter().zip(&originals) {
            original.iter().for_each(|at| backports.entry(*at).or_default().push(finding.commit.id));
        }
        let with_backports =
            |(at, finding)| (at, Finding { backports: backports.remove(&at).unwrap_or_default(), ..finding });
        let all = findings.into_iter().enumerate().map(with_backports);
        all.filter(|(at, _)| originals[*at].is_none()).map(|(_, finding)| finding).collect()
    }

    fn report(&self, finding: &Finding<'_>) -> Followup {
        let (subject, author, date) = described(finding.commit);
        Followup {
            patch: finding.patch.map(|patch| self.scene.name(patch).clone()),
            carried: finding.carried.clone(),
            commit: finding.commit.id,
            relation: finding.relation,
            severity: severity(finding),
            subject,
            author,
            date,
            backports: finding.backports.clone(),
            taken_back_by: finding.taken_back_by,
        }
    }
}

fn severity(finding: &Finding<'_>) -> Severity {
    let is_ours = finding.patch.is_some();
    match finding.relation {
        _ if finding.taken_back_by.is_some() => Severity::Note,
        Relation::Reverts if is_ours => Severity::Revert,
        _ if words::is_dangerous(&finding.commit.message) => Severity::Security,
        Relation::Fixes if is_ours => Severity::Fix,
        Relation::Fixes | Relation::Reverts => Severity::Base,
        Relation::Reapplies | Relation::Depends | Relation::Mentions => Severity::Note,
    }
}
