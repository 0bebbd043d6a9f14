//! How backports differ from the upstream commits that they come from.
//!
//! | file | what it does |
//! |---|---|
//! | `compare` | two changes as commits, compared |
//! | `compose` | several commits as one change |

mod compare;
mod compose;

use rayon::prelude::*;
use serde::Serialize;

use super::chosen::Chosen;
use super::commits::{CommitReport, describe};
use super::rebase::old::{OldQueue, OldStep};
use super::workbench::Workbench;
use crate::Result;
use crate::format::excluded::Excluded;
use crate::format::patchfile::PatchFile;
use crate::format::provenance;
use crate::git::Objects;
use crate::git::history::cancelled;
use crate::model::progress::Watch;
use crate::model::text::visible;
use crate::model::{FileDeviation, Oid, Patch, PatchName, Requirement};
pub use compare::difference;

/// How a patch differs from some commits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The commits, oldest first.
    pub of: Vec<Oid>,
    /// How much.
    pub extent: Extent,
    /// File by file, those that are the same left out.
    pub files: Vec<FileDeviation>,
}

/// How much two changes differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extent {
    /// Not at all, but for the lines around them and where they stand.
    Identical,
    /// In blanks and line breaks.
    Whitespace,
    /// In more.
    Differs,
}

/// How patches differ from upstream. Its fields are those of `deviation/1`.
#[derive(Debug, Clone, Serialize)]
pub struct DeviationReport {
    /// The line.
    pub line: String,
    /// The patches that were asked for; where none was named, the backports that differ, or of which the repository lacks the commit.
    pub patches: Vec<PatchDeviation>,
}

/// How one patch differs from upstream.
#[derive(Debug, Clone, Serialize)]
pub struct PatchDeviation {
    /// The patch.
    pub patch: PatchName,
    /// The upstream commits that it comes from; empty if it is the fork's own, or the repository lacks one.
    pub upstream: Vec<CommitReport>,
    /// Why it differs, as far as `pq.toml` or its message say so.
    pub stated: Vec<String>,
    /// The difference; null where there is nothing to compare.
    pub difference: Option<Difference>,
}

/// How patches of a queue differ from upstream; without a choice, all that do in more than blanks and generated files.
///
/// # Errors
/// There is no such patch, or the queue cannot be materialized.
pub fn deviations(bench: &Workbench, chosen: &Chosen, watch: &dyn Watch) -> Result<DeviationReport> {
    let mut objects = bench.repo.objects();
    let names = chosen.names(bench)?;
    let is_all = chosen.is_nothing();
    let queue = OldQueue::read(bench, &mut objects, watch)?;
    let is_meant = |step: &&OldStep<'_>| is_all || names.contains(&step.patch.name);
    let steps: Vec<&OldStep<'_>> = queue.steps.iter().filter(is_meant).collect();
    let commits: Vec<(&Patch, Oid)> = steps.iter().map(|step| (step.patch, step.commit)).collect();
    let found = differences(bench, &objects, &commits, watch)?;
    let generated = Excluded::stated(&bench.manifest().generated);
    let counts = |found: &Option<Difference>| found.as_ref().is_some_and(|found| found.counts(&generated));
    // Of a commit that the clone lacks nobody knows whether the backport is what it did.
    let is_unknown =
        |step: &OldStep<'_>, found: &Option<Difference>| found.is_none() && !step.patch.meta.upstream().is_empty();
    let is_shown = |step: &OldStep<'_>, found: &Option<Difference>| counts(found) || is_unknown(step, found);
    let shown = steps.into_iter().zip(found).filter(|(step, found)| !is_all || is_shown(step, found));
    let one = |(step, difference): (&OldStep<'_>, Option<Difference>)| -> Result<PatchDeviation> {
        let upstream = difference.iter().flat_map(|found| &found.of).map(|id| describe(&objects, *id));
        let (patch, upstream) = (step.patch.name.clone(), upstream.collect::<Result<_>>()?);
        Ok(PatchDeviation { patch, upstream, stated: stated(step.patch, &step.file), difference })
    };
    let patches = shown.map(one).collect::<Result<_>>()?;
    Ok(DeviationReport { line: bench.manifest().line.name.clone(), patches })
}

/// How each of the patches, whose commits are given, differs from the upstream commits that it records; none where there is nothing to compare.
///
/// # Errors
/// An object cannot be read, or a person stopped it.
pub fn differences(
    bench: &Workbench,
    objects: &Objects,
    patches: &[(&Patch, Oid)],
    watch: &dyn Watch,
) -> Result<Vec<Option<Difference>>> {
    let fresh = objects.snapshot();
    watch.phase("comparing backports", Some(patches.len() as u64));
    let one = |objects: &mut Objects, (patch, commit): &(&Patch, Oid)| {
        cancelled(watch)?;
        watch.step(1);
        of(bench, objects, patch, *commit)
    };
    patches.par_iter().map_init(|| bench.repo.objects_over(&fresh), one).collect()
}

/// How a patch, whose commit is given, differs from the upstream commits that it records.
///
/// # Errors
/// An object cannot be read.
pub fn of(bench: &Workbench, objects: &Objects, patch: &Patch, commit: Oid) -> Result<Option<Difference>> {
    let ids = patch.meta.upstream().iter().map(|hex| bench.repo.commit_by_prefix(objects, hex));
    match ids.collect::<Option<Vec<Oid>>>().filter(|ids| !ids.is_empty()) {
        Some(ids) => difference(&bench.repo, objects, commit, &ids),
        None => Ok(None),
    }
}

/// Why a patch differs, as far as `pq.toml` or its message say so.
pub fn stated(patch: &Patch, file: &PatchFile) -> Vec<String> {
    let in_toml = Requirement::Deviation.value(patch).map(str::to_owned);
    let said = provenance::parse(&file.message.text).deviations;
    in_toml.into_iter().chain(said.iter().map(|note| visible(note))).collect()
}

impl Difference {
    /// The files that matter: with more than blanks, and not generated.
    pub fn relevant<'a>(&'a self, generated: &'a Excluded) -> impl Iterator<Item = &'a FileDeviation> {
        self.files.iter().filter(|file| !file.is_whitespace_only() && !generated.has(file.path.as_ref()))
    }

    /// Whether there are any.
    pub fn counts(&self, generated: &Excluded) -> bool {
        self.relevant(generated).next().is_some()
    }
}
