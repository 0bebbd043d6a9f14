//! What would become of the queue on each of several releases. Nothing is written.

use std::collections::BTreeMap;

use bstr::{BString, ByteSlice};
use serde::Serialize;

use super::breaks::Break;
use super::commits::{CommitReport, describe};
use super::rebase::carry::{Carried, To, breaks, carry};
use super::rebase::needs::Needs;
use super::rebase::old::OldQueue;
use super::rebase::{Duplicates, PatchReport, Release, Repick, Tip, materialize, report};
use super::workbench::Workbench;
use crate::Result;
use crate::git::Objects;
use crate::git::drivers::Drivers;
use crate::model::progress::Watch;
use crate::model::{Oid, Outcome, ReleasePattern, Version};

/// What would become of the queue. Its fields are those of `forecast/1`.
#[derive(Debug, Clone, Serialize)]
pub struct ForecastReport {
    /// The line.
    pub line: String,
    /// Its base.
    pub from: Release,
    /// Every release that was asked for, in that order.
    pub releases: Vec<ReleaseForecast>,
}

/// The queue on one release.
#[derive(Debug, Clone, Serialize)]
pub struct ReleaseForecast {
    /// The release, or any other revision, and its commit.
    #[serde(flatten)]
    pub to: Release,
    /// The end of the new series, without the held patches.
    pub tip: Tip,
    /// How many patches came to what, and `total`.
    pub summary: BTreeMap<&'static str, usize>,
    /// Every patch, in the order of the series.
    pub patches: Vec<PatchForecast>,
    /// Commands that a person should run for generated files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub regenerate: Vec<String>,
}

/// One patch on one release.
#[derive(Debug, Clone, Serialize)]
pub struct PatchForecast {
    /// What a rebase would report.
    #[serde(flatten)]
    pub patch: PatchReport,
    /// The commit of upstream's line after which the patch never applies again, if it conflicts and there is one.
    pub breaks_at: Option<CommitReport>,
}

impl PatchForecast {
    /// Of a patch that was carried.
    pub(super) fn of(objects: &Objects, one: &Carried<'_>, broken: Option<&Break>) -> Result<PatchForecast> {
        let breaks_at = broken.map(|broken| describe(objects, broken.commit)).transpose()?;
        Ok(PatchForecast { patch: report::patch(one, broken), breaks_at })
    }
}

impl ReleaseForecast {
    /// How many patches came to this.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.summary.get(outcome.as_str()).copied().unwrap_or(0)
    }
}

impl ForecastReport {
    /// Whether a patch would be held anywhere.
    pub fn holds(&self) -> bool {
        let mut patches = self.releases.iter().flat_map(|release| &release.patches);
        patches.any(|it| it.patch.outcome.is_held())
    }
}

/// Carries the queue to every release, in memory.
pub fn forecast(
    bench: &Workbench,
    releases: &[(String, Oid)],
    repick: Repick,
    watch: &dyn Watch,
) -> Result<ForecastReport> {
    bench.check_order()?;
    let mut objects = bench.repo.objects();
    let queue = OldQueue::read(bench, &mut objects, watch)?;
    let mut needs = Needs::default();
    let base = objects.snapshot();
    let mut on = |(release, commit): &(String, Oid)| {
        // New objects of one release are of no use for the next.
        let mut objects = bench.repo.objects_over(&base);
        let to = Release { release: release.clone(), commit: *commit };
        on_release(bench, &mut objects, &queue, &mut needs, (to, repick), watch)
    };
    let line = &bench.manifest().line;
    Ok(ForecastReport {
        line: line.name.clone(),
        from: Release { release: line.base.clone(), commit: line.base_commit },
        releases: releases.iter().map(&mut on).collect::<Result<_>>()?,
    })
}

fn on_release(
    bench: &Workbench,
    objects: &mut Objects,
    queue: &OldQueue<'_>,
    needs: &mut Needs,
    (to, repick): (Release, Repick),
    watch: &dyn Watch,
) -> Result<ReleaseForecast> {
    let how =
        To { release: &to.release, commit: to.commit, duplicates: Duplicates::Hold, repick, drivers: Drivers::Run };
    let there = carry(bench, objects, queue, needs, how, watch)?;
    let breaks = breaks(bench, objects, &there, to.commit, watch)?;
    let commits = materialize::commits(objects, &there.patches, to.commit);
    let tip = Tip { commit: commits.last().map_or(to.commit, |(commit, _)| *commit), tree: there.tree };
    let mut patches = Vec::with_capacity(there.patches.len());
    for (one, broken) in there.patches.iter().zip(&breaks) {
        patches.push(PatchForecast::of(objects, one, broken.as_ref())?);
    }
    let summary = report::summary(patches.iter().map(|it| &it.patch));
    Ok(ReleaseForecast { to, tip, summary, patches, regenerate: report::regenerate(bench, &there.patches) })
}

/// Every final release that is newer than the base, the oldest first.
pub fn newer(bench: &Workbench) -> Result<Vec<(String, Oid)>> {
    let manifest = bench.manifest();
    let Ok(pattern) = ReleasePattern::parse(&manifest.upstream.releases) else { return Ok(Vec::new()) };
    let Some(base) = pattern.version(&manifest.line.base) else { return Ok(Vec::new()) };
    let release = |(tag, commit): (BString, Oid)| {
        let tag = tag.to_str().ok()?.to_owned();
        let version = pattern.version(&tag).filter(|version| !version.is_prerelease() && *version > base)?;
        Some((version, tag, commit))
    };
    let mut found: Vec<(Version, String, Oid)> = bench.repo.tags()?.into_iter().filter_map(release).collect();
    found.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
    Ok(found.into_iter().map(|(_, tag, commit)| (tag, commit)).collect())
}
