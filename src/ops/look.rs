//! Looking at the queue: releases, series, one patch, files, differences, dependencies.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use bstr::{BString, ByteSlice};
use serde::Serialize;

use super::chosen::Chosen;
use super::error::OpError;
use super::materialize::{self, graph};
use super::rebase::Release;
use super::workbench::Workbench;
use crate::Result;
use crate::format::diff::{FileDiff, Hunk, LineKind};
use crate::format::patchfile::PatchFile;
use crate::graph::{Graph, Reason, Tree};
use crate::model::progress::Watch;
use crate::model::text::visible;
use crate::model::{HeldWhy, Manifest, Oid, Patch, PatchKind, PatchName, ReleasePattern, Version};

/// The newest releases.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Latest {
    /// With the base's major and minor number.
    pub patch: Option<String>,
    /// With a greater major or minor number.
    pub minor: Option<String>,
}

/// One patch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PatchState {
    /// Its name.
    pub name: PatchName,
    /// What it is to the fork.
    pub kind: PatchKind,
    /// The upstream commits that it comes from.
    pub upstream: Vec<String>,
    /// Whether it is part of the branch.
    pub state: State,
    /// Why it is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<HeldWhy>,
    /// Where it conflicts, if that is why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// The held patches that it waits for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blocked_by: Vec<PatchName>,
    /// Who answers for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The feature it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
}

/// Whether a patch is part of the branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It is.
    Applied,
    /// It waits for a person.
    Held,
}

/// What is known of a patch without its text.
pub(super) fn state(manifest: &Manifest, patch: &Patch) -> PatchState {
    let held = patch.meta.held.as_ref();
    PatchState {
        name: patch.name.clone(),
        kind: patch.meta.kind(),
        upstream: patch.meta.upstream().to_vec(),
        state: if held.is_some() { State::Held } else { State::Applied },
        why: held.map(|held| held.why),
        paths: held.map(|held| held.paths.clone()).unwrap_or_default(),
        blocked_by: held.map(|held| manifest.waits_for(held)).unwrap_or_default(),
        owner: patch.meta.owner.clone(),
        topic: patch.meta.topic.clone(),
    }
}

/// The newest final releases, of the base's minor version and beyond it.
pub fn latest(bench: &Workbench) -> Result<Latest> {
    let (patch, minor) = newest(bench)?;
    Ok(Latest { patch: patch.map(|it| it.release), minor: minor.map(|it| it.release) })
}

/// The same with their commits.
pub fn newest(bench: &Workbench) -> Result<(Option<Release>, Option<Release>)> {
    let manifest = bench.manifest();
    let Ok(pattern) = ReleasePattern::parse(&manifest.upstream.releases) else { return Ok((None, None)) };
    let Some(base) = pattern.version(&manifest.line.base) else { return Ok((None, None)) };
    let (mut patch, mut minor) = (Vec::new(), Vec::new());
    for tag in bench.repo.names_under("refs/tags/")? {
        let Some(version) = tag.to_str().ok().and_then(|tag| pattern.version(tag)) else { continue };
        match version.minor().cmp(&base.minor()) {
            _ if version.is_prerelease() => {}
            Ordering::Less => {}
            Ordering::Equal => patch.push((version, tag.to_string())),
            Ordering::Greater => minor.push((version, tag.to_string())),
        }
    }
    Ok((newest_of(bench, patch), newest_of(bench, minor)))
}

/// The newest of some tags. One that leads nowhere is none.
fn newest_of(bench: &Workbench, mut tags: Vec<(Version, String)>) -> Option<Release> {
    tags.sort_by(|(a, _), (b, _)| b.cmp(a));
    tags.into_iter().find_map(|(_, release)| {
        let commit = bench.repo.read_ref(&format!("refs/tags/{release}")).ok()??;
        Some(Release { release, commit })
    })
}

/// The commit that a release names: a revision, or `latest` and `latest-minor`.
pub fn release(bench: &Workbench, name: &str) -> Result<(String, Oid)> {
    let newest = match name {
        "latest" => latest(bench)?.patch.ok_or_else(|| OpError::NoRelease("of this minor version was found".into()))?,
        "latest-minor" => {
            latest(bench)?.minor.ok_or_else(|| OpError::NoRelease("beyond this minor version was found".into()))?
        }
        other => other.to_owned(),
    };
    let commit = bench.repo.resolve(&newest)?;
    Ok((newest, commit))
}

/// The series.
#[derive(Debug, Clone, Serialize)]
pub struct SeriesReport {
    /// The line.
    pub line: String,
    /// Every patch, in order.
    pub patches: Vec<SeriesEntry>,
}

/// A patch in the series.
#[derive(Debug, Clone, Serialize)]
pub struct SeriesEntry {
    /// Its place, from 1.
    pub number: usize,
    /// What `pq status` says of it.
    #[serde(flatten)]
    pub state: PatchState,
    /// The first line of its message.
    pub subject: String,
}

/// Every patch with its subject.
pub fn series(bench: &Workbench) -> Result<SeriesReport> {
    let mut patches = Vec::new();
    for (at, patch) in bench.manifest().patches.iter().enumerate() {
        let file = parse(bench, &patch.name)?;
        let subject = visible(materialize::subject(&file));
        patches.push(SeriesEntry { number: at + 1, state: state(bench.manifest(), patch), subject });
    }
    Ok(SeriesReport { line: bench.manifest().line.name.clone(), patches })
}

/// The file of a patch, parsed.
pub(super) fn parse(bench: &Workbench, name: &PatchName) -> Result<PatchFile> {
    let bad = |source| OpError::BadPatch { patch: name.clone(), source };
    Ok(PatchFile::parse(bench.file(name)).map_err(bad)?)
}

