//! Which patch wrote which line: of a file where a worktree stands in the queue, or at its end.

use std::path::Path;

use bstr::{BStr, BString, ByteSlice};

use super::rebase::old::{OldQueue, OldStep};
use super::workbench::Workbench;
use crate::Result;
use crate::error::{Hint, Kind};
use crate::format::lines::{line_edits, split};
use crate::format::quote::display;
use crate::git::sections::content;
use crate::git::{Change, Objects, Tree};

/// Why nothing is known of a file.
#[derive(Debug, thiserror::Error)]
pub enum OwnerError {
    /// Nothing is at that path.
    #[error("there is no file {path} {place}, and no patch touches one")]
    NoSuchFile {
        /// As typed.
        path: String,
        /// Where it was looked for.
        place: String,
    },
    /// The file has fewer lines.
    #[error("{path} has {there} lines, not {asked}")]
    NoSuchLine {
        /// The file.
        path: String,
        /// As typed.
        asked: u32,
        /// How many there are.
        there: usize,
    },
}

impl Hint for OwnerError {
    fn kind(&self) -> Kind {
        Kind::User
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            OwnerError::NoSuchFile { .. } => {
                "paths are those from the top of the worktree; `pq files` lists what patches touch".into()
            }
            OwnerError::NoSuchLine { .. } => "lines are counted from 1".into(),
        })
    }
}

/// A file and who did what to it.
pub struct Owned {
    /// Its path there.
    pub path: BString,
    /// Its content; nothing if it is not there.
    pub text: Option<BString>,
    /// Who wrote each line: the number of an applied patch, or nobody, which is the base.
    pub lines: Vec<Option<usize>>,
    /// Who did anything to it, in order, with its path behind that patch.
    pub touched_by: Vec<(usize, BString)>,
}

/// The steps of the patches that are applied, in order.
pub fn applied<'q, 'a>(queue: &'q OldQueue<'a>) -> Vec<&'q OldStep<'a>> {
    queue.steps.iter().filter(|step| step.patch.meta.held.is_none()).collect()
}

/// The file at a path behind the first `at` patches.
///
/// # Errors
/// An object is missing.
pub fn owned(objects: &Objects, queue: &OldQueue<'_>, at: usize, path: &BStr) -> Result<Owned> {
    let steps = applied(queue);
    let entry = Tree::new(queue.series.parent_tree(at)).get(objects, path)?.file();
    let touches = trace(&steps[..at], path, entry.is_some());
    let touched_by = touches.iter().map(|(by, change)| (*by, change.path().to_owned())).collect();
    let Some(entry) = entry else {
        return Ok(Owned { path: path.into(), text: None, lines: Vec::new(), touched_by });
    };
    let place = crate::git::Place { path: path.into(), entry };
    let text = content(objects, Some(&place))?;
    let first = match touches.first() {
        Some((_, change)) => content(objects, change.old.as_ref())?,
        None => text.clone(),
    };
    let mut lines: Vec<Option<usize>> = split(&first).map(|_| None).collect();
    for (by, change) in &touches {
        let (old, new) = (content(objects, change.old.as_ref())?, content(objects, change.new.as_ref())?);
        // From behind, so that the places in front stay what they are.
        for edit in line_edits(&old, &new).iter().rev() {
            let (start, end) = (edit.old_start as usize, edit.old_end() as usize);
            lines.splice(start..end, std::iter::repeat_n(Some(*by), edit.new_len as usize));
        }
    }
    Ok(Owned { path: path.into(), text: Some(text.to_vec().into()), lines, touched_by })
}

/// What the patches did to the file that ends at a path, through its renames. Of one that is gone: up to where it went.
fn trace<'c>(steps: &[&'c OldStep<'_>], path: &BStr, is_there: bool) -> Vec<(usize, &'c Change)> {
    let mut path = path.to_owned();
    let mut is_there = is_there;
    let mut touches = Vec::new();
    for (at, step) in steps.iter().enumerate().rev() {
        let ends = |change: &&Change| change.new.as_ref().is_some_and(|new| new.path == path);
        let leaves = |change: &&Change| {
            !is_there && change.leaves_old_path() && change.old.as_ref().is_some_and(|old| old.path == path)
        };
        let Some(change) = step.changes.iter().find(ends).or_else(|| step.changes.iter().find(leaves)) else {
            continue;
        };
        touches.push((at, change));
        is_there = true;
        match &change.old {
            Some(old) => path = old.path.clone(),
            None => break,
        }
    }
    touches.reverse();
    touches
}

/// The path that a person means: from where the command was started, if that is in a worktree and leads to something; else from the top.
///
/// # Errors
/// There is no such file, and no patch touches one.
pub fn meant(
    bench: &Workbench,
    objects: &Objects,
    queue: &OldQueue<'_>,
    at: usize,
    (here, typed): (&Path, &Path),
) -> Result<Owned> {
    let from_here = bench.repo.worktree_at(here).ok().and_then(|worktree| super::amend::inside(&worktree, here, typed));
    let plain = BString::from(<[u8]>::from_path(typed).unwrap_or_default());
    for path in from_here.into_iter().chain([plain.clone()]) {
        let found = owned(objects, queue, at, path.as_ref())?;
        if found.text.is_some() || !found.touched_by.is_empty() {
            return Ok(found);
        }
    }
    let names = super::position::names(bench);
    let place = match at.checked_sub(1).and_then(|top| names.get(top)) {
        Some(top) => format!("at {top}"),
        None => "at the base".to_owned(),
    };
    Err(OwnerError::NoSuchFile { path: display(plain.as_bstr()), place }.into())
}
