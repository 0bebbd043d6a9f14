//! The whole story of one patch: what it is, where it comes from, what a release has of it and how pq knows, what it needs, what upstream did
//! later, how it differs, and what was done to it.
//!
//! Nothing is judged here: the verdict is that of a rebase, the follow-ups are those of an audit, and so on. The queue is carried in memory
//! as a whole, since what becomes of one patch depends on those before it; all that is asked beyond that is asked for this patch only.
//!
//! | file | what it finds |
//! |---|---|
//! | `release` | the release, where none is named |
//! | `origins` | where the recorded upstream commits are |
//! | `hunks` | which hunks of it a release has |
//! | `past` | what was done to it |

mod hunks;
mod origins;
mod past;
mod release;
mod report;

use std::collections::BTreeSet;

use jiff::civil::Date;

pub use report::{
    About, Chosen, Event, EventChange, FileStat, FollowupReport, HunkReport, HunkState, Move, Origin, Place, Reapplied,
    WhyReport,
};

use super::audit::{self, Branches};
use super::chosen;
use super::commits::{CommitReport, describe};
use super::deviation::{self, Difference, difference};
use super::evidence::{DoubtKind, News};
use super::forecast::PatchForecast;
use super::look::{self, Edge};
use super::materialize;
use super::rebase::carry::{Carried, There, To, breaks_of, carry};
use super::rebase::needs::Needs;
use super::rebase::old::OldQueue;
use super::rebase::{Duplicates, PatchReport, Release, Repick};
use super::workbench::Workbench;
use crate::Result;
use crate::format::diff::{Body, LineKind};
use crate::format::patchfile::PatchFile;
use crate::git::drivers::Drivers;
use crate::git::{Commit, Objects};
use crate::graph::Reason;
use crate::model::progress::Watch;
use crate::model::text::visible;
use crate::model::{Oid, Outcome, Patch};

/// What to tell.
#[derive(Debug, Clone)]
pub struct Options {
    /// The patch, or the start of its name.
    pub patch: String,
    /// The release as typed; without one, the next that there is.
    pub release: Option<String>,
    /// The day, by which entries of the ignore list expire.
    pub today: Date,
}

/// Tells the story of a patch. Nothing is written.
///
/// # Errors
/// There is no such patch or release, or the queue cannot be carried.
pub fn why(bench: &Workbench, options: &Options, watch: &dyn Watch) -> Result<WhyReport> {
    bench.check_order()?;
    let patch = bench.patch(&options.patch)?;
    let upstream = audit::branches(bench).ok();
    let (to, chosen) = release::choose(bench, options.release.as_deref(), upstream.as_ref())?;
    let mut objects = bench.repo.objects();
    let queue = OldQueue::read(bench, &mut objects, watch)?;
    let how = To {
        release: &to.release,
        commit: to.commit,
        duplicates: Duplicates::Hold,
        repick: Repick::Try,
        drivers: Drivers::Run,
    };
    let there = carry(bench, &mut objects, &queue, &mut Needs::default(), how, watch)?;
    let story = Story { bench, objects: &objects, patch, there: &there, to: &to, at: position(bench, patch) };
    let forecast = story.forecast(watch)?;
    let reapplied = story.reapplied(&forecast.patch);
    let origins = origins::origins(bench, &objects, patch.meta.upstream(), upstream.as_ref())?;
    let (needs, needed_by) = edges(bench, patch, watch)?;
    let line = &bench.manifest().line;
    Ok(WhyReport {
        line: line.name.clone(),
        patch: look::state(bench.manifest(), patch),
        about: story.about(),
        deviation: deviation::of(bench, &objects, patch, story.commit())?,
        origins,
        from: Release { release: line.base.clone(), commit: line.base_commit },
        chosen,
        commits: story.commits(&forecast.patch, &reapplied)?,
        reapplied,
        difference: story.difference(&forecast.patch)?,
        hunks: story.hunks(&forecast.patch)?,
        forecast,
        needs,
        needed_by,
        followups: story.followups(upstream.as_ref(), options.today, watch)?,
        history: past::history(bench, &patch.name)?,
        to: to.clone(),
    })
}