/// One patch.
#[derive(Debug, Clone, Serialize)]
pub struct ShowReport {
    /// The line.
    pub line: String,
    /// What `pq status` says of it. (Beside the other fields its `kind` would hide that of the document.)
    pub patch: PatchState,
    /// Why it exists.
    pub reason: Option<String>,
    /// The author.
    pub author: Option<String>,
    /// When it was written, in seconds since 1970.
    pub date: Option<i64>,
    /// The message.
    pub message: String,
    /// Its file, byte for byte.
    #[serde(serialize_with = "crate::model::text::bytes")]
    pub text: BString,
    /// Its hunks, as `pq split` takes them.
    pub hunks: Vec<HunkState>,
}

/// A hunk, and how it is named.
#[derive(Debug, Clone, Serialize)]
pub struct HunkState {
    /// The file.
    #[serde(serialize_with = "crate::model::text::bytes")]
    pub path: BString,
    /// Which hunk of the file, from 1.
    pub number: usize,
    /// The line that it starts with: where it stands and in which section.
    pub place: String,
    /// How many lines it adds and removes.
    pub lines: (usize, usize),
}

fn hunks(file: &PatchFile) -> Vec<HunkState> {
    let of_file = |section: &FileDiff| {
        let one = |(at, hunk): (usize, &Hunk)| {
            let count = |kind| hunk.lines.iter().filter(|line| line.kind == kind).count();
            let (path, lines) = (section.path().to_owned(), (count(LineKind::Add), count(LineKind::Remove)));
            HunkState { path, number: at + 1, place: visible(hunk.raw.lines().next().unwrap_or_default()), lines }
        };
        section.hunks().iter().enumerate().map(one).collect::<Vec<_>>()
    };
    file.files.iter().flat_map(of_file).collect()
}

/// A patch with its text.
pub fn show(bench: &Workbench, name: &str) -> Result<ShowReport> {
    let patch = bench.patch(name)?;
    let file = parse(bench, &patch.name)?;
    let author =
        file.message.author.as_ref().map(|author| visible(&[&author.name[..], b" <", &author.email, b">"].concat()));
    Ok(ShowReport {
        line: bench.manifest().line.name.clone(),
        patch: state(bench.manifest(), patch),
        reason: patch.meta.reason.clone(),
        author,
        date: file.message.date.as_ref().map(|date| date.seconds),
        message: visible(&file.message.text),
        text: bench.file(&patch.name).into(),
        hunks: hunks(&file),
    })
}

/// The files that patches touch.
#[derive(Debug, Clone, Serialize)]
pub struct FilesReport {
    /// The line.
    pub line: String,
    /// Paths, each with the patches that touch it, in order.
    pub files: BTreeMap<String, Vec<PatchName>>,
}

/// The files of some patches; of all if none is chosen.
pub fn files(bench: &Workbench, chosen: &Chosen) -> Result<FilesReport> {
    let mut names = chosen.names(bench)?;
    if chosen.selectors.is_empty() && chosen.topics.is_empty() {
        names = bench.manifest().patches.iter().map(|patch| patch.name.clone()).collect();
    }
    let mut files: BTreeMap<String, Vec<PatchName>> = BTreeMap::new();
    for name in names {
        for section in &parse(bench, &name)?.files {
            for path in [&section.old_path, &section.new_path].into_iter().flatten() {
                let touching = files.entry(visible(path)).or_default();
                if touching.last() != Some(&name) {
                    touching.push(name.clone());
                }
            }
        }
    }
    Ok(FilesReport { line: bench.manifest().line.name.clone(), files })
}

/// Who needs whom.
#[derive(Debug, Clone, Serialize)]
pub struct GraphReport {
    /// The line.
    pub line: String,
    /// The patches that are part of the branch.
    pub patches: Vec<PatchName>,
    /// The dependencies.
    pub edges: Vec<Edge>,
    /// The same for Graphviz.
    #[serde(skip)]
    pub dot: String,
    /// The same as a tree.
    #[serde(skip)]
    pub tree: Option<Tree>,
}

/// One dependency.
#[derive(Debug, Clone, Serialize)]
pub struct Edge {
    /// The patch that needs.
    pub from: PatchName,
    /// The patch needed.
    pub to: PatchName,
    /// Why.
    pub reason: Reason,
    /// Where the lines are that one wrote and the other touches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// The dependency graph: of all patches, or of some with what they need and what needs them.
///
/// # Errors
/// There is no such patch, or one does not apply.
pub fn dependencies(bench: &Workbench, chosen: &Chosen, watch: &dyn Watch) -> Result<GraphReport> {
    let mut graph: Graph = graph(bench, &mut bench.repo.objects(), watch)?;
    if !chosen.is_nothing() {
        let names = chosen.names(bench)?;
        let places = graph.names().iter().enumerate().filter(|(_, name)| names.contains(name)).map(|(at, _)| at);
        graph = graph.around(&places.collect());
    }
    let names = graph.names();
    let edge = |edge: &crate::graph::Dependency| Edge {
        from: names[edge.from].clone(),
        to: names[edge.to].clone(),
        reason: edge.reason,
        path: edge.at.as_ref().map(|place| visible(&place.path)),
    };
    Ok(GraphReport {
        line: bench.manifest().line.name.clone(),
        patches: names.to_vec(),
        edges: graph.edges().iter().map(edge).collect(),
        dot: graph.to_dot(),
        tree: Some(graph.tree()),
    })
}
