//! What a person made of each conflict.

use std::ops::Range;

use super::Merge;
use crate::format::lines::{Lines, line_edits, split};
use crate::format::resolution::Hunk;
use crate::model::Edit;

/// The merged text with a mark for each conflict.
struct Marked {
    text: Vec<u8>,
    /// The unit of each line.
    units: Vec<usize>,
}

impl Merge<'_> {
    /// What a person made of each conflict, with the lines around it that went along. What else was edited is not in it.
    pub fn answers(&self, result: &[u8]) -> Vec<Hunk> {
        let marked = self.marks();
        let (old, new) = (Lines::of(&marked.text), Lines::of(result));
        let mut answers: Vec<(Range<usize>, Range<u32>)> = Vec::new();
        for edit in line_edits(&marked.text, result) {
            let conflicts: Vec<u32> =
                (edit.old_start..edit.old_end()).filter(|line| self.is_mark(&marked, *line)).collect();
            let (Some(first), Some(last)) = (conflicts.first(), conflicts.last()) else { continue };
            let edit = trimmed(edit, *first, *last, &old, &new);
            let edit = self.to_units(&marked, edit);
            let units = marked.units[edit.old_start as usize]..marked.units[edit.old_end() as usize - 1] + 1;
            answers.push((units, edit.new_start..edit.new_end()));
        }
        let hunk = |(units, lines): (Range<usize>, Range<u32>)| {
            let [base, ours, theirs] = self.sides(&units).map(Into::into);
            Hunk { base, ours, theirs, answer: new.slice(lines).into() }
        };
        answers.into_iter().map(hunk).collect()
    }

    fn marks(&self) -> Marked {
        let mut marked = Marked { text: Vec::new(), units: Vec::new() };
        for (at, unit) in self.units.iter().enumerate() {
            let start = marked.text.len();
            match self.clear(unit) {
                Some(text) => marked.text.extend_from_slice(text),
                // No text has such a line.
                None => marked.text.extend_from_slice(format!("\0conflict {at}\0\n").as_bytes()),
            }
            let lines = split(&marked.text[start..]).count();
            marked.units.extend(std::iter::repeat_n(at, lines));
        }
        marked
    }

    fn is_mark(&self, marked: &Marked, line: u32) -> bool {
        self.clear(&self.units[marked.units[line as usize]]).is_none()
    }

    /// An edit, widened to whole units.
    fn to_units(&self, marked: &Marked, edit: Edit) -> Edit {
        let unit = |line: u32| marked.units[line as usize];
        let up = (0..edit.old_start).rev().take_while(|line| unit(*line) == unit(edit.old_start)).count() as u32;
        let last = edit.old_end() - 1;
        let down = (last + 1..marked.units.len() as u32).take_while(|line| unit(*line) == unit(last)).count() as u32;
        Edit {
            old_start: edit.old_start - up,
            old_len: edit.old_len + up + down,
            new_start: edit.new_start.saturating_sub(up),
            new_len: edit.new_len + up.min(edit.new_start) + down,
        }
    }
}

/// An edit without the lines at its ends that stay, up to the first and the last mark in it.
fn trimmed(edit: Edit, first: u32, last: u32, old: &Lines<'_>, new: &Lines<'_>) -> Edit {
    let (room, len) = (first - edit.old_start, edit.new_len);
    let same = |n: &u32| old.line(edit.old_start + n) == new.line(edit.new_start + n);
    let front = (0..room.min(len)).take_while(same).count() as u32;
    let (room, len) = (edit.old_end() - 1 - last, edit.new_len - front);
    let same = |n: &u32| old.line(edit.old_end() - 1 - n) == new.line(edit.new_end() - 1 - n);
    let behind = (0..room.min(len)).take_while(same).count() as u32;
    Edit {
        old_start: edit.old_start + front,
        old_len: edit.old_len - front - behind,
        new_start: edit.new_start + front,
        new_len: edit.new_len - front - behind,
    }
}
