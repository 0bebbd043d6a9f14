//! The queue becomes a series for quilt, or the patches of a Debian source package.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;

use bstr::{BString, ByteSlice};
use jiff::Timestamp;

use super::error::QuiltError;
use super::report::{ExportReport, ExportSummary, Exported};
use super::text::Writer;
use crate::Result;
use crate::format::diff::ParseError;
use crate::format::patchfile::{Message, PatchFile};
use crate::format::quilt::{header, parse_series, render_series};
use crate::format::{dep3, quote};
use crate::git::Objects;
use crate::git::history::cancelled;
use crate::model::progress::Watch;
use crate::model::{Patch, PatchKind, PatchName};
use crate::ops::OpError;
use crate::ops::chosen::Chosen;
use crate::ops::edit::carry_onto;
use crate::ops::materialize::{Files, Series, materialize, materialize_files};
use crate::ops::rebase::Release;
use crate::ops::workbench::Workbench;
use crate::store::{canonical, write_export};

/// What to export, and where.
#[derive(Debug, Clone)]
pub struct Options {
    /// The directory.
    pub directory: PathBuf,
    /// What for.
    pub flavor: Flavor,
    /// The patches; all if none are chosen.
    pub patches: Chosen,
    /// Whether changes that quilt cannot hold are left out.
    pub skip_unsupported: bool,
    /// Whether files may be replaced that no export wrote.
    pub force: bool,
}

/// What an export is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavor {
    /// quilt: headers as they came, or as `git format-patch` writes them.
    Quilt,
    /// A Debian source package: the fields of DEP-3 in every header.
    Debian,
}

/// Writes the queue as a series.
///
/// # Errors
/// quilt cannot hold a change, and nobody said to leave it out; a patch is held; or the directory is not ours to write to.
pub fn export(bench: &Workbench, options: &Options, watch: &dyn Watch) -> Result<ExportReport> {
    let mut objects = bench.repo.objects();
    let chosen = chosen(bench, &options.patches)?;
    let (series, texts) = materialized(bench, &mut objects, &chosen, watch)?;
    let mut writer = Writer { tree: series.base_tree, objects: &mut objects, lost: HashSet::new() };
    let (mut files, mut exported) = (BTreeMap::new(), Vec::new());
    let mut taken = BTreeSet::new();
    watch.phase("writing patches", Some(chosen.len() as u64));
    for (at, (patch, text)) in chosen.iter().zip(&texts).enumerate() {
        cancelled(watch)?;
        watch.step(1);
        let bad = |source| OpError::BadPatch { patch: patch.name.clone(), source };
        let file = PatchFile::parse(text).map_err(bad)?;
        let (above, original_header) = above_diff(&file, patch, options.flavor).map_err(bad)?;
        let written = writer.write(&above, &file, series.parent_tree(at), series.commits[at].tree)?;
        let (name, renamed) = file_name(patch, &mut taken);
        files.insert(name.clone(), written.bytes);
        let skipped = written.skipped;
        exported.push(Exported { name: patch.name.clone(), file: name, original_header, renamed, skipped });
    }
    let tree = writer.tree;
    refuse_losses(&exported, options)?;
    let order = render_series(exported.iter().map(|patch| patch.file.as_bstr()));
    let owned = |old: &[u8]| match parse_series(old, Some(&[])) {
        Ok(series) => series.entries.into_iter().chain(series.guarded).map(|entry| entry.name).collect(),
        Err(_) => Vec::new(),
    };
    write_export(&options.directory, &files, &order, owned, options.force)?;
    Ok(report(bench, options, exported, tree, &series))
}

/// The patches that are meant, in the order of the series; without a choice, all, none of which may be held.
pub(in crate::ops) fn chosen<'a>(bench: &'a Workbench, chosen: &Chosen) -> Result<Vec<&'a Patch>> {
    let named: HashSet<PatchName> = chosen.names(bench)?.into_iter().collect();
    let meant = |patch: &&Patch| chosen.is_nothing() || named.contains(&patch.name);
    let all: Vec<&Patch> = bench.manifest().patches.iter().filter(meant).collect();
    let held: Vec<String> =
        all.iter().filter(|patch| patch.meta.held.is_some()).map(|patch| patch.name.to_string()).collect();
    if held.is_empty() { Ok(all) } else { Err(QuiltError::Held(held).into()) }
}

/// The chosen patches on the base, carried there one after the other if they are not all, and their texts.
pub(in crate::ops) fn materialized(
    bench: &Workbench,
    objects: &mut Objects,
    chosen: &[&Patch],
    watch: &dyn Watch,
) -> Result<(Series, Vec<Vec<u8>>)> {
    let series = materialize(bench, objects, watch)?;
    let all: Vec<&PatchName> = bench.manifest().applied().map(|patch| &patch.name).collect();
    let names: Vec<&PatchName> = chosen.iter().map(|patch| &patch.name).collect();
    let plain = |name: &&PatchName| bench.file(name).to_vec();
    if names == all {
        return Ok((series, names.iter().map(plain).collect()));
    }
    let wanted: HashSet<&PatchName> = names.iter().copied().collect();
    let order: Vec<usize> = (0..all.len()).filter(|at| wanted.contains(all[*at])).collect();
    let what = "exporting these alone";
    let mut carried = carry_onto(bench, objects, &series, &order, series.base_tree, what, watch)?;
    let texts: Vec<Vec<u8>> = names.iter().map(|name| carried.remove(*name).unwrap_or_else(|| plain(name))).collect();
    let files = Files { names, bytes: texts.iter().map(Vec::as_slice).collect() };
    let series = materialize_files(bench, objects, &files, watch)?;
    Ok((series, texts))
}

