//! Who wrote which lines of a file, without a word about the lines that nobody wrote.

use crate::model::Edit;

/// Lines that one patch wrote, in the coordinates of the file as it is now. An empty run is a place where the patch deleted lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// The first line.
    pub start: u32,
    /// One past the last line.
    pub end: u32,
    /// The patch.
    pub owner: usize,
}

/// The runs of one file, in order, none overlapping another.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines {
    runs: Vec<Run>,
}

impl Run {
    fn shifted(self, by: i64) -> Run {
        let shift = |line: u32| u32::try_from(i64::from(line) + by).unwrap_or_default();
        Run { start: shift(self.start), end: shift(self.end), ..self }
    }
}

impl Lines {
    /// Every run of the file.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Lets `owner` edit the file, and tells each run that the edits contain, cut or stand directly beside.
    ///
    /// A deletion point that an edit covers is forgotten: whoever touches the place later touches the edit, and thereby needs the
    /// patch that deleted there, too.
    pub fn edit(&mut self, edits: &[Edit], owner: usize, mut touched: impl FnMut(Run)) {
        let mut after = Vec::with_capacity(self.runs.len() + edits.len());
        let mut before = std::mem::take(&mut self.runs).into_iter();
        let mut next = before.next();
        let mut shift = 0;
        for edit in edits {
            while let Some(run) = next.filter(|run| run.end < edit.old_start) {
                after.push(run.shifted(shift));
                next = before.next();
            }
            while let Some(run) = next.filter(|run| run.start <= edit.old_end()) {
                touched(run);
                if run.start < edit.old_start {
                    after.push(Run { end: run.end.min(edit.old_start), ..run }.shifted(shift));
                }
                if run.end > edit.old_end() {
                    next = Some(Run { start: run.start.max(edit.old_end()), ..run });
                    break;
                }
                next = before.next();
            }
            after.push(Run { start: edit.new_start, end: edit.new_end(), owner });
            shift = i64::from(edit.new_end()) - i64::from(edit.old_end());
        }
        after.extend(next.into_iter().chain(before).map(|run| run.shifted(shift)));
        self.runs = after;
    }
}
