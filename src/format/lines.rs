//! Lines of files: how they differ, what counts as binary, how similar two files are.

use std::ops::Range;

use bstr::{BStr, ByteSlice};
use imara_diff::{Algorithm, Diff, InternedInput, sources::byte_lines};

use crate::model::Edit;

/// How many bytes at the start of a file decide whether it is binary: git's own measure.
const BINARY_PROBE: usize = 8000;

/// Whether git takes the content for binary: a NUL is among its first 8000 bytes.
pub fn is_binary(content: &[u8]) -> bool {
    memchr::memchr(0, &content[..content.len().min(BINARY_PROBE)]).is_some()
}

/// The lines of a file, each with its newline; only the last can be without.
pub fn split(content: &[u8]) -> impl Iterator<Item = &BStr> {
    content.split_inclusive(|byte| *byte == b'\n').map(ByteSlice::as_bstr)
}

/// The differences between two files, by the histogram algorithm and git's indentation heuristic for where ambiguous ones stand.
///
/// Most of a large file is the same: only what differs is looked at, and as much around it as decides where a difference stands.
pub fn line_edits(old: &[u8], new: &[u8]) -> Vec<Edit> {
    let start = common_start(old, new);
    let end = common_end(&old[start..], &new[start..]);
    if start == 0 && end == 0 {
        return all_line_edits(old, new);
    }
    let (inner_old, inner_new) = (&old[start..old.len() - end], &new[start..new.len() - end]);
    let edits = all_line_edits(inner_old, inner_new);
    if may_slide_out(&Lines::of(inner_old), &Lines::of(inner_new), &edits, start > 0, end > 0) {
        return all_line_edits(old, new);
    }
    let skipped = memchr::memchr_iter(b'\n', &old[..start]).count() as u32;
    let shift = |edit: Edit| Edit { old_start: edit.old_start + skipped, new_start: edit.new_start + skipped, ..edit };
    edits.into_iter().map(shift).collect()
}

fn all_line_edits(old: &[u8], new: &[u8]) -> Vec<Edit> {
    let input = InternedInput::new(byte_lines(old), byte_lines(new));
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    to_edits(&diff)
}

/// How many equal lines stay at each end when the others are cut off.
const MARGIN: usize = 64;

/// How far from a cut a difference must stay: the heuristic looks at so many lines around a place at most.
const REACH: u32 = 32;

/// How many bytes at the start of both texts are the same and need not be looked at: whole lines.
fn common_start(old: &[u8], new: &[u8]) -> usize {
    let len = old.chunks(CHUNK).zip(new.chunks(CHUNK)).take_while(|(a, b)| a == b).count() * CHUNK;
    let same = &old[..len.min(old.len()).min(new.len())];
    memchr::memrchr_iter(b'\n', same).nth(MARGIN).map_or(0, |at| at + 1)
}

/// The same at the end.
fn common_end(old: &[u8], new: &[u8]) -> usize {
    let len = old.rchunks(CHUNK).zip(new.rchunks(CHUNK)).take_while(|(a, b)| a == b).count() * CHUNK;
    let len = len.min(old.len()).min(new.len());
    let first = old.len() - len;
    let cut = memchr::memchr_iter(b'\n', &old[first..]).nth(MARGIN).map(|at| first + at + 1);
    cut.map_or(0, |at| old.len() - at)
}

/// So many bytes are compared at once.
const CHUNK: usize = 256;

/// Whether the first or the last difference could stand as near to a cut as to depend on what was cut off.
fn may_slide_out(old: &Lines<'_>, new: &Lines<'_>, edits: &[Edit], cut_start: bool, cut_end: bool) -> bool {
    let (Some(first), Some(last)) = (edits.first(), edits.last()) else { return false };
    // Where nothing stands, nothing slides.
    let slides = |lines: &Lines<'_>, start, len| if len == 0 { (0, 0) } else { lines.slides(start, len) };
    let up = |edit: &Edit| {
        let (a, b) = (slides(old, edit.old_start, edit.old_len).0, slides(new, edit.new_start, edit.new_len).0);
        (edit.old_start - a).min(edit.new_start - b)
    };
    let down = |edit: &Edit| {
        let (a, b) = (slides(old, edit.old_start, edit.old_len).1, slides(new, edit.new_start, edit.new_len).1);
        (old.count() - edit.old_end() - a).min(new.count() - edit.new_end() - b)
    };
    cut_start && up(first) < REACH || cut_end && down(last) < REACH
}

/// The hunks of a diff.
pub(super) fn to_edits(diff: &Diff) -> Vec<Edit> {
    let edit = |hunk: imara_diff::Hunk| Edit {
        old_start: hunk.before.start,
        old_len: hunk.before.end - hunk.before.start,
        new_start: hunk.after.start,
        new_len: hunk.after.end - hunk.after.start,
    };
    diff.hunks().map(edit).collect()
}

/// A text and where its lines start.
pub struct Lines<'a> {
    text: &'a [u8],
    /// Where each line starts, and after them the end of the text.
    starts: Vec<u32>,
}

impl<'a> Lines<'a> {
    /// Finds the lines of a text: divided after `\n` only.
    pub fn of(text: &'a [u8]) -> Self {
        let mut starts = Vec::with_capacity(text.len() / 24 + 2);
        starts.push(0);
        starts.extend(memchr::memchr_iter(b'\n', text).map(|at| at as u32 + 1));
        if !text.is_empty() && text.last() != Some(&b'\n') {
            starts.push(text.len() as u32);
        }
        Lines { text, starts }
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        self.starts.len() as u32 - 1
    }

