//! Makes again what derives from queue and base, or says what would change.

use serde::Serialize;

use super::materialize::{graph, materialize};
use super::publish::{expected_branch, movable};
use super::rebase::{self, Duplicates, Foreign, RebaseReport, Repick, Tip};
use super::transaction::{self, Changeset};
use super::workbench::Workbench;
use crate::Result;
use crate::git::RefEdit;
use crate::git::drivers::Drivers;
use crate::model::progress::Watch;
use crate::model::{Oid, PatchName};

/// What to make again.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether to write.
    pub mode: Mode,
    /// With a rebase: what to do with patches whose own text conflicts, while another text of the same change applies.
    pub repick: Repick,
    /// What to do with a branch that pq did not leave where it is.
    pub foreign: Foreign,
    /// When, in seconds since 1970.
    pub when: i64,
}

/// Whether anything is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nothing: what would change is listed.
    Check,
    /// What is stale is made again.
    Write,
}

/// What was stale.
#[derive(Debug, Clone, Serialize)]
pub struct RefreshReport {
    /// The line.
    pub line: String,
    /// Whether nothing was written.
    pub check: bool,
    /// What changed, or would.
    pub changes: Vec<Stale>,
    /// The end of the series.
    pub tip: Tip,
    /// The held patches, which are not part of it.
    pub held: Vec<PatchName>,
    /// The rebase that came first, if one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rebase: Option<RebaseReport>,
}

/// Something that derives from queue and base and is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "what")]
pub enum Stale {
    /// The branch is not at the end of the series.
    Branch {
        /// Its name.
        name: String,
        /// Where it is.
        from: Option<Oid>,
        /// Where it should be.
        to: Oid,
    },
    /// A patch would change, because the queue goes to another release.
    Patch {
        /// Its name.
        name: PatchName,
        /// What becomes of it.
        outcome: crate::model::Outcome,
    },
    /// The order of the series breaks a dependency. Nothing can be written before a person has mended it.
    Order {
        /// Which one, in words.
        reason: String,
    },
    /// A file in `patches/` that no line of the series names.
    Stray {
        /// The file.
        file: String,
    },
}

/// Makes what is stale again.
pub fn refresh(bench: &Workbench, options: &Options, watch: &dyn Watch) -> Result<RefreshReport> {
    if options.mode == Mode::Write {
        bench.check_order()?;
    }
    let mut objects = bench.repo.objects();
    let series = materialize(bench, &mut objects, watch)?;
    let tip = Tip { commit: series.tip(), tree: series.tip_tree() };
    let mut changes = broken_order(bench, &mut objects, watch)?;
    changes.extend(bench.queue.strays.iter().map(|file| Stale::Stray { file: file.clone() }));
    let name = bench.branch_ref();
    let from = bench.repo.read_ref(&name)?;
    if from != Some(tip.commit) {
        let branch = bench.manifest().line.branch.clone();
        changes.push(Stale::Branch { name: branch, from, to: tip.commit });
        if options.mode == Mode::Write {
            let commits: Vec<Oid> = series.commits.iter().map(|made| made.commit).collect();
            let old = match options.foreign {
                Foreign::Refuse => expected_branch(bench, series.base, &commits)?,
                Foreign::Overwrite => movable(bench).map(|()| from)?,
            };
            let refs = vec![RefEdit { name, old, new: Some(tip.commit) }];
            let changeset = Changeset { what: "refresh".to_owned(), when: options.when, refs, ..Changeset::default() };
            transaction::commit(bench, &mut objects, changeset)?;
        }
    }
    Ok(RefreshReport {
        line: bench.manifest().line.name.clone(),
        check: options.mode == Mode::Check,
        changes,
        tip,
        held: bench.manifest().held().map(|patch| patch.name.clone()).collect(),
        rebase: None,
    })
}

/// The same on another release: a rebase first.
pub fn refresh_onto(
    bench: &Workbench,
    onto: (String, Oid),
    options: &Options,
    watch: &dyn Watch,
) -> Result<RefreshReport> {
    let mode = if options.mode == Mode::Check { rebase::Mode::DryRun } else { rebase::Mode::Write };
    let is_there = bench.manifest().line.base_commit == onto.1;
    let rebase_options = rebase::Options {
        onto: onto.0,
        commit: onto.1,
        mode,
        duplicates: Duplicates::Hold,
        repick: options.repick,
        drivers: Drivers::Run,
        foreign: options.foreign,
        when: options.when,
    };
    if is_there {
        return refresh(bench, options, watch);
    }
    let from = bench.repo.read_ref(&bench.branch_ref())?;
    let report = rebase::rebase(bench, &rebase_options, watch)?;
    let changed = report.patches.iter().filter(|patch| patch.outcome != crate::model::Outcome::Unchanged);
    let mut changes: Vec<Stale> =
        changed.map(|patch| Stale::Patch { name: patch.name.clone(), outcome: patch.outcome }).collect();
    changes.push(Stale::Branch { name: bench.manifest().line.branch.clone(), from, to: report.tip.commit });
    let held = report.patches.iter().filter(|patch| patch.outcome.is_held()).map(|patch| patch.name.clone()).collect();
    Ok(RefreshReport {
        line: report.line.clone(),
        check: options.mode == Mode::Check,
        changes,
        tip: report.tip,
        held,
        rebase: Some(report),
    })
}

/// The dependencies that the order of the series breaks, or a cycle of them.
fn broken_order(bench: &Workbench, objects: &mut crate::git::Objects, watch: &dyn Watch) -> Result<Vec<Stale>> {
    let graph = graph(bench, objects, watch)?;
    let order: Vec<usize> = (0..graph.names().len()).collect();
    let broken = graph.check_order(&order);
    let mut reasons: Vec<String> = broken.iter().map(ToString::to_string).collect();
    if let Err(cycle) = graph.order() {
        reasons = vec![cycle.to_string()];
    }
    Ok(reasons.into_iter().map(|reason| Stale::Order { reason }).collect())
}
