//! What would become of the queue on each of several releases. Nothing is written.

use std::collections::BTreeMap;

use bstr::{BString, ByteSlice};
use serde::Serialize;

use super::breaks::Break;
use super::rebase::carry::{OldQueue, To, breaks, carry};
use super::rebase::needs::Needs;
use super::rebase::{Duplicates, PatchReport, Release, Repick, Tip, materialize, report};
use super::workbench::Workbench;
use crate::Result;
use crate::format::provenance;
use crate::git::{Commit, Objects};
use crate::model::progress::Watch;
use crate::model::text::visible;
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
    pub breaks_at: Option<BreakReport>,
}

/// The commit at which a patch breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BreakReport {
    /// Its id.
    pub commit: Oid,
    /// Its author: `NAME <ADDRESS>`.
    pub author: String,
    /// When it was written, in seconds since 1970.
    pub date: i64,
    /// The first line of its message.
    pub subject: String,
    /// The number of its pull request, if the subject has one.
    pub pr: Option<u64>,
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
    let how = To { release: &to.release, commit: to.commit, duplicates: Duplicates::Hold, repick };
    let there = carry(bench, objects, queue, needs, how, watch)?;
    let breaks = breaks(bench, objects, &there, to.commit, watch)?;
    let commits = materialize::commits(objects, &there.patches, to.commit);
    let tip = Tip { commit: commits.last().map_or(to.commit, |(commit, _)| *commit), tree: there.tree };
    let mut patches = Vec::with_capacity(there.patches.len());
    for (one, broken) in there.patches.iter().zip(&breaks) {
        let breaks_at = broken.as_ref().map(|broken| describe(objects, broken)).transpose()?;
        patches.push(PatchForecast { patch: report::patch(one, broken.as_ref()), breaks_at });
    }
    let summary = report::summary(patches.iter().map(|it| &it.patch));
    Ok(ReleaseForecast { to, tip, summary, patches, regenerate: report::regenerate(bench, &there.patches) })
}

fn describe(objects: &Objects, broken: &Break) -> Result<BreakReport> {
    let commit = Commit::read(objects, broken.commit)?;
    let author = [&commit.author.name[..], b" <", &commit.author.email, b">"].concat();
    let subject = commit.subject();
    // In a subject with several numbers the last one is its own.
    let pr = provenance::parse(subject).prs.last().map(|pr| pr.number);
    Ok(BreakReport {
        commit: broken.commit,
        author: visible(&author),
        date: commit.author.seconds,
        subject: visible(subject),
        pr,
    })
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
