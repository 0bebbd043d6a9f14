//! Which line of a workspace is newer than another: by the release that it is based on, or by what its base descends from.

use super::audit::branches::mainline;
use super::workbench::Workbench;
use crate::Result;
use crate::model::{Oid, ReleasePattern, Version};

/// How new a line is. Lines on one base are of one age.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Age {
    /// Whether the base is a commit of the mainline that no release has: newer than every release.
    is_ahead: bool,
    /// The release that the base is, or the newest one in its history; none if there is none.
    release: Option<Version>,
    /// Whether the base is behind that release.
    is_behind: bool,
}

impl Age {
    /// That of a line.
    ///
    /// # Errors
    /// The repository fails.
    pub fn of(bench: &Workbench) -> Result<Age> {
        let line = &bench.manifest().line;
        let pattern = ReleasePattern::parse(&bench.manifest().upstream.releases).ok();
        let version = |tag: &str| pattern.as_ref().and_then(|pattern| pattern.version(tag));
        if let Some(release) = version(&line.base) {
            return Ok(Age { is_ahead: false, release: Some(release), is_behind: false });
        }
        let tips: Vec<Oid> = mainline(bench)?.iter().map(|branch| branch.commit).collect();
        if !tips.is_empty() && bench.repo.range(&[line.base_commit], &tips)?.is_empty() {
            return Ok(Age { is_ahead: true, release: None, is_behind: false });
        }
        let mut newest = None;
        for (name, commit) in bench.repo.tags()? {
            let release = std::str::from_utf8(&name).ok().and_then(version);
            if release > newest && bench.repo.range(&[commit], &[line.base_commit])?.is_empty() {
                newest = release;
            }
        }
        Ok(Age { is_ahead: false, release: newest, is_behind: true })
    }
}
