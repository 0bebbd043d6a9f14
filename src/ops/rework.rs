//! A change of the queue, after which every patch is carried again on the base that it stands on.
//!
//! What does not go where it belongs any more is held, as in a rebase. Files, refs and the worktrees that show a patch of the queue change in
//! one transaction.

use std::collections::BTreeMap;

use bstr::BString;

use super::error::OpError;
use super::follow::Follow;
use super::materialize::{Files, Series, remember_series};
use super::position::{self, Standing};
use super::publish::expected_branch_but;
use super::rebase::Tip;
use super::rebase::carry::{Become, Carried, again};
use super::rebase::materialize::{Made, held_edit, texts_and_commits};
use super::rebase::old::OldStep;
use super::resolve::Back;
use super::text;
use super::transaction::{self, Changeset};
use super::workbench::Workbench;
use crate::Result;
use crate::format::manifest::Document;
use crate::format::patchfile::{Message, PatchFile};
use crate::git::apply::Stack;
use crate::git::renames::join;
use crate::git::worktree::{Head, Index, Layout};
use crate::git::{Change, Commit, Objects, RefEdit, Worktree, diff_trees};
use crate::model::progress::Watch;
use crate::model::{Oid, Outcome, Patch, PatchMeta, PatchName};

/// What an edit of the queue comes to.
pub struct Rework<'a> {
    /// The line.
    pub bench: &'a Workbench,
    /// What was typed, for people.
    pub what: String,
    /// When, in seconds since 1970.
    pub when: i64,
    /// `pq.toml` after the edit. What is held is written into it here.
    pub document: Document,
    /// The patch files that the edit itself writes or deletes.
    pub files: BTreeMap<String, Option<Vec<u8>>>,
    /// The refs that it moves, beside the branch and what keeps held patches.
    pub refs: Vec<RefEdit>,
    /// The worktree that the edit comes from, if its files are not simply those of a patch.
    pub standing: Option<Standing>,
    /// The tree that a patch must have afterwards: edits that were made above and went further down are all that the worktree shows.
    pub stays: Option<(PatchName, Oid)>,
    /// The patch that the worktree stands at afterwards, if it is another one than before.
    pub stand_at: Option<PatchName>,
    /// Where the branch is, if a person moved it there and that is what the edit takes in.
    pub adopts: Option<Oid>,
    /// A worktree whose commit is none of the queue and becomes one.
    pub lands: Option<Lands>,
    /// The worktree in which a held patch was settled.
    pub back: Option<Back<'a>>,
    /// What becomes of a patch of which nothing is left.
    pub emptied: Emptied,
}

/// What becomes of a patch of which nothing is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Emptied {
    /// It stays: its words and metadata may still be wanted.
    Stay,
    /// It leaves the queue, as in a rebase.
    Leave,
}

/// A worktree at a commit that a person made of a patch.
pub struct Lands {
    /// The worktree.
    pub worktree: Worktree,
    /// What it has checked out.
    pub from: Oid,
    /// The tree that it shows before and after.
    pub tree: Oid,
    /// The patch that it stands at afterwards.
    pub at: PatchName,
}

/// What became of the queue.
pub struct Reworked<'q> {
    /// Every patch, in the new order.
    pub patches: Vec<Carried<'q>>,
    /// The end of the series.
    pub tip: Tip,
    /// Patches whose text had to change, beside those that the edit itself wrote.
    pub rewritten: Vec<PatchName>,
}

impl Reworked<'_> {
    /// The patches that are held now and were not before.
    pub fn newly_held(&self) -> Vec<PatchName> {
        let is_new = |one: &&Carried<'_>| one.held().is_some() && one.step.patch.meta.held.is_none();
        self.patches.iter().filter(is_new).map(|one| one.step.patch.name.clone()).collect()
    }
}

