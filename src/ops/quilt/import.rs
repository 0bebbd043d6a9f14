//! A series of quilt becomes part of the queue.
//!
//! Each patch is applied by quilt's rules to the tree in front of it; what it changed is then written as exact text. That the queue made of
//! these texts has the same tree after each patch is checked before anything is written.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;

use bstr::{BString, ByteSlice};

use super::error::QuiltError;
use super::report::{Guarded, ImportReport, ImportSummary, Imported, Loss, Moved, Placing, Proof, Said};
use super::told::{forwarded, losses, moved};
use crate::Result;
use crate::format::compressed::{plain_name, unpack};
use crate::format::loose::{self, Part};
use crate::format::patchfile::{Date, PatchFile};
use crate::format::quilt::{Entry, Series as QuiltSeries, header, parse_series, stem};
use crate::format::quote;
use crate::git::history::cancelled;
use crate::git::loose::{Patched, Rules, apply_loose};
use crate::git::renames::join;
use crate::git::sections::sections;
use crate::git::{Commit, Objects, RefEdit, Tree, diff_trees};
use crate::model::progress::Watch;
use crate::model::{Oid, Patch, PatchKind, PatchName};
use crate::ops::edit::{Target, carry_onto, place};
use crate::ops::import::origin;
use crate::ops::materialize::{Files, Series, materialize, materialize_files};
use crate::ops::position;
use crate::ops::publish::expected_branch;
use crate::ops::rebase::{Release, Tip};
use crate::ops::transaction::{self, Changeset};
use crate::ops::workbench::Workbench;
use crate::store::{BadFile, Foreign};

/// What to import, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// The directory of the series, or the series file.
    pub source: PathBuf,
    /// How many lines of context may be given up.
    pub fuzz: u32,
    /// The guards that are on; `None`: a guard is an error.
    pub guards: Option<Vec<String>>,
    /// Where the patches go.
    pub target: Target,
    /// Whether to write.
    pub mode: Mode,
    /// When, in seconds since 1970.
    pub when: i64,
}

/// Whether to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Only tell.
    DryRun,
    /// Do it.
    Write,
}

/// A patch of the source, ready for the queue.
struct Ready {
    entry: Entry,
    patch: Patch,
    text: Vec<u8>,
    /// The tree behind it, by quilt's rules.
    tree: Oid,
    placement: Placing,
    moved: Vec<Moved>,
    losses: Vec<Loss>,
    /// Whether it has a header and no diff.
    is_header_only: bool,
}

/// What all steps of an import look at.
struct Importer<'a> {
    bench: &'a Workbench,
    options: &'a Options,
    watch: &'a dyn Watch,
}

/// Imports a series.
///
/// # Errors
/// It cannot be read, or a patch does not apply: then nothing is written.
pub fn import(bench: &Workbench, options: &Options, watch: &dyn Watch) -> Result<ImportReport> {
    let foreign = Foreign::find(&options.source)?;
    let listed = parse_series(&foreign.read_series()?, options.guards.as_deref())
        .map_err(|source| QuiltError::Series { file: foreign.series.clone(), source })?;
    let texts = read_all(&foreign, &listed)?;
    let mut objects = bench.repo.objects();
    let series = materialize(bench, &mut objects, watch)?;
    let place = Place::of(bench, &options.target)?;
    let importer = Importer { bench, options, watch };
    let front = series.parent_tree(place.applied);
    let ready = importer.apply_all(&mut objects, front, &listed, texts)?;
    let last = ready.last().map_or(front, |last| last.tree);
    let behind: Vec<usize> = (place.applied..series.commits.len()).collect();
    let what = format!("import quilt {}", options.source.display());
    let rewritten = carry_onto(bench, &mut objects, &series, &behind, last, &what, watch)?;
    let after = rematerialize(bench, &mut objects, &place, &ready, &rewritten, watch)?;
    let proof = prove(&after, &place, &ready, last)?;
    let tip = Tip { commit: after.tip(), tree: after.tip_tree() };
    if options.mode == Mode::Write && !ready.is_empty() {
        write(bench, &mut objects, (&series, &after), &place, &ready, &rewritten, (what, options.when))?;
    }
    Ok(importer.report(foreign.series, tip, proof, listed, ready, rewritten.into_keys().collect()))
}

