//! Commits of upstream as reports describe them.

use serde::Serialize;

use crate::Result;
use crate::format::provenance;
use crate::git::{Commit, Objects};
use crate::model::Oid;
use crate::model::text::visible;

/// A commit of upstream, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CommitReport {
    /// Its id.
    pub commit: Oid,
    /// Its author: `NAME <ADDRESS>`.
    pub author: String,
    /// When it was written, in seconds since 1970.
    pub date: i64,
    /// The first line of its message.
    pub subject: String,
    /// The number of its pull request, if the subject has one.
    pub pr: Option<u64>,
}

/// Reads what is to say of a commit.
///
/// # Errors
/// The repository lacks it.
pub fn describe(objects: &Objects, id: Oid) -> Result<CommitReport> {
    let commit = Commit::read(objects, id)?;
    let author = [&commit.author.name[..], b" <", &commit.author.email, b">"].concat();
    let subject = commit.subject();
    // In a subject with several numbers the last one is its own.
    let pr = provenance::parse(subject).prs.last().map(|pr| pr.number);
    Ok(CommitReport {
        commit: id,
        author: visible(&author),
        date: commit.author.seconds,
        subject: visible(subject),
        pr,
    })
}
