//! The report of a rebase: its fields are those of `rebase/1`.

use std::collections::{BTreeMap, BTreeSet};

use bstr::BString;
use serde::Serialize;

use super::carry::{Become, Carried};
use super::repick::Repicked;
use super::{Mode, Options};
use crate::format::excluded::Excluded;
use crate::git::Change;
use crate::model::text::visible;
use crate::model::{
    Conflict, ConflictKind, Evidence, EvidenceKind, FileDeviation, Landed, Oid, Outcome, PatchName, Standing,
};
use crate::ops::answers::Regions;
use crate::ops::breaks::Break;
use crate::ops::evidence::{Company, Doubt, DoubtKind};
use crate::ops::moves::Proposed;
use crate::ops::replay::{Followed, MergedBy};
use crate::ops::workbench::Workbench;

/// What a rebase did, or would do.
#[derive(Debug, Clone, Serialize)]
pub struct RebaseReport {
    /// The line.
    pub line: String,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// The base before.
    pub from: Release,
    /// The base after.
    pub to: Release,
    /// The end of the new series.
    pub tip: Tip,
    /// How many patches came to what, and `total`.
    pub summary: BTreeMap<&'static str, usize>,
    /// Every patch, in the order of the series.
    pub patches: Vec<PatchReport>,
    /// Commands that a person should run for generated files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub regenerate: Vec<String>,
}

/// A release and its commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Release {
    /// As typed or recorded.
    pub release: String,
    /// Its commit.
    pub commit: Oid,
}

/// A commit and its tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Tip {
    /// The commit.
    pub commit: Oid,
    /// Its tree.
    pub tree: Oid,
}

/// What became of one patch.
#[derive(Debug, Clone, Serialize)]
pub struct PatchReport {
    /// Its name.
    pub name: PatchName,
    /// What became of it.
    pub outcome: Outcome,
    /// How it stands to what upstream has, in one word.
    pub standing: Standing,
    /// In what form upstream has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub landed: Option<Landed>,
    /// Whether upstream's text is `identical` to ours or `adapted`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Landed>,
    /// The upstream ids that are recorded.
    pub upstream: Vec<String>,
    /// Why pq believes that upstream has it.
    pub evidence: Vec<EvidenceReport>,
    /// Landings that were taken back again, and so do not count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reverted: Vec<Reverted>,
    /// What a person should look at: no reason to drop the patch.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub review: Vec<Review>,
    /// The paths of which upstream has the patch's change, or a part of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reduced: Vec<String>,
    /// The paths of generated files in which it conflicts: there the release's side is taken, and they do not hold the patch.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub generated: Vec<String>,
    /// The files that were followed to where `[[moved]]` says that they are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<FollowedReport>,
    /// The files of which a merge driver made one of both sides: to review.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub merged_by: Vec<MergedByReport>,
    /// The files of the recorded answers that settled it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resolutions: Vec<String>,
    /// The other text of the same change that it has now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repicked: Option<RepickReport>,
    /// Where it conflicts.
    pub conflicts: Vec<ConflictReport>,
    /// Where upstream seems to have moved what it touches: for a person to confirm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposed: Option<Proposed>,
    /// The held patches that it waits for.
    pub blocked_by: Vec<PatchName>,
    /// The patches that it needs by pq.toml.
    pub requires: Vec<PatchName>,
}

/// One piece of evidence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvidenceReport {
    /// What kind it is.
    pub kind: EvidenceKind,
    /// The commit that it is about.
    pub commit: Option<Oid>,
    /// How much of the patch it accounts for.
    pub score: f64,
}

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Review {
    /// What it is.
    pub why: DoubtKind,
    /// What it is based on.
    #[serde(flatten)]
    pub evidence: EvidenceReport,
}

/// A file that a patch has where it was, and that was followed to where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FollowedReport {
    /// Where it is.
    pub path: String,
    /// Where the patch has it.
    pub was: String,
    /// The entries of `[[moved]]` that lead there.
    pub by: Vec<MoveReport>,
}

/// An entry of `[[moved]]`, or one of its ways.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MoveReport {
    /// Upstream's older place.
    pub from: String,
    /// Its newer place.
    pub to: String,
}

impl From<&Followed> for FollowedReport {
    fn from(it: &Followed) -> FollowedReport {
        let by = it.by.iter().map(|(from, to)| MoveReport { from: visible(from), to: visible(to) }).collect();
        FollowedReport { path: visible(&it.path), was: visible(&it.from), by }
    }
}

/// A file that a merge driver merged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MergedByReport {
    /// The file.
    pub path: String,
    /// The driver: a program of the user's, by the name that the attributes have for it, or `union`.
    pub driver: String,
}