/// The text above the diff, and whether it is the header that the patch came with.
fn above_diff(file: &PatchFile, patch: &Patch, flavor: Flavor) -> Result<(BString, bool), ParseError> {
    let original = header::original(file);
    match (original, flavor) {
        (Some(header), Flavor::Quilt) => Ok((header, true)),
        (Some(header), Flavor::Debian) if dep3::lacks(&header).is_empty() => Ok((header, true)),
        (_, Flavor::Quilt) => Ok((header::written(file)?, false)),
        (_, Flavor::Debian) => Ok((header::written(&file.with_message(with_fields(&file.message, patch)))?, false)),
    }
}

/// A message with the fields of DEP-3 that it lacks and pq knows.
fn with_fields(message: &Message, patch: &Patch) -> Message {
    let meta = &patch.meta;
    let has = |name: &str| {
        message
            .text
            .lines()
            .any(|line| line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes())))
    };
    let mut fields = Vec::new();
    match meta.upstream().first() {
        Some(id) if !has("Origin:") => fields.push(format!("Origin: backport, commit:{id}")),
        None if !has("Origin:") && header::is_unknown(message) => fields.push("Origin: vendor".to_owned()),
        _ => {}
    }
    let forwarded = match meta.kind {
        Some(PatchKind::Pending) => Some(meta.pr.clone().unwrap_or_else(|| "yes".to_owned())),
        _ if meta.upstream.as_ref().is_some_and(Vec::is_empty) => Some("not-needed".to_owned()),
        _ => None,
    };
    fields.extend(forwarded.filter(|_| !has("Forwarded:")).map(|to| format!("Forwarded: {to}")));
    let day = message.date.as_ref().and_then(|date| Timestamp::from_second(date.seconds).ok());
    let day = day.filter(|_| !has("Last-Update") && !header::is_unknown(message));
    fields.extend(day.map(|day| format!("Last-Update: {}", day.strftime("%Y-%m-%d"))));
    let text = match message.text.trim_end() {
        b"" => patch.name.as_str().as_bytes(),
        text => text,
    };
    let text = match fields.is_empty() {
        true => [text, b"\n"].concat().into(),
        false => [text, b"\n\n", fields.join("\n").as_bytes(), b"\n"].concat().into(),
    };
    Message { text, ..message.clone() }
}

/// The name of the file: the one that it had, or the patch's own with `.patch`. A series divides its lines at blanks, and takes `#` for a
/// comment: so names with such are changed.
fn file_name(patch: &Patch, taken: &mut BTreeSet<BString>) -> (BString, bool) {
    let wanted = patch.meta.quilt.clone().unwrap_or_else(|| format!("{}.patch", patch.name));
    let safe = |c: char| if c.is_whitespace() || c.is_control() { '-' } else { c };
    let mut name: String = wanted.chars().map(safe).collect();
    if name.starts_with(['#', '+', '-']) {
        name.insert(0, '_');
    }
    if quote::check_path(name.as_bytes()).is_err() {
        name = format!("{}.patch", PatchName::from_subject(&name));
    }
    let candidates = std::iter::once(name.clone()).chain((2..).map(|n| format!("{n}-{name}")));
    let free = candidates.map(BString::from).find(|name| taken.insert(name.to_lowercase().into()));
    let free = free.expect("there are more numbers than names");
    let renamed = free != wanted;
    (free, renamed)
}

fn refuse_losses(exported: &[Exported], options: &Options) -> Result<()> {
    if options.skip_unsupported {
        return Ok(());
    }
    let losses = exported.iter().flat_map(|patch| patch.skipped.iter().map(move |skipped| (patch, skipped)));
    let losses: Vec<String> = losses
        .map(|(patch, skipped)| format!("{}: {}: {}", patch.name, quote::display(skipped.path.as_bstr()), skipped.why))
        .collect();
    if losses.is_empty() { Ok(()) } else { Err(QuiltError::Unsupported(losses).into()) }
}

fn report(
    bench: &Workbench,
    options: &Options,
    exported: Vec<Exported>,
    tree: crate::model::Oid,
    series: &Series,
) -> ExportReport {
    let line = &bench.manifest().line;
    ExportReport {
        line: line.name.clone(),
        to: match options.flavor {
            Flavor::Quilt => "quilt",
            Flavor::Debian => "debian",
        },
        directory: canonical(&options.directory),
        base: Release { release: line.base.clone(), commit: line.base_commit },
        tree,
        queue_tree: series.tip_tree(),
        summary: ExportSummary {
            total: exported.len(),
            original_headers: exported.iter().filter(|patch| patch.original_header).count(),
            skipped: exported.iter().map(|patch| patch.skipped.len()).sum(),
        },
        patches: exported,
    }
}
