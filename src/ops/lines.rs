//! Which line of a workspace has what: the same change as a patch here, in the base there, and missing elsewhere.

use serde::Serialize;

use super::age::Age;
use super::evidence::Looks;
use super::look;
use super::pick::{Keepsake, Known, keepsakes_of};
use super::rebase::repick::Version;
use super::replay::{Fate, Replay};
use super::upstream::Index;
use super::workbench::Workbench;
use crate::Result;
use crate::format::deviation::deviation;
use crate::format::excluded::Excluded;
use crate::format::patchfile::PatchFile;
use crate::format::provenance;
use crate::git::Commit;
use crate::model::progress::Watch;
use crate::model::text::visible;
use crate::model::{FileDeviation, Oid, Patch, PatchName};

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
    /// The upstream commits that it comes from: of a backport of upstream's, what that comes from.
    upstream: Vec<Oid>,
    keepsakes: Vec<Keepsake>,
    looks: Looks,
}

/// A line, and what it has.
struct Line<'a> {
    bench: &'a Workbench,
    age: Age,
    patches: Vec<Own<'a>>,
    known: Known<'a>,
}

/// Compares the lines.
///
/// # Errors
/// A queue or its repository cannot be read.
pub fn lines(benches: Vec<Workbench>, watch: &dyn Watch) -> Result<LinesReport> {
    let mut indexes: Vec<Index> =
        benches.iter().map(|bench| Index::open(&bench.repo, &bench.manifest().generated)).collect();
    let read = benches.iter().zip(&mut indexes).map(|(bench, index)| Line::read(bench, index, watch));
    let mut all: Vec<Line<'_>> = read.collect::<Result<_>>()?;
    all.sort_by(|a, b| (&a.age, &a.bench.manifest().line.name).cmp(&(&b.age, &b.bench.manifest().line.name)));
    let mut patches = Vec::new();
    for (at, line) in all.iter().enumerate() {
        let is_new = |one: &&Own<'_>| all[..at].iter().flat_map(|line| &line.patches).all(|other| !is_same(other, one));
        for one in line.patches.iter().filter(is_new) {
            patches.push(shared(one, &all)?);
        }
    }
    let report = |line: &Line<'_>| {
        let line = &line.bench.manifest().line;
        LineReport { name: line.name.clone(), base: line.base.clone() }
    };
    Ok(LinesReport { lines: all.iter().map(report).collect(), patches })
}

impl<'a> Line<'a> {
    fn read(bench: &'a Workbench, index: &mut Index, watch: &dyn Watch) -> Result<Line<'a>> {
        let patches = bench.manifest().patches.iter().map(|patch| Own::read(bench, patch)).collect::<Result<_>>()?;
        Ok(Line { bench, age: Age::of(bench)?, patches, known: Known::read(bench, index, watch)? })
    }

    /// What of it is a change: `None` if it has not all of it.
    fn state(&self, one: &Own<'_>) -> Result<Option<On>> {
        let Some(found) = self.patches.iter().find(|other| is_same(one, other)) else {
            return Ok(self.is_in_base(&one.upstream)?.then_some(On::Base));
        };
        let all: Vec<&Own<'_>> = self.patches.iter().filter(|other| is_same(one, other)).collect();
        let is_here = |id: &&Oid| all.iter().any(|other| other.upstream.contains(id));
        let rest: Vec<Oid> = one.upstream.iter().filter(|id| !is_here(id)).copied().collect();
        // A patch of several commits is here if each of them is.
        let is_whole = found.upstream.is_empty() || rest.is_empty() || self.is_in_base(&rest)?;
        Ok(is_whole.then(|| match all[..] {
            _ if all.iter().any(|other| other.patch.meta.held.is_some()) => On::Held,
            [other] if rest.is_empty() && drifts(one, other) => On::Drifted,
            _ => On::Patch,
        }))
    }

    /// Whether the base has some commits: one of their forms, or all that they change.
    fn is_in_base(&self, ids: &[Oid]) -> Result<bool> {
        for id in ids {
            if self.known.in_base(*id)?.is_none() && !self.leaves_nothing(*id)? {
                return Ok(false);
            }
        }
        Ok(!ids.is_empty())
    }

    fn leaves_nothing(&self, id: Oid) -> Result<bool> {
        let mut objects = self.bench.repo.objects();
        let Some(version) = Version::read(&objects, id, None)? else { return Ok(false) };
        let base = Commit::read(&objects, self.bench.base(&objects)?)?.tree;
        let fate = Replay::new(&mut objects, version.base_tree, base).carry(&version.step())?;
        Ok(matches!(fate, Fate::Carried(placed) if placed.changes.is_empty()))
    }
}

impl<'a> Own<'a> {
    fn read(bench: &Workbench, patch: &'a Patch) -> Result<Own<'a>> {
        let objects = bench.repo.objects();
        let file = look::parse(bench, &patch.name)?;
        let find = |hex: &str| bench.repo.commit_by_prefix(&objects, hex);
        let said = provenance::parse(&file.message.text);
        let named = said.refs.iter().map(|named| named.id.as_str());
        let recorded: Vec<&str> = patch.meta.upstream().iter().map(String::as_str).collect();
        let hexes = if recorded.is_empty() { named.collect() } else { recorded };
        let mut upstream = Vec::new();
        for id in hexes.into_iter().filter_map(find) {
            let said = provenance::parse(&Commit::read(&objects, id)?.message);
            let origin = said.refs.iter().find_map(|named| find(&named.id)).unwrap_or(id);
            if !upstream.contains(&origin) {
                upstream.push(origin);
            }
        }
        let looks = Looks::of(&file, &Excluded::of(&[]));
        Ok(Own { patch, upstream, keepsakes: keepsakes_of(&file.message), looks, file })
    }
}

/// Whether two patches are the same change: by an upstream commit; where one names none, by author, date and title, by the whole text, or by
/// the name and a line.
fn is_same(a: &Own<'_>, b: &Own<'_>) -> bool {
    if !a.upstream.is_empty() && !b.upstream.is_empty() {
        return a.upstream.iter().any(|id| b.upstream.contains(id));
    }
    a.keepsakes.iter().any(|form| b.keepsakes.contains(form))
        || a.looks.patch_id.is_some() && a.looks.patch_id == b.looks.patch_id
        || a.patch.name == b.patch.name && a.looks.signature.overlap(&b.looks.signature).shared > 0
}

fn shared(one: &Own<'_>, lines: &[Line<'_>]) -> Result<Shared> {
    let mut on = Vec::new();
    for line in lines {
        on.push(line.state(one)?.unwrap_or(On::Missing));
    }
    let has = |line: &(&Line<'_>, &On)| *line.1 != On::Missing;
    let oldest = lines.iter().zip(&on).filter(has).map(|(line, _)| &line.age).min();
    let is_lost = lines.iter().zip(&on).any(|it| !has(&it) && oldest.is_some_and(|age| it.0.age > *age));
    let (name, subject) = (one.patch.name.clone(), visible(&one.file.message.subject()));
    Ok(Shared { name, upstream: one.upstream.first().copied(), subject, on, is_lost })
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