    /// The bytes of a run of lines; what goes past the end is left out.
    pub fn slice(&self, range: Range<u32>) -> &'a [u8] {
        let at = |line: u32| self.starts[(line as usize).min(self.starts.len() - 1)] as usize;
        &self.text[at(range.start)..at(range.end)]
    }

    /// One line.
    pub fn line(&self, at: u32) -> &'a [u8] {
        self.slice(at..at + 1)
    }

    /// How far a block of lines can be moved up and down without changing the text around it.
    pub fn slides(&self, start: u32, len: u32) -> (u32, u32) {
        let end = start + len;
        let up = (0..start).take_while(|n| self.line(start - 1 - n) == self.line(end - 1 - n)).count();
        let down =
            (0..self.count().saturating_sub(end)).take_while(|n| self.line(start + n) == self.line(end + n)).count();
        (up as u32, down as u32)
    }
}

/// How much of the larger file is in the other one too, in percent, measured in bytes of equal lines; lines are cut after 64 bytes.
pub fn similarity(old: &[u8], new: &[u8]) -> u8 {
    if old == new {
        return 100;
    }
    Fingerprint::of(old).similarity(&Fingerprint::of(new))
}

/// The lines of a file as hashes, for comparing it with many others.
#[derive(Debug, Clone)]
pub struct Fingerprint {
    /// How many bytes there are of each line, ordered by the line's hash.
    lines: Vec<(u64, u32)>,
    size: usize,
}

impl Fingerprint {
    /// That of a file.
    pub fn of(content: &[u8]) -> Fingerprint {
        let mut lines: Vec<(u64, u32)> = chunks(content).map(|chunk| (fnv(chunk), chunk.len() as u32)).collect();
        lines.sort_unstable();
        lines.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            kept.1 += if is_same { next.1 } else { 0 };
            is_same
        });
        Fingerprint { lines, size: content.len() }
    }

    /// How much of the larger file is in the other one too, in percent.
    pub fn similarity(&self, other: &Fingerprint) -> u8 {
        let larger = self.size.max(other.size) as u64;
        if larger == 0 {
            return 100;
        }
        let (mut a, mut b) = (self.lines.iter().peekable(), other.lines.iter().peekable());
        let mut shared = 0;
        while let (Some(left), Some(right)) = (a.peek(), b.peek()) {
            let order = left.0.cmp(&right.0);
            if order.is_eq() {
                shared += u64::from(left.1.min(right.1));
            }
            if order.is_le() {
                a.next();
            }
            if order.is_ge() {
                b.next();
            }
        }
        (shared * 100 / larger) as u8
    }
}

/// FNV-1a, which is good enough for lines of one project and the same everywhere.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}

fn chunks(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    content.split_inclusive(|byte| *byte == b'\n').flat_map(|line| line.chunks(64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_after_a_newline_only() {
        assert_eq!(split(b"a\r\nb\rc\nd").collect::<Vec<_>>(), [&b"a\r\n"[..], b"b\rc\n", b"d"]);
        assert_eq!(split(b"").count(), 0);
    }

    #[test]
    fn a_missing_newline_is_a_difference() {
        assert_eq!(line_edits(b"a\nb\n", b"a\nb"), [Edit { old_start: 1, old_len: 1, new_start: 1, new_len: 1 }]);
        assert_eq!(line_edits(b"a\n", b"a\n"), []);
    }

    /// What is cut off before the comparison must not change its result: blocks of equal lines slide far.
    #[test]
    fn equal_ends_do_not_matter() {
        let mut seed = 7_u32;
        let mut random = |below: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) % below
        };
        let words = ["}\n", "\n", "  if x {\n", "    y();\n", "  }\n", "fn f() {\n"];
        for round in 0..400 {
            let variety = 1 + random(words.len() as u32);
            let line = |random: &mut dyn FnMut(u32) -> u32| words[random(variety) as usize].to_owned();
            let old: Vec<String> = (0..random(1200)).map(|_| line(&mut random)).collect();
            let mut new = old.clone();
            for _ in 0..random(3) {
                let at = random(new.len() as u32 + 1) as usize;
                let gone = (random(4) as usize).min(new.len() - at);
                let come: Vec<String> = (0..random(5)).map(|_| line(&mut random)).collect();
                new.splice(at..at + gone, come);
            }
            let (old, new) = (old.concat(), new.concat());
            assert_eq!(
                line_edits(old.as_bytes(), new.as_bytes()),
                all_line_edits(old.as_bytes(), new.as_bytes()),
                "{round}"
            );
        }
    }

    #[test]
    fn a_nul_far_behind_does_not_make_a_file_binary() {
        let mut content = vec![b'a'; 8001];
        content[8000] = 0;
        assert!(!is_binary(&content));
        content[7999] = 0;
        assert!(is_binary(&content));
    }

    #[test]
    fn similarity_counts_the_bytes_of_equal_lines() {
        assert_eq!(similarity(b"", b""), 100);
        assert_eq!(similarity(b"a\nb\n", b"a\nc\n"), 50);
        assert_eq!(similarity(b"a\na\n", b"a\n"), 50);
        assert_eq!(similarity(b"", b"x"), 0);
    }
}
