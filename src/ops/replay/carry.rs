//! One file through the whole series: what upstream changed in it is worked out once and carried along.
//!
//! A patch leads from `parent` to `result` in the old series; in the new one it has to lead from `tip` to something. What lies between
//! `parent` and `tip` (upstream's change, mostly) is the same for every patch that touches the file, but for the line numbers. So it is
//! diffed once, kept as a list of edits, and shifted by each patch that passes. Only where a patch comes near one of them is a real
//! three-way merge needed.

use std::ops::Range;
use std::sync::Arc;

use crate::model::{Edit, Oid};

/// Closer than this many lines to an upstream change, a patch is merged for real: two diffs of the same files may place a change a few
/// lines apart where lines repeat.
const NEAR: u32 = 3;

/// A file in both series, after the patches seen so far.
#[derive(Debug, Clone)]
pub struct Carried {
    /// The blob in the old series.
    pub parent: Oid,
    /// Its content.
    pub parent_bytes: Arc<[u8]>,
    /// The blob in the new series.
    pub tip: Oid,
    /// Its content.
    pub tip_bytes: Arc<[u8]>,
    /// What leads from `parent_bytes` to `tip_bytes`, in order.
    pub between: Vec<Edit>,
}

/// What `edits` (of the parent) make of the tip, and the edits between the two results; `None` if one of them comes near a change that lies
/// between parent and tip.
pub fn pass(carried: &Carried, edits: &[Edit], result: &[u8]) -> Option<(Vec<u8>, Vec<Edit>)> {
    let placed = place(&carried.between, edits)?;
    let tip_lines = line_starts(&carried.tip_bytes);
    let result_lines = line_starts(result);
    let mut out = Vec::with_capacity(carried.tip_bytes.len() + result.len().saturating_sub(carried.parent_bytes.len()));
    let mut done = 0;
    for (edit, old) in edits.iter().zip(&placed) {
        out.extend_from_slice(lines(&carried.tip_bytes, &tip_lines, done..old.start));
        out.extend_from_slice(lines(result, &result_lines, edit.new_start..edit.new_end()));
        done = old.end;
    }
    let last = tip_lines.len() as u32 - 1;
    out.extend_from_slice(lines(&carried.tip_bytes, &tip_lines, done..last));
    Some((out, shift(&carried.between, edits)))
}

/// Where each edit of the parent stands in the tip.
fn place(between: &[Edit], edits: &[Edit]) -> Option<Vec<Range<u32>>> {
    let mut passed = 0;
    let mut offset = 0i64;
    let mut placed = Vec::with_capacity(edits.len());
    for edit in edits {
        while let Some(other) = between.get(passed).filter(|other| other.old_end() + NEAR <= edit.old_start) {
            offset = i64::from(other.new_end()) - i64::from(other.old_end());
            passed += 1;
        }
        if between.get(passed).is_some_and(|other| other.old_start < edit.old_end() + NEAR) {
            return None;
        }
        let start = u32::try_from(i64::from(edit.old_start) + offset).ok()?;
        placed.push(start..start + edit.old_len);
    }
    Some(placed)
}

/// The edits between parent and tip once both have taken `edits`: the same ones, further down or up.
fn shift(between: &[Edit], edits: &[Edit]) -> Vec<Edit> {
    let mut passed = edits.iter().peekable();
    let mut offset = 0i64;
    let moved = |edit: &Edit| {
        while let Some(other) = passed.next_if(|other| other.old_start < edit.old_start) {
            offset = i64::from(other.new_end()) - i64::from(other.old_end());
        }
        let shifted = |line: u32| (i64::from(line) + offset) as u32;
        Edit { old_start: shifted(edit.old_start), new_start: shifted(edit.new_start), ..*edit }
    };
    between.iter().map(moved).collect()
}

/// Where each line starts, and after them the end of the text.
fn line_starts(text: &[u8]) -> Vec<u32> {
    let mut starts = Vec::with_capacity(text.len() / 24 + 2);
    starts.push(0);
    starts.extend(memchr::memchr_iter(b'\n', text).map(|at| at as u32 + 1));
    if !text.is_empty() && text.last() != Some(&b'\n') {
        starts.push(text.len() as u32);
    }
    starts
}

fn lines<'a>(text: &'a [u8], starts: &[u32], range: Range<u32>) -> &'a [u8] {
    let at = |line: u32| starts[(line as usize).min(starts.len() - 1)] as usize;
    &text[at(range.start)..at(range.end)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::merge::{Merged, merge_text};

    fn numbered(n: usize) -> Vec<String> {
        (0..n).map(|n| format!("line {n}\n")).collect()
    }

    fn carried(parent: &str, tip: &str, between: Vec<Edit>) -> Carried {
        let id = Oid::from_bytes(&[1; 20]).unwrap();
        let (parent_bytes, tip_bytes) = (parent.as_bytes().into(), tip.as_bytes().into());
        Carried { parent: id, parent_bytes, tip: id, tip_bytes, between }
    }

    fn edit(old_start: u32, old_len: u32, new_start: u32, new_len: u32) -> Edit {
        Edit { old_start, old_len, new_start, new_len }
    }

    #[test]
    fn a_far_edit_passes_and_gives_what_a_merge_gives() {
        let parent = numbered(40);
        let mut tip = parent.clone();
        tip.splice(2..3, ["up a\n".to_owned(), "up b\n".to_owned()]);
        let mut result = parent.clone();
        result.splice(20..22, ["ours\n".to_owned()]);
        let state = carried(&parent.concat(), &tip.concat(), vec![edit(2, 1, 2, 2)]);
        let (bytes, between) = pass(&state, &[edit(20, 2, 20, 1)], result.concat().as_bytes()).unwrap();
        let merged = merge_text(parent.concat().as_bytes(), tip.concat().as_bytes(), result.concat().as_bytes());
        assert_eq!(Merged::Clean(bytes), merged);
        assert_eq!(between, [edit(2, 1, 2, 2)]);
    }

    #[test]
    fn what_lies_between_moves_with_the_edits_in_front_of_it() {
        let between = [edit(10, 1, 12, 2)];
        assert_eq!(shift(&between, &[edit(3, 0, 3, 5)]), [edit(15, 1, 17, 2)]);
        assert_eq!(shift(&between, &[edit(30, 0, 30, 5)]), between);
    }

    #[test]
    fn a_near_edit_is_left_to_a_real_merge() {
        let between = [edit(10, 1, 10, 1)];
        assert!(place(&between, &[edit(12, 1, 12, 1)]).is_none());
        assert!(place(&between, &[edit(8, 1, 8, 1)]).is_none());
        assert!(place(&between, &[edit(14, 1, 14, 1)]).is_some());
        assert!(place(&between, &[edit(6, 1, 6, 1)]).is_some());
    }
}
