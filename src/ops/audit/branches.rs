//! Where upstream's commits land: its mainline, and its stable branch of the base's version.

use bstr::ByteSlice;
use serde::Serialize;

use crate::Result;
use crate::model::{Oid, ReleasePattern};
use crate::ops::error::OpError;
use crate::ops::workbench::Workbench;

/// A branch of upstream that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Branch {
    /// Its full name: `refs/heads/main`, `refs/remotes/upstream/main`.
    pub name: String,
    /// Its last commit.
    pub commit: Oid,
}

/// The branches of upstream that the repository has. A clone may have one and the same branch several times.
#[derive(Debug, Clone, Default)]
pub struct Branches {
    /// Where fixes land first.
    pub mainline: Vec<Branch>,
    /// Upstream's own backports to the line's version.
    pub stable: Vec<Branch>,
}

impl Branches {
    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Branch> {
        self.mainline.iter().chain(&self.stable)
    }

    /// The last commits of all of them.
    pub fn tips(&self) -> Vec<Oid> {
        self.all().map(|branch| branch.commit).collect()
    }

    /// What the base's own history is everything but: the mainline, or the stable branch where no mainline is stated.
    pub fn trunk(&self) -> Vec<Oid> {
        let trunk = if self.mainline.is_empty() { &self.stable } else { &self.mainline };
        trunk.iter().map(|branch| branch.commit).collect()
    }
}

/// Finds the branches that pq.toml names. There need not be a stable one: many releases are the last of their version.
///
/// # Errors
/// There is none at all, or the mainline is stated and not there.
pub fn find(bench: &Workbench) -> Result<Branches> {
    let found = stated(bench)?;
    if found.all().next().is_none() {
        return Err(OpError::NoUpstreamBranch(None).into());
    }
    Ok(found)
}

/// The same; none at all is no error.
pub fn stated(bench: &Workbench) -> Result<Branches> {
    let mainline = match &bench.manifest().upstream.mainline {
        Some(name) => {
            let found = named(bench, name)?;
            if found.is_empty() {
                return Err(OpError::NoUpstreamBranch(Some(name.clone())).into());
            }
            found
        }
        None => Vec::new(),
    };
    let stable = stable_name(bench).map_or(Ok(Vec::new()), |name| named(bench, &name))?;
    Ok(Branches { mainline, stable })
}

/// Upstream's stable branch for the base: the pattern `stable` with the numbers of the base's version.
fn stable_name(bench: &Workbench) -> Option<String> {
    let manifest = bench.manifest();
    let pattern = manifest.upstream.stable.as_ref()?;
    let version = ReleasePattern::parse(&manifest.upstream.releases).ok()?.version(&manifest.line.base)?;
    let (major, minor) = version.minor();
    Some(pattern.replace("{major}", &major.to_string()).replace("{minor}", &minor.to_string()))
}

/// The branch of the remote that pq.toml names, else every branch of that name, local or remote. The line's own branch is never upstream's.
fn named(bench: &Workbench, name: &str) -> Result<Vec<Branch>> {
    let own = bench.branch_ref();
    if let Some(remote) = &bench.manifest().upstream.remote {
        let full = format!("refs/remotes/{remote}/{name}");
        if let Some(commit) = bench.repo.read_ref(&full)? {
            return Ok(vec![Branch { name: full, commit }]);
        }
    }
    let local = format!("refs/heads/{name}");
    let commit = bench.repo.read_ref(&local)?;
    let mut found: Vec<Branch> = commit.map(|commit| Branch { name: local, commit }).into_iter().collect();
    for short in bench.repo.names_under("refs/remotes/")? {
        if short.split_once_str("/").is_none_or(|(_, branch)| branch != name.as_bytes()) {
            continue;
        }
        let full = format!("refs/remotes/{}", short.to_str_lossy());
        // One that leads nowhere is none.
        if let Ok(Some(commit)) = bench.repo.read_ref(&full) {
            found.push(Branch { name: full, commit });
        }
    }
    found.retain(|branch| branch.name != own);
    Ok(found)
}