/// A patch whose own text conflicted, in another text of the same change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RepickReport {
    /// The commit that it was picked from.
    pub commit: Oid,
    /// The stable branch of upstream that this commit is on; null if it is the recorded commit, or one that that comes from.
    pub branch: Option<String>,
    /// How the old text differed from the recorded commit.
    pub before: Vec<FileDeviation>,
    /// How the new one does.
    pub after: Vec<FileDeviation>,
    /// How the old text, `ours`, differs from the new one, `theirs`: what is `ours` alone is gone.
    pub change: Vec<FileDeviation>,
}

impl From<&Repicked> for RepickReport {
    fn from(it: &Repicked) -> RepickReport {
        let (before, after, change) = (it.before.clone(), it.after.clone(), it.change.clone());
        RepickReport { commit: it.commit, branch: it.branch.clone(), before, after, change }
    }
}

/// A landing that does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reverted {
    /// The commit that brought the change.
    pub landed: Oid,
    /// The commit that says that it takes it back; null if only the new base shows that the change is gone.
    pub by: Option<Oid>,
}

/// One path that conflicts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConflictReport {
    /// The path.
    pub path: String,
    /// How.
    pub kind: ConflictKind,
    /// The upstream commits that are to blame, as far as they were looked for.
    pub culprits: Vec<Oid>,
    /// How many conflicts of lines there are, and what is recorded of them; left out if nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regions: Option<Regions>,
    /// The files of recorded answers that disagree about it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub disputed: Vec<String>,
    /// Where the patch moves the file, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_path: Option<String>,
}

impl RebaseReport {
    /// How many patches came to this.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.summary.get(outcome.as_str()).copied().unwrap_or(0)
    }

    /// How many patches wait for a person.
    pub fn held(&self) -> usize {
        self.count(Outcome::Conflict) + self.count(Outcome::Blocked)
    }
}

pub(super) fn build(
    bench: &Workbench,
    options: &Options,
    carried: &[Carried<'_>],
    breaks: &[Option<Break>],
    tip: Tip,
) -> RebaseReport {
    let line = &bench.manifest().line;
    let patches: Vec<PatchReport> =
        carried.iter().zip(breaks).map(|(one, broken)| patch(one, broken.as_ref())).collect();
    RebaseReport {
        line: line.name.clone(),
        dry_run: options.mode == Mode::DryRun,
        from: Release { release: line.base.clone(), commit: line.base_commit },
        to: Release { release: options.onto.clone(), commit: options.commit },
        tip,
        summary: summary(patches.iter()),
        patches,
        regenerate: regenerate(bench, carried),
    }
}

/// The commands that make the generated files again that carried patches lost their changes of, in the order of pq.toml.
pub fn regenerate(bench: &Workbench, carried: &[Carried<'_>]) -> Vec<String> {
    let placed = carried.iter().filter(|one| one.placed().is_some());
    commands_for(bench, &placed.flat_map(|one| &one.generated).collect::<Vec<_>>())
}

/// The commands that make these files anew.
pub fn commands_for(bench: &Workbench, left: &[&BString]) -> Vec<String> {
    let mut commands = Vec::new();
    for generated in &bench.manifest().generated {
        let Some(command) = generated.regenerate.as_ref().filter(|command| !commands.contains(*command)) else {
            continue;
        };
        let paths = Excluded::stated(std::slice::from_ref(generated));
        if left.iter().any(|path| paths.has(path.as_ref())) {
            commands.push(command.clone());
        }
    }
    commands
}

/// How many patches came to what.
pub fn summary<'a>(patches: impl Iterator<Item = &'a PatchReport> + Clone) -> BTreeMap<&'static str, usize> {
    let count = |outcome| patches.clone().filter(|patch| patch.outcome == outcome).count();
    let outcomes = Outcome::ALL.into_iter().map(|outcome| (outcome.as_str(), count(outcome)));
    outcomes.chain([("total", patches.clone().count())]).collect()
}

