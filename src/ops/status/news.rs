//! What upstream has of the queue and what it did later: counts. They take a second or two, so they are remembered.
//!
//! The memory, `news-BASE.json` in the queue's directory below the repository's git directory, holds for one key: a hash of everything that
//! the counts depend on. It can be deleted at any time.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Options;
use crate::error::Kind::Interrupted;
use crate::format::excluded::Excluded;
use crate::git::{Kind, Objects};
use crate::model::progress::Watch;
use crate::model::{Oid, Patch, PatchName};
use crate::ops::audit::{self, Branches, Severity, audit};
use crate::ops::deviation::{differences, stated};
use crate::ops::evidence::Weighed;
use crate::ops::materialize::Series;
use crate::ops::rebase::Release;
use crate::ops::rebase::carry::weigh;
use crate::ops::rebase::old::OldQueue;
use crate::ops::upstream::Index;
use crate::ops::workbench::Workbench;
use crate::{Error, Result, store};

/// Raised when the counts that pq makes of the same queue change.
const MEMORY_VERSION: u32 = 2;

/// What upstream has news of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct UpstreamNews {
    /// The newest releases beyond the base, as far as they could be looked at.
    pub releases: Vec<ReleaseNews>,
    /// What the fork lacks; none where upstream's branches could not be looked at.
    pub followups: Option<Followups>,
    /// How many backports are not what upstream did; none where that could not be looked at.
    pub deviations: Option<Deviations>,
    /// What was left out, and why, in words.
    pub left_out: Vec<String>,
}

/// How many backports differ from the upstream commits that they record, in more than blanks and generated files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deviations {
    /// The backports that could be compared.
    pub compared: usize,
    /// Those that differ.
    pub differ: usize,
    /// Those of them of which neither pq.toml nor their message says why.
    pub silent: Vec<PatchName>,
}

/// How many patches of the queue a release has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseNews {
    /// The release.
    pub release: String,
    /// Its commit.
    pub commit: Oid,
    /// Patches that it has, by the evidence that a rebase weighs.
    pub has: usize,
    /// Patches that upstream had up to there, and took back.
    pub reverted: usize,
    /// Patches that it may have: a person should look.
    pub review: usize,
}

/// How many follow-ups an audit finds, without those that are ignored, by how much they matter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Followups {
    /// Upstream took back what patches carry.
    pub revert: usize,
    /// Messages that speak of a vulnerability.
    pub security: usize,
    /// Corrections of what patches carry.
    pub fix: usize,
    /// Corrections of what the base has.
    pub base: usize,
    /// Everything else.
    pub note: usize,
}

/// What is remembered.
#[derive(Debug, Serialize, Deserialize)]
struct Memory {
    key: Oid,
    releases: Vec<ReleaseNews>,
    followups: Option<Followups>,
    deviations: Option<Deviations>,
}

/// What is to be looked at.
struct Scope {
    releases: Vec<Release>,
    branches: Branches,
    /// Why the branches could not be found, though pq.toml states them.
    trouble: Option<Error>,
}

/// The news of `releases` and of upstream's branches, from memory if nothing changed. None if only that was asked for, and there is none.
///
/// # Errors
/// The person stopped it. What cannot be read is left out, and said to be.
pub fn look(
    bench: &Workbench,
    objects: &mut Objects,
    series: Series,
    releases: Vec<Release>,
    options: &Options,
    watch: &dyn Watch,
) -> Result<Option<UpstreamNews>> {
    if bench.repo.is_shallow() {
        return Ok(Some(shallow()));
    }
    let scope = Scope::of(bench, releases);
    let key = scope.key(bench, &series, options);
    let mut news = match recall(bench).filter(|memory| memory.key == key) {
        Some(Memory { releases, followups, deviations, .. }) => {
            UpstreamNews { releases, followups, deviations, left_out: Vec::new() }
        }
        None if options.quick => return Ok(None),
        None => {
            let news = scope.read(bench, objects, series, options, watch)?;
            remember(bench, key, &news);
            news
        }
    };
    news.left_out.extend(scope.trouble.map(|error| left_out("follow-ups", &error)));
    Ok(Some(news))
}

/// Of a part of the history, the counts would be wrong.
fn shallow() -> UpstreamNews {
    let why = "what upstream has: the clone is shallow: git fetch --unshallow";
    UpstreamNews { left_out: vec![why.to_owned()], ..UpstreamNews::default() }
}

fn left_out(what: &str, error: &Error) -> String {
    format!("{what}: {error}")
}

impl Scope {
    fn of(bench: &Workbench, releases: Vec<Release>) -> Scope {
        let (branches, trouble) = match audit::stated_branches(bench) {
            Ok(branches) => (branches, None),
            Err(error) => (Branches::default(), Some(error)),
        };
        Scope { releases, branches, trouble }
    }

    /// A hash of everything that the counts depend on: the base and the patches that are applied by the key of the last commit, the held
    /// ones, pq.toml, releases and branches with their commits, the day if something expires, and pq itself.
    fn key(&self, bench: &Workbench, series: &Series, options: &Options) -> Oid {
        let hash = |bytes: &[u8]| Objects::id_of(Kind::Blob, bytes);
        let mut parts = vec![format!("{MEMORY_VERSION} {} {}", env!("CARGO_PKG_VERSION"), series.base)];
        parts.extend(series.commits.last().map(|last| format!("applied {}", last.key)));
        parts.extend(bench.manifest().held().map(|patch| format!("held {}", hash(bench.file(&patch.name)))));
        parts.push(format!("toml {}", hash(bench.queue.document.to_text().as_bytes())));
        parts.extend(self.releases.iter().map(|it| format!("release {} {}", it.release, it.commit)));
        let branches = [("mainline", &self.branches.mainline), ("stable", &self.branches.stable)];
        let branches = branches.into_iter().flat_map(|(role, list)| list.iter().map(move |it| (role, it)));
        parts.extend(branches.map(|(role, branch)| format!("{role} {} {}", branch.name, branch.commit)));
        let can_expire = bench.manifest().ignores.iter().any(|ignore| ignore.expires.is_some());
        parts.extend(can_expire.then(|| format!("today {}", options.today)));
        hash(parts.join("\n").as_bytes())
    }

