//! Upstream commits that concern what the fork has and that the fork lacks: follow-ups of the queue and the base, and what a move to
//! another release would lose.
//!
//! Everything is read from the repository: nothing is asked of a server. What a finding claims, a commit message says; what is taken to be
//! there already, an ancestor, a trailer of the base or `upstream` of a patch says.

pub(super) mod branches;
mod follow;
mod identity;
mod ignored;
mod lost;
mod past;
mod report;
mod scene;
mod titles;
mod unknown;

use jiff::civil::Date;

pub use branches::{Branch, Branches, find as branches, stated as stated_branches};
pub use report::{
    AuditReport, Followup, Ignored, IgnoredFindings, Lost, Relation, Severity, StaleIgnore, Trouble, Unknown, Why,
};

use super::rebase::Release;
use super::workbench::Workbench;
use crate::Result;
use crate::git::GitError;
use crate::model::Oid;
use crate::model::progress::Watch;
use scene::Scene;

/// What to look for.
#[derive(Debug, Clone)]
pub struct Options {
    /// Leave out what this commit has: what an audit before saw.
    pub since: Option<Oid>,
    /// The release that the line may move to, as typed, and its commit: what would be lost?
    pub onto: Option<(String, Oid)>,
    /// The day, by which entries of the ignore list expire.
    pub today: Date,
}

/// Looks for what is missing. Nothing is written.
///
/// # Errors
/// The repository lacks the base or the branches of upstream, or cannot be read.
pub fn audit(bench: &Workbench, options: &Options, watch: &dyn Watch) -> Result<AuditReport> {
    if bench.repo.is_shallow() {
        // What the clone lacks would look like nothing at all.
        let what = "the commits that an audit has to read".to_owned();
        return Err(GitError::Shallow { repo: bench.repo.common_dir(), what }.into());
    }
    let base = bench.base(&bench.repo.objects())?;
    let branches = branches::find(bench)?;
    let scene = Scene::read(bench, base, &branches, watch)?;
    let followups = follow::followups(&scene);
    let mut lost = match &options.onto {
        Some((_, onto)) => lost::lost(&scene, *onto, watch)?,
        None => Vec::new(),
    };
    past::name_patches(bench, &mut lost)?;
    // What only a move to a release could find is not looked for without one.
    let is_open = |id: &str| options.onto.is_none() && lost::could_name(&scene, id);
    let mut sorted = ignored::sort(&bench.manifest().ignores, options.today, followups, lost, &is_open);
    if let Some(since) = options.since {
        let fresh = scene.reachable_without(&branches, since)?;
        sorted.followups.retain(|followup| fresh.contains(&followup.commit));
        sorted.ignored.followups.retain(|ignored| fresh.contains(&ignored.finding.commit));
    }
    let line = &bench.manifest().line;
    Ok(AuditReport {
        line: line.name.clone(),
        base: Release { release: line.base.clone(), commit: base },
        onto: options.onto.clone().map(|(release, commit)| Release { release, commit }),
        branches: branches.all().cloned().collect(),
        followups: sorted.followups,
        lost: sorted.lost,
        ignored: sorted.ignored,
        stale_ignores: sorted.stale,
        unknown: unknown::unknown(bench, &scene, &branches),
    })
}
