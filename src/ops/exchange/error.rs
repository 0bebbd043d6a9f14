//! What keeps patches from coming in or going out.

use std::path::PathBuf;

use crate::error::{Hint, Kind};
use crate::format::mailbox::MailError;
use crate::format::stgit::StackError;
use crate::model::{Oid, PatchName};

/// Why an import or an export cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// Nothing is there to import.
    #[error("{0} has no patch")]
    Nothing(String),
    /// A merge among the commits.
    #[error("{0} is a merge: what it does belongs to no single patch")]
    Merge(Oid),
    /// A commit without a parent.
    #[error("{0} has no parent, so it is no change of anything")]
    Root(Oid),
    /// A mail that cannot be read.
    #[error("{place}: {why}")]
    BadMail {
        /// The file, and the line on which the mail starts.
        place: String,
        /// Why.
        why: MailError,
    },
    /// A patch that fits nowhere.
    #[error("{place} does not apply: {why}")]
    DoesNotApply {
        /// The mail.
        place: String,
        /// Why.
        why: String,
    },
    /// A patch that fits in several places.
    #[error("{place}: a hunk for line {stated} of {path} fits at {}", fits.iter().map(u32::to_string).collect::<Vec<_>>().join(" and "))]
    Ambiguous {
        /// The mail.
        place: String,
        /// The file.
        path: String,
        /// The line that the hunk states.
        stated: u32,
        /// The lines at which it fits.
        fits: Vec<u32>,
    },
    /// There is no stack of that name.
    #[error("the branch {0} has no stack of StGit")]
    NoStack(String),
    /// The state of a stack cannot be read.
    #[error("the stack of {branch} cannot be read: {why}")]
    BadStack {
        /// Its branch.
        branch: String,
        /// Why.
        why: StackError,
    },
    /// The branch is not where the stack says.
    #[error("the branch {0} is not where its stack says")]
    StackMoved(String),
    /// There is such a stack already.
    #[error("there is a stack {0} already")]
    StackTaken(String),
    /// An export onto the line's own branch.
    #[error("{0} is the branch that the line itself is published as")]
    OwnBranch(String),
    /// A worktree shows the branch.
    #[error("{branch} is checked out in {}", worktree.display())]
    CheckedOut {
        /// The branch.
        branch: String,
        /// Where.
        worktree: PathBuf,
    },
    /// The branch holds something else.
    #[error("the branch {branch} is at {found}, which is not part of what is exported")]
    BranchTaken {
        /// The branch.
        branch: String,
        /// Where it is.
        found: Oid,
    },
    /// Patches that conflict.
    #[error("{} here: {}", if patches.len() == 1 { "a patch conflicts" } else { "patches conflict" }, listed(patches))]
    Conflicts {
        /// Each with the paths, quoted as git quotes them.
        patches: Vec<(PatchName, Vec<String>)>,
    },
    /// What was written would not give the tree that was meant.
    #[error("{patch} gives the tree {found}, but its source gave {wanted}")]
    NotEqual {
        /// The patch.
        patch: PatchName,
        /// What the source gives.
        wanted: Oid,
        /// What the queue gives.
        found: Oid,
    },
}

fn listed(patches: &[(PatchName, Vec<String>)]) -> String {
    let one = |(name, paths): &(PatchName, Vec<String>)| match paths.is_empty() {
        true => format!("{name} (waits for another)"),
        false => format!("{name} ({})", paths.join(", ")),
    };
    patches.iter().map(one).collect::<Vec<_>>().join("; ")
}

impl Hint for ExchangeError {
    fn kind(&self) -> Kind {
        match self {
            ExchangeError::Conflicts { .. } => Kind::Conflict,
            ExchangeError::NotEqual { .. } => Kind::Bug,
            _ => Kind::User,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            ExchangeError::Nothing(_) => None,
            ExchangeError::Merge(id) => Some(format!(
                "import the commits that it joins, such as {0}^1..{0}^2, and leave the merge out; `pq init --from` takes a branch with its merges",
                id.short()
            )),
            ExchangeError::Root(_) => Some("import what comes after it".to_owned()),
            ExchangeError::Conflicts { .. } => Some(
                "nothing was written: `--hold` adds what conflicts as held patches for `pq resolve`, `--after` another place"
                    .to_owned(),
            ),
            ExchangeError::BadMail { .. } => None,
            ExchangeError::DoesNotApply { .. } => Some(
                "nothing was written: fetch the commits that it was made on, so that it can be merged from there, or put it somewhere else with \
                 `--after`"
                    .to_owned(),
            ),
            ExchangeError::Ambiguous { .. } => Some(
                "nobody can know which place is meant: fetch the commits that it was made on, so that it can be merged from there".to_owned(),
            ),
            ExchangeError::NoStack(_) => Some("`git for-each-ref refs/stacks` lists the stacks".to_owned()),
            ExchangeError::BadStack { .. } => {
                Some("run any command of a newer StGit there, such as `stg series`: it brings the stack up to date".to_owned())
            }
            ExchangeError::StackMoved(_) => Some("run `stg repair` there first".to_owned()),
            ExchangeError::StackTaken(_) | ExchangeError::BranchTaken { .. } => {
                Some("choose another name, or replace it with `--force`".to_owned())
            }
            ExchangeError::OwnBranch(_) => Some("choose another name".to_owned()),
            ExchangeError::CheckedOut { .. } => Some("check out something else there, or choose another name".to_owned()),
            ExchangeError::NotEqual { .. } => None,
        }
    }
}
