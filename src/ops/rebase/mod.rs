//! Carries the whole queue to another release: plan, replay in memory, then write everything at once.

pub(super) mod carry;
pub(super) mod kept;
pub(super) mod materialize;
pub(super) mod needs;
pub(super) mod old;
pub mod repick;
pub(super) mod report;

use super::workbench::Workbench;
use crate::Result;
use crate::git::drivers::Drivers;
use crate::model::Oid;
use crate::model::progress::Watch;
use carry::{To, carry};
use needs::Needs;
use old::OldQueue;
pub use report::{
    ConflictReport, EvidenceReport, FollowedReport, MergedByReport, MoveReport, PatchReport, RebaseReport, Release,
    RepickReport, Reverted, Review, Tip,
};

/// What to carry the queue to.
#[derive(Debug, Clone)]
pub struct Options {
    /// The release, as typed: recorded as `base`.
    pub onto: String,
    /// Its commit.
    pub commit: Oid,
    /// Whether to write the result.
    pub mode: Mode,
    /// What to do with patches that would merge although the new base has all that they add.
    pub duplicates: Duplicates,
    /// What to do with patches whose own text conflicts, while another text of the same change applies.
    pub repick: Repick,
    /// Whether merge drivers of the user's are run.
    pub drivers: Drivers,
    /// What to do with a branch that pq did not leave where it is.
    pub foreign: Foreign,
    /// When, in seconds since 1970.
    pub when: i64,
}

/// Whether anything is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nothing is: only the report is made.
    DryRun,
    /// Patch files, pq.toml and the branch.
    Write,
}

/// What to do with patches that would merge although the new base has all that they add.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplicates {
    /// Hold them for a person.
    Hold,
    /// Carry them.
    Carry,
}

/// What to do with patches whose own text conflicts, while another text of the same change applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repick {
    /// Take that one.
    Try,
    /// Hold them for a person.
    Refuse,
}

/// What to do with a published branch that holds something that pq did not put there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// Leave everything as it is and say so.
    Refuse,
    /// Move it all the same; the log keeps what it was.
    Overwrite,
}

/// Carries the queue.
pub fn rebase(bench: &Workbench, options: &Options, watch: &dyn Watch) -> Result<RebaseReport> {
    bench.check_order()?;
    if options.mode == Mode::Write {
        crate::ops::resolve::Session::refuse(bench)?;
        crate::ops::publish::movable(bench)?;
    }
    let mut objects = bench.repo.objects();
    let queue = OldQueue::read(bench, &mut objects, watch)?;
    if options.mode == Mode::Write {
        crate::ops::position::movable(bench, &queue.series)?;
    }
    let Options { onto: release, commit, duplicates, repick, drivers, .. } = options;
    let to = To { release, commit: *commit, duplicates: *duplicates, repick: *repick, drivers: *drivers };
    let there = carry(bench, &mut objects, &queue, &mut Needs::default(), to, watch)?;
    let made = materialize::texts_and_commits(&bench.repo, &mut objects, &there.patches, options.commit, watch)?;
    let tip = Tip { commit: made.tip(options.commit), tree: there.tree };
    let breaks = carry::breaks(bench, &objects, &there, options.commit, watch)?;
    let report = report::build(bench, options, &there.patches, &breaks, tip);
    if options.mode == Mode::Write {
        materialize::write(bench, objects, options, &queue.series, &there.patches, made)?;
    }
    Ok(report)
}
