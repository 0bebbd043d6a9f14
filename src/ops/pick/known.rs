//! What the line has already, and what upstream says of a commit that it has not.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::keepsakes::{Keepsake, of_facts, of_message};
use super::report::About;
use crate::Result;
use crate::format::provenance;
use crate::git::history::{self, Range, Upstream};
use crate::git::{Commit, Objects};
use crate::model::progress::Watch;
use crate::model::{CommitFacts, Oid, Silent};
use crate::ops::audit::{Branches, stated_branches};
use crate::ops::upstream::Index;
use crate::ops::workbench::Workbench;
use crate::ops::{commits, look, text};

/// What is there.
pub struct Known<'a> {
    bench: &'a Workbench,
    base: Oid,
    /// Upstream's branches.
    pub branches: Branches,
    /// What upstream has and the base has not, newest first.
    pub facts: Vec<Arc<CommitFacts>>,
    /// The same, for questions about ids and reverts.
    pub news: Range,
    /// What the base has and upstream's mainline has not: its own backports.
    own: Range,
    /// The same by what they share with the commit that they come from.
    own_forms: HashMap<Keepsake, Oid>,
    /// The patches by the upstream commits that they come from, those that were just picked among them.
    carried: RefCell<HashMap<Oid, String>>,
    /// The same by what they share with them.
    forms: HashMap<Keepsake, String>,
}

