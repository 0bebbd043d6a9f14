//! Which release a patch is held against.

use super::report::Chosen;
use crate::Result;
use crate::model::{Oid, ReleasePattern, Version};
use crate::ops::audit::Branches;
use crate::ops::look::{Latest, latest, release};
use crate::ops::rebase::Release;
use crate::ops::workbench::Workbench;

/// The one that was asked for; else the newest of the base's minor version that is newer than the base, else the newest beyond, else the tip
/// of the mainline, else the base.
pub fn choose(bench: &Workbench, asked: Option<&str>, upstream: Option<&Branches>) -> Result<(Release, Chosen)> {
    if let Some(name) = asked {
        let (release, commit) = release(bench, name)?;
        return Ok((Release { release, commit }, Chosen::Asked));
    }
    let Latest { patch, minor } = latest(bench)?;
    let candidates = [(patch.filter(|tag| is_newer(bench, tag)), Chosen::Latest), (minor, Chosen::LatestMinor)];
    for (tag, chosen) in candidates {
        if let Some(release) = tag {
            let commit: Oid = bench.repo.resolve(&release)?;
            return Ok((Release { release, commit }, chosen));
        }
    }
    let line = &bench.manifest().line;
    let mainline = upstream.and_then(|branches| branches.mainline.first());
    Ok(match mainline.filter(|branch| branch.commit != line.base_commit) {
        Some(branch) => {
            let short = branch.name.trim_start_matches("refs/heads/").trim_start_matches("refs/remotes/");
            (Release { release: short.to_owned(), commit: branch.commit }, Chosen::Mainline)
        }
        None => (Release { release: line.base.clone(), commit: line.base_commit }, Chosen::Base),
    })
}

fn is_newer(bench: &Workbench, tag: &str) -> bool {
    let manifest = bench.manifest();
    let Ok(pattern) = ReleasePattern::parse(&manifest.upstream.releases) else { return false };
    let version = |tag: &str| -> Option<Version> { pattern.version(tag) };
    version(tag) > version(&manifest.line.base)
}
