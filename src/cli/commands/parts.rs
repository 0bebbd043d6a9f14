//! Pieces that reports of several commands are made of.

use crate::model::PatchName;
use crate::ops::look::{PatchState, State};
use crate::ui::{Show, Span, bad, dim, markdown};

/// How many entries of a list are shown before `-v` is asked for.
pub const SHORT: usize = 10;

/// Whether a patch is part of the branch, in a word.
pub fn state(patch: &PatchState) -> Span {
    match patch.state {
        State::Applied => dim("applied"),
        State::Held => bad("held"),
    }
}

/// Names divided by commas.
pub fn names(names: &[PatchName]) -> String {
    names.iter().map(PatchName::as_str).collect::<Vec<_>>().join(", ")
}

/// Markdown: code spans divided by commas.
pub fn codes<T: AsRef<str>>(words: &[T]) -> String {
    words.iter().map(|word| markdown::code(word.as_ref())).collect::<Vec<_>>().join(", ")
}

/// How many more there are than are shown.
pub fn more(total: usize) -> Option<Span> {
    (total > SHORT).then(|| dim(format!("  … and {} more (-v shows them)", total - SHORT).as_str().show()))
}
