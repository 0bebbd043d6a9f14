//! What stands against taking commits into the queue.

use crate::error::{Hint, Kind};
use crate::model::Oid;

/// Why commits cannot be taken into the queue.
#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    /// A merge stands among them.
    #[error("{commit} is a merge: a queue is one commit after the other")]
    Merge {
        /// The merge.
        commit: Oid,
        /// The base.
        base: Oid,
    },
    /// They do not stand on the base.
    #[error("{tip} does not stand on {base}, the base of the queue")]
    OffBase {
        /// The last of them.
        tip: Oid,
        /// The base's name.
        base: String,
    },
    /// Some of them are upstream's.
    #[error("{commit} is a commit of upstream ({name}): the branch was moved to another release")]
    Upstreams {
        /// Upstream's commit.
        commit: Oid,
        /// The tag or branch of upstream.
        name: String,
        /// The line's branch.
        branch: String,
    },
    /// HEAD is at no branch, and below it is no patch.
    #[error("no patch of the queue is below HEAD")]
    NoPatch,
}

impl Hint for AdoptError {
    fn kind(&self) -> Kind {
        Kind::User
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            AdoptError::Merge { base, .. } => {
                format!("`git rebase {}` makes one line of it; then `pq refresh --adopt`", base.short())
            }
            AdoptError::OffBase { .. } => {
                "`git rebase --onto BASE …` puts them there; `pq refresh --force` moves the branch back to the queue"
                    .into()
            }
            AdoptError::Upstreams { name, branch, .. } => {
                format!(
                    "`pq refresh --force` takes {branch} back to the queue, `pq rebase {name}` carries the queue there"
                )
            }
            AdoptError::NoPatch => "check out the line's branch, or a patch of it with `pq goto NAME`".into(),
        })
    }
}
