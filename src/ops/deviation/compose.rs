//! Several commits as one change: merged one after the other, so that a line that one adds and a later one rewrites counts as it is in the end.

use crate::Result;
use crate::git::renames::join;
use crate::git::{Commit, Objects, Repo, diff_trees};
use crate::model::Oid;
use crate::ops::replay::{Fate, Replay, Step};

/// With more commits than this, they are taken in the order in which they are given.
const MANY: usize = 32;

/// What several commits come to.
pub(super) enum Composed {
    /// On the tree that ours is made for, the very tree that ours makes.
    Ours,
    /// The trees before and after.
    Trees(Oid, Oid),
    /// They cannot be merged one after the other.
    Unknown,
}

/// Composes commits, on upstream's tree before the first of them, or where that is not possible on the tree that ours is made for. What is
/// merged is kept in `objects`.
pub(super) fn compose(repo: &Repo, objects: &mut Objects, ours: Oid, commits: &[Oid]) -> Result<Composed> {
    let commits = oldest_first(repo, commits)?;
    let (base, tree) = trees(objects, ours)?;
    let here = replay(objects, base, &commits)?;
    if here == Some(tree) {
        return Ok(Composed::Ours);
    }
    let (start, _) = trees(objects, commits[0])?;
    let there = replay(objects, start, &commits)?.map(|end| (start, end));
    let found = there.or(here.map(|end| (base, end)));
    Ok(found.map_or(Composed::Unknown, |(start, end)| Composed::Trees(start, end)))
}

/// The trees before and after a commit; of a merge, before all that it merges.
fn trees(objects: &Objects, id: Oid) -> Result<(Oid, Oid)> {
    let commit = Commit::read(objects, id)?;
    Ok((Commit::read(objects, commit.parents[0])?.tree, commit.tree))
}

/// The tree that becomes of one with commits merged into it.
fn replay(objects: &mut Objects, start: Oid, commits: &[Oid]) -> Result<Option<Oid>> {
    let mut tip = start;
    for id in commits {
        let (before, after) = trees(objects, *id)?;
        let changes = join(objects, diff_trees(objects, before, after)?)?;
        let step = Step { changes: &changes, sections: &[] };
        match Replay::new(objects, before, tip).carry(&step)? {
            Fate::Carried(placed) => tip = placed.tree,
            Fate::Conflict(_) => return Ok(None),
        }
    }
    Ok(Some(tip))
}

/// Each commit once, behind those that it has grown from.
fn oldest_first(repo: &Repo, commits: &[Oid]) -> Result<Vec<Oid>> {
    if commits.len() > MANY {
        return Ok(commits.to_vec());
    }
    let mut sorted: Vec<Oid> = Vec::new();
    for id in commits {
        let mut place = Some(sorted.len());
        for (at, other) in sorted.iter().enumerate() {
            if repo.merge_base(*id, *other)? == Some(*id) {
                place = (id != other).then_some(at);
                break;
            }
        }
        place.into_iter().for_each(|place| sorted.insert(place, *id));
    }
    Ok(sorted)
}
