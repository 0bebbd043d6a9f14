//! Reverts that name no id, or one that leads nowhere: what they take back is found by its title, or by the number of its pull request.
//!
//! Ids lead nowhere when they are those of a branch that was rebased before it was merged: so do 25 of the 253 reverts on Cilium's main. Titles are used more than once, so one counts only in the history of the revert itself, and of several the newest that still stands there.

use std::collections::{HashMap, HashSet};

use bstr::BString;

use super::{Range, Upstream};
use crate::format::provenance;
use crate::git::{GitError, Repo};
use crate::model::{Notation, Oid, Provenance};

/// What a commit is called, and what it takes back without naming an id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Titled {
    /// Its subject without the numbers of pull requests at the end.
    pub title: BString,
    /// These numbers.
    pub pulls: Vec<u64>,
    /// What its message says about a commit that it takes back. In a range, none once that commit is known.
    pub takes_back: Option<TakesBack>,
}

/// A commit that is named by its title or its pull request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TakesBack {
    /// The ids that the message names; if one of them is found, the rest does not matter.
    pub ids: Vec<String>,
    /// Its subject, as the revert quotes it.
    pub subject: Option<BString>,
    /// Where that one is a revert: the title that all began with, and which is brought back.
    pub brings_back: Option<BString>,
    /// The numbers of its pull requests.
    pub pulls: Vec<u64>,
}

impl Titled {
    /// Reads what a subject and a message say.
    pub fn of(subject: &[u8], said: &Provenance) -> Titled {
        let (title, pulls) = provenance::title(subject);
        // Words behind the quotes may say that it is only a part: `Revert "x" on arm`.
        let is_whole = title.ends_with(b"\"");
        Titled { title: title.into(), pulls, takes_back: TakesBack::of(said, is_whole) }
    }

    /// Whether it is what a subject names: the title is the same, and the numbers are not others.
    fn is(&self, (title, pulls): &(BString, Vec<u64>)) -> bool {
        let may_be = self.pulls.is_empty() || pulls.is_empty() || pulls.iter().any(|pull| self.pulls.contains(pull));
        self.title == *title && may_be
    }
}

impl TakesBack {
    fn of(said: &Provenance, is_whole: bool) -> Option<TakesBack> {
        let is_partial = said.fixes.iter().any(|reference| reference.notation == Notation::RevertsPartly);
        let title = said.reverted_title.as_ref().filter(|_| is_whole);
        if is_partial || !said.reapplies.is_empty() || title.is_none() && said.reverted_prs.is_empty() {
            return None;
        }
        Some(TakesBack {
            ids: said.reverts.iter().map(|reference| reference.id.clone()).collect(),
            subject: title.map(|title| title.of.clone()).filter(|subject| !subject.is_empty()),
            brings_back: title.filter(|title| title.times % 2 == 0).map(|title| title.title.clone()),
            pulls: said.reverted_prs.iter().map(|pull| pull.number).collect(),
        })
    }

    /// Everything that it may be found by.
    fn titles(&self) -> impl Iterator<Item = &[u8]> {
        [&self.subject, &self.brings_back].into_iter().flatten().map(|subject| provenance::title(subject).0)
    }
}

/// Lets the ids have the word that are in the history of `base`, which the commits do not go back to.
pub fn settle(repo: &Repo, commits: &mut [Upstream], base: Oid) -> Result<(), GitError> {
    let here: HashSet<Oid> = commits.iter().map(|commit| commit.id).collect();
    let named = commits.iter().filter_map(|commit| commit.titled.takes_back.as_ref()).flat_map(|said| &said.ids);
    let objects = repo.objects();
    let found = named.filter_map(|hex| Some((hex.clone(), repo.commit_by_prefix(&objects, hex)?)));
    let found: HashMap<String, Oid> = found.filter(|(_, id)| !here.contains(id)).collect();
    if found.is_empty() {
        return Ok(());
    }
    let tips: Vec<Oid> = found.values().copied().collect();
    let outside: HashSet<Oid> = repo.range(&tips, &[base])?.into_iter().map(|step| step.id).collect();
    let is_of_base = |hex: &String| found.get(hex).is_some_and(|id| !outside.contains(id));
    for titled in commits.iter_mut().map(|commit| &mut commit.titled) {
        titled.takes_back.take_if(|said| said.ids.iter().any(is_of_base));
    }
    Ok(())
}

