//! `pq find` and `pq annotate`: which patch owns a file, a line, every line.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bstr::{BStr, BString, ByteSlice};
use serde::Serialize;

use super::materialize::subject;
use super::owners::{Owned, OwnerError, applied, meant};
use super::rebase::old::OldQueue;
use super::workbench::Workbench;
use crate::Result;
use crate::format::lines::split;
use crate::format::quote::display;
use crate::model::PatchName;
use crate::model::progress::Watch;
use crate::model::text::visible;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Options {
    /// The file, relative to `here` or to the top of the worktree.
    pub file: PathBuf,
    /// Only these lines, from 1, both ends included.
    pub lines: Option<(u32, u32)>,
    /// The directory that the command was started in.
    pub here: PathBuf,
}

/// The patches that a file, or some lines of it, come from.
#[derive(Debug, Clone, Serialize)]
pub struct FindReport {
    /// The line of the fork.
    pub line: String,
    /// The file's path there.
    #[serde(serialize_with = "crate::model::text::bytes")]
    pub path: BString,
    /// The last patch that is applied there; none at the base.
    pub top: Option<PatchName>,
    /// The lines that were asked for, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<(u32, u32)>,
    /// The patches, in order: with lines those that wrote them, else all that touch the file.
    pub patches: Vec<Owner>,
    /// How many of the lines are the base's.
    pub base_lines: usize,
}

/// A patch and what of the file is its.
#[derive(Debug, Clone, Serialize)]
pub struct Owner {
    /// The patch.
    pub name: PatchName,
    /// The first line of its message.
    pub subject: String,
    /// The file's path behind the patch.
    #[serde(serialize_with = "crate::model::text::bytes")]
    pub path: BString,
    /// Its lines, from 1, first and last of each run. None if nothing that it wrote is left, or if it only deleted, moved or made executable.
    pub lines: Vec<(u32, u32)>,
}

/// Every line of a file with the patch that wrote it.
#[derive(Debug, Clone, Serialize)]
pub struct AnnotateReport {
    /// The line of the fork.
    pub line: String,
    /// The file's path there.
    #[serde(serialize_with = "crate::model::text::bytes")]
    pub path: BString,
    /// The last patch that is applied there; none at the base.
    pub top: Option<PatchName>,
    /// Its lines, in order.
    pub lines: Vec<Annotated>,
}

/// One line.
#[derive(Debug, Clone, Serialize)]
pub struct Annotated {
    /// The patch; none if the base has it.
    pub patch: Option<PatchName>,
    /// The line, without its newline.
    #[serde(serialize_with = "crate::model::text::bytes")]
    pub text: BString,
}

/// The patches that a file, or some lines of it, come from.
///
/// # Errors
/// There is no such file or line.
pub fn find(bench: &Workbench, options: &Options, watch: &dyn Watch) -> Result<FindReport> {
    let mut objects = bench.repo.objects();
    let queue = OldQueue::read(bench, &mut objects, watch)?;
    let at = bench.applied_here()?.unwrap_or(queue.series.commits.len());
    let owned = meant(bench, &objects, &queue, at, (&options.here, &options.file))?;
    let lines = asked(&owned, options.lines)?;
    let runs = runs(&owned, lines.clone());
    let steps = applied(&queue);
    let owner = |(by, path): &(usize, BString)| Owner {
        name: steps[*by].patch.name.clone(),
        subject: visible(subject(&steps[*by].file)),
        path: path.clone(),
        lines: runs.get(&Some(*by)).cloned().unwrap_or_default(),
    };
    let mut patches: Vec<Owner> = owned.touched_by.iter().map(owner).collect();
    patches.retain(|owner| options.lines.is_none() || !owner.lines.is_empty());
    let base_lines = owned.lines[lines].iter().filter(|by| by.is_none()).count();
    let (line, top) = (bench.manifest().line.name.clone(), top(bench, at));
    Ok(FindReport { line, path: owned.path, top, asked: options.lines, patches, base_lines })
}

/// Every line of a file with the patch that wrote it.
///
/// # Errors
/// There is no such file.
pub fn annotate(bench: &Workbench, options: &Options, watch: &dyn Watch) -> Result<AnnotateReport> {
    let mut objects = bench.repo.objects();
    let queue = OldQueue::read(bench, &mut objects, watch)?;
    let at = bench.applied_here()?.unwrap_or(queue.series.commits.len());
    let owned = meant(bench, &objects, &queue, at, (&options.here, &options.file))?;
    let steps = applied(&queue);
    let Some(text) = &owned.text else {
        let place = format!("at {}", top(bench, at).map_or("the base".to_owned(), |top| top.to_string()));
        return Err(OwnerError::NoSuchFile { path: display(owned.path.as_bstr()), place }.into());
    };
    let one = |(by, text): (&Option<usize>, &BStr)| Annotated {
        patch: by.map(|by| steps[by].patch.name.clone()),
        text: text.strip_suffix(b"\n").unwrap_or(text).into(),
    };
    let lines = owned.lines.iter().zip(split(text)).map(one).collect();
    Ok(AnnotateReport { line: bench.manifest().line.name.clone(), top: top(bench, at), path: owned.path, lines })
}

fn top(bench: &Workbench, at: usize) -> Option<PatchName> {
    at.checked_sub(1).map(|top| super::position::names(bench)[top].clone())
}

/// The lines that are asked for, from 0.
fn asked(owned: &Owned, lines: Option<(u32, u32)>) -> Result<std::ops::Range<usize>> {
    let there = owned.lines.len();
    let Some((first, last)) = lines else { return Ok(0..there) };
    match [first, last].into_iter().find(|line| *line == 0 || *line as usize > there).or((first > last).then_some(last))
    {
        Some(asked) => Err(OwnerError::NoSuchLine { path: display(owned.path.as_bstr()), asked, there }.into()),
        None => Ok(first as usize - 1..last as usize),
    }
}

/// The runs of lines of each owner, from 1, first and last.
fn runs(owned: &Owned, lines: std::ops::Range<usize>) -> BTreeMap<Option<usize>, Vec<(u32, u32)>> {
    let mut runs: BTreeMap<Option<usize>, Vec<(u32, u32)>> = BTreeMap::new();
    let mut start = lines.start;
    for run in owned.lines[lines].chunk_by(|a, b| a == b) {
        let end = start + run.len();
        runs.entry(run[0]).or_default().push((start as u32 + 1, end as u32));
        start = end;
    }
    runs
}
