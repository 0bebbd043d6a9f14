//! What lines a change adds and removes, small enough to keep for every commit of a project and to compare with thousands of others.
//!
//! Two versions of one change mostly share their lines, whatever stands around them and wherever the files are. The measure is that of
//! Jaccard: the shared lines among all lines of both. A line counts once, without the blanks at its ends.

use super::diff::{Body, FileDiff, LineKind};
use crate::model::Signature;

/// The signature of a change.
pub fn signature<'a>(files: impl IntoIterator<Item = &'a FileDiff>) -> Signature {
    let mut found = Signature::default();
    // The lines with all numbers taken out: in a bump, those that go are those that come.
    let mut shapes = [Vec::new(), Vec::new()];
    for file in files {
        let mut exact = Hash::default();
        match &file.body {
            Body::Text(_) => push_lines(file, &mut exact, &mut found, &mut shapes),
            _ => push_whole(file, &mut exact, &mut found),
        }
        // Added up, so that the order of the files does not matter.
        found.exact = found.exact.wrapping_add(exact.0);
    }
    shapes.iter_mut().for_each(|shapes| shapes.sort_unstable());
    found.is_bump = !shapes[0].is_empty() && shapes[0] == shapes[1];
    found.normalize();
    found
}

fn push_lines(file: &FileDiff, exact: &mut Hash, found: &mut Signature, shapes: &mut [Vec<u64>; 2]) {
    for line in file.hunks().iter().flat_map(|hunk| &hunk.lines) {
        let (sign, list, shapes) = match line.kind {
            LineKind::Context => continue,
            LineKind::Remove => (b'-', &mut found.removed, &mut shapes[0]),
            LineKind::Add => (b'+', &mut found.added, &mut shapes[1]),
        };
        exact.push(&[sign]);
        exact.push(&line.text);
        if let Some(number) = line_number(&line.text) {
            list.push(number);
            shapes.push(shape(&line.text));
        }
    }
}

/// A change that has no lines: of the mode, of the name, of a binary file.
fn push_whole(file: &FileDiff, exact: &mut Hash, found: &mut Signature) {
    let sides = [(&file.old_id, &file.old_path, &mut found.removed), (&file.new_id, &file.new_path, &mut found.added)];
    for (id, path, list) in sides {
        let text = id.as_ref().or(path.as_ref()).map(|text| text.as_slice()).unwrap_or_default();
        exact.push(b"\0");
        exact.push(text);
        // No line has a NUL.
        list.push(Hash::of(&[b"\0", text]).folded());
    }
}

/// The number that stands for a line; none for a blank one.
pub fn line_number(line: &[u8]) -> Option<u32> {
    let line = line.trim_ascii();
    (!line.is_empty()).then(|| Hash::of(&[line]).folded())
}

/// A line without its numbers: words of hexadecimal digits that are long enough for an id, and runs of decimal ones.
fn shape(line: &[u8]) -> u64 {
    let mut hash = Hash::default();
    for word in line.trim_ascii().chunk_by(|a, b| a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric()) {
        let is_id = word.len() >= 7 && word.iter().all(u8::is_ascii_hexdigit) && word.iter().any(u8::is_ascii_digit);
        match is_id {
            true => hash.push(b"#"),
            false => word.chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit()).for_each(|part| {
                hash.push(if part[0].is_ascii_digit() { b"#" } else { part });
            }),
        }
    }
    hash.0
}

/// FNV-1a.
struct Hash(u64);

impl Default for Hash {
    fn default() -> Self {
        Hash(0xcbf2_9ce4_8422_2325)
    }
}

impl Hash {
    fn of(parts: &[&[u8]]) -> Hash {
        let mut hash = Hash::default();
        parts.iter().for_each(|part| hash.push(part));
        hash
    }

    fn push(&mut self, text: &[u8]) {
        self.0 = text.iter().fold(self.0, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
    }

    fn folded(&self) -> u32 {
        (self.0 >> 32) as u32 ^ self.0 as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::patchfile::PatchFile;

    fn of(diff: &str) -> Signature {
        signature(&PatchFile::parse(format!("Subject: x\n\n---\n{diff}").as_bytes()).unwrap().files)
    }

    fn edit(path: &str, line: u32, minus: &str, plus: &str) -> String {
        format!(
            "diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -{line},2 +{line},2 @@\n ctx\n-{minus}\n+{plus}\n"
        )
    }

    #[test]
    fn place_and_context_do_not_count() {
        assert_eq!(of(&edit("a", 1, "x", "y")), of(&edit("b", 9, "x", "y")));
        let two = |a: &str, b: &str| of(&(edit(a, 1, "x", "y") + &edit(b, 1, "1", "2")));
        assert_eq!(two("a", "b"), of(&(edit("a", 1, "1", "2") + &edit("b", 1, "x", "y"))));
    }

    #[test]
    fn blanks_count_in_the_exact_part_only() {
        let (one, other) = (of(&edit("a", 1, "x", "y")), of(&edit("a", 1, "x", "\ty")));
        assert_eq!((&one.added, &one.removed), (&other.added, &other.removed));
        assert_ne!(one.exact, other.exact);
    }

    #[test]
    fn the_share_of_lines_is_measured_both_ways() {
        let whole = of(&(edit("a", 1, "x", "y") + &edit("b", 1, "1", "2")));
        let part = of(&edit("a", 1, "x", "y"));
        assert_eq!(part.overlap(&whole).of_ours(), 1.0);
        assert_eq!(part.overlap(&whole).of_theirs(), 0.5);
        assert_eq!(part.overlap(&whole).jaccard(), 0.5);
        assert_eq!(part.overlap(&of(&edit("a", 1, "p", "q"))).jaccard(), 0.0);
    }

    #[test]
    fn a_new_version_is_a_bump() {
        assert!(of(&edit("a", 1, "x:v1.9@sha256:0123abcd", "x:v1.10@sha256:4567abcd")).is_bump);
        assert!(!of(&edit("a", 1, "retries = 3", "retries = max(3, n)")).is_bump);
        assert!(!of(&edit("a", 1, "return nil", "return err")).is_bump);
    }

    #[test]
    fn a_line_that_moves_between_added_and_removed_is_another() {
        assert_eq!(of(&edit("a", 1, "x", "y")).overlap(&of(&edit("a", 1, "y", "x"))).shared, 0);
    }
}
