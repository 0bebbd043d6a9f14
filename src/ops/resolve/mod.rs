//! `pq resolve`: a person settles a held patch, in a worktree of their own git.
//!
//! | file | what it does |
//! |---|---|
//! | `list` | what is held, and in which order it is best settled |
//! | `start` | opens a patch: the target tree, index stages, markers |
//! | `scene` | what of it is shown where |
//! | `advice` | each kind of conflict in words, and the commands that settle it |
//! | `session` | what is open, and how a killed switch is finished |
//! | `finish` | takes the result, or ends it otherwise; carries what waited |
//! | `leftovers` | markers of conflicts that are left in the result |
//! | `abort` | puts the worktree back, after saving what was made |

mod abort;
mod advice;
mod error;
mod finish;
mod leftovers;
mod list;
mod scene;
mod session;
mod start;

use std::path::Path;

use serde::Serialize;

use super::answers::Regions;
use super::rebase::{MergedByReport, PatchReport, Tip};
use super::workbench::Workbench;
use crate::Result;
use crate::model::{ConflictKind, Oid, PatchName};
pub use abort::abort;
pub use error::ResolveError;
pub use finish::{Back, Ending, all_trivial, done, end};
pub use list::HeldReport;
pub use session::{Clash, Moving, Session, recover};
pub use start::start;

/// What `pq resolve` found or did. Its fields are those of `resolve/1`.
#[derive(Debug, Clone, Serialize)]
pub struct ResolveReport {
    /// The line.
    pub line: String,
    /// What was done.
    pub did: Did,
    /// The patch that it was done to.
    pub patch: Option<PatchName>,
    /// The worktree of the open session, or of the one that ended.
    pub worktree: Option<String>,
    /// Where the opened patch conflicts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Explained>,
    /// What the opened patch wanted: its message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wanted: Option<Wanted>,
    /// Where what a person had made was put.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saved: Option<Saved>,
    /// The worktree that an ended session had, where it could not be put back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_alone: Option<LeftAlone>,
    /// The files of the answers by which the result comes back when the same conflict does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recorded: Vec<String>,
    /// What became of the patches that are, or were, held, and of those that had to change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub patches: Vec<PatchReport>,
    /// What drivers merged in the opened patch: for a person to review.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub merged_by: Vec<MergedByReport>,
    /// Commands that a person should run for generated files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub regenerate: Vec<String>,
    /// The end of the series, where it was made anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tip: Option<Tip>,
    /// What is held now, in the order in which it is best settled.
    pub held: Vec<HeldReport>,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Did {
    /// Nothing: what is held was listed.
    Listed,
    /// A patch was opened.
    Opened,
    /// The result was taken.
    Settled,
    /// The session was given up.
    Aborted,
    /// The patch left the queue.
    Dropped,
    /// The patch left the queue, because upstream has it.
    Upstreamed,
    /// What needs no person was carried.
    Carried,
}

/// One conflict in words.
#[derive(Debug, Clone, Serialize)]
pub struct Explained {
    /// Where it is, quoted as git quotes it.
    pub path: String,
    /// Where the file was in front of the patch, if the patch moves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_path: Option<String>,
    /// How.
    pub kind: ConflictKind,
    /// What happened, in a sentence.
    pub what: String,
    /// Ways through: what each of them means, and the command.
    pub ways: Vec<Way>,
    /// The upstream commits that are to blame, as far as they were found.
    pub culprits: Vec<Culprit>,
    /// How many conflicts of lines there are, and how many of them are filled in as recorded; left out if none is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regions: Option<Regions>,
    /// The files of the recorded answers that are filled in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resolutions: Vec<String>,
    /// The files of recorded answers that disagree about it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub disputed: Vec<String>,
}

/// One way through a conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Way {
    /// What it means.
    pub means: &'static str,
    /// What to type, in the worktree.
    pub command: String,
}

/// An upstream commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Culprit {
    /// Its id.
    pub id: Oid,
    /// Who wrote it.
    pub author: String,
    /// When, in seconds since 1970.
    pub date: i64,
    /// The first line of its message.
    pub subject: String,
    /// Its pull request, as its message names it.
    pub pr: Option<String>,
}

/// What a patch is for.
#[derive(Debug, Clone, Serialize)]
pub struct Wanted {
    /// The first line of its message.
    pub subject: String,
    /// Who wrote it.
    pub author: String,
    /// Why the fork has it, as pq.toml says.
    pub reason: Option<String>,
    /// The release that its text is for.
    pub base: String,
}

/// What a person had made when a session was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Saved {
    /// The ref that keeps it.
    pub name: String,
    /// Its commit: the files; its second parent is the index.
    pub commit: Oid,
}

/// A worktree that is gone, or shows something else than what a session put there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftAlone {
    /// Its directory when the session began.
    pub worktree: String,
    /// What was checked out there before: a branch, or a commit.
    pub home: String,
}

impl ResolveReport {
    fn new(bench: &Workbench, did: Did, patch: Option<PatchName>) -> ResolveReport {
        ResolveReport {
            line: bench.manifest().line.name.clone(),
            did,
            patch,
            worktree: None,
            conflicts: Vec::new(),
            wanted: None,
            saved: None,
            left_alone: None,
            recorded: Vec::new(),
            patches: Vec::new(),
            merged_by: Vec::new(),
            regenerate: Vec::new(),
            tip: None,
            held: Vec::new(),
        }
    }
}

/// A directory in a report.
fn shown(directory: &Path) -> String {
    directory.display().to_string()
}

/// What is held.
///
/// # Errors
/// The queue cannot be read.
pub fn list(bench: &Workbench) -> Result<ResolveReport> {
    let session = Session::load(bench)?;
    let patch = session.as_ref().and_then(|session| session.patch.parse().ok());
    let worktree = session.map(|session| shown(&session.worktree));
    Ok(ResolveReport { worktree, held: list::list(bench)?, ..ResolveReport::new(bench, Did::Listed, patch) })
}

/// An error if the open session is not that of the patch, or if there is none.
///
/// # Errors
/// See above.
pub fn check_open(bench: &Workbench, name: Option<&str>) -> Result<()> {
    let session = Session::open(bench)?;
    // The patch may be gone from the queue meanwhile: its own name is right all the same.
    let Some(name) = name.filter(|name| *name != session.patch) else { return Ok(()) };
    match bench.patch(name)?.name.as_str() == session.patch {
        true => Ok(()),
        false => Err(ResolveError::Open { patch: session.patch, worktree: session.worktree }.into()),
    }
}
