//! What pq keeps of upstream's commits, read from the objects.

use rayon::prelude::*;

use super::history::cancelled;
use super::renames::join;
use super::repo::Step;
use super::sections::sections;
use super::{Commit, GitError, Objects, Repo, diff_trees};
use crate::format::excluded::Excluded;
use crate::format::patch_id::patch_id;
use crate::format::section::{Cursor, parse_sections};
use crate::format::signature::signature;
use crate::format::{provenance, words};
use crate::model::progress::Watch;
use crate::model::{ChangeFacts, CommitFacts, Oid};

/// Reads commits, in parallel; the order is kept.
pub fn read(repo: &Repo, steps: &[Step], excluded: &Excluded, watch: &dyn Watch) -> Result<Vec<CommitFacts>, GitError> {
    watch.phase("reading upstream's commits", Some(steps.len() as u64));
    let read = |objects: &mut Objects, step: &Step| {
        cancelled(watch)?;
        watch.step(1);
        one(objects, step, excluded)
    };
    steps.par_iter().map_init(|| repo.remembering_objects(), read).collect()
}

fn one(objects: &Objects, step: &Step, excluded: &Excluded) -> Result<CommitFacts, GitError> {
    let commit = Commit::read(objects, step.id)?;
    let change = match step.parents[..] {
        [parent] => Some(change(objects, parent, commit.tree, excluded)?),
        _ => None,
    };
    let subject = commit.subject().into();
    Ok(CommitFacts {
        id: step.id,
        parents: step.parents.clone(),
        subject,
        provenance: provenance::parse(&commit.message),
        mentions: words::ids(&commit.message),
        is_security: words::is_dangerous(&commit.message),
        name: commit.author.name,
        email: commit.author.email,
        seconds: commit.author.seconds,
        change,
    })
}

fn change(objects: &Objects, parent: Oid, tree: Oid, excluded: &Excluded) -> Result<ChangeFacts, GitError> {
    let all = diff_trees(objects, Commit::read(objects, parent)?.tree, tree)?;
    let count = all.len();
    let changes: Vec<_> = all.into_iter().filter(|change| !excluded.has(change.path())).collect();
    let has_excluded = changes.len() < count;
    let text = sections(objects, &join(objects, changes)?)?.concat();
    let (files, _) = parse_sections(Cursor::new(&text)).unwrap_or((Vec::new(), Cursor::new(&[])));
    Ok(ChangeFacts { patch_id: patch_id(&files), signature: signature(&files), has_excluded })
}
