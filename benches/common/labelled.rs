//! Backports that say what they come from.

use std::collections::HashSet;

use pq::format::provenance;
use pq::git::{Commit, Repo, history};
use pq::model::Oid;

/// A commit of a line whose message names commits of the mainline.
pub struct Backport {
    pub id: Oid,
    pub parent: Oid,
    pub commit: Commit,
    /// What it names.
    pub upstream: Vec<Oid>,
}

/// Those of `old..new`, newest first.
pub fn labelled(repo: &Repo, (old, new): (Oid, Oid), mainline: &HashSet<Oid>) -> Result<Vec<Backport>, crate::Failure> {
    let objects = repo.objects();
    let mut backports = Vec::new();
    for step in history::steps(repo, &[new], &[old])? {
        let [parent] = step.parents[..] else { continue };
        let commit = Commit::read(&objects, step.id)?;
        let named = provenance::parse(&commit.message).refs;
        let known = named.iter().filter_map(|one| repo.commit_by_prefix(&objects, &one.id));
        let upstream: Vec<Oid> = known.filter(|id| mainline.contains(id)).collect();
        if !upstream.is_empty() {
            backports.push(Backport { id: step.id, parent, commit, upstream });
        }
    }
    Ok(backports)
}