impl<'a> Known<'a> {
    /// Reads it.
    ///
    /// # Errors
    /// The repository lacks the base, or a branch that pq.toml states.
    pub fn read(bench: &'a Workbench, index: &mut Index, watch: &dyn Watch) -> Result<Known<'a>> {
        let objects = bench.repo.objects();
        let base = bench.base(&objects)?;
        let branches = stated_branches(bench)?;
        let facts = index.range(&bench.repo, &branches.tips(), &[base], watch)?;
        let news = Range::after(&bench.repo, base, facts.iter().map(|it| Upstream::from(it.as_ref())).collect())?;
        let trunk = branches.trunk();
        let own = if trunk.is_empty() { Vec::new() } else { index.range(&bench.repo, &[base], &trunk, watch)? };
        let own_facts = own;
        let own = Range::new(own_facts.iter().map(|it| Upstream::from(it.as_ref())).collect());
        let standing = own_facts.iter().filter(|it| own.commit(&it.id.to_string()).is_some_and(|it| own.stands(it)));
        let own_forms = standing.flat_map(|it| of_facts(it).into_iter().map(|form| (form, it.id))).collect();
        let (carried, forms) = carried(bench, &objects)?;
        let carried = RefCell::new(carried);
        Ok(Known { bench, base, branches, facts, news, own, own_forms, carried, forms })
    }

    /// What of the base has a commit: itself, or upstream's own backport of it. What the base took back does not count.
    pub fn in_base(&self, id: Oid) -> Result<Option<Oid>> {
        let hex = id.to_string();
        if let Some(backport) = self.own.naming(&hex).find(|commit| self.own.stands(commit)) {
            return Ok(Some(backport.id));
        }
        let is_taken_back = |commit: &Upstream| commit.reverts.iter().any(|other| hex.starts_with(other.as_str()));
        let is_gone = self.own.commits.iter().any(|commit| is_taken_back(commit) && self.own.stands(commit));
        if !self.bench.repo.range(&[id], &[self.base])?.is_empty() {
            return self.other_form(id);
        }
        Ok(Some(id).filter(|_| !is_gone).filter(|id| !self.was_taken_back(*id)))
    }

    /// A commit of the base that is a form of one that the base has not: both come from the same one, or share what a change keeps.
    fn other_form(&self, id: Oid) -> Result<Option<Oid>> {
        let (origins, keepsakes) = self.looks(id)?;
        for origin in origins {
            if self.bench.repo.range(&[origin], &[self.base])?.is_empty() && !self.was_taken_back(origin) {
                return Ok(Some(origin));
            }
            let named = origin.to_string();
            if let Some(sibling) = self.own.naming(&named).find(|commit| self.own.stands(commit)) {
                return Ok(Some(sibling.id));
            }
        }
        Ok(keepsakes.iter().find_map(|form| self.own_forms.get(form).copied()))
    }

    /// What a commit says it comes from, and what it shares with its other forms.
    fn looks(&self, id: Oid) -> Result<(Vec<Oid>, Vec<Keepsake>)> {
        let objects = self.bench.repo.objects();
        let message = text::message(&Commit::read(&objects, id)?);
        let named = provenance::parse(&message.text).refs;
        let origins = named.iter().filter_map(|named| self.bench.repo.commit_by_prefix(&objects, &named.id)).collect();
        Ok((origins, of_message(&message)))
    }

    /// Whether a commit of the base's own history was taken back in it.
    fn was_taken_back(&self, id: Oid) -> bool {
        let Ok(since) = history::upstreams(&self.bench.repo, &[self.base], &[id], &Silent) else { return false };
        let (range, hex) = (Range::new(since), id.to_string());
        let takes_back = |commit: &&Upstream| commit.reverts.iter().any(|it| hex.starts_with(it.as_str()));
        range.commits.iter().filter(takes_back).any(|commit| range.stands(commit))
    }

    /// The patch that has a commit, or another form of it.
    pub fn in_queue(&self, id: Oid) -> Option<String> {
        if let Some(patch) = self.carried.borrow().get(&id) {
            return Some(patch.clone());
        }
        let (origins, keepsakes) = self.looks(id).ok()?;
        let carried = self.carried.borrow();
        let sibling = origins.iter().find_map(|origin| carried.get(origin));
        sibling.or_else(|| keepsakes.iter().find_map(|form| self.forms.get(form))).cloned()
    }

    /// Whether the line has a commit, in whatever form.
    pub fn has(&self, id: Oid) -> bool {
        self.in_queue(id).is_some() || self.own.naming(&id.to_string()).any(|commit| self.own.stands(commit))
    }

    /// Notes a pick.
    pub fn add(&self, id: Oid, name: &str) {
        self.carried.borrow_mut().insert(id, name.to_owned());
    }

    /// What a person should know of a commit before taking it.
    ///
    /// # Errors
    /// The repository lacks it.
    pub fn about(&self, objects: &Objects, id: Oid) -> Result<About> {
        let commit = self.news.commit(&id.to_string());
        let reverted_by = commit.and_then(|commit| self.news.standing_reverter(commit)).map(|by| by.id);
        let followups = self.followups(objects, id);
        Ok(About {
            is_upstream: true,
            commit: commits::describe(objects, id)?,
            on_mainline: self.on_mainline(id)?,
            reverted_by: reverted_by.map(|by| commits::describe(objects, by)).transpose()?,
            followups: followups.into_iter().map(|it| commits::describe(objects, it)).collect::<Result<_>>()?,
        })
    }

    /// Whether a commit is on upstream's mainline, if one is stated.
    ///
    /// # Errors
    /// The history cannot be read.
    pub fn on_mainline(&self, id: Oid) -> Result<Option<bool>> {
        let tips: Vec<Oid> = self.branches.mainline.iter().map(|branch| branch.commit).collect();
        match tips.is_empty() {
            true => Ok(None),
            false => Ok(Some(self.bench.repo.range(&[id], &tips)?.is_empty())),
        }
    }

    /// Upstream's fixes to a commit that still stand and that the line lacks, oldest first.
    pub fn followups(&self, objects: &Objects, id: Oid) -> Vec<Oid> {
        let hex = id.to_string();
        let fixes = |facts: &&Arc<CommitFacts>| facts.provenance.fixes.iter().any(|fixed| hex.starts_with(&fixed.id));
        let stands = |facts: &&Arc<CommitFacts>| {
            self.news.commit(&facts.id.to_string()).is_some_and(|commit| self.news.stands(commit))
        };
        let found = self.facts.iter().rev().filter(fixes).filter(stands);
        // A backport of a fix stands for the fix, which is listed itself.
        let is_backport = |facts: &Arc<CommitFacts>| {
            let mut origins = facts.provenance.refs.iter();
            origins.any(|origin| self.bench.repo.commit_by_prefix(objects, &origin.id).is_some())
        };
        let mut ids: Vec<Oid> = found.filter(|facts| !is_backport(facts)).map(|facts| facts.id).collect();
        ids.retain(|id| !self.has(*id) && !matches!(self.in_base(*id), Ok(Some(_))));
        ids
    }
}

/// The patches by the upstream commits that pq.toml or their messages name, and by what they share with these.
fn carried(bench: &Workbench, objects: &Objects) -> Result<(HashMap<Oid, String>, HashMap<Keepsake, String>)> {
    let (mut found, mut forms) = (HashMap::new(), HashMap::new());
    for patch in &bench.manifest().patches {
        let message = look::parse(bench, &patch.name)?.message;
        forms.extend(of_message(&message).into_iter().map(|form| (form, patch.name.to_string())));
        let said = provenance::parse(&message.text);
        let named = said.refs.iter().map(|reference| reference.id.as_str());
        for hex in patch.meta.upstream().iter().map(String::as_str).chain(named) {
            if let Some(id) = bench.repo.commit_by_prefix(objects, hex) {
                found.entry(id).or_insert_with(|| patch.name.to_string());
            }
        }
    }
    Ok((found, forms))
}
