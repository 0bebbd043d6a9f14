//! What cannot be picked at all.

use crate::error::{Hint, Kind};
use crate::model::Oid;

/// Why a request makes no sense. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum PickError {
    /// Two parents.
    #[error("{id} is a merge")]
    Merge {
        /// The merge.
        id: Oid,
        /// Where its two sides part.
        since: Option<Oid>,
    },
    /// No parent.
    #[error("{0} is the first commit of its history")]
    Root(Oid),
    /// A parent that the clone lacks.
    #[error("the clone is shallow, and has not what comes before {0}")]
    Shallow(Oid),
    /// A range that contains nothing.
    #[error("{0} contains no commit")]
    EmptyRange(String),
    /// A range whose start is not in front of its end.
    #[error("in {range}, {from} is not in the history of {to}")]
    Crossing {
        /// As typed.
        range: String,
        /// Its start.
        from: Oid,
        /// Its end.
        to: Oid,
        /// Where they part.
        base: Option<Oid>,
    },
    /// A range whose end is in front of its start.
    #[error("{range} goes backwards: {to} is in the history of {from}")]
    Backwards {
        /// As typed.
        range: String,
        /// Its start.
        from: Oid,
        /// Its end.
        to: Oid,
    },
    /// Nothing was asked for.
    #[error("there is nothing to pick")]
    Nothing,
    /// A pull request of which no commit is known.
    #[error("no commit of pull request {0} is known")]
    UnknownPull(u64),
    /// A text that names no pull request.
    #[error("{0:?} is no number of a pull request, and no address of one")]
    NotAPull(String),
    /// The file with pull requests cannot be read.
    #[error("{file}:{line}: {what}")]
    Map {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// Two lines that do not share a repository.
    #[error("the lines {from} and {to} have different repositories")]
    OtherRepository {
        /// Where the patches are.
        from: String,
        /// Where they should go.
        to: String,
    },
    /// A line for itself.
    #[error("{0} is the line that the patches are in")]
    SameLine(String),
    /// The same commit twice.
    #[error("{0} is named twice")]
    Twice(Oid),
}

impl Hint for PickError {
    fn kind(&self) -> Kind {
        match self {
            PickError::Shallow(_) => Kind::Environment,
            _ => Kind::User,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            PickError::Merge { id, since: Some(since) } => {
                format!("pick what it merged: `pq pick {}..{}^2`", since.short(), id.short())
            }
            PickError::Merge { .. } => "name the commits that it merged".into(),
            PickError::Root(_) => "`pq new NAME`, add the files and `pq refresh`".into(),
            PickError::Shallow(_) => "complete the clone with `git fetch --unshallow`".into(),
            PickError::EmptyRange(_) => "A..B is what B has and A has not".into(),
            PickError::Crossing { to, base: Some(base), .. } => {
                format!("they part at {0}: `pq pick {0}..{1}`", base.short(), to.short())
            }
            PickError::Crossing { .. } => "they have no history in common: name the commits".into(),
            PickError::Backwards { from, to, .. } => format!("`pq pick {}..{}`", to.short(), from.short()),
            PickError::Nothing => "name commits, a range A..B, or --pr N".into(),
            PickError::UnknownPull(_) => {
                "fetch upstream's mainline; where history has no numbers, `pull-requests` under [upstream] names a file with them".into()
            }
            PickError::NotAPull(_) => "`--pr 1234`".into(),
            PickError::Map { .. } => "each line has a number and the ids of its commits; `#` starts a comment".into(),
            PickError::Twice(_) => "name it once".into(),
            PickError::OtherRepository { .. } => "let `repo` under [upstream] name the same clone for both".into(),
            PickError::SameLine(_) => "name another one with --to".into(),
        })
    }
}
