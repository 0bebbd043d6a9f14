//! One patch becomes two: some of its files, or some of its hunks, go into a new one.

use bstr::{BStr, BString, ByteSlice};

use super::edit::{EditReport, all};
use super::error::OpError;
use super::rebase::old::OldQueue;
use super::rework::{Rework, empty_file, step_to};
use super::workbench::Workbench;
use crate::Result;
use crate::error::{Hint, Kind};
use crate::format::diff::FileDiff;
use crate::format::patchfile::{Message, PatchFile};
use crate::format::quote::display;
use crate::git::apply::Stack;
use crate::model::progress::Watch;
use crate::model::{Patch, PatchMeta, PatchName};

/// What goes into the new patch.
#[derive(Debug, Clone)]
pub struct Options {
    /// The patch, as typed.
    pub name: String,
    /// The new one's name.
    pub into: String,
    /// These files, or what is below these directories.
    pub files: Vec<BString>,
    /// These hunks: the file, and which hunk of it, from 1, as `pq show --hunks` counts.
    pub hunks: Vec<(BString, usize)>,
    /// Whether the new patch stands in front of the old one.
    pub before: bool,
    /// The new one's message; its name without.
    pub message: Option<BString>,
    /// The new one's topic; the old one's without.
    pub topic: Option<String>,
    /// When, in seconds since 1970.
    pub when: i64,
}

/// Why a patch cannot be split so.
#[derive(Debug, thiserror::Error)]
pub enum SplitError {
    /// The patch does not touch a file.
    #[error("{patch} touches no file {path}")]
    NoSuchFile {
        /// The patch.
        patch: PatchName,
        /// As typed.
        path: String,
    },
    /// The file has fewer hunks.
    #[error("{patch} has {there} hunks in {path}, not {asked}")]
    NoSuchHunk {
        /// The patch.
        patch: PatchName,
        /// The file.
        path: String,
        /// As typed.
        asked: usize,
        /// How many there are.
        there: usize,
    },
    /// Nothing would be left of the old patch.
    #[error("that is all that {0} does")]
    Everything(PatchName),
}

impl Hint for SplitError {
    fn kind(&self) -> Kind {
        Kind::User
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            SplitError::NoSuchFile { patch, .. } => format!("`pq files {patch}` lists them"),
            SplitError::NoSuchHunk { patch, .. } => format!("`pq show --hunks {patch}` numbers them"),
            SplitError::Everything(patch) => {
                format!("leave something, or give it another name: `pq rename {patch} NEW`")
            }
        })
    }
}

/// Splits a patch. Both together do what it did.
///
/// # Errors
/// The patch is held, or has no such files or hunks, or is taken whole. Nothing was changed then.
pub fn split(bench: &Workbench, options: &Options, watch: &dyn Watch) -> Result<EditReport> {
    let old = bench.patch(&options.name)?;
    let name = old.name.clone();
    if old.meta.held.is_some() {
        return Err(OpError::IsHeld(name).into());
    }
    let into: PatchName = options.into.parse().map_err(|why| OpError::BadName { name: options.into.clone(), why })?;
    if all(bench).any(|other| other.folded() == into.folded()) {
        return Err(OpError::NameTaken(into).into());
    }
    let mut objects = bench.repo.objects();
    let queue = OldQueue::read(bench, &mut objects, watch)?;
    let at = super::position::names(bench).iter().position(|other| *other == name).expect("it is applied");
    let file = super::look::parse(bench, &name)?;
    let (taken, left) = parts(&file, options, &name)?;
    let bad = |source| OpError::BadPatch { patch: name.clone(), source };
    let lower = file.with_sections(if options.before { taken.clone() } else { left.clone() }).map_err(bad)?;
    let parent = at.checked_sub(1).map_or(queue.series.base, |before| queue.series.commits[before].commit);
    let (start, end) = (queue.series.parent_tree(at), queue.series.commits[at].tree);
    let middle = Stack::new(&mut objects, parent, start).push(&name, &lower)?;
    let new = Patch { name: into.clone(), meta: meta(old, options) };
    let text = options.message.clone().unwrap_or_else(|| format!("{into}\n").into());
    let empty = empty_file(Message { text, ..file.message.clone() });
    let rest = file.with_sections(left).map_err(bad)?;
    let own = empty.with_sections(taken).map_err(bad)?;
    let ((first, first_file), (second, second_file)) =
        if options.before { ((&new, own), (old, rest)) } else { ((old, rest), (&new, own)) };
    let first = step_to(&mut objects, bench, first, first_file, (parent, start, middle.tree))?;
    let second = step_to(&mut objects, bench, second, second_file, (first.0.commit, middle.tree, end))?;
    let position = bench.manifest().positions()[&name];
    let what = format!("split {name} into {into}");
    let mut rework = Rework::new(bench, what.clone(), options.when);
    rework.document.insert(if options.before { position } else { position + 1 }, &new);
    rework.stays = Some((second.0.patch.name.clone(), end));
    for (step, text) in [&first, &second] {
        rework.files.insert(step.patch.name.file(), Some(text.clone()));
    }
    let mut steps = queue.steps;
    steps.splice(position..=position, [first.0, second.0]);
    let reworked = rework.finish(objects, &queue.series, &steps, watch)?;
    Ok(EditReport::of(bench, what, vec![name, into], reworked))
}

