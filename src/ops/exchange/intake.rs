//! What every import ends with: patches as steps between trees are carried to their place in the queue, what will be written is checked, and
//! everything is written in one operation.

use std::collections::HashSet;

use bstr::{BString, ByteSlice};

use super::error::ExchangeError;
use super::report::{Fate, IntakeReport, IntakeSummary, Loss, PassedOver, Proof, Taken};
use crate::Result;
use crate::format::patchfile::{Message, PatchFile};
use crate::git::apply::Stack;
use crate::git::{Commit, Objects};
use crate::model::progress::Watch;
use crate::model::{Oid, Outcome, Patch, PatchName};
use crate::ops::edit::{Target, place};
use crate::ops::error::OpError;
use crate::ops::import::origin;
use crate::ops::rebase::carry::{Become, Carried, again};
use crate::ops::rebase::materialize::texts_and_commits;
use crate::ops::rebase::old::{OldQueue, OldStep};
use crate::ops::rebase::{Release, Tip};
use crate::ops::resolve::Session;
use crate::ops::rework::{Rework, empty_file, keep_empty, step_to};
use crate::ops::workbench::Workbench;

/// How to import.
#[derive(Debug, Clone)]
pub struct How {
    /// Where the patches go.
    pub target: Target,
    /// What to do about what conflicts.
    pub conflicts: Conflicts,
    /// Whether to only tell.
    pub dry_run: bool,
    /// When, in seconds since 1970.
    pub when: i64,
}

/// What to do about patches that conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflicts {
    /// Write nothing.
    Refuse,
    /// Hold them.
    Hold,
}

/// A patch as its source has it.
pub(super) struct Incoming {
    /// Its name there.
    pub(super) name: Option<BString>,
    /// What it says.
    pub(super) message: Message,
    /// The commit in front of it.
    pub(super) parent: Oid,
    /// The trees before and after.
    pub(super) trees: (Oid, Oid),
    /// What it stands on, for people, and the commit.
    pub(super) base: (String, Oid),
    /// What the source calls it.
    pub(super) source: BString,
    /// What the source does not say.
    pub(super) losses: Vec<Loss>,
    /// Whether the source has it beside what makes its tree: then it is held if it conflicts.
    pub(super) is_extra: bool,
}

/// What was read, and from where.
pub(super) struct Source {
    /// The kind: `git`, `mbox`, `stgit`.
    pub(super) from: &'static str,
    /// What was typed.
    pub(super) what: String,
    /// The patches, in order.
    pub(super) patches: Vec<Incoming>,
    /// What is no patch.
    pub(super) passed_over: Vec<PassedOver>,
}

/// A queue that is open for an import.
pub(super) struct Intake<'a> {
    pub(super) bench: &'a Workbench,
    pub(super) how: &'a How,
    pub(super) watch: &'a dyn Watch,
    pub(super) objects: Objects,
    pub(super) queue: OldQueue<'a>,
    /// The place in the series, held patches included.
    at: usize,
    /// The commit and the tree in front of that place.
    pub(super) front: (Oid, Oid),
}

