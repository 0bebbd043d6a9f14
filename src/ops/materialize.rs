//! From base and files to commits, remembering what was made: the second run does nothing.

use std::collections::BTreeSet;
use std::path::PathBuf;

use bstr::ByteSlice;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::workbench::Workbench;
use crate::Result;
use crate::format::patchfile::PatchFile;
use crate::git::apply::{Made, Stack};
use crate::git::{Commit, Kind, Objects};
use crate::graph::{Dependency, Graph, Need};
use crate::model::progress::Watch;
use crate::model::{Oid, PatchName, Touch};
use crate::ops::error::OpError;
use crate::store;

/// A queue as commits.
#[derive(Debug, Clone)]
pub struct Series {
    /// The commit that it stands on.
    pub base: Oid,
    /// That commit's tree.
    pub base_tree: Oid,
    /// One for each patch that is not held, in order.
    pub commits: Vec<Applied>,
}

/// A patch as a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// What the commit was made from: base, this patch's file and all before it, hashed.
    pub key: Oid,
    /// The commit.
    pub commit: Oid,
    /// Its tree.
    pub tree: Oid,
}

impl Series {
    /// The last commit, or the base.
    pub fn tip(&self) -> Oid {
        self.commits.last().map_or(self.base, |last| last.commit)
    }

    /// The tree of the last commit.
    pub fn tip_tree(&self) -> Oid {
        self.commits.last().map_or(self.base_tree, |last| last.tree)
    }

    /// The tree in front of the patch at `at`.
    pub fn parent_tree(&self, at: usize) -> Oid {
        at.checked_sub(1).map_or(self.base_tree, |before| self.commits[before].tree)
    }
}

/// What is remembered of a line: a file that can always be made again.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Memory {
    version: u32,
    commits: Vec<Applied>,
    /// The inferred dependencies, by position, of all of `commits`; `None` if nobody asked yet.
    dependencies: Option<Vec<Dependency>>,
}

/// Raised when the commits that pq makes of the same files change.
const MEMORY_VERSION: u32 = 1;

/// The patches that are part of the branch, with their files parsed on demand.
pub struct Files<'a> {
    /// Names in order.
    pub names: Vec<&'a PatchName>,
    /// Contents in the same order.
    pub bytes: Vec<&'a [u8]>,
}

