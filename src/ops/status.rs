//! Where a line stands: its base, the releases beyond it, the held patches, and what is wrong.

mod news;
mod policy;

use jiff::civil::Date;
use serde::Serialize;

use super::look::{Latest, PatchState, State, newest, state};
use super::materialize::materialize;
use super::publish::is_foreign;
use super::rebase::Release;
use super::resolve::Session;
use super::workbench::Workbench;
use crate::Result;
use crate::model::progress::Watch;
use crate::model::{Oid, PatchName};

pub use news::{Deviations, Followups, ReleaseNews, UpstreamNews};
pub use policy::{Breach, Rule};

/// What to look for.
#[derive(Debug, Clone)]
pub struct Options {
    /// The day, by which entries of the ignore list expire.
    pub today: Date,
    /// Of what takes time, show only what is remembered.
    pub quick: bool,
    /// Topics: only their patches count and are listed.
    pub topics: Vec<String>,
}

/// Where a line stands.
#[derive(Debug, Clone, Serialize)]
pub struct StatusReport {
    /// The line.
    pub line: String,
    /// Its base.
    pub base: Release,
    /// The newest releases that the repository has.
    pub latest: Latest,
    /// What they have of the queue, and what upstream did later; none if nobody looked yet.
    pub upstream: Option<UpstreamNews>,
    /// The published branch.
    pub branch: BranchState,
    /// How many patches.
    pub summary: Summary,
    /// Every patch.
    pub patches: Vec<PatchState>,
    /// The held patch that a person is settling, if one is open here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolving: Option<Resolving>,
    /// What is wrong, in words; `--check` fails on any.
    pub problems: Vec<String>,
    /// The rules that patches break, rule by rule; `--check` fails on any.
    pub breaches: Vec<Breach>,
}

/// A session of `pq resolve`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Resolving {
    /// The patch.
    pub patch: String,
    /// The directory of the worktree.
    pub worktree: String,
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
    /// Whether it has commits that a person made and the queue has not.
    pub is_foreign: bool,
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

/// Where the line stands. Nothing is applied, and upstream's commits are not read, unless something changed since the last time.
pub fn status(bench: &Workbench, options: &Options, watch: &dyn Watch) -> Result<StatusReport> {
    let manifest = bench.manifest();
    let line = &manifest.line;
    let mut objects = bench.repo.objects();
    let series = materialize(bench, &mut objects, watch)?;
    let tip = series.tip();
    let commit = bench.repo.read_ref(&bench.branch_ref())?;
    let is_ours = |found: Oid| found == series.base || series.commits.iter().any(|made| made.commit == found);
    let is_foreign = match commit {
        Some(found) => !is_ours(found) && is_foreign(bench, &series, found)?,
        None => false,
    };
    let branch = BranchState { name: line.branch.clone(), commit, is_current: commit == Some(tip), is_foreign };
    let mut patches: Vec<PatchState> = manifest.patches.iter().map(|patch| state(manifest, patch)).collect();
    if !options.topics.is_empty() {
        let names = bench.select(&[], &options.topics)?;
        patches.retain(|patch| names.contains(&patch.name));
    }
    let total = patches.len();
    let held = patches.iter().filter(|patch| patch.state == State::Held).count();
    let (patch, minor) = newest(bench)?;
    let newer = patch.iter().chain(&minor).filter(|it| it.release != line.base).cloned().collect();
    let upstream = news::look(bench, &mut objects, series, newer, options, watch)?;
    let deviations = upstream.as_ref().and_then(|news| news.deviations.clone());
    let silent = deviations.map(|deviations| deviations.silent).unwrap_or_default();
    let latest = Latest { patch: patch.map(|it| it.release), minor: minor.map(|it| it.release) };
    let problems = problems(bench, &branch, held);
    let breaches = policy::breaches(manifest, &silent).into_iter();
    Ok(StatusReport {
        line: line.name.clone(),
        base: Release { release: line.base.clone(), commit: line.base_commit },
        latest,
        upstream,
        branch,
        summary: Summary { total, applied: total - held, held },
        breaches: breaches.filter(|breach| patches.iter().any(|patch| patch.name == breach.patch)).collect(),
        patches,
        resolving: Session::load(bench)?.map(|session| {
            let worktree = session.worktree.display().to_string();
            Resolving { patch: session.patch, worktree }
        }),
        problems,
    })
}

fn problems(bench: &Workbench, branch: &BranchState, held: usize) -> Vec<String> {
    let mut problems = Vec::new();
    if held > 0 {
        problems.push(format!("{held} held: they are not part of {}", branch.name));
    }
    match branch.commit {
        None => problems.push(format!("the branch {} does not exist: pq refresh makes it", branch.name)),
        Some(_) if branch.is_foreign => problems.push(format!(
            "the branch {} has commits that the queue has not: pq refresh --adopt takes them into it",
            branch.name
        )),
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