/// The texts of all patches, unpacked.
fn read_all(foreign: &Foreign, listed: &QuiltSeries) -> Result<Vec<Vec<u8>>> {
    let (mut texts, mut bad) = (Vec::new(), Vec::new());
    for entry in &listed.entries {
        let name = || quote::display(entry.name.as_bstr());
        match foreign.read(entry.name.as_bstr())? {
            Ok(bytes) => match unpack(&entry.name, bytes) {
                Ok(Some(text)) => texts.push(text),
                Ok(None) => {
                    bad.push((entry.line, name(), BadFile::Unreadable("it is packed in an unknown way".into())))
                }
                Err(why) => return Err(QuiltError::Packed { patch: name(), why: why.to_string() }.into()),
            },
            Err(why) => bad.push((entry.line, name(), why)),
        }
    }
    match bad.is_empty() {
        true => Ok(texts),
        false => Err(QuiltError::Files { file: foreign.series.clone(), files: bad }.into()),
    }
}

/// Where the new patches go.
struct Place {
    /// In the series, held patches included.
    at: usize,
    /// Among the patches that are applied.
    applied: usize,
}

impl Place {
    fn of(bench: &Workbench, target: &Target) -> Result<Place> {
        let patches = &bench.manifest().patches;
        let order: Vec<PatchName> = patches.iter().map(|patch| patch.name.clone()).collect();
        let at = match target {
            Target::First => 0,
            Target::Last => order.len(),
            Target::Before(other) => place(bench, &order, other)?,
            Target::After(other) => place(bench, &order, other)? + 1,
        };
        let applied = patches[..at].iter().filter(|patch| patch.meta.held.is_none()).count();
        Ok(Place { at, applied })
    }
}

impl Importer<'_> {
    /// Applies the patches one after the other to a tree.
    fn apply_all(
        &self,
        objects: &mut Objects,
        front: Oid,
        listed: &QuiltSeries,
        texts: Vec<Vec<u8>>,
    ) -> Result<Vec<Ready>> {
        let (bench, watch) = (self.bench, self.watch);
        watch.phase("applying patches", Some(texts.len() as u64));
        let mut taken: HashSet<String> = bench.manifest().patches.iter().map(|patch| patch.name.folded()).collect();
        // A patch that states no date was written for the base.
        let base = Commit::read(objects, bench.manifest().line.base_commit)?.author;
        let date = Date { seconds: base.seconds, offset: base.offset };
        let mut ready: Vec<Ready> = Vec::with_capacity(texts.len());
        for (entry, text) in listed.entries.iter().zip(texts) {
            cancelled(watch)?;
            watch.step(1);
            let before = ready.last().map_or(front, |last| last.tree);
            let (tree, parts, patched) = self.apply(objects, entry, &text, before, ready.last())?;
            let patch = quote::display(entry.name.as_bstr());
            let file = write_text(objects, &parts, &patched, (before, tree), &text, &date)
                .map_err(|error| error.unwrap_or_else(|source| QuiltError::Unwritable { patch, source }.into()))?;
            let name = name_of(entry, &taken);
            taken.insert(name.folded());
            ready.push(self.describe(objects, entry, name, (file, tree), &patched, &text));
        }
        Ok(ready)
    }

    /// Applies one patch: the tree behind it, what its text has, and what was done.
    fn apply(
        &self,
        objects: &mut Objects,
        entry: &Entry,
        text: &[u8],
        before: Oid,
        last: Option<&Ready>,
    ) -> Result<(Oid, Vec<Part>, Vec<Patched>)> {
        let patch = quote::display(entry.name.as_bstr());
        let parts = loose::parse(text).map_err(|source| QuiltError::Unreadable { patch: patch.clone(), source })?;
        let parts: Vec<Part> = if entry.reverse { parts.into_iter().map(Part::reversed).collect() } else { parts };
        let mut tree = Tree::new(before);
        let rules = Rules { strip: entry.strip, fuzz: self.options.fuzz };
        let patched = apply_loose(objects, &mut tree, &parts, rules)?.map_err(|why| {
            let base = &self.bench.manifest().line.base;
            let behind = match last {
                Some(last) => format!("{base} and {}", quote::display(last.entry.name.as_bstr())),
                None => base.clone(),
            };
            QuiltError::DoesNotApply { patch, line: entry.line, behind, why }
        })?;
        Ok((tree.write(objects), parts, patched))
    }
}