impl<'a> Intake<'a> {
    /// Opens it.
    ///
    /// # Errors
    /// A patch is being settled, or there is no such place.
    pub(super) fn open(bench: &'a Workbench, how: &'a How, watch: &'a dyn Watch) -> Result<Intake<'a>> {
        Session::refuse(bench)?;
        let mut objects = bench.repo.objects();
        let queue = OldQueue::read(bench, &mut objects, watch)?;
        let patches = &bench.manifest().patches;
        let order: Vec<PatchName> = patches.iter().map(|patch| patch.name.clone()).collect();
        let at = match &how.target {
            Target::First => 0,
            Target::Last => order.len(),
            Target::Before(other) => place(bench, &order, other)?,
            Target::After(other) => place(bench, &order, other)? + 1,
        };
        let applied = patches[..at].iter().filter(|patch| patch.meta.held.is_none()).count();
        let commit = applied.checked_sub(1).map_or(queue.series.base, |top| queue.series.commits[top].commit);
        let front = (commit, queue.series.parent_tree(applied));
        Ok(Intake { bench, how, watch, objects, queue, at, front })
    }

    /// Carries the patches to their place and writes them, unless it is only to be told.
    ///
    /// # Errors
    /// Something conflicts and is not to be held: nothing is written.
    pub(super) fn finish(mut self, source: Source) -> Result<IntakeReport> {
        if source.patches.is_empty() {
            return Err(ExchangeError::Nothing(source.what).into());
        }
        let patches = self.described(&source.patches);
        let mut steps = std::mem::take(&mut self.queue.steps);
        let mut texts = Vec::with_capacity(patches.len());
        for (nth, (patch, incoming)) in patches.iter().zip(&source.patches).enumerate() {
            let (step, text) = self.step(patch, incoming)?;
            steps.insert(self.at + nth, step);
            texts.push(text);
        }
        let seen = self.preview(&steps, patches.len())?;
        seen.check(self.how.conflicts, &source.patches)?;
        let proof = self.proof(&source.patches, &seen)?;
        let report = self.report(&source, &patches, &seen, proof);
        if !self.how.dry_run {
            self.write(&source, &patches, texts, &steps)?;
        }
        Ok(report)
    }

    /// Names and metadata, read from the messages.
    fn described(&self, incoming: &[Incoming]) -> Vec<Patch> {
        let known = self.bench.manifest().patches.iter().map(|patch| patch.name.folded());
        let mut taken: HashSet<String> = known.collect();
        let style = self.bench.provenance_style();
        let one = |incoming: &Incoming| {
            let given = incoming.name.as_ref().map(|name| name.to_str_lossy());
            let name = match given.as_deref().map(str::parse::<PatchName>) {
                Some(Ok(name)) => name,
                Some(Err(_)) => PatchName::from_subject(&given.unwrap_or_default()),
                None => PatchName::from_subject(&incoming.message.subject().to_str_lossy()),
            };
            let name = name.unused(&taken);
            taken.insert(name.folded());
            let (meta, _) = origin(&self.bench.repo, &self.objects, &incoming.message.text, style.as_ref());
            Patch { name, meta }
        };
        incoming.iter().map(one).collect()
    }

    fn step<'p>(&mut self, patch: &'p Patch, incoming: &Incoming) -> Result<(OldStep<'p>, Vec<u8>)> {
        let ends = (incoming.parent, incoming.trees.0, incoming.trees.1);
        let file = empty_file(incoming.message.clone());
        let (step, text) = step_to(&mut self.objects, self.bench, patch, file, ends)?;
        let base_tree = Commit::read(&self.objects, incoming.base.1)?.tree;
        Ok((OldStep { base: incoming.base.clone(), base_tree, ..step }, text))
    }

