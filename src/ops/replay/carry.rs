//! One file through the whole series: what upstream changed in it is worked out once and carried along.
//!
//! A patch leads from `parent` to `result` in the old series; in the new one it has to lead from `tip` to something. What lies between
//! `parent` and `tip` (upstream's change, mostly) is the same for every patch that touches the file, but for the line numbers. So it is
//! diffed once, kept as a list of edits, and shifted by each patch that passes. Only where a patch comes near one of them is a real
//! three-way merge needed.

use std::ops::Range;
use std::sync::Arc;

use crate::format::lines::{Lines, is_binary, line_edits};
use crate::git::{GitError, Objects};
use crate::model::{Edit, Oid};

/// Closer than this many lines to an upstream change, a patch is merged for real.
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
    /// What leads from `parent_bytes` to `tip_bytes`.
    pub between: Between,
}

impl Carried {
    /// The two versions of a file; `None` if one of them has no lines.
    pub fn start(objects: &Objects, parent: Oid, tip: Oid) -> Result<Option<Carried>, GitError> {
        let (parent_bytes, tip_bytes) = (objects.blob(parent)?, objects.blob(tip)?);
        if is_binary(&parent_bytes) || is_binary(&tip_bytes) {
            return Ok(None);
        }
        let between = Between::of(&parent_bytes, &tip_bytes);
        Ok(Some(Carried { parent, parent_bytes, tip, tip_bytes, between }))
    }
}

/// The edits that lead from one text to another, in order, each with the old lines that it could as well stand at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Between(Vec<(Edit, Range<u32>)>);

impl Between {
    /// The edits from `old` to `new`.
    pub fn of(old: &[u8], new: &[u8]) -> Between {
        let edits = line_edits(old, new);
        Between(reaches(&edits, &Lines::of(old), &Lines::of(new)))
    }
}

/// What `edits` (of the parent) make of the tip, and what then lies between the two results; `None` if one of them comes near a change
/// that lies between parent and tip.
pub fn pass(carried: &Carried, edits: &[Edit], result: &[u8]) -> Option<(Vec<u8>, Between)> {
    let tip = Lines::of(&carried.tip_bytes);
    let new = Lines::of(result);
    let parent = Lines::of(&carried.parent_bytes);
    let placed = place(&carried.between, &reaches(edits, &parent, &new))?;
    let mut out = Vec::with_capacity(carried.tip_bytes.len() + result.len().saturating_sub(carried.parent_bytes.len()));
    let mut done = 0;
    for (edit, start) in edits.iter().zip(placed) {
        out.extend_from_slice(tip.slice(done..start));
        out.extend_from_slice(new.slice(edit.new_start..edit.new_end()));
        done = start + edit.old_len;
    }
    out.extend_from_slice(tip.slice(done..tip.count()));
    Some((out, shift(&carried.between, edits)))
}

/// Where each edit of the parent starts in the tip.
fn place(between: &Between, edits: &[(Edit, Range<u32>)]) -> Option<Vec<u32>> {
    let mut passed = 0;
    let mut offset = 0i64;
    let mut placed = Vec::with_capacity(edits.len());
    for (edit, reach) in edits {
        while let Some((other, _)) = between.0.get(passed).filter(|(_, other)| other.end + NEAR <= reach.start) {
            offset = i64::from(other.new_end()) - i64::from(other.old_end());
            passed += 1;
        }
        if between.0.get(passed).is_some_and(|(_, other)| other.start < reach.end + NEAR) {
            return None;
        }
        placed.push(u32::try_from(i64::from(edit.old_start) + offset).ok()?);
    }
    Some(placed)
}

/// What lies between parent and tip once both have taken `edits`: the same, further down or up.
fn shift(between: &Between, edits: &[Edit]) -> Between {
    let mut passed = edits.iter().peekable();
    let mut offset = 0i64;
    let moved = |(edit, reach): &(Edit, Range<u32>)| {
        while let Some(other) = passed.next_if(|other| other.old_start < edit.old_start) {
            offset = i64::from(other.new_end()) - i64::from(other.old_end());
        }
        let by = |line: u32| (i64::from(line) + offset) as u32;
        let edit = Edit { old_start: by(edit.old_start), new_start: by(edit.new_start), ..*edit };
        (edit, by(reach.start)..by(reach.end))
    };
    Between(between.0.iter().map(moved).collect())
}

