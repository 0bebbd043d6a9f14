//! What can go wrong with the upstream repository.

use std::path::PathBuf;

use crate::error::{Hint, Kind};
use crate::model::Oid;

/// Why something could not be done with the upstream repository.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is no repository, or it cannot be opened.
    #[error("cannot open the upstream repository {}", path.display())]
    Open {
        /// Where it was looked for.
        path: PathBuf,
        /// What gix says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A revision names nothing.
    #[error("{revision:?} names no commit in {}", repo.display())]
    NoSuchRevision {
        /// As typed.
        revision: String,
        /// Where it was looked up.
        repo: PathBuf,
    },
    /// An abbreviated id fits several objects.
    #[error("{revision:?} is ambiguous: several objects start with it")]
    Ambiguous {
        /// As typed.
        revision: String,
    },
    /// An object that must be there is not.
    #[error("the object {id} is missing from {}", repo.display())]
    Missing {
        /// Its id.
        id: Oid,
        /// The repository.
        repo: PathBuf,
        /// Whether history ends early there.
        shallow: bool,
    },
    /// An object is there and cannot be read.
    #[error("the object {id} cannot be read")]
    Unreadable {
        /// Its id.
        id: Oid,
        /// What gix says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An object is of another kind than it must be.
    #[error("the object {id} is a {actual}, where a {expected} is needed")]
    WrongKind {
        /// Its id.
        id: Oid,
        /// What it is.
        actual: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// An object breaks git's format.
    #[error("the object {id} is not a well-formed {expected}")]
    Malformed {
        /// Its id.
        id: Oid,
        /// What it claims to be.
        expected: &'static str,
    },
    /// The repository holds a part of the history only, and this command needs more.
    #[error("{} is a shallow clone, and its history ends before {what}", repo.display())]
    Shallow {
        /// The repository.
        repo: PathBuf,
        /// What was wanted.
        what: String,
    },
    /// A ref is not what it was when the command began.
    #[error("cannot update {name}: it changed in the meantime, or another process holds it")]
    RefMoved {
        /// The full name of the ref.
        name: String,
        /// What gix says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A name that no ref can have.
    #[error("{name:?} is not a valid name of a branch or ref")]
    BadRefName {
        /// As given.
        name: String,
    },
    /// A branch that would move is checked out.
    #[error("the branch {branch} is checked out in {}", worktree.display())]
    CheckedOut {
        /// The branch.
        branch: String,
        /// The worktree.
        worktree: PathBuf,
    },
    /// Objects could not be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// Where.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// gix could not do something that has no reason to fail.
    #[error("cannot {what}")]
    Gix {
        /// What was tried.
        what: &'static str,
        /// What gix says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A merge driver of the user's failed.
    #[error("the merge driver {name} failed on {path}: {how}")]
    Driver {
        /// Its name, as it may be shown.
        name: String,
        /// The file.
        path: String,
        /// What became of it.
        how: String,
    },
    /// The user's git could not do it.
    #[error("git {what} failed ({how}){}{said}", if said.is_empty() { "" } else { ":\n" })]
    UserGit {
        /// Its subcommand.
        what: String,
        /// What became of it.
        how: String,
        /// What it said last.
        said: String,
    },
    /// A worktree cannot be switched.
    #[error(transparent)]
    Worktree(#[from] super::worktree::WorktreeError),
    /// The person stopped it.
    #[error("interrupted")]
    Interrupted,
}

impl GitError {
    /// Wraps an error of gix.
    pub(crate) fn gix(what: &'static str) -> impl FnOnce(gix::Error) -> GitError {
        move |source| GitError::Gix { what, source: Box::new(source) }
    }
}

impl Hint for GitError {
    fn kind(&self) -> Kind {
        match self {
            GitError::NoSuchRevision { .. }
            | GitError::Ambiguous { .. }
            | GitError::BadRefName { .. }
            | GitError::CheckedOut { .. } => Kind::User,
            GitError::Interrupted => Kind::Interrupted,
            GitError::Worktree(error) => error.kind(),
            _ => Kind::Environment,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            GitError::Open { .. } => {
                "check `repo` under [upstream] in pq.toml: a git repository that has upstream's history".into()
            }
            GitError::NoSuchRevision { .. } => {
                "fetch it first (`git fetch --tags`), or check the spelling (`git tag`)".into()
            }
            GitError::Ambiguous { .. } => "write more digits".into(),
            GitError::Missing { shallow: true, .. } | GitError::Shallow { .. } => {
                "complete the clone with `git fetch --unshallow`".into()
            }
            GitError::Missing { .. } => {
                "fetch it from upstream; `git fsck` tells whether the repository is damaged".into()
            }
            GitError::Unreadable { .. } | GitError::Malformed { .. } => {
                "`git fsck` tells what is damaged; fetch the objects again from upstream".into()
            }
            GitError::RefMoved { .. } => {
                "run the command again; if a stale .lock file is named above, remove it".into()
            }
            GitError::BadRefName { .. } => "see `git help check-ref-format`".into(),
            GitError::CheckedOut { .. } => {
                "check out another branch there (`git switch --detach`), then run the command again".into()
            }
            GitError::Driver { name, .. } => format!(
                "see what `git config --show-origin merge.{name}.driver` says; `pq rebase --no-drivers` does without it"
            ),
            GitError::UserGit { .. } => {
                "nothing was changed here; see that git itself reaches the remote: `git ls-remote`".into()
            }
            GitError::Worktree(error) => return error.hint(),
            GitError::Write { .. } => "check the free space and the permissions of the repository".into(),
            GitError::WrongKind { .. } | GitError::Gix { .. } | GitError::Interrupted => return None,
        })
    }
}