/// What is to say of one patch.
pub fn patch(one: &Carried<'_>, broken: Option<&Break>) -> PatchReport {
    let mut report = PatchReport {
        name: one.step.patch.name.clone(),
        outcome: one.outcome(),
        standing: standing(one),
        landed: None,
        text: None,
        upstream: one.step.patch.meta.upstream().to_vec(),
        evidence: Vec::new(),
        reverted: one.weighed.taken_back.iter().map(|it| Reverted { landed: it.landed, by: it.by }).collect(),
        review: one.weighed.doubts.iter().map(review).collect(),
        reduced: Vec::new(),
        generated: one.generated.iter().map(|path| visible(path)).collect(),
        moved: one.followed.iter().map(FollowedReport::from).collect(),
        merged_by: one.placed().map(|placed| merged_by(&placed.merged_by)).unwrap_or_default(),
        resolutions: Vec::new(),
        repicked: None,
        conflicts: Vec::new(),
        proposed: one.proposed.clone(),
        blocked_by: Vec::new(),
        requires: one.step.patch.meta.requires.clone(),
    };
    match &one.result {
        Become::Placed(placed) if placed.outcome == Outcome::Upstreamed => {
            report.landed = Some(Landed::Identical);
            report.evidence.push(EvidenceReport { kind: EvidenceKind::EmptyMerge, commit: None, score: 1.0 });
        }
        Become::Placed(placed) => {
            report.reduced = placed.reduced.iter().map(|path| visible(path)).collect();
            let used: BTreeSet<&String> = one.asked.iter().flat_map(|asked| &asked.used).collect();
            report.resolutions = used.into_iter().cloned().collect();
        }
        Become::Settled(settled) => report.resolutions.push(settled.file.clone()),
        Become::Repicked(repicked) => {
            report.reduced = repicked.placed.reduced.iter().map(|path| visible(path)).collect();
            report.repicked = Some(repicked.as_ref().into());
        }
        Become::Upstreamed(verdict) => {
            report.landed = Some(verdict.landed);
            report.text = Some(if verdict.is_identical { Landed::Identical } else { Landed::Adapted });
            report.evidence.extend(verdict.evidence.iter().map(evidence));
        }
        Become::Conflict(conflicts) => report.conflicts.extend(conflicts.iter().map(|it| conflict(it, broken, one))),
        Become::Blocked(by) => report.blocked_by.clone_from(by),
    }
    report
}

/// What drivers merged.
pub fn merged_by(files: &[MergedBy]) -> Vec<MergedByReport> {
    files.iter().map(|it| MergedByReport { path: visible(&it.path), driver: visible(&it.driver) }).collect()
}

/// How a patch stands to what upstream has.
fn standing(one: &Carried<'_>) -> Standing {
    let doubts = |kinds: &[DoubtKind]| one.weighed.doubts.iter().any(|doubt| kinds.contains(&doubt.why));
    match &one.result {
        Become::Upstreamed(verdict) => match (verdict.company, verdict.landed) {
            (_, Landed::Sibling) => Standing::Sibling,
            (Company::Squashed, _) => Standing::Squashed,
            (Company::Split, _) if verdict.commits().count() > one.step.patch.meta.upstream().len() => Standing::Split,
            _ if verdict.is_identical => Standing::Identical,
            _ => Standing::Adapted,
        },
        Become::Placed(placed) if placed.outcome == Outcome::Upstreamed => Standing::Identical,
        Become::Placed(placed) if !placed.reduced.is_empty() => Standing::Partly,
        _ if !one.weighed.taken_back.is_empty() => Standing::Reverted,
        _ if doubts(&[DoubtKind::Surplus, DoubtKind::Part]) => Standing::Partly,
        Become::Conflict(conflicts) if conflicts.iter().any(|it| it.kind == ConflictKind::Duplicate) => {
            Standing::Unsure
        }
        _ if doubts(&[DoubtKind::Similar, DoubtKind::OtherChange]) => Standing::Unsure,
        _ if one.step.patch.meta.upstream.as_ref().is_some_and(Vec::is_empty) => Standing::Local,
        _ => Standing::Absent,
    }
}

fn review(doubt: &Doubt) -> Review {
    Review { why: doubt.why, evidence: evidence(&doubt.evidence) }
}

fn evidence(evidence: &Evidence) -> EvidenceReport {
    EvidenceReport { kind: evidence.kind, commit: evidence.commit, score: evidence.score }
}

fn conflict(conflict: &Conflict, broken: Option<&Break>, one: &Carried<'_>) -> ConflictReport {
    let asked = one.asked.iter().find(|asked| asked.path == conflict.path);
    let asked = asked.filter(|asked| asked.regions.known + asked.regions.disagreements > 0);
    let disputed = asked.into_iter().flat_map(|asked| asked.disputed.iter().cloned()).collect();
    let culprit = broken.filter(|broken| broken.paths.contains(&conflict.path)).map(|broken| broken.commit);
    let is_moved =
        |change: &&Change| change.leaves_old_path() && change.old.as_ref().is_some_and(|old| old.path == conflict.path);
    let moved = one.step.changes.iter().find(is_moved).and_then(|change| change.new.as_ref());
    ConflictReport {
        path: visible(&conflict.path),
        kind: conflict.kind,
        culprits: culprit.into_iter().collect(),
        regions: asked.map(|asked| asked.regions),
        disputed,
        new_path: moved.map(|new| visible(&new.path)),
    }
}