/// Each edit with the old lines that it could as well stand at: where the lines around an insertion or deletion repeat, another diff of the
/// same two texts places it elsewhere, and git's merge may do so.
fn reaches(edits: &[Edit], old: &Lines<'_>, new: &Lines<'_>) -> Vec<(Edit, Range<u32>)> {
    let reach = |edit: &Edit| {
        let (up, down) = match (edit.old_len, edit.new_len) {
            (0, len) => new.slides(edit.new_start, len),
            (len, 0) => old.slides(edit.old_start, len),
            _ => (0, 0),
        };
        (*edit, edit.old_start.saturating_sub(up)..edit.old_end() + down)
    };
    edits.iter().map(reach).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::merge::{Merged, merge};

    fn numbered(n: usize) -> Vec<String> {
        (0..n).map(|n| format!("line {n}\n")).collect()
    }

    fn carried(parent: &str, tip: &str) -> Carried {
        let id = Oid::from_bytes(&[1; 20]).unwrap();
        let between = Between::of(parent.as_bytes(), tip.as_bytes());
        Carried {
            parent: id,
            parent_bytes: parent.as_bytes().into(),
            tip: id,
            tip_bytes: tip.as_bytes().into(),
            between,
        }
    }

    fn edit(old_start: u32, old_len: u32, new_start: u32, new_len: u32) -> Edit {
        Edit { old_start, old_len, new_start, new_len }
    }

    fn alone(edit: Edit) -> (Edit, Range<u32>) {
        (edit, edit.old_start..edit.old_end())
    }

    #[test]
    fn a_far_edit_passes_and_gives_what_a_merge_gives() {
        let parent = numbered(40);
        let mut tip = parent.clone();
        tip.splice(2..3, ["up a\n".to_owned(), "up b\n".to_owned()]);
        let mut result = parent.clone();
        result.splice(20..22, ["ours\n".to_owned()]);
        let state = carried(&parent.concat(), &tip.concat());
        let (bytes, between) = pass(&state, &[edit(20, 2, 20, 1)], result.concat().as_bytes()).unwrap();
        let merged = merge(parent.concat().as_bytes(), tip.concat().as_bytes(), result.concat().as_bytes());
        assert_eq!(Merged::Clean(bytes), merged);
        assert_eq!(between, Between(vec![alone(edit(2, 1, 2, 2))]));
    }

    #[test]
    fn what_lies_between_moves_with_the_edits_in_front_of_it() {
        let between = Between(vec![alone(edit(10, 1, 12, 2))]);
        assert_eq!(shift(&between, &[edit(3, 0, 3, 5)]), Between(vec![alone(edit(15, 1, 17, 2))]));
        assert_eq!(shift(&between, &[edit(30, 0, 30, 5)]), between);
    }

    #[test]
    fn a_near_edit_is_left_to_a_real_merge() {
        let between = Between(vec![alone(edit(10, 1, 10, 1))]);
        let place = |at| place(&between, &[alone(edit(at, 1, at, 1))]);
        assert!(place(12).is_none());
        assert!(place(8).is_none());
        assert!(place(14).is_some());
        assert!(place(6).is_some());
    }

    #[test]
    fn a_block_that_could_stand_elsewhere_reaches_there() {
        let block = "if a {\n}\n\n";
        let parent = format!("top\n{block}if b {{\n}}\n{}", numbered(20).concat());
        let result = parent.replace(block, &block.repeat(2));
        let edits = line_edits(parent.as_bytes(), result.as_bytes());
        let reach = reaches(&edits, &Lines::of(parent.as_bytes()), &Lines::of(result.as_bytes()));
        assert_eq!(edits.len(), 1);
        assert_eq!(reach[0].1, 1..4, "before, behind and inside the equal block");
    }
}
