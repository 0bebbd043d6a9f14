//! The upstream commits that a patch comes from, and where they are.

use std::collections::BTreeMap;

use super::report::{Origin, Place};
use crate::Result;
use crate::git::Objects;
use crate::model::Oid;
use crate::ops::audit::Branches;
use crate::ops::commits::describe;
use crate::ops::workbench::Workbench;

/// So many branches that have a commit are enough to find it.
const ENOUGH: usize = 3;

/// What is to say of each recorded id. `upstream` are the branches that pq.toml names, if the clone has them.
pub fn origins(
    bench: &Workbench,
    objects: &Objects,
    recorded: &[String],
    upstream: Option<&Branches>,
) -> Result<Vec<Origin>> {
    recorded.iter().map(|id| origin(bench, objects, id, upstream)).collect()
}

fn origin(bench: &Workbench, objects: &Objects, hex: &str, upstream: Option<&Branches>) -> Result<Origin> {
    let id = hex.to_owned();
    let Some(commit) = bench.repo.commit_by_prefix(objects, hex) else {
        return Ok(Origin { id, place: Place::Missing, branches: Vec::new(), is_in_base: false, commit: None });
    };
    let is_in = |tip: Oid| Ok::<_, crate::Error>(bench.repo.merge_base(commit, tip)? == Some(commit));
    let is_in_base = is_in(bench.manifest().line.base_commit)?;
    let commit_report = Some(describe(objects, commit)?);
    for branch in upstream.iter().flat_map(|branches| &branches.mainline) {
        if is_in(branch.commit)? {
            let place = Place::Mainline;
            return Ok(Origin { id, place, branches: Vec::new(), is_in_base, commit: commit_report });
        }
    }
    let branches = having(bench, commit, upstream)?;
    let place = if branches.is_empty() { Place::Nowhere } else { Place::Branch };
    Ok(Origin { id, place, branches, is_in_base, commit: commit_report })
}

/// Some branches that have a commit, upstream's stable one first; never the line's own.
fn having(bench: &Workbench, commit: Oid, upstream: Option<&Branches>) -> Result<Vec<String>> {
    let own = bench.branch_ref();
    let mut branches: Vec<(String, Oid)> = Vec::new();
    branches.extend(upstream.iter().flat_map(|it| &it.stable).map(|branch| (branch.name.clone(), branch.commit)));
    for prefix in ["refs/heads/", "refs/remotes/"] {
        let found = bench.repo.refs_under(prefix)?;
        branches.extend(found.into_iter().map(|(name, tip)| (format!("{prefix}{name}"), tip)));
    }
    branches.retain(|(name, _)| *name != own);
    // Many refs of a clone stand for one and the same commit.
    let mut known: BTreeMap<Oid, bool> = BTreeMap::new();
    let mut having: Vec<String> = Vec::new();
    for (name, tip) in branches {
        let has = match known.get(&tip) {
            Some(has) => *has,
            None => bench.repo.merge_base(commit, tip)? == Some(commit),
        };
        known.insert(tip, has);
        let short = name.trim_start_matches("refs/heads/").trim_start_matches("refs/remotes/").to_owned();
        if has && !having.contains(&short) {
            having.push(short);
        }
        if having.len() == ENOUGH {
            break;
        }
    }
    Ok(having)
}