impl<'a> Files<'a> {
    /// Those of a queue, without the held ones.
    pub fn applied(bench: &'a Workbench) -> Files<'a> {
        let names: Vec<&PatchName> = bench.manifest().applied().map(|patch| &patch.name).collect();
        let bytes = names.iter().map(|name| bench.file(name)).collect();
        Files { names, bytes }
    }

    /// All of them, parsed.
    pub fn parse(&self) -> Result<Vec<PatchFile>> {
        self.parse_from(0)
    }

    fn parse_from(&self, first: usize) -> Result<Vec<PatchFile>> {
        let parsed: Result<Vec<PatchFile>, OpError> = self.names[first..]
            .par_iter()
            .zip(&self.bytes[first..])
            .map(|(name, bytes)| {
                PatchFile::parse(bytes).map_err(|source| OpError::BadPatch { patch: (*name).clone(), source })
            })
            .collect();
        Ok(parsed?)
    }
}

/// The commits of the queue, from memory where the files have not changed.
pub fn materialize(bench: &Workbench, objects: &mut Objects, watch: &dyn Watch) -> Result<Series> {
    materialize_files(bench, objects, &Files::applied(bench), watch)
}

/// The commits that these files give on the line's base.
pub fn materialize_files(
    bench: &Workbench,
    objects: &mut Objects,
    files: &Files<'_>,
    watch: &dyn Watch,
) -> Result<Series> {
    let base = bench.base(objects)?;
    materialize_on(bench, objects, base, files, watch)
}

/// The commits that these files give on that commit.
pub fn materialize_on(
    bench: &Workbench,
    objects: &mut Objects,
    base: Oid,
    files: &Files<'_>,
    watch: &dyn Watch,
) -> Result<Series> {
    let base_tree = Commit::read(objects, base)?.tree;
    let memory = recall(bench, base);
    let keys = keys(base, files);
    let mut commits = known(memory.commits, &keys, objects);
    if commits.len() < keys.len() {
        let (tip, tree) = commits.last().map_or((base, base_tree), |last| (last.commit, last.tree));
        let made = push(objects, (tip, tree), files, commits.len(), watch)?;
        let first = commits.len();
        commits.extend(made.iter().zip(&keys[first..]).map(|(made, key)| applied(*key, made)));
        remember(bench, base, &commits, None);
    }
    Ok(Series { base, base_tree, commits })
}

/// The dependencies that the text of the patches shows, by position among those that are not held.
pub fn inferred(bench: &Workbench, objects: &mut Objects, watch: &dyn Watch) -> Result<Vec<Dependency>> {
    let files = Files::applied(bench);
    let base = bench.base(objects)?;
    let keys = keys(base, &files);
    let memory = recall(bench, base);
    if memory.commits.iter().map(|made| made.key).eq(keys.iter().copied())
        && let Some(dependencies) = memory.dependencies
    {
        return Ok(dependencies);
    }
    let base_tree = Commit::read(objects, base)?.tree;
    let made = push(objects, (base, base_tree), &files, 0, watch)?;
    let touches: Vec<&[Touch]> = made.iter().map(|made| made.touches.as_slice()).collect();
    let dependencies = crate::graph::infer(&touches);
    let commits: Vec<Applied> = keys.iter().zip(&made).map(|(key, made)| applied(*key, made)).collect();
    remember(bench, base, &commits, Some(dependencies.clone()));
    Ok(dependencies)
}

/// Every place that makes one patch need another, not only the strongest: what explains a refusal.
///
/// # Errors
/// A patch does not apply.
pub fn explained(bench: &Workbench, objects: &mut Objects, watch: &dyn Watch) -> Result<Vec<Need>> {
    let files = Files::applied(bench);
    let base = bench.base(objects)?;
    let base_tree = Commit::read(objects, base)?.tree;
    let made = push(objects, (base, base_tree), &files, 0, watch)?;
    let touches: Vec<&[Touch]> = made.iter().map(|made| made.touches.as_slice()).collect();
    let graph = graph(bench, objects, watch)?;
    Ok(crate::graph::infer_all(&touches).iter().map(|dependency| graph.named(dependency)).collect())
}

/// The dependency graph of the patches that are not held.
pub fn graph(bench: &Workbench, objects: &mut Objects, watch: &dyn Watch) -> Result<Graph> {
    let inferred = inferred(bench, objects, watch)?;
    let names: Vec<PatchName> = bench.manifest().applied().map(|patch| patch.name.clone()).collect();
    // What a held patch would need is not part of the branch's order.
    let present: BTreeSet<&PatchName> = names.iter().collect();
    let requires: Vec<Vec<PatchName>> = bench
        .manifest()
        .applied()
        .map(|patch| patch.meta.requires.iter().filter(|name| present.contains(name)).cloned().collect())
        .collect();
    let requires: Vec<&[PatchName]> = requires.iter().map(Vec::as_slice).collect();
    Ok(crate::graph::build(&names, &requires, &inferred)?)
}

fn applied(key: Oid, made: &Made) -> Applied {
    Applied { key, commit: made.commit, tree: made.tree }
}

fn push(
    objects: &mut Objects,
    (tip, tree): (Oid, Oid),
    files: &Files<'_>,
    first: usize,
    watch: &dyn Watch,
) -> Result<Vec<Made>> {
    let parsed = files.parse_from(first)?;
    watch.phase("applying patches", Some(parsed.len() as u64));
    let mut stack = Stack::new(objects, tip, tree);
    let mut made = Vec::with_capacity(parsed.len());
    for (name, file) in files.names[first..].iter().zip(&parsed) {
        crate::git::history::cancelled(watch)?;
        made.push(stack.push(name, file)?);
        watch.step(1);
    }
    Ok(made)
}

/// What each commit is made from.
fn keys(base: Oid, files: &Files<'_>) -> Vec<Oid> {
    let contents: Vec<Oid> = files.bytes.par_iter().map(|bytes| Objects::id_of(Kind::Blob, bytes)).collect();
    let mut key = base;
    let next = |content: Oid| {
        key = Objects::id_of(Kind::Blob, format!("{MEMORY_VERSION} {key} {content}").as_bytes());
        key
    };
    contents.into_iter().map(next).collect()
}

/// The commits that are as they would be made now, as far as the repository still has them.
fn known(mut remembered: Vec<Applied>, keys: &[Oid], objects: &Objects) -> Vec<Applied> {
    let same = remembered.iter().zip(keys).take_while(|(made, key)| made.key == **key).count();
    // Each of them: a shallow fetch may bring the last one alone.
    let present =
        remembered[..same].iter().take_while(|made| objects.has(made.commit) && objects.has(made.tree)).count();
    remembered.truncate(present);
    remembered
}

/// Remembers the commits of a line, and its dependencies if they are known.
pub fn remember(bench: &Workbench, base: Oid, commits: &[Applied], dependencies: Option<Vec<Dependency>>) {
    let memory = Memory { version: MEMORY_VERSION, commits: commits.to_vec(), dependencies };
    if let Ok(text) = serde_json::to_vec(&memory) {
        store::write_cache(&memory_path(bench, base), &text);
    }
}

/// The commits that these files are on that base, for remembering them.
pub fn remember_series(
    bench: &Workbench,
    base: Oid,
    files: &Files<'_>,
    commits: &[(Oid, Oid)],
    dependencies: Option<Vec<Dependency>>,
) {
    let keys = keys(base, files);
    let applied =
        keys.iter().zip(commits).map(|(key, (commit, tree))| Applied { key: *key, commit: *commit, tree: *tree });
    remember(bench, base, &applied.collect::<Vec<_>>(), dependencies);
}

fn recall(bench: &Workbench, base: Oid) -> Memory {
    let bytes = store::read_cache(&memory_path(bench, base)).unwrap_or_default();
    let memory: Memory = serde_json::from_slice(&bytes).unwrap_or_default();
    if memory.version == MEMORY_VERSION { memory } else { Memory::default() }
}

/// Whether what is remembered can be read, or nothing is.
pub fn is_memory_sound(bench: &Workbench) -> bool {
    let bytes = store::read_cache(&memory_path(bench, bench.manifest().line.base_commit));
    bytes.is_none_or(|bytes| serde_json::from_slice::<Memory>(&bytes).is_ok())
}

/// Forgets what is remembered: the next command makes it again.
pub fn forget(bench: &Workbench) -> Result<()> {
    Ok(store::remove_cache(&memory_path(bench, bench.manifest().line.base_commit))?)
}

/// One file for each base, so that going back to one finds what was made there.
fn memory_path(bench: &Workbench, base: Oid) -> PathBuf {
    bench.cache_file(&format!("materialized-{}.json", base.short()))
}

/// The first line of a patch's message, for people.
pub fn subject(file: &PatchFile) -> &[u8] {
    file.message.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default()
}