/// The commits that are called what some revert names, the newest first.
#[derive(Default)]
struct Called {
    titles: HashMap<BString, Vec<usize>>,
    pulls: HashMap<u64, Vec<usize>>,
}

impl Called {
    fn read(range: &Range) -> Called {
        let said = || range.commits.iter().filter_map(|commit| commit.titled.takes_back.as_ref());
        let mut called = Called {
            titles: said().flat_map(TakesBack::titles).map(|title| (title.into(), Vec::new())).collect(),
            pulls: said().flat_map(|said| &said.pulls).map(|pull| (*pull, Vec::new())).collect(),
        };
        for (at, commit) in range.commits.iter().enumerate() {
            called.titles.get_mut(&commit.titled.title).into_iter().for_each(|list| list.push(at));
            for pull in &commit.titled.pulls {
                called.pulls.get_mut(pull).into_iter().for_each(|list| list.push(at));
            }
        }
        called
    }
}

impl Range {
    /// Adds the ids that the messages do not name to what the commits take and bring back. The oldest first: what a revert takes back depends
    /// on those before it.
    pub(super) fn read_titles(&mut self) {
        if self.commits.iter().all(|commit| commit.titled.takes_back.is_none()) {
            return;
        }
        let called = Called::read(self);
        for at in (0..self.commits.len()).rev() {
            let Some(said) = self.commits[at].titled.takes_back.clone() else { continue };
            if said.ids.iter().any(|hex| self.commit(hex).is_some() || self.naming(hex).next().is_some()) {
                self.commits[at].titled.takes_back = None;
                continue;
            }
            let before = Before::new(self, at);
            let taken: Vec<Oid> = before.taken_back(&called, &said);
            let brought = before.brought_back(&called, &said).filter(|_| taken.is_empty());
            if !taken.is_empty() || brought.is_some() {
                self.commits[at].titled.takes_back = None;
            }
            for id in taken.iter().map(Oid::to_string) {
                self.reverted.add(&id, at);
                self.commits[at].reverts.push(id);
            }
            if let Some(id) = brought.map(|id| id.to_string()) {
                self.named.add(&id, at);
                self.commits[at].names.push(id);
            }
        }
    }
}

/// The history of one commit, as far as the range has it.
struct Before<'a> {
    range: &'a Range,
    at: usize,
    history: std::cell::OnceCell<HashSet<usize>>,
}

impl<'a> Before<'a> {
    fn new(range: &'a Range, at: usize) -> Before<'a> {
        Before { range, at, history: std::cell::OnceCell::new() }
    }

    fn has(&self, at: usize) -> bool {
        self.history.get_or_init(|| self.range.history(self.at)).contains(&at)
    }

    /// The commits that the message can only mean: each pull request that is one commit, or else the title.
    fn taken_back(&self, called: &Called, said: &TakesBack) -> Vec<Oid> {
        let by_pull = said.pulls.iter().filter_map(|pull| self.only(called.pulls.get(pull)?));
        let by_pull: Vec<Oid> = by_pull.collect();
        let by_title = said.subject.as_ref().filter(|_| by_pull.is_empty());
        by_pull.into_iter().chain(by_title.and_then(|subject| self.newest(called, subject, true))).collect()
    }

    fn brought_back(&self, called: &Called, said: &TakesBack) -> Option<Oid> {
        self.newest(called, said.brings_back.as_ref()?, false)
    }

    fn only(&self, found: &[usize]) -> Option<Oid> {
        let mut before = found.iter().filter(|at| self.has(**at));
        let only = before.next()?;
        before.next().is_none().then(|| self.range.commits[*only].id)
    }

    /// The newest commit with a subject, if all others are before that one.
    fn newest(&self, called: &Called, subject: &[u8], must_stand: bool) -> Option<Oid> {
        let (title, pulls) = provenance::title(subject);
        let wanted = (title.into(), pulls);
        let found = called.titles.get(&wanted.0)?.iter().copied();
        let found = found.filter(|at| self.range.commits[*at].titled.is(&wanted) && self.has(*at));
        let found: Vec<usize> = found.filter(|at| !must_stand || self.stands(*at)).collect();
        let (first, others) = found.split_first()?;
        let is_clear = others.is_empty() || {
            let history = self.range.history(*first);
            others.iter().all(|other| history.contains(other))
        };
        is_clear.then(|| self.range.commits[*first].id)
    }

    fn stands(&self, at: usize) -> bool {
        self.range.reverter(at, &|by| self.has(by)).is_none()
    }
}
