//! Three-way merges of texts.
//!
//! The rules are those of git's merges, so that both agree on what is clean: changes are found by the histogram algorithm and moved down as
//! far as the lines around them allow; changes of the two sides with an untouched line between them are both taken; where they touch, they
//! must say the same. For the general algorithm see Khanna, Kunal and Pierce, "A Formal Investigation of Diff3" (2007).

use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput, sources::byte_lines};

use super::lines::{Lines, to_edits};
use crate::model::Edit;

/// What a merge of texts gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merged {
    /// The merged text.
    Clean(Vec<u8>),
    /// Both sides changed the same lines: those of the base, in order.
    Conflict(Vec<Range<u32>>),
}

/// Merges the change `base` → `theirs` into `ours`.
pub fn merge(base: &[u8], ours: &[u8], theirs: &[u8]) -> Merged {
    let mut conflicts = Vec::new();
    let out = merge_by(base, ours, theirs, |_, _, range, _| conflicts.push(range));
    if conflicts.is_empty() { Merged::Clean(out) } else { Merged::Conflict(conflicts) }
}

/// The same; `conflict` is told what the sides disagree about, with the lines of the base, and writes what stands there instead.
pub(super) fn merge_by(
    base: &[u8],
    ours: &[u8],
    theirs: &[u8],
    mut conflict: impl FnMut(&Texts<'_>, &Group<'_>, Range<u32>, &mut Vec<u8>),
) -> Vec<u8> {
    let (our_edits, their_edits) = (edits(base, ours), edits(base, theirs));
    let texts = Texts::of(base, ours, theirs);
    let mut out = Vec::with_capacity(ours.len() + theirs.len().saturating_sub(base.len()));
    let mut done = 0;
    for group in groups(&our_edits, &their_edits) {
        let range = group.range();
        out.extend_from_slice(texts.base.slice(done..range.start));
        done = range.end;
        match group.text(&texts, &range) {
            Some(text) => out.extend_from_slice(text),
            None => conflict(&texts, &group, range, &mut out),
        }
    }
    out.extend_from_slice(texts.base.slice(done..texts.base.count()));
    out
}

pub(super) struct Texts<'a> {
    pub base: Lines<'a>,
    pub ours: Lines<'a>,
    pub theirs: Lines<'a>,
}

impl<'a> Texts<'a> {
    pub fn of(base: &'a [u8], ours: &'a [u8], theirs: &'a [u8]) -> Texts<'a> {
        Texts { base: Lines::of(base), ours: Lines::of(ours), theirs: Lines::of(theirs) }
    }
}

/// Edits of the two sides that touch one another.
pub(super) struct Group<'a> {
    pub ours: &'a [Edit],
    pub theirs: &'a [Edit],
}

impl Group<'_> {
    /// The lines of the base that the group covers.
    pub fn range(&self) -> Range<u32> {
        let both = || self.ours.iter().chain(self.theirs);
        let start = both().map(|edit| edit.old_start).min().unwrap_or_default();
        start..both().map(Edit::old_end).max().unwrap_or_default()
    }

    /// What becomes of them; `None` if the sides disagree.
    pub fn text<'a>(&self, texts: &Texts<'a>, range: &Range<u32>) -> Option<&'a [u8]> {
        let ours = || texts.ours.slice(side(self.ours, range));
        let theirs = || texts.theirs.slice(side(self.theirs, range));
        match (self.ours.is_empty(), self.theirs.is_empty()) {
            (_, true) => Some(ours()),
            (true, false) => Some(theirs()),
            (false, false) => Some(ours()).filter(|ours| *ours == theirs()),
        }
    }
}

/// The lines of a side that stand for `range` of the base.
pub(super) fn side(edits: &[Edit], range: &Range<u32>) -> Range<u32> {
    match (edits.first(), edits.last()) {
        (Some(first), Some(last)) => {
            first.new_start - (first.old_start - range.start)..last.new_end() + (range.end - last.old_end())
        }
        _ => 0..0,
    }
}

