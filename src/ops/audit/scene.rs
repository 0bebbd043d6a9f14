//! What the fork has and what upstream has more, read once: everything that findings are drawn from.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rayon::prelude::*;

use super::branches::Branches;
use super::identity::{Identity, originals};
use super::titles::{self, Ours};
use crate::Result;
use crate::format::patchfile::PatchFile;
use crate::git::history::{Described, Range, describe};
use crate::git::repo::Step;
use crate::git::{Objects, Repo};
use crate::model::progress::Watch;
use crate::model::{Oid, PatchName, Provenance, Reference};
use crate::ops::look;
use crate::ops::workbench::Workbench;

/// The whole ids of the commits that messages name; as written, where the repository has no such commit.
type Ids = HashMap<String, Oid>;

/// An upstream commit that a patch carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The patch, by its place in the series.
    pub patch: usize,
    /// The commit, as pq.toml records it.
    pub upstream: String,
}

/// With so many digits an id is that of one commit, also if it was not looked up.
const CLEAR: usize = 10;

/// What is there.
pub struct Scene<'a> {
    /// The repository.
    pub repo: &'a Repo,
    /// The base.
    pub base: Oid,
    /// What upstream's branches have and the base has not.
    pub news: Vec<Described>,
    /// The same, for questions about reverts.
    pub news_range: Range,
    /// What the base has and upstream's mainline has not: upstream's own backports.
    pub own: Vec<Described>,
    /// The same, for questions about reverts and trailers.
    pub own_range: Range,
    names: Vec<PatchName>,
    ids: Ids,
    /// Named commits that the repository has.
    found: HashSet<Oid>,
    /// Those that the base has in its history.
    ancestors: HashSet<Oid>,
    /// The upstream commits of the patches, and the backports of these that upstream made itself.
    carried: BTreeMap<String, Vec<Carried>>,
    /// Those of them that the repository does not know.
    absent: Vec<String>,
    /// Upstream commits that the base has by upstream's own backports: the backports.
    backported: HashMap<String, Vec<usize>>,
    /// The commits of upstream's branches by author, date and subject; of several, the first.
    originals: HashMap<Identity, String>,
    /// The patches by the same.
    patches: HashSet<Identity>,
    /// What the base takes back itself.
    reverted: HashSet<String>,
    /// What patches take back themselves, with the place of the last one.
    reverted_by: HashMap<String, usize>,
}

