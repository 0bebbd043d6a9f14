//! What taking one upstream commit would come to, on each line of a workspace.

use serde::Serialize;

use super::{Conflicts, Mode, Options, PickReport, Sources, pick};
use crate::Result;
use crate::model::Oid;
use crate::model::progress::Watch;
use crate::ops::age::Age;
use crate::ops::commits::{CommitReport, describe};
use crate::ops::workbench::Workbench;

/// A commit, and what it would come to. Its fields are those of `prospect/1`.
#[derive(Debug, Clone, Serialize)]
pub struct Prospect {
    /// Who, when and what.
    pub commit: CommitReport,
    /// The lines, the oldest base first.
    pub lines: Vec<OnLine>,
}

/// A commit on one line.
#[derive(Debug, Clone, Serialize)]
pub struct OnLine {
    /// The release that the line stands on.
    pub base: String,
    /// What `pq try` says there.
    #[serde(flatten)]
    pub pick: PickReport,
}

/// The commit that a revision means in the repository of a line, if it means one.
pub fn commit_of(bench: &Workbench, revision: &str) -> Option<Oid> {
    bench.repo.resolve(revision).ok()
}

/// Tries a commit on every line. Nothing is written.
///
/// # Errors
/// It is no commit that can be picked, or a queue cannot be read.
pub fn prospect(benches: &[Workbench], revision: &str, watch: &dyn Watch) -> Result<Prospect> {
    let ages = benches.iter().map(Age::of).collect::<Result<Vec<_>>>()?;
    let mut sorted: Vec<(Age, &Workbench)> = ages.into_iter().zip(benches).collect();
    sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut lines = Vec::with_capacity(sorted.len());
    for (_, bench) in &sorted {
        let pick = pick(bench, &attempt(revision), watch)?;
        lines.push(OnLine { base: bench.manifest().line.base.clone(), pick });
    }
    let first = sorted[0].1;
    let commit = describe(&first.repo.objects(), first.repo.resolve(revision)?)?;
    Ok(Prospect { commit, lines })
}

fn attempt(revision: &str) -> Options {
    Options {
        revisions: vec![revision.to_owned()],
        pulls: Vec::new(),
        topic: None,
        after: None,
        prerequisites: None,
        followups: false,
        sources: Sources::Nearest,
        conflicts: Conflicts::Leave,
        mode: Mode::Try,
        when: 0,
    }
}