/// The edits of both sides in groups, in order.
pub(super) fn groups<'a>(mut ours: &'a [Edit], mut theirs: &'a [Edit]) -> Vec<Group<'a>> {
    let mut groups = Vec::with_capacity(ours.len() + theirs.len());
    while let Some(first) = [ours.first(), theirs.first()].into_iter().flatten().map(|edit| edit.old_start).min() {
        let (mut ours_in, mut theirs_in) = (0, 0);
        // The first edit alone, then whatever touches what is in already.
        let mut end = first;
        loop {
            let touches = |edits: &[Edit], taken: usize| edits.get(taken).is_some_and(|edit| edit.old_start <= end);
            if touches(ours, ours_in) {
                end = end.max(ours[ours_in].old_end());
                ours_in += 1;
            } else if touches(theirs, theirs_in) {
                end = end.max(theirs[theirs_in].old_end());
                theirs_in += 1;
            } else {
                break;
            }
        }
        groups.push(Group { ours: &ours[..ours_in], theirs: &theirs[..theirs_in] });
        (ours, theirs) = (&ours[ours_in..], &theirs[theirs_in..]);
    }
    groups
}

/// The edits from `old` to `new` where git's merge sees them.
pub(super) fn edits(old: &[u8], new: &[u8]) -> Vec<Edit> {
    let input = InternedInput::new(byte_lines(old), byte_lines(new));
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_no_heuristic(&input);
    to_edits(&diff)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(base: &str, ours: &str, theirs: &str) -> Option<String> {
        match merge(base.as_bytes(), ours.as_bytes(), theirs.as_bytes()) {
            Merged::Clean(text) => Some(String::from_utf8(text).unwrap()),
            Merged::Conflict(_) => None,
        }
    }

    #[test]
    fn changes_with_a_line_between_them_are_both_taken() {
        assert_eq!(merged("1\n2\n3\n", "a\n2\n3\n", "1\n2\nb\n").as_deref(), Some("a\n2\nb\n"));
        assert_eq!(merged("1\n2\n3\n", "2\n3\n", "1\n2\n3\n4\n").as_deref(), Some("2\n3\n4\n"));
    }

    #[test]
    fn changes_that_touch_conflict() {
        assert_eq!(merged("1\n2\n3\n", "a\n2\n3\n", "1\nb\n3\n"), None);
        assert_eq!(merged("1\n2\n", "1\na\n2\n", "1\nb\n2\n"), None);
        let conflict = merge(b"1\n2\n3\n4\n", b"1\na\n3\n4\n", b"1\nb\n3\n4\n");
        let lines = 1..2;
        assert_eq!(conflict, Merged::Conflict(vec![lines]), "the lines of the base are named");
    }

    #[test]
    fn the_same_change_on_both_sides_is_taken_once() {
        assert_eq!(merged("1\n2\n3\n", "1\nx\n3\n", "1\nx\n3\n").as_deref(), Some("1\nx\n3\n"));
        assert_eq!(merged("1\n", "1\nx\n", "1\nx\n").as_deref(), Some("1\nx\n"));
    }

    #[test]
    fn a_block_repeated_beside_a_change_of_the_other_side_conflicts() {
        let block = |line: &str| format!("if a {{\n  {line}\n}}\n\n");
        let base = block("x") + &block("y");
        let ours = block("x") + &block("z");
        let theirs = block("x") + &block("n") + &block("y");
        assert_eq!(merged(&base, &ours, &theirs), None, "as with git: the insertion slides down to the changed line");
    }

    #[test]
    fn a_missing_last_newline_is_part_of_the_line() {
        assert_eq!(merged("1\n2\n3", "a\n2\n3", "1\n2\n3\n").as_deref(), Some("a\n2\n3\n"));
        assert_eq!(merged("1\n2\n3", "1\n2\nc", "1\n2\n3\n"), None);
    }

    #[test]
    fn empty_texts_merge() {
        assert_eq!(merged("", "", "a\n").as_deref(), Some("a\n"));
        assert_eq!(merged("a\n", "", "").as_deref(), Some(""));
        assert_eq!(merged("", "a\n", "b\n"), None);
    }
}
