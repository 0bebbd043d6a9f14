//! What pq keeps of a queue beside its files: is it whole, and can it be mended.

use std::collections::BTreeSet;

use serde::Serialize;

use super::materialize::{self, Series, materialize};
use super::transaction;
use super::verify::{Finding, branch, has_commit_and_parent, missing_commit, resolutions};
use super::workbench::{Access, State, Workbench, held_refs};
use crate::Result;
use crate::format::manifest::{Document, mend, peek};
use crate::git::{Objects, RefEdit, Repo};
use crate::model::progress::Watch;
use crate::model::{Oid, PatchName};
use crate::store::{self, Lock, QueueDir};

/// Whether to mend what can be mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Only look.
    Check,
    /// Set refs, delete what can be made again.
    Fix,
}

/// What was found.
#[derive(Debug, Clone, Serialize)]
pub struct FsckReport {
    /// The line.
    pub line: String,
    /// How many operations the log has.
    pub operations: usize,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// Looks at everything that belongs to the queue in `dir`.
pub fn fsck(dir: QueueDir, mode: Mode, watch: &dyn Watch) -> Result<FsckReport> {
    let repo = Repo::open(&store::canonical(&dir.repo_path()))?;
    let mended = merged_badly(&dir, &repo, mode)?;
    if mode == Mode::Check && !mended.is_empty() {
        let line = peek(&dir.read_text("pq.toml")?, "pq.toml").ok().and_then(|peek| peek.line).unwrap_or_default();
        return Ok(FsckReport { line, operations: 0, findings: mended });
    }
    let was_pending = transaction::is_pending(&State::of(&repo, dir.root()))?;
    let bench = Workbench::open(dir, if mode == Mode::Fix { Access::Write } else { Access::Read })?;
    let mut objects = bench.repo.objects();
    let mut findings = mended;
    if was_pending {
        let text = "a command was killed half-way: what it began has been finished or taken back";
        findings.push(Finding { fixed: true, ..Finding::warning(text) });
    }
    findings.extend(bench.queue.strays.iter().map(|file| {
        Finding::warning(format!("{file} is in no series")).hint("add it to `series` in pq.toml, or delete it")
    }));
    let (operations, broken) = log(&bench, &objects);
    findings.extend(broken);
    // What is remembered is mended before it is used.
    let memory = memory(&bench, mode)?;
    let series = match materialize(&bench, &mut objects, watch) {
        Err(error) if error.kind() == crate::Kind::Interrupted => return Err(error),
        series => series,
    };
    findings.extend(held(&bench, &mut objects, series.as_ref().ok(), mode)?);
    findings.extend(resolutions(&bench.dir)?);
    findings.extend(memory);
    match series {
        Ok(series) => findings.extend(branch(&bench, series.tip())?),
        Err(error) => findings.push(Finding { hint: error.hint(), ..Finding::error(error.to_string()) }),
    }
    Ok(FsckReport { line: bench.manifest().line.name.clone(), operations, findings })
}

/// What a merge by lines left in a queue that cannot be read any more, if that is all that is wrong with it.
fn merged_badly(dir: &QueueDir, repo: &Repo, mode: Mode) -> Result<Vec<Finding>> {
    if dir.load().is_ok() {
        return Ok(Vec::new());
    }
    let Ok(text) = dir.read_text("pq.toml") else { return Ok(Vec::new()) };
    let has_file = |name: &str| name.parse::<PatchName>().is_ok_and(|name| dir.root().join(name.file()).is_file());
    let mended = mend(&text, &has_file);
    if mended.done.is_empty() || Document::parse(&mended.text, "pq.toml", dir.workspace()).is_err() {
        return Ok(Vec::new());
    }
    let is_fixed = mode == Mode::Fix;
    if is_fixed {
        let _lock = Lock::acquire(&State::of(repo, dir.root()).lock)?;
        dir.write(&[("pq.toml".to_owned(), Some(mended.text.into_bytes()))].into())?;
    }
    let hint = |what: &str| match what.ends_with("no file") {
        true => "if the patch is still wanted, restore its file from history first; `pq fsck --fix` takes the name out",
        false => "`pq fsck --fix` takes it out; `pq merge-driver` merges without leaving such",
    };
    let one = |what: String| {
        let hint = hint(&what);
        Finding { fixed: is_fixed, ..Finding::error(what).hint(hint) }
    };
    Ok(mended.done.into_iter().map(one).collect())
}

/// How far the log can be read.
fn log(bench: &Workbench, objects: &Objects) -> (usize, Option<Finding>) {
    match transaction::log(bench, objects) {
        Ok(log) => (log.iter().filter(|operation| operation.before.is_some()).count(), None),
        Err(error) => {
            let name = bench.state().log;
            let hint =
                format!("`git update-ref -d {name}` starts a new log; what was done before cannot be undone then");
            (0, Some(Finding::error(format!("the log of operations ends early: {error}")).hint(hint)))
        }
    }
}

/// The refs of held patches are where pq.toml says, and there are no others.
fn held(bench: &Workbench, objects: &mut Objects, series: Option<&Series>, mode: Mode) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let mut known = BTreeSet::new();
    for patch in bench.manifest().held() {
        let Some(held) = &patch.meta.held else { continue };
        let name = bench.held_ref(&patch.name);
        known.insert(name.clone());
        let found = bench.repo.read_ref(&name)?;
        if !has_commit_and_parent(objects, held.commit) {
            findings.extend(missing_commit(bench, objects, series, patch)?);
        } else if found != Some(held.commit) {
            let text = format!("{name} is not at {}, so git may collect what the patch needs", held.commit.short());
            let fixed = set(bench, name, found, Some(held.commit), mode)?;
            findings.push(Finding { fixed, ..Finding::error(text).of(&patch.name).hint("`pq fsck --fix` sets it") });
        }
    }
    for (name, id) in held_refs(bench)?.into_iter().filter(|(name, _)| !known.contains(name)) {
        let text = format!("{name} belongs to no held patch");
        let fixed = set(bench, name, Some(id), None, mode)?;
        findings.push(Finding { fixed, ..Finding::warning(text).hint("`pq fsck --fix` deletes it") });
    }
    Ok(findings)
}

fn set(bench: &Workbench, name: String, old: Option<Oid>, new: Option<Oid>, mode: Mode) -> Result<bool> {
    if mode == Mode::Fix {
        bench.repo.update_refs(&[RefEdit { name, old, new }], "fsck")?;
    }
    Ok(mode == Mode::Fix)
}

/// What is remembered of commits can be read. Mending forgets it in any case: whether it is true is cheaper to make sure of than to find out.
fn memory(bench: &Workbench, mode: Mode) -> Result<Option<Finding>> {
    let is_sound = materialize::is_memory_sound(bench);
    if mode == Mode::Fix {
        materialize::forget(bench)?;
    }
    if is_sound {
        return Ok(None);
    }
    let text = "the remembered commits cannot be read: they are made again";
    let fixed = mode == Mode::Fix;
    Ok(Some(Finding { fixed, ..Finding::warning(text).hint("`pq fsck --fix` deletes the file") }))
}