/// What is known of the old one holds of a part of it, too.
fn meta(old: &Patch, options: &Options) -> PatchMeta {
    PatchMeta { topic: options.topic.clone().or_else(|| old.meta.topic.clone()), ..old.meta.clone() }
}

/// The sections that are taken and those that are left; of a file of which some hunks are taken, both have one.
fn parts(file: &PatchFile, options: &Options, name: &PatchName) -> Result<(Vec<BString>, Vec<BString>)> {
    check(file, options, name)?;
    let (mut taken, mut left) = (Vec::new(), Vec::new());
    for section in &file.files {
        let is_asked = |path: &Option<BString>| {
            path.as_ref()
                .is_some_and(|path| options.files.iter().any(|asked| super::amend::covers(asked, path.as_ref())))
        };
        let hunks = hunks_of(options, section.path());
        match () {
            () if is_asked(&section.old_path) || is_asked(&section.new_path) => taken.push(section.raw.clone()),
            () if hunks.is_empty() => left.push(section.raw.clone()),
            () if (1..=section.hunks().len()).all(|n| hunks.contains(&n)) => taken.push(section.raw.clone()),
            () => {
                taken.push(with_hunks(section, |n| hunks.contains(&n)));
                left.push(with_hunks(section, |n| !hunks.contains(&n)));
            }
        }
    }
    match left.is_empty() {
        true => Err(SplitError::Everything(name.clone()).into()),
        false => Ok((taken, left)),
    }
}

fn hunks_of(options: &Options, path: &BStr) -> Vec<usize> {
    options.hunks.iter().filter(|(asked, _)| asked == path).map(|(_, n)| *n).collect()
}

/// All that was asked for is there.
fn check(file: &PatchFile, options: &Options, name: &PatchName) -> Result<()> {
    for path in &options.files {
        let has = |section: &FileDiff| {
            [&section.old_path, &section.new_path]
                .into_iter()
                .flatten()
                .any(|it| super::amend::covers(path, it.as_ref()))
        };
        if !file.files.iter().any(has) {
            return Err(SplitError::NoSuchFile { patch: name.clone(), path: display(path.as_ref()) }.into());
        }
    }
    for (path, asked) in &options.hunks {
        let section = file.files.iter().find(|section| section.path() == path);
        let missing = || SplitError::NoSuchFile { patch: name.clone(), path: display(path.as_ref()) };
        let there = section.ok_or_else(missing)?.hunks().len();
        if *asked == 0 || *asked > there {
            let path = display(path.as_ref());
            return Err(SplitError::NoSuchHunk { patch: name.clone(), path, asked: *asked, there }.into());
        }
    }
    Ok(())
}

/// A section with some of its hunks, the lines in front of them as they are.
fn with_hunks(section: &FileDiff, keeps: impl Fn(usize) -> bool) -> BString {
    let all: usize = section.hunks().iter().map(|hunk| hunk.raw.len()).sum();
    let mut text = section.raw[..section.raw.len() - all].to_vec();
    for (at, hunk) in section.hunks().iter().enumerate() {
        if keeps(at + 1) {
            text.extend_from_slice(&hunk.raw);
        }
    }
    text.as_bstr().to_owned()
}
