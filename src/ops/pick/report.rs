//! What `pq pick` found and did. Its fields are those of `pick/1`.

use bstr::BString;
use serde::{Serialize, Serializer};

use crate::model::text::visible;
use crate::model::{ConflictKind, Oid, Outcome, PatchName};
use crate::ops::commits::CommitReport;
use crate::ops::moves::Proposed;
use crate::ops::rebase::{FollowedReport, RepickReport, Tip};

/// What was picked, and what was not.
#[derive(Debug, Clone, Serialize)]
pub struct PickReport {
    /// The line.
    pub line: String,
    /// The line that the patches come from, if it is one of the fork's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// The patches that are new, in order.
    pub picked: Vec<Picked>,
    /// What could not be picked.
    pub failed: Vec<Failed>,
    /// The end of the series afterwards.
    pub tip: Tip,
    /// Patches of the queue that conflict since.
    pub held: Vec<PatchName>,
    /// Commands that a person should run for generated files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub regenerate: Vec<String>,
}

impl PickReport {
    /// What is known of the first commit.
    pub fn about(&self) -> Option<&About> {
        self.picked.first().map(|one| &one.about).or(self.failed.first().map(|one| &one.about))
    }

    /// Whether a commit does not apply.
    pub fn has_conflict(&self) -> bool {
        self.failed.iter().any(|one| one.why == Why::Conflict)
    }
}

/// A new patch.
#[derive(Debug, Clone, Serialize)]
pub struct Picked {
    /// Its name.
    pub name: PatchName,
    /// The upstream commit.
    pub upstream: Vec<Oid>,
    /// What is known of that.
    #[serde(flatten)]
    pub about: About,
    /// The commit whose text was taken, if it is another one: upstream's own backport.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// How it went on: `unchanged`, `merged`, `reduced`, `repicked`, or `conflict` for one that is held.
    pub outcome: Outcome,
    /// The pick that it was taken along for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed_by: Option<Oid>,
    /// Where it conflicts, if it is held.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<ConflictReport>,
    /// The generated files in which it conflicts: they stay as they are in front of it.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "paths")]
    pub generated: Vec<BString>,
    /// The files that were followed to where `[[moved]]` says that they are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<FollowedReport>,
    /// The text that took the place of the other line's own, which conflicts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repicked: Option<RepickReport>,
    /// Where upstream seems to have moved what it touches, if it is held or adds files to a directory that is not there: for a person to confirm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposed: Option<Proposed>,
}

/// An upstream commit, and what a person should know before taking it.
#[derive(Debug, Clone, Serialize)]
pub struct About {
    /// Whether it is a commit of upstream's: not, if a patch of another line is the fork's own.
    #[serde(skip)]
    pub is_upstream: bool,
    /// Who, when and what.
    pub commit: CommitReport,
    /// Whether it is on upstream's mainline, if one is stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_mainline: Option<bool>,
    /// The commit that took it back later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reverted_by: Option<CommitReport>,
    /// Upstream's fixes to it that the line lacks, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub followups: Vec<CommitReport>,
}

/// Where a text was taken from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    /// The commit.
    pub commit: Oid,
    /// Its branch.
    pub branch: String,
}

/// An upstream commit that was not picked.
#[derive(Debug, Clone, Serialize)]
pub struct Failed {
    /// The upstream commit; of a patch of the fork's own, its commit on the other line.
    pub upstream: Oid,
    /// What is known of it.
    #[serde(flatten)]
    pub about: About,
    /// Why.
    pub why: Why,
    /// What has it already: the commit of the base, or the patch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Where it conflicts.
    pub conflicts: Vec<ConflictReport>,
    /// The upstream commits that should come first, in order. Every set was tried.
    pub prerequisites: Vec<Oid>,
    /// Whether it applies after them.
    pub makes_it_clean: bool,
    /// The patches of the line that it comes from which it needs there, and which this line lacks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<PatchName>,
    /// Where upstream seems to have moved what it touches: for a person to confirm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposed: Option<Proposed>,
    /// What is known of these commits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub first: Vec<CommitReport>,
    /// All commits that had a hand in the lines where it conflicts and that the line lacks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Candidate>,
}

/// Why a commit was not picked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// It does not apply.
    Conflict,
    /// The base has it.
    InBase,
    /// A patch of the queue has it.
    InQueue,
    /// It applies and leaves nothing, or brings what is there already.
    Empty,
}

/// One conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConflictReport {
    /// Where it is.
    pub path: String,
    /// How.
    pub kind: ConflictKind,
}

/// A commit that could be a prerequisite.
#[derive(Debug, Clone, Serialize)]
pub struct Candidate {
    /// Who, when and what.
    #[serde(flatten)]
    pub commit: CommitReport,
    /// Whether its message, or that of the pick, says that one needs the other.
    pub is_declared: bool,
    /// The files that it changes.
    pub files: usize,
    /// The lines that it adds and removes.
    pub lines: usize,
    /// The commits that it needs itself, in order.
    pub drags: Vec<Oid>,
    /// Whether it applies, after those.
    pub applies: bool,
    /// How many places conflict after it and those; null if it does not apply.
    pub leaves: Option<usize>,
}

/// Paths as reports show them.
pub(super) fn paths<S: Serializer>(paths: &[BString], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(paths.iter().map(|path| visible(path)))
}