/// Why a text could not be written: an error of its own, or one that needs the patch's name.
type TextError = std::result::Result<crate::Error, crate::format::diff::ParseError>;

/// The change between two trees as a patch file, its files in the order of the source, with the source's header.
fn write_text(
    objects: &Objects,
    parts: &[Part],
    patched: &[Patched],
    (before, after): (Oid, Oid),
    text: &[u8],
    date: &Date,
) -> std::result::Result<PatchFile, TextError> {
    let own = |error: crate::git::GitError| -> TextError { Ok(error.into()) };
    let mut changes = diff_trees(objects, before, after).map_err(own)?;
    if parts.iter().any(|part| part.moves.is_some()) {
        changes = join(objects, changes).map_err(own)?;
    }
    let places: HashMap<&BString, usize> =
        patched.iter().enumerate().rev().map(|(at, file)| (&file.path, at)).collect();
    changes.sort_by_key(|change| places.get(&change.path().to_owned()).copied().unwrap_or(usize::MAX));
    let sections = sections(objects, &changes).map_err(own)?;
    header::patch_file(loose::header(text), sections, date).map_err(Err)
}

/// The name of a patch in the queue: that of the file without its suffixes.
fn name_of(entry: &Entry, taken: &HashSet<String>) -> PatchName {
    let stem = stem(&entry.name).to_str_lossy();
    let name = stem.parse().unwrap_or_else(|_| PatchName::from_subject(&stem));
    name.unused(taken)
}

impl Importer<'_> {
    fn describe(
        &self,
        objects: &Objects,
        entry: &Entry,
        name: PatchName,
        (file, tree): (PatchFile, Oid),
        patched: &[Patched],
        text: &[u8],
    ) -> Ready {
        let (mut meta, _) =
            origin(&self.bench.repo, objects, &file.message.text, self.bench.provenance_style().as_ref());
        let plain = plain_name(&entry.name);
        if plain != format!("{name}.patch").as_bytes() {
            meta.quilt = plain.to_str().ok().map(str::to_owned);
        }
        let forwarded = forwarded(loose::header(text));
        if let Some(url) = forwarded.filter(|_| meta.kind.is_none()) {
            meta.kind = Some(PatchKind::Pending);
            meta.pr = Some(url);
        }
        let moved = moved(patched);
        let placement = match () {
            () if file.files.is_empty() => Placing::Empty,
            () if moved.iter().any(|hunk| hunk.fuzz > 0) => Placing::Fuzz,
            () if moved.iter().any(|hunk| hunk.at != hunk.stated) => Placing::Offset,
            () => Placing::Exact,
        };
        let losses = losses(entry, text);
        let is_header_only = placement == Placing::Empty && !text.trim_ascii().is_empty();
        Ready {
            entry: entry.clone(),
            patch: Patch { name, meta },
            text: file.to_bytes(),
            tree,
            placement,
            moved,
            losses,
            is_header_only,
        }
    }
}

/// The whole queue with the new patches in their place, made from the texts as they will be written.
fn rematerialize(
    bench: &Workbench,
    objects: &mut Objects,
    place: &Place,
    ready: &[Ready],
    rewritten: &BTreeMap<PatchName, Vec<u8>>,
    watch: &dyn Watch,
) -> Result<Series> {
    let mut files = Files::applied(bench);
    for (name, bytes) in files.names.iter().zip(&mut files.bytes) {
        if let Some(text) = rewritten.get(*name) {
            *bytes = text;
        }
    }
    let at = place.applied;
    files.names.splice(at..at, ready.iter().map(|ready| &ready.patch.name));
    files.bytes.splice(at..at, ready.iter().map(|ready| ready.text.as_slice()));
    materialize_files(bench, objects, &files, watch)
}

