//! Where upstream's commits land: its mainline, and its stable branch of the base's version.

use std::collections::BTreeSet;

use bstr::ByteSlice;
use serde::Serialize;

use crate::Result;
use crate::model::Oid;
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

/// The mainline that pq.toml names, as far as the repository has it.
pub fn mainline(bench: &Workbench) -> Result<Vec<Branch>> {
    bench.manifest().upstream.mainline.as_ref().map_or(Ok(Vec::new()), |name| named(bench, name))
}

/// A stable branch of upstream, of whatever version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearby {
    /// Its full name; of several copies, the first.
    pub name: String,
    /// The last commits of all copies.
    pub tips: Vec<Oid>,
    /// Whether its version is older than the target's.
    pub is_older: bool,
}

/// Upstream's stable branches of all versions, nearest to `target` first, of two the newer; without a target, the newest first.
pub fn stable_near(bench: &Workbench, target: Option<(u64, u64)>) -> Result<Vec<Nearby>> {
    let Some(pattern) = &bench.manifest().upstream.stable else { return Ok(Vec::new()) };
    let mut names: BTreeSet<String> = BTreeSet::new();
    for (name, _) in bench.repo.refs_under("refs/heads/")? {
        names.insert(name.to_str_lossy().into_owned());
    }
    for (name, _) in bench.repo.refs_under("refs/remotes/")? {
        names.extend(name.split_once_str("/").map(|(_, branch)| branch.to_str_lossy().into_owned()));
    }
    let (major, minor) = target.unwrap_or((u64::MAX, u64::MAX));
    let near = |name: String| {
        let (its_major, its_minor) = numbers(pattern, &name)?;
        let (its_major, its_minor) = (its_major.unwrap_or(major), its_minor.unwrap_or(minor));
        let is_older = (its_major, its_minor) < (major, minor);
        Some(((its_major.abs_diff(major), its_minor.abs_diff(minor), is_older), name))
    };
    let mut found: Vec<_> = names.into_iter().filter_map(near).collect();
    found.sort();
    let mut branches = Vec::new();
    for ((_, _, is_older), name) in found {
        let copies = named(bench, &name)?;
        let tips = copies.iter().map(|branch| branch.commit).collect();
        branches.extend(copies.into_iter().next().map(|first| Nearby { name: first.name, tips, is_older }));
    }
    Ok(branches)
}

/// What a branch's name has in the places of `{major}` and `{minor}`; `None` if it does not fit the pattern.
fn numbers(pattern: &str, name: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (mut major, mut minor) = (None, None);
    let (mut pattern, mut name) = (pattern, name);
    while let Some(at) = pattern.find('{') {
        name = name.strip_prefix(&pattern[..at])?;
        let end = name.find(|c: char| !c.is_ascii_digit()).unwrap_or(name.len());
        let number = Some(name[..end].parse().ok()?);
        name = &name[end..];
        pattern = match &pattern[at..] {
            rest if rest.starts_with("{major}") => {
                major = number;
                &rest["{major}".len()..]
            }
            rest => {
                minor = number;
                rest.strip_prefix("{minor}")?
            }
        };
    }
    (pattern == name).then_some((major, minor))
}

/// Upstream's stable branch for the base: the pattern `stable` with the numbers of the base's version.
fn stable_name(bench: &Workbench) -> Option<String> {
    let manifest = bench.manifest();
    let pattern = manifest.upstream.stable.as_ref()?;
    let (major, minor) = bench.minor_of(&manifest.line.base)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_a_branch_stand_where_the_pattern_has_them() {
        assert_eq!(numbers("v{major}.{minor}", "v1.13"), Some((Some(1), Some(13))));
        assert_eq!(numbers("release-{major}.{minor}-stable", "release-1.2-stable"), Some((Some(1), Some(2))));
        assert_eq!(numbers("stable-{minor}", "stable-9"), Some((None, Some(9))));
        for other in ["v1.13-dd", "v1.x", "v1", "hf/v1.13", "v.13", "v1.13.0", "main"] {
            assert_eq!(numbers("v{major}.{minor}", other), None, "{other}");
        }
    }
}
