//! Why a worktree is left as it is.

use std::path::PathBuf;

use crate::error::{Hint, Kind};

/// Why a worktree cannot be switched. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WorktreeError {
    /// Something in it is not committed.
    #[error("the worktree {} has changes that are not committed: {}", worktree.display(), listed(paths))]
    Dirty {
        /// Which.
        worktree: PathBuf,
        /// The paths, as they may be shown.
        paths: Vec<String>,
    },
    /// It is in the middle of something else.
    #[error("the worktree {} is in the middle of {what}", worktree.display())]
    Busy {
        /// Which.
        worktree: PathBuf,
        /// Of what.
        what: &'static str,
    },
    /// Files that git does not know stand where others have to go.
    #[error("files in {} are in the way, and git does not know them: {}", worktree.display(), listed(paths))]
    InTheWay {
        /// Which.
        worktree: PathBuf,
        /// The paths.
        paths: Vec<String>,
    },
    /// It shows a part of the files only.
    #[error("the worktree {} is a sparse checkout, which pq does not switch", worktree.display())]
    Sparse {
        /// Which.
        worktree: PathBuf,
    },
    /// The user's filter program cannot make a file for the worktree.
    #[error("{path} cannot be converted for the worktree: {why}")]
    Filter {
        /// The path.
        path: String,
        /// What became of it.
        why: String,
    },
    /// A file has to be in an encoding that pq cannot write.
    #[error("the attributes want {path} in the encoding {encoding}, which pq cannot write")]
    Encoding {
        /// The path.
        path: String,
        /// The encoding.
        encoding: String,
    },
    /// A path that must not be written.
    #[error("{path} cannot be a file of a worktree")]
    BadPath {
        /// The path.
        path: String,
    },
    /// git, or another program, works on its index.
    #[error("the index of {} is locked", worktree.display())]
    Locked {
        /// Which.
        worktree: PathBuf,
        /// What gix says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The directory is no worktree of the upstream repository.
    #[error("{} is no worktree of {}", directory.display(), repo.display())]
    Foreign {
        /// The directory.
        directory: PathBuf,
        /// The repository.
        repo: PathBuf,
    },
}

/// How many paths an error names.
const MANY: usize = 5;

fn listed(paths: &[String]) -> String {
    let more = paths.len().saturating_sub(MANY);
    let mut text = paths.iter().take(MANY).map(String::as_str).collect::<Vec<_>>().join(", ");
    if more > 0 {
        text += &format!(" and {more} more");
    }
    text
}

impl Hint for WorktreeError {
    fn kind(&self) -> Kind {
        Kind::User
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            WorktreeError::Dirty { worktree, .. } => {
                format!("commit them, or put them away: `git -C {} stash`", worktree.display())
            }
            WorktreeError::Busy { worktree, .. } => {
                format!("finish or abort it first: `git -C {} status` says how", worktree.display())
            }
            WorktreeError::InTheWay { .. } => "move them away, then run the command again".into(),
            WorktreeError::Filter { .. } => "see the attribute `filter` of the file (`git check-attr filter FILE`), and what `git config --get-regexp '^filter'` says".into(),
            WorktreeError::Encoding { .. } => "check out another branch in that worktree: `git switch BRANCH`".into(),
            WorktreeError::Sparse { worktree } => format!(
                "show all of its files: `git -C {} sparse-checkout disable`; or check out another branch there",
                worktree.display()
            ),
            WorktreeError::BadPath { .. } => "the tree is damaged or hostile: look at it with `git ls-tree -r`".into(),
            WorktreeError::Locked { .. } => {
                "wait until git is done there; if no git runs, remove the file index.lock".into()
            }
            WorktreeError::Foreign { repo, .. } => {
                format!("make one: `git -C {} worktree add --detach DIR`", repo.display())
            }
        })
    }
}