    /// Looks at everything.
    fn read(
        &self,
        bench: &Workbench,
        objects: &mut Objects,
        series: Series,
        options: &Options,
        watch: &dyn Watch,
    ) -> Result<UpstreamNews> {
        let mut news = UpstreamNews::default();
        let queue = OldQueue::of(bench, objects, series);
        if let Some(queue) = settle("what releases have", queue, &mut news.left_out)? {
            self.read_releases(bench, objects, &queue, &mut news, watch)?;
            news.deviations = settle("deviations", Deviations::of(bench, objects, &queue, watch), &mut news.left_out)?;
        }
        if self.branches.all().next().is_some() {
            news.followups = settle("follow-ups", followups(bench, options, watch), &mut news.left_out)?;
        }
        Ok(news)
    }

    fn read_releases(
        &self,
        bench: &Workbench,
        objects: &Objects,
        queue: &OldQueue<'_>,
        news: &mut UpstreamNews,
        watch: &dyn Watch,
    ) -> Result<()> {
        let mut index = Index::open(&bench.repo, &bench.manifest().generated);
        let base = objects.snapshot();
        for release in &self.releases {
            // New objects of one release are of no use for the next.
            let mut objects = bench.repo.objects_over(&base);
            let weighed = weigh(bench, &mut objects, &mut index, queue, release.commit, watch);
            let weighed = settle(&format!("what {} has", release.release), weighed, &mut news.left_out)?;
            news.releases.extend(weighed.map(|(_, weighed)| ReleaseNews::of(release.clone(), &weighed)));
        }
        Ok(())
    }
}

/// What was read, or why it is left out. Only an interruption ends the command.
fn settle<T>(what: &str, read: Result<T>, missing: &mut Vec<String>) -> Result<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.kind() == Interrupted => Err(error),
        Err(error) => {
            missing.push(left_out(what, &error));
            Ok(None)
        }
    }
}

impl Deviations {
    fn of(bench: &Workbench, objects: &Objects, queue: &OldQueue<'_>, watch: &dyn Watch) -> Result<Deviations> {
        let commits: Vec<(&Patch, Oid)> = queue.steps.iter().map(|step| (step.patch, step.commit)).collect();
        let found = differences(bench, objects, &commits, watch)?;
        let generated = Excluded::stated(&bench.manifest().generated);
        let compared = queue.steps.iter().zip(&found).filter_map(|(step, found)| Some((step, found.as_ref()?)));
        let compared: Vec<_> = compared.collect();
        let differing = compared.iter().filter(|(_, found)| found.counts(&generated));
        let differing: Vec<_> = differing.map(|(step, _)| step).collect();
        let silent = differing.iter().filter(|step| stated(step.patch, &step.file).is_empty());
        let silent = silent.map(|step| step.patch.name.clone()).collect();
        Ok(Deviations { compared: compared.len(), differ: differing.len(), silent })
    }
}

impl ReleaseNews {
    fn of(release: Release, weighed: &[Weighed]) -> ReleaseNews {
        let Release { release, commit } = release;
        let (has, open): (Vec<_>, Vec<_>) = weighed.iter().partition(|one| one.verdict.is_some());
        let count = |is_it: &dyn Fn(&Weighed) -> bool| open.iter().filter(|one| is_it(one)).count();
        let (reverted, review) = (count(&|one| !one.taken_back.is_empty()), count(&|one| !one.doubts.is_empty()));
        ReleaseNews { release, commit, has: has.len(), reverted, review }
    }
}

fn followups(bench: &Workbench, options: &Options, watch: &dyn Watch) -> Result<Followups> {
    let options = audit::Options { since: None, onto: None, today: options.today };
    let found = audit(bench, &options, watch)?.followups;
    let count = |severity| found.iter().filter(|one| one.severity == severity).count();
    Ok(Followups {
        revert: count(Severity::Revert),
        security: count(Severity::Security),
        fix: count(Severity::Fix),
        base: count(Severity::Base),
        note: count(Severity::Note),
    })
}

/// One file for each base, so that going back to one finds what was seen there.
fn memory_path(bench: &Workbench) -> PathBuf {
    bench.cache_file(&format!("news-{}.json", bench.manifest().line.base_commit.short()))
}

/// What is remembered, if it can be read.
fn recall(bench: &Workbench) -> Option<Memory> {
    serde_json::from_slice(&store::read_cache(&memory_path(bench))?).ok()
}

/// Remembers what is whole: what could not be read may be there the next time.
fn remember(bench: &Workbench, key: Oid, news: &UpstreamNews) {
    let UpstreamNews { releases, followups, deviations, .. } = news.clone();
    let memory = Memory { key, releases, followups, deviations };
    if let (true, Ok(text)) = (news.left_out.is_empty(), serde_json::to_vec(&memory)) {
        store::write_cache(&memory_path(bench), &text);
    }
}
