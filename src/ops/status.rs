//! Where a line stands: its base, the releases beyond it, the held patches, and what is wrong.

mod policy;

use serde::Serialize;

use super::look::{Latest, PatchState, latest, state};
use super::materialize::materialize;
use super::rebase::Release;
use super::workbench::Workbench;
use crate::Result;
use crate::model::progress::Watch;
use crate::model::{Oid, PatchName};

pub use policy::{Breach, Rule};

/// Where a line stands.
#[derive(Debug, Clone, Serialize)]
pub struct StatusReport {
    /// The line.
    pub line: String,
    /// Its base.
    pub base: Release,
    /// The newest releases that the repository has.
    pub latest: Latest,
    /// The published branch.
    pub branch: BranchState,
    /// How many patches.
    pub summary: Summary,
    /// Every patch.
    pub patches: Vec<PatchState>,
    /// What is wrong, in words; `--check` fails on any.
    pub problems: Vec<String>,
    /// The rules that patches break, rule by rule; `--check` fails on any.
    pub breaches: Vec<Breach>,
}

/// The published branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BranchState {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub commit: Option<Oid>,
    /// Whether that is the end of the queue as it is now.
    pub is_current: bool,
}

/// How many patches a line has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// All.
    pub total: usize,
    /// Those that are part of the branch.
    pub applied: usize,
    /// Those that wait for a person.
    pub held: usize,
}

/// Where the line stands. Nothing is applied unless files changed since the last command.
pub fn status(bench: &Workbench, watch: &dyn Watch) -> Result<StatusReport> {
    let manifest = bench.manifest();
    let line = &manifest.line;
    let mut objects = bench.repo.objects();
    let tip = materialize(bench, &mut objects, watch)?.tip();
    let commit = bench.repo.read_ref(&bench.branch_ref())?;
    let branch = BranchState { name: line.branch.clone(), commit, is_current: commit == Some(tip) };
    let held = manifest.held().count();
    let total = manifest.patches.len();
    let latest = latest(bench)?;
    let problems = problems(bench, &branch, held);
    Ok(StatusReport {
        line: line.name.clone(),
        base: Release { release: line.base.clone(), commit: line.base_commit },
        latest,
        branch,
        summary: Summary { total, applied: total - held, held },
        patches: manifest.patches.iter().map(state).collect(),
        problems,
        breaches: policy::breaches(manifest),
    })
}

fn problems(bench: &Workbench, branch: &BranchState, held: usize) -> Vec<String> {
    let mut problems = Vec::new();
    if held > 0 {
        problems.push(format!("{held} held: they are not part of {}", branch.name));
    }
    match branch.commit {
        None => problems.push(format!("the branch {} does not exist: pq refresh makes it", branch.name)),
        Some(_) if !branch.is_current => {
            problems.push(format!("the branch {} is not at the end of the queue: pq refresh moves it", branch.name));
        }
        Some(_) => {}
    }
    problems.extend(bench.queue.strays.iter().map(|file| format!("{file} is in no series")));
    problems.extend(bench.moved_base().map(|actual| {
        let line = &bench.manifest().line;
        format!(
            "the tag {} was moved to {}: the queue stands on {}",
            line.base,
            actual.short(),
            line.base_commit.short()
        )
    }));
    problems.extend(needs_held(bench));
    problems
}

/// Patches of the branch that require one which is not part of it.
fn needs_held(bench: &Workbench) -> Vec<String> {
    let manifest = bench.manifest();
    let is_held = |name: &&PatchName| manifest.patch(name.as_str()).is_some_and(|patch| patch.meta.held.is_some());
    let needs = manifest.applied().flat_map(|patch| patch.meta.requires.iter().map(move |name| (&patch.name, name)));
    needs
        .filter(|(_, needed)| is_held(needed))
        .map(|(name, needed)| format!("{name} requires {needed}, which is held"))
        .collect()
}
