//! A patch text becomes part of the top patch.

use bstr::BString;

use super::edit::EditReport;
use super::rebase::old::OldQueue;
use super::resolve::Session;
use super::rework::{Rework, step_to};
use super::workbench::Workbench;
use crate::Result;
use crate::error::{Hint, Kind};
use crate::format::diff::ParseError;
use crate::format::patchfile::PatchFile;
use crate::git::apply::{MaterializeError, Misfit, Stack};
use crate::model::progress::Watch;

/// Why a text cannot be folded in.
#[derive(Debug, thiserror::Error)]
pub enum FoldError {
    /// It is no patch.
    #[error("{file}: {source}")]
    NotAPatch {
        /// The file, as typed.
        file: String,
        /// Where and why.
        source: ParseError,
    },
    /// It changes nothing.
    #[error("{0} has no diff")]
    Empty(String),
    /// It does not apply behind the top patch.
    #[error("{file}:{line}: {why}")]
    DoesNotApply {
        /// The file, as typed.
        file: String,
        /// The line on which the section starts.
        line: usize,
        /// Why.
        why: Misfit,
    },
}

impl Hint for FoldError {
    fn kind(&self) -> Kind {
        Kind::User
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            FoldError::NotAPatch { .. } | FoldError::Empty(_) => {
                "give it what `git diff` or `git format-patch` writes".into()
            }
            FoldError::DoesNotApply { .. } => {
                "`git apply -3` merges it into the worktree; `pq refresh` takes it from there".into()
            }
        })
    }
}

/// Applies a patch text behind the top patch, as `git apply` does, and makes it part of that patch. What the text says of author, date and
/// subject is not kept.
///
/// # Errors
/// It does not apply, or the queue cannot be written. Nothing was changed then.
pub fn fold(bench: &Workbench, (file, text): (&str, &BString), when: i64, watch: &dyn Watch) -> Result<EditReport> {
    Session::refuse(bench)?;
    let name = bench.patch("@top")?.name.clone();
    let not_a_patch = |source| FoldError::NotAPatch { file: file.to_owned(), source };
    let folded = PatchFile::parse(text).map_err(not_a_patch)?;
    if folded.files.is_empty() {
        return Err(FoldError::Empty(file.to_owned()).into());
    }
    let mut objects = bench.repo.objects();
    let mut queue = OldQueue::read(bench, &mut objects, watch)?;
    let at = super::position::names(bench).iter().position(|other| *other == name).expect("the top is applied");
    let own = &queue.series.commits[at];
    let made = Stack::new(&mut objects, own.commit, own.tree).push(&name, &folded).map_err(|error| match error {
        MaterializeError::DoesNotApply { line, why, .. } => {
            FoldError::DoesNotApply { file: file.to_owned(), line, why }.into()
        }
        other => crate::Error::from(other),
    })?;
    let parent = at.checked_sub(1).map_or(queue.series.base, |before| queue.series.commits[before].commit);
    let ends = (parent, queue.series.parent_tree(at), made.tree);
    let old = super::look::parse(bench, &name)?;
    let (step, text) = step_to(&mut objects, bench, bench.patch(name.as_str())?, old, ends)?;
    let position = bench.manifest().positions()[&name];
    queue.steps[position] = step;
    let what = format!("fold {file} into {name}");
    let mut rework = Rework::new(bench, what.clone(), when);
    rework.files.insert(name.file(), Some(text));
    let reworked = rework.finish(objects, &queue.series, &queue.steps, watch)?;
    Ok(EditReport::of(bench, what, vec![name], reworked))
}