fn position(bench: &Workbench, patch: &Patch) -> usize {
    bench.manifest().positions().get(&patch.name).copied().unwrap_or_default()
}

/// A patch, and the queue on the release.
struct Story<'a> {
    bench: &'a Workbench,
    objects: &'a Objects,
    patch: &'a Patch,
    there: &'a There<'a>,
    to: &'a Release,
    at: usize,
}

impl Story<'_> {
    fn carried(&self) -> &Carried<'_> {
        &self.there.patches[self.at]
    }

    fn news(&self) -> &News {
        &self.there.news
    }

    fn about(&self) -> About {
        let (meta, file) = (&self.patch.meta, &self.carried().step.file);
        let author = file.message.author.as_ref();
        About {
            number: self.at + 1,
            total: self.bench.manifest().patches.len(),
            subject: visible(materialize::subject(file)),
            author: author.map(|author| visible(&[&author.name[..], b" <", &author.email, b">"].concat())),
            date: file.message.date.as_ref().map(|date| date.seconds),
            reason: meta.reason.clone(),
            pr: meta.pr.clone(),
            cve: meta.cve.clone(),
            stated_deviation: meta.deviation.clone(),
            is_ours_alone: meta.upstream.as_ref().is_some_and(Vec::is_empty),
            held_since: meta.held.clone().map(|held| Release { release: held.base, commit: held.base_commit }),
            files: stats(file),
        }
    }

    /// What a forecast says; a conflict alone is looked into, not those of the others.
    fn forecast(&self, watch: &dyn Watch) -> Result<PatchForecast> {
        let is_conflict = self.carried().outcome() == Outcome::Conflict;
        let mine: Vec<usize> = is_conflict.then_some(self.at).into_iter().collect();
        let breaks = breaks_of(self.bench, self.objects, self.there, &mine, self.to.commit, watch)?;
        PatchForecast::of(self.objects, self.carried(), breaks.first().and_then(Option::as_ref))
    }

    /// The landings that count and once did not, and those that do not count and once were brought back.
    fn reapplied(&self, patch: &PatchReport) -> Vec<Reapplied> {
        let range = &self.news().range;
        let evidence = patch.evidence.iter().filter_map(|one| one.commit);
        let landings: BTreeSet<Oid> = evidence.chain(patch.reverted.iter().map(|one| one.landed)).collect();
        let commits = landings.iter().filter_map(|id| Some(&range.commits[range.position(*id)?]));
        let takers = commits.flat_map(|landed| range.reverters(landed).into_iter().map(move |by| (landed, by)));
        let again = takers.filter_map(|(landed, by)| {
            let again_by = range.standing_reverter(by)?.id;
            Some(Reapplied { landed: landed.id, taken_back_by: by.id, again_by })
        });
        again.collect()
    }

    /// Every commit that is named, described once.
    fn commits(&self, patch: &PatchReport, reapplied: &[Reapplied]) -> Result<Vec<CommitReport>> {
        let mut named: Vec<Oid> = patch.evidence.iter().filter_map(|one| one.commit).collect();
        named.extend(patch.reverted.iter().flat_map(|one| [Some(one.landed), one.by]).flatten());
        named.extend(reapplied.iter().flat_map(|one| [one.landed, one.taken_back_by, one.again_by]));
        named.extend(patch.review.iter().filter_map(|one| one.evidence.commit));
        named.extend(patch.conflicts.iter().flat_map(|one| one.culprits.iter().copied()));
        let mut seen = BTreeSet::new();
        named.retain(|id| seen.insert(*id));
        named.into_iter().map(|id| describe(self.objects, id)).collect()
    }

    /// Against the commits by which upstream has it, or is said to; else against the one that may be it.
    fn difference(&self, patch: &PatchReport) -> Result<Option<Difference>> {
        let doubted = |why: &[DoubtKind]| {
            let doubts = patch.review.iter().filter(|one| why.contains(&one.why));
            doubts.filter_map(|one| one.evidence.commit).collect::<Vec<Oid>>()
        };
        let named = patch.evidence.iter().filter_map(|one| one.commit);
        let mut commits: Vec<Oid> = named.chain(doubted(&[DoubtKind::OtherChange, DoubtKind::Surplus])).collect();
        if commits.is_empty() {
            commits.extend(doubted(&[DoubtKind::Similar, DoubtKind::Part]).first());
        }
        // The range has the newest first.
        commits.sort_by_key(|id| std::cmp::Reverse(self.news().range.position(*id)));
        commits.dedup();
        if commits.is_empty() {
            return Ok(None);
        }
        difference(&self.bench.repo, self.objects, self.commit(), &commits)
    }

    /// What the release has of it. A patch that upstream has needs no such look.
    fn hunks(&self, patch: &PatchReport) -> Result<Vec<HunkReport>> {
        if patch.outcome == Outcome::Upstreamed {
            return Ok(Vec::new());
        }
        let tree = Commit::read(self.objects, self.to.commit)?.tree;
        hunks::hunks(self.objects, self.carried().step, tree)
    }

    fn commit(&self) -> Oid {
        self.carried().step.commit
    }

    fn followups(
        &self,
        upstream: Option<&Branches>,
        today: Date,
        watch: &dyn Watch,
    ) -> Result<Option<Vec<FollowupReport>>> {
        if upstream.is_none() || self.bench.repo.is_shallow() {
            return Ok(None);
        }
        let report = audit::audit(self.bench, &audit::Options { since: None, onto: None, today }, watch)?;
        let open = report.followups.into_iter().map(|followup| (followup, None));
        let ignored = report.ignored.followups.into_iter().map(|one| (one.finding, Some(one.reason)));
        let mine = open.chain(ignored).filter(|(one, _)| one.patch.as_ref() == Some(&self.patch.name));
        let range = &self.news().range;
        let is_there = |id: &Oid| range.position(*id).is_some();
        let report = mine.map(|(followup, ignored)| FollowupReport {
            is_in_release: is_there(&followup.commit) || followup.backports.iter().any(is_there),
            followup,
            ignored,
        });
        Ok(Some(report.collect()))
    }
}

