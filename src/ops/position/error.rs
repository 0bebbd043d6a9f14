//! What stands against moving through the queue.

use std::path::PathBuf;

use crate::error::{Hint, Kind};
use crate::git::Worktree;
use crate::git::worktree::Head;
use crate::model::{Oid, PatchName};
use crate::ops::workbench::Workbench;

/// Why a worktree cannot be moved, or what it stands at cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum PositionError {
    /// The repository is bare, and no worktree of it is named.
    #[error("{} has no worktree here", .0.display())]
    NoWorktree(PathBuf),
    /// The branch holds commits that are not those of the queue.
    #[error("{} has {branch} checked out, at {found}, which is no commit of the queue", worktree.display())]
    Foreign {
        /// The worktree.
        worktree: PathBuf,
        /// The line's branch.
        branch: String,
        /// Where it is.
        found: Oid,
    },
    /// Something else is checked out.
    #[error("{} has {head} checked out, which is no part of the queue", worktree.display())]
    Elsewhere {
        /// The worktree.
        worktree: PathBuf,
        /// What is checked out.
        head: String,
    },
    /// Everything is applied.
    #[error("all patches are applied{}", .0.as_ref().map(|top| format!(": the last one is {top}")).unwrap_or_default())]
    AtEnd(Option<PatchName>),
    /// Nothing is applied.
    #[error("no patch is applied")]
    AtStart,
    /// A number of patches that is not there.
    #[error("there are only {there} patches {} HEAD, not {asked}", if *above { "above" } else { "below" })]
    TooMany {
        /// What was asked for.
        asked: usize,
        /// What is there.
        there: usize,
        /// Whether it was to be pushed.
        above: bool,
    },
    /// `push NAME` of a patch below HEAD, or `pop NAME` of one above.
    #[error("{name} is {} HEAD", if *above { "above" } else { "below" })]
    OtherWay {
        /// The patch.
        name: PatchName,
        /// Where it is.
        above: bool,
    },
    /// Edits that cannot be carried along.
    #[error("the edits in {} do not fit there: {}", worktree.display(), paths.join(", "))]
    EditsConflict {
        /// The worktree.
        worktree: PathBuf,
        /// Where.
        paths: Vec<String>,
    },
    /// The patch that the edits are for is above them.
    #[error("{name} is not applied in {}", worktree.display())]
    NotApplied {
        /// The patch.
        name: PatchName,
        /// The worktree.
        worktree: PathBuf,
    },
    /// Patches between the named one and HEAD changed the same lines.
    #[error("the edits do not fit into {name}: {}", paths.join(", "))]
    DoNotFit {
        /// The patch.
        name: PatchName,
        /// Where.
        paths: Vec<String>,
    },
    /// With the edits further down, a patch in between does not give what the worktree shows.
    #[error("the edits cannot go below {patch}, which changes the same lines")]
    Between {
        /// The patch, or the last of several.
        patch: PatchName,
    },
    /// Paths that were named and have no edits that git knows.
    #[error("there are no edits of {}", paths.join(", "))]
    Untouched {
        /// Which.
        paths: Vec<String>,
    },
}

impl PositionError {
    /// A worktree that stands at no patch.
    pub(super) fn elsewhere(bench: &Workbench, worktree: &Worktree, head: &Head, commit: Option<Oid>) -> PositionError {
        let root = worktree.root().to_owned();
        match (head, commit) {
            (Head::Branch(name), Some(found)) if *name == bench.branch_ref() => {
                PositionError::Foreign { worktree: root, branch: bench.manifest().line.branch.clone(), found }
            }
            (Head::Branch(name), _) => {
                let head = name.trim_start_matches("refs/heads/").to_owned();
                PositionError::Elsewhere { worktree: root, head }
            }
            (Head::Commit(id), _) => PositionError::Elsewhere { worktree: root, head: id.short() },
        }
    }
}

impl Hint for PositionError {
    fn kind(&self) -> Kind {
        Kind::User
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            PositionError::NoWorktree(repo) => {
                format!("`git -C {} worktree add --detach DIR` makes one; `--worktree DIR` names it", repo.display())
            }
            PositionError::Foreign { branch, .. } => {
                format!("`pq refresh --adopt` takes it into the queue; `git log {branch}` shows what is there")
            }
            PositionError::Elsewhere { .. } => {
                "`pq goto NAME` and `pq push -a` lead into the queue; `pq refresh --adopt` takes commits on a patch into it".into()
            }
            PositionError::AtEnd(_) => "`pq series` lists the patches".into(),
            PositionError::AtStart => "`pq push` applies the first one".into(),
            PositionError::TooMany { .. } => "`-a` takes all of them".into(),
            PositionError::OtherWay { name, .. } => format!("`pq goto {name}`"),
            PositionError::EditsConflict { .. } => {
                "`pq refresh` puts them into the patch that they were made on".into()
            }
            PositionError::NotApplied { name, .. } => format!("`pq goto --keep {name}` first"),
            PositionError::DoNotFit { .. } | PositionError::Between { .. } => {
                "put them into the top patch, or `pq goto` the patch and edit there".into()
            }
            PositionError::Untouched { .. } => {
                "`git add` files that are new; paths are those from the top of the worktree".into()
            }
        })
    }
}
