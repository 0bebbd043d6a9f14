//! What is recorded of settled conflicts: looked at, thrown away, taken over from git.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use bstr::{BStr, BString, ByteSlice};
use serde::Serialize;

use super::answers::{Known, own};
use super::error::OpError;
use super::transaction::{self, Changeset};
use super::workbench::Workbench;
use crate::Result;
use crate::error::Hint;
use crate::format::diff::LineKind;
use crate::format::lines::split;
use crate::format::patchfile::PatchFile;
use crate::format::quote::display;
use crate::format::rerere;
use crate::format::resolution::{Answer, Hunk, Reach, Resolution};
use crate::store::{LoadedQueue, QueueDir, rr_cache, siblings};

/// What is recorded, or what was done to it. Its fields are those of `resolutions/1`.
#[derive(Debug, Clone, Serialize)]
pub struct ResolutionsReport {
    /// The line.
    pub line: String,
    /// What was done.
    pub did: Did,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// The resolutions that it is about.
    pub resolutions: Vec<ResolutionReport>,
    /// Files that cannot be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub broken: Vec<Broken>,
    /// The text of the one that is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Did {
    /// Nothing: they were listed.
    Listed,
    /// Nothing: one was shown.
    Shown,
    /// Those that nothing needs any more were deleted.
    Pruned,
    /// Those of git were taken over.
    Imported,
}

/// One resolution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResolutionReport {
    /// Its file.
    pub file: String,
    /// `hunk`, `partial`, `imported` or `whole`.
    pub kind: &'static str,
    /// The files that it is about, quoted as git quotes them; none if that is not known.
    pub paths: Vec<String>,
    /// The patch that conflicted; null if it is not known.
    pub patch: Option<String>,
    /// Whether the queue has that patch.
    pub in_queue: bool,
    /// The release that the patch was for.
    pub from: Option<String>,
    /// The release on which it conflicted.
    pub onto: Option<String>,
    /// How many lines the sides and the answer have; left out of a whole answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<Counts>,
}

/// Numbers of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Of the base.
    pub base: usize,
    /// Of upstream's side.
    pub ours: usize,
    /// Of the patch's side.
    pub theirs: usize,
    /// Of the answer.
    pub answer: usize,
}

/// A file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Broken {
    /// What is wrong, and where.
    pub text: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Everything that is recorded.
///
/// # Errors
/// The directory cannot be read.
pub fn list(bench: &Workbench) -> Result<ResolutionsReport> {
    let mut report = ResolutionsReport::new(bench, Did::Listed, false);
    for known in own(&bench.dir)? {
        match known {
            Ok(known) => report.resolutions.push(one(bench, &known)),
            Err(error) => report.broken.push(Broken { text: error.to_string(), hint: error.hint() }),
        }
    }
    report.resolutions.sort_by(|a, b| (&a.paths, &a.file).cmp(&(&b.paths, &b.file)));
    Ok(report)
}

/// One of them, by its file or the start of it.
///
/// # Errors
/// There is none, or several start like that, or it cannot be read.
pub fn show(bench: &Workbench, name: &str) -> Result<ResolutionsReport> {
    let short = |file: &str| file.strip_prefix(&QueueDir::resolution_path("")).unwrap_or(file).to_owned();
    let files = bench.dir.resolutions()?;
    let named = || files.keys().filter(|file| short(file).starts_with(&short(name)));
    let mut all = named().filter(|file| short(file) == short(name)).chain(named());
    let is_clear = named().count() == 1 || named().any(|file| short(file) == short(name));
    let file = all.next().filter(|_| is_clear).ok_or_else(|| OpError::NoSuchResolution(name.to_owned()))?;
    let resolution =
        Resolution::parse(&files[file]).map_err(|source| OpError::BadResolution { file: file.clone(), source })?;
    let known = Known { file: file.clone(), line: None, resolution };
    let mut report = ResolutionsReport::new(bench, Did::Shown, false);
    report.resolutions.push(one(bench, &known));
    report.text = Some(files[file].to_str_lossy().into_owned());
    Ok(report)
}

/// Deletes those of patches that the queue does not have any more, unless another patch makes the same edit: what became of a patch that was
/// split or joined to another. What git recorded knows no patch, and stays. An operation: undo brings them back.
///
/// # Errors
/// The directory cannot be read or written.
pub fn prune(bench: &Workbench, dry_run: bool, when: i64) -> Result<ResolutionsReport> {
    let mut report = ResolutionsReport::new(bench, Did::Pruned, dry_run);
    let (elsewhere, edits) = (patches_of_siblings(bench), Edits::of(bench));
    let is_needed = |known: &Known| {
        let patch = known.resolution.patch.as_ref();
        patch.is_none_or(|name| bench.manifest().patch(name).is_some() || elsewhere.contains(name))
            || edits.make(&known.resolution.answer)
    };
    let all = own(&bench.dir)?.into_iter().flatten();
    report.resolutions = all.filter(|known| !is_needed(known)).map(|known| one(bench, &known)).collect();
    let files: BTreeMap<String, Option<Vec<u8>>> =
        report.resolutions.iter().map(|it| (it.file.clone(), None)).collect();
    if !dry_run && !files.is_empty() {
        let what = "resolutions prune".to_owned();
        transaction::commit(bench, &mut bench.repo.objects(), Changeset { what, when, files, ..Changeset::default() })?;
    }
    Ok(report)
}

