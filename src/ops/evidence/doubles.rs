//! Patches that merge cleanly and should not.

use std::collections::HashSet;

use super::trees::{Files, Standing, lines_at};
use crate::Result;
use crate::format::diff::{FileDiff, HunkLine, LineKind};
use crate::format::patchfile::PatchFile;
use crate::format::signature::line_number;
use crate::git::{Change, GitError, Objects, Tree};
use crate::model::Oid;

/// Finds patches that merge cleanly and should not: the new base has all that they add, in the same files, and it was not there before.
pub struct Doubles {
    base: Tree,
    files: Files,
}

/// So many lines that came in the same words are no accident, whatever else the patch does.
const NO_ACCIDENT: usize = 5;

impl Doubles {
    /// For patches on a base.
    pub fn new(new_base: Oid) -> Doubles {
        Doubles { base: Tree::new(new_base), files: Files::default() }
    }

    /// Whether the base has what the patch adds. Lines that its files had before it do not count, nor lines without a word in them.
    pub fn has(&mut self, objects: &Objects, changes: &[Change], file: &PatchFile) -> Result<bool, GitError> {
        let mut there = Standing { objects, base: &mut self.base, files: &mut self.files };
        if !there.has_all_added(&file.files)? {
            return Ok(false);
        }
        let (mut count, mut removes) = (0, false);
        for section in &file.files {
            let lines = section.hunks().iter().flat_map(|hunk| &hunk.lines);
            let has_words = |line: &&HunkLine| line.text.iter().filter(|byte| byte.is_ascii_alphanumeric()).count() > 2;
            let of = |kind: LineKind| lines.clone().filter(has_words).filter(move |line| line.kind == kind);
            removes |= of(LineKind::Remove).next().is_some();
            let mut added: HashSet<u32> = of(LineKind::Add).filter_map(|line| line_number(&line.text)).collect();
            before(objects, changes, section)?.iter().for_each(|line| {
                added.remove(line);
            });
            count += added.len();
        }
        Ok(count >= NO_ACCIDENT || count > 0 && !removes)
    }
}

/// The lines of a file before the patch.
fn before(objects: &Objects, changes: &[Change], section: &FileDiff) -> Result<HashSet<u32>, GitError> {
    let change = changes.iter().find(|change| change.path() == section.path());
    lines_at(objects, change.and_then(|change| change.old.as_ref()))
}