/// How much the patch changes in each file.
fn stats(file: &PatchFile) -> Vec<FileStat> {
    let sections = file.files.iter();
    let stat = |section: &crate::format::diff::FileDiff| {
        let lines = || section.hunks().iter().flat_map(|hunk| &hunk.lines);
        let count = |kind: LineKind| lines().filter(|line| line.kind == kind).count();
        FileStat {
            path: visible(section.path()),
            added: count(LineKind::Add),
            removed: count(LineKind::Remove),
            is_binary: matches!(section.body, Body::Binary(_)),
        }
    };
    sections.map(stat).collect()
}

/// What a patch needs and what needs it. A held one stands outside of the graph: of it only `requires` is known.
fn edges(bench: &Workbench, patch: &Patch, watch: &dyn Watch) -> Result<(Vec<Edge>, Vec<Edge>)> {
    let mut edges = look::dependencies(bench, &chosen::Chosen::default(), watch)?.edges;
    for other in &bench.manifest().patches {
        for to in &other.meta.requires {
            if !edges.iter().any(|edge| edge.from == other.name && edge.to == *to) {
                let (from, to) = (other.name.clone(), to.clone());
                edges.push(Edge { from, to, reason: Reason::Explicit, path: None });
            }
        }
    }
    let (needs, rest): (Vec<Edge>, Vec<Edge>) = edges.into_iter().partition(|edge| edge.from == patch.name);
    let needed_by = rest.into_iter().filter(|edge| edge.to == patch.name).collect();
    Ok((needs, needed_by))
}