impl<'a> Scene<'a> {
    /// Reads it.
    pub fn read(bench: &'a Workbench, base: Oid, branches: &Branches, watch: &dyn Watch) -> Result<Scene<'a>> {
        let repo = &bench.repo;
        let mut news = describe(repo, &branches.tips(), &[base], watch)?;
        let mut own = describe(repo, &[base], &branches.trunk(), watch)?;
        let files = files(bench)?;
        let mut ours: Vec<Ours<'_>> =
            bench.manifest().patches.iter().zip(&files).map(|(patch, file)| Ours::of(patch, file)).collect();
        titles::add_ids((repo, base), &mut news, &mut own, &mut ours, watch)?;
        let patches: Vec<Provenance> = ours.into_iter().map(|ours| ours.said).collect();
        let identities: Vec<Option<Identity>> = files.iter().map(Identity::of_patch).collect();
        let recorded = bench.manifest().patches.iter().flat_map(|patch| patch.meta.upstream());
        let said = news.iter().chain(&own).map(|commit| &commit.provenance).chain(&patches);
        let named: BTreeSet<&str> = said.flat_map(named).chain(recorded.map(String::as_str)).collect();
        let ids = resolve(repo, named);
        let found: HashSet<Oid> = ids.values().copied().collect();
        let tips: Vec<Oid> = found.iter().copied().collect();
        let outside: HashSet<Oid> = repo.range(&tips, &[base])?.into_iter().map(|step| step.id).collect();
        let ancestors = found.difference(&outside).copied().collect();
        let (news_range, own_range) = (Range::of(&news), Range::of(&own));
        let mainline = repo.range(&branches.trunk(), &[base])?.into_iter().map(|step| step.id).collect();
        let originals = originals(&news, &mainline);
        let names = bench.manifest().patches.iter().map(|patch| patch.name.clone()).collect();
        let mut scene = Scene {
            repo,
            base,
            news,
            news_range,
            own,
            own_range,
            names,
            ids,
            found,
            ancestors,
            carried: BTreeMap::new(),
            absent: Vec::new(),
            backported: HashMap::new(),
            originals,
            patches: identities.iter().flatten().cloned().collect(),
            reverted: HashSet::new(),
            reverted_by: HashMap::new(),
        };
        scene.read_base();
        scene.read_queue(bench, &patches, &identities)?;
        Ok(scene)
    }

    fn read_base(&mut self) {
        for (at, commit) in self.own.iter().enumerate() {
            for id in self.same_as(commit).into_iter().chain(self.all(&commit.provenance.reapplies)) {
                self.backported.entry(id).or_default().push(at);
            }
            let reverts = self.all(&commit.provenance.reverts);
            if !reverts.is_empty() && self.stands_in_base(commit) {
                self.reverted.extend(reverts);
            }
        }
    }

    fn read_queue(
        &mut self,
        bench: &Workbench,
        messages: &[Provenance],
        identities: &[Option<Identity>],
    ) -> Result<()> {
        let objects = self.repo.objects();
        let mut direct = Vec::new();
        for ((patch, stated), identity) in bench.manifest().patches.iter().enumerate().zip(identities) {
            // Where nobody has said where a patch is from, or that it is from nowhere, its author, date and subject say it.
            let told =
                identity.as_ref().filter(|_| stated.meta.upstream.is_none()).and_then(|it| self.originals.get(it));
            let recorded = stated.meta.upstream().iter().map(|hex| self.whole(hex));
            direct.extend(recorded.chain(told.cloned()).map(|upstream| Carried { patch, upstream }));
        }
        for carried in &direct {
            self.add(carried.upstream.clone(), carried);
        }
        let picks = self.picks();
        for carried in &direct {
            let origins = self.origins(&objects, &carried.upstream)?;
            let same = origins.iter().chain([&carried.upstream]);
            let picks: Vec<String> = same.flat_map(|id| picks.get(id).into_iter().flatten()).cloned().collect();
            origins.into_iter().chain(picks).for_each(|id| self.add(id, carried));
        }
        let is_absent = |id: &&String| self.repo.commit_by_prefix(&objects, id).is_none();
        self.absent = self.carried.keys().filter(is_absent).cloned().collect();
        for (patch, message) in messages.iter().enumerate() {
            for id in self.all(&message.reverts) {
                for id in self.origins(&objects, &id)?.into_iter().chain([id]) {
                    self.reverted_by.insert(id, patch);
                }
            }
        }
        Ok(())
    }

    /// Notes that a patch carries a commit, unless it is noted.
    fn add(&mut self, id: String, carried: &Carried) {
        let list = self.carried.entry(id).or_default();
        if !list.iter().any(|other| other.patch == carried.patch) {
            list.push(carried.clone());
        }
    }

    /// Upstream commits and the commits that say they come from them.
    fn picks(&self) -> HashMap<String, Vec<String>> {
        let mut picks: HashMap<String, Vec<String>> = HashMap::new();
        for commit in self.news.iter().chain(&self.own) {
            for id in self.same_as(commit) {
                picks.entry(id).or_default().push(commit.id.to_string());
            }
        }
        picks
    }

    /// The commits that a commit says it comes from.
    fn origins(&self, objects: &Objects, id: &str) -> Result<Vec<String>> {
        let Some(id) = self.repo.commit_by_prefix(objects, id) else { return Ok(Vec::new()) };
        let commit = Described::read(objects, &Step { id, parents: Vec::new() })?;
        let whole = |one: &Reference| {
            self.repo.commit_by_prefix(objects, &one.id).map_or_else(|| one.id.clone(), |id| id.to_string())
        };
        Ok(commit.provenance.refs.iter().map(whole).collect())
    }

    /// A whole id, or what was written if the repository knows no such commit.
    pub fn whole(&self, hex: &str) -> String {
        self.ids.get(hex).map_or_else(|| hex.to_owned(), ToString::to_string)
    }

    /// The same for several.
    pub fn all(&self, references: &[Reference]) -> Vec<String> {
        references.iter().map(|reference| self.whole(&reference.id)).collect()
    }

    /// Whether the repository has a commit, of those that something names or upstream's branches have.
    pub fn is_found(&self, id: Oid) -> bool {
        self.found.contains(&id) || self.is_news(id)
    }

    /// Whether upstream's branches have a commit that the base has not.
    pub fn is_news(&self, id: Oid) -> bool {
        self.news_range.commit(&id.to_string()).is_some()
    }

    /// The commits that a commit comes from: those that it names, and one before it with its author, date and subject.
    pub fn same_as(&self, commit: &Described) -> Vec<String> {
        let mut same = self.all(&commit.provenance.refs);
        let id = commit.id.to_string();
        let original = self.originals.get(&Identity::of(commit)).filter(|other| **other != id && !same.contains(other));
        same.extend(original.cloned());
        same
    }

    /// Whether no later commit of the base takes one of its commits back.
    pub fn stands_in_base(&self, commit: &Described) -> bool {
        self.own_range.commit(&commit.id.to_string()).is_some_and(|commit| self.own_range.stands(commit))
    }

    /// The name of a patch by its place.
    pub fn name(&self, patch: usize) -> &PatchName {
        &self.names[patch]
    }

    /// The patches that carry a commit and keep it: no patch behind them, and nothing else in the queue, takes it back.
    pub fn carriers(&self, id: &str) -> Vec<&Carried> {
        let is_kept = |carried: &&Carried| {
            let after = |id: &str| self.reverted_by.get(id).is_some_and(|by| *by > carried.patch);
            !after(id) && !after(&carried.upstream)
        };
        self.carrying(id).into_iter().filter(is_kept).collect()
    }

    /// The patches that carry a commit. An id in prose was not looked up, and the repository does not know every id: there, the first
    /// digits decide.
    fn carrying(&self, id: &str) -> Vec<&Carried> {
        let is_clear = |known: &str| known == id || id.len() >= CLEAR;
        let longer = self.carried.range(id.to_owned()..).take_while(|(known, _)| known.starts_with(id));
        let longer = longer.filter(|(known, _)| is_clear(known)).map(|(_, list)| list);
        let shorter = self.absent.iter().filter(|known| id.starts_with(*known) && *known != id);
        longer.chain(shorter.filter_map(|known| self.carried.get(known))).flatten().collect()
    }

    /// Whether some patch carries a commit.
    pub fn is_carried(&self, id: &str) -> bool {
        !self.carrying(id).is_empty()
    }

    /// The mainline commit that a commit of the base is the backport of; otherwise the commit itself.
    pub fn root(&self, id: &str) -> String {
        let own = self.own.iter().find(|commit| commit.id.to_string() == id);
        match own.map(|commit| self.same_as(commit)).unwrap_or_default().as_slice() {
            [only] => only.clone(),
            _ => id.to_owned(),
        }
    }

    /// Whether the base has a commit in its history.
    pub fn is_ancestor(&self, id: &str) -> bool {
        id.parse::<Oid>().is_ok_and(|id| self.ancestors.contains(&id))
    }

    /// Whether the base has a commit, itself or backported, and nobody took it back: neither a commit of the base nor a patch.
    pub fn is_in_base(&self, id: &str) -> bool {
        let stands = |at: &usize| self.stands_in_base(&self.own[*at]);
        let is_backported = self.backported.get(id).is_some_and(|by| by.iter().any(stands));
        !self.reverted_by.contains_key(id) && (is_backported || self.is_ancestor(id) && !self.reverted.contains(id))
    }

    /// Whether the fork has a commit or had it: as an ancestor, backported by upstream, or as a patch. What was taken back on purpose does
    /// not need to be found again.
    pub fn is_known(&self, id: &str) -> bool {
        self.is_carried(id) || self.backported.contains_key(id) || self.is_ancestor(id)
    }

    /// The same for a commit of upstream's branches: by itself, by what it comes from, or by a patch with its author, date and subject.
    pub fn is_commit_known(&self, commit: &Described) -> bool {
        let origins = self.same_as(commit);
        let is_of_known = !origins.is_empty() && origins.iter().all(|origin| self.is_known(origin));
        is_of_known || self.is_known(&commit.id.to_string()) || self.patches.contains(&Identity::of(commit))
    }

    /// The commits of upstream's branches that neither the base nor `since` has.
    pub fn reachable_without(&self, branches: &Branches, since: Oid) -> Result<HashSet<Oid>> {
        let steps = self.repo.range(&branches.tips(), &[self.base, since])?;
        Ok(steps.into_iter().map(|step| step.id).collect())
    }
}

/// The files of the patches, parsed.
fn files(bench: &Workbench) -> Result<Vec<PatchFile>> {
    bench.manifest().patches.iter().map(|patch| look::parse(bench, &patch.name)).collect()
}

/// Every id that a message names in a way that matters here.
fn named(said: &Provenance) -> impl Iterator<Item = &str> {
    let lists = [&said.refs, &said.reverts, &said.reapplies, &said.fixes, &said.depends, &said.needed_by];
    lists.into_iter().flatten().map(|reference| reference.id.as_str())
}

/// Looks up ids, abbreviated or not.
fn resolve(repo: &Repo, named: BTreeSet<&str>) -> Ids {
    let named: Vec<&str> = named.into_iter().collect();
    let find = |objects: &mut Objects, hex: &&str| Some(((*hex).to_owned(), repo.commit_by_prefix(objects, hex)?));
    named.par_iter().map_init(|| repo.objects(), find).flatten().collect()
}
