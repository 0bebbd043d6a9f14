//! Why a held patch cannot be settled like that.

use std::path::PathBuf;

use crate::error::{Hint, Kind};
use crate::model::PatchName;

/// Why a command of a session is refused. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// The file of the session is damaged.
    #[error("{} cannot be read: {source}", file.display())]
    BadSession {
        /// The file.
        file: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// There is no session.
    #[error("no patch is being settled")]
    NoSession,
    /// Another session is open, or the command would change what it stands on.
    #[error("{patch} is being settled in {}", worktree.display())]
    Open {
        /// Its patch.
        patch: String,
        /// Its worktree.
        worktree: PathBuf,
    },
    /// The patch is not held any more, and nothing of this session made it so.
    #[error("{patch} is not held any more: it was settled, or left the queue, while it was open in {}", worktree.display())]
    Overtaken {
        /// The patch.
        patch: String,
        /// The worktree.
        worktree: PathBuf,
    },
    /// The worktree of the session is gone.
    #[error("the worktree {} in which {patch} is being settled is gone", worktree.display())]
    WorktreeGone {
        /// The patch.
        patch: String,
        /// The worktree.
        worktree: PathBuf,
    },
    /// The patch is part of the branch.
    #[error("{0} is not held")]
    NotHeld(PatchName),
    /// It waits for others.
    #[error("{patch} waits for {}", by.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", "))]
    Waits {
        /// The patch.
        patch: PatchName,
        /// For which.
        by: Vec<PatchName>,
    },
    /// Others state that they need it.
    #[error("{} needs {patch} (requires)", by.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", "))]
    Needed {
        /// The patch.
        patch: PatchName,
        /// Who does.
        by: Vec<PatchName>,
    },
    /// Paths that are not merged.
    #[error("not settled yet: {}", .0.join(", "))]
    Unmerged(Vec<String>),
    /// Files that differ from the index.
    #[error("files differ from the index: {}", .0.join(", "))]
    Unstaged(Vec<String>),
    /// Markers of conflicts in the result.
    #[error("markers of conflicts are left:\n{}", .0.join("\n"))]
    Markers(Vec<String>),
    /// Nothing of the patch is left.
    #[error("nothing is left of {0}: the result is what is there without it")]
    Nothing(String),
    /// HEAD was moved to something else.
    #[error("{} has something else checked out than what `pq resolve {patch}` put there", worktree.display())]
    Elsewhere {
        /// The patch.
        patch: String,
        /// The worktree.
        worktree: PathBuf,
    },
    /// The queue is another than when the session began.
    #[error("the queue is on another base than when {0} was opened")]
    OtherBase(String),
    /// What the person made does not go where the patch has its place now.
    #[error("the patches in front of {patch} were changed, and the result conflicts with them: {}", paths.join(", "))]
    Conflicts {
        /// The patch.
        patch: String,
        /// Where.
        paths: Vec<String>,
    },
}

impl Hint for ResolveError {
    fn kind(&self) -> Kind {
        Kind::User
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            ResolveError::BadSession { .. } => "delete that file; the worktree stays as it is".into(),
            ResolveError::NoSession => "`pq resolve` lists what is held, `pq resolve NAME` opens one".into(),
            ResolveError::Open { .. } => {
                "end it first: `pq resolve --done` takes the result, `pq resolve --abort` puts the worktree back".into()
            }
            ResolveError::Overtaken { .. } => {
                "`pq resolve --abort` keeps your edits under a ref, names it, and puts the worktree back".into()
            }
            ResolveError::WorktreeGone { worktree, .. } => {
                format!("bring {} back, or give it up: `pq resolve --abort`", worktree.display())
            }
            ResolveError::NotHeld(patch) => format!("`pq show {patch}` shows it, `pq resolve` lists what is held"),
            ResolveError::Waits { by, .. } => {
                format!("settle that one first: `pq resolve {}`", by.first().map_or("NAME", PatchName::as_str))
            }
            ResolveError::Needed { patch, .. } => format!(
                "`pq drop {patch} --with-dependents` takes those along (end an open session before); or take {patch} out of their `requires`"
            ),
            ResolveError::Unmerged(_) => {
                "edit them, then `git add PATH` for each; `git rm PATH` if it has to go".into()
            }
            ResolveError::Unstaged(_) => "`git add -u` takes them, `git restore PATH` gives them up".into(),
            ResolveError::Markers(_) => "edit those lines, then `git add` the files".into(),
            ResolveError::Nothing(_) => {
                "if upstream has it: `pq resolve --as-upstream REASON`; if nobody needs it: `pq resolve --drop REASON`"
                    .into()
            }
            ResolveError::Elsewhere { .. } => {
                "switch back to the commit that it was opened on, or give it up: `pq resolve --abort`".into()
            }
            ResolveError::OtherBase(_) | ResolveError::Conflicts { .. } => {
                "`pq resolve --abort` keeps your edits under a ref and names it; then open the patch again".into()
            }
        })
    }
}
