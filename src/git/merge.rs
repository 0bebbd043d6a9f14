//! Three-way merges of texts, by gix's own driver. Git merges with the histogram algorithm, so this does too.

use gix::diff::blob::{Algorithm, InternedInput};
use gix::merge::blob::Resolution;
use gix::merge::blob::builtin_driver::text as merge_driver;
use gix::merge::blob::builtin_driver::text::{Conflict, ConflictStyle, Labels, Options};

/// What a merge of texts gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merged {
    /// The merged text.
    Clean(Vec<u8>),
    /// Both sides changed the same lines.
    Conflict,
}

/// Merges the change `base` → `theirs` into `ours`.
pub fn merge_text(base: &[u8], ours: &[u8], theirs: &[u8]) -> Merged {
    let marker_size = Conflict::DEFAULT_MARKER_SIZE.try_into().expect("seven is not zero");
    let conflict = Conflict::Keep { style: ConflictStyle::Merge, marker_size };
    let options = Options { diff_algorithm: Algorithm::Histogram, conflict };
    let mut input = InternedInput::new(&[][..], &[][..]);
    let mut out = Vec::with_capacity(ours.len() + theirs.len().saturating_sub(base.len()));
    match merge_driver(&mut out, &mut input, Labels::default(), ours, base, theirs, options) {
        Resolution::Conflict => Merged::Conflict,
        Resolution::Complete | Resolution::CompleteWithAutoResolvedConflict => Merged::Clean(out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separate_lines_merge_and_equal_lines_conflict() {
        let base = b"1\n2\n3\n4\n5\n";
        assert_eq!(
            merge_text(base, b"1\n2\n3\n4\nE\n", b"A\n2\n3\n4\n5\n"),
            Merged::Clean(b"A\n2\n3\n4\nE\n".to_vec())
        );
        assert_eq!(merge_text(base, b"1\nB\n3\n4\n5\n", b"1\nb\n3\n4\n5\n"), Merged::Conflict);
        assert_eq!(
            merge_text(base, b"1\nB\n3\n4\n5\n", b"1\nB\n3\n4\n5\n"),
            Merged::Clean(b"1\nB\n3\n4\n5\n".to_vec())
        );
    }
}
