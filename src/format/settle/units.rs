//! A merge as a row of units: lines that are clear, and conflicts between them.

use std::ops::Range;

use crate::format::marks::Conflict;
use crate::format::merge::{Group, Texts, edits, groups, side};

/// Lines of the three texts that stand for one another. Units lie side by side: in each text, one starts where the one before ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    pub base: Range<u32>,
    pub ours: Range<u32>,
    pub theirs: Range<u32>,
    pub taken: Taken,
}

/// What becomes of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// Upstream's lines: they are those of the base, or only upstream changed them, or both agree.
    Ours,
    /// The patch's lines: only the patch changed them.
    Theirs,
    /// Both changed them, and disagree.
    Nothing,
}

/// Where a row of units is built.
#[derive(Default)]
struct Row {
    units: Vec<Unit>,
    at: [u32; 3],
}

impl Row {
    /// The next unit has so many lines in each text.
    fn push(&mut self, [base, ours, theirs]: [u32; 3], taken: Taken) {
        let [b, o, t] = self.at;
        self.at = [b + base, o + ours, t + theirs];
        self.units.push(Unit { base: b..b + base, ours: o..o + ours, theirs: t..t + theirs, taken });
    }

    fn group(&mut self, texts: &Texts<'_>, group: &Group<'_>) {
        let base = group.range();
        let len = base.end - base.start;
        let count = |edits: &[crate::model::Edit]| match edits {
            [] => len,
            _ => side(edits, &base).len() as u32,
        };
        let (ours, theirs) = (count(group.ours), count(group.theirs));
        match (group.ours.is_empty(), group.text(texts, &base).is_some()) {
            (true, _) => return self.push([len, ours, theirs], Taken::Theirs),
            (false, true) => return self.push([len, ours, theirs], Taken::Ours),
            (false, false) => {}
        }
        let [_, o, t] = self.at;
        let (start, end) = Conflict { texts, base, ours: o..o + ours, theirs: t..t + theirs }.shared();
        (0..start).for_each(|_| self.push([0, 1, 1], Taken::Ours));
        self.push([len, ours - start - end, theirs - start - end], Taken::Nothing);
        (0..end).for_each(|_| self.push([0, 1, 1], Taken::Ours));
    }
}

/// The units of a merge; every line that is the same in all three texts is one.
pub(super) fn units(base: &[u8], ours: &[u8], theirs: &[u8], texts: &Texts<'_>) -> Vec<Unit> {
    let (our_edits, their_edits) = (edits(base, ours), edits(base, theirs));
    let mut row = Row::default();
    for group in groups(&our_edits, &their_edits) {
        (row.at[0]..group.range().start).for_each(|_| row.push([1, 1, 1], Taken::Ours));
        row.group(texts, &group);
    }
    (row.at[0]..texts.base.count()).for_each(|_| row.push([1, 1, 1], Taken::Ours));
    row.units
}
