//! Which line of a workspace has what: the same change as a patch here, in the base there, and missing elsewhere.

use serde::Serialize;

use super::look;
use super::pick::Known;
use super::upstream::Index;
use super::workbench::Workbench;
use crate::Result;
use crate::format::deviation::deviation;
use crate::format::patchfile::PatchFile;
use crate::model::progress::Watch;
use crate::model::text::visible;
use crate::model::{FileDeviation, Oid, Patch, PatchName, ReleasePattern};

/// Every change that some line carries. Its fields are those of `lines/1`.
#[derive(Debug, Clone, Serialize)]
pub struct LinesReport {
    /// The lines, the oldest base first.
    pub lines: Vec<LineReport>,
    /// The changes, in the order of the oldest line that has them.
    pub patches: Vec<Shared>,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineReport {
    /// Its name.
    pub name: String,
    /// Its base.
    pub base: String,
}

/// One change.
#[derive(Debug, Clone, Serialize)]
pub struct Shared {
    /// The name of the patch, on the oldest line that has it.
    pub name: PatchName,
    /// The upstream commit that it comes from.
    pub upstream: Option<Oid>,
    /// The first line of its message.
    pub subject: String,
    /// What it is on each line, in their order.
    pub on: Vec<On>,
    /// Whether an older line has it and a newer one has not.
    pub is_lost: bool,
}

/// A change on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum On {
    /// A patch, with the text of the oldest line.
    Patch,
    /// A patch with another text.
    Drifted,
    /// A patch that waits for a person.
    Held,
    /// Its base has it.
    Base,
    /// Nothing.
    Missing,
}

/// A patch of one line.
struct Own<'a> {
    patch: &'a Patch,
    file: PatchFile,
    upstream: Option<Oid>,
}

/// Compares the lines.
///
/// # Errors
/// A queue or its repository cannot be read.
pub fn lines(mut benches: Vec<Workbench>, watch: &dyn Watch) -> Result<LinesReport> {
    benches.sort_by_cached_key(|bench| {
        let pattern = ReleasePattern::parse(&bench.manifest().upstream.releases).ok();
        let version = pattern.and_then(|pattern| pattern.version(&bench.manifest().line.base));
        (version, bench.manifest().line.name.clone())
    });
    let own: Vec<Vec<Own<'_>>> = benches.iter().map(own).collect::<Result<_>>()?;
    let mut indexes: Vec<Index> =
        benches.iter().map(|bench| Index::open(&bench.repo, &bench.manifest().generated)).collect();
    let known = benches.iter().zip(&mut indexes).map(|(bench, index)| Known::read(bench, index, watch));
    let known: Vec<Known<'_>> = known.collect::<Result<_>>()?;
    let mut patches = Vec::new();
    for (at, line) in own.iter().enumerate() {
        let is_new = |one: &&Own<'_>| own[..at].iter().flatten().all(|other| !is_same(other, one));
        for one in line.iter().filter(is_new) {
            patches.push(shared(one, &own, &known)?);
        }
    }
    let line = |bench: &Workbench| {
        let line = &bench.manifest().line;
        LineReport { name: line.name.clone(), base: line.base.clone() }
    };
    Ok(LinesReport { lines: benches.iter().map(line).collect(), patches })
}

fn own(bench: &Workbench) -> Result<Vec<Own<'_>>> {
    let objects = bench.repo.objects();
    let one = |patch| -> Result<Own<'_>> {
        let patch: &Patch = patch;
        let upstream = patch.meta.upstream().first().and_then(|hex| bench.repo.commit_by_prefix(&objects, hex));
        Ok(Own { patch, file: look::parse(bench, &patch.name)?, upstream })
    };
    bench.manifest().patches.iter().map(one).collect()
}

/// The same upstream commit, or where one has none, the same name.
fn is_same(a: &Own<'_>, b: &Own<'_>) -> bool {
    match (a.upstream, b.upstream) {
        (Some(a), Some(b)) => a == b,
        _ => a.patch.name == b.patch.name,
    }
}

fn shared(one: &Own<'_>, own: &[Vec<Own<'_>>], known: &[Known<'_>]) -> Result<Shared> {
    let mut on = Vec::new();
    for (line, known) in own.iter().zip(known) {
        on.push(match line.iter().find(|other| is_same(one, other)) {
            Some(other) if other.patch.meta.held.is_some() => On::Held,
            Some(other) if drifts(one, other) => On::Drifted,
            Some(_) => On::Patch,
            None => match one.upstream.map(|id| known.in_base(id)).transpose()?.flatten() {
                Some(_) => On::Base,
                None => On::Missing,
            },
        });
    }
    let first = on.iter().position(|on| *on != On::Missing).unwrap_or_default();
    let is_lost = on[first..].contains(&On::Missing);
    let (name, subject) = (one.patch.name.clone(), visible(&one.file.message.subject()));
    Ok(Shared { name, upstream: one.upstream, subject, on, is_lost })
}

/// Whether two texts of a change differ in more than their context and blanks.
fn drifts(one: &Own<'_>, other: &Own<'_>) -> bool {
    let files = deviation(&one.file.files, &other.file.files);
    !files.iter().all(FileDeviation::is_whitespace_only)
}

impl LinesReport {
    /// The changes that a newer line lacks.
    pub fn lost(&self) -> impl Iterator<Item = &Shared> {
        self.patches.iter().filter(|patch| patch.is_lost)
    }
}