/// That the queue has the source's tree after each of its patches.
fn prove(after: &Series, place: &Place, ready: &[Ready], last: Oid) -> Result<Proof> {
    let made = &after.commits[place.applied..place.applied + ready.len()];
    for (made, ready) in made.iter().zip(ready) {
        if made.tree != ready.tree {
            let patch = ready.patch.name.to_string();
            return Err(QuiltError::NotEqual { patch, wanted: ready.tree, found: made.tree }.into());
        }
    }
    let queue_tree = after.parent_tree(place.applied + ready.len());
    Ok(Proof { source_tree: last, queue_tree, equal: queue_tree == last })
}

fn write(
    bench: &Workbench,
    objects: &mut Objects,
    (series, after): (&Series, &Series),
    place: &Place,
    ready: &[Ready],
    rewritten: &BTreeMap<PatchName, Vec<u8>>,
    (what, when): (String, i64),
) -> Result<()> {
    let commits: Vec<Oid> = series.commits.iter().map(|made| made.commit).collect();
    let expected = expected_branch(bench, series.base, &commits)?;
    let mut document = bench.document();
    let mut files: BTreeMap<String, Option<Vec<u8>>> =
        rewritten.iter().map(|(name, text)| (name.file(), Some(text.clone()))).collect();
    for (nth, ready) in ready.iter().enumerate() {
        document.insert(place.at + nth, &ready.patch);
        files.insert(ready.patch.name.file(), Some(ready.text.clone()));
    }
    files.insert("pq.toml".to_owned(), Some(document.to_text().into_bytes()));
    let refs = vec![RefEdit { name: bench.branch_ref(), old: expected, new: Some(after.tip()) }];
    let mut names = position::names(bench);
    names.splice(place.applied..place.applied, ready.iter().map(|ready| ready.patch.name.clone()));
    let worktrees = position::between(bench, objects, series, after, &names)?;
    transaction::commit(bench, objects, Changeset { what, when, files, refs, worktrees })
}

impl Importer<'_> {
    fn report(
        &self,
        source: PathBuf,
        tip: Tip,
        proof: Proof,
        listed: QuiltSeries,
        ready: Vec<Ready>,
        rewritten: Vec<PatchName>,
    ) -> ImportReport {
        let (options, line) = (self.options, &self.bench.manifest().line);
        let count = |placing| ready.iter().filter(|ready| ready.placement == placing).count();
        let doubtful = ready.iter().flat_map(|ready| &ready.moved).filter(|hunk| !hunk.look_alikes.is_empty());
        let summary = ImportSummary {
            total: ready.len(),
            exact: count(Placing::Exact),
            offset: count(Placing::Offset),
            fuzz: count(Placing::Fuzz),
            empty: count(Placing::Empty),
            look_alikes: doubtful.count(),
        };
        let headers = ready.iter().filter(|ready| ready.is_header_only);
        let what = "a header without a diff, at which quilt push stops: it is kept as an empty patch";
        let headers: Vec<Said> = headers.map(|ready| Said { line: ready.entry.line, what: what.to_owned() }).collect();
        let patches = ready.into_iter().map(|ready| Imported {
            name: ready.patch.name,
            file: ready.entry.name,
            line: ready.entry.line,
            placement: ready.placement,
            moved: ready.moved,
            upstream: ready.patch.meta.upstream.unwrap_or_default(),
            losses: ready.losses,
        });
        let guarded = listed.guarded.into_iter().map(|entry| Guarded { file: entry.name, line: entry.line });
        let remarks = listed.remarks.into_iter().map(|remark| Said { line: remark.line, what: remark.what });
        ImportReport {
            line: line.name.clone(),
            dry_run: options.mode == Mode::DryRun,
            from: "quilt",
            source,
            base: Release { release: line.base.clone(), commit: line.base_commit },
            tip,
            proof,
            summary,
            patches: patches.collect(),
            guarded: guarded.collect(),
            remarks: remarks.chain(headers).collect(),
            rewritten,
        }
    }
}
