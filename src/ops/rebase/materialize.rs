//! From what the replay found to files, commits and refs.

use std::collections::BTreeMap;

use bstr::BString;
use rayon::prelude::*;

use super::carry::{Become, Carried};
use super::{Foreign, Options, Tip};
use crate::Result;
use crate::git::apply::commit;
use crate::git::history::cancelled;
use crate::git::{Change, Commit, Kind, Objects, RefEdit, Repo};
use crate::model::progress::Watch;
use crate::model::{Oid, PatchName};
use crate::ops::follow::Follow;
use crate::ops::materialize::{Applied, Files, Series, remember_series};
use crate::ops::position::{Ways, names};
use crate::ops::publish::expected_branch;
use crate::ops::replay::Placed;
use crate::ops::transaction::{self, Changeset};
use crate::ops::workbench::{Workbench, held_ref};
use crate::ops::{error::OpError, text};

/// The new series.
pub struct Made {
    /// The commit and tree of each patch that is part of it.
    pub commits: Vec<(Oid, Oid)>,
    /// The files that have to be written anew.
    pub texts: BTreeMap<PatchName, Vec<u8>>,
}

impl Made {
    /// The last commit.
    pub fn tip(&self, base: Oid) -> Oid {
        self.commits.last().map_or(base, |(commit, _)| *commit)
    }
}

/// Makes the commits of the new series, and the texts of the patches whose old text would not give them.
pub fn texts_and_commits(
    repo: &Repo,
    objects: &mut Objects,
    carried: &[Carried<'_>],
    base: Oid,
    watch: &dyn Watch,
) -> Result<Made> {
    watch.phase("writing patches", Some(carried.len() as u64));
    let fresh = objects.snapshot();
    let new_text = |reader: &mut Objects, one: &Carried<'_>| {
        cancelled(watch)?;
        watch.step(1);
        let text = one.placed().map(|placed| new_text(reader, one, placed)).transpose()?.flatten();
        Ok(text.map(|text| (one.step.patch.name.clone(), text)))
    };
    let texts: Result<Vec<_>> = carried.par_iter().map_init(|| repo.objects_over(&fresh), new_text).collect();
    let texts = texts?.into_iter().flatten().collect();
    Ok(Made { commits: commits(objects, carried, base), texts })
}

/// Makes the commits of the new series: each with its tree.
pub fn commits(objects: &mut Objects, carried: &[Carried<'_>], base: Oid) -> Vec<(Oid, Oid)> {
    let mut parent = base;
    let mut commits = Vec::new();
    for (one, placed) in carried.iter().filter_map(|one| Some((one, one.placed()?))) {
        parent = objects.write(Kind::Commit, commit(placed.tree, Some(parent), &one.step.file.message).to_bytes());
        commits.push((parent, placed.tree));
    }
    commits
}

/// The text that leads from the new parent to the new tree, if the old one does not.
fn new_text(objects: &Objects, one: &Carried<'_>, placed: &Placed) -> Result<Option<Vec<u8>>> {
    let file = &one.step.file;
    let bad = |source| OpError::BadPatch { patch: one.step.patch.name.clone(), source };
    if let Become::Repicked(repicked) = &one.result {
        return Ok(Some(file.with_sections(repicked.sections.clone()).map_err(bad)?.to_bytes()));
    }
    if let Become::Settled(settled) = &one.result {
        return Ok(Some(file.with_sections(settled.sections.clone()).map_err(bad)?.to_bytes()));
    }
    let changes: Vec<(BString, bool, Change)> = placed
        .changes
        .iter()
        .map(|change| (one.step.changes[change.from].path().to_owned(), change.is_same, change.change.clone()))
        .collect();
    let Some(sections) = text::refreshed(objects, file, &changes)? else { return Ok(None) };
    Ok(Some(file.with_sections(sections).map_err(bad)?.to_bytes()))
}

/// Writes it all: objects, files, refs, in one operation.
pub fn write(
    bench: &Workbench,
    mut objects: Objects,
    options: &Options,
    series: &Series,
    carried: &[Carried<'_>],
    made: Made,
) -> Result<()> {
    let mut document = bench.document();
    document.set_base(&options.onto, options.commit);
    let mut files: BTreeMap<String, Option<Vec<u8>>> = BTreeMap::new();
    let mut refs = vec![branch_edit(bench, options, series, made.tip(options.commit))?];
    for one in carried {
        let name = &one.step.patch.name;
        if one.outcome() == crate::model::Outcome::Upstreamed {
            document.remove(name);
            files.insert(name.file(), None);
        } else if one.held() != one.step.patch.meta.held {
            let meta = crate::model::PatchMeta { held: one.held(), ..one.step.patch.meta.clone() };
            document.set_meta(name, &meta);
        }
        refs.extend(held_edit(bench, one)?);
    }
    files.extend(made.texts.iter().map(|(name, text)| (name.file(), Some(text.clone()))));
    files.insert("pq.toml".to_owned(), Some(document.to_text().into_bytes()));
    let what = format!("rebase {}", options.onto);
    let worktrees = worktrees(bench, &mut objects, options.commit, series, carried, &made)?;
    transaction::commit(bench, &mut objects, Changeset { what, when: options.when, files, refs, worktrees })?;
    remember(bench, options, carried, &made);
    Ok(())
}

/// Worktrees that stand at a patch go where it is on the new base.
fn worktrees(
    bench: &Workbench,
    objects: &mut Objects,
    base: Oid,
    old: &Series,
    carried: &[Carried<'_>],
    made: &Made,
) -> Result<Vec<Follow>> {
    let placed = carried.iter().filter(|one| one.placed().is_some());
    let commits = placed.map(|one| &one.step.patch.name).zip(made.commits.iter().copied()).collect();
    let base = (base, Commit::read(objects, base)?.tree);
    let (commit, tree) = made.commits.last().copied().unwrap_or(base);
    let ways = Ways { bench, old, names: &names(bench), commits: &commits, base, tip: Tip { commit, tree } };
    ways.follow(objects, None, None)
}

fn branch_edit(bench: &Workbench, options: &Options, series: &Series, tip: Oid) -> Result<RefEdit> {
    let commits: Vec<Oid> = series.commits.iter().map(|made: &Applied| made.commit).collect();
    let old = match options.foreign {
        Foreign::Refuse => expected_branch(bench, series.base, &commits)?,
        Foreign::Overwrite => {
            crate::ops::publish::movable(bench)?;
            bench.repo.read_ref(&bench.branch_ref())?
        }
    };
    Ok(RefEdit { name: bench.branch_ref(), old, new: Some(tip) })
}

/// A held patch keeps its commit under a ref; one that is not held any more gives it up.
pub fn held_edit(bench: &Workbench, one: &Carried<'_>) -> Result<Option<RefEdit>> {
    let name = held_ref(&bench.manifest().line.branch, &one.step.patch.name);
    let old = bench.repo.read_ref(&name)?;
    let new = one.held().map(|_| one.step.commit);
    Ok((old != new).then_some(RefEdit { name, old, new }))
}

/// The next command finds the new series without applying a patch.
fn remember(bench: &Workbench, options: &Options, carried: &[Carried<'_>], made: &Made) {
    let mut files = Files { names: Vec::new(), bytes: Vec::new() };
    for one in carried {
        if one.placed().is_some() {
            let name = &one.step.patch.name;
            files.names.push(name);
            files.bytes.push(made.texts.get(name).map_or_else(|| bench.file(name), Vec::as_slice));
        }
    }
    remember_series(bench, options.commit, &files, &made.commits, None);
}
