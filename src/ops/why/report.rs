//! The story of one patch: its fields are those of `why/1`.

use bstr::BString;
use serde::Serialize;

use crate::model::{Oid, PatchName};
use crate::ops::audit::Followup;
use crate::ops::commits::CommitReport;
use crate::ops::deviation::Difference;
use crate::ops::forecast::PatchForecast;
use crate::ops::look::{Edge, PatchState};
use crate::ops::rebase::Release;

/// Everything that pq knows of a patch.
#[derive(Debug, Clone, Serialize)]
pub struct WhyReport {
    /// The line.
    pub line: String,
    /// What `pq status` says of the patch. (Beside the other fields its `kind` would hide that of the document.)
    pub patch: PatchState,
    /// What else is known of it without upstream.
    #[serde(flatten)]
    pub about: About,
    /// The upstream commits that are recorded.
    pub origins: Vec<Origin>,
    /// How it differs from them, all together; none where the clone lacks one.
    pub deviation: Option<Difference>,
    /// The line's base.
    pub from: Release,
    /// The release that the patch is held against.
    pub to: Release,
    /// How that one was chosen.
    pub chosen: Chosen,
    /// What `pq forecast` says of the patch on it.
    pub forecast: PatchForecast,
    /// Every commit that `forecast` and `reapplied` name.
    pub commits: Vec<CommitReport>,
    /// Landings that were taken back and brought back again.
    pub reapplied: Vec<Reapplied>,
    /// How the patch differs from what upstream has of it, by the commits of the evidence.
    pub difference: Option<Difference>,
    /// What the release has of each hunk; nothing where upstream has the patch.
    pub hunks: Vec<HunkReport>,
    /// The patches that it needs.
    pub needs: Vec<Edge>,
    /// The patches that need it.
    pub needed_by: Vec<Edge>,
    /// What upstream did later about what it carries; null if the repository lacks upstream's branches or a part of their history.
    pub followups: Option<Vec<FollowupReport>>,
    /// What was done to it, the last operation first.
    pub history: Vec<Event>,
}

/// What is known of a patch without upstream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct About {
    /// Its place in the series, from 1.
    pub number: usize,
    /// How many patches there are.
    pub total: usize,
    /// The first line of its message.
    pub subject: String,
    /// The author: `NAME <ADDRESS>`.
    pub author: Option<String>,
    /// When it was written, in seconds since 1970.
    pub date: Option<i64>,
    /// Why it exists.
    pub reason: Option<String>,
    /// Its pull request.
    pub pr: Option<String>,
    /// The vulnerabilities that it closes.
    pub cve: Vec<String>,
    /// Why it differs from upstream, by pq.toml.
    pub stated_deviation: Option<String>,
    /// Whether pq.toml says that it comes from no upstream commit.
    pub is_ours_alone: bool,
    /// The release that its text was made for, if it is held.
    pub held_since: Option<Release>,
    /// The files that it touches.
    pub files: Vec<FileStat>,
}

/// How much a patch changes in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileStat {
    /// Where it is, after the patch.
    pub path: String,
    /// Lines that come.
    pub added: usize,
    /// Lines that go.
    pub removed: usize,
    /// Whether its bytes change and not its lines.
    pub is_binary: bool,
}

/// An upstream commit that a patch comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// Its id as recorded.
    pub id: String,
    /// Where it is.
    pub place: Place,
    /// The branches that have it, if it is on others than the mainline.
    pub branches: Vec<String>,
    /// Whether the base has it in its history.
    pub is_in_base: bool,
    /// What it is, if the repository has it.
    #[serde(flatten)]
    pub commit: Option<CommitReport>,
}

/// Where a commit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// On upstream's mainline.
    Mainline,
    /// On other branches only.
    Branch,
    /// The repository has it, and no branch does.
    Nowhere,
    /// The repository lacks it, or an abbreviated id stands for several.
    Missing,
}

/// How the release was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Chosen {
    /// It was asked for.
    Asked,
    /// The newest of the base's minor version.
    Latest,
    /// The newest beyond that.
    LatestMinor,
    /// No release is newer: the tip of the mainline.
    Mainline,
    /// Nothing is newer: the base itself.
    Base,
}

/// A landing that was taken back and brought back again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reapplied {
    /// The commit that brought the change.
    pub landed: Oid,
    /// The commit that took it back.
    pub taken_back_by: Oid,
    /// The commit that took that one back.
    pub again_by: Oid,
}

/// What the release has of a hunk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HunkReport {
    /// The file, as the patch names it.
    pub path: String,
    /// The first line of the hunk in the file as the patch leaves it.
    pub line: u32,
    /// What stands behind its `@@`: mostly the function.
    #[serde(serialize_with = "crate::model::text::bytes")]
    pub section: BString,
    /// Whether the release has it.
    pub state: HunkState,
}

/// Whether a release has a hunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HunkState {
    /// Every line that it adds stands in the file, none that it removes.
    There,
    /// Some of that, and not all.
    Partly,
    /// Nothing of it.
    Missing,
    /// It has no line of its own to tell by.
    Unclear,
}

/// A follow-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FollowupReport {
    /// What `pq audit` says of it.
    #[serde(flatten)]
    pub followup: Followup,
    /// Whether the release has it, itself or by upstream's own backport.
    pub is_in_release: bool,
    /// Why pq.toml says that it does not matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignored: Option<String>,
}

/// An operation that touched the patch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// Its commit in the log.
    pub operation: Oid,
    /// What was typed.
    pub what: String,
    /// When, in seconds since 1970.
    pub when: i64,
    /// What happened to the patch, in the order of these words.
    pub changes: Vec<EventChange>,
    /// Its name before, if it was renamed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<PatchName>,
    /// The base before and after, if that moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<Move>,
}

/// What happened to a patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventChange {
    /// It came into the queue.
    Added,
    /// It went out of the queue, and came back later.
    Dropped,
    /// It got another name.
    Renamed,
    /// The base moved, and the patch with it, unless it is held.
    Rebased,
    /// Its text changed.
    Rewritten,
    /// It had to wait for a person from then on.
    Held,
    /// It had not any more.
    Settled,
}

/// From one release to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Move {
    /// The release before.
    pub from: String,
    /// The release after.
    pub to: String,
}