/// The lines that the patches of a queue take away and add, by file.
#[derive(Default)]
struct Edits(BTreeMap<BString, BTreeSet<(LineKind, BString)>>);

impl Edits {
    fn of(bench: &Workbench) -> Edits {
        let mut edits = Edits::default();
        let files = bench.manifest().patches.iter().filter_map(|patch| PatchFile::parse(bench.file(&patch.name)).ok());
        for section in files.flat_map(|file| file.files) {
            let lines = section.hunks().iter().flat_map(|hunk| &hunk.lines);
            let lines = lines.filter(|line| line.kind != LineKind::Context).map(|line| (line.kind, line.text.clone()));
            edits.0.entry(section.path().into()).or_default().extend(lines);
        }
        edits
    }

    /// Whether one of the patches has part of what an answer is about.
    fn make(&self, answer: &Answer) -> bool {
        let (path, hunk) = match answer {
            Answer::Whole { question, .. } => return question.iter().any(|clash| self.0.contains_key(&clash.path)),
            Answer::Hunk { path: None, .. } => return true,
            Answer::Hunk { path: Some(path), hunk, .. } => (path, hunk),
        };
        let Some(edits) = self.0.get(path) else { return false };
        let side = |kind, lines: &BString, other: &BString| {
            let other: BTreeSet<&BStr> = split(other).collect();
            split(lines).any(|line| !other.contains(line) && edits.contains(&(kind, line.into())))
        };
        let makes = |from, to| side(LineKind::Add, to, from) || side(LineKind::Remove, from, to);
        // As it was before it was settled, and as it is since.
        makes(&hunk.base, &hunk.theirs) || makes(&hunk.ours, &hunk.answer)
    }
}

/// The patches of the other lines of the workspace: what is recorded here serves them too.
fn patches_of_siblings(bench: &Workbench) -> BTreeSet<String> {
    let dirs = siblings(&bench.dir).unwrap_or_default().into_iter();
    let dirs = dirs.map(|(_, root)| QueueDir::new(root, bench.dir.repo_path(), bench.dir.workspace().cloned()));
    let queues = dirs.filter_map(|dir| dir.load().ok());
    let names = |queue: LoadedQueue| {
        let patches = &queue.document.manifest().patches;
        patches.iter().map(|patch| patch.name.to_string()).collect::<Vec<_>>()
    };
    queues.flat_map(names).collect()
}

/// Takes over what git recorded: from a directory, or from the repository's own.
///
/// # Errors
/// The directory cannot be read.
pub fn import(bench: &Workbench, directory: Option<&Path>, dry_run: bool) -> Result<ResolutionsReport> {
    let directory = directory.map_or_else(|| bench.repo.common_dir().join("rr-cache"), Path::to_owned);
    let found = rr_cache(&directory)
        .map_err(|error| OpError::NoRrCache { directory: directory.clone(), why: error.kind().to_string() })?;
    let mut report = ResolutionsReport::new(bench, Did::Imported, dry_run);
    let there = bench.dir.resolutions()?;
    let mut files = BTreeMap::new();
    for settled in found.values() {
        for hunk in rerere::read(&settled.preimage, &settled.postimage) {
            let resolution = imported(hunk);
            let file = QueueDir::resolution_path(&resolution.file_name());
            if !there.contains_key(&file) && files.insert(file.clone(), Some(resolution.to_bytes())).is_none() {
                report.resolutions.push(one(bench, &Known { file, line: None, resolution }));
            }
        }
    }
    if !dry_run && !files.is_empty() {
        bench.dir.write(&files)?;
    }
    Ok(report)
}

fn imported(hunk: Hunk) -> Resolution {
    let answer = Answer::Hunk { path: None, reach: Reach::Imported, hunk };
    Resolution { patch: None, from: None, onto: None, answer }
}

fn one(bench: &Workbench, known: &Known) -> ResolutionReport {
    let Resolution { patch, from, onto, answer } = known.resolution.clone();
    let (paths, lines) = match &answer {
        Answer::Hunk { path, hunk, .. } => {
            let [base, ours, theirs, answer] = hunk.sides().map(|side| split(side).count());
            (path.iter().map(|path| display(path.as_ref())).collect(), Some(Counts { base, ours, theirs, answer }))
        }
        Answer::Whole { question, .. } => (question.iter().map(|clash| display(clash.path.as_ref())).collect(), None),
    };
    let in_queue = patch.as_ref().is_some_and(|name| bench.manifest().patch(name).is_some());
    let (file, kind) = (known.file.clone(), known.resolution.kind());
    ResolutionReport { file, kind, paths, patch, in_queue, from, onto, lines }
}

impl ResolutionsReport {
    fn new(bench: &Workbench, did: Did, dry_run: bool) -> ResolutionsReport {
        let line = bench.manifest().line.name.clone();
        ResolutionsReport { line, did, dry_run, resolutions: Vec::new(), broken: Vec::new(), text: None }
    }
}