    /// What the whole queue becomes, in memory.
    fn preview(&mut self, steps: &[OldStep<'_>], new: usize) -> Result<Seen> {
        let base = self.bench.manifest().line.base_commit;
        let (mut carried, tree) = again(self.bench, &mut self.objects, steps, self.watch)?;
        carried.iter_mut().for_each(keep_empty);
        let made = texts_and_commits(&self.bench.repo, &mut self.objects, &carried, base, self.watch)?;
        let tip = Tip { commit: made.tip(base), tree };
        let ours = self.at..self.at + new;
        let mut seen = Seen { tip, ours: Vec::new(), others: Vec::new(), rewritten: Vec::new() };
        for (at, one) in carried.iter().enumerate() {
            let name = &one.step.patch.name;
            if ours.contains(&at) {
                let text = made.texts.get(name).cloned();
                seen.ours.push(Ours { text: text.unwrap_or_else(|| one.step.file.to_bytes()), ..Ours::of(one) });
                continue;
            }
            seen.rewritten.extend(made.texts.contains_key(name).then(|| name.clone()));
            if one.held().is_some() && one.step.patch.meta.held.is_none() {
                seen.others.push((name.clone(), conflicting(one)));
            }
        }
        Ok(seen)
    }

    /// That the texts give, one after the other, the trees that were meant; and whether those are the source's.
    fn proof(&mut self, incoming: &[Incoming], seen: &Seen) -> Result<Proof> {
        let mut stack = Stack::new(&mut self.objects, self.front.0, self.front.1);
        let mut found = self.front.1;
        for (ours, incoming) in seen.ours.iter().zip(incoming) {
            let Some(wanted) = ours.tree else { continue };
            let bad = |source| OpError::BadPatch { patch: ours.name.clone(), source };
            let made = stack.push(&ours.name, &PatchFile::parse(&ours.text).map_err(bad)?)?.tree;
            if made != wanted {
                return Err(ExchangeError::NotEqual { patch: ours.name.clone(), wanted, found: made }.into());
            }
            found = if incoming.is_extra { found } else { made };
        }
        // The source's trees are those of this place if its patches stand on each other, the first one on what is here.
        let mut before = self.front.1;
        let plain: Vec<&Incoming> = incoming.iter().filter(|one| !one.is_extra).collect();
        let is_same = plain.iter().all(|one| std::mem::replace(&mut before, one.trees.1) == one.trees.0);
        let source_tree = plain.last().map(|last| last.trees.1).filter(|_| is_same);
        Ok(Proof { source_tree, queue_tree: found, equal: source_tree.map(|tree| tree == found) })
    }

    fn report(&self, source: &Source, patches: &[Patch], seen: &Seen, proof: Proof) -> IntakeReport {
        let line = &self.bench.manifest().line;
        let count = |fate| seen.ours.iter().filter(|ours| ours.fate == fate).count();
        let summary = IntakeSummary {
            total: patches.len(),
            exact: count(Fate::Exact),
            merged: count(Fate::Merged),
            empty: count(Fate::Empty),
            held: count(Fate::Held),
        };
        let rows = patches.iter().zip(&source.patches).zip(&seen.ours);
        let patches = rows.map(|((patch, incoming), ours)| Taken {
            name: patch.name.clone(),
            source: incoming.source.clone(),
            placement: ours.fate,
            upstream: patch.meta.upstream().to_vec(),
            paths: ours.paths.clone(),
            losses: incoming.losses.clone(),
        });
        IntakeReport {
            line: line.name.clone(),
            dry_run: self.how.dry_run,
            from: source.from,
            source: source.what.clone(),
            base: Release { release: line.base.clone(), commit: line.base_commit },
            tip: seen.tip,
            proof,
            summary,
            patches: patches.collect(),
            passed_over: source.passed_over.clone(),
            rewritten: seen.rewritten.clone(),
            held: seen.others.iter().map(|(name, _)| name.clone()).collect(),
        }
    }

    fn write(self, source: &Source, patches: &[Patch], texts: Vec<Vec<u8>>, steps: &[OldStep<'_>]) -> Result<()> {
        let what = format!("import {} {}", source.from, source.what);
        let mut rework = Rework::new(self.bench, what, self.how.when);
        for (nth, (patch, text)) in patches.iter().zip(texts).enumerate() {
            rework.document.insert(self.at + nth, patch);
            rework.files.insert(patch.name.file(), Some(text));
        }
        rework.finish(self.objects, &self.queue.series, steps, self.watch)?;
        Ok(())
    }
}

/// What the queue becomes.
struct Seen {
    tip: Tip,
    ours: Vec<Ours>,
    /// Patches that were there before and are held now.
    others: Vec<(PatchName, Vec<String>)>,
    rewritten: Vec<PatchName>,
}

/// A new patch in its place.
struct Ours {
    name: PatchName,
    fate: Fate,
    /// The tree after it, if it is part of the series.
    tree: Option<Oid>,
    text: Vec<u8>,
    paths: Vec<String>,
}

impl Ours {
    fn of(one: &Carried<'_>) -> Ours {
        let fate = match &one.result {
            Become::Conflict(_) | Become::Blocked(_) => Fate::Held,
            Become::Placed(placed) if placed.changes.is_empty() => Fate::Empty,
            Become::Placed(placed) if placed.outcome == Outcome::Unchanged => Fate::Exact,
            _ => Fate::Merged,
        };
        let tree = one.placed().map(|placed| placed.tree);
        let name = one.step.patch.name.clone();
        Ours { name, fate, tree, text: Vec::new(), paths: conflicting(one) }
    }
}

impl Seen {
    fn check(&self, conflicts: Conflicts, incoming: &[Incoming]) -> Result<()> {
        let ours = self.ours.iter().zip(incoming).filter(|(ours, one)| ours.fate == Fate::Held && !one.is_extra);
        let ours = ours.map(|(ours, _)| (ours.name.clone(), ours.paths.clone()));
        let patches: Vec<_> = ours.chain(self.others.iter().cloned()).collect();
        match patches.is_empty() || conflicts == Conflicts::Hold {
            true => Ok(()),
            false => Err(ExchangeError::Conflicts { patches }.into()),
        }
    }
}

/// The paths at which a patch conflicts, quoted as git quotes them.
fn conflicting(one: &Carried<'_>) -> Vec<String> {
    one.held().map(|held| held.paths).unwrap_or_default()
}