impl<'a> Rework<'a> {
    /// One that changes nothing yet.
    pub fn new(bench: &'a Workbench, what: String, when: i64) -> Rework<'a> {
        let (document, files, refs) = (bench.document(), BTreeMap::new(), Vec::new());
        Rework {
            bench,
            what,
            when,
            document,
            files,
            refs,
            standing: None,
            stays: None,
            stand_at: None,
            adopts: None,
            lands: None,
            back: None,
            emptied: Emptied::Stay,
        }
    }

    /// Takes a patch out: its line, its file and what was kept for it.
    ///
    /// # Errors
    /// The refs cannot be read.
    pub fn leave_out(&mut self, name: &PatchName) -> Result<()> {
        self.document.remove(name);
        self.files.insert(name.file(), None);
        self.refs.extend(super::edit::held_gone(self.bench, name)?);
        Ok(())
    }

    /// Carries `steps`, all patches in their new order, and writes everything. `old` are the commits before the edit.
    ///
    /// # Errors
    /// The branch or a worktree cannot follow, or something cannot be written. Nothing was written then.
    pub fn finish<'q>(
        mut self,
        mut objects: Objects,
        old: &Series,
        steps: &'q [OldStep<'q>],
        watch: &dyn Watch,
    ) -> Result<Reworked<'q>> {
        let (bench, base) = (self.bench, self.bench.manifest().line.base_commit);
        let (patches, made, tip) = self.carry(&mut objects, steps, watch)?;
        if let Some(back) = &self.back {
            back.check(&patches)?;
        }
        let commits = placed(&patches).map(|one| &one.step.patch.name).zip(made.commits.iter().copied()).collect();
        let worktrees = self.worktrees(&mut objects, old, &commits, tip)?;
        self.move_refs(old, &patches, tip.commit)?;
        for one in &patches {
            match one.outcome() {
                Outcome::Upstreamed => self.leave_out(&one.step.patch.name)?,
                _ => self.set_held(one),
            }
        }
        let rewritten: Vec<PatchName> = made.texts.keys().cloned().collect();
        self.files.extend(made.texts.iter().map(|(name, text)| (name.file(), Some(text.clone()))));
        self.files.insert("pq.toml".to_owned(), Some(self.document.to_text().into_bytes()));
        let bytes: Vec<Vec<u8>> = placed(&patches).map(|one| self.bytes(&one.step.patch.name)).collect();
        self.write(&mut objects, worktrees)?;
        let names = placed(&patches).map(|one| &one.step.patch.name).collect();
        let files = Files { names, bytes: bytes.iter().map(Vec::as_slice).collect() };
        remember_series(bench, base, &files, &made.commits, None);
        Ok(Reworked { patches, tip, rewritten })
    }

    /// What [`Rework::finish`] would come to; nothing is written.
    ///
    /// # Errors
    /// The queue cannot be carried.
    pub fn preview<'q>(
        &self,
        mut objects: Objects,
        steps: &'q [OldStep<'q>],
        watch: &dyn Watch,
    ) -> Result<Reworked<'q>> {
        let (patches, made, tip) = self.carry(&mut objects, steps, watch)?;
        Ok(Reworked { patches, tip, rewritten: made.texts.into_keys().collect() })
    }

    fn write(self, objects: &mut Objects, worktrees: Vec<Follow>) -> Result<()> {
        let bench = self.bench;
        let is_settled = self.back.is_some();
        let Rework { what, when, files, refs, .. } = self;
        let changes = Changeset { what, when, files, refs, worktrees };
        match is_settled {
            true => transaction::run(&bench.dir, &bench.repo, objects, changes),
            false => transaction::commit(bench, objects, changes),
        }
    }

    fn carry<'q>(
        &self,
        objects: &mut Objects,
        steps: &'q [OldStep<'q>],
        watch: &dyn Watch,
    ) -> Result<(Vec<Carried<'q>>, Made, Tip)> {
        let (bench, base) = (self.bench, self.bench.manifest().line.base_commit);
        let (mut patches, tree) = again(bench, objects, steps, watch)?;
        if self.emptied == Emptied::Stay {
            patches.iter_mut().for_each(keep_empty);
        }
        self.check_stays(&patches)?;
        let made = texts_and_commits(&bench.repo, objects, &patches, base, watch)?;
        let tip = Tip { commit: made.tip(base), tree };
        Ok((patches, made, tip))
    }

    /// The file of a patch after the edit.
    fn bytes(&self, name: &PatchName) -> Vec<u8> {
        match self.files.get(&name.file()) {
            Some(Some(text)) => text.clone(),
            _ => self.bench.file(name).to_vec(),
        }
    }

    fn check_stays(&self, patches: &[Carried<'_>]) -> Result<()> {
        let Some((name, tree)) = &self.stays else { return Ok(()) };
        let one = patches.iter().find(|one| one.step.patch.name == *name);
        match one.and_then(Carried::placed).is_some_and(|placed| placed.tree == *tree) {
            true => Ok(()),
            false => Err(position::PositionError::Between { patch: name.clone() }.into()),
        }
    }

    /// The edit itself may have changed the metadata.
    fn set_held(&mut self, one: &Carried<'_>) {
        let name = &one.step.patch.name;
        let Some(meta) = self.document.manifest().patch(name.as_str()).map(|patch| patch.meta.clone()) else { return };
        if one.held() != meta.held {
            self.document.set_meta(name, &PatchMeta { held: one.held(), ..meta });
        }
    }

    fn move_refs(&mut self, old: &Series, patches: &[Carried<'_>], tip: Oid) -> Result<()> {
        let bench = self.bench;
        let commits: Vec<Oid> = old.commits.iter().map(|made| made.commit).collect();
        let excused = self.standing.as_ref().map(|standing| standing.worktree.root());
        let from = match self.adopts {
            Some(tip) => Some(tip),
            None => expected_branch_but(bench, old.base, &commits, excused)?,
        };
        self.refs.push(RefEdit { name: bench.branch_ref(), old: from, new: Some(tip) });
        for one in patches {
            let known = held_edit(bench, one)?;
            self.refs.extend(known.filter(|edit| self.refs.iter().all(|other| other.name != edit.name)));
        }
        Ok(())
    }

    fn worktrees(
        &self,
        objects: &mut Objects,
        old: &Series,
        commits: &BTreeMap<&PatchName, (Oid, Oid)>,
        tip: Tip,
    ) -> Result<Vec<Follow>> {
        let names = position::names(self.bench);
        let base = (old.base, old.base_tree);
        let ways = position::Ways { bench: self.bench, old, names: &names, commits, base, tip };
        let mut follows = match &self.back {
            Some(back) => ways.follow_back(objects, back)?,
            None => ways.follow(objects, self.standing.as_ref(), self.stand_at.as_ref())?,
        };
        if let Some(lands) = &self.lands {
            let (commit, tree) = commits.get(&lands.at).copied().unwrap_or((lands.from, lands.tree));
            let root = lands.worktree.root().to_owned();
            let head = (Head::Commit(lands.from), Head::Commit(commit));
            let (from, to) = (Layout::of(lands.tree), Layout::of(tree));
            follows.push(Follow { root, head, from, to, index: Index::Careful });
        }
        Ok(follows)
    }
}

/// The patches that are part of the new series.
fn placed<'c, 'q>(patches: &'c [Carried<'q>]) -> impl Iterator<Item = &'c Carried<'q>> {
    patches.iter().filter(|one| one.placed().is_some())
}

/// An edit takes no patch out of the queue because nothing is left of it: its words and metadata may still be wanted.
pub(super) fn keep_empty(one: &mut Carried<'_>) {
    if let Become::Placed(placed) = &mut one.result
        && placed.outcome == Outcome::Upstreamed
    {
        placed.outcome = Outcome::Reduced;
    }
}

/// A patch as the step from one tree to another, with the text that makes it. Sections that still do what they must keep their bytes.
///
/// # Errors
/// No text makes that step: a bug, or an object that is missing.
pub fn step_to<'a>(
    objects: &mut Objects,
    bench: &Workbench,
    patch: &'a Patch,
    old: PatchFile,
    (parent, from, to): (Oid, Oid, Oid),
) -> Result<(OldStep<'a>, Vec<u8>)> {
    let bad = |source| OpError::BadPatch { patch: patch.name.clone(), source };
    let mut old = old;
    // What was copied from where is not asked again: the new text has the file whole.
    old.files.retain(|section| !section.is_copy());
    let changes = join(objects, diff_trees(objects, from, to)?)?;
    let rows: Vec<(BString, bool, Change)> =
        changes.iter().map(|change| (change.path().to_owned(), false, change.clone())).collect();
    let file = match text::refreshed(objects, &old, &rows)? {
        Some(sections) => old.with_sections(sections).map_err(bad)?,
        None => old,
    };
    let made = Stack::new(objects, parent, from).push(&patch.name, &file)?;
    if made.tree != to {
        return Err(OpError::NoText(patch.name.clone()).into());
    }
    let line = &bench.manifest().line;
    let base_tree = Commit::read(objects, line.base_commit)?.tree;
    let (text, base) = (file.to_bytes(), (line.base.clone(), line.base_commit));
    Ok((OldStep { patch, commit: made.commit, changes, file, base, base_tree, named: made.commit }, text))
}

/// A patch that nobody has yet, and changes nothing.
pub fn empty_file(message: Message) -> PatchFile {
    PatchFile::new(message, Vec::new()).expect("a message alone is a patch file")
}
